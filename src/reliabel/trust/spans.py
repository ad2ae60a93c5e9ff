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
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from reliabel.core.evidence import TokenProbs
from reliabel.core.labels import Bools, Classes, Floats, Grouped, Ints, Spans
from reliabel.core.results import Interval
from reliabel.core.short_repr import by_fields
from reliabel.ops.span_alternatives import Alternatives, alternatives
from reliabel.ops.span_probs import apart, crossing, likely, span_probs
from reliabel.trust.count import before_review
from reliabel.trust.p_wrong import PWrong, p_wrong, shift
from reliabel.trust.tables import Tables, tables

NO_SPAN = "no span"
# Places where a span is unlikely are not looked at, so of units that are surely no span only the
# given ones are here: chances below this are taken for it.  Lower values let spurious spans and
# boundaries stand out more and count more of what the tagger cannot know (chosen on one half of the
# news of the bench: .1, .03, .01 and .001 were tried).
FLOOR = 0.01
# Log-likelihood that lapses gain for each span that they count, from which wrong spans are taken to
# fall on sure and unsure places alike.  People's confusions lie where the tagger is unsure too, and
# surprise it little; slips that fall evenly contradict it where it is sure.  Even slips, 2 to 10 %
# of corrected news, gain .31 to .33 each, confusions that grow with difficulty .12 to .19, and what
# people corrected in a real file .18 to .21: taken for even slips it would be counted at a fifth.
SURPRISE = 0.25
# How far apart the ends of a count may lie that is told: beyond it the count says nothing that a
# person could act on (a judgement: a weak tagger of 2,000 spans gave "13 to 2,010").
WIDEST = 30
EVENLY = "wrong spans fall on easy and hard places alike"
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
    noise: str = "auto",
    rng: np.random.Generator,
) -> SpansPWrong:
    """P(wrong) of each given span, and the chance that one is missing in each place without.

    items: the words, for the evidence on the same words elsewhere.
    noise: "human" and "random" as in ``p_wrong``; "auto" counts as for people's confusions unless
        the wrong spans surprise the evidence so much that they must fall evenly.
    """
    units, item, m = labels.units, labels.item, len(labels.units)
    seen = alternatives(units, item, token_probs)
    given, k = units.y >= 0, units.k
    known = (given | seen.free) & np.isfinite(seen.own)
    owner, start, end, counts = not_given(units, item, seen, token_probs)
    every = Spans(
        np.concatenate([units.start, start]),
        np.concatenate([units.end, end]),
        np.concatenate([units.y, np.full(len(owner), -1)]),
        units.names,
    )
    owner = np.concatenate([item, owner])
    y = np.where(every.y >= 0, every.y, k)
    y[:m][~known] = -1
    classes = Classes(y, (*units.names, NO_SPAN))
    more = alternatives(every, owner, token_probs)
    others = {} if items is None else {"same words": same_words(every, owner, items)}
    evidence = tables(classes, probs=unit_probs(more), others=others, rng=rng)
    counted = np.concatenate([known, counts])
    found, assumes = _fitted(classes, evidence, counted, noise, rng)
    p, best = found.p[:m], found.suggest[:m]
    # where the model says "something else", it is what the tagger sees there
    elsewhere = best == k
    keep = np.where(elsewhere | (best < 0), seen.mend.y, best)
    start = np.where(elsewhere, seen.mend.start, units.start)
    end = np.where(elsewhere, seen.mend.end, units.end)
    suggest = Spans(start, end, np.where(known, keep, -1), units.names)
    total = float(np.nansum(found.p))
    share = float(np.nansum(found.p[counted])) / total if total > 0 else 1.0
    before = before_review(found)
    if before.identified and before.high > WIDEST * before.low:
        told = (
            f"the count is not told: by the evidence it may be anything from {before.low:,.0f} to "
            f"{before.high:,.0f}; have 100 drawn spans reviewed"
        )
        found = replace(found, identified=False, warnings=(*found.warnings, told))
        before = before_review(found)
    count = replace(
        before,
        value=before.value * share,
        low=before.low * share,
        high=before.high * share,
        assumes=assumes or before.assumes,
    )
    absent = counted & (every.y < 0)
    missing = count.value * float(np.nansum(found.p[absent])) / max(total * share, 1e-12)
    return SpansPWrong(p, suggest, found.p_suggest[:m], count, missing, found)


def _fitted(
    classes: Classes, evidence: Tables, counted: Bools, noise: str, rng: np.random.Generator
) -> tuple[PWrong, str]:
    """P(wrong) of the units, and what its count assumes where that is not the usual.

    Where errors fall evenly, the units keep the order that the fits for people's confusions give
    them, which is the better one there too; how many are wrong is that of the even fits.
    """
    found = p_wrong(classes, evidence, noise="human" if noise == "auto" else noise, rng=rng)
    wrong = float(np.nansum(found.p[counted]))
    if noise != "auto" or not found.identified or found.floor_gain < SURPRISE * wrong:
        return found, ""
    even = p_wrong(classes, evidence, noise="random", rng=rng)
    if not even.identified:
        return found, ""
    p = shift(found.p, even.pi)
    with np.errstate(invalid="ignore", divide="ignore"):
        p_suggest = np.where(found.p > 0, found.p_suggest * p / found.p, found.p_suggest)
    return replace(even, p=p, suggest=found.suggest, p_suggest=p_suggest), EVENLY


def not_given(
    units: Spans, item: Ints, seen: Alternatives, token_probs: TokenProbs
) -> tuple[Ints, Ints, Ints, Bools]:
    """Item, start and end of likely spans that are no units, and which of them share no word with a
    unit.  The labels say that they are none.

    Those that share words with a given span are not counted; but without them words that may belong
    to another span would be found in given spans only, and would speak for what is given.  The
    others are too unlikely to be shown; but without them every place that looks like no span would
    be a given one.
    """
    rows = np.flatnonzero((units.y >= 0) & (seen.elsewhere >= FLOOR))
    place = np.stack([item[rows], seen.near[0][rows], seen.near[1][rows]], axis=1)
    taken = np.stack([item, units.start, units.end], axis=1)
    both, back = np.unique(np.concatenate([taken, place]), axis=0, return_inverse=True)
    new = np.ones(len(both), dtype=bool)
    new[back.ravel()[: len(taken)]] = False
    found = likely(span_probs(token_probs, units.names), FLOOR)
    free = np.ones(len(found), dtype=bool)
    where = (item, units.start, units.end)
    free[crossing(found.item, found.start, found.end, where)[0]] = False
    found = apart(found.take(np.flatnonzero(free)))
    columns = (found.item, found.start, found.end)
    owner, start, end = (np.concatenate(pair) for pair in zip(both[new].T, columns, strict=True))
    return owner, start, end, np.arange(len(owner)) >= int(new.sum())


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


def same_words(units: Spans, item: Ints, items: Sequence[Any]) -> Floats:
    """(m, k + 1) the log share of each class, and of no span on just these words, among the other
    occurrences of the words of a unit; the same for all where there are none.  Words that are
    mostly part of a longer span speak against a span that ends with them.
    """
    from reliabel.ops.surfaces import surface_counts
    from reliabel.ops.word_features import words_of

    rows, some = np.arange(len(units)), np.flatnonzero(units.y >= 0)
    spans = (item[some], units.start[some], units.end[some], units.y[some])
    words, place = words_of(items), (item, units.start, units.end)
    count = surface_counts(words, spans, units.k, place)
    none = np.empty(0, dtype=np.int64)
    total = surface_counts(words, (none, none, none, none), 0, place)[:, 0]
    count[:, -1] = np.maximum(total - count[:, :-1].sum(1), 0)
    at = np.where(units.y >= 0, units.y, units.k)
    count[rows, at] = np.maximum(count[rows, at] - 1, 0)  # the occurrence itself
    even = PRIOR / (units.k + 1)
    return np.asarray(np.log((count + even) / (count.sum(1, keepdims=True) + PRIOR)))
