"""JSON records as a table, and written anew: one object a line (JSONL), or in one file (JSON)."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from reliabel.formats.columns import Column, Table, settled
from reliabel.formats.files import encoding_of
from reliabel.formats.json_text import lines_of, rebuilt, records_of


def read(path: Path, *, encoding: str | None = None) -> Table:
    """The table of a file of JSON records, whatever their shape (``json_text``); absent fields are
    missing values.
    """
    encoding = encoding_of(path, encoding)
    records = records_of(path, encoding)
    rows, form = records.rows, records.form
    names = list(dict.fromkeys(name for row in rows for name in row))
    if not rows or not names:
        raise ValueError(f"{path.name} holds no records")
    found = {name: settled([row.get(name) for row in rows]) for name in names}
    notes = (
        [f"{path.name} holds one JSON object a line"]
        if form == "jsonl" and path.suffix.lower() == ".json"
        else [f"{path.name} holds records: {records.note}"]
        if records.note
        else []
    )
    holes = sum(len(row) < len(names) for row in rows)
    if holes:
        notes.append(f"{holes:,} records lack a field that others have; it counts as missing")
    columns: dict[str, Column] = {name: values for name, (_, values) in found.items()}
    return Table(
        columns,
        {name: kind for name, (kind, _) in found.items()},
        form,
        tuple(notes),
        how={"encoding": encoding},
    )


def rewrite(
    path: Path,
    out: Path,
    change: Mapping[int, Mapping[str, Any]],
    drop: Collection[int],
    *,
    encoding: str,
) -> None:
    """Copy the records as UTF-8 with the fields in ``change`` replaced and the rows in ``drop``
    removed; untouched lines are copied as they were written.
    """
    records = records_of(path, encoding)
    if records.shape != "lines":
        kept = rebuilt(records, change, drop)
        parts = kept if records.shape == "objects" else [kept]
        out.write_text(
            "".join(json.dumps(part, ensure_ascii=_lone(part), indent=2) + "\n" for part in parts),
            encoding="utf-8",
        )
        return
    place = -1
    with out.open("w", encoding="utf-8", newline="") as file:
        file.write("\ufeff" if encoding == "utf-8-sig" else "")
        for _, line in lines_of(path, encoding):
            place += bool(line.strip())
            if not line.strip() or (place not in drop and place not in change):
                file.write(line)
            elif place not in drop:
                row = {**json.loads(line), **change[place]}
                file.write(
                    json.dumps(row, ensure_ascii=_lone(row)) + line[len(line.rstrip("\r\n")) :]
                )


def write(path: Path, columns: Mapping[str, Any], *, lines: bool = True) -> None:
    """A new JSONL file (or, without ``lines``, a JSON list): UTF-8, missing values as null."""
    rows = [
        dict(zip(columns, map(plain, row), strict=True))
        for row in zip(*columns.values(), strict=True)
    ]
    with path.open("w", encoding="utf-8", newline="\n") as file:
        if lines:
            file.writelines(json.dumps(row, ensure_ascii=_lone(row)) + "\n" for row in rows)
        else:
            file.write(json.dumps(rows, ensure_ascii=_lone(rows), indent=2) + "\n")


def plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if value is None or value != value or type(value).__name__ in ("NAType", "NaTType"):
        return None
    return value if isinstance(value, str | int | float | bool | list | dict) else str(value)


def _lone(value: Any) -> bool:
    """Whether the text holds a lone surrogate, which UTF-8 cannot encode and JSON must escape."""
    return any("\ud800" <= c <= "\udfff" for c in json.dumps(value, ensure_ascii=False))
