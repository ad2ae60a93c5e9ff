"""Results as columns: what labels.parquet and findings.parquet hold, for files and for
``rl.table``.

Columns that the labels or the evidence do not allow for (unit, class, suggest, p_suggest, p_wrong)
are left out.  Rows of labels are made in blocks, without a Python object for each.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from reliabel.core.catalogue import catalogue
from reliabel.core.columns import Coded, Column, Columns, blank, chosen, plain_column, pooled, put
from reliabel.core.kinds import comparable, flat, is_labels, kind_for, layout_of
from reliabel.core.label_values import BLOCK, Rows, spans
from reliabel.core.labels import Ints, Value
from reliabel.core.results import Audit, Finding, Suspicion

VALUES = ("given", "suggest")  # columns of findings that hold labels


def label_rows(audit: Audit) -> Columns:
    """One row a label (unit): item, id, unit, class, given, suggest, p_suggest, p_wrong, and
    score_NAME of each label auditor; text as lists.
    """
    rows = LabelRows(audit)
    whole = rows.of(slice(0, len(rows)))
    return {name: plain_column(column) for name, column in whole.items()}


class LabelRows:
    """The rows of ``label_rows``, made for any of the labels when they are asked for."""

    def __init__(self, audit: Audit) -> None:
        self.audit, self.labels = audit, audit.data.labels
        self.kind, self.layout = kind_for(self.labels), layout_of(self.labels)
        self.opinions = label_opinions(audit)
        self.suggestions = Suggestions(audit, self.opinions)
        self.suggests = any((~blank(self.suggestions.of(s))).any() for s in spans(len(self)))

    def __len__(self) -> int:
        return self.layout.rows

    def blocks(self) -> Iterator[Columns]:
        """The rows block by block; at least one block, so that a table without rows has columns."""
        size = BLOCK if self.kind.column is not None else max(len(self), 1)
        yield from map(self.of, spans(len(self), size) if len(self) else [slice(0, 0)])

    def of(self, rows: Rows) -> Columns:
        """The rows of some labels."""
        row = np.arange(rows.start, rows.stop) if isinstance(rows, slice) else np.asarray(rows)
        item, unit = self.layout.place(row)
        some, place = np.unique(item, return_inverse=True)
        ids = [self.audit.data.ids.item(i) for i in some.tolist()]
        columns: Columns = {"item": item.astype(np.int64), "id": Coded(place, ids)}
        if unit is not None:
            columns["unit"] = unit.astype(np.int64)
            if self.kind.unit_names is not None:
                names = self.kind.unit_names(self.labels)
                columns["class"] = Coded(unit % max(len(names), 1), names)
        columns["given"] = encoded(self.kind.cells_of(self.labels, rows))
        return columns | self._suggested(rows) | self._scores(rows)

    def _suggested(self, rows: Rows) -> Columns:
        columns: Columns = {"suggest": encoded(self.suggestions.of(rows))} if self.suggests else {}
        ends = self.audit.suggest_range
        if ends is not None and ends.ndim == 2:
            low, high = np.asarray(ends[rows], dtype=float).T
            columns |= {"suggest_low": low, "suggest_high": high}
        p = self.audit.p_suggest
        if p is not None and self.audit.suggest is not None:
            columns["p_suggest"] = np.asarray(p[rows], dtype=float)
        return columns

    def _scores(self, rows: Rows) -> Columns:
        p = self.audit.p_wrong
        columns: Columns = {} if p is None else {"p_wrong": np.asarray(p[rows], dtype=float)}
        for kind, chance in (self.audit.p_kinds or {}).items():
            columns[f"p_{kind.replace(' ', '_')}"] = np.asarray(chance[rows], dtype=float)
        scores = {f"score_{name}": opinion.score for name, opinion in self.opinions.items()}
        return columns | {name: np.asarray(s[rows], dtype=float) for name, s in scores.items()}


class Suggestions:
    """The label to look at instead of each given one: that of P(wrong)'s model or of the finding,
    else what most label auditors propose; none where nobody proposes another.
    """

    def __init__(self, audit: Audit, opinions: Mapping[str, Suspicion]) -> None:
        self.audit, self.labels = audit, audit.data.labels
        self.kind, self.classes = kind_for(self.labels), flat(audit.data.labels)
        suggests = [o.suggest for o in opinions.values() if o.suggest is not None]
        self.proposed = [labels for labels in suggests if comparable(self.labels, labels)]
        own = () if self.classes is None else self.classes.names
        known = [classes for labels in self.proposed if (classes := flat(labels)) is not None]
        self.codes_proposed = [classes.y for classes in known]
        longer = [classes.names for classes in known if len(classes.names) > len(own)]
        self.names = (*own, *(longer[0][len(own) :] if longer else ()))  # codes of new classes
        layout = layout_of(self.labels)
        found = {
            layout.row(f.item, f.unit): f.suggest
            for f in audit.findings
            if f.finds == "label" and f.suggest is not None
        }
        self.rows: Ints = np.array(sorted(found), dtype=np.int64)
        self.found: list[Value] = [found[row] for row in self.rows.tolist()]

    def of(self, rows: Rows) -> Column:
        """The suggestions for some rows."""
        if is_labels(self.audit.suggest):
            return kind_for(self.audit.suggest).cells_of(self.audit.suggest, rows)
        if self.classes is not None and not self.kind.objects:
            return Coded(self.codes(rows), self.names)
        given = self.kind.cells_of(self.labels, rows)
        proposed = [kind_for(labels).cells_of(labels, rows) for labels in self.proposed]
        codes, pool = pooled([given, *proposed])
        best = chosen(pool, _commonest(codes[0], codes[1:]))
        places, values = self._findings(rows)
        return put(best, places, values)

    def codes(self, rows: Rows) -> Ints:
        """The suggestions for some rows as codes of classes, -1 = none."""
        assert self.classes is not None
        if isinstance(self.audit.suggest, np.ndarray):
            return np.array(self.audit.suggest[rows])
        best = _commonest(self.classes.y[rows], [y[rows] for y in self.codes_proposed])
        code = {name: c for c, name in enumerate(self.classes.names)}
        places, values = self._findings(rows)
        for place, value in zip(places.tolist(), values, strict=True):
            best[place] = code.get(str(value), best[place])
        return best

    def _findings(self, rows: Rows) -> tuple[Ints, list[Value]]:
        """Places among ``rows`` that a finding speaks of, and what it suggests."""
        if isinstance(rows, slice):
            low, high = np.searchsorted(self.rows, [rows.start, rows.stop]).tolist()
            return self.rows[low:high] - rows.start, self.found[low:high]
        value = dict(zip(self.rows.tolist(), self.found, strict=True))
        places = [place for place, row in enumerate(rows.tolist()) if row in value]
        return np.array(places, dtype=np.int64), [value[int(rows[place])] for place in places]


def finding_rows(audit: Audit) -> Columns:
    """One row a finding, in the order of the audit; ``where`` as JSON."""
    rows: Columns = {
        field.name: [_plain(field.name, getattr(found, field.name)) for found in audit.findings]
        for field in fields(Finding)
    }
    rows |= {name: encoded(rows[name]) for name in VALUES}
    absent = {"unit"} if layout_of(audit.data.labels).starts is None else set()
    absent |= {"p_wrong"} if audit.p_wrong is None else set()
    return {name: cells for name, cells in rows.items() if name not in absent}


def label_opinions(audit: Audit) -> dict[str, Suspicion]:
    """The opinions of the auditors of labels, which speak of every unit."""
    finds = {entry.name: entry.finds for entry in catalogue() if entry.verb == "audit"}
    return {
        name: opinion
        for name, opinion in audit.opinions.items()
        if isinstance(opinion, Suspicion) and finds.get(name, "label") == "label"
    }


def suggested(audit: Audit) -> Ints:
    """(units,) the class to look at instead of the given one: that of the finding, else what most
    label auditors propose; -1 where none does, and nothing at all where labels have no classes.
    """
    if flat(audit.data.labels) is None:
        return np.full(0, -1)
    rows = slice(0, layout_of(audit.data.labels).rows)
    return Suggestions(audit, label_opinions(audit)).codes(rows)


def as_json(values: Sequence[Any]) -> bool:
    """Whether values go into a table as JSON text: neither text alone, nor numbers, nor lists of
    one of them.
    """
    there = [value for value in values if value is not None]
    if all(isinstance(value, str) for value in there):
        return False
    if all(isinstance(value, list | tuple) for value in there):
        there = [part for value in there for part in value if part is not None]
    return not (all(map(_is_number, there)) or all(isinstance(part, str) for part in there))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def encoded(column: Column) -> Column:
    """A column as tables hold it: values of no plain form stand as JSON text."""
    if isinstance(column, list) and as_json(column):
        return [None if value is None else _json(value) for value in column]
    return column


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=_number)


def _commonest(given: Ints, proposals: Sequence[Ints]) -> Ints:
    """The commonest proposal other than the given label; the first auditor's wins a tie."""
    best = np.full(len(given), -1, dtype=np.int64)
    most = np.zeros(len(given), dtype=np.int64)
    for proposal in proposals:
        votes = np.sum([proposal == other for other in proposals], axis=0)
        better = (votes > most) & (proposal >= 0) & (proposal != given)
        best[better], most[better] = proposal[better], votes[better]
    return best


def _plain(name: str, value: Any) -> Any:
    if name == "where":
        return None if value is None else _json(value)
    return list(value) if isinstance(value, tuple) else value


def _number(value: Any) -> Any:
    return value.tolist()  # NumPy's numbers and arrays


def findings_csv(audit: Audit) -> str:
    """Findings as CSV text: lists joined by ``;``, places as JSON, what is unknown empty.

    Values are exact: a text that begins with = + - @ is written as it is, since a changed id or
    label could not be joined again. Whoever opens the file in a spreadsheet imports these columns
    as text.
    """
    import csv

    rows = _with_classes(audit, finding_rows(audit))
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(rows)
    writer.writerows([_cell(value) for value in row] for row in zip(*rows.values(), strict=True))
    return out.getvalue()


def _with_classes(audit: Audit, rows: Columns) -> Columns:
    """The rows with a column that names the class of each finding, where items have several
    labels.
    """
    labels = audit.data.labels
    named = kind_for(labels).unit_names
    if named is None or "unit" not in rows:
        return rows
    names = named(labels)
    told = [None if unit is None else names[unit % max(len(names), 1)] for unit in rows["unit"]]
    wide: Columns = {}
    for name, cells in rows.items():
        wide[name] = cells
        if name == "unit":
            wide["class"] = told
    return wide


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return ";".join("" if part is None else str(part) for part in value)
    return "" if value is None else repr(float(value)) if isinstance(value, float) else value
