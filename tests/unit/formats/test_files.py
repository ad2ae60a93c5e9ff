import gzip

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

from reliabel.formats import arrays, tables
from reliabel.formats.files import form_of, sha256_of


@pytest.mark.parametrize(
    ("name", "raw", "says"),
    [
        (
            "a.csv",
            b"PAR1....PAR1",
            "named as comma-separated text but holds a Parquet file; rename it to end in .parquet",
        ),
        ("a.csv", b"PK\x03\x04....", "a.csv cannot be unpacked: File is not a zip file"),
        ("a.csv", gzip.compress(b"a,b", mtime=0)[:-9], "it is damaged or was cut short"),
        ("a.csv", b"Rar!....", "holds a RAR archive"),
        ("a.csv", b'[{"a": 1}]', "holds a JSON list of records; rename it to end in .json"),
        (
            "a.csv",
            b'{"a": 1}\n{"a": 2}\n',
            "holds one JSON object a line; rename it to end in .jsonl",
        ),
        ("a.csv", b"<!DOCTYPE html><html>", "a web page"),
        ("a.parquet", b"a,b\n1,2\n", "named as a Parquet file but holds something else"),
        (
            "a.jsonl",
            b"a,b\n1,2\n",
            "named as one JSON object a line but holds text that is not JSON",
        ),
        ("a.npy", b"a,b\n1,2\n", "named as a NumPy array but holds something else"),
        ("a.xlsx", b"PK\x03\x04....", "a.xlsx cannot be unpacked"),
        ("a.ods", b"PK\x03\x04....", "cannot be unpacked"),
        ("a.xls", b"\xd0\xcf\x11\xe0....", "save the sheet as .xlsx or as CSV"),
        ("a.data", b"%PDF-1.4", "holds a PDF document"),
        ("a.parquet", b"PAR1" + b"x" * 40 + b"PAR1", "is a broken Parquet file"),
    ],
)
def test_a_file_that_is_not_what_its_name_says(tmp_path, name, raw, says):
    (tmp_path / name).write_bytes(raw)
    with pytest.raises(ValueError) as error:
        tables.read(tmp_path / name)
    assert says in str(error.value)
    assert name in str(error.value)


def test_files_without_a_telling_suffix_are_taken_for_what_they_hold(tmp_path):
    for name, raw, form in [
        ("a.txt", b"a,b\n1,2\n", "csv"),
        ("b.txt", b'{"a": 1}\n{"a": 2}\n', "jsonl"),
        ("c", b"PAR1..", "parquet"),
        ("d.CSV", b"a\n1\n", "csv"),
    ]:
        (tmp_path / name).write_bytes(raw)
        assert form_of(tmp_path / name) == form


def test_a_missing_file_names_the_nearest(tmp_path):
    (tmp_path / "reviews.csv").write_text("a\n1\n")
    with pytest.raises(
        ValueError, match=r"there is no file .*review\.csv; did you mean reviews\.csv\?"
    ):
        tables.read(tmp_path / "review.csv")


def test_sha256_of_a_file_is_that_of_its_bytes_and_of_a_folder_tells_changes(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"abc")
    assert (
        sha256_of(tmp_path / "a.csv")
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )
    before = sha256_of(tmp_path)
    (tmp_path / "b.csv").write_bytes(b"x")
    assert sha256_of(tmp_path) != before


def test_tables_are_not_written_in_unknown_formats(tmp_path):
    with pytest.raises(ValueError, match=r"cannot write a\.docx"):
        tables.form_to_write(tmp_path / "a.docx")


def test_add_columns_keeps_cells_and_repeats_rows(tmp_path):
    source = tmp_path / "a.csv"
    source.write_text("code,label\n01,a\n2.50,b\n")
    tables.add_columns(
        source, tmp_path / "b.csv", {"label_noisy": ["b", "a", None]}, rows=[1, 0, 0]
    )
    assert (tmp_path / "b.csv").read_text() == "code,label,label_noisy\n2.50,b,b\n01,a,a\n01,a,\n"
    with pytest.raises(ValueError, match="the input itself"):
        tables.add_columns(source, source, {"x": ["1", "2"]})
    with pytest.raises(ValueError, match="has a column 'label' already"):
        tables.add_columns(source, tmp_path / "c.csv", {"label": ["1", "2"]})
    assert not (tmp_path / "c.csv").exists()


def test_added_columns_leave_the_text_of_a_csv_as_it_is(tmp_path):
    raw = '\ufeffid;text\r\n01;"a;\r\nb"\r\n\r\n"02";  c '
    (tmp_path / "a.csv").write_bytes(raw.encode())
    tables.add_columns(tmp_path / "a.csv", tmp_path / "b.csv", {"new;": ["x;", None]}, rows=[1, 0])
    assert (
        tmp_path / "b.csv"
    ).read_bytes().decode() == '\ufeffid;text;"new;"\r\n"02";  c ;"x;"\r\n01;"a;\r\nb";\r\n'


def test_added_columns_change_the_format_where_the_name_says_so(tmp_path):
    (tmp_path / "a.csv").write_text("n,label\n1,a\n,b\n")
    tables.add_columns(tmp_path / "a.csv", tmp_path / "b.jsonl", {"wrong": [True, False]})
    assert (
        (tmp_path / "b.jsonl").read_text()
        == '{"n": 1, "label": "a", "wrong": true}\n{"n": null, "label": "b", "wrong": false}\n'
    )


def whole(path):
    """A small sound file of the format its name says."""
    table = pa.table({"label": ["a", "β", None], "x": [1.5, 2.0, 3.0], "text": ['β"γ"', "", "\n"]})
    if path.suffix == ".parquet":
        pq.write_table(table, path)
    elif path.suffix == ".arrow":
        pyarrow.feather.write_feather(table, path, compression="uncompressed")
    elif path.suffix == ".npy":
        np.save(path, np.eye(3))
    elif path.suffix == ".npz":
        np.savez_compressed(path, probs=np.eye(3), names=["a", "b", "c"])
    else:
        tables.write(path, table.to_pydict(), path.suffix[1:])
    return path.read_bytes()


@pytest.mark.parametrize(
    "suffix", ["csv", "tsv", "jsonl", "json", "parquet", "arrow", "npy", "npz"]
)
def test_a_damaged_file_is_read_or_refused_with_a_sentence(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    raw, rng = whole(path), np.random.default_rng(0)
    refused = 0
    for turn in range(60):
        damaged = bytearray(raw)
        if turn % 3 == 0:
            damaged = damaged[: rng.integers(len(raw))]
        elif turn % 3 == 1:
            for place in rng.integers(len(raw), size=3).tolist():
                damaged[place] = int(rng.integers(256))
        else:
            start, stop = sorted(rng.integers(len(raw), size=2).tolist())
            del damaged[start:stop]
        path.write_bytes(damaged)
        try:
            arrays.read(path, "probs") if suffix in ("npy", "npz") else tables.read(path)
        except ValueError:  # any other error is a failure of ours
            refused += 1
    assert refused > 10
