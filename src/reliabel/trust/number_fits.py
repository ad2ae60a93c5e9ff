"""What the residuals of right and of wrong numbers are like: a mixture for each thickness of tail.

A right number scatters about its prediction, by a t distribution of two halves.  With a small
chance (the lapse) the number is not the right one: it is like the number of any other item, or it
lies far off, on no scale in particular (``mixed``); or it scatters about the prediction too, but
several times as widely, so that many wrong numbers hide among right ones (``hidden``); or it is
what a known slip makes of the right one, such as ten times as much.  On most items residuals are
small and the density of right numbers falls off; the numbers that lie where it has vanished say how
often people lapse.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import gammaln

from reliabel.core.labels import Floats, Ints
from reliabel.core.short_repr import by_fields

TAILS = (2.0, 3.0, 5.0, 10.0, np.inf)  # degrees of freedom; infinite is normal
# without a lapse tails may be thicker still, so that a heavy tail alone is no lapse
TAILS_ALONE = (1.5, 2.0, 2.5, 3.0, 5.0, 10.0, np.inf)
FAR = 4.0  # scales from the middle from which a number may be called far off
WIDER = 3.0  # times as widely as right numbers that hidden wrong ones scatter at least
MOST = 0.6  # share of wrong numbers that is looked for at most
START = 0.05  # share of wrong numbers that a fit starts from
ROUNDS, ENOUGH = 80, 1e-4  # of a fit, and the gain in log-likelihood at which it ends
SHARES = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1)  # of a slip, that are tried
NORMAL = 1.4826  # standard deviation of normal numbers by their median absolute deviation


@dataclass(frozen=True, eq=False)
class Scaled:
    """What fits are made of: the scaled residuals ``u`` (n,), the log density of the number of
    another item ``other`` (n,), and the scaled residuals (m, n) that are left if the number came
    about by one of m known slips, with what these ``stretch`` (m,) numbers by.

    All are on the scale of ``u``.
    """

    u: Floats
    other: Floats
    slipped: Floats
    stretch: Floats

    __repr__ = by_fields

    @classmethod
    def of(cls, u: Floats, other: Floats) -> Scaled:
        """Without any known slip."""
        return cls(u, other, np.zeros((0, len(u))), np.zeros(0))

    def rows(self, some: Ints) -> Scaled:
        """Those of some items."""
        return Scaled(self.u[some], self.other[some], self.slipped[:, some], self.stretch)

    def slips(self, some: list[int]) -> Scaled:
        """With some of the slips alone."""
        return Scaled(self.u, self.other, self.slipped[some], self.stretch[some])


@dataclass(frozen=True)
class Fit:
    """One mixture: degrees of freedom ``tail``, ``middle`` and the scales ``low`` and ``high`` of
    its sides, the share ``pi`` of wrong numbers, which of them are of each kind (``kinds``: like
    other items' and far off, or hidden, or neither, then one for each slip), how far the farthest
    lies (``top``, 0 where none is far off), the log-likelihood, and where wrong numbers hide how
    many times as widely as right ones they scatter (``wider``, else NaN).
    """

    tail: float
    middle: float
    low: float
    high: float
    pi: float
    kinds: tuple[float, ...]
    top: float
    value: float
    wider: float = np.nan

    __repr__ = by_fields

    @property
    def hides(self) -> bool:
        """Whether wrong numbers hide among right ones."""
        return not np.isnan(self.wider)

    def chances(self, at: Scaled) -> list[Floats]:
        """The chance of each number to be right, and to be wrong in each of the ``kinds``."""
        logs = _parts(at, self)
        total = _total(logs)
        return [np.exp(part - total) for part in logs]

    def wrong(self, at: Scaled) -> Floats:
        """(n,) the chance that numbers are wrong."""
        return np.asarray(1 - self.chances(at)[0])


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


def mixed(at: Scaled, tail: float) -> Fit:
    """The mixture with tails of one thickness, by expectation-maximisation."""
    middle, low, high = _first(at.u)
    top = float(np.abs(at.u - middle).max(initial=0.0)) * 1.01 + 1e-12
    kinds = 2 + len(at.stretch)
    return _fitted(at, Fit(tail, middle, low, high, START, (1 / kinds,) * kinds, top, -np.inf))


def slipped(at: Scaled, tail: float) -> Fit:
    """The mixture in which nothing is wrong but known slips, by expectation-maximisation."""
    middle, low, high = _first(at.u)
    kinds = len(at.stretch)
    return _fitted(at, Fit(tail, middle, low, high, START, (1 / kinds,) * kinds, 0.0, -np.inf))


def hidden(at: Scaled, tail: float) -> Fit:
    """The mixture in which wrong numbers scatter about the prediction as right ones do, ``WIDER``
    times as widely or more, by expectation-maximisation.
    """
    middle, low, high = _first(at.u)
    kinds = 1 + len(at.stretch)
    return _fitted(
        at, Fit(tail, middle, low, high, START, (1 / kinds,) * kinds, np.nan, -np.inf, WIDER)
    )


def _fitted(at: Scaled, fit: Fit) -> Fit:
    u, hides = at.u, fit.hides
    for _ in range(ROUNDS):
        logs = _parts(at, fit)
        total = _total(logs)
        value = float(total.sum())
        if value - fit.value < ENOUGH * len(u) ** 0.5:
            break
        right, *wrong = (np.exp(part - total) for part in logs)
        weight = _weight(u, fit.middle, fit.low, fit.high, fit.tail)
        middle, low, high = _moved(u, weight, right, fit.middle)
        if hides:
            z = (u - middle) / np.where(u < middle, low, high)
            pull = _weight(z / fit.wider, 0.0, 1.0, 1.0, fit.tail)
            square = float((wrong[0] * pull) @ z**2 / max(wrong[0].sum(), 1e-300))
            wider = max(float(np.sqrt(square)), WIDER)
        else:
            wider = np.nan
        sums = np.array([float(part.sum()) for part in wrong])
        sums[: len(sums) - len(at.stretch)] += 1  # no kind but a slip vanishes for good
        pi = float(np.clip(sum(float(part.mean()) for part in wrong), 1e-6, MOST))
        kinds = tuple((sums / max(sums.sum(), 1e-300)).tolist())
        fit = replace(
            fit, middle=middle, low=low, high=high, pi=pi, kinds=kinds, value=value, wider=wider
        )
    return fit


def slip_gains(at: Scaled, found: list[int], fit: Fit) -> Floats:
    """(m,) by how much at most each slip would raise the log-likelihood of a fit that has only
    those ``found``.
    """
    total = _total(_parts(at.slips(found), fit))
    out = np.zeros(len(at.stretch))
    for place, off in enumerate(_slipped(at, fit)):
        ratio = np.expm1(np.minimum(off - total, 50.0))
        out[place] = max(float(np.log1p(share * ratio).sum()) for share in SHARES)
    return out


def _total(logs: list[Floats]) -> Floats:
    total = logs[0]
    for part in logs[1:]:
        total = np.logaddexp(total, part)
    return total


def _parts(at: Scaled, fit: Fit) -> list[Floats]:
    """Log densities of a right number and of wrong ones of each kind, with their shares."""
    right = np.log1p(-fit.pi) + density(at.u, fit.middle, fit.low, fit.high, fit.tail)
    with np.errstate(divide="ignore"):
        shares = np.log(fit.pi * np.array(fit.kinds))
    wrong = _slipped(at, fit)
    if fit.hides:
        wrong = [_hidden(at, fit), *wrong]
    elif fit.top > 0:
        wrong = [*_off(at, fit), *wrong]
    return [right, *(share + part for share, part in zip(shares, wrong, strict=True))]


def _hidden(at: Scaled, fit: Fit) -> Floats:
    return density(at.u, fit.middle, fit.wider * fit.low, fit.wider * fit.high, fit.tail)


def _off(at: Scaled, fit: Fit) -> list[Floats]:
    away = np.abs(at.u - fit.middle)
    begin = FAR * (fit.low + fit.high) / 2
    span = 2 * np.log(max(fit.top / begin, 2.0))
    far = -np.log(np.maximum(away, 1e-300) * span)
    return [at.other, np.where(away > begin, far, -np.inf)]


def _slipped(at: Scaled, fit: Fit) -> list[Floats]:
    return [
        density(left, fit.middle, fit.low, fit.high, fit.tail) - stretch
        for left, stretch in zip(at.slipped, at.stretch, strict=True)
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
