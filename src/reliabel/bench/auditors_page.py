"""The section of docs/bench.md on the suite auditors, from its rows alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np

from reliabel.bench.auditors import EVIDENCE, P_WRONG, PEOPLE, RATES
from reliabel.bench.learn_picture import ranks_svg
from reliabel.bench.learn_statistics import Column, mean_ranks, whole
from reliabel.bench.run import Row, Table

PICTURE = "img/auditors-ranks.svg"  # below docs
METRIC = "average_precision"
GROUPS: Mapping[str, Callable[[Row], bool]] = {
    "people's labels": lambda row: row.setting in PEOPLE,
    **{
        f"{100 * rate:g} % planted": lambda row, rate=rate: row.setting.endswith(f" {rate:g}")  # type: ignore[misc]
        for rate in RATES
    },
    "verdicts": lambda row: row.setting == "verdicts",
}
SAYS = (
    "Each auditor by itself on the same evidence, {} cells; mean average precision by kind of "
    "wrong labels, mean rank over the {} cells that all of those in the picture have, and the "
    "median CPU seconds beyond the evidence. Mean ranks differ beyond chance by {} or more "
    f"(Nemenyi, 5 %): ![mean ranks]({PICTURE})"
)


def sections(rows: list[Row]) -> Iterator[tuple[str, list[list[str]]]]:
    """All of the suite auditors."""
    scored = [row for row in rows if row.metric == METRIC and isinstance(row.value, float)]
    ranks, critical, shared = mean_ranks(ranked(rows))
    cells = len({row.scenario for row in scored})
    yield SAYS.format(cells, shared, f"{critical:.1f}"), _methods(scored, ranks)
    yield "**Evidence**: median CPU seconds of what all auditors share", _evidence(rows)


def ranked(rows: list[Row]) -> dict[str, Column]:
    """Average precision by cell of the methods that have every cell with features."""
    found: dict[str, Column] = defaultdict(dict)
    for row in rows:
        if row.metric == METRIC and row.setting != "verdicts" and isinstance(row.value, float):
            found[row.method][row.dataset, row.setting] = row.value
    return whole(found, (P_WRONG,))


def picture(folder: Path) -> str:
    """The mean ranks as SVG, "" where no cell is committed."""
    ranks, critical, cells = mean_ranks(ranked(Table(folder / "auditors.csv").rows))
    return ranks_svg(ranks, critical, cells) if ranks else ""


def _methods(scored: list[Row], ranks: Mapping[str, float]) -> list[list[str]]:
    by_method: dict[str, list[Row]] = defaultdict(list)
    for row in scored:
        by_method[row.method].append(row)
    order = sorted(by_method, key=lambda name: (ranks.get(name, np.inf), name))
    lines = [
        [
            name,
            *(_mean([row for row in by_method[name] if of(row)]) for of in GROUPS.values()),
            f"{ranks[name]:.1f}" if name in ranks else "",
            _seconds(by_method[name]),
        ]
        for name in order
    ]
    return [["method", *GROUPS, "mean rank", "CPU s"], *lines]


def _mean(rows: list[Row]) -> str:
    return f"{np.mean([float(row.value) for row in rows]):.3f}" if rows else ""


def _seconds(rows: list[Row]) -> str:
    known = [row.cpu_s for row in rows if isinstance(row.cpu_s, float)]
    return f"{np.median(known):.2f}" if known else ""


def _evidence(rows: list[Row]) -> list[list[str]]:
    found: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        if row.method == EVIDENCE and row.metric.startswith("CPU s of ") and row.value != "":
            found[row.metric.removeprefix("CPU s of ")].append(float(row.value))
    lines = [[name, f"{np.median(values):.2f}"] for name, values in found.items()]
    return [["evidence", "CPU s"], *lines]
