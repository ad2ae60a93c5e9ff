import numpy as np
import pytest
from scipy.stats import kendalltau
from tests.unit.aggregators.compared import by_one_worker, planted

import reliabel as rl
from reliabel.aggregators import bradley_terry, crowd_bradley_terry
from reliabel.aggregators.crowd_bradley_terry import aggregate
from reliabel.core.known_answers import KnownAnswers
from reliabel.core.labels import Numbers
from reliabel.core.orders import Comparisons


def turned(bad):
    def chance(p, worker, rng):
        eta = np.where(np.arange(20) < bad, rng.beta(1, 6, 20), rng.beta(6, 1, 20))
        return eta[worker] * p + (1 - eta[worker]) * (1 - p), eta

    return chance


@pytest.mark.parametrize("bad", [3, 8])
def test_workers_who_answer_the_wrong_way_round_are_used(bad):
    tau, plain, skill, held = [], [], [], []
    for seed in range(100, 106):
        votes, s, eta = planted(seed, turned(bad))
        found = aggregate(votes)
        tau.append(kendalltau(found.labels.y, s)[0])
        plain.append(kendalltau(bradley_terry.aggregate(votes).labels.y, s)[0])
        skill.append(np.corrcoef(found.skill, eta)[0, 1])
        held.append((found.info["low"] < s) & (s < found.info["high"]))
    assert np.mean(tau) > 0.75
    assert np.mean(tau) > np.mean(plain) + 0.05
    assert np.mean(skill) > 0.9
    assert 0.88 <= np.mean(held) <= 1


def test_the_objective_rises_where_its_slope_says_so(monkeypatch):
    caught = {}

    def catch(function, start, **options):
        caught["f"], caught["x"] = function, start
        return start, np.array([0.0])

    monkeypatch.setattr(crowd_bradley_terry, "ascend", catch)
    votes, _, _ = planted(1, turned(5), n=4, m=80, w=20)
    aggregate(votes)
    x = caught["x"] + 0.3 * np.random.default_rng(0).standard_normal(len(caught["x"]))
    _, slope = caught["f"](x)
    step = 1e-6 * np.eye(len(x))
    seen = [(caught["f"](x + d)[0] - caught["f"](x - d)[0]) / 2e-6 for d in step]
    assert slope == pytest.approx(seen, abs=1e-5)


def test_bad_input_and_a_worker_without_votes():
    votes = by_one_worker(Comparisons([0, 1], [1, 2], [0, 0]))
    with pytest.raises(ValueError, match="games is a number of wins and losses, 0 or more, got -1"):
        aggregate(votes, games=-1)
    found = aggregate(votes)
    assert found.info["rank"].tolist() == [1, 2, 3]
    assert "their prior alone says how far" in found.info["warnings"][0]


def test_known_strengths_say_who_answers_the_wrong_way_round():
    for seed in range(3):
        votes, s, eta = planted(seed, turned(14))  # most of twenty
        pair = _by_pair(votes.labels)
        votes = rl.Votes(pair, votes.worker, votes.labels, int(pair.max()) + 1, votes.w)
        known = KnownAnswers(Numbers(s[:8]), np.arange(8))
        told = rl.aggregate(votes, by="crowd_bradley_terry", gold=known)
        assert kendalltau(told.labels.y, s)[0] > 0.8
        assert np.corrcoef(told.skill, eta)[0, 1] > 0.9
        assert told.info["compared"].sum() == 2 * len(votes)
    pair = {int(votes.labels.left[0]), int(votes.labels.right[0])}
    gold = np.full(votes.n, -1)
    gold[votes.item[0]] = min({0, 1, 2} - pair)
    with pytest.raises(ValueError, match="must be one of the two"):
        aggregate(votes, gold=gold)


def _by_pair(labels):
    low, high = np.minimum(labels.left, labels.right), np.maximum(labels.left, labels.right)
    return np.unique(low * labels.n + high, return_inverse=True)[1]
