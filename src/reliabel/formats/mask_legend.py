"""Which code of a mask is which class: a legend file beside the masks, as text, CSV or JSON."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reliabel.core.short_repr import by_fields

# names of files that are looked for, in folders of masks and above them
STEMS = (
    *("classes", "class_names", "classnames", "label_names", "labels", "labelmap", "label_map"),
    *("id2label", "label2id", "class_dict", "colormap", "color_map", "colors", "colours"),
    *("palette", "legend", "categories", "objectinfo150"),
)
SUFFIXES = (".txt", ".csv", ".tsv", ".json")
IGNORED = {"ignore", "ignored", "void", "unlabeled", "unlabelled", "unlabelled area", "don't care"}
HEX = re.compile(r"#?([0-9a-fA-F]{6})")
CVAT = re.compile(r"([^:]+):(\d+),(\d+),(\d+)(?::.*)?")
NUMBERED = re.compile(r"(\d+)\s*[:,;\t ]\s*(.+)")
COLOURED = re.compile(r"(.*?\S)[\s,;]+(\d+)[\s,]+(\d+)[\s,]+(\d+)")
NAMES = ("name", "class", "label", "class_name", "category")
IDS = ("id", "index", "value", "label_id", "class_id", "idx", "code")
COLOURS = ("color", "colour", "rgb", "hex")


@dataclass(frozen=True)
class Legend:
    """What the codes mean: ``ids`` and ``colours`` code -> class, in the order of the file."""

    path: Path | None = None
    ids: Mapping[int, str] = field(default_factory=dict)
    colours: Mapping[int, str] = field(default_factory=dict)

    __repr__ = by_fields

    def __bool__(self) -> bool:
        return bool(self.ids or self.colours)


def legend_in(folders: Iterable[Path]) -> Legend:
    """The first legend that lies in one of the folders; an empty one where none does."""
    for folder in dict.fromkeys(folders):
        held = {path.name.lower(): path for path in sorted(folder.iterdir()) if path.is_file()}
        for stem in STEMS:
            for suffix in SUFFIXES:
                path = held.get(f"{stem}{suffix}")
                found = read_legend(path) if path is not None else None
                if found:
                    return found
    return Legend()


def read_legend(path: Path) -> Legend:
    """The legend of a file.

    Raises ValueError where the file is none.
    """
    text = path.read_bytes().decode("utf-8-sig", "replace")
    try:
        parts = _of_json(json.loads(text)) if path.suffix.lower() == ".json" else _of_text(text)
    except json.JSONDecodeError as broken:
        raise ValueError(f"{path.name}, the legend of the masks, is no JSON: {broken}") from None
    ids, colours = dict[int, str](), dict[int, str]()
    for code, colour, name in parts:
        if code is not None:
            ids.setdefault(code, name)
        if colour is not None:
            colours.setdefault(colour, name)
    return Legend(path, ids, colours)


Part = tuple[int | None, int | None, str]  # id, colour, name


def _of_json(value: Any) -> list[Part]:
    for key in ("categories", "classes", "labels", "id2label"):
        if isinstance(value, Mapping) and isinstance(value.get(key), list | Mapping):
            value = value[key]
            break
    if isinstance(value, Mapping):
        return [part for one in value.items() if (part := _of_pair(*one)) is not None]
    if not isinstance(value, list):
        return []
    return [
        _of_record(one, place) if isinstance(one, Mapping) else (place, None, str(one))
        for place, one in enumerate(value)
    ]


def _of_pair(key: str, held: Any) -> Part | None:
    """One member of an object: id -> name, colour -> name, name -> id, or name -> colour."""
    if isinstance(held, Mapping):
        record = _of_record({"id": key, **held} if key.isdigit() else {"name": key, **held}, None)
        return record
    if isinstance(held, str) and HEX.fullmatch(held) and not key.isdigit():
        return None, _colour(held), key
    if isinstance(held, str):
        return (int(key), None, held) if key.isdigit() else (None, _colour(key), held)
    if isinstance(held, bool):
        return None
    if isinstance(held, int):
        return held, None, key
    return None, _colour(held), key


def _of_record(record: Mapping[str, Any], place: int | None) -> Part:
    low = {str(key).strip().lower(): value for key, value in record.items()}
    name = next((str(low[key]) for key in NAMES if low.get(key) is not None), "")
    code = next((low[key] for key in IDS if str(low.get(key, "")).strip().isdigit()), place)
    colour = next((_colour(low[key]) for key in COLOURS if key in low), None)
    if colour is None and {"r", "g", "b"} <= set(low):
        colour = _colour([low["r"], low["g"], low["b"]])
    if colour is None and {"red", "green", "blue"} <= set(low):
        colour = _colour([low["red"], low["green"], low["blue"]])
    return None if code is None else int(str(code)), colour, name or str(code)


def _colour(value: Any) -> int | None:
    if isinstance(value, str):
        text = value.strip()
        if HEX.fullmatch(text):
            return int(text.lstrip("#"), 16)
        value = re.findall(r"\d+", text)
    if not isinstance(value, Sequence) or len(value) < 3:
        return None
    red, green, blue = (int(float(one)) for one in value[:3])
    return red << 16 | green << 8 | blue if max(red, green, blue) < 256 else None


def _of_text(text: str) -> list[Part]:
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    if not lines:
        return []
    header = [cell.strip().lower() for cell in re.split(r"[,;\t]", lines[0])]
    if len(header) > 1 and any(cell in NAMES for cell in header):
        delimiter = next((mark for mark in "\t;" if mark in lines[0]), ",")
        rows = csv.DictReader(lines, delimiter=delimiter)
        records = [{str(k): v for k, v in row.items() if k is not None} for row in rows]
        coded = any(cell in IDS for cell in header)
        return [_of_record(row, None if coded else place) for place, row in enumerate(records)]
    for pattern in (CVAT, COLOURED, NUMBERED):
        found = [pattern.fullmatch(line) for line in lines]
        if all(found):
            return [_of_match(one.groups()) for one in found if one is not None]
    return [(place, None, line) for place, line in enumerate(lines)]


def _of_match(groups: tuple[str, ...]) -> Part:
    if len(groups) == 2:
        return int(groups[0]), None, groups[1].strip()
    return None, _colour(list(groups[1:4])), groups[0].strip()
