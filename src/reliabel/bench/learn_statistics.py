"""Methods compared over the cells of the suite learn: paired differences with their intervals,
Wilcoxon's test with Holm's correction, mean ranks with their critical difference.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from reliabel.bench.run import Row
from reliabel.core.labels import Floats

Place = tuple[str, str]  # data set, noise
Column = dict[Place, float]  # mean over seeds
ROUNDS = 2000


@dataclass(frozen=True)
class Difference:
    """A method less another over the ``cells`` that both have: mean, 95 % interval over cells, and
    the chance of the like if there were none (Wilcoxon), NaN below six cells.
    """

    mean: float
    low: float
    high: float
    p: float
    cells: int


def by_method(rows: Iterable[Row], metric: str, noises: Collection[str]) -> dict[str, Column]:
    """Method -> its mean over the seeds in each cell of these noises."""
    found: dict[str, dict[Place, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row.metric == metric and row.setting in noises and isinstance(row.value, float):
            found[row.method][row.dataset, row.setting].append(row.value)
    return {
        method: {place: float(np.mean(values)) for place, values in of.items()}
        for method, of in found.items()
    }


def difference(one: Mapping[Place, float], other: Mapping[Place, float]) -> Difference:
    """``one`` less ``other``, cell by cell."""
    from scipy.stats import wilcoxon

    both = sorted(one.keys() & other.keys())
    gap = np.array([one[place] - other[place] for place in both])
    if not len(gap):
        return Difference(np.nan, np.nan, np.nan, np.nan, 0)
    low, high = interval(gap)
    several = len(gap) >= 6 and bool(np.any(gap))
    p = float(wilcoxon(gap, method="approx").pvalue) if several else float("nan")
    return Difference(float(gap.mean()), low, high, p, len(gap))


def interval(values: Floats, *, rounds: int = ROUNDS, seed: int = 0) -> tuple[float, float]:
    """95 % bootstrap interval of the mean of ``values`` (cells,).

    >>> interval(np.array([1.0, 1.0, 1.0]))
    (1.0, 1.0)
    """
    draw = np.random.default_rng(seed).integers(0, len(values), (rounds, len(values)))
    low, high = np.percentile(values[draw].mean(1), [2.5, 97.5])
    return float(low), float(high)


def holm(p: Mapping[str, float]) -> dict[str, float]:
    """Chances corrected for their number by Holm's rule; NaN stays out of it.

    >>> holm({"a": 0.01, "b": 0.04, "c": 0.5})
    {'a': 0.03, 'b': 0.08, 'c': 0.5}
    """
    known = sorted((value, name) for name, value in p.items() if value == value)
    out, least = {}, 0.0
    for place, (value, name) in enumerate(known):
        least = max(least, min(1.0, value * (len(known) - place)))
        out[name] = least
    return {name: out.get(name, float("nan")) for name in p}


def mean_ranks(columns: Mapping[str, Column]) -> tuple[dict[str, float], float, int]:
    """The mean rank (1 = best) of each method over the cells that all have, the critical difference
    at 5 % (Nemenyi), and the number of cells; nothing where no cell is shared.
    """
    from scipy.stats import rankdata, studentized_range

    shared = sorted(set.intersection(*map(set, columns.values()))) if columns else []
    if not shared or len(columns) < 2:
        return {}, float("nan"), 0
    value = np.array([[of[place] for of in columns.values()] for place in shared])
    rank = rankdata(-value, axis=1).mean(0)
    k, n = len(columns), len(shared)
    q = float(studentized_range.ppf(0.95, k, np.inf)) / np.sqrt(2)
    critical = q * np.sqrt(k * (k + 1) / (6 * n))
    return dict(zip(columns, map(float, rank), strict=True)), float(critical), n


def whole(columns: Mapping[str, Column], baselines: Collection[str]) -> dict[str, Column]:
    """The methods that have every cell that the baselines have."""
    there = [set(columns[name]) for name in baselines if name in columns]
    cells = set.intersection(*there) if there else set()
    return {name: of for name, of in columns.items() if cells and cells <= of.keys()}
