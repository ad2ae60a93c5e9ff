"""Cohen's kappa for pairs of workers: agreement beyond that expected from their class shares.

Of ordered classes it may be weighted: a vote one step off agrees in part.
Assumes the two workers of a pair voted on the same items independently.  Weak when one class is
common (the kappa paradox: 94 % agreement, kappa below 0), so percent agreement and AC1 are reported
as well.
Cost: O(pairs of votes on an item), memory the same; at most 5e6 pairs of votes are used.
Paper: Cohen. Educational and Psychological Measurement 20 (1960) 37-46; weighted: Cohen.
Psychological Bulletin 70 (1968) 213-220.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator
from scipy import stats

from reliabel.core.labels import Classes, Floats, Ints, Votes
from reliabel.core.results import Measure
from reliabel.ops.agreement import FEW, class_order, credits_of, sorted_pairs

STATUS = "default"
ALSO = ("cohen", "weighted_kappa")
MOST = 5_000_000  # pairs of votes


def measure(
    votes: Votes[Classes],
    *,
    rng: Generator,
    least: int = 10,
    weights: str = "identity",
    order: tuple[str, ...] | None = None,
) -> Measure:
    """The mean kappa of pairs of workers, weighted by their numbers of common items.

    least: common items that a pair needs to count (any number, if there are only two workers).
    weights: "identity", or "linear" or "quadratic" for classes with an order, whose neighbours
        agree in part.
    order: names of the classes from low to high, for weights; None takes them as they stand.
    ``parts`` holds for each pair "worker" (pairs, 2), "common" items, "kappa", "percent" and "ac1",
    and the means "mean_percent" and "mean_ac1".

    >>> item, worker = np.repeat(np.arange(4), 2), np.tile([0, 1], 4)
    >>> v = Votes(item, worker, Classes(np.array([0, 0, 1, 1, 0, 1, 1, 1])), n=4, w=2)
    >>> round(measure(v, rng=np.random.default_rng(0)).value, 4)
    0.5
    """
    k, credit = votes.labels.k, credits_of(class_order(votes.labels, order)[0], weights)
    both, warnings = _pairs(votes, rng, 1 if votes.w <= 2 else least)
    if not len(both.item):
        why = f"no two workers have {1 if votes.w <= 2 else least} items in common"
        return Measure(np.nan, np.nan, np.nan, {}, {"why": why, "warnings": warnings})
    table = _tables(both, k, np.ones(votes.n))
    kappa, percent, ac1 = _coefficients(table, credit)
    common = table.sum((1, 2))
    parts = {
        "worker": both.worker,
        "common": common.astype(int),
        "kappa": kappa,
        "percent": percent,
        "ac1": ac1,
    }
    parts |= {
        "mean_percent": float(np.average(percent, weights=common)),
        "mean_ac1": float(_mean(ac1, common)),
    }
    value = float(_mean(kappa, common))
    items = len(np.unique(both.item))
    info: dict[str, Any] = {"items": items, "level": 0.95, "warnings": warnings}
    if not np.isfinite(value):
        why = "all votes are equal, so that agreement beyond chance is not defined"
        return Measure(value, np.nan, np.nan, parts, {**info, "why": why})
    if items < FEW:
        warnings.append(
            f"only {items} items are shared by two workers: the interval is wide and only "
            "approximate"
        )
    low, high = _interval(both, credit, votes.n, value, rng)
    return Measure(value, low, high, parts, info)


@dataclass(frozen=True)
class _Both:
    """Pairs of votes on the same item by pairs of workers who share enough items."""

    item: Ints
    pair: Ints
    cell: Ints  # first worker's class * k + the second's
    worker: Ints  # (pairs, 2)


def _pairs(votes: Votes[Classes], rng: Generator, least: int) -> tuple[_Both, list[str]]:
    """The pairs of workers with at least ``least`` common items, and warnings."""
    a, b, left_out = sorted_pairs(votes.item, votes.n, rng, MOST)
    a, b = (
        np.where(votes.worker[a] <= votes.worker[b], a, b),
        np.where(votes.worker[a] <= votes.worker[b], b, a),
    )
    other = votes.worker[a] != votes.worker[b]
    a, b = a[other], b[other]
    name, pair, size = np.unique(
        votes.worker[a].astype(np.int64) * votes.w + votes.worker[b],
        return_inverse=True,
        return_counts=True,
    )
    keep = size >= least
    place = np.cumsum(keep) - 1
    use = keep[pair]
    worker = np.stack([name[keep] // votes.w, name[keep] % votes.w], axis=1)
    y = votes.labels.y
    both = _Both(
        votes.item[a][use], place[pair[use]], y[a[use]] * votes.labels.k + y[b[use]], worker
    )
    left = f"{left_out:,} items were left out at random to stay at {MOST:,} pairs of votes"
    return both, [left] if left_out else []


def _tables(both: _Both, k: int, weight: Floats) -> Floats:
    """(pairs, k, k) contingency tables, with a ``weight`` (n,) for each item."""
    size = len(both.worker)
    return (
        np.bincount(both.pair * k * k + both.cell, weight[both.item], size * k * k)
        .astype(float)
        .reshape(size, k, k)
    )


def _coefficients(table: Floats, credit: Floats) -> tuple[Floats, Floats, Floats]:
    """Kappa, percent agreement and AC1 of each contingency table; ``credit`` (k, k) says how far
    two classes agree in kappa.
    """
    n = table.sum((1, 2))
    share = table / np.maximum(n, 1e-300)[:, None, None]
    percent = np.einsum("pcc->p", share)
    first, second = share.sum(2), share.sum(1)
    chance = np.einsum("pa,ab,pb->p", first, credit, second)
    middle, k = (first + second) / 2, table.shape[1]
    guess = (middle * (1 - middle)).sum(1) / max(k - 1, 1)
    kappa = _beyond_chance((share * credit).sum((1, 2)), chance)
    return kappa, percent, _beyond_chance(percent, guess)


def _beyond_chance(agree: Floats, chance: Floats) -> Floats:
    return np.asarray(
        np.divide(
            agree - chance, 1 - chance, out=np.full(len(agree), np.nan), where=1 - chance > 1e-12
        )
    )


def _mean(value: Floats, common: Floats) -> Floats:
    known = np.isfinite(value) & (common > 0)
    return np.asarray(np.average(value[known], weights=common[known]) if known.any() else np.nan)


def _interval(
    both: _Both, credit: Floats, n: int, value: float, rng: Generator
) -> tuple[float, float]:
    def kappa(weight: Floats) -> float:
        table = _tables(both, len(credit), weight)
        return float(_mean(_coefficients(table, credit)[0], table.sum((1, 2))))

    # bootstrap over items; above, a delete-a-group jackknife with 20 random groups of items
    if len(both.item) <= 200_000:
        used = np.unique(both.item)

        def resampled() -> float:
            chosen = used[rng.integers(len(used), size=len(used))]
            return kappa(np.bincount(chosen, minlength=n).astype(float))

        drawn = [resampled() for _ in range(_draws(len(both.item)))]
        low, high = np.nanquantile(drawn, [0.025, 0.975])
        return float(low), float(high)
    group = rng.integers(20, size=n)
    left_out = np.array([kappa((group != g).astype(float)) for g in range(20)])
    half = float(
        stats.t.ppf(0.975, 19) * np.sqrt(19 / 20 * np.square(left_out - left_out.mean()).sum())
    )
    return value - half, value + half


def _draws(pairs: int) -> int:
    return int(np.clip(100_000_000 // max(pairs, 1), 500, 2000))
