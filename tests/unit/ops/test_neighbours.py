"""Neighbours: equal to brute force, tiles leave no trace, copies grouped, recall told truly, bad
input in sentences.
"""

import re
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from reliabel.core.evidence import Neighbours
from reliabel.core.run import Cancelled, running
from reliabel.ops import forest, neighbours, shards, tiles
from reliabel.ops.neighbours import hubness, nearest, reach


def brute(x: Any, j: int, centre: bool = True) -> tuple[Any, Any]:
    """Sorted by distance then by number, all in float64."""
    unit = x.astype(np.float64) - (x.astype(np.float64).mean(0) if centre else 0)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    far = ((unit[:, None] - unit[None]) ** 2).sum(2) / 2
    np.fill_diagonal(far, np.inf)
    index = np.argsort(far, axis=1, kind="stable")[:, :j]
    return index, np.take_along_axis(far, index, 1)


def brute_unit(x: Any, j: int, mean: Any) -> tuple[Any, Any]:
    unit = x.astype(np.float64) - mean
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    s = unit @ unit.T
    np.fill_diagonal(s, -np.inf)
    index = np.argsort(-s, axis=1, kind="stable")[:, :j]
    return index, 1 - np.take_along_axis(s, index, 1)


def clusters(n: int, d: int = 32, inner: int = 5, seed: int = 0) -> Any:
    rng = np.random.default_rng(seed)
    middle, shape = rng.normal(size=(8, d)), rng.normal(size=(8, inner, d)) / np.sqrt(inner)
    which = rng.integers(0, 8, n)
    return (
        middle[which]
        + np.einsum("ni,nid->nd", rng.normal(size=(n, inner)), shape[which])
        + 0.02 * rng.normal(size=(n, d))
    ).astype(np.float32)


@pytest.mark.parametrize("centre", [True, False])
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_exact_is_brute_force(centre: bool, dtype: str) -> None:
    x = np.random.default_rng(0).normal(1, 1, (500, 12)).astype(dtype)
    index, distance = brute(x, 20, centre)
    found = nearest(x, j=20, centre=centre)
    assert (found.method, found.recall, found.half_width) == ("exact", 1.0, 0.0)
    assert (found.index == index).mean() > 0.999
    assert found.distance == pytest.approx(distance, abs=1e-5)
    assert (np.diff(found.distance, axis=1) >= 0).all()


@pytest.mark.parametrize("lattice", [False, True])
def test_tiles_leave_no_trace(monkeypatch: pytest.MonkeyPatch, lattice: bool) -> None:
    rng = np.random.default_rng(0)
    x = (
        rng.integers(0, 2, (700, 13)).astype(float) if lattice else rng.normal(size=(700, 13))
    )  # a lattice is full of ties
    found = []
    for tile in (4096, 300, 37):
        monkeypatch.setattr(tiles, "TILE", tile)
        found.append(nearest(x, j=9))
    for other in found[1:]:
        assert np.array_equal(found[0].index, other.index)
        assert np.array_equal(found[0].distance, other.distance)


def test_ties_go_to_the_smaller_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "TILE", 16)
    x = np.eye(60)  # all at the same distance from each other
    found = nearest(x, j=3, centre=False)
    assert found.index[10].tolist() == [0, 1, 2]
    assert found.index[1].tolist() == [0, 2, 3]


def test_distances_of_near_copies_keep_their_digits() -> None:
    x = np.random.default_rng(0).normal(size=(50, 64))
    x[1] = x[0] + 1e-5 * np.random.default_rng(1).normal(size=64)
    _, distance = brute(x, 1)
    assert nearest(x, j=1).distance[0, 0] == pytest.approx(distance[0, 0], rel=0.05)
    assert 0 < distance[0, 0] < 1e-9


def test_copies_see_each_other_then_one_of_each_group() -> None:
    x = np.array([[1.0, 0.1], [0, 1], [1, 0.1], [1, 0.1], [-1, 0.3], [0, 1]])
    found = nearest(x, j=4, centre=False)
    assert found.index.tolist() == [
        [2, 3, 1, 4],
        [5, 4, 0, -1],
        [0, 3, 1, 4],
        [0, 2, 1, 4],
        [1, 0, -1, -1],
        [1, 4, 0, -1],
    ]
    assert (found.distance[[0, 2, 3], :2] == 0).all()
    assert np.isinf(found.distance[4, 2:]).all()


def test_a_crowd_of_copies_leaves_room_for_others() -> None:
    x = np.random.default_rng(0).normal(size=(100, 6))
    x[40:] = x[40]
    found = nearest(x, j=10)
    assert ((found.distance[40:] == 0).sum(1) == 5).all()
    assert (found.index[40:, 5:] < 40).all()
    assert (found.index[:40] >= 41).sum() == 0
    assert (found.index[40:, :5] >= 40).all()
    own = found.index[40:, :5]
    assert (own != np.arange(40, 100)[:, None]).all()
    assert (
        np.bincount(own.ravel(), minlength=100)[40:].max() == 5
    )  # nobody is everybody's neighbour


def test_only_copies() -> None:
    found = nearest(np.ones((4, 3)), j=5)
    assert found.index.tolist() == [
        [1, 2, 3, -1, -1],
        [0, 2, 3, -1, -1],
        [0, 1, 3, -1, -1],
        [0, 1, 2, -1, -1],
    ]


def test_zero_rows_are_far_from_all() -> None:
    x = np.array([[0.0, 0.0], [1, 0], [1, 0.01], [0, 1]])
    found = nearest(x, j=3, centre=False)
    assert found.distance[0].tolist() == [1, 1, 1]
    assert found.index[0].tolist() == [1, 2, 3]
    centred = nearest(
        np.array([[1.0, 0], [-1, 0], [0, 0], [0, 1], [0, -1]]), j=2
    )  # the third lies on the mean
    assert centred.distance[2].tolist() == [1, 1]


def test_fewer_items_than_asked_for() -> None:
    found = nearest(np.eye(3), j=5)
    assert found.index.shape == (3, 5)
    assert (found.index[:, 2:] == -1).all()


def test_read_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    x = clusters(900).astype(np.float16)
    np.save(tmp_path / "x.npy", x)
    plain = nearest(x, j=10)
    monkeypatch.setattr(neighbours, "COPY", 1000)
    mapped = nearest(np.load(tmp_path / "x.npy", mmap_mode="r"), j=10)
    assert np.array_equal(plain.index, mapped.index)
    assert np.array_equal(plain.distance, mapped.distance)


@pytest.fixture
def small_forest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "EXACT", 0)
    monkeypatch.setattr(neighbours, "LEAF", 100)
    monkeypatch.setattr(forest, "LEAF", 100)
    monkeypatch.setattr(forest, "DESCENT", 10**9)
    monkeypatch.setattr(shards, "PAYS", -1.0)


@pytest.mark.usefixtures("small_forest")
@pytest.mark.parametrize("copies", [False, True])
def test_a_forest_reaches_its_target_and_tells_its_recall_truly(copies: bool) -> None:
    x = clusters(4000)
    if copies:
        x[3000:3300] = x[0]
    found = nearest(x, j=10, target=0.9)
    assert found.method.startswith("forest, ")
    assert found.recall - found.half_width >= 0.9
    original = np.setdiff1d(np.arange(4000), np.arange(3000, 3300)) if copies else np.arange(4000)
    index, _ = brute_unit(x[original], 10, x.mean(0, dtype=np.float64))
    hit = np.mean(
        [
            len(set(a) & set(original[b].tolist())) / 10
            for a, b in zip(found.index[original].tolist(), index, strict=True)
        ]
    )
    assert hit == pytest.approx(found.recall, abs=2 * found.half_width + 0.01)


@pytest.mark.usefixtures("small_forest")
def test_a_forest_is_the_same_twice_and_differs_by_seed() -> None:
    x = clusters(2000)
    one, two, other = nearest(x, j=10), nearest(x, j=10), nearest(x, j=10, seed=1)
    assert np.array_equal(one.index, two.index)
    assert not np.array_equal(one.index, other.index)


@pytest.mark.usefixtures("small_forest")
def test_strips_of_a_part_leave_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    x = clusters(2000)
    found = []
    for strip in (256, 100, 33, 7):
        monkeypatch.setattr(forest, "STRIP", strip)
        found.append(nearest(x, j=10))
    for other in found[1:]:
        assert np.array_equal(found[0].index, other.index)
        assert np.array_equal(found[0].distance, other.distance)
    assert all(
        len(set(row)) == 10 for row in found[0].index.tolist()
    )  # nobody stands in a list twice


def test_a_part_offers_each_pair_to_both_lists_once() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(90, 6)).astype(np.float32)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    index, close = np.full((90, 5), -1, dtype=np.int32), np.full((90, 5), forest.FAR)
    halves = rng.permutation(90)
    for part in (
        np.sort(halves[:45]),
        np.sort(halves[45:]),
        np.arange(90),
        np.arange(90),
    ):  # the last two see all pairs
        here, near = index[part], close[part]
        index[part], close[part] = forest._meet(lambda at: x[at], part, here, near)
    s = x @ x.T
    np.fill_diagonal(s, -1)
    assert np.array_equal(np.sort(index, axis=1), np.sort(np.argsort(-s, axis=1)[:, :5], axis=1))
    assert np.sort(close, axis=1)[:, ::-1] == pytest.approx(-np.sort(-s, axis=1)[:, :5], abs=1e-6)


@pytest.mark.usefixtures("small_forest")
def test_noise_without_structure_is_measured_exactly_or_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    x = np.random.default_rng(0).normal(size=(3000, 100))
    found = nearest(x, j=10)
    assert found.recall == 1.0
    assert found.method.startswith("exact (a forest found 0.")
    monkeypatch.setattr(forest, "AFFORDABLE", 0)
    monkeypatch.setattr(forest, "TREES", 5)
    found = nearest(x, j=10)
    assert found.recall < 0.6
    assert found.method == "forest, 5 trees: features without much structure, lists miss neighbours"


def test_reach_measures_from_one_item() -> None:
    x = clusters(300)
    found = nearest(x, j=299)
    far = reach(x)(7)
    assert far[7] == 0
    assert far[found.index[7]] == pytest.approx(found.distance[7], abs=1e-6)


def test_hubness_is_the_skewness_of_how_often_items_are_neighbours() -> None:
    star = Neighbours(np.array([[1], [0], [0], [0], [0]]), np.zeros((5, 1)))
    count = np.array([4, 1, 0, 0, 0.0])
    assert hubness(star) == pytest.approx(
        ((count - 1) ** 3).mean() / ((count - 1) ** 2).mean() ** 1.5
    )
    assert hubness(Neighbours(np.array([[1], [0]]), np.zeros((2, 1)))) == 0.0


def test_progress_is_told_and_a_run_can_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "TILE", 50)
    told: list[tuple[str, int, int | None]] = []
    with running(listener=lambda *word: told.append(word)):
        nearest(clusters(200), j=5)
    assert told[0] == ("neighbours", 0, 10)
    assert told[-1] == ("neighbours", 10, 10)

    def stop(label: str, done: int, of: int | None) -> None:
        if done == 3:
            run.cancelled.set()

    with running(listener=stop) as run, pytest.raises(Cancelled):
        nearest(clusters(200), j=5)
    run.cancelled.clear()


@pytest.mark.parametrize(
    ("features", "j", "sentence"),
    [
        (
            np.zeros(5),
            1,
            "neighbours need features (n, d) of real numbers, got float64 of shape (5,)",
        ),
        (
            np.array([["a"], ["b"]]),
            1,
            "neighbours need features (n, d) of real numbers, got <U1 of shape (2, 1)",
        ),
        (np.zeros((1, 3)), 1, "neighbours need at least two items, got 1"),
        (np.zeros((5, 3)), 0, "neighbours: j must be at least 1, got 0"),
        (
            np.array([[1.0, 2], [np.nan, 1], [1, np.inf]]),
            1,
            "2 rows of the features hold NaN or infinity (the first is row 1); fill or drop them "
            "first",
        ),
    ],
)
def test_bad_input(features: Any, j: int, sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        nearest(features, j=j)


@pytest.mark.parametrize(("j", "own"), [(1, 1), (4, 2), (5, 3)])
def test_copies_take_half_of_the_places_rounded_up(j: int, own: int) -> None:
    x = np.random.default_rng(0).normal(size=(100, 6))
    x[40:] = x[40]
    found = nearest(x, j=j)
    assert ((found.distance[40:] == 0).sum(1) == own).all()
    assert (found.index[40:, own:] < 40).all()


def test_ties_at_any_similarity_go_to_the_smaller_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """More items than the lists have room for lie at one and the same distance above nought."""
    monkeypatch.setattr(tiles, "TILE", 16)
    found = nearest(np.eye(60) + 0.5, j=3, centre=False)
    for item in range(60):
        assert found.index[item].tolist() == [i for i in range(4) if i != item][:3]


def test_places_that_a_forest_left_empty_stay_empty_among_copies() -> None:
    """Items 0 and 1 are copies, item 2 is alone; each list found one neighbour of two."""
    lists = np.array([[1, -1], [0, -1]]), np.array([[0.5, np.inf], [0.5, np.inf]], dtype=np.float32)
    index, distance = neighbours._expand(*lists, np.array([0, 0, 2]), np.array([0, 2]), 3)
    assert index.tolist() == [[1, 2, -1], [0, 2, -1], [0, -1, -1]]
    assert distance.tolist() == [[0, 0.5, np.inf], [0, 0.5, np.inf], [0.5, np.inf, np.inf]]


class Descent:
    """Stands for pynndescent: gives each row itself and those after it, and keeps the question."""

    asked: Any = None

    def __init__(self, x: Any, **words: Any) -> None:
        type(self).asked = (x.shape, words)
        rows = np.arange(len(x))[:, None]
        self.neighbor_graph = (rows + np.arange(words["n_neighbors"])) % len(x), None


@pytest.mark.parametrize(
    ("rows", "limit", "installed", "used"),
    [
        (100, 4 * 100 * 8, True, True),
        (101, 10**9, True, False),
        (100, 4 * 100 * 8 - 1, True, False),
        (100, 10**9, False, False),
    ],
)
def test_pynndescent_makes_the_first_lists_of_many_rows_that_fit(
    monkeypatch: pytest.MonkeyPatch, rows: int, limit: int, installed: bool, used: bool
) -> None:
    """A hundred rows of eight columns; ``rows`` is from how many on it is asked."""
    monkeypatch.setitem(sys.modules, "pynndescent", SimpleNamespace(NNDescent=Descent))
    monkeypatch.setattr(forest, "find_spec", lambda name: "there" if installed else None)
    monkeypatch.setattr(forest, "DESCENT", rows)
    monkeypatch.setattr(forest, "DESCENT_BYTES", limit)
    x = np.random.default_rng(0).normal(size=(100, 8)).astype(np.float32)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    Descent.asked = None
    index, close, laid = forest._first_lists(lambda at: x[at], 100, 8, 5, np.random.default_rng(0))
    assert laid is used
    assert index.shape == close.shape == (100, 5)
    if not used:
        assert (index == -1).all()
        assert (close == forest.FAR).all()
        assert Descent.asked is None
        return
    shape, words = Descent.asked
    assert shape == (100, 8)
    assert (words["n_neighbors"], words["metric"]) == (6, "dot")
    for row in range(100):
        assert sorted(index[row].tolist()) == sorted((row + np.arange(1, 6)) % 100)
    assert (np.diff(close, axis=1) <= 0).all()
    assert close == pytest.approx(np.einsum("nd,njd->nj", x, x[index]), abs=1e-6)
