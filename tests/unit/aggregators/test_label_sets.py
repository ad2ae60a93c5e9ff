"""Votes that are label sets: a worked example, and planted truths and rates of workers."""

import numpy as np
import pytest
from scipy.special import expit

from reliabel.aggregators import dawid_skene, label_sets
from reliabel.core.labels import Classes, MultiLabel, Votes
from reliabel.ops import set_votes


def _planted(seed=0, n=300, k=8, w=15, each=5, seen=1.0):
    """Workers who find labels with a care, and add them with a caution, of their own."""
    rng = np.random.default_rng(seed)
    truth = (rng.random((n, k)) < np.geomspace(0.02, 0.5, k)).astype(int)
    sensitivity = expit(0.8 + rng.normal(0, 0.7, (w, 1)) + rng.normal(0, 0.5, k))
    specificity = expit(2.5 + rng.normal(0, 0.7, (w, 1)) + rng.normal(0, 0.5, k))
    item = np.repeat(np.arange(n), each)
    worker = np.concatenate([rng.permutation(w)[:each] for _ in range(n)])
    chance = np.where(truth[item] == 1, sensitivity[worker], 1 - specificity[worker])
    y = (rng.random(chance.shape) < chance).astype(int)
    y[rng.random(y.shape) >= seen] = -1
    votes = Votes(item, worker, MultiLabel(y), n, w)
    return votes, truth, sensitivity.mean(1), specificity.mean(1)


def _majority(votes):
    yes, seen = np.zeros((votes.n, votes.labels.k)), np.zeros((votes.n, votes.labels.k))
    np.add.at(yes, votes.item, votes.labels.y == 1)
    np.add.at(seen, votes.item, votes.labels.y >= 0)
    return yes > seen / 2


def _one_by_one(votes):
    """Dawid-Skene for each label on its own."""
    out = []
    for column in votes.labels.y.T:
        use = column >= 0
        alone = Classes(column[use], ["no", "yes"])
        found = dawid_skene.aggregate(
            Votes(votes.item[use], votes.worker[use], alone, votes.n, votes.w)
        )
        out.append(found.labels.p[:, 1])
    return np.stack(out, 1)


@pytest.mark.parametrize("seen", [1.0, 0.6])
def test_fewer_errors_than_a_majority_and_than_each_label_alone(seen):
    mine, alone, plain = [], [], []
    for seed in range(3):
        votes, truth, *_ = _planted(seed, w=40, seen=seen)
        mine.append(((label_sets.aggregate(votes).labels.p > 0.5) != truth).mean())
        alone.append(((_one_by_one(votes) > 0.5) != truth).mean())
        plain.append((_majority(votes) != truth).mean())
    assert np.mean(mine) < 0.95 * np.mean(alone)
    assert np.mean(mine) < 0.9 * np.mean(plain)


def test_rates_of_workers_are_recovered():
    votes, _, sensitivity, specificity = _planted(n=800)
    found = label_sets.aggregate(votes)
    assert np.corrcoef(found.info["sensitivity"], sensitivity)[0, 1] > 0.8
    assert np.corrcoef(found.info["specificity"], specificity)[0, 1] > 0.8
    assert found.info["share"] == pytest.approx(np.geomspace(0.02, 0.5, 8), abs=0.04)


def test_probabilities_are_calibrated_on_planted_workers():
    p, t = [], []
    for seed in range(3):
        votes, truth, *_ = _planted(seed)
        p.append(label_sets.aggregate(votes, shared=0.0).labels.p)
        t.append(truth)
    p, t = np.concatenate(p), np.concatenate(t)
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        here = (p >= low) & (p < low + 0.2)
        assert abs(p[here].mean() - t[here].mean()) < 0.12


def test_what_a_worker_did_not_see_is_no_no():
    """Nobody but worker 0 sees label 1; the others' ticks of label 0 say nothing of it."""
    rng = np.random.default_rng(0)
    truth = (rng.random((200, 2)) < 0.5).astype(int)
    item, worker = np.repeat(np.arange(200), 3), np.tile([0, 1, 2], 200)
    y = truth[item]
    y[worker > 0, 1] = -1
    found = label_sets.aggregate(Votes(item, worker, MultiLabel(y), 200, 3))
    assert ((found.labels.p > 0.5) == truth).all()
    y[worker > 0, 1] = 0
    said = label_sets.aggregate(Votes(item, worker, MultiLabel(y), 200, 3))
    assert said.labels.p[:, 1].mean() < 0.5 * found.labels.p[:, 1].mean()


def test_the_consensus_may_be_empty():
    y = MultiLabel([[0, 0], [0, 0], [1, 0], [1, 0], [1, 1], [1, 1]])
    found = label_sets.aggregate(Votes([0, 0, 1, 1, 2, 2], [0, 1, 0, 1, 0, 1], y, n=4, w=2))
    assert (found.labels.p > 0.5).any(1).tolist()[:3] == [False, True, True]
    assert found.labels.p[3] == pytest.approx(found.info["share"])


def test_errors_in_common_make_it_less_sure():
    votes, *_ = _planted()
    sure = label_sets.aggregate(votes, shared=0.0).labels.p
    less = label_sets.aggregate(votes, shared=0.5).labels.p
    assert np.abs(less - 0.5).mean() < np.abs(sure - 0.5).mean()
    assert ((less > 0.5) == (sure > 0.5)).all()


def test_the_objective_never_falls():
    votes, *_ = _planted(w=40, seen=0.5)
    trace = label_sets.aggregate(votes, tol=0.0, iterations=30).trace
    assert (np.diff(trace) >= -1e-9 * np.abs(trace[1:])).all()


def test_what_is_known_is_held_and_helps():
    votes, truth, *_ = _planted(w=40)
    gold = np.where(np.arange(votes.n)[:, None] < 150, truth, -1)
    blind = label_sets.aggregate(votes)
    found = label_sets.aggregate(votes, gold=gold, tol=0.0, iterations=30)
    assert (found.labels.p[:150] == truth[:150]).all()
    assert (np.diff(found.trace) >= -1e-9 * np.abs(found.trace[1:])).all()
    wrong = [((one.labels.p > 0.5) != truth)[150:].mean() for one in (found, blind)]
    assert wrong[0] <= wrong[1]


def test_blocks_of_items_make_no_difference(monkeypatch):
    votes, *_ = _planted(n=60)
    whole = label_sets.aggregate(votes)
    monkeypatch.setattr(set_votes, "spans", lambda n, k: [(0, 7), (7, 50), (50, n)])
    parts = label_sets.aggregate(votes)
    assert parts.labels.p == pytest.approx(whole.labels.p, abs=1e-9)


def test_nobody_votes_or_nobody_sees_anything():
    none = MultiLabel(np.empty((0, 2), dtype=int), ["a", "b"])
    assert label_sets.aggregate(Votes([], [], none, n=2, w=0)).labels.p.shape == (2, 2)
    blank = label_sets.aggregate(Votes([0], [0], MultiLabel([[-1, -1]]), n=2, w=2))
    assert np.isfinite(blank.labels.p).all()
    assert np.isnan(blank.skill[1])


def test_more_rates_than_fit_are_refused():
    y = MultiLabel([[1, 0]])
    with pytest.raises(ValueError, match="more rates than fit"):
        label_sets.aggregate(Votes([0], [0], y, n=1, w=20_000_000))
