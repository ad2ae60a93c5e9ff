"""Which rows come together."""

import numpy as np
import pytest

pytest.importorskip("torch")

from reliabel.core.training import Training
from reliabel.ops.torch.batches import balanced, both, shuffled, whole_bags

ROWS = np.array([3, 5, 6, 8, 11, 12, 13, 20, 21, 22])


def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize("size", [1, 3, 4, 10, 99])
def test_every_row_comes_once_or_is_a_small_rest(size):
    batches = list(shuffled(ROWS, size, rng()))
    seen = np.concatenate(batches)
    assert len(set(seen)) == len(seen)
    assert set(seen) <= set(ROWS)
    rest = len(ROWS) % size
    left_out = rest if rest * 2 < size and len(ROWS) > size else 0
    assert len(seen) == len(ROWS) - left_out
    assert all(len(batch) == size for batch in batches[:-1])


def test_the_order_is_another_each_time():
    one, chance = [], rng()
    for _ in range(2):
        one.append(np.concatenate(list(shuffled(ROWS, 4, chance))).tolist())
    assert one[0] != one[1]


def test_bags_are_whole_and_fill_a_batch():
    groups = np.repeat(np.arange(6), [4, 4, 4, 4, 4, 5])
    batches = list(whole_bags(groups)(np.arange(25), 8, rng()))
    for batch in batches:
        sizes = np.bincount(groups[batch], minlength=6)
        assert all(
            size in (0, whole) for size, whole in zip(sizes, [4, 4, 4, 4, 4, 5], strict=True)
        )
    assert sorted(np.concatenate(batches)) == list(range(25))
    assert max(map(len, batches)) <= 8
    large = list(whole_bags(np.zeros(25, int))(np.arange(25), 8, rng()))
    assert [len(batch) for batch in large] == [25], "a bag that is larger than a batch is one"


def test_a_part_fills_its_share_and_the_others_come_once():
    part = np.arange(30) < 3
    batches = list(both(part, 0.25)(np.arange(30), 8, rng()))
    for batch in batches[:-1]:
        assert part[batch].sum() == 2
        assert len(batch) == 8
    others = np.concatenate(batches)
    others = others[~part[others]]
    assert len(set(others)) == len(others) >= 24


@pytest.mark.parametrize("part", [np.zeros(30, bool), np.ones(30, bool)])
def test_without_the_part_or_the_rest_batches_are_plain(part):
    batches = list(both(part)(np.arange(30), 8, rng()))
    assert sorted(map(len, batches)) == [6, 8, 8, 8]


def test_classes_come_alike():
    y = np.repeat([0, 1, 2], [50, 8, 2])
    batches = list(balanced(y)(np.arange(60), 12, rng()))
    assert len(batches) == 5
    for batch in batches:
        assert np.bincount(y[batch], minlength=3).tolist() == [4, 4, 4]
    alone = list(balanced(y)(np.arange(50), 10, rng()))
    assert all((y[batch] == 0).all() for batch in alone)


def test_small_data_still_have_sixteen_steps():
    assert [Training().rows(n) for n in (1, 50, 200, 1000, 10**6)] == [8, 8, 12, 62, 256]
    assert Training(batch=4).rows(1000) == 4
