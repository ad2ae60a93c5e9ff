"""``reliabel review`` in a process of its own, which may be killed, for the suite review-page and
the tests in a browser.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

LINK = re.compile(r"https?://\S+")
PATIENCE = 60.0  # seconds until a server must answer


class Server:
    """A review that is served; ``link`` opens it (local mode), ``address`` is its place.

    options: of the command beside the folder, such as ["--who", "ann"].  state: where keys of
    sessions lie, so that a restarted server knows who is there.
    """

    def __init__(
        self, folder: Path, state: Path, options: Sequence[str] = (), *, port: int = 0
    ) -> None:
        self.folder, self.state, self.options, self.port = folder, state, tuple(options), port
        self.link = self.address = ""
        self._log = state / f"server-{time.monotonic_ns()}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def __repr__(self) -> str:
        return f"Server({str(self.folder)!r}, {self.address or 'not started'})"

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        wrong: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    def start(self) -> None:
        """Start it, at the port that it had before.  Raises RuntimeError where it does not."""
        self.state.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "reliabel", "review", str(self.folder)]
        command += ["--port", str(self.port), "--no-browser", *self.options]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env={**os.environ, "RELIABEL_STATE": str(self.state), "PYTHONUNBUFFERED": "1"},
            )
        self.link = self._printed()
        self.address = re.sub(r"/(\?.*)?$", "", self.link)
        self.port = int(self.address.rpartition(":")[2])
        self._answers()

    def kill(self) -> None:
        """End it at once (SIGKILL), whatever it is doing."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @property
    def said(self) -> str:
        """What the command printed."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def _printed(self) -> str:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            found = LINK.search(self.said)
            if found:
                return found[0].rstrip(".,;)")
            self._alive()
            time.sleep(0.05)
        raise RuntimeError(f"the server printed no link: {self.said}")

    def _answers(self) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                urllib.request.urlopen(f"{self.address}/api/hello", timeout=5).close()
                return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                self._alive()
                time.sleep(0.05)
        raise RuntimeError(f"the server does not answer: {self.said}")

    def _alive(self) -> None:
        if self._process is None or self._process.poll() is not None:
            raise RuntimeError(f"the server ended: {self.said}")
