"""Charts over the epochs of a training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from reliabel.core.labels import Floats
from reliabel.core.short_repr import by_fields
from reliabel.reporters.shapes import Chart, Mark, width_of
from reliabel.reporters.shell import number, percent

WIDTH, HIGH, LEFT, TOP, RIGHT = 448.0, 168.0, 54.0, 12.0, 24.0
STEPS = 4  # about so many marks on an axis
DOTS = 40  # epochs up to which each has a dot
Place = Callable[[float, float], tuple[float, float]]  # epoch and value -> where it lies


@dataclass(frozen=True, eq=False)
class Line:
    """A line of a chart: its name, a value an epoch (NaN: not known), and a role of the colours."""

    name: str
    values: Floats
    ink: str = "accent"
    dash: bool = False

    __repr__ = by_fields


def over_epochs(
    lines: Sequence[Line],
    *,
    what: str,
    kept: int = 0,
    share: bool = False,
    level: tuple[str, float] | None = None,
) -> Chart:
    """Lines over epochs 1, 2, ...; the epoch that was kept is marked.

    what: what the height is.  share: heights are shares, written in percent.
    level: a name and a height that does not change, such as that of another model.
    """
    epochs = max((len(line.values) for line in lines), default=0)
    known = np.concatenate([*(line.values for line in lines), [] if level is None else [level[1]]])
    known = known[np.isfinite(known)]
    if not epochs or not len(known):
        return Chart(WIDTH, 24, (Mark("text", (0, 16), "quiet", text="nothing recorded"),), what)
    low, top, ticks = _axis(float(known.min()), float(known.max()), share)

    def place(epoch: float, value: float) -> tuple[float, float]:
        x = LEFT + (WIDTH - LEFT - RIGHT) * (epoch - 1) / max(epochs - 1, 1)
        return x, TOP + HIGH * (1 - (value - low) / (top - low))

    marks = []
    for value in ticks:
        y = place(1, value)[1]
        told = percent(value) if share else number(round(value, 10))
        marks += [
            Mark("line", (LEFT, y, WIDTH - RIGHT, y), "line"),
            Mark("text", (LEFT - 8, y + 4), "quiet", text=told, anchor="end"),
        ]
    marks += [
        Mark("text", (place(epoch, low)[0], TOP + HIGH + 16), "quiet", text=str(epoch), anchor=side)
        for epoch, side in _epochs_named(epochs)
    ]
    middle = (LEFT + WIDTH - RIGHT) / 2
    marks.append(Mark("text", (middle, TOP + HIGH + 32), "quiet", text="epochs", anchor="middle"))
    if level is not None:
        y = place(1, level[1])[1]
        marks.append(Mark("line", (LEFT, y, WIDTH - RIGHT, y), "suggest", dash=True, text=level[0]))
    for line in lines:
        marks += _drawn(line, place, share)
    if 0 < kept <= epochs:
        marks += _kept(lines[0], kept, place, share)
    base, key = TOP + HIGH + 40, [(line.name, line.ink, line.dash) for line in lines]
    key += [] if level is None else [(level[0], "suggest", True)]
    named = _key(key, base) if len(key) > 1 else []
    high = max((mark.at[1] for mark in named), default=base - 8) + 8
    return Chart(WIDTH, high, tuple(marks + named), _says(lines, what, kept, share))


def _axis(low: float, top: float, share: bool) -> tuple[float, float, list[float]]:
    """The ends of the axis and its marks, at round numbers."""
    room = max(top - low, 0.02 if share else abs(top) * 0.02, 1e-9)
    rough = room / (STEPS - 1)
    unit = 10.0 ** np.floor(np.log10(rough))
    step = next(size * unit for size in (1, 2, 2.5, 5, 10) if size * unit >= rough * 0.999)
    first, last = np.floor(low / step + 1e-9), np.ceil(top / step - 1e-9)
    last = max(last, first + 1)
    ticks = [float(step * place) for place in np.arange(first, last + 1)]
    return ticks[0], ticks[-1], ticks


def _epochs_named(epochs: int) -> list[tuple[int, str]]:
    """The epochs that the axis names."""
    if epochs == 1:
        return [(1, "middle")]
    step = max(round(epochs / 5), 1)
    inner = [(epoch, "middle") for epoch in range(step, epochs + 1, step) if epoch > 1]
    return [(1, "middle"), *inner]


def _drawn(line: Line, place: Place, share: bool) -> list[Mark]:
    at = [(epoch, float(v)) for epoch, v in enumerate(line.values, 1) if np.isfinite(v)]
    points = [place(epoch, value) for epoch, value in at]
    marks = []
    if len(points) > 1:
        flat = tuple(part for point in points for part in point)
        marks.append(Mark("line", flat, line.ink, dash=line.dash, bold=True))
    if len(points) <= DOTS:
        marks += [
            Mark("dot", (x, y, 2.5), line.ink, text=_told(line.name, epoch, value, share))
            for (x, y), (epoch, value) in zip(points, at, strict=True)
        ]
    return marks


def _told(name: str, epoch: int, value: float, share: bool) -> str:
    return f"{name}, epoch {epoch}: {percent(value) if share else number(value)}"


def _kept(line: Line, kept: int, place: Place, share: bool) -> list[Mark]:
    value = float(line.values[kept - 1]) if kept <= len(line.values) else float("nan")
    if not np.isfinite(value):
        return []
    x, y = place(kept, value)
    said = percent(value) if share else number(value)
    side = "end" if x > WIDTH - RIGHT - 96 else "start"
    inner = x - 8 if side == "end" else x + 8
    return [
        Mark("line", (x, y, x, TOP + HIGH), "quiet", dash=True),
        Mark("dot", (x, y, 5), line.ink, text=_told(f"kept; {line.name}", kept, value, share)),
        Mark("text", (inner, TOP + HIGH - 8), text=f"epoch {kept}: {said}", anchor=side, bold=True),
    ]


def _key(names: Sequence[tuple[str, str, bool]], base: float) -> list[Mark]:
    """Which line is which, in words beside a piece of it."""
    marks, x, y = [], LEFT, base + 8
    for name, ink, dash in names:
        wide = 28 + width_of(name)
        if x > LEFT and x + wide > WIDTH:
            x, y = LEFT, y + 18
        marks += [
            Mark("line", (x, y - 4, x + 20, y - 4), ink, dash=dash, bold=True),
            Mark("text", (x + 26, y), text=name),
        ]
        x += wide + 16
    return marks


def _says(lines: Sequence[Line], what: str, kept: int, share: bool) -> str:
    """The chart in words."""
    told = []
    for line in lines:
        known = line.values[np.isfinite(line.values)]
        if len(known):
            ends = [percent(v) if share else number(v) for v in (known[0], known[-1])]
            told.append(f"{line.name} from {ends[0]} to {ends[1]}")
    end = f"; epoch {kept} was kept" if kept else ""
    return f"{what} over {max(len(line.values) for line in lines)} epochs: {', '.join(told)}{end}"
