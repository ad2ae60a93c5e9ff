"""The section of docs/bench.md on several labels an item, from its rows alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from reliabel.bench.learn_page import Lines
from reliabel.bench.run import Row
from reliabel.core.labels import Floats

RANKED = (
    "**Several labels an item: which are wrong.** Average precision over items and over cells, "
    "means over the draws, and in how many draws it is at or above the best that the peer's scores "
    "reach in that draw (items), or the chance that the same model gives to the other answer "
    "(cells). One or four flipped answers in a fifth of the items; 10 or 30 % of the labels left "
    "out; as many added as a tenth of the labels; as many wrong where the item's other labels "
    "suggest it. *made* is generated, its truth is known; the real sets have errors of their own "
    "beside the planted ones"
)
COUNTED = (
    "**Several labels an item: how many are wrong.** The count of wrong answers before any review, "
    "where it is told, whether its interval covers the planted number, and the calibration error "
    "of P(wrong) of a cell"
)
OURS, PEER = "reliabel P(wrong)", "cleanlab"
FLAGS, PLAIN = "reliabel multilabel_confident_learning", "self-confidence"
ERRORS = {
    "one": "one flip",
    "four": "four flips",
    "missing10": "missing, 10 %",
    "missing30": "missing, 30 %",
    "spurious": "spurious, 10 %",
    "cooccurrence": "by co-occurrence, 10 %",
    "none": "none",
}
Draw = dict[tuple[str, str], Row]


def ranked(rows: list[Row]) -> Lines:
    """How items and cells are ranked, a line for each data set and regime."""
    out = [
        [
            *("data", "errors", "draws", "items: P(wrong)", "items: confident learning"),
            *("the peer's best", "P(wrong) at or above it", "cells: P(wrong)"),
            *("cells: confident learning", "cells: self-confidence", "at or above it"),
        ]
    ]
    for (name, regime), each in _draws(rows).items():
        if regime == "none":
            continue
        peer = _peers(each)
        best = max(peer, key=lambda method: float(np.mean(peer[method])), default="")
        most = np.max(list(peer.values()), axis=0) if peer else np.full(len(each), np.nan)
        items, cells = _values(each, OURS, "items"), _values(each, OURS, "cells")
        plain = _values(each, PLAIN, "cells")
        out.append(
            [
                *(name, ERRORS[regime], str(len(each)), f"{items.mean():.3f}"),
                f"{_values(each, FLAGS, 'items').mean():.3f}",
                f"{np.mean(peer[best]):.3f} ({best.removeprefix('cleanlab ')})" if best else "",
                f"{(items >= most).sum()} of {len(each)}" if best else "",
                *(f"{cells.mean():.3f}", f"{_values(each, FLAGS, 'cells').mean():.3f}"),
                *(f"{plain.mean():.3f}", f"{(cells >= plain).sum()} of {len(each)}"),
            ]
        )
    return out


def counted(rows: list[Row]) -> Lines:
    """How many are told to be wrong, a line for each data set and regime."""
    out = [
        [
            *("data", "errors", "draws", "planted, mean", "count, mean", "count told"),
            *("it covers", "high / low, median", "ECE: mean (largest)"),
        ]
    ]
    for (name, regime), each in _draws(rows).items():
        ece, planted = _values(each, OURS, "ece"), _values(each, "planted", "cells")
        out.append(
            [
                *(name, ERRORS[regime], str(len(each)), f"{planted.mean():,.0f}"),
                *_counted(each),
                f"{ece.mean():.3f} ({ece.max():.3f})",
            ]
        )
    return out


def _draws(rows: list[Row]) -> dict[tuple[str, str], list[Draw]]:
    """Data set and regime -> the rows of each draw by method and metric."""
    found: dict[tuple[str, str], dict[str, Draw]] = defaultdict(lambda: defaultdict(dict))
    for row in rows:
        if row.setting in ERRORS and row.metric != "not run":
            found[row.dataset, row.setting][row.scenario][row.method, row.metric] = row
    return {key: list(of.values()) for key, of in found.items()}


def _counted(each: Sequence[Mapping[tuple[str, str], Row]]) -> tuple[str, str, str, str]:
    told = [of for of in each if ("reliabel count", "count") in of]
    covers, ratio, value = 0, [], []
    for of in told:
        count, true = of["reliabel count", "count"], float(of["planted", "cells"].value)
        low, high = float(count.low), float(count.high)
        covers += low <= true <= high
        ratio.append(high / low if low > 0 else np.inf)
        value.append(float(count.value))
    many = f"{len(told)} of {len(each)}"
    mean, middle = (f"{np.mean(value):,.0f}", f"{np.median(ratio):.1f}") if told else ("", "")
    return mean, many, f"{covers} of {len(told)}" if told else "", middle


def _values(each: Sequence[Mapping[tuple[str, str], Row]], method: str, metric: str) -> Floats:
    return np.array([float(of[method, metric].value) for of in each])


def _peers(each: Sequence[Mapping[tuple[str, str], Row]]) -> dict[str, Floats]:
    """The peer's methods that ran on every draw."""
    methods = {m for of in each for m, metric in of if m.startswith(PEER) and metric == "items"}
    whole = [m for m in sorted(methods) if all((m, "items") in of for of in each)]
    return {method: _values(each, method, "items") for method in whole}
