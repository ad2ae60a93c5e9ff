"""The section of docs/bench.md on several labels an item, from its rows alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from reliabel.bench.learn_page import Lines
from reliabel.bench.run import Row
from reliabel.core.labels import Floats

DRAWS = (
    "**Several labels an item: a fifth of the items of emotions and yeast with one or four flipped "
    "answers.** Average precision, means over the draws: items, cells; the calibration error of "
    "P(wrong) of a cell; the count of wrong answers before any review, where it is told"
)
OURS, PEER = "reliabel P(wrong)", "cleanlab"
FLAGS, PLAIN = "reliabel multilabel_confident_learning", "self-confidence"


def draws(rows: list[Row]) -> Lines:
    """A line for each data set and regime."""
    out = [
        [
            *("data", "flips", "draws", "items: P(wrong)", "items: confident learning"),
            *("the peer's best", "P(wrong) at or above it", "cells: P(wrong)"),
            *("cells: confident learning", "cells: self-confidence", "at or above it"),
            *("ECE: mean (largest)", "count told", "it covers", "high / low, median"),
        ]
    ]
    found: dict[tuple[str, str], dict[str, dict[tuple[str, str], Row]]] = defaultdict(
        lambda: defaultdict(dict)
    )
    for row in rows:
        if row.setting in ("one", "four") and row.metric != "not run":
            found[row.dataset, row.setting][row.scenario][row.method, row.metric] = row
    for (name, regime), of in found.items():
        each = list(of.values())
        peer = _peers(each)
        best = max(peer, key=lambda method: float(np.mean(peer[method])), default="")
        most = np.max(list(peer.values()), axis=0) if peer else np.full(len(each), np.nan)
        items, cells = _values(each, OURS, "items"), _values(each, OURS, "cells")
        plain, ece = _values(each, PLAIN, "cells"), _values(each, OURS, "ece")
        out.append(
            [
                *(name, regime, str(len(each)), f"{items.mean():.3f}"),
                f"{_values(each, FLAGS, 'items').mean():.3f}",
                f"{np.mean(peer[best]):.3f} ({best.removeprefix('cleanlab ')})" if best else "",
                f"{(items >= most).sum()} of {len(each)}" if best else "",
                *(f"{cells.mean():.3f}", f"{_values(each, FLAGS, 'cells').mean():.3f}"),
                *(f"{plain.mean():.3f}", f"{(cells >= plain).sum()} of {len(each)}"),
                f"{ece.mean():.3f} ({ece.max():.3f})",
                *_counted(each),
            ]
        )
    return out


def _counted(each: Sequence[Mapping[tuple[str, str], Row]]) -> tuple[str, str, str]:
    told = [of for of in each if ("reliabel count", "count") in of]
    covers, ratio = 0, []
    for of in told:
        count, true = of["reliabel count", "count"], float(of["planted", "cells"].value)
        low, high = float(count.low), float(count.high)
        covers += low <= true <= high
        ratio.append(high / low if low > 0 else np.inf)
    many = f"{len(told)} of {len(each)}"
    return many, f"{covers} of {len(told)}", f"{np.median(ratio):.1f}" if ratio else ""


def _values(each: Sequence[Mapping[tuple[str, str], Row]], method: str, metric: str) -> Floats:
    return np.array([float(of[method, metric].value) for of in each])


def _peers(each: Sequence[Mapping[tuple[str, str], Row]]) -> dict[str, Floats]:
    """The peer's methods that ran on every draw."""
    methods = {m for of in each for m, metric in of if m.startswith(PEER) and metric == "items"}
    whole = [m for m in sorted(methods) if all((m, "items") in of for of in each)]
    return {method: _values(each, method, "items") for method in whole}
