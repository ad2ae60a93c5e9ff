"""JSON records as a table, and written anew: one object a line (JSONL), or in one file (JSON)."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from reliabel.formats.columns import Column, Table, settled
from reliabel.formats.files import encoding_of
from reliabel.formats.json_edits import line_edited, records_edited
from reliabel.formats.json_spans import has_lone
from reliabel.formats.json_text import PEEK, lines_of, rebuilt, records_of


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
    removed; everything else stays as it was written.
    """
    records = records_of(path, encoding)
    mark = "\ufeff" if encoding == "utf-8-sig" else ""
    if records.shape != "lines":
        with path.open(encoding=encoding, newline="") as file:
            text = file.read()
        new = records_edited(text, records, change, drop)
        if new is None:  # records that do not stand apart
            kept, style = rebuilt(records, change, drop), _style(text)
            parts = kept if records.shape == "objects" else [kept]
            new = "\n".join(_dumped(part, style) for part in parts) + text[len(text.rstrip()) :]
        out.write_text(mark + new, encoding="utf-8", newline="")
        return
    place = -1
    with out.open("w", encoding="utf-8", newline="") as file:
        file.write(mark)
        for _, line in lines_of(path, encoding):
            place += bool(line.strip())
            if not line.strip() or (place not in drop and place not in change):
                file.write(line)
            elif place not in drop:
                file.write(line_edited(line, change[place]))


def _style(text: str) -> dict[str, Any]:
    """How a JSON text is laid out: its indent, what stands between its parts, and whether letters
    beyond ASCII are escaped.
    """
    bare = text.strip().lstrip("\ufeff")
    second = bare.split("\n", 2)[1] if "\n" in bare else None
    indent = None if second is None else second[: len(second) - len(second.lstrip(" \t"))]
    outside = re.sub(r'"(?:[^"\\]|\\.)*"?', "", bare[:PEEK])  # strings may hold anything
    colon = ": " if re.search(r":\s", outside) else ":"
    comma = ", " if indent is None and re.search(r",\s", outside) else ","
    escaped = bare.isascii() and "\\u" in bare
    return {"indent": indent, "separators": (comma, colon), "ensure_ascii": escaped}


def _dumped(value: Any, style: Mapping[str, Any]) -> str:
    return json.dumps(value, **{**style, "ensure_ascii": style["ensure_ascii"] or has_lone(value)})


def write(path: Path, columns: Mapping[str, Any], *, lines: bool = True) -> None:
    """A new JSONL file (or, without ``lines``, a JSON list): UTF-8, missing values as null."""
    rows = [
        dict(zip(columns, map(plain, row), strict=True))
        for row in zip(*columns.values(), strict=True)
    ]
    with path.open("w", encoding="utf-8", newline="\n") as file:
        if lines:
            file.writelines(json.dumps(row, ensure_ascii=has_lone(row)) + "\n" for row in rows)
        else:
            file.write(json.dumps(rows, ensure_ascii=has_lone(rows), indent=2) + "\n")


def plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if value is None or value != value or type(value).__name__ in ("NAType", "NaTType"):
        return None
    return value if isinstance(value, str | int | float | bool | list | dict) else str(value)
