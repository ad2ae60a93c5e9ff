"""What a tagger sees in the place of a given span: the likeliest other span, or none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reliabel.core.evidence import TokenProbs
from reliabel.core.labels import Bools, Floats, Ints, Spans
from reliabel.core.short_repr import by_fields
from reliabel.ops.span_probs import Likely, chances, clear, covered, crossing, likely, span_probs

KINDS = ("", "type", "boundary", "type and boundary", "spurious", "missing")
LEAST = 0.05  # chance from which another span is looked at


@dataclass(frozen=True, eq=False)
class Alternatives:
    """Of each unit (a given span, or a place without one): ``every`` (m, k) the chance of each
    class for exactly its words, ``nothing`` (m,) that of no span and ``elsewhere`` (m,) that of the
    likeliest span on other words that shares some, which are ``near``; ``own`` (m,) the chance of
    what is given and ``best`` of the likeliest alternative, which is ``mend`` (class -1: no span),
    and the ``kind`` of error that it would be, a place in KINDS.  ``free`` (m,) tells places
    without a span that share no word with a given one: the others are what these may be mended to.
    """

    every: Floats
    nothing: Floats
    elsewhere: Floats
    near: tuple[Ints, Ints]
    own: Floats
    best: Floats
    kind: Ints
    mend: Spans
    free: Bools

    __repr__ = by_fields


def alternatives(units: Spans, item: Ints, token_probs: TokenProbs) -> Alternatives:
    """The alternatives to units, spans of the items ``item``, by the probabilities of a tagger.

    Raises ValueError where a span reaches beyond the words of its item.
    """
    _within(units, item, token_probs)
    probs = span_probs(token_probs, units.names)
    where = (item, units.start, units.end)
    every, nothing = chances(probs, *where), clear(probs, *where)
    given, rows = units.y >= 0, np.arange(len(units))
    there = covered(probs.offsets, *where)
    others = likely(probs, LEAST, there)
    own = np.where(given, every[rows, np.maximum(units.y, 0)], nothing) if units.k else nothing
    rest = every.copy()  # another class of the same words
    rest[rows[given], units.y[given]] = -1
    best, y = rest.max(1, initial=0.0), rest.argmax(1) if units.k else np.full(len(units), -1)
    kind = np.where(given, 1, 5)
    start, end = units.start.copy(), units.end.copy()
    unit, found = _other_words(units, item, others)
    elsewhere = np.zeros(len(units))
    elsewhere[unit] = others.p[found]
    near = units.start.copy(), units.end.copy()
    near[0][unit], near[1][unit] = others.start[found], others.end[found]
    better = given[unit] & (others.p[found] > best[unit])
    unit, found = unit[better], found[better]
    best[unit], y[unit] = others.p[found], others.y[found]
    start[unit], end[unit] = others.start[found], others.end[found]
    kind[unit] = np.where(others.y[found] == units.y[unit], 2, 3)
    none = given & (nothing > best)
    best, kind, y = np.where(none, nothing, best), np.where(none, 4, kind), np.where(none, -1, y)
    start, end = np.where(none, units.start, start), np.where(none, units.end, end)
    some = np.flatnonzero(given)
    free = ~given
    free[crossing(*where, (item[some], units.start[some], units.end[some]))[0]] = False
    return Alternatives(
        *(every, nothing, elsewhere, near, own, best, kind, Spans(start, end, y, units.names), free)
    )


def _other_words(units: Spans, item: Ints, others: Likely) -> tuple[Ints, Ints]:
    """The units that share words with likely spans on other words, and the likeliest of these."""
    mine, other = crossing(item, units.start, units.end, (others.item, others.start, others.end))
    apart = (others.start[other] != units.start[mine]) | (others.end[other] != units.end[mine])
    keep = np.flatnonzero(apart)
    order = keep[np.lexsort([others.product[other[keep]], others.p[other[keep]], mine[keep]])]
    last = np.flatnonzero(np.append(mine[order][1:] != mine[order][:-1], len(order) > 0))
    return mine[order[last]], other[order[last]]


def _within(units: Spans, item: Ints, token_probs: TokenProbs) -> None:
    size = np.diff(token_probs.offsets)[item] if len(item) else np.empty(0)
    beyond = units.end > size
    if beyond.any():
        row = int(beyond.argmax())
        raise ValueError(
            f"token_probs has {int(size[row])} words for item {int(item[row])}, a span of it ends "
            f"at word {int(units.end[row])}; give one row for each word of the sentence (sub-words "
            "merged)"
        )
