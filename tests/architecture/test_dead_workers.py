"""A run of the tests goes on where the process of a worker dies (tests/dead_workers.py)."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DIES = """
import os, pathlib, pytest
@pytest.mark.parametrize("place", range(3))
def test_it(place):
    died = pathlib.Path("{name} died")
    if place == 1 and ({always} or not died.exists()):
        died.touch()
        os.kill(os.getpid(), 9)
"""


@pytest.mark.slow
def test_a_test_whose_process_dies_is_run_once_more(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("from tests.dead_workers import *\n")
    for name, always in (("once", False), ("always", True)):
        (tmp_path / f"test_{name}.py").write_text(DIES.format(name=name, always=always))
    for number in range(6):
        (tmp_path / f"test_of_one_{number}.py").write_text("def test_it(): pass\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rs", "-n", "2", "--dist", "loadfile"]
        + ["-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir", str(tmp_path), "."],
        cwd=tmp_path, capture_output=True, text=True, timeout=120, env={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    said = done.stdout
    assert (done.returncode, "1 failed, 11 passed, 2 skipped" in said) == (1, True), said
    assert "test_once.py::test_it[1]:0: its process died: the test is run once more" in said
    assert "crashed while running 'test_always.py::test_it[1]'" in said
