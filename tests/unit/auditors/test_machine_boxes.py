"""machine_boxes: planted boxes of a machine, four in ten shifted or on background, are told."""

import numpy as np
from tests.box_worlds import box_world

from reliabel.auditors import machine_boxes
from reliabel.core.labels import Grouped
from reliabel.core.objects import Boxes


def planted(seed=0):
    """Good and bad boxes of a machine whose own confidence tells little."""
    world = box_world(rates=(0.0, 0.2, 0.3, 0.0), seed=seed, recall=0.97, alarms=0.5)
    rng = np.random.default_rng(seed)
    units, good = world.labels.units, world.kind == 0
    v = np.where(good, rng.beta(8, 1.2, len(good)), rng.beta(5, 1.5, len(good)))
    labels = Grouped(Boxes(units.xyxy, units.y, units.names, v), world.labels.offsets)
    return labels, good, v, world.predicted


def test_good_boxes_are_told_from_bad_ones():
    """The oracle of the specification: precision of what is kept >= .85 at a recall >= .6."""
    labels, good, v, predicted = planted()
    assert 0.55 < good.mean() < 0.75
    found = machine_boxes.audit(labels, predicted=predicted)
    order = np.argsort(found.score)
    first = order[: int(0.65 * good.sum())]
    assert good[first].mean() >= 0.9
    alone = np.argsort(-v)[: len(first)]
    assert good[alone].mean() < 0.85
    kept = ~found.flag
    assert good[kept].mean() >= 0.85
    weight = found.info["weight"]
    above = (weight[good][:, None] > weight[~good][None]).mean()
    assert above >= 0.9


def test_boxes_of_people_are_not_judged():
    labels, _, _, predicted = planted()
    trusted = np.arange(len(labels)) < 10
    found = machine_boxes.audit(labels, predicted=predicted, trusted=trusted)
    people = labels.item < 10
    assert np.isnan(found.score[people]).all()
    assert (found.info["weight"][people] == 1).all()
    assert np.isfinite(found.score[~people]).all()


def test_the_only_box_of_a_picture_is_no_better_for_it():
    """Divided by the largest of its own picture, a lone box would always be believed."""
    boxes = Boxes([[0, 0, 9, 9]] * 2, [0, 0], ["cat"], [0.9, 0.9])
    seen = Boxes([[0, 0, 9, 9]] * 2, [0, 0], ["cat"], [0.9, 0.1])
    one = np.array([0, 1, 2])
    found = machine_boxes.audit(Grouped(boxes, one), predicted=Grouped(seen, one))
    assert found.score[0] < 0.1 < 0.4 < found.score[1]
