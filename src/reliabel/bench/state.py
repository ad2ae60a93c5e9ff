"""Suite state: which of the three answers each world gets ("about N", "cannot tell", "no sign"),
and whether the interval of a count holds the truth.

``python -m reliabel.bench.state docs/bench/state.csv docs/trust.md`` writes the table of
the page.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from reliabel.bench import marked_table
from reliabel.bench.metrics import average_precision
from reliabel.bench.run import Row, Table
from reliabel.bench.state_worlds import StateWorld, made, worlds
from reliabel.core.run import track
from reliabel.trust.answer import CANNOT_TELL, COUNT, LOOKS_WRONG, NO_SIGN, stated
from reliabel.trust.count import before_review
from reliabel.trust.from_features import from_features
from reliabel.trust.p_wrong import p_wrong
from reliabel.trust.verdict import facts_of

SEEDS = 2
BEGIN, END = "<!-- states -->\n", "<!-- /states -->"
STATES = (COUNT, CANNOT_TELL, NO_SIGN)
GROUPS = (  # what a line of the table holds
    ("clean", ("clean",)),
    ("next class, 2-5 %", ("next 0.02", "next 0.05")),
    ("next class, 20 %", ("next 0.2",)),
    ("one class to another", ("one 0.1",)),
    ("uniform, 5 %", ("uniform 0.05",)),
    ("as people err, 5 and 20 %", ("human 0.05", "human 0.2")),
    ("outcomes by chance, no errors", ("ambiguity",)),
    ("chance alike everywhere, no errors", ("chance alone",)),
    ("rules, few voters", ("rules", "few voters")),
    ("shuffled", ("shuffled",)),
)


def run(table: Table, *, quick: bool, data: Path | None) -> None:
    """Write the rows of every world that is not there yet."""
    if data is None:
        raise ValueError(
            "the suite state needs real data: set RELIABEL_DATA to the folder that holds cifar10n, "
            "text, crowd and weak"
        )
    cache = table.path.parent / "features"
    for world in track("worlds", worlds(1 if quick else SEEDS)):
        if not table.has(world.scenario):
            table.add(list(_rows(world, data, cache)))


def _rows(world: StateWorld, data: Path, cache: Path) -> Iterator[Row]:
    labels, truth, x = made(world, data, cache)
    wrong = labels.y != truth
    evidence = from_features(labels, x, rng=np.random.default_rng(0))[0]
    found = p_wrong(labels, evidence, rng=np.random.default_rng(0))
    facts, count, n = facts_of(found), before_review(found), len(labels)
    suspects = float((found.p >= LOOKS_WRONG).sum()) / n
    state = stated(facts, count.identified, suspects)
    setting = f"{world.noise} {world.rate:g}" if world.rate else world.noise

    def row(method: str, metric: str, value: float, *ends: float) -> Row:
        return Row(
            world.scenario, world.shape, setting, world.seed, method, metric, float(value), *ends
        )

    yield row("truth", "share", wrong.mean())
    yield row("answer", "state", STATES.index(state))
    yield row("answer", "flat", found.flat)
    for fact in ("floor_gain", "agreement", "conf", "labels"):
        yield row("evidence", fact, facts[fact])
    yield row("answer", "suspects", suspects)
    if np.isfinite(found.pi):
        yield row("count", "share", found.pi, count.low / n, count.high / n)
        if wrong.any():
            yield row("p_wrong", "average_precision", average_precision(found.p, wrong))
    if count.identified:
        yield row("count", "covered", count.low <= wrong.sum() <= count.high)


def lines(rows: list[Row]) -> list[list[str]]:
    """A line for each kind of world and side: how many got which answer, before and now, and how
    often the interval held the truth, of those that a count was given for before and now.
    """
    seen: dict[str, dict[str, Row]] = defaultdict(dict)
    for row in rows:
        seen[row.scenario][f"{row.method} {row.metric}"] = row
    out = [["worlds", "half", "draws", *STATES, "counts by flat disagreement", "holds the truth"]]
    for name, settings in GROUPS:
        for side in ("chosen", "judged"):
            some = [
                of
                for scenario, of in seen.items()
                if scenario.startswith(side) and of["truth share"].setting in settings
            ]
            if some:
                out.append([name, side, str(len(some)), *_counts(some)])
    return out


def _counts(draws: list[dict[str, Row]]) -> list[str]:
    state = [int(float(of["answer state"].value)) for of in draws]
    flat = sum(int(float(of["answer flat"].value)) for of in draws)
    covered = [
        float(of["count covered"].value)
        for of in draws
        if "count covered" in of and float(of["truth share"].value) > 0
    ]
    held = f"{sum(covered):.0f} of {len(covered)}" if covered else "-"
    return [*(str(state.count(place)) for place in range(len(STATES))), str(flat), held]


def fill(rows: list[Row], page: str) -> str:
    """The page with the table between its marks written anew."""
    return marked_table.fill(lines(rows), page, BEGIN, END)


def main(table: str, page: str) -> None:
    """Write the table of the page."""
    marked_table.write(table, page, fill)


if __name__ == "__main__":
    main(*sys.argv[1:])
