"""What numbers that should be probabilities look like: rounded ones, percentages, scores,
logarithms.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

SAMPLE = 2000  # rows that are looked at
DIGITS = (1, 2, 3, 4)  # digits behind the point that numbers may be rounded to
SIGNIFICANT = (2, 3)
MOST = 0.5  # a row that is off by more has lost too much to rounding


def roundings(value: Any) -> Iterator[tuple[float, str]]:
    """How far sums of rows may be off one by the way in which their numbers are rounded, and that
    way in words: digits behind the point, significant digits, or bfloat16.

    >>> [words for far, words in roundings(np.array([[0.33, 0.33, 0.33]]))]
    [', as numbers rounded to 2 digits do']
    """
    head = np.asarray(value[:SAMPLE])
    head = head[np.isfinite(head).all(1)]
    if not head.size:
        return
    k = head.shape[1]
    for digits in DIGITS:
        scaled = head.astype(np.float64) * 10.0**digits
        if (np.abs(scaled - np.round(scaled)) < 1e-3).all():
            far = min(k * 0.5 * 10.0**-digits, MOST) + 1e-6
            yield far, f", as numbers rounded to {digits} digit{'s' * (digits > 1)} do"
            return
    for digits in SIGNIFICANT:
        if _rounded_to(head[: max(1, SAMPLE // k)], digits):
            yield 0.5 * 10.0 ** (1 - digits), f", as numbers of {digits} significant digits do"
            return
    if head.dtype == np.float32 and not (np.ascontiguousarray(head).view(np.uint32) & 0xFFFF).any():
        yield 2.0**-8, ", as numbers of 16 bits (bfloat16) do"


def _rounded_to(values: NDArray[Any], digits: int) -> bool:
    plain = values.ravel()
    cut = np.array([float(f"{v:.{digits}g}") for v in plain.tolist()], dtype=plain.dtype)
    return bool((cut == plain).all())


def what_they_are(value: Any, name: str) -> str:
    """What numbers outside 0..1 seem to be, and what to give instead."""
    head = np.asarray(value[:SAMPLE], dtype=np.float64)
    head = head[np.isfinite(head).all(1)]
    if not len(head):
        return "give probabilities"
    sums = head.sum(1)
    if head.min() >= 0 and (np.abs(sums - 100) < 2).all():
        return f"the rows sum to 100 and look like percentages: give {name} / 100"
    if head.max() <= 1e-6 and (np.abs(np.exp(head).sum(1) - 1) < 0.01).all():
        return f"they look like logarithms of probabilities: give np.exp({name})"
    if head.min() >= 0 and (sums > 0).all() and (head == np.round(head)).all():
        return "they look like counts or ranks: give probabilities (divide each row by its sum)"
    return (
        "they look like scores (logits): give probabilities, not scores (a softmax turns scores "
        "into probabilities)"
    )
