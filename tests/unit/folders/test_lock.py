"""The lock of a folder: one run at a time, free again however its holder ends, and what dead runs
left is removed.
"""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from reliabel.folders.atomic import temporary, writing
from reliabel.folders.file_lock import try_lock
from reliabel.folders.lock import locked

HOLD = """
import sys
from pathlib import Path
from reliabel.folders.lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""
# many takers in a row: who holds the lock makes a file that nobody else may have made
RACE = """
import os, sys, time
from pathlib import Path
from reliabel.folders.lock import locked
folder, die, taken = Path(sys.argv[1]), sys.argv[2] == "dies", 0
print("ready", flush=True)
until = float(sys.stdin.readline())
while time.time() < until:
    try:
        with locked(folder):
            handle = os.open(folder / "mine", os.O_CREAT | os.O_EXCL)  # fails if two hold it
            os.close(handle)
            time.sleep(0.0005)
            os.unlink(folder / "mine")
            taken += 1
            if die and taken == 40:
                os._exit(0)  # while it holds the lock
    except ValueError as refused:
        assert "in use by" in str(refused), refused
print(taken)
"""


def holder(folder: Path) -> subprocess.Popen[bytes]:
    """A process that holds the lock of ``folder`` until it is killed or its input closes."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout.readline() == b"held\n"
    return process


def test_a_folder_in_use_is_refused_by_the_number_of_its_process_and_free_afterwards(tmp_path):
    with holder(tmp_path) as process:
        words = f"in use by process {process.pid}; wait for it, or give another folder"
        with pytest.raises(ValueError, match=words), locked(tmp_path):
            pass
        process.stdin.close()
    with locked(tmp_path):
        assert (tmp_path / ".lock").read_text() == str(os.getpid())
    assert list(tmp_path.iterdir()) == []


def test_the_lock_of_a_killed_process_is_free(tmp_path):
    with holder(tmp_path) as process:
        process.kill()
    assert (tmp_path / ".lock").read_text() == str(process.pid)
    with locked(tmp_path):
        assert (tmp_path / ".lock").read_text() == str(os.getpid())


def test_a_folder_that_is_not_there_is_made_and_no_handle_stays_open(tmp_path):
    before = len(os.listdir("/dev/fd"))
    with locked(tmp_path / "new" / "folder"):
        pass
    with pytest.raises(ValueError, match="is in use"), holder(tmp_path), locked(tmp_path):
        pass
    assert (tmp_path / "new" / "folder").is_dir()
    assert len(os.listdir("/dev/fd")) == before


@pytest.mark.parametrize("left", ["", "not a number", "1"])
def test_a_lock_file_that_nobody_holds_does_not_lock(tmp_path, left):
    (tmp_path / ".lock").write_text(left)  # process 1 lives, and does not hold it
    with locked(tmp_path):
        assert (tmp_path / ".lock").read_text() == str(os.getpid())


def test_what_a_run_calls_may_ask_for_its_lock_again_and_another_thread_may_not(tmp_path):
    refused = []

    def other() -> None:
        try:
            with locked(tmp_path):
                pass
        except ValueError as wrong:
            refused.append(str(wrong))

    with locked(tmp_path):
        with locked(tmp_path / ".." / tmp_path.name):
            pass
        assert (tmp_path / ".lock").exists()
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    words = f"{tmp_path} is in use by process {os.getpid()}; wait for it, or give another folder"
    assert refused == [words]
    other()
    assert len(refused) == 1


def test_a_lock_file_removed_by_hand_leaves_the_next_holder_alone(tmp_path):
    with locked(tmp_path):
        (tmp_path / ".lock").unlink()
        with holder(tmp_path) as process:
            process.stdin.close()
        (tmp_path / ".lock").write_text("of the next")
    assert (tmp_path / ".lock").read_text() == "of the next"


def test_a_lock_file_that_its_holder_removes_before_we_lock_it_is_made_anew(tmp_path, monkeypatch):
    def late(handle: int) -> bool | None:
        monkeypatch.setattr("reliabel.folders.lock.try_lock", try_lock)
        (tmp_path / ".lock").unlink()  # what the holder does when it is done
        return try_lock(handle)

    monkeypatch.setattr("reliabel.folders.lock.try_lock", late)
    with locked(tmp_path):
        assert (tmp_path / ".lock").read_text() == str(os.getpid())
        probe = subprocess.run([sys.executable, "-c", HOLD, tmp_path], capture_output=True)
        assert b"is in use by process" in probe.stderr


def test_processes_that_race_for_the_lock_never_hold_it_together(tmp_path):
    words = ["stays", "stays", "stays", "dies", "dies"]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", RACE, tmp_path, word],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for word in words
    ]
    assert [process.stdout.readline() for process in processes] == ["ready\n"] * 5
    until = time.time() + 2
    for process in processes:
        process.stdin.write(f"{until}\n")
        process.stdin.flush()
    ends = [process.communicate() for process in processes]
    assert [process.returncode for process in processes] == [0] * 5, ends
    assert sum(int(out or 0) for out, _ in ends) > 20  # they did take it
    with locked(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_half_written_files_of_dead_writers_are_removed_and_those_of_living_ones_kept(tmp_path):
    inside = tmp_path / "evidence"
    inside.mkdir()
    of_dead = temporary(inside / "neighbours-1.index.npy")
    of_dead.write_bytes(b"half")
    folder_of_dead = temporary(tmp_path / "next")
    (folder_of_dead / "evidence").mkdir(parents=True)
    (folder_of_dead / "evidence" / "audit.json").write_text("half")
    mine = inside / ".mine.part"
    mine.write_bytes(b"not ours")
    with writing(inside / "report.html") as of_living:
        of_living.write_text("half")
        with locked(tmp_path):
            assert sorted(inside.iterdir()) == sorted([of_living, mine])
            assert not folder_of_dead.exists()
        of_living.write_text("whole")
    assert (inside / "report.html").read_text() == "whole"


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "a").write_text("mine")
    with pytest.raises(ValueError, match="is a file, not a folder"), locked(tmp_path / "a"):
        pass
    assert (tmp_path / "a").read_text() == "mine"


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_a_file_system_without_locks_is_said_and_the_run_goes_on(tmp_path, monkeypatch, code):
    def without(handle: int, how: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr("fcntl.flock", without)
    half = temporary(tmp_path / "a.npy")
    half.write_bytes(b"perhaps of somebody who lives")
    with (
        pytest.warns(UserWarning, match="file system without locks: nothing keeps"),
        locked(tmp_path),
        writing(tmp_path / "b") as part,
    ):
        part.write_text("b")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([half.name, "b"])


def test_other_faults_of_a_lock_are_not_hidden(tmp_path, monkeypatch):
    def broken(handle: int, how: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("fcntl.flock", broken)
    with pytest.raises(OSError, match="Input/output error"), locked(tmp_path):
        pass


def test_a_folder_that_cannot_be_written_says_so(tmp_path, monkeypatch):
    (tmp_path / ".lock").mkdir()
    with (
        pytest.raises(OSError, match=r"cannot be locked: .*; may nothing be written"),
        locked(tmp_path),
    ):
        pass


def test_the_file_of_the_lock_can_be_opened_by_its_owner(tmp_path):
    with locked(tmp_path):
        assert (tmp_path / ".lock").stat().st_mode & 0o600 == 0o600
