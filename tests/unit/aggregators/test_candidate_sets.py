"""Votes that leave a choice: planted truths, and what such a vote adds."""

import numpy as np
import pytest

import reliabel as rl
from reliabel.aggregators import candidate_sets
from reliabel.core.labels import MultiLabel, Votes
from reliabel.rules import keyword, not_of, one_of


def _planted(seed=0, n=600, k=4, m=8):
    """Functions that say "not this class" (right nine times in ten) or one of two classes."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(k, size=n)
    item, worker, rows = [], [], []
    for j in range(m):
        fires = np.flatnonzero(rng.random(n) < 0.6)
        good = rng.random(len(fires)) < 0.9
        other = (truth[fires] + rng.integers(1, k, len(fires))) % k
        row = np.full((len(fires), k), -1)
        if j % 2:
            row[np.arange(len(fires)), np.where(good, other, truth[fires])] = 0
        else:
            row[:] = 0
            row[np.arange(len(fires)), other] = -1
            third = (other + 1 + (other + 1 == truth[fires])) % k
            row[np.arange(len(fires)), np.where(good, truth[fires], third)] = -1
        item.append(fires)
        worker.append(np.full(len(fires), j))
        rows.append(row)
    y = MultiLabel(np.concatenate(rows))
    return Votes(np.concatenate(item), np.concatenate(worker), y, n, m), truth


def test_planted_truths_are_found():
    votes, truth = _planted()
    found = candidate_sets.aggregate(votes)
    assert (found.labels.p.argmax(1) == truth).mean() > 0.75
    assert found.labels.p.sum(1) == pytest.approx(np.ones(votes.n))


def test_a_no_lowers_its_class_alone_and_a_set_raises_its_classes():
    y = MultiLabel([[0, -1, -1], [0, 0, 1], [-1, -1, 0]])
    p = candidate_sets.aggregate(Votes([0, 1, 2], [0, 1, 2], y, n=4, w=3)).labels.p
    assert p[0, 0] < p[0, 1]
    assert p[1].argmax() == 2
    assert p[2, 2] < min(p[2, :2])


def test_gold_is_held():
    votes, truth = _planted()
    gold = np.where(np.arange(votes.n) < 50, truth, -1)
    assert (candidate_sets.aggregate(votes, gold=gold).labels.p.argmax(1)[:50] == truth[:50]).all()


def test_functions_with_such_answers_are_aggregated():
    texts = ["free money", "lunch at noon", "no idea"]
    rules = [
        keyword(one_of("ham", "news"), "noon"),
        keyword("spam", "free"),
        keyword(not_of("spam"), "idea"),
    ]
    data = rl.votes_from_functions(texts, rules, classes=["ham", "news", "spam"])
    found = rl.aggregate(data)
    assert found.labels.p[0].argmax() == 2
    assert found.labels.p[2].argmin() == 2
    with pytest.raises(ValueError, match="candidate_sets has no option 'thorough'"):
        rl.aggregate(data, thorough=True)
