"""Workers: planted skills, kinds, behaviour and copied accounts; which votes to buy next."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

import reliabel as rl
from reliabel.core.labels import Classes, Votes
from reliabel.crowd.accounts import alike_accounts, poisson_binomial_tail
from reliabel.crowd.behaviour import skill_drift, two_proportions_z, with_behaviour
from reliabel.crowd.next_votes import expected_gain, next_votes
from reliabel.crowd.workers import estimate_workers, spammer_score
from reliabel.ops.agreement import significant, wilson
from reliabel.ops.crowd import confusion_matrices, fit_confusion


def plain(seed, n=500, w=30, each=5, k=3, low=0.4):
    rng = np.random.default_rng(seed)
    truth, skill = rng.integers(k, size=n), rng.uniform(low, 0.95, w)
    item = np.repeat(np.arange(n), each)
    worker = np.argsort(rng.random((n, w)), 1)[:, :each].ravel()
    y = np.where(
        rng.random(len(item)) < skill[worker],
        truth[item],
        (truth[item] + rng.integers(1, k, len(item))) % k,
    )
    return Votes(item, worker, Classes(y), n, w), truth, skill


def mixed(seed, n=1000, w=30):
    """Worker 0 votes at random, 1 always votes class 1, 2 is mostly wrong, 3 is hasty, 4 gets
    worse, 29 copies 28.
    """
    rng = np.random.default_rng(seed)
    votes, truth, _ = plain(seed, n, w, 6, low=0.7)
    item, worker, y, time = votes.item, votes.worker, votes.labels.y.copy(), rng.random(len(votes))
    y = np.where(
        (worker == 4) & (time > 0.5),
        rng.integers(3, size=len(y)),
        np.where(worker == 4, truth[item], y),
    )
    y = np.where(worker == 0, rng.integers(3, size=len(y)), np.where(worker == 1, 1, y))
    y = np.where((worker == 2) & (rng.random(len(y)) < 0.9), (truth[item] + 1) % 3, y)
    seconds = np.exp(rng.normal(2, 0.4, len(y)) + 0.3 * rng.normal(size=n)[item])
    seconds = np.where((worker == 3) & (rng.random(len(y)) < 0.3), 0.3, seconds)
    source, keep = worker == 28, worker != 29
    copy = np.where(rng.random(source.sum()) < 0.8, y[source], rng.integers(3, size=source.sum()))
    item, worker = (
        np.append(item[keep], item[source]),
        np.append(worker[keep], np.full(source.sum(), 29)),
    )
    times, taken = np.append(time[keep], time[source]), np.append(seconds[keep], seconds[source])
    return Votes(item, worker, Classes(np.append(y[keep], copy)), n, w), times, taken


@pytest.mark.parametrize(("each", "n", "k"), [(5, 1000, 3), (3, 300, 5), (8, 100, 3)])
def test_intervals_of_skill_cover(each, n, k):
    inside, off = [], []
    for seed in range(8):
        votes, truth, skill = plain(seed, n, 30, each, k)
        found = estimate_workers(votes, fit_confusion(votes)[0])
        inside.append((found.low <= skill) & (skill <= found.high))
        real = np.bincount(votes.worker, votes.labels.y == truth[votes.item], votes.w) / found.votes
        off.append(np.abs(found.skill - real))
    assert np.mean(inside) >= 0.9
    assert np.mean(off) <= 0.08


def test_errors_that_workers_share_are_seen_and_widen_the_intervals():
    """A third of the items are hard for everybody: wrong votes come in heaps."""
    rng = np.random.default_rng(4)
    n, w, each = 600, 30, 8
    truth, skill, hard = rng.integers(3, size=n), rng.uniform(0.75, 0.95, w), rng.random(n) < 0.33
    item, worker = (
        np.repeat(np.arange(n), each),
        np.concatenate([rng.choice(w, each, replace=False) for _ in range(n)]),
    )
    right = rng.random(n * each) < np.where(hard[item], 0.45, skill[worker])
    votes = Votes(
        item, worker, Classes(np.where(right, truth[item], rng.integers(3, size=n * each))), n, w
    )
    found = estimate_workers(votes, fit_confusion(votes)[0])
    independent, _, _ = plain(4, n, w, each, 3, low=0.75)
    other = estimate_workers(independent, fit_confusion(independent)[0])
    assert found.dispersion > 1.3
    assert 0.8 < other.dispersion < 1.2
    real = np.bincount(worker, votes.labels.y == truth[item], w) / found.votes
    assert ((found.low <= real) & (real <= found.high)).mean() >= 0.9
    assert (found.high - found.low).mean() > (other.high - other.low).mean()


def test_wilson_and_the_spammer_score_of_the_books():
    assert [round(float(end), 3) for end in wilson(np.array(18), np.array(20))] == [0.699, 0.972]
    score = spammer_score(
        np.array([[[0.8, 0.2], [0.4, 0.6]], [[0.7, 0.3], [0.7, 0.3]], [[1.0, 0.0], [0.0, 1.0]]])
    )
    assert score == pytest.approx([0.16, 0.0, 1.0])
    three = np.array([np.eye(3), np.full((3, 3), 1 / 3)])
    assert spammer_score(three) == pytest.approx([1.0, 0.0])


def test_own_votes_do_not_judge_themselves():
    """Two workers who never agree: neither may vouch for himself, and both look alike."""
    votes = Votes(
        np.repeat(np.arange(40), 2), np.tile([0, 1], 40), Classes(np.tile([0, 1], 40)), 40, 2
    )
    found = estimate_workers(votes, np.full((40, 2), 0.5))
    assert found.skill[0] == pytest.approx(found.skill[1], abs=1e-6)
    assert found.agreement.tolist() == [0, 0]


def test_few_votes_give_an_interval_only():
    votes, _, _ = plain(0, 100)
    lone = Votes(
        np.append(votes.item, [0, 1]),
        np.append(votes.worker, [30, 30]),
        Classes(np.append(votes.labels.y, [0, 0])),
        100,
        32,
    )
    found = estimate_workers(lone, fit_confusion(lone)[0])
    assert np.isnan(found.skill[30:]).all()
    assert found.kind[30:] == ("unknown", "unknown")
    assert 0 <= found.low[30] < found.high[30] <= 1
    assert (found.low[31], found.high[31]) == (0, 1)


def test_gold_counts_beside_the_estimate():
    votes, truth, skill = plain(1)
    gold = np.where(np.arange(500) < 200, truth, -1)
    found = estimate_workers(votes, fit_confusion(votes, gold)[0], gold=gold)
    assert found.gold_votes.sum() == 1000
    assert np.abs(found.gold_right - skill).mean() < 0.08
    assert np.isnan(estimate_workers(votes, fit_confusion(votes)[0]).gold_right).all()


def test_lean_is_said_less_expected():
    votes, truth, _ = plain(2, 2000)
    leaning = np.where(
        (votes.worker == 0) & (np.random.default_rng(0).random(len(votes)) < 0.3), 2, votes.labels.y
    )
    votes = Votes(votes.item, votes.worker, Classes(leaning), votes.n, votes.w)
    found = estimate_workers(votes, np.eye(3)[truth])
    assert found.bias[0, 2] > 0.1
    assert np.abs(found.bias.sum(1)).max() < 1e-9
    assert np.abs(found.bias[1:]).max() < found.bias[0, 2]


@pytest.mark.parametrize("seed", range(4))
def test_populations_and_behaviour_are_named(seed):
    votes, time, seconds = mixed(seed)
    posterior = fit_confusion(votes)[0]
    found = with_behaviour(
        votes, posterior, estimate_workers(votes, posterior), time=time, seconds=seconds
    )
    assert found.kind[0] == "spammer"
    assert found.kind[1] in ("constant", "spammer")
    assert found.kind[2] == "adversary"
    assert set(found.kind[5:]) <= {"honest", "unknown"}
    assert "constant" in found.flags[1]
    assert "too fast" in found.flags[3]
    assert "drift" in found.flags[4]
    assert not any(found.flags[worker] for worker in range(5, 30))
    alike = alike_accounts(votes, *confusion_matrices(votes, posterior), np.random.default_rng(0))
    assert alike.pair.tolist() == [[28, 29]]
    assert alike.agree[0] > alike.expected[0]


def test_honest_crowds_raise_no_flags():
    raised = 0
    for seed in range(5):
        votes, _, _ = plain(seed + 50, low=0.6)
        rng = np.random.default_rng(seed)
        posterior = fit_confusion(votes)[0]
        found = with_behaviour(
            votes,
            posterior,
            estimate_workers(votes, posterior),
            time=rng.random(len(votes)),
            seconds=np.exp(rng.normal(size=len(votes))),
        )
        raised += sum(bool(flags) for flags in found.flags) + len(
            alike_accounts(votes, *confusion_matrices(votes, posterior), rng).pair
        )
    assert raised <= 3  # of 150 workers and 2,175 pairs, at a false discovery rate of 1 % each


def test_the_numbers_of_the_tests():
    assert (
        round(
            float(two_proportions_z(np.array(45.0), np.array(50), np.array(30.0), np.array(50))), 2
        )
        == 3.46
    )
    assert poisson_binomial_tail(30, np.full(30, 0.6)) == pytest.approx(2.2e-7, rel=0.01)
    assert significant(np.array([0.009, 0.02, 0.5])).tolist() == [False, False, False]
    steady = skill_drift(np.zeros(100, dtype=int), np.tile([1.0, 0.0], 50), np.arange(100.0), 1)
    falling = skill_drift(np.zeros(100, dtype=int), np.repeat([1.0, 0.0], 50), np.arange(100.0), 1)
    assert steady[0] > 0.9
    assert falling[0] < 1e-6


def test_one_more_vote_changes_nothing_where_three_would():
    p, a = np.array([[0.7, 0.3], [0.9, 0.1]]), np.array([[0.8, 0.2], [0.2, 0.8]])
    assert expected_gain(p, a, 1) == pytest.approx([0.1, 0.0])
    assert expected_gain(p, a, 2)[1] == pytest.approx(0.028)
    assert expected_gain(p, a, 3)[1] == pytest.approx(0.044, abs=5e-4)


def test_rest_classes_taken_together_lose_little():
    rng = np.random.default_rng(0)
    p, a = rng.dirichlet(np.full(6, 0.4), 50), 0.6 * np.eye(6) + 0.4 / 6
    full = (p[:, :, None] * a).max(1).sum(1) - p.max(1)
    assert expected_gain(p, a, 1) == pytest.approx(full, abs=0.05)


def test_the_next_votes_go_where_they_help_to_those_who_have_not_voted():
    votes, _, skill = plain(3, 400, low=0.5)
    posterior, confusion, _ = fit_confusion(votes)
    bought = next_votes(votes, posterior, confusion, budget=20, error=0.02)
    assert len(bought.item) == 20
    assert not bought.stop[bought.item].any()
    assert (np.diff(bought.gain) <= 1e-12).all()
    assert (bought.value[bought.item] == bought.gain).all()
    assert ((bought.need == 0) == bought.stop).all()
    assert (posterior[bought.item].max(1)).mean() < posterior.max(1).mean()
    pairs = set(zip(votes.item.tolist(), votes.worker.tolist(), strict=True))
    assert not pairs & set(zip(bought.item.tolist(), bought.worker.tolist(), strict=True))
    assert skill[bought.worker].mean() > skill.mean() + 0.1
    spread = next_votes(votes, posterior, confusion, budget=20, most=2)
    assert np.bincount(spread.worker).max() <= 2
    dear = np.where(np.arange(30) == np.bincount(bought.worker).argmax(), 100.0, 1.0)
    assert (
        np.bincount(bought.worker).argmax()
        not in next_votes(votes, posterior, confusion, budget=20, cost=dear).worker
    )


def test_stopping_says_why():
    p = np.array([[0.99, 0.01], [0.6, 0.4], [0.6, 0.4]])
    item = np.concatenate([[0, 1], np.full(15, 2)])
    votes = Votes(
        item,
        np.concatenate([[0, 0], np.arange(15)]),
        Classes(np.zeros(17, dtype=int), ("a", "b")),
        3,
        15,
    )
    skilled, blind = np.tile([[0.8, 0.2], [0.2, 0.8]], (15, 1, 1)), np.full((15, 2, 2), 0.5)
    assert next_votes(votes, p, skilled).why == ("sure", "", "enough votes")
    assert next_votes(votes, p, blind).why == ("sure", "not worth it", "enough votes")


@pytest.mark.parametrize(("p", "margin"), [(0.8, 3), (0.7, 4)])
def test_votes_ahead_until_sure(p, margin):
    """One-coin workers of equal skill: a lead of 3 (p = .8) or 4 (p = .7) votes makes a class 95 %
    sure.
    """
    odds = p / (1 - p)
    sure = [odds**lead / (1 + odds**lead) >= 0.95 for lead in range(1, 6)]
    posterior = np.array(
        [[odds**lead / (1 + odds**lead), 1 / (1 + odds**lead)] for lead in range(1, 6)]
    )
    votes = Votes(
        np.arange(5), np.zeros(5, dtype=int), Classes(np.zeros(5, dtype=int), ("a", "b")), 5, 1
    )
    assert (
        next_votes(votes, posterior, np.array([[[p, 1 - p], [1 - p, p]]]), price=0.0).stop.tolist()
        == sure
    )
    assert sure.index(True) + 1 == margin


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "off", "inside", "follows"),
    [
        ("bluebird", 0.07, 0.85, 0.9),
        ("rte", 0.07, 0.85, 0.85),
        ("sp", 0.06, 0.85, 0.9),
        ("dog", 0.08, 0.8, 0.8),
    ],
)
def test_skills_of_real_crowds(name, off, inside, follows):
    """Measured .045 .045 .035 .062 off, 1.00 .92 .91 .87 of the intervals right, correlation .96
    .91 .95 .88 (workers with twenty votes or more).
    """
    if "RELIABEL_DATA" not in os.environ:
        pytest.skip("RELIABEL_DATA is not set")
    folder = Path(os.environ["RELIABEL_DATA"]) / "crowd" / name
    data = rl.read(folder / "votes.parquet", item="task", worker="worker", label="label")
    votes, truth = data.labels, pq.read_table(folder / "truth.parquet").to_pydict()
    right = dict(zip(map(str, truth["task"]), map(str, truth["truth"]), strict=True))
    hit = (
        np.array(votes.labels.names)[votes.labels.y]
        == np.array([right[i] for i in data.ids.items])[votes.item]
    )
    found = estimate_workers(votes, rl.aggregate(data).labels.p)
    use = (found.votes >= 20) & np.isfinite(found.skill)
    real = np.bincount(votes.worker, hit, votes.w) / found.votes
    assert np.abs(found.skill - real)[use].mean() <= off
    assert ((found.low <= real) & (real <= found.high))[use].mean() >= inside
    assert np.corrcoef(found.skill[use], real[use])[0, 1] >= follows
    spammers = [real[j] for j in np.flatnonzero(use) if found.kind[j] == "spammer"]
    assert not spammers or np.mean(spammers) < 1 / votes.labels.k + 0.1
