"""Order of rows: sorted by class, by a hidden source, inside classes, and shuffled files."""

import numpy as np
import pytest

from reliabel.auditors.row_order import audit
from reliabel.core.labels import Classes, Labels, Numbers
from reliabel.core.results import Faults
from reliabel.ops.neighbours import nearest


def found(features: np.ndarray, labels: Labels, seed: int = 0) -> Faults:
    near = nearest(features, j=min(10, len(features) - 1))
    return audit(labels, neighbours=near, rng=np.random.default_rng(seed))


def test_rows_sorted_by_class_are_said_to_be_and_no_more() -> None:
    rng = np.random.default_rng(0)
    y = np.sort(rng.integers(0, 3, 400))
    said = found(rng.normal(size=(400, 6)) + 2 * np.eye(3, 6)[y], Classes(y))
    assert said.kind == ["sorted by class"]
    assert "if that is on purpose" in said.why[0]
    assert said.score[0] > 0.4


def test_rows_sorted_by_source_are_found() -> None:
    rng = np.random.default_rng(1)
    source = np.sort(rng.integers(0, 4, 400))
    y = rng.integers(0, 3, 400)
    features = rng.normal(size=(400, 6)) + 2 * np.eye(4, 6)[source] + np.eye(3, 6)[y]
    assert found(features, Classes(y)).kind == ["order"]
    assert found(features, Numbers(y.astype(float))).kind == ["order"]


def test_order_inside_sorted_classes_is_told_apart() -> None:
    rng = np.random.default_rng(2)
    y = np.repeat([0, 1], 300)
    drift = np.tile(np.linspace(0, 4, 300), 2)
    features = rng.normal(size=(600, 6)) + 3 * np.eye(2, 6)[y]
    features[:, 4] += drift
    assert found(features, Classes(y)).kind == ["sorted by class", "order within classes"]


def test_shuffled_files_give_no_alarm() -> None:
    alarms = 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        y = rng.integers(0, 3, 200)
        features = rng.normal(size=(200, 6)) + 2 * np.eye(3, 6)[y]
        alarms += len(found(features, Classes(y), seed).items)
    assert alarms == 0


@pytest.mark.parametrize("n", [2, 9, 49])
def test_a_short_file_shows_no_order(n: int) -> None:
    features = np.arange(2.0 * n).reshape(n, 2) ** 1.5
    assert found(features, Classes(np.arange(n) // 5)).items == []


def test_unlabelled_rows_and_one_class() -> None:
    features = np.random.default_rng(0).normal(size=(80, 4))
    assert found(features, Classes(np.full(80, -1), ("a",))).items == []
    assert found(features, Classes(np.zeros(80, int))).items == []
