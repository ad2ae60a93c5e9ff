"""Weak slices of three in a hundred items, planted for the suite faults."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from reliabel.bench.fault_texts import news
from reliabel.bench.fault_worlds import N, World, alike, asked
from reliabel.core.labels import Classes, Floats, Ints

FEW = 6000  # items with --quick: slices of fewer cannot be told from chance
CLASSES = 9  # whose pairs are about three in a hundred each
GROUPS, WIDE = 33, 16  # values of a column and blobs of the features; numbers of an item
DEVICES, COUNTRIES = 5, 7  # whose pairs are about three in a hundred each
USUAL, WEAK = 0.9, 0.7  # labels that the model agrees with
SHARE = 0.03  # of the texts that are a slice
WRONG = 0.3  # of its labels that are drawn anew


def made_slices(data: Path | None, rng: np.random.Generator, quick: bool) -> World:
    """Made items with a weak value of a column, a weak pair of values, a weak blob of the features
    and a weak pair of likeliest classes.
    """
    n = FEW if quick else N
    columns = {
        "source": rng.integers(GROUPS, size=n),
        "device": rng.integers(DEVICES, size=n),
        "country": rng.integers(COUNTRIES, size=n),
    }
    blob = rng.integers(GROUPS, size=n)
    features = rng.normal(0, 3, (GROUPS, WIDE))[blob] + rng.normal(size=(n, WIDE))
    top = rng.integers(CLASSES, size=n)
    second = (top + rng.integers(1, CLASSES, size=n)) % CLASSES
    weak = {
        "column": columns["source"] == 0,
        "columns": (columns["device"] == 0) & (columns["country"] == 0),
        "cluster": blob == 0,
        "confusion": (np.minimum(top, second) == 0) & (np.maximum(top, second) == 1),
    }
    agreed = rng.random(n) < np.where(np.any(list(weak.values()), axis=0), WEAK, USUAL)
    y = np.where(agreed, top, second)
    named = {name: np.array([f"{name} {c}" for c in code]) for name, code in columns.items()}
    groups = [frozenset(np.flatnonzero(mask).tolist()) for mask in weak.values()]
    call = asked(
        "weak_slices",
        Classes(y, tuple(map(str, range(CLASSES)))),
        probs=_sure(top, second, rng),
        columns=named,
        features=features.astype(np.float32),
    )
    planted = [(frozenset([place]), kind) for place, kind in enumerate(weak)]
    return World("made", n, "weak_slices", planted, alike(call, groups))


def _sure(top: Ints, second: Ints, rng: np.random.Generator) -> Floats:
    """(n, k) probabilities by the two likeliest classes."""
    n, rows = len(top), np.arange(len(top))
    p = np.full((n, CLASSES), 0.02)
    p[rows, top] = rng.uniform(0.5, 0.8, n)
    p[rows, second] = 1 - p[rows, top] - 0.02 * (CLASSES - 2)
    return p


def text_slices(data: Path | None, rng: np.random.Generator, quick: bool) -> World:
    """Headlines with a third of the labels drawn anew from one source, and in one subject (a text
    and those most like it).
    """
    from reliabel.bench.learn_cells import out_of_fold_probabilities

    truth, features = news(data)
    n = len(truth)
    each = round(SHARE * n)
    source = rng.permutation(n) // each
    like = features @ features[rng.integers(n)]
    groups = [np.flatnonzero(source == 0), np.argsort(-like, kind="stable")[:each]]
    y = truth.copy()
    for group in groups:
        again = group[rng.random(len(group)) < WRONG]
        y[again] = rng.integers(truth.max() + 1, size=len(again))
    labels = Classes(y, ("world", "sport", "business", "science"))
    call = asked(
        "weak_slices",
        labels,
        probs=out_of_fold_probabilities(labels, features, rng),
        columns={"source": np.array([f"feed {code}" for code in source])},
        features=features,
    )
    planted = [(frozenset([place]), kind) for place, kind in enumerate(("column", "cluster"))]
    sets = [frozenset(group.tolist()) for group in groups]
    return World("ag_news", n, "weak_slices", planted, alike(call, sets))
