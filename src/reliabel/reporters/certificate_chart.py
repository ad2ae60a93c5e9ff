"""A picture of a certificate: how the bound on the labels still wrong came down over reviews."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from reliabel.core.labels import Floats
from reliabel.reporters.charts import axis_numbers
from reliabel.reporters.shapes import Chart, Mark
from reliabel.reporters.shell import number, percent
from reliabel.trust.certified import Certified

WIDTH, HIGH, LEFT, RIGHT, TOP = 448.0, 180.0, 54.0, 24.0, 10.0
FORMS = (".svg", ".png", ".pdf")
TALLEST = 10  # targets that the picture shows: the bound comes from far above


def bound_chart(done: Certified) -> Chart:
    """The largest share of labels that may still be wrong, by reviews, and the target."""
    told = done.certificate
    reviews = np.array(done.reviews, dtype=np.float64)
    share = np.array(done.at_most, dtype=np.float64) / max(told.kept, 1)
    span = max(float(reviews[-1]), 1.0)
    tall = float(min(max(share.min() * 1.5, TALLEST * told.target), 1.0))

    def at(x: Floats | float, y: Floats | float) -> tuple[float, ...]:
        right = LEFT + (WIDTH - LEFT - RIGHT) * np.asarray(x) / span
        down = TOP + HIGH * (1 - np.minimum(np.asarray(y) / tall, 1))
        return tuple(np.stack(np.broadcast_arrays(right, down), axis=-1).ravel().tolist())

    marks = []
    for level in (0.0, tall / 2, tall):
        x, y = at(0.0, level)
        marks += [
            Mark("line", (x, y, WIDTH - RIGHT, y), "line"),
            Mark("text", (x - 8, y + 4), "quiet", text=percent(level), anchor="end"),
        ]
    steps = np.repeat(reviews, 2)[1:], np.repeat(share, 2)[:-1]  # it falls at reviews alone
    target = at(np.array([0.0, span]), told.target)
    marks += [
        Mark("area", (*at(*steps), *at(span, 0.0), *at(0.0, 0.0)), "accent", 0.18),
        Mark("line", at(*steps), "accent", bold=True),
        Mark("line", target, "suggest", dash=True),
        Mark("text", (LEFT + 8, target[1] - 6), "suggest", text=f"target {percent(told.target)}"),
        Mark("dot", (*at(span, float(share[-1])), 4), "accent", text=_last(done)),
        Mark(
            "text",
            ((LEFT + WIDTH - RIGHT) / 2, TOP + HIGH + 34),
            "quiet",
            text="reviews; at most so many labels are still wrong",
            anchor="middle",
        ),
    ]
    marks += axis_numbers(span, LEFT, WIDTH - RIGHT, TOP + HIGH + 16)
    return Chart(WIDTH, TOP + HIGH + 40, tuple(marks), f"Bound over reviews: {_last(done)}")


def write_picture(done: Certified, path: Path) -> None:
    """Write the picture as SVG, PNG or PDF, by the suffix; an existing file is not overwritten.

    Raises ValueError for another suffix or a file that exists.
    """
    write_chart(bound_chart(done), path)


def write_chart(chart: Chart, path: Path) -> None:
    """Write a chart as SVG, PNG or PDF, by the suffix; an existing file is not overwritten.

    Raises ValueError for another suffix or a file that exists.
    """
    if path.suffix.lower() not in FORMS:
        raise ValueError(f"a picture is written as {', '.join(FORMS)}, got {path.name}")
    if path.exists():
        raise ValueError(f"{path} exists already; give another name for the picture")
    if path.suffix.lower() == ".svg":
        svg = chart.svg().replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
        path.write_text(svg, encoding="utf-8")
    else:
        chart.figure().savefig(path, dpi=144)


def _last(done: Certified) -> str:
    told = done.certificate
    return (
        f"after {number(done.reviews[-1])} reviews at most {percent(told.share)} of "
        f"{told.kept:,} labels are still wrong, the target is {percent(told.target)}"
    )
