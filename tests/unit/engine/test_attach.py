"""Attaching to a cluster: each way in which it goes wrong is one sentence, tried on loopback."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import reliabel as rl
from reliabel.engine import attach, lost
from reliabel.engine.choice import chosen_engine
from reliabel.engine.ray import Cluster

TOKEN = "a" * 32
RAY = "from ray.scripts.scripts import main; main()"


def test_the_address_is_that_of_the_environment_unless_one_is_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "10.0.0.1:6379")
    assert attach.address_of(None) == "10.0.0.1:6379"
    assert attach.address_of("10.0.0.2:6379") == "10.0.0.2:6379"
    assert attach.address_of("local") is None
    monkeypatch.delenv("RAY_ADDRESS")
    assert attach.address_of(None) is None
    assert attach.place_of("ray://[::1]:10001") == ("::1", 10001)
    assert attach.place_of("auto") is None


def test_engines_and_workers_that_are_none() -> None:
    for engine, workers, said in (
        ("rey", None, "engine must be one of local, ray, got 'rey', did you mean 'ray'?"),
        ("local", 0, "workers must be a whole number from 1, got 0"),
        ("local", 1.5, "workers must be a whole number from 1, got 1.5"),
    ):
        with pytest.raises(ValueError, match=said.replace("?", r"\?")):  # noqa: SIM117
            with chosen_engine(engine, workers):  # type: ignore[arg-type]
                pass
    with chosen_engine("local", 3) as threads:
        assert threads.workers == 3  # type: ignore[attr-defined]


def test_the_answer_is_the_same_for_any_number_of_workers() -> None:
    p = [[0.9, 0.1]] * 20 + [[0.2, 0.8]] * 20
    one, two = (rl.audit([0] * 19 + [1] * 21, probs=p, workers=n) for n in (1, 2))
    assert one.findings == two.findings
    assert [a.score.tolist() for a in one.opinions.values() if hasattr(a, "score")]


def test_where_nothing_answers_and_where_something_else_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("ray", reason="ray is an extra: pip install 'reliabel[ray]'")
    monkeypatch.setattr(attach, "ANSWER", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(ValueError, match=f"what answers at 127.0.0.1:{port} is no Ray cluster"):
            attach.attach(f"127.0.0.1:{port}")
    with pytest.raises(ValueError, match=f"no Ray cluster answers at 127.0.0.1:{port}"):
        attach.attach(f"127.0.0.1:{port}")
    with pytest.raises(ValueError, match=r"RAY_ADDRESS must be HOST:PORT .*, got 'somewhere'"):
        attach.attach("somewhere")


def test_a_missing_extra_is_said_before_anything_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"needs the extra \[ray\]: pip install"):
        rl.audit([0, 1] * 5, probs=[[0.5, 0.5]] * 10, engine="ray")


def test_nodes_with_another_version_are_refused_and_other_libraries_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here: dict[str, str] = attach._versions()(attach.PACKAGES)
    for there, said in (({"reliabel": ""}, "has no reliabel"), ({"reliabel": "9"}, "reliabel 9")):
        monkeypatch.setattr(attach, "_asked", lambda ray, at, x=there: {"n": here | x})
        with pytest.raises(ValueError, match=said):
            attach.check_nodes(None, "10.0.0.1:6379")
    monkeypatch.setattr(attach, "_asked", lambda ray, at: {"n": here | {"numpy": "1.0"}})
    with pytest.warns(UserWarning, match=r"has numpy 1\.0, here .* may differ in its last bits"):
        attach.check_nodes(None, "10.0.0.1:6379")


def test_what_ray_says_becomes_one_sentence() -> None:
    for said, sentence in (
        ("RPC error: InvalidAuthToken: Authentication token is missing", "refused"),
        ("Version mismatch: x:\n  Ray: 2.1\n  Python: 3.11\ny:\n  Ray: 2.6\n", "other versions"),
        ("Can't find a `node_ip_address.json` file", "this machine is no node of the cluster"),
        ("something new", "is no Ray cluster that can be used"),
    ):
        found = attach._unattached("10.0.0.1:6379", RuntimeError(said))
        assert sentence in found
        assert "\n" not in found


def test_losses_are_sentences_and_errors_of_our_own_work_stay_as_they_are() -> None:
    ray = pytest.importorskip("ray", reason="ray is an extra: pip install 'reliabel[ray]'")
    import ray.exceptions as kinds

    def of(cause: Exception) -> BaseException:
        error = kinds.RayTaskError("work", "trace", cause)
        return lost.raised(ray, error)

    assert str(of(ValueError("block three"))) == "block three"
    assert "lacks a package" in str(of(ModuleNotFoundError("No module named 'x'")))
    assert "storage that all nodes see" in str(of(FileNotFoundError("no x.npy")))
    assert "ran out of memory (8 GiB)" in str(of(MemoryError("8 GiB")))
    for error in (
        kinds.OutOfMemoryError("killed (IP: 10.0.0.3, ID: ab)"),
        kinds.WorkerCrashedError(),
        kinds.NodeDiedError("gone"),
        kinds.RaySystemError("odd"),
    ):
        found = lost.raised(ray, error)
        assert isinstance(found, OSError)
        assert "kept in the audit folder" in str(found)
        assert "\n" not in str(found)
    assert "on node 10.0.0.3" in str(lost.raised(ray, kinds.OutOfMemoryError("(IP: 10.0.0.3, I")))


def test_a_head_that_is_gone_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lost, "EVERY", 0.0)
    monkeypatch.setattr(lost, "GONE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        head = lost.Head(f"127.0.0.1:{server.getsockname()[1]}")
        head.look()
    head.look()
    time.sleep(0.3)
    with pytest.raises(OSError, match=r"the head of the Ray cluster at .* is lost"):
        head.look()
    assert head.lost
    lost.Head(None).look()


def _started(place: Path, before: str = "", **words: str) -> tuple[str, subprocess.Popen[bytes]]:
    """The address of a cluster of two workers that is started here, and its process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", f"{before}\n{RAY}", "start", "--head", f"--port={port}"]
    command += ["--num-cpus=2", "--include-dashboard=false", "--disable-usage-stats", "--block"]
    env = {name: value for name, value in os.environ.items() if name != "RAY_ADDRESS"}
    with (place / "log").open("wb") as log:
        process = subprocess.Popen(
            command, env=env | words, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
    for _ in range(240):
        time.sleep(0.25)
        if b"Ray runtime started" in (place / "log").read_bytes():
            break
    return f"127.0.0.1:{port}", process


def _stopped(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    process.wait(60)


@pytest.fixture(scope="module")
def head(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The address of a cluster that wants a token, and the process of its head."""
    pytest.importorskip("ray", reason="ray is an extra: pip install 'reliabel[ray]'")
    place = tmp_path_factory.mktemp("head")
    address, process = _started(place, RAY_AUTH_MODE="token", RAY_AUTH_TOKEN=TOKEN)
    yield address, process
    _stopped(process)


@pytest.fixture
def guarded(head: tuple[str, subprocess.Popen[bytes]]) -> str:
    """The address of the cluster that wants a token."""
    return head[0]


def _elsewhere(address: str, work: str, **words: str) -> SimpleNamespace:
    """What a process of its own says that attaches and works: Ray reads its token only once."""
    script = f"""
from reliabel.core.run import Rated
from reliabel.engine.ray import Cluster
def work(block):
    {work}
with Cluster() as cluster:
    parts = []
    cluster(Rated(work, 1e13), list(range(8)), parts.append)  # worth sending
print(parts)
"""
    env = {**os.environ, "RAY_ADDRESS": address, **words}
    done = subprocess.run(
        [sys.executable, "-c", script], env=env, capture_output=True, text=True, timeout=180
    )
    last = (done.stderr.strip().splitlines() or [""])[-1]
    return SimpleNamespace(out=done.stdout.strip(), last=last, whole=done.stderr)


@pytest.mark.slow
def test_a_token_is_shown_and_a_wrong_one_refused(guarded: str) -> None:
    other = _elsewhere(guarded, "return block", RAY_AUTH_TOKEN="b" * 32)
    assert "refused the token of RAY_AUTH_TOKEN; give the token of its head" in other.last
    assert not re.search(r"\.(cc|h):\d+: ", other.whole)  # lines of Ray's own log
    right = _elsewhere(guarded, "return block", RAY_AUTH_TOKEN=TOKEN)
    assert right.out == "[0, 1, 2, 3, 4, 5, 6, 7]"
    assert "refused" not in right.whole  # Ray itself may say that tokens are on


@pytest.mark.slow
def test_a_worker_that_dies_again_and_again_is_one_sentence(guarded: str) -> None:
    work = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    found = _elsewhere(guarded, work, RAY_AUTH_TOKEN=TOKEN)
    assert "a worker of the cluster died again and again on the same work" in found.last
    assert found.out == ""


@pytest.mark.slow
def test_another_version_of_ray_on_the_head_is_one_sentence(tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="ray is an extra: pip install 'reliabel[ray]'")
    words = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": TOKEN}
    address, process = _started(tmp_path, "import ray; ray.__version__ = '2.1.0'", **words)
    found = _elsewhere(address, "return block", RAY_AUTH_TOKEN=TOKEN)
    _stopped(process)
    assert f"the cluster at {address} runs other versions (Ray: 2.1.0" in found.last


@pytest.mark.slow
def test_a_head_that_is_killed_is_one_sentence(
    head: tuple[str, subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    """The last test of the cluster that wants a token, which is gone afterwards."""
    address, process = head

    def kill() -> None:
        while not (tmp_path / "began").exists():
            time.sleep(0.1)
        os.killpg(process.pid, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    work = f"import pathlib, time; pathlib.Path({str(tmp_path / 'began')!r}).touch(); time.sleep(3)"
    found = _elsewhere(address, work, RAY_AUTH_TOKEN=TOKEN)
    killer.join()
    process.wait(60)
    assert f"the head of the Ray cluster at {address} is lost" in found.last


def test_a_cluster_is_not_started_for_work_that_is_not_worth_it() -> None:
    pytest.importorskip("ray", reason="ray is an extra: pip install 'reliabel[ray]'")
    parts: list[Any] = []
    with Cluster(workers=2) as cluster:
        cluster(len, [(1, 2), ()], parts.append)
        assert not cluster.started
    assert parts == [2, 0]
