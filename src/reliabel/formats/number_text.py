"""Text files that hold nothing but numbers: no header, any delimiter, as np.savetxt and other
programs write them.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.formats.files import broken_at, encoding_of

COMMA = re.compile(r"-?\d+,\d+([eE][+-]?\d+)?")  # a number with a decimal comma
Lines = list[str]


def read(path: Path, what: str, rows: int | None) -> Any:
    """The (n, d) numbers of a text file without a header; None where its first line is a header.

    rows: how many rows there must be, where it is known; it decides about a first line of whole
        numbers, which may be names of classes or of columns.
    """
    encoding = encoding_of(path)
    try:
        text = path.read_text(encoding=encoding)
    except UnicodeDecodeError:
        raise ValueError(broken_at(path, encoding)) from None
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if not lines:
        return None
    split = _splitter(lines)
    if split is None or _is_header(split(lines[0]), len(lines), what, rows):
        return None
    return _numbers(path, lines, split)


def _splitter(lines: Lines) -> Any:
    """How a line is cut into cells that are numbers; None where the first line holds others."""
    first = lines[0]
    for mark in ("\t", ";", ",", None, "|"):
        if mark is not None and mark not in first:
            continue
        cells = first.split(mark)
        if all(map(_is_number, cells)) and (len(cells) > 1 or mark is None):
            return lambda line: line.split(mark)
        if mark != "," and all(COMMA.fullmatch(c.strip()) or _is_number(c) for c in cells):
            return lambda line: line.replace(",", ".").split(mark)
    return None


def _is_header(cells: list[str], lines: int, what: str, rows: int | None) -> bool:
    """Whether a first line of numbers names columns: numbers that count, or of classes."""
    numbers = [float(cell) for cell in cells]
    if not all(number.is_integer() for number in numbers):
        return False
    if rows is not None and rows in (lines, lines - 1):
        return rows == lines - 1
    whole = [int(number) for number in numbers]
    counting = whole in (list(range(len(whole))), list(range(1, len(whole) + 1)))
    names = what == "probs" and len(set(whole)) == len(whole) and max(whole) > 1
    return lines > 1 and (counting or names)


def _numbers(path: Path, lines: Lines, split: Any) -> Any:
    first = split(lines[0])
    out = np.empty((len(lines), len(first)))
    for row, line in enumerate(lines):
        cells = split(line)
        if len(cells) != len(first):
            raise ValueError(
                f"{path.name}, row {row + 1:,}: {len(cells)} numbers, the first row has "
                f"{len(first)}; each row needs the same count"
            )
        try:
            out[row] = cells
        except ValueError:
            odd = next(cell for cell in cells if not _is_number(cell))
            raise ValueError(
                f"{path.name}, row {row + 1:,}: {odd!r:.40} is no number, where the first row "
                "holds numbers only; every row needs numbers"
            ) from None
    return out


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
