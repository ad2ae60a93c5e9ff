"""Instruction quality: how well a few examples of each class, as labelling instructions show them,
let one find the other items of the class.

Examples are chosen on four fifths of the items (``ops/exemplars.py``) and judged on the last fifth:
items are ranked by their largest similarity to an example of the class, and the average precision
is meant over classes.  Random examples, as many, are judged beside them.
Assumes features in which a class lies together.  Weak where classes are few items, or where most
labels are wrong: the items that are found count by the labels they have.
Cost: O(n k m d) for m examples a class, and k-means within at most 300 items of each class; five
times.
Paper: Chang, Ferroni, Tarr, Hebert, Ramanan. Thinking like an annotator: generation of dataset
labeling instructions. 2023.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from scipy.stats import t

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Bools, Classes, Floats, Ints
from reliabel.core.results import Measure
from reliabel.ops.exemplars import average_precision, certain, choose, unit_vectors
from reliabel.ops.neighbours import nearest

SMALL = {"folds": 2}
NEAR = 15  # neighbours whose labels say how doubtful a label is, where there are no probabilities
AGREED = 1 / 3  # doubt up to which a label is certain: two thirds of the nearest agree


def measure(
    labels: Classes,
    *,
    features: Floats,
    rng: Generator,
    probs: Floats | None = None,
    neighbours: Neighbours | None = None,
    folds: int = 5,
    at_most: int = 5,
) -> Measure:
    """The mean average precision over classes of finding a class by its examples: 1 if every item
    of a class comes before all others.

    folds: parts; the examples are chosen on all but one, and judged on it.
    at_most: examples of a class.
    ``parts`` holds "by_class" (k,), "folds" (folds,), and "random" (folds,), the same with random
    examples; ``info`` the mean "gain" over random ones.  The 95 % interval is that of the mean
    over folds by Student's t; they share items, so that it is rather too narrow.
    Raises ValueError for fewer than two folds and for fewer than one example.

    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat([0, 1], 40)
    >>> x = np.eye(2)[y] + 0.1 * rng.normal(size=(80, 2))
    >>> round(measure(Classes(y), features=x, rng=rng).value, 3)
    1.0
    """
    if folds < 2 or at_most < 1:
        raise ValueError(
            f"folds must be at least 2 and at_most at least 1, got folds {folds} and at_most "
            f"{at_most}"
        )
    units, usable = unit_vectors(features)
    known = np.flatnonzero((labels.y >= 0) & usable)
    if len(known) < 2 * folds:
        nothing = {"by_class": np.full(labels.k, np.nan), "folds": np.empty(0)}
        why = f"no value: {len(known)} items with a label and features are too few"
        return Measure(np.nan, np.nan, np.nan, nothing, {"interval": why})
    doubt = _doubt(labels, features, usable, probs, neighbours)
    sure = certain(doubt, labels, sure=AGREED) & usable
    part = np.full(len(labels), -1)
    part[known] = rng.permutation(np.arange(len(known)) % folds)
    found, random = np.full((folds, labels.k), np.nan), np.full((folds, labels.k), np.nan)
    for fold in range(folds):
        train, test = (part >= 0) & (part != fold), np.flatnonzero(part == fold)
        chosen = choose(units, labels, sure & train, rng=rng, at_most=at_most)
        for c, one in enumerate(chosen):
            if one is not None:
                found[fold, c] = _judged(units, labels, one.shown, test, c)
                every = np.flatnonzero(train & (labels.y == c))
                drawn = rng.choice(every, min(len(one.shown), len(every)), replace=False)
                random[fold, c] = _judged(units, labels, drawn, test, c)
    return _summary(found, random, folds)


def _summary(found: Floats, random: Floats, folds: int) -> Measure:
    means, others = _mean(found, 1), _mean(random, 1)
    value = float(_mean(means[None], 1)[0])
    half = float(t.ppf(0.975, folds - 1)) * float(np.std(means, ddof=1)) / np.sqrt(folds)
    info = {"gain": value - float(_mean(others[None], 1)[0])}
    low, high = np.clip([value - half, value + half], 0, 1).tolist()
    parts = {"by_class": _mean(found, 0), "folds": means, "random": others}
    return Measure(value, low, high, parts, info)


def _mean(x: Floats, axis: int) -> Floats:
    """The mean of the values that are known, NaN where none is."""
    known = np.isfinite(x)
    many = known.sum(axis)
    total = np.where(known, x, 0).sum(axis)
    return np.where(many > 0, total / np.maximum(many, 1), np.nan)


def _judged(units: Floats, labels: Classes, shown: Ints, test: Ints, c: int) -> float:
    """The average precision with which examples find the items of ``test`` of class c."""
    score = (units[test] @ units[shown].T).max(1)
    relevant: Bools = labels.y[test] == c
    return float(average_precision(score[None], relevant[None])[0])


def _doubt(
    labels: Classes,
    features: Floats,
    usable: Bools,
    probs: Floats | None,
    neighbours: Neighbours | None,
) -> Floats:
    """(n,) how doubtful each label is: 1 less its probability, else the share of the nearest items
    with another label.
    """
    rows = np.flatnonzero(labels.y >= 0)
    out = np.full(len(labels), np.nan)
    if probs is not None:
        out[rows] = 1 - np.asarray(probs)[rows, labels.y[rows]]
        return out
    near = neighbours
    if near is None:
        x = np.where(usable[:, None], np.asarray(features).reshape(len(labels), -1), 0)
        near = nearest(x, j=min(NEAR, len(labels) - 1))
    index = np.asarray(near.index)[:, :NEAR]
    told = (index >= 0) & (labels.y[index] >= 0)
    other = told & (labels.y[index] != labels.y[:, None])
    many = told.sum(1)
    share = other.sum(1) / np.maximum(many, 1)
    out[rows] = np.where(many > 0, share, np.nan)[rows]
    return out
