"""Suite tables: what each table of evidence is worth to P(wrong), those that auditors offer among
them: average precision with one table less or one more, paired on each draw.

A table is chosen on the sets of ``trust_worlds.CHOSEN`` (one half of CIFAR-10N, digits) and judged
on the others: it joins where it gains ``WORTH`` on the mean of the first and no interval on the
others lies below zero.  Full: nine draws of up to 4,000 labels, quick: three.
"""

from __future__ import annotations

import warnings
from collections import defaultdict
from pathlib import Path

import numpy as np
from scipy.stats import t as student

from reliabel.bench.run import Row, Table
from reliabel.bench.trust_sets import absent
from reliabel.bench.trust_study import changes
from reliabel.bench.trust_worlds import CHOSEN, World
from reliabel.core.labels import Floats
from reliabel.core.run import track
from reliabel.trust.offered import offering

ROWS = 4000
WORTH = 0.005  # mean gain in average precision below which a table is not worth its cost
BASE = "as it is"
WORLDS = (
    World("digits", "human", 0.05),
    World("cifar10n_1", "aggre", rows=ROWS, strength="strong"),
    World("cifar10n_2", "aggre", rows=ROWS, strength="strong"),
    World("cifar10n_1", "worse", rows=ROWS, strength="weak"),
    World("cifar10n_2", "worse", rows=ROWS, strength="weak"),
    World("ag_news", "human", 0.05, rows=ROWS, strength="strong"),
    World("banking77", "human", 0.05, rows=ROWS, strength="strong"),
    World("digits", "human", 0.2),
    World("ag_news", "human", 0.2, rows=ROWS, strength="strong"),
)


def run(table: Table, *, quick: bool, data: Path | None) -> None:
    """Write the rows of every draw that is not there yet, then those of what is worth joining."""
    if data is None:
        raise ValueError(
            "the suite tables needs real data: set RELIABEL_DATA to the folder that holds cifar10n "
            "and text"
        )
    cache = table.path.parent / "features"
    for world in track("tables", WORLDS[:3] if quick else WORLDS):
        why = absent(world.dataset, world.strength, cache) if world.strength else ""
        if why:
            warnings.warn(f"left out: {world.dataset} {world.strength}; {why}", stacklevel=2)
        elif not table.has(world.scenario):
            table.add(list(changes(world, world.scenario, data, cache, {}, offering())))
    if not table.has("worth"):
        table.add(verdicts(table.rows))


def verdicts(rows: list[Row]) -> list[Row]:
    """For each change the mean gain on the sets that choose, on those that judge with its interval
    over draws, and whether a table joins by it.  Leaving a table out is told as what it is worth:
    the gain of having it.
    """
    told = []
    for method, of in gains(rows).items():
        chosen, judged = (
            np.array([gain for dataset, gain in of if (dataset in CHOSEN) == half])
            for half in (True, False)
        )
        if not len(chosen) or not len(judged):
            continue
        mean, low, high = _interval(judged)
        first = float(chosen.mean())
        joins = first >= WORTH and not high < 0
        told.append(Row("worth", "chosen on", "", 0, method, "gain", first))
        told.append(Row("worth", "judged on", "", 0, method, "gain", mean, low, high))
        told.append(Row("worth", "", "", 0, method, "joins", float(joins)))
    return told


def lines(rows: list[Row]) -> list[list[str]]:
    """A line for each change: what having the table is worth in average precision."""
    told = {(row.method, row.dataset, row.metric): row for row in rows if row.scenario == "worth"}
    cost: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        if row.metric == "study" and row.cpu_s != "":
            cost[row.method].append(float(row.cpu_s))
    out = [["table", "gain, chosen on", "gain, judged on (95 %)", "CPU s a draw", "joins"]]
    for method in dict.fromkeys(method for method, _, _ in told):
        chosen, judged = (told[method, half, "gain"] for half in ("chosen on", "judged on"))
        ends = f"{float(judged.low):+.4f} to {float(judged.high):+.4f}"
        seconds = f"{np.mean(cost[method]):.1f}" if cost[method] else ""
        joins = "yes" if float(told[method, "", "joins"].value) else "no"
        values = f"{float(chosen.value):+.4f}", f"{float(judged.value):+.4f} ({ends})"
        out.append([method, *values, seconds, "stands" if "without" in method else joins])
    return out


def gains(rows: list[Row]) -> dict[str, list[tuple[str, float]]]:
    """Change -> (data set, gain of having the table) of each draw."""
    base = {row.scenario: float(row.value) for row in rows if row.method == BASE}
    found: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for row in rows:
        if row.metric == "study" and row.method != BASE and row.scenario in base:
            gain = float(row.value) - base[row.scenario]
            sign = -1 if row.method.startswith("without ") else 1
            found[row.method].append((row.dataset, sign * gain))
    return dict(found)


def _interval(gain: Floats) -> tuple[float, float, float]:
    """The mean of paired gains and the ends of its 95 % interval over draws (Student's)."""
    mean = float(gain.mean())
    if len(gain) < 2:
        return mean, float("nan"), float("nan")
    half = float(student.ppf(0.975, len(gain) - 1) * gain.std(ddof=1) / len(gain) ** 0.5)
    return mean, mean - half, mean + half
