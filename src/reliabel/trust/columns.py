"""P(wrong) of multi-label data: one yes/no question a class; the counts are made for each question and added with their intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes, Floats, Ints, MultiLabel
from reliabel.core.results import Interval
from reliabel.core.run import track
from reliabel.trust.count import before_review
from reliabel.trust.p_wrong import PWrong, p_wrong
from reliabel.trust.tables import Tables, tables

FEW = 30  # positives below which a column borrows its weights from the other rare ones
SAID = ("no", "yes")


@dataclass(frozen=True, eq=False)
class Columns:
    """P(wrong) of each cell, item by item as MultiLabel counts its units, and the questions behind it."""

    p: Floats  # (n * k,)
    suggest: Ints  # (n * k,) 1 yes, 0 no, -1 nothing
    p_suggest: Floats  # (n * k,)
    questions: tuple[tuple[tuple[int, ...], PWrong], ...]  # the columns of each question and its answer; rare columns share one
    count: Interval  # summed over the questions that can be counted
    said: tuple[str, ...]


def p_wrong_columns(
    labels: MultiLabel,
    *,
    probs: Floats,
    neighbours: Neighbours | None = None,
    features: Floats | None = None,
    fold: Ints | None = None,
    copies: Ints | None = None,
    rng: np.random.Generator,
) -> Columns:
    """Ask of each column whether its yes and no are wrong; columns with under 30 positives are asked together.

    probs: (n, k) out-of-fold chance of each class being present.

    >>> y = MultiLabel(np.tile([[1, 0], [0, 1]], (40, 1)))
    >>> found = p_wrong_columns(y, probs=np.where(y.y > 0, 0.9, 0.1), rng=np.random.default_rng(0))
    >>> found.p.shape, len(found.questions)
    ((160,), 2)
    """
    n, k = labels.y.shape
    if probs.shape != (n, k):
        raise ValueError(f"probs must have the chance of each class for each item, {(n, k)}, got {probs.shape}")

    def of(column: int) -> Tables:
        two = np.stack([1 - probs[:, column], probs[:, column]], axis=1)
        mine = Classes(labels.y[:, column], SAID)
        return tables(mine, probs=two, neighbours=neighbours, features=features, fold=fold, copies=copies, rng=rng)

    positives = (labels.y == 1).sum(0)
    rare = tuple(int(c) for c in np.flatnonzero(positives < FEW))
    asked = [(int(c),) for c in np.flatnonzero(positives >= FEW)] + ([rare] if rare else [])
    answers = []
    p, suggest, p_suggest = np.full((n, k), np.nan), np.full((n, k), -1, dtype=np.int64), np.full((n, k), np.nan)
    for columns in track("questions", asked):
        y = Classes(labels.y[:, list(columns)].T.ravel(), SAID)
        found = p_wrong(y, _joined([of(c) for c in columns]), rng=rng)
        answers.append((columns, found))
        for place, c in enumerate(columns):
            part = slice(place * n, (place + 1) * n)
            p[:, c], suggest[:, c], p_suggest[:, c] = found.p[part], found.suggest[part], found.p_suggest[part]
    count, said = _added(answers, labels.names)
    return Columns(p.ravel(), suggest.ravel(), p_suggest.ravel(), tuple(answers), count, said)


def _joined(parts: list[Tables]) -> Tables:
    """Tables of several columns one under the other."""
    one = parts[0]
    if len(parts) == 1:
        return one
    rows = np.cumsum([0] + [t.z.shape[1] for t in parts])
    row = np.concatenate([t.row + start for t, start in zip(parts, rows[:-1], strict=True)])
    return Tables(one.names, np.concatenate([t.z for t in parts], axis=1), row, one.k, None, one.floor)


def _added(answers: list[tuple[tuple[int, ...], PWrong]], names: tuple[str, ...]) -> tuple[Interval, tuple[str, ...]]:
    """The sum of the counts that can be told, and what must be said of the others; the ends are added as if all erred the same way."""
    counts = [(columns, before_review(found)) for columns, found in answers]
    told = [count for _, count in counts if count.identified]
    left = [names[c] for columns, count in counts if not count.identified for c in columns]
    said = sorted({line for columns, found in answers for line in found.said if not line.startswith("no errors")})
    if left:
        shown = ", ".join(left[:5]) + (f" and {len(left) - 5} more" if len(left) > 5 else "")
        said.append(f"not in the count, no errors that can be told from ambiguity: {shown}")
    first = counts[0][1]
    if not told:
        return Interval(np.nan, 0.0, np.nan, first.level, first.method, first.assumes, False), tuple(said)
    value, low, high = (float(sum(getattr(count, end) for count in told)) for end in ("value", "low", "high"))
    return Interval(value, low, high, first.level, first.method, first.assumes, True), tuple(said)
