"""P(wrong) of data with several labels an item: a twentieth of the cells flipped, all cells ranked
together, self-confidence beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from reliabel.bench.metrics import average_precision, calibration_error
from reliabel.bench.run import Row, Table
from reliabel.core.labels import MultiLabel
from reliabel.core.run import track
from reliabel.trust.multilabel import p_wrong_columns

SETS = {"emotions": 0.03, "yeast": 0.003}  # strength of the logistic regression
SEEDS = (0, 1)
FLIPPED = 0.05


def run(table: Table, data: Path) -> None:
    """Write the rows of every draw that is not there yet."""
    for name, seed in track("columns", [(name, seed) for name in SETS for seed in SEEDS]):
        scenario = f"columns-{name}-{seed}"
        if not table.has(scenario):
            table.add(list(_rows(name, seed, scenario, data)))


def lines(rows: list[Row]) -> list[list[str]]:
    """A line for each draw: average precision over cells and over items, and the calibration
    error.
    """
    out = [["draw", "cells: P(wrong) (self-confidence)", "items", "ECE of the cells"]]
    draws: dict[str, dict[tuple[str, str], float]] = {}
    for row in rows:
        if row.scenario.startswith("columns-"):
            draws.setdefault(row.scenario.removeprefix("columns-"), {})[row.method, row.metric] = (
                float(row.value)
            )
    for name, of in draws.items():
        both = [
            f"{of['p_wrong', unit]:.3f} ({of['self_confidence', unit]:.3f})"
            for unit in ("cells", "items")
        ]
        out.append([name, *both, f"{of['p_wrong', 'cells_ece']:.3f}"])
    return out


def _rows(name: str, seed: int, scenario: str, data: Path) -> Iterator[Row]:
    from reliabel.ops.logistic import fit, scale
    from reliabel.ops.neighbours import nearest

    with np.load(data / "multilabel" / f"{name}.npz") as held:
        x, truth = held["x"].astype(np.float32), held["y"].astype(np.int64)
    x = (x - x.mean(0)) / (x.std(0) + 1e-9)
    x /= x.std()
    rng = np.random.default_rng(seed)
    wrong = rng.random(truth.shape) < FLIPPED
    given = np.where(wrong, 1 - truth, truth)
    fold, by, probs = rng.permutation(len(x)) % 5, scale(x), np.empty(truth.shape)
    for f in range(5):
        inside = fold == f
        probs[inside] = fit(
            x, np.where(inside[:, None], -1, given), strength=SETS[name], by=by
        ).predict_proba(x[inside])
    labels = MultiLabel(given, tuple(map(str, range(truth.shape[1]))))
    found = p_wrong_columns(
        labels,
        probs=probs,
        neighbours=nearest(x, j=min(200, len(x) - 1)),
        features=x,
        fold=fold,
        rng=rng,
    )
    p = np.nan_to_num(found.p).reshape(truth.shape)
    for method, score in (
        ("p_wrong", p),
        ("self_confidence", np.where(given == 1, 1 - probs, probs)),
    ):
        for unit, value, bad in (
            ("cells", score.ravel(), wrong.ravel()),
            ("items", score.max(1), wrong.any(1)),
        ):
            yield Row(
                scenario, name, "flipped 0.05", seed, method, unit, average_precision(value, bad)
            )
    yield Row(
        scenario,
        name,
        "flipped 0.05",
        seed,
        "p_wrong",
        "cells_ece",
        calibration_error(p.ravel(), wrong.ravel()),
    )
