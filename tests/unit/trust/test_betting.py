"""Bets on a sum: the capital is fair, only the past sets a stake, the ends are what is possible."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from reliabel.trust.betting import Bets, estimates, interval_of, refuted_at, weights


def bets(y, fit, *, n=None, least=0.0, most=1.0) -> Bets:
    """Draws from items (n,) in this order."""
    y, fit = np.asarray(y, float), np.asarray(fit, float)
    n = len(y) if n is None else n
    known, left = np.cumsum(y) - y, fit.sum() - (np.cumsum(fit) - fit)
    unseen = n - np.arange(len(y))
    return Bets(y, fit, known, left, unseen, least, most, (fit.min(), fit.max()), fit.var())


def first(made: Bets, draws: int) -> Bets:
    cut = {name: getattr(made, name)[:draws] for name in ("y", "fit", "known", "left", "unseen")}
    return replace(made, **cut)


def test_every_estimate_is_unbiased_given_the_draws_before():
    """Over all orders of six items, the mean of each draw's estimate is the sum."""
    y, fit = [1, 0, 1, 1, 0, 0], [0.9, 0.2, 0.6, 0.8, 0.1, 0.4]
    found = []
    for order in permutations(range(6)):
        made = bets(np.array(y)[list(order)], np.array(fit)[list(order)])
        found.append(estimates(made, weights(made.y, made.fit, made.spread)[:-1]))
    assert np.mean(found, axis=0) == pytest.approx(np.full(6, 3.0))


def test_weights_look_at_the_past_alone_and_begin_with_trust():
    rng = np.random.default_rng(0)
    y, fit = rng.random(30), rng.random(30)
    whole = weights(y, fit, 0.1)
    assert whole[0] == 1.0
    for j in (6, 20):
        again = weights(np.r_[y[:j], rng.random(30 - j)], np.r_[fit[:j], rng.random(30 - j)], 0.1)
        assert again[: j + 1] == pytest.approx(whole[: j + 1])
    alike = weights(np.ones(5), fit[:5], 0.1)  # five right ones do not say that guesses are useless
    assert alike[-1] > 0.5
    long = weights(fit * 0.3, fit, 0.0)
    assert long[-1] == pytest.approx(0.3)


def test_the_true_sum_is_rarely_refuted_and_others_are():
    rng = np.random.default_rng(1)
    lost = told = 0
    for _ in range(150):
        y = (rng.random(300) < 0.3).astype(float)
        fit = np.clip(0.3 + 0.5 * (y - 0.3) + 0.2 * rng.normal(size=300), 0, 1)
        made = first(bets(y, fit), 200)
        lost += refuted_at(made, y.sum(), 0.05) is not None
        told += refuted_at(made, y.sum() + 40, 0.05) is not None
    assert lost <= 14
    assert told >= 140


def test_ends_hold_what_is_possible_and_meet_when_all_is_seen():
    y = np.array([1.0, 0, 1, 1] * 10)
    made = bets(y, np.full(40, 0.5))
    low, high = interval_of(made, 30.0, 30.0, 0.05)
    assert low == high == 30.0
    low, high = interval_of(first(made, 20), 15.0, 35.0, 0.05)
    assert 15 <= low <= 30 <= high <= 35
    assert interval_of(first(made, 0), 0.0, 40.0, 0.05) == (0.0, 40.0)


def test_a_longer_review_refutes_no_less():
    rng = np.random.default_rng(2)
    y = (rng.random(400) < 0.5).astype(float)
    made = bets(y, np.full(400, 0.5))
    ends = [interval_of(first(made, draws), 0.0, 400.0, 0.05) for draws in (50, 100, 200)]
    assert ends[0][0] <= ends[1][0] <= ends[2][0]
    assert ends[0][1] >= ends[1][1] >= ends[2][1]
