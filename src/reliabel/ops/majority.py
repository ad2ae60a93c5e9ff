"""When a majority vote is as good as the best rule, and how much it loses where it is not.

Binary formulas for equally good workers (``compare_alike``) and for workers with one accuracy each
(``compare_unequal``), and k classes with one accuracy (``majority_is_best``).
Source: Purificato et al. The majority vote paradigm shift, 2025; the formulas were derived anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.stats import binom

from reliabel.core.labels import Floats


@dataclass(frozen=True)
class Comparison:
    """Expected accuracy of a majority vote (ties share the credit) and of the best rule, and
    whether both always decide alike.
    """

    majority: float
    best: float
    optimal: bool
    threshold: float = float("nan")  # votes for class 1 above which the best rule decides for 1


def compare_alike(says_one: float, says_zero: float, balance: float, votes: int) -> Comparison:
    """Compare both rules for ``votes`` workers who vote 1 for a true 1 with chance ``says_one`` and
    0 for a true 0 with chance ``says_zero``; ``balance`` is the share of ones.

    >>> c = compare_alike(0.7, 0.7, 0.8, 3)
    >>> round(c.majority, 4), round(c.best, 4), round(c.threshold, 3), c.optimal
    (0.784, 0.847, 0.682, False)
    """
    ones = np.arange(votes + 1)
    one, zero = (
        balance * binom.pmf(ones, votes, says_one),
        (1 - balance) * binom.pmf(ones, votes, 1 - says_zero),
    )
    votes_for_one = np.where(2 * ones > votes, 1.0, np.where(2 * ones == votes, 0.5, 0.0))
    majority = float((votes_for_one * one + (1 - votes_for_one) * zero).sum())
    slope = np.log(says_one * says_zero / ((1 - says_one) * (1 - says_zero)))
    threshold = float(
        (np.log((1 - balance) / balance) + votes * np.log(says_zero / (1 - says_one))) / slope
    )
    best = float(np.maximum(one, zero).sum())
    low, high = ((votes - 1) / 2, (votes + 1) / 2) if votes % 2 else (votes / 2 - 1, votes / 2 + 1)
    return Comparison(majority, best, low - 1e-9 <= threshold <= high + 1e-9, threshold)


def compare_unequal(right: Floats, balance: float) -> Comparison:
    """Compare both rules for workers with accuracies ``right`` that are the same for both classes,
    by enumerating all patterns of votes; ``balance`` is the share of ones.

    Raises ValueError for more than 20 workers.

    >>> c = compare_unequal(np.array([0.95, 0.6, 0.6]), 0.5)
    >>> round(c.majority, 4), round(c.best, 4), c.optimal
    (0.816, 0.95, False)
    """
    if len(right) > 20:
        raise ValueError(
            f"{len(right)} workers have too many patterns of votes to enumerate; give at most 20"
        )
    pattern = np.array(list(product((0, 1), repeat=len(right))))
    one = balance * np.where(pattern == 1, right, 1 - right).prod(1)
    zero = (1 - balance) * np.where(pattern == 0, right, 1 - right).prod(1)
    share = np.sign(2 * pattern.sum(1) - len(right)) / 2 + 0.5
    weight = np.sort(np.log(right / (1 - right)))
    half = (len(right) + 1) // 2
    optimal = bool(
        weight[:half].sum() >= weight[half:].sum() + abs(np.log(balance / (1 - balance))) - 1e-12
    )
    return Comparison(
        float((share * one + (1 - share) * zero).sum()), float(np.maximum(one, zero).sum()), optimal
    )


def majority_is_best(right: float, balance: Floats) -> bool:
    """Whether a majority with a unique winner is the best decision for k classes with shares
    ``balance`` (k,) and workers who all have the accuracy ``right``.
    """
    some = balance[balance > 0]
    k = len(balance)
    if k < 2 or len(some) < 2:
        return True
    return bool(np.log(some.max() / some.min()) <= np.log(right * (k - 1) / (1 - right)))
