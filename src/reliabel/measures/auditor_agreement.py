"""Auditor agreement: how alike auditors rank the labels, and whether they point at the same ones.

The mean rank correlation of all pairs of auditors. Those that read the same evidence agree whether
they are right or wrong, so that agreement is no proof; a low one says that they see different
errors, or that some see nothing. Where most labels are right the correlation is mostly about the
order of right labels: the overlap of the worst ones says whether auditors find the same errors.
Cost: O(m n log n + m^2 n) for m auditors.
Paper: Spearman. The proof and measurement of association between two things. American Journal of
Psychology 15 (1904); its error: Bonett, Wright. Sample size requirements for estimating Pearson,
Kendall and Spearman correlations. Psychometrika 65 (2000).
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations, combinations_with_replacement
from typing import Any

import numpy as np
from scipy.stats import norm

from reliabel.core.labels import Bools, Floats, Labels
from reliabel.core.results import Measure
from reliabel.ops.ranks import relative

STATUS = "optional"
ALSO = ("rank_agreement", "spearman")


def measure(
    labels: Labels, *, scores: Mapping[str, Floats], worst: int = 100, level: float = 0.95
) -> Measure:
    """The mean of Spearman's correlation over the pairs of auditors, over the labels that both
    score; NaN where fewer than two auditors can be compared.

    scores: auditor -> (units,) score of each label; those of an audit are taken by ``rl.measure(
        audit, ...)``.
    worst: how many of its worst labels each auditor points at.
    level: of the interval: that of one pair with this mean, by Fisher's transform, which is wide
        for a mean of several.
    ``parts`` holds "names" (m,), "correlation" (m, m), and "overlap" (m, m), the share of the worst
    labels of the one (row) that are among the worst of the other; by chance it is
    ``info["by_chance"]``. Labels of equal score at the end of the worst count in parts.
    Raises ValueError for a number below 1 and a level that is not between 0 and 1.

    >>> from reliabel.core.labels import Classes
    >>> scores = {"model": [0.9, 0.1, 0.2, 0.3], "votes": [0.8, 0.2, 0.1, 0.4]}
    >>> arrays = {name: np.array(score) for name, score in scores.items()}
    >>> found = measure(Classes(np.zeros(4, int)), scores=arrays, worst=2)
    >>> round(found.value, 2), found.parts["overlap"].tolist()
    (0.8, [[1.0, 1.0], [1.0, 1.0]])
    """
    if worst < 1:
        raise ValueError(f"worst must be at least 1, got {worst!r:.40}")
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, got {level!r:.40}")
    names, table = tuple(scores), [np.ravel(score).astype(float) for score in scores.values()]
    m = len(names)
    correlation, overlap, both = np.full((m, m), np.nan), np.full((m, m), np.nan), []
    for i, j in combinations_with_replacement(range(m), 2):
        known = ~np.isnan(table[i]) & ~np.isnan(table[j])
        one, other = table[i][known], table[j][known]
        correlation[i, j] = correlation[j, i] = _spearman(one, other)
        overlap[i, j] = overlap[j, i] = _overlap(one, other, worst)
        both += [int(known.sum())] if i < j else []
    parts = {"names": names, "correlation": correlation, "overlap": overlap}
    pairs = np.array([correlation[i, j] for i, j in combinations(range(m), 2)])
    pairs, sizes = pairs[~np.isnan(pairs)], np.array(both)[~np.isnan(pairs)]
    if not len(pairs):
        why = "no number: fewer than two auditors score the same labels, with more than one value"
        return Measure(np.nan, np.nan, np.nan, parts, {"why": why})
    value, n = float(pairs.mean()), int(sizes.min())
    low, high = _interval(value, n, level)
    info: dict[str, Any] = {
        "labels": n,
        "worst": min(worst, n),
        "by_chance": min(worst, n) / n,
        "level": level,
    }
    if n <= 3:
        info["why"] = f"no interval: {n} labels are scored by both, and it takes four"
    return Measure(value, low, high, parts, info)


def _spearman(one: Floats, other: Floats) -> float:
    """The correlation of the ranks, ties at their mean rank; NaN where either has one value."""
    a, b = relative(one), relative(other)
    a, b = a - a.mean() if len(a) else a, b - b.mean() if len(b) else b
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size > 0 else float("nan")


def _overlap(one: Floats, other: Floats, worst: int) -> float:
    """The share of the worst labels of both that are the same."""
    many = min(worst, len(one))
    return float((_worst(one, many) * _worst(other, many)).sum() / many) if many else float("nan")


def _worst(score: Floats, many: int) -> Floats:
    """(n,) 1 for the ``many`` largest; those that are equal at the end share what is left."""
    cut = np.partition(score, len(score) - many)[len(score) - many]
    above: Bools = score > cut
    tied: Bools = score == cut
    return above + tied * ((many - int(above.sum())) / int(tied.sum()))


def _interval(value: float, n: int, level: float) -> tuple[float, float]:
    if n <= 3:
        return float("nan"), float("nan")
    middle = np.arctanh(np.clip(value, -1 + 1e-12, 1 - 1e-12))
    half = norm.ppf(0.5 + level / 2) * np.sqrt((1 + value**2 / 2) / (n - 3))
    return float(np.tanh(middle - half)), float(np.tanh(middle + half))
