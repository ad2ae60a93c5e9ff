"""A file or a table anew with decisions applied: labels are changed and rows dropped, everything
else is as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset
from reliabel.folders.atomic import writing
from reliabel.folders.decisions import Resolved
from reliabel.folders.label_cells import Change, cell_changes, dropped_rows, label_columns
from reliabel.folders.mended_masks import is_masks, write_mended_masks
from reliabel.folders.mended_objects import is_drawn, write_mended_objects
from reliabel.folders.mended_outlines import has_outlines, write_mended_outlines
from reliabel.folders.mended_tags import is_tagged, write_mended_tags

READING = ("encoding", "delimiter", "question", "sheet")


def check_same_file(path: Path | str, data: Dataset) -> None:
    """Refuse a file, or a text that is an address, that is not the one that was audited."""
    from reliabel.formats.files import sha256_at, sha256_of

    if isinstance(path, str):
        if sha256_at(path) != data.source.get("sha256"):
            raise ValueError(
                f"what lies at {path} is not what was audited: names, sizes or times of its files "
                "have changed; audit it again, or bring the old files back"
            )
        return
    if not path.exists():
        raise ValueError(
            f"the audited file {path} is not there any more; say where it is now with source="
        )
    now, then = sha256_of(path), data.source.get("sha256")
    if now != then:
        raise ValueError(
            f"{path.name} is not the file that was audited: its SHA-256 is {now}, the audited "
            f"one's {then}; audit it again, or bring the old file back"
        )


def write_mended_file(
    path: Path | str, out: Path, data: Dataset, resolved: Resolved, *, links: bool = False
) -> list[str]:
    """Write the file (or what lies at an address) anew, in the format of the suffix of ``out``;
    returns what a reader of it must know.

    links: in a new folder of boxes or masks, symbolic links instead of copies.
    """
    from reliabel.formats.packed import unpacked

    if isinstance(path, str):
        return _write_fetched(path, out, data, resolved)
    if is_masks(data):
        return write_mended_masks(path, out, data, resolved, links=links)
    if path.is_dir():
        if is_drawn(data):
            return write_mended_objects(path, out, data, resolved, links=links)
        write = write_mended_tags if is_tagged(data) else _write_mended
        return write(path, out, data, resolved)
    with unpacked(path) as (plain, _):
        if has_outlines(data):
            return write_mended_outlines(plain, out, data, resolved)
        if is_drawn(data):
            return write_mended_objects(plain, out, data, resolved)
        if is_tagged(data):
            return write_mended_tags(plain, out, data, resolved)
        return _write_mended(plain, out, data, resolved)


def _write_fetched(address: str, out: Path, data: Dataset, resolved: Resolved) -> list[str]:
    """Write what lies at an address anew: tables of Parquet and Arrow are read there, the columns
    of a folder of pictures are listed there, a file of another format is copied meanwhile.
    """
    from reliabel.formats.files import copied

    if data.source.get("form") in ("parquet", "arrow", "imagefolder"):
        return _write_mended(address, out, data, resolved)
    with copied(address) as copy:
        return write_mended_file(copy, out, data, resolved)


def _write_mended(path: Any, out: Path, data: Dataset, resolved: Resolved) -> list[str]:
    from reliabel.formats.tables import form_to_write

    form, was = form_to_write(out), str(data.source.get("form"))
    if was in ("csv", "tsv") and form == was:
        return _rewrite_text(path, out, data, resolved)
    if was == "arff" and form == was:
        _rewrite_arff(path, out, data, resolved)
    elif was in ("json", "jsonl") and form == was:
        _rewrite_json(path, out, data, resolved)
    elif was == "label_studio" and form == "json":
        _rewrite_tasks(path, out, data, resolved)
    elif was in ("parquet", "arrow") and form in ("parquet", "arrow"):
        _rewrite_arrow(path, out, data, resolved, was, form)
    else:
        _convert(path, out, data, resolved, form)
    return []


def mended_frame(frame: Any, data: Dataset, resolved: Resolved) -> Any:
    """The user's own table anew, as a table of the same library."""
    from reliabel.formats import frames

    table = frames.of_frame(frame)
    columns = _plain_columns(table, data)
    change = cell_changes(data, resolved, columns)
    keep = np.ones(table.rows, dtype=bool)
    keep[list(dropped_rows(data, resolved))] = False
    new = {
        name: [change.get(row, {}).get(name, cell) for row, cell in enumerate(cells.tolist())]
        for name, cells in columns.items()
    }
    return frames.mended(frame, new, keep)


def _rewrite_text(path: Path, out: Path, data: Dataset, resolved: Resolved) -> list[str]:
    from reliabel.formats import delimited, tables
    from reliabel.formats.packed import packing

    table = tables.read(path, **_reading(data))
    columns = {name: table.written(name) for name in label_columns(data)}
    change = cell_changes(data, resolved, columns, text=True)
    encoding = table.how["encoding"]
    into = "utf-8" if encoding == "utf-8-sig" else encoding  # its mark is written apart
    strange = [cell for cells in change.values() for cell in cells.values() if _beyond(cell, into)]
    into = "utf-8" if strange else into
    drop = dropped_rows(data, resolved)
    with writing(out) as file, packing(file, out.name) as part:
        delimited.rewrite(path, part, change, drop, **table.how, into=into)
    if not strange:
        return []
    return [f"{out.name} is UTF-8: {path.name} is {encoding}, which cannot hold {strange[0]!r}"]


def _beyond(cell: str, encoding: str) -> bool:
    try:
        cell.encode(encoding)
    except UnicodeEncodeError:
        return True
    return False


def _rewrite_json(path: Path, out: Path, data: Dataset, resolved: Resolved) -> None:
    from reliabel.formats import json_lines, tables
    from reliabel.formats.packed import packing

    table = tables.read(path, **_reading(data))
    change = cell_changes(data, resolved, _plain_columns(table, data))
    with writing(out) as file, packing(file, out.name) as part:
        json_lines.rewrite(path, part, change, dropped_rows(data, resolved), **table.how)


def _rewrite_arff(path: Path, out: Path, data: Dataset, resolved: Resolved) -> None:
    from reliabel.formats import arff, tables
    from reliabel.formats.packed import packing

    table = tables.read(path, **_reading(data))
    change = cell_changes(data, resolved, _plain_columns(table, data))
    with writing(out) as file, packing(file, out.name) as part:
        arff.rewrite(path, part, change, dropped_rows(data, resolved), **table.how)


def _rewrite_tasks(path: Path, out: Path, data: Dataset, resolved: Resolved) -> None:
    """An export of Label Studio anew, with the answers of its tasks."""
    from reliabel.formats import label_studio_tasks, tables
    from reliabel.formats.columns import objects
    from reliabel.formats.packed import packing

    columns = tables.whole_columns(path, form="json", **_reading(data))
    labels = {name: objects(columns[name]) for name in label_columns(data)}
    change = cell_changes(data, resolved, labels)
    told = {row: next(iter(cells.values())) for row, cells in change.items()}
    how = {name: data.source.get(name) for name in ("question", "encoding")}
    with writing(out) as file, packing(file, out.name) as part:
        label_studio_tasks.rewrite(path, part, told, dropped_rows(data, resolved), **how)


def _rewrite_arrow(
    path: Path | str, out: Path, data: Dataset, resolved: Resolved, was: str, form: str
) -> None:
    from reliabel.formats import frames, tables
    from reliabel.formats.columns import objects
    from reliabel.formats.packed import packing

    whole = tables.whole_arrow(path, was)
    columns = {name: objects(whole.column(name).to_pylist()) for name in label_columns(data)}
    change = cell_changes(data, resolved, columns, codes=frames.coded(whole))
    with writing(out) as file, packing(file, out.name) as part:
        new = frames.replaced(whole, change, dropped_rows(data, resolved))
        one = was == "parquet" and isinstance(path, Path) and path.is_file()
        frames.write(part, new, form, like=Path(path) if one else None)


def _convert(path: Path | str, out: Path, data: Dataset, resolved: Resolved, form: str) -> None:
    from reliabel.formats import tables
    from reliabel.formats.columns import objects
    from reliabel.formats.packed import packing

    columns = tables.whole_columns(path, form=form, **_reading(data))
    labels = {name: objects(columns[name]) for name in label_columns(data)}
    change = cell_changes(data, resolved, labels, text=form in ("csv", "tsv"))
    with writing(out) as file, packing(file, out.name) as part:
        tables.write(part, _replaced(columns, change, dropped_rows(data, resolved)), form)


def _reading(data: Dataset) -> dict[str, Any]:
    """How the file was read."""
    return {name: data.source.get(name) for name in READING}


def _plain_columns(table: Any, data: Dataset) -> dict[str, Any]:
    """The label columns of a table as plain values."""
    from reliabel.formats.columns import listed, objects

    names = label_columns(data)
    return {name: objects(listed(table.columns[name], table.kinds[name])) for name in names}


def _replaced(
    columns: Mapping[str, list[Any]], change: Change, drop: set[int]
) -> dict[str, list[Any]]:
    size = len(next(iter(columns.values())))
    left = [row for row in range(size) if row not in drop]
    return {
        name: [change.get(row, {}).get(name, values[row]) for row in left]
        for name, values in columns.items()
    }
