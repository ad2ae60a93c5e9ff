import numpy as np
import pytest

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes, Grouped, MultiLabel, Numbers, Votes
from reliabel.core.lift import fits, kind_of, level_problem, lifted, takes_kind, units_of
from reliabel.core.results import Corrupted, Faults, Measure, Suspicion

TOKENS = Grouped(Classes(np.array([0, 1, 0, 1, 1]), ("a", "b")), np.array([0, 2, 5]))
MANY = MultiLabel(np.array([[1, 0, 1], [0, -1, 1]]), ("x", "y", "z"))
TAKES = frozenset(["Classes"])


@pytest.mark.parametrize(
    ("takes", "labels", "way"),
    [
        (["Classes"], TOKENS.units, "native"),
        (["Classes"], TOKENS, "units"),
        (["Classes"], MANY, "columns"),
        (["Labels"], MANY, "native"),
        (["Grouped[Classes]", "Classes"], TOKENS, "native"),
        (["Numbers"], TOKENS, None),
        (["Classes"], Votes(np.array([0]), np.array([0]), Classes(np.array([0])), 1, 1), None),
        (["Labels"], Votes(np.array([0]), np.array([0]), Classes(np.array([0])), 1, 1), None),
        (
            ["Votes[Any]"],
            Votes(np.array([0]), np.array([0]), Numbers(np.array([0.5])), 1, 1),
            "native",
        ),
    ],
)
def test_which_way_leads_to_an_algorithm(takes, labels, way):
    assert fits(frozenset(takes), labels) == way


@pytest.mark.parametrize("takes", ["Classes", "Labels", "Numbers", "Votes[Any]", "Votes[Classes]"])
@pytest.mark.parametrize(
    "labels",
    [
        TOKENS,
        MANY,
        TOKENS.units,
        Numbers(np.array([0.5])),
        Votes(np.array([0]), np.array([0]), Classes(np.array([0]), ("a",)), 1, 1),
        Votes(np.array([0]), np.array([0]), TOKENS.take(np.array([0])), 1, 1),
    ],
    ids=kind_of,
)
def test_the_name_of_a_kind_is_enough_to_say_what_takes_it(takes, labels):
    fit = fits(frozenset([takes]), labels) is not None
    assert takes_kind(frozenset([takes]), kind_of(labels)) == fit


def test_kinds_and_units():
    assert kind_of(TOKENS) == "Grouped[Classes]"
    assert (units_of(TOKENS), units_of(MANY), units_of(TOKENS.units)) == (5, 6, 5)


def test_groups_run_on_their_units():
    said = lifted(
        lambda labels, *, probs: Suspicion(1 - probs[np.arange(5), labels.y]), TAKES, TOKENS
    )(TOKENS, probs=np.tile([0.75, 0.25], (5, 1)))
    assert said.score.tolist() == [0.25, 0.75, 0.25, 0.75, 0.75]


def test_columns_ask_one_question_a_class():
    asked = []

    def audit(labels, *, probs):
        asked.append((labels.y.tolist(), labels.names, probs.tolist()))
        return Suspicion(
            labels.y * 1.0,
            flag=labels.y == 1,
            suggest=Classes(1 - np.maximum(labels.y, 0), labels.names),
        )

    probs = np.array([[0.9, 0.2, 0.5], [0.1, 0.3, 0.5]])
    said = lifted(audit, TAKES, MANY)(MANY, probs=probs)
    assert asked[0] == ([1, 0], ("no", "yes"), [[pytest.approx(0.1), 0.9], [0.9, 0.1]])
    assert len(asked) == 3
    assert said.score.tolist() == [1, 0, 1, 0, -1, 1]
    assert said.flag.tolist() == [True, False, True, False, False, True]
    assert said.suggest.y.tolist() == [0, 1, 0, 1, 1, 0]
    assert list(said.info) == ["x", "y", "z"]


def test_corrupted_columns_and_groups_keep_their_shape():
    def corrupt(labels):
        return Corrupted(
            Classes(np.where(labels.y >= 0, 1 - labels.y, -1), labels.names),
            np.arange(len(labels)),
            labels.y >= 0,
        )

    cells = lifted(corrupt, TAKES, MANY)(MANY)
    assert cells.labels.y.tolist() == [[0, 1, 0], [1, -1, 0]]
    assert cells.wrong.tolist() == [True, True, True, True, False, True]
    units = lifted(corrupt, TAKES, TOKENS)(TOKENS)
    assert units.labels.units.y.tolist() == [1, 0, 1, 0, 0]
    assert units.labels.offsets.tolist() == [0, 2, 5]


def test_a_corrupter_that_drops_rows_cannot_be_lifted():
    def drop(labels):
        return Corrupted(labels.take(np.array([0])), np.array([0]), np.array([False]))

    with pytest.raises(ValueError, match="would tear groups apart"):
        lifted(drop, TAKES, TOKENS)(TOKENS)
    with pytest.raises(ValueError, match="cannot be done class by class"):
        lifted(drop, TAKES, MANY)(MANY)


def test_measures_of_columns_are_averaged_without_an_interval():
    said = lifted(lambda labels: Measure(float((labels.y == 1).mean()), 0.0, 1.0), TAKES, MANY)(
        MANY
    )
    assert said.value == pytest.approx((0.5 + 0 + 1) / 3)
    assert np.isnan([said.low, said.high]).all()
    assert list(said.parts) == ["x", "y", "z"]


def test_faults_of_columns_say_which_class():
    said = lifted(lambda labels: Faults([(0,)], ["k"], np.array([0.5]), ["odd item"]), TAKES, MANY)(
        MANY
    )
    assert said.why == ["x: odd item", "y: odd item", "z: odd item"]
    assert said.score.tolist() == [0.5] * 3


def test_no_way_says_what_was_wanted():
    with pytest.raises(ValueError, match=r"takes Numbers, got Grouped\[Classes\]"):
        lifted(lambda labels: None, frozenset(["Numbers"]), TOKENS)


def test_evidence_of_the_wrong_level_is_named_with_both_numbers():
    near = Neighbours(np.zeros((2, 1), dtype=int), np.zeros((2, 1)))
    said = level_problem(TOKENS, {"neighbours": near}, frozenset(["neighbours"]), "units")
    assert said == "needs neighbours for each unit (5), got them for each item (2)"
    assert level_problem(TOKENS, {"probs": np.zeros((5, 2))}, frozenset(["probs"]), "units") is None
    assert level_problem(TOKENS, {"neighbours": near}, frozenset(["neighbours"]), "native") is None
