"""Errors in tagged text: spans with another boundary, another type, missing and spurious ones, at
stated shares.

Assumes that errors fall evenly on spans; people err more on rare and hard ones, so that methods
look better here.  Real labels of CoNLL-2003 (NoiseBench) differ from the truth, in shares of the
true spans, by boundary, type, missing, spurious: experts .007, .044, .005, .001; a crowd .058,
.080, .289, .021; distant supervision .048, .057, .250, .007 (`reliabel bench run labels`, the
scenarios spans-noisebench); ``boundary=.058, type=.08, missing=.289, spurious=.021`` plants errors
in the proportions of that crowd.
Weak on spans that touch: a boundary moves by one word and never onto another span.
Cost: O(words). Paper: Merdjanovska, Aynetdinov, Akbik. NoiseBench: benchmarking the impact of real
label noise on named entity recognition. EMNLP 2024 (shares of real noise).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Bools, Grouped, Ints, Spans
from reliabel.core.results import Corrupted
from reliabel.ops.noise import another
from reliabel.ops.span_probs import covered
from reliabel.ops.word_features import words_of

KINDS = ("", "boundary", "type", "missing", "spurious")


def corrupt(
    labels: Grouped[Spans],
    *,
    items: Any,
    rng: Generator,
    rate: float = 0.1,
    boundary: float = 1.0,
    type: float = 1.0,
    missing: float = 1.0,
    spurious: float = 1.0,
) -> Corrupted:
    """Plant errors, as many as a share ``rate`` of the spans; a missing span is no longer there and
    a spurious one is new, so ``wrong`` is about the spans as they are now.

    boundary, type, missing, spurious: the parts of the errors, in any unit.  Half of the spurious
        spans lie on words with a capital, half on any; their lengths are those of other spans.
    info: "kinds", the kind of error of each unit; "missing", the spans taken away (label set);
        "planted", how many of each kind, which is fewer than asked for where there is no room.

    >>> text = [("Ann", "saw", "New", "York"), ("Bo", "left", "Rome", "early")]
    >>> spans = Spans([0, 2, 0, 2], [1, 4, 1, 3], [1, 0, 1, 0], ["LOC", "PER"])
    >>> rng = np.random.default_rng(3)
    >>> both = Grouped(spans, [0, 2, 4])
    >>> made = corrupt(both, items=text, rng=rng, rate=0.5, missing=0, spurious=0)
    >>> made.info["planted"]
    {'boundary': 1, 'type': 1, 'missing': 0, 'spurious': 0}
    """
    if not 0 <= rate <= 1:
        raise ValueError(f"rate must be a share of the spans from 0 to 1, got {rate}")
    parts = np.array([boundary, type, missing, spurious], dtype=float)
    if not (parts >= 0).all() or not parts.sum() > 0:
        raise ValueError(
            "boundary, type, missing and spurious must be parts of 0 or more, not all 0; got "
            f"{parts.tolist()}"
        )
    units, item, words = labels.units, labels.item, words_of(items)
    start, end, y = (np.array(part) for part in (units.start, units.end, units.y))
    given = rng.permutation(np.flatnonzero(y >= 0))
    ends = np.round(np.cumsum(parts / parts.sum() * round(rate * len(given)))).astype(int)
    counts = np.diff([0, *ends])
    if units.k < 2:
        counts[1] = 0
    taken = _covered(labels, words.offsets)
    kind = np.zeros(len(y), dtype=np.int64)
    first, last = words.offsets[item] + start, words.offsets[item] + end
    moved = _moved(given, first, last, taken, words.offsets, item, counts[0], rng)
    for row, by_start, by_end in moved:  # errors, not words
        start[row] += by_start
        end[row] += by_end
    kind[[row for row, _, _ in moved]] = 1
    rest = given[kind[given] == 0]
    kind[rest[: counts[1]]] = 2
    kind[rest[counts[1] : counts[1] + counts[2]]] = 3
    other = np.flatnonzero(kind == 2)
    y[other] = another(y[other], units.k, rng)
    gone = units.take(kind == 3)
    lost = item[kind == 3]
    whole = Grouped(Spans(start, end, np.where(kind == 3, -1, y), units.names), labels.offsets)
    new = _new(whole, words.offsets, taken, _capital(words.distinct)[words.word], counts[3], rng)
    keep = kind != 3
    columns = [
        np.concatenate([one[keep], more])
        for one, more in zip(
            (item, start, end, y, kind), (*new, np.full(len(new[0]), 4)), strict=True
        )
    ]
    order = np.lexsort([columns[2], columns[1], columns[0]])
    item, start, end, y, kind = (column[order] for column in columns)
    made = Grouped(Spans(start, end, y, units.names), _offsets(item, len(labels)))
    info = {
        "asked": rate,
        "kinds": np.array(KINDS)[kind].tolist(),
        "missing": Grouped(gone, _offsets(lost, len(labels))),
        "planted": {
            "boundary": int((kind == 1).sum()),
            "type": int((kind == 2).sum()),
            "missing": len(lost),
            "spurious": int((kind == 4).sum()),
        },
    }
    return Corrupted(made, np.arange(len(labels)), kind > 0, info)


def _offsets(item: Ints, n: int) -> Ints:
    return np.concatenate([[0], np.cumsum(np.bincount(item, minlength=n))])


def _capital(distinct: tuple[str, ...]) -> Bools:
    return np.array([word[:1].isupper() for word in distinct], dtype=bool)


def _covered(labels: Grouped[Spans], offsets: Ints) -> Bools:
    """(words,) whether a word is in a given span."""
    units, some = labels.units, labels.units.y >= 0
    return covered(offsets, labels.item[some], units.start[some], units.end[some])


def _moved(
    given: Ints,
    first: Ints,
    last: Ints,
    taken: Bools,
    offsets: Ints,
    item: Ints,
    most: int,
    rng: Generator,
) -> list[tuple[int, int, int]]:
    """Spans of which one end is moved by a word, with the steps of both ends; a way is drawn among
    those that a span has, and of two that would take one word the first does.
    """
    start, end = first[given], last[given]
    wide = np.append(taken, True)
    ways = np.stack(
        [
            (start > offsets[item[given]]) & ~wide[start - 1],  # a word more before
            (end < offsets[item[given] + 1]) & ~wide[end],  # a word more after
            end - start > 1,
            end - start > 1,
        ],
        axis=1,
    )
    way = np.where(ways, rng.random(ways.shape), -1).argmax(1)
    able = np.flatnonzero(ways.any(1))
    grown = np.where(way == 0, start - 1, np.where(way == 1, end, -1 - np.arange(len(way))))[able]
    _, once = np.unique(grown, return_index=True)
    chosen = able[np.sort(once)][:most]
    steps = np.array([(-1, 0), (0, 1), (1, 0), (0, -1)])[way[chosen]]
    return [(int(row), int(a), int(b)) for row, (a, b) in zip(given[chosen], steps, strict=True)]


def _new(
    labels: Grouped[Spans],
    offsets: Ints,
    taken: Bools,
    capital: Bools,
    most: int,
    rng: Generator,
) -> tuple[Ints, Ints, Ints, Ints]:
    """Item, start, end and class of spurious spans, on words that are and were in no span."""
    units = labels.units
    size = (units.end - units.start)[units.y >= 0]
    none = np.empty(0, dtype=np.int64)
    if not len(size) or not most:
        return none, none, none, none
    taken = taken | _covered(labels, offsets)
    sums = np.concatenate([[0], np.cumsum(taken)])
    half = [rng.permutation(np.flatnonzero(~taken & part)) for part in (capital, ~capital)]
    many = 2 * most  # some of them share words
    first = np.concatenate([part[: many // 2 + 1] for part in half])
    first = rng.permutation(first)
    last = first + rng.choice(size, len(first))
    item = np.searchsorted(offsets, first, side="right") - 1
    fits = last <= offsets[item + 1]
    fits[fits] = sums[last[fits]] == sums[first[fits]]
    first, last, item = first[fits], last[fits], item[fits]
    order = np.argsort(first, kind="stable")
    reach = np.maximum.accumulate(np.concatenate([[0], last[order]]))[:-1]
    alone = np.sort(order[first[order] >= reach])[:most]
    first, last, item = first[alone], last[alone], item[alone]
    y = rng.integers(0, units.k, len(first))
    return item, first - offsets[item], last - offsets[item], y
