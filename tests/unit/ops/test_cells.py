"""Neighbours by cells: the recall that is told is the true one, lists are well formed, and where
cells do not pay or fall short all pairs are measured.
"""

from typing import Any

import numpy as np
import pytest

import reliabel as rl
from reliabel.core.run import running
from reliabel.engine.local import Threads
from reliabel.ops import cells, neighbours
from reliabel.ops.neighbours import nearest

N, J = 6000, 20


def curved(n: int = N, d: int = 48, inner: int = 6, seed: int = 0) -> Any:
    """Rows on a curved surface of few dimensions, with a little noise, as embeddings are."""
    rng = np.random.default_rng(seed)
    place = rng.normal(size=(n, inner)) + 2 * rng.normal(size=(10, inner))[rng.integers(0, 10, n)]
    wave = np.tanh(place @ rng.normal(size=(inner, d)) / 3)
    return (wave + 0.02 * rng.normal(size=(n, d))).astype(np.float32)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "FEW", 1000)
    monkeypatch.setattr(neighbours, "LEAF", 100)
    monkeypatch.setattr(cells, "CELL", 60)
    monkeypatch.setattr(cells, "FIRST", 300)


def shared(a: Any, b: Any) -> float:
    """Share of the neighbours in ``b`` that ``a`` has as well."""
    return float(np.mean([np.isin(b[row], a[row]).mean() for row in range(len(b))]))


@pytest.mark.parametrize("seed", range(3))
def test_the_recall_told_is_the_true_one_and_at_least_99_percent(seed: int) -> None:
    x = curved(seed=seed)
    found, true = nearest(x, j=J, seed=seed), nearest(x, j=J, search="exact")
    assert found.method.startswith("cells of like rows, ")
    assert true.method == "exact"
    assert (true.recall, true.half_width) == (1, 0)
    share = shared(found.index, true.index)
    assert share >= 0.985
    assert 0.99 <= found.recall <= 1
    assert abs(found.recall - share) <= 2 * found.half_width + 0.002


def test_lists_are_in_order_name_nobody_twice_and_not_the_item_itself() -> None:
    x = curved()
    found, true = nearest(x, j=J), nearest(x, j=J, search="exact")
    assert found.index.shape == found.distance.shape == (N, J)
    assert (np.diff(found.distance, axis=1) >= 0).all()
    assert (found.index != np.arange(N)[:, None]).all()
    assert all(len(set(line)) == J for line in found.index.tolist())
    same = found.index == true.index
    assert found.distance[same] == pytest.approx(true.distance[same], abs=5e-6)
    assert (found.distance >= true.distance - 5e-6).all()  # nothing is nearer than the nearest


def test_rows_without_structure_are_measured_pair_by_pair() -> None:
    x = np.random.default_rng(0).normal(size=(3000, 64)).astype(np.float32)
    found, true = nearest(x, j=J), nearest(x, j=J, search="exact")
    assert found.method.startswith("exact (cells of like rows would measure ")
    assert (found.recall, found.half_width) == (1, 0)
    assert found.index.tobytes() == true.index.tobytes()
    assert found.distance.tobytes() == true.distance.tobytes()


def test_lists_that_miss_too_many_are_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "AIM", 0.5)
    x = curved()
    found = nearest(x, j=J)
    assert found.method.startswith("exact (cells of like rows found 0.")
    assert found.index.tobytes() == nearest(x, j=J, search="exact").index.tobytes()


def test_many_ties_are_measured_pair_by_pair() -> None:
    x = np.eye(2000, dtype=np.float32)  # all at one distance from each other
    found = nearest(x, j=3, centre=False)
    assert found.method == "exact (many items are as near as the neighbours)"
    assert found.index[1999].tolist() == [0, 1, 2]


def test_threads_leave_no_trace() -> None:
    x = curved()
    alone = nearest(x, j=J)
    with running(executor=Threads(3)):
        beside = nearest(x, j=J)
    assert alone.index.tobytes() == beside.index.tobytes()
    assert alone.distance.tobytes() == beside.distance.tobytes()
    assert alone.recall == beside.recall


def test_copies_and_near_copies_keep_their_small_distances() -> None:
    x = curved()
    x[1] = x[0]
    x[3] = x[2] + np.float32(1e-5)
    found = nearest(x, j=J)
    assert found.method.startswith("cells")
    assert (found.index[0, 0], found.distance[0, 0]) == (1, 0)
    assert found.index[2, 0] == 3
    true = nearest(x, j=J, search="exact")
    assert found.distance[2, 0] == pytest.approx(true.distance[2, 0], rel=1e-3)


def test_an_audit_states_the_recall_and_can_be_asked_for_all_pairs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    x = curved(3000)
    labels = rl.Classes(np.random.default_rng(0).integers(0, 3, 3000))
    monkeypatch.setattr(neighbours, "FEW", 100)
    near = rl.audit(labels, features=x, by=["knn_outliers"]).info["neighbours"]
    assert near["method"].startswith("cells of like rows")
    assert near["recall"] >= 0.99
    assert near["half_width"] > 0
    near = rl.audit(labels, features=x, by=["knn_outliers"], search="exact").info["neighbours"]
    assert (near["method"], near["recall"]) == ("exact", 1)
    with pytest.raises(ValueError, match="search must be auto or exact, got 'all'"):
        rl.audit(labels, features=x, search="all")
