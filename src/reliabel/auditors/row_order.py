"""Order of rows: a file that is sorted by class, or in which rows close to one another are more
alike than by chance.

First the labels are tested: more rows with the label of the row before than in shuffled files. A
file may be sorted by class on purpose, so that this is said, and the features are then compared
inside classes only. Then the features: nearest neighbours lie nearer in the file than in shuffled
ones, as after sorting by source or time, or where a stream drifts. A model that trains on such rows
in order, and a test split that is cut from the end, see other data than the rest. It does not say
which of these it is. The effect must be large as well as
certain: half as large again as in any shuffled file.
Cost: O(edges log n) times the permutations, at most 20,000 items' edges. Memory O(n nearest).
Paper: Cummings, Snorrason, Mueller. Detecting dataset drift and non-IID sampling via k-nearest
neighbors. ICML 2023 workshop on data-centric ML.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes, Floats, Labels
from reliabel.core.results import Faults
from reliabel.ops.row_order import edges, gap_in_order, gap_inside, runs

STATUS = "default"
FINDS = "order fault"
ALSO = ("sorted_rows",)
FEWEST = 50  # rows, below which an order shows nothing
SHOWN = 10  # rows that a finding names
CLEARLY = 1.5  # times the largest gap of shuffled files
LEAST = 0.02  # gap between the distributions, and excess of runs, that is worth a word
SMALL = {"permutations": 199}


def audit(
    labels: Labels,
    *,
    neighbours: Neighbours,
    rng: Generator,
    level: float = 0.01,
    permutations: int = 199,
    nearest: int = 10,
    most: int = 20_000,
) -> Faults:
    """At most one finding on the labels ("sorted by class") and one on the features ("order", or
    "order within classes" where the labels come in runs).

    level: the p-value up to which there is a finding; permutations bound it from below.
    nearest, most: neighbours of each item, and items drawn, that are compared.
    info: "p", "gap" of the features, "labels_p", and "same", the share of rows with the label of
        the row before.

    >>> line = np.arange(200)
    >>> near = Neighbours(np.stack([(line + 1) % 200, (line - 1) % 200], 1), np.full((200, 2), 0.1))
    >>> found = audit(Classes(line // 100), neighbours=near, rng=np.random.default_rng(0))
    >>> found.kind
    ['sorted by class', 'order within classes']
    """
    n = len(neighbours.index)
    y = labels.y if isinstance(labels, Classes) else np.zeros(n, dtype=np.int64)
    info: dict[str, float] = {"p": np.nan, "gap": np.nan, "labels_p": np.nan, "same": np.nan}
    found: list[tuple[str, float, str]] = []
    if n >= FEWEST:
        same, info["labels_p"] = runs(y, rng, permutations)
        share = np.bincount(y[y >= 0]) / max((y >= 0).sum(), 1)
        usual = float((share**2).sum())
        info["same"] = same
        in_runs = info["labels_p"] <= level and same - usual >= LEAST
        if in_runs:
            found.append(("sorted by class", (same - usual) / (2 - 2 * usual), _runs(same, usual)))
        shuffled: Floats = np.empty(0)
        left, right, _ = edges(neighbours, rng, nearest=nearest, most=most)
        if in_runs:
            info["gap"], info["p"], shuffled = gap_inside(left, right, y, rng, permutations)
        elif len(left):
            info["gap"], info["p"], shuffled = gap_in_order(left, right, n, rng, permutations)
        clear = info["gap"] >= max(LEAST, CLEARLY * shuffled.max(initial=0.0))
        if info["p"] <= level and clear:
            kind = "order within classes" if in_runs else "order"
            found.append((kind, min(1.0, info["gap"]), _near(in_runs, info["gap"], info["p"])))
    rows = tuple(range(min(n, SHOWN)))
    return Faults(
        [rows] * len(found),
        [kind for kind, _, _ in found],
        np.array([score for _, score, _ in found], dtype=float),
        [why for _, _, why in found],
        info=info,
    )


def _runs(same: float, usual: float) -> str:
    return (
        f"the rows come sorted by class: {100 * same:.0f} % have the class of the row before, "
        f"{100 * usual:.0f} % in a shuffled file; if that is on purpose, shuffle before "
        "training in order or cutting a split from one end"
    )


def _near(in_runs: bool, gap: float, p: float) -> str:
    inside = "inside the classes, " if in_runs else ""
    return (
        f"{inside}rows near one another in the file are more alike than those of a shuffled file "
        f"(gap {gap:.2f}, p {p:.3g}), as after sorting by source or time: a split cut from one end "
        "would differ from the rest"
    )
