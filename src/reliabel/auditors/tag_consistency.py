"""Tag consistency: a span is suspect if the same words are elsewhere another class, no span, or
part of a span that starts or ends at another word.

Needs no model.  Assumes that the same words mostly mean the same thing.  Weak on words that are
rightly two things (a city and its team) and on words that occur once, of which it says nothing
(score near one half).  Stretches of more than six words are not compared.
Cost: O(words log spans) for each length of spans, memory O(words).
Paper: Reiss, Xu, Cutler, Muthuraman, Eichenberger. Identifying incorrect labels in the CoNLL-2003
corpus. CoNLL 2020; Dickinson, Meurers. Detecting errors in part-of-speech annotation. EACL 2003
(variation of the same words).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.core.labels import Grouped, Spans
from reliabel.core.results import Suspicion
from reliabel.ops.surfaces import surface_counts
from reliabel.ops.word_features import words_of

STATUS = "default"
KINDS = ("type", "spurious", "boundary", "missing")
NEAR = ((1, 0), (0, -1), (-1, 0), (0, 1))  # first and last word moved by so much


def audit(labels: Grouped[Spans], *, items: Any, prior: float = 2.0) -> Suspicion:
    """Score = a / (a + b): b is the share of the other occurrences of the same words that have this
    very class, a the largest share that speaks against it: of another class, of no span, or of a
    span one word shorter or longer.

    Where no span is given (class -1), a is the share of the commonest class, b that of no span.
    Suggestion = what the occurrences that speak against it have.  Flag = score over three quarters.
    prior: occurrences without a label that are added to those seen, so that few say little.

    >>> text = [("in", "Rome"), ("to", "Rome"), ("at", "Rome"), ("see", "Rome")]
    >>> spans = Spans([1, 1, 1, 1], [2, 2, 2, 2], [0, 0, 0, 1], ["LOC", "PER"])
    >>> found = audit(Grouped(spans, [0, 1, 2, 3, 4]), items=text)
    >>> found.score.round(2).tolist(), found.kind[3]
    ([0.38, 0.38, 0.38, 0.87], 'type')
    """
    units, item = labels.units, labels.item
    words, rows, k = words_of(items), np.arange(len(units)), units.k
    given = units.y >= 0
    seen = np.flatnonzero(given)
    spans = (item[seen], units.start[seen], units.end[seen], units.y[seen])
    own = surface_counts(words, spans, k, (item, units.start, units.end))
    at = np.where(given, units.y, k)  # the last column is "no span"
    own[rows, at] -= given | (own[rows, at] > 0)  # the occurrence itself
    share = own / (own.sum(1, keepdims=True) + prior)
    mine = share[rows, at]
    share[rows, at] = -1
    # a candidate on words of a given span is no occurrence without a span, so nothing is taken off
    other = share.argmax(1)
    against, start, end = share.max(1), units.start.copy(), units.end.copy()
    kind = np.where(given, np.where(other == k, 1, 0), 3)
    suggest = np.where(other == k, -1, other)
    for left, right in NEAR:
        near = (item, units.start + left, units.end + right)
        count = surface_counts(words, spans, k, near)
        rate = count[:, :k] / (count.sum(1, keepdims=True) + prior)
        better = given & (rate.max(1, initial=0) > against)
        against = np.where(better, rate.max(1, initial=0), against)
        start, end = np.where(better, near[1], start), np.where(better, near[2], end)
        kind = np.where(better, 2, kind)
        suggest = np.where(better, rate.argmax(1) if k else -1, suggest)
    none = 1 / (prior + 8)  # both shares of words that are seen once: the score is one half
    score = (against + none) / (against + mine + 2 * none)
    told = np.array(KINDS)[kind]
    made = Spans(start, end, suggest, units.names)
    return Suspicion(score, score > 0.75, Grouped(made, labels.offsets), told.tolist())
