"""Votes on numbers: worked examples, planted workers, edges; the figures of a real set."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from reliabel.aggregators import (
    catd,
    gaussian_bias,
    lfc_n,
    mean,
    median,
    opinion_scores,
    weighted_mean,
)
from reliabel.core.labels import Numbers, Votes
from reliabel.ops.numeric import mean_of, median_of

ALL = [mean, median, weighted_mean, catd, lfc_n, gaussian_bias]


def world(seed=0, n=400, w=20, each=6, d=1, lean=0.5, stretch=0.0):
    rng = np.random.default_rng(seed)
    truth, sd = rng.normal(0, 2, (n, d)), np.linspace(0.2, 2, w)
    bias, scale = rng.normal(0, lean, (w, d)), 1 + rng.normal(0, stretch, w)
    item = np.repeat(np.arange(n), each)
    worker = np.concatenate([rng.permutation(w)[:each] for _ in range(n)])
    y = (
        scale[worker][:, None] * truth[item]
        + bias[worker]
        + rng.normal(size=(len(item), d)) * sd[worker][:, None]
    )
    return (
        Votes(item, worker, Numbers(y if d > 1 else y[:, 0]), n, w),
        truth if d > 1 else truth[:, 0],
        sd,
        bias,
    )


def off(result, truth):
    return float(np.abs(result.labels.y - truth).mean())


def test_means_and_medians_of_items():
    votes = Votes(
        np.array([0, 1, 0, 1, 0]), np.arange(5), Numbers(np.array([1.0, 4.0, 2.0, 6.0, 9.0])), 3, 5
    )
    x = votes.labels.y[:, None]
    assert mean_of(votes, x)[:2, 0].tolist() == [4.0, 5.0]
    assert median_of(votes, x)[:2, 0].tolist() == [2.0, 5.0]
    assert mean_of(votes, x, np.array([2.0, 1.0, 1.0, 3.0, 0.0]))[:2, 0].tolist() == pytest.approx(
        [4 / 3, 5.5]
    )


@pytest.mark.parametrize("method", ALL)
def test_units_do_not_matter_and_unvoted_items_stay_unknown(method):
    votes, _, _, _ = world()
    votes = Votes(votes.item, votes.worker, votes.labels, votes.n + 2, votes.w)
    plain, moved = (
        method.aggregate(votes),
        method.aggregate(
            Votes(votes.item, votes.worker, Numbers(1000 + 50 * votes.labels.y), votes.n, votes.w)
        ),
    )
    assert np.isnan(plain.labels.y[-2:]).all()
    assert moved.labels.y[:-2] == pytest.approx(1000 + 50 * plain.labels.y[:-2], rel=1e-6)
    assert moved.skill == pytest.approx(plain.skill, abs=1e-6)
    assert (np.diff(plain.trace) >= -1e-9 * np.abs(plain.trace[1:])).all()


@pytest.mark.parametrize("method", [weighted_mean, catd, lfc_n, gaussian_bias])
def test_weights_beat_the_plain_mean_where_workers_differ(method):
    votes, truth, _, _ = world(lean=0.0)
    assert off(method.aggregate(votes), truth) < off(mean.aggregate(votes), truth) * 0.9


def test_gaussian_recovers_biases_and_variances():
    votes, truth, sd, bias = world(n=1500)
    result = gaussian_bias.aggregate(votes)
    found = result.info["bias"][:, 0] - result.info["bias"].mean()
    assert np.abs(found - (bias[:, 0] - bias.mean())).mean() < 0.1
    assert np.corrcoef(np.sqrt(result.info["variance"][:, 0]), sd)[0, 1] > 0.97
    assert np.corrcoef(result.skill, -sd)[0, 1] > 0.9
    centred = truth + np.average(bias[:, 0], weights=1 / sd**2)
    inside = np.abs(result.labels.y - centred) < 1.645 * result.info["sd"]
    assert 0.8 < inside.mean() < 0.97
    assert off(result, centred) < off(gaussian_bias.aggregate(votes, bias=False), centred)


def test_gaussian_scale_undoes_stretching():
    votes, truth, _, _ = world(3, n=1500, lean=0.3, stretch=0.3)
    plain, scaled = gaussian_bias.aggregate(votes), gaussian_bias.aggregate(votes, scale=True)
    assert (np.diff(scaled.trace) >= -1e-9 * np.abs(scaled.trace[1:])).all()
    assert np.corrcoef(scaled.labels.y, truth)[0, 1] > np.corrcoef(plain.labels.y, truth)[0, 1]


def test_catd_takes_the_lower_quantile_so_newcomers_count_little():
    votes, _, _, _ = world(1, n=60)
    newcomer = Votes(
        np.append(votes.item, 0),
        np.append(votes.worker, votes.w),
        Numbers(np.append(votes.labels.y, 9.0)),
        votes.n,
        votes.w + 1,
    )
    moved = np.abs(catd.aggregate(newcomer).labels.y[0] - catd.aggregate(votes).labels.y[0])
    assert moved < 0.05 * np.abs(
        mean.aggregate(newcomer).labels.y[0] - mean.aggregate(votes).labels.y[0]
    )


@pytest.mark.parametrize("method", ALL)
def test_vectors_share_a_workers_weight(method):
    votes, truth, _, _ = world(2, d=2, lean=0.0)
    result = method.aggregate(votes)
    assert result.labels.y.shape == truth.shape
    assert off(result, truth) <= off(mean.aggregate(votes), truth) * 1.2


@pytest.mark.parametrize("method", ALL)
@pytest.mark.parametrize("y", [[2.0, 2.0, 2.0, 2.0], [1.0, 1.0, 5.0, 5.0]])
def test_equal_votes_stay_and_nothing_is_nan(method, y):
    votes = Votes(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), Numbers(np.array(y)), 2, 3)
    result = method.aggregate(votes)
    assert result.labels.y == pytest.approx(y[::2])
    assert np.isfinite(result.trace).all()
    assert np.isnan(result.skill[2])


@pytest.mark.parametrize("method", ALL)
def test_one_worker_and_one_vote(method):
    votes = Votes(
        np.array([0, 1, 2]), np.zeros(3, dtype=int), Numbers(np.array([1.0, 5.0, 9.0])), 3, 1
    )
    assert method.aggregate(votes).labels.y == pytest.approx([1.0, 5.0, 9.0], abs=0.5)
    assert method.aggregate(votes.take(np.array([1]))).labels.y[1] == pytest.approx(5.0)


@pytest.mark.parametrize("method", [*ALL, opinion_scores])
def test_no_votes_leave_all_unknown(method):
    words = {"rng": np.random.default_rng(0)} if method is opinion_scores else {}
    nothing = Votes(np.empty(0, dtype=int), np.empty(0, dtype=int), Numbers(np.empty(0)), 3, 2)
    result = method.aggregate(nothing, **words)
    assert np.isnan(result.labels.y).tolist() == [True, True, True]
    assert np.isnan(result.skill).all()


def test_opinion_scores_remove_lean_and_tell_reliability():
    votes, truth, _, bias = world(5, n=300, each=8, d=2, lean=1.0)
    result = opinion_scores.aggregate(votes, rng=np.random.default_rng(0))
    centred = truth + bias[votes.worker].mean(0)
    assert off(result, centred) < off(mean.aggregate(votes), centred)
    inside = (result.info["low"] <= centred) & (centred <= result.info["high"])
    assert 0.88 < inside.mean() < 0.99
    signal = 4 / (
        4 + np.mean(np.linspace(0.2, 2, 20) ** 2) / 8
    )  # share of the variance of a mean of eight that is the truth's
    assert result.info["reliability"] == pytest.approx([signal, signal], abs=0.04)
    noise = Votes(
        votes.item,
        votes.worker,
        Numbers(np.random.default_rng(1).normal(size=(len(votes), 1))),
        votes.n,
        votes.w,
    )
    assert (
        abs(opinion_scores.aggregate(noise, rng=np.random.default_rng(0)).info["reliability"][0])
        < 0.25
    )


@pytest.mark.real
@pytest.mark.parametrize(
    ("method", "options", "mae", "rmse"),
    [
        (mean, {}, 12.02, 17.84),
        (median, {}, 13.53, 21.26),
        (catd, {}, 12.14, 18.87),
        (lfc_n, {}, 12.20, 18.97),
        (gaussian_bias, {"bias": False}, 11.96, 18.46),
        (gaussian_bias, {}, 12.10, 18.41),
        (weighted_mean, {}, 11.86, 17.94),
    ],
)
def test_emotion(method, options, mae, rmse):
    if "RELIABEL_DATA" not in os.environ:
        pytest.skip("RELIABEL_DATA is not set")
    folder = Path(os.environ["RELIABEL_DATA"]) / "crowd" / "emotion"
    pq = pytest.importorskip("pyarrow.parquet")
    given, right = (
        pq.read_table(folder / "votes.parquet").to_pydict(),
        pq.read_table(folder / "truth.parquet").to_pydict(),
    )
    names, item = np.unique([str(task) for task in given["task"]], return_inverse=True)
    workers, worker = np.unique([str(who) for who in given["worker"]], return_inverse=True)
    truth = dict(zip(map(str, right["task"]), right["truth"], strict=True))
    votes = Votes(
        item, worker, Numbers(np.array(given["label"], dtype=float)), len(names), len(workers)
    )
    error = method.aggregate(votes, **options).labels.y - np.array(
        [float(truth[name]) for name in names]
    )
    assert np.abs(error).mean() == pytest.approx(mae, abs=0.02)
    assert np.sqrt(np.square(error).mean()) == pytest.approx(rmse, abs=0.02)


@pytest.mark.parametrize("method", [weighted_mean, gaussian_bias])
@pytest.mark.parametrize("together", [0.0, 0.5])
def test_intervals_hold_what_is_shared_as_far_as_it_is_assumed_or_learnt(method, together):
    """The error that all votes on an item share cannot be seen in votes: without gold its size is
    assumed, with gold it is learnt.
    """
    votes, truth, _, _ = world(5, n=1000, lean=0.0)
    rng = np.random.default_rng(6)
    truth = truth + rng.normal(size=1000) * np.sqrt(
        together * 1.5
    )  # 1.5: the mean variance of a vote
    some = np.where(np.arange(1000) < 60, truth, np.nan)

    def covers(**words):
        info = method.aggregate(votes, **words).info
        return float(((info["low"] < truth) & (truth < info["high"]))[60:].mean()), info

    held, info = covers()
    assert held > (0.99 if together == 0 else 0.92)
    assert info["shared"] == 0.65
    assert "share an error with 0.65 of one vote's variance" in info["warnings"][0]
    assert 0.9 < covers(gold=some)[0] < 0.99
    assert "learnt from 60 gold numbers" in covers(gold=some)[1]["warnings"][0]
    alone, info = covers(shared=0.0)
    assert 0.9 < alone < 0.97 if together == 0 else alone < 0.8
    assert info["warnings"] == ()


def test_gold_numbers_stand():
    votes, truth, _, _ = world(n=50)
    some = np.where(np.arange(50) < 5, truth, np.nan)
    found = weighted_mean.aggregate(votes, gold=some)
    assert found.labels.y[:5] == pytest.approx(truth[:5])
    assert found.info["low"][:5] == pytest.approx(truth[:5])
    assert found.info["shared"] == 0.65  # too few to learn from
    sentence = r"level must lie between 0 and 1 and shared must not be negative, got level=2"
    with pytest.raises(ValueError, match=sentence):
        weighted_mean.aggregate(votes, level=2)
    with pytest.raises(ValueError, match="gold has 2 numbers per item, the votes have 1"):
        weighted_mean.aggregate(votes, gold=np.zeros((50, 2)))
