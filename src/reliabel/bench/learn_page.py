"""What docs/bench.md says of the suite learn: the methods over all cells, by kind of noise, under a
long tail, with the noise known, and what picking on the test part would have claimed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from reliabel.bench.learn_cells import PEOPLE, PLANTED, TAIL
from reliabel.bench.learn_methods import AUTO, BASELINES, PLAIN, PROBE
from reliabel.bench.learn_statistics import (
    Column,
    Difference,
    Place,
    by_method,
    difference,
    holm,
    mean_ranks,
    whole,
)
from reliabel.bench.run import Row

Lines = list[list[str]]  # the first is the head
KINDS = (*PLANTED, *PEOPLE)
SHORTLIST = (  # that auto chooses among
    PROBE,
    PLAIN,
    "generalised_cross_entropy",
    "early_learning",
    "forward_correction",
    "co_teaching",
)


def columns(rows: Iterable[Row], metric: str = "chosen") -> dict[str, Column]:
    """Method -> its mean in each cell but the long tails."""
    return by_method(rows, metric, KINDS)


def methods_table(rows: list[Row]) -> Lines:
    """All methods, best first: the three columns, both paired differences, rank and cost."""
    chosen, last = columns(rows), columns(rows, "last")
    three, picked = columns(rows, "three folds"), columns(rows, "picked on test")
    against = {name: difference(of, chosen.get(PLAIN, {})) for name, of in chosen.items()}
    chance = holm({name: gap.p for name, gap in against.items() if name not in BASELINES})
    rank = mean_ranks(whole(chosen, (PROBE, PLAIN)))[0]
    cost = cpu(rows)
    head = ["method", "cells", "last", "chosen", "three folds", "picked on test"]
    head += ["less the probe", "less chosen cross-entropy", "p (Holm)", "mean rank", "CPU s a cell"]
    lines = []
    for name in sorted(chosen, key=lambda one: (round(-against[one].mean, 6), one)):
        cells = chosen[name]
        means = (mean(of.get(name, {}), cells) for of in (last, chosen, three, picked))
        lines.append(
            [
                *(name, str(len(cells)), *means),
                points(difference(cells, chosen.get(PROBE, {}))) if name != PROBE else "",
                points(against[name]) if name != PLAIN else "",
                f"{p:.2g}" if (p := chance.get(name, float("nan"))) == p else "",
                f"{rank[name]:.1f}" if name in rank else "",
                f"{cost[name]:.1f}" if name in cost else "",
            ]
        )
    return [head, *lines]


def by_noise(rows: list[Row]) -> Lines:
    """Mean of the chosen column for each kind of noise; the last line is the share that is
    wrong.
    """
    chosen = columns(rows)
    there = [
        kind for kind in KINDS if any(kind == noise for of in chosen.values() for _, noise in of)
    ]
    lines = [
        [name, *(_of_kind(of, kind) for kind in there)]
        for name, of in sorted(
            chosen.items(), key=lambda one: -difference(one[1], chosen.get(PLAIN, {})).mean
        )
    ]
    wrong = by_method(rows, "wrong", KINDS).get("truth", {})
    return [["method", *there], *lines, ["share wrong", *(_of_kind(wrong, kind) for kind in there)]]


def long_tail(rows: list[Row]) -> Lines:
    """Accuracy and macro recall on classes of which the largest is twenty times the smallest."""
    found = {
        what: by_method(rows, what, (TAIL,))
        for what in ("last", "last, macro recall", "chosen", "chosen, macro recall")
    }
    names = sorted(
        found["chosen"],
        key=lambda name: (round(-_average(found["chosen, macro recall"][name]), 6), name),
    )
    plain = found["chosen, macro recall"].get(PLAIN, {})
    lines = [
        [
            name,
            *(mean(of.get(name, {})) for of in found.values()),
            points(difference(found["chosen, macro recall"][name], plain)),
        ]
        for name in names
    ]
    return [["method", *found, "macro recall less cross-entropy"], *lines]


def true_noise(rows: list[Row]) -> Lines:
    """Methods that ask for a rate or a matrix: estimated, and as it is."""
    estimated, known = columns(rows), columns(rows, "true noise")
    lines = [
        [
            name,
            mean(estimated[name], of),
            mean(of, estimated[name]),
            points(difference(of, estimated[name])),
        ]
        for name, of in sorted(known.items())
    ]
    return [["method", "estimated", "true", "worth of knowing it"], *lines]


def right_labels(rows: list[Row]) -> Lines:
    """What the methods make of the training labels."""
    metrics = ("kept", "right among kept", "right as relabelled")
    found = {metric: columns(rows, metric) for metric in metrics}
    wrong = by_method(rows, "wrong", KINDS).get("truth", {})
    given = {place: 1 - share for place, share in wrong.items()}
    names = sorted({name for of in found.values() for name in of})
    lines = [["as given", "1", mean(given), mean(given)]]
    lines += [[name, *(mean(found[m].get(name, {})) for m in metrics)] for name in names]
    return [["method", *metrics], *lines]


def promises(rows: list[Row], shortlist: Iterable[str] = SHORTLIST) -> Lines:
    """``auto`` against the best of its shortlist in each cell, and against the probe."""
    chosen = columns(rows)
    ours, probe = chosen.get(AUTO, {}), chosen.get(PROBE, {})
    three = columns(rows, "three folds")
    rivals = [three.get(name) or chosen.get(name, {}) for name in shortlist]
    best = {
        place: max((of[place] for of in rivals if place in of), default=np.nan) for place in ours
    }
    if not ours:
        return [[]]
    short, under = difference(ours, best), difference(ours, probe)
    least = min(ours[place] - probe[place] for place in ours.keys() & probe.keys())
    return [
        ["auto", "mean, points", "worst cell, points", "cells"],
        [
            "less the best of its shortlist in hindsight",
            points(short),
            f"{100 * min(ours[place] - best[place] for place in ours):+.1f}",
            str(short.cells),
        ],
        ["less the probe", points(under), f"{100 * least:+.1f}", str(under.cells)],
    ]


def seconds(rows: Iterable[Row]) -> float:
    """CPU seconds of all rows."""
    return sum(row.cpu_s for row in rows if isinstance(row.cpu_s, float))


def cpu(rows: Iterable[Row]) -> dict[str, float]:
    """Method -> CPU seconds a cell and seed, all columns together."""
    total: dict[str, float] = {}
    draws: dict[str, set[str]] = {}
    for row in rows:
        if isinstance(row.cpu_s, float):
            total[row.method] = total.get(row.method, 0.0) + row.cpu_s
            draws.setdefault(row.method, set()).add(row.scenario)
    return {name: total[name] / len(draws[name]) for name in total}


def points(gap: Difference) -> str:
    """A difference of shares in points, with its interval from three cells up."""
    if gap.cells < 3:
        return f"{100 * gap.mean:+.1f}" if gap.cells else ""
    return f"{100 * gap.mean:+.1f} ({100 * gap.low:+.1f} to {100 * gap.high:+.1f})"


def mean(of: Mapping[Place, float], over: Iterable[Place] | None = None) -> str:
    """The mean of the cells, of ``over`` alone if given; empty where one is missing."""
    values = [of.get(place, np.nan) for place in (of if over is None else over)]
    value = float(np.mean(values)) if values else float("nan")
    return f"{value:.3f}" if np.isfinite(value) else ""


def _average(of: Mapping[Place, float]) -> float:
    return float(np.mean(list(of.values()))) if of else float("nan")


def _of_kind(of: Column, kind: str) -> str:
    return mean({place: value for place, value in of.items() if place[1] == kind})
