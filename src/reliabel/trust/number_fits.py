"""What the residuals of right and of wrong numbers are like: a mixture for each thickness of tail.

A right number scatters about its prediction, by a t distribution of two halves.  With a small
chance (the lapse) the number is not the right one: it is like the number of any other item, or it
lies far off, on no scale in particular (``mixed``); or it scatters about the prediction too, but
several times as widely, so that many wrong numbers hide among right ones (``hidden``).  On most
items residuals are small and the density of right numbers falls off; the numbers that lie where it
has vanished say how often people lapse.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from reliabel.core.labels import Floats
from reliabel.core.short_repr import by_fields

TAILS = (2.0, 3.0, 5.0, 10.0, np.inf)  # degrees of freedom; infinite is normal
# without a lapse tails may be thicker still, so that a heavy tail alone is no lapse
TAILS_ALONE = (1.5, 2.0, 2.5, 3.0, 5.0, 10.0, np.inf)
FAR = 4.0  # scales from the middle from which a number may be called far off
WIDER = 3.0  # times as widely as right numbers that hidden wrong ones scatter at least
MOST = 0.6  # share of wrong numbers that is looked for at most
START = 0.05  # share of wrong numbers that a fit starts from
ROUNDS, ENOUGH = 80, 1e-4  # of a fit, and the gain in log-likelihood at which it ends
NORMAL = 1.4826  # standard deviation of normal numbers by their median absolute deviation


@dataclass(frozen=True)
class Fit:
    """One mixture: degrees of freedom ``tail``, ``middle`` and the scales ``low`` and ``high`` of
    its sides, the share ``pi`` of wrong numbers and that of those which are like other items'
    (``like``), how far the farthest lies, its log-likelihood, and where wrong numbers hide how many
    times as widely as right ones they scatter (``wider``, else NaN).
    """

    tail: float
    middle: float
    low: float
    high: float
    pi: float
    like: float
    top: float
    value: float
    wider: float = np.nan

    __repr__ = by_fields

    def wrong(self, u: Floats, other: Floats) -> Floats:
        """(n,) the chance that numbers with scaled residuals ``u`` are wrong.

        other: (n,) log density of the number of another item, on the scale of ``u``.
        """
        return np.asarray(1 - np.exp(_parts(u, other, self)[0]))


def density(u: Floats, middle: float, low: float, high: float, tail: float) -> Floats:
    """(n,) log density of a t distribution whose sides have scales of their own."""
    z = (u - middle) / np.where(u < middle, low, high)
    return np.asarray(_student(z, tail) - np.log((low + high) / 2))


def _student(z: Floats, tail: float) -> Floats:
    if np.isinf(tail):
        return np.asarray(-0.5 * z**2 - 0.5 * np.log(2 * np.pi))
    front = gammaln((tail + 1) / 2) - gammaln(tail / 2) - 0.5 * np.log(tail * np.pi)
    return np.asarray(front - (tail + 1) / 2 * np.log1p(z**2 / tail))


def alone(u: Floats, tail: float) -> float:
    """The log-likelihood of the residuals if no number is wrong."""
    middle, low, high = _first(u)
    value = -np.inf
    for _ in range(ROUNDS):
        before, value = value, float(density(u, middle, low, high, tail).sum())
        if value - before < ENOUGH * len(u) ** 0.5:
            break
        weight = _weight(u, middle, low, high, tail)
        middle, low, high = _moved(u, weight, np.ones(len(u)), middle)
    return value


def mixed(u: Floats, other: Floats, tail: float) -> Fit:
    """The mixture with tails of one thickness, by expectation-maximisation.

    other: (n,) log density of the number of another item, on the scale of ``u``.
    """
    middle, low, high = _first(u)
    top = float(np.abs(u - middle).max(initial=0.0)) * 1.01 + 1e-12
    fit = Fit(tail, middle, low, high, START, 0.5, top, -np.inf)
    for _ in range(ROUNDS):
        (right, like, far), value = _shares(u, other, fit)
        if value - fit.value < ENOUGH * len(u) ** 0.5:
            break
        weight = _weight(u, fit.middle, fit.low, fit.high, tail)
        middle, low, high = _moved(u, weight, right, fit.middle)
        pi = float(np.clip(like.mean() + far.mean(), 1e-6, MOST))
        part = float((like.sum() + 1) / (like.sum() + far.sum() + 2))
        fit = Fit(tail, middle, low, high, pi, part, top, value)
    return fit


def hidden(u: Floats, tail: float) -> Fit:
    """The mixture in which wrong numbers scatter about the prediction as right ones do, ``WIDER``
    times as widely or more, by expectation-maximisation.
    """
    middle, low, high = _first(u)
    fit = Fit(tail, middle, low, high, START, 0.0, np.nan, -np.inf, WIDER)
    for _ in range(ROUNDS):
        (right, wrong), value = _shares(u, u, fit)
        if value - fit.value < ENOUGH * len(u) ** 0.5:
            break
        weight = _weight(u, fit.middle, fit.low, fit.high, tail)
        middle, low, high = _moved(u, weight, right, fit.middle)
        z = (u - middle) / np.where(u < middle, low, high)
        wider = max(float(np.sqrt(wrong @ z**2 / max(wrong.sum(), 1e-300))), WIDER)
        pi = float(np.clip(wrong.mean(), 1e-6, MOST))
        fit = Fit(tail, middle, low, high, pi, 0.0, np.nan, value, wider)
    return fit


def _shares(u: Floats, other: Floats, fit: Fit) -> tuple[tuple[Floats, ...], float]:
    logs = _parts(u, other, fit, relative=False)
    total = np.logaddexp.reduce(logs, axis=0)
    return tuple(np.exp(part - total) for part in logs), float(total.sum())


def _parts(u: Floats, other: Floats, fit: Fit, *, relative: bool = True) -> list[Floats]:
    """Log densities of a right number and of wrong ones: one like another item's and one far off,
    or one that hides; ``relative``: of all together.
    """
    right = np.log1p(-fit.pi) + density(u, fit.middle, fit.low, fit.high, fit.tail)
    parts = [right, *(_off(u, other, fit) if np.isnan(fit.wider) else [_hidden(u, fit)])]
    if relative:
        total = np.logaddexp.reduce(parts, axis=0)
        parts = [part - total for part in parts]
    return parts


def _hidden(u: Floats, fit: Fit) -> Floats:
    wide = density(u, fit.middle, fit.wider * fit.low, fit.wider * fit.high, np.inf)
    return np.asarray(np.log(fit.pi) + wide)


def _off(u: Floats, other: Floats, fit: Fit) -> list[Floats]:
    away = np.abs(u - fit.middle)
    begin = FAR * (fit.low + fit.high) / 2
    span = 2 * np.log(max(fit.top / begin, 2.0))
    far = -np.log(np.maximum(away, 1e-300) * span)
    return [
        np.log(fit.pi * fit.like) + other,
        np.where(away > begin, np.log(fit.pi * (1 - fit.like)) + far, -np.inf),
    ]


def _first(u: Floats) -> tuple[float, float, float]:
    middle = float(np.median(u))
    scale = max(NORMAL * float(np.median(np.abs(u - middle))), 1e-12)
    return middle, scale, scale


def _weight(u: Floats, middle: float, low: float, high: float, tail: float) -> Floats:
    """(n,) how much a residual tells of middle and scales: the less, the farther it lies."""
    if np.isinf(tail):
        return np.ones(len(u))
    z = (u - middle) / np.where(u < middle, low, high)
    return np.asarray((tail + 1) / (tail + z**2))


def _moved(u: Floats, weight: Floats, right: Floats, middle: float) -> tuple[float, float, float]:
    """Middle and the scales of both sides that are likeliest for residuals that count ``right``."""
    left, many = u < middle, float(right.sum())
    square = weight * right * (u - middle) ** 2
    below, above = max(float(square[left].sum()), 1e-24), max(float(square[~left].sum()), 1e-24)
    third = below ** (1 / 3) + above ** (1 / 3)
    low, high = (float(np.sqrt(side ** (2 / 3) * third / many)) for side in (below, above))
    pull = weight * right / np.where(left, low, high) ** 2
    return float(pull @ u / pull.sum()), max(low, 1e-12), max(high, 1e-12)
