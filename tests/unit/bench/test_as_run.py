"""Cases as users run them: no thread variables, busy processes that end, and a peer that is not
there is named.
"""

import os
import subprocess
from pathlib import Path

import pytest

from reliabel.bench import as_run
from reliabel.bench.child import THREADS, free


def test_no_variable_sets_the_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    for word in THREADS:
        monkeypatch.setenv(word, "1")
    monkeypatch.setenv("KEPT", "yes")
    assert not set(THREADS) & set(free())
    assert free()["KEPT"] == "yes"


def test_busy_processes_end_with_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def noted(*words: object, **more: object) -> subprocess.Popen[bytes]:
        started.append(popen(*words, **more))  # type: ignore[call-overload]
        return started[-1]

    monkeypatch.setattr(as_run, "SPIN", "import time; time.sleep(60)")
    monkeypatch.setattr(subprocess, "Popen", noted)
    running = []

    def fail() -> None:
        running.extend(process.poll() for process in started)
        raise ValueError("on purpose")

    with pytest.raises(ValueError, match="on purpose"), as_run.beside(2):
        fail()
    assert running == [None, None]
    assert all(process.poll() is not None for process in started)


def test_texts_need_real_data(tmp_path: Path) -> None:
    (row,) = as_run.rows("texts_as_run", None, tmp_path)
    assert (row.metric, row.value) == ("not run", "no real data: set RELIABEL_DATA")


def test_dawid_skene_alone_and_beside_two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, ...]] = []

    def child(command: list[str], *, one_thread: bool) -> dict[str, float]:
        assert not one_thread
        seen.append(tuple(command[1:]))
        return {"cpu_s": 2.0}

    monkeypatch.setattr(as_run, "SHAPE", (20, 5, 3, 2))
    monkeypatch.setattr(as_run, "child", child)
    monkeypatch.setattr(as_run, "BUSY", 1)
    monkeypatch.setattr(as_run.peer, "python", lambda: None)
    rows = as_run.rows("dawid_skene_as_run", None, tmp_path)
    assert seen == [("-m", "reliabel.bench.as_run")] * 2
    assert {row.scenario for row in rows} == {"dawid_skene_as_run", "dawid_skene_as_run_beside_1"}
    assert [row.value for row in rows if row.metric == "cpu_s"] == [2.0, 2.0]
    assert [row.method for row in rows if row.metric == "not run"] == ["crowd-kit"] * 2
    assert all(row.value >= 0 for row in rows if row.metric == "load")
    assert os.listdir(tmp_path) == []
