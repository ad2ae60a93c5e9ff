"""Outlines of regions: every pixel within, parts that touch, and fewer corners."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from reliabel.core import outlines
from reliabel.core.outlines import TOLERANCES, outline, simplified
from reliabel.ops.regions import mask_runs


def around(mask, points=10**6):
    runs = mask_runs(mask)
    return [
        np.reshape(one, (-1, 2))
        for one in outline(runs.start, runs.length, mask.shape[1], points)[1]
    ]


def within(polygon):
    x, y = polygon.T
    return (x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2


@pytest.mark.parametrize("seed", range(6))
def test_polygons_hold_all_pixels_of_a_region(seed, monkeypatch):
    monkeypatch.setattr(outlines, "PARTS", 10**6)
    rng = np.random.default_rng(seed)
    field = gaussian_filter(rng.random((37, 52)), seed / 2)
    mask = field > np.quantile(field, 0.6)
    ways = around(mask)
    assert sum(map(within, ways)) == mask.sum()  # holes count against it
    lengths = [np.abs(np.diff(way, axis=0, append=way[:1])).sum() for way in ways]
    assert lengths == sorted(lengths, reverse=True)


def test_parts_that_touch_at_a_corner_are_polygons_of_their_own():
    for mask in ([[1, 0], [0, 1]], [[0, 1], [1, 0]]):
        ways = around(np.array(mask))
        assert [len(way) for way in ways] == [4, 4]
        assert [within(way) for way in ways] == [1, 1]
    hole = np.ones((4, 4), int)
    hole[1, 1] = hole[2, 2] = 0
    assert sorted(map(within, around(hole))) == [-2, 16]  # the two holes are one way


def test_fewer_corners_are_those_that_the_rule_keeps():
    rng = np.random.default_rng(3)
    field = gaussian_filter(rng.random((120, 160)), 6)
    mask = field > np.quantile(field, 0.7)
    ways = around(mask)
    for points in (60, 90, 200):
        told = around(mask, points)
        assert sum(map(len, told)) <= points
        every = ([simplified(way, least) for way in ways] for least in TOLERANCES)
        first = next(found for found in every if sum(map(len, found)) <= points)
        assert all(np.array_equal(a, b) for a, b in zip(told, first, strict=True))
