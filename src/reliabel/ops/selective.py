"""How well a model knows what it does not know: risk-coverage curves, and logits divided by their
norm as a score of how sure it is.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Bools, Floats, Ints

NORMS = tuple(range(1, 11))
LEAST = 1e-30  # of a probability inside a logarithm
PLACES = 6  # decimals of a score: without them rounding would rank items that are alike
DRAWS = 400  # of a bootstrap whose quantiles are taken
FEW = 60  # draws that still show a standard error, for many items
WORK = 2**23  # numbers that the draws look at, from which on there are fewer of them


def risk_coverage(score: Floats, wrong: Bools) -> tuple[Floats, Floats]:
    """(n,) shares of items, the surest first, and (n,) shares of errors among them; items of equal
    score come in random order, of which this is the mean.

    >>> coverage, risk = risk_coverage(np.array([0.9, 0.2, 0.2]), np.array([False, True, False]))
    >>> coverage.round(2).tolist(), risk.round(2).tolist()
    ([0.33, 0.67, 1.0], [0.0, 0.25, 0.33])
    """
    error, _ = _in_order(score, wrong)
    size = np.arange(1, len(error) + 1)
    return size / len(error), error.cumsum() / size


def area_under_curve(score: Floats, wrong: Bools) -> float:
    """The mean of the risk-coverage curve (AURC); NaN without items."""
    return float(risk_coverage(score, wrong)[1].mean()) if len(score) else float("nan")


def coverage_at(score: Floats, wrong: Bools, risk: float) -> float:
    """The largest share of items, the surest first, with at most this share of errors; items of
    equal score only all together.

    >>> coverage_at(np.array([0.9, 0.8, 0.2, 0.2]), np.array([False, False, True, False]), 0.2)
    0.5
    """
    _, group = _in_order(score, wrong)
    coverage, risks = risk_coverage(score, wrong)
    ends = np.append(np.diff(group) != 0, True)[-len(group) :]
    return float(np.where(ends & (risks <= risk + 1e-12), coverage, 0.0).max(initial=0.0))


def logit_norm(logits: Floats, norm: float) -> Floats:
    """(n,) the largest logit, less the mean of all, divided by the p-norm of all less their mean; 0
    where all are equal.  Logarithms of probabilities are logits too, with the same answer.

    >>> logit_norm(np.array([[3.0, 0.0, 0.0], [1.0, 1.0, 1.0]]), 2).round(3).tolist()
    [0.816, 0.0]
    """
    z = np.asarray(logits, dtype=np.float64)
    z = z - z.mean(1, keepdims=True)
    top = np.abs(z).max(1, keepdims=True)
    z = z / np.where(top > 0, top, 1)  # so that high powers stay numbers
    size = (np.abs(z) ** norm).sum(1) ** (1 / norm)
    return np.asarray((z.max(1) / np.where(size > 0, size, 1)).round(PLACES))


def chosen_norm(logits: Floats, wrong: Bools) -> tuple[int, Floats]:
    """Which p of 1 to 10 gives the least area under the curve, and (n,) the scores by it."""
    scores = {norm: logit_norm(logits, norm) for norm in NORMS}
    best = min(NORMS, key=lambda norm: area_under_curve(scores[norm], wrong))
    return best, scores[best]


def logits_of(probs: Floats) -> Floats:
    """Logarithms of probabilities, which are logits up to a constant a row."""
    return np.asarray(np.log(np.maximum(np.asarray(probs, dtype=np.float64), LEAST)))


def area_interval(score: Floats, wrong: Bools, rng: Generator, level: float) -> tuple[float, float]:
    """Ends of a bootstrap interval of the area over items: quantiles, or for many items a standard
    error of fewer draws.  Without any error the upper end is the largest share of errors that
    leaves none in so many items with a chance of 1 - level.
    """
    n = len(score)
    if not wrong.any():
        return 0.0, float(1 - (1 - level) ** (1 / n))
    order = np.argsort(-score, kind="stable")
    error, group = wrong[order].astype(float), _in_order(score, wrong)[1]
    draws = int(np.clip(WORK // n, FEW, DRAWS))
    drawn = np.array([_area_again(error, group, rng) for _ in range(draws)])
    if draws == DRAWS:
        low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
        return float(low), float(high)
    from scipy.stats import norm

    half = float(norm.ppf((1 + level) / 2)) * drawn.std(ddof=1)
    middle = area_under_curve(score, wrong)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def _area_again(error: Floats, group: Ints, rng: Generator) -> float:
    """The area of a draw with replacement from items in order of their scores."""
    n = len(error)
    drawn = np.repeat(np.arange(n), np.bincount(rng.integers(n, size=n), minlength=n))
    again = _mean_of_ties(error[drawn], group[drawn])
    return float((again.cumsum() / np.arange(1, n + 1)).mean())


def _in_order(score: Floats, wrong: Bools) -> tuple[Floats, Ints]:
    """(n,) errors with the surest item first, each the mean of its ties, and (n,) which tie."""
    order = np.argsort(-score, kind="stable")
    sorted_score = np.asarray(score)[order]
    group = np.append(0, np.cumsum(np.diff(sorted_score) != 0))[: len(order)]
    return _mean_of_ties(np.asarray(wrong)[order].astype(float), group), group


def _mean_of_ties(error: Floats, group: Ints) -> Floats:
    many = np.bincount(group)
    return np.asarray((np.bincount(group, error) / np.maximum(many, 1))[group])
