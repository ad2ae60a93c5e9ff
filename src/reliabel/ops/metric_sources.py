"""How far each worker's votes lie from the truth, from how far they lie from each other.

Where the errors of workers are independent, the mean distance of the votes of two workers is the
sum of their own mean distances to the truth: exactly so for squared distances in Euclidean space,
and near enough for other metrics.  All pairs together are a system of linear equations for the
workers, one a pair.  It has one answer where workers who voted on the same items form a circle of
odd length: with two workers alone only the sum is known.

Paper: Shin, Li, Vishwakarma, Roberts, Sala. Universalizing weak supervision. ICLR (2022).  They
solve disjoint triplets of workers; solving all pairs by weighted least squares is our own, leaves
no worker out, and uses every common vote.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import cg

from reliabel.core.labels import Bools, Floats, Ints, Votes
from reliabel.core.short_repr import by_fields
from reliabel.ops.votes_by_item import order_by_item

FLOOR = 0.1  # no error is smaller than this share of the median
LEAST_AGREEMENT = 0.02  # beyond chance, that two workers are credited with
MOST_PAIRS = 4_000_000  # pairs of votes on one item that are compared
MOST_VOTES = 1000  # votes of one item that are compared
AT_A_TIME = 2**18  # pairs of votes
DENSE = 1500  # workers up to which the system is solved as a full matrix

# rows of votes, and rows of votes -> how far each of the first lies from that of the second
Apart = Callable[[Ints, Ints], Floats]


@dataclass(frozen=True, eq=False)
class SourcePairs:
    """Pairs of workers with common items: worker ``a`` < worker ``b``, the mean ``distance`` of
    their votes on these, and how ``many`` items that is; ``w`` workers.
    """

    a: Ints
    b: Ints
    distance: Floats
    many: Floats
    w: int

    __repr__ = by_fields


def source_pairs(votes: Votes[Any], apart: Apart, *, most: int = MOST_PAIRS) -> SourcePairs:
    """The mean distance of the votes of each two workers on the items of both.

    apart: rows of votes (m,), rows of votes (m,) -> distances (m,); NaN leaves a pair out.
    most: pairs of votes that are compared; where there are more, items are taken evenly, and the
        first thousand votes of an item.

    >>> from reliabel.core.labels import Numbers
    >>> x = np.array([0.0, 1.0, 4.0, 2.0])
    >>> votes = Votes([0, 0, 1, 1], [0, 1, 1, 0], Numbers(x), n=2, w=2)
    >>> source_pairs(votes, lambda one, two: np.square(x[one] - x[two])).distance.tolist()
    [2.5]
    """
    order, offsets = order_by_item(votes.item, votes.n)
    rows = np.arange(len(votes)) if isinstance(order, slice) else np.asarray(order)
    size = np.minimum(np.diff(offsets).astype(np.int64), MOST_VOTES)
    pairs = size * (size - 1) // 2
    use = np.flatnonzero(pairs)
    if pairs.sum() > most:
        use = use[:: -(-int(pairs.sum()) // most)]
    sums: dict[str, list[Any]] = {"pair": [], "distance": [], "many": []}
    ends = np.searchsorted(
        np.cumsum(pairs[use]), np.arange(1, int(pairs[use].sum()) // AT_A_TIME + 2) * AT_A_TIME
    )
    for part in np.split(use, np.unique(np.minimum(ends + 1, len(use)))):
        one, two = _two_of_each(offsets[part].astype(np.int64), size[part])
        one, two = rows[one], rows[two]
        who = np.sort(np.stack([votes.worker[one], votes.worker[two]]), axis=0).astype(np.int64)
        far = np.asarray(apart(one, two), dtype=float)
        kept = ~np.isnan(far) & (who[0] != who[1])
        key, place = np.unique(who[0][kept] * votes.w + who[1][kept], return_inverse=True)
        sums["pair"].append(key)
        sums["distance"].append(np.bincount(place, far[kept], len(key)))
        sums["many"].append(np.bincount(place, minlength=len(key)).astype(float))
    empty = [np.zeros(0)]
    key, place = np.unique(
        np.concatenate([*sums["pair"], np.zeros(0, np.int64)]), return_inverse=True
    )
    far = np.bincount(place, np.concatenate(sums["distance"] + empty), len(key))
    many: Floats = np.bincount(place, np.concatenate(sums["many"] + empty), len(key)).astype(float)
    return SourcePairs(key // max(votes.w, 1), key % max(votes.w, 1), far / many, many, votes.w)


def errors_of_pairs(
    pairs: SourcePairs, *, faith: float = 0.0, chance: float | None = None
) -> tuple[Floats, Bools]:
    """The mean distance of each worker's votes to the truth (w,), and for which workers (w,) the
    distances determine it.

    A worker for whom they do not gets the mean of the group (half the mean distance of its pairs),
    NaN where no vote is shared with anybody.
    faith: each worker's error is held to that of the group as if by this many common votes.
    chance: in a bounded space, the mean distance of votes that have nothing to do with each other.
        Two workers far off are no further apart than that: what they agree on beyond chance, 1 -
        distance / ``chance``, is then taken as the product of what each agrees with the truth (as
        it is for workers who err at random among classes), and its logarithm as the sum.

    >>> far = np.array([[0, 5, 4], [5, 0, 3], [4, 3, 0.0]])
    >>> error_of_sources(far, 1 - np.eye(3))[0].round(6).tolist()
    [3.0, 2.0, 1.0]
    """
    if chance is not None:
        return _errors_below(pairs, faith, chance)
    w = pairs.w
    ends = np.concatenate([pairs.a, pairs.b]), np.concatenate([pairs.b, pairs.a])
    many, far = np.tile(pairs.many, 2), np.tile(pairs.distance, 2)
    known = np.bincount(ends[0], many, w)
    group, ok = _odd_circles(pairs)
    of_group = np.bincount(group, known, w)[group]
    common = np.bincount(group[ends[0]], many * far, w)[group] / 2
    common = np.divide(common, of_group, out=np.full(w, np.nan), where=of_group > 0)
    error = common.copy()
    if ok.any():
        table = sparse.csr_array((many, ends), shape=(w, w))[ok][:, ok]
        system = (sparse.diags_array(known[ok] + faith) + table).tocsr()
        right = np.bincount(ends[0], many * far, w)[ok] + faith * common[ok]
        error[ok] = (
            np.linalg.solve(system.toarray(), right)
            if int(ok.sum()) <= DENSE
            else cg(system, right, x0=common[ok], rtol=1e-10, maxiter=1000)[0]
        )
    if np.isfinite(error).any():
        error = np.maximum(error, FLOOR * max(float(np.nanmedian(error)), 0.0))
    return error, ok


def _errors_below(pairs: SourcePairs, faith: float, chance: float) -> tuple[Floats, Bools]:
    """The errors of workers in a space where random votes are ``chance`` apart."""
    least = LEAST_AGREEMENT
    agree = np.clip(1 - pairs.distance / max(chance, 1e-300), least, 1.0)
    # the variance of a logarithm grows with the inverse square of its argument
    known = SourcePairs(pairs.a, pairs.b, -np.log(agree), pairs.many * agree**2, pairs.w)
    error, ok = errors_of_pairs(known, faith=faith)
    return np.asarray(chance * (1 - np.exp(-error))), ok


def error_of_sources(
    distance: Floats, covotes: Floats, *, faith: float = 0.0
) -> tuple[Floats, Bools]:
    """``errors_of_pairs`` of full matrices: the mean distance of the votes of each two workers
    (w, w), and on how many items both voted (w, w).

    >>> far = np.array([[0, 5], [5, 0.0]])  # two workers: the sum of their errors is known alone
    >>> error, ok = error_of_sources(far, 1 - np.eye(2))
    >>> error.tolist(), ok.tolist()
    ([2.5, 2.5], [False, False])
    """
    distance, covotes = np.asarray(distance, dtype=float), np.asarray(covotes, dtype=float)
    w = len(covotes)
    if distance.shape != (w, w) or covotes.shape != (w, w):
        raise ValueError(
            f"distances and common votes of workers are two (w, w) matrices, got {distance.shape} "
            f"and {covotes.shape}"
        )
    a, b = np.nonzero(np.triu(covotes > 0, 1))
    return errors_of_pairs(SourcePairs(a, b, distance[a, b], covotes[a, b], w), faith=faith)


def unknown_errors_said(ok: Bools, voted: Bools) -> list[str]:
    """A sentence where the errors of some workers who ``voted`` (w,) cannot be told apart."""
    unknown = int((~ok & voted).sum())
    if not unknown:
        return []
    return [
        f"{unknown:,} of {int(voted.sum()):,} workers share items with too few others for their "
        "errors to be told apart (three workers who meet in pairs are the least); they count alike"
    ]


def _two_of_each(start: Ints, size: Ints) -> tuple[Ints, Ints]:
    """All pairs of places start[i] <= one < two < start[i] + size[i], of each i."""
    first = np.repeat(start, size) + _counted(size)  # each vote as the first of its pairs
    later = np.repeat(start + size, size) - first - 1  # votes of the item that follow it
    one = np.repeat(first, later)
    return one, one + 1 + _counted(later)


def _counted(size: Ints) -> Ints:
    """0 .. size[i] - 1, of each i."""
    return np.asarray(np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size))


def _odd_circles(pairs: SourcePairs) -> tuple[Ints, Bools]:
    """(w,) the group of workers who are linked by common items, and whether it holds a circle of
    odd length: then, and only then, each worker is linked with the own mirror image in the graph
    of two copies whose edges all cross over.
    """
    w, ones = pairs.w, np.ones(len(pairs.a))
    edges = sparse.csr_array((ones, (pairs.a, pairs.b)), shape=(w, w))
    if not w:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=bool)
    group = connected_components(edges, directed=False)[1]
    both = edges + edges.T
    crossed = sparse.block_array([[None, both], [both, None]], format="csr")
    side = connected_components(crossed, directed=False)[1]
    return group, np.asarray(side[:w] == side[w:])
