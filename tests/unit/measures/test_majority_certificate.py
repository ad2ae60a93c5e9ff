import numpy as np
import pytest

from reliabel.core.labels import Classes, Votes
from reliabel.measures.majority_certificate import measure


def _world(right, n=3000, seed=0, each=None):
    rng = np.random.default_rng(seed)
    right = np.asarray(right)
    w = len(right)
    truth = rng.integers(2, size=n)
    worker = (
        np.tile(np.arange(w), n)
        if each is None
        else np.concatenate([rng.choice(w, each, replace=False) for _ in range(n)])
    )
    item = np.repeat(np.arange(n), each or w)
    label = np.where(rng.random(len(item)) < right[worker], truth[item], 1 - truth[item])
    return Votes(item, worker, Classes(label), n, w), truth


def test_one_expert_among_coins_is_lost_in_a_majority():
    """Accuracies .95 .6 .6: a majority is right .816 of the time, the best rule .95."""
    votes, _ = _world([0.95, 0.6, 0.6])
    right = np.array([0.95, 0.6, 0.6])
    weight = np.log(right / (1 - right))
    logit = np.bincount(
        votes.item, np.where(votes.labels.y == 1, 1, -1) * weight[votes.worker], votes.n
    )
    one = 1 / (1 + np.exp(-logit))
    found = measure(votes, rng=np.random.default_rng(0), posterior=np.stack([1 - one, one], axis=1))
    assert found.parts["best"] == pytest.approx(0.95, abs=0.01)
    assert found.parts["majority"] == pytest.approx(0.816, abs=0.02)
    assert found.low < 0.134 < found.high
    assert found.parts["verdict"].startswith("loses about 13")
    assert found.info["model"] == "the posterior given"


def test_equal_workers_lose_nothing_and_the_model_is_said():
    found = measure(_world([0.8] * 5)[0], rng=np.random.default_rng(0))
    assert 0 <= found.value < 0.01
    assert found.info["model"] == "IBCC"
    assert found.parts["optimal_if_workers_were_alike"]


def test_it_says_when_it_cannot_say():
    assert (
        measure(_world([0.8] * 6, each=2)[0], rng=np.random.default_rng(0))
        .parts["verdict"]
        .startswith("cannot say: 2 votes an item")
    )
    few, _ = _world([0.9, 0.7, 0.6], n=40)
    assert (
        measure(few, rng=np.random.default_rng(0))
        .parts["verdict"]
        .startswith("cannot say: between")
    )
    none = measure(
        Votes(np.empty(0, int), np.empty(0, int), Classes(np.empty(0, int), ("a", "b")), 2, 1),
        rng=np.random.default_rng(0),
    )
    assert np.isnan(none.value)
    assert none.info["why"] == "there are no votes"
