"""Region faults: each kind by a worked example, and what is none."""

from __future__ import annotations

import numpy as np
from tests.mask_worlds import of_maps

from reliabel.auditors.region_faults import audit
from reliabel.core.labels import Grouped
from reliabel.core.objects import Regions
from reliabel.ops.regions import joined, masks_runs

NAMES = ("ground", "car")


def _instances(masks, y, crowd=None):
    masks = np.asarray(masks)
    runs = masks_runs(masks)
    size = np.tile(masks.shape[1:], (len(masks), 1))
    return Grouped(
        Regions(y, runs.start, runs.length, runs.offsets, size, NAMES, crowd), [0, len(masks)]
    )


def test_specks_and_speckle_are_told_by_the_usual_size_of_their_class():
    maps = np.zeros((3, 60, 60), int)
    maps[:, 10:40, 10:40] = 1
    maps[0, 50, 50] = 1  # a slip
    maps[1, 50:53, 2:56:4] = 1  # many of them
    found = audit(of_maps(maps, NAMES))
    assert found.kind == ["speck", "speckle"]
    assert found.items == [(0,), (1,)]
    assert found.why[0] == (
        "a region of class 'car' has 1 pixel, where those of its class have 900 as a rule"
    )
    assert found.why[1].startswith("14 regions of at most 9 pixels ('car')")
    assert found.where[0]["box"] == [50, 50, 51, 51]


def test_small_objects_of_a_class_of_small_objects_are_none():
    maps = np.zeros((4, 60, 60), int)
    maps[:, 5::10, 5::10] = 1
    assert not audit(of_maps(maps, NAMES)).items


def test_two_regions_in_one_place():
    masks = np.zeros((4, 20, 20), bool)
    masks[0, 2:12, 2:12] = True
    masks[1, 2:12, 2:11] = True
    masks[2, 14:, 14:] = True
    masks[3, 14:, 14:] = True
    found = audit(_instances(masks, [1, 1, 0, 1]))
    assert found.kind == ["double", "two classes"]
    assert "two regions of class 'car' lie in one place (they share 90%)" in found.why
    crowd = [False, True, False, True]
    assert not audit(_instances(masks, [1, 1, 0, 1], crowd)).items


def test_a_part_of_a_region_that_joined_it_is_no_fault():
    masks = np.zeros((2, 20, 20), bool)
    masks[0, :, :] = True
    masks[1, 3:6, 3:6] = True
    assert not audit(_instances(masks, [0, 0])).items


def test_masks_of_another_shape_and_empty_regions():
    labels = of_maps(np.zeros((3, 6, 8), int), NAMES)
    found = audit(labels, sizes=np.array([[6, 8], [12, 16], [-1, -1]]))
    assert (found.items, found.kind) == ([(1,)], ["other shape"])
    assert found.why == [
        "the mask has 6 x 8 pixels (height x width), its picture 12 x 16",
    ]
    runs = joined([0], [0], [4], 2)
    units = Regions([0, 1], runs.start, runs.length, runs.offsets, [[2, 4]] * 2, NAMES)
    empty = audit(Grouped(units, [0, 2]))
    assert (empty.kind, empty.score.tolist()) == (["empty"], [1.0])
