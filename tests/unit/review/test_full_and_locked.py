"""A database that others hold, and a disk that is full: one sentence, nothing half written, and
what was acknowledged is there.
"""

from __future__ import annotations

import shutil
import subprocess
import threading

import pytest
from sqlalchemy import event
from tests.unit.review.conftest import made
from tests.unit.review.test_store import keep

import reliabel as rl
from reliabel.review import database


def test_a_log_that_another_process_holds(folder, store, monkeypatch):
    monkeypatch.setattr(database, "PATIENCE", 0.3)
    log = rl.log(folder, store=store)
    log.decide(keep(1))
    holds, go_on = threading.Event(), threading.Event()

    def other():
        with rl.log(folder, store=store).writing():
            holds.set()
            go_on.wait(30)

    holder = threading.Thread(target=other)
    holder.start()
    assert holds.wait(30)
    with pytest.raises(OSError, match=r"in use by another process for more than 0\.3 seconds"):
        log.decide(keep(2))
    assert log.record().row.tolist() == [1]  # reading goes on meanwhile
    go_on.set()
    holder.join()
    log.decide(keep(2))
    assert log.record().row.tolist() == [1, 2]
    assert log.verify() == ""


def test_a_file_that_cannot_grow(folder):
    """SQLite says the same where its file may not grow as where the disk is full."""
    log = rl.log(folder)
    log.decide(keep(1))

    def small(connection, record):
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages + 2}").close()

    event.listen(log.database.engine, "connect", small)
    log.database.engine.dispose()
    said = [1]
    with pytest.raises(OSError, match="is full"):
        until_full(log, said)
    told = len(said)
    assert told == len(list(log.events()))
    assert log.verify() == ""
    event.remove(log.database.engine, "connect", small)
    log.database.engine.dispose()
    log.decide(keep(59))
    assert log.board.seq == told + 1
    assert log.verify() == ""


def until_full(log, said):
    """Decide until it does not work any more; ``said`` gets what was acknowledged."""
    for number in range(10_000):
        log.decide(keep(number % 60, who=f"person {number}"))
        said.append(number)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of two megabytes."""
    place = tmp_path / "small"
    place.mkdir()
    mount = shutil.which("mount")
    words = ["-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)]
    done = None if mount is None else subprocess.run([mount, *words], capture_output=True)
    if done is None or done.returncode:
        pytest.skip("a small file system can be mounted here by nobody but an administrator")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_a_disk_that_is_full(small_disk, tmp_path):
    folder = made(tmp_path / "labels.audit", rows=400)
    log = rl.log(folder, store=small_disk / "decisions.db")
    log.decide(keep(0))
    (small_disk / "filler").write_bytes(b"x" * (small_disk_free(small_disk) - 64 * 1024))
    said = [0]
    with pytest.raises(OSError, match="is full"):
        until_full(log, said)
    told = len(said)
    assert told > 1
    assert log.board.seq == told
    (small_disk / "filler").unlink()
    log.decide(keep(399, who="eve"))
    assert log.verify() == ""
    assert rl.log(folder).board.seq == told + 1


def small_disk_free(place):
    return shutil.disk_usage(place).free
