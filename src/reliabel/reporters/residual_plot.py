"""Residual against prediction: how far numbers lie from what a model of the others expects, for
every size of number, with the most suspect ones marked.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.kinds import layout_of
from reliabel.core.labels import Floats, Ints, Numbers
from reliabel.reporters.page_context import PageContext
from reliabel.reporters.shapes import Chart, Mark
from reliabel.reporters.shell import Section, figure, several

MARKED = 300  # suspect numbers that are drawn one by one, the most suspect first
SUSPECT = 0.5  # P(wrong) from which a number is suspect
WIDTH, HIGH, LEFT, TOP, RIGHT = 480.0, 260.0, 74.0, 12.0, 16.0
ACROSS, DOWN = 42, 27  # cells
PALEST, STRONGEST = 0.08, 0.8  # opacity of a cell with one number, and of the fullest one
REACH = 8.0  # robust standard deviations of the residuals that the plot reaches up and down


def residual_plot(context: PageContext) -> list[Section]:
    """The plot; nothing where labels are no numbers, or several an item, or have no predictions."""
    data = context.audit.data
    said = data.evidence.get("predicted")
    if not isinstance(data.labels, Numbers) or not isinstance(said, Numbers):
        return []
    if data.labels.y.ndim != 1 or said.y.shape != data.labels.y.shape:
        return []
    predicted = np.asarray(said.y, dtype=float)
    left = np.asarray(data.labels.y, dtype=float) - predicted
    known = int(np.isfinite(left).sum())
    if not known:
        return []
    layout, listed = layout_of(data.labels), context.view.by_kind.get("label", ())
    told = [f for f in listed[:MARKED] if f.p_wrong is None or f.p_wrong >= SUSPECT]
    rows = np.array([layout.row(f.item, f.unit) for f in told], dtype=np.int64)
    words = (
        "Right: what a model of the others expects. Up: how much higher the number is. The "
        f"stronger a cell, the more of the {several(known, 'number')} lie in it"
    )
    words += f"; orange dots are the {len(rows)} that look wrong. " if len(rows) else ". "
    words += (
        "A band that widens means that large numbers are harder to predict; a line of dots apart "
        "from it, that a group of numbers went wrong in one way, such as another unit."
    )
    chart = plot(predicted, left, rows)
    return [Section("residuals", "Residuals", figure("Residual plot", words, chart.svg()))]


def plot(predicted: Floats, left: Floats, rows: Ints) -> Chart:
    """Numbers by prediction (right) and residual (up): cells by how many there are, and the numbers
    in ``rows`` as dots.  What lies beyond the plot is drawn at its edge.
    """
    known = np.isfinite(left)
    low, high = (float(end) for end in np.quantile(predicted[known], [0.002, 0.998]))
    wide = (high - low) or 1.0
    reach = REACH * max(1.4826 * float(np.median(np.abs(left[known]))), 1e-12)
    across = np.clip((predicted - low) / wide, 0, 1)
    down = np.clip((reach - left) / (2 * reach), 0, 1)
    cell = np.zeros((DOWN, ACROSS), dtype=np.int64)
    at = (down[known] * DOWN).astype(int), (across[known] * ACROSS).astype(int)
    np.add.at(cell, (np.minimum(at[0], DOWN - 1), np.minimum(at[1], ACROSS - 1)), 1)
    marks = _axes(low, wide, reach)
    step = (WIDTH - LEFT - RIGHT) / ACROSS, HIGH / DOWN
    for row, column in np.argwhere(cell).tolist():
        many = int(cell[row, column])
        share = float(np.sqrt(many / cell.max()))
        expected = low + (column + 0.5) / ACROSS * wide
        off = reach - (row + 0.5) / DOWN * 2 * reach
        told = f"{several(many, 'number')}: about {expected:.4g} expected, {off:+.3g} off"
        place = (LEFT + column * step[0], TOP + row * step[1], step[0] - 0.5, step[1] - 0.5)
        marks.append(Mark("rect", place, "heat", PALEST + (STRONGEST - PALEST) * share, told))
    for one in (int(row) for row in rows if known[row]):
        x = LEFT + float(across[one]) * (WIDTH - LEFT - RIGHT)
        told = f"{predicted[one]:.4g} expected, {left[one]:+.4g} off"
        marks.append(Mark("dot", (x, TOP + float(down[one]) * HIGH, 3), "suggest", text=told))
    return Chart(
        WIDTH,
        TOP + HIGH + 44,
        tuple(marks),
        f"Residual plot: {several(int(known.sum()), 'number')}, half of them within "
        f"{float(np.median(np.abs(left[known]))):.3g} of what is expected",
    )


def _axes(low: float, wide: float, reach: float) -> list[Mark]:
    marks = []
    for share, value in ((0.0, reach), (0.5, 0.0), (1.0, -reach)):
        y = TOP + share * HIGH
        marks += [
            Mark("line", (LEFT, y, WIDTH - RIGHT, y), "line"),
            Mark("text", (LEFT - 8, y + 4), "quiet", text=f"{value:+.3g}", anchor="end"),
        ]
    for share in (0.0, 0.5, 1.0):
        x = LEFT + share * (WIDTH - LEFT - RIGHT)
        anchor = ("start", "middle", "end")[round(2 * share)]
        told = f"{low + share * wide:.4g}"
        marks.append(Mark("text", (x, TOP + HIGH + 18), "quiet", text=told, anchor=anchor))
    middle = (LEFT + WIDTH - RIGHT) / 2
    said = "expected by a model of the others"
    marks.append(Mark("text", (middle, TOP + HIGH + 38), "quiet", text=said, anchor="middle"))
    return marks
