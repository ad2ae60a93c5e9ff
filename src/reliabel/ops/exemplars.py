"""Examples that show what a class is: a few certain items by which the others of the class are
found, the certain items near its boundary, and those of other classes that come nearest.

Source: specification of labelling instructions (examples chosen so that the class is retrieved by
the largest similarity to one of them), written anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Bools, Classes, Floats, Ints
from reliabel.core.short_repr import by_fields

SURE, HALF = 0.05, 0.5  # chances to be wrong: certain in any case, and never certain
EACH, CANDIDATES, POOL = 300, 50, 3000  # items of a class, examples to choose from, items ranked
ROUNDS = 10  # of k-means
CONFUSABLE, BORDERLINE = 3, 2  # other classes, and own items, that are shown


@dataclass(frozen=True, eq=False)
class Exemplars:
    """Rows that show one class.

    shown: most telling first.  phrases: (shown,) a text beside each, its place in what was given,
        -1 for none.
    borderline: rows of the class near its boundary.  not_this: (class, row) of other classes.
    precision: the average precision with which ``shown`` find the class again.
    """

    shown: Ints
    phrases: Ints
    borderline: Ints
    not_this: tuple[tuple[int, int], ...]
    precision: float

    __repr__ = by_fields


def certain(doubt: Floats, labels: Classes, *, sure: float = SURE) -> Bools:
    """(n,) the labels that may be shown: doubted by ``sure`` at most, or by less than a half and no
    more than the median of their class.

    doubt: (n,) larger is more suspect, NaN where nothing is known, which is never certain.
    """
    doubt = np.where(np.isfinite(doubt), doubt, 1.0)
    out = np.zeros(len(labels), dtype=bool)
    for c in range(labels.k):
        rows = np.flatnonzero(labels.y == c)
        if len(rows):
            limit = min(float(np.median(doubt[rows])), np.nextafter(HALF, 0.0))
            out[rows] = doubt[rows] <= max(limit, sure)
    return out


def unit_vectors(features: Any) -> tuple[Floats, Bools]:
    """Centred rows of length 1 as float32, and which rows are usable."""
    x = np.array(features, dtype=np.float32).reshape(len(features), -1)
    whole = np.isfinite(x).all(1)
    x[~whole] = 0
    if whole.any():
        x[whole] -= x[whole].mean(0)
    norm = np.linalg.norm(x, axis=1)
    usable: Bools = whole & (norm > 1e-12)
    x[usable] /= norm[usable, None]
    x[~usable] = 0
    return x, usable


def choose(
    units: Floats,
    labels: Classes,
    sure: Bools,
    *,
    rng: Generator,
    at_most: int = 5,
    gain: float = 0.005,
    texts: Sequence[Floats | None] = (),
) -> list[Exemplars | None]:
    """The examples of every class, None where none of its labels is certain.

    units: (n, d) rows of length 1.  sure: (n,) rows that may be shown.
    at_most, gain: further examples are added while they raise the average precision by ``gain``.
    texts: of each class (t, n) how similar its texts are to the items, in [0, 1], or None; the
        similarity to a pair of an example and a text is the mean of both.
    """
    kept = _working(labels, sure, rng)
    pool = np.sort(rng.choice(kept, min(len(kept), POOL), replace=False))
    found = []
    for c in range(labels.k):
        own = kept[labels.y[kept] == c]
        words = texts[c] if c < len(texts) else None
        found.append(
            _greedy(units, own, pool, labels.y[pool] == c, rng, at_most, gain, words)
            if len(own)
            else None
        )
    return _boundaries(units, labels, kept, found)


def average_precision(scores: Floats, relevant: Bools) -> Floats:
    """(m,) the average precision of each row of ``scores`` (m, n) for the ``relevant`` ones (m, n);
    NaN where none is.  Equal scores keep their order.

    >>> average_precision(np.array([[0.9, 0.8, 0.7]]), np.array([[True, False, True]])).round(4)
    array([0.8333])
    """
    order = np.argsort(-scores, axis=1, kind="stable")
    hit = np.take_along_axis(relevant, order, axis=1)
    precision = np.cumsum(hit, axis=1) / np.arange(1, hit.shape[1] + 1)
    many = hit.sum(1)
    total = (precision * hit).sum(1)
    return np.where(many > 0, total / np.maximum(many, 1), np.nan)


def medoids(x: Floats, many: int, rng: Generator) -> Ints:
    """Rows of ``x`` (n, d) near the centres of ``many`` groups, by k-means on unit vectors."""
    if len(x) <= many:
        return np.arange(len(x))
    centre = x[_spread(x, many, rng)]
    for _ in range(ROUNDS):
        group = (x @ centre.T).argmax(1)
        total = np.zeros_like(centre)
        np.add.at(total, group, x)
        norm = np.linalg.norm(total, axis=1, keepdims=True)
        centre = np.where(norm > 0, total / np.maximum(norm, 1e-12), centre)
    return np.unique((x @ centre.T).argmax(0))


def _spread(x: Floats, many: int, rng: Generator) -> list[int]:
    """Rows far from each other: each drawn by its squared distance to those before."""
    rows = [int(rng.integers(len(x)))]
    far = np.full(len(x), np.inf)
    for _ in range(many - 1):
        far = np.minimum(far, np.maximum(2 - 2 * (x @ x[rows[-1]]), 0))
        total = float(far.sum())
        if total <= 1e-9:
            break
        rows.append(int(rng.choice(len(x), p=far.astype(np.float64) / far.sum(dtype=np.float64))))
    return rows


def _working(labels: Classes, sure: Bools, rng: Generator) -> Ints:
    """Certain rows, at most ``EACH`` of a class."""
    rows = rng.permutation(np.flatnonzero(sure & (labels.y >= 0)))
    order = rows[np.argsort(labels.y[rows], kind="stable")]
    y = labels.y[order]
    place = np.arange(len(y)) - np.searchsorted(y, y)
    kept: Ints = np.sort(order[place < EACH])
    return kept


def _greedy(
    units: Floats,
    own: Ints,
    pool: Ints,
    relevant: Bools,
    rng: Generator,
    at_most: int,
    gain: float,
    words: Floats | None,
) -> Exemplars:
    candidates = own[medoids(units[own], CANDIDATES, rng)]
    like = units[candidates] @ units[pool].T
    itself = pool[None, :] == candidates[:, None]
    best, now = np.full(len(pool), -np.inf), -np.inf
    shown, texts = list[int](), list[int]()
    for _ in range(min(at_most, len(candidates))):
        seen = np.isin(pool, candidates[shown])
        reached = _reached(np.maximum(best, like), relevant, seen | itself)
        reached[shown] = -np.inf
        pick = int(np.argmax(reached))
        if shown and reached[pick] < now + gain:
            break
        text, fused = _with_text(like[pick], best, relevant, seen | itself[pick], pool, words)
        best, now = np.maximum(best, fused), max(float(reached[pick]), now)
        shown.append(pick)
        texts.append(text)
    final = _reached(best[None], relevant, np.isin(pool, candidates[shown]))
    return Exemplars(
        candidates[shown], np.array(texts, dtype=np.int64), np.empty(0, int), (), float(final[0])
    )


def _reached(score: Floats, relevant: Bools, left_out: Bools) -> Floats:
    """Average precision over the items that are not left out; 0 where none is left to find."""
    apart = np.broadcast_to(left_out, score.shape)
    found = average_precision(np.where(apart, -np.inf, score), relevant & ~apart)
    return np.where(np.isnan(found), 0.0, found)


def _with_text(
    like: Floats,
    best: Floats,
    relevant: Bools,
    left_out: Bools,
    pool: Ints,
    words: Floats | None,
) -> tuple[int, Floats]:
    """The text that makes an example find more, -1 for none, and the fused similarity."""
    if words is None or not len(words):
        return -1, like
    fused = np.vstack([like, (like + words[:, pool]) / 2])
    pick = int(np.argmax(_reached(np.maximum(best, fused), relevant, left_out)))
    return pick - 1, fused[pick]


def _boundaries(
    units: Floats, labels: Classes, kept: Ints, found: Sequence[Exemplars | None]
) -> list[Exemplars | None]:
    """The examples with what lies near the boundary, by the largest similarity to those shown."""
    known = [c for c, one in enumerate(found) if one is not None]
    score = np.full((len(kept), labels.k), -np.inf, dtype=np.float32)
    for c in known:
        one = found[c]
        assert one is not None
        score[:, c] = (units[kept] @ units[one.shown].T).max(1)
    y = labels.y[kept]
    own = score[np.arange(len(kept)), y] if len(kept) else np.empty(0)
    rest = score.copy()
    rest[np.arange(len(kept)), y] = -np.inf
    margin = own - rest.max(1, initial=-np.inf)
    out: list[Exemplars | None] = [None] * labels.k
    for c in known:
        one = found[c]
        assert one is not None
        out[c] = Exemplars(
            one.shown,
            one.phrases,
            _nearest_own(kept, y == c, margin, one.shown),
            _nearest_others(kept, y, score[:, c] - own, c, known),
            one.precision,
        )
    return out


def _nearest_own(kept: Ints, mine: Bools, margin: Floats, shown: Ints) -> Ints:
    rows = np.flatnonzero(mine & np.isfinite(margin) & ~np.isin(kept, shown))
    first: Ints = kept[rows[np.argsort(margin[rows], kind="stable")[:BORDERLINE]]]
    return first


def _nearest_others(
    kept: Ints, y: Ints, excess: Floats, c: int, known: Sequence[int]
) -> tuple[tuple[int, int], ...]:
    """Of the classes that come nearest, the item that is most like ``c``."""
    near = []
    for other in known:
        rows = np.flatnonzero(y == other)
        if other != c and len(rows):
            reach = float(np.quantile(excess[rows], 0.9))
            near.append((reach, other, int(kept[rows[np.argmax(excess[rows])]])))
    near.sort(key=lambda one: (-one[0], one[1]))
    return tuple((other, row) for _, other, row in near[:CONFUSABLE])
