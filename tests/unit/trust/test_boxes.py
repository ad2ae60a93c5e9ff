"""P(wrong) of boxes on planted worlds: it is near the truth, names what is wrong, and mends it."""

from functools import cache

import numpy as np
import pytest
from tests.box_worlds import KINDS, box_world

from reliabel.core.labels import Grouped
from reliabel.core.objects import Boxes
from reliabel.ops.match import iou, overlaps
from reliabel.prepare.candidate_boxes import with_candidates
from reliabel.prepare.preparation import Preparation
from reliabel.trust import boxes as trust
from reliabel.trust.box_floor import Floor
from reliabel.trust.boxes import p_wrong_boxes

NAMED = {"class": "wrong class", "place": "badly placed", "spurious": "no object"}


@cache
def judged(seed=0, **options):
    world = box_world(seed=seed, **options)
    work = Preparation(None, None, 0, evidence={"predicted": world.predicted})
    labels = with_candidates(work, world.labels)
    found = p_wrong_boxes(labels, predicted=world.predicted, rng=np.random.default_rng(0))
    given = labels.units.y >= 0
    kind = np.zeros(len(given), dtype=int)
    kind[given] = world.kind
    offsets = np.searchsorted(world.missing_item, np.arange(len(labels) + 1))
    pairs = overlaps(labels.units.xyxy, labels.offsets, world.missing, offsets, 0.5)
    hit = np.zeros(len(given), dtype=bool)
    hit[pairs.mine] = True
    kind[~given & hit] = KINDS.index("missing")
    return world, labels, found, kind, work.warnings


def test_p_wrong_is_near_the_share_of_errors():
    parts = [judged(seed) for seed in (0, 1)]
    p = np.concatenate([found.p for _, _, found, _, _ in parts])
    wrong = np.concatenate([kind > 0 for *_, kind, _ in parts])
    group = np.digitize(p, [0.05, 0.2, 0.4, 0.6, 0.8])
    for g in range(6):
        of = group == g
        assert -0.35 < p[of].mean() - wrong[of].mean() < 0.2, g  # rather too low than too high
    assert p.mean() == pytest.approx(wrong.mean(), rel=0.2)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_count_holds_what_is_wrong_and_missing(seed):
    world, _, found, kind, _ = judged(seed)
    wrong = int((world.kind > 0).sum()) + len(world.missing)
    assert found.count.low <= wrong <= found.count.high
    assert found.count.value == pytest.approx(wrong, rel=0.3)
    missing = int((kind == KINDS.index("missing")).sum())
    assert found.parts["missing"] == pytest.approx(missing, rel=0.3)


@pytest.mark.parametrize("planted", list(NAMED))
def test_errors_have_their_right_name(planted):
    _, _, found, kind, _ = judged(0)
    of = (kind == KINDS.index(planted)) & (found.p > 0.2)
    named = found.kind[of] == trust.KINDS.index(NAMED[planted])
    assert named.mean() > 0.75


def test_mends_are_right():
    world, labels, found, kind, _ = judged(0)
    rows = np.flatnonzero(labels.units.y >= 0)
    sure = found.p[rows] > 0.5
    made = found.suggest.take(rows)
    swapped, moved = ((kind[rows] == k) & sure for k in (1, 2))
    assert (made.y[swapped] == world.true_y[swapped]).mean() > 0.85
    assert (iou(made.xyxy, world.truth)[moved] > 0.75).mean() > 0.85
    lost = np.flatnonzero(labels.units.y < 0)
    assert (found.suggest.y[lost] >= 0).all()


def test_sparse_annotation_is_said_and_not_called_missing():
    _, labels, found, _, warnings = judged(0, rates=(0.02, 0.02, 0.01, 0.5))
    assert (labels.units.y >= 0).all()
    assert found.parts["missing"] == 0
    assert found.info["sparse"] == [0, 1, 2, 3, 4]
    assert "have a box in part only: about 49 % of them have none" in warnings[0] or (
        "in part only: about 5" in warnings[0]
    )


def test_clean_labels_are_not_counted_as_wrong():
    _, _, found, _, _ = judged(0, rates=(0.0, 0.0, 0.0, 0.0))
    assert found.count.low == 0
    assert (found.p > 0.5).sum() <= 5


def test_of_two_boxes_on_one_object_one_is_too_many():
    world = box_world(pictures=100)
    rows = np.arange(20)
    twice = world.labels.units.take(
        np.repeat(np.arange(len(world.kind)), 1 + np.isin(np.arange(len(world.kind)), rows))
    )
    offsets = world.labels.offsets + np.minimum(world.labels.offsets, len(rows))
    labels = Grouped(twice, offsets)
    found = p_wrong_boxes(labels, predicted=world.predicted, rng=np.random.default_rng(0))
    double = found.kind == trust.KINDS.index("doubled")
    assert double.sum() == 20
    assert (found.suggest.y[double] == -1).all()


def test_one_class_is_judged_by_place_and_presence():
    world = box_world(k=1)
    found = p_wrong_boxes(world.labels, predicted=world.predicted, rng=np.random.default_rng(0))
    assert found.count.identified
    assert found.p[world.kind == 2].mean() > 0.45


def test_crowds_and_no_predictions_have_no_p_wrong():
    boxes = Boxes([[0, 0, 9, 9], [20, 0, 29, 9]], [0, 1], ["a", "b"], crowd=[True, False])
    none = Grouped(Boxes(np.empty((0, 4)), [], ["a", "b"], []), [0, 0])
    found = p_wrong_boxes(Grouped(boxes, [0, 2]), predicted=none, rng=np.random.default_rng(0))
    assert np.isnan(found.p[0])
    assert found.p[1] == 0


@pytest.mark.parametrize(("low", "most"), [(0.0, 0.49), (3.0, 0.8)])
def test_no_box_is_likely_to_hold_no_object_where_perhaps_none_does(monkeypatch, low, most):
    def told(against, _traits):
        p = np.where(against, np.linspace(0.1, 0.8, len(against)), 0.0)
        p[-1] = 0.8
        return Floor(p, float(p.sum()), low, float(p.sum()))

    monkeypatch.setattr(trust, "wrong_floor", told)
    found = judged.__wrapped__(0)[2]  # the kept ones were made without it
    absent = found.by_kind[:, trust.KINDS.index("no object")]
    assert absent.max() == pytest.approx(most)
    assert len(np.unique(absent)) > 5  # the order stays
