"""CSV and TSV: errors are reported with their line, and rewriting changes only the cells that were
decided on.

A well-formed file is read at once (``well_formed``), any other by Python's parser record by record;
the table is the same. Cells are kept as they are in the file, and ``rewrite`` copies untouched
records character by character.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from reliabel.core.run import tell
from reliabel.formats import well_formed
from reliabel.formats.columns import Table, distinct, typed
from reliabel.formats.delimited_head import DELIMITERS, head_of, is_tabbed
from reliabel.formats.files import broken_at, encoding_of

BLOCK = 65536  # records turned into columns at a time
LONGEST = 2**31 - 1  # characters of a cell


class Record(NamedTuple):
    """One record: the line it starts on (from 1), its cells, and, where it is kept, its text with
    the line end; the first also holds the lines that stand above it.
    """

    line: int
    cells: list[str]
    text: str
    above: Sequence[str] = ()


class _Form(NamedTuple):
    """How a file is read: its encoding and delimiter, whether quotes count, how many lines stand
    before the header, whether rows begin with a cell that the header does not name, the number of
    columns (None: of the header's cells), and whether there is a header.
    """

    encoding: str
    delimiter: str
    quoting: bool
    skipped: int = 0
    row_names: bool = False
    width: int | None = None
    header: bool = True


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
    head = head_of(path, encoding, _known(delimiter) if delimiter else None)
    delimiter = head.delimiter
    notes = list(head.notes)
    if delimiter != ("\t" if is_tabbed(path) else ",") and not notes:
        notes.append(
            f"cells are separated by {DELIMITERS.get(delimiter, repr(delimiter))} (delimiter= "
            "names another)"
        )
    form = _Form(encoding, delimiter, quoting is not False, head.skipped, head.row_names)
    form = form._replace(header=head.header)
    if head.row_names:
        notes.append("rows begin with a number that the header does not name: an unnamed column")
    try:
        names, cells, left_out = _columns(path, form, careful)
    except ValueError:
        if delimiter != "\t" or quoting is not None:
            raise
        form = form._replace(quoting=False)
        # its sentence, if any, is as good as the first
        names, cells, left_out = _columns(path, form, careful)
        notes.append("quotes are taken as plain characters")
    notes += _left_out(left_out)
    if encoding not in ("utf-8", "utf-8-sig"):
        notes.append(f"read as {encoding}")
    comma = delimiter != ","
    found = {name: typed(column, comma=comma) for name, column in zip(names, cells, strict=True)}
    notes += [f"column {name!r}: {note}" for name, (_, _, note) in found.items() if note]
    return Table(
        columns={name: values for name, (_, values, _) in found.items()},
        kinds={name: kind for name, (kind, _, _) in found.items()},
        form="tsv" if is_tabbed(path) else "csv",
        notes=tuple(notes),
        cells=dict(zip(names, cells, strict=True)),
        how=form._replace(width=len(names))._asdict(),
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
    skipped: int = 0,
    row_names: bool = False,
    width: int | None = None,
    header: bool = True,
    into: str = "utf-8",
) -> None:
    """Copy a file with the cells in ``change`` (row -> column -> text) replaced and the rows in
    ``drop`` removed, in the encoding ``into``.

    Everything else is copied as it was written: lines before the header, quotes, line ends, blank
    lines, comments, a byte order mark.
    """
    form = _Form(encoding, delimiter, quoting, skipped, row_names, width)
    records = _records(path, form, kept=True)
    with out.open("w", encoding=into, newline="") as file:
        file.write("\ufeff" if encoding == "utf-8-sig" and into == "utf-8" else "")
        names = _header(records, row_names, file)[0] if header else numbers(width or 0)
        row = -1
        for record in records:
            is_row = bool(record.cells) and not _is_comment(record.cells, width or len(names))
            row += is_row
            if not is_row:
                file.write(record.text)
            elif row not in drop:
                file.write(
                    _changed(record, names, change[row], delimiter, quoting)
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
    skipped: int = 0,
    row_names: bool = False,
    width: int | None = None,
    header: bool = True,
) -> None:
    """Copy the records ``rows`` of a file, in that order, as UTF-8 with additional columns at the
    end; existing cells are copied as they were written, below a header.
    """
    form = _Form(encoding, delimiter, quoting, skipped, row_names, width)
    records = _records(path, form, kept=True)
    before = io.StringIO()
    if header:
        names, above = _header(records, row_names, before)
    else:
        names, above = numbers(width or 0), ""
        before.write(_line(names, delimiter) + "\n")
    wide = width or len(names)
    top = before.getvalue()
    bare = top.rstrip("\r\n")
    end = top[len(bare) :]
    if len(names) > wide:  # names without a column, as the cells below them
        bare = above + _line(names[int(row_names) : wide], delimiter)
    texts = [
        record.text.rstrip("\r\n")
        if len(record.cells) <= wide
        else _line(record.cells[:wide], delimiter)
        for record in records
        if record.cells and not _is_comment(record.cells, wide)
    ]
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


def row_lines(
    path: Path,
    rows: Collection[int],
    *,
    encoding: str,
    delimiter: str,
    quoting: bool,
    skipped: int = 0,
    row_names: bool = False,
    width: int | None = None,
    header: bool = True,
) -> dict[int, int]:
    """Row -> the line (from 1) on which its record begins, for those of ``rows`` that are there."""
    form = _Form(encoding, delimiter, quoting, skipped, row_names, width)
    records = _records(path, form)
    top = next((record for record in records if record.cells), None) if header else None
    wide = width or len(top.cells if top else ())
    plain = (one for one in records if one.cells and not _is_comment(one.cells, wide))
    return {row: one.line for row, one in enumerate(plain) if row in rows}


def numbers(width: int) -> list[str]:
    """What the columns of a file without a header are called."""
    return [str(place) for place in range(1, width + 1)]


def write(path: Path, columns: Mapping[str, Any], *, delimiter: str = ",") -> None:
    """A new file: UTF-8, plain line ends, quotes only where needed."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(_line(list(columns), delimiter) + "\n")
        for row in zip(*(map(_cell, values) for values in columns.values()), strict=True):
            file.write(_line(row, delimiter) + "\n")


def _columns(path: Path, form: _Form, careful: bool) -> tuple[list[str], list[Any], Counter[str]]:
    """Names, cells and what was left out: blank lines, comments and cells beyond the header.

    A header that ends in cells without names is taken without them if nothing stands below them.
    """
    records = _records(path, form)
    header = next((record for record in records if record.cells), None)
    if header is None or not any(cell.strip() for cell in header.cells):
        raise ValueError(f"{path.name} holds blank lines only; nothing can be read from it")
    records.close()
    if not form.header:
        return _cells_of(path, form, numbers(len(header.cells)), header, careful)
    names = ["", *header.cells] if form.row_names else header.cells
    named = len(names) - next(n for n, name in enumerate(reversed(names)) if name.strip())
    if named < len(names):
        try:
            return _cells_of(path, form, names[:named], header, careful=True)
        except ValueError:
            if named < len(names) - 1:
                raise
    return _cells_of(path, form, names, header, careful)


def _cells_of(
    path: Path, form: _Form, names: list[str], header: Record, careful: bool
) -> tuple[list[str], list[Any], Counter[str]]:
    import pyarrow as pa

    distinct(names, path.name)
    found = (
        None
        if careful or form.row_names
        else well_formed.cells(
            path,
            len(names),
            encoding=form.encoding,
            delimiter=form.delimiter,
            quoting=form.quoting,
            skipped=form.skipped,
        )
    )
    if found is not None and len(found[0][0]) > 1:
        blank = found[1] - (header.line - 1 - form.skipped)
        return names, [column.slice(int(form.header)) for column in found[0]], Counter(blank=blank)
    parts: list[list[Any]] = [[] for _ in names]
    block: list[list[str]] = []
    left_out: Counter[str] = Counter()
    rows, width = 0, len(names)
    for record in _below(path, form):
        cells = record.cells
        if not cells or _is_comment(cells, width):
            left_out["comment" if cells else "blank"] += 1
            continue
        if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
            left_out["beyond"] += 1
            cells = cells[:width]
        if len(cells) != width:
            raise ValueError(_uneven(path, record, names, form.delimiter))
        block.append(cells)
        if len(block) == BLOCK:
            rows += _keep(block, parts)
            tell(f"reading  {path.name}", rows, None)
            block = []
    rows += _keep(block, parts)
    if not rows:
        raise ValueError(f"{path.name} has a header ({', '.join(names)}) and no rows")
    return names, [pa.chunked_array(column, pa.string()) for column in parts], left_out


def _below(path: Path, form: _Form) -> Iterator[Record]:
    """The records below the header, blank ones too."""
    seen = not form.header
    for record in _records(path, form):
        if seen:
            yield record
        seen = seen or bool(record.cells)


def _is_comment(cells: list[str], width: int) -> bool:
    return len(cells) < width and cells[0].startswith("#")


def _header(records: Iterator[Record], row_names: bool, file: TextIO) -> tuple[list[str], str]:
    """Copy what stands before the header and the header itself; its names, and the text above."""
    above = ""
    for record in records:
        file.write(record.text)
        if record.cells:
            above += "".join(record.above)
            return (["", *record.cells] if row_names else record.cells), above
        above += record.text
    return [], above


def _left_out(many: Counter[str]) -> list[str]:
    notes = []
    if many["blank"]:
        notes.append(f"{many['blank']:,} blank line{'s' * (many['blank'] > 1)} left out")
    if many["comment"]:
        notes.append(
            f"{many['comment']:,} line{'s' * (many['comment'] > 1)} beginning with # left out"
        )
    if many["beyond"]:
        one = many["beyond"] == 1
        notes.append(
            f"{many['beyond']:,} row{'' if one else 's'} end{'s' if one else ''} in empty cells "
            "that the header does not name; they are left out"
        )
    return notes


def _keep(block: list[list[str]], parts: list[list[Any]]) -> int:
    import pyarrow as pa

    for column, cells in zip(parts, zip(*block, strict=True), strict=False):
        column.append(pa.array(cells, pa.string()))
    return len(block)


def _records(path: Path, form: _Form, kept: bool = False) -> Generator[Record]:
    """The records from the header on; the first has the lines before it in its text."""
    # documents are longer than the 131,072 characters of the default
    before = csv.field_size_limit(LONGEST)
    line = 1 + form.skipped
    try:
        with path.open(encoding=form.encoding, newline="") as file:
            taken: list[str] = []
            lines = _taking(file, taken) if kept else file
            for _ in range(form.skipped):
                next(lines, None)
            above = list(taken)
            reader = csv.reader(
                lines,
                delimiter=form.delimiter,
                quoting=csv.QUOTE_MINIMAL if form.quoting else csv.QUOTE_NONE,
                strict=True,
            )
            for cells in reader:
                yield Record(line, cells, "".join(taken), above)
                taken.clear()
                above = []
                line = reader.line_num + 1 + form.skipped
    except UnicodeDecodeError:
        raise ValueError(broken_at(path, form.encoding)) from None
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
    has = "the header has" if names != numbers(len(names)) else "the first line has"
    return (
        f"{path.name}, line {record.line:,}: {len(record.cells)} "
        f"field{'s' * (len(record.cells) > 1)}, {has} {len(names)} ({start!r} ...); {why}"
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


def _changed(
    record: Record, names: list[str], cells: Mapping[str, str], delimiter: str, quoting: bool
) -> str:
    """The text of a record with some cells replaced; the others stay as they were written, and a
    new cell has quotes where the old one had.
    """
    bare = record.text.rstrip("\r\n")
    end = record.text[len(bare) :]
    raw = _raw_cells(bare, delimiter) if quoting else bare.split(delimiter)
    if len(raw) != len(record.cells):  # quotes in places where they mean nothing
        row = [cells.get(name, cell) for name, cell in zip(names, record.cells, strict=False)]
        return _line(row + record.cells[len(names) :], delimiter) + end
    for place, name in enumerate(names[: len(raw)]):
        if name in cells:
            raw[place] = _spelled(cells[name], raw[place], delimiter, quoting)
    return delimiter.join(raw) + end


def _raw_cells(text: str, delimiter: str) -> list[str]:
    """The cells of a record with their quotes."""
    cells, start, quoted = list[str](), 0, False
    for place, sign in enumerate(text):
        if sign == '"':
            quoted = not quoted
        elif sign == delimiter and not quoted:
            cells.append(text[start:place])
            start = place + 1
    return [*cells, text[start:]]


def _spelled(cell: str, before: str, delimiter: str, quoting: bool) -> str:
    if quoting and before.lstrip().startswith('"'):
        doubled = cell.replace('"', '""')
        return f'"{doubled}"'
    return _line(["", cell], delimiter)[1:] if quoting else cell


def _line(row: Sequence[Any], delimiter: str) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerow(
        row
    )  # it quotes the characters of its line end only, so both are there
    return text.getvalue()[:-2]


def _cell(value: Any) -> Any:
    return "" if value is None or value != value else value
