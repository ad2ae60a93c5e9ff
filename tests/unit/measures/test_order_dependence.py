"""Order dependence: the worked statistic, its null, and files that are sorted, drift or are
shuffled.
"""

import numpy as np
import pytest

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes, Numbers
from reliabel.core.results import Measure
from reliabel.measures import order_dependence
from reliabel.ops.neighbours import nearest


def measured(
    features: np.ndarray, y: np.ndarray | None = None, seed: int = 0, **options: int
) -> Measure:
    labels = Classes(np.zeros(len(features), int) if y is None else y)
    return order_dependence.measure(
        labels, neighbours=nearest(features, j=10), rng=np.random.default_rng(seed), **options
    )


def test_the_statistic_by_hand() -> None:
    # n = 4: chance of 1, 2, 3 places apart is 3/6, 2/6, 1/6; the edges are 1, 1, 1, 3 places long
    near = Neighbours(np.array([[1], [0], [3], [0]]), np.zeros((4, 1)))
    found = order_dependence.measure(
        Classes(np.array([0, 1, 0, 1])),
        neighbours=near,
        rng=np.random.default_rng(0),
        permutations=99,
    )
    assert found.value == pytest.approx(max(abs(3 / 4 - 3 / 6), abs(3 / 4 - 5 / 6)))
    assert np.isnan([found.low, found.high]).all()
    assert "no interval" in found.info["why"]


def test_a_shuffled_file_is_not_blamed() -> None:
    p = [
        measured(
            np.random.default_rng(seed).normal(size=(150, 5)), seed=seed, permutations=49
        ).info["p"]
        for seed in range(40)
    ]
    assert np.mean(np.array(p) <= 0.1) < 0.25
    assert np.mean(p) == pytest.approx(0.5, abs=0.17)


def test_sorted_and_drifting_files_are_found() -> None:
    rng = np.random.default_rng(0)
    y = np.sort(rng.integers(0, 3, 300))
    grouped = measured(rng.normal(size=(300, 6)) + 2 * np.eye(3, 6)[y], y)
    assert grouped.info["p"] == 0.005
    assert grouped.parts["labels_p"] == 0.005
    drift = measured(
        rng.normal(size=(300, 6)) + np.linspace(0, 3, 300)[:, None] * np.eye(1, 6),
        rng.integers(0, 3, 300),
    )
    assert drift.info["p"] < 0.02
    assert drift.parts["labels_p"] > 0.02


def test_the_value_grows_with_the_dependence() -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(300, 6))
    value = [
        measured(
            noise + strength * np.linspace(0, 1, 300)[:, None] * np.eye(1, 6), permutations=9
        ).value
        for strength in (0, 3, 30)
    ]
    assert value[0] < value[1] < value[2]


def test_many_rows_are_sampled() -> None:
    found = measured(np.random.default_rng(0).normal(size=(400, 4)), most=50, permutations=9)
    assert found.info["items"] == 50
    assert 0 < found.value < 1


def test_other_labels_and_tiny_sets() -> None:
    near = nearest(np.random.default_rng(0).normal(size=(20, 3)), j=5)
    found = order_dependence.measure(
        Numbers(np.zeros(20)), neighbours=near, rng=np.random.default_rng(0), permutations=9
    )
    assert np.isnan(found.parts["labels_p"])
    assert 0 < found.info["p"] <= 1
    tiny = order_dependence.measure(
        Classes(np.array([0, 1])),
        neighbours=Neighbours(np.array([[1], [0]]), np.zeros((2, 1))),
        rng=np.random.default_rng(0),
    )
    assert np.isnan(tiny.value)
    assert tiny.info["why"] == "order needs at least three items with neighbours, got 2 items"
