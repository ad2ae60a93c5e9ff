"""Several labels an item: lists, lists written as text, joined text, many yes/no columns; read,
audited, and written back as they were.
"""

from __future__ import annotations

import csv
import json
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import reliabel as rl
from reliabel.cli import app
from reliabel.core.labels import Classes
from reliabel.reading.label_lists import changed_list

TOPICS = {"food": "bread soup rice", "money": "bank price loan", "sport": "goal team race"}


def several(n: int = 90) -> tuple[list[str], list[list[str]]]:
    """Texts about one or two topics, and their topics."""
    names, texts, labels = sorted(TOPICS), [], []
    for row in range(n):
        own = [names[row % 3]] + ([names[(row + 1) % 3]] if row % 4 == 0 else [])
        words = " ".join(TOPICS[name] for name in own)
        texts.append(f"text {row} about {words} number {row * 7}")
        labels.append(own)
    return texts, labels


def answers(labels: list[list[str] | None]) -> list[list[int]]:
    names = sorted(TOPICS)
    return [[-1] * 3 if own is None else [int(name in own) for name in names] for own in labels]


def jsonl(path: Path, **columns: list[Any]) -> Path:
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def table(path: Path, **columns: list[Any]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return path


def run(*words: object) -> str:
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert done.exit_code == 0, done.output
    return done.output


def notes(data: rl.Dataset) -> str:
    return " | ".join(data.source["notes"])


def refusal(*given: Any, **words: Any) -> str:
    with pytest.raises(ValueError, match=r".") as refused:
        rl.read(*given, **words)
    return str(refused.value)


def test_case_16_lists_of_one_label_are_that_label(tmp_path):
    texts, labels = several()
    own = [[held[0]] for held in labels]
    own[4] = []
    path = jsonl(tmp_path / "a.jsonl", text=texts, label=own)
    out = run("audit", path, "--label", "label", "--text", "text", "-o", tmp_path / "out")
    assert "lists of one label each, which is the label; 1 empty one is no label" in out
    found = pq.read_table(tmp_path / "out" / "labels.parquet")["given"].to_pylist()
    assert found == [None if row == 4 else held[0] for row, held in enumerate(labels)]


@pytest.mark.parametrize(
    "made",
    [
        lambda own, at: jsonl(at / "a.jsonl", label=own),
        lambda own, at: pa.table({"label": own}),
        lambda own, at: pd.DataFrame({"label": own}),
        lambda own, at: pd.DataFrame({"label": [np.array(v, dtype=object) for v in own]}),
        lambda own, at: pl.DataFrame({"label": own}),
        lambda own, at: {"label": own},
        lambda own, at: table(at / "a.csv", label=[json.dumps(v) for v in own]),
        lambda own, at: table(at / "a.csv", label=[repr(v) for v in own]),
    ],
    ids=["jsonl", "arrow", "pandas", "pandas_arrays", "polars", "mapping", "json_text", "repr"],
)
def test_case_17_lists_of_several_labels_are_answers(made, tmp_path):
    _, labels = several()
    labels[7] = []
    data = rl.read(made(labels, tmp_path), label="label")
    assert isinstance(data.labels, rl.MultiLabel)
    assert data.labels.names == ("food", "money", "sport")
    assert data.labels.y.tolist() == answers(labels)
    assert "holds lists of labels, read as yes or no to each class: 3 classes, up to 2" in notes(
        data
    )
    assert "1 empty list says no to all" in notes(data)


def test_case_17_several_labels_are_audited_from_the_command_line(tmp_path):
    texts, labels = several()
    path = jsonl(tmp_path / "a.jsonl", text=texts, label=labels)
    run("audit", path, "--label", "label", "--text", "text", "-o", tmp_path / "out")
    cells = pq.read_table(tmp_path / "out" / "labels.parquet")
    assert cells.num_rows == 90 * 3


def test_missing_lists_are_unknown_and_class_numbers_are_classes():
    data = rl.read({"label": [[0, 2], None, [2], []]}, label="label")
    assert data.labels.y.tolist() == [[1, 1], [-1, -1], [0, 1], [0, 0]]
    assert data.labels.names == ("0", "2")
    assert rl.read({"label": [{"b", "a"}, ("b",)]}, label="label").labels.y.tolist() == [
        [1, 1],
        [0, 1],
    ]


@pytest.mark.parametrize(
    "feature",
    [
        {"_type": "Sequence", "feature": {"_type": "ClassLabel", "names": ["neg", "pos", "odd"]}},
        {"_type": "List", "feature": {"_type": "ClassLabel", "names": ["neg", "pos", "odd"]}},
        [{"_type": "ClassLabel", "names": ["neg", "pos", "odd"]}],
    ],
    ids=["sequence", "list", "old"],
)
def test_case_16_lists_of_class_numbers_have_the_names_of_the_data_set(feature, tmp_path):
    meta = {b"huggingface": json.dumps({"info": {"features": {"label": feature}}}).encode()}
    one = pa.table({"label": [[1], [0], [], [1]]}).replace_schema_metadata(meta)
    data = rl.read(one, label="label")
    assert (data.labels.names, data.labels.y.tolist()) == (("neg", "pos", "odd"), [1, 0, -1, 1])
    more = pa.table({"label": [[1, 0], [0], [], [1]]}).replace_schema_metadata(meta)
    pq.write_table(more, tmp_path / "a.parquet")
    data = rl.read(tmp_path / "a.parquet", label="label")
    assert data.labels.y.tolist() == [[1, 1, 0], [1, 0, 0], [0, 0, 0], [0, 1, 0]]
    made = rl.apply(
        data,
        decisions={"id": ["1", "3"], "unit": ["2", "1"], "verdict": ["change"] * 2}
        | {"label": ["yes", "no"]},
        out=tmp_path / "b.parquet",
    )
    assert made["changed"] == 2
    assert pq.read_table(tmp_path / "b.parquet")["label"].to_pylist() == [[1, 0], [0, 2], [], []]


@pytest.mark.parametrize(
    ("lists", "row"),
    [
        ([["a"], [[0, 5, "PER"], [7, 9, "LOC"]]], 1),
        ([[{"start": 0, "end": 3, "label": "PER"}], []], 0),
        ([["a", "b"], [0.25, 0.75]], 1),
    ],
    ids=["spans", "records", "scores"],
)
def test_lists_that_are_no_labels_are_refused_with_their_row(lists, row):
    said = refusal({"label": lists}, label="label")
    assert f"column 'label': row {row} holds a list of" in said
    assert "which is no label" in said


def test_a_mixture_in_lists_is_refused_with_a_value_of_each_type():
    said = refusal({"label": [["a"], ["b", 1]]}, label="label")
    assert "int in row 1, str in row 0" in said


def test_case_18_joined_labels_are_split_and_said_or_pointed_out_and_split_on_request(tmp_path):
    texts, labels = several()
    for mark in ("|", ";", ",", "/", ", ", " | "):
        path = table(tmp_path / "a.csv", text=texts, label=[mark.join(own) for own in labels])
        out = run("audit", path, "--label", "label", "--text", "text", "--dry-run")
        sign = mark.strip()
        if sign == "/":  # often part of one name
            assert f"like several labels in one cell; --separator {shlex.quote(sign)} splits" in out
        else:
            assert "joins several labels in one cell (--separator '' takes each" in out
            assert rl.read(path, label="label").labels.y.tolist() == answers(labels)
            whole = rl.read(path, label="label", separator="")
            assert isinstance(whole.labels, Classes)
            assert "look like several labels in one cell" in notes(whole)
        data = rl.read(path, label="label", separator=sign)
        assert data.labels.y.tolist() == answers(labels)
        assert data.labels.names == ("food", "money", "sport")


@pytest.mark.parametrize(
    "names",
    [
        ["24/7 help", "returns", "billing"],
        ["comp.graphics", "rec.autos", "sci.med"],
        ["m/young", "m/old", "f/young", "f/old"],
        ["rock & roll", "jazz", "pop"],
        ["Paris, France", "Rome, Italy", "Nice, France"],
        ["n/a", "yes", "no"],
    ],
)
def test_names_that_hold_such_a_character_are_not_pointed_out(names):
    assert "several labels in one cell" not in notes(rl.read({"y": names * 10}, label="y"))


def test_a_pattern_makes_many_columns_one_table_of_answers(tmp_path):
    texts, labels = several()
    asked = answers(labels)
    forms = {"0/1": ("0", "1"), "Y/N": ("N", "Y"), "True/False": ("False", "True"), "x": ("", "x")}
    for no, yes in forms.values():
        columns = {
            f"is_{name}": [(no, yes)[row[place]] for row in asked]
            for place, name in enumerate(sorted(TOPICS))
        }
        path = table(tmp_path / "a.csv", text=texts, **columns)
        data = rl.read(path, label="is_*", text="text")
        assert data.labels.y.tolist() == asked
        assert data.labels.names == ("is_food", "is_money", "is_sport")
        assert "label: 3 columns fit 'is_*'" in notes(data)
        rl.apply(
            data,
            decisions={"id": ["1"], "unit": ["0"], "verdict": ["change"], "label": ["yes"]},
            out=tmp_path / "b.csv",
            overwrite=True,
        )
        was, now = (Path(tmp_path / name).read_text().splitlines() for name in ("a.csv", "b.csv"))
        assert [
            row for row, pair in enumerate(zip(was, now, strict=True)) if pair[0] != pair[1]
        ] == [2]
        assert now[2].split(",")[1] == yes
    assert "no column fits 'has_*' for label" in refusal(tmp_path / "a.csv", label="has_*")
    run("audit", tmp_path / "a.csv", "--label", "is_*", "--text", "text", "-o", tmp_path / "out")


DECISIONS = {  # item 0 has food and money: money goes, sport comes; item 1 (money) gets food
    "id": ["0", "0", "1"],
    "unit": ["1", "2", "0"],
    "verdict": ["change"] * 3,
    "label": ["no", "yes", "yes"],
}


@pytest.mark.parametrize(
    ("name", "cell", "wanted"),
    [
        ("a.csv", json.dumps, ['["food", "sport"]', '["money", "food"]']),
        ("a.csv", repr, ["['food', 'sport']", "['money', 'food']"]),
        ("a.csv", "|".join, ["food|sport", "money|food"]),
        ("a.csv", ", ".join, ["food, sport", "money,food"]),
        ("a.jsonl", list, [["food", "sport"], ["money", "food"]]),
        ("a.json", list, [["food", "sport"], ["money", "food"]]),
        ("a.parquet", list, [["food", "sport"], ["money", "food"]]),
    ],
    ids=["json_text", "repr", "joined", "joined_spaced", "jsonl", "json", "parquet"],
)
def test_changed_lists_are_written_as_they_were_read(name, cell, wanted, tmp_path):
    texts, labels = several()
    columns = {"text": texts, "label": [cell(own) for own in labels]}
    path, out = tmp_path / name, tmp_path / f"out{Path(name).suffix}"
    if path.suffix == ".csv":
        table(path, **columns)
    elif path.suffix == ".parquet":
        pq.write_table(pa.table(columns), path)
    else:
        jsonl(path, **columns)
        if path.suffix == ".json":
            path.write_text("[" + ",".join(path.read_text().splitlines()) + "]")
    mark = {"|": "|", ",": ","}.get(columns["label"][0][4:5] if path.suffix == ".csv" else "")
    data = rl.read(path, label="label", text="text", separator=mark)
    assert data.labels.y.tolist() == answers(labels)
    done = rl.apply(data, decisions=DECISIONS, out=out)
    assert done["changed"] == 3
    again = rl.read(out, label="label", text="text", separator=mark)
    assert again.source.get("cells") == data.source["cells"]
    expected = answers(labels)
    expected[0], expected[1] = [1, 0, 1], [1, 1, 0]
    assert again.labels.y.tolist() == expected
    assert again.source["form"] == data.source["form"]
    held = rl.read(out, label="text").evidence["columns"] if path.suffix == ".csv" else None
    if held is not None:
        assert held["label"][:2].tolist() == wanted
    elif path.suffix == ".parquet":
        assert pq.read_table(out)["label"].to_pylist()[:2] == wanted
        assert (
            pq.read_table(out).schema.field("label").type
            == pq.read_schema(path).field("label").type
        )


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame, pa.table])
def test_a_frame_with_lists_comes_back_with_lists(library):
    _, labels = several()
    data = rl.read(library({"label": labels}), label="label")
    back: Any = rl.apply(data, decisions=DECISIONS)["table"]
    column = back["label"].to_pylist() if library is pa.table else back["label"].to_list()
    assert [list(held) for held in column[:3]] == [["food", "sport"], ["money", "food"], ["sport"]]
    assert isinstance(back, type(library({"label": labels})))


def test_lists_of_one_label_are_written_back_as_lists(tmp_path):
    path = jsonl(tmp_path / "a.jsonl", label=[["good"], ["bad"], [], ["good"]])
    data = rl.read(path, label="label")
    rl.apply(
        data,
        decisions={"id": ["0", "2"], "verdict": ["change"] * 2, "label": ["bad", "good"]},
        out=tmp_path / "b.jsonl",
    )
    rows = [json.loads(line)["label"] for line in (tmp_path / "b.jsonl").read_text().splitlines()]
    assert rows == [["bad"], ["bad"], ["good"], ["good"]]


def test_lists_of_zeros_and_ones_answer_every_class(tmp_path):
    path = jsonl(tmp_path / "a.jsonl", label=[[1, 0, 0], [1, 1, 0], [0, 0, 0]])
    data = rl.read(path, label="label")
    assert data.labels.y.tolist() == [[1, 0, 0], [1, 1, 0], [0, 0, 0]]
    assert "holds 3 answers of 0 and 1 an item, one a class" in notes(data)
    rl.apply(
        data,
        decisions={"id": ["0"], "unit": ["2"], "verdict": ["change"], "label": ["yes"]},
        out=tmp_path / "b.jsonl",
    )
    assert json.loads((tmp_path / "b.jsonl").read_text().splitlines()[0])["label"] == [1, 0, 1]


def test_reviewed_lists_are_counted(tmp_path):
    texts, labels = several()
    path = jsonl(tmp_path / "a.jsonl", text=texts, label=labels)
    out, sheet = tmp_path / "out", tmp_path / "sheet.csv"
    run("audit", path, "--label", "label", "--text", "text", "-o", out)
    run("sample", out, "--n", "20", "-o", sheet)
    rows = list(csv.DictReader(sheet.read_text().splitlines()))
    for row in rows:
        row["verdict"] = "keep"
    with sheet.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    words = ("--label", "label", "--text", "text", "--verdicts", sheet, "-o", out)
    done = json.loads(run("audit", path, *words, "--json").splitlines()[-1])
    assert done["review"]["draws"] == 20


def boxes(n: int) -> list[list[int]]:
    return np.random.default_rng(0).integers(0, 640, (n, 4)).tolist()


@pytest.mark.parametrize("n", [60, 900])
def test_boxes_of_whole_numbers_are_no_class_numbers(n, tmp_path):
    path = tmp_path / "boxes.jsonl"
    lines = [json.dumps({"text": f"t {i}", "label": box}) for i, box in enumerate(boxes(n))]
    path.write_text("\n".join(lines))
    done = CliRunner().invoke(app, ["audit", str(path), "--label", "label", "--dry-run"])
    assert done.exit_code == 2
    assert f"row 0 holds {boxes(n)[0]}, and every list holds 4 whole numbers" in done.output
    assert "look like boxes or spans" in done.output


def test_spans_of_whole_numbers_are_no_class_numbers():
    spans = [[3 * i, 3 * i + 5] for i in range(40)]
    with pytest.raises(ValueError, match=r"row 0 holds \[0, 5\].*look like boxes or spans"):
        rl.MultiLabel.of(spans)


def test_pairs_of_class_numbers_stay_labels():
    pairs = [[i % 7, 7 + i % 5] for i in range(60)]
    assert rl.MultiLabel.of(pairs).y.sum(1).tolist() == [2] * 60


@pytest.mark.parametrize("tags", [["O", "B-PER", "O"], [0, 1, 0, 2]])
def test_a_tag_for_each_token_is_no_list_of_labels(tags, tmp_path):
    path = tmp_path / "tags.jsonl"
    path.write_text("\n".join(json.dumps({"text": f"t {i}", "label": tags}) for i in range(30)))
    with pytest.raises(ValueError, match="30 of 30 lists hold a label more than once"):
        rl.read(path, label="label", text="text")


def test_a_few_repeated_labels_count_once():
    lists = [["a", "b"], ["b", "c"]] * 20 + [["a", "b", "a"]]
    assert rl.MultiLabel.of(lists).y[-1].tolist() == [1, 1, 0]


def read_cells(tmp_path, cells):
    path = tmp_path / "cells.csv"
    pd.DataFrame({"text": [f"t {n}" for n in range(len(cells))], "label": cells}).to_csv(path)
    return rl.read(path, label="label", text="text").labels


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("['a']", "['a' 'b']"),
        ('["a"]', "[\"a\"\n 'b']"),
        ("('a',)", "('a', 'b')"),
        ("{'a'}", "{'b', 'a'}"),
    ],
)
def test_lists_as_numpy_and_python_write_them_are_read(one, two, tmp_path):
    labels = read_cells(tmp_path, [one, two, two] * 10)
    assert (labels.names, labels.y[:2].tolist()) == (("a", "b"), [[1, 0], [1, 1]])


def test_lists_of_numbers_as_numpy_writes_them_are_read(tmp_path):
    labels = read_cells(tmp_path, ["[0 2]", "[1]", "[2 1 0]"] * 10)
    assert labels.y[:3].tolist() == [[1, 0, 1], [0, 1, 0], [1, 1, 1]]


def test_pairs_of_numbers_in_round_brackets_are_names_of_classes(tmp_path):
    assert read_cells(tmp_path, ["(0, 2)", "(25, 32)"] * 10).names == ("(0, 2)", "(25, 32)")


def test_lists_as_numpy_writes_them_are_written_back_so():
    cells = {"form": "numpy"}
    assert changed_list("['a' 'b']", cells, {"b": False, "c": True}, {}) == "['a' 'c']"
