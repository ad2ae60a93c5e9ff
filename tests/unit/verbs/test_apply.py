import json
import os

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import reliabel as rl
from reliabel.core.dataset import Dataset, Ids
from reliabel.core.labels import Classes, Grouped, MultiLabel
from reliabel.core.results import Decision
from reliabel.folders.audit_folder import save
from reliabel.verbs.apply import apply
from reliabel.verbs.read import read

RAW = (
    '\ufeffid,κείμενο,ετικέτα\r\n001,"Ένα ""πολύ"" καλό,\r\nέργο αλήθεια",θετικό\r\n'
    '002,κακό και βαρετό έργο πάντα,αρνητικό\r\n003,"τίποτα ""x"" το ιδιαίτερο εδώ",αρνητικό\r\n'
)


@pytest.fixture
def greek(tmp_path):
    (tmp_path / "in.csv").write_bytes(RAW.encode())
    return read(tmp_path / "in.csv", label="ετικέτα", text="κείμενο")


def test_a_csv_changes_in_the_decided_cells_and_nowhere_else(tmp_path, greek):
    (tmp_path / "d.csv").write_text(
        "id,verdict,label\n001,keep,\n002,change,θετικό\n003,drop,\n", encoding="utf-8"
    )
    done = apply(greek, decisions=tmp_path / "d.csv", out=tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_bytes().decode() == RAW.replace(
        "πάντα,αρνητικό", "πάντα,θετικό"
    ).rsplit("003", 1)[0]
    counts = ("kept", "changed", "dropped", "unsure", "undecided", "disagreed")
    assert {k: done[k] for k in counts} == {
        "kept": 1, "changed": 1, "dropped": 1, "unsure": 0, "undecided": 0, "disagreed": 0,
    }  # fmt: skip
    assert (tmp_path / "in.csv").read_bytes() == RAW.encode()


@pytest.mark.parametrize("suffix", ["tsv", "jsonl", "json", "parquet", "arrow"])
def test_every_format_comes_out(tmp_path, greek, suffix):
    apply(
        greek,
        decisions=[Decision("002", "change", label="θετικό"), Decision("003", "drop")],
        out=tmp_path / f"o.{suffix}",
    )
    again = read(tmp_path / f"o.{suffix}", label="ετικέτα", text="κείμενο", id="id")
    assert again.ids.items == ("001", "002")
    assert [again.labels.names[c] for c in again.labels.y] == ["θετικό", "θετικό"]
    assert again.evidence["items"] == greek.evidence["items"][:2]


def test_labels_are_written_as_the_file_spells_them(tmp_path):
    (tmp_path / "in.csv").write_text("x,y\n1.50,1.0\n2,2.0\n3,2.0\n")
    data = read(tmp_path / "in.csv", label="y")
    apply(data, decisions=[Decision("0", "change", label="2")], out=tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text() == "x,y\n1.50,2.0\n2,2.0\n3,2.0\n"


def test_jsonl_and_parquet_keep_types_and_other_fields(tmp_path):
    (tmp_path / "in.jsonl").write_text('{"y": 1, "more": {"a":  1}}\n{"y": 0}\n{"y": null}\n')
    apply(
        read(tmp_path / "in.jsonl", label="y"),
        decisions=[Decision("1", "change", label="1"), Decision("2", "change", label="0")],
        out=tmp_path / "o.jsonl",
    )
    assert (tmp_path / "o.jsonl").read_text() == '{"y": 1, "more": {"a":  1}}\n{"y": 1}\n{"y": 0}\n'
    table = pa.table(
        {"y": pa.array(["a", "b"]).dictionary_encode(), "x": pa.array([1, 2], pa.int8())}
    )
    pq.write_table(table, tmp_path / "in.parquet")
    apply(
        read(tmp_path / "in.parquet", label="y"),
        decisions=[Decision("0", "change", label="b")],
        out=tmp_path / "o.parquet",
    )
    assert pq.read_table(tmp_path / "o.parquet").to_pylist() == [
        {"y": "b", "x": 1},
        {"y": "b", "x": 2},
    ]
    assert pq.read_schema(tmp_path / "o.parquet").field("x").type == pa.int8()


def test_rows_drawn_at_random_are_put_back_in_their_place(tmp_path):
    (tmp_path / "in.csv").write_text("x,y\n" + "".join(f"{i},{'ab'[i % 2]}\n" for i in range(40)))
    data = read(tmp_path / "in.csv", label="y", rows=5, seed=3)
    chosen = int(data.ids.item(2))
    apply(data, decisions=[Decision(str(chosen), "drop")], out=tmp_path / "out.csv")
    left = [int(line.split(",")[0]) for line in (tmp_path / "out.csv").read_text().split()[1:]]
    assert left == [i for i in range(40) if i != chosen]


def test_the_last_row_of_a_person_wins_by_time_and_people_who_disagree_are_unsure(tmp_path):
    data = Dataset(Classes.of(["a", "b", "a", "b"]))
    (tmp_path / "d.csv").write_text(
        "id,verdict,label,who,at\n0,drop,,ann,2026-01-02T00:00:00Z\n0,keep,,ann,2026-01-01T00:00:00Z\n"
        "1,change,a,ann,2026-01-01T00:00:00Z\n1,keep,,bob,2026-01-01T00:00:00+02:00\n"
        "2,change,b,ann,2026-01-01T00:00:00\n2,change,b,bob,2026-01-01T00:00:00Z\n"
    )
    done = apply(data, decisions=tmp_path / "d.csv")
    assert (
        done["dropped"],
        done["changed"],
        done["unsure"],
        done["disagreed"],
        done["undecided"],
    ) == (1, 1, 1, 1, 1)
    assert done["labels"].y.tolist() == [1, 1, 1]
    assert "1 label on which people disagree" in done["notes"][0]


def test_without_times_the_order_of_the_file_counts():
    done = apply(
        Dataset(Classes.of(["a", "b"])), decisions={"id": ["0", "0"], "verdict": ["drop", "keep"]}
    )
    assert (done["kept"], done["dropped"]) == (1, 0)


def test_times_count_for_those_who_say_them():
    data = Dataset(Classes.of(["a", "b"]))
    late, early = (
        Decision("0", "drop", who="ann", at="2026-01-02"),
        Decision("0", "keep", who="ann", at="2026-01-01"),
    )
    assert apply(data, decisions=[late, early, Decision("1", "keep", who="bob")])["dropped"] == 1


def test_a_change_to_the_given_label_keeps_it():
    done = apply(Dataset(Classes.of(["a", "b"])), decisions=[Decision("0", "change", label="a")])
    assert (done["kept"], done["changed"]) == (1, 0)


def test_arrays_and_groups_give_labels_back():
    assert apply(Dataset(Classes.of(["a", "b"])), decisions=[Decision("1", "change", label="a")])[
        "labels"
    ].y.tolist() == [0, 0]
    tokens = Grouped(Classes.of(["a", "b", "a"]), np.array([0, 1, 3]))
    done = apply(
        Dataset(tokens),
        decisions=[Decision("1", "change", unit=1, label="b"), Decision("1", "drop", unit=0)],
    )
    assert done["labels"].units.y.tolist() == [0, -1, 1]
    assert done["undecided"] == 1
    assert apply(Dataset(tokens), decisions=[Decision("0", "drop")])["labels"].offsets.tolist() == [
        0,
        2,
    ]


def test_cells_of_several_labels(tmp_path):
    (tmp_path / "in.csv").write_text("t,sport,art\nx,1,0\ny,0,0\nz,1,1\n")
    data = read(tmp_path / "in.csv", label=["sport", "art"])
    decisions = [
        Decision("0", "change", unit=1, label="yes"),
        Decision("1", "drop", unit=0),
        Decision("2", "drop"),
    ]
    done = apply(data, decisions=decisions, out=tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text() == "t,sport,art\nx,1,1\ny,,0\n"
    assert (done["changed"], done["dropped"], done["undecided"]) == (1, 2, 2)
    kept = apply(Dataset(MultiLabel(data.labels.y, data.labels.names)), decisions=decisions)[
        "labels"
    ]
    assert kept.y.tolist() == [[1, 1], [-1, 0]]


@pytest.mark.parametrize("kind", ["pandas", "polars"])
def test_tables_come_back_in_kind(kind):
    rows = {"id": ["x", "y", "z"], "mood": ["good", "bad", None], "n": [1, 2, 3]}
    frame = pd.DataFrame(rows, index=[5, 6, 7]) if kind == "pandas" else pl.DataFrame(rows)
    done = apply(
        read(frame, label="mood"),
        decisions=[Decision("x", "drop"), Decision("z", "change", label="bad")],
    )
    table = done["table"]
    assert type(table) is type(frame)
    assert list(table["mood"]) == ["bad", "bad"]
    assert list(table["n"]) == [2, 3]
    assert list(frame["mood"])[:2] == ["good", "bad"]
    assert kind == "polars" or list(table.index) == [6, 7]


@pytest.mark.parametrize(
    ("decisions", "says"),
    [
        ([Decision("4", "keep")], "1 id of the decisions is not in the audit: '4'"),
        (
            [Decision("0", "change", label="pozitive")],
            "there is no class 'pozitive', did you mean 'positive'?",
        ),
        ([Decision("0", "keep", unit=2)], "has one label, the decision names unit 2"),
        (
            {"id": ["0"], "verdict": ["kep"]},
            "row 1: the verdict 'kep', did you mean 'keep'?; a verdict is one of keep, change, "
            "drop, unsure",
        ),
        ({"id": ["0"], "verdict": [None]}, "row 1: no verdict"),
        ({"id": ["0"], "verdict": ["change"]}, "row 1: change without a label"),
        ({"id": [None], "verdict": ["keep"]}, "row 1: no id"),
        ({"id": ["0"], "verdict": ["keep"], "unit": ["x"]}, "the unit 'x' is not a whole number"),
        (
            {"id": ["0"], "verdict": ["keep"], "at": ["yesterday"]},
            "the time 'yesterday' is not like",
        ),
        ({"id": ["0"], "verdikt": ["keep"]}, "there is no column 'verdict'"),
    ],
)
def test_bad_decisions(decisions, says):
    with pytest.raises(ValueError) as error:
        apply(Dataset(Classes.of(["positive", "negative"])), decisions=decisions)
    assert says in str(error.value)


def test_new_classes_are_asked_for():
    data = Dataset(Classes.of(["a", "b"]), ids=Ids(["x", "y"]))
    done = apply(data, decisions=[Decision("x", "change", label="c")], new_classes=True)
    assert done["labels"].names == ("a", "b", "c")
    assert done["labels"].y.tolist() == [2, 1]
    assert "new classes: 'c'" in done["notes"][0]


def test_never_in_place_by_any_name(tmp_path, greek, monkeypatch):
    one = [Decision("001", "keep")]
    os.symlink(tmp_path / "in.csv", tmp_path / "link.csv")
    os.link(tmp_path / "in.csv", tmp_path / "hard.csv")
    monkeypatch.chdir(tmp_path)
    for out in (
        tmp_path / "in.csv",
        "in.csv",
        "./x/../in.csv",
        tmp_path / "link.csv",
        tmp_path / "hard.csv",
    ):
        with pytest.raises(ValueError, match="is the input itself, which is never changed"):
            apply(greek, decisions=one, out=out, overwrite=True)
    (tmp_path / "there.csv").write_text("precious")
    with pytest.raises(ValueError, match="is there already; give another name, or overwrite=True"):
        apply(greek, decisions=one, out=tmp_path / "there.csv")
    with pytest.raises(ValueError, match="say where the new file goes"):
        apply(greek, decisions=one)
    with pytest.raises(ValueError, match="none were given"):
        apply(greek, out=tmp_path / "o.csv")
    assert (tmp_path / "there.csv").read_text() == "precious"
    assert (tmp_path / "in.csv").read_bytes() == RAW.encode()
    apply(greek, decisions=one, out=tmp_path / "there.csv", overwrite=True)
    assert (tmp_path / "there.csv").read_bytes() == RAW.encode()


def test_the_input_must_be_the_audited_one(tmp_path, greek):
    then = greek.source["sha256"]
    (tmp_path / "moved.csv").write_bytes(RAW.encode())
    (tmp_path / "in.csv").write_bytes(RAW.encode() + b"\r\n")
    with pytest.raises(
        ValueError,
        match=f"not the file that was audited: its SHA-256 is [0-9a-f]{{64}}, the audited one's "
        f"{then}",
    ):
        apply(greek, decisions=[Decision("001", "keep")], out=tmp_path / "o.csv")
    (tmp_path / "in.csv").unlink()
    with pytest.raises(ValueError, match="is not there any more; say where it is now with source="):
        apply(greek, decisions=[Decision("001", "keep")], out=tmp_path / "o.csv")
    assert not (tmp_path / "o.csv").exists()
    apply(
        greek,
        decisions=[Decision("001", "keep")],
        out=tmp_path / "o.csv",
        source=tmp_path / "moved.csv",
    )
    assert (tmp_path / "o.csv").read_bytes() == RAW.encode()


def test_a_failed_write_leaves_nothing_behind(tmp_path, greek, monkeypatch):
    from reliabel.formats import delimited

    def full(path, out, *rest, **words):
        out.write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(delimited, "rewrite", full)
    with pytest.raises(OSError, match="No space left"):
        apply(greek, decisions=[Decision("001", "keep")], out=tmp_path / "o.csv")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.csv"]


def test_pictures_in_folders_give_a_table(tmp_path):
    for name in ("cat/1.png", "dog/2.png", "dog/3.png"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(b"x")
    data = read(tmp_path / "in")
    apply(
        data,
        decisions=[Decision("dog/2.png", "change", label="cat"), Decision("dog/3.png", "drop")],
        out=tmp_path / "o.csv",
    )
    assert (tmp_path / "o.csv").read_text() == "path,label\ncat/1.png,cat\ndog/2.png,cat\n"


def test_a_file_keeps_its_encoding_where_that_can_hold_the_new_labels(tmp_path):
    text = "text\tlabel\nKöln\ta\nBern\tb\n"
    for encoding in ("utf-16", "cp1252"):
        (tmp_path / "in.tsv").write_bytes(text.encode(encoding))
        data = read(tmp_path / "in.tsv", label="label", encoding=encoding)
        out, words = tmp_path / "out.tsv", {"new_classes": True, "overwrite": True}
        done = apply(data, decisions=[Decision("0", "change", label="b")], out=out, **words)
        assert out.read_bytes().decode(encoding) == "text\tlabel\nKöln\tb\nBern\tb\n"
        assert done["notes"] == []
    done = apply(data, decisions=[Decision("0", "change", label="ω")], out=out, **words)
    assert out.read_text(encoding="utf-8") == "text\tlabel\nKöln\tω\nBern\tb\n"
    assert "out.tsv is UTF-8: in.tsv is cp1252, which cannot hold 'ω'" in done["notes"]


QUOTED = "".join(f'"{i}";"a ""{i}""; b";"{"ab"[i % 2]}";{i},50\r\n' for i in range(30))
HEAD = '"id";"text";"label";"x"\r\n'
CHANGE = [Decision("3", "change", label="a"), Decision("5", "drop")]


def test_quotes_delimiters_and_line_ends_of_a_changed_row_stay(tmp_path):
    (tmp_path / "in.csv").write_bytes((HEAD + QUOTED).encode("cp1252"))
    data = read(tmp_path / "in.csv", label="label", id="id")
    apply(data, decisions=CHANGE, out=tmp_path / "out.csv")
    lines = (HEAD + QUOTED).split("\r\n")
    lines[4] = '"3";"a ""3""; b";"a";3,50'
    del lines[6]
    assert (tmp_path / "out.csv").read_bytes().decode() == "\r\n".join(lines)


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".xz", ".zst"])
def test_compressed_files_come_out_compressed(tmp_path, suffix):
    from reliabel.formats.packed import packing, unpacked

    path, out = tmp_path / f"in.csv{suffix}", tmp_path / f"out.csv{suffix}"
    with packing(path, path.name) as plain:
        plain.write_bytes((HEAD + QUOTED).encode())
    packed = path.read_bytes()
    data = read(path, label="label", id="id")
    apply(data, decisions=CHANGE, out=out)
    assert path.read_bytes() == packed
    apply(data, decisions=CHANGE, out=tmp_path / "plain.csv")
    assert out.read_bytes()[:2] == packed[:2]
    with unpacked(out) as (plain, _):
        assert plain.read_bytes() == (tmp_path / "plain.csv").read_bytes()
    again = read(out, label="label", id="id")
    assert len(again) == 29
    once = out.read_bytes()
    apply(data, decisions=CHANGE, out=out, overwrite=True)
    assert out.read_bytes() == once


@pytest.mark.parametrize(
    "style",
    [
        {"separators": (",", ":")},
        {"ensure_ascii": False},
        {"indent": 1, "ensure_ascii": False},
        {"indent": 4},
        {"indent": "\t"},
    ],
    ids=str,
)
@pytest.mark.parametrize("shape", ["list", "wrapped", "lines"])
def test_json_keeps_its_layout_and_nested_fields(tmp_path, style, shape):
    rows = [
        {"id": f"k{i}", "text": f'é, "{i}": x', "label": "ab"[i % 2], "meta": {"t": [i, None]}}
        for i in range(30)
    ]

    def text(rows):
        whole = {"version": 3, "data": rows} if shape == "wrapped" else rows
        if shape != "lines":
            return json.dumps(whole, **style) + "\n"
        flat = {name: value for name, value in style.items() if name == "ensure_ascii"}
        return "".join(json.dumps(row, **flat) + "\n" for row in rows)

    name = "in.jsonl" if shape == "lines" else "in.json"
    (tmp_path / name).write_text(text(rows), encoding="utf-8")
    data = read(tmp_path / name, label="label", id="id")
    out = tmp_path / f"out{name[2:]}"
    change = [Decision("k3", "change", label="a"), Decision("k5", "drop")]
    apply(data, decisions=change, out=out)
    rows[3]["label"] = "a"
    del rows[5]
    assert out.read_text(encoding="utf-8") == text(rows)


def test_parquet_keeps_its_schema_metadata_and_compression(tmp_path):
    table = pa.table(
        {
            "label": pa.array(["a", "b"] * 30).dictionary_encode(),
            "n": pa.array(range(60), pa.int16()),
            "tags": pa.array([["x"], None] * 30, pa.list_(pa.large_string())),
        }
    ).replace_schema_metadata({"who": "me"})
    pq.write_table(table, tmp_path / "in.parquet", compression="zstd", row_group_size=20)
    data = read(tmp_path / "in.parquet", label="label")
    apply(data, decisions=CHANGE, out=tmp_path / "out.parquet")
    file = pq.ParquetFile(tmp_path / "out.parquet")
    before = pq.ParquetFile(tmp_path / "in.parquet").schema_arrow
    assert file.schema_arrow.equals(before, check_metadata=True)
    assert file.schema_arrow.metadata[b"who"] == b"me"
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"
    assert file.metadata.num_row_groups == 3
    assert file.read()["tags"].to_pylist() == [["x"], None] * 2 + [["x"]] + [["x"], None] * 27


def test_a_folder_without_decisions_says_where_some_are(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    labels = Classes.of(["a", "b"] * 30)
    probs = np.where(np.arange(60)[:, None] % 2 == np.arange(2), 0.9, 0.1)
    probs[:6] = probs[:6, ::-1]
    save(rl.audit(labels, probs=probs, folder="out"), "out")
    with pytest.raises(ValueError, match=r"holds no file decisions.csv, .* report.html, .*auto="):
        apply("out")
    made = rl.sample("out", n=5, out="sheet.csv")
    with pytest.raises(ValueError, match=r"a sheet of its draw is sheet.csv: give it"):
        apply("out")
    verdicts = [{"id": one, "verdict": "Keep "} for one in made["rows"]["id"]]
    rl.audit(labels, probs=probs, folder="out", verdicts=verdicts)
    with pytest.raises(ValueError, match=r"the verdicts of its review lie in out/verdicts.jsonl"):
        apply("out")
    assert apply("out", decisions="out/verdicts.jsonl")["kept"] == len(verdicts)
    assert apply("out", decisions=verdicts)["kept"] == len(verdicts)
    with pytest.raises(ValueError, match="none were given; give a file, a table or a list"):
        apply(labels_only(labels))
    (tmp_path / "out" / "decisions.csv").write_text("id,verdict\n0,keep\n")
    (tmp_path / "out" / "decisions.jsonl").write_text('{"id": "1", "verdict": "keep"}\n')
    with pytest.raises(ValueError, match=r"holds decisions.csv, decisions.jsonl: say which"):
        apply("out")


def labels_only(labels):
    return Dataset(labels)
