"""Novelty by density: the number of clouds, strangers, odd inputs."""

import numpy as np
import pytest

from reliabel.auditors import gaussian_mixture_novelty
from reliabel.core.labels import Classes, Numbers


def said(x: np.ndarray, seed: int = 0, **options):
    labels = Classes(np.zeros(len(x), int))
    rng = np.random.default_rng(seed)
    return gaussian_mixture_novelty.audit(labels, features=x, rng=rng, **options)


def clouds(n: int = 900, seed: int = 0) -> np.ndarray:
    """Three elliptic clouds of different directions."""
    rng = np.random.default_rng(seed)
    shape = np.stack([np.diag([3.0, 0.3, 1]), np.diag([0.3, 3.0, 1]), np.diag([1, 0.3, 3.0])])
    c = rng.integers(0, 3, n)
    return np.einsum("nij,nj->ni", shape[c], rng.normal(size=(n, 3))) + 8 * np.eye(3)[c]


def test_the_criterion_finds_the_number_of_clouds():
    found = said(clouds())
    assert found.info["clouds"] == 3
    assert min(found.info["criterion"], key=found.info["criterion"].get) == 3


def test_what_lies_between_clouds_is_novel():
    x = clouds()
    x[:6] = [[5, 5, 5], [2, 2, 2], [4, 4, 6], [-4, 2, -3], [6, 5, 7], [3, 3, 3]]
    found = said(x)
    assert found.flag[:6].all()
    assert found.flag[6:].sum() <= 2
    assert set(np.argsort(-found.score)[:6].tolist()) == set(range(6))
    assert found.kind[0] == "open set"
    assert found.info["why"][0].startswith("looks like none of the classes: its features are less")


def test_clean_clouds_have_hardly_a_flag():
    assert sum(int(said(clouds(seed=seed)).flag.sum()) for seed in range(5)) <= 5


def test_labels_are_not_needed_and_odd_inputs_get_an_answer():
    x = clouds()
    x[4, 1] = np.nan
    rng = np.random.default_rng(0)
    found = gaussian_mixture_novelty.audit(Numbers(np.arange(900.0)), features=x, rng=rng)
    assert np.isnan(found.score[4])
    assert np.isfinite(np.delete(found.score, 4)).all()
    assert np.isnan(said(x[10:15]).score).all()
    assert not said(np.ones((50, 3))).flag.any()
    with pytest.raises(ValueError, match="axes and most must be 1 or more"):
        said(x, axes=0)
