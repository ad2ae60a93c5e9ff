"""Slips that people make in numbers: another unit, a misplaced decimal point, a lost sign.

A slip turns the right number x into ``times`` x + ``plus``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reliabel.core.labels import Floats


@dataclass(frozen=True)
class Slip:
    """What a slip does to a number, and what it is called in a finding."""

    times: float
    plus: float
    words: str

    def undone(self, y: Floats) -> Floats:
        """The numbers as they were before the slip."""
        return np.asarray((y - self.plus) / self.times)


def _both(factor: float, units: str = "") -> tuple[Slip, Slip]:
    """A factor and its inverse."""
    told, of = f"unit slip: {factor:.4g} times too", f" ({units})" if units else ""
    return Slip(factor, 0.0, f"{told} high{of}"), Slip(1 / factor, 0.0, f"{told} low{of}")


SLIPS = (
    *_both(10.0),
    *_both(100.0),
    *_both(1000.0),
    *_both(2.54, "inches and centimetres"),
    *_both(1 / 0.45359237, "kilograms and pounds"),
    *_both(3.28084, "metres and feet"),
    *_both(1.609344, "miles and kilometres"),
    *_both(60.0, "minutes and seconds"),
    Slip(1.8, 32.0, "unit slip: degrees Fahrenheit among degrees Celsius"),
    Slip(1 / 1.8, -32.0 / 1.8, "unit slip: degrees Celsius among degrees Fahrenheit"),
    Slip(-1.0, 0.0, "wrong sign"),
)
