"""The shapes in which JSON holds records: a list, one object a line, an object around a list, and
the columns that data frames write.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reliabel.core.run import tell
from reliabel.formats.files import broken_at, encoding_of
from reliabel.formats.odd_parts import type_of

Rows = list[dict[str, Any]]
LISTS = ("data", "records", "rows", "items", "examples", "results", "tasks")
# lists of objects that one record holds
OF_RECORDS = ("annotations", "completions", "predictions", "answers", "options", "spans", "tokens")
SPLITS = {"train", "training", "test", "testing", "val", "valid", "validation", "dev"}
SEEN = 12  # keys named in a sentence
PEEK = 2**16  # characters of a first look
NOT_ONE = "wanted is a list of records ([{...}, ...]), one record a line, or one object around such"


@dataclass(frozen=True, eq=False)
class Records:
    """The records of a file, and how they stand in it.

    ``shape`` is lines, list, objects (one after the other), wrapped (a list under a key of one
    object), splits (a list a split), columns (name -> row -> value), lists (name -> values) or
    keyed (name -> record).
    ``whole`` is the object around them, ``key`` the key of the list or the name of the added field.
    """

    rows: Rows
    shape: str
    whole: Any = None
    key: str = ""
    note: str = ""

    @property
    def form(self) -> str:
        """The format of the file: jsonl or json."""
        return "jsonl" if self.shape == "lines" else "json"


def records_of(path: Path, encoding: str) -> Records:
    """All records of a file; raises ValueError with the place where it is broken, or with the keys
    of an object that is no list of records.
    """
    if is_by_line(path, encoding):
        rows = [
            _parsed(path, number, line)
            for number, line in lines_of(path, encoding, told=True)
            if line.strip()
        ]
        if len(rows) > 1 or not rows or not (found := _shape_of(rows[0], line=True)):
            return Records(rows, "lines")
        return found
    whole, more = _whole(path, encoding)
    if more:
        return Records(_all_objects(path, [whole, *more]), "objects")
    if isinstance(whole, list):
        return Records(_all_objects(path, whole), "list")
    if isinstance(whole, dict):
        found = _shape_of(whole)
        if found is not None:
            return found
        raise ValueError(_no_records(path, whole))
    raise ValueError(f"{path.name} holds {type_of(whole)} in JSON; {NOT_ONE}")


def first_records(path: Path, most: int = 20) -> tuple[Rows, Any]:
    """The first records of a JSON file, of whatever size, and the object that holds them if the
    file is one object; both empty for what is no JSON.
    """
    try:
        with path.open(encoding=encoding_of(path)) as file:
            found, ended = _peeked(file, most)
    except (ValueError, RecursionError):  # the reader of the format says where it is broken
        return [], None
    rows = [one for one in found if isinstance(one, dict)]
    if len(found) == 1 and rows and ended:
        shape = _shape_of(rows[0])
        return (shape.rows[:most] if shape is not None else rows), rows[0]
    return rows, None


def _peeked(file: Any, most: int) -> tuple[list[Any], bool]:
    """The first values of a JSON list or of a row of objects, and whether there is nothing more."""
    decoder, text, place = json.JSONDecoder(), file.read(PEEK), 0
    found: list[Any] = []
    text = text.lstrip("\ufeff \t\r\n")
    if text[:1] not in ("[", "{"):
        return [], True
    place = int(text[0] == "[")
    while len(found) < most:
        while place < len(text) and text[place] in " \t\r\n,":
            place += 1
        try:
            value, place = decoder.raw_decode(text, place)
            found.append(value)
        except ValueError:
            more = file.read(max(len(text), PEEK))
            if not more:
                return found, not text[place:].strip(" \t\r\n")
            text, place = text[place:] + more, 0
    return found, False


def rebuilt(
    records: Records, change: Mapping[int, Mapping[str, Any]], drop: Collection[int]
) -> Any:
    """The value to write in place of a file's own: the same shape with some fields replaced and
    some records left out.
    """
    left = [place for place in range(len(records.rows)) if place not in drop]
    rows = [{**records.rows[place], **change.get(place, {})} for place in left]
    if records.shape == "wrapped":
        return {**records.whole, records.key: rows}
    if records.shape == "splits":
        return {
            name: [
                {field: row[field] for field in row if field != records.key}
                for row in rows
                if row[records.key] == name
            ]
            for name in records.whole
        }
    if records.shape == "lists":
        return {name: [row[name] for row in rows] for name in records.whole}
    if records.shape == "columns":
        index = list(next(iter(records.whole.values())))
        return {
            name: {index[place]: row[name] for place, row in zip(left, rows, strict=True)}
            for name in records.whole
        }
    if records.shape == "keyed":
        names = list(records.whole)
        return {
            names[place]: {name: row[name] for name in row if name != records.key}
            for place, row in zip(left, rows, strict=True)
        }
    return rows


def is_by_line(path: Path, encoding: str) -> bool:
    """Whether each line is a record: if the first line is a whole object and, in a file that is not
    named so, more lines follow.
    """
    lines = (line.strip("\ufeff \t\r\n") for _, line in lines_of(path, encoding))
    first = next((line for line in lines if line), "")
    named = path.suffix.lower() in (".jsonl", ".ndjson")
    if first.startswith("["):
        return named and first.endswith("]") and any(lines)
    if named and not first.startswith("{"):
        return True
    try:
        return isinstance(json.loads(first), dict) and (named or any(lines))
    except (ValueError, RecursionError):
        return named and first != "{"


def lines_of(path: Path, encoding: str, told: bool = False) -> Iterator[tuple[int, str]]:
    """The lines of a text file with their numbers from 1."""
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
    except RecursionError:
        raise ValueError(_too_deep(path)) from None
    if not isinstance(row, dict):
        raise ValueError(
            f"{path.name}, line {number:,}: {type_of(row)}, not an object with named fields "
            "({...})"
        )
    return row


def _whole(path: Path, encoding: str) -> tuple[Any, list[Any]]:
    """The value of a file, and further objects that stand behind it."""
    try:
        text = path.read_text(encoding=encoding)
    except UnicodeDecodeError:
        raise ValueError(broken_at(path, encoding)) from None
    try:
        return json.loads(text), []
    except json.JSONDecodeError as error:
        found = _one_after_another(text) if error.msg == "Extra data" else []
        if found:
            return found[0], found[1:]
        raise ValueError(f"{path.name}, line {error.lineno:,}: broken JSON ({error.msg})") from None
    except RecursionError:
        raise ValueError(_too_deep(path)) from None


def _one_after_another(text: str) -> list[Any]:
    """Objects that stand one after another, over several lines each; empty if it is not that."""
    decoder, place, found = json.JSONDecoder(), 0, list[Any]()
    while text[place:].strip():
        place += len(text[place:]) - len(text[place:].lstrip())
        try:
            value, place = decoder.raw_decode(text, place)
        except ValueError:
            return []
        found.append(value)
    return found if all(isinstance(value, dict) for value in found) else []


def _too_deep(path: Path) -> str:
    return f"{path.name} is JSON that is nested too deeply to be records; {NOT_ONE}"


def _all_objects(path: Path, values: list[Any]) -> Rows:
    for place, row in enumerate(values):
        if not isinstance(row, dict):
            raise ValueError(
                f"{path.name}: record {place} is {type_of(row)}, not an object with named fields"
            )
    return values


def _shape_of(whole: Mapping[str, Any], line: bool = False) -> Records | None:
    """The records within one object; None if it holds none.

    line: the object is the only line of a file of lines, and more likely a record than not.
    """
    if is_split(whole):
        return None
    lists = [name for name, value in whole.items() if _holds_objects(value)]
    known = [name for name in LISTS if name in lists]
    alone = len(lists) == 1 and (
        len(whole) == 1 or not (line or lists[0] in OF_RECORDS or len(whole[lists[0]]) < 2)
    )
    if known or alone:
        key = (known or lists)[0]
        return Records(whole[key], "wrapped", whole, key, f"the records stand under {key!r}")
    if len(lists) == len(whole) and {name.lower() for name in lists} <= SPLITS:
        return _split_lists(whole)
    values = list(whole.values())
    if values and all(isinstance(value, dict) and value for value in values):
        return None if line and not _are_columns(list(whole), values) else _crossed(whole)
    if (
        values
        and not line
        and all(isinstance(value, list) and value for value in values)
        and len({len(value) for value in values}) == 1
        and not lists
    ):
        rows = [dict(zip(whole, row, strict=True)) for row in zip(*values, strict=True)]
        return Records(rows, "lists", whole, "", "one list a column")
    return None


def _split_lists(whole: Mapping[str, Any]) -> Records | None:
    """One list of records a split, which becomes a column."""
    if any("split" in record for rows in whole.values() for record in rows):
        return None
    rows = [{**record, "split": name} for name, held in whole.items() for record in held]
    return Records(rows, "splits", whole, "split", "one list a split, kept as column 'split'")


def _crossed(whole: Mapping[str, Any]) -> Records:
    """An object of objects: columns as data frames write them, or records under their names."""
    inner = list(whole.values())
    index = list(inner[0])
    if _are_columns(list(whole), inner):
        rows = [{name: whole[name][row] for name in whole} for row in index]
        return Records(rows, "columns", whole, "", "one object a column, as data frames write them")
    fields = {field for record in inner for field in record}
    key = next(name for name in ("id", "key", "_key", "record key") if name not in fields)
    rows = [{key: name, **record} for name, record in whole.items()]
    return Records(rows, "keyed", whole, key, f"one record a key, kept as column {key!r}")


def _are_columns(names: list[str], inner: list[Any]) -> bool:
    """Whether the names on the outside are those of columns: the row names within are the same in
    all of them, and count the rows or are more than the columns.
    """
    index = list(inner[0])
    if any(record.keys() != inner[0].keys() for record in inner):
        return False
    outside, within = (all(name.isdigit() for name in some) for some in (names, index))
    if outside != within:
        return within
    return len(index) > len(names)


def _holds_objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


def is_split(whole: Mapping[str, Any]) -> bool:
    """Whether an object is a data frame with orient="split": names, and rows without names."""
    rows = whole.get("data")
    return (
        isinstance(whole.get("columns"), list)
        and isinstance(rows, list)
        and not any(isinstance(row, dict) for row in rows)
    )


def _no_records(path: Path, whole: Mapping[str, Any]) -> str:
    keys = ", ".join(repr(key[:40]) for key in list(whole)[:SEEN]) or "none"
    more = f" and {len(whole) - SEEN} more" if len(whole) > SEEN else ""
    why = (
        ' (orient="split" of a data frame, it seems: write it with orient="records")'
        if is_split(whole)
        else ""
    )
    return (
        f"{path.name} holds one JSON object that is no list of records, its keys are {keys}{more}"
        f"{why}; {NOT_ONE}"
    )
