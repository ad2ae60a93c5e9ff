"""polygon_consensus: mean shapes of matched objects, their polygons, and the workers' outlines."""

import numpy as np
import pytest
from tests.unit.aggregators.test_staple import objects_of

from reliabel.aggregators import polygon_consensus
from reliabel.ops.regions import mask_of

DOWN, ACROSS = np.mgrid[:40, :40]


def square(left, top, side):
    inside = (left <= ACROSS) & (left + side > ACROSS) & (top <= DOWN) & (top + side > DOWN)
    return np.asarray(inside)


def test_the_mean_of_three_squares_is_the_one_between():
    votes = objects_of([square(8, 8, 10)], [square(9, 9, 10)], [square(10, 10, 10)])
    found = polygon_consensus.aggregate(votes)
    assert (mask_of(found.labels.units, 0, (40, 40)) == square(9, 9, 10)).mean() > 0.99
    ring = np.reshape(found.info["polygons"][0][0], (-1, 2))
    assert len(ring) <= 8
    assert np.abs(ring - [14, 14]).max() == pytest.approx(5, abs=1)
    assert found.info["area_ratio"] == pytest.approx([1, 1, 1], abs=0.05)
    assert found.info["boundary_distance"][1] < 0.2


def test_who_draws_wide_is_told_by_areas_and_distances():
    small, wide = square(10, 10, 10), square(9, 9, 13)
    found = polygon_consensus.aggregate(objects_of([small], [small], [wide]))
    assert (mask_of(found.labels.units, 0, (40, 40)) == small).all()
    assert found.info["area_ratio"][2] == pytest.approx(1.69)
    assert found.info["boundary_distance"][:2].tolist() == [0, 0]
    assert 0.5 < found.info["boundary_distance"][2] < 3


def test_two_objects_one_of_which_only_one_worker_sees():
    one, two = square(2, 2, 10), square(20, 20, 12)
    found = polygon_consensus.aggregate(objects_of([one, two], [one], [one]))
    assert len(found.labels.units) == 1
    assert found.labels.units.score.tolist() == [1]
    every = polygon_consensus.aggregate(objects_of([one, two], [one], [one]), least=0.0)
    assert sorted(every.labels.units.score.tolist()) == pytest.approx([1 / 3, 1])
    assert len(every.info["polygons"]) == 2


def test_planted_outlines():
    """Discs whose outlines are off by one pixel (good) to four (bad) in places: the mean shape is
    nearer to the truth than any worker, and the distances tell who is who.
    """
    rng = np.random.default_rng(0)
    angle = np.arctan2(DOWN - 20, ACROSS - 20)
    far = np.hypot(DOWN - 20, ACROSS - 20)
    true = far < 11
    spread = np.array([0.5, 0.8, 1.2, 2, 3])
    drawn = []
    for each in spread:
        a, b = rng.normal(0, each, 4), rng.uniform(0, 2 * np.pi, 4)
        edge = 11 + sum(a[i] / 2 * np.cos((i + 2) * angle + b[i]) for i in range(4))
        drawn.append([far < edge])
    found = polygon_consensus.aggregate(objects_of(*drawn))
    mask = mask_of(found.labels.units, 0, (40, 40))

    def iou(one):
        return (one & true).sum() / (one | true).sum()

    single = [iou(one[0]) for one in drawn]
    assert iou(mask) > np.sort(single)[-2]
    assert np.corrcoef(found.info["boundary_distance"], spread)[0, 1] > 0.7
