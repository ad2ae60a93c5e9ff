import codecs
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import reliabel as rl
from reliabel.formats import delimited, tables

CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


def written(path, raw):
    path.write_bytes(raw if isinstance(raw, bytes) else raw.encode())
    return path


def sentence(path, raw, **words):
    with pytest.raises(ValueError) as error:
        tables.read(written(path, raw), **words)
    return str(error.value)


def test_a_few_zero_bytes_do_not_make_a_text_something_else(tmp_path):
    raw = "text,label\ngo\0od,1\n" + "fine,0\n" * 50
    assert tables.read(written(tmp_path / "a.csv", raw)).columns["text"].tolist()[:2] == [
        "go\0od",
        "fine",
    ]
    assert "it is not a text file" in sentence(tmp_path / "b.csv", b"a,b\n" + b"\x01\0\0" * 50)


def test_windows_line_ends_a_bom_quoted_line_ends_and_greek(tmp_path):
    raw = '\ufeffκείμενο,ετικέτα\r\n"πρώτη,\r\nδεύτερη ""γραμμή""",θετικό\r\nάλλο,αρνητικό\r\n'
    table = tables.read(written(tmp_path / "a.csv", raw))
    assert list(table.columns) == ["κείμενο", "ετικέτα"]
    assert table.columns["κείμενο"].tolist() == ['πρώτη,\r\nδεύτερη "γραμμή"', "άλλο"]
    assert table.columns["ετικέτα"].tolist() == ["θετικό", "αρνητικό"]


def test_types_are_inferred_only_where_nothing_is_lost(tmp_path):
    raw = "code,count,price,yes,day,when,hole,mixed,big,bad\n"
    raw += "01,1,1.50,true,2024-01-02,2024-01-02T03:04:05Z,1,1,12345678901234567890,2024-02-30\n"
    raw += "1,-20,2,false,2023-12-31,2024-01-03 00:00:00,,x,1,2024-01-01\n"
    table = tables.read(written(tmp_path / "a.csv", raw))
    assert dict(table.kinds) == {
        "code": "text",
        "count": "integer",
        "price": "decimal",
        "yes": "boolean",
        "day": "date",
        "when": "date",
        "hole": "integer",
        "mixed": "text",
        "big": "text",
        "bad": "text",
    }
    assert table.columns["code"].tolist() == ["01", "1"]
    assert table.columns["count"].tolist() == [1, -20]
    assert table.columns["count"].dtype == np.int64
    assert table.columns["price"].tolist() == [1.5, 2.0]
    assert np.isnan(table.columns["hole"][1])
    assert table.columns["day"].astype("datetime64[D]").astype(str).tolist() == [
        "2024-01-02",
        "2023-12-31",
    ]
    assert table.written("price").tolist() == ["1.50", "2"]


def test_words_are_missing_among_numbers_only_and_it_is_said(tmp_path):
    table = tables.read(written(tmp_path / "a.csv", "size,name\nNA,NA\n3,None\n"))
    assert np.isnan(table.columns["size"][0])
    assert table.columns["name"].tolist() == ["NA", "None"]
    assert table.notes == ("column 'size': 'NA' is taken as missing",)


def test_semicolons_and_bars_are_found_and_said(tmp_path):
    table = tables.read(written(tmp_path / "a.csv", "text;label\na, b;x\nc, d;y\n"))
    assert table.columns["text"].tolist() == ["a, b", "c, d"]
    assert table.notes == ("cells are separated by semicolon (delimiter= names another)",)
    assert tables.read(tmp_path / "a.csv", delimiter="|").rows == 2


def test_utf16_and_named_encodings(tmp_path):
    raw = "λέξη,τάξη\nκαλό,α\n"
    assert tables.read(written(tmp_path / "a.csv", raw.encode("utf-16"))).columns[
        "λέξη"
    ].tolist() == ["καλό"]
    assert tables.read(
        written(tmp_path / "b.csv", raw.encode("cp1253")), encoding="cp1253"
    ).columns["τάξη"].tolist() == ["α"]


def test_utf16_without_a_mark_is_found_by_its_zeros_and_said(tmp_path):
    for name in ("utf-16-le", "utf-16-be"):
        table = tables.read(written(tmp_path / "a.csv", "text,label\ngood,α\n".encode(name)))
        assert table.columns["label"].tolist() == ["α"]
        assert f"read as {name}" in table.notes


def test_cells_longer_than_the_csv_module_takes(tmp_path):
    assert (
        len(
            tables.read(
                written(tmp_path / "a.csv", "label,text\na," + "x" * 200_000 + "\n")
            ).columns["text"][0]
        )
        == 200_000
    )


def test_tab_separated_text_may_hold_stray_quotes(tmp_path):
    table = tables.read(written(tmp_path / "a.tsv", 'label\ttext\na\t"he said\nb\t"x" y\n'))
    assert table.columns["text"].tolist() == ['"he said', '"x" y']
    assert "quotes are taken as plain characters" in table.notes


def test_blank_lines_are_left_out_and_counted(tmp_path):
    table = tables.read(written(tmp_path / "a.csv", "a,b\n\n1,2\n\n\n3,4\n"))
    assert table.rows == 2
    assert "3 blank lines left out" in table.notes


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ("", "a.csv is empty (0 bytes)"),
        ("\n\n", "blank lines only"),
        ("text,label\n", "has a header (text, label) and no rows"),
        ("text,label\na,b\nc,d,e\n", "line 3: 3 fields, the header has 2"),
        ('text,label\n"a\nb",c\nd\n', "line 4: 1 field, the header has 2"),
        ('text,label\na,b\n"c,d\ne,f\n', "line 3: a quote opens here and never closes"),
        ('text,label\n"c"x,d\n', "line 2: broken quotes"),
        ("a,a\n1,2\n", "seen twice: 'a'"),
        (
            "a,b\n1,κ\n".encode() + "κ,2\n".encode("cp1253"),
            "line 3: byte 0xea cannot be read as UTF-8 (the 2 lines before it can); name the right "
            "one with encoding=",
        ),
        ("a,b\n1,2\n".encode("utf-16")[:-1], "ends in the middle of a character"),
        (codecs.BOM_UTF8, "blank lines only"),
    ],
)
def test_bad_files(tmp_path, raw, says):
    assert says in sentence(tmp_path / "a.csv", raw)


def test_an_unknown_encoding(tmp_path):
    assert "there is no encoding 'klingon'" in sentence(
        tmp_path / "a.csv", "a,b\n1,2\n", encoding="klingon"
    )


def test_rewrite_changes_only_what_was_decided(tmp_path):
    raw = '\ufeffid,text,label\r\n1,"a ""b""",x\r\n\r\n"2",  c ,x\r\n3,d,"y"'
    delimited.rewrite(
        written(tmp_path / "a.csv", raw),
        tmp_path / "b.csv",
        {0: {"label": "z,z"}},
        {1},
        encoding="utf-8-sig",
        delimiter=",",
        quoting=True,
    )
    assert (
        tmp_path / "b.csv"
    ).read_bytes().decode() == '\ufeffid,text,label\r\n1,"a ""b""","z,z"\r\n\r\n3,d,"y"'


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=6),
    suffix=st.sampled_from([".csv", ".tsv"]),
)
def test_what_is_written_is_read_back_cell_by_cell(tmp_path_factory, rows, suffix):
    path = tmp_path_factory.mktemp("round") / f"a{suffix}"
    columns = dict(zip("abc", (list(column) for column in zip(*rows, strict=True)), strict=True))
    tables.write(path, columns, suffix[1:])
    table = tables.read(path)
    assert {
        name: ["" if v is None else v for v in table.written(name).tolist()]
        for name in table.columns
    } == columns


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.tuples(CELL, CELL), min_size=1, max_size=6),
    end=st.sampled_from(["\n", "\r\n"]),
    bom=st.booleans(),
)
def test_a_rewrite_without_changes_is_the_file_itself(tmp_path_factory, rows, end, bom):
    import csv

    path = tmp_path_factory.mktemp("same") / "a.csv"
    with path.open("w", encoding="utf-8-sig" if bom else "utf-8", newline="") as file:
        csv.writer(file, lineterminator=end, quoting=csv.QUOTE_ALL).writerows([("a", "b"), *rows])
    how = tables.read(path).how
    delimited.rewrite(path, path.with_name("b.csv"), {}, set(), **how)
    assert path.read_bytes() == path.with_name("b.csv").read_bytes()


BARE = {
    "fractions.csv": b"0.2,8.5,3\n0.1,7.25,4\n0.4,7.5,4\n",
    "again.tsv": b"fine film\t2\tx1\nit's \"bad\t1,2\tx2\nso so\t2\tx3\n",
    "mixed.csv": b"3,?,alfa,88.6\r\n1,?,audi,99.25\r\n2,164,bmw,101.2\r\n",
}


@pytest.mark.parametrize("name", BARE)
def test_a_first_line_of_data_is_no_header_and_no_row_is_lost(tmp_path, name):
    path, out = tmp_path / name, tmp_path / f"out{Path(name).suffix}"
    path.write_bytes(BARE[name])
    table = delimited.read(path)
    assert list(table.columns)[:2] == ["1", "2"]
    assert table.rows == 3
    assert "there is no header" in " ".join(table.notes)
    data = rl.read(path, label="-1")
    assert len(data.labels) == 3
    rl.apply(data, decisions=[], out=out)
    assert out.read_bytes() == path.read_bytes()
    rl.apply(data, decisions=[{"id": "0", "verdict": "drop"}], out=out, overwrite=True)
    assert out.read_bytes() == path.read_bytes().partition(b"\n")[2]
    assert delimited.row_lines(path, [0, 2], **table.how) == {0: 1, 2: 3}
    delimited.extend(path, out, {"new": ["a", "b"]}, [1, 2], **table.how)
    assert list(delimited.read(out).columns)[-1] == "new"


@pytest.mark.parametrize(
    "content",
    [
        b"0,1,2\n0.5,0.25,0.75\n0.1,0.2,0.3\n",  # pandas without names
        b"place,2019,2020\nOslo,1,2\nRome,3,4\n",
        b"400.5,410.5,420.5,y\n1,2,3,4\n5,6,7,8\n",  # wave lengths
        b"model,0.5,0.9\na,1,2\nb,2,3\n",
        b"3.0,2.0,1.0\n0.5,0.25,0.25\n0.1,0.2,0.7\n",  # classes of numbers
        b"text,label\n1,2\n3,4\n",
    ],
)
def test_numbers_that_are_names_stay_names(tmp_path, content):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    assert list(delimited.read(path).columns) == content.decode().split("\n")[0].split(",")


def test_columns_of_zeros_and_ones_are_offered_as_labels(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("text,kind,rude,loud\nyes it is,b,1,0\nno it is,c,0,0\nwell,d,0,1\n")
    with pytest.raises(ValueError, match="'rude', 'loud' hold 0 and 1: where they are several"):
        rl.read(path)
