"""The lines of the audited file on which items stand, for messages that point there."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from reliabel.core.dataset import Dataset
from reliabel.folders.label_cells import file_rows
from reliabel.folders.mended_file import READING


def row_lines(data: Dataset, items: Iterable[int]) -> tuple[dict[int, int], str]:
    """Item -> its line in the file, from 1, and why there are no lines, "" where there are.

    Lines are known of CSV, TSV and JSON lines that are the audited file still.
    """
    from reliabel.formats.files import sha256_of

    source = data.source
    path, form = Path(str(source.get("path") or "")), source.get("form")
    if form not in ("csv", "tsv", "jsonl") or path.suffix.lower() in (
        ".gz",
        ".bz2",
        ".xz",
        ".zip",
        ".zst",
    ):
        return {}, "lines are known of plain CSV, TSV and JSON lines only"
    if not path.is_file():
        return {}, f"{path.name} is not at hand, so that lines are not known"
    if sha256_of(path) != source.get("sha256"):
        return {}, f"{path.name} has changed since the audit, so that lines are not known"
    row_of = file_rows(data)
    wanted = {int(row_of[item]): item for item in items}
    found = _lines(path, data, str(form), set(wanted))
    return {wanted[row]: line for row, line in found.items()}, ""


def _lines(path: Path, data: Dataset, form: str, rows: set[int]) -> dict[int, int]:
    from reliabel.formats import delimited, tables

    if form != "jsonl":
        said: dict[str, Any] = {name: data.source.get(name) for name in READING}
        how = tables.read(path, **said).how
        return delimited.row_lines(path, rows, **how)
    found, row = {}, -1
    with path.open(encoding=data.source.get("encoding") or "utf-8-sig") as file:
        for number, line in enumerate(file, 1):
            row += bool(line.strip())
            if line.strip() and row in rows:
                found[row] = number
    return found


def in_repository(data: Dataset) -> str:
    """The audited file as a path from where people work, "" where there is none; GitHub takes that
    for the root of the repository.
    """
    path = data.source.get("path")
    if not path:
        return ""
    near = os.path.relpath(str(path))
    return Path(str(path)).name if near.startswith("..") else Path(near).as_posix()
