"""Well-formed CSV and TSV, read at once by pyarrow; any other file is left to the parser that
reports lines.

Well-formed means UTF-8 with ordinary line ends whose quotes, if any, open at the start of a cell
and close at its end. On such a file pyarrow and Python's own parser agree cell by cell; a property
test compares them.
"""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reliabel.core.run import tell

BLOCK = 2**24  # bytes read at a time; a record must fit in
QUOTE, RETURN, LINE = b'"\r\n'
Bytes = NDArray[np.uint8]


def cells(
    path: Path,
    columns: int,
    *,
    encoding: str,
    delimiter: str,
    quoting: bool,
    skipped: int = 0,
) -> tuple[list[Any], int] | None:
    """The records of a file, header included, as chunked arrays of strings, and its number of blank
    lines; None if the file may not be well formed.  ``skipped`` lines stand before the header.
    """
    if (
        codecs.lookup(encoding).name not in ("utf-8", "utf-8-sig")
        or not (delimiter == "\t" or " " <= delimiter <= "~")
        or delimiter == '"'
    ):
        return None
    counted = _lines(path, ord(delimiter), quoting)
    if counted is None:
        return None
    import pyarrow as pa
    from pyarrow import csv

    lines, within = counted
    names = [f"f{place}" for place in range(columns)]
    reading = csv.ReadOptions(block_size=BLOCK, column_names=names, skip_rows=skipped)
    parsing = csv.ParseOptions(
        delimiter=delimiter, quote_char='"' if quoting else False, newlines_in_values=within
    )
    as_text = csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
    )
    batches, rows = [], 0
    try:
        for batch in csv.open_csv(pa.OSFile(str(path)), reading, parsing, as_text):
            batches.append(batch)
            rows += batch.num_rows
            tell(f"reading  {path.name}", rows, None)
    # uneven rows, bytes that are no UTF-8, a record longer than a block: the careful parser has a
    # sentence for each
    except pa.ArrowInvalid:
        return None
    return pa.Table.from_batches(batches).columns, lines - skipped - rows


def _lines(path: Path, delimiter: int, quoting: bool) -> tuple[int, bool] | None:
    """The number of lines outside quotes, and whether there are line ends inside; None if quotes,
    line ends or zero bytes are ambiguous.
    """
    data: Bytes = np.memmap(path, np.uint8, mode="r")
    mark = len(codecs.BOM_UTF8) if data[:3].tobytes() == codecs.BOM_UTF8 else 0
    edge = np.isin(
        np.arange(256), (delimiter, RETURN, LINE, QUOTE)
    )  # what may stand outside a quote
    lines, inside, within, last = 0, False, False, LINE
    for begin in range(0, len(data), BLOCK):
        block = np.asarray(data[max(begin, mark) : begin + BLOCK])
        after = int(data[begin + BLOCK]) if begin + BLOCK < len(data) else LINE
        ends, returns = np.flatnonzero(block == LINE), np.flatnonzero(block == RETURN)
        if not block.all() or (_next(block, returns, after) != LINE).any():
            return None
        quotes = np.flatnonzero(block == QUOTE) if quoting else ends[:0]
        opens = (np.arange(len(quotes)) % 2 == 0) != inside
        before = np.where(quotes > 0, block[quotes - 1], last)
        if not edge[np.where(opens, before, _next(block, quotes, after))].all():
            return None
        outside = (np.searchsorted(quotes, ends) % 2 == 0) != inside
        within |= not outside.all()
        lines += int(outside.sum())
        inside ^= bool(len(quotes) % 2)
        last = int(block[-1])
        if (
            inside and last == RETURN
        ):  # pyarrow loses a line end within quotes that two of its blocks share
            return None
    return None if inside else (lines + (last != LINE), within)


def _next(block: Bytes, places: NDArray[np.intp], after: int) -> NDArray[Any]:
    """The byte after each place."""
    return np.where(places + 1 < len(block), block[np.minimum(places + 1, len(block) - 1)], after)
