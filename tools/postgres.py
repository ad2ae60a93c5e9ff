"""A PostgreSQL server of its own on loopback, for tests and benchmarks: ``with running() as
address``.  Its data lie in a new temporary folder, which goes with it; no other server is touched.

    python tools/postgres.py        starts one, prints its address, and stops it at Ctrl-C
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

WAIT = 60  # seconds for the server to come up


class NoServer(Exception):
    """Why there is no PostgreSQL here, in a sentence."""


def binaries() -> Path:
    """The folder of PostgreSQL's programs.  Raises NoServer where there is none."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)  # Debian's
    found = shutil.which("initdb")
    places += [Path(found).resolve().parent] if found else []
    for place in places:
        if (place / "initdb").is_file() and (place / "postgres").is_file():
            return place
    raise NoServer("PostgreSQL is not installed (Debian: apt-get install postgresql)")


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _as_owner() -> list[str]:
    """What comes before a command so that root does not run it, which PostgreSQL refuses."""
    if os.getuid() != 0:
        return []
    if shutil.which("runuser") is None:
        raise NoServer("PostgreSQL refuses to run as root, and runuser is not installed")
    try:
        import pwd

        pwd.getpwnam("postgres")
    except KeyError:
        raise NoServer("PostgreSQL refuses to run as root, and no user postgres exists") from None
    return ["runuser", "-u", "postgres", "--"]


@contextmanager
def running() -> Iterator[str]:
    """The address of a server that runs until the block ends.  Raises NoServer where none can."""
    place, before = binaries(), _as_owner()
    folder = Path(tempfile.mkdtemp(prefix="reliabel-postgres-"))
    try:
        if before:
            shutil.chown(folder, "postgres")
        data, port = folder / "data", free_port()
        made = subprocess.run(
            [*before, place / "initdb", "-D", data, "-U", "reliabel", "--auth=trust"],
            capture_output=True,
            text=True,
            cwd=folder,
        )
        if made.returncode:
            raise NoServer(f"initdb failed: {(made.stderr or made.stdout).strip()[-300:]}")
        words = ["-D", data, "-p", str(port), "-k", folder, "-c", "listen_addresses=127.0.0.1"]
        log = (folder / "log").open("wb")
        process = subprocess.Popen(
            [*before, place / "postgres", *words], stdout=log, stderr=log, cwd=folder
        )
        try:
            _wait(process, port, folder)
            yield f"postgresql+psycopg://reliabel@127.0.0.1:{port}/postgres"
        finally:
            _stop(process, data)
            log.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait(process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    until = time.monotonic() + WAIT
    while time.monotonic() < until:
        if process.poll() is not None:
            said = (folder / "log").read_text(errors="replace").strip()[-300:]
            raise NoServer(f"PostgreSQL did not start: {said}")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                break
        except OSError:
            time.sleep(0.1)
    time.sleep(0.3)  # it listens a moment before it answers


def _stop(process: subprocess.Popen[bytes], data: Path) -> None:
    """Stop the server at once, whose data are thrown away, by the number in its own file, which is
    not that of ``runuser``.
    """
    try:
        pid = int((data / "postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, signal.SIGQUIT)
    except (OSError, ValueError, IndexError):
        process.terminate()
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def main() -> int:
    """Run a server until somebody presses Ctrl-C."""
    try:
        with running() as address:
            print(address, flush=True)
            signal.pause()
    except NoServer as why:
        print(why, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
