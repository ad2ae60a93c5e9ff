"""Measure how people's errors grow with the difficulty of a picture, as weak and as strong evidence
see it, and what the count makes of them: the two halves of CIFAR-10N, of which the first chose the
rule.

python tools/error_growth.py DATA FEATURES -o docs/bench/error_growth.csv [--rule NAME]
python tools/error_growth.py --page docs/trust.md -o docs/bench/error_growth.csv

FEATURES is the folder that the suite ``trust`` keeps its features in.  Draws that the CSV holds are
not made again.  Counts of an earlier rule come from its own checkout, under another name.
"""

from __future__ import annotations

import argparse
import csv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, logit

from reliabel.bench import marked_table
from reliabel.bench.metrics import average_precision, calibration_error
from reliabel.bench.trust_sets import HALVES, PICTURES
from reliabel.bench.trust_worlds import World, make
from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Bools, Floats
from reliabel.trust.count import before_review
from reliabel.trust.from_features import from_features
from reliabel.trust.p_wrong import p_wrong

ROWS = 5_000
LABELS = ("aggre", "random1", "worse", "drawn 0.045")
EVERY_RULE = ("ranks", "log-odds")
KEY = ("half", "strength", "labels", "rule")
VALUES = ("wrong", "count", "low", "high", "precision", "calibration", "by_rank", "by_log_odds")
FIELDS = (*KEY, *VALUES)
BEGIN, END = "<!-- growth -->\n", "<!-- /growth -->"


def main() -> None:
    """Make the draws that are missing, or write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("features", type=Path, nargs="?")
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--rule", default="log-odds", choices=EVERY_RULE)
    parser.add_argument("--page", type=Path)
    given = parser.parse_args()
    if given.page is not None:
        page = marked_table.fill(lines(read(given.out)), given.page.read_text("utf-8"), BEGIN, END)
        given.page.write_text(page, encoding="utf-8")
        return
    have = {tuple(row[name] for name in KEY) for row in read(given.out)}
    for row in draws(given.data, given.features, given.rule, have):
        new = not given.out.exists()
        with given.out.open("a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            if new:
                writer.writerow(FIELDS)
            writer.writerow(row)


def read(path: Path) -> list[dict[str, str]]:
    """The rows of the CSV, none if there is no file."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def draws(
    data: Path, features: Path, rule: str, have: set[tuple[str, ...]]
) -> Iterator[tuple[object, ...]]:
    """A row for every half, strength and kind of labels that is not there yet."""
    for half in HALVES:
        for strength in PICTURES:
            near: Neighbours | None = None
            for labels in LABELS:
                if (half, strength, labels, rule) in have:
                    continue
                noise, _, rate = labels.partition(" ")
                world = World(half, noise, float(rate or 0), ROWS, strength=strength)
                drawn = make(world, data, features)
                rng = np.random.default_rng(0)
                evidence, _, near = from_features(
                    drawn.labels, drawn.features, neighbours=near, rng=rng
                )
                found = p_wrong(drawn.labels, evidence, rng=rng)
                wrong = drawn.labels.y != drawn.truth
                count, n = before_review(found), len(wrong)
                counts = (found.pi, count.low / n, count.high / n)
                ranked = average_precision(found.p, wrong), calibration_error(found.p, wrong)
                unsure = doubt(evidence.z, list(found.weights.values()))
                growth = slope(np.argsort(np.argsort(unsure)) / n, wrong), slope(unsure, wrong)
                yield (half, strength, labels, rule, wrong.mean(), *counts, *ranked, *growth)


def doubt(z: Floats, weights: list[float]) -> Floats:
    """(n,) log-odds that the likeliest class by the tables z (m, n, k) is not the label; without
    the biases of classes, which are small where classes are equally frequent.
    """
    s = np.tensordot(np.asarray(weights), z.astype(float), 1)
    q = np.exp(s - s.max(1, keepdims=True))
    return np.asarray(logit(np.clip(1 - 1 / q.sum(1), 1e-4, 1 - 1e-4)))


def slope(difficulty: Floats, wrong: Bools) -> float:
    """By how much the log-odds of an error grow with one unit of difficulty: a logistic
    regression on the true errors.
    """

    def loss(theta: Floats) -> float:
        s = theta[0] + theta[1] * difficulty
        return float(-(np.log(expit(np.where(wrong, s, -s)))).mean())

    return float(minimize(loss, np.array([-2.0, 0.0])).x[1])


def lines(rows: list[dict[str, str]]) -> list[list[str]]:
    """The table of the page: one line for each half, strength and kind of labels."""
    head = ["half", "evidence", "labels", "wrong", "growth by rank", "by log-odds"]
    for rule in EVERY_RULE:
        head += [f"count by {rule}", "interval", "count / wrong", "average precision", "ECE"]
    found: dict[tuple[str, str, str], dict[str, dict[str, str]]] = defaultdict(dict)
    for row in rows:
        found[row["half"], row["strength"], row["labels"]][row["rule"]] = row
    out = [head]
    for (half, strength, labels), of in found.items():
        name = "chosen on" if half == next(iter(HALVES)) else "judged on"
        any_ = next(iter(of.values()))
        line = [name, strength, labels, f"{float(any_['wrong']):.3f}"]
        line += [f"{float(any_['by_rank']):.2f}", f"{float(any_['by_log_odds']):.2f}"]
        for rule in EVERY_RULE:
            line += _counted(of[rule]) if rule in of else ["-"] * 5
        out.append(line)
    return out


def _counted(row: dict[str, str]) -> list[str]:
    value = {name: float(row[name]) for name in VALUES}
    return [
        f"{value['count']:.3f}",
        f"{value['low']:.3f}-{value['high']:.3f}" if np.isfinite(value["high"]) else "cannot tell",
        f"{value['count'] / value['wrong']:.2f}",
        f"{value['precision']:.3f}",
        f"{value['calibration']:.3f}",
    ]


if __name__ == "__main__":
    main()
