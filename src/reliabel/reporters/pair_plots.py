"""Pair plots: each pair of a few variables as a cloud of points, with their rank correlation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reliabel.core.labels import Bools, Classes, Floats, Ints, Labels
from reliabel.reporters.shapes import Chart, Mark, width_of
from reliabel.reporters.shell import number, short
from reliabel.reporters.variables import NUMBER, Association, Variable, rank_correlation

MOST, POINTS, BINS = 5, 250, 16
CELL, GAP = 112.0, 8.0
INKS = ("class-a", "class-b", "class-c", "class-d")  # one a class, each with a shape of its own


def chosen(found: Sequence[Variable], strength: Sequence[Association]) -> list[Variable]:
    """The numbers to plot: those that go best with the label, at most ``MOST``."""
    order = {one.variable: place for place, one in enumerate(strength)}
    plotted = [v for v in found if v.kind == NUMBER and v.role != "label" and v.distinct > 2]
    return sorted(plotted, key=lambda v: order.get(v.name, len(order)))[:MOST]


def pair_plots(found: Sequence[Variable], labels: Labels) -> Chart | None:
    """The variables against each other: points below the diagonal, histograms on it, Spearman's
    correlation above it; None with fewer than two variables.

    Points beyond the middle 99 % of a variable lie on the edge.  Up to four classes have a colour
    and a shape each.
    """
    if len(found) < 2:
        return None
    rows = _drawn(found)
    classes = labels if isinstance(labels, Classes) and labels.k <= len(INKS) else None
    legend = 24.0 if classes is not None else 0.0
    marks = _legend(classes) if classes is not None else []
    named = tuple(mark for mark in marks if mark.shape == "text")
    for y, below in enumerate(found):
        for x, one in enumerate(found):
            at = (x * (CELL + GAP), legend + y * (CELL + GAP))
            marks.append(Mark("rect", (*at, CELL, CELL), "panel"))
            if x == y:
                marks += _histogram(one, at)
            elif x < y:
                marks += _points(one, below, rows, at, classes)
            else:
                marks += _correlation(one, below, at)
    size = len(found) * (CELL + GAP) - GAP
    names = ", ".join(one.name for one in found)
    width = max([size, *(mark.at[0] + width_of(mark.text) for mark in named)])
    return Chart(width, legend + size, tuple(marks), f"Pair plots of {short(names, 200)}")


def strengths(found: Sequence[Association]) -> Chart:
    """How strongly variables go with the label, as bars; the tick is what chance reaches."""
    left = 16 + max(width_of(short(one.variable, 28)) for one in found)
    wide, high = 280.0, 24.0
    marks = []
    for place, one in enumerate(found):
        y, tick = place * high, left + wide * one.chance
        words = f"{one.measure} {one.value:.2f}; by chance up to {one.chance:.2f}"
        strong = one.value > one.chance
        bar, ink = ("accent", "ink") if strong else ("quiet", "quiet")
        size = (left, y + 5, max(wide * one.value, 1), 14)
        name = short(one.variable, 28)
        marks += [
            Mark("text", (left - 8, y + 16), ink, text=name, anchor="end"),
            Mark("rect", (left, y + 5, wide, 14), "panel"),
            Mark("rect", size, bar, 0.8, words),
            Mark("line", (tick, y + 3, tick, y + 21), "suggest", bold=True, text=words),
            Mark("text", (left + wide + 8, y + 16), ink, text=f"{one.value:.2f}"),
        ]
    told = "; ".join(f"{one.variable} {one.value:.2f}" for one in found[:6])
    return Chart(
        left + wide + 48,
        len(found) * high + 4,
        tuple(marks),
        f"Strength of the relation with the label: {told}",
    )


def _drawn(found: Sequence[Variable]) -> Ints:
    """Rows to draw: those with most values, at most ``POINTS``, evenly spread."""
    every = np.flatnonzero(np.all([one.known for one in found], axis=0))
    if len(every) < 20:
        every = np.arange(len(found[0].values))
    drawn: Ints = every[
        np.unique(np.linspace(0, len(every) - 1, min(len(every), POINTS)).astype(int))
    ]
    return drawn


def _ends(one: Variable) -> tuple[float, float]:
    values = np.asarray(one.values)[one.known]
    low, high = np.quantile(values, [0.005, 0.995]) if len(values) else (0.0, 1.0)
    return float(low), float(high if high > low else low + 1)


def _scaled(one: Variable, rows: Ints) -> Floats:
    low, high = _ends(one)
    scaled: Floats = np.clip((one.numbers[rows] - low) / (high - low), 0, 1)
    return scaled


def _points(
    one: Variable,
    below: Variable,
    rows: Ints,
    at: tuple[float, float],
    classes: Classes | None,
) -> list[Mark]:
    x, y = _scaled(one, rows), _scaled(below, rows)
    known: Bools = np.isfinite(x) & np.isfinite(y)
    inner = CELL - 12
    marks = []
    for row, px, py in zip(rows[known].tolist(), x[known].tolist(), y[known].tolist(), strict=True):
        place = (at[0] + 6 + inner * px, at[1] + 6 + inner * (1 - py))
        code = -1 if classes is None else int(classes.y[row])
        marks.append(_point(place, code))
    return marks


def _point(at: tuple[float, float], code: int, opacity: float = 0.65) -> Mark:
    """A class has its own shape beside its colour: dot, square, triangle, diamond."""
    x, y = at
    if code < 0:
        return Mark("dot", (x, y, 2), "accent", 0.45)
    ink = INKS[code]
    if code == 0:
        return Mark("dot", (x, y, 2.2), ink, opacity)
    if code == 1:
        return Mark("rect", (x - 1.9, y - 1.9, 3.8, 3.8), ink, opacity)
    if code == 2:
        return Mark("area", (x, y - 2.8, x + 2.6, y + 1.9, x - 2.6, y + 1.9), ink, opacity)
    return Mark("area", (x, y - 2.8, x + 2.8, y, x, y + 2.8, x - 2.8, y), ink, opacity)


def _legend(classes: Classes) -> list[Mark]:
    marks, x = [], 4.0
    for code, name in enumerate(classes.names):
        marks.append(_point((x + 3, 8), code, 1.0))
        marks.append(Mark("text", (x + 12, 12), text=short(name, 20)))
        x += 28 + width_of(short(name, 20))
    return marks


def _histogram(one: Variable, at: tuple[float, float]) -> list[Mark]:
    low, high = _ends(one)
    values = np.asarray(one.values)[one.known]
    count = np.histogram(np.clip(values, low, high), BINS, (low, high))[0]
    step, tall = (CELL - 12) / BINS, CELL - 52
    marks = []
    for place, n in enumerate(count.tolist()):
        height = tall * n / max(count.max(), 1)
        corner = (at[0] + 6 + place * step, at[1] + CELL - 22 - height)
        if n:
            marks.append(Mark("rect", (*corner, step - 1, height), "accent", 0.6))
    name = one.name
    while width_of(name) > CELL - 12 and len(name) > 2:
        name = name[:-2].rstrip() + "…"
    return [
        *marks,
        Mark("text", (at[0] + 6, at[1] + 18), text=name, bold=True),
        Mark("text", (at[0] + 6, at[1] + CELL - 6), "quiet", text=number(low)),
        Mark(
            "text", (at[0] + CELL - 6, at[1] + CELL - 6), "quiet", text=number(high), anchor="end"
        ),
    ]


def _correlation(one: Variable, other: Variable, at: tuple[float, float]) -> list[Mark]:
    both = one.known & other.known
    if both.sum() < 10:
        return [
            Mark(
                "text",
                (at[0] + CELL / 2, at[1] + CELL / 2 + 4),
                "quiet",
                text="too few",
                anchor="middle",
            )
        ]
    r = rank_correlation(one.numbers[both], other.numbers[both])
    words = f"{short(one.name, 40)} and {short(other.name, 40)}: rank correlation {r:.2f}"
    told = f"{r:+.2f}".replace("-", "\u2212")
    middle = (at[0] + CELL / 2, at[1] + CELL / 2 + 4)
    return [
        Mark("rect", (at[0], at[1], CELL, CELL), "heat", 0.6 * abs(r), words),
        Mark("text", middle, text=told, anchor="middle", bold=abs(r) >= 0.5),
    ]
