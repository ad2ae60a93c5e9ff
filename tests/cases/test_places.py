"""Data at addresses, on an S3-compatible server of this machine: tables, folders, features, votes
and pictures are read where they lie.
"""

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import reliabel as rl

server = pytest.importorskip("moto.server", reason="the group test has it: moto[server]")
pytestmark = pytest.mark.slow
N = 24


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """The address of a bucket, whose server lives as long as the tests of this file."""
    from pyarrow.fs import FileSystem

    with pytest.MonkeyPatch.context() as patch:
        running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        running.start()
        host, port = running.get_host_and_port()
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        for word, value in (("ACCESS_KEY_ID", "key"), ("SECRET_ACCESS_KEY", "secret")):
            patch.setenv(f"AWS_{word}", value)
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        system, _ = FileSystem.from_uri("s3://labels?allow_bucket_creation=true")
        system.create_dir("labels")
        yield "s3://labels"
        running.stop()


def _put(address: str, held: bytes) -> None:
    from reliabel.ops.addresses import opened

    system, path = opened(address)
    with system.open_output_stream(path) as stream:
        stream.write(held)


def _parquet(**columns: object) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


def _vectors() -> np.ndarray:
    return np.random.default_rng(0).random((N, 4)).astype(np.float32)


def test_a_folder_of_parquet_with_its_features_is_read_and_audited_there(bucket: str) -> None:
    for part in range(2):
        rows = slice(12 * part, 12 * part + 12)
        vectors = pa.array([v.tolist() for v in _vectors()[rows]], pa.list_(pa.float32()))
        text = [f"text {row}" for row in range(N)][rows]
        label = (["cat", "dog"] * N)[rows]
        held = _parquet(text=text, label=label, vector=vectors)
        _put(f"{bucket}/rows/part-{part}.parquet", held)
    data = rl.read(f"{bucket}/rows", label="label", text="text", features="vector")
    assert data.source["path"] == f"{bucket}/rows"
    assert data.evidence["items"][13] == "text 13"
    assert np.asarray(data.evidence["features"]).tobytes() == _vectors().tobytes()
    assert len(rl.audit(data).opinions) > 1
    apart = rl.read({"y": ["cat", "dog"] * 12}, label="y", features=f"{bucket}/rows")
    assert np.asarray(apart.evidence["features"]).tobytes() == _vectors().tobytes()


def test_other_formats_are_copied_while_they_are_read_and_can_be_mended(
    bucket: str, tmp_path: Path
) -> None:
    _put(f"{bucket}/pets.csv", b"text,label\na,cat\nb,dog\nc,cat\n")
    data = rl.read(f"{bucket}/pets.csv", label="label", text="text")
    assert data.evidence["items"] == ["a", "b", "c"]
    assert "pets.csv was copied here while it was read" in data.source["notes"]
    change = [{"id": "0", "verdict": "change", "label": "dog"}]
    rl.apply(data, decisions=change, out=tmp_path / "mended.csv")
    assert (tmp_path / "mended.csv").read_text() == "text,label\na,dog\nb,dog\nc,cat\n"
    _put(f"{bucket}/pets.csv", b"text,label\na,cat\nb,dog\nc,dogs\n")
    with pytest.raises(ValueError, match="is not what was audited"):
        rl.apply(data, decisions=change, out=tmp_path / "again.csv")


def test_pictures_by_path_by_address_and_in_folders(bucket: str) -> None:
    Image = pytest.importorskip("PIL.Image")
    names = [f"{kind}/{row}.png" for kind in ("cats", "dogs") for row in range(3)]
    for row, name in enumerate(names):
        out = io.BytesIO()
        Image.new("RGB", (8, 8), (40 * row, 0, 200)).save(out, "PNG")
        _put(f"{bucket}/photos/{name}", out.getvalue())
    folder = rl.read(f"{bucket}/photos")
    assert folder.labels.names == ("cats", "dogs")
    by_path = _parquet(
        file=[*names[:4], f"{bucket}/photos/{names[4]}", "gone.png"], label=list("aabbab")
    )
    _put(f"{bucket}/photos/index.parquet", by_path)
    table = rl.read(f"{bucket}/photos/index.parquet", label="label", image="file")
    from reliabel.ops.pictures import digest, load

    for data in (folder, table):
        pixels, why = load(data.evidence["items"][1])
        assert why is None
        assert pixels is not None
        assert pixels[0, 0].tolist() == [40, 0, 200]
    assert digest(folder.evidence["items"][4]) == digest(table.evidence["items"][4])
    assert load(table.evidence["items"][5])[1] == "the file is missing"


def test_votes_of_a_folder_are_read_in_blocks(bucket: str) -> None:
    for part in range(2):
        held = _parquet(item=["a", "b"], worker=[f"w{part}"] * 2, label=["x", "y"])
        _put(f"{bucket}/votes/{part}.parquet", held)
    votes = rl.read(f"{bucket}/votes", item="item", worker="worker", label="label")
    assert len(votes.labels) == 4
    assert [votes.ids.item(place) for place in range(2)] == ["a", "b"]


def test_each_fault_of_an_address_is_one_sentence(bucket: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="there is no file and no folder at s3://labels/none"):
        rl.read(f"{bucket}/none", label="label")
    with pytest.raises(ValueError, match="s3://nobucket"):
        rl.read("s3://nobucket/rows.parquet", label="label")
    _put(f"{bucket}/broken.parquet", b"PAR1 and nothing more")
    with pytest.raises(ValueError, match=r"broken\.parquet is a broken Parquet file"):
        rl.read(f"{bucket}/broken.parquet", label="label")
    with pytest.raises(ValueError, match="needs locks and renames, which s3:// has not"):
        rl.audit([0, 1] * 9, features=np.eye(18), folder=f"{bucket}/out.audit")
