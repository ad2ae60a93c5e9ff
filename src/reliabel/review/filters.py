"""Which labels a filter of the queue means: by class, P(wrong), verdict, text, group or lasso."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from reliabel.core.catalogue import nearest
from reliabel.core.columns import Coded, Column
from reliabel.core.kinds import class_names, kind_for
from reliabel.core.label_values import shown
from reliabel.core.labels import Bools, Ints
from reliabel.core.rows import LabelRows
from reliabel.core.short_repr import by_fields
from reliabel.folders.decision_table import VERDICTS
from reliabel.folders.items_file import item_rows
from reliabel.folders.other_columns import other_columns
from reliabel.review.board import WITHDRAWN, Board
from reliabel.review.groups import Group, groups
from reliabel.review.opening import Opened
from reliabel.trust.review_record import WHOLE

UNDECIDED, DISPUTED = "undecided", "disputed"
ASKED = (*VERDICTS, UNDECIDED, DISPUTED)


@dataclass(frozen=True)
class Filter:
    """Conditions that labels meet all together; None says nothing.

    given, suggest: the label as given, and the one suggested.  p_from, p_to: P(wrong) from and to.
    verdict: keep, change, drop or unsure as it counts now; undecided: nobody judged it; disputed:
        people differ, and nobody settled it.
    who: labels that this person judged; with a verdict those that they gave it, with undecided
        those that they did not judge.
    text: a part of the id, the text or a column of the item, in capitals or not.
    group: the number of a group of copies.  rows: the flat rows of a lasso.
    """

    given: str | None = None
    suggest: str | None = None
    p_from: float | None = None
    p_to: float | None = None
    verdict: str | None = None
    who: str | None = None
    text: str | None = None
    group: int | None = None
    rows: tuple[int, ...] | None = None

    __repr__ = by_fields


def matching(
    opened: Opened, board: Board, wanted: Filter, *, who: str | None = None, blind: bool = False
) -> Ints:
    """The flat rows of the labels that a filter means, the most suspect first, those without
    P(wrong) last; labels that are unknown as given are never among them (of objects within an item
    they are: one may be missing there).

    who, blind: who asks, and whether they must not learn what others said: of verdicts and people
        only their own are then told, and that a label is undecided.
    Raises ValueError for classes, groups, rows and verdicts that there are not.
    """
    return Matcher(opened).matching(board, wanted, who=who, blind=blind)


class Matcher:
    """What filters look at, made once for many of them."""

    def __init__(self, opened: Opened) -> None:
        self.audit = opened.audit
        self.layout = opened.log.layout
        p = self.audit.p_wrong
        self.p = np.full(self.layout.rows, np.nan) if p is None else np.asarray(p, dtype=float)

    def matching(
        self, board: Board, wanted: Filter, *, who: str | None = None, blind: bool = False
    ) -> Ints:
        """As the function of this name."""
        keep = board.populations[WHOLE].inside.copy()
        for name in ("given", "suggest"):
            label = getattr(wanted, name)
            if label is not None:
                keep &= self._labelled(name, label)
        if wanted.p_from is not None or wanted.p_to is not None:
            keep &= self._between(wanted.p_from, wanted.p_to)
        if wanted.group is not None:
            keep &= self._of(self._group(wanted.group).rows)
        if wanted.rows is not None:
            keep &= self._of(wanted.rows)
        if wanted.verdict is not None or wanted.who is not None:
            keep &= self._judged(board, wanted, who, blind)
        if wanted.text is not None:
            keep &= self._with_text(wanted.text)
        rows = np.flatnonzero(keep)
        return rows[np.argsort(-np.nan_to_num(self.p[rows], nan=-1.0), kind="stable")]

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The groups of copies."""
        return groups(self.audit)

    @cached_property
    def _columns(self) -> dict[str, Column]:
        rows = LabelRows(self.audit).of(slice(0, self.layout.rows))
        return {name: rows[name] for name in ("given", "suggest") if name in rows}

    @cached_property
    def _texts(self) -> list[str]:
        """The words of each item, its columns one after another, without capitals."""
        data = self.audit.data
        held = item_rows(data) | other_columns(data, np.arange(len(data)))
        cells = zip(*held.values(), strict=True)
        return ["\n".join(str(c) for c in row if c is not None).casefold() for row in cells]

    def _labelled(self, name: str, label: str) -> Bools:
        column = self._columns.get(name, ())
        known = {shown(one) for one in class_names(self.audit.data.labels)}
        if kind_for(self.audit.data.labels).unit_names is not None:
            known = {"no", "yes"}
        if isinstance(column, Coded):
            known |= set(column.names)
        if known and label not in known:
            raise ValueError(
                f"{name} is filtered by {label!r}, which is no class of these labels"
                f"{nearest(label, sorted(known))}; classes: {', '.join(sorted(known)[:10])}"
            )
        if self._objects and label in known:
            return self._of_class(column, label)
        return _equals(column, label, self.layout.rows)

    @cached_property
    def _objects(self) -> bool:
        """Whether labels are objects within an item, of which a class alone means any place."""
        return kind_for(self.audit.data.labels).objects

    def _of_class(self, column: Any, label: str) -> Bools:
        """(units,) where a column shows an object of a class, or the very object."""
        labels, equal = self.audit.data.labels, kind_for(self.audit.data.labels).equal
        if isinstance(column, Coded):
            fits = [code for code, one in enumerate(column.names) if equal(labels, one, label)]
            return np.isin(column.code, fits)
        if not len(column):
            return np.zeros(self.layout.rows, dtype=bool)
        return np.array([one is not None and equal(labels, one, label) for one in column])

    def _between(self, low: float | None, high: float | None) -> Bools:
        low, high = 0.0 if low is None else low, 1.0 if high is None else high
        if not 0 <= low <= high <= 1:
            raise ValueError(
                f"P(wrong) lies between 0 and 1; the filter asks from {low:g} to {high:g}"
            )
        if self.audit.p_wrong is None:
            raise ValueError("this audit has no P(wrong) to filter by; leave it out of the filter")
        with np.errstate(invalid="ignore"):
            return np.asarray((self.p >= low) & (self.p <= high))

    def _group(self, number: int) -> Group:
        if not 0 <= number < len(self.groups):
            last = f"; the last one is {len(self.groups) - 1}" if self.groups else ""
            raise ValueError(f"there is no group of copies {number} in this audit{last}")
        return self.groups[number]

    def _of(self, rows: Sequence[int]) -> Bools:
        """(units,) True in some rows."""
        inside, some = np.zeros(self.layout.rows, dtype=bool), np.asarray(rows, dtype=np.int64)
        if len(some) and not 0 <= int(some.min()) <= int(some.max()) < self.layout.rows:
            raise ValueError(
                f"labels are numbered from 0 to {self.layout.rows - 1}; the filter names "
                f"{int(some.max()) if int(some.min()) >= 0 else int(some.min())}"
            )
        inside[some] = True
        return inside

    def _judged(self, board: Board, wanted: Filter, who: str | None, blind: bool) -> Bools:
        """(units,) which labels have the verdict, by the person who is asked for."""
        verdict, whose = wanted.verdict, wanted.who
        if verdict is not None and verdict not in ASKED:
            raise ValueError(
                f"the filter asks for the verdict {verdict!r}{nearest(verdict, ASKED)}; it is one "
                f"of {', '.join(ASKED)}"
            )
        if blind and (whose not in (None, who) or verdict == DISPUTED):
            raise ValueError(
                "what others said is not told while reviews are blind; filter by your own verdicts"
            )
        if blind and verdict in VERDICTS:
            whose = who
        if verdict == UNDECIDED and whose is None:
            return ~board.decided
        if whose is None and not (blind and verdict in VERDICTS):
            return self._of([row for row in board.people if _counts(board, row, verdict)])
        theirs = self._of([row for row in board.people if _said(board, row, whose, verdict)])
        return ~theirs if verdict == UNDECIDED else theirs

    def _with_text(self, text: str) -> Bools:
        part = text.casefold()
        found = np.array([part in one for one in self._texts], dtype=bool)
        item, _ = self.layout.place(np.arange(self.layout.rows))
        return np.asarray(found[item])


def _counts(board: Board, row: int, verdict: str | None) -> bool:
    """Whether a label has a verdict as it counts now."""
    if verdict == DISPUTED:
        return row not in board.settled and board.differ(row)
    return board.final(row)[0] == verdict


def _said(board: Board, row: int, who: str | None, verdict: str | None) -> bool:
    """Whether a person judged a label, with a verdict if one of the four is given."""
    said = board.people[row].get(who)
    if said is None or said.verdict == WITHDRAWN:
        return False
    return verdict not in VERDICTS or said.verdict == verdict


def _equals(column: Any, label: str, rows: int) -> Bools:
    """(units,) where a column shows a label."""
    if isinstance(column, Coded):
        code = list(column.names).index(label) if label in column.names else -2
        return np.asarray(column.code == code)
    if not len(column):
        return np.zeros(rows, dtype=bool)
    return np.array([one is not None and shown(one) == label for one in column], dtype=bool)
