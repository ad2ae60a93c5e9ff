"""Tables in any of the formats: the one place that knows which file reads which."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reliabel.formats import delimited, frames, json_lines
from reliabel.formats.columns import Table
from reliabel.formats.files import FORMS, SAYS, form_of

WRITES = ("csv", "tsv", "jsonl", "json", "parquet", "arrow")


def read(path: Path, *, encoding: str | None = None, delimiter: str | None = None) -> Table:
    """The table of a CSV, TSV, JSONL, JSON, Parquet or Arrow file; raises ValueError with the place of what is broken."""
    form = form_of(path)
    if form in ("csv", "tsv"):
        return delimited.read(path, encoding=encoding, delimiter=delimiter)
    if form in ("json", "jsonl"):
        return json_lines.read(path, encoding=encoding)
    if form in ("parquet", "arrow"):
        return frames.read(path, form)
    raise ValueError(f"{path.name} holds {SAYS[form]}, a table is wanted; give arrays as --features or --probs beside a table of the labels")


def form_to_write(path: Path) -> str:
    """The format that the suffix of an output file asks for; raises ValueError for one that is not written."""
    form = FORMS.get(path.suffix.lower())
    if form not in WRITES:
        raise ValueError(f"cannot write {path.name}: end its name in .csv, .tsv, .jsonl, .json, .parquet or .arrow")
    return form


def write(path: Path, columns: Mapping[str, Any], form: str) -> None:
    """Write columns in one of the formats (the suffix of ``path`` is not looked at, so that it may be a temporary name)."""
    if form in ("csv", "tsv"):
        delimited.write(path, {name: map(_text, values) for name, values in columns.items()}, delimiter="\t" if form == "tsv" else ",")
    elif form in ("json", "jsonl"):
        json_lines.write(path, columns, lines=form == "jsonl")
    else:
        frames.write(path, frames.to_frame(columns, "pyarrow"), form)


def _text(value: Any) -> Any:
    if isinstance(value, list | tuple | dict) or (hasattr(value, "__array__") and value.ndim):
        import json

        return json.dumps(json_lines.plain(value), ensure_ascii=False)
    return value
