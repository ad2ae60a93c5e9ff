"""An audit killed at a random moment and started again ends with the same answer, and reuses what
was finished.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
from tests.journey.test_newcomer import COMMAND

FILES = ("labels.parquet", "findings.parquet", "items.parquet")


@pytest.fixture(scope="module")
def job(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, list[str], dict[str, bytes], float]:
    """The folder, the command, what an audit that nobody disturbs writes, and how long it takes."""
    folder = tmp_path_factory.mktemp("killed")
    rng = np.random.default_rng(0)
    y = rng.integers(0, 8, 6000)
    np.save(
        folder / "x.npy",
        (rng.normal(size=(6000, 48)) + 1.2 * np.eye(8, 48)[y] * 3).astype(np.float32),
    )
    y[:200] = (y[:200] + 1) % 8
    (folder / "y.csv").write_text("y\n" + "\n".join(f"c{c}" for c in y) + "\n")
    command = [*COMMAND, "audit", "y.csv", "--label", "y", "--features", "x.npy"]
    start = time.monotonic()
    subprocess.run([*command, "-o", "whole.audit"], cwd=folder, check=True, capture_output=True)
    whole = {name: (folder / "whole.audit" / name).read_bytes() for name in FILES}
    return folder, command, whole, time.monotonic() - start


def kill_and_resume(job: tuple[Path, list[str], dict[str, bytes], float], seed: int) -> None:
    folder, command, whole, seconds = job
    rng = np.random.default_rng(seed)
    out = f"killed-{seed}.audit"
    for moment in rng.uniform(0.1, 1.0, 2):  # killed twice, at two moments
        process = subprocess.Popen(
            [*command, "-o", out], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            process.wait(float(moment) * seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
    done = subprocess.run(
        [*command, "-o", out], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert {name: (folder / out / name).read_bytes() for name in FILES} == whole
    assert not list((folder / out).glob("**/.*.part"))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_killed_audits_resume_to_the_same_answer(job, seed):
    kill_and_resume(job, seed)


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(5, 55))
def test_fifty_killed_audits_resume_to_the_same_answer(job, seed):
    kill_and_resume(job, seed)


@pytest.mark.slow
def test_ctrl_c_ends_within_a_second_or_at_the_next_fold(job):
    folder, command, _, seconds = job
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    children = ended.ru_utime + ended.ru_stime
    process = subprocess.Popen(
        [*command, "-o", "stopped.audit"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(0.5 * seconds)
    before = cpu_seconds(process.pid) if process.poll() is None else None
    if before is not None:
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=600)[
            1
        ]  # a busy machine takes a while; what counts is how much it still works
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert process.returncode in (130, 0)
        assert process.returncode == 0 or "interrupted" in said
        assert (
            after.ru_utime + after.ru_stime - children - before < 5
        )  # CPU seconds: it does not run on to its end
    process.stderr.close() if process.stderr else None


def cpu_seconds(pid: int) -> float:
    """What a running process has used so far (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
