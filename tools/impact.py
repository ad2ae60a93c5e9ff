"""Measure what mending or dropping the labels that look wrong does to a model: errors planted in
clean labels, the model judged on the true ones.

python tools/impact.py DATA [--cache .bench/features] [--rows 5000] [--seeds 1]

Prints a Markdown table of differences in points of accuracy, with 95 % intervals over ten splits.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import reliabel as rl
from reliabel.bench.trust_sets import labelled_sets, seen_by
from reliabel.core.dataset import Dataset
from reliabel.core.labels import Classes

SETS = ("ag_news", "banking77")
ERRORS = (("symmetric", 0.05), ("symmetric", 0.2), ("human", 0.05), ("human", 0.2))
BY = {"symmetric": "symmetric", "human": "instance_dependent"}


def draw(name: str, rows: int, seed: int, data: Path, cache: Path) -> tuple[Any, Classes]:
    """Features and true labels of some rows of a set."""
    _, truth, _ = labelled_sets(data, cache)[name]()
    rng = np.random.default_rng([seed, 42])
    some = np.sort(rng.permutation(len(truth))[:rows])
    x = np.asarray(seen_by(name, "strong", data, cache)[some], dtype=np.float32)
    return x, Classes(truth[some], tuple(map(str, range(int(truth.max()) + 1))))


def lines(asked: argparse.Namespace) -> Iterator[str]:
    """A line for each set, kind and rate of errors, and seed."""
    for name in SETS:
        for seed in range(asked.seeds):
            x, truth = draw(name, asked.rows, seed, asked.data, asked.cache)
            for kind, rate in ERRORS:
                started = time.process_time()
                clean = Dataset(truth, {"features": x})
                given: Any = rl.corrupt(clean, by=BY[kind], rate=rate, seed=seed)
                evidence = {"features": x, "gold": truth.y}
                found = rl.impact(Dataset(given.labels, evidence), seed=seed)
                score, apart = found.parts["score"], found.parts["difference"]
                ways = ("mended", "dropped", "dropped less dropped by chance")
                cells = [f"{100 * score['as given']:.1f}", *(_points(apart[way]) for way in ways)]
                seconds = time.process_time() - started
                yield " | ".join(
                    [f"| {name}", f"{kind} {rate:.0%}", str(seed), *cells, f"{seconds:.0f} |"]
                )


def _points(difference: Any) -> str:
    value, low, high = (100 * difference[end] for end in ("value", "low", "high"))
    return f"{value:+.1f} ({low:+.1f} to {high:+.1f})"


def main() -> None:
    """Print the table, each line as it is measured."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("data", type=Path)
    ask.add_argument("--cache", type=Path, default=Path(".bench/features"))
    ask.add_argument("--rows", type=int, default=5000)
    ask.add_argument("--seeds", type=int, default=1)
    asked = ask.parse_args()
    head = ["data", "errors", "seed", "as given", "mended", "dropped", "dropped over chance"]
    sys.stdout.write(f"| {' | '.join([*head, 'CPU s'])} |\n|{'---|' * 8}\n")
    for line in lines(asked):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
