"""The review app as a process: how it starts, ends, and what it keeps when it is killed."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys

import pytest
from tests.unit.review.conftest import made
from tests.unit.review.faults import (
    WEB,
    Server,
    check,
    claimed_once,
    free_port,
    servers_killed,
    together,
)
from tests.unit.review.web import Site

import reliabel as rl
from reliabel.review.door import LOCAL
from reliabel.review.opening import open_log
from reliabel.review.serve import Access, Address, _listening, door_of, serve
from reliabel.review.shared import Rules

pytestmark = pytest.mark.slow


def ask(port, path, headers=(), method="GET", body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, path, body, dict(headers))
    answer = connection.getresponse()
    held = answer.read()
    connection.close()
    return answer, held


def started(folder, *words):
    """The command, and the link that it printed."""
    command = [sys.executable, "-m", "reliabel", "review", folder, "--no-browser", *words]
    child = subprocess.Popen(
        [str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    for line in child.stdout:
        if "http://" in line:
            return child, line.split()[-1]
    raise AssertionError(child.stderr.read())


def test_answers_do_not_wait_for_acknowledgements():
    with _listening(Address(port=free_port())) as held:
        assert held.proto == socket.IPPROTO_TCP  # or asyncio leaves Nagle's algorithm on


def test_the_command_prints_a_link_and_ends_cleanly(folder):
    port = free_port()
    child, link = started(folder, "--port", port)
    assert link.startswith(f"http://127.0.0.1:{port}/?token=")
    answer, _ = ask(port, link.partition(str(port))[2])
    assert answer.status == 303
    cookie = answer.headers["set-cookie"].partition(";")[0]
    answer, held = ask(port, "/api/me", {"Cookie": cookie})
    assert json.loads(held)["role"] == "admin"
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=30)
    assert child.returncode == 0, err
    assert "the same command goes on from there" in out
    assert "Traceback" not in err


def test_the_session_goes_on_after_the_server_was_killed(folder):
    port = free_port()
    child, link = started(folder, "--port", port)
    answer, _ = ask(port, link.partition(str(port))[2])
    headers = {"Cookie": answer.headers["set-cookie"].partition(";")[0]}
    headers["X-CSRF-Token"] = json.loads(ask(port, "/api/me", headers)[1])["csrf"]
    child.kill()
    child.communicate()
    child, again = started(folder, "--port", port)
    assert again != link
    headers["Content-Type"] = "application/json"
    one = {"key": "k", "row": 1, "verdict": "keep"}
    body = json.dumps({"decisions": [one]})
    answer, held = ask(port, "/api/decide", headers, "POST", body)
    assert answer.status == 200
    assert json.loads(held)["results"][0]["status"] == "logged"
    child.kill()
    child.communicate()
    assert [one.id for one in rl.log(folder).decisions()] == ["1"]


def test_bad_input_is_one_sentence(folder, tmp_path):
    opened = open_log(folder)

    def refused(address, access, part):
        with pytest.raises(ValueError, match=part):
            serve(opened, Rules(), address, access, tell=str, browser=False)

    alone = Access()
    refused(Address("0.0.0.0"), alone, "others could decide without a name")
    refused(Address("0.0.0.0"), Access(header="X-Person"), "could send the header")
    refused(Address(port=99_999), alone, "cannot listen on 127.0.0.1, port 99999")
    refused(Address("nowhere.invalid"), Access(users=tmp_path / "u"), "cannot listen")
    refused(Address(), Access(users=tmp_path / "none.txt"), "the file of people, is not there")
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        port = held.getsockname()[1]
        refused(Address(port=port), alone, "is taken by another program")
    (tmp_path / "u.txt").write_text("ada:boss:$argon2id$x\n")
    refused(Address(), Access(users=tmp_path / "u.txt"), "line 1: 'boss' is no role")


def test_sessions_of_one_review_are_worth_nothing_in_another(folder, tmp_path):
    other = made(tmp_path / "other.audit", seed=1)
    doors = [
        door_of(open_log(folder), Access(), 1, False),
        door_of(open_log(other, store=tmp_path / "o.db"), Access(), 1, False),
    ]
    cookie = doors[0].begin()
    assert doors[0].sessions.told(cookie)[2] == LOCAL
    assert doors[1].sessions.told(cookie) is None


def test_people_who_work_at_once_through_the_server(tmp_path, store):
    folder = made(tmp_path / "labels.audit", rows=400)
    rl.log(folder, store=store)
    port = free_port()
    server = Server(folder, port)
    _, told = together(port, tmp_path / "stop", 3, 25, WEB)
    server.child.send_signal(signal.SIGINT)
    assert server.ended() == 0
    assert all(lines[-1] == "done" for lines in told)
    claimed_once(told)
    log = check(folder, [line for lines in told for line in lines])
    assert log.summary()["decisions"] == 75


def test_a_server_that_is_killed_loses_and_doubles_nothing(tmp_path):
    folder = made(tmp_path / "labels.audit", rows=5000)
    told = servers_killed(folder, 5, tmp_path / "stop")
    lines = [line for part in told for line in part]
    assert sum(line.startswith("decide") for line in lines) > 10
    claimed_once(told)
    log = check(folder, lines)
    said = sum(line.startswith("decide") for line in lines)
    assert log.summary()["decisions"] == said


def test_a_database_that_cannot_be_written_is_said(folder, monkeypatch):
    site = Site(folder)
    ada = site.alone()

    def full(*args, **words):
        raise OSError("decisions.db could not be read or written: disk full; it is kept")

    monkeypatch.setattr(site.log, "decide_within", full)
    one = {"key": "k", "row": 1, "verdict": "keep"}
    for _ in range(2):
        told = ada.post("/api/decide", {"decisions": [one]}, 503)
        assert "disk full" in told["detail"]
    monkeypatch.undo()
    assert ada.decide(1, key="k")["status"] == "logged"
