import os
import subprocess
import sys
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import reliabel as rl
from reliabel.core.raw_labels import encode
from reliabel.verbs.read import read

TEXTS = ["a long enough first text", "another quite long text", "the third of the long texts"]


def names(data):
    return [None if c < 0 else data.labels.names[c] for c in data.labels.y.tolist()]


def refusal(source, **words):
    with pytest.raises(ValueError) as error:
        read(source, **words)
    return str(error.value)


def csv(tmp_path, raw, name="in.csv"):
    (tmp_path / name).write_text(raw, encoding="utf-8")
    return tmp_path / name


def test_a_csv_of_texts_is_understood_and_every_guess_is_said(tmp_path):
    path = csv(
        tmp_path,
        "id,review,label,stars,split\n"
        + "".join(
            f"x{i},{text},{'pos' if i else ''},{i}.5,{'test' if i else 'train'}\n"
            for i, text in enumerate(TEXTS)
        ),
    )
    data = read(path)
    assert names(data) == [None, "pos", "pos"]
    assert data.evidence["items"] == TEXTS
    assert data.ids.items == ("x0", "x1", "x2")
    assert data.evidence["split"].tolist() == ["train", "test", "test"]
    assert data.evidence["columns"]["stars"].tolist() == [0.5, 1.5, 2.5]
    assert data.source["columns"] == {
        "label": "label",
        "text": "review",
        "id": "id",
        "split": "split",
    }
    assert (
        data.source["task"],
        data.source["table"],
        data.source["rows"],
        data.source["form"],
    ) == ("text", "pyarrow", 3, "csv")
    assert data.source["path"] == str(path)
    assert len(data.source["sha256"]) == 64
    for said in (
        "labels: column 'label'",
        "ids: column 'id'",
        "texts: column 'review'",
        "splits: column 'split', test, train",
    ):
        assert any(sentence.startswith(said) for sentence in data.source["notes"]), said


def test_every_guess_can_be_overruled(tmp_path):
    path = csv(
        tmp_path,
        "id,key,review,title,label\n"
        + "".join(f"{i},k{i},{text},{text[:4]}{i},a\n" for i, text in enumerate(TEXTS)),
    )
    data = read(path, label="label", id="key", text=["title", "review"])
    assert data.ids.items == ("k0", "k1", "k2")
    assert data.evidence["items"][0] == "a lo0\na long enough first text"
    assert data.source["columns"]["text"] == ["title", "review"]


def test_text_and_label_in_one_column_are_refused(tmp_path):
    assert "column 'label' holds the labels and cannot be text too" in refusal(
        csv(tmp_path, "label,x\na,1\n"), label="label", text="label"
    )


def test_table_rows_have_numbers_categories_dates_and_missing_values(tmp_path):
    path = csv(
        tmp_path, ",age,town,day,label\n0,31,Athens,2024-01-02,a\n1,,Volos,2024-01-03,b\n2,40,,,b\n"
    )
    items = read(path).evidence["items"]
    assert list(items) == ["age", "town", "day"]  # the nameless column only counts rows
    assert items["age"].dtype == float
    assert np.isnan(items["age"][1])
    assert items["town"].tolist() == ["Athens", "Volos", None]
    assert items["day"].dtype.kind == "M"
    assert np.isnat(items["day"][2])


def test_groups_are_whole_numbers_and_no_group_is_a_group_of_its_own(tmp_path):
    data = read(csv(tmp_path, "label,x,who\na,1,p\nb,2,\na,3,p\nb,4,\n"), group="who")
    assert data.evidence["groups"].tolist() == [0, 1, 0, 2]
    assert list(data.evidence["items"]) == ["x"]


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        (["1", "10", "2", ""], ("1", "2", "10")),
        (["01", "1", "1", "2"], ("01", "1", "2")),
        (["1.0", "2.0", "10.0", ""], ("1", "2", "10")),
        (["1.00", "2.00", "2.00", "1.00"], ("1.00", "2.00")),
        (["true", "false", "true", ""], ("false", "true")),
        (["NA", "a", "b", ""], ("NA", "a", "b")),
        ([" a", "a", "b", "b"], (" a", "a", "b")),
        (["θετικό", "αρνητικό", "", "θετικό"], ("αρνητικό", "θετικό")),
        (["1e5", "2e5", "1e5", "2e5"], ("1e5", "2e5")),
    ],
)
def test_labels_of_a_text_file_keep_their_spelling(tmp_path, cells, found):
    data = read(
        csv(tmp_path, "label,x\n" + "".join(f"{cell},{i}\n" for i, cell in enumerate(cells)))
    )
    assert data.labels.names == found
    assert [cell == "" for cell in cells] == (data.labels.y < 0).tolist()


def test_what_looks_odd_about_labels_is_said(tmp_path):
    said = read(csv(tmp_path, "label,x\nNA,1\nPos,2\npos,3\n")).source["notes"]
    assert "column 'label': 'NA' counts as a class (missing='NA' makes it missing)" in said
    assert any(
        "column 'label': classes that differ only in spaces, capitals, " in s
        and "'Pos', 'pos' (merge_alike=True makes one of them)" in s
        for s in said
    )
    assert names(read(tmp_path / "in.csv", missing=["NA"])) == [None, "Pos", "pos"]
    assert (
        "column 'label' holds no label at all"
        in read(csv(tmp_path, "label,x\n,1\n,2\n")).source["notes"]
    )
    assert any(
        "'a;b' looks like several labels in one cell; separator=';'" in s
        for s in read(csv(tmp_path, "label,x\na;b,1\na,2\n")).source["notes"]
    )
    many = "label,x\n" + "".join(f"l{i},1\n" for i in range(60))
    assert any("is it the label column?" in s for s in read(csv(tmp_path, many)).source["notes"])


@pytest.mark.parametrize(
    ("raw", "words", "says"),
    [
        (
            "text,sentiment\na,b\n",
            {"label": "sentimnt"},
            "there is no column 'sentimnt' for label, did you mean 'sentiment'? The columns are "
            "'text', 'sentiment'",
        ),
        ("text,Label \na,b\n", {"label": "label"}, "did you mean 'Label '?"),
        (
            "a,b\n1,2\n",
            {"label": "zzz"},
            "there is no column 'zzz' for label. The columns are 'a', 'b'",
        ),
        (
            "a,b\n1,2\n",
            {},
            "which column holds the labels? none is called label, labels, target, class; name it "
            "with label=",
        ),
        ("label,target\n1,2\n", {}, "'label', 'target' could all be it"),
        (
            "label,x\n0.5,1\n1.5,2\n",
            {"kind": "classes"},
            "label 0.5 in row 0 is not a whole number; class labels are text, whole numbers or "
            "booleans (bin the numbers first; quantities are rl.Numbers)",
        ),
        (
            "id,label\n1,a\n1,b\n",
            {"id": "id"},
            "column 'id': ids of items must differ: '1' stands in rows 0 and 1",
        ),
        ("id,label\n1,a\n,b\n", {"id": "id"}, "column 'id' holds no id in row 1"),
        (
            "label,picture\na,1.png\nb,2.png\n",
            {},
            "none of the 2 pictures of column 'picture' is there; looked for",
        ),
        (
            "a,b,x\n1,2,0\n0,1,1\n",
            {"label": ["a", "b"]},
            "column 'b' must hold 0 or 1 (or yes/no, or nothing), row 0 holds 2",
        ),
        ("a,b\n1,2\n", {"label": ["a", "a"]}, "a column stands twice in label"),
        ("label,x\na,1\nb,2\n", {"rows": 0}, "rows must be at least 1, got 0"),
        (
            "label,x\na,1\nb,2\n",
            {"kind": "numbers"},
            "column 'label' must hold numbers, row 0 holds 'a'",
        ),
        (
            "label,x\na,1\nb,2\n",
            {"kind": "colours"},
            "kind must be one of auto, classes, numbers, functions, comparisons, sets, candidates, "
            "rankings, "
            "texts, spans, boxes, regions, got 'colours'",
        ),
        (
            "label,x\na,1\nb,2\n",
            {"features": np.zeros((3, 2))},
            "features has 3 rows, the labels have 2",
        ),
        (
            "label,x\na,1\nb,2\n",
            {"probs": np.full((2, 3), 1 / 3)},
            "probs has 3 columns, the labels have 2 classes ['a', 'b']",
        ),
    ],
)
def test_bad_input(tmp_path, raw, words, says):
    assert says in refusal(csv(tmp_path, raw), **words)


def test_a_column_of_records_is_refused_with_its_row():
    assert "column 'label' holds dicts, in row 1 {'a': 1}; a label is one value" in refusal(
        {"label": ["a", {"a": 1}]}, label="label"
    )


def test_several_label_columns_make_a_multi_label_set(tmp_path):
    data = read(csv(tmp_path, "sport,art,x\n1,no,5\nyes,,6\n0.0,true,7\n"), label=["sport", "art"])
    assert data.labels.y.tolist() == [[1, 0], [1, -1], [0, 1]]
    assert data.labels.names == ("sport", "art")
    assert list(data.evidence["items"]) == ["x"]


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow", "dict"])
def test_tables_of_every_library_give_the_same_data(kind):
    rows = {"text": [*TEXTS[:2], None], "y": [3, 1, None], "when": [1.5, 2.5, 3.5]}
    frame = {"pandas": pd.DataFrame, "polars": pl.DataFrame, "pyarrow": pa.table, "dict": dict}[
        kind
    ](rows)
    data = read(frame, label="y", text="text")
    assert names(data) == ["3", "1", None]
    assert data.labels.names == ("1", "3")
    assert data.evidence["items"] == [*TEXTS[:2], ""]
    assert "1 text is empty" in data.source["notes"]
    assert data.source["table"] == kind
    assert data.source.get("frame") is frame or kind == "dict"


def test_categories_booleans_and_nullable_columns_of_pandas():
    frame = pd.DataFrame(
        {
            "c": pd.Categorical(["b", None, "a"]),
            "b": pd.array([True, None, False], dtype="boolean"),
            "i": pd.array([2, None, 10], dtype="Int64"),
        }
    )
    assert names(read(frame, label="c")) == ["b", None, "a"]
    assert read(frame, label="b").labels.names == ("False", "True")
    assert names(read(frame, label="i")) == ["2", None, "10"]


def test_tensors():
    torch = pytest.importorskip("torch")
    data = read(
        label=torch.tensor([0, 1, 1]),
        features=torch.ones(3, 4),
        probs=np.full((3, 2), 0.5, dtype=np.float32),
    )
    assert data.labels.y.tolist() == [0, 1, 1]
    assert data.evidence["features"].shape == (3, 4)
    assert (data.source["table"], data.source["task"]) == ("arrays", "arrays")


def test_arrays():
    assert read(np.ones((2, 3)), label=["x", None]).evidence["features"].shape == (2, 3)
    assert read(label=np.array([[1, 0], [0, -1]])).labels.y.tolist() == [[1, 0], [0, -1]]
    assert read(label=[0.5, None], kind="numbers").labels.y[0] == 0.5
    assert read(label=[[1.0, 0.0], [float("nan"), 1.0]]).labels.y.tolist() == [[1, 0], [-1, 1]]
    several = read(label=[["a"], ["a", "b"], [], None])
    assert several.labels.y.tolist() == [[1, 0], [1, 1], [0, 0], [-1, -1]]
    assert "label holds lists of labels" in several.source["notes"][0]
    assert read(label=[["a"], ["b"]]).labels.y.tolist() == [0, 1]
    assert "a list of {'start': 3}, which is no label" in refusal(
        None, label=[["a"], [{"start": 3}, {"start": 4}]]
    )
    assert "label must be the labels themselves" in refusal(None, label="y")
    assert "label must be the labels themselves" in refusal(np.ones((2, 2)))
    assert "cannot read a int" in refusal(3, label="y")


def test_probabilities_of_a_file_meet_the_classes(tmp_path):
    path = csv(tmp_path, "label,x\nb,1\na,2\n")
    np.savez(tmp_path / "p.npz", probs=np.array([[0.9, 0.1], [0.2, 0.8]]), names=["b", "a"])
    data = read(path, probs=tmp_path / "p.npz")
    assert data.evidence["probs"].tolist() == [[0.1, 0.9], [0.8, 0.2]]
    np.savez(tmp_path / "q.npz", probs=np.array([[0.9, 0.1], [0.2, 0.8]]), names=["b", "c"])
    assert "['a', 'b'], q.npz has 2 columns ['b', 'c']" in refusal(path, probs=tmp_path / "q.npz")
    frame = pd.DataFrame([[0.9, 0.1], [0.2, 0.8]], columns=["b", "a"])
    assert read(path, probs=frame).evidence["probs"].tolist() == [[0.1, 0.9], [0.8, 0.2]]
    assert read(path, probs=pd.DataFrame([[0.9, 0.1], [0.2, 0.8]])).evidence["probs"].tolist() == [
        [0.9, 0.1],
        [0.2, 0.8],
    ]


def test_features_from_a_file_that_stays_on_disk_or_from_a_column(tmp_path):
    np.save(tmp_path / "f.npy", np.eye(2))
    assert isinstance(
        read({"y": ["a", "b"]}, label="y", features=tmp_path / "f.npy").evidence["features"],
        np.memmap,
    )
    table = pa.table({"y": ["a", "b"], "e": [[1.0, 2.0], [3.0, 4.0]]})
    data = read(table, label="y", features="e")
    assert data.evidence["features"].tolist() == [[1, 2], [3, 4]]
    assert data.source["task"] == "arrays"
    pq.write_table(pa.table({"a": [1.0, 2.0]}), tmp_path / "f.parquet")
    assert read(table, label="y", features=tmp_path / "f.parquet").evidence["features"].shape == (
        2,
        1,
    )


def test_some_random_rows_keep_their_numbers_classes_and_evidence(tmp_path):
    path = csv(
        tmp_path,
        "label,x,split\n"
        + "".join(f"{'abc'[i % 3]},{i},{'train' if i else 'test'}\n" for i in range(50)),
    )
    features = np.arange(50.0)[:, None]
    data = read(path, rows=4, seed=1, features=features)
    row = data.source["row"]
    assert len(data.labels) == 4
    assert data.labels.names == ("a", "b", "c")
    assert data.ids.items == tuple(map(str, row.tolist()))
    assert (np.diff(row) > 0).all()
    assert (
        data.evidence["features"][:, 0].tolist()
        == row.tolist()
        == data.evidence["items"]["x"].tolist()
    )
    assert (
        read(path, rows=4, seed=1).ids.items
        == data.ids.items
        != read(path, rows=4, seed=2).ids.items
    )
    assert len(read(path, rows=500).labels) == 50


def test_pictures_are_found_beside_their_table(tmp_path):
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "1.png").write_bytes(b"x")
    data = read(csv(tmp_path, "picture,label\np/1.png,a\np/2.png,b\n"))
    assert data.evidence["items"] == [str(tmp_path / "p" / "1.png"), str(tmp_path / "p" / "2.png")]
    assert data.source["task"] == "image"
    assert "1 picture is missing" in data.source["notes"]


def test_a_folder_of_pictures(tmp_path):
    for name in ("train/cat/1.png", "test/dog/2.png"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_bytes(b"x")
    data = read(tmp_path)
    assert names(data) == ["dog", "cat"]
    assert data.ids.items == ("test/dog/2.png", "train/cat/1.png")
    assert data.evidence["items"][0] == str(tmp_path / "test/dog/2.png")
    assert data.evidence["split"].tolist() == ["test", "train"]


def test_an_audit_folder_is_not_data(tmp_path):
    (tmp_path / "audit.json").write_text("{}")
    assert "is an audit folder, not data" in refusal(tmp_path)


def test_reading_a_csv_loads_nothing_that_it_does_not_need(tmp_path):
    path = csv(tmp_path, "label,x\na,1\nb,2\n")
    heavy = (
        "polars",
        "torch",
        "sklearn",
        "scipy",
        "matplotlib",
    )  # pyarrow itself imports pandas where it is installed
    code = (
        f"import sys; from reliabel.verbs.read import read; read({str(path)!r}); print([m for m in "
        f"{heavy} if m in sys.modules])"
    )
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.strip()
        == "[]"
    )


@given(st.lists(st.one_of(st.none(), st.text(max_size=4)), max_size=12))
def test_encoding_text_labels_loses_nothing(values):
    y, found = encode(values)
    assert [None if c < 0 else found[c] for c in y.tolist()] == [
        v if v is not None and v.strip() else None for v in values
    ]
    assert sorted(found) == sorted(set(found))


@given(
    st.lists(st.one_of(st.none(), st.integers(-(2**60), 2**60), st.just(float("nan"))), max_size=12)
)
def test_encoding_whole_numbers_sorts_them_as_numbers(values):
    y, found = encode(values)
    assert [None if c < 0 else int(found[c]) for c in y.tolist()] == [
        None if v is None or v != v else v for v in values
    ]
    assert list(map(int, found)) == sorted(set(map(int, found)))


def test_the_example_of_the_readme_runs_on_a_frame():
    data = read(
        pd.DataFrame({"review": TEXTS, "sentiment": ["a", "b", "a"]}),
        label="sentiment",
        text="review",
    )
    assert isinstance(data.labels, rl.Classes)
    assert len(data) == 3


@pytest.fixture
def real():
    folder = os.environ.get("RELIABEL_DATA")
    if not folder:
        pytest.skip("RELIABEL_DATA is not set")
    return Path(folder)


@pytest.mark.real
def test_real_files_are_understood_without_a_word(real):
    intents = read(real / "text" / "banking77_train.parquet")
    assert (
        len(intents),
        intents.labels.k,
        intents.source["task"],
        intents.source["columns"]["text"],
    ) == (10003, 77, "text", "text")
    news = read(real / "text" / "ag_news_test.parquet", text=["title", "body"])
    assert (len(news), news.labels.k) == (7600, 4)


@pytest.mark.real
def test_real_files_come_back_from_a_csv_with_windows_line_ends_unchanged(real, tmp_path):
    frame = pd.read_parquet(real / "text" / "banking77_test.parquet")
    frame.to_csv(tmp_path / "in.csv", index=False, encoding="utf-8-sig", lineterminator="\r\n")
    data = read(tmp_path / "in.csv")
    assert data.evidence["items"] == frame["text"].tolist()
    assert names(data) == frame["label"].astype(str).tolist()
    rl.apply(data, decisions={"id": ["0"], "verdict": ["keep"]}, out=tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "in.csv").read_bytes()


@pytest.mark.real
def test_real_votes_are_counted(real):
    data = read(
        real / "crowd" / "rte" / "votes.parquet", item="task", worker="worker", label="label"
    )
    assert (len(data.labels), data.labels.n, data.labels.w) == (8000, 800, 164)


def test_large_whole_numbers_beside_a_missing_one_stay_apart():
    assert encode([2**53, 2**53 + 1, float("nan")])[1] == (str(2**53), str(2**53 + 1))


def test_short_texts_are_texts_where_they_are_all_there_is():
    data = read({"name": [f"buy shoe {i}" for i in range(20)], "label": ["a", "b"] * 10})
    assert data.source["task"] == "text"
    assert (
        "texts: column 'name', the only one beside the labels (text= names another)"
        in data.source["notes"]
    )
    assert read({"town": ["Rome", "Oslo"] * 10, "label": ["a", "b"] * 10}).source["task"] == "table"


def test_chinese_texts_are_as_long_as_what_they_say():
    texts = [f"今天这个电影很好看第{i}次" for i in range(20)]
    data = read({"评论": texts, "stars": list(range(1, 5)) * 5, "label": ["好", "坏"] * 10})
    assert data.evidence["items"] == texts


def test_dates_and_decimals_as_python_objects_are_facts_of_a_row(tmp_path):
    day = [date(2021, 1, 1) + timedelta(days=7 * i) for i in range(60)]
    price = [Decimal(i % 7) / 4 for i in range(60)]
    data = read(
        {"day": day, "price": price, "label": ["early"] * 30 + ["late"] * 30}, label="label"
    )
    assert list(data.evidence["items"]) == ["day", "price"]
    done = rl.audit(data, folder=tmp_path, by=["self_confidence"])
    assert done.info["model"]["accuracy"] > 0.9


def test_a_column_called_text_holds_the_texts_however_often_they_repeat():
    data = read(
        {
            "text": [f"number {i % 8}" for i in range(40)],
            "size": list(range(40)),
            "label": ["a", "b"] * 20,
        }
    )
    assert data.source["columns"]["text"] == "text"


def test_words_among_numbers_mean_no_label_unless_the_user_names_the_words(tmp_path):
    (tmp_path / "in.csv").write_text(
        "note,label\nan apple,1\na pear,NA\na plum,\na fig,3\na nut,-\n"
    )
    data = read(tmp_path / "in.csv", label="label")
    assert names(data) == ["1", None, None, "3", None]
    assert (
        "column 'label': '-', 'NA' among its numbers means no label (missing= names the words "
        "that do)" in data.source["notes"]
    )
    assert names(read(tmp_path / "in.csv", label="label", missing=["-"])) == [
        "1",
        "NA",
        None,
        "3",
        None,
    ]
    both = read(tmp_path / "in.csv", label="label", missing=["-", "NA"])
    assert names(both) == ["1", None, None, "3", None]
    assert not any("among its numbers" in sentence for sentence in both.source["notes"])


def test_a_delimiter_is_a_character_or_its_name(tmp_path):
    (tmp_path / "in.csv").write_text("note|label\nx, y|a\nz, w|b\n")
    for word in ("|", "bar"):
        assert names(read(tmp_path / "in.csv", label="label", delimiter=word)) == ["a", "b"]
    (tmp_path / "in.txt").write_text("note\tlabel\nx\ta\nz\tb\n")
    for word in ("\t", "\\t", "tab"):
        assert names(read(tmp_path / "in.txt", label="label", delimiter=word)) == ["a", "b"]
    with pytest.raises(
        ValueError,
        match="a delimiter is one character, or one of comma, semicolon, tab, bar; got 'pipe'",
    ):
        read(tmp_path / "in.csv", label="label", delimiter="pipe")


def test_numbers_are_no_pictures():
    with pytest.raises(ValueError, match=r"column 'x' holds no pictures but 0.5; wanted are paths"):
        read({"x": [0.5, 1.5], "label": ["a", "b"]}, image="x")


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ([f"{row / 7:.3f}" for row in range(60)], "Numbers"),
        ([str(1000 + 37 * row) for row in range(60)], "Numbers"),
        ([str(row % 30) for row in range(60)], "Classes"),
        (["0.0", "1.0"] * 30, "Classes"),
        ([f"id {row}" for row in range(60)], "Classes"),
    ],
)
def test_a_quantity_is_read_as_numbers_and_codes_as_classes(tmp_path, cells, kind):
    path = csv(tmp_path, "label,x\n" + "".join(f"{cell},{row}\n" for row, cell in enumerate(cells)))
    data = rl.read(path, label="label")
    assert type(data.labels).__name__ == kind
    told = any("is taken as numbers (kind='classes' if not)" in one for one in data.source["notes"])
    assert told == (kind == "Numbers")


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("about 3", "column 'label' must hold numbers, row 7 holds 'about 3' (1 such cell of 60)"),
        ("inf", "column 'label': row 7 holds inf, which is no number to audit (1 such cell)"),
    ],
)
def test_what_is_no_number_among_numbers_is_told_with_its_row(tmp_path, cell, says):
    cells = [f"{row / 7:.3f}" for row in range(60)]
    cells[7] = cell
    path = csv(tmp_path, "label,x\n" + "".join(f"{one},{row}\n" for row, one in enumerate(cells)))
    assert says in refusal(path)
    assert says in refusal(path, kind="numbers")


def test_dates_as_numbers_are_refused_with_what_to_do(tmp_path):
    days = "".join(f"2024-01-{1 + row % 28:02d},{row}\n" for row in range(30))
    found = refusal(csv(tmp_path, "label,x\n" + days), kind="numbers")
    assert "row 0 holds" in found
    assert "for dates count the days from one day on" in found


def test_words_that_mean_no_number(tmp_path):
    path = csv(
        tmp_path, "label,x\n" + "".join(f"{row / 7},{row}\n" for row in range(30)) + "?!,9\n"
    )
    data = rl.read(path, label="label", kind="numbers", missing=["?!"])
    assert np.isnan(data.labels.y[-1])
