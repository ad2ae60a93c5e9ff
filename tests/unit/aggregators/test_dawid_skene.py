import numpy as np
import pytest

from reliabel.aggregators.dawid_skene import aggregate
from reliabel.core.labels import Classes, Votes


def test_worked_example(tiny):
    bare = {"prior_diagonal": 0.01}
    first = aggregate(tiny, iterations=0, **bare)
    assert first.labels.p[:, 1] == pytest.approx([0.108895, 0.998854, 0.020367, 0.540842], abs=1e-6)
    assert aggregate(tiny, iterations=1, **bare).trace == pytest.approx([-6.57133], abs=1e-5)
    last = aggregate(tiny, iterations=1000, tol=1e-12, **bare)
    assert last.labels.p[:, 1] == pytest.approx([0.00005, 0.99995, 0.00005, 0.98995], abs=1e-5)
    assert last.trace[-1] == pytest.approx(-5.81122, abs=1e-5)
    assert last.skill[2] == pytest.approx(0.5, abs=0.01), "worker 2 has become a coin"


def test_planted_skills_and_truth_come_back(planted):
    votes, truth, right = planted
    found = aggregate(votes)
    assert (found.labels.p.argmax(1) == truth).mean() >= 0.91
    assert np.abs(found.skill - right).mean() <= 0.025


def test_planted_confusion_comes_back():
    rng = np.random.default_rng(0)
    truth = rng.integers(2, size=3000)
    item, worker = np.repeat(np.arange(3000), 5), np.tile(np.arange(5), 3000)
    ones = np.array(
        [0.95, 0.9, 0.6, 0.7, 0.8]
    )  # chance of a vote for 1 on a true 1; on a true 0 all vote 1 with chance .2
    label = (rng.random(15000) < np.where(truth[item] == 1, ones[worker], 0.2)).astype(int)
    confusion = aggregate(Votes(item, worker, Classes(label), n=3000, w=5)).info["confusion"]
    assert confusion[:, 1, 1] == pytest.approx(ones, abs=0.03)
    assert confusion[:, 0, 1] == pytest.approx(np.full(5, 0.2), abs=0.03)


def test_gold_mends_an_adversarial_crowd(adversarial):
    votes, truth, gold = adversarial
    rest = gold < 0
    assert (aggregate(votes).labels.p.argmax(1) == truth)[rest].mean() < 0.1
    mended = aggregate(votes, gold=gold)
    assert (mended.labels.p.argmax(1) == truth)[rest].mean() > 0.95
    assert (mended.labels.p[~rest].max(1) == 1).all()
    assert (np.diff(mended.trace) >= -1e-9 * np.abs(mended.trace[:-1])).all()


def test_a_class_nobody_voted_gets_no_chance_and_no_nan(tiny):
    wide = Votes(
        tiny.item, tiny.worker, Classes(tiny.labels.y, ("a", "b", "never")), tiny.n, tiny.w
    )
    p = aggregate(wide).labels.p
    assert (p[:, 2] < 1e-100).all()
    assert p[:, :2] == pytest.approx(aggregate(tiny).labels.p, abs=0.05)


def test_a_diagonal_prior_keeps_single_votes_believed():
    votes = Votes(np.array([0, 1]), np.array([0, 1]), Classes(np.array([0, 1])), n=2, w=2)
    plain, kept = (
        aggregate(votes, iterations=1, prior_diagonal=0.01),
        aggregate(votes, iterations=1),
    )
    assert kept.labels.p.argmax(1).tolist() == plain.labels.p.argmax(1).tolist() == [0, 1]
    assert kept.skill.min() > 0.9


def test_blocks_agree_with_the_whole(monkeypatch, planted):
    from reliabel.ops import votes as kernels

    whole = aggregate(planted[0], iterations=10, tol=0)
    monkeypatch.setattr(
        kernels, "spans", lambda n, k: [(s, min(s + 173, n)) for s in range(0, n, 173)]
    )
    parts = aggregate(planted[0], iterations=10, tol=0)
    assert np.abs(whole.labels.p - parts.labels.p).max() < 1e-12
    assert whole.trace == pytest.approx(parts.trace, rel=1e-12)


def test_starts_lead_to_one_top_on_a_plain_crowd_and_the_best_is_kept(planted):
    votes, truth, _ = planted
    found = {
        start: aggregate(votes, start=start) for start in ("share", "spectral", "tensor", "best")
    }
    for one in found.values():
        assert (one.labels.p.argmax(1) == truth).mean() > 0.89
    heights = found["best"].info["objective_of_starts"]
    assert set(heights) == {"share", "spectral", "tensor"}
    assert found["best"].trace[-1] == max(heights.values())
    with pytest.raises(
        ValueError, match="start must be 'share', 'spectral' or 'tensor', got 'luck'"
    ):
        aggregate(votes, start="luck")
