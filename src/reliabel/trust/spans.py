"""P(wrong) of tagged text: spans and places without one are units that a person counts, and "no
span" is one class more.

A unit is a given span, which may be wrong in type, boundary or altogether, or a place where a span
may be missing.  Evidence on each unit is the chance of each class for exactly its words and of
anything else there, and how often the same words are a span of each class elsewhere; the model of
P(wrong) is that of classes.  A place that shares words with a given span is no unit: it is what
that span may be mended to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from reliabel.core.evidence import TokenProbs
from reliabel.core.labels import Classes, Floats, Grouped, Spans
from reliabel.core.results import Interval
from reliabel.core.short_repr import by_fields
from reliabel.ops.span_alternatives import Alternatives, alternatives
from reliabel.trust.count import before_review
from reliabel.trust.p_wrong import PWrong, p_wrong
from reliabel.trust.tables import tables

NO_SPAN = "no span"
# Places where a span is unlikely are not looked at, so of units that are surely no span only the
# given ones are here.  Chances below this are taken for it, so that these lie among others.
FLOOR = 0.1
PRIOR = 1.0  # occurrences that are added to those seen of the same words


@dataclass(frozen=True, eq=False)
class SpansPWrong:
    """P(wrong) of each unit (NaN where it is none), the mend to suggest (class -1: no span) with
    its chance, and the count of wrong spans and missing ones.
    """

    p: Floats
    suggest: Spans
    p_suggest: Floats
    count: Interval
    missing: float  # of the count, the spans that are missing
    found: PWrong

    __repr__ = by_fields


def p_wrong_spans(
    labels: Grouped[Spans],
    *,
    token_probs: TokenProbs,
    items: Sequence[Any] | None = None,
    noise: str = "human",
    rng: np.random.Generator,
) -> SpansPWrong:
    """P(wrong) of each given span, and the chance that one is missing in each place without.

    items: the words, for the evidence on the same words elsewhere.  noise: as in ``p_wrong``.
    """
    units, rows = labels.units, np.arange(len(labels.units))
    seen = alternatives(units, labels.item, token_probs)
    given, k = units.y >= 0, units.k
    known = (given | seen.free) & np.isfinite(seen.own)
    y = np.where(known, np.where(given, units.y, k), -1)
    classes = Classes(y, (*units.names, NO_SPAN))
    others = {} if items is None else {"same words": same_words(labels, items)}
    evidence = tables(classes, probs=unit_probs(seen), others=others, rng=rng)
    found = p_wrong(classes, evidence, noise=noise, rng=rng)
    count = before_review(found)
    # where the model says "something else", it is what the tagger sees there
    elsewhere = found.suggest == k
    keep = np.where(elsewhere | (found.suggest < 0), seen.mend.y, found.suggest)
    start = np.where(elsewhere, seen.mend.start, units.start)
    end = np.where(elsewhere, seen.mend.end, units.end)
    total = float(np.nansum(found.p))
    share = float(np.nansum(found.p[~given])) / total if total > 0 else 0.0
    suggest = Spans(start, end, np.where(known, keep, -1)[rows], units.names)
    return SpansPWrong(found.p, suggest, found.p_suggest, count, count.value * share, found)


def unit_probs(seen: Alternatives) -> Floats:
    """(m, k + 1) the chance of each class for the words of a unit, and of anything else there,
    made to sum to one.  It does not look at the class that is given.
    """
    other = np.maximum(seen.nothing, seen.elsewhere)
    chance = np.column_stack([seen.every, other])
    chance = np.nan_to_num(chance, nan=1.0) + 1e-5
    chance /= chance.sum(1, keepdims=True)
    some = np.maximum(1 - chance[:, -1:], 1e-9)  # of a span of any class on these words
    least = np.maximum(some, FLOOR)
    return np.asarray(np.column_stack([chance[:, :-1] / some * least, 1 - least[:, 0]]))


def same_words(labels: Grouped[Spans], items: Sequence[Any]) -> Floats:
    """(m, k + 1) the log share of each class, and of no span, among the other occurrences of the
    words of a unit; the same for all where there are none.
    """
    from reliabel.ops.surfaces import surface_counts
    from reliabel.ops.word_features import words_of

    units, item, rows = labels.units, labels.item, np.arange(len(labels.units))
    some = np.flatnonzero(units.y >= 0)
    spans = (item[some], units.start[some], units.end[some], units.y[some])
    count = surface_counts(words_of(items), spans, units.k, (item, units.start, units.end))
    at = np.where(units.y >= 0, units.y, units.k)
    count[rows, at] = np.maximum(count[rows, at] - 1, 0)  # the occurrence itself
    even = PRIOR / (units.k + 1)
    return np.asarray(np.log((count + even) / (count.sum(1, keepdims=True) + PRIOR)))
