"""Worlds of ordered classes with planted slips, and pictures with a number, for the suite labels.

Slips are planted as people make them on a scale: to the class beside, by two steps or more, by
reading the scale upside down; ``even`` ones know no order.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Bools, Floats, Ints

CHOSEN = ("stars", "severity", "groups")  # on which rules were set
JUDGED = ("curved", "likert")
ERRORS = ("adjacent", "far", "reversed", "even")
TURNED = 60  # degrees up to which pictures are turned, to either side


def world(name: str, n: int, seed: int) -> tuple[Floats, Ints]:
    """Features (n, 6) and right classes (n,), 0 the lowest."""
    rng = np.random.default_rng([seed, len(name)])
    x = rng.normal(size=(n, 6))
    if name == "stars":  # five of about the same size
        return x, _cut(x @ [1.5, 1, 0.7, 0.3, 0, 0] + rng.normal(0, 0.8, n), (0.2, 0.4, 0.6, 0.8))
    if name == "severity":  # most have none
        return x, _cut(x @ [1.2, -1, 0.8, 0, 0, 0] + rng.logistic(0, 0.6, n), (0.6, 0.83, 0.95))
    if name == "curved":
        line = 1.5 * np.tanh(x[:, 0]) + x[:, 1] + 0.3 * x[:, 2] ** 2
        return x, _cut(line + rng.normal(0, 0.4, n), (0.1, 0.35, 0.7))
    if name == "likert":  # seven, heavy tails
        return x, _cut(
            x @ [1, 1, 1, 0, 0, 0] + rng.standard_t(4, n) * 0.4,
            (0.05, 0.15, 0.35, 0.6, 0.8, 0.93),
        )
    y = rng.integers(0, 4, n)  # groups: nothing lies between them, the order says nothing
    x[:, :4] += 2.5 * np.eye(4)[y]
    return x, y


def planted(y: Ints, error: str, rate: float, seed: int) -> tuple[Ints, Bools]:
    """The classes with slips of a kind in a share ``rate`` of them, and which are wrong."""
    rng = np.random.default_rng([seed, 7])
    k, out = int(y.max()) + 1, y.copy()
    item = rng.choice(len(y), round(rate * len(y)), replace=False)
    own = y[item]
    if error == "adjacent":
        side = rng.choice([-1, 1], len(item))
        out[item] = np.where((own + side < 0) | (own + side >= k), own - side, own + side)
    elif error == "reversed":  # who reads the scale upside down is right in the middle
        out[item] = k - 1 - own
    else:
        least = 2 if error == "far" else 1
        chance = (np.abs(np.subtract.outer(np.arange(k), np.arange(k))) >= least).astype(float)
        climb = np.cumsum(chance / chance.sum(1, keepdims=True), axis=1)
        out[item] = (climb[own] < rng.random(len(item))[:, None]).sum(1)
    return out, out != y


def pictures(name: str, n: int, seed: int) -> tuple[Floats, Floats]:
    """Pixels (n, 64) of digits, and a number: how far they are "turned", how "thick" their strokes
    are, or which "digit" it is (and a part of one).
    """
    from scipy.ndimage import rotate
    from sklearn.datasets import load_digits

    rng = np.random.default_rng(seed)
    every, which = load_digits(return_X_y=True)
    item = rng.permutation(len(every))[:n]
    grey = every[item] / 16
    if name == "turned":
        angle = rng.uniform(-TURNED, TURNED, len(item))
        turned = [
            rotate(one.reshape(8, 8), by, reshape=False, order=1).ravel()
            for one, by in zip(grey, angle.tolist(), strict=True)
        ]
        return np.array(turned), angle
    if name == "thick":
        power = rng.uniform(0.3, 3, len(item))
        return grey ** power[:, None] + rng.normal(0, 0.05, grey.shape), power
    return grey, which[item] + rng.uniform(-0.5, 0.5, len(item))


def _cut(line: Floats, shares: tuple[float, ...]) -> Ints:
    return np.searchsorted(np.quantile(line, shares), line)
