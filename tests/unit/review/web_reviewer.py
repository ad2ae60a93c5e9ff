"""A reviewer in a process of their own who works through the review app: claims a label, decides,
now and then takes back, and prints a line for each answer.  Where the server is gone they send the
same again until it is back, as the page does.

    python web_reviewer.py PORT STOP WHO DECISIONS SEED      (STOP: a file that ends the work)
"""

from __future__ import annotations

import http.client
import json
import random
import sys
import time
from pathlib import Path
from uuid import uuid4

PATIENCE = 60.0  # seconds that the server may be gone


class Line:
    """A connection to the server, as one person."""

    def __init__(self, port: int, who: str) -> None:
        self.port, self.headers = port, {"X-Person": who, "Content-Type": "application/json"}
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.headers["X-CSRF-Token"] = self.ask("GET", "/api/me")["csrf"]

    def ask(self, method, path, body=None):
        """What is answered; asked again until there is an answer."""
        sent, until = None if body is None else json.dumps(body), time.monotonic() + PATIENCE
        while True:
            try:
                self.connection.request(method, path, sent, self.headers)
                answer = self.connection.getresponse()
                held = answer.read()
                break
            except (OSError, http.client.HTTPException):
                if time.monotonic() > until:
                    raise
                self.connection.close()
                time.sleep(0.02)
        if answer.status != 200:
            raise SystemExit(f"{method} {path}: {answer.status} {held!r}")
        return json.loads(held)


def main(port: str, stop: str, who: str, decisions: str, seed: str) -> None:
    """Review until so many decisions are made, nothing is left, or somebody says stop."""
    chance, line = random.Random(int(seed)), Line(int(port), who)
    said("ready")
    sys.stdin.readline()  # all reviewers begin together
    for _ in range(int(decisions)):
        cards = line.ask("POST", "/api/claim", {"n": 1})["cards"]
        if not cards or Path(stop).exists():
            break
        row = cards[0]["row"]
        said(f"claim {row}")
        verdict = chance.choice(["keep", "keep", "drop", "unsure"])
        one = {"key": str(uuid4()), "row": row, "verdict": verdict}
        told = line.ask("POST", "/api/decide", {"decisions": [one]})["results"][0]
        said(f"decide {told['seq']} {row} {verdict}")
        if chance.random() < 0.02:
            line.ask("POST", "/api/undo", {"key": str(uuid4())})
            said("undo")
    said("done")


def said(line: str) -> None:
    """A line that a killed process has written for good."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
