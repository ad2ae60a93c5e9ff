"""How strongly two categories depend on each other, by their table of counts."""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Floats, Ints


def chi_square(count: Floats | Ints) -> float:
    """Pearson's chi-square of a table; rows and columns without items count for nothing.

    >>> round(chi_square(np.array([[10, 20], [20, 10]])), 3)
    6.667
    """
    table = np.asarray(count, dtype=float)
    total = table.sum()
    if total <= 0:
        return 0.0
    expected = table.sum(1, keepdims=True) * table.sum(0) / total
    return float((np.square(table - expected) / np.where(expected > 0, expected, 1)).sum())


def cramers_v(a: Ints, b: Ints) -> float:
    """Cramer's V of two codings (n,), -1 = unknown, without its upward bias in small samples: 0 for
    independent ones, 1 where one follows from the other.

    >>> a = np.array([0, 0, 1, 1] * 10)
    >>> round(cramers_v(a, a), 2), cramers_v(a, np.array([0, 1] * 20))
    (1.0, 0.0)
    """
    known = (a >= 0) & (b >= 0)
    a, b = np.unique(a[known], return_inverse=True)[1], np.unique(b[known], return_inverse=True)[1]
    n, r, k = len(a), int(a.max(initial=-1)) + 1, int(b.max(initial=-1)) + 1
    if n < 2 or min(r, k) < 2:
        return 0.0
    phi = chi_square(np.bincount(a * k + b, minlength=r * k).reshape(r, k)) / n
    phi = max(0.0, phi - (r - 1) * (k - 1) / (n - 1))
    rows, columns = r - (r - 1) ** 2 / (n - 1), k - (k - 1) ** 2 / (n - 1)
    smaller = min(rows, columns) - 1
    return float(np.sqrt(phi / smaller)) if smaller > 0 else 0.0
