"""Results as columns: what labels.parquet and findings.parquet hold, for files and for
``rl.table``.

Columns that the labels or the evidence do not allow for (unit, class, suggest, p_suggest, p_wrong)
are left out.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from reliabel.core.catalogue import catalogue
from reliabel.core.findings import flat, place_of
from reliabel.core.labels import Classes, Grouped, Ints, Labels, MultiLabel, Numbers
from reliabel.core.results import Audit, Finding, Suspicion

Columns = dict[str, Any]


def label_rows(audit: Audit) -> Columns:
    """One row a label (unit): item, id, unit, class, given, suggest, p_suggest, p_wrong, and
    score_NAME of each label auditor.
    """
    labels = audit.data.labels
    item, unit = place_of(labels)
    words = label_words(audit)
    rows: Columns = {
        "item": item.astype(np.int64),
        "id": [audit.data.ids.item(i) for i in item.tolist()],
    }
    if unit is not None:
        rows["unit"] = unit.astype(np.int64)
    if isinstance(labels, MultiLabel):
        rows["class"] = [labels.names[c] for c in place_of(labels)[1].tolist()]  # type: ignore[union-attr]
    rows["given"] = given_names(labels)
    known = flat(labels)
    if known is not None:
        best = suggested(audit)
        if (best >= 0).any():
            rows["suggest"] = _named(best, known.names)
        if audit.p_suggest is not None and audit.suggest is not None:
            rows["p_suggest"] = np.where(best == audit.suggest, audit.p_suggest, np.nan)
    if audit.p_wrong is not None:
        rows["p_wrong"] = np.asarray(audit.p_wrong, dtype=float)
    return rows | {
        f"score_{name}": np.asarray(word.score, dtype=float) for name, word in words.items()
    }


def finding_rows(audit: Audit) -> Columns:
    """One row a finding, in the order of the audit; ``where`` as JSON."""
    rows: Columns = {
        field.name: [_plain(field.name, getattr(found, field.name)) for found in audit.findings]
        for field in fields(Finding)
    }
    absent = {"unit"} if place_of(audit.data.labels)[1] is None else set()
    return {
        name: cells
        for name, cells in rows.items()
        if name not in absent | ({"p_wrong"} if audit.p_wrong is None else set())
    }


def label_words(audit: Audit) -> Mapping[str, Suspicion]:
    """What the auditors of labels said, unit by unit."""
    finds = {entry.name: entry.finds for entry in catalogue() if entry.verb == "audit"}
    return {
        name: word
        for name, word in audit.opinions.items()
        if isinstance(word, Suspicion) and finds.get(name, "label") == "label"
    }


def suggested(audit: Audit) -> Ints:
    """(units,) the class to look at instead of the given one: that of the finding, else what most
    label auditors propose; -1 where none does.
    """
    known = flat(audit.data.labels)
    if known is None:
        return np.full(0, -1)
    if audit.suggest is not None:
        return np.array(audit.suggest)
    best = _most(
        known,
        [
            word.suggest.y
            for word in label_words(audit).values()
            if isinstance(word.suggest, Classes)
        ],
    )
    offsets = _offsets(audit.data.labels)
    code = {name: place for place, name in enumerate(known.names)}
    for found in audit.findings:
        if found.finds == "label" and found.suggest in code:
            best[int(offsets[found.item]) + (found.unit or 0)] = code[found.suggest]
    return best


def given_names(labels: Labels) -> list[Any]:
    """(units,) the labels as given: names of classes (yes and no for cells of a multi-label set),
    numbers, None where there is none.
    """
    if isinstance(labels, Grouped):
        return given_names(labels.units)
    if isinstance(labels, Numbers):
        return [None if value != value else value for value in labels.y.ravel().tolist()]
    known = flat(labels)
    return _named(known.y, known.names) if known is not None else [None] * len(labels)


def _most(known: Classes, proposals: list[Ints]) -> Ints:
    """The commonest proposal other than the given class; the first auditor's wins a tie."""
    best = np.full(len(known), -1, dtype=np.int64)
    most = np.zeros(len(known), dtype=np.int64)
    for proposal in proposals:
        votes = np.sum([proposal == other for other in proposals], axis=0)
        better = (votes > most) & (proposal >= 0) & (proposal != known.y)
        best[better], most[better] = proposal[better], votes[better]
    return best


def _offsets(labels: Labels) -> Ints:
    if isinstance(labels, Grouped):
        return labels.offsets
    return np.arange(len(labels)) * (labels.k if isinstance(labels, MultiLabel) else 1)


def _named(y: Ints, names: tuple[str, ...]) -> list[str | None]:
    return [None if c < 0 else names[c] for c in y.tolist()]


def _plain(name: str, value: Any) -> Any:
    if name == "where":
        return None if value is None else json.dumps(value, ensure_ascii=False, default=_number)
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

    rows = finding_rows(audit)
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(rows)
    writer.writerows([_cell(value) for value in row] for row in zip(*rows.values(), strict=True))
    return out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return ";".join(map(str, value))
    return "" if value is None else repr(float(value)) if isinstance(value, float) else value
