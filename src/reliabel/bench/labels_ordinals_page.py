"""The sections of docs/bench.md on ordered classes and faults of numbers, from their rows alone."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from reliabel.bench.labels_ordinals_worlds import CHOSEN, ERRORS
from reliabel.bench.learn_page import Lines
from reliabel.bench.run import Row

DRAWS = (
    "**Ordered classes: which are wrong.** Average precision (AUROC), means over the draws of 2, 5 "
    "and 12 % slips in each world of 3,000 items: to the class beside, by two steps or more, "
    "upside down, and to any class alike"
)
COUNTS = (
    "**Ordered classes: how many are wrong.** With the order and without: draws with a count "
    "before any review, how many of their intervals hold, the factor by which the count is off "
    "(its median), the calibration error of P(wrong), and the share of the planted slips whose "
    "right class is suggested"
)
FAULTS = (
    "**Faults of numbers.** Planted in ages, prices, percentages and measurements (2,000 numbers "
    "each, 1 % of them wrong, 40 % heaped, 5 % cut off): the share that is told, and what else was "
    "told"
)
SELECTION = (
    "**Many wrong numbers: what a selection leaves of the errors.** Pictures of digits whose "
    "number is how far they are turned, how thick they are or which digit it is; 20 and 40 % of "
    "the numbers anywhere. The mean error of the kept 80 or 60 % over that of all (AUROC)"
)
METHODS = (
    *("P(wrong)", "P(wrong), no order", "reliabel ordinal_distance", "reliabel self_confidence"),
    *("reliabel normalized_margin", "cleanlab self_confidence", "cleanlab normalized_margin"),
    *("cleanlab confident_learning", "cleanlab prune_by_noise_rate"),
)
WITH, WITHOUT = METHODS[:2]
NO_FAULT = "no fault"


def draws(rows: list[Row]) -> Lines:
    """A line for each half of the worlds and kind of slip."""
    found: dict[tuple[str, str, str, str], list[float]] = defaultdict(list)
    for row in rows:
        if row.metric in ("auroc", "ap") and row.setting in ERRORS:
            found[_half(row), row.setting, row.method, row.metric].append(float(row.value))
    out = [["worlds", "slips", *METHODS]]
    for half in ("chosen on", "judged on"):
        for error in ERRORS:
            cells = [_both(found, half, error, method) for method in METHODS]
            if any(cells):
                out.append([half, error, *cells])
    return out


def _both(
    found: dict[tuple[str, str, str, str], list[float]], half: str, error: str, method: str
) -> str:
    ap, area = found[half, error, method, "ap"], found[half, error, method, "auroc"]
    return f"{np.mean(ap):.3f} ({np.mean(area):.3f})" if ap and area else ""


def counts(rows: list[Row]) -> Lines:
    """A line for each half, kind of slip, and with the order or without."""
    by: dict[tuple[str, str], dict[str, dict[tuple[str, str], Row]]] = defaultdict(
        lambda: defaultdict(dict)
    )
    for row in rows:
        if row.setting in (*ERRORS, "none"):
            by[_half(row), row.setting][row.scenario][row.method, row.metric] = row
    head = ["worlds", "slips", "", "draws", "count told", "it holds", "off by", "ECE"]
    out = [[*head, "suggestion right"]]
    for (half, error), of in sorted(by.items()):
        for method, name in ((WITH, "order"), (WITHOUT, "no order")):
            each = list(of.values())
            told = [one for one in each if (method, "count") in one]
            holds = [_holds(one, method) for one in told]
            off = [_off(one, method) for one in told if float(one["planted", "wrong"].value)]
            out.append(
                [
                    *(half, error, name, str(len(each)), str(len(told))),
                    f"{sum(holds)} of {len(holds)}",
                    f"{np.median(off):.2f}" if off else "",
                    _mean(each, (method, "ece")),
                    _mean(each, (method, "suggested right")),
                ]
            )
    return out


def faults(rows: list[Row]) -> Lines:
    """A line for each fault."""
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in rows:
        if row.method == "target_faults":
            found[row.setting, row.metric].append(float(row.value))
    out = [["planted", "columns", "told", "other faults told"]]
    for fault in dict.fromkeys(setting for setting, _ in found):
        right, others = found[fault, "found"], found[fault, "others"]
        told = "" if fault == NO_FAULT else f"{sum(right):.0f} of {len(right)}"
        out.append([fault, str(len(right)), told, f"{sum(others):.0f}"])
    return out


def selection(rows: list[Row]) -> Lines:
    """A line for each method, a column for each kind of picture and share of wrong numbers."""
    found: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    columns: dict[str, None] = {}
    for row in rows:
        if row.setting.startswith("selection"):
            column = f"{row.dataset}, {float(row.setting.split()[1]):.0%}"
            columns[column] = None
            found[row.method, column, row.metric].append(float(row.value))
    out = [["method", *columns]]
    for method in dict.fromkeys(method for method, _, _ in found):
        cells = []
        for column in columns:
            left, area = found[method, column, "residual ratio"], found[method, column, "auroc"]
            cells.append(f"{np.mean(left):.3f} ({np.mean(area):.3f})" if left else "")
        out.append([method, *cells])
    return out


def _half(row: Row) -> str:
    return "chosen on" if row.dataset in CHOSEN else "judged on"


def _holds(one: dict[tuple[str, str], Row], method: str) -> bool:
    count, true = one[method, "count"], float(one["planted", "wrong"].value)
    return float(count.low or "nan") <= true <= float(count.high or "nan")


def _off(one: dict[tuple[str, str], Row], method: str) -> float:
    ratio = float(one[method, "count"].value) / float(one["planted", "wrong"].value)
    return max(ratio, 1 / max(ratio, 1e-9))


def _mean(each: list[dict[tuple[str, str], Row]], name: tuple[str, str]) -> str:
    values = [float(one[name].value) for one in each if name in one]
    return f"{np.mean(values):.3f}" if values else ""
