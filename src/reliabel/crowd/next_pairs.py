"""Which pairs of things to compare next: those of which one more comparison tells most about the
strengths.

What a comparison tells of normally distributed strengths is log(1 + p (1 - p) v) / 2, with p the
chance that the first thing wins and v the variance of the difference of the two strengths: pairs
that are close, and whose difference is not well known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import linalg
from scipy.special import expit

from reliabel.core.labels import Floats, Ints
from reliabel.core.orders import Comparisons
from reliabel.core.short_repr import by_fields
from reliabel.ops.comparisons import DENSE, pair_counts

PAIRS = 100  # in next_votes.csv
EPS = 0.1  # wins and losses of each thing against one of strength 1, as in bradley_terry


@dataclass(frozen=True, eq=False)
class NextPairs:
    """Pairs of things, the most telling first: ``one`` and ``two`` (b,), how many ``times`` to
    compare them, the ``chance`` that the first wins, how often they were ``compared``, and
    ``gain``, what the next comparison tells, in nats.
    """

    one: Ints
    two: Ints
    times: Ints
    chance: Floats
    compared: Ints
    gain: Floats

    __repr__ = by_fields


def next_pairs(labels: Comparisons, strength: Floats, *, budget: int = 20) -> NextPairs:
    """The pairs to compare next, ``budget`` comparisons in all, each chosen as if those before it
    had been made; none where there are more than ``DENSE`` things.

    strength: (n,) log strengths, NaN for things that were never compared.

    >>> told = Comparisons([0, 0, 1, 1], [1, 1, 2, 2], [0, 1, 0, 0], 4)
    >>> found = next_pairs(told, np.array([0.5, 0.5, -1.0, np.nan]), budget=3)
    >>> sorted(zip(found.one.tolist(), found.two.tolist()))
    [(0, 3), (1, 3), (2, 3)]
    """
    n = labels.n
    if not 2 <= n <= DENSE:
        nothing = np.zeros(0, dtype=np.int64)
        return NextPairs(nothing, nothing, nothing, np.zeros(0), nothing, np.zeros(0))
    pairs = pair_counts(labels)
    s = np.where(np.isnan(strength), 0.0, strength)
    games = pairs.wins + pairs.losses + pairs.ties
    p = expit(s[pairs.a] - s[pairs.b])
    spread = _covariance(pairs.a, pairs.b, games * p * (1 - p), s)
    first, second = np.triu_indices(n, 1)
    chance = expit(s[first] - s[second])
    weight = chance * (1 - chance)
    compared = np.zeros((n, n), dtype=np.int64)
    compared[pairs.a, pairs.b] = games
    chosen, gains = list[int](), list[float]()
    for _ in range(budget):
        own = np.diag(spread)
        v = np.maximum(own[first] + own[second] - 2 * spread[first, second], 0)
        gain = np.log1p(weight * v) / 2
        best = int(gain.argmax())
        chosen.append(best)
        gains.append(float(gain[best]))
        apart = spread[first[best]] - spread[second[best]]
        spread = spread - np.outer(apart, apart) * (weight[best] / (1 + weight[best] * v[best]))
    pick, at, often = np.unique(chosen, return_index=True, return_counts=True)
    order = np.argsort(at)
    pick = pick[order]
    one, two = first[pick], second[pick]
    gain = np.array(gains)[at[order]]
    return NextPairs(one, two, often[order], chance[pick], compared[one, two], gain)


def next_pairs_rows(labels: Comparisons, strength: Floats) -> list[dict[str, Any]]:
    """The pairs to compare next, the most telling first: rows of next_votes.csv."""
    found = next_pairs(labels, strength, budget=PAIRS)
    columns = (found.one, found.two, found.times, found.compared, found.gain)
    names = labels.names
    return [
        {
            "left": names[one],
            "right": names[two],
            "need": need,
            "compared": compared,
            "gain": round(gain, 6),
        }
        for one, two, need, compared, gain in zip(*(c.tolist() for c in columns), strict=True)
    ]


def _covariance(a: Ints, b: Ints, curve: Floats, s: Floats) -> Floats:
    """(n, n) the covariance of the log strengths, from the curvature at the best ones."""
    n = len(s)
    h = -np.bincount(a * n + b, curve, n * n).reshape(n, n).astype(float)
    h += h.T
    h[np.diag_indices(n)] = 2 * EPS * expit(s) * expit(-s) - h.sum(1)
    return np.asarray(linalg.inv(h))
