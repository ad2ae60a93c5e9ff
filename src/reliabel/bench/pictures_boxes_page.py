"""The sections of docs/bench.md on boxes, from their rows alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np

from reliabel.bench.box_worlds import KINDS
from reliabel.bench.learn_page import Lines
from reliabel.bench.run import Row

INTERVAL = ("value", "low", "high")
SAYS: Mapping[str, tuple[str, ...]] = {  # the word of a finding -> the kinds of error it means
    "missing": ("missing",),
    "wrong class": ("wrong class",),
    "badly placed": ("shifted", "too large"),
    "no object": ("bogus",),
    "doubled": ("doubled",),
    "duplicate": ("doubled",),
}
KINDS_TITLE = (
    "**Boxes: which are wrong.** Errors of six kinds planted in generated scenes (2,000 pictures, "
    "about 7,300 boxes, a tenth of them); average precision of each kind against boxes without an "
    "error, of the places where one is missing, and of pictures with an error.  The peer has a "
    "score for each kind; P(wrong) is one number, by itself, looked through for the boxes that are "
    "told to be of the kind, or with the chance that it holds for each kind.  Of as many boxes as "
    "errors are planted, the share of each kind found, and of those the share named rightly.  "
    "Means of the seeds that no rule was chosen on"
)
COUNTS_TITLE = "**Boxes: how many are wrong or missing**, before any review"
SPARSE_TITLE = (
    "**Boxes: half of them were never drawn**, and the detector has learnt from the other half: "
    "how many findings call a box missing, and what share of the objects is said to have no box"
)
QUALITY_TITLE = "**Boxes: the simulated detectors**, against the truth"
SPARSE = "half of the boxes missing"
CHOSEN = 0  # the seed that rules were chosen on


def kinds(rows: list[Row]) -> Lines:
    """A line for each detector and method."""
    metrics = [*(f"AP {kind}" for kind in KINDS), "AP pictures"]
    more = [f"{what} {kind}" for kind in KINDS for what in ("found", "named")]
    held: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    settings = ("detector", "scores below .95", "poor detector", "no predictions")
    for row in _judged(rows):
        if row.setting in settings and row.metric in (*metrics, *more):
            held[row.setting, row.method][row.metric].append(float(row.value))
    out = [["predictions", "method", *KINDS, "pictures", "found / named"]]
    for (setting, method), of in held.items():
        told = "; ".join(
            f"{kind} {_mean(of[f'found {kind}'])} / {_mean(of[f'named {kind}'])}"
            for kind in KINDS
            if of.get(f"found {kind}")
        )
        out.append([setting, method, *(_mean(of.get(metric, [])) for metric in metrics), told])
    return out


def counts(rows: list[Row]) -> Lines:
    """A line for each draw."""
    by: dict[str, dict[tuple[str, str], Row]] = defaultdict(dict)
    for row in rows:
        if row.setting != SPARSE and (row.method, row.metric) in (
            *(("planted", "errors"), ("count", "count"), ("count", "identified")),
            ("P(wrong)", "ece"),
        ):
            by[row.scenario][row.method, row.metric] = row
    out = [["scenario", "planted", "count", "interval", "it covers", "ECE"]]
    for scenario, of in by.items():
        planted = float(of["planted", "errors"].value)
        count, ece = of.get(("count", "count")), of.get(("P(wrong)", "ece"))
        line = [scenario.removeprefix("boxes-"), f"{planted:,.0f}"]
        if count is None:
            line += ["not told", "", ""]
        else:
            low, high = float(count.low), float(count.high)
            line += [f"{float(count.value):,.0f}", f"{low:,.0f}-{high:,.0f}"]
            line.append("yes" if low <= planted <= high else "no")
        out.append([*line, "" if ece is None else f"{float(ece.value):.3f}"])
    return out


def sparse(rows: list[Row]) -> Lines:
    """A line for each number that is told."""
    out = [["seed", "what", "number", "value"]]
    for row in rows:
        mine = row.method in ("planted", "findings", "missing_boxes")
        if row.setting == SPARSE and mine and row.metric != "identified":
            if row.method == "planted" and row.metric != "missing":
                continue
            out.append([str(row.seed), row.method, row.metric, f"{float(row.value):,.4g}"])
    return out


def quality(rows: list[Row]) -> Lines:
    """A line for each detector, means over the worlds."""
    held: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row.scenario.startswith("boxes-quality"):
            held[row.setting][row.metric].append(float(row.value))
    names = ("AP50", "AP", "detections a picture", "highest score")
    return [
        ["detector", *names],
        *([name, *(_mean(of[metric]) for metric in names)] for name, of in held.items()),
    ]


def _judged(rows: list[Row]) -> list[Row]:
    """The rows of seeds that no rule was chosen on; all of them where there are no others."""
    return [row for row in rows if row.seed != CHOSEN] or rows


def _mean(values: list[float]) -> str:
    return f"{np.mean(values):.3f}" if values else ""
