"""Peers run in their own environment, as a subprocess that reads and writes files; one that cannot
run is told with its error.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from reliabel.bench.child import THREADS, free

SCRIPTS = Path(__file__).parent / "peers"


def python() -> Path | None:
    """The peers' interpreter (``make peers`` sets it up in .venv-peers), None where there is
    none.
    """
    path = Path(".venv-peers") / "bin" / "python"
    return path if path.exists() else None


def call(
    script: str, *args: str | Path, timeout: int = 1800, one_thread: bool | None = None
) -> tuple[str, str | None]:
    """Standard output of a peer's script, and None or the reason why there is none.

    one_thread: True gives each library one thread, False as many as it takes by default, None
        leaves that to this process's environment.
    """
    environment = None if one_thread is None else free()
    if environment is not None and one_thread:
        environment |= dict.fromkeys(THREADS, "1")
    interpreter = python()
    if interpreter is None:
        return "", "no .venv-peers here: make peers sets it up"
    try:
        done = subprocess.run(
            [str(interpreter), str(SCRIPTS / script), *map(str, args)],
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            env=environment,
        )
    except subprocess.TimeoutExpired:
        return "", f"did not end within {timeout} s"
    if done.returncode:
        return "", (done.stderr.strip().splitlines() or ["no message"])[-1]
    return done.stdout, None
