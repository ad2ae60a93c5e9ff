"""doccano's JSONL: records with a list of labels, or (older versions) with the annotation of each
user, which are votes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from reliabel.formats import json_lines
from reliabel.formats.columns import Table
from reliabel.formats.export_rows import name_the_unnamed, table_of
from reliabel.formats.files import encoding_of
from reliabel.formats.json_text import Rows, records_of
from reliabel.formats.odd_parts import Odd, type_of

FORM = "doccano"
OWN = ("item", "worker", "label")
BESIDE = ("Comments", "comments", "meta", "annotation_approver")


def recognises(records: Rows) -> bool:
    """Whether some record has doccano's labels or annotations."""
    return any(_labelled(record) or _annotated(record) for record in records)


def read(path: Path, *, question: str | None = None, encoding: str | None = None) -> Table:
    """The records with their lists of labels, or the votes of an older export.

    question: not used, a project asks one question.
    """
    records = records_of(path, encoding_of(path, encoding)).rows
    if any(map(_annotated, records)):
        return _votes(path, records)
    spans = [place for place, record in enumerate(records, 1) if _has_spans(record)]
    if spans:
        raise ValueError(
            f"{path.name} is a doccano export of spans ({len(spans):,} of {len(records):,} "
            f"records, the first in record {spans[0]}), which are not read yet; a table with one "
            "row a span or token and its label can be audited"
        )
    table = json_lines.read(path, encoding=encoding)
    text = next((name for name in ("text", "data") if table.kinds.get(name) == "text"), None)
    return replace(
        table,
        notes=(f"{path.name} is a doccano export: {len(records):,} records", *table.notes),
        roles={"label": "label", **({"text": text} if text else {})},
    )


def _labelled(record: Mapping[str, Any]) -> bool:
    return (
        isinstance(record.get("label"), list)
        and any(isinstance(record.get(name), str) for name in ("text", "data"))
        and any(name in record for name in BESIDE)
    )


def _annotated(record: Mapping[str, Any]) -> bool:
    held = record.get("annotations")
    return (
        isinstance(held, list)
        and isinstance(record.get("text"), str)
        and any(isinstance(one, dict) and "label" in one and "user" in one for one in held)
    )


def _has_spans(record: Mapping[str, Any]) -> bool:
    held = record.get("label")
    return isinstance(held, list) and any(isinstance(one, list | dict) for one in held)


def _marked(held: Any) -> dict[str | None, list[list[Any]]]:
    """The spans [class, start, end] of each person, where annotations have a start and an end."""
    found: dict[str | None, list[list[Any]]] = {}
    for one in held if isinstance(held, list) else []:
        if isinstance(one, dict) and {"label", "start_offset", "end_offset"} <= one.keys():
            who = str(one["user"]) if isinstance(one.get("user"), str | int) else None
            found.setdefault(who, []).append(
                [str(one["label"]), one["start_offset"], one["end_offset"]]
            )
    return found


def _votes(path: Path, records: Rows) -> Table:
    odd, rows = Odd("record"), list[dict[str, Any]]()
    for place, record in enumerate(records):
        name = record.get("id")
        item = str(name) if isinstance(name, str | int) else f"#{place}"
        held = record.get("annotations")
        if not isinstance(held, list):
            odd.add(f"'annotations' is {type_of(held)}, not a list", item)
        marked = _marked(held)
        rows += [
            {"item": item, "worker": who, "label": spans, "text": record.get("text")}
            for who, spans in marked.items()
        ]
        for one in held if isinstance(held, list) and not marked else []:
            label = one.get("label") if isinstance(one, dict) else one
            if not isinstance(label, str | int | float):
                odd.add(f"a label is {type_of(label)}, which is no class", item)
                continue
            user = one.get("user") if isinstance(one, dict) else None
            who = str(user) if isinstance(user, str | int) else None
            rows.append({"item": item, "worker": who, "label": label, "text": record.get("text")})
    if not rows:
        raise ValueError(
            f"{path.name} is a doccano export without a label that is a class or a span"
        )
    notes = [
        f"{path.name} is a doccano export: {len(rows):,} annotations of {len(records):,} records",
        *odd.notes(),
        *name_the_unnamed(rows),
    ]
    roles = {name: name for name in OWN}
    if any(row["text"] is not None for row in rows):
        roles["text"] = "text"
    return table_of(rows, OWN, FORM, notes, roles)
