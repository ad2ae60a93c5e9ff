"""Halfspace test: whether the data are such that a halfspace learnt from labels with bounded noise
may be trusted.

The promise of ``massart_halfspace`` holds for features that are Gaussian after whitening.  The test
compares third and fourth moments, the share of items near the boundary, and how labels near it
depend on the other directions, with what they would be.  If all agree, few labels beside those that
noise has turned are missed; if one does not, it is named, and nothing is promised.  It is a test of
its assumptions: with few items it accepts what it cannot see, with many it rejects what does little
harm.  Of several classes it sets the most frequent one against the rest.
Cost: the halfspace, and O(n d) for each direction, memory O(d^2).
Paper: Gollakota, Klivans, Stavropoulos, Vasilyan. Tester-learners for halfspaces: universal
algorithms. NeurIPS 2023.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from scipy.special import ndtr

from reliabel.core.labels import Classes, Floats, Ints
from reliabel.core.results import Measure
from reliabel.ops.halfspace import descend, whitening

ALSO = ("tester_learner",)
SMALL = {"steps": 100}
FEWEST = 20  # items on either side, below which nothing can be tested
MOMENT, BAND, GRADIENT = 4.0, 4.0, 3.0  # standard errors that are allowed
ROUNDS = 20  # of the search for the direction with the most unusual fourth moment


@dataclass(frozen=True, eq=False)
class _Boundary:
    """``along`` (n,) the whitened distance from the boundary, ``sign`` (n,) -1 or 1 as labelled,
    ``rest`` (n, r - 1) whitened features across it, ``offset`` of the boundary from the mean."""

    along: Floats
    sign: Floats
    rest: Floats
    offset: float


def measure(
    labels: Classes,
    *,
    features: Floats,
    rng: Generator,
    width: float = 0.1,
    directions: int = 20,
    steps: int = 600,
) -> Measure:
    """The share of the given labels that the halfspace misses, and the verdict whether the best
    halfspace misses about as many.

    width: of the band beside the boundary, and of the last sigmoid of the halfspace.
    directions: how many random orthogonal directions are tested, beside the one across the
        boundary and two whose fourth moments look most unusual on the other half of the items.
    steps: of the halfspace, for each width.
    ``parts`` holds the "verdict", and the deviation that each test finds in standard errors
    ("moments", "band", "gradient"); 4, 4 and 3 are allowed.

    >>> draw = np.random.default_rng(0)
    >>> x, flat = draw.normal(size=(2000, 3)), draw.uniform(size=(2000, 3))
    >>> given = [Classes((z[:, 0] > z.mean()).astype(int)) for z in (x, flat)]
    >>> [measure(y, features=z, rng=np.random.default_rng(0)).parts["verdict"].split(":")[0]
    ...  for y, z in zip(given, (x, flat))]
    ['accept', 'reject']
    """
    y, name = _two_sides(labels)
    rows, fewest = np.flatnonzero(y >= 0), int(min((y == 0).sum(), (y == 1).sum()))
    if fewest < FEWEST or features.ndim != 2:
        why = (
            f"the test needs one vector an item and {FEWEST} items on each side of the boundary, "
            f"got features of shape {features.shape} and {fewest} items on one side"
        )
        return Measure(np.nan, np.nan, np.nan, {"verdict": "cannot tell"}, {"why": why})
    near, error = _boundary(features, y, rows, rng, width, steps)
    found = {
        "moments": (_moments(near, directions, rng), MOMENT),
        "band": (_band(near, width), BAND),
        "gradient": (_gradient(near, width), GRADIENT),
    }
    worst = max(found, key=lambda name: found[name][0] / found[name][1])
    parts = {
        "verdict": _verdict(worst, *found[worst]),
        **{name: deviation for name, (deviation, _) in found.items()},
    }
    why = "no interval: that the best halfspace misses as many holds if the test accepts"
    return Measure(error, np.nan, np.nan, parts, {"why": why, "class": name})


def _two_sides(labels: Classes) -> tuple[Ints, str]:
    """(n,) 1 for the most frequent class, 0 for the others, -1 without a label; and its name."""
    size = np.bincount(labels.y[labels.y >= 0], minlength=labels.k)
    top = int(size.argmax())
    return np.where(labels.y < 0, -1, labels.y == top), labels.names[top]


def _boundary(
    features: Floats, y: Ints, rows: Ints, rng: Generator, width: float, steps: int
) -> tuple[_Boundary, float]:
    widths = (10 * width, 3 * width, width)
    learnt = descend(features, y, 2, rng=rng, widths=widths, steps=steps)
    white = whitening(features, rows, ridge=0.0)
    z = white(features[rows])
    across = np.linalg.pinv(white.factor) @ (learnt.weights[:, 1] - learnt.weights[:, 0])
    length = max(float(np.linalg.norm(across)), 1e-300)
    offset = (learnt.bias[1] - learnt.bias[0] + white.mean @ np.diff(learnt.weights)[:, 0]) / length
    basis = np.linalg.qr(np.column_stack([across / length, np.eye(len(across))]))[0]
    along = z @ across / length + offset
    return _Boundary(along, 2.0 * y[rows] - 1, z @ basis[:, 1:], float(offset)), learnt.error


def _moments(near: _Boundary, directions: int, rng: Generator) -> float:
    """The largest deviation of a third or fourth moment from the Gaussian one, in standard
    errors: along directions, and of the lengths of all rows."""
    r = near.rest.shape[1]
    some = np.linalg.qr(rng.normal(size=(r, min(r, directions))))[0]
    lines = [near.along, *(near.rest @ some).T]
    deviation = [_unusual(line) for line in lines]
    half = rng.permutation(len(near.along))
    z = np.column_stack([near.along - near.offset, near.rest])
    seek, check = z[half[: len(half) // 2]], z[half[len(half) // 2 :]]
    deviation += [_unusual(check @ u) for u in _unusual_directions(seek)]
    return max(*deviation, _unusual_lengths(z))


def _unusual(line: Floats) -> float:
    """Of skewness and excess kurtosis the larger one, in standard errors under the Gaussian."""
    centred = line - line.mean()
    scaled = centred / max(float(centred.std()), 1e-300)
    skew, excess = float((scaled**3).mean()), float((scaled**4).mean()) - 3
    return float(max(abs(skew) / np.sqrt(6 / len(line)), abs(excess) / np.sqrt(24 / len(line))))


def _unusual_lengths(z: Floats) -> float:
    """Mardia's kurtosis: the mean fourth power of the lengths, in standard errors."""
    n, r = z.shape
    fourth = float(((z**2).sum(1) ** 2).mean())
    return float(abs(fourth - r * (r + 2)) / np.sqrt(8 * r * (r + 2) / n))


def _unusual_directions(z: Floats) -> list[Floats]:
    """Two directions of extreme fourth moment: those in which the squared length of the rows
    weighs most and least, improved by fixed-point steps."""
    lengths = (z**2).sum(1)
    vectors = np.linalg.eigh(z.T @ (z * lengths[:, None]) / len(z))[1]
    out = []
    for u in (vectors[:, 0], vectors[:, -1]):
        for _ in range(ROUNDS):
            u = z.T @ (z @ u) ** 3 / len(z) - 3 * u
            u = u / max(float(np.linalg.norm(u)), 1e-300)
        out.append(u)
    return out


def _band(near: _Boundary, width: float) -> float:
    """The share of items in the band against the Gaussian share, in standard errors."""
    due = float(ndtr(width - near.offset) - ndtr(-width - near.offset))
    share = float((np.abs(near.along) <= width).mean())
    return float(abs(share - due) / np.sqrt(max(due * (1 - due), 1e-12) / len(near.along)))


def _gradient(near: _Boundary, width: float) -> float:
    """How far labels in the band depend on the directions across it: the squared length of the
    mean of label times feature against its chi-square law, in standard errors."""
    inside = np.abs(near.along) <= width
    r, m = near.rest.shape[1], int(inside.sum())
    if not r or not m:
        return 0.0
    mean = near.sign[inside] @ near.rest[inside] / m
    return float(max(m * (mean @ mean) - r, 0) / np.sqrt(2 * r))


def _verdict(worst: str, deviation: float, allowed: float) -> str:
    if deviation <= allowed:
        return (
            "accept: nothing speaks against Gaussian features and a halfspace between the classes"
        )
    what = {
        "moments": "features are not Gaussian in some direction",
        "band": "too many or too few items lie near the boundary",
        "gradient": "labels near the boundary depend on other directions, so it is not the best",
    }[worst]
    return f"reject: {what} ({deviation:.1f} standard errors, {allowed:g} are allowed)"
