"""A reviewer in a process of their own, for tests of load and faults: draws, decides, now and then
takes back, and prints a line for each event that the log has acknowledged.

    python reviewer.py FOLDER STORE WHO DECISIONS [SEED]      (STORE "-": in the folder)
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from reliabel.core.results import Decision
from reliabel.review.opening import open_log


def main(folder: str, store: str, who: str, decisions: str, seed: str = "0") -> None:
    """Review until so many decisions are logged."""
    log = open_log(Path(folder), store=None if store == "-" else store).log
    rng, n = np.random.default_rng(int(seed)), log.layout.rows
    said("ready")
    sys.stdin.readline()  # all reviewers begin together
    for done in range(int(decisions)):
        if done % 5 == 0:
            draw = log.draw(forecast=float(rng.random()), allowed=3, who=who)
            row = int(rng.integers(n)) if draw is None else draw.row
            if draw is not None:
                said(f"draw {draw.seq} {row}")
        else:
            row = int(rng.integers(n))
        verdict = ("keep", "drop", "unsure")[int(rng.integers(3))]
        key = f"{who} {seed} {done}"
        made = log.decide([Decision(str(row), verdict, who=who)], keys=[key])
        said(f"decide {made.seqs[0] if made.seqs else 0} {row} {verdict}")
        if made.seqs and rng.random() < 0.05:
            log.undo(who=who)
            said("undo")
    said("done")


def said(line: str) -> None:
    """A line that a killed process has written for good."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
