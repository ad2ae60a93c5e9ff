"""Span scores: a span is suspect where a tagger sees another type, another boundary or no span, and
a place without one where it sees a span.

What it sees there says what is wrong: the type, the boundary, both, nothing there (spurious), or a
span where none is given (missing).  The chance of a span is that of the least likely of its marks:
a start, the inside of each word, an end.  Assumes a tagger that did not train on the sentence.
Weak on spans that are rare and right, which a tagger cannot know, and where a scheme of the labels
is unlike that of the tagger.
Cost: O(words x classes), memory the same and the likely spans.
Paper: Reiss, Xu, Cutler, Muthuraman, Eichenberger. Identifying incorrect labels in the CoNLL-2003
corpus. CoNLL 2020 (kinds of errors); Wang, Mueller. Detecting label errors in token classification
data. arXiv:2210.03920 (the least likely token).
"""

from __future__ import annotations

import numpy as np

from reliabel.core.evidence import TokenProbs
from reliabel.core.labels import Floats, Grouped, Ints, Spans
from reliabel.core.results import Suspicion
from reliabel.ops.span_probs import Likely, chances, clear, crossing, likely, span_probs

STATUS = "default"
KINDS = ("", "type", "boundary", "type and boundary", "spurious", "missing")
LEAST = 0.02  # chance from which another span is looked at
EVEN = 1e-3  # added to both chances, so that their ratio is not one of two numbers near nothing


def audit(labels: Grouped[Spans], *, token_probs: TokenProbs) -> Suspicion:
    """Score = the chance of the likeliest alternative, divided by that and the chance of what is
    given; suggestion = the alternative (no class where it is no span).

    Where no span is given (class -1) the alternative is a span of the likeliest class; one that
    shares words with a given span has no score, because it is what that span may be mended to.
    Flag = the alternative is likelier than what is given, and at least as likely as given spans of
    its class are on average.

    >>> p = [[0.1, 0.8, 0.1], [0.3, 0.1, 0.6], [0.1, 0.9, 0.0]]
    >>> probs = TokenProbs(p, [0, 3], ["O", "B-LOC", "I-LOC"])
    >>> found = audit(Grouped(Spans([0, 2], [1, 3], [0, -1], ["LOC"]), [0, 2]), token_probs=probs)
    >>> found.score.round(2).tolist(), list(found.kind)
    ([0.6, 0.9], ['boundary', 'missing'])
    """
    units, item = labels.units, labels.item
    probs = span_probs(token_probs, units.names)
    where = (item, units.start, units.end)
    every = chances(probs, *where)  # (m, k)
    nothing = clear(probs, *where)
    given, rows = units.y >= 0, np.arange(len(units))
    own = np.where(given, every[rows, np.maximum(units.y, 0)], nothing)
    others = likely(probs, LEAST)
    best, partner, kind = _alternatives(units, item, given, every, others)
    spurious = given & (nothing > best)
    best, kind = np.where(spurious, nothing, best), np.where(spurious, 4, kind)
    score = (best + EVEN) / (best + own + 2 * EVEN)
    mend = np.zeros(len(units), dtype=bool)  # candidates that are mends of given spans
    some = np.flatnonzero(given)
    mend[crossing(*where, tuple(part[some] for part in where))[0]] = True  # type: ignore[arg-type]
    score[mend & ~given] = np.nan
    suggest = _suggested(units, given & ~spurious, every, others, partner, kind)
    flag = (score > 0.5) & (best >= _usual(units, own, given)[suggest.y])
    told = np.where(np.isnan(score), "", np.array(KINDS)[kind])
    return Suspicion(score, flag, Grouped(suggest, labels.offsets), told.tolist())


def _alternatives(
    units: Spans, item: Ints, given: np.ndarray, every: Floats, others: Likely
) -> tuple[Floats, Ints, Ints]:
    """Of each unit the chance of the likeliest other span there, its place among the likely spans
    (-1: the same words), and what kind of error that would be.
    """
    rows = np.arange(len(units))
    rest = every.copy()
    rest[rows[given], units.y[given]] = -1
    best = rest.max(1, initial=0.0)  # another class of the same words
    kind, partner = np.where(given, 1, 5), np.full(len(units), -1)
    mine, other = crossing(item, units.start, units.end, (others.item, others.start, others.end))
    apart = (others.start[other] != units.start[mine]) | (others.end[other] != units.end[mine])
    keep = np.flatnonzero(apart & given[mine])
    order = keep[np.lexsort([others.product[other[keep]], others.p[other[keep]], mine[keep]])]
    last = np.flatnonzero(np.append(mine[order][1:] != mine[order][:-1], len(order) > 0))
    unit, found = mine[order[last]], other[order[last]]  # the best of each unit
    better = others.p[found] > best[unit]
    unit, found = unit[better], found[better]
    best[unit], partner[unit] = others.p[found], found
    kind[unit] = np.where(others.y[found] == units.y[unit], 2, 3)
    return best, partner, kind


def _suggested(
    units: Spans, same: np.ndarray, every: Floats, others: Likely, partner: Ints, kind: Ints
) -> Spans:
    """The alternatives as spans; class -1 where it is no span."""
    rest = every.copy()
    rows = np.flatnonzero(units.y >= 0)
    rest[rows, units.y[rows]] = -1
    y = rest.argmax(1) if units.k else np.full(len(units), -1)
    moved = same & (partner >= 0)
    at = np.maximum(partner, 0)
    start, end = units.start.copy(), units.end.copy()
    if len(others):
        start, end = (
            np.where(moved, other[at], own)
            for other, own in ((others.start, start), (others.end, end))
        )
        y = np.where(moved, others.y[at], y)
    return Spans(start, end, np.where(kind == 4, -1, y), units.names)


def _usual(units: Spans, own: Floats, given: np.ndarray) -> Floats:
    """(k + 1,) the mean chance of the given spans of each class; last, for no span, that of all."""
    y = units.y[given]
    count = np.bincount(y, minlength=units.k)
    total = np.bincount(y, own[given], minlength=units.k)
    mean = float(own[given].mean()) if len(y) else 0.5
    return np.append(np.where(count > 0, total / np.maximum(count, 1), mean), mean)
