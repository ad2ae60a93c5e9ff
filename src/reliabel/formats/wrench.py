"""WRENCH's JSON of weak supervision, and folders of it, read as a long table of votes.

The format is {id: {"label": truth, "weak_labels": [class or -1, ...], "data": {...}}}; a folder
holds train.json, valid.json and test.json, and label.json with the names of the classes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.formats.columns import Table, settled
from reliabel.formats.files import encoding_of
from reliabel.formats.json_text import Rows, first_records, records_of

FORM = "wrench"
ROLES = {name: name for name in ("item", "worker", "label")}
PARTS, CLASSES = ("train", "valid", "test"), "label.json"


def recognises(records: Rows) -> bool:
    """Whether records hold weak labels."""
    return any("weak_labels" in record for record in records)


def read(path: Path, *, question: str | None = None, encoding: str | None = None) -> Table:
    """The votes: item, worker (the number of the labelling function), label, truth (if the file has
    it), and text if the data has it.

    question: not used, the functions answer one question.
    """
    return _table(_records(path, encoding), path.name)


def is_folder(path: Path) -> bool:
    """Whether a folder holds files of WRENCH."""
    if not (path / CLASSES).is_file() or not (path / "train.json").is_file():
        return False
    return recognises(first_records(path / "train.json")[0])


def read_folder(path: Path) -> Table:
    """The votes of all parts; items are called PART/ID, and ``split`` says which part they are
    of.
    """
    records = {
        f"{part}/{name}": record
        for part in PARTS
        if (path / f"{part}.json").is_file()
        for name, record in _records(path / f"{part}.json", None).items()
    }
    return _table(records, path.name)


def class_names(path: Path) -> tuple[str, ...]:
    """The names of classes 0, 1, ... in the file label.json of a folder, or beside a file; none
    where there is no such file, or it holds anything else.
    """
    place = (path if path.is_dir() else path.parent) / CLASSES
    if not place.is_file():
        return ()
    try:
        found = json.loads(place.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise ValueError(f"{place.name} beside {path.name} is broken JSON: {error}") from None
    plain = isinstance(found, dict) and all(str(key).isdigit() for key in found)
    numbers = sorted(map(int, found)) if plain else []
    if not numbers or numbers != list(range(len(numbers))):
        return ()
    return tuple(str(found[str(number)]) for number in numbers)


def _records(path: Path, encoding: str | None) -> Mapping[str, Mapping[str, Any]]:
    """The records of a file by their ids, checked."""
    found_records = records_of(path, encoding_of(path, encoding))
    key = found_records.key if found_records.shape == "keyed" else "id"
    records: Mapping[str, Mapping[str, Any]] = {
        str(record.get(key, place)): record for place, record in enumerate(found_records.rows)
    }
    if not all(isinstance(r.get("weak_labels"), list) for r in records.values()):
        raise ValueError(
            f"{path.name} is no WRENCH file: an object of records with weak_labels is wanted"
        )
    for name, record in records.items():
        odd = next((v for v in record["weak_labels"] if _is_no_class(v)), 0)
        if _is_no_class(odd):
            raise ValueError(
                f"{path.name}: the weak labels of record {name!r} hold {odd!r:.40}; wanted are "
                "class numbers, -1 where a function abstains"
            )
    return records


def _table(records: Mapping[str, Mapping[str, Any]], called: str) -> Table:
    """The long table of some records."""
    sizes = {len(record["weak_labels"]) for record in records.values()}
    if len(sizes) != 1:
        raise ValueError(
            f"{called}: records hold {min(sizes, default=0)} to {max(sizes, default=0)} weak "
            "labels; each function needs its place in all of them"
        )
    rows = [
        (str(name), str(j), label, record.get("label"), _text(record.get("data")))
        for name, record in records.items()
        for j, label in _votes(record["weak_labels"])
    ]
    if all(row[2] is None for row in rows):
        raise ValueError(f"{called} holds no vote: every function abstains everywhere")
    item, worker, label, truth, text = zip(*rows, strict=True)
    found = {
        "item": ("text", np.array(item, dtype=object)),
        "worker": ("text", np.array(worker, dtype=object)),
        "label": settled(label),
    }
    found |= {
        name: settled(values)
        for name, values in (("truth", truth), ("text", text))
        if any(value is not None for value in values)
    }
    bare = sum(one is None for one in label)
    parts = [str(name).partition("/")[0] for name in item] if _of_parts(records) else []
    if parts:
        found["split"] = ("text", np.array(parts, dtype=object))
    what = "folder" if parts else "file"
    notes = (
        f"{called} is a WRENCH {what}: {len(rows) - bare:,} votes of {max(sizes):,} functions on "
        f"{len(records):,} items",
        f"{bare:,} items no function speaks of; they are kept, without a vote",
    )
    return Table(
        {name: values for name, (_, values) in found.items()},
        {name: kind for name, (kind, _) in found.items()},
        FORM,
        notes[: 1 + (bare > 0)],
        roles=ROLES,
    )


def _of_parts(records: Mapping[str, Any]) -> bool:
    """Whether items are named by the part that they are of."""
    return all(str(name).partition("/")[0] in PARTS and "/" in str(name) for name in records)


def _votes(weak: Sequence[Any]) -> list[tuple[int, int | None]]:
    """The functions that speak of an item and their classes; an item that none speaks of keeps a
    row without a class, so that it is not lost.
    """
    said: list[tuple[int, int | None]] = [(j, int(c)) for j, c in enumerate(weak) if c != -1]
    return said or [(0, None)]


def _is_no_class(value: Any) -> bool:
    return isinstance(value, bool) or not isinstance(value, int | float) or value % 1 != 0


def _text(data: Any) -> Any:
    return data.get("text") if isinstance(data, dict) else None
