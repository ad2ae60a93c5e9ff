"""CSV and TSV: errors are reported with their line, and rewriting changes only the cells that were
decided on.

A well-formed file is read at once (``well_formed``), any other by Python's parser record by record;
the table is the same. Cells are kept as they are in the file, and ``rewrite`` copies untouched
records character by character.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from reliabel.core.run import tell
from reliabel.formats import well_formed
from reliabel.formats.columns import Table, distinct, typed
from reliabel.formats.files import broken_at, encoding_of

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
BLOCK = 65536  # records turned into columns at a time
LONGEST = 2**31 - 1  # characters of a cell


class Record(NamedTuple):
    """One record: the line it starts on (from 1), its cells, and, where it is kept, its text with
    the line end.
    """

    line: int
    cells: list[str]
    text: str


def read(
    path: Path,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    quoting: bool | None = None,
    careful: bool = False,
) -> Table:
    """The table of a CSV or TSV file.

    quoting: False reads quotes as plain characters; None decides by the file (some tab-separated
        files do not quote).
    careful: read record by record even if the file is well formed (the result is the same).
    """
    encoding = encoding_of(path, encoding)
    delimiter = _known(delimiter) if delimiter else _delimiter(path, encoding)
    notes = (
        []
        if delimiter == ("\t" if _tabbed(path) else ",")
        else [
            f"cells are separated by {DELIMITERS.get(delimiter, repr(delimiter))} (--delimiter "
            "names another)"
        ]
    )
    try:
        names, cells, blank = _columns(path, encoding, delimiter, quoting is not False, careful)
    except ValueError:
        if delimiter != "\t" or quoting is not None:
            raise
        names, cells, blank = _columns(
            path, encoding, delimiter, False, careful
        )  # its sentence, if any, is as good as the first
        quoting = False
        notes.append("quotes are taken as plain characters")
    if blank:
        notes.append(f"{blank:,} blank line{'s' * (blank > 1)} left out")
    if encoding not in ("utf-8", "utf-8-sig"):
        notes.append(f"read as {encoding}")
    found = {name: typed(column) for name, column in zip(names, cells, strict=True)}
    notes += [f"column {name!r}: {note}" for name, (_, _, note) in found.items() if note]
    return Table(
        columns={name: values for name, (_, values, _) in found.items()},
        kinds={name: kind for name, (kind, _, _) in found.items()},
        form="tsv" if _tabbed(path) else "csv",
        notes=tuple(notes),
        cells=dict(zip(names, cells, strict=True)),
        how={"encoding": encoding, "delimiter": delimiter, "quoting": quoting is not False},
    )


def rewrite(
    path: Path,
    out: Path,
    change: Mapping[int, Mapping[str, str]],
    drop: Collection[int],
    *,
    encoding: str,
    delimiter: str,
    quoting: bool,
) -> None:
    """Copy a file as UTF-8 with the cells in ``change`` (row -> column -> text) replaced and the
    rows in ``drop`` removed.

    Everything else is copied as it was written: quotes, line ends, blank lines, a byte order mark.
    """
    records = _records(path, encoding, delimiter, quoting, kept=True)
    header = next(records)
    with out.open("w", encoding="utf-8", newline="") as file:
        file.write(("\ufeff" if encoding == "utf-8-sig" else "") + header.text)
        row = -1
        for record in records:
            row += bool(record.cells)
            if not record.cells:
                file.write(record.text)
            elif row not in drop:
                file.write(
                    _changed(record, header.cells, change[row], delimiter, quoting)
                    if row in change
                    else record.text
                )


def extend(
    path: Path,
    out: Path,
    new: Mapping[str, Sequence[Any]],
    rows: Sequence[int],
    *,
    encoding: str,
    delimiter: str,
    quoting: bool,
) -> None:
    """Copy the records ``rows`` of a file, in that order, as UTF-8 with additional columns at the
    end; existing cells are copied as they were written.
    """
    records = _records(path, encoding, delimiter, quoting, kept=True)
    header = next(record for record in records if record.cells)
    bare = header.text.rstrip("\r\n")
    end = header.text[len(bare) :]
    texts = [record.text.rstrip("\r\n") for record in records if record.cells]
    with out.open("w", encoding="utf-8", newline="") as file:
        file.write(
            ("\ufeff" if encoding == "utf-8-sig" else "")
            + bare
            + _line(["", *new], delimiter)
            + end
        )
        for row, cells in zip(
            rows, zip(*(map(_cell, values) for values in new.values()), strict=True), strict=True
        ):
            file.write(texts[row] + _line(["", *cells], delimiter) + end)


def write(path: Path, columns: Mapping[str, Any], *, delimiter: str = ",") -> None:
    """A new file: UTF-8, plain line ends, quotes only where needed."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(_line(list(columns), delimiter) + "\n")
        for row in zip(*(map(_cell, values) for values in columns.values()), strict=True):
            file.write(_line(row, delimiter) + "\n")


def _columns(
    path: Path, encoding: str, delimiter: str, quoting: bool, careful: bool
) -> tuple[list[str], list[Any], int]:
    import pyarrow as pa

    records = _records(path, encoding, delimiter, quoting)
    header = next((record for record in records if record.cells), None)
    if header is None or not any(cell.strip() for cell in header.cells):
        raise ValueError(f"{path.name} holds blank lines only; nothing can be read from it")
    names = header.cells
    distinct(names, path.name)
    found = (
        None
        if careful
        else well_formed.cells(
            path, len(names), encoding=encoding, delimiter=delimiter, quoting=quoting
        )
    )
    if found is not None and len(found[0][0]) > 1:
        records.close()
        return names, [column.slice(1) for column in found[0]], found[1] - (header.line - 1)
    parts: list[list[Any]] = [[] for _ in names]
    block: list[list[str]] = []
    blank = rows = 0
    for record in records:
        if not record.cells:
            blank += 1
            continue
        if len(record.cells) != len(names):
            raise ValueError(_uneven(path, record, names, delimiter))
        block.append(record.cells)
        if len(block) == BLOCK:
            rows += _keep(block, parts)
            tell(f"reading  {path.name}", rows, None)
            block = []
    rows += _keep(block, parts)
    if not rows:
        raise ValueError(f"{path.name} has a header ({', '.join(names)}) and no rows")
    return names, [pa.chunked_array(column, pa.string()) for column in parts], blank


def _keep(block: list[list[str]], parts: list[list[Any]]) -> int:
    import pyarrow as pa

    for column, cells in zip(parts, zip(*block, strict=True), strict=False):
        column.append(pa.array(cells, pa.string()))
    return len(block)


def _records(
    path: Path, encoding: str, delimiter: str, quoting: bool, kept: bool = False
) -> Generator[Record]:
    before = csv.field_size_limit(
        LONGEST
    )  # documents are longer than the 131,072 characters of the default
    line = 1
    try:
        with path.open(encoding=encoding, newline="") as file:
            taken: list[str] = []
            lines = _taking(file, taken) if kept else file
            reader = csv.reader(
                lines,
                delimiter=delimiter,
                quoting=csv.QUOTE_MINIMAL if quoting else csv.QUOTE_NONE,
                strict=True,
            )
            for cells in reader:
                yield Record(line, cells, "".join(taken))
                taken.clear()
                line = reader.line_num + 1
    except UnicodeDecodeError:
        raise ValueError(broken_at(path, encoding)) from None
    except csv.Error as error:
        open_quote = "end of data" in str(error)
        what = "a quote opens here and never closes" if open_quote else f"broken quotes ({error})"
        raise ValueError(
            f"{path.name}, line {line:,}: {what}; inside a quoted cell a quote is written twice "
            '("")'
        ) from None
    finally:
        csv.field_size_limit(before)


def _taking(file: TextIO, taken: list[str]) -> Iterator[str]:
    for line in file:
        taken.append(line)
        yield line


def _uneven(path: Path, record: Record, names: list[str], delimiter: str) -> str:
    more = len(record.cells) > len(names)
    mark = DELIMITERS.get(delimiter, repr(delimiter))
    why = (
        f"a text that holds a {mark} or a line end needs quotes around it"
        if more
        else "the row was cut short, or a line end in a text is not quoted"
    )
    start = delimiter.join(record.cells)[:40]
    return (
        f"{path.name}, line {record.line:,}: {len(record.cells)} "
        f"field{'s' * (len(record.cells) > 1)}, the header has {len(names)} ({start!r} ...); {why}"
    )


def _known(delimiter: str) -> str:
    """The delimiter character that a user's word names."""
    mark = {name: mark for mark, name in DELIMITERS.items()}.get(
        delimiter, "\t" if delimiter == "\\t" else delimiter
    )
    if len(mark) != 1 or mark in '"\r\n':
        raise ValueError(
            f"a delimiter is one character, or one of {', '.join(DELIMITERS.values())}; got "
            f"{delimiter!r}"
        )
    return mark


def _delimiter(path: Path, encoding: str) -> str:
    if _tabbed(path):
        return "\t"
    try:
        with path.open(encoding=encoding, newline="") as file:
            head = file.read(65536)
    except UnicodeDecodeError:
        raise ValueError(broken_at(path, encoding)) from None
    counts: dict[str, list[int]] = {}
    for mark in DELIMITERS:
        rows = [
            len(row) for row in csv.reader(io.StringIO(head, newline=""), delimiter=mark) if row
        ][:20]
        counts[mark] = rows[:-1] if len(rows) < 20 and len(head) == 65536 else rows
    even = [mark for mark, rows in counts.items() if len(set(rows)) == 1 and rows[0] > 1]
    some = [mark for mark, rows in counts.items() if rows and rows[0] > 1]
    return (even or some or [","])[0]


def _tabbed(path: Path) -> bool:
    return path.suffix.lower() in (".tsv", ".tab")


def _changed(
    record: Record, names: list[str], cells: Mapping[str, str], delimiter: str, quoting: bool
) -> str:
    row = [cells.get(name, cell) for name, cell in zip(names, record.cells, strict=True)]
    end = record.text[len(record.text.rstrip("\r\n")) :]
    if not quoting:
        return delimiter.join(row) + end
    return _line(row, delimiter) + end


def _line(row: Sequence[Any], delimiter: str) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerow(
        row
    )  # it quotes the characters of its line end only, so both are there
    return text.getvalue()[:-2]


def _cell(value: Any) -> Any:
    return "" if value is None or value != value else value
