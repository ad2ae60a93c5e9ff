"""JSON records: one object a line (JSONL), or a list of objects in one file (JSON)."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from reliabel.core.run import tell
from reliabel.formats.columns import Column, Table, settled
from reliabel.formats.files import broken_at, encoding_of

Rows = list[dict[str, Any]]


def read(path: Path, *, encoding: str | None = None) -> Table:
    """The table of a JSONL file, or of a JSON file that holds a list of records; absent fields are
    missing values.
    """
    encoding = encoding_of(path, encoding)
    rows, form = _records(path, encoding)
    names = list(dict.fromkeys(name for row in rows for name in row))
    if not rows or not names:
        raise ValueError(f"{path.name} holds no records")
    found = {name: settled([row.get(name) for row in rows]) for name in names}
    notes = (
        [f"{path.name} holds one JSON object a line"]
        if form == "jsonl" and path.suffix.lower() == ".json"
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
    if not _by_line(path, encoding):
        rows, _ = _records(path, encoding)
        kept = [
            {**row, **change.get(place, {})} for place, row in enumerate(rows) if place not in drop
        ]
        out.write_text(
            json.dumps(kept, ensure_ascii=_lone(kept), indent=2) + "\n", encoding="utf-8"
        )
        return
    place = -1
    with out.open("w", encoding="utf-8", newline="") as file:
        file.write("\ufeff" if encoding == "utf-8-sig" else "")
        for _, line in _lines(path, encoding):
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


def _records(path: Path, encoding: str) -> tuple[Rows, str]:
    if _by_line(path, encoding):
        return [
            _parsed(path, number, line)
            for number, line in _lines(path, encoding, told=True)
            if line.strip()
        ], "jsonl"
    try:
        whole = json.loads(path.read_text(encoding=encoding))
    except UnicodeDecodeError:
        raise ValueError(broken_at(path, encoding)) from None
    except json.JSONDecodeError as error:
        raise ValueError(f"{path.name}, line {error.lineno:,}: broken JSON ({error.msg})") from None
    if not isinstance(whole, list):
        raise ValueError(
            f"{path.name} holds one JSON {type(whole).__name__}; wanted is a list of records "
            f"([{{...}}, ...]) or one record a line"
        )
    for place, row in enumerate(whole):
        if not isinstance(row, dict):
            raise ValueError(
                f"{path.name}: record {place} is a {type(row).__name__}, not an object with named "
                "fields"
            )
    return whole, "json"


def _by_line(path: Path, encoding: str) -> bool:
    """Whether each line is a record: always in .jsonl; in .json if the first line is a whole object
    and more lines follow.
    """
    if path.suffix.lower() in (".jsonl", ".ndjson"):
        return True
    first = next((line for _, line in _lines(path, encoding) if line.strip()), "").strip()
    if not first.startswith("{"):
        return False
    try:
        return isinstance(json.loads(first), dict)
    except json.JSONDecodeError:
        return False


def _lines(path: Path, encoding: str, told: bool = False) -> Iterator[tuple[int, str]]:
    try:
        with path.open(encoding=encoding, newline="") as file:
            for number, line in enumerate(file, 1):
                if told and number % 65536 == 0:
                    tell(f"reading  {path.name}", number, None)
                yield number, line
    except UnicodeDecodeError:
        raise ValueError(broken_at(path, encoding)) from None


def _parsed(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(
            f"{path.name}, line {number:,}: broken JSON ({error.msg} at character "
            f"{error.pos + 1}); each line must be one whole object"
        ) from None
    if not isinstance(row, dict):
        raise ValueError(
            f"{path.name}, line {number:,}: a {type(row).__name__}, not an object with named "
            f"fields ({{...}})"
        )
    return row


def _lone(value: Any) -> bool:
    """Whether the text holds a lone surrogate, which UTF-8 cannot encode and JSON must escape."""
    return any("\ud800" <= c <= "\udfff" for c in json.dumps(value, ensure_ascii=False))
