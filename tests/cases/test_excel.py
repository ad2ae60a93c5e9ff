"""Excel workbooks."""

from __future__ import annotations

import datetime as dt
import sys
import zipfile

import pytest
from typer.testing import CliRunner

import reliabel as rl
from reliabel.cli import app
from reliabel.core.results import Decision
from reliabel.formats import tables

openpyxl = pytest.importorskip("openpyxl")
ROWS = [(f"a text nr {n}", ["good", "bad"][n % 2]) for n in range(60)]
TABLE = [("text", "label"), *ROWS]


def book(path, **sheets):
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    made.save(path)
    made.close()
    return path


def test_the_only_sheet_is_the_table_and_it_is_said(tmp_path):
    data = rl.read(book(tmp_path / "a.xlsx", labels=TABLE), label="label", text="text")
    assert data.evidence["items"] == [text for text, _ in ROWS]
    assert data.labels.y.tolist() == [1, 0] * 30
    assert "sheet 'labels' of a.xlsx is read" in data.source["notes"]


def test_of_several_sheets_the_first_with_cells_or_the_named_one_is_read(tmp_path):
    path = book(tmp_path / "a.xlsx", cover=[], labels=TABLE, old=[("text", "label"), ("x", "y")])
    data = rl.read(path, label="label")
    assert len(data) == 60
    assert any("not cover, old (sheet= names another)" in note for note in data.source["notes"])
    assert len(rl.read(path, label="label", sheet="old")) == 1
    with pytest.raises(ValueError, match=r"has no sheet 'new'; it has cover, labels, old"):
        rl.read(path, label="label", sheet="new")
    with pytest.raises(ValueError, match="the sheet is empty"):
        rl.read(path, label="label", sheet="cover")
    done = CliRunner().invoke(
        app, ["audit", str(path), "--label", "label", "--sheet", "old", "--dry-run"]
    )
    assert done.exit_code == 0
    assert "a.xlsx: 1 row, 1 class" in done.output


def test_cells_become_values_of_their_types(tmp_path):
    rows = [
        (None, None, None, None, None, None, None),
        ("n", "x", "when", "yes", "mixed", None, "bad"),
        (1, 1.5, dt.datetime(2024, 1, 2), True, 1, None, "#N/A"),
        (2, 2, dt.datetime(2024, 1, 3, 4, 5), False, "b", None, 3),
        (None, None, None, None, None, None, None),
        (3, None, None, True, 2.0, None, 4),
    ]
    table = tables.read(book(tmp_path / "a.xlsx", s=rows))
    assert dict(table.kinds) == {
        "n": "integer",
        "x": "decimal",
        "when": "date",
        "yes": "boolean",
        "mixed": "text",
        "bad": "integer",
    }
    assert table.columns["n"].tolist() == [1, 2, 3]
    assert table.columns["mixed"].tolist() == ["1", "b", "2"]
    assert str(table.columns["when"][1]).startswith("2024-01-03T04:05")
    assert "2 blank rows left out" in table.notes
    assert "1 cells hold an error such as #N/A and are missing" in table.notes


def test_votes_in_a_sheet_are_aggregated(tmp_path):
    votes = [("task", "who", "answer")] + [
        (1200 + n, f"w{w}", "ab"[n % 2]) for n in range(9) for w in range(3)
    ]
    path = book(tmp_path / "votes.xlsx", votes=votes)
    data = rl.read(path, item="task", worker="who", label="answer")
    assert (len(data.labels), data.labels.n, data.ids.item(0)) == (27, 9, "1200")


@pytest.mark.parametrize("out", ["clean.xlsx", "clean.csv", "clean.csv.gz", "clean.jsonl.zst"])
def test_apply_writes_the_sheet_anew_in_any_format(tmp_path, out):
    path = book(tmp_path / "a.xlsx", old=[("a",), (1,)], labels=[*TABLE, ("=1+1", "good")])
    data = rl.read(path, label="label", text="text", sheet="labels")
    before = path.read_bytes()
    rl.apply(
        data,
        decisions=[Decision("1", "change", label="good"), Decision("3", "drop")],
        out=tmp_path / out,
    )
    table = tables.read(tmp_path / out)
    assert table.rows == len(data) - 1
    assert table.columns["label"].tolist()[:4] == ["good", "good", "good", "good"]
    assert table.columns["text"].tolist()[2:4] == ["a text nr 2", "a text nr 4"]
    assert path.read_bytes() == before


def test_a_review_and_decisions_may_be_sheets(tmp_path):
    csv = "text,label\n" + "".join(f"{text},{label}\n" for text, label in ROWS)
    (tmp_path / "a.csv").write_text(csv)
    out, sheet = str(tmp_path / "out"), tmp_path / "sheet.xlsx"
    words = ["audit", str(tmp_path / "a.csv"), "--label", "label", "--text", "text", "-o", out]
    words += ["--embed", "tfidf"]
    runner = CliRunner()
    assert runner.invoke(app, words).exit_code == 0
    done = runner.invoke(app, ["sample", out, "--n", "10", "-o", str(sheet)])
    assert done.exit_code == 0, done.output
    made = openpyxl.load_workbook(sheet)
    rows = made.active
    header = [cell.value for cell in rows[1]]
    for row in range(2, rows.max_row + 1):
        rows.cell(row, header.index("verdict") + 1).value = "keep"
    made.save(sheet)
    made.close()
    done = runner.invoke(app, [*words, "--verdicts", str(sheet)])
    assert done.exit_code == 0, done.output
    assert "the count rests on 10 of 10 drawn labels" in done.output
    decisions = book(tmp_path / "d.xlsx", d=[("id", "verdict", "label"), (1, "change", "good")])
    words = ["apply", out, "--decisions", str(decisions), "-o", str(tmp_path / "b.csv")]
    assert runner.invoke(app, words).exit_code == 0
    assert (tmp_path / "b.csv").read_text() == csv.replace("nr 1,bad", "nr 1,good")


def test_a_text_like_a_formula_is_written_as_text(tmp_path):
    tables.write(
        tmp_path / "a.xlsx", {"text": ["=1+1", "a\x07b", None], "n": [1, 2.5, None]}, "xlsx"
    )
    table = tables.read(tmp_path / "a.xlsx")
    assert table.columns["text"].tolist() == ["=1+1", "a b"]
    assert table.columns["n"].tolist() == [1, 2.5]


def test_without_the_library_the_sentence_names_the_extra(tmp_path, monkeypatch):
    path = book(tmp_path / "a.xlsx", s=TABLE)
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    done = CliRunner().invoke(app, ["audit", str(path), "--label", "label"])
    assert done.exit_code == 2
    assert "needs openpyxl: pip install 'reliabel[excel]'; or save the sheet as CSV" in done.output


def test_broken_and_swollen_workbooks_get_a_sentence(tmp_path):
    path = book(tmp_path / "a.xlsx", s=TABLE)
    raw = path.read_bytes()
    path.write_bytes(raw[:-60])
    with pytest.raises(ValueError, match=r"a\.xlsx cannot be unpacked"):
        rl.read(path, label="label")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "no workbook")
    with pytest.raises(ValueError, match=r"a\.xlsx is a broken or encrypted Excel workbook"):
        rl.read(path, label="label")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", bytes(2**26))
    with pytest.raises(ValueError, match=r"a\.xlsx unpacks to 64 MiB"):
        rl.read(path, label="label")


def test_other_spreadsheets_are_named(tmp_path):
    for name in ("a.xls", "a.ods", "a.xlsb"):
        (tmp_path / name).write_bytes(b"\xd0\xcf\x11\xe0....")
        with pytest.raises(ValueError, match=r"of spreadsheets only \.xlsx is read"):
            rl.read(tmp_path / name, label="label")
