"""The review app under load and faults, at the sizes that are promised (make real; minutes)."""

from __future__ import annotations

import os
import signal
import subprocess

import pytest

pytest.importorskip("fastapi")
pytest.importorskip("sqlalchemy")

from tests.unit.review.conftest import made, server, store  # noqa: F401 (fixtures)
from tests.unit.review.faults import (
    WEB,
    Server,
    check,
    claimed_once,
    free_port,
    servers_killed,
    together,
)

import reliabel as rl

pytestmark = [pytest.mark.heavy, pytest.mark.slow]
A_SECOND = 150  # claims with their decisions, of eight people together


def test_eight_people_with_500_claims_and_decisions_each(tmp_path, store):  # noqa: F811
    folder = made(tmp_path / "labels.audit", rows=20_000)
    rl.log(folder, store=store)
    port = free_port()
    app = Server(folder, port)
    seconds, told = together(port, tmp_path / "stop", 8, 500, WEB)
    app.child.send_signal(signal.SIGINT)
    assert app.ended() == 0
    claimed_once(told)
    lines = [line for part in told for line in part]
    log = check(folder, lines)
    assert log.summary()["decisions"] == sum(line.startswith("decide") for line in lines) == 4000
    assert 4000 / seconds >= A_SECOND, f"{4000 / seconds:.0f} claims with decisions a second"


def test_a_server_that_is_killed_50_times(tmp_path):
    folder = made(tmp_path / "labels.audit", rows=50_000)
    told = servers_killed(folder, 50, tmp_path / "stop")
    claimed_once(told)
    lines = [line for part in told for line in part]
    assert sum(line.startswith("decide") for line in lines) > 500
    check(folder, lines)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of a few MiB, where this user may mount one."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(place)]
    if os.geteuid() or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a small file system can be mounted by root alone")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_is_said_and_what_was_acknowledged_is_kept(tmp_path, small_disk):
    from tests.unit.review.web import Site

    folder = made(tmp_path / "labels.audit", rows=2000)
    database = small_disk / "decisions.db"
    site = Site(folder, store=database)
    ada = site.alone()
    (small_disk / "filler").write_bytes(b"x" * 2_000_000)
    kept, full = {}, None
    for row in range(2000):
        one = {"key": f"k{row}", "row": row, "verdict": "keep"}
        answer = ada.client.post("/api/decide", json={"decisions": [one]})
        if answer.status_code != 200:
            full = answer
            break
        kept[row] = answer.json()["results"][0]["seq"]
    assert full is not None
    assert full.status_code == 503
    assert "what was acknowledged before is kept" in full.json()["detail"]
    (small_disk / "filler").unlink()
    assert ada.decide(row, key=f"k{row}")["status"] == "logged"
    site.log.database.close()
    log = rl.log(folder, store=database)
    assert log.verify() == ""
    by_seq = {one.seq: one.item for one in log.events()}
    assert all(by_seq[seq] == row for row, seq in kept.items())
