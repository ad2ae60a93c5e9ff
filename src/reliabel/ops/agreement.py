"""Agreement between votes: sparse counts of votes per item and class, statistics that are functions
of sums over items, and their confidence intervals.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.random import Generator
from scipy import sparse, stats

from reliabel.core.labels import Bools, Classes, Floats, Ints, Numbers, Votes
from reliabel.core.results import Measure

Part: TypeAlias = Any  # one row per item: dense (n,), (n, p) or sparse (n, k)
# the sums over items of each part, one row per draw -> one number per draw
Statistic: TypeAlias = Callable[[tuple[Floats, ...]], Floats]
# above this many items the delete-a-group jackknife replaces the bootstrap: both agree there, and
# the cost stays O(v)
MANY = 20_000
FEW = 20  # items below which a warning says that the interval is rough


def class_counts(votes: Votes[Classes]) -> sparse.csr_array[Any]:
    """Numbers of votes for each class of each item: sparse (n, k), memory O(v)."""
    ones = np.ones(len(votes), dtype=np.int32)
    table: Any = sparse.coo_array(
        (ones, (votes.item, votes.labels.y)), shape=(votes.n, votes.labels.k)
    ).tocsr()
    return table  # type: ignore[no-any-return]


def pairable(table: sparse.csr_array[Any]) -> tuple[sparse.csr_array[Any], Floats, Floats]:
    """Of the items with two votes or more: counts, numbers of votes and sums of squared counts."""
    votes = np.asarray(table.sum(1), dtype=float)
    keep = np.flatnonzero(votes >= 2)
    table = table if len(keep) == table.shape[0] else table[keep]
    squares = np.asarray(table.power(2).sum(1), dtype=float)
    return table, votes[keep], squares


def pair_agreement(votes: Floats, squares: Floats) -> Floats:
    """(items,) the share of pairs of votes on an item that are equal."""
    return np.asarray((squares - votes) / (votes * (votes - 1)))


def class_shares(table: sparse.csr_array[Any], votes: Floats) -> sparse.csr_array[Any]:
    """Each item's shares of votes (rows sum to one)."""
    divided: Any = table.astype(float)
    divided.data /= np.repeat(votes, np.diff(table.indptr))
    return divided  # type: ignore[no-any-return]


def class_order(labels: Classes, order: Sequence[str] | None) -> tuple[Ints, tuple[str, ...]]:
    """(k,) the place of each class in the given order, and the names in that order; None keeps the
    order of the classes.

    Raises ValueError unless ``order`` names each class once.
    """
    if order is None:
        return np.arange(labels.k), labels.names
    if sorted(order) != sorted(labels.names):
        raise ValueError(
            f"order must name each class once ({', '.join(labels.names[:10])}), "
            f"got {', '.join(map(str, order))}"
        )
    return np.array([list(order).index(name) for name in labels.names]), tuple(order)


def credits_of(place: Ints, weights: str) -> Floats:
    """(k, k) how far two classes agree: "identity" only where they are one, "linear" and
    "quadratic" in part where they are near in their order.

    >>> credits_of(np.array([0, 1, 2]), "linear")[0].tolist()
    [1.0, 0.5, 0.0]
    """
    if weights not in ("identity", "linear", "quadratic"):
        raise ValueError(f"weights must be identity, linear or quadratic, got {weights!r}")
    k = len(place)
    far = np.abs(place[:, None] - place[None]) / max(k - 1, 1)
    if weights == "identity":
        return np.eye(k)
    return np.asarray(1 - (far if weights == "linear" else far**2))


def class_values(labels: Classes, what: str) -> Floats:
    """(k,) the names of the classes as numbers.

    Raises ValueError with the first three names that are no numbers; ``what`` names what needs
    them.
    """
    bad = [name for name in labels.names if not _is_number(name)]
    if bad:
        raise ValueError(
            f"{what} needs classes that are numbers, got {', '.join(map(repr, bad[:3]))}; "
            "use ordinal or nominal, or vote with Numbers"
        )
    return np.array([float(name) for name in labels.names])


def vote_values(votes: Votes[Numbers]) -> Floats:
    """(v,) the numbers of the votes.  Raises ValueError for several numbers per vote."""
    y = votes.labels.y
    if y.ndim == 2 and y.shape[1] != 1:
        raise ValueError(
            f"agreement is measured on one number per vote, got {y.shape[1]}; "
            "measure each column on its own"
        )
    return np.asarray(y, dtype=float).reshape(-1)


def with_interval(
    statistic: Statistic,
    parts: Sequence[Part],
    rng: Generator,
    made_of: dict[str, Any],
    *,
    level: float = 0.95,
    draws: int = 2000,
) -> Measure:
    """The statistic of all items with its confidence interval over items; NaN where it is not
    defined, and ``info["why"]`` then says why.

    Up to 20,000 items by the bootstrap over items, with weights instead of copies; above by a
    delete-a-group jackknife with 200 random groups of items.
    parts: arrays with a row per item, of whose sums the statistic is a function.
    made_of: becomes ``parts`` of the measure.
    """
    n = parts[0].shape[0] if len(parts) else 0
    if n == 0:
        why = "no item has two votes, so that nothing can agree"
        info = {"why": why, "items": 0, "warnings": []}
        return Measure(np.nan, np.nan, np.nan, made_of, info)
    whole = tuple(np.asarray(part.sum(0), dtype=float)[None] for part in parts)
    value = float(statistic(whole)[0])
    warnings: list[str] = []
    info = {"items": n, "level": level, "warnings": warnings}
    if not np.isfinite(value):
        why = "all votes are equal, so that agreement beyond chance is not defined"
        return Measure(np.nan, np.nan, np.nan, made_of, {**info, "why": why})
    if n < 2:
        why = "one item with two votes gives no interval"
        return Measure(value, np.nan, np.nan, made_of, {**info, "why": why})
    if n < FEW:
        warnings.append(
            f"only {n} items have two votes or more: the interval is wide and only approximate"
        )
    low, high = (
        _bootstrap(statistic, parts, rng, draws, level)
        if n <= MANY
        else _jackknife(statistic, parts, whole, value, rng, level)
    )
    if high - low < 1e-12:
        warnings.append(
            f"all {n} items are alike, so that resampling them shows no variation; "
            f"up to {min(3 / n, 1):.2g} of further items may differ"
        )
    method = "bootstrap over items" if n <= MANY else "200 groups of items left out in turn"
    return Measure(value, float(low), float(high), made_of, {**info, "method": method})


def _bootstrap(
    statistic: Statistic, parts: Sequence[Part], rng: Generator, draws: int, level: float
) -> tuple[float, float]:
    n = parts[0].shape[0]
    drawn = []
    for start in range(0, draws, 50):
        many = min(50, draws - start)
        counts = [np.bincount(rng.integers(n, size=n), minlength=n) for _ in range(many)]
        weight = np.stack(counts).astype(float)
        drawn.append(statistic(tuple(np.asarray((part.T @ weight.T).T) for part in parts)))
    low, high = np.nanquantile(np.concatenate(drawn), [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _jackknife(
    statistic: Statistic,
    parts: Sequence[Part],
    whole: tuple[Floats, ...],
    value: float,
    rng: Generator,
    level: float,
    groups: int = 200,
) -> tuple[float, float]:
    group = rng.integers(groups, size=parts[0].shape[0])
    left_out = statistic(
        tuple(total - _sums(part, group, groups) for total, part in zip(whole, parts, strict=True))
    )
    error = np.sqrt((groups - 1) / groups * np.square(left_out - left_out.mean()).sum())
    half = float(stats.t.ppf((1 + level) / 2, groups - 1)) * error
    return value - half, value + half


def _sums(part: Part, group: Ints, groups: int) -> Floats:
    """The sums of a part over each group of items, one row per group."""
    if not sparse.issparse(part):
        columns = part.reshape(len(part), -1).T
        sums = np.stack([np.bincount(group, column, groups) for column in columns], axis=1)
        return np.asarray(sums.reshape(groups, *part.shape[1:]))
    table: Any = part
    k = table.shape[1]
    cell = np.repeat(group * k, np.diff(table.indptr)) + table.indices
    return np.bincount(cell, table.data, groups * k).astype(float).reshape(groups, k)


def _is_number(name: str) -> bool:
    try:
        return bool(np.isfinite(float(name)))
    except ValueError:
        return False


def wilson(hits: Floats | Ints, n: Floats | Ints, level: float = 0.95) -> tuple[Floats, Floats]:
    """Wilson's score interval of the shares ``hits / n``; 0 to 1 where n is 0.

    >>> [round(float(end), 3) for end in wilson(np.array(18.0), np.array(20.0))]
    [0.699, 0.972]
    """
    z = float(stats.norm.ppf((1 + level) / 2))
    n = np.asarray(n, dtype=float)
    share = np.divide(hits, n, out=np.full(n.shape, 0.5), where=n > 0)
    spread = z * np.sqrt(share * (1 - share) * n + z * z / 4)
    low, high = (
        (share * n + z * z / 2 - spread) / (n + z * z),
        (share * n + z * z / 2 + spread) / (n + z * z),
    )
    return np.clip(low, 0, 1), np.clip(high, 0, 1)


def significant(p: Floats, level: float = 0.01) -> Bools:
    """Which p-values are significant by the Benjamini-Hochberg rule; NaN never is.

    >>> significant(np.array([0.0001, 0.004, 0.5, np.nan])).tolist()
    [True, True, False, False]
    """
    known = np.flatnonzero(np.isfinite(p))
    out = np.zeros(len(p), dtype=bool)
    order = known[np.argsort(p[known])]
    passes = np.flatnonzero(p[order] <= level * np.arange(1, len(order) + 1) / max(len(order), 1))
    if len(passes):
        out[order[: passes[-1] + 1]] = True
    return out


def sorted_pairs(item: Ints, n: int, rng: Generator, most: int) -> tuple[Ints, Ints, int]:
    """All pairs of votes on the same item, as indices (a, b) of votes, and how many items were left
    out.

    Above ``most`` pairs, items are left out at random until the others have no more.
    """
    size = np.bincount(item, minlength=n).astype(np.int64)
    pairs = size * (size - 1) // 2
    left_out = 0
    order = np.argsort(item, kind="stable")
    if pairs.sum() > most:
        items = rng.permutation(np.flatnonzero(pairs))
        drop = items[np.searchsorted(np.cumsum(pairs[items]), most, side="right") :]
        left_out, size[drop] = len(drop), 0
        order = order[size[item[order]] > 0]
    starts = np.cumsum(size) - size
    place = np.arange(len(order)) - np.repeat(starts, size)
    later = np.repeat(size, size) - 1 - place
    a = np.repeat(np.arange(len(order)), later)
    b = a + 1 + np.arange(len(a)) - np.repeat(np.cumsum(later) - later, later)
    return order[a], order[b], left_out
