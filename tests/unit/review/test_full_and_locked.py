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
    told = 1
    with pytest.raises(OSError, match="is full"):
        for item in range(2, 60):
            for _ in range(40):
                log.decide([*keep(item, who=f"person {told}")])
                told += 1
    assert told == len(list(log.events()))
    assert log.verify() == ""
    event.remove(log.database.engine, "connect", small)
    log.database.engine.dispose()
    log.decide(keep(59))
    assert log.board.seq == told + 1
    assert log.verify() == ""


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
    told = 1
    with pytest.raises(OSError, match="is full"):
        for item in range(1, 400):
            log.decide(keep(item))
            told += 1
    assert told > 1
    assert log.record().row.tolist() == list(range(told))
    (small_disk / "filler").unlink()
    log.decide(keep(told))
    assert log.verify() == ""
    assert rl.log(folder).record().row.tolist() == list(range(told + 1))


def small_disk_free(place):
    return shutil.disk_usage(place).free
