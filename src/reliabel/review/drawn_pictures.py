"""Objects of pictures as one picture, for tables and terminals: the enlarged part as given and as
suggested, side by side.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.columns import listed
from reliabel.core.drawn import Drawing, Drawings, Shape
from reliabel.core.results import Audit
from reliabel.core.rows import LabelRows
from reliabel.review.pictures import NoPicture, Pictures

SIDE, GAP = 360, 8  # pixels of an enlarged part in a file, and between two
COLUMNS, LINES = 38, 18  # of an enlarged part in a terminal
GIVEN, SUGGESTED, OTHER = (11, 98, 168), (224, 112, 0), (190, 190, 190)
DASH = 6  # pixels of a dash, and of the gap after it


class DrawnObjects:
    """Draws the objects that labels of an audit are about.

    roots: folders whose pictures may be shown; without any, the folder of the audited file.
    """

    def __init__(self, audit: Audit, roots: Sequence[Path] = ()) -> None:
        self.drawings = Drawings(audit.data.labels, audit.data.evidence.get("sizes"))
        self.pictures = Pictures(audit.data, roots)
        self._rows = LabelRows(audit)

    def __bool__(self) -> bool:
        """Whether labels are objects of pictures."""
        return bool(self.drawings)

    def drawing(self, row: int) -> Drawing | None:
        """The drawing around an object."""
        if not self.drawings:
            return None
        suggest = self._rows.of(np.array([row])).get("suggest")
        item = int(self.drawings.layout.place(np.array([row]))[0][0])
        size = self.drawings.size(item) or self.pictures.size(item)
        return self.drawings.draw(row, None if suggest is None else listed(suggest)[0], size)

    def picture(self, row: int, wide: int = SIDE, high: int = SIDE) -> Any:
        """The object as given and as suggested, side by side, each at most so large; None where
        there is no picture to show.
        """
        from PIL import Image

        drawing = self.drawing(row)
        if drawing is None:
            return None
        left, top, width, height = map(int, drawing.near)
        item = int(self.drawings.layout.place(np.array([row]))[0][0])
        try:
            held = self.pictures.webp(item, 1024, (left, top, width, height))
        except NoPicture:
            return None
        with Image.open(io.BytesIO(held)) as opened:
            scale = min(wide / width, high / height)
            size = max(round(width * scale), 1), max(round(height * scale), 1)
            part = opened.convert("RGB").resize(size)
        shapes = [(drawing.given, GIVEN, False), (drawing.suggest, SUGGESTED, True)]
        panes = [
            _painted(part, drawing, one, colour, dashed)
            for place, (one, colour, dashed) in enumerate(shapes)
            if one is not None or place == 0
        ]
        gap = GAP if wide > 2 * COLUMNS else 2
        whole = Image.new("RGB", (len(panes) * (size[0] + gap) - gap, size[1]), "white")
        for place, pane in enumerate(panes):
            whole.paste(pane, (place * (size[0] + gap), 0))
        return whole


def with_pictures(
    audit: Audit, flat: Sequence[int], rows: Mapping[str, list[Any]], path: Path
) -> dict[str, list[Any]]:
    """A table of labels with a column ``drawn``, which names the picture of each object in a folder
    beside the file; as it is where labels are no objects of pictures.
    """
    drawn = DrawnObjects(audit)
    if not drawn or not len(flat):
        return dict(rows)
    folder = path.parent / f"{path.name.partition('.')[0]}_pictures"
    folder.mkdir(parents=True, exist_ok=True)
    names = list[str | None]()
    for row in flat:
        picture = drawn.picture(int(row))
        names.append(None if picture is None else f"{folder.name}/{row}.webp")
        if picture is not None:
            picture.save(folder / f"{row}.webp", "WEBP", quality=80)
    return {"id": rows["id"], "drawn": names} | {**rows}


def in_blocks(drawn: DrawnObjects, row: int) -> list[str]:
    """An object as lines of coloured half blocks, as given and as suggested; none where there is no
    picture.
    """
    picture = drawn.picture(row, COLUMNS, 2 * LINES)
    if picture is None:
        return []
    pixels = np.asarray(picture)
    pixels = np.concatenate([pixels, pixels[-1:]]) if len(pixels) % 2 else pixels
    return [
        "".join(map(_block, upper.tolist(), lower.tolist())) + "\033[0m"
        for upper, lower in zip(pixels[::2], pixels[1::2], strict=True)
    ]


def colourful() -> bool:
    """Whether the terminal shows any colour, and may."""
    deep = os.environ.get("COLORTERM", "") in ("truecolor", "24bit")
    return deep and not os.environ.get("NO_COLOR") and sys.stdout.isatty()


def where_in_words(drawing: Drawing) -> str:
    """Where an object lies, in words: "60 x 50 pixels at 40,40 of 320 x 240"."""
    one = drawing.given or drawing.suggest
    if one is None:
        return f"somewhere in {drawing.width} x {drawing.height} pixels"
    left, top, right, bottom = one.box
    return (
        f"{right - left:.10g} x {bottom - top:.10g} pixels at {left:.10g},{top:.10g} of "
        f"{drawing.width} x {drawing.height}, {len(drawing.others) + drawing.left} other objects"
    )


def _block(upper: Sequence[int], lower: Sequence[int]) -> str:
    return "\033[38;2;{};{};{};48;2;{};{};{}m▀".format(*upper, *lower)


def _painted(
    part: Any, drawing: Drawing, shape: Shape | None, colour: tuple[int, int, int], dashed: bool
) -> Any:
    """The enlarged part with an object, the others faintly."""
    from PIL import ImageDraw

    painted = part.copy()
    pen = ImageDraw.Draw(painted)
    width = 3 if part.width > 2 * COLUMNS else 1
    for other in drawing.others:
        for ring in _rings(other, drawing, part.size):
            pen.line(ring, fill=OTHER, width=1)
    for ring in () if shape is None else _rings(shape, drawing, part.size):
        if not dashed or width == 1:
            pen.line(ring, fill=colour, width=width)
            continue
        for start, end in pairwise(ring):
            _dashes(pen, start, end, colour, width)
    return painted


def _rings(
    shape: Shape, drawing: Drawing, size: tuple[int, int]
) -> list[list[tuple[float, float]]]:
    """The closed lines of a shape in pixels of the enlarged part."""
    left, top, width, height = drawing.near
    x1, y1, x2, y2 = shape.box
    rings = shape.outline or ((x1, y1, x2, y1, x2, y2, x1, y2),)
    return [
        [
            ((x - left) * size[0] / width, (y - top) * size[1] / height)
            for x, y in zip((*ring[::2], ring[0]), (*ring[1::2], ring[1]), strict=True)
        ]
        for ring in rings
    ]


def _dashes(
    pen: Any,
    start: tuple[float, float],
    end: tuple[float, float],
    colour: tuple[int, int, int],
    width: int,
) -> None:
    long = float(np.hypot(end[0] - start[0], end[1] - start[1]))
    for at in np.arange(0, min(long, 4 * SIDE), 2 * DASH).tolist():
        a, b = at / long, min(at + DASH, long) / long
        ends = [
            (start[0] + t * (end[0] - start[0]), start[1] + t * (end[1] - start[1])) for t in (a, b)
        ]
        pen.line(ends, fill=colour, width=width)
