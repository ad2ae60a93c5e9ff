"""Overlaps and matchings of boxes: hand examples, and plain loops and SciPy beside them."""

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from reliabel.ops import match

RNG = np.random.default_rng(0)


def some_boxes(pictures=30, most=8, side=30):
    """Boxes that often overlap; some pictures have none."""
    count = RNG.integers(0, most, pictures)
    offsets = np.concatenate([[0], np.cumsum(count)])
    corner = RNG.uniform(0, side, (offsets[-1], 2))
    return np.column_stack([corner, corner + RNG.uniform(3, 20, (offsets[-1], 2))]), offsets


def plain_iou(a, b):
    shared = max(min(a[2], b[2]) - max(a[0], b[0]), 0) * max(min(a[3], b[3]) - max(a[1], b[1]), 0)
    area = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return shared / (area - shared)


def test_overlaps_are_those_of_a_plain_loop(monkeypatch):
    monkeypatch.setattr(match, "PAIRS", 7)  # many blocks
    (one, offsets), (two, others) = some_boxes(), some_boxes()
    found = match.overlaps(one, offsets, two, others, 0.1)
    expected = {}
    for picture in range(30):
        for a in range(offsets[picture], offsets[picture + 1]):
            for b in range(others[picture], others[picture + 1]):
                if plain_iou(one[a], two[b]) >= 0.1:
                    expected[a, b] = plain_iou(one[a], two[b])
    seen = dict(
        zip(zip(found.mine.tolist(), found.other.tolist(), strict=True), found.iou, strict=True)
    )
    assert seen == pytest.approx(expected)
    assert sorted(seen) == list(seen)
    assert match.iou(one[found.mine], two[found.other]) == pytest.approx(found.iou)


def test_the_share_inside_is_of_our_own_area():
    small, big = np.array([[1.0, 1, 3, 3]]), np.array([[0.0, 0, 4, 4]])
    one = np.array([0, 1])
    assert match.overlaps(small, one, big, one).inside.tolist() == [1.0]
    assert match.overlaps(big, one, small, one).inside.tolist() == [0.25]


@pytest.mark.parametrize(
    "bad", [[5, 5, 2, 9], [5, 5, 5, 9], [np.nan, 0, 9, 9], [0, 0, np.inf, 9], [9, 9, 0, 0]]
)
def test_boxes_without_an_area_overlap_nothing(bad):
    box, good, one = np.array([bad], float), np.array([[0.0, 0, 10, 10]]), np.array([0, 1])
    assert len(match.overlaps(box, one, good, one)) == 0
    assert len(match.overlaps(good, one, box, one)) == 0
    assert len(match.overlaps(box, one, box, one)) == 0
    assert match.iou(box, good).tolist() == [0.0]
    assert match.areas(box).tolist() == [0.0]


def test_no_boxes_at_all():
    none, one = np.empty((0, 4)), np.array([0, 0, 0])
    assert len(match.overlaps(none, one, none, one)) == 0
    assert match.greedy(np.empty(0, int), np.empty(0, int), np.empty(0)).tolist() == []
    assert match.one_to_one(np.empty(0, int), np.empty(0, int), np.empty(0)).tolist() == []
    assert match.suppressed(none, one, np.empty(0)).tolist() == []


def test_one_to_one_has_the_total_that_scipy_finds():
    (one, offsets), (two, others) = some_boxes(), some_boxes()
    pairs = match.overlaps(one, offsets, two, others)
    chosen = match.one_to_one(pairs.mine, pairs.other, pairs.iou)
    assert len(set(pairs.mine[chosen])) == len(set(pairs.other[chosen])) == len(chosen)
    total = 0.0
    for picture in range(30):
        rows = range(offsets[picture], offsets[picture + 1])
        columns = range(others[picture], others[picture + 1])
        table = np.array([[plain_iou(one[a], two[b]) for b in columns] for a in rows])
        if table.size:
            total += table[linear_sum_assignment(table, maximize=True)].sum()
    assert pairs.iou[chosen].sum() == pytest.approx(total)


def test_greedy_is_that_of_a_plain_loop():
    (one, offsets), (two, others) = some_boxes(), some_boxes()
    pairs = match.overlaps(one, offsets, two, others)
    weight = np.round(pairs.iou, 1)  # many are equal
    used_a, used_b, expected = set(), set(), []
    for pair in sorted(range(len(pairs)), key=lambda p: (-weight[p], p)):
        if pairs.mine[pair] not in used_a and pairs.other[pair] not in used_b:
            used_a.add(pairs.mine[pair])
            used_b.add(pairs.other[pair])
            expected.append(pair)
    assert match.greedy(pairs.mine, pairs.other, weight).tolist() == sorted(expected)


@pytest.mark.parametrize("classes", [1, 3])
def test_suppression_is_that_of_a_plain_loop(classes):
    boxes, offsets = some_boxes(most=12)
    score, y = np.round(RNG.random(len(boxes)), 1), RNG.integers(0, classes, len(boxes))
    picture = np.repeat(np.arange(30), np.diff(offsets))
    kept = []
    for row in sorted(range(len(boxes)), key=lambda r: (-score[r], r)):
        rivals = [k for k in kept if picture[k] == picture[row] and y[k] == y[row]]
        if all(plain_iou(boxes[row], boxes[k]) < 0.3 for k in rivals):
            kept.append(row)
    drop = match.suppressed(boxes, offsets, score, 0.3, y)
    assert np.flatnonzero(~drop).tolist() == sorted(kept)


def test_a_crowd_takes_all_that_no_object_takes():
    crowd = np.array([False, False, True])
    mine, other = np.array([0, 1, 1, 2, 3]), np.array([0, 0, 2, 2, 1])
    weight = np.array([0.9, 0.95, 0.5, 0.4, 0.3])
    assert match.one_to_many(mine, other, weight, 5, crowd).tolist() == [-1, 0, 2, 1, -1]
