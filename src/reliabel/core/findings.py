"""Findings: what people should look at, made once from the opinions of the auditors.

Label findings are the flagged labels, or those with P(wrong) >= .5 once it exists, and at least the
first 500; a fault is one finding; an item-wise auditor of another kind (outliers) brings those it
flags.  Labels are gone through in blocks, and only those listed become Python objects.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from reliabel.core.agreeing import Agreeing
from reliabel.core.dataset import Dataset
from reliabel.core.kinds import (
    comparable,
    flat,
    is_labels,
    item_value,
    kind_for,
    layout_of,
    marked_text,
)
from reliabel.core.label_values import spans
from reliabel.core.labels import Bools, Classes, Floats, Ints, Labels, Value
from reliabel.core.reasons import Reasons, sentences
from reliabel.core.results import Faults, Finding, Suspicion

AT_LEAST = 500  # label findings listed even if fewer are flagged
OPEN_SET = "open set"  # the kind of a label, and what an auditor finds: no class is right
NO_CLASS = "looks like none of the classes"


def label_findings(
    data: Dataset,
    opinions: Mapping[str, Suspicion],
    rank: Any,
    *,
    p_wrong: Floats | None = None,
    suggest: Ints | Labels | None = None,
    copies: Ints | None = None,
    suspects: int | None = None,
    strangers: Bools | None = None,
    kinds: Sequence[str] | None = None,
    at_least: int = AT_LEAST,
) -> list[Finding]:
    """The labels that look wrong, worst first.

    A label whose kind is "open set" gets no suggestion: no class is right for its item.

    opinions: those of the label auditors alone.  rank: (units,) orders the labels, NaN never shows;
        an array, or a source that gives it for a slice.
    suggest: (units,) the class to suggest, -1 = none, or a label set with a row a unit; without it
        the auditors' own suggestions.
    copies: (units,) the same number for exact copies of one another, -1 = like no other.
    suspects: how many labels are thought to be wrong: auditors point at that many of their worst
        where none has a rule of its own.
    strangers: (units,) True where the item looks like none of the classes (``strange``).
    kinds: (units,) what is most likely wrong, where P(wrong) tells sorts of errors apart; without
        them, and where one is empty, what an auditor says that points at the label.
    """
    kind = kind_for(data.labels)
    if "label" not in kind.finds or (not len(opinions) and p_wrong is None):
        return []
    rows, ranks = rows_listed(rank, _flagged(opinions, p_wrong), at_least)
    agreeing = Agreeing(opinions, rows, suspects)
    item, unit = layout_of(data.labels).place(rows)
    proposals = Proposals(data.labels, opinions, suggest)
    reasons = Reasons(data, opinions, rows, copies)
    findings = []
    for place, row in enumerate(rows.tolist()):
        by = agreeing.by(place)
        given = kind.value(data.labels, row)
        strange = strangers is not None and bool(strangers[row])
        told = None if kinds is None else kinds[row]
        sort = OPEN_SET if strange else told or _sort(opinions, by, row)
        best = None if sort == OPEN_SET else proposals.of(row, by, given)
        why = reasons.of(row, by, best)
        p = None if p_wrong is None else float(p_wrong[row])
        findings.append(
            Finding(
                item=int(item[place]),
                id=data.ids.item(int(item[place])),
                unit=None if unit is None else int(unit[place]),
                finds="label",
                kind=sort,
                rank=float(ranks[place]),
                p_wrong=None if p is None or p != p else p,
                by=by,
                given=given,
                suggest=best,
                others=(),
                where=_where(data, row, int(item[place]), best),
                agree=agreeing.told(place),
                why=f"{NO_CLASS}; {why}" if sort == OPEN_SET and NO_CLASS not in why else why,
            )
        )
    return findings


def _where(
    data: Dataset, row: int, item: int, suggest: Value | None = None
) -> dict[str, Any] | None:
    """The words that a label is about and the text around them, where items are words; where in its
    picture it lies, where labels are objects.
    """
    place = kind_for(data.labels).place
    if place is not None:
        return place(data.labels, row, suggest)
    items = data.evidence.get("items")
    text = marked_text(data.labels, row, items[item]) if isinstance(items, list) else None
    words = kind_for(data.labels).words
    if text is None or words is None:
        return None
    return {"words": list(words(data.labels, row)), "text": text}


def strange(
    data: Dataset, opinions: Mapping[str, Suspicion | Faults], finds: Mapping[str, str]
) -> Bools | None:
    """(units,) which items an auditor of the open set flags as belonging to none of the classes;
    None where none is flagged.

    finds: auditor -> what it finds.
    """
    units = layout_of(data.labels).rows
    flags = [
        np.asarray(opinion.flag)
        for name, opinion in opinions.items()
        if finds[name] == OPEN_SET and isinstance(opinion, Suspicion) and opinion.flag is not None
    ]
    fitting = [flag for flag in flags if len(flag) == units]
    return np.any(fitting, axis=0) if fitting and np.any(fitting) else None


def fault_findings(data: Dataset, name: str, finds: str, faults: Faults) -> list[Finding]:
    """One finding a fault: item = its first, the rest in others; worst first."""
    order = np.argsort(-np.asarray(faults.score), kind="stable")
    return [
        Finding(
            item=int(faults.items[f][0]),
            id=data.ids.item(int(faults.items[f][0])),
            unit=None,
            finds=finds,
            kind=faults.kind[f],
            rank=float(faults.score[f]),
            p_wrong=None,
            by=(name,),
            given=item_value(data.labels, int(faults.items[f][0])),
            suggest=None if faults.suggest is None else faults.suggest[f],
            others=tuple(int(i) for i in faults.items[f][1:]),
            where=None if faults.where is None else faults.where[f],
            why=faults.why[f],
        )
        for f in order.tolist()
    ]


def item_findings(
    data: Dataset, name: str, finds: str, opinion: Suspicion, rank: Any
) -> list[Finding]:
    """What an item-wise auditor of another kind than labels flags, worst first; ``rank`` (items,)
    or (units,) gives the rank of some rows.
    """
    if opinion.flag is None:
        return []
    flagged = np.flatnonzero(opinion.flag)
    ranks = rank[flagged]
    order = np.argsort(-np.nan_to_num(ranks), kind="stable")
    rows, ranks = flagged[order], ranks[order]
    of_units = len(rank) != len(data.labels)
    item, unit = layout_of(data.labels).place(rows) if of_units else (rows, None)
    why = opinion.info.get("why")
    told = sentences(why, len(rank))
    value = kind_for(data.labels).value
    return [
        Finding(
            item=int(item[place]),
            id=data.ids.item(int(item[place])),
            unit=None if unit is None else int(unit[place]),
            finds=finds,
            kind=None if opinion.kind is None else str(opinion.kind[row]),
            rank=float(ranks[place]),
            p_wrong=None,
            by=(name,),
            given=value(data.labels, row) if of_units else item_value(data.labels, row),
            suggest=None,
            others=(),
            where=_where(data, row, int(item[place])) if of_units else None,
            why=str(why[row])
            if told and why is not None
            else f"{name} scores it {opinion.score[row]:.3g}, worse than "
            f"{100 * ranks[place]:.1f} % of the others",
        )
        for place, row in enumerate(rows.tolist())
    ]


def rows_listed(rank: Any, flagged: Callable[[slice], Bools], at_least: int) -> tuple[Ints, Floats]:
    """The flat rows that are flagged and the ``at_least`` of highest rank, worst first, and their
    ranks; of equal ranks the first row comes first, and NaN is left out.

    >>> rank = np.array([0.5, 0.9, np.nan, 0.1, 0.7])
    >>> rows_listed(rank, lambda span: rank[span] < 0.2, 2)[0].tolist()
    [1, 4, 3]
    """
    top, marked = _Ranked(at_least), _Ranked(None)
    for span in spans(len(rank)):
        ranks = np.asarray(rank[span], dtype=float)
        known = ~np.isnan(ranks)
        row = np.arange(span.start, span.stop)
        marks = flagged(span) & known
        marked.add(row[marks], ranks[marks])
        rest = known & ~marks
        top.add(row[rest], ranks[rest])
    rows = np.concatenate([marked.rows, top.rows])
    ranks = np.concatenate([marked.ranks, top.ranks])
    order = np.lexsort((rows, -ranks))
    first = np.flatnonzero((np.arange(len(order)) < at_least) | (order < len(marked.rows)))
    return rows[order[first]], ranks[order[first]]


class Proposals:
    """What to suggest instead of given labels.

    suggest: (units,) codes of the classes to suggest, or a label set with a row a unit; without
        them the auditors' own suggestions, where the label that most of them propose wins.
    """

    def __init__(
        self,
        labels: Labels,
        opinions: Mapping[str, Suspicion],
        suggest: Ints | Labels | None = None,
    ) -> None:
        self.labels, self.kind = labels, kind_for(labels)
        self.codes: Any = None if is_labels(suggest) else suggest
        self.whole: Any = suggest if is_labels(suggest) else None
        self.classes = flat(labels)
        suggests = {name: opinion.suggest for name, opinion in opinions.items()}
        self.proposed = {
            name: _reader(self.classes, proposal)
            for name, proposal in suggests.items()
            if proposal is not None and comparable(labels, proposal)
        }

    def of(self, row: int, by: Sequence[str], given: Value | None) -> Value | None:
        """The label to suggest for a row: of the auditors ``by``, which point at it, else of
        all.
        """
        if self.whole is not None:
            value = kind_for(self.whole).value(self.whole, row)
            return None if self.kind.equal(self.labels, value, given) else value
        if self.codes is not None and self.classes is not None:
            code = int(self.codes[row])
            return None if code < 0 else self.classes.names[code]
        for names in (by, tuple(self.proposed)):
            values = (self.proposed[name](row) for name in names if name in self.proposed)
            votes = Counter(value for value in values if value is not None)
            other = {v: n for v, n in votes.items() if not self.kind.equal(self.labels, v, given)}
            if other:
                return max(other, key=lambda value: other[value])  # the first of the commonest
        return None


def _reader(given: Classes | None, suggest: Labels) -> Callable[[int], Value | None]:
    """How to read a suggestion; among classes the given names count, of which a suggestion may hold
    the codes alone.
    """
    proposed = flat(suggest)
    # a class alone does not say where an object lies
    if given is None or proposed is None or kind_for(suggest).objects:
        kind = kind_for(suggest)
        return lambda row: kind.value(suggest, row)
    names, y = (*given.names, *proposed.names[given.k :]), proposed.y
    return lambda row: names[y[row]] if y[row] >= 0 else None


class _Ranked:
    """Rows with their ranks, all of them or the ``most`` highest seen so far."""

    def __init__(self, most: int | None) -> None:
        self.most = most
        self.rows: Ints = np.empty(0, dtype=np.int64)
        self.ranks: Floats = np.empty(0)

    def add(self, rows: Ints, ranks: Floats) -> None:
        """Take more rows, which come after those before."""
        if self.most is not None and len(self.rows) == self.most:
            better = ranks > (self.ranks.min() if self.most else np.inf)
            rows, ranks = rows[better], ranks[better]
        self.rows = np.concatenate([self.rows, rows])
        self.ranks = np.concatenate([self.ranks, ranks])
        if self.most is not None and len(self.rows) > self.most:
            order = np.lexsort((self.rows, -self.ranks))[: self.most]
            self.rows, self.ranks = self.rows[order], self.ranks[order]


def _flagged(opinions: Mapping[str, Suspicion], p_wrong: Floats | None) -> Callable[[slice], Bools]:
    """Which labels of a span are listed in any case."""
    if p_wrong is not None:
        return lambda span: np.nan_to_num(p_wrong[span]) >= 0.5

    def flagged(span: slice) -> Bools:
        flags = [np.asarray(o.flag[span]) for o in opinions.values() if o.flag is not None]
        size = span.stop - span.start
        return np.any(flags, axis=0) if flags else np.zeros(size, dtype=bool)

    return flagged


def _sort(opinions: Mapping[str, Suspicion], by: Sequence[str], row: int) -> str | None:
    """What sort of error it is, by the first auditor that tells sorts apart."""
    kinds = (opinions[name].kind for name in by)
    return next((str(kind[row]) for kind in kinds if kind is not None and kind[row]), None)
