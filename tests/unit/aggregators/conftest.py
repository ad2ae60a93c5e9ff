"""The tiny world whose numbers were worked out by hand, and a planted one with known truth and
skills.
"""

import numpy as np
import pytest

from reliabel.core.labels import Classes, Votes


@pytest.fixture
def tiny():
    item, worker = (
        np.array([0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3]),
        np.array([0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 2]),
    )
    return Votes(item, worker, Classes(np.array([0, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0])), n=4, w=3)


def planted_world(n=2000, w=30, each=5, k=3, seed=2, low=0.4, high=0.95):
    """Workers with one accuracy each, wrong evenly; returns votes, truth and accuracies."""
    rng = np.random.default_rng(seed)
    truth, right = rng.integers(k, size=n), rng.uniform(low, high, size=w)
    worker = np.concatenate([rng.choice(w, each, replace=False) for _ in range(n)])
    item = np.repeat(np.arange(n), each)
    wrong = (truth[item] + rng.integers(1, k, size=len(item))) % k
    label = np.where(rng.random(len(item)) < right[worker], truth[item], wrong)
    return Votes(item, worker, Classes(label, tuple("abcdefgh"[:k])), n=n, w=w), truth, right


@pytest.fixture(scope="session")
def planted():
    return planted_world()


@pytest.fixture(scope="session")
def adversarial():
    """Six of ten workers say the opposite of the truth; fifty items of five hundred are gold."""
    rng = np.random.default_rng(3)
    truth = rng.integers(2, size=500)
    item, worker = np.repeat(np.arange(500), 10), np.tile(np.arange(10), 500)
    right = rng.random(5000) < np.where(worker < 6, 0.15, 0.85)
    votes = Votes(item, worker, Classes(np.where(right, truth[item], 1 - truth[item])), n=500, w=10)
    return votes, truth, np.where(np.arange(500) < 50, truth, -1)
