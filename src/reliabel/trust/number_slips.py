"""Known slips among numbers (``ops.unit_slips``): which of them the numbers cannot be explained
without, and what those that come of one were before.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reliabel.core.labels import Bools, Floats
from reliabel.ops.unit_slips import SLIPS
from reliabel.trust.number_fits import Scaled, hidden, mixed, slip_gains

# Log-likelihood that a slip must gain beside half the logarithm of how many numbers there are, the
# tail that it is looked for with, and how many slips are taken at most.
BAR, TAIL, SEVERAL = 6.0, 3.0, 3
APART = 3.0  # scales that slipped numbers must lie apart from right ones to be told
DIGITS = 5  # of a number that a slip is taken from


def scaled(
    y: Floats,
    said: Floats,
    scale: Floats,
    log_density: Floats,
    slips: Sequence[int] = range(len(SLIPS)),
) -> Scaled:
    """What fits are made of, with some of the known slips."""
    before = [(SLIPS[slip].undone(y) - said) / scale for slip in slips]
    return Scaled(
        (y - said) / scale,
        log_density + np.log(scale),
        np.reshape(before, (len(slips), len(y))),
        np.log(np.abs([SLIPS[slip].times for slip in slips])),
    )


def slips_among(at: Scaled, able: Bools) -> list[int]:
    """The known slips (of those that are ``able``) without which the numbers cannot be explained,
    the surest first.
    """
    found: list[int] = []
    bar = price(len(at.u))
    while able.any() and len(found) < SEVERAL:
        chosen = at.slips(found)
        fits = mixed(chosen, TAIL), hidden(chosen, TAIL)
        gains = np.minimum(*(slip_gains(at, found, fit) for fit in fits))
        gains[found], gains[~able] = -np.inf, -np.inf
        if gains.max() < bar:
            break
        found.append(int(gains.argmax()))
    return found


def price(n: int) -> float:
    """The log-likelihood that a slip must gain among n numbers."""
    return float(BAR + np.log(n) / 2)


def able(said: Floats, scale: Floats) -> Bools:
    """(m,) whether numbers that slipped lie apart from right ones, for most items.

    Else a slip explains what is only a wide scatter.
    """
    shifted = [(slip.times - 1) * said + slip.plus for slip in SLIPS]
    wide = [(1 + abs(slip.times)) * scale for slip in SLIPS]
    each = [np.median(np.abs(off) / one) for off, one in zip(shifted, wide, strict=True)]
    return np.array(each) >= APART


def undone(y: Floats, slip: int) -> Floats:
    """The numbers before a slip, with as many digits as are written by hand."""
    old = SLIPS[slip].undone(y)
    step = 10.0 ** (np.floor(np.log10(np.maximum(np.abs(old), 1e-300))) - DIGITS + 1)
    return to_step(old, step)


def to_step(y: Floats, step: Floats) -> Floats:
    """Numbers rounded to powers of ten, each the decimal nearest to it.

    >>> to_step(np.array([2.5312, 1234.0]), np.array([0.01, 100.0])).tolist()
    [2.53, 1200.0]
    """
    more = np.round(1 / np.minimum(step, 1.0))  # dividing by a whole number leaves no false digits
    return np.asarray(np.where(step < 1, np.round(y * more) / more, np.round(y / step) * step))
