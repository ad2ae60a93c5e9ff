"""P(wrong) of multi-label data: one yes/no question a class, all of them fitted together.

All cells are ranked together, so P(wrong) of different questions must be comparable, and one
question alone seldom has the evidence to say how often people are wrong, or which way: the rate of
wrong answers, and whether they are missing labels, spurious ones or both alike, is weighed over all
questions (trust/questions.py).  What the other labels of an item say of a label
(trust/other_labels.py) is strong evidence where wrong labels stand alone, and misleads where many
labels of an item are wrong together; so P(wrong) is the mean of that with it and that without.  The
count is the sum of P(wrong) over all known cells about which the evidence says anything, so that
what is said of a class, of an item and of the whole set agrees.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes, Floats, Ints, MultiLabel
from reliabel.core.results import Interval
from reliabel.core.run import apart, track
from reliabel.core.short_repr import by_fields
from reliabel.trust.count import CONDITION, MODEL
from reliabel.trust.other_labels import other_labels
from reliabel.trust.p_wrong import LEAST, cases_of
from reliabel.trust.questions import ALPHAS, FITS, Question, asked, interval, together
from reliabel.trust.tables import Tables, tables

FEW = 30  # columns with fewer positives share one question
YES_NO = ("no", "yes")
MOST, ALL = 50_000, 1_000_000  # cases that are fitted at most: of a question, and of all
SOME = 10_000  # and of a question where there are many
FIT = 300  # floating-point operations that a number of the evidence takes at a point of the grid


@dataclass(frozen=True, eq=False)
class MultiLabelPWrong:
    """P(wrong) of each cell, in the order of MultiLabel units, and what follows from it.

    NaN (suggestion -1) where nothing is known; ``warnings`` then says why.
    """

    p: Floats  # (n * k,)
    suggest: Ints  # (n * k,) 1 yes, 0 no, -1 nothing
    p_suggest: Floats  # (n * k,)
    questions: tuple[tuple[int, ...], ...]  # the columns of each; rare columns share one
    silent: tuple[int, ...]  # columns of which the evidence says nothing; they are not counted
    count: Interval
    gain: float  # log-likelihood that supposing lapses gains over supposing none
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
    """P(wrong) of each yes and no; columns with fewer than 30 positives share one question.

    probs: (n, k) out-of-fold probability of each class being present.

    >>> y = MultiLabel(np.tile([[1, 0], [0, 1]], (40, 1)))
    >>> found = p_wrong_columns(y, probs=np.where(y.y > 0, 0.9, 0.1), rng=np.random.default_rng(0))
    >>> found.p.shape, found.questions
    ((160,), ((0,), (1,)))
    """
    n, k = labels.y.shape
    if probs.shape != (n, k):
        raise ValueError(
            f"probs must have the chance of each class for each item, {(n, k)}, got {probs.shape}"
        )
    if fold is None:  # the same folds for every question
        fold = np.asarray(rng.integers(0, 5, n))

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

    told: list[str] = []
    fitted: list[tuple[tuple[int, ...], list[Question], Ints]] = []
    groups = _groups(labels)
    most = int(np.clip(ALL // max(len(groups), 1), SOME, MOST))
    more = other_labels(labels, probs, fold) if k > 1 else None
    for columns in track("questions", groups):
        part = list(columns)
        y = Classes(labels.y[:, part].T.ravel(), YES_NO)
        reason = _cannot(y, _some(part, labels.names))
        if reason:
            told.append(reason)
            continue
        every = _joined([of(c) for c in columns])
        other = None if more is None else more[:, part].T.ravel()
        fitted.append((columns, *_asked(y, every, other, most, rng)))
    if not any(ways[0].informed for _, ways, _ in fitted):
        if fitted:
            told.append(NOTHING)
        return _nothing(labels, groups, told)
    found = [together(way) for way in zip(*(ways for _, ways, _ in fitted), strict=True)]
    p = np.full((n, k), np.nan)
    for place, (columns, ways, case) in enumerate(fitted):
        known = case >= 0
        part_p = np.full(len(case), np.nan)
        each = [way.p(of_all.weights[place]) for way, of_all in zip(ways, found, strict=True)]
        part_p[known] = np.mean(each, axis=0)[case[known]]
        p[:, list(columns)] = part_p.reshape(len(columns), n).T
    silent = [c for columns, ways, _ in fitted if not ways[0].informed for c in columns]
    inside = np.delete(p, silent, axis=1)
    cells, value = int(np.isfinite(inside).sum()), float(np.nansum(inside))
    gain = float(logsumexp([one.gain for one in found]) - np.log(len(found)))
    identified = gain > 0
    count = Interval(np.nan, 0.0, np.nan, 0.95, MODEL, CONDITION, False)
    if identified:
        low, high = interval(found)
        ends = min(low * cells, value), max(high * cells, value)
        count = Interval(value, *ends, 0.95, MODEL, CONDITION, True)
    told += _sentences(labels, silent, every.names, cells, identified)
    suggest = np.where(np.isfinite(p), 1 - labels.y, -1)
    flat = p.ravel()
    return MultiLabelPWrong(
        flat, suggest.ravel(), flat.copy(), groups, tuple(silent), count, gain, tuple(told)
    )


def wrong_by_class(found: MultiLabelPWrong, k: int) -> Floats:
    """(k,) the number of wrong answers to each question, which sum to the count; NaN where there is
    no P(wrong) or no count.
    """
    p = found.p.reshape(-1, k)
    out = np.nansum(p, axis=0)
    out[~np.isfinite(p).any(0) | (not found.count.identified)] = np.nan
    out[list(found.silent)] = np.nan
    return np.asarray(out)


def item_scores(p: Floats) -> Floats:
    """(n,) a score of each item from P(wrong) of its labels (n, k), larger = more suspect; NaN
    where nothing is known.

    Where a wrong label stands alone, an item is as suspect as its worst label.  Where the item of a
    wrong label is expected to hold another one too, the doubts add up: minus the logarithm of the
    chance that all its labels are right.

    >>> item_scores(np.array([[0.5, 0.1], [0.3, 0.3]])).tolist()
    [0.5, 0.3]
    """
    known = np.isfinite(p)
    q = np.where(known, np.clip(p, 0, 1 - 1e-9), 0.0)
    each = q.sum(1)
    several = float((each * each).sum()) >= each.sum()  # labels expected where one is wrong
    score = -np.log1p(-q).sum(1) if several else q.max(1, initial=0)
    return np.where(known.any(1), score, np.nan)


NOTHING = (
    "no P(wrong): the evidence says nothing about the labels (as if they were shuffled), so that "
    "no label can be called wrong"
)


def _groups(labels: MultiLabel) -> tuple[tuple[int, ...], ...]:
    """The columns of each question: one, or all that are rare."""
    positives = (labels.y == 1).sum(0)
    rare = tuple(int(c) for c in np.flatnonzero(positives < FEW))
    often = [(int(c),) for c in np.flatnonzero(positives >= FEW)]
    return (*often, *([rare] if rare else []))


def _cannot(y: Classes, which: str) -> str:
    seen = np.bincount(y.y[y.y >= 0], minlength=2)
    if seen.sum() < LEAST:
        return (
            f"{which}: no P(wrong): only {seen.sum()} labelled items, at least {LEAST} are needed "
            "to say how likely a label is wrong"
        )
    if (seen > 0).sum() < 2:
        return (
            f"{which}: no P(wrong): all answers are {YES_NO[int(seen.argmax())]!r}, so that none "
            "can be told to be wrong"
        )
    return ""


def _asked(
    y: Classes, every: Tables, other: Floats | None, most: int, rng: np.random.Generator
) -> tuple[list[Question], Ints]:
    """A question with its fits, without and with what ``other`` labels say, and the case of each
    label (-1 = unknown).
    """
    cases = cases_of(y, every)
    z = every.z[:, cases.row]
    d = (z[:, :, 1] - z[:, :, 0]).astype(np.float32)
    ways = [d]
    if other is not None:
        item = np.flatnonzero(cases.case >= 0)[::-1]
        first = np.zeros(cases.size, dtype=np.int64)
        first[cases.case[item]] = item  # the first of copies
        said = other[first]
        said = 2 * said / max(float(np.sqrt((said**2).mean())), 1e-9)  # as wide as a table
        ways.append(np.concatenate([d, said[None].astype(np.float32)]))
    twice = np.zeros(cases.size, dtype=bool)  # copies with both answers
    same = cases.row[1:] == cases.row[:-1]
    twice[1:] |= same
    twice[:-1] |= same
    drawn = np.arange(cases.size)
    if cases.size > most:
        drawn = np.sort(rng.choice(cases.size, most, replace=False))
    questions = apart(
        lambda: [asked(x, cases.y == 1, twice, cases.weight, fitted_on=drawn) for x in ways],
        FIT * len(FITS) * len(ALPHAS) * len(drawn) * (2 * len(d) + 1),
    )
    return questions, cases.case


def _sentences(
    labels: MultiLabel,
    silent: list[int],
    names: tuple[str, ...],
    cells: int,
    identified: bool,
) -> list[str]:
    told = []
    if silent:
        told.append(
            f"the evidence says nothing of {_some(silent, labels.names)}: supposed to be wrong as "
            "often as the other classes, and not in the count"
        )
    if names == ("model",):
        told.append(
            "probabilities only: without features P(wrong) rests on one model and is too low for "
            "the labels it flags"
        )
    if cells < 1000:
        told.append(
            f"weak evidence: {cells} labels (fewer than 1,000); the ranking holds, P(wrong) may be "
            "off by a tenth"
        )
    if not identified:
        told.append(
            "no errors that can be told from ambiguity: the labels are clean, or wrong in a way "
            "the model repeats; have 100 drawn labels reviewed"
        )
    return told


def _nothing(
    labels: MultiLabel, groups: tuple[tuple[int, ...], ...], told: list[str]
) -> MultiLabelPWrong:
    unknown = np.full(labels.y.size, np.nan)
    count = Interval(np.nan, 0.0, np.nan, 0.95, MODEL, CONDITION, False)
    nobody = np.full(labels.y.size, -1)
    return MultiLabelPWrong(
        unknown, nobody, unknown.copy(), groups, (), count, float("nan"), tuple(told)
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
