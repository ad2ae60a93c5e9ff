"""Measure what each loss is worth under wrong labels: AG News as MiniLM features, 3,000 rows, 40 %
symmetric or 30 % pair flips, the same training for all.

python tools/loss_table.py DATA [--seeds 3] [-o docs/bench/losses.csv]; prints a Markdown table of
accuracy on clean rows at the epoch that the held-out given labels pick, and at the last one.
Features are kept in .bench/features.
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
FIELDS = ("loss", "noise", "seed", "picked", "last")


def measured(made: Made, name: str, options: dict[str, Any], seed: int) -> tuple[float, float]:
    """Accuracy on clean rows at the picked and at the last epoch."""
    learn, found = find("learn", name).load(), []
    for keep in ("best", "last"):
        model = learn(
            made.labels,
            features=made.x,
            rng=np.random.default_rng(seed),
            training=Training(lr=LR, keep=keep),
            **options,
        )
        found.append(float((model.predict(made.test_x).p.argmax(1) == made.test_y).mean()))
    return found[0], found[1]


def title(name: str, options: dict[str, Any]) -> str:
    """The method with its options."""
    return " ".join([name, *(f"{key}={value}" for key, value in options.items())])


def rows(data: Path, seeds: int) -> list[dict[str, Any]]:
    """One row a loss, kind of noise and seed."""
    found = []
    for noise in NOISES:
        for seed in range(seeds):
            made = make(Cell("ag_news", noise, seed), data, CACHE)
            for name, options in LOSSES:
                picked, last = measured(made, name, options, seed)
                values = (title(name, options), noise, seed, round(picked, 4), round(last, 4))
                found.append(dict(zip(FIELDS, values, strict=True)))
    return found


def table(found: list[dict[str, Any]]) -> str:
    """Means over the seeds: a row a loss, two columns a kind of noise."""
    cells = defaultdict(list)
    for row in found:
        for when in ("picked", "last"):
            cells[row["loss"], row["noise"], when].append(float(row[when]))
    columns = [(noise, when) for noise in NOISES for when in ("picked", "last")]
    lines = [["", *(f"{noise}, {when}" for noise, when in columns)], ["---"] + ["---:"] * 4]
    for loss in dict.fromkeys(row["loss"] for row in found):
        means = [np.mean(cells[loss, noise, when]) for noise, when in columns]
        lines.append([loss, *(f"{mean:.3f}" for mean in means)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    """Parse the command, measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("-o", "--out", type=Path)
    given = parser.parse_args()
    found = rows(given.data, given.seeds)
    if given.out:
        with given.out.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(found)
    print(table(found))


if __name__ == "__main__":
    main()
