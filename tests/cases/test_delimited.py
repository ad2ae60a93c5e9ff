"""What stands around a delimited table (given case 33 and others of its kind)."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

import reliabel as rl
from reliabel.cli import app
from reliabel.core.results import Decision
from reliabel.formats import tables

ROWS = [(f"a text nr {n}", ["good", "bad"][n % 2]) for n in range(60)]
BODY = "".join(f"{text},{label}\n" for text, label in ROWS)
HEAD = "text,label\n"


def semicolons(text):
    return text.replace(",", ";")


FILES = {
    "sep": ("sep=;\n" + semicolons(HEAD + BODY), "line 1 says what separates cells (';')"),
    "sep_quoted": (
        ('"sep=;"\n' + semicolons(HEAD + BODY)).replace("\n", "\r\n"),
        "line 1 says what separates cells",
    ),
    "sep_comma": ("sep=,\n" + HEAD + BODY, "line 1 says what separates cells"),
    "sep_after_a_mark": ("\ufeffSEP=;\n" + semicolons(HEAD + BODY), "line 1 says what separates"),
    "comment": ("# written by a tool on 2024-05-01\n" + HEAD + BODY, "line 1 is no header"),
    "comment_with_commas": ("# by A, B and C\n" + HEAD + BODY, "line 1 is no header"),
    "comments": ("# a\n#\n\n# b, c\n" + HEAD + BODY, "lines 1 to 4 are no header"),
    "comment_below": (HEAD + BODY + "# the end\n", "1 line beginning with # left out"),
    "title": ("Export of 2024\n\n" + HEAD + BODY, "lines 1 to 2 are no header"),
    "title_padded": ("Export of 2024,\n,\n" + HEAD + BODY, "lines 1 to 2 are no header"),
    "titles": ("Report\nMade today\n" + HEAD + BODY, "lines 1 to 2 are no header"),
    "trailing": (HEAD + BODY.replace("\n", ",\n"), "60 rows end in empty cells that the header"),
    "trailing_many": (HEAD + BODY.replace("\n", ",,,\n"), "60 rows end in empty cells"),
    "trailing_some": (HEAD + BODY.replace("good\n", "good,\n"), "30 rows end in empty cells"),
    "trailing_everywhere": ((HEAD + BODY).replace("\n", ",,\n"), "60 rows end in empty cells"),
    "trailing_header": ("text,label,,\n" + BODY, None),
    "row_names": (
        HEAD + "".join(f'"{n + 1}",{text},{label}\n' for n, (text, label) in enumerate(ROWS)),
        "rows begin with a number that the header does not name",
    ),
    "blank_lines_above": ("\n\n" + HEAD + BODY, None),
    "old_mac": ((HEAD + BODY).replace("\n", "\r"), None),
}


def written(path, raw):
    path.write_bytes(raw.encode())
    return path


@pytest.mark.parametrize("name", FILES)
def test_the_table_is_read_and_what_stands_around_it_is_said(tmp_path, name):
    raw, says = FILES[name]
    data = rl.read(written(tmp_path / "a.csv", raw), label="label", text="text")
    assert data.evidence["items"] == [text for text, _ in ROWS]
    assert [data.labels.names[c] for c in data.labels.y] == [label for _, label in ROWS]
    assert says is None or any(says in note for note in data.source["notes"])


@pytest.mark.parametrize("name", FILES)
def test_apply_keeps_what_stands_around_the_table(tmp_path, name):
    raw, _ = FILES[name]
    data = rl.read(written(tmp_path / "a.csv", raw), label="label", text="text")
    rl.apply(
        data,
        decisions=[Decision("1", "change", label="good"), Decision("3", "drop")],
        out=tmp_path / "b.csv",
    )
    end = "\r" if name == "old_mac" else "\r\n" if name == "sep_quoted" else "\n"
    old, new = raw.split(end), (tmp_path / "b.csv").read_bytes().decode().split(end)
    changed = next(n for n, line in enumerate(old) if "nr 1" in line and "nr 10" not in line)
    dropped = next(n for n, line in enumerate(old) if "nr 3" in line)
    assert new[:changed] == old[:changed]
    assert new[changed].replace('"', "") == old[changed].replace("bad", "good").replace('"', "")
    assert new[changed + 1 :] == [*old[changed + 1 : dropped], *old[dropped + 1 :]]


@pytest.mark.parametrize("name", FILES)
def test_columns_are_added_below_the_right_header(tmp_path, name):
    raw, _ = FILES[name]
    written(tmp_path / "a.csv", raw)
    tables.add_columns(tmp_path / "a.csv", tmp_path / "b.csv", {"new": [str(n) for n in range(60)]})
    table = tables.read(tmp_path / "b.csv")
    assert table.columns["new"].tolist() == list(range(60))
    assert table.columns["label"].tolist() == [label for _, label in ROWS]


def test_case_33_on_the_command_line(tmp_path):
    for name in ("sep", "comment", "trailing"):
        path = written(tmp_path / f"{name}.csv", FILES[name][0])
        done = CliRunner().invoke(
            app, ["audit", str(path), "--label", "label", "--text", "text", "--dry-run"]
        )
        assert done.exit_code == 0
        assert f"{name}.csv: 60 rows, 2 classes (text)" in done.output
        assert FILES[name][1] in done.output


def test_what_looks_like_a_comment_but_is_none_is_kept(tmp_path):
    for head in ("#text,label\n", "# text,label\n"):
        table = tables.read(written(tmp_path / "a.csv", head + BODY))
        assert list(table.columns) == [head.split(",")[0], "label"]
        assert table.rows == 60
    tags = "text,label\n#sunny day,good\n#rain again,bad\nplain,good\n"
    assert tables.read(written(tmp_path / "a.csv", tags)).columns["text"].tolist() == [
        "#sunny day",
        "#rain again",
        "plain",
    ]


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (HEAD + BODY.replace("a text", "a, text"), "line 2: 3 fields, the header has 2"),
        (HEAD + BODY + "60 rows in all\n", "line 62: 1 field, the header has 2"),
        (HEAD + BODY.replace("bad\n", "bad,x\n", 1), "line 3: 3 fields, the header has 2"),
        ("text\nhello, you\nfine, thanks\nok, well\n", "line 2: 2 fields, the header has 1"),
        ("words\n\n;;;\n", "there is no column 'label'"),
    ],
)
def test_rows_that_do_not_fit_keep_their_sentence(tmp_path, raw, says):
    done = CliRunner().invoke(
        app, ["audit", str(written(tmp_path / "a.csv", raw)), "--label", "label"]
    )
    assert done.exit_code == 2
    assert says in done.output


def test_decimal_commas_of_a_file_with_semicolons_are_numbers(tmp_path):
    raw = "text;label;price;big\n" + "".join(
        f"t{n};{label};{n},5;1.{n:03d},25\n" for n, (_, label) in enumerate(ROWS)
    )
    table = tables.read(written(tmp_path / "a.csv", raw))
    assert table.columns["price"].tolist() == [n + 0.5 for n in range(60)]
    assert table.columns["big"].tolist()[:2] == [1000.25, 1001.25]
    assert "column 'price': commas are taken for decimal points" in table.notes
    plain = tables.read(written(tmp_path / "b.csv", 'a,b\n"1,5",x\n"2,5",y\n'))
    assert plain.columns["a"].tolist() == ["1,5", "2,5"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_excel_text_in_utf16_is_read(tmp_path, encoding):
    raw = "text\tlabel\r\n" + BODY.replace(",", "\t")
    (tmp_path / "a.txt").write_bytes(raw.encode(encoding))
    data = rl.read(tmp_path / "a.txt", label="label", text="text")
    assert len(data) == 60
    assert f"read as {encoding}" in data.source["notes"]


def test_a_title_padded_with_empty_cells_is_no_header(tmp_path):
    path = tmp_path / "titled.csv"
    rows = "".join(f"t {n},{'ab'[n % 2]},{n}\n" for n in range(30))
    path.write_text("Report,,\ntext,label,number\n" + rows)
    read = rl.read(path, label="label", text="text")
    assert (len(read.labels), read.labels.names) == (30, ("a", "b"))
    assert "line 1 is no header and left out ('Report,,')" in read.source["notes"]
