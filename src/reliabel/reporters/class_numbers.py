"""How many labels of each class look wrong, and like what: the one source of the class table, the
matrix and the balance chart, so that they agree with the headline.

Where wrong labels are counted (by the model or after a review), the numbers of the classes are the
sums of P(wrong), scaled and rounded so that they sum to the count.  Elsewhere they are the labels
that the headline speaks of: those with a P(wrong) of one half or more, or those that an auditor
flags where there is no P(wrong).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reliabel.core.kinds import class_names, kind_for, layout_of
from reliabel.core.labels import Bools, Classes, Floats, Ints
from reliabel.core.results import Suspicion
from reliabel.core.short_repr import by_fields
from reliabel.reporters.sentences import AuditView

LIKELY, LOOKS = "likely wrong", "look wrong"
HALF = 0.5  # P(wrong) from which a label looks wrong
WIDEST = 2000  # classes of which pairs are counted


@dataclass(frozen=True, eq=False)
class ClassNumbers:
    """``labels`` (k,) how many labels each class has (for several labels an item: answers to each
    question), ``wrong`` (k,) how many of them are wrong by the meaning of ``word``; they sum to
    ``total``, what the headline says.

    counted: (k,) the classes that the total speaks of.
    moves: (k, k) of the wrong ones [given, looks like]; None where labels are answers to questions
        or the classes are too many.
    missing: (k,) of the wrong ones, those given as no, where labels are answers to questions.
    """

    word: str
    total: int
    labels: Ints
    wrong: Ints
    counted: Bools
    moves: Ints | None
    missing: Ints | None = None

    __repr__ = by_fields


def class_numbers(view: AuditView) -> ClassNumbers | None:
    """The numbers of an audit; None for kinds of labels without classes."""
    given = view.given
    if given is None or not class_names(view.audit.data.labels):
        return None
    if kind_for(view.audit.data.labels).unit_names is not None:
        return _of_questions(view, given)
    return _of_classes(view, given)


def is_counted(view: AuditView) -> bool:
    """Whether an audit says how many labels are wrong."""
    count = view.audit.count
    return count is not None and count.identified and np.isfinite(count.value)


def looks_wrong(view: AuditView) -> Bools:
    """(units,) the labels that look wrong one by one: by P(wrong), else by the flags of the
    auditor that the headline names.
    """
    p = view.audit.p_wrong
    if p is not None:
        return np.nan_to_num(p) >= HALF
    word = view.audit.opinions.get(view.flagger or "")
    if isinstance(word, Suspicion) and word.flag is not None:
        return np.asarray(word.flag, dtype=bool)
    return np.zeros(layout_of(view.audit.data.labels).rows, dtype=bool)


def _of_classes(view: AuditView, given: Classes) -> ClassNumbers:
    known = given.y >= 0
    labels = np.bincount(given.y[known], minlength=given.k)
    every = np.ones(given.k, dtype=bool)
    if not _summed(view):
        sure = looks_wrong(view) & known
        seen = np.bincount(given.y[sure], minlength=given.k)
        moves = _moves_of(view, given, sure, seen)
        return ClassNumbers(_word(view), int(seen.sum()), labels, seen, every, moves)
    p = np.nan_to_num(np.asarray(view.audit.p_wrong, dtype=np.float64))
    sums = np.bincount(given.y[known], p[known], minlength=given.k)
    total = round(view.audit.count.value)  # type: ignore[union-attr]
    wrong = _whole(sums.astype(np.float64), total, labels)
    return ClassNumbers(LIKELY, total, labels, wrong, every, _moves_of(view, given, known, wrong))


def _of_questions(view: AuditView, given: Classes) -> ClassNumbers:
    """Of several yes/no answers an item: the wrong answers to each question."""
    k = len(class_names(view.audit.data.labels))
    labels, no = (given.y.reshape(-1, k) >= 0).sum(0), given.y.reshape(-1, k) == 0
    if not _summed(view):
        looks = looks_wrong(view).reshape(-1, k)
        wrong, missing = looks.sum(0), (looks & no).sum(0)
        every = np.ones(k, dtype=bool)
        return ClassNumbers(_word(view), int(wrong.sum()), labels, wrong, every, None, missing)
    p = np.nan_to_num(np.asarray(view.audit.p_wrong, dtype=np.float64)).reshape(-1, k)
    sums = p.sum(0)
    share = np.divide((p * no).sum(0), sums, out=np.zeros(k), where=sums > 0)
    told = view.audit.info.get("review") or (view.audit.info.get("p_wrong") or {}).get("by_class")
    counted = np.ones(k, dtype=bool)
    if isinstance(told, list | tuple | np.ndarray) and len(told) == k:
        sums = np.array([np.nan if one is None else one for one in told], dtype=np.float64)
        counted = np.isfinite(sums)
        sums = np.nan_to_num(sums)
    total = round(view.audit.count.value)  # type: ignore[union-attr]
    wrong = _whole(sums, total, labels)
    missing = np.minimum(np.rint(share * wrong).astype(np.int64), wrong)
    return ClassNumbers(LIKELY, total, labels, wrong, counted, None, missing)


def _summed(view: AuditView) -> bool:
    """Whether the sums of P(wrong) are the count."""
    return is_counted(view) and view.audit.p_wrong is not None


def _word(view: AuditView) -> str:
    return LOOKS if view.audit.p_wrong is not None else "flagged"


def _moves_of(view: AuditView, given: Classes, those: Bools, wrong: Ints) -> Ints | None:
    """(k, k) [given, looks like] of the wrong labels, so that each row sums to ``wrong``."""
    if given.k > WIDEST:
        return None
    joint = _joint(view, given.k) if _summed(view) else None
    share = _suggested(view, given, those) if joint is None else joint
    out = np.zeros((given.k, given.k), dtype=np.int64)
    for c in np.flatnonzero(wrong).tolist():
        row = share[c]
        if not row.sum() > 0:
            row = _suggested(view, given, those)[c]
        if row.sum() > 0:
            out[c] = _whole(row, int(wrong[c]))
    return out


def _joint(view: AuditView, k: int) -> Floats | None:
    """(k, k) [given, true] expected numbers of wrong labels by P(wrong), the diagonal 0."""
    known = view.entries
    for name, measure in view.audit.measures.items():
        if name in known and known[name].from_p_wrong and "joint" in measure.parts:
            joint = np.array(measure.parts["joint"], dtype=np.float64).T
            if joint.shape == (k, k) and np.isfinite(joint).all():
                np.fill_diagonal(joint, 0)
                return joint
    return None


def _suggested(view: AuditView, given: Classes, those: Bools) -> Floats:
    """(k, k) [given, suggested] of some labels, each weighing what its P(wrong) is."""
    out = np.zeros((given.k, given.k))
    suggest = view.audit.suggest
    word = view.audit.opinions.get(view.flagger or "")
    if suggest is None and isinstance(word, Suspicion) and isinstance(word.suggest, Classes):
        suggest = word.suggest.y
    if not isinstance(suggest, np.ndarray) or len(suggest) != len(given):
        return out
    p = view.audit.p_wrong
    weight = np.ones(len(given)) if p is None else np.nan_to_num(p)
    fit = those & (given.y >= 0) & (np.asarray(suggest) >= 0) & (np.asarray(suggest) != given.y)
    np.add.at(out, (given.y[fit], np.asarray(suggest)[fit]), weight[fit])
    return out


def _whole(parts: Floats, total: int, most: Ints | None = None) -> Ints:
    """Parts as whole numbers that sum to ``total``, in proportion, by largest remainders; none
    above ``most`` as long as there is room elsewhere.

    >>> _whole(np.array([1.4, 1.4, 0.2]), 3).tolist()
    [2, 1, 0]
    """
    if not parts.sum() > 0 or total <= 0:
        return np.zeros(len(parts), dtype=np.int64)
    room = np.full(len(parts), total) if most is None else np.asarray(most)
    exact: Floats = np.zeros(len(parts))
    for _ in range(len(parts)):  # what does not fit in one part goes to the others
        left, free = min(total, int(room.sum())) - exact.sum(), exact < room
        weight = np.where(free, np.maximum(parts, 1e-12), 0.0)
        if left < 1e-9 or not free.any():
            break
        exact = np.minimum(exact + weight * (left / weight.sum()), room)
    low: Ints = np.floor(exact + 1e-9).astype(np.int64)
    order = np.argsort(low - exact, kind="stable")
    order = order[(low < room)[order]]
    low[order[: max(min(total, int(room.sum())) - int(low.sum()), 0)]] += 1
    return low
