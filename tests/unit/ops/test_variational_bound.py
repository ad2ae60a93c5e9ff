"""Variational Bayes by hand: the bound lies below the exact evidence, the posterior follows from
the counts.
"""

from itertools import product

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import betaln, gammaln, psi

from reliabel.core.labels import Classes, Votes
from reliabel.ops.variational import (
    climb_bound,
    counts_per_worker,
    crowd_prior,
    divergence_from_prior,
    expected_log_parameters,
    posterior_summary,
)
from reliabel.ops.votes import tally, vote_shares, votes_matrix

VOTES = Votes(
    np.array([0, 0, 1, 1, 2, 2, 3]),
    np.array([0, 1, 0, 1, 0, 1, 0]),
    Classes(np.array([0, 0, 1, 1, 0, 1, 0]), ("a", "b")),
    n=4,
    w=2,
)
PRIOR = np.array([[3.0, 1.0], [1.0, 3.0]])


def drawn_from(counts, prior):
    """Log chance of counted draws from a Dirichlet's multinomial, in one order."""
    counts, prior = np.asarray(counts), np.asarray(prior)
    return (
        gammaln(prior.sum())
        - gammaln(prior.sum() + counts.sum())
        + (gammaln(prior + counts) - gammaln(prior)).sum()
    )


def exact_evidence():
    """The votes under all sixteen truths."""
    logs = []
    for truth in product((0, 1), repeat=4):
        truth = np.array(truth)
        log = drawn_from(np.bincount(truth, minlength=2), np.ones(2))
        for worker, a in product((0, 1), repeat=2):
            mine = (VOTES.worker == worker) & (truth[VOTES.item] == a)
            log += drawn_from(np.bincount(VOTES.labels.y[mine], minlength=2), PRIOR[a])
        logs.append(log)
    return np.logaddexp.reduce(logs)


def climbed(iterations=200, tol=1e-12):
    blocks = votes_matrix(VOTES)
    start = tally(blocks[0], vote_shares(blocks[0]))
    return blocks, *climb_bound(VOTES, blocks, start, PRIOR, iterations=iterations, tol=tol)


def test_the_bound_rises_and_stays_below_the_exact_evidence():
    _, _, trace = climbed()
    exact = exact_evidence()
    assert (np.diff(trace) > -1e-12).all()
    assert exact - 0.75 < trace[-1] < exact
    assert len(climbed(iterations=3)[2]) == 3
    assert len(climbed(tol=1.0)[2]) == 2


def test_the_posterior_of_the_top_is_that_of_its_own_counts():
    blocks, counts, _ = climbed()
    posterior, confusion, balance, right = posterior_summary(VOTES, blocks, counts, PRIOR)
    again = tally(blocks[0], posterior)
    assert again[0] == pytest.approx(counts[0], abs=1e-4)
    row = PRIOR + counts_per_worker(counts[0], 2)
    assert confusion == pytest.approx(row / row.sum(2, keepdims=True))
    assert balance == pytest.approx((counts[1] + 1) / (counts[1].sum() + 2))
    assert right == pytest.approx((balance * np.einsum("waa->wa", confusion)).sum(1))
    log = psi(row) - psi(row.sum(2, keepdims=True))
    score = np.tile(psi(1 + counts[1]) - psi((1 + counts[1]).sum()), (4, 1))
    np.add.at(score, VOTES.item, log[VOTES.worker, :, VOTES.labels.y])
    expected = np.exp(score) / np.exp(score).sum(1, keepdims=True)
    assert posterior == pytest.approx(expected)
    table, flat = expected_log_parameters(counts, PRIOR, np.ones(2))
    assert table.reshape(2, 2, 2).swapaxes(1, 2) == pytest.approx(log)
    assert flat == pytest.approx(psi(1 + counts[1]) - psi((1 + counts[1]).sum()))


def test_gold_is_held():
    blocks = votes_matrix(VOTES, np.array([1, -1, -1, -1]))
    start = tally(blocks[0], vote_shares(blocks[0]))
    counts, _ = climb_bound(VOTES, blocks, start, PRIOR, iterations=50, tol=1e-9)
    assert posterior_summary(VOTES, blocks, counts, PRIOR)[0][0].tolist() == [0, 1]


def test_without_votes_beliefs_are_the_prior():
    nothing = (np.zeros((4, 2)), np.zeros(2))
    assert divergence_from_prior(nothing, PRIOR, np.ones(2)) == pytest.approx(0)
    one = (np.array([[1.0, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]), np.zeros(2))
    mean = psi(np.array([4.0, 1.0])) - psi(
        5.0
    )  # of the row Dirichlet(4, 1) against Dirichlet(3, 1)
    expected = betaln(3, 1) - betaln(4, 1) + mean[0]
    assert divergence_from_prior(one, PRIOR, np.ones(2)) == pytest.approx(expected)


@pytest.mark.parametrize("apart", [0.08, 0.12, 0.25])
def test_faith_is_the_likeliest_strength_of_a_beta_prior(apart):
    rng = np.random.default_rng(0)
    skill = np.clip(0.7 + apart * rng.normal(size=40), 0.05, 0.95)
    right = rng.binomial(30, skill).astype(float)
    count = np.zeros((40, 2, 2))
    count[:, 0, 0], count[:, 0, 1] = right, 30 - right
    common = (right.sum() + 7) / (40 * 30 + 10)

    def loss(log_faith):
        a, b = np.exp(log_faith) * common, np.exp(log_faith) * (1 - common)
        return -(betaln(right + a, 30 - right + b) - betaln(a, b)).sum()

    best = np.exp(minimize_scalar(loss, bounds=(np.log(0.5), np.log(300)), method="bounded").x)
    faith = 4.0
    for _ in range(3000):
        faith = crowd_prior(count, faith, learn=True)[1]
    assert faith == pytest.approx(best, rel=0.01)


def test_a_worker_without_votes_is_like_the_crowd():
    count = np.zeros((2, 2, 2))
    count[0] = [[6.0, 2.0], [1.0, 7.0]]
    base, _ = crowd_prior(count, 4.0, learn=False)
    common = (13 + 7) / (16 + 10)
    assert base[1] == pytest.approx(np.array([[common, 1 - common], [1 - common, common]]))
    assert crowd_prior(count * 0, 4.0, learn=True)[1] == 4.0


def test_of_one_class_everybody_is_right_whatever_is_drawn():
    base, faith = crowd_prior(np.array([[[5.0]], [[0.0]]]), 4.0, learn=False)
    common = (5 + 7) / (5 + 10)
    assert base.ravel() == pytest.approx([(5 + 4 * common) / 9, common])
    assert faith == 4
