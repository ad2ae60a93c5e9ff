"""Excel workbooks (.xlsx), through openpyxl: one sheet is the table."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.formats.columns import Column, Table, distinct, settled
from reliabel.formats.odd_parts import listed
from reliabel.formats.packed import FLOOR, RATIO

ILLEGAL = re.compile(r"[\000-\010\013\014\016-\037]")
ERRORS = ("#N/A", "#VALUE!", "#REF!", "#DIV/0!", "#NUM!", "#NAME?", "#NULL!")


def read(path: Path, *, sheet: str | None = None) -> Table:
    """The table of a sheet: the one that is named, else the first that holds rows.

    Blank rows, and columns without a name and without a value, are left out.
    """
    _check_size(path)
    rows, notes = _sheet(path, sheet)
    table = [row for row in rows if any(value is not None for value in row)]
    if not table:
        raise ValueError(f"{path.name}: the sheet is empty; give the sheet that holds the table")
    width = max(len(row) for row in table)
    whole = [[*row, *[None] * (width - len(row))] for row in table]
    header, body = whole[0], whole[1:]
    kept = [j for j in range(width) if any(row[j] is not None for row in whole)]
    titles = ["" if header[j] is None else str(header[j]).strip() for j in kept]
    distinct(titles, path.name)
    if not body:
        raise ValueError(f"{path.name} has a header ({', '.join(titles)}) and no rows")
    blank = len(rows) - len(table)
    notes += [f"{blank:,} blank row{'s' * (blank > 1)} left out"] if blank else []
    found = {
        title: _column([row[j] for row in body]) for title, j in zip(titles, kept, strict=True)
    }
    errors = sum(value in ERRORS for row in body for value in row if isinstance(value, str))
    notes += [f"{errors:,} cells hold an error such as #N/A and are missing"] if errors else []
    return Table(
        {title: values for title, (_, values) in found.items()},
        {title: kind for title, (kind, _) in found.items()},
        "xlsx",
        tuple(notes),
    )


def write(path: Path, columns: Mapping[str, Iterable[Any]]) -> None:
    """A new workbook of one sheet; missing values are empty cells."""
    openpyxl = _library(path)
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("labels")
    sheet.append(list(columns))
    for row in zip(*columns.values(), strict=True):
        sheet.append([_cell(sheet, value) for value in row])
    book.save(path)
    book.close()


def _cell(sheet: Any, value: Any) -> Any:
    if hasattr(value, "item"):
        value = value.item()
    if value is None or value != value:
        return None
    if isinstance(value, bool | int | float | date):
        return value
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet, ILLEGAL.sub(" ", str(value)))
    cell.data_type = "s"  # a text that begins with = is no formula
    return cell


def _sheet(path: Path, sheet: str | None) -> tuple[list[tuple[Any, ...]], list[str]]:
    """The rows of the sheet that is read, and notes."""
    openpyxl = _library(path)
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, TypeError, SyntaxError) as wrong:
        raise ValueError(
            f"{path.name} is a broken or encrypted Excel workbook: {str(wrong)[:80]}; save it again"
        ) from None
    try:
        names = [one.title for one in book.worksheets]
        if sheet is not None and sheet not in names:
            raise ValueError(f"{path.name} has no sheet {sheet!r}; it has {listed(names)}")
        for name in [sheet] if sheet is not None else names:
            rows = list(book[name].iter_rows(values_only=True))
            if sheet is not None or any(value is not None for row in rows for value in row):
                break
        else:
            raise ValueError(f"{path.name} holds no sheet with cells; give the one with the table")
    finally:
        book.close()
    others = [other for other in names if other != name]
    note = f"sheet {name!r} of {path.name} is read"
    if others:
        note += f", not {listed(others)} (sheet= names another)"
    return rows, [note]


def _library(path: Path) -> Any:
    try:
        import openpyxl
    except ModuleNotFoundError as wrong:
        raise ValueError(
            f"{path.name} is an Excel workbook, which needs openpyxl: "
            "pip install 'reliabel[excel]'; or save the sheet as CSV (UTF-8) and give that"
        ) from wrong
    return openpyxl


def _check_size(path: Path) -> None:
    """Refuse a workbook that unpacks to far more than its size before it is unpacked."""
    limit = max(FLOOR, RATIO * path.stat().st_size)
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(one.file_size for one in archive.infolist())
    except zipfile.BadZipFile as wrong:
        raise ValueError(
            f"{path.name} is a broken Excel workbook: {wrong}; was it cut short?"
        ) from None
    if size > limit:
        raise ValueError(
            f"{path.name} unpacks to {size / 2**20:,.0f} MiB, more than {RATIO} times its own "
            "size; if it is sound, save the sheet as CSV and give that"
        )


def _column(values: list[Any]) -> tuple[str, Column]:
    plain = [_plain(value) for value in values]
    known = [value for value in plain if value is not None]
    if known and all(isinstance(value, date) for value in known):
        moments = [None if value is None else np.datetime64(value, "us") for value in plain]
        return "date", np.array(
            [np.datetime64("NaT") if one is None else one for one in moments],
            dtype="datetime64[us]",
        )
    texts = any(isinstance(value, str) for value in known)
    if texts and not all(isinstance(value, str) for value in known):
        plain = [None if value is None else _spelled(value) for value in plain]
    return settled(plain)


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return None if value in ERRORS or not value.strip() else value
    return str(value) if isinstance(value, time) else value


def _spelled(value: Any) -> str:
    """A number or a date beside texts, as a sheet shows it."""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)
