"""The nearest item of its own group, or of another one, by exact search: for the few rows whose
list of neighbours holds none.

Cost: O(rows n d) in tiles, memory O(n d) for a float32 copy of features of up to 2 GiB.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.core.labels import Floats, Ints
from reliabel.core.run import stop_if_cancelled
from reliabel.ops.neighbours import unit_rows
from reliabel.ops.tiles import FAR

STRIP, TILE = 1024, 8192  # rows and columns of a tile of similarities


def nearest_in_group(
    features: Any, row: Ints, group: Ints, *, own: bool
) -> tuple[Ints, Floats, Floats]:
    """For each asked row (m,) the nearest other item of its group (``own``) or of another group,
    its distance, and the distance of the farthest of all items; -1 and infinity where there is
    none.

    group: (n,) numbers; items in group -1 are never found.  Distance is 1 - cosine of the centred
    rows, as of ``ops.neighbours``.

    >>> x = np.array([[3.0, 0.0], [2.0, 0.1], [-3.0, 0.1], [-2.0, 0.0]])
    >>> nearest_in_group(x, np.array([0, 1]), np.array([0, 1, 0, 1]), own=True)[0].tolist()
    [2, 3]
    """
    n = len(features)
    take, zero = unit_rows(features, np.arange(n), True)
    index = np.full(len(row), -1, dtype=np.int64)
    distance, farthest = np.full(len(row), np.inf), np.zeros(len(row))
    for start in range(0, len(row), STRIP):
        some = row[start : start + STRIP]
        asked, best, least = take(some), np.full(len(some), FAR), np.full(len(some), np.inf)
        place = np.full(len(some), -1, dtype=np.int64)
        for first in range(0, n, TILE):
            stop_if_cancelled()
            span = slice(first, min(first + TILE, n))
            close = asked @ take(span).T
            least = np.minimum(least, close.min(1))
            fits = (group[span] == group[some, None]) == own
            fits &= (group[span] >= 0) & (np.arange(span.start, span.stop) != some[:, None])
            close[~fits] = FAR
            at = close.argmax(1)
            top = close[np.arange(len(some)), at]
            better = top > best
            place[better], best[better] = at[better] + first, top[better]
        found = place >= 0
        apart = asked[found] - take(place[found])
        far = np.einsum("nd,nd->n", apart, apart, dtype=float) / 2
        far[zero[some[found]] | zero[place[found]]] = 1
        here = start + np.flatnonzero(found)
        index[here], distance[here] = place[found], far
        farthest[start : start + len(some)] = 1 - least
    return index, distance, farthest
