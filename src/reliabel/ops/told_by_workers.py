"""Comparisons by workers who differ: what models share that learn strengths of things beside habits
of workers, from the chance p of each answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import xlog1py, xlogy

from reliabel.core.labels import Floats, Ints, Numbers, Votes
from reliabel.core.orders import LEFT, RIGHT, Comparisons
from reliabel.core.results import Consensus
from reliabel.core.short_repr import by_fields
from reliabel.ops.comparisons import (
    known_comparisons,
    lost_to_workers,
    pair_counts,
    standard_errors,
)
from reliabel.ops.strengths import of_strengths, won
from reliabel.ops.win_graph import graph_sentences, parts

EDGE = 1e-12


@dataclass(frozen=True, eq=False)
class Told:
    """Comparisons with the worker of each, and what the left thing gets of it, ``said`` (m,)."""

    labels: Comparisons
    worker: Ints
    said: Floats
    w: int

    __repr__ = by_fields

    def likelihood(self, p: Floats) -> tuple[float, Floats]:
        """The log likelihood of chances (m,) of the left thing, and its slope by each of them."""
        p = np.clip(p, EDGE, 1 - EDGE)
        value = float((xlogy(self.said, p) + xlog1py(1 - self.said, -p)).sum())
        return value, (self.said - p) / (p * (1 - p))

    def of_things(self, by_pair: Floats) -> Floats:
        """(n,) the sum for each thing of what it gets as the left one, less as the right one."""
        n = self.labels.n
        return np.asarray(
            np.bincount(self.labels.left, by_pair, n) - np.bincount(self.labels.right, by_pair, n)
        )

    def of_workers(self, by_pair: Floats) -> Floats:
        """(w,) the sum for each worker."""
        return np.asarray(np.bincount(self.worker, by_pair, self.w))


def told_by_workers(votes: Votes[Comparisons]) -> Told:
    """The comparisons of votes.  Raises ValueError where one has no answer."""
    labels = known_comparisons(votes)
    return Told(labels, votes.worker, won(labels), votes.w)


def with_truth(votes: Votes[Comparisons], gold: Ints) -> Votes[Comparisons]:
    """The votes, and for each pair whose better thing is known (n,) a vote by one worker more.

    Raises ValueError where ``gold`` names a thing that is not of the pair.
    """
    told = votes.labels
    item, row = np.unique(votes.item, return_index=True)
    keep = gold[item] >= 0
    item, row = item[keep], row[keep]
    left, right, better = told.left[row], told.right[row], gold[item]
    odd = np.flatnonzero((better != left) & (better != right))
    if len(odd):
        first = odd[0]
        names = [told.names[one] for one in (better[first], left[first], right[first])]
        raise ValueError(
            f"gold names {names[0]!r} as the better one of {names[1]!r} and {names[2]!r} (item "
            f"{int(item[first])}); it must be one of the two"
        )
    labels = Comparisons(
        np.append(told.left, left),
        np.append(told.right, right),
        np.append(told.y, np.where(better == left, LEFT, RIGHT)),
        told.n,
        told.names,
    )
    whole = np.append(votes.item, item), np.append(votes.worker, np.full(len(item), votes.w))
    return Votes(*whole, labels, votes.n, votes.w + 1)


@dataclass(frozen=True, eq=False)
class Best:
    """Where the climb ended: log strengths ``s`` (n,), the chance ``p`` (m,) of each answer, its
    derivatives by the strength of the left thing (m,) and by each parameter of its worker, and the
    curvature of the priors, of strengths (n,) and of each parameter (w,).
    """

    s: Floats
    p: Floats
    by_strength: Floats
    by_worker: Sequence[Floats]
    prior: Floats
    priors: Sequence[Floats]

    __repr__ = by_fields


def consensus_beside_workers(
    told: Told,
    best: Best,
    skill: Floats,
    trace: Floats,
    *,
    level: float,
    warnings: Sequence[str],
    info: Mapping[str, Any],
) -> Consensus[Numbers]:
    """Strengths with intervals in which the habits of workers are unknown too; skills (w,) only of
    workers who compared something.
    """
    labels, p = told.labels, np.clip(best.p, EDGE, 1 - EDGE)
    weight = 1 / (p * (1 - p))
    lost = lost_to_workers(
        labels, told.worker, best.by_strength, best.by_worker, weight, best.priors
    )
    sd = standard_errors(labels.left, labels.right, weight * best.by_strength**2, best.prior, lost)
    pairs = pair_counts(labels)
    seen = np.bincount(told.worker, minlength=told.w) > 0
    return of_strengths(
        labels,
        best.s,
        sd,
        level=level,
        met=pairs.met,
        skill=np.where(seen, skill, np.nan),
        trace=trace,
        warnings=[*graph_sentences(pairs, labels.names, None), *warnings],
        info={"part": parts(pairs, wins=False), **info},
    )
