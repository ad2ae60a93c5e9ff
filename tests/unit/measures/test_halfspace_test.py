"""halfspace_test: Gaussian features are accepted, others are rejected and the reason is named."""

import numpy as np
import pytest

from reliabel.core.labels import Classes
from reliabel.measures.halfspace_test import measure

N, D = 4000, 10


def given(x: np.ndarray, seed: int) -> Classes:
    """Halfspace labels of which a fifth are wrong."""
    wrong = np.random.default_rng(seed).random(len(x)) < 0.2
    return Classes((x[:, 0] > 0).astype(int) ^ wrong)


def judged(x: np.ndarray, seed: int):
    return measure(given(x, seed), features=x, rng=np.random.default_rng(seed), steps=200)


def test_gaussian_features_are_accepted():
    verdicts = []
    for seed in range(10):
        mix = np.random.default_rng(seed).normal(size=(D, D))
        x = np.random.default_rng(seed).normal(size=(N, D))
        x[:, 1:] = x[:, 1:] @ mix[1:, 1:]  # any Gaussian
        verdicts.append(judged(x, seed).parts["verdict"].startswith("accept"))
    assert np.mean(verdicts) >= 0.9


@pytest.mark.parametrize("column", [0, 1])
def test_two_halves_are_rejected_along_the_boundary_or_across(column):
    for seed in range(3):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(N, D))
        x[:, column] += rng.choice([-2, 2], N)
        assert judged(x, seed).parts["verdict"].startswith("reject: features are not Gaussian")


def test_a_cube_is_rejected():
    for seed in range(3):
        x = np.random.default_rng(seed).uniform(-1, 1, size=(N, D))
        assert judged(x, seed).parts["verdict"].startswith("reject")


def test_labels_that_bend_are_rejected_by_the_gradient():
    x = np.random.default_rng(0).normal(size=(20_000, 3))
    bent = Classes((x[:, 0] > 0.7 * np.abs(x[:, 1]) - 0.55).astype(int))
    half = Classes((x[:, 0] > 0).astype(int))
    words = {"features": x, "rng": np.random.default_rng(0)}
    assert measure(half, **words).parts["gradient"] < 3
    assert measure(bent, **words).value > measure(half, **words).value + 0.03


def test_too_few_items_get_no_verdict():
    found = measure(
        Classes(np.array([0, 1, 0])), features=np.zeros((3, 2)), rng=np.random.default_rng(0)
    )
    assert found.parts["verdict"] == "cannot tell"
    assert "20 items on each side" in found.info["why"]
