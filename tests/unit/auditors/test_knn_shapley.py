"""kNN-Shapley: against the definition, cut lists, unlabelled items, its effect on errors."""

from itertools import combinations
from math import comb

import numpy as np
import pytest

from reliabel.auditors import knn_shapley
from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes
from reliabel.ops.neighbours import nearest


def by_definition(y: np.ndarray, near: Neighbours, voters: int) -> np.ndarray:
    """The mean over queries of each item's Shapley value, from all subsets of the other items."""
    n, value = len(y), np.zeros(len(y))
    for query in range(n):
        order = near.index[query].tolist()

        def utility(subset: tuple[int, ...], order: list[int] = order, query: int = query) -> float:
            nearest_in = [i for i in order if i in subset][:voters]
            return sum(y[i] == y[query] for i in nearest_in) / voters

        for item in order:
            rest = [i for i in order if i != item]
            for size in range(len(rest) + 1):
                gain = [utility((*some, item)) - utility(some) for some in combinations(rest, size)]
                value[item] += sum(gain) / comb(len(rest), size) / len(order) / n
    return value


@pytest.mark.parametrize(("n", "voters"), [(5, 1), (7, 3), (6, 10)])
def test_the_recursion_is_the_shapley_value(n: int, voters: int) -> None:
    rng = np.random.default_rng(n)
    y, near = rng.integers(0, 2, n), nearest(rng.normal(size=(n, 3)), j=n - 1)
    said = knn_shapley.audit(Classes(y, ("a", "b")), neighbours=near, voters=voters)
    assert said.info["value"] == pytest.approx(by_definition(y, near, voters), abs=1e-12)


def test_cut_lists_are_off_by_at_most_one_over_their_length() -> None:
    rng = np.random.default_rng(0)
    y, near = rng.integers(0, 3, 400), nearest(rng.normal(size=(400, 5)), j=399)
    whole, cut = (
        knn_shapley.audit(Classes(y), neighbours=near, voters=5, nearest=t).info["value"]
        for t in (399, 50)
    )
    assert np.abs(whole - cut).max() <= 1 / 50
    assert np.abs(whole - cut).max() > 0


def test_memory_is_that_of_the_lists() -> None:
    """The peer allocates n x n numbers; here a value is added up over blocks of lists."""
    rng = np.random.default_rng(1)
    n = 200_000  # n x n numbers would be 320 GB
    near = Neighbours(rng.integers(0, n, (n, 2)), np.full((n, 2), 0.1))
    said = knn_shapley.audit(Classes(rng.integers(0, 2, n)), neighbours=near, voters=1)
    assert said.score.shape == (n,)


def test_unlabelled_items_neither_ask_nor_vote() -> None:
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(30, 3)), rng.integers(0, 2, 30)
    known = np.arange(30) % 3 > 0
    some = knn_shapley.audit(
        Classes(np.where(known, y, -1), ("a", "b")), neighbours=nearest(x, j=29, centre=False)
    )
    part = knn_shapley.audit(
        Classes(y[known], ("a", "b")), neighbours=nearest(x[known], j=19, centre=False)
    )
    assert np.isnan(some.score[~known]).all()
    assert not some.flag[~known].any()
    assert some.info["value"][known] == pytest.approx(part.info["value"], abs=1e-9)


def test_nothing_to_say() -> None:
    one = knn_shapley.audit(
        Classes(np.array([0])), neighbours=Neighbours(np.empty((1, 0), int), np.empty((1, 0)))
    )
    assert one.score.tolist() == [0.5]
    with pytest.raises(ValueError, match="voters must be at least 1"):
        knn_shapley.audit(Classes(np.array([0])), neighbours=nearest(np.eye(2), j=1), voters=0)


def test_long_lists_rank_planted_errors_better_than_short_ones() -> None:
    rng = np.random.default_rng(3)
    true = rng.integers(0, 4, 3000)
    x = rng.normal(size=(3000, 20)) + 1.8 * np.eye(4, 20)[true]
    wrong = rng.random(3000) < 0.2
    y, near = np.where(wrong, (true + rng.integers(1, 4, 3000)) % 4, true), nearest(x, j=200)

    def area(nearest_ones: int) -> float:
        said = knn_shapley.audit(Classes(y), neighbours=near, nearest=nearest_ones)
        rank = np.argsort(np.argsort(said.score))
        return (rank[wrong].mean() - (wrong.sum() - 1) / 2) / (~wrong).sum()

    assert area(200) > area(10) + 0.02  # cut at K, as a peer does, it counts matches only
