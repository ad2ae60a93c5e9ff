"""From probabilities of tags to chances of spans: how likely a stretch of words is a span of each
class, and which spans are likely.

A span of class c from one word to another is a start of c, the inside of c up to its last word, and
no inside of c after it.  Its chance is that of the least likely of these: the words of a span are
right or wrong together, and a product over them would call every long span unlikely.  A word that
is inside a class starts a span where the word before it is not of that class, so that taggers of
any scheme are read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from reliabel.core.evidence import TokenProbs
from reliabel.core.labels import Bools, Floats, Ints
from reliabel.core.short_repr import by_fields

LONGEST = 60  # words of a likely span


@dataclass(frozen=True, eq=False)
class SpanProbs:
    """Of each word and class: ``start`` (words, k), the chance that a span starts there, ``inside``
    (words + 1, k), that one goes on there, and ``outside`` (words,), that it is in no span.
    ``offsets`` (n + 1,) is the first word of each sentence.
    """

    start: Floats
    inside: Floats
    outside: Floats
    offsets: Ints

    __repr__ = by_fields


@dataclass(frozen=True, eq=False)
class Likely:
    """Spans that are likely: item, words from ``start`` to before ``end``, class and chance ``p``;
    ``product`` of the chances of all their words tells those of one chance apart.
    """

    item: Ints
    start: Ints
    end: Ints
    y: Ints
    p: Floats
    product: Floats

    __repr__ = by_fields

    def __len__(self) -> int:
        return len(self.item)

    def take(self, rows: Ints) -> Likely:
        """Some of the spans."""
        return Likely(*(getattr(self, one.name)[rows] for one in fields(self)))


def span_probs(token_probs: TokenProbs, types: Sequence[str]) -> SpanProbs:
    """The chances of starts and insides of the classes ``types``; a class that the tagger does not
    know has none.

    >>> tags = TokenProbs([[0.1, 0.8, 0.1], [0.2, 0.2, 0.6]], [0, 2], ["O", "B-LOC", "I-LOC"])
    >>> found = span_probs(tags, ["LOC"])
    >>> [part.ravel().astype(float).round(2).tolist() for part in (found.start, found.inside)]
    [[0.9, 0.26], [0.0, 0.6, 0.0]]
    """
    p, offsets = token_probs.p, np.asarray(token_probs.offsets)
    place = {name: column for column, name in enumerate(token_probs.names)}

    def columns(letter: str) -> Floats:
        out = np.zeros((len(p), len(types)), dtype=np.float32)
        for c, name in enumerate(types):
            if (column := place.get(f"{letter}-{name}")) is not None:
                out[:, c] = p[:, column]
        return out

    begin, inside = columns("B"), columns("I")
    outside = p[:, place["O"]] if "O" in place else 1 - begin.sum(1) - inside.sum(1)
    first = np.zeros(len(p), dtype=bool)
    first[offsets[:-1][np.diff(offsets) > 0]] = True
    before = np.zeros_like(begin)  # the chance that the word before is of the class
    before[1:] = begin[:-1] + inside[:-1]
    before[first] = 0
    start = begin + inside * np.clip(1 - before, 0, 1)
    inside[first] = 0
    return SpanProbs(start, np.vstack([inside, np.zeros((1, len(types)), np.float32)]),
                     np.asarray(outside), offsets)  # fmt: skip


def chances(probs: SpanProbs, item: Ints, start: Ints, end: Ints) -> Floats:
    """(spans, k) the chance that exactly these words are a span of each class.

    >>> tags = TokenProbs([[0.1, 0.8, 0.1], [0.2, 0.2, 0.6]], [0, 2], ["O", "B-LOC", "I-LOC"])
    >>> at = np.zeros(2, dtype=int), np.array([0, 0]), np.array([1, 2])
    >>> chances(span_probs(tags, ["LOC"]), *at).ravel().round(2).tolist()
    [0.4, 0.6]
    """
    first, last = probs.offsets[item] + start, probs.offsets[item] + end
    out = np.minimum(probs.start[first], 1 - probs.inside[last])
    long = np.flatnonzero(end - start > 1)
    if len(long):
        size = (end - start - 1)[long]
        begins = np.cumsum(size) - size
        word = np.arange(int(size.sum())) - np.repeat(begins - first[long] - 1, size)
        least = np.minimum.reduceat(probs.inside[word], begins, axis=0)
        out[long] = np.minimum(out[long], least)
    return np.asarray(out, dtype=float)


def clear(probs: SpanProbs, item: Ints, start: Ints, end: Ints) -> Floats:
    """(spans,) the chance that none of these words is in a span: that of the word which is least
    likely outside.
    """
    if not len(item):
        return np.empty(0)
    size = end - start
    begins = np.cumsum(size) - size
    word = np.arange(int(size.sum())) - np.repeat(begins - probs.offsets[item] - start, size)
    return np.asarray(np.minimum.reduceat(probs.outside[word], begins), dtype=float)


def likely(probs: SpanProbs, least: float, where: Bools | None = None) -> Likely:
    """All spans with a chance of at least ``least``, by item, start, end and class; with ``where``
    (words,) at least those that share a word with it.

    >>> tags = TokenProbs([[0.1, 0.8, 0.1], [0.2, 0.2, 0.6]], [0, 2], ["O", "B-LOC", "I-LOC"])
    >>> found = likely(span_probs(tags, ["LOC"]), 0.2)
    >>> list(zip(found.start.tolist(), found.end.tolist(), found.p.round(2).tolist()))
    [(0, 1, 0.4), (0, 2, 0.6), (1, 2, 0.26)]
    """
    starts = probs.start >= least
    if where is not None:
        starts &= _leading(probs, least, where)
    word, y = np.nonzero(starts)
    p = probs.start[word, y].astype(float)
    product, end = p, word + 1
    found: list[tuple[Ints, Ints, Ints, Floats, Floats]] = []
    for _ in range(LONGEST):  # all spans grow by a word at once; few are left after some words
        goes_on = probs.inside[end, y].astype(float)
        some = np.minimum(p, 1 - goes_on) >= least
        parts = (word, end, y, np.minimum(p, 1 - goes_on), product * (1 - goes_on))
        found.append(tuple(part[some] for part in parts))
        p, product, end = np.minimum(p, goes_on), product * goes_on, end + 1
        some = p >= least
        word, end, y, p, product = word[some], end[some], y[some], p[some], product[some]
        if not len(word):
            break
    columns = [np.concatenate([part[place] for part in found]) for place in range(5)]
    order = np.lexsort(columns[2::-1])
    first, last, sort, chance, whole = (column[order] for column in columns)
    item = np.searchsorted(probs.offsets, first, side="right") - 1
    base = probs.offsets[item]
    return Likely(item, first - base, last - base, sort, chance, whole)


def _leading(probs: SpanProbs, least: float, where: Bools) -> Bools:
    """(words, k) whether a likely span of a class that starts at a word reaches ``where``."""
    leads = np.repeat(where[:, None], probs.start.shape[1], axis=1)
    word, y = np.nonzero(where[1:, None] & ~where[:-1, None] & (probs.inside[1:-1] >= least))
    for _ in range(LONGEST):  # a word further back at once, few after some words
        leads[word, y] = True
        back = (word > 0) & ~leads[np.maximum(word - 1, 0), y]
        word, y = word[back], y[back]
        goes_on = probs.inside[word, y] >= least
        word, y = word[goes_on] - 1, y[goes_on]
        if not len(word):
            break
    return leads


def apart(found: Likely) -> Likely:
    """The likely spans that share no word with a likelier one that is kept: the best, then the best
    of those apart from it, and so on.

    >>> one = np.zeros(3, dtype=int)
    >>> p = np.array([0.5, 0.9, 0.6])
    >>> apart(Likely(one, np.array([0, 1, 3]), np.array([2, 4, 5]), one, p, p)).start.tolist()
    [1]
    """
    rank = np.empty(len(found), dtype=np.int64)
    rank[np.lexsort([found.product, found.p])[::-1]] = np.arange(len(found))
    where = (found.item, found.start, found.end)
    mine, other = crossing(*where, where)
    worse = rank[mine] > rank[other]
    mine, other = mine[worse], other[worse]  # ``mine`` gives way where ``other`` is kept
    kept, left = np.ones(len(found), dtype=bool), np.ones(len(found), dtype=bool)
    while len(mine):
        beaten = np.zeros(len(found), dtype=bool)
        beaten[mine] = True
        best = left & ~beaten
        lost = mine[best[other]]
        kept[lost] = False
        left &= ~best
        left[lost] = False
        open_ = left[mine] & left[other]
        mine, other = mine[open_], other[open_]
    return found.take(np.flatnonzero(kept))


def covered(offsets: Ints, item: Ints, start: Ints, end: Ints) -> Bools:
    """(words,) whether a word is in one of the spans.

    >>> covered(np.array([0, 2, 5]), np.array([1]), np.array([0]), np.array([2])).tolist()
    [False, False, True, True, False]
    """
    edge = np.zeros(int(offsets[-1]) + 1, dtype=np.int32)
    np.add.at(edge, offsets[item] + start, 1)
    np.add.at(edge, offsets[item] + end, -1)
    return np.asarray(np.cumsum(edge)[:-1] > 0)


def crossing(
    item: Ints, start: Ints, end: Ints, others: tuple[Ints, Ints, Ints]
) -> tuple[Ints, Ints]:
    """Pairs (span, other) that share a word; ``others``: item, start and end.

    >>> one = [np.array(part) for part in ([0, 0], [0, 3], [2, 4])]
    >>> two = tuple(np.array(part) for part in ([0, 0], [1, 2], [4, 3]))
    >>> [part.tolist() for part in crossing(*one, two)]
    [[0, 1], [0, 0]]
    """
    owner, there, to = others
    reach = int(max(end.max(initial=0), to.max(initial=0))) + 1
    left, right = item * reach + start, item * reach + end
    order = np.lexsort([to, owner * reach + there])
    begins, ends = (owner * reach + there)[order], (owner * reach + to)[order]
    furthest = np.maximum.accumulate(ends) if len(ends) else ends
    low = np.searchsorted(furthest, left, side="right")
    size = np.maximum(np.searchsorted(begins, right, side="left") - low, 0)
    mine = np.repeat(np.arange(len(item)), size)
    place = np.arange(int(size.sum())) - np.repeat(np.cumsum(size) - size, size) + low[mine]
    shares = ends[place] > left[mine]
    return mine[shares], order[place[shares]]
