"""Measure what each loss is worth under wrong labels: AG News as MiniLM features, 3,000 rows, 40 %
symmetric or 30 % pair flips, a linear head.

python tools/loss_table.py DATA [--seeds 2] [-o docs/bench/losses.csv]; prints a Markdown table of
accuracy on clean rows in three columns a kind of noise: one training for all, at the "picked" epoch
that held-out given labels like best and at the "last" one; and "chosen", the best of three (lr,
decay) by the same held-out labels, for losses at their default options.  Draws that the CSV holds
are not made again.  Features are kept in .bench/features.
"""

from __future__ import annotations

import argparse
import csv
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench.learn_cells import Cell, Made, make
from reliabel.core.catalogue import find
from reliabel.core.training import Training

NOISES = ("symmetric .4", "pair .3")
CACHE = Path(".bench/features")
LR = 0.2  # bounded losses have small slopes at the start, and cross-entropy is as good with it
LOSSES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("cross_entropy", {}),
    ("mean_absolute_error", {}),
    ("generalised_cross_entropy", {}),
    ("generalised_cross_entropy", {"truncate": True}),
    ("symmetric_cross_entropy", {}),
    ("normalised_cross_entropy", {}),
    ("normalised_cross_entropy", {"gamma": 0.5}),
    ("active_passive", {}),
    ("active_passive", {"passive": "mae"}),
    ("active_passive", {"active": "nfl"}),
    ("active_passive", {"active": "nfl", "passive": "mae"}),
    ("jensen_shannon", {}),
    ("jensen_shannon", {"weight": 0.9}),
    ("generalised_jensen_shannon", {}),
    ("label_robust_divergence", {}),
    ("adaptive_label_robust", {}),
    ("early_learning", {}),
    ("bootstrapping", {}),
    ("bootstrapping", {"form": "soft"}),
    ("mixup", {}),
    ("mixup", {"alpha": 8.0}),
    ("label_smoothing", {}),
    ("label_smoothing", {"smoothing": -0.4}),
    ("two_stage_smoothing", {}),
    ("max_suppression", {}),
    ("conditional_smoothing", {}),
)
FIELDS = ("loss", "noise", "seed", "training", "accuracy")
TRAININGS = {  # column -> what is tried; the highest agreement with held-out given labels is taken
    "picked": (Training(lr=LR),),
    "last": (Training(lr=LR, keep="last"),),
    "chosen": tuple(
        Training(lr=lr, decay=decay) for lr, decay in ((0.01, 0.03), (0.05, 0.001), (0.2, 0.001))
    ),
}
Row = dict[str, str]


def measured(made: Made, name: str, options: dict[str, Any], seed: int, column: str) -> float:
    """Accuracy on clean rows of the training that the held-out given labels like best."""
    learn, best, found = find("learn", name).load(), -1.0, 0.0
    for training in TRAININGS[column]:
        rng = np.random.default_rng(seed)
        model = learn(made.labels, features=made.x, rng=rng, training=training, **options)
        if model.trace.max() > best:
            best = float(model.trace.max())
            found = float((model.predict(made.test_x).p.argmax(1) == made.test_y).mean())
    return found


def title(name: str, options: dict[str, Any]) -> str:
    """The method with its options."""
    return " ".join([name, *(f"{key}={value}" for key, value in options.items())])


def add(found: list[Row], data: Path, noise: str, seed: int) -> None:
    """The rows of one draw that are not there yet."""
    have = {(row["loss"], row["training"]) for row in found if _of(row) == (noise, str(seed))}
    wanted = [
        (name, options, column)
        for name, options in LOSSES
        for column in TRAININGS
        if (title(name, options), column) not in have and not (options and column == "chosen")
    ]
    made = make(Cell("ag_news", noise, seed), data, CACHE) if wanted else None
    for name, options, column in wanted:
        assert made is not None
        value = f"{measured(made, name, options, seed, column):.4f}"
        values = (title(name, options), noise, str(seed), column, value)
        found.append(dict(zip(FIELDS, values, strict=True)))


def _of(row: Row) -> tuple[str, str]:
    return row["noise"], row["seed"]


def table(found: list[Row]) -> str:
    """Means over the seeds: a row a loss, three columns a kind of noise."""
    cells = defaultdict(list)
    for row in found:
        cells[row["loss"], row["noise"], row["training"]].append(float(row["accuracy"]))
    columns = [(noise, training) for noise in NOISES for training in TRAININGS]
    head = [f"{noise}, {training}" for noise, training in columns]
    lines = [["", *head], ["---"] + ["---:"] * len(columns)]
    for loss in dict.fromkeys(title(*entry) for entry in LOSSES):
        means = [cells.get((loss, *column)) for column in columns]
        lines.append([loss, *("" if mean is None else f"{np.mean(mean):.3f}" for mean in means)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _write(path: Path, found: list[Row]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(found)


def main() -> None:
    """Parse the command, measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("-o", "--out", type=Path)
    given = parser.parse_args()
    found: list[Row] = []
    if given.out and given.out.exists():
        with given.out.open(newline="", encoding="utf-8") as file:
            found = list(csv.DictReader(file))
    for noise in NOISES:
        for seed in range(given.seeds):
            add(found, given.data, noise, seed)
            if given.out:
                _write(given.out, found)
    print(table(found))


if __name__ == "__main__":
    main()
