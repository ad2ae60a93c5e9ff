"""P(wrong) of multi-label data: one yes/no question a class; counts are made for each question and
added with their intervals.

All cells are ranked together, so P(wrong) of different questions must be comparable: the share of
wrong labels of each question is shrunk towards the others' according to its uncertainty.  A
question about which the evidence has no information gets the common share.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit
from scipy.stats import norm

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes, Floats, Ints, MultiLabel
from reliabel.core.results import Interval
from reliabel.core.run import track
from reliabel.core.short_repr import by_fields
from reliabel.trust.count import before_review, reach
from reliabel.trust.p_wrong import PWrong, p_wrong, shift
from reliabel.trust.tables import Tables, tables

FEW = 30  # columns with fewer positives share one fit
YES_NO = ("no", "yes")


@dataclass(frozen=True, eq=False)
class MultiLabelPWrong:
    """P(wrong) of each cell, in the order of MultiLabel units, and the fit of each question."""

    p: Floats  # (n * k,)
    suggest: Ints  # (n * k,) 1 yes, 0 no, -1 nothing
    p_suggest: Floats  # (n * k,)
    # the columns of each question and its answer; rare columns share one
    questions: tuple[tuple[tuple[int, ...], PWrong], ...]
    count: Interval  # summed over the questions that can be counted
    warnings: tuple[str, ...]

    __repr__ = by_fields


def p_wrong_columns(
    labels: MultiLabel,
    *,
    probs: Floats,
    neighbours: Neighbours | None = None,
    features: Floats | None = None,
    fold: Ints | None = None,
    copies: Ints | None = None,
    rng: np.random.Generator,
) -> MultiLabelPWrong:
    """P(wrong) of each yes and no; columns with fewer than 30 positives are fitted together.

    probs: (n, k) out-of-fold probability of each class being present.

    >>> y = MultiLabel(np.tile([[1, 0], [0, 1]], (40, 1)))
    >>> found = p_wrong_columns(y, probs=np.where(y.y > 0, 0.9, 0.1), rng=np.random.default_rng(0))
    >>> found.p.shape, len(found.questions)
    ((160,), 2)
    """
    n, k = labels.y.shape
    if probs.shape != (n, k):
        raise ValueError(
            f"probs must have the chance of each class for each item, {(n, k)}, got {probs.shape}"
        )

    def of(column: int) -> Tables:
        two = np.stack([1 - probs[:, column], probs[:, column]], axis=1)
        mine = Classes(labels.y[:, column], YES_NO)
        return tables(
            mine,
            probs=two,
            neighbours=neighbours,
            features=features,
            fold=fold,
            copies=copies,
            rng=rng,
        )

    positives = (labels.y == 1).sum(0)
    rare = tuple(int(c) for c in np.flatnonzero(positives < FEW))
    asked = [(int(c),) for c in np.flatnonzero(positives >= FEW)] + ([rare] if rare else [])
    answers = []
    p = np.full((n, k), np.nan)
    for columns in track("questions", asked):
        y = Classes(labels.y[:, list(columns)].T.ravel(), YES_NO)
        found = p_wrong(y, _joined([of(c) for c in columns]), rng=rng)
        answers.append((columns, found))
        for place, c in enumerate(columns):
            p[:, c] = found.p[place * n : (place + 1) * n]
    borrowed = _level(p, labels.y, answers)
    count, warnings = _added(answers, labels.names)
    if borrowed:
        warnings += (
            f"the evidence says nothing of {_some(borrowed, labels.names)}: supposed to be wrong "
            "as often as the other classes",
        )
    suggest = np.where(np.isfinite(p), 1 - labels.y, -1)
    return MultiLabelPWrong(
        p.ravel(), suggest.ravel(), p.ravel().copy(), tuple(answers), count, warnings
    )


def wrong_by_class(found: MultiLabelPWrong, k: int) -> Floats:
    """(k,) the number of wrong answers to each question, which sum to the count; NaN for questions
    that are not in it.  Rare classes, which share one fit, share its number as their P(wrong) does.
    """
    p = np.nan_to_num(found.p).reshape(-1, k).sum(0)
    out = np.full(k, np.nan)
    for columns, fit in found.questions:
        count = before_review(fit)
        if count.identified:
            part = p[list(columns)]
            out[list(columns)] = count.value * part / part.sum() if part.sum() > 0 else 0.0
    return out


def _level(p: Floats, y: Ints, answers: list[tuple[tuple[int, ...], PWrong]]) -> list[int]:
    """Make the columns of p (n, k) comparable, in place.

    Shares of wrong labels are shrunk towards each other (random effects of their log-odds), and
    columns without a fit get the common share.  Returns the columns that were filled in.
    """
    known = [(columns, found) for columns, found in answers if np.isfinite(found.pi)]
    if len(known) < 2:
        return []
    odds = np.array([logit(np.clip(found.pi, 1e-9, 1 - 1e-9)) for _, found in known])
    ends = np.array([reach(found) for _, found in known])
    doubt = ((ends[:, 1] - ends[:, 0]) / (2 * 1.96)) ** 2  # variance of each log-odds
    between = max(float(odds.var(ddof=1) - doubt.mean()), 0.0)
    weight = 1 / (between + doubt)
    common = float(weight @ odds / weight.sum())
    for (columns, _), own, open_ in zip(known, odds, doubt, strict=True):
        part = (slice(None), list(columns))
        drawn = expit(common + (own - common) * between / (between + open_))
        p[part] = shift(p[part].ravel(), float(drawn)).reshape(p[part].shape)
    unknown = [c for columns, found in answers if not np.isfinite(found.pi) for c in columns]
    for c in unknown:
        p[:, c] = _borrowed(y[:, c], common, float(np.sqrt(between + doubt.mean())))
    return [c for c in unknown if np.isfinite(p[:, c]).any()]


def _borrowed(y: Ints, odds: float, deviation: float) -> Floats:
    """P(wrong) of a yes and of a no from an assumed share of wrong labels.

    odds, deviation: mean and standard deviation of the log-odds of that share.
    """
    yes = float((y == 1).sum() / max((y >= 0).sum(), 1))
    if not 0 < yes < 1:
        return np.full(len(y), np.nan)
    share = np.minimum(
        expit(odds + deviation * norm.ppf((np.arange(9) + 0.5) / 9)), min(yes, 1 - yes)
    )  # no more than all of the rarer answers
    share = np.minimum(share, 0.499)
    true = (yes - share) / (1 - 2 * share)  # share of yes in truth
    return np.select(
        [y == 1, y == 0],
        [float(((1 - true) * share).mean() / yes), float((true * share).mean() / (1 - yes))],
        np.nan,
    )


def _some(columns: list[int], names: tuple[str, ...]) -> str:
    return ", ".join(names[c] for c in columns[:5]) + (
        f" and {len(columns) - 5} more" if len(columns) > 5 else ""
    )


def _joined(parts: list[Tables]) -> Tables:
    """Concatenate the tables of several columns row-wise."""
    one = parts[0]
    if len(parts) == 1:
        return one
    rows = np.cumsum([0] + [t.z.shape[1] for t in parts])
    row = np.concatenate([t.row + start for t, start in zip(parts, rows[:-1], strict=True)])
    return Tables(
        one.names, np.concatenate([t.z for t in parts], axis=1), row, one.k, None, one.floor
    )


def _added(
    answers: list[tuple[tuple[int, ...], PWrong]], names: tuple[str, ...]
) -> tuple[Interval, tuple[str, ...]]:
    """The sum of the identified counts, and warnings about the others.

    The ends are added as if the errors of all questions were perfectly dependent.
    """
    counts = [(columns, before_review(found)) for columns, found in answers]
    told = [count for _, count in counts if count.identified]
    left = [c for columns, count in counts if not count.identified for c in columns]
    silent = not any(
        np.isfinite(found.pi) for _, found in answers
    )  # otherwise the warning of a question names its class
    warnings = sorted(
        {
            line
            if silent or not line.startswith("no P(wrong)")
            else f"{_some(list(columns), names)}: {line}"
            for columns, found in answers
            for line in found.warnings
            if not line.startswith("no errors")
        }
    )
    if left:
        warnings.append(
            f"not in the count, no errors that can be told from ambiguity: {_some(left, names)}"
        )
    first = counts[0][1]
    if not told:
        return Interval(
            np.nan, 0.0, np.nan, first.level, first.method, first.assumes, False
        ), tuple(warnings)
    value, low, high = (
        float(sum(getattr(count, end) for count in told)) for end in ("value", "low", "high")
    )
    return Interval(value, low, high, first.level, first.method, first.assumes, True), tuple(
        warnings
    )
