"""The picture of a noise transition matrix."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reliabel.core.labels import Floats
from reliabel.reporters.shapes import Chart, Mark, width_of
from reliabel.reporters.shell import percent, short

STRONGEST = 0.7  # opacity of the strongest cell, so that dark letters stay readable on it
DARK = 0.2  # share from which a cell may have the full strength
LEAST = 0.005  # smaller shares are left blank


def noise(matrix: Floats, names: Sequence[str], total: int) -> Chart:
    """``matrix`` (k, k): chance of a given label (column) under a true one (row), in percent.

    The darkness of a cell off the diagonal is its share.  total: the number of classes, of which
    these may be some.
    """
    k, label = len(names), [short(name, 22) for name in names]
    wide, high = (56.0, 36.0) if k <= 6 else (40.0, 30.0)
    longest = max(map(width_of, label), default=8.0)
    left, flat = 16 + max(longest, 52), longest < wide - 4
    rise = 38 if flat else 38 + 0.66 * longest
    off = np.where(np.eye(k, dtype=bool), 0.0, matrix)
    top = max(float(off.max(initial=0.0)), DARK)
    marks = [
        Mark("text", (left - 8, rise - 8), "quiet", text="true ↓", anchor="end"),
        Mark("text", (left, 12), "quiet", text="given →"),
    ]
    for place, name in enumerate(label):
        x, y = left + (place + 0.5) * wide, rise + (place + 0.5) * high + 4
        marks.append(Mark("text", (left - 8, y), text=name, anchor="end"))
        turned = Mark("text", (x - 2, rise - 6), text=name, turn=-40)
        upright = Mark("text", (x, rise - 6), text=name, anchor="middle")
        marks.append(upright if flat else turned)
    for true in range(k):
        for given in range(k):
            share = float(matrix[true, given])
            told = f"of the true {names[true]}, {percent(share)} are given as {names[given]}"
            box = (left + given * wide + 1, rise + true * high + 1, wide - 2, high - 2)
            marks += _cell(box, share, 0.0 if true == given else share / top, told)
    over = (
        0.0 if flat else max(0.79 * width_of(n) - wide * (k - c - 0.5) for c, n in enumerate(label))
    )
    of = f" of {total}" if total > k else ""
    worst = divmod(int(off.argmax()), k) if k else (0, 0)
    most = f"most often {names[worst[0]]} is given as {names[worst[1]]}"
    says = f"Noise matrix of {k}{of} classes: {most}"
    return Chart(left + k * wide + max(over, 0.0) + 8, rise + k * high + 2, tuple(marks), says)


def _cell(
    box: tuple[float, float, float, float], share: float, strength: float, told: str
) -> list[Mark]:
    marks = [Mark("rect", box, "panel", text=told)]
    if strength > 0 and share >= LEAST:
        marks.append(Mark("rect", box, "heat", max(STRONGEST * strength, 0.06), told))
    if share >= LEAST:
        x, y, wide, high = box
        ink = "ink" if strength else "quiet"
        text = f"{100 * share:.0f}"
        marks.append(
            Mark("text", (x + wide / 2, y + high / 2 + 4), ink, text=text, anchor="middle")
        )
    return marks
