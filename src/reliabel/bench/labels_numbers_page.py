"""The sections of docs/bench.md on numbers, from their rows alone."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from reliabel.bench.labels_numbers_worlds import CHOSEN, ERRORS
from reliabel.bench.learn_page import Lines
from reliabel.bench.run import Row

DRAWS = (
    "**Numbers: which are wrong.** AUROC, means over the draws of 2, 5 and 15 % wrong numbers in "
    "each world (5,000 items, diabetes 442); the half of the worlds on which rules were set, and "
    "the half on which they are judged"
)
PRECISION = "**Numbers: which are wrong, average precision** over the same draws"
COUNTS = (
    "**Numbers: how many are wrong.** The count before any review where it is told, the share of "
    "the draws that its interval covers, the calibration error of P(wrong), and how often the "
    "true number lies in the 90 % interval of its suggestion, and is the suggestion (a slip undone)"
)
SELECTION = (
    "**Numbers: what a selection leaves of the errors.** The mean error of the kept 70 % over that "
    "of all, with 30 % wrong, and AUROC"
)
COST = "**Numbers: cost.** CPU seconds and MiB"
METHODS = (
    *("P(wrong)", "reliabel residual", "reliabel neighbour_residual", "reliabel outre"),
    *("reliabel recov", "cleanlab default", "cleanlab same predictions, outre"),
    "cleanlab same predictions, residual",
)


def draws(rows: list[Row], metric: str = "auroc") -> Lines:
    """A line for each half and kind of error."""
    found: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for row in rows:
        if row.metric == metric and row.setting in ERRORS:
            found[_half(row), row.setting, row.method].append(float(row.value))
    out = [["worlds", "errors", *METHODS]]
    for half in ("chosen on", "judged on"):
        for error in ERRORS:
            values = [found[half, error, method] for method in METHODS]
            if any(values):
                out.append([half, error, *(f"{np.mean(v):.3f}" if v else "" for v in values)])
    return out


def counts(rows: list[Row]) -> Lines:
    """A line for each half and kind of error, with those worlds in which none was planted."""
    by: dict[tuple[str, str], dict[str, dict[tuple[str, str], Row]]] = defaultdict(
        lambda: defaultdict(dict)
    )
    for row in rows:
        if row.setting in (*ERRORS, "none"):
            by[_half(row), row.setting][row.scenario][row.method, row.metric] = row
    out = [
        [
            "worlds",
            "errors",
            "draws",
            "count told",
            "it covers",
            "ECE",
            "suggestion holds",
            "is right",
        ]
    ]
    for (half, error), of in sorted(by.items()):
        each = list(of.values())
        told = [one for one in each if ("count", "count") in one]
        held = [_covers(one) for one in told]
        out.append(
            [
                *(half, error, str(len(each)), str(len(told))),
                f"{sum(held)} of {len(held)}",
                _mean(told, ("P(wrong)", "ece")),
                _mean(each, ("suggestion", "inside")),
                _mean(each, ("suggestion", "right")),
            ]
        )
    return out


def selection(rows: list[Row]) -> Lines:
    """A line for each method."""
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in rows:
        if row.setting == "selection":
            found[row.method, row.metric].append(float(row.value))
    methods = dict.fromkeys(method for method, _ in found)
    out = [["method", "worlds", "error left", "AUROC"]]
    for method in methods:
        left, area = found[method, "residual ratio"], found[method, "auroc"]
        out.append([method, str(len(left)), f"{np.mean(left):.3f}", f"{np.mean(area):.3f}"])
    return out


def cost(rows: list[Row]) -> Lines:
    """A line for each size and what was run."""
    held: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for row in rows:
        if row.setting == "cost":
            plain = row.metric == "not run"
            value = str(row.value) if plain else f"{float(row.value):,.1f}"
            held[row.dataset, row.method][row.metric] = value
    out = [["items", "what", "CPU s", "extra MiB", "peak MiB", "not run"]]
    for (size, method), of in held.items():
        names = ("cpu_s", "extra_mib", "peak_mib", "not run")
        out.append([size, method, *(of.get(name, "") for name in names)])
    return out


def _half(row: Row) -> str:
    return "chosen on" if row.dataset in CHOSEN else "judged on"


def _covers(one: dict[tuple[str, str], Row]) -> bool:
    count, true = one["count", "count"], float(one["planted", "wrong"].value)
    low, high = count.low, count.high
    return low is not None and high is not None and float(low) <= true <= float(high)


def _mean(each: list[dict[tuple[str, str], Row]], name: tuple[str, str]) -> str:
    values = [float(one[name].value) for one in each if name in one]
    return f"{np.mean(values):.3f}" if values else ""
