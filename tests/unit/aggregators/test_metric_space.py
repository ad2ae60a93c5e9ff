"""Votes that are points: planted errors of workers in four spaces, and what cannot be known."""

import numpy as np
import pytest

from reliabel.aggregators import metric_space
from reliabel.core.labels import Classes, Numbers, Votes
from reliabel.ops.metric_spaces import SPACES

ERROR = np.repeat([0.05, 0.8], [4, 8])  # a third of the workers are good


def _cast(n, w, each, rng):
    return (
        np.repeat(np.arange(n), each),
        np.concatenate([rng.permutation(w)[:each] for _ in range(n)]),
    )


def planted(space, seed=0, n=200, each=5):
    """Points around which workers scatter by ERROR (root of the squared distance)."""
    rng = np.random.default_rng(seed)
    item, worker = _cast(n, len(ERROR), each, rng)
    d = 3 if space == "euclid" else 2
    truth = rng.normal(size=(n, d))
    ways = rng.normal(size=(len(item), d)) * (ERROR / np.sqrt(d))[worker][:, None]
    if space == "sphere":
        truth = np.column_stack([np.full(n, 2.0), truth])
        truth /= np.linalg.norm(truth, axis=1, keepdims=True)
        at = truth[item]
        ways = np.column_stack([np.zeros(len(item)), ways])
        ways -= (ways * at).sum(1, keepdims=True) * at
        return Votes(item, worker, Numbers(SPACES[space].go(at, ways)), n, 12), truth
    if space == "hyperbolic":
        truth = np.column_stack([np.sqrt(1 + (truth**2).sum(1)), truth])
        at = truth[item]
        ways = np.column_stack([(at[:, 1:] * ways).sum(1) / at[:, 0], ways])
        return Votes(item, worker, Numbers(SPACES[space].go(at, ways)), n, 12), truth
    return Votes(item, worker, Numbers(truth[item] + ways), n, 12), truth


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("power", [1, 2])
def test_workers_errors_are_found_and_make_the_answer_better(space, power):
    votes, truth = planted(space)
    found = metric_space.aggregate(votes, space=space, power=power)
    plain = metric_space.aggregate(votes, space=space, power=power, faith=1e9)
    distance = SPACES[space].distance
    assert distance(found.labels.y, truth).mean() < 0.6 * distance(plain.labels.y, truth).mean()
    assert np.corrcoef(found.info["error"], ERROR)[0, 1] > 0.95
    assert found.skill[:4].min() > found.skill[4:].max()


def test_the_planted_errors_themselves_are_recovered():
    votes, _ = planted("euclid", n=1000)
    error = metric_space.aggregate(votes).info["error"]
    assert error[4:] == pytest.approx(ERROR[4:] ** 2, rel=0.15)
    assert (error[:4] < 0.1).all()


def test_one_far_vote_does_not_move_the_robust_answer():
    x = np.array([[0.0, 0], [0.1, 0], [0, 0.1], [50, 50]])
    votes = Votes([0, 0, 0, 0], [0, 1, 2, 3], Numbers(x), n=1, w=4)
    robust = metric_space.aggregate(votes, power=1, faith=1e6).labels.y
    mean = metric_space.aggregate(votes, faith=1e6).labels.y
    assert np.abs(robust).max() < 0.2
    assert np.abs(mean).max() > 10


def test_one_number_a_vote_stays_one_number():
    votes = Votes([0, 0, 1], [0, 1, 1], Numbers([1.0, 3.0, 5.0]), n=3, w=2)
    found = metric_space.aggregate(votes)
    assert found.labels.y[:2] == pytest.approx([2, 5])
    assert np.isnan(found.labels.y[2])
    assert "2 of 2 workers" in found.info["warnings"][0]


def test_votes_all_around_the_sphere_are_told():
    x = np.array([[1.0, 0], [-1.0, 0], [1, 0], [0, 1]])
    votes = Votes([0, 0, 1, 1], [0, 1, 0, 1], Numbers(x), n=2, w=2)
    said = metric_space.aggregate(votes, space="sphere").info["warnings"]
    assert any("both halves" in sentence for sentence in said)


def _line(seed=0, n=300, k=6):
    """Classes in a row; good workers are off by a step at times, bad ones by several."""
    rng = np.random.default_rng(seed)
    far = np.abs(np.subtract.outer(np.arange(k), np.arange(k))).astype(float)
    item, worker = _cast(n, 12, 5, rng)
    truth = rng.integers(k, size=n)
    steep = np.where(np.arange(12) < 4, 2.5, 0.3)
    chance = np.exp(-steep[worker][:, None] * far[truth[item]])
    chance /= chance.sum(1, keepdims=True)
    said = (chance.cumsum(1) < rng.random(len(item))[:, None]).sum(1)
    return Votes(item, worker, Classes(said, [str(c) for c in range(k)]), n, 12), truth, far


def test_classes_with_distances():
    mine, plain = [], []
    for seed in range(3):
        votes, truth, far = _line(seed)
        found = metric_space.aggregate(votes, class_distance=far, power=1)
        mine.append(far[[int(name) for name in found.info["node"]], truth].mean())
        share = np.zeros((votes.n, 6))
        np.add.at(share, (votes.item, votes.labels.y), 1)
        plain.append(far[share.argmax(1), truth].mean())
    assert np.mean(mine) < 0.7 * np.mean(plain)
    assert found.skill[:4].min() > found.skill[4:].max()


def test_the_class_with_the_least_cost_is_that_of_a_plain_search():
    """Workers alike, balance even: the middle of votes on a line."""
    far = np.abs(np.subtract.outer(np.arange(3), np.arange(3))).astype(float)
    y = Classes([0, 2, 2, 0, 0, 1, 1, 1, 2], ["a", "b", "c"])
    votes = Votes([0, 0, 0, 1, 1, 1, 2, 2, 2], [0, 1, 2] * 3, y, n=3, w=3)
    squares = metric_space.aggregate(votes, class_distance=far, faith=1e9)
    assert squares.labels.p.argmax(1).tolist() == [1, 0, 1]
    plain = metric_space.aggregate(votes, class_distance=far, faith=1e9, power=1)
    assert plain.labels.p.argmax(1).tolist() == [2, 0, 1]


def test_what_does_not_go_together_is_refused():
    votes, *_ = _line(n=5)
    with pytest.raises(ValueError, match="is for votes on numbers"):
        metric_space.aggregate(votes, space="sphere")
    numbers, _ = planted("euclid", n=3)
    with pytest.raises(ValueError, match="is for votes on classes"):
        metric_space.aggregate(numbers, class_distance=np.zeros((2, 2)))
    with pytest.raises(ValueError, match="power must be 1"):
        metric_space.aggregate(numbers, power=3)
