"""Places where a span may be missing, when people have judged them and the model changes."""

import numpy as np
import pytest

import reliabel as rl
from reliabel.core.evidence import TokenProbs
from reliabel.core.kinds import given_values, place_of

NAMES = ("O", "B-PER", "I-PER")
WORDS = ["Anna met Ben in Rome", "Cem saw Dora and Eva", "it rained all day long"]


def seen(*chances):
    """Probabilities of tags: the chance that each word is a name of its own."""
    p = np.array([[1 - chance, chance, 0] for chance in chances])
    return TokenProbs(p, np.array([0, 5, 10, 15]), NAMES)


@pytest.fixture
def text():
    spans = rl.Spans([2, 2], [3, 3], [0, 0], ["PER"])  # Ben and Dora
    items = [tuple(words.split()) for words in WORDS]
    return rl.Dataset(rl.Grouped(spans, [0, 1, 2, 2]), {"items": items})


FIRST = seen(0.9, 0, 0.9, 0, 0, *(0.9, 0, 0.9, 0, 0), *[0] * 5)  # Anna and Cem are missing
OTHER = seen(0, 0, 0.9, 0, 0.9, *(0, 0, 0.9, 0, 0.9), *[0] * 5)  # Rome and Eva are


def places(audit):
    units = audit.data.labels.units
    return list(zip(place_of(audit.data.labels)[0].tolist(), units.start.tolist(), strict=True))


def test_places_stay_once_people_have_judged_them(text, tmp_path):
    audit = rl.audit(text, token_probs=FIRST)
    assert places(audit) == [(0, 0), (0, 2), (1, 0), (1, 2)]
    rl.save(audit, tmp_path / "a")
    (tmp_path / "a" / "decisions.csv").write_text("id,unit,verdict\n0,1,keep\n")
    again = rl.audit(text, token_probs=OTHER, folder=tmp_path / "a")
    assert places(again) == places(audit)  # "unit 1 of item 0" is Ben still, not Rome
    (said,) = [one for one in again.warnings if "not looked at" in one]
    assert said.startswith("2 places where a label may be missing are not looked at")


def test_places_are_new_where_nobody_judged_or_the_labels_changed(text, tmp_path):
    folder = tmp_path / "a"
    audit = rl.audit(text, token_probs=FIRST)
    rl.save(audit, folder)
    assert places(rl.audit(text, token_probs=OTHER, folder=folder)) != places(audit)
    (folder / "decisions.csv").write_text("id,unit,verdict\n0,1,keep\n")
    units = rl.Spans([2, 1], [3, 2], [0, 0], ["PER"])
    other = rl.Dataset(rl.Grouped(units, [0, 1, 2, 2]), text.evidence)
    assert places(rl.audit(other, token_probs=OTHER, folder=folder)) != places(audit)


def test_a_table_of_another_audit_is_refused(text, tmp_path):
    first, other = (rl.audit(text, token_probs=probs) for probs in (FIRST, OTHER))
    rl.save(other, tmp_path / "b")
    table = {"id": ["0"], "unit": [1], "given": ["PER 2:3"], "verdict": ["drop"], "label": [None]}
    assert given_values(first.data.labels)[1] == "PER 2:3"
    with pytest.raises(ValueError, match=r"label 1 of item '0' is 'PER 2:3' in the table .* empty"):
        rl.audit(text, token_probs=OTHER, folder=tmp_path / "b", verdicts=table)


def test_diff_matches_spans_by_where_they_lie(text):
    old, new = (rl.audit(text, token_probs=probs) for probs in (FIRST, OTHER))
    found = rl.diff(old, new)
    assert not found.relabelled  # places come and go, no label has changed
    moved = rl.Dataset(
        rl.Grouped(rl.Spans([2, 2], [4, 3], [0, 0], ["PER"]), [0, 1, 2, 2]), text.evidence
    )
    (change,) = rl.diff(old, rl.audit(moved, token_probs=OTHER)).relabelled
    assert (change.id, change.before, change.after) == ("0", "PER 2:3", "PER 2:4")


def test_boxes_lie_in_the_same_place_to_a_hundredth_of_a_pixel():
    from reliabel.core.kinds import kind_for

    boxes = rl.Boxes([[0, 0, 5, 5], [0, 0, 5.001, 5], [-0.001, 0, 5, 5]], [0, 0, 0])
    assert len(set(kind_for(boxes).extents(boxes))) == 1
    assert given_values(boxes) != []
