"""How well one strength a thing explains comparisons: pairs that go otherwise than the strengths
say.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from scipy.stats import chi2

from reliabel.core.labels import Floats, Ints
from reliabel.core.orders import Comparisons
from reliabel.core.short_repr import by_fields
from reliabel.ops.comparisons import pair_counts

FEWEST = 5.0  # expected wins on either side from which a pair is judged


@dataclass(frozen=True, eq=False)
class PairFit:
    """Pairs of things with many comparisons, the worst fitting first: ``better`` and ``worse`` (m,)
    by strength, ``won`` (m,) the wins of the better one (a tie is a half), ``games``, ``expected``
    wins, and ``z``, how many standard errors they are apart.

    ``p``: the chance of pairs that fit as badly or worse where the strengths are right; NaN where
    that cannot be said.
    """

    better: Ints
    worse: Ints
    won: Floats
    games: Floats
    expected: Floats
    z: Floats
    p: float

    __repr__ = by_fields


def pair_fit(labels: Comparisons, strength: Floats) -> PairFit:
    """The pairs of which enough comparisons are there.

    >>> a, b = [0] * 40 + [1] * 40 + [0] * 40, [1] * 40 + [2] * 40 + [2] * 40
    >>> y = [0, 0, 0, 1] * 20 + [1] * 40  # 0 beats 1, 1 beats 2, and 2 beats 0
    >>> fit = pair_fit(Comparisons(a, b, y), np.zeros(3))
    >>> fit.better[0].item(), fit.worse[0].item(), fit.won[0].item(), fit.p < 1e-6
    (0, 2, 0.0, True)
    """
    pairs = pair_counts(labels)
    d = strength[pairs.a] - strength[pairs.b]
    first = d >= 0
    better, worse = np.where(first, pairs.a, pairs.b), np.where(first, pairs.b, pairs.a)
    won = np.where(first, pairs.wins, pairs.losses) + pairs.ties / 2
    games = pairs.wins + pairs.losses + pairs.ties
    chance = expit(np.abs(d))
    enough = games * (1 - chance) >= FEWEST  # False where a strength is unknown
    # a tie counts as two halves, so that ties make the wins vary less than this says
    spread = np.sqrt(np.maximum(games * chance * (1 - chance), 1e-300))
    z = (won - games * chance) / spread
    free = int(enough.sum()) - max(len(np.unique(np.r_[better[enough], worse[enough]])) - 1, 0)
    square = float((z[enough] ** 2).sum())
    p = float(chi2.sf(square, free)) if free > 0 else float("nan")
    order = np.flatnonzero(enough)[np.argsort(-np.abs(z[enough]), kind="stable")]
    return PairFit(
        better[order], worse[order], won[order], games[order], (games * chance)[order], z[order], p
    )
