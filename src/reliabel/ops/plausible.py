"""Plausible clean labellings: what the true labels could have been, given how labels go wrong, and
how much models of them disagree.

Source: Nagaraj, Liu, Calmon, Ustun. Regretful decisions under label noise. ICLR 2025.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Bools, Floats, Ints
from reliabel.core.run import track
from reliabel.core.short_repr import by_fields
from reliabel.ops import logistic
from reliabel.ops.folds import fold_of, predicted
from reliabel.ops.noise import picked

WIDTH = 0.25  # how far the share of flips in a class may be from its expectation, relative to it
TRIES = 50  # draws that are refused before the width is relaxed
RELAX = 1.5
STEPS = 20  # of each fit: the labellings differ in few labels
Fitted = Callable[[Ints], Ints]  # labels -> the predicted class of every item


@dataclass(frozen=True, eq=False)
class Plausible:
    """What plausible labellings say: ``ambiguity`` (n,), the chance that a model of one predicts
    another class than the item has in it; ``regret`` (n,), the chance that the model of the given
    labels errs where it seems right, or is right where it seems to err; ``mistakes`` (draws,), the
    share of items with regret in each labelling; ``width``, the typicality that was reached.  NaN
    where an item has no label.
    """

    ambiguity: Floats
    regret: Floats
    mistakes: Floats
    width: float

    __repr__ = by_fields


def clean_shares(y: Ints, matrix: Floats) -> Floats:
    """(k,) the shares of the true classes that explain the given ones under ``matrix`` (k, k).

    >>> clean_shares(np.repeat([0, 1], [60, 40]), np.array([[0.8, 0.2], [0.2, 0.8]])).round(3)
    array([0.667, 0.333])
    """
    k = len(matrix)
    given = np.bincount(y[y >= 0], minlength=k) / max((y >= 0).sum(), 1)
    return np.asarray(_simplex(given @ np.linalg.pinv(matrix)))


def true_chances(y: Ints, matrix: Floats, prior: Floats) -> Floats:
    """(n, k) the chance of each true class: proportional to matrix[k, y] prior[k], with ``prior``
    (k,) or (n, k).  The given label where no class explains it; rows of unlabelled items are even.

    >>> true_chances(np.array([0, 1]), np.array([[0.9, 0.1], [0.1, 0.9]]), np.full(2, 0.5))
    array([[0.9, 0.1],
           [0.1, 0.9]])
    """
    k = len(matrix)
    weight = matrix.T[np.maximum(y, 0)] * prior
    mass = weight.sum(1, keepdims=True)
    sure = np.eye(k)[np.maximum(y, 0)]
    chance = np.where(mass > 0, weight / np.where(mass > 0, mass, 1), sure)
    return np.where((y >= 0)[:, None], chance, 1 / k)


def item_prior(probs: Floats, matrix: Floats) -> Floats:
    """(n, k) clean class probabilities from those of given labels, ``probs`` (n, k)."""
    return _simplex(probs.astype(np.float64) @ np.linalg.pinv(matrix))


def fitted(features: Floats, y: Ints, rng: Generator) -> Fitted:
    """A function that fits a logistic regression to labels and predicts every item; its strength is
    chosen once, on a fifth of the labels ``y`` (n,).
    """
    by = logistic.scale(features)
    strength = logistic.STRENGTHS[1]
    if (y >= 0).sum() >= 10:
        held = fold_of(y, rng=rng) == 0
        strength, _ = logistic.choose(features, y, held, by=by, rng=rng)
    everyone = np.arange(len(y))

    def predict(labels: Ints) -> Ints:
        seen = np.unique(labels[labels >= 0])
        if len(seen) < 2:
            return np.full(len(labels), seen[0] if len(seen) else 0)
        model = logistic.fit(features, labels, strength=strength, iterations=STEPS, by=by)
        return np.asarray(predicted(model, features, everyone, int(labels.max()) + 1).argmax(1))

    return predict


def plausible(
    y: Ints, chances: Floats, predict: Fitted, *, draws: int, rng: Generator
) -> Plausible:
    """What ``draws`` typical labellings, drawn by ``chances`` (n, k), say of each item.

    A draw is typical where the share of changed labels of every given class is within ``WIDTH`` of
    its expectation, relative to it; where draws fail that, the width is relaxed and kept.
    """
    known, width, at = y >= 0, WIDTH, np.arange(len(y))
    plain = predict(y)
    ambiguity, mistakes = np.zeros(len(y)), []
    for _ in track("labellings", range(draws)):
        drawn, width = _typical(y, chances, width, rng)
        # the chance of each class, not the one drawn: a draw more is only scatter
        ambiguity += 1 - chances[at, predict(drawn)]
        regretted = (plain == y) != (plain == drawn)
        mistakes.append(regretted[known].mean() if known.any() else np.nan)
    right = chances[at, plain]
    regret = np.where(plain == y, 1 - right, right)
    ambiguity[~known] = regret[~known] = np.nan
    return Plausible(ambiguity / draws, regret, np.array(mistakes), width)


def _typical(y: Ints, chances: Floats, width: float, rng: Generator) -> tuple[Ints, float]:
    """A typical labelling, and the width that it is typical at."""
    at, known = np.arange(len(y)), y >= 0
    count = np.maximum(np.bincount(y[known], minlength=chances.shape[1]), 1)
    moved = 1 - chances[at, np.maximum(y, 0)]
    due = np.bincount(y[known], moved[known], chances.shape[1]) / count
    while True:
        for _ in range(TRIES):
            drawn = np.where(known, picked(chances, rng), -1)
            share = np.bincount(y[known], (drawn != y)[known], len(count)) / count
            if _near(share, due, width, count).all():
                return drawn, width
        width *= RELAX


def _near(share: Floats, due: Floats, width: float, count: Ints) -> Bools:
    """Which classes are as typical as whole numbers of items allow."""
    return np.asarray(np.abs(share - due) <= np.maximum(width * due, 1 / count))


def _simplex(p: Floats) -> Floats:
    p = np.clip(p, 0, None)
    mass = p.sum(-1, keepdims=True)
    return np.asarray(np.where(mass > 0, p / np.where(mass > 0, mass, 1), 1 / p.shape[-1]))
