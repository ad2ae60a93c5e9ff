"""Decisions of people: read from tables, and resolved to one verdict a label."""

import numpy as np
import pytest

from reliabel.core.dataset import Dataset, Ids
from reliabel.core.labels import Classes, Grouped, MultiLabel
from reliabel.core.results import Decision
from reliabel.folders.decisions import decisions_of, resolve

FOUR = Dataset(Classes(np.array([0, 1, 0, -1]), ("a", "b")), ids=Ids(["w", "x", "y", "z"]))
CELLS = Dataset(MultiLabel(np.array([[0, 1], [1, 0]]), ("sport", "art")))
TOKENS = Dataset(Grouped(Classes(np.array([0, 1, 0]), ("a", "b")), np.array([0, 1, 3])))


def test_tables_are_read_row_by_row_whatever_their_form(tmp_path):
    rows = {
        "id": ["w", "x", "y"],
        "verdict": [" Keep ", "CHANGE", "drop"],
        "label": [None, "a", " "],
        "unit": [None, "1.0", ""],
        "who": ["ann", "", None],
        "at": ["2026-01-01", None, None],
        "note": [1, 2, 3],
    }
    expected = [
        Decision("w", "keep", None, None, "ann", "2026-01-01"),
        Decision("x", "change", 1, "a", None, None),
        Decision("y", "drop", None, None, None, None),
    ]
    assert decisions_of(rows) == expected
    lines = ["id,verdict,label,unit,who,at"]
    lines += ["w, Keep ,,,ann,2026-01-01", "x,CHANGE,a,1.0,,", "y,drop, ,,,"]
    (tmp_path / "d.csv").write_text("\n".join(lines) + "\n")
    assert decisions_of(tmp_path / "d.csv") == decisions_of(str(tmp_path / "d.csv")) == expected
    assert decisions_of(expected) == expected
    assert decisions_of([]) == []


def test_a_bad_row_is_named_by_its_file_and_number(tmp_path):
    (tmp_path / "d.csv").write_text("id,verdict\nw,keep\nx,kep\n")
    with pytest.raises(ValueError, match=r"d.csv, row 2: the verdict 'kep', did you mean 'keep'"):
        decisions_of(tmp_path / "d.csv")
    with pytest.raises(
        ValueError, match=r"the decisions, row 1: the unit '1.5' is not a whole number from 0"
    ):
        decisions_of({"id": ["w"], "verdict": ["keep"], "unit": ["1.5"]})


def test_every_label_gets_one_verdict():
    found = resolve(
        FOUR,
        [
            Decision("w", "change", label="b"),
            Decision("x", "keep"),
            Decision("y", "drop"),
            Decision("z", "unsure"),
        ],
    )
    assert found.change == {(0, None): "b"}
    assert found.right == {(1, None)}
    assert found.drop == {(2, None)}
    assert (found.kept, found.unsure, found.disagreed, found.undecided) == (1, 1, 0, 0)
    assert resolve(FOUR, []).undecided == 4


def test_people_who_agree_count_once_and_people_who_do_not_are_unsure():
    def of(*people):
        return resolve(
            FOUR, [Decision("w", verdict, label=label, who=who) for who, verdict, label in people]
        )

    agreed = of(("ann", "change", "b"), ("bob", "change", "b"))
    assert (agreed.change, agreed.disagreed) == ({(0, None): "b"}, 0)
    for people in (
        (("ann", "change", "b"), ("bob", "keep", None)),
        (("ann", "change", "b"), ("bob", "drop", None)),
        (("ann", "keep", None), ("bob", "unsure", None)),
    ):
        split = of(*people)
        assert (split.unsure, split.disagreed, split.undecided) == (1, 1, 3)
        assert not split.change
        assert not split.drop
        assert not split.right


def test_the_last_decision_of_a_person_counts_by_time_where_all_theirs_have_one():
    early, late = "2026-01-01T10:00:00Z", "2026-01-01T10:30:00+00:00"
    timed = [Decision("w", "drop", who="ann", at=late), Decision("w", "keep", who="ann", at=early)]
    assert resolve(FOUR, timed).drop == {(0, None)}
    mixed = [
        *timed,
        Decision("x", "keep", who="ann"),
    ]  # one of hers has none: the order of the file counts
    assert resolve(FOUR, mixed).right == {(0, None), (1, None)}
    other = [*timed, Decision("x", "keep", who="bob")]
    assert resolve(FOUR, other).drop == {(0, None)}
    zones = [
        Decision("w", "drop", who="ann", at="2026-01-01T10:00:00+02:00"),
        Decision(
            "w", "keep", who="ann", at="2026-01-01T09:00:00"
        ),  # without a zone: UTC, an hour later
    ]
    assert resolve(FOUR, zones).right == {(0, None)}


def test_a_change_to_the_given_label_keeps_it_and_an_unlabelled_one_can_be_labelled():
    found = resolve(FOUR, [Decision("w", "change", label="a"), Decision("z", "change", label="a")])
    assert found.right == {(0, None)}
    assert found.change == {(3, None): "a"}


def test_new_classes_are_named_once_and_only_where_they_are_allowed():
    wanted = [
        Decision("w", "change", label="c"),
        Decision("x", "change", label="c"),
        Decision("y", "change", label="b"),
    ]
    found = resolve(FOUR, wanted, new_classes=True)
    assert found.new == ("c",)
    assert found.change == {(0, None): "c", (1, None): "c", (2, None): "b"}
    with pytest.raises(ValueError, match="there is no class 'c'"):
        resolve(FOUR, wanted)


def test_units_of_several_labels_and_of_groups():
    found = resolve(
        CELLS,
        [
            Decision("0", "change", unit=0, label="yes"),
            Decision("1", "keep"),
            Decision("0", "drop", unit=1),
        ],
    )
    assert found.change == {(0, 0): "yes"}
    assert found.right == {(1, None)}
    assert found.drop == {(0, 1)}
    assert found.undecided == 0
    found = resolve(
        TOKENS, [Decision("1", "change", unit=1, label="b"), Decision("0", "keep", unit=0)]
    )
    assert found.change == {(1, 1): "b"}
    assert found.undecided == 1
    assert resolve(TOKENS, [Decision("1", "unsure")]).undecided == 1


def test_changes_within_an_item_that_is_dropped_are_void():
    decisions = [
        Decision("1", "change", unit=1, label="b"),
        Decision("1", "drop"),
        Decision("0", "change", unit=0, label="b"),
    ]
    found = resolve(TOKENS, decisions)
    assert found.change == {(0, 0): "b"}
    assert found.drop == {(1, None)}


@pytest.mark.parametrize(
    ("data", "decision", "sentence"),
    [
        (FOUR, Decision("v", "keep"), "1 id of the decisions is not in the audit: 'v'[,;] [di]"),
        (FOUR, Decision("w", "keep", unit=1), "item 'w' has one label, the decision names unit 1"),
        (
            TOKENS,
            Decision("1", "keep", unit=2),
            "item '1' has the units 0 to 1, the decision names 2",
        ),
        (
            TOKENS,
            Decision("1", "change", label="b"),
            r"item '1' has 2 labels; a change must say which .*\(0 to 1\)",
        ),
        (CELLS, Decision("0", "change", unit=0, label="maybe"), "maybe"),
    ],
)
def test_decisions_that_fit_no_label_are_refused(data, decision, sentence):
    with pytest.raises(ValueError, match=sentence):
        resolve(data, [decision])


def test_one_label_may_be_named_by_the_unit_nought():
    assert resolve(FOUR, [Decision("w", "keep", unit=0)]).right == {(0, None)}


def test_of_many_unknown_ids_five_are_shown():
    with pytest.raises(
        ValueError,
        match=r"7 ids of the decisions are not in the audit: '0', '1', '2', '3', '4', \.\.\.",
    ):
        resolve(FOUR, [Decision(str(i), "keep") for i in range(7)])
