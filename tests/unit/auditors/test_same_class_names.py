"""same_class_names: two names on one object, two names used by turns, and classes that differ."""

import numpy as np
from tests.box_worlds import box_world

from reliabel.auditors import same_class_names
from reliabel.core.labels import Grouped
from reliabel.core.objects import Boxes


def renamed(world, share, seed=0):
    """Some boxes of the first class under another name."""
    rng, units = np.random.default_rng(seed), world.labels.units
    names = (*units.names, "klasse 0")
    y = np.where((units.y == 0) & (rng.random(len(units.y)) < share), len(units.names), units.y)
    said = world.predicted.units
    seen = np.where((said.y == 0) & (rng.random(len(said.y)) < share), len(units.names), said.y)
    return (
        Grouped(Boxes(units.xyxy, y, names), world.labels.offsets),
        Grouped(Boxes(said.xyxy, seen, names, said.score), world.predicted.offsets),
    )


def test_two_names_used_by_turns_are_found_by_a_detector():
    labels, predicted = renamed(box_world(), 0.5)
    found = same_class_names.audit(labels, predicted=predicted)
    assert len(found.kind) == 1
    assert "'class 0'" in found.why[0]
    assert "'klasse 0'" in found.why[0]
    assert 0.35 < found.score[0] < 0.6
    assert len(same_class_names.audit(labels).kind) == 0


def test_classes_that_differ_are_left_alone():
    world = box_world(rates=(0.1, 0.05, 0.05, 0.1), right=0.8)
    assert len(same_class_names.audit(world.labels, predicted=world.predicted).kind) == 0


def test_two_names_on_one_object_need_no_detector():
    rng = np.random.default_rng(0)
    corner = rng.uniform(0, 300, (40, 2))
    boxes = np.hstack([corner, corner + 30])
    y = np.where(np.arange(40) < 30, 0, 2)
    twice = np.concatenate([boxes, boxes[:20] + 1])
    both = Boxes(twice, np.concatenate([y, np.full(20, 1)]), ["car", "auto", "tree"])
    order = np.argsort(np.concatenate([np.arange(40), np.arange(20)]), kind="stable")
    offsets = np.searchsorted(np.concatenate([np.arange(40), np.arange(20)])[order], np.arange(41))
    found = same_class_names.audit(Grouped(both.take(order), offsets))
    assert found.why == [
        "67 % of the boxes of 'car' and 100 % of those of 'auto' lie on one of the other"
    ]
