"""The section of docs/bench.md on the suite faults, from its rows alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reliabel.bench.fault_peers import FOUND, SAYS
from reliabel.bench.run import Row

METRICS = ("planted", "recall", "recall by name", "precision", "found before planting")
PLANTED = (
    "Recall: what was planted stands in one fault (the item and its source, half of a slice, the "
    "column, the class); by name: of the planted kind. Precision: of the faults of that kind that "
    "were not there before anything was planted, those that hold what was planted of that kind "
    "(intervals by Wilson)."
)
COSTS = (
    "**Each world**: faults beside what was planted, look-alikes that were reported, and what the "
    "auditor took (CPU seconds of a draw; memory of NumPy and Python at most, beside its evidence)"
)
NULL = (
    "**Without a fault**: draws in which anything was reported, beside the chance of it that the "
    "auditor states (of row_order twice .01, for labels and features; `class_counts` also asks for "
    "a difference of .05, `spurious_correlation` was asked with `least=0`; target leakage and "
    "copies state none)"
)


def sections(rows: list[Row]) -> Iterator[tuple[str, list[list[str]]]]:
    """All of the suite faults."""
    mine = [row for row in rows if row.metric != "not run"]
    planted = [row for row in mine if row.scenario.split("_")[0] not in ("null", "beside")]
    yield PLANTED, _kinds(planted)
    yield COSTS, _worlds(planted)
    yield NULL, _alarms([row for row in mine if row.scenario.startswith("null")])
    yield SAYS, _beside([row for row in mine if row.scenario.startswith("beside")])
    yield "**What that took**", _took([row for row in mine if row.scenario.startswith("beside")])


def _cells(rows: list[Row], key: Sequence[str]) -> dict[tuple[str, ...], dict[str, Row]]:
    cells: dict[tuple[str, ...], dict[str, Row]] = {}
    for row in rows:
        cells.setdefault(tuple(getattr(row, name) for name in key), {})[row.metric] = row
    return cells


def _kinds(rows: list[Row]) -> list[list[str]]:
    """A line for each scenario and planted kind."""
    found = _cells(rows, ("scenario", "dataset", "setting"))
    lines = [
        [*key, *(_cell(by.get(metric)) for metric in METRICS)]
        for key, by in found.items()
        if "planted" in by
    ]
    return [["scenario", "data", "kind", *METRICS], *lines]


def _worlds(rows: list[Row]) -> list[list[str]]:
    metrics = ("items", "draws", "others", "look-alikes", "reported", "cpu_s", "extra_mib")
    head = ["scenario", "auditor", "items", "draws", "other faults", "look-alikes", "reported"]
    found: dict[tuple[str, ...], dict[str, Row]] = _cells(
        [row for row in rows if row.metric in metrics], ("scenario", "method")
    )
    lines = [[*key, *(_cell(by.get(metric)) for metric in metrics)] for key, by in found.items()]
    return [[*head, "CPU s", "MiB"], *lines]


def _alarms(rows: list[Row]) -> list[list[str]]:
    metrics = ("draws", "false alarms", "level", "cpu_s")
    found = _cells(rows, ("scenario", "method"))
    lines = [[*key, *(_cell(by.get(metric)) for metric in metrics)] for key, by in found.items()]
    return [["scenario", "auditor", *metrics], *lines]


def _beside(rows: list[Row]) -> list[list[str]]:
    """A line for each planted kind: what each method reports of it."""
    found = _cells(
        [row for row in rows if row.metric in ("planted", *FOUND)],
        ("scenario", "setting", "method"),
    )
    methods = list(dict.fromkeys(method for *_, method in found if method != "planted"))
    kinds = list(dict.fromkeys((scenario, kind) for scenario, kind, _ in found))
    lines = []
    for scenario, kind in kinds:
        many = found.get((scenario, kind, "planted"), {}).get("planted")
        cells = [
            [_cell(found.get((scenario, kind, method), {}).get(metric)) for metric in FOUND]
            for method in methods
        ]
        told = [" / ".join(filter(None, cell)) or "-" for cell in cells]
        lines.append([scenario.removeprefix("beside_"), kind, _cell(many), *told])
    return [["data", "planted fault", "planted", *methods], *lines]


def _took(rows: list[Row]) -> list[list[str]]:
    metrics = ("items", "cpu_s", "minutes", "extra_mib")
    found = _cells([row for row in rows if row.setting == "all"], ("scenario", "method"))
    lines = [
        [key[0].removeprefix("beside_"), key[1], *(_cell(by.get(metric)) for metric in metrics)]
        for key, by in found.items()
    ]
    head = ["data", "method", "items", "CPU s", "minutes", "extra MiB"]
    return [head, *lines]


def _cell(row: Row | None) -> str:
    if row is None or isinstance(row.value, str) or row.value != row.value:
        return ""
    if row.low != "":
        return f"{row.value:.3f} ({row.low:.3f} to {row.high:.3f})"
    whole = row.value >= 100 or row.value == int(row.value)
    return f"{row.value:,.0f}" if whole else f"{row.value:.3g}"
