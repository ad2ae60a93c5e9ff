"""Compressed files and archives (given case 40 and others of its kind)."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import reliabel as rl
from reliabel.cli import app
from reliabel.core.results import Decision
from reliabel.formats import packed, tables

WORDS = {"good": "sunny kind sweet warm", "bad": "dull sad rainy bitter"}
ROWS = [(f"{WORDS[name]} nr{n}", name) for n in range(45) for name in WORDS]
CSV = "text,label\n" + "".join(f"{text},{label}\n" for text, label in ROWS)
JSONL = "".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in ROWS)


def zstd(raw):
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(raw)
    return sink.getvalue().to_pybytes()


def zipped(**files):
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), text)
    return raw.getvalue()


def tarred(name, raw, mode="w"):
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode=mode) as archive:
        info = tarfile.TarInfo(name)
        info.size = len(raw)
        archive.addfile(info, io.BytesIO(raw))
    return held.getvalue()


def parquet():
    sink = io.BytesIO()
    text, label = zip(*ROWS, strict=True)
    pq.write_table(pa.table({"text": text, "label": label}), sink)
    return sink.getvalue()


RAW = CSV.encode()
PACKED = {
    "reviews.csv.gz": gzip.compress(RAW),
    "reviews.csv.bz2": bz2.compress(RAW),
    "reviews.csv.xz": lzma.compress(RAW),
    "reviews.csv.zst": zstd(RAW),
    "reviews.zip": zipped(reviews_csv=CSV),
    "with_a_readme.zip": zipped(
        **{"data__reviews_csv": CSV, "README": "hi", "__MACOSX__data__._reviews_csv": "x"}
    ),
    "reviews.tar": tarred("data/reviews.csv", RAW),
    "reviews.tar.gz": tarred("reviews.csv", RAW, "w:gz"),
    "reviews.tgz": tarred("reviews.csv", RAW, "w:gz"),
    "named_wrongly.csv": gzip.compress(RAW),
    "without_an_ending": zstd(RAW),
    "two_members.csv.gz": gzip.compress(RAW[:500]) + gzip.compress(RAW[500:]),
    "utf16.csv.gz": gzip.compress(CSV.encode("utf-16")),
    "reviews.tsv.gz": gzip.compress(CSV.replace(",", "\t").encode()),
    "reviews.jsonl.gz": gzip.compress(JSONL.encode()),
    "reviews.json.bz2": bz2.compress(
        json.dumps([json.loads(x) for x in JSONL.split("\n") if x]).encode()
    ),
    "reviews.parquet.gz": gzip.compress(parquet()),
    "lines.zip": zipped(reviews_jsonl=JSONL),
}


@pytest.mark.parametrize("name", PACKED)
def test_a_packed_table_is_read_and_it_is_said(tmp_path, name):
    (tmp_path / name).write_bytes(PACKED[name])
    data = rl.read(tmp_path / name, label="label", text="text")
    assert len(data) == 90
    assert data.labels.names == ("bad", "good")
    assert data.evidence["items"][:2] == [text for text, _ in ROWS[:2]]
    assert any(name in note for note in data.source["notes"][:2])
    assert data.source["path"] == str((tmp_path / name).resolve())


def test_case_40_audit_and_apply_of_a_compressed_file(tmp_path):
    source = tmp_path / "reviews.csv.gz"
    source.write_bytes(gzip.compress(RAW, mtime=0))
    out = str(tmp_path / "out")
    done = CliRunner().invoke(
        app,
        ["audit", str(source), "--label", "label", "--text", "text", "-o", out, "--embed", "tfidf"],
    )
    assert done.exit_code == 0, done.output
    assert "reviews.csv.gz: 90 rows, 2 classes (text)" in done.output
    assert "reviews.csv.gz is gzip-compressed" in done.output
    (tmp_path / "decisions.csv").write_text("id,verdict,label\n3,change,good\n5,drop,\n")
    words = ["--decisions", str(tmp_path / "decisions.csv"), "-o", str(tmp_path / "clean.csv")]
    done = CliRunner().invoke(app, ["apply", out, *words])
    assert done.exit_code == 0, done.output
    lines = CSV.split("\n")
    wanted = [*lines[:4], lines[4].replace(",bad", ",good"), lines[5], *lines[7:]]
    assert (tmp_path / "clean.csv").read_text() == "\n".join(wanted)
    assert source.read_bytes() == gzip.compress(RAW, mtime=0)


def test_apply_writes_packed_json_lines_and_parquet_anew(tmp_path):
    for name, out in (
        ("reviews.jsonl.gz", "clean.jsonl"),
        ("reviews.parquet.gz", "clean.parquet"),
        ("reviews.zip", "clean.jsonl"),
    ):
        (tmp_path / name).write_bytes(PACKED[name])
        data = rl.read(tmp_path / name, label="label", text="text")
        decision = Decision("1", "change", label="good")
        rl.apply(data, decisions=[decision], out=tmp_path / out, overwrite=True)
        assert tables.read(tmp_path / out).columns["label"].tolist()[:3] == ["good"] * 3


def test_packed_votes_are_aggregated(tmp_path):
    votes = "task,who,answer\n" + "".join(
        f"t{n},w{w},{'ab'[n % 2]}\n" for n in range(12) for w in range(3)
    )
    (tmp_path / "votes.csv.xz").write_bytes(lzma.compress(votes.encode()))
    data = rl.read(tmp_path / "votes.csv.xz", item="task", worker="who", label="answer")
    assert (len(data.labels), data.labels.n, data.labels.w) == (36, 12, 3)
    answer = [{"from_name": "q", "type": "choices", "value": {"choices": ["x"]}}]
    people = [{"completed_by": w, "result": answer} for w in range(2)]
    tasks = [{"id": n, "data": {"text": "t"}, "annotations": people} for n in range(5)]
    (tmp_path / "export.json.gz").write_bytes(gzip.compress(json.dumps(tasks).encode()))
    assert len(rl.read(tmp_path / "export.json.gz").labels) == 10


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (zipped(train_csv=CSV, test_csv=CSV), "holds 2 tables (train.csv, test.csv); unpack it"),
        (
            zipped(cat__1_png="x", dog__2_png="x"),
            "holds 2 pictures and no table; unpack it",
        ),
        (zipped(one_txt="x", two_doc="x"), "holds no table that can be told by its name"),
        (zipped(), "holds an empty zip archive"),
        (gzip.compress(RAW)[:-20], "cannot be unpacked"),
        (bz2.compress(RAW)[:-20], "cannot be unpacked"),
        (lzma.compress(RAW)[:-20], "cannot be unpacked"),
        (zstd(RAW)[:-20], "cannot be unpacked"),
        (zipped(reviews_csv=CSV)[:-40], "cannot be unpacked"),
        (tarred("reviews.csv", RAW)[:2000], "cannot be unpacked"),
        (b"7z\xbc\xaf\x27\x1c....", "holds a 7z archive"),
    ],
)
def test_what_cannot_be_unpacked_gets_a_sentence(tmp_path, raw, says):
    (tmp_path / "reviews.data").write_bytes(raw)
    with pytest.raises(ValueError) as error:
        rl.read(tmp_path / "reviews.data", label="label")
    assert says in str(error.value)
    assert "reviews.data" in str(error.value)


@pytest.mark.parametrize("how", ["gzip", "bzip2", "xz", "zstd", "zip"])
def test_what_unpacks_to_far_more_than_its_size_is_refused(tmp_path, how, monkeypatch):
    monkeypatch.setattr(packed, "FLOOR", 2**20)
    raw = b"text,label\n" + b"0,0\n" * 2**20
    pack = {"gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress, "zstd": zstd}
    path = tmp_path / "bomb.csv"
    path.write_bytes(pack[how](raw) if how in pack else zipped(bomb_csv=raw))
    assert path.stat().st_size < len(raw) / 100
    with pytest.raises(ValueError, match=r"bomb\.csv unpacks to more than 100 times its own"):
        rl.read(path, label="label")


def test_a_bomb_is_refused_before_much_of_it_is_unpacked(tmp_path, monkeypatch):
    sound = gzip.compress(np.random.default_rng(0).bytes(2**20))
    bomb = gzip.compress(bytes(2**24))
    (tmp_path / "bomb.csv.gz").write_bytes(sound + bomb * 640)  # 10 GiB of zeros behind a MiB
    sizes = []
    copy = packed._copy

    def watched(blocks, target, packed_size, what):
        try:
            copy(blocks, target, packed_size, what)
        finally:
            sizes.append(target.stat().st_size)

    monkeypatch.setattr(packed, "_copy", watched)
    with pytest.raises(ValueError, match="unpacks to more than 100 times its own size"):
        rl.read(tmp_path / "bomb.csv.gz", label="label")
    assert sizes[0] < 2**28


def test_an_xz_file_that_wants_all_memory_is_refused(tmp_path):
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 6, "dict_size": 2**30}]
    raw = lzma.compress(RAW, filters=filters)
    (tmp_path / "a.csv.xz").write_bytes(raw)
    with pytest.raises(ValueError, match=r"a\.csv\.xz cannot be unpacked: Memory usage limit"):
        rl.read(tmp_path / "a.csv.xz", label="label")
    (tmp_path / "b.csv.xz").write_bytes(lzma.compress(RAW[:500]) + lzma.compress(RAW[500:]))
    assert len(rl.read(tmp_path / "b.csv.xz", label="label")) == 90


def test_temporary_files_are_removed(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    (tmp_path / "reviews.csv.gz").write_bytes(gzip.compress(RAW))
    rl.read(tmp_path / "reviews.csv.gz", label="label")
    (tmp_path / "bad.csv.gz").write_bytes(gzip.compress(b"text,label\n"))
    with pytest.raises(ValueError, match=r"bad\.csv has a header"):
        rl.read(tmp_path / "bad.csv.gz", label="label")
    assert list((tmp_path / "scratch").iterdir()) == []


def test_columns_are_added_to_a_packed_table(tmp_path):
    (tmp_path / "reviews.csv.gz").write_bytes(gzip.compress(b"text,label\na,x\nb,y\n"))
    tables.add_columns(tmp_path / "reviews.csv.gz", tmp_path / "new.csv", {"n": np.arange(2)})
    assert (tmp_path / "new.csv").read_text() == "text,label,n\na,x,0\nb,y,1\n"


def test_packed_matrices_are_read(tmp_path):
    features = np.random.default_rng(0).random((90, 3))
    held = io.BytesIO()
    np.save(held, features)
    (tmp_path / "f.npy.gz").write_bytes(gzip.compress(held.getvalue()))
    probs = "bad,good\n" + "".join("0.1,0.9\n0.9,0.1\n" for _ in range(45))
    (tmp_path / "p.csv.zst").write_bytes(zstd(probs.encode()))
    (tmp_path / "y.csv").write_text(CSV)
    data = rl.read(
        tmp_path / "y.csv",
        label="label",
        features=tmp_path / "f.npy.gz",
        probs=tmp_path / "p.csv.zst",
    )
    assert (data.evidence["features"] == features).all()
    assert data.evidence["probs"][:2].tolist() == [[0.1, 0.9], [0.9, 0.1]]


def test_gold_may_be_packed(tmp_path):
    from reliabel.reading.gold_table import gold_of

    votes = "task,who,answer\n" + "".join(f"t{n},w{w},a\n" for n in range(3) for w in range(2))
    (tmp_path / "v.csv").write_text(votes)
    (tmp_path / "g.csv.bz2").write_bytes(bz2.compress(b"task,answer\nt1,a\n"))
    data = rl.read(tmp_path / "v.csv", item="task", worker="who", label="answer")
    assert gold_of(tmp_path / "g.csv.bz2", data).tolist() == [None, "a", None]
