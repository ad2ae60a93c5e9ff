"""The data map: how sure a model was of each given label while it trained, against how much that
changed.

It is drawn where an auditor of the training dynamics says both of every label (``confidence`` and
``variability`` in its ``info``).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reliabel.core.kinds import layout_of
from reliabel.core.labels import Floats, Ints
from reliabel.core.results import Suspicion
from reliabel.reporters.page_context import PageContext
from reliabel.reporters.shapes import Chart, Mark
from reliabel.reporters.shell import Section, figure, number, several

MARKED = 100  # the most suspect labels, which are drawn one by one
WIDTH, HIGH, LEFT, TOP, RIGHT = 480.0, 288.0, 58.0, 12.0, 12.0
ACROSS, DOWN = 42, 28  # cells
PALEST, STRONGEST = 0.08, 0.8  # opacity of a cell with one label, and of the fullest one


def confidence_map(context: PageContext) -> list[Section]:
    """The map with the most suspect labels on it; nothing without training dynamics."""
    found = [
        opinion
        for opinion in context.audit.opinions.values()
        if isinstance(opinion, Suspicion) and {"confidence", "variability"} <= set(opinion.info)
    ]
    if not found:
        return []
    confidence, variability = (
        np.asarray(found[0].info[name], dtype=float) for name in ("confidence", "variability")
    )
    known = int((np.isfinite(confidence) & np.isfinite(variability)).sum())
    if not known:
        return []
    layout, listed = layout_of(context.audit.data.labels), context.view.by_kind.get("label", ())
    rows = np.array([layout.row(f.item, f.unit) for f in listed[:MARKED]], dtype=np.int64)
    chart = density(confidence, variability, rows)
    words = (
        "Up: how likely the model found the given label, the mean over the epochs. Right: how much "
        f"that changed. The stronger a cell, the more of the {several(known, 'label')} lie in it"
    )
    words += f"; dots are the {len(rows)} most suspect. " if len(rows) else ". "
    words += (
        "At the bottom left lie labels that the model never came to believe, many of them wrong; "
        "at the right those it wavered on."
    )
    return [Section("training", "Training", figure("Data map", words, chart.svg()))]


def density(confidence: Floats, variability: Floats, rows: Ints | Sequence[int] = ()) -> Chart:
    """Labels by their confidence (up) and variability (right): cells by their number, and the
    labels in ``rows`` as dots.
    """
    known = np.isfinite(confidence) & np.isfinite(variability)
    most = max(float(variability[known].max(initial=0.0)) * 1.04, 0.1)
    wide, high = (WIDTH - LEFT - RIGHT) / ACROSS, HIGH / DOWN
    across = np.minimum((variability[known] / most * ACROSS).astype(int), ACROSS - 1)
    down = np.clip(((1 - confidence[known]) * DOWN).astype(int), 0, DOWN - 1)
    count = np.zeros((DOWN, ACROSS), dtype=np.int64)
    np.add.at(count, (down, across), 1)
    marks = _axes(most)
    for row, column in np.argwhere(count).tolist():
        share = np.sqrt(count[row, column] / count.max())
        up, right = 1 - (row + 0.5) / DOWN, (column + 0.5) / ACROSS * most
        many = several(int(count[row, column]), "label")
        sentence = f"{many}: confidence {up:.2f}, variability {right:.2f}"
        place = (LEFT + column * wide, TOP + row * high, wide - 0.5, high - 0.5)
        opacity = PALEST + (STRONGEST - PALEST) * float(share)
        marks.append(Mark("rect", place, "heat", opacity, sentence))
    for row in (int(row) for row in rows if known[row]):
        x = LEFT + float(variability[row]) / most * (WIDTH - LEFT - RIGHT)
        told = f"confidence {confidence[row]:.2f}, variability {variability[row]:.2f}"
        y = TOP + (1 - float(confidence[row])) * HIGH
        marks.append(Mark("dot", (x, y, 3), "suggest", 0.9, told))
    low = known & (confidence < 0.5)
    says = (
        f"Data map of {several(int(known.sum()), 'label')}: {int(low.sum()):,} with a confidence "
        f"below one half, {len(rows)} most suspect labels marked"
    )
    return Chart(WIDTH, TOP + HIGH + 38, tuple(marks), says)


def _axes(most: float) -> list[Mark]:
    """Frame, ticks and the names of the regions."""
    right, base = WIDTH - RIGHT, TOP + HIGH
    marks = [Mark("rect", (LEFT, TOP, right - LEFT, HIGH), "panel")]
    for value in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = TOP + (1 - value) * HIGH
        marks.append(Mark("line", (LEFT, y, right, y), "line"))
        marks.append(Mark("text", (LEFT - 6, y + 4), "quiet", text=number(value), anchor="end"))
    step = 0.1 if most > 0.25 else 0.05 if most > 0.12 else 0.02
    for place in range(int(most / step) + 1):
        x = LEFT + place * step / most * (right - LEFT)
        marks.append(Mark("line", (x, base, x, base + 4), "line"))
        told = number(round(place * step, 2))
        marks.append(Mark("text", (x, base + 17), "quiet", text=told, anchor="middle"))
    return [
        *marks,
        Mark("text", (right, base + 33), "quiet", text="variability →", anchor="end"),
        Mark("text", (LEFT - 44, TOP + HIGH / 2 + 30), "quiet", text="confidence →", turn=-90),
    ]
