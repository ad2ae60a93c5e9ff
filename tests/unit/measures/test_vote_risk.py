"""Risk and difficulty of items: planted truths, edges."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import rankdata

from reliabel.core.labels import Classes, Votes
from reliabel.measures import bayesian_risk, percent_agreement, vote_difficulty
from reliabel.ops.crowd import confusion_matrices, fit_confusion


def chance():
    return np.random.default_rng(0)


def world(seed=0, n=1500, w=20, each=5, k=3, hard=0.1):
    """Workers right in 55 to 95 %; a tenth of the items is ambiguous between two classes."""
    rng = np.random.default_rng(seed)
    truth, skill = rng.integers(0, k, n), np.linspace(0.55, 0.95, w)
    ambiguous = rng.random(n) < hard
    item = np.repeat(np.arange(n), each)
    worker = np.concatenate([rng.permutation(w)[:each] for _ in range(n)])
    meant = (truth[item] + (ambiguous[item] & (rng.random(len(item)) < 0.5))) % k
    slip = rng.random(len(item)) > skill[worker]
    label = (meant + slip * rng.integers(1, k, len(item))) % k
    return Votes(item, worker, Classes(label), n, w), truth, skill, ambiguous


def test_the_plain_crowd_model_recovers_skill_and_truth():
    votes, truth, skill, _ = world(hard=0.0)
    posterior, confusion, balance = fit_confusion(votes)
    assert (posterior.argmax(1) == truth).mean() > 0.93
    assert np.abs(np.einsum("jaa->j", confusion) / 3 - skill).mean() < 0.03
    assert balance.sum() == pytest.approx(1)


def test_gold_rows_are_held_and_turn_an_adversarial_crowd():
    votes, truth, _, _ = world(1, n=300, hard=0.0)
    lying = votes.worker < 12  # sixty of a hundred votes by workers who always say the next class
    label = np.where(lying, (truth[votes.item] + 1) % 3, votes.labels.y)
    votes = Votes(votes.item, votes.worker, Classes(label), votes.n, votes.w)
    gold = np.where(np.arange(300) < 60, truth, -1)
    assert (fit_confusion(votes)[0].argmax(1) == truth).mean() < 0.5
    posterior = fit_confusion(votes, gold)[0]
    assert (posterior.argmax(1) == truth)[60:].mean() > 0.9
    assert posterior[np.arange(60), truth[:60]].tolist() == [1.0] * 60


def test_risk_is_least_expected_cost():
    votes = Votes(np.array([0, 0, 1]), np.array([0, 1, 0]), Classes(np.array([0, 0, 1])), n=3, w=2)
    p = np.array([[0.9, 0.1], [0.3, 0.7], [0.5, 0.5]])
    plain = bayesian_risk.measure(votes, posterior=p, rng=chance())
    assert plain.value == pytest.approx(0.2)
    assert plain.parts["worker"].tolist() == pytest.approx([0.2, 0.1])
    dear = bayesian_risk.measure(
        votes, posterior=p, class_distance=np.array([[0.0, 10.0], [1.0, 0.0]]), rng=chance()
    )  # deciding 0 when it is 1 costs 10
    assert dear.parts["decided"].tolist() == [1, 1, -1]
    assert dear.parts["item"][:2].tolist() == pytest.approx([0.9, 0.3])


def test_risk_tells_about_how_many_consensus_labels_are_wrong():
    votes, truth, _, _ = world(2, hard=0.0)
    m = bayesian_risk.measure(votes, rng=chance())
    wrong = (fit_confusion(votes)[0].argmax(1) != truth).mean()
    assert m.value == pytest.approx(wrong, abs=0.02)


@pytest.mark.parametrize("seed", [3, 4, 5])
def test_difficulty_finds_ambiguous_items_better_than_raw_disagreement(seed):
    votes, _, _, ambiguous = world(seed, each=9)
    m = vote_difficulty.measure(votes)

    def auc(score):
        rank = rankdata(score)
        return (rank[ambiguous].mean() - rank[~ambiguous].mean()) / len(rank) + 0.5

    assert auc(m.parts["item"]) > auc(percent_of_items(votes)) + 0.05
    assert auc(m.parts["excess"]) > auc(percent_of_items(votes))
    assert auc(m.parts["item"]) > 0.85
    assert m.value == pytest.approx(0.1, abs=0.03)
    assert vote_difficulty.measure(world(seed, hard=0.0, each=9)[0]).value < 0.03


def percent_of_items(votes):
    table = np.zeros((votes.n, 3))
    np.add.at(table, (votes.item, votes.labels.y), 1)
    return 1 - ((table**2).sum(1) - 9) / 72


def test_items_without_pairs_are_left_out():
    votes = Votes(np.array([0, 0, 1]), np.array([0, 1, 0]), Classes(np.array([0, 0, 1])), n=3, w=2)
    assert np.isnan(vote_difficulty.measure(votes).parts["item"]).tolist() == [False, True, True]
    assert percent_agreement.measure(votes, rng=chance()).parts["items"] == 1


def test_matrices_of_one_class_are_one():
    votes = Votes(np.array([0, 1]), np.array([0, 1]), Classes(np.array([0, 0])), n=2, w=2)
    confusion, balance = confusion_matrices(votes, np.ones((2, 1)))
    assert confusion.tolist() == [[[1.0]], [[1.0]]]
    assert balance.tolist() == [1.0]
