"""The study of a consensus: shares and entropy by hand, parts, and workers who differ on gold."""

from dataclasses import replace

import numpy as np
import pytest

from reliabel.core.labels import Classes, Votes
from reliabel.crowd import study as module
from reliabel.crowd.accounts import alike_accounts
from reliabel.crowd.next_votes import next_votes
from reliabel.crowd.study import study
from reliabel.crowd.workers import estimate_workers
from reliabel.ops.crowd import ambiguity, confusion_matrices, excess_disagreement, fit_confusion


def crowd(n=200, w=6, each=4, seed=0, right=0.8):
    rng = np.random.default_rng(seed)
    truth = rng.integers(3, size=n)
    item, worker = (
        np.repeat(np.arange(n), each),
        np.concatenate([rng.permutation(w)[:each] for _ in range(n)]),
    )
    y = np.where(rng.random(n * each) < right, truth[item], rng.integers(3, size=n * each))
    return Votes(item, worker, Classes(y), n, w), truth


def test_votes_that_say_the_consensus_and_how_open_it_is():
    votes = Votes(
        np.array([0, 0, 0, 1]), np.array([0, 1, 2, 0]), Classes(np.array([0, 0, 1, 1])), 3, 3
    )
    posterior = np.array([[0.75, 0.25], [1.0, 0.0], [0.5, 0.5]])
    found = study(votes, posterior, rng=np.random.default_rng(0))
    assert found.counted.tolist() == [3, 1, 0]
    assert found.agreement[:2].tolist() == pytest.approx([2 / 3, 0])
    assert np.isnan(found.agreement[2])
    assert found.entropy == pytest.approx(
        [-0.75 * np.log(0.75) - 0.25 * np.log(0.25), 0, np.log(2)]
    )


def test_the_parts_are_those_of_the_rooms_own_functions():
    votes, _ = crowd()
    posterior = fit_confusion(votes)[0]
    found = study(votes, posterior, rng=np.random.default_rng(0), budget=7)
    confusion, balance = confusion_matrices(votes, posterior)
    assert found.posterior is posterior
    assert found.ambiguous.tolist() == ambiguity(votes, posterior)[0].tolist()
    assert found.share == ambiguity(votes, posterior)[1]
    assert found.excess == pytest.approx(excess_disagreement(votes, posterior, confusion))
    assert found.workers.skill.tolist() == estimate_workers(votes, posterior).skill.tolist()
    assert set(found.workers.tests) == {"constant"}
    assert (
        found.next.item.tolist() == next_votes(votes, posterior, confusion, budget=7).item.tolist()
    )
    assert (
        found.alike.pair.tolist()
        == alike_accounts(votes, confusion, balance, np.random.default_rng(0)).pair.tolist()
    )
    assert found.off_gold == ()
    timed = study(
        votes, posterior, rng=np.random.default_rng(0), time=np.arange(800.0), seconds=np.ones(800)
    )
    assert set(timed.workers.tests) == {"constant", "drift", "repeats", "too fast"}


def test_a_crowd_too_large_for_matrices_is_told_by_its_votes(monkeypatch):
    votes, _ = crowd()
    posterior = fit_confusion(votes)[0]
    monkeypatch.setattr(module, "AFFORDABLE", 6 * 9 - 1)
    small = study(votes, posterior, rng=np.random.default_rng(0))
    assert (small.workers, small.alike, small.next, small.excess, small.ambiguous) == (None,) * 5
    assert small.counted.tolist() == [4] * 200
    monkeypatch.setattr(module, "AFFORDABLE", 6 * 9)
    assert study(votes, posterior, rng=np.random.default_rng(0)).workers is not None


def test_without_pairs_nothing_is_said_of_ambiguous_items():
    votes = Votes(np.arange(12), np.zeros(12, dtype=int), Classes(np.arange(12) % 2), 12, 1)
    assert study(votes, np.eye(2)[np.arange(12) % 2], rng=np.random.default_rng(0)).share is None


@pytest.mark.parametrize(("gold", "named"), [(9, ()), (10, (5,))])
def test_a_worker_whom_gold_contradicts_is_named_from_ten_gold_votes_on(gold, named):
    """The votes of worker 5 agree with all others, which are wrong on every gold item."""
    votes, truth = crowd(n=300, w=6, each=6, right=0.97)
    told = np.flatnonzero(votes.worker == 5)[:gold]
    answers = np.full(300, -1)
    answers[votes.item[told]] = (votes.labels.y[told] + 1) % 3
    only = votes.take((votes.worker == 5) | (answers[votes.item] < 0))
    posterior = np.eye(3)[truth]
    found = study(only, posterior, rng=np.random.default_rng(0), gold=answers)
    assert found.workers.gold_votes[5] == gold
    assert found.off_gold == named


@pytest.mark.parametrize(("right", "named"), [(0.52, ()), (0.48, (0,)), (1.0, ())])
def test_gold_contradicts_a_skill_beyond_two_errors_and_a_quarter_of_its_interval(right, named):
    """Skill .8 from 25 gold votes: two errors of .08, and a quarter of an interval of .48, are
    .28.
    """
    votes, _ = crowd(n=30)
    some = estimate_workers(votes, fit_confusion(votes)[0])
    one = replace(
        some,
        skill=np.array([0.8, np.nan]),
        low=np.array([0.5, 0.0]),
        high=np.array([0.98, 1.0]),
        gold_votes=np.array([25, 25]),
        gold_right=np.array([right, 0.1]),
    )
    assert module._off_gold(one) == named
