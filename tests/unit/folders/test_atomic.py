"""Atomic writes: whole files or what was there, under temporary names that nobody leaves behind."""

import errno
import os
from pathlib import Path

import pytest

from reliabel.folders import atomic
from reliabel.folders.atomic import flush, sweep, temporary, write_text, writing
from reliabel.folders.file_lock import is_free, try_lock


def handles():
    return len(os.listdir("/dev/fd"))


def test_texts_are_written_whole_in_utf_8_and_over_what_was_there(tmp_path):
    path = tmp_path / "new" / "a.txt"
    for text in ("first", "zweite Fassung: ä"):
        write_text(path, text)
        assert path.read_bytes() == text.encode()
    assert [one.name for one in path.parent.iterdir()] == ["a.txt"]


def test_a_file_is_flushed_before_it_takes_its_name_unless_it_can_be_made_again(
    tmp_path, monkeypatch
):
    done = []
    replace = os.replace
    monkeypatch.setattr("os.fsync", lambda handle: done.append("flushed"))
    monkeypatch.setattr("os.replace", lambda *names: done.append("renamed") or replace(*names))
    write_text(tmp_path / "a", "x")
    assert done == ["flushed", "renamed"]
    done.clear()
    with writing(tmp_path / "b", lasting=False) as part:
        part.write_text("y")
    assert done == ["renamed"]


def test_a_block_that_fails_leaves_what_was_there(tmp_path):
    (tmp_path / "a").write_text("good")

    def fail():
        with writing(tmp_path / "a") as part:
            part.write_text("half")
            raise KeyError("stop")

    with pytest.raises(KeyError):
        fail()
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("a", "good")]


@pytest.mark.parametrize(("code", "raised"), [(errno.EINVAL, False), (errno.EIO, True)])
def test_file_systems_that_cannot_flush_folders_are_not_asked_twice(
    tmp_path, monkeypatch, code, raised
):
    def refuse(handle):
        raise OSError(code, "no")

    monkeypatch.setattr("os.fsync", refuse)
    before = handles()
    if raised:
        with pytest.raises(OSError, match="no"):
            flush(tmp_path)
    else:
        flush(tmp_path)
    assert handles() == before


def test_handles_are_closed(tmp_path):
    before = handles()
    for _ in range(3):
        write_text(tmp_path / "a", "x")
        flush(tmp_path)
    assert handles() == before


def test_temporary_names_are_hidden_new_and_known(tmp_path):
    one, other = temporary(tmp_path / "a.npy"), temporary(tmp_path / "a.npy")
    assert one != other
    assert one.parent == tmp_path
    assert one.name.startswith(".a.npy.")
    assert atomic.TEMPORARY.fullmatch(one.name)


def test_what_dead_runs_left_is_swept_away_and_nothing_else(tmp_path):
    inside = tmp_path / "evidence"
    inside.mkdir()
    kept = [inside / ".mine.part", inside / "probs.npy", inside / "x.part"]
    gone = [temporary(inside / "probs.npy"), temporary(tmp_path / "a.csv")]
    for path in (*kept, *gone):
        path.write_bytes(b"half")
    folder = temporary(tmp_path / "files")
    folder.mkdir()
    (folder / "labels.parquet").write_bytes(b"half")
    with writing(inside / "b.npy") as part:
        part.write_bytes(b"at work")
        sweep(tmp_path)
        assert part.exists()
    assert sorted(path.name for path in inside.iterdir()) == [
        ".mine.part",
        "b.npy",
        "probs.npy",
        "x.part",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["evidence"]


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


def test_a_file_has_the_rights_that_any_new_file_has(tmp_path):
    before = os.umask(0o027)
    try:
        write_text(tmp_path / "a", "x")
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


def test_a_disk_that_fails_to_flush_is_not_hidden(tmp_path, monkeypatch):
    def broken(handle: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("os.fsync", broken)
    with pytest.raises(OSError, match=r"a could not be written: .*Input/output error"):
        write_text(tmp_path / "a", "x")
    assert list(tmp_path.iterdir()) == []


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


def test_folders_on_the_way_are_made(tmp_path):
    write_text(tmp_path / "a" / "b" / "c.txt", "x")
    assert (tmp_path / "a" / "b" / "c.txt").read_text() == "x"
