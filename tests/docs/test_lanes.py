"""tools/lanes.py: a lane that cannot run says why, and only a failure counts as one."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from subprocess import CompletedProcess

import pytest

spec = spec_from_file_location(
    "tools_lanes", Path(__file__).resolve().parents[2] / "tools" / "lanes.py"
)
lanes = module_from_spec(spec)
spec.loader.exec_module(lanes)


def answer(monkeypatch, **outputs):
    """Let each command, known by a word in it, answer with an exit code and a text."""

    def call(*words, where=None):
        line = " ".join(map(str, words))
        known = (outputs[word] for word in outputs if f" {word} " in f"{line} ")
        return CompletedProcess(words, *next(known, (0, "")))

    monkeypatch.setattr(lanes, "_call", call)


def outcomes(*words):
    return [lanes.Outcome("3.11", "oldest", word, "why") for word in words]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("passed", "could not run"), 0),
        (("passed", "failed"), 1),
        (("could not run",), 1),  # nothing was shown
    ],
)
def test_a_failure_ends_with_one_and_so_does_a_run_of_nothing(words, code, capsys):
    assert lanes.summary(outcomes(*words)) == code
    assert f"{words.count('could not run')} could not run" in capsys.readouterr().out


def test_a_python_that_is_nowhere_is_told_with_the_reason(monkeypatch, tmp_path):
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    answer(monkeypatch, install=(1, "error: no network\n"), find=(2, "none\n"))
    monkeypatch.setattr(lanes.shutil, "which", lambda name: "/shims/python3.14")  # for nothing
    place, why = lanes.find("3.14")
    assert place is None
    assert why == (
        "no python3.14 on the path or under pyenv, and uv cannot download one (error: no network)"
    )


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("  x No solution found when resolving dependencies:\n", "failed"),
        ("error: no network\n", "could not run"),
    ],
)
def test_bounds_that_contradict_each_other_are_a_failure(said, word, monkeypatch, tmp_path):
    answer(monkeypatch, pip=(1, said))
    monkeypatch.setattr(lanes, "ROOT", tmp_path)
    monkeypatch.setattr(lanes, "LOGS", tmp_path)
    done = lanes.run("3.11", "oldest", Path("python3.11"), tmp_path / "x.whl", tmp_path, [])
    assert (done.word, done.why) == (
        word,
        f"cannot be installed ({said.strip()}); see 3.11-oldest.log",
    )


@pytest.mark.parametrize(
    ("end", "told"),
    [
        ("1 failed, 9 passed in 3.00s (0:00:03)", "1 failed, 9 passed in "),
        (
            "..Fatal Python error: Segmentation fault\n\nExtension modules: x",
            "Fatal Python error: S",
        ),
        ("no module named pytest", "no module named pytest in "),
    ],
)
def test_a_red_run_is_a_failure_with_its_end(end, told, monkeypatch, tmp_path):
    for name in ("tests", "tools", "docs", "examples"):
        (tmp_path / name).mkdir()
    for name in ("pyproject.toml", "README.md", "CHANGELOG.md", "Makefile"):
        (tmp_path / name).write_text("project = { dependencies = ['numpy>=1'] }")
    monkeypatch.setattr(lanes, "ROOT", tmp_path)
    monkeypatch.setattr(lanes, "LOGS", tmp_path)
    answer(monkeypatch, pytest=(1, end))
    work = tmp_path / "work"
    done = lanes.run("3.11", "newest", Path("python3.11"), tmp_path / "x.whl", work, ["tests"])
    assert done.word == "failed"
    assert done.why.startswith(told)
    assert done.why.endswith("s; see 3.11-newest.log")
