"""Regions as runs, against what scipy, brute force and pycocotools say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from reliabel.ops.polygons import polygons_runs
from reliabel.ops.regions import (
    areas,
    boxes,
    class_parts,
    edge_pixels,
    intersections,
    joined,
    mask_of,
    mask_runs,
    masks_runs,
    near_edges,
    overlaps,
    painted,
)
from reliabel.ops.rle import counts_runs, packed_counts, region_counts, turned, unpacked_counts

maps = st.integers(0, 2**32 - 1).map(
    lambda seed: (lambda rng: rng.integers(0, 3, rng.integers(1, 9, 2)))(
        np.random.default_rng(seed)
    )
)


@given(maps)
@settings(max_examples=60, deadline=None)
def test_parts_are_those_of_scipy_and_paint_the_map_again(grid):
    parts, y = class_parts(grid, ignore=2)
    assert np.array_equal(painted(parts, grid.shape, y), np.where(grid == 2, -1, grid))
    expected = set()
    for c in (0, 1):
        label, count = ndimage.label(grid == c, structure=np.ones((3, 3)))
        expected |= {(c, (label == n + 1).tobytes()) for n in range(count)}
    found = {(int(c), mask_of(parts, j, grid.shape).tobytes()) for j, c in enumerate(y)}
    assert found == expected
    assert len(y) == len(expected)
    assert (np.diff([parts.start[o] for o in parts.offsets[:-1]]) > 0).all()


@given(maps)
@settings(max_examples=40, deadline=None)
def test_areas_boxes_and_turning(grid):
    masks = np.stack([grid == c for c in range(3)])
    runs = masks_runs(masks)
    assert areas(runs).tolist() == masks.sum((1, 2)).tolist()
    for j, mask in enumerate(masks):
        assert np.array_equal(mask_of(runs, j, grid.shape), mask)
        box = boxes(runs, grid.shape[1])[j]
        rows, columns = np.nonzero(mask)
        if not len(rows):
            assert np.isnan(box).all()
            continue
        seen = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        assert box.tolist() == seen
        across = turned(runs.take([j]), grid.shape)
        assert np.array_equal(mask_of(across, 0, grid.shape[::-1]), mask.T)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_intersections_equal_brute_force(seed):
    rng = np.random.default_rng(seed)
    one, two = rng.random((4, 5, 6)) < 0.4, rng.random((3, 5, 6)) < 0.4
    a, b, count = intersections(masks_runs(one), masks_runs(two))
    table = np.zeros((4, 3), int)
    table[a, b] = count
    assert np.array_equal(table, (one[:, None] & two[None]).sum((2, 3)))
    picture = np.array([0, 1, 0, 1]), np.array([1, 0, 0])
    a, b, count = intersections(masks_runs(one), masks_runs(two), picture)
    table[:] = 0
    table[a, b] = count
    same = picture[0][:, None] == picture[1]
    assert np.array_equal(table, (one[:, None] & two[None]).sum((2, 3)) * same)


def test_overlaps_are_intersection_over_union():
    one, two = mask_runs([[1, 1, 1, 0]]), mask_runs([[0, 1, 1, 1]])
    assert overlaps(one, two)[2].tolist() == [0.5]
    assert all(len(part) == 0 for part in overlaps(one, mask_runs([[0, 0, 0, 0]])))


def test_spans_of_a_region_join_and_regions_stay_apart():
    runs = joined([0, 0, 1, 1, 2], [0, 5, 5, 9, 3], [5, 6, 9, 12, 3], 4)
    assert (runs.start.tolist(), runs.length.tolist()) == ([0, 5], [6, 7])
    assert runs.offsets.tolist() == [0, 1, 2, 2, 2]


@given(maps)
@settings(max_examples=40, deadline=None)
def test_coco_counts_both_ways(grid):
    mask = grid == 1
    counts = region_counts(mask_runs(mask), 0, grid.shape)
    column_wise = mask.T.ravel()
    assert np.array_equal(np.repeat(np.arange(len(counts)) % 2 == 1, counts), column_wise)
    for held in (counts, packed_counts(counts)):
        assert np.array_equal(mask_of(counts_runs(held, grid.shape), 0, grid.shape), mask)


def test_packed_counts_are_those_of_pycocotools():
    coco = pytest.importorskip("pycocotools.mask")
    rng = np.random.default_rng(0)
    for density in (0.001, 0.3, 0.97):
        mask = ndimage.uniform_filter(rng.random((70, 90)), 5) < density
        mask |= rng.random((70, 90)) < density / 9
        told = coco.encode(np.asfortranarray(mask.astype(np.uint8)))["counts"].decode()
        counts = region_counts(mask_runs(mask), 0, mask.shape)
        assert packed_counts(counts) == told
        assert unpacked_counts(told).tolist() == counts


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ([1, 2, 4], "add up to 7 pixels"),
        ([7, -1], "got -1"),
        ([0.5, 5.5], "whole numbers"),
        ("04333\x7f", "at place 5"),
        ("0433S", "cut off"),
        ("o" * 13 + "0", "broken"),
        ("04é", "characters 0 to o"),
    ],
)
def test_broken_counts_are_told(counts, said):
    with pytest.raises(ValueError, match=said):
        counts_runs(counts, (2, 3))


def test_polygons_cover_the_pixels_whose_centre_they_surround():
    draw = pytest.importorskip("skimage.draw")
    rng = np.random.default_rng(1)
    rings = [rng.uniform(-4, 24, (n, 2)) for n in (3, 4, 5)]
    runs = polygons_runs(rings, [0, 1, 2], 3, (20, 20))
    for j, ring in enumerate(rings):
        expected = draw.polygon2mask((20, 20), ring[:, ::-1] - 0.5)
        crossing = np.count_nonzero(mask_of(runs, j, (20, 20)) != expected)
        assert crossing == 0 or len(ring) == 5  # which may cross itself
    both = polygons_runs([[0, 0, 2, 0, 2, 2, 0, 2], [1, 1, 4, 1, 4, 3, 1, 3]], [0, 0], 1, (3, 5))
    assert areas(both).tolist() == [2 * 2 + 3 * 2 - 1]
    sizes = [[3, 5], [2, 2]]
    cut = polygons_runs([[0, 0, 9, 0, 9, 9, 0, 9]] * 2, [0, 1], 2, sizes)
    assert areas(cut).tolist() == [15, 4]
    assert len(polygons_runs([], [], 2, (3, 3))) == 2


def test_borders():
    grid = np.zeros((5, 7), int)
    grid[:, 4:] = 1
    assert edge_pixels(grid).any(0).tolist() == [False] * 3 + [True] * 2 + [False] * 2
    assert near_edges(grid, 3).any(0).tolist() == [False] + [True] * 6
    assert not near_edges(grid, 0).any()
    assert not near_edges(np.zeros((3, 3))).any()
