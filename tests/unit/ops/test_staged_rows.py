"""Rows kept on local disk as they are read: the same rows, read once from their source, and nothing
left behind.
"""

from __future__ import annotations

import gc
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reliabel.ops import staged_rows
from reliabel.ops.staged_rows import StagedRows, staged

pa = pytest.importorskip("pyarrow")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="locks of POSIX")


@pytest.fixture(autouse=True)
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def matrix(folder: Path, dtype: str = "float16", n: int = 1000) -> tuple[Any, Any]:
    import pyarrow.parquet as pq

    from reliabel.ops.sources import ParquetMatrix

    x = np.random.default_rng(0).normal(size=(n, 4)).astype(dtype)
    table = pa.table({f"c{at}": x[:, at] for at in range(4)})
    pq.write_table(table, folder / "x.parquet", row_group_size=300)
    return ParquetMatrix(folder / "x.parquet"), x


def parts(disk: Path) -> list[Path]:
    return sorted(disk.glob("reliabel-rows-*/*/*.npy"))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_rows_are_those_of_the_source(
    disk: Path, dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staged_rows, "PART", 1024)  # parts of 256 rows
    source, x = matrix(disk, dtype)
    rows = staged(source)
    assert isinstance(rows, StagedRows)
    assert rows.dtype == source.dtype
    for chosen in (
        slice(0, 1000),
        slice(250, 260),
        slice(990, 1000),
        slice(5, 5),
        slice(3, 900, 7),
    ):
        assert np.array_equal(rows[chosen], x[chosen])
    index = np.array([999, 0, 256, 255, 0])
    assert np.array_equal(rows[index], x[index])
    assert np.array_equal(rows[-1], x[-1])
    assert len(parts(disk)) == 4
    assert np.load(parts(disk)[0]).dtype == dtype


def test_a_second_pass_does_not_open_the_source(disk: Path) -> None:
    source, x = matrix(disk)
    rows = staged(source)
    first = rows[:]
    (disk / "x.parquet").unlink()
    assert np.array_equal(rows[:], first)
    assert np.array_equal(first, x)


def test_a_process_elsewhere_reads_the_same_parts(disk: Path) -> None:
    source, x = matrix(disk)
    rows = staged(source)
    sent = pickle.loads(pickle.dumps(rows))
    assert np.array_equal(sent[:], x)
    assert sent.run == rows.run
    assert len(parts(disk)) == 1


def test_parts_go_with_the_last_who_reads_them(disk: Path) -> None:
    source, _ = matrix(disk)
    rows = staged(source)
    rows[:]
    assert parts(disk)
    del rows
    gc.collect()
    assert not parts(disk)


def test_what_a_killed_process_left_is_removed(disk: Path) -> None:
    source, x = matrix(disk)
    code = (
        "import os, sys, tempfile\n"
        "tempfile.tempdir = sys.argv[1]\n"
        "from reliabel.ops.sources import ParquetMatrix\n"
        "from reliabel.ops.staged_rows import staged\n"
        "rows = staged(ParquetMatrix(sys.argv[1] + '/x.parquet'))\n"
        "rows[:]\n"
        "os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(disk)], check=False)
    left = parts(disk)
    assert len(left) == 1
    rows = staged(source)
    assert np.array_equal(rows[:], x)
    assert left[0] not in parts(disk)
    assert len(parts(disk)) == 1


def test_a_folder_that_another_process_reads_stays(disk: Path) -> None:
    matrix(disk)
    code = (
        "import sys, tempfile\n"
        "tempfile.tempdir = sys.argv[1]\n"
        "from reliabel.ops.sources import ParquetMatrix\n"
        "from reliabel.ops.staged_rows import staged\n"
        "rows = staged(ParquetMatrix(sys.argv[1] + '/x.parquet'))\n"
        "rows[:]\n"
        "print('read', flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(disk)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "read\n"
        theirs = parts(disk)
        mine = staged(matrix(disk)[0])
        mine[:]
        assert theirs[0].is_file()
        other.communicate("")
    assert not theirs[0].is_file()


def test_a_full_disk_leaves_rows_where_they_lie(
    disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, x = matrix(disk)
    monkeypatch.setattr(staged_rows, "SPARE", 2**62)
    rows = staged(source)
    assert np.array_equal(rows[:], x)
    assert not parts(disk)


def test_a_disk_that_fills_up_leaves_rows_where_they_lie(
    disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, x = matrix(disk)

    def full(stream: Any, rows: Any, **how: Any) -> None:
        stream.write(b"some")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(staged_rows.np, "save", full)
    rows = staged(source)
    assert np.array_equal(rows[:], x)
    assert np.array_equal(rows[np.array([999, 0])], x[[999, 0]])
    assert [path.name for path in disk.glob("reliabel-rows-*/*/*")] == ["lock"]


def test_a_folder_of_somebody_else_is_not_used(disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, x = matrix(disk)
    rows = staged(source)
    rows[0:1]
    place = parts(disk)[0].parent.parent
    place.chmod(0o777)
    other = staged(source)
    assert np.array_equal(other[:], x)
    assert len(parts(disk)) == 1


def test_quick_sources_stay_as_they_are() -> None:
    x = np.zeros((3, 2))
    assert staged(x) is x
