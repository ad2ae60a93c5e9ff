"""P(wrong) beside the best ranking of the peers, on the same evidence and on all of it.

``python -m reliabel.bench.equal_evidence docs/bench/audit.csv README.md`` writes the table of the
README.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable

import numpy as np

from reliabel.bench import marked_table
from reliabel.bench.audit import ALONE
from reliabel.bench.run import Row

PEER = "cleanlab"
OURS = "reliabel p_wrong"
BEGIN, END = "<!-- evidence -->\n", "<!-- /evidence -->"
SAME, EVERYTHING = "the same: probabilities", "all: P(wrong) reads the features too"
HEAD = ["evidence", "labels", "P(wrong)", "the peer's best ranking", "P(wrong) is ahead on"]
SETS = {"imdb": "IMDB, people's verdicts", "mnist": "MNIST, people's verdicts"}


def lines(rows: list[Row]) -> list[list[str]]:
    """A line for each set: mean average precision of P(wrong) and of the peer's best ranking, and
    on how many scenarios P(wrong) is ahead; a line without rows is left out.
    """
    out = [HEAD]
    for dataset, name in SETS.items():
        key = f"verdicts-{dataset}"
        out += _line(rows, SAME, name, OURS, lambda row, key=key: _judged(row, key))  # type: ignore[misc]
    planted = "planted errors in banking77 and AG News"
    out += _line(rows, SAME, planted, ALONE, _planted)
    return out + _line(rows, EVERYTHING, planted, OURS, _planted)


def _judged(row: Row, key: str) -> bool:
    return row.scenario.startswith(key) and row.setting == "all"


def _planted(row: Row) -> bool:
    return row.scenario.startswith("planted")


def _line(
    rows: list[Row], evidence: str, name: str, ours: str, chosen: Callable[[Row], bool]
) -> list[list[str]]:
    """One line, or none; draws of one way to plant count as one scenario."""
    by: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row.metric == "average_precision" and chosen(row):
            by[row.method][row.scenario.rpartition("-")[0]].append(float(row.value))
    mean = {
        method: {scenario: float(np.mean(values)) for scenario, values in of.items()}
        for method, of in by.items()
    }
    mine = mean.get(ours, {})
    peers = {m: of for m, of in mean.items() if m.startswith(PEER) and of.keys() >= mine.keys()}
    if not mine or not peers:
        return []
    best = max(peers, key=lambda m: float(np.mean([peers[m][s] for s in mine])))
    value, theirs = (float(np.mean([of[s] for s in mine])) for of in (mine, peers[best]))
    ahead = sum(mine[s] > peers[best][s] for s in mine)
    cells = f"{value:.3f}", f"{theirs:.3f} ({best})", f"{ahead} of {len(mine)}"
    return [[evidence, name, *cells]]


def fill(rows: list[Row], page: str) -> str:
    """The page with the table between its marks written anew."""
    return marked_table.fill(lines(rows), page, BEGIN, END)


def main(table: str, page: str) -> None:
    """Write the table of the page."""
    marked_table.write(table, page, fill)


if __name__ == "__main__":
    main(*sys.argv[1:])
