"""Ordered classes, and training targets from vote distributions."""

from __future__ import annotations

import numpy as np
import pytest

from reliabel.aggregators import (
    fer_distribution,
    fer_drawn,
    fer_majority,
    fer_multi,
    ordinal_dawid_skene,
)
from reliabel.core.labels import Classes, Votes
from reliabel.ops.targets import leading_classes


def ordinal(seed=0, n=1000, w=20, each=4):
    rng = np.random.default_rng(seed)
    truth = rng.choice(5, size=n, p=[0.1, 0.2, 0.4, 0.2, 0.1])
    bias, scatter = rng.normal(0, 0.5, w), np.exp(rng.normal(np.log(0.8), 0.4, w))
    item = np.repeat(np.arange(n), each)
    worker = np.concatenate([rng.permutation(w)[:each] for _ in range(n)])
    log = -np.square(np.arange(5) - truth[item][:, None] - bias[worker][:, None]) / (
        2 * np.square(scatter[worker])[:, None]
    )
    p = np.exp(log) / np.exp(log).sum(1, keepdims=True)
    y = (p.cumsum(1) < rng.random(len(item))[:, None]).sum(1)
    return Votes(item, worker, Classes(y, tuple("abcde")), n, w), truth, bias, scatter


def counted(rows):
    table = np.array(rows)
    n, k = table.shape
    m = table.sum(1)
    y = np.concatenate([np.repeat(np.arange(k), row) for row in table])
    return Votes(
        np.repeat(np.arange(n), m),
        np.concatenate([np.arange(x) for x in m]),
        Classes(y, tuple("abcdefgh"[:k])),
        n,
        int(m.max()),
    )


def test_the_matrix_of_a_plain_worker():
    log, _ = ordinal_dawid_skene._grid(np.arange(5))
    shape = (
        len(ordinal_dawid_skene.BIASES),
        len(ordinal_dawid_skene.SCATTERS),
        len(ordinal_dawid_skene.GUESSES),
        5,
        5,
    )
    row = np.exp(log).reshape(shape)[4, :, 0, 2]
    expected = np.exp(
        -np.square(np.arange(-2, 3))[None] / (2 * ordinal_dawid_skene.SCATTERS[:, None] ** 2)
    )
    assert row == pytest.approx(expected / expected.sum(1, keepdims=True))
    spec = np.exp(-np.square(np.arange(-2, 3)) / (2 * 0.8**2))
    assert (spec / spec.sum()).round(4).tolist() == [0.0219, 0.2285, 0.4991, 0.2285, 0.0219]


def test_planted_lean_and_scatter_are_found():
    votes, truth, bias, scatter = ordinal()
    result = ordinal_dawid_skene.aggregate(votes)
    counts = np.zeros((votes.n, 5))
    np.add.at(counts, (votes.item, votes.labels.y), 1)
    assert (result.labels.p.argmax(1) == truth).mean() > (counts.argmax(1) == truth).mean() + 0.15
    assert np.abs(result.info["median"] - truth).mean() < 0.25
    assert np.corrcoef(result.info["bias"], bias)[0, 1] > 0.9
    assert np.corrcoef(result.info["scatter"], scatter)[0, 1] > 0.8
    assert (np.diff(result.trace) >= -1e-9 * np.abs(result.trace[1:])).all()


def test_the_order_is_what_the_user_says():
    votes, truth, _, _ = ordinal()
    words = np.array(["very bad", "bad", "fair", "good", "very good"])
    named = Votes(votes.item, votes.worker, Classes.of(words[votes.labels.y]), votes.n, votes.w)
    result = ordinal_dawid_skene.aggregate(named, order=tuple(words))
    right = np.array(named.labels.names)[result.labels.p.argmax(1)] == words[truth]
    plain = ordinal_dawid_skene.aggregate(votes)
    assert right.mean() == pytest.approx((plain.labels.p.argmax(1) == truth).mean())
    assert (
        np.array(named.labels.names)[result.info["median"]] == words[plain.info["median"]]
    ).all()
    with pytest.raises(ValueError, match="order must name each class once"):
        ordinal_dawid_skene.aggregate(named, order=("bad", "good"))


def test_fer_plus_on_ten_taggers():
    votes = counted([[6, 3, 1, 0], [4, 3, 3, 0], [4, 4, 1, 1], [9, 1, 0, 0], [1, 3, 3, 3]])
    majority = fer_majority.aggregate(votes)
    assert majority.info["clear"].tolist() == [True, False, False, True, False]
    assert majority.labels.p[0].tolist() == [1, 0, 0, 0]
    assert majority.labels.p[1] == pytest.approx([0.4, 0.3, 0.3, 0])
    multi = fer_multi.aggregate(votes, even=0.0)
    assert multi.labels.p[0] == pytest.approx([0.5, 0.5, 0, 0])
    assert multi.labels.p[1] == pytest.approx([1 / 3, 1 / 3, 1 / 3, 0])
    distribution = fer_distribution.aggregate(votes)
    assert distribution.labels.p[0] == pytest.approx([6 / 9, 3 / 9, 0, 0])
    assert distribution.labels.p[2] == pytest.approx([0.5, 0.5, 0, 0])
    assert distribution.labels.p[3] == pytest.approx([1, 0, 0, 0])
    assert distribution.labels.p[4] == pytest.approx([0, 1 / 3, 1 / 3, 1 / 3])


def test_single_votes_are_only_strays_among_many():
    few = fer_distribution.aggregate(counted([[3, 1, 0]]))
    assert few.labels.p[0] == pytest.approx([1, 0, 0])  # three of four votes hold 75 %
    small = fer_distribution.aggregate(counted([[2, 1, 0]]))
    assert small.labels.p[0] == pytest.approx([2 / 3, 1 / 3, 0])
    all_single = fer_distribution.aggregate(counted([[1, 1, 1, 1, 1, 1, 1, 1]]))
    assert not all_single.info["clear"][0]
    assert all_single.labels.p[0] == pytest.approx(np.full(8, 1 / 8))


def test_too_many_tied_classes_are_unclear():
    _, clear = leading_classes(np.array([[2.0, 2, 2, 2], [5, 4, 0, 0], [3, 1, 1, 1]]))
    assert clear.tolist() == [False, True, False]


def test_drawn_labels_follow_the_distribution():
    votes = counted([[6, 3, 1, 0]])
    result = fer_drawn.aggregate(votes, rng=np.random.default_rng(0), epochs=3000)
    assert result.info["drawn"].shape == (3000, 1)
    assert np.bincount(result.info["drawn"][:, 0], minlength=4) / 3000 == pytest.approx(
        [2 / 3, 1 / 3, 0, 0], abs=0.03
    )
