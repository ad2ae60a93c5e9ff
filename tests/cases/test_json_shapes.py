"""JSON in the shapes that people and programs write (given case 25 and others of its kind)."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

import reliabel as rl
from reliabel.cli import app
from reliabel.core.results import Decision
from reliabel.formats import tables

ROWS = [{"text": f"a text nr {n}", "label": ["good", "bad"][n % 2]} for n in range(60)]
COLUMNS = {name: {str(n): row[name] for n, row in enumerate(ROWS)} for name in ("text", "label")}
LINES = "".join(json.dumps(row) + "\n" for row in ROWS)
SHAPES = {
    "list": json.dumps(ROWS),
    "wrapped": json.dumps({"data": ROWS}),
    "wrapped_pretty": json.dumps({"records": ROWS}, indent=1),
    "wrapped_beside_facts": json.dumps({"version": "1.0", "rows_total": 60, "samples": ROWS}),
    "table_schema": json.dumps({"schema": {"fields": [{"name": "text"}]}, "data": ROWS}),
    "columns": json.dumps(COLUMNS),
    "columns_named_rows": json.dumps(
        {name: {f"r{n}": value for n, value in held.items()} for name, held in COLUMNS.items()}
    ),
    "index": json.dumps({str(n): row for n, row in enumerate(ROWS)}),
    "keyed": json.dumps({f"r{n}": row for n, row in enumerate(ROWS)}),
    "lists": json.dumps({name: list(held.values()) for name, held in COLUMNS.items()}),
    "splits": json.dumps({"train": ROWS[:40], "test": ROWS[40:]}),
    "lines": LINES,
    "objects": "\n".join(json.dumps(row, indent=2) for row in ROWS),
    "one_after_another": LINES.replace("\n", ""),
}
PLAIN = ("list", "objects", "one_after_another")


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_records_of_every_shape_are_read(tmp_path, shape, encoding):
    path = tmp_path / "a.json"
    path.write_text(SHAPES[shape], encoding=encoding)
    data = rl.read(path, label="label", text="text")
    assert data.labels.names == ("bad", "good")
    assert data.labels.y.tolist() == [1, 0] * 30
    assert data.evidence["items"] == [row["text"] for row in ROWS]
    said = any(note.startswith("a.json holds") for note in data.source["notes"])
    assert said == (shape not in PLAIN)


@pytest.mark.parametrize("shape", ["wrapped", "columns", "list"])
def test_a_line_of_json_is_no_record_when_it_holds_them(tmp_path, shape):
    (tmp_path / "a.jsonl").write_text(SHAPES[shape])
    assert len(rl.read(tmp_path / "a.jsonl", label="label", text="text")) == 60


@pytest.mark.parametrize(
    "row",
    [
        {"text": "x", "label": "good", "spans": [{"a": 1}, {"a": 2}]},
        {"label": [0], "text": [1]},
        {"label": [0, 1], "text": [2, 3]},
        {"label": {"name": "x"}, "text": {"name": "y", "long": True}},
    ],
)
def test_a_single_line_with_lists_or_objects_in_it_stays_a_record(tmp_path, row):
    (tmp_path / "a.jsonl").write_text(json.dumps(row))
    assert tables.read(tmp_path / "a.jsonl").rows == 1


@pytest.mark.parametrize("shape", SHAPES)
def test_apply_keeps_the_shape(tmp_path, shape):
    path, out = tmp_path / "a.json", tmp_path / "b.json"
    path.write_text(SHAPES[shape])
    data = rl.read(path, label="label", text="text")
    first, second = (data.ids.item(row) for row in (1, 3))
    decisions = [Decision(first, "change", label="good"), Decision(second, "drop")]
    rl.apply(data, decisions=decisions, out=out)
    wanted = [dict(row) for row in ROWS]
    wanted[1]["label"] = "good"
    del wanted[3]
    again = rl.read(out, label="label", text="text")
    assert again.evidence["items"] == [row["text"] for row in wanted]
    assert [again.labels.names[c] for c in again.labels.y] == [row["label"] for row in wanted]
    old, new = path.read_text(), out.read_text()
    if shape not in ("lines", "objects", "one_after_another"):
        assert type(json.loads(old)) is type(json.loads(new))
        assert next(iter(json.loads(old))) == next(iter(json.loads(new)))


def test_case_25_on_the_command_line(tmp_path):
    for shape in ("wrapped", "columns"):
        path = tmp_path / f"{shape}.json"
        path.write_text(SHAPES[shape])
        done = CliRunner().invoke(
            app, ["audit", str(path), "--label", "label", "--text", "text", "--dry-run"]
        )
        assert done.exit_code == 0
        assert f"{shape}.json: 60 rows, 2 classes (text)" in done.output


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (
            {"columns": ["text", "label"], "index": [0, 1], "data": [["a", "x"], ["b", "y"]]},
            "a.json holds one JSON object that is no list of records, its keys are 'columns', "
            "'index', 'data' (orient=\"split\" of a data frame, it seems: write it with "
            'orient="records")',
        ),
        ({"text": "a", "label": "b"}, "is no list of records, its keys are 'text', 'label'"),
        ({"a": [1, 2], "b": [1]}, "is no list of records, its keys are 'a', 'b'"),
        ({"left": ROWS, "right": ROWS}, "is no list of records, its keys are 'left', 'right'"),
        ({}, "holds no records"),
        ([["a", "x"], ["b", "y"]], "record 0 is a list, not an object with named fields"),
        ([{"text": "a"}, None], "record 1 is null, not an object"),
        ([], "holds no records"),
        ([{}], "holds no records"),
    ],
)
def test_shapes_that_are_not_read_are_named_with_their_keys(tmp_path, raw, says):
    (tmp_path / "a.json").write_text(json.dumps(raw))
    done = CliRunner().invoke(app, ["audit", str(tmp_path / "a.json"), "--label", "label"])
    assert done.exit_code == 2
    assert says in done.output


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
@pytest.mark.parametrize("raw", ["[" * 100_000, '{"a":' * 100_000, '[{"a":' * 50_000])
def test_json_that_is_nested_too_deeply_gets_a_sentence(tmp_path, name, raw):
    (tmp_path / name).write_text(raw)
    with pytest.raises(ValueError, match="nested too deeply"):
        rl.read(tmp_path / name, label="label")
