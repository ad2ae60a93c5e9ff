import numpy as np
import pytest

from reliabel.aggregators.crowdlab import aggregate
from reliabel.core.labels import Classes, Votes


def test_numbers_worked_out_by_hand():
    """Items 0-2 have two votes; both workers agree on 1 and 2.  The model decides the tie of item 0
    and is right on 0 and 1.
    """
    votes = Votes(
        np.array([0, 0, 1, 1, 2, 2, 3]),
        np.array([0, 1, 0, 1, 0, 1, 0]),
        Classes(np.array([0, 1, 1, 1, 0, 0, 1])),
        4,
        2,
    )
    probs = np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6], [0.7, 0.3]])
    found = aggregate(votes, probs=probs)
    assert found.info["trust"] == pytest.approx((0.5 + 1 + 1) / 3)
    assert found.skill == pytest.approx([2 / 3, 2 / 3])
    assert found.info["weight"] == pytest.approx(
        [1e-6, 1e-6], rel=1e-3
    )  # no better than always saying the common class, whose error is a third
    assert found.info["model_weight"] == pytest.approx(
        1e-6 * np.sqrt(7 / 4), rel=1e-3
    )  # seven votes on four items
    trust, model = 5 / 6, np.sqrt(7 / 4)
    assert found.labels.p[3] == pytest.approx(
        [(model * 0.7 + 1 - trust) / (model + 1), (model * 0.3 + trust) / (model + 1)], rel=1e-3
    )


def test_single_votes_and_the_model_weigh_alike_when_nothing_can_be_compared():
    votes = Votes(np.array([0, 1]), np.array([0, 1]), Classes(np.array([0, 1])), 2, 2)
    found = aggregate(votes, probs=np.array([[0.5, 0.5], [0.8, 0.2]]))
    assert found.labels.p.tolist() == [[0.75, 0.25], [0.4, 0.6]]
    assert np.isnan(found.skill).all()


def test_a_good_model_lifts_a_weak_crowd():
    rng = np.random.default_rng(0)
    n, w = 600, 20
    truth = rng.integers(3, size=n)
    item, worker = np.repeat(np.arange(n), 2), rng.integers(w, size=2 * n)
    label = np.where(rng.random(2 * n) < 0.65, truth[item], rng.integers(3, size=2 * n))
    probs = np.full((n, 3), 0.1)
    probs[np.arange(n), np.where(rng.random(n) < 0.85, truth, rng.integers(3, size=n))] = 0.8
    votes = Votes(item, worker, Classes(label), n, w)
    p = aggregate(votes, probs=probs, rounds=1).labels.p
    assert (p.argmax(1) == truth).mean() > (probs.argmax(1) == truth).mean()


def test_a_second_round_takes_the_consensus_for_the_majority():
    rng = np.random.default_rng(1)
    truth = rng.integers(2, size=400)
    votes = Votes(
        np.repeat(np.arange(400), 2),
        rng.integers(8, size=800),
        Classes(np.where(rng.random(800) < 0.7, np.repeat(truth, 2), 1 - np.repeat(truth, 2))),
        400,
        8,
    )
    probs = np.where(np.arange(2) == truth[:, None], 0.8, 0.2)
    once, twice = (aggregate(votes, probs=probs, rounds=rounds) for rounds in (1, 2))
    assert (
        twice.info["model_weight"] > once.info["model_weight"]
    )  # the consensus agrees with the model more often than the majority did
    assert (twice.labels.p.argmax(1) == truth).mean() >= (once.labels.p.argmax(1) == truth).mean()
    with pytest.raises(ValueError, match="one round at least"):
        aggregate(votes, probs=probs, rounds=0)
