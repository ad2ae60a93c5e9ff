"""The fraction cut: the fitted logistic, indices with zeros and ones, pairs, degenerate scores."""

import numpy as np
import pytest
from scipy.special import expit, logit

from reliabel.ops.fraction_cut import fraction_cut


def logistic(n: int, seed: int = 0) -> np.ndarray:
    """Scores whose logits are exactly logistic around -2, with scale .5, in random order."""
    level = (np.arange(n) + 0.5) / n
    return np.random.default_rng(seed).permutation(expit(-2 + 0.5 * logit(level)))


def test_the_bound_leaves_the_stated_share_of_the_fitted_logistic() -> None:
    bound, flag = fraction_cut(logistic(20_000))
    assert logit(bound) == pytest.approx(-2 - 0.5 * logit(0.05 * 0.01), abs=0.02)
    assert 0 < flag.sum() <= 20  # 0.05 * 0.01 of 20,000 are 10


def test_planted_scores_are_flagged_and_only_those() -> None:
    score = logistic(1000)
    score[[3, 500, 999]] = 0.995
    assert np.flatnonzero(fraction_cut(score)[1]).tolist() == [3, 500, 999]


def test_zeros_and_ones_do_not_shift_the_flags() -> None:
    """The reference returns places in the scores between 0 and 1, not in the scores as given."""
    score = logistic(1000)
    score[[3, 500, 999]] = 0.995
    score[[0, 1, 2, 700]] = 0.0
    score[[10, 11]] = 1.0
    score[[20, 21]] = np.nan
    bound, flag = fraction_cut(score)
    assert np.flatnonzero(flag).tolist() == [3, 10, 11, 500, 999]
    inner = score[(score > 0) & (score < 1)]
    assert fraction_cut(inner)[0] == bound  # zeros, ones and NaN take no part in the fit


def test_pairs_are_cut_as_if_all_were_there() -> None:
    n = 600
    every = logistic(n * (n - 1) // 2)
    every[:4] = 0.99999
    whole, flag = fraction_cut(every, of=len(every), items=n)
    assert np.flatnonzero(flag).tolist() == [0, 1, 2, 3]
    few = np.sort(every)[::-1][:2000]  # more than lie above the outer quantile, .7 % of the pairs
    part, flag = fraction_cut(few, of=len(every), items=n)
    assert part == pytest.approx(whole, rel=1e-9)
    assert np.flatnonzero(flag).tolist() == [0, 1, 2, 3]
    fewer = few[:50]
    with pytest.raises(ValueError, match="give a random sample of all scores as well"):
        fraction_cut(fewer, of=len(every), items=n)
    drawn, _ = fraction_cut(fewer, of=len(every), items=n, sample=every)
    assert logit(drawn) == pytest.approx(logit(whole), abs=0.02)


@pytest.mark.parametrize(
    "score", [np.full(50, 0.3), np.zeros(50), np.array([0.1, 0.9]), np.empty(0)]
)
def test_without_spread_or_with_few_scores_nothing_is_flagged(score: np.ndarray) -> None:
    bound, flag = fraction_cut(score)
    assert bound == 1.0
    assert not flag.any()


def test_shares_are_checked() -> None:
    with pytest.raises(ValueError, match="contamination must be a share between 0 and 1, got 0"):
        fraction_cut(np.array([0.5]), contamination=0)
    with pytest.raises(ValueError, match="significance must be"):
        fraction_cut(np.array([0.5]), significance=1.0)
