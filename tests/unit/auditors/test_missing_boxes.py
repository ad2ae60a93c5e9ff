"""missing_boxes: half of the boxes left out, few left out, and what is listed to be ignored."""

import numpy as np
import pytest
from tests.box_worlds import box_world

from reliabel.auditors import missing_boxes
from reliabel.core.labels import Grouped
from reliabel.core.objects import Boxes
from reliabel.ops.match import overlaps


def test_half_the_boxes_left_out_are_told_and_their_areas_are_found():
    world = box_world(rates=(0.02, 0.02, 0.01, 0.5))
    found = missing_boxes.audit(world.labels, predicted=world.predicted)
    assert list(found.kind) == ["annotated in part"] * 5
    assert np.abs(np.array(found.info["rate"]) - 0.5).max() < 0.1
    ignore = found.info["ignore"]
    xyxy, item = np.array(ignore["xyxy"]), np.array(ignore["item"])
    offsets, others = (np.searchsorted(part, np.arange(301)) for part in (item, world.missing_item))
    pairs = overlaps(xyxy, offsets, world.missing, others, 0.5)
    right = len(np.unique(pairs.mine))
    assert right / len(xyxy) > 0.9
    assert right / len(world.missing) > 0.6
    touching = overlaps(xyxy, offsets, world.labels.units.xyxy, world.labels.offsets, 0.2)
    assert not len(touching)


def test_slips_are_no_custom():
    world = box_world()
    found = missing_boxes.audit(world.labels, predicted=world.predicted)
    assert list(found.kind) == []
    assert 0.02 < np.mean(found.info["rate"]) < 0.09
    assert len(found.info["ignore"]["item"]) > 50


def test_crowds_miss_nothing():
    boxes = Boxes([[0, 0, 100, 100]], [0], ["cat"], crowd=[True])
    seen = Boxes([[10, 10, 30, 30]] * 1, [0], ["cat"], [0.99])
    found = missing_boxes.audit(Grouped(boxes, [0, 1]), predicted=Grouped(seen, [0, 1]))
    assert found.info["ignore"]["item"] == []


def test_a_chance_is_from_0_to_1():
    world = box_world(pictures=5)
    with pytest.raises(ValueError, match=r"least is a chance from 0 to 1, got 1\.5"):
        missing_boxes.audit(world.labels, predicted=world.predicted, least=1.5)
