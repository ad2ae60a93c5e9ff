"""The quick reader of well-formed files and the careful one give one table, or one sentence,
whatever the bytes are.
"""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reliabel.formats import delimited, well_formed

CELLS = st.sampled_from(
    [
        "",
        "a",
        "01",
        "1",
        "2.50",
        "-3",
        "1e5",
        "NA",
        "null",
        "true",
        "False",
        "2024-02-30",
        "2024-02-29",
        "2024-02-29 10:00:00",
        " x ",
        "Ωß日",
        'say "so"',
        '"',
        '""',
        "a,b",
        "a;b",
        "a\tb",
        "two\nlines",
        "two\r\nlines",
        "lone\rreturn",
        "\\",
        "'",
        "\ufeff",
        "\u2028",
        "\x0b",
        "-",
        "é" * 40,
    ]
)
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1")


@st.composite
def tables(draw: st.DrawFn) -> tuple[bytes, str, str, str | None]:
    """Bytes of a table, its suffix, and what is said of delimiter and encoding."""
    columns, rows = draw(st.integers(1, 4)), draw(st.integers(0, 8))
    pool = draw(st.lists(CELLS, min_size=1, max_size=6))  # columns of one kind now and then
    delimiter, end = (
        draw(st.sampled_from(",;\t|")),
        draw(st.sampled_from(["\n", "\r\n", "\r", "\n\n"])),
    )
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]))
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerow([f"c{c}" for c in range(columns)])
    writer.writerows([draw(st.sampled_from(pool)) for _ in range(columns)] for _ in range(rows))
    whole = draw(st.sampled_from(["", "\n", "\r\n \n"])) * draw(st.booleans()) + text.getvalue()
    whole = whole.rstrip("\r\n") if draw(st.booleans()) else whole
    encoding = draw(st.sampled_from(ENCODINGS))
    said = draw(st.sampled_from([None, encoding]))
    return (
        whole.encode(encoding, "replace"),
        draw(st.sampled_from([".csv", ".tsv"])),
        delimiter,
        said,
    )


def answer(path: Path, careful: bool, **words: str | None) -> object:
    """All that a table holds, in comparable form; the sentence where it is refused."""
    try:
        table = delimited.read(path, careful=careful, **words)  # type: ignore[arg-type]
    except ValueError as wrong:
        return str(wrong)
    columns = {
        name: (str(values.dtype), [repr(value) for value in values.tolist()])
        for name, values in table.columns.items()
    }
    return (
        columns,
        table.kinds,
        table.form,
        table.notes,
        {name: cells.to_pylist() for name, cells in table.cells.items()},
        table.how,
    )


def held_against(raw: bytes, suffix: str, block: int, **words: str | None) -> None:
    with tempfile.TemporaryDirectory() as folder, mock.patch.object(well_formed, "BLOCK", block):
        path = Path(folder, f"table{suffix}")
        path.write_bytes(raw)
        assert answer(path, False, **words) == answer(path, True, **words)


@given(tables(), st.sampled_from([16, 17, 40, 64, 2**24]), st.booleans())
@settings(max_examples=400, deadline=None)
def test_tables_written_in_every_manner(made, block, told):
    raw, suffix, delimiter, encoding = made
    held_against(raw, suffix, block, delimiter=delimiter if told else None, encoding=encoding)


@given(
    st.lists(
        st.sampled_from(
            [
                b"a",
                b"b1",
                b",",
                b",",
                b'"',
                b'""',
                b"\n",
                b"\n",
                b"\r\n",
                b"\r",
                b" ",
                b"\t",
                b"\xc3\xa9",
                b"\xff",
                b"\0",
                b"\xef\xbb\xbf",
            ]
        )
    )
)
@example([b"a", b",", b"b1", b"\n", b"a", b'"', b",", b'"', b"a", b"\n"])
@example([b"a", b"\n", b'"', b"a", b"\n", b"b1", b"\n"])
@example([b"a", b"\n", b'"', b"a", b'"', b"b1", b"\n"])
@example([b"\xef\xbb\xbf", b"\xef\xbb\xbf", b"a", b"\n", b"a"])
@settings(max_examples=600, deadline=None)
def test_any_bytes(parts):
    raw = b"".join(parts)
    if raw:
        for suffix in (".csv", ".tsv"):
            held_against(raw, suffix, 16)


def test_a_line_end_in_quotes_that_two_blocks_share():
    held_against(b'"c0","c1"\n"a,b","a,b"\n"01","two\r\nlines"\n', ".csv", 16)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_well_formed_file_takes_the_quick_way(tmp_path, end):
    path = tmp_path / "table.csv"
    lines = [
        "label,text,number",
        *(f'c{row % 3},"row {row}, said ""so"""' + f",{row / 4}" for row in range(5000)),
    ]
    path.write_bytes(b"\xef\xbb\xbf" + (end.join(lines) + end).encode())
    with mock.patch.object(delimited, "_keep", side_effect=AssertionError("read record by record")):
        table = delimited.read(path)
    assert table.rows == 5000
    assert table.kinds == {"label": "text", "text": "text", "number": "decimal"}
    assert table.columns["text"][7] == 'row 7, said "so"'
    np.testing.assert_allclose(table.columns["number"], np.arange(5000) / 4)


@pytest.mark.parametrize(
    ("doubt", "why"),
    [
        (b'a,b\n5" disk,1\n', "a quote inside an unquoted cell"),
        (b'a,b\n"x"y,1\n', "letters behind a closing quote"),
        (b"a,b\rx,1\r", "a lone carriage return"),
        (b"a,b\nx,\0\n", "a zero byte"),
        (b'a,b\n"x,1\n', "a quote that never closes"),
        (b"a,b\nx\n", "uneven rows"),
        (b"a,b\n\xff,1\n", "bytes that are no UTF-8"),
    ],
)
def test_what_is_in_doubt_is_left_to_the_careful_reader(tmp_path, doubt, why):
    path = tmp_path / "table.csv"
    path.write_bytes(doubt)
    assert well_formed.cells(path, 2, encoding="utf-8", delimiter=",", quoting=True) is None, why
