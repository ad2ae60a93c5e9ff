"""Folders of Parquet and Arrow files as one table, and matrices that stay in them."""

import pickle
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest

import reliabel as rl
from reliabel.formats import column_files
from reliabel.ops.row_files import ArrowMatrix, RowFiles
from reliabel.ops.sources import ParquetMatrix

N = 30


def _write(path: Path, rows: slice, **more: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = [f"text {row}" for row in range(N)][rows]
    label = (["cat", "dog", "cat"] * N)[:N][rows]
    vectors = [row.tolist() for row in _vectors()[rows]]
    columns = {"text": text, "label": label, "vector": pa.array(vectors, pa.list_(pa.float32()))}
    table = pa.table({**columns, **more})
    if path.suffix == ".parquet":
        pq.write_table(table, path, row_group_size=4)
    else:
        feather.write_feather(table, path, compression="uncompressed")


def _vectors() -> np.ndarray:
    return np.random.default_rng(0).random((N, 5)).astype(np.float32)


@pytest.mark.parametrize("end", [".parquet", ".arrow"])
def test_many_files_are_one_table_and_features_stay_there(
    tmp_path: Path, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(column_files, "IN_MEMORY", 0)
    for part in range(3):
        _write(tmp_path / f"part-{part}{end}", slice(10 * part, 10 * part + 10))
    (tmp_path / "_SUCCESS").touch()
    (tmp_path / "README.md").write_text("about")
    data = rl.read(tmp_path, label="label", text="text", features="vector")
    assert data.evidence["items"] == [f"text {row}" for row in range(N)]
    assert data.labels.names == ("cat", "dog")
    kept = data.evidence["features"]
    assert isinstance(kept, RowFiles)
    assert kept[:].tobytes() == _vectors().tobytes()
    assert kept[7:23].tobytes() == _vectors()[7:23].tobytes()
    assert kept[np.array([29, 0, 11])].tobytes() == _vectors()[[29, 0, 11]].tobytes()
    assert kept[-1].tobytes() == _vectors()[-1].tobytes()
    again = pickle.loads(pickle.dumps(kept))
    assert again.shape == (N, 5)
    assert again[5:25].tobytes() == _vectors()[5:25].tobytes()
    assert len(pickle.dumps(kept)) < 1000  # places, not rows
    said = " ".join(data.source["notes"])
    assert "are read as one table, in the order of their names; 1 other file there is left" in said
    assert "vector" not in data.evidence.get("columns", {})


def test_one_file_gives_its_column_of_lists_where_it_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(tmp_path / "one.parquet", slice(0, N))
    small = rl.read(tmp_path / "one.parquet", label="label", features="vector")
    assert isinstance(small.evidence["features"], np.ndarray)  # an audit passes over it many times
    monkeypatch.setattr(column_files, "IN_MEMORY", 0)
    for end, kind in ((".parquet", ParquetMatrix), (".arrow", RowFiles)):
        _write(tmp_path / f"one{end}", slice(0, N))
        data = rl.read(tmp_path / f"one{end}", label="label", features="vector")
        assert isinstance(data.evidence["features"], kind)
        assert data.evidence["features"][:].tobytes() == _vectors().tobytes()


def test_names_of_folders_and_files_become_columns(tmp_path: Path) -> None:
    hive = tmp_path / "hive"
    _write(hive / "kind=a%20b" / "year=2025" / "0.parquet", slice(0, 10))
    _write(hive / "kind=c" / "year=2026" / "0.parquet", slice(10, N))
    data = rl.read(hive, label="kind", text="text")
    assert data.labels.names == ("a b", "c")
    assert data.evidence["columns"]["year"].tolist() == [2025] * 10 + [2026] * 20
    hub = tmp_path / "hub"
    _write(hub / "data" / "train-00000-of-00002.parquet", slice(0, 10))
    _write(hub / "data" / "train-00001-of-00002.parquet", slice(10, 20))
    _write(hub / "data" / "test-00000-of-00001.parquet", slice(20, N))
    data = rl.read(hub, label="label", text="text", split="split")
    assert data.evidence["split"].tolist() == ["test"] * 10 + ["train"] * 20


def test_columns_that_some_files_lack_are_empty_there_and_said(tmp_path: Path) -> None:
    _write(tmp_path / "0.parquet", slice(0, 10), extra=[1] * 10)
    _write(tmp_path / "1.parquet", slice(10, N))
    data = rl.read(tmp_path, label="label", text="text")
    assert "column 'extra' is missing in 1 of 2 files, and empty there" in data.source["notes"]
    assert np.isnan(data.evidence["columns"]["extra"][10:]).all()


def test_each_fault_of_a_folder_is_one_sentence(tmp_path: Path) -> None:
    _write(tmp_path / "odd" / "0.parquet", slice(0, 10), own=[1] * 10)
    _write(tmp_path / "odd" / "1.parquet", slice(10, 20), own=["a"] * 10)
    with pytest.raises(ValueError, match=r"'own' is int64 in 0\.parquet and string in 1\.parquet"):
        rl.read(tmp_path / "odd", label="label")
    _write(tmp_path / "both" / "0.parquet", slice(0, 10))
    _write(tmp_path / "both" / "1.arrow", slice(10, 20))
    with pytest.raises(ValueError, match=r"both holds Arrow and Parquet files .* keep one kind"):
        rl.read(tmp_path / "both", label="label")
    _write(tmp_path / "cut" / "0.parquet", slice(0, 10))
    whole = (tmp_path / "cut" / "0.parquet").read_bytes()
    (tmp_path / "cut" / "1.parquet").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=r"1\.parquet is a broken Parquet file"):
        rl.read(tmp_path / "cut", label="label")


def test_a_folder_of_features_and_one_of_arrays(tmp_path: Path) -> None:
    x = _vectors()
    (tmp_path / "npy").mkdir()
    for part in range(3):
        columns = {f"x{axis}": x[10 * part : 10 * part + 10, axis] for axis in range(5)}
        path = tmp_path / "table" / f"{part}.parquet"
        path.parent.mkdir(exist_ok=True)
        pq.write_table(pa.table(columns), path)
        np.save(tmp_path / "npy" / f"{part}.npy", x[10 * part : 10 * part + 10])
    y = [0, 1] * (N // 2)
    for name in ("table", "npy"):
        data = rl.read({"y": y}, label="y", features=tmp_path / name)
        assert np.asarray(data.evidence["features"]).tobytes() == x.tobytes()
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=r"holds no Parquet, Arrow or \.npy files"):
        rl.read({"y": y}, label="y", features=tmp_path / "empty")


def test_an_audit_reads_features_where_they_lie_with_the_same_bits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(column_files, "IN_MEMORY", 0)
    for part in range(3):
        _write(tmp_path / f"part-{part}.parquet", slice(10 * part, 10 * part + 10))
    there = rl.audit(rl.read(tmp_path, label="label", features="vector"))
    held = rl.audit((["cat", "dog", "cat"] * N)[:N], features=_vectors())
    for name in ("self_confidence", "neighbour_vote"):
        assert there.opinions[name].score.tobytes() == held.opinions[name].score.tobytes()


def test_a_mended_folder_is_one_file(tmp_path: Path) -> None:
    data_ = tmp_path / "data"
    _write(data_ / "0.parquet", slice(0, 10))
    _write(data_ / "1.parquet", slice(10, N))
    data = rl.read(data_, label="label", text="text")
    change = [{"id": "12", "verdict": "change", "label": "dog"}]
    done = rl.apply(data, decisions=change, out=tmp_path / "mended.parquet")
    assert done["changed"] == 1
    mended = pq.read_table(tmp_path / "mended.parquet")
    assert mended.column("label").to_pylist()[12] == "dog"
    assert mended.num_rows == N


def test_arrow_matrices_refuse_what_is_no_matrix(tmp_path: Path) -> None:
    lists = pa.array([[1.0, 2.0], [3.0]])
    feather.write_feather(pa.table({"v": lists}), tmp_path / "v.arrow", compression="uncompressed")
    with pytest.raises(ValueError, match="must have one length"):
        ArrowMatrix(str(tmp_path / "v.arrow"))[:]
    feather.write_feather(pa.table({"v": ["a"]}), tmp_path / "t.arrow")
    with pytest.raises(ValueError, match="column 'v' holds string, not numbers"):
        ArrowMatrix(str(tmp_path / "t.arrow"))
