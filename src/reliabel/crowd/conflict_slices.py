"""Slices on which labelling functions disagree: the words, values of columns and functions that
items in conflict have in common.

Of all properties the one with the most conflicts beyond the usual rate is told first; its items are
then set aside, so that the next slice tells something else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from reliabel.core.labels import Bools, Classes, Floats, Ints, Votes
from reliabel.ops.table_columns import as_column, codes, numbers
from reliabel.ops.texts import plain
from reliabel.ops.word_features import words_of

WORD = re.compile(r"[^\W\d_]{2,}")
LARGEST = 50_000  # items whose words and values are looked at
VALUES, FIFTHS = 30, 7  # values of a column; of one of numbers five ranges, missing and above
SURE, FEW = 4.0, 5  # standard errors and conflicts from which a slice is told (a judgement)
SHOWN = 3  # items of a slice


class Slice(NamedTuple):
    """Items that share a property (``what``: "word", "value", "function"; ``name``: which; of a
    function its number) and were voted on by two functions or more: how many, on how many of them
    functions disagree, and the share on items without the property.  ``wins``: the likeliest class
    of most of those in conflict, and of which share.
    """

    what: str
    name: str
    items: int
    conflicts: int
    elsewhere: float
    wins: int
    share: float
    examples: tuple[int, ...]


class Conflicts(NamedTuple):
    """On how many items two functions or more vote, on how many they disagree, and where."""

    several: int
    conflicts: int
    slices: tuple[Slice, ...]


def conflict_slices(
    votes: Votes[Classes], posterior: Floats, items: Any = None, *, most: int = 6
) -> Conflicts:
    """Where functions disagree.

    posterior: (n, k) the chance of each class.
    items: texts, or a mapping of columns; other items have no words to look at.
    most: slices that are told.

    >>> item, worker = np.repeat(np.arange(60), 2), np.tile([0, 1], 60)
    >>> y = np.where((worker == 1) & (item < 20), 1, 0)  # they disagree on the first twenty
    >>> texts = [f"an {'order' if i < 20 else 'answer'}" for i in range(60)]
    >>> v = Votes(item, worker, Classes(y, ("a", "b")), 60, 2)
    >>> found = conflict_slices(v, np.tile([0.6, 0.4], (60, 1)), texts)
    >>> found[:2], [(one.what, one.name, one.items, one.conflicts) for one in found.slices]
    ((60, 20), [('word', 'order', 20, 20)])
    """
    several, conflict = in_conflict(votes)
    use = np.flatnonzero(several)
    total = Conflicts(len(use), int(conflict.sum()), ())
    if total.conflicts < FEW:
        return total
    use = use[np.linspace(0, len(use) - 1, min(len(use), LARGEST)).astype(np.int64)]
    has, names = _properties(votes, use, items)
    slices: list[Slice] = []
    left = np.ones(len(use), dtype=bool)
    hit = conflict[use]
    while len(slices) < most and (place := _next(has, hit, left)) is not None:
        rows = np.flatnonzero(has[:, [place]].toarray()[:, 0] > 0)
        slices.append(_told(names[place], use, rows, hit, left, posterior))
        left[rows] = False
    return total._replace(slices=tuple(slices))


def in_conflict(votes: Votes[Classes]) -> tuple[Bools, Bools]:
    """(n,) whether two functions or more vote on an item, and whether for different classes.

    >>> [one.tolist() for one in in_conflict(Votes([0, 0, 1], [0, 1, 0], Classes([0, 1, 1]), 2, 2))]
    [[True, False], [True, False]]
    """
    cast = np.bincount(votes.item, minlength=votes.n)
    first = np.full(votes.n, -1)
    first[votes.item[::-1]] = votes.labels.y[::-1]
    other = np.bincount(votes.item, votes.labels.y != first[votes.item], votes.n) > 0
    return cast > 1, other


def _next(has: Any, hit: Bools, left: Bools) -> int | None:
    """The property with the most conflicts beyond the rate of what is left, None where none has
    many more than chance.
    """
    rest = left.astype(float)
    if not (hit & left).any():
        return None
    rate = float((hit & left).sum() / left.sum())
    size, found = rest @ has, (hit & left).astype(float) @ has
    excess = found - rate * size
    error = np.sqrt(np.maximum(size * rate * (1 - rate) * (1 - size / max(left.sum(), 1)), 1e-9))
    told = (excess > SURE * error) & (found >= FEW)
    return int(np.where(told, excess, -np.inf).argmax()) if told.any() else None


def _told(
    name: tuple[str, str], use: Ints, rows: Ints, hit: Bools, left: Bools, posterior: Floats
) -> Slice:
    """The slice of some rows of ``use``; examples are the least clear ones of those ``left``."""
    mine = use[rows[hit[rows]]]
    label = posterior[mine].argmax(1)
    count = np.bincount(label, minlength=posterior.shape[1])
    new = use[rows[hit[rows] & left[rows]]]
    unclear = new[np.argsort(posterior[new].max(1), kind="stable")][:SHOWN]
    others = np.delete(hit, rows)
    elsewhere = float(others.mean()) if len(others) else np.nan
    wins = int(count.argmax())
    return Slice(
        *name,
        len(rows),
        len(mine),
        elsewhere,
        wins,
        float(count[wins] / max(count.sum(), 1)),
        tuple(unclear.tolist()),
    )


def _properties(votes: Votes[Classes], use: Ints, items: Any) -> tuple[Any, list[tuple[str, str]]]:
    """Sparse 0/1 (items, properties), and what each property is; words and values come first, which
    say why functions fire.
    """
    parts, names = [], list[tuple[str, str]]()
    for what, (matrix, own) in (("word", _words(items, use)), ("value", _values(items, use))):
        parts.append(matrix)
        names += [(what, name) for name in own]
    place = np.full(votes.n, -1)
    place[use] = np.arange(len(use))
    mine = place[votes.item] >= 0
    fires = sparse.csc_array(
        (np.ones(int(mine.sum())), (place[votes.item[mine]], votes.worker[mine])),
        shape=(len(use), votes.w),
    )
    fires.data[:] = 1
    names += [("function", str(j)) for j in range(votes.w)]
    return sparse.hstack([*parts, fires]).tocsc(), names


def _words(items: Any, use: Ints) -> tuple[Any, list[str]]:
    """Which words stand in which texts; no column where items are no texts."""
    nothing = sparse.csc_array((len(use), 0)), list[str]()
    if isinstance(items, Mapping) or not isinstance(items, Sequence):
        return nothing
    if not all(isinstance(items[i], str) for i in use[:20].tolist()):
        return nothing
    found = words_of([WORD.findall(plain(items[i]).lower()) for i in use.tolist()])
    row = np.repeat(np.arange(len(use)), np.diff(found.offsets))
    return _marks(row, found.word, len(use), list(found.distinct))


def _values(items: Any, use: Ints) -> tuple[Any, list[str]]:
    """Which values columns of items have: of many numbers in which range they lie."""
    parts, names = [sparse.csc_array((len(use), 0))], list[str]()
    for title, cells in items.items() if isinstance(items, Mapping) else ():
        column = as_column(cells)[use]
        line = numbers(column)
        code, many = codes(column, VALUES if line is None else FIFTHS)
        known = [np.flatnonzero(code == c) for c in range(many)]
        own = ["" if not len(rows) else _range(column[rows], line, rows) for rows in known]
        matrix, own = _marks(np.arange(len(use)), code, len(use), own)
        parts.append(matrix)
        names += [f"{title} {name}" for name in own]
    return sparse.hstack(parts).tocsc(), names


def _range(cells: Any, line: Floats | None, rows: Ints) -> str:
    """What the cells of some rows are, in words."""
    if line is not None and np.isfinite(line[rows]).all():
        low, high = line[rows].min(), line[rows].max()
        return f"= {low:g}" if low == high else f"{low:g} to {high:g}"
    some = sorted({str(cell) for cell in cells[:100].tolist()})
    return f"= {some[0]}" if len(some) == 1 else "rare or missing"


def _marks(row: Ints, column: Ints, n: int, names: list[str]) -> tuple[Any, list[str]]:
    """Sparse 0/1 (n, properties) of the properties that are not too rare, and their names."""
    matrix = sparse.csc_array((np.ones(len(row)), (row, column)), shape=(n, len(names)))
    matrix.data[:] = 1
    often = np.flatnonzero(np.diff(matrix.indptr) >= FEW)
    return matrix[:, often], [names[c] for c in often.tolist()]
