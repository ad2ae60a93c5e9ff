"""How a delimited file begins: what separates its cells, and what stands before its header."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from itertools import islice, pairwise
from pathlib import Path
from typing import NamedTuple

from reliabel.formats.files import broken_at

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
SEP = re.compile(r'^"?sep=(.)"?\s*$', re.IGNORECASE)
SIZE = 65536  # characters looked at
ROWS = 20  # records looked at
BEFORE = 20  # lines that may stand before a header
NAME = re.compile(r"^\S(.{0,58}\S)?$")
LOOKED = 500  # records in which a number of the first line may stand again
FIGURE = re.compile(r"^[-+]?[0-9]*[.,]?[0-9]+(?:[eE][-+]?[0-9]+)?$")
NONE = ("", "?", "NA", "NaN", "nan", "null", "N/A", "-")
NUMBER = re.compile(r"^-?[0-9]*[.,]?[0-9]+$")


class Head(NamedTuple):
    """The character between cells, the number of lines before the header, whether rows have a
    leading cell that the header does not name (as R writes row names), notes, and whether there is
    a header at all.
    """

    delimiter: str
    skipped: int
    row_names: bool
    notes: list[str]
    header: bool = True


def head_of(path: Path, encoding: str, delimiter: str | None) -> Head:
    """What is inferred from the first lines of a file; ``delimiter`` is what the user named."""
    try:
        with path.open(encoding=encoding, newline="") as file:
            text = file.read(SIZE)
    except UnicodeDecodeError:
        raise ValueError(broken_at(path, encoding)) from None
    lines = list(io.StringIO(text, newline=""))  # as files are split, which splitlines is not
    said = SEP.match(lines[0]) if lines else None
    if said is not None and len(lines) > 1:
        mark = delimiter or said[1]
        note = f"line 1 says what separates cells ({said[1]!r}) and is no header"
        return Head(mark, 1, _names_rows(lines[1:], mark), [note])
    found = [
        (_before(lines, mark), mark)
        for mark in ([delimiter] if delimiter else ["\t"] if is_tabbed(path) else DELIMITERS)
    ]
    whole = len(text) == SIZE
    mark = delimiter or ("\t" if is_tabbed(path) else _delimiter(found, lines, whole))
    skipped = {found_mark: lines_before for lines_before, found_mark in found}[mark]
    notes = []
    if skipped:
        which = "line 1 is" if skipped == 1 else f"lines 1 to {skipped} are"
        notes.append(
            f"{which} no header and left out ({lines[0].strip()[:40]!r}{' ...' * (skipped > 1)})"
        )
    if not skipped and is_data(_first_rows(lines, mark, whole)):
        notes.append(
            "the first line holds data, not names: there is no header, and the columns are called "
            "by their place, 1, 2, ... (a line of names above them would name them)"
        )
        return Head(mark, 0, False, notes, header=False)
    return Head(mark, skipped, _names_rows(lines[skipped:], mark), notes)


def is_data(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first of some rows is one of data and no header: it holds numbers that stand in
    their column again or have a fraction, and no text above numbers.

    >>> is_data([["0.2", "0.1", "good"], ["0.1", "2", "bad"]])
    True
    >>> is_data([["size", "2019", "2020"], ["0.1", "2", "3"]])
    False
    """
    if len(rows) < 2 or len({len(row) for row in rows}) > 1:
        return False
    first, below = rows[0], [list(column) for column in zip(*rows[1:], strict=True)]
    numbers = [place for place, cell in enumerate(first) if FIGURE.match(cell.strip())]
    for place, cell in enumerate(first):
        held = [one for one in below[place] if one.strip() not in NONE]
        named = place not in numbers and cell.strip() not in NONE
        if named and held and all(FIGURE.match(one.strip()) for one in held):
            return False  # a name above numbers
    if not numbers or not all(cell.strip() for cell in first):
        return False
    if any(cell.strip() in NONE for cell in first):
        return True  # no column is called "?"
    values = [float(first[place].replace(",", ".")) for place in numbers]
    counts = values in (list(range(len(values))), list(range(1, len(values) + 1)))
    again = [place for place in numbers if first[place] in below[place]]
    broken = [value for value in values if not value.is_integer()]
    rising = len(values) > 1 and all(a < b for a, b in pairwise(values))
    if counts or (rising and not again and (len(values) > 2 or len(values) < len(first))):
        return False  # columns of pandas without names, years, wave lengths, shares
    return bool(again or broken)


def _first_rows(lines: list[str], mark: str, cut: bool) -> list[list[str]]:
    """The first records that are no comments; of a file that was cut the last is not whole."""
    text = io.StringIO("".join(lines), newline="")
    if mark == "\t":
        records = csv.reader(text, delimiter=mark, quoting=csv.QUOTE_NONE)
    else:
        records = csv.reader(text, delimiter=mark)
    rows = list(islice((record for record in records if record), LOOKED))
    return rows[:-1] if cut and len(rows) < LOOKED else rows


def is_tabbed(path: Path) -> bool:
    """Whether the name of a file says that tabs separate its cells."""
    return path.suffix.lower() in (".tsv", ".tab")


def _delimiter(found: list[tuple[int, str]], lines: list[str], cut: bool) -> str:
    """The first mark that gives all rows one number of cells, more than one; else any that splits
    the first row.
    """
    counts = {}
    for skipped, mark in found:
        rows = _widths(lines[skipped:], mark)
        counts[mark] = rows[:-1] if len(rows) < ROWS and cut else rows
    even = [mark for mark, rows in counts.items() if len(set(rows)) == 1 and rows[0] > 1]
    some = [mark for mark, rows in counts.items() if rows and rows[0] > 1]
    return (even or some or [","])[0]


def _before(lines: list[str], mark: str) -> int:
    """How many lines stand before the header: comments and titles (nothing but one cell), above a
    line of names that has as many cells as the rows below it.
    """
    plain = [line.strip() for line in lines[: BEFORE + 1]]
    comments = next((n for n, line in enumerate(plain) if line and not line.startswith("#")), 0)
    if comments and _is_header(lines[comments:], mark):
        width = len(_cells(lines[comments], mark))
        named = len(_cells(plain[0], mark)) == width > 1
        if not (named and _is_names(plain[0][1:].strip(), mark)):
            return comments
    filled = [n for n, line in enumerate(plain) if line]
    titles = next((n for n in filled if sum(map(bool, _cells(plain[n], mark))) > 1), 0)
    above = [plain[n] for n in filled if n < titles]
    if not above:
        return 0
    word = len(above) == 1 and titles == 1 and " " not in above[0] and mark not in above[0]
    if word:
        return 0  # one word above could be the name of the only column
    return titles if _is_header(lines[titles:], mark) else 0


def _is_header(lines: list[str], mark: str) -> bool:
    """Whether lines begin with names, and all of their rows have as many cells."""
    widths = _widths(lines, mark)
    same = len(widths) > 2 and len({*widths[:-1]}) == 1
    return same and _is_names(lines[0], mark)


def _is_names(line: str, mark: str) -> bool:
    cells = _cells(line, mark)
    return len(set(cells)) == len(cells) and all(
        NAME.match(cell) and not NUMBER.match(cell) and cell.count(" ") < 4 for cell in cells
    )


def _cells(line: str, mark: str) -> list[str]:
    return next(csv.reader([line.rstrip("\r\n")], delimiter=mark), [])


def _widths(lines: list[str], mark: str) -> list[int]:
    """The number of cells of the first records; of a comment among them nothing is said."""
    text = io.StringIO("".join(lines), newline="")
    return [len(row) for row in csv.reader(text, delimiter=mark) if row][:ROWS]


def _names_rows(lines: list[str], mark: str) -> bool:
    """Whether each row has one cell more than the header, and the first cells count the rows."""
    text = io.StringIO("".join(lines), newline="")
    rows = [row for row in csv.reader(text, delimiter=mark) if row][:ROWS]
    if len(rows) < 3 or any(len(row) != len(rows[0]) + 1 for row in rows[1:-1]):
        return False
    first = [row[0] for row in rows[1:-1]]
    return first == [str(int(first[0]) + n) for n in range(len(first))] if _digits(first) else False


def _digits(cells: list[str]) -> bool:
    return bool(cells) and cells[0].isdigit()
