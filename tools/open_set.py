"""Measure how well auditors find items of none of the classes: held-out classes planted among the
others at 5 %.

python tools/open_set.py DATA [--cache .bench/features] [--seeds 2]

Prints a Markdown table of AUROC and average precision; about two CPU minutes and the features.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import reliabel as rl
from reliabel.bench.metrics import auroc, average_precision
from reliabel.bench.trust_sets import labelled_sets, seen_by
from reliabel.core.call import called
from reliabel.core.catalogue import find
from reliabel.core.labels import Classes
from reliabel.ops.neighbours import nearest

ROWS, RATE, NEAR = 8000, 0.05, 50
HELD = {"ag_news": 1, "banking77": 11, "cifar10n_1": 2}  # classes held out, drawn by the seed
FINDERS = ("mahalanobis", "gaussian_mixture_novelty", "knn_outliers", "dendrogram_outliers")


def draw(name: str, seed: int, data: Path, cache: Path) -> tuple[Any, Any, Any]:
    """Features, labels and which items are strangers."""
    _, truth, _ = labelled_sets(data, cache)[name]()
    rng = np.random.default_rng([seed, 41])
    rows = np.sort(rng.permutation(len(truth))[:ROWS])
    x = np.asarray(seen_by(name, "strong", data, cache)[rows], dtype=np.float32)
    names = tuple(map(str, range(int(truth.max()) + 1)))
    held = [names[c] for c in rng.permutation(len(names))[: HELD[name]]]
    made: Any = rl.corrupt(
        Classes(truth[rows], names), by="open_set", rate=RATE, held_out=held, seed=seed
    )
    return x[made.index], made.labels, made.wrong


def scores(x: Any, labels: Any, seed: int) -> Iterator[tuple[str, Any]]:
    """The score of each item by each finder: its own, or that of the group it is in."""
    evidence = {"features": x, "neighbours": nearest(x, j=NEAR)}
    for name in FINDERS:
        found: Any = called(find("audit", name), labels, evidence, {}, seed)
        score = getattr(found, "score", None)
        if score is not None and len(score) == len(x):
            yield name, np.asarray(score)
            continue
        by_item = np.zeros(len(x))
        for items, value in zip(found.items, found.score, strict=True):
            by_item[list(items)] = np.maximum(by_item[list(items)], value)
        yield name, by_item


def main() -> None:
    """Print a line a set and finder, means over the seeds."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("data", type=Path)
    ask.add_argument("--cache", type=Path, default=Path(".bench/features"))
    ask.add_argument("--seeds", type=int, default=2)
    asked = ask.parse_args()
    out = ["| data | finder | AUROC | average precision |", "|---|---|---|---|"]
    for name in HELD:
        found: dict[str, list[tuple[float, float]]] = {}
        for seed in range(asked.seeds):
            x, labels, strange = draw(name, seed, asked.data, asked.cache)
            for finder, score in scores(x, labels, seed):
                both = auroc(score, strange), average_precision(score, strange)
                found.setdefault(finder, []).append(both)
        for finder, values in found.items():
            area, precision = np.mean(values, axis=0)
            out.append(f"| {name} | {finder} | {area:.3f} | {precision:.3f} |")
    sys.stdout.write("\n".join(out) + "\n")


if __name__ == "__main__":
    main()
