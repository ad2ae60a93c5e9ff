"""Votes on numbers by hand: means, errors, skills, the Gaussian model against exact densities."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from reliabel.core.labels import Numbers, Votes
from reliabel.ops import numeric
from reliabel.ops.numeric import (
    Gaussian,
    fit_gaussian,
    gaussian_posterior,
    has_votes,
    in_original_units,
    inflation,
    mean_of,
    median_of,
    reliability,
    scaled_columns,
    squared_errors,
)

ITEM, WORKER = np.array([0, 0, 0, 2, 2, 0]), np.array([0, 1, 2, 0, 1, 2])
X = np.array([[1.0], [2.0], [6.0], [4.0], [8.0], [3.0]])


def votes_of(y):
    return Votes(ITEM, WORKER, Numbers(np.asarray(y)), 4, 3)


VOTES = votes_of(X[:, 0])


def model(d=1, tau2=2.0):
    return Gaussian(
        np.full(d, 0.5),
        np.full(d, tau2),
        np.array([[0.2], [-0.3], [0.1]]) * np.arange(1, d + 1),
        np.array([1.0, 0.8, 1.3]),
        np.array([0.5, 1.0, 2.0]),
        0.7,
    )


def test_means_and_medians_of_items():
    assert mean_of(VOTES, X)[[0, 2], 0].tolist() == [3, 6]
    assert np.isnan(mean_of(VOTES, X)[[1, 3]]).all()
    weight = np.array([1.0, 1, 0, 1, 3, 2])
    assert mean_of(VOTES, X, weight)[[0, 2], 0].tolist() == [9 / 4, 7]
    assert median_of(VOTES, X)[[0, 2], 0].tolist() == [2.5, 6]
    assert np.isnan(median_of(VOTES, X)[[1, 3]]).all()
    both = median_of(VOTES, np.hstack([X, -X]))
    assert both[0].tolist() == [2.5, -2.5]
    assert has_votes(VOTES).tolist() == [True, False, True, False]


def test_columns_are_scaled_and_scaled_back():
    x, spread = scaled_columns(votes_of([[1.0, 5], [2, 5], [6, 5], [4, 5], [8, 5], [3, 5]]))
    assert spread == pytest.approx([X.std(), 1])
    assert x[:, 0] == pytest.approx(X[:, 0] / X.std())
    assert in_original_units(x, spread, votes_of(np.zeros((6, 2)))).y[:, 0] == pytest.approx(
        X[:, 0]
    )
    assert in_original_units(x, spread, VOTES).y == pytest.approx(X[:, 0])


def test_errors_and_skills_of_workers():
    """Worker 0 is 2 and 2 off the means of 3 and 6; own votes of four and of two move these."""
    z = np.array([[3.0], [np.nan], [6.0], [np.nan]])
    assert squared_errors(VOTES, X, z) == pytest.approx([8, 5, 9])
    noise = np.array([(4 * 4 / 3 + 4 * 2) / 2, (1 * 4 / 3 + 4 * 2) / 2, (9 * 4 / 3 + 0) / 2])
    truth = np.var([3.0, 6.0])
    assert reliability(VOTES, X, z) == pytest.approx(truth / (truth + noise))
    idle = Votes(ITEM, WORKER, VOTES.labels, 4, 4)
    assert np.isnan(reliability(idle, X, z)[3])
    assert squared_errors(idle, X, z)[3] == pytest.approx(1e-12)


def exact(votes, x, fit):
    """The log density of the votes, the truth integrated out, and the priors of the parameters."""
    value = 0.0
    for i in np.unique(votes.item):
        mine = votes.item == i
        who = votes.worker[mine]
        for c in range(x.shape[1]):
            mean = fit.scale[who] * fit.mu[c] + fit.bias[who, c]
            spread = (
                np.diag(fit.variance[who]) + np.outer(fit.scale[who], fit.scale[who]) * fit.tau2[c]
            )
            value += multivariate_normal.logpdf(x[mine, c], mean, spread)
    d = x.shape[1]
    value -= numeric.WEIGHT * d * (np.log(fit.variance) + fit.pooled / fit.variance).sum()
    value -= (numeric.BIAS * (fit.bias**2).sum(1) / fit.variance).sum() / 2
    return value - ((fit.scale - 1) ** 2 / numeric.SLOPE).sum() / 2


@pytest.mark.parametrize("d", [1, 2])
def test_the_log_posterior_is_exact_but_for_a_constant(d):
    x = np.hstack([X, X[::-1] / 2])[:, :d]
    votes = votes_of(x)
    fits = [
        model(d),
        replace(model(d), mu=np.full(d, 2.0)),
        replace(model(d), tau2=np.full(d, 5.0)),
        replace(model(d), bias=model(d).bias * 3),
        replace(model(d), scale=np.array([0.9, 1.1, 1.0])),
        replace(model(d), variance=np.array([1.5, 0.3, 0.9])),
    ]
    apart = [gaussian_posterior(votes, x, fit)[2] - exact(votes, x, fit) for fit in fits]
    assert apart == pytest.approx([apart[0]] * len(fits))


def test_the_posterior_of_an_item_by_hand():
    fit = model()
    z, spread, _ = gaussian_posterior(VOTES, X, fit)
    mine = ITEM == 2
    weight = fit.scale[WORKER[mine]] / fit.variance[WORKER[mine]]
    precision = (weight * fit.scale[WORKER[mine]]).sum() + 1 / 2
    mean = (weight * (X[mine, 0] - fit.bias[WORKER[mine], 0])).sum() + 0.5 / 2
    assert z[2, 0] == pytest.approx(mean / precision)
    assert spread[2, 0] == pytest.approx(1 / precision)
    assert z[[1, 3], 0] == pytest.approx([0.5, 0.5])  # without votes, the prior
    flat = replace(fit, tau2=np.array([np.inf]))
    assert np.isnan(gaussian_posterior(VOTES, X, flat)[0][[1, 3]]).all()


def crowd(seed=0, n=60, w=6):
    rng = np.random.default_rng(seed)
    z = rng.normal(0, 2, n)
    item, worker = (
        np.repeat(np.arange(n), 4),
        np.concatenate([rng.permutation(w)[:4] for _ in range(n)]),
    )
    bias, scale, noise = rng.normal(0, 0.5, w), rng.normal(1, 0.1, w), rng.uniform(0.2, 1.0, w)
    x = scale[worker] * z[item] + bias[worker] + noise[worker] * rng.normal(size=4 * n)
    return Votes(item, worker, Numbers(x), n, w), x[:, None], z, bias, noise


@pytest.mark.parametrize(
    ("bias", "scale"), [(False, False), (True, False), (False, True), (True, True)]
)
def test_every_round_climbs_to_a_top(bias, scale):
    votes, x, *_ = crowd()
    _, _, fit, trace = fit_gaussian(votes, x, bias=bias, scale=scale, iterations=400, tol=1e-10)
    assert (np.diff(trace) > -1e-8).all()
    assert np.isfinite(fit.tau2).all() == scale
    assert (fit.bias != 0).any() == bias
    assert (fit.scale != 1).any() == scale
    top = gaussian_posterior(votes, x, fit)[2]
    changes = {"variance": fit.variance * np.r_[1.02, np.ones(5)]}
    if bias:
        changes["bias"] = fit.bias + 0.02 * np.r_[1, np.zeros(5)][:, None]
    if scale:
        changes["scale"] = fit.scale + 0.005 * np.r_[1, np.zeros(5)]
        changes["tau2"] = fit.tau2 * 1.05
    for name, value in changes.items():
        assert gaussian_posterior(votes, x, replace(fit, **{name: value}))[2] < top


def test_biases_without_scales_are_centred_by_what_their_votes_are_worth():
    votes, x, _, bias, _ = crowd(n=300)
    _, _, fit, _ = fit_gaussian(votes, x, bias=True, scale=False, iterations=300, tol=1e-9)
    assert (fit.bias[:, 0] / fit.variance).sum() == pytest.approx(0, abs=1e-9)
    _, _, both, _ = fit_gaussian(votes, x, bias=True, scale=True, iterations=300, tol=1e-9)
    assert abs((both.bias[:, 0] / both.variance).sum()) > 0.01
    assert np.corrcoef(fit.bias[:, 0], bias)[0, 1] > 0.95


def test_planted_errors_come_back():
    votes, x, z, _, noise = crowd(n=400)
    found, spread, fit, _ = fit_gaussian(votes, x, bias=True, scale=True, iterations=300, tol=1e-9)
    assert np.corrcoef(found[:, 0], z)[0, 1] > 0.97
    assert np.corrcoef(np.sqrt(fit.variance), noise)[0, 1] > 0.95
    inside = np.abs(found[:, 0] - z) < 2.5 * np.sqrt(spread[:, 0])
    assert inside.mean() > 0.9


def test_inflation_is_one_where_the_model_is_right_and_the_squared_factor_where_it_is_not():
    votes, x, *_ = crowd(n=2000)
    z, _, fit, _ = fit_gaussian(votes, x, bias=True, scale=True, iterations=200, tol=1e-8)
    assert inflation(votes, x, z, fit) == pytest.approx(1, abs=0.06)
    bold = replace(fit, variance=fit.variance / 9, tau2=fit.tau2 / 9)
    assert inflation(votes, x, z, bold) == pytest.approx(9, rel=0.06)


def test_inflation_by_hand():
    """Two votes of one worker each on an item, without a prior: each predicts the other."""
    votes = Votes(
        np.array([0, 0, 1]), np.array([0, 1, 0]), Numbers(np.array([1.0, 4.0, 9.0])), 2, 2
    )
    x = np.array([[1.0], [4.0], [9.0]])
    fit = Gaussian(
        np.zeros(1), np.array([np.inf]), np.zeros((2, 1)), np.ones(2), np.array([1.0, 2.0]), 1.0
    )
    z = gaussian_posterior(votes, x, fit)[0]
    assert z[0, 0] == pytest.approx((1 + 4 / 2) / 1.5)
    assert inflation(votes, x, z, fit) == pytest.approx(9 / 3)
    lone = votes.take(np.array([0, 2]))
    assert inflation(lone, x[[0, 2]], gaussian_posterior(lone, x[[0, 2]], fit)[0], fit) == 1
