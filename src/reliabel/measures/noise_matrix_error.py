"""Expected error of a noise transition matrix that is counted on verified labels, and how many
verified labels a wanted error takes.

Assumes that the verified items are a uniform random sample (not the most suspect first).  The error
is the sum over all cells of the squared difference from the true matrix; a class without verified
items counts as a uniform row.
Cost: O(n + k^2 + k m) for a sample size m.
Paper: Hedderich, Zhu, Klakow. Analysing the noise model error for realistic noisy label data. AAAI
2021.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import binom

from reliabel.core.labels import Classes, Floats, Ints
from reliabel.core.results import Measure
from reliabel.ops.noise import noise_matrix_of

MOST = 10_000_000  # the largest sample size considered


def measure(labels: Classes, *, gold: Ints, wanted: float = 0.05) -> Measure:
    """The expected squared error of the matrix counted on the items whose true label is known.

    gold: (n,) the true label, -1 where unknown.
    wanted: the expected squared error for which ``parts["needed"]`` says how many items must be
        verified in all (-1: more than ten million).
    ``parts`` holds "noise_matrix" (k, k) [true, given], "error" (k,) of each row, "count" (k,), the
    verified items of each true class, and "needed".
    Raises ValueError unless ``wanted`` is above 0.

    >>> given, gold = [0, 0, 0, 1] * 25, [0, 0, 0, 1] * 20 + [1, 0, 0, 1] * 5
    >>> found = measure(Classes(np.array(given)), gold=np.array(gold), wanted=0.001)
    >>> round(found.value, 4), found.parts["needed"]
    (0.0096, 961)
    """
    if not wanted > 0:
        raise ValueError(f"wanted must be a squared error above 0, got {wanted!r}")
    k = labels.k
    both = (labels.y >= 0) & (gold >= 0)
    counts = np.zeros((k, k))
    np.add.at(counts, (gold[both], labels.y[both]), 1)
    size, n = counts.sum(1), int(both.sum())
    if n < 2:
        parts = {"noise_matrix": np.full((k, k), np.nan), "count": size}
        why = f"only {n} labelled items have a known true label; at least two are needed"
        return Measure(np.nan, np.nan, np.nan, parts, {"why": why})
    matrix = noise_matrix_of(counts)
    # unbiased variance of one draw; a class with one item gets the largest possible
    variance = (matrix * (1 - matrix)).sum(1) * size / np.maximum(size - 1, 1)
    variance = np.where(size > 1, variance, 1 - 1 / k)
    guess = ((matrix - 1 / k) ** 2).sum(1)
    share = np.maximum(size, 0.5) / np.maximum(size, 0.5).sum()
    error = np.where(size > 0, variance / np.maximum(size, 1), 1 - 1 / k)
    parts = {
        "noise_matrix": matrix,
        "error": error,
        "count": size,
        "needed": _needed(wanted, variance, guess, share),
    }
    why = (
        "no interval: an expected error, computed with the counted matrix in place of the true one"
    )
    info = {"wanted": wanted, "verified": n, "interval": why}
    return Measure(float(error.sum()), np.nan, np.nan, parts, info)


def _needed(wanted: float, variance: Floats, guess: Floats, share: Floats) -> int:
    """The smallest sample size whose expected error is at most ``wanted``, to one in a thousand; -1
    if there is none up to the limit.
    """
    low, high = 1, 2
    while _expected(high, variance, guess, share) > wanted:
        low, high = high, 2 * high
        if high > MOST:
            return -1
    while high - low > max(1, low // 1000):
        middle = (low + high) // 2
        enough = _expected(middle, variance, guess, share) <= wanted
        low, high = (low, middle) if enough else (middle, high)
    return high


def _expected(m: int, variance: Floats, guess: Floats, share: Floats) -> float:
    """Expected squared error for a uniform random sample of m items: the number of items of class t
    is binomial, and without any the row is uniform.
    """
    none = (1 - share) ** m
    return float(variance @ _inverse(m, share) + guess @ none)


def _inverse(m: int, share: Floats) -> Floats:
    """(k,) E[1 / n_t; n_t > 0]: an exact sum for small samples, an expansion for large ones."""
    if m <= 2000:
        size = np.arange(1, m + 1)
        return np.asarray((binom.pmf(size, m, share[:, None]) / size).sum(1))
    mean = m * share
    return np.where(
        mean > 50,
        (1 + (1 - share) / np.maximum(mean, 1)) / np.maximum(mean, 1e-9),
        np.array([_small(m, s) for s in share]),
    )


def _small(m: int, share: float) -> float:
    size = np.arange(1, min(m, 400) + 1)
    return float((binom.pmf(size, m, share) / size).sum()) if m * share <= 50 else 0.0
