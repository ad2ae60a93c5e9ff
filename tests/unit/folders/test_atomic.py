"""Atomic writes: whole or not at all, flushed before the rename, and half-written files swept."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from reliabel.folders.atomic import flush, sweep, temporary, write_text, writing
from reliabel.folders.file_lock import is_free, try_lock


def handles() -> int:
    """How many files this process has open."""
    return len(os.listdir("/dev/fd"))


def test_a_full_disk_names_the_file_and_leaves_the_last_good_state(tmp_path):
    (tmp_path / "a.npy").write_bytes(b"good")

    def fill() -> None:
        with writing(tmp_path / "a.npy") as part:
            part.write_bytes(b"half a")
            raise OSError("8000 requested and 5 written")

    with pytest.raises(
        OSError, match=r"a.npy could not be written: 8000 requested and 5 written; is the disk full"
    ):
        fill()
    assert [path.name for path in tmp_path.iterdir()] == ["a.npy"]
    assert (tmp_path / "a.npy").read_bytes() == b"good"


def test_a_text_is_written_and_replaced_in_a_folder_that_is_made(tmp_path):
    path = tmp_path / "new" / "folder" / "a.txt"
    write_text(path, "ü")
    write_text(path, "ß")
    assert path.read_bytes() == "ß".encode()
    assert [one.name for one in path.parent.iterdir()] == ["a.txt"]


def test_a_file_has_the_rights_that_any_new_file_has(tmp_path):
    before = os.umask(0o027)
    try:
        write_text(tmp_path / "a", "x")
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


def test_a_block_that_fails_leaves_the_file_that_was_there(tmp_path):
    write_text(tmp_path / "a", "old")

    def fail() -> None:
        with writing(tmp_path / "a") as part:
            part.write_text("new")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("a", "old")]


@pytest.mark.parametrize("lasting", [True, False])
def test_the_content_is_flushed_before_the_rename_where_it_must_last(
    tmp_path, monkeypatch, lasting
):
    steps, moving = [], os.replace

    def moved(old: Path, new: Path) -> None:
        steps.append(os.stat(old).st_ino)
        moving(old, new)

    monkeypatch.setattr("os.fsync", lambda handle: steps.append(os.fstat(handle).st_ino))
    monkeypatch.setattr("os.replace", moved)
    with writing(tmp_path / "a", lasting=lasting) as part:
        part.write_text("x")
        inode = part.stat().st_ino
    assert steps == [inode] * (1 + lasting)


@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOTSUP])
def test_a_file_system_that_cannot_flush_is_left_to_itself(tmp_path, monkeypatch, code):
    def without(handle: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr("os.fsync", without)
    write_text(tmp_path / "a", "x")
    assert (tmp_path / "a").read_text() == "x"


def test_a_disk_that_fails_to_flush_is_not_hidden(tmp_path, monkeypatch):
    def broken(handle: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("os.fsync", broken)
    with pytest.raises(OSError, match=r"a could not be written: .*Input/output error"):
        write_text(tmp_path / "a", "x")
    assert list(tmp_path.iterdir()) == []


def test_no_handle_stays_open(tmp_path):
    write_text(tmp_path / "a", "x")
    before = handles()
    write_text(tmp_path / "b", "x")
    flush(tmp_path)
    temporary(tmp_path / "c").write_text("half")
    sweep(tmp_path)
    assert handles() == before


def test_a_half_written_file_that_goes_while_it_is_swept_is_no_fault(tmp_path, monkeypatch):
    part = temporary(tmp_path / "a")
    part.write_text("half")

    def gone(path: Path) -> bool:
        path.unlink()
        return True

    monkeypatch.setattr("reliabel.folders.atomic.is_free", gone)
    sweep(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_free_unless_somebody_has_locked_it(tmp_path):
    path = tmp_path / "a"
    assert is_free(path) is False
    path.write_text("x")
    assert is_free(path) is True
    with path.open("r+b") as file:
        assert try_lock(file.fileno()) is True
        assert is_free(path) is False
        with path.open("r+b") as other:
            assert try_lock(other.fileno()) is False
    assert is_free(path) is True


def test_a_file_that_may_not_be_opened_is_left_alone(tmp_path, monkeypatch):
    def refused(path: Path, flags: int) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    part = temporary(tmp_path / "a")
    part.write_text("of somebody else")
    with monkeypatch.context() as patch:
        patch.setattr("os.open", refused)
        sweep(tmp_path)
    assert part.exists()
