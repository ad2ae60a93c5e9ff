"""object_scores: each kind of error on a worked picture, with its name and its mend; crowds, and
detectors that are never sure.
"""

import numpy as np
import pytest
from tests.box_worlds import KINDS, box_world

from reliabel.auditors import object_scores
from reliabel.core.labels import Grouped
from reliabel.core.objects import Boxes
from reliabel.prepare.candidate_boxes import with_candidates
from reliabel.prepare.preparation import Preparation

NAMES = ("cat", "dog")
TRUE = [[0, 0, 20, 20], [40, 0, 60, 20], [80, 0, 100, 20]]
SEEN = Grouped(Boxes(TRUE, [0, 1, 1], NAMES, [0.9, 0.8, 0.95]), [0, 3])


@pytest.mark.parametrize(
    ("box", "y", "kind", "mend"),
    [
        ([0, 0, 20, 20], 0, "", ([0, 0, 20, 20], 0)),
        ([0, 0, 20, 20], 1, "wrong class", ([0, 0, 20, 20], 0)),
        ([8, 0, 28, 20], 0, "badly placed", ([0, 0, 20, 20], 0)),
        ([0, 50, 20, 70], 0, "no object", ([0, 50, 20, 70], -1)),
        ([40, 0, 60, 20], -1, "missing", ([40, 0, 60, 20], 1)),
    ],
)
def test_each_kind_of_error_is_named_and_mended(box, y, kind, mend):
    good = [[40, 0, 60, 20], [80, 0, 100, 20]]
    boxes = Boxes([box, *good], [y, 1, 1], NAMES)
    found = object_scores.audit(Grouped(boxes, [0, 3]), predicted=SEEN)
    assert found.kind[0] == kind or (not kind and found.score[0] < 0.1)
    assert found.score.argmax() == 0 or not kind
    made = found.suggest.units
    assert (made.xyxy[0].tolist(), int(made.y[0])) == mend
    assert found.score[1] < 0.15


def test_the_score_of_a_class_is_the_difference_of_confidences():
    """.9 for the other class, nothing for the given one: .5 + .9 / 2."""
    boxes = Grouped(Boxes([TRUE[0]], [1], NAMES), [0, 1])
    found = object_scores.audit(boxes, predicted=SEEN)
    assert found.score[0] == pytest.approx(0.95)
    assert found.info["why"][0] == "the detector gives 'dog' under 1 % and 'cat' 90 %"


def test_crowds_are_never_suspected_and_hide_what_is_missing():
    boxes = Boxes([[30, 0, 110, 30], TRUE[0]], [1, 0], NAMES, crowd=[True, False])
    labels = Grouped(boxes, [0, 2])
    found = object_scores.audit(labels, predicted=SEEN)
    assert np.isnan(found.score[0])
    assert not found.flag[0]
    assert len(candidates(labels, SEEN).units) == 2


def candidates(labels, predicted):
    work = Preparation(None, None, 0, evidence={"predicted": predicted})
    return with_candidates(work, labels)


@pytest.mark.parametrize("sure", [1.0, 0.6])
def test_planted_errors_of_each_kind_come_first(sure):
    world = box_world(pictures=200, sure=sure)
    found = object_scores.audit(world.labels, predicted=world.predicted)
    assert found.info["sure"] <= 0.95 * sure + 0.05
    names = {"wrong class": "class", "badly placed": "place", "no object": "spurious"}
    for name, planted in names.items():
        wrong = world.kind == KINDS.index(planted)
        score = found.info["scores"][name]
        first = np.argsort(-score)[: wrong.sum()]
        assert wrong[first].mean() >= {"no object": 0.15}.get(name, 0.6), name
    named = np.array(found.kind)[found.flag & (world.kind == 1)]
    assert (named == "wrong class").mean() > 0.95


def test_no_predictions_and_no_boxes_get_an_answer():
    none = Grouped(Boxes(np.empty((0, 4)), [], NAMES), [0, 0])
    assert len(object_scores.audit(none, predicted=SEEN).score) == 0
    alone = object_scores.audit(Grouped(Boxes(TRUE, [0, 1, 1], NAMES), [0, 3]), predicted=none)
    assert not alone.flag.any()
