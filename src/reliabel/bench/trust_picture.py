"""The suite trust as a picture: count intervals against the truth, P(wrong) against what is seen,
its ranking against the best single auditor.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np

from reliabel.bench.run import Row
from reliabel.bench.trust_cells import unpacked
from reliabel.bench.trust_summary import draws_of, strength
from reliabel.core.labels import Floats

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9")  # Okabe-Ito
MARKS = "osD^vP"


def draw(rows: list[Row], path: Path) -> None:
    """Write the picture of all identified draws with wrong labels as SVG or PNG, by the ending of
    ``path``.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(14, 4.6), layout="constrained")
    counts, bins, ranks = figure.subplots(1, 3)
    by_set = _identified(rows)
    sets = sorted({name for name, _ in by_set})
    for (name, kind), draws in sorted(by_set.items()):
        place = sets.index(name)
        colour = COLOURS[place % 6]
        look = {
            "marker": MARKS[place % 6],
            "edgecolors": colour,
            "facecolors": "none" if kind == "weak" else colour,
            "linewidths": 0.8,
            "s": 14,
        }
        share, pi, low, high, ours, best = np.array(draws).T
        counts.errorbar(
            share * 1.012**place,
            pi,
            yerr=[pi - low, high - pi],
            fmt="none",
            ecolor=colour,
            alpha=0.35,
            linewidth=1,
        )
        counts.scatter(share * 1.012**place, pi, label=f"{name} {kind}".rstrip(), **look)
        ranks.scatter(best, ours, **look)
    counts.plot([0.003, 0.6], [0.003, 0.6], color="grey", linewidth=0.8)
    counts.set(
        xscale="log",
        yscale="log",
        xlabel="share of labels that are wrong",
        ylabel="the count before any review, as a share",
        title="Count and interval",
    )
    ranks.plot([0, 1], [0, 1], color="grey", linewidth=0.8)
    ranks.set(
        xlabel="best single auditor in hindsight", ylabel="P(wrong)", title="Average precision"
    )
    counts.legend(fontsize=7)
    bins.plot([0, 1], [0, 1], color="grey", linewidth=0.8)
    for place, (name, least, most) in enumerate(
        (("up to 15 % wrong", 0.0, 0.15), ("more", 0.15, 1.0))
    ):
        predicted, seen, size = _reliability(rows, least, most)
        bins.plot(
            predicted,
            seen,
            color=COLOURS[place],
            marker=MARKS[place],
            label=f"{name}: {size.sum():,.0f} labels",
        )
    bins.legend(fontsize=8)
    bins.set(xlabel="P(wrong)", ylabel="share that is wrong", title="Calibration, draws pooled")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None, dpi=120)


def _reliability(rows: list[Row], least: float, most: float) -> tuple[Floats, Floats, Floats]:
    """Mean P(wrong), share seen and number of labels in each of ten bins, over the identified draws
    with more than ``least`` and up to ``most`` wrong.
    """
    told = {
        row.scenario
        for row in rows
        if (row.method, row.metric) == ("p_wrong", "identified") and row.value == 1
    }
    told &= {
        row.scenario
        for row in rows
        if (row.method, row.metric) == ("truth", "share") and least < float(row.value) <= most
    }
    sums = np.zeros((10, 3))
    for row in rows:
        if row.metric == "bins" and row.scenario in told:
            for place, (seen, predicted, size) in unpacked(row.value).items():
                sums[int(place)] += np.array([predicted * size, seen * size, size])
    sums = sums[sums[:, 2] > 0]
    return sums[:, 0] / sums[:, 2], sums[:, 1] / sums[:, 2], sums[:, 2]


def _identified(rows: list[Row]) -> dict[tuple[str, str], list[tuple[float, ...]]]:
    """Data set and strength of the evidence -> (share, pi, low, high, average precision, best
    single) of each identified draw.
    """
    out: dict[tuple[str, str], list[tuple[float, ...]]] = defaultdict(list)
    for one in draws_of(rows):
        if ("p_wrong", "average_precision") in one and one["p_wrong", "identified"].value == 1:
            pi = one["p_wrong", "pi"]
            rest = (
                one["p_wrong", "average_precision"].value,
                one["best single", "average_precision"].value,
            )
            numbers = (one["truth", "share"].value, pi.value, pi.low, pi.high, *rest)
            out[pi.dataset, strength(one)].append(tuple(float(number) for number in numbers))
    return out
