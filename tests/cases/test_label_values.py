"""Labels as people and other libraries hold them: values, holes, order of classes, names."""

from __future__ import annotations

import csv
import datetime
import decimal
import enum
import fractions
import json
import uuid
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import torch
from typer.testing import CliRunner

import reliabel as rl
from reliabel.cli import app

of = rl.Classes.of


class Mood(enum.Enum):
    UP = 1
    DOWN = 2


class Word(enum.StrEnum):
    HAM = "ham"
    SPAM = "spam"


class Size(enum.IntEnum):
    SMALL = 10
    LARGE = 9


def told(labels: rl.Classes) -> list[str | None]:
    return [None if code < 0 else labels.names[code] for code in labels.y.tolist()]


def refusal(give: Any) -> str:
    with pytest.raises(ValueError, match=r".") as refused:
        give()
    assert "\n" not in str(refused.value)
    return str(refused.value)


def run(*words: object, code: int = 0) -> str:
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert done.exit_code == code, done.output
    return done.output


def table(path: Path, **columns: list[Any]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return path


HOLES = {  # what is given, and the labels it stands for
    "pandas_text": (pd.Series(["ham", pd.NA, "spam"], dtype="string"), ["ham", None, "spam"]),
    "pandas_object": (pd.Series(["ham", pd.NA, None, np.nan], dtype=object), ["ham"] + [None] * 3),
    "pandas_whole": (pd.Series([2, None, 10], dtype="Int64"), ["2", None, "10"]),
    "pandas_yes": (pd.Series([True, None, False], dtype="boolean"), ["True", None, "False"]),
    "pandas_arrow": (pd.Series([2, None], dtype="int64[pyarrow]"), ["2", None]),
    "pandas_floats": (pd.Series([2.0, None, 10.0]), ["2", None, "10"]),
    "pandas_times": (pd.Series(pd.to_datetime(["2024-01-02", None])), ["2024-01-02", None]),
    "pandas_categories": (pd.Series(["b", None], dtype="category"), ["b", None]),
    "pandas_index": (pd.Index(["b", "a"]), ["b", "a"]),
    "polars": (pl.Series(["ham", None]), ["ham", None]),
    "polars_whole": (pl.Series([3, None]), ["3", None]),
    "polars_categories": (pl.Series(["b", None], dtype=pl.Categorical), ["b", None]),
    "arrow": (pa.array(["ham", None]), ["ham", None]),
    "arrow_chunks": (pa.chunked_array([["b"], [None, "a"]]), ["b", None, "a"]),
    "arrow_dictionary": (pa.array(["b", None]).dictionary_encode(), ["b", None]),
    "arrow_scalars": (list(pa.array(["b", None])), ["b", None]),
    "numpy_nan": (np.array(["cat", "dog", np.nan]), ["cat", "dog", None]),
    "numpy_nat": (np.array(["2024-01-02", "NaT"], dtype="M8[ns]"), ["2024-01-02", None]),
    "numpy_objects": (np.array([np.str_("cat"), None, "dog"], dtype=object), ["cat", None, "dog"]),
    "masked": (np.ma.masked_array([1, 2, 1], mask=[0, 1, 0]), ["1", None, "1"]),
    "masked_text": (np.ma.masked_array(["a", "b"], mask=[1, 0]), [None, "b"]),
    "masked_column": (np.ma.masked_array([[1], [2]], mask=[[0], [1]]), ["1", None]),
    "empty_lists": ([["a"], [], ("b",), None], ["a", None, "b", None]),
}


@pytest.mark.parametrize("name", HOLES)
def test_cases_10_and_14_what_is_missing_in_any_library_is_missing(name):
    given, wanted = HOLES[name]
    assert told(of(given)) == wanted
    assert told(rl.read(label=given).labels) == wanted


FRAMES = [name for name in HOLES if name.startswith(("pandas", "polars", "arrow"))]


@pytest.mark.parametrize("name", [name for name in FRAMES if name != "pandas_index"])
def test_case_10_columns_of_tables_too(name):
    given, wanted = HOLES[name]
    assert told(rl.read({"label": given}, label="label").labels) == wanted


VALUES = {
    "numpy_text": (list(np.array(["cat", "dog"])), ["cat", "dog"]),
    "generator": ((word for word in np.array(["cat", "dog"])), ["cat", "dog"]),
    "bytes": ([b"ham", "caf\u00e9".encode()], ["ham", "caf\u00e9"]),
    "numpy_bytes": (np.array([b"ham", b"spam"]), ["ham", "spam"]),
    "decimals": ([decimal.Decimal("2"), decimal.Decimal("10.0")], ["2", "10"]),
    "fractions": ([fractions.Fraction(4, 2)], ["2"]),
    "dates": ([datetime.date(2024, 1, 2), datetime.date(2024, 1, 1)], ["2024-01-02", "2024-01-01"]),
    "moments": ([datetime.datetime(2024, 1, 2, 3)], ["2024-01-02T03:00:00"]),
    "midnights": (
        [pd.Timestamp("2024-01-02"), datetime.date(2024, 1, 3)],
        ["2024-01-02", "2024-01-03"],
    ),
    "enum": (list(Mood), ["UP", "DOWN"]),
    "enum_of_text": (list(Word), ["ham", "spam"]),
    "enum_of_numbers": (list(Size), ["10", "9"]),
    "numpy_numbers": ([np.int8(1), np.float64(2), 3], ["1", "2", "3"]),
    "numpy_yes": ([np.bool_(True), False], ["True", "False"]),
    "tensor": (torch.tensor([1, 0]), ["1", "0"]),
    "tensors": ([torch.tensor(1), torch.tensor([0])], ["1", "0"]),
    "half_tensor": (torch.tensor([1.0, 0.0]).bfloat16(), ["1", "0"]),
    "column": (np.array([[0], [1]]), ["0", "1"]),
    "column_of_text": (np.array([["a"], ["b"]]), ["a", "b"]),
    "frame": (pd.DataFrame({"l": ["a", "b"]}), ["a", "b"]),
    "polars_frame": (pl.DataFrame({"l": ["a", "b"]}), ["a", "b"]),
    "arrow_table": (pa.table({"l": ["a", "b"]}), ["a", "b"]),
    "intervals": (pd.cut(pd.Series([1, 20]), [0, 3, 100]), ["(0, 3]", "(3, 100]"]),
    "ids": ([uuid.UUID(int=1)], ["00000000-0000-0000-0000-000000000001"]),
    "range": (range(2), ["0", "1"]),
}


@pytest.mark.parametrize("name", VALUES)
def test_cases_13_and_14_values_in_other_clothes(name):
    given, wanted = VALUES[name]
    assert told(of(given)) == wanted


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ([1, "1"], "labels mix numbers and text: 1 in row 0, '1' in row 1"),
        (["a", None, 2, "b"], "2 in row 2, 'a' in row 0"),
        ([True, 1], "labels mix booleans and numbers: True in row 0, 1 in row 1"),
        ([b"a", 3], "3 in row 1, 'a' in row 0"),
        ([1.5], "label 1.5 in row 0 is not a whole number"),
        ([decimal.Decimal("1"), decimal.Decimal("1.5")], "Decimal('1.5') in row 1 is not a whole"),
        (["a", {"b": 1}], "got {'b': 1} in row 1"),
        ([["a"], ["a", "b"]], "got ['a', 'b'] in row 1; several labels an item"),
        ([b"\xff"], "in row 0 is no UTF-8 text"),
        ("cat", "labels are one value an item, in a list or an array; got the text 'cat'"),
        (b"cat", "got bytes b'cat'"),
        (3, "got int 3"),
        (None, "got NoneType"),
        (np.array(3), "got ndarray"),
        (torch.tensor(3), "got Tensor"),
        ({"a": 1}, "got a mapping with the keys 'a'"),
        ({"a"}, "got a set, which has no order"),
        (pd.DataFrame({"a": [1], "b": [2]}), "got a table of 2 columns ('a', 'b')"),
        (np.zeros((2, 2)), "got an array of shape (2, 2)"),
    ],
)
def test_cases_12_and_13_what_is_no_label_is_refused_with_its_row(values, says):
    assert says in refusal(lambda: of(values))


def test_case_12_a_scalar_is_no_label_set():
    said = refusal(lambda: rl.read(label=3, features=[[0.0, 1.0]] * 3))
    assert said == "labels are one value an item, in a list or an array; got int 3"


def test_case_11_half_precision():
    data = rl.read(
        label=[0, 1] * 30,
        features=torch.ones(60, 4).bfloat16(),
        probs=torch.full((60, 2), 0.5).bfloat16(),
    )
    assert data.evidence["features"].tolist() == [[1.0] * 4] * 60
    assert data.evidence["probs"].tolist() == [[0.5, 0.5]] * 60


def test_case_14_one_column_is_one_label_an_item():
    x = np.ones((60, 2))
    assert rl.read(label=np.array([[0], [1], [2]] * 20), features=x).labels.names == ("0", "1", "2")
    frame = pd.DataFrame({"l": ["a", "b"] * 30})
    assert told(rl.read(label=frame, features=x).labels)[:2] == ["a", "b"]


def test_case_14_numpys_nan_is_told():
    notes = rl.read(label=np.array(["cat", "dog", np.nan])).source["notes"]
    assert notes == ["1 label is 'nan', NumPy's text for a missing value, and counted as missing"]


def test_numbers_of_any_library():
    for given in (
        [1.5, None],
        pd.Series([1.5, pd.NA], dtype="Float64"),
        [decimal.Decimal("1.5"), float("nan")],
        pl.Series([1.5, None]),
        np.ma.masked_array([1.5, 2.0], mask=[0, 1]),
        np.array([[1.5], [np.nan]]),
        pd.DataFrame({"y": [1.5, None]}),
    ):
        y = rl.read(label=given, kind="numbers").labels.y
        assert (y[0], bool(np.isnan(y[1])), y.shape) == (1.5, True, (2,))
    said = refusal(lambda: rl.read(label=[1.5, "x"], kind="numbers"))
    assert said == "kind='numbers' needs numbers, row 1 holds 'x'"


# the order of classes


def test_case_8_whole_numbers_written_as_text_sort_as_numbers(tmp_path):
    words = [str(row % 11) for row in range(220)]
    assert of(words).names == tuple(map(str, range(11)))
    (tmp_path / "y.jsonl").write_text("".join(json.dumps({"label": w}) + "\n" for w in words))
    y = np.arange(220) % 11
    y[:12] = (y[:12] + 1) % 11  # the model is sure of another class
    np.save(tmp_path / "p.npy", np.eye(11)[y] * 0.9 + 0.1 / 11)
    out = run(
        "audit", tmp_path / "y.jsonl", "--label", "label", "--probs", tmp_path / "p.npy",
        "-o", tmp_path / "out",
    )  # fmt: skip
    assert "stand for the classes in this order: ['0', '1', '2', '3'" in out
    done = rl.audit(words, probs=np.load(tmp_path / "p.npy"))
    assert {one.item for one in done.findings[:12]} == set(range(12))


@pytest.mark.parametrize(
    ("values", "names"),
    [
        (["10", "9", "-1"], ("-1", "9", "10")),
        (["10.0", "9.0"], ("9.0", "10.0")),
        (["010", "9"], ("9", "010")),
        (["10", "9", "unknown"], ("10", "9", "unknown")),
        ([10, 9], ("9", "10")),
        (["b", "B", "a"], ("B", "a", "b")),
        (pd.Series(["10", "9"], dtype="category"), ("9", "10")),
        (pd.Categorical(["lo", "hi"], categories=["lo", "hi"]), ("lo", "hi")),
        (pd.Categorical([3, 1], categories=[3, 2, 1], ordered=True), ("3", "2", "1")),
        (pl.Series(["lo", "hi"], dtype=pl.Enum(["lo", "mid", "hi"])), ("lo", "mid", "hi")),
    ],
)
def test_the_order_of_classes(values, names):
    assert of(values).names == names


def with_categories() -> dict[str, Any]:
    words = ["low", "high"] * 30
    c = pd.Categorical(words, categories=["low", "mid", "high"], ordered=True)
    e = pl.Series("label", words, dtype=pl.Enum(["low", "mid", "high"]))
    frame = pd.DataFrame({"label": c})
    return {"pandas": frame, "polars": pl.DataFrame([e]), "dict": {"label": c}} | {
        "pyarrow": pa.Table.from_pandas(frame)
    }


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow", "dict"])
def test_case_38_categories_without_rows_are_classes(kind):
    p = np.tile([[0.8, 0.1, 0.1], [0.1, 0.1, 0.8]], (30, 1))
    data = rl.read(with_categories()[kind], label="label", probs=p)
    assert data.labels.names == ("low", "mid", "high")
    assert data.labels.y.tolist() == [0, 2] * 30
    notes = " | ".join(data.source["notes"])
    assert "categories, in their order: 'low', 'mid', 'high'; mid has no item" in notes
    assert "stand for the classes in this order: ['low', 'mid', 'high']" in notes
    fewer = rl.read(with_categories()[kind], label="label", probs=p[:, [0, 2]] / 0.9)
    assert fewer.labels.names == ("low", "high")
    assert "no columns for the classes that no label has: ['mid']" in fewer.source["notes"][-2]


# names and quantities


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (["caf\u00e9", "cafe\u0301", "bar"], "'caf\u00e9', 'cafe\\u0301'"),
        (["Cat", "cat", "dog"], "'Cat', 'cat'"),
        (["cat", "cat\u200b", "dog"], "'cat', 'cat\\u200b'"),
        (["cat", "cat ", "dog"], "'cat', 'cat '"),
    ],
)
def test_case_37_names_that_look_alike_are_pointed_out_and_mended_on_request(
    names, shown, tmp_path
):
    path = table(tmp_path / "a.csv", text=[f"text number {i}" for i in range(60)], label=names * 20)
    out = run("audit", path, "--label", "label", "--text", "text", "--dry-run")
    assert "differ only in spaces, capitals, Unicode form" in out
    data = rl.read(path, label="label")
    assert data.labels.k == 3
    said = next(note for note in data.source["notes"] if "differ only" in note)
    assert all(name in said for name in shown.split(", "))
    out = run("audit", path, "--label", "label", "--text", "text", "--merge-alike", "--dry-run")
    assert "2 classes" in out
    assert "names of classes mended" in out
    assert rl.read(path, label="label", merge_alike=True).labels.y.max() == 1


def test_case_35_whole_numbers_of_many_levels_look_like_a_quantity(tmp_path):
    levels = np.random.default_rng(0).integers(1, 100, 200).tolist()
    path = table(tmp_path / "a.csv", a=[f"{v * 1.5}" for v in levels], target=levels)
    out = run("audit", path, "--label", "target", "--dry-run")
    assert f"{len(set(levels))} different whole numbers from" in out
    assert "look like a quantity and are taken as classes; --kind numbers takes" in out
    codes = table(tmp_path / "b.csv", y=[row % 30 for row in range(600)])
    assert "are taken as codes of classes; if they are a quantity" in str(
        rl.read(codes, label="y").source["notes"]
    )
    few = table(tmp_path / "c.csv", y=[row % 20 for row in range(600)])
    assert "quantity" not in str(rl.read(few, label="y").source["notes"])


# streams of Hugging Face


def test_case_12_a_stream_is_read_to_its_end():
    datasets = pytest.importorskip("datasets")
    rows = {"text": ["a fine film", "a dull film"], "label": ["x", "y"]}
    whole = datasets.Dataset.from_dict(rows)
    data = rl.read(whole.to_iterable_dataset(), label="label", text="text")
    assert told(data.labels) == ["x", "y"]
    assert "a stream was read to its end: 2 rows" in data.source["notes"]
    both = datasets.DatasetDict({"train": whole, "test": whole})
    assert rl.read(both, label="label", text="text").evidence["split"].tolist() == [
        *("train", "train", "test", "test")
    ]


def test_masked_and_zero_dimensional_values_in_a_list_are_what_they_hold():
    masked = np.ma.masked_array([1, 2, 1], mask=[0, 1, 0])
    assert of(list(masked)).y.tolist() == [0, -1, 0]
    labels = of([np.array("cat"), np.array("dog"), np.ma.masked])
    assert (labels.names, labels.y.tolist()) == (("cat", "dog"), [0, 1, -1])


@pytest.mark.parametrize(
    ("form", "first", "number"),
    [
        ("${}.50", "$100.50", "100.5"),
        ("1,{:03}", "1,100", "1100"),
        ("{},5 %", "100,5 %", "100.5"),
        ("€ {}", "€ 100", "100"),
    ],
)
def test_quantities_with_marks_in_them_are_numbers(form, first, number, tmp_path):
    path = tmp_path / "prices.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["a", "target"])
        rows.writerows([row % 7, form.format(100 + row % 70)] for row in range(200))
    done = CliRunner().invoke(app, ["audit", str(path), "--label", "target", "--dry-run"])
    assert done.exit_code == 0
    assert f"column 'target': {first!r} is read as the number {number}" in done.output
    assert "column 'target' is taken as numbers (--kind classes if not)" in done.output


@pytest.mark.parametrize("form", ["00{}", "c{}", "{}a"])
def test_codes_of_digits_are_no_quantities(form):
    read = rl.read(label=[form.format(row % 70) for row in range(200)], features=np.ones((200, 1)))
    assert not [note for note in read.source["notes"] if "quantity" in note]


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("writer", ["to_parquet", "to_feather"])
def test_categories_that_no_row_has_come_through_a_file(ordered, writer, tmp_path):
    names = ["low", "mid", "high"]
    column = pd.Categorical(["low", "high"] * 30, categories=names, ordered=ordered)
    path = tmp_path / ("c.parquet" if writer == "to_parquet" else "c.arrow")
    getattr(pd.DataFrame({"label": column}), writer)(path)
    p = np.tile([[0.8, 0.1, 0.1], [0.1, 0.1, 0.8]], (30, 1))
    read = rl.read(path, label="label", probs=p)
    assert (read.labels.names, read.labels.y[:2].tolist()) == (tuple(names), [0, 2])
    assert any("'low', 'mid', 'high'; mid has no item" in note for note in read.source["notes"])


def test_a_dictionary_that_only_saves_space_gives_sorted_classes():
    assert of(pa.array(["b", "a", None]).dictionary_encode()).names == ("a", "b")


def test_categories_of_decimals_may_describe_the_items_and_are_no_label():
    frame = pd.DataFrame({"label": ["a", "b"] * 30, "size": pd.Categorical([1.5, 2.5] * 30)})
    assert rl.read(frame, label="label").labels.names == ("a", "b")
    with pytest.raises(ValueError, match=r"label 1\.5 in row 0 is not a whole number"):
        rl.read(frame, label="size")


def test_a_list_with_masked_values_is_audited():
    labels = list(np.ma.masked_array([1, 2, 1] * 20, mask=[0, 1, 0] * 20))
    found = rl.audit(labels, features=np.random.default_rng(0).random((60, 2)))
    assert (found.data.labels.y == -1).sum() == 20
