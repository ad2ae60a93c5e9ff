"""Relations between classes of which an item may have several, from how often they occur together
and from their names; closures of what implies what.

Source: Nguyen, Kim. CVPR workshops (2021), the cleaning of the iMet labels; Uijlings, Mensink,
Ferrari. The missing link. ECCV (2022), the kinds of relations.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from scipy.sparse.csgraph import connected_components
from scipy.stats import binom, poisson

from reliabel.core.labels import Bools, Floats, Ints
from reliabel.core.short_repr import by_fields
from reliabel.ops.agreement import wilson
from reliabel.ops.chunks import cut, total

LEVEL = 1e-3  # chance of any relation among classes that have none
EXPECTED = 5.0  # times that two classes would meet by chance, from which not meeting says something
RARE = 0.05  # share of these times up to which two classes still exclude each other
IMPLIES, SAME, LEAST = 0.95, 0.95, 20  # shares of items, and how many items make them a rule
OVERLAP = 0.2  # share of either class from which two classes overlap
PATH = re.compile(r"\s*(?:/|::|>|\||\\)\s*")


@dataclass(frozen=True, eq=False)
class Relations:
    """What classes are to each other; all are (k, k).

    share: of the items with the class of the row, how many have that of the column (NaN without
    any).  many: how many items that rests on.  same, exclusive, overlapping: symmetric.
    implies: the class of the row implies that of the column, which is not the same.
    """

    share: Floats
    many: Ints
    same: Bools
    implies: Bools
    exclusive: Bools
    overlapping: Bools

    __repr__ = by_fields


def relations(y: Ints) -> Relations:
    """The relations that answers (n, k) of 1, 0 and -1 (unknown) show, beyond chance over all pairs
    (Bonferroni's bound).

    >>> y = np.repeat([[1, 1, 0], [0, 1, 0], [0, 0, 1]], 40, axis=0)
    >>> found = relations(y)
    >>> np.argwhere(found.implies).tolist(), np.argwhere(found.exclusive).tolist()
    ([[0, 1]], [[0, 2], [1, 2], [2, 0], [2, 1]])
    """
    k = y.shape[1]
    if not y.size:
        none = np.zeros((k, k), dtype=bool)
        return Relations(np.full((k, k), np.nan), np.zeros((k, k), int), none, none, none, none)
    both, first, known = total(lambda block: _counts(*block.read()), cut(y))
    # both (k, k): items with both; first [a, b]: items with a where b is known; known: both known
    share = np.divide(both, first, out=np.full((k, k), np.nan), where=first > 0)
    base = np.divide(first.T, known, out=np.zeros((k, k)), where=known > 0)  # of b, where a known
    level = LEVEL / max(k * (k - 1) / 2, 1)
    other = ~np.eye(k, dtype=bool)
    enough = (first >= LEAST) & (first.T >= LEAST) & other
    surely = enough & (binom.sf(both - 1, first, base) < level)  # together more than by chance
    implies = surely & (np.nan_to_num(share) >= IMPLIES)
    same = surely & surely.T & (np.nan_to_num(np.minimum(share, share.T)) >= SAME)
    same = _classes(same)
    implies = closed(implies | same) & ~same & other
    implies &= ~implies.T
    expected = first * base
    apart = (both <= RARE * expected) & (poisson.cdf(both, expected) < level)
    exclusive = apart & (expected >= EXPECTED) & other & ~implies & ~implies.T & ~same
    low = np.nan_to_num(np.asarray(wilson(both, first)[0]))
    joint = surely | surely.T
    overlapping = joint & (low >= OVERLAP) & (low.T >= OVERLAP) & ~same & ~implies & ~implies.T
    return Relations(
        share, first.astype(np.int64), same, implies, exclusive & exclusive.T, overlapping
    )


def by_name(names: tuple[str, ...]) -> tuple[Bools, Bools]:
    """(k, k) which names say the same, and which say that the class of the row implies that of the
    column: a path such as "animal/dog" below the class "animal".

    >>> same, implies = by_name(("T-shirt", "t shirts", "animal", "animal/dog"))
    >>> np.argwhere(same).tolist(), np.argwhere(implies).tolist()
    ([[0, 1], [1, 0]], [[3, 2]])
    """
    k = len(names)
    same, implies = np.zeros((k, k), dtype=bool), np.zeros((k, k), dtype=bool)
    plain = [_plain(name) for name in names]
    place: dict[str, list[int]] = {}
    for number, word in enumerate(plain):
        place.setdefault(word, []).append(number)
    for alike in place.values():
        same[np.ix_(alike, alike)] = True
    np.fill_diagonal(same, False)
    for number, name in enumerate(names):
        parts = PATH.split(name.strip())
        for depth in range(1, len(parts)):
            above = place.get("/".join(_plain(part) for part in parts[:depth]), [])
            implies[number, above] = True
    return same, implies & ~same


def closed(edges: Bools) -> Bools:
    """The transitive closure of a relation (k, k), without the diagonal.

    >>> np.argwhere(closed(np.array([[0, 1, 0], [0, 0, 1], [0, 0, 0]], dtype=bool))).tolist()
    [[0, 1], [0, 2], [1, 2]]
    """
    reach = edges.copy()
    while True:
        wider = reach | ((reach.astype(np.float32) @ reach.astype(np.float32)) > 0)
        if (wider == reach).all():
            np.fill_diagonal(wider, False)
            return np.asarray(wider)
        reach = wider


def reduced(edges: Bools) -> Bools:
    """The fewest edges with the same closure, of a closed relation without circles.

    >>> np.argwhere(reduced(closed(np.eye(3, k=1, dtype=bool)))).tolist()
    [[0, 1], [1, 2]]
    """
    through = (edges.astype(np.float32) @ edges.astype(np.float32)) > 0
    return np.asarray(edges & ~through)


def _counts(y: Ints) -> tuple[Floats, Floats, Floats]:
    yes, known = (y == 1).astype(np.float32), (y >= 0).astype(np.float32)
    parts = yes.T @ yes, yes.T @ known, known.T @ known
    return tuple(part.astype(np.float64) for part in parts)  # type: ignore[return-value]


def _classes(same: Bools) -> Bools:
    """An equivalence: what is the same as the same thing is the same."""
    _, group = connected_components(same, directed=False)
    out = group[:, None] == group[None, :]
    np.fill_diagonal(out, False)
    return np.asarray(out)


def _plain(name: str) -> str:
    """A name without case, plural and signs between words; the parts of a path stay apart."""
    parts = PATH.split(name.strip())
    return "/".join(
        re.sub(r"[\W_]+", "", part.casefold()).removesuffix("s") or part for part in parts
    )
