"""Spaces in which labels are points: how far two points are apart, and means of points.

Each space has a logarithm, the direction and length of the way from one point to another, and an
exponential, which goes that way; in Euclidean space these are subtraction and addition.  The
Frechet mean, the point with the least mean squared distance, is found by going the mean way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from reliabel.core.labels import Bools, Floats, Ints
from reliabel.core.short_repr import by_fields

NEAR = 1e-9  # a step shorter than this, relative to the spread, is none
OFF = 1e-3  # how far rounding may take a point off its space

Two = Callable[[Floats, Floats], Floats]  # points, points (or ways) -> points (or ways)


@dataclass(frozen=True, eq=False)
class Space:
    """``way``: (from, to) -> ways.  ``go``: (from, ways) -> points.  ``length``: (from, ways) ->
    numbers.  ``onto``: rows near the space -> points of it.
    """

    name: str
    way: Two
    go: Two
    length: Two
    onto: Callable[[Floats], Floats]

    __repr__ = by_fields

    def distance(self, one: Floats, two: Floats) -> Floats:
        """How far apart the points of each row are."""
        return self.length(one, self.way(one, two))


def space_of(name: str, x: Floats) -> Space:
    """The space of this name: "euclid", "sphere" (rows of length one), "hyperbolic" (the
    hyperboloid: x0^2 - x1^2 - ... = 1, x0 > 0).

    Raises ValueError for another name, and where points (v, d) do not lie in the space.
    """
    if name not in SPACES:
        raise ValueError(f"space must be one of {', '.join(SPACES)}, got {name!r}")
    space, off = SPACES[name], np.zeros(len(x))
    if name == "sphere":
        off = np.abs(np.square(x).sum(1) - 1)
    if name == "hyperbolic":
        off = np.abs(_lorentz(x, x) + 1) / np.maximum(np.square(x[:, 0]), 1)
        off = np.where(x[:, 0] < 1 - OFF, np.inf, off)
    if (off > OFF).any():
        row, advice = int(off.argmax()), _advice(name)
        raise ValueError(
            f"vote {row} is no point of the space {name!r}: {np.round(x[row], 4).tolist()!s:.60}; "
            f"{advice}"
        )
    return space


def centres(
    space: Space,
    x: Floats,
    item: Ints,
    n: int,
    weight: Floats,
    *,
    power: int = 2,
    iterations: int = 100,
) -> Floats:
    """(n, d) the point of each item with the least weighted sum of distances to its rows of ``x``
    (v, d), to the ``power``: 2 is the Frechet mean, 1 the geometric median (by Weiszfeld's
    iteration), which single far points do not move.  NaN for items without points.

    >>> x = np.array([[0.0], [1.0], [8.0]])
    >>> centres(SPACES["euclid"], x, np.zeros(3, int), 2, np.ones(3)).tolist()
    [[3.0], [nan]]
    """
    mean = _weighted(x, item, n, weight)
    have = np.isfinite(mean).all(1)
    z = mean.copy()
    z[have] = space.onto(mean[have])
    lost = have & ~np.isfinite(z).all(1)  # the points cancel out: start from one of them
    first = np.full(n, -1)
    first[item[::-1]] = np.arange(len(item))[::-1]
    z[lost] = x[first[lost]]
    scale = max(float(np.abs(x).max(initial=0)), 1e-300)
    for _ in range(iterations if space.name != "euclid" or power == 1 else 0):
        ways = space.way(z[item], x)
        pull = weight
        if power == 1:
            pull = weight / np.maximum(space.length(z[item], ways), 1e-6 * scale)
        step = _weighted(ways, item, n, pull)
        z[have] = space.go(z[have], step[have])
        if np.nanmax(np.abs(step[have]), initial=0) < NEAR * scale:
            break
    return z


def beyond_half(space: Space, x: Floats, item: Ints, z: Floats) -> Bools:
    """(n,) items whose points do not lie within half of the sphere around their mean, so that the
    mean is not unique; nowhere else is that so.
    """
    apart = np.zeros(len(z), dtype=bool)
    if space.name == "sphere" and len(x):
        apart[item[(x * z[item]).sum(1) <= 0]] = True
    return apart


def _weighted(x: Floats, item: Ints, n: int, weight: Floats) -> Floats:
    total = np.bincount(item, weight, n)
    sums = [np.bincount(item, column * weight, n) for column in x.T]
    nothing = np.full((n, x.shape[1]), np.nan)
    return np.asarray(
        np.divide(np.stack(sums, 1), total[:, None], out=nothing, where=total[:, None] > 0)
    )


def _advice(name: str) -> str:
    if name == "sphere":
        return "divide each row by its length"
    return (
        "its first number must be sqrt(1 + the sum of squares of the others); from the Poincare "
        "ball p, the point is (1 + |p|^2, 2 p) / (1 - |p|^2)"
    )


def _lorentz(one: Floats, two: Floats) -> Floats:
    return np.asarray((one[:, 1:] * two[:, 1:]).sum(1) - one[:, 0] * two[:, 0])


def _norm(_: Floats, ways: Floats) -> Floats:
    return np.asarray(np.sqrt(np.square(ways).sum(1)))


def _lorentz_norm(_: Floats, ways: Floats) -> Floats:
    return np.sqrt(np.maximum(_lorentz(ways, ways), 0))


def _along(part: Floats, length: Floats, far: Floats) -> Floats:
    """Rows of ``part``, of this length, made ``far`` long."""
    ratio = np.divide(far, length, out=np.zeros_like(far), where=length > 1e-15)
    return np.asarray(part * ratio[:, None])


def _sphere_way(one: Floats, two: Floats) -> Floats:
    cosine = (one * two).sum(1)
    part = two - cosine[:, None] * one
    sine = np.sqrt(np.square(part).sum(1))
    return _along(part, sine, np.arctan2(sine, cosine))


def _sphere_go(one: Floats, ways: Floats) -> Floats:
    far = _norm(one, ways)
    found = np.cos(far)[:, None] * one + _along(ways, far, np.sin(far))
    return np.asarray(found / np.sqrt(np.square(found).sum(1, keepdims=True)))


def _hyperbolic_way(one: Floats, two: Floats) -> Floats:
    cosine = np.maximum(-_lorentz(one, two), 1.0)
    part = two - cosine[:, None] * one
    return _along(part, _lorentz_norm(one, part), np.arccosh(cosine))


def _hyperbolic_go(one: Floats, ways: Floats) -> Floats:
    far = _lorentz_norm(one, ways)
    return _raised(np.cosh(far)[:, None] * one + _along(ways, far, np.sinh(far)))


def _raised(x: Floats) -> Floats:
    """Rows lifted onto the hyperboloid by their first number."""
    return np.column_stack([np.sqrt(1 + np.square(x[:, 1:]).sum(1)), x[:, 1:]])


def _on_sphere(x: Floats) -> Floats:
    length = np.sqrt(np.square(x).sum(1, keepdims=True))
    return np.asarray(np.divide(x, length, out=np.full_like(x, np.nan), where=length > 1e-9))


def _on_hyperboloid(x: Floats) -> Floats:
    return np.asarray(x / np.sqrt(np.maximum(-_lorentz(x, x), 1e-300))[:, None])


SPACES = {
    "euclid": Space(
        "euclid", lambda one, two: two - one, lambda one, ways: one + ways, _norm, lambda x: x
    ),
    "sphere": Space("sphere", _sphere_way, _sphere_go, _norm, _on_sphere),
    "hyperbolic": Space(
        "hyperbolic", _hyperbolic_way, _hyperbolic_go, _lorentz_norm, _on_hyperboloid
    ),
}


def spread(space: Space, z: Floats) -> float:
    """The mean squared distance of points (m, d) to their centre."""
    if not len(z):
        return 0.0
    middle = centres(space, z, np.zeros(len(z), dtype=np.int64), 1, np.ones(len(z)))
    return float((space.distance(np.repeat(middle, len(z), axis=0), z) ** 2).mean())
