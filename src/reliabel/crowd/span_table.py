"""The table of who marks spans, labelling functions or people: what each marks, how often others
speak of the same words, and how much of it is right by the consensus and where spans are known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from reliabel.core.labels import Bools, Floats, Grouped, Ints, Spans, Votes
from reliabel.core.short_repr import by_fields
from reliabel.ops.agreement import wilson
from reliabel.ops.span_sites import overlapping


@dataclass(frozen=True, eq=False)
class SpanTable:
    """One row a worker (w,); shares are NaN where there is nothing to share."""

    votes: Ints  # items on which it speaks
    says: Ints  # (w, k) spans of each class
    denies: Ints  # marks that say that there is no span
    coverage: Floats  # share of all items
    overlap: Floats  # share of its marks whose words another speaks of as well
    conflict: Floats  # share of them of which another says otherwise
    right: Floats  # share of its marks that is right by the consensus
    found: Floats  # share of the consensus's spans of its classes, on its items, that it marks
    known: Ints  # marks on items whose spans are known
    known_right: Floats  # share of them that is right
    low: Floats  # its 95 % interval
    high: Floats
    known_found: Floats  # share of the known spans of its classes that it marks

    __repr__ = by_fields


class Marks(NamedTuple):
    """Spans one by one, with the item of each; class -1 says that there is none."""

    item: Ints
    start: Ints
    end: Ints
    y: Ints


def span_table(
    votes: Votes[Grouped[Spans]], consensus: Grouped[Spans], known: Grouped[Spans] | None = None
) -> SpanTable:
    """The table; marks are right where class and words are just those of a span, and those that say
    "no span" where no span has one of their words.

    known: the true spans of each item, where somebody looked.

    >>> spans = Spans([0, 0, 4], [2, 1, 5], [0, 0, -1], ["LOC"])
    >>> votes = Votes([0, 0], [0, 1], Grouped(spans, [0, 1, 3]), n=1, w=2)
    >>> table = span_table(votes, Grouped(Spans([0], [2], [0], ["LOC"]), [0, 1]))
    >>> table.right.tolist(), table.conflict.tolist()
    ([1.0, 0.5], [1.0, 0.5])
    """
    units, owner, w = votes.labels.units, votes.labels.item, votes.w
    k = max(units.k, 1)
    marks = Marks(votes.item[owner], units.start, units.end, units.y)
    who = votes.worker[owner]
    given = np.bincount(who, minlength=w)
    beside, against = _beside(marks, who)
    says = np.bincount(who[marks.y >= 0] * k + marks.y[marks.y >= 0], minlength=w * k)
    says = says.reshape(w, k)
    pairs = np.unique(votes.item.astype(np.int64) * w + votes.worker)
    cast = np.bincount(pairs % max(w, 1), minlength=w)
    truth = marks_of(consensus)
    hit = right_marks(marks, truth)
    checked = np.zeros(len(who), dtype=bool)
    sure = np.zeros(len(who), dtype=bool)
    met = np.full(w, np.nan)
    if known is not None:
        checked[:] = True
        sure = right_marks(marks, marks_of(known))
        met = _found(marks, who, sure, marks_of(known), says, None)
    tested, good = (np.bincount(who, part, w) for part in (checked, sure))
    low, high = wilson(good, tested)
    none = tested == 0
    return SpanTable(
        cast,
        says,
        np.bincount(who[marks.y < 0], minlength=w),
        cast / max(votes.n, 1),
        _share(np.bincount(who, beside, w), given),
        _share(np.bincount(who, against, w), given),
        _share(np.bincount(who, hit, w), given),
        _found(marks, who, hit, truth, says, pairs),
        tested.astype(np.int64),
        _share(good, tested),
        np.where(none, np.nan, low),
        np.where(none, np.nan, high),
        met,
    )


def marks_of(labels: Grouped[Spans]) -> Marks:
    """The spans of a label set, those without a class left out."""
    use = labels.units.y >= 0
    u = labels.units
    return Marks(labels.item[use], u.start[use], u.end[use], u.y[use])


def right_marks(marks: Marks, truth: Marks) -> Bools:
    """(marks,) which are right."""
    both = np.concatenate([np.stack(truth, 1), np.stack(marks, 1)])
    code = np.unique(both, axis=0, return_inverse=True)[1].ravel()
    right = np.isin(code[len(truth.item) :], code[: len(truth.item)])
    reach = int(both[:, 2].max(initial=0)) + 1
    begins, ends = (np.sort(truth.item * reach + part) for part in (truth.start, truth.end))
    inside = np.searchsorted(begins, marks.item * reach + marks.end, side="left")
    before = np.searchsorted(ends, marks.item * reach + marks.start, side="right")
    return np.where(marks.y < 0, inside <= before, right)


def span_scores(mine: Grouped[Spans], truth: Grouped[Spans]) -> tuple[float, float, float]:
    """Precision, recall and F1 of spans with just the true words and class."""
    here, there = marks_of(mine), marks_of(truth)
    hits = float(right_marks(here, there).sum())
    sizes = len(here.item), len(there.item)
    precision, recall = (hits / size if size else float("nan") for size in sizes)
    return precision, recall, 2 * hits / max(sum(sizes), 1)


def span_worker_columns(
    table: SpanTable, records: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """Further columns of workers.parquet.

    records: what became of each function, as ``votes_from_functions`` has it.
    """
    functions = {
        name: [int(one[name]) for one in records] for name in ("errors", "slow") if records
    }
    return {
        "kind": ["function" if records else "unknown"] * len(table.votes),
        "gold_votes": table.known,
        "gold_right": table.known_right,
        "low": table.low,
        "high": table.high,
        "says": table.says.astype(np.int64),
        "coverage": table.coverage,
        "overlap": table.overlap,
        "conflict": table.conflict,
        **functions,
    }


def _beside(marks: Marks, who: Ints) -> tuple[Bools, Bools]:
    """(marks,) whether another speaks of some of the words, and whether one says otherwise: another
    class, other words, or none.
    """
    order = np.lexsort([marks.end, marks.start, marks.item])
    a, b = overlapping(marks.item[order], marks.start[order], marks.end[order])
    a, b = order[a], order[b]
    other = who[a] != who[b]
    a, b = a[other], b[other]
    same = marks.y[a] == marks.y[b]
    same &= (marks.y[a] < 0) | ((marks.start[a] == marks.start[b]) & (marks.end[a] == marks.end[b]))
    beside, against = np.zeros(len(who), dtype=bool), np.zeros(len(who), dtype=bool)
    beside[a] = beside[b] = True
    against[a[~same]] = against[b[~same]] = True
    return beside, against


def _found(
    marks: Marks, who: Ints, right: Bools, truth: Marks, says: Ints, pairs: Ints | None
) -> Floats:
    """(w,) the share of the true spans of a worker's classes that it marks; ``pairs``: of those on
    the items (item * w + worker) that it spoke of, None for all.
    """
    w, k = says.shape
    hit = np.bincount(who[right & (marks.y >= 0)], minlength=w)
    if pairs is None:
        due = (says > 0) @ np.bincount(truth.y, minlength=k)
        return _share(hit, due)
    size = np.bincount(truth.item * k + truth.y, minlength=0)
    held = np.zeros((int(max(pairs.max(initial=0) // w, truth.item.max(initial=0))) + 1) * k)
    held[: len(size)] = size
    item, worker = pairs // w, pairs % w
    asked: Floats = np.zeros(w)
    for c in range(k):  # classes, so that no (pairs, k) table is held
        asked += (says[:, c] > 0) * np.bincount(worker, held[item * k + c], w)
    return _share(hit, asked)


def _share(part: Any, whole: Any) -> Floats:
    some: Floats = np.divide(
        part.astype(float), whole, out=np.full(len(part), np.nan), where=np.asarray(whole) > 0
    )
    return some
