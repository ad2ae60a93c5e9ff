"""Things in order, each with a value and its range, one below the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reliabel.core.labels import Floats
from reliabel.reporters.shapes import Chart, Mark, width_of
from reliabel.reporters.shell import number, short

ROW, ROOM = 20.0, 360.0  # height of a row, width of the scale
LONGEST = 32  # signs of a name


def order_chart(
    names: Sequence[str], value: Floats, low: Floats, high: Floats, *, what: str
) -> Chart:
    """A dot at each value with a bar from low to high; the rows stand as they are given.

    what: is measured, in words.
    """
    label = [short(name, LONGEST) for name in names]
    left = 18 + max(map(width_of, label), default=8.0)
    start, end = _ends(value, low, high)

    def at(x: float) -> float:
        return left + ROOM * (float(np.clip(x, start, end)) - start) / (end - start)

    base = ROW * len(label) + 6
    marks = [
        Mark("line", (at(tick), 2, at(tick), base), "line", dash=tick != 0)
        for tick in _ticks(start, end)
    ]
    for row, name in enumerate(label):
        y = ROW * row + ROW / 2 + 2
        told = f"{names[row]}: {value[row]:.2f} ({low[row]:.2f} to {high[row]:.2f})"
        marks.append(Mark("text", (left - 10, y + 4), text=name, anchor="end"))
        if np.isfinite(low[row]) and np.isfinite(high[row]):
            x = at(low[row])
            marks.append(
                Mark("rect", (x, y - 3, max(at(high[row]) - x, 2), 6), "accent", 0.35, told)
            )
        marks.append(Mark("dot", (at(value[row]), y, 4.5), "accent", text=told))
    marks += [
        Mark("text", (at(tick), base + 14), "quiet", text=_said(tick), anchor="middle")
        for tick in _ticks(start, end)
    ]
    marks.append(Mark("text", (left + ROOM, base + 30), "quiet", text=f"{what} →", anchor="end"))
    says = "; ".join(f"{name} {value[row]:.2f}" for row, name in enumerate(label[:10]))
    return Chart(
        left + ROOM + 24, base + 36, tuple(marks), f"{what.capitalize()}, with its range: {says}"
    )


def _ends(value: Floats, low: Floats, high: Floats) -> tuple[float, float]:
    """The ends of the scale: of the values and, where they are not much wider, of their ranges."""
    middle, wide = float(np.nanmin(value)), float(np.nanmax(value))
    span = max(wide - middle, 1e-9)
    start = max(float(np.nanmin(np.append(low, middle))), middle - 2 * span - 1)
    end = min(float(np.nanmax(np.append(high, wide))), wide + 2 * span + 1)
    pad = 0.03 * max(end - start, 1e-9)
    return start - pad, end + pad


def _ticks(start: float, end: float) -> list[float]:
    """Round numbers on the scale, about five."""
    rough = (end - start) / 5
    size = 10.0 ** np.floor(np.log10(rough))
    step = float(size * next(k for k in (1, 2, 5, 10) if k * size >= rough))
    first = np.ceil(start / step)
    return [float(step * place) for place in np.arange(first, np.floor(end / step) + 1)]


def _said(tick: float) -> str:
    return number(round(tick, 10)) if tick >= 0 else f"−{number(round(-tick, 10))}"
