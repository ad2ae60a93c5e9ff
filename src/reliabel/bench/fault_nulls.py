"""Data without a fault, for the false alarms of the suite faults: shuffled labels, independent
splits, random slices.  Every draw is made anew.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from reliabel.bench.fault_pictures import coloured
from reliabel.bench.fault_splits import CLASSES, drifting, in_order
from reliabel.bench.fault_texts import hosts
from reliabel.bench.fault_worlds import World, asked, of_kind
from reliabel.core.labels import Classes

N, TEST = 1000, 0.2  # items of a draw, and the share in the test split
TESTS = 2  # of row_order: on the labels and on the features
NAMES = tuple(map(str, range(CLASSES)))


def rows(data: Path | None, rng: np.random.Generator, quick: bool) -> World:
    """Made items in random order."""
    y, _, neighbours = drifting(N)
    order = rng.permutation(N)
    call = asked("row_order", Classes(y[order], NAMES), neighbours=in_order(neighbours, order))
    return World("made", N, "row_order", [], call)


def splits(data: Path | None, rng: np.random.Generator, quick: bool) -> World:
    """Made items with six columns, in splits at random."""
    y, _, neighbours = drifting(N)
    columns = {f"number {c}": rng.normal(size=N) for c in range(4)}
    columns |= {f"word {c}": np.array(["a", "b", "c"])[rng.integers(3, size=N)] for c in range(2)}
    split = np.where(rng.random(N) < TEST, "test", "train")
    call = asked(
        "split_drift", Classes(y, NAMES), split=split, columns=columns, neighbours=neighbours
    )
    return World("made", N, "split_drift", [], call)


def shares(data: Path | None, rng: np.random.Generator, quick: bool) -> World:
    """Classes in splits at random."""
    y = rng.integers(3, size=N)
    split = np.where(rng.random(N) < TEST, "test", "train")
    return World("made", N, "class_counts", [], asked("class_counts", Classes(y), split=split))


def slices(data: Path | None, rng: np.random.Generator, quick: bool) -> World:
    """Columns, clusters and confusions that have nothing to do with the errors of the model."""
    k, many = 5, np.arange(N)
    top = rng.integers(k, size=N)
    p = np.full((N, k), 0.05)
    p[many, top] = 0.8
    p[many, (top + rng.integers(1, k, size=N)) % k] += rng.uniform(0.001, 0.01, N)
    y = np.where(rng.random(N) < 0.8, top, rng.integers(k, size=N))
    columns = {
        name: np.array([f"v{c}" for c in rng.integers(values, size=N)])
        for name, values in (("source", 20), ("device", 5), ("country", 8))
    }
    columns["size"] = rng.normal(size=N)
    call = asked(
        "weak_slices",
        Classes(y, NAMES[:k]),
        probs=p / p.sum(1, keepdims=True),
        columns=columns,
        features=rng.normal(size=(N, 8)).astype(np.float32),
    )
    return World("made", N, "weak_slices", [], call)


def properties(data: Path | None, rng: np.random.Generator, quick: bool) -> World:
    """Texts and columns under shuffled labels; every property that is certain is told."""
    name, texts = hosts(data, N, rng)
    columns = {"number": rng.normal(size=N), "word": np.array(["a", "b"])[rng.integers(2, size=N)]}
    call = asked(
        "spurious_correlation",
        Classes(rng.integers(4, size=N), NAMES[:4]),
        items=texts,
        columns=columns,
        least=0.0,
    )
    return World(name, N, "spurious_correlation", [], call)


def gaps(data: Path | None, rng: np.random.Generator, quick: bool) -> World:
    """Ten columns of which some values are missing at random, under shuffled labels."""
    columns = {
        f"number {c}": np.where(rng.random(N) < 0.04, np.nan, rng.normal(size=N)) for c in range(10)
    }
    y = Classes(rng.integers(4, size=N), NAMES[:4])
    call = of_kind(asked("null_columns", y, columns=columns), "missing depends on the label")
    return World("made", N, "null_columns", [], call)


def leaks(data: Path | None, rng: np.random.Generator, quick: bool) -> World:
    """Twelve columns under shuffled labels."""
    columns = {f"number {c}": rng.normal(size=N) for c in range(8)}
    columns |= {f"word {c}": np.array(list("abcde"))[rng.integers(5, size=N)] for c in range(4)}
    y = Classes(rng.integers(4, size=N), NAMES[:4])
    return World("made", N, "target_leakage", [], asked("target_leakage", y, columns=columns))


def copies(data: Path | None, rng: np.random.Generator, quick: bool) -> World:
    """Made items, all different, under shuffled labels."""
    centre = rng.normal(size=(CLASSES, 16))
    x = centre[rng.integers(CLASSES, size=N)] + rng.normal(size=(N, 16))
    y = Classes(rng.integers(CLASSES, size=N), NAMES)
    call = asked("near_duplicates", y, features=x.astype(np.float32))
    return World("made", N, "near_duplicates", [], call)


def pictures(data: Path | None, rng: np.random.Generator, quick: bool) -> World:
    """Made textures of any colour."""
    shown, y = coloured(N // 4, rng)
    return World("made", N, "picture_faults", [], asked("picture_faults", Classes(y), items=shown))
