"""Objects of pictures as HTML: enlarged as given and as suggested, and in the whole picture, drawn
as SVG over small pictures inside the page.

The pictures count against the budget of the page; when it is spent the outlines are drawn alone.
"""

from __future__ import annotations

import base64
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reliabel.core.dataset import Dataset
from reliabel.core.drawn import Box, Drawing, Drawings, Shape, frame, shape_of
from reliabel.core.results import Finding
from reliabel.reporters.shell import Html, fill, short

PANE = 152  # pixels of the screen that a drawing has
NEAR, WHOLE = 208, 256  # pixels of the longer side of an enlarged part, and of a whole picture
SPARE = 0.25  # of the budget, for whole pictures of findings further down
OPENED = 8  # pictures that are kept unpacked
PIXELS = 1_500_000_000  # of all pictures that are unpacked; the rest of the findings do without
NAMED = 5  # other objects of an enlarged part that are named
NAME = 24  # characters of a name in a drawing
LETTER = 0.68  # width of a letter, of its size
UNKNOWN = "no label"


@dataclass(frozen=True)
class Pane:
    """One drawing: its ``view`` (left, top, width, height), pictures and shapes from back to front,
    and its caption.
    """

    view: Box
    images: Sequence[dict[str, Any]]
    shapes: Sequence[dict[str, Any]]
    style: str
    says: str
    name: str


class ObjectViews:
    """Draws the objects of a data set.

    picture: gives what can be opened as the picture of an item.
    pay: takes so many bytes from the budget while more than a share of it is left; False: it is
        spent.
    """

    def __init__(
        self, data: Dataset, picture: Callable[[int], Any], pay: Callable[[int, float], bool]
    ) -> None:
        self._picture, self._pay = picture, pay
        self.drawings = Drawings(data.labels, data.evidence.get("sizes"))
        self.shown = self.bare = 0  # findings with a picture, and with outlines alone
        self._opened = OrderedDict[int, NDArray[np.uint8] | None]()
        self._unpacked = 0  # pixels so far
        self._wholes: dict[int, tuple[str, tuple[int, int]]] = {}  # item -> its picture and size
        self._paths: dict[str, str] = {}  # outlines by their id

    def __bool__(self) -> bool:
        """Whether labels are objects of pictures."""
        return bool(self.drawings)

    def finding(self, finding: Finding) -> Html:
        """The object that a finding is about, as given, as suggested and in its picture."""
        item = finding.item
        row = self.drawings.layout.row(item, finding.unit)
        drawing = self.drawings.draw(row, finding.suggest, self._size(item))
        assert drawing is not None
        near = self._near(item, drawing.near, f"o{row}")
        panes = [self._given(drawing, near)]
        if drawing.suggest is not None:
            panes.append(self._suggested(drawing, near))
        panes.append(self._in_picture(item, drawing))
        self.shown, self.bare = self.shown + bool(near), self.bare + (not near)
        return fill("objects.html", panes=panes)

    def fault(self, finding: Finding) -> Html:
        """The place in a picture that a finding names, and another one (of a second object, or to
        which it should be mended) where it names two; nothing where it names none.
        """
        where = finding.where or {}
        other = where.get("other_box") or self.drawings.suggested(finding.suggest)[1]
        places = (where, {"box": other})
        known = [shape_of(place, None) for place in places if place.get("box") is not None]
        shapes = [one for one in known if one is not None]
        if not shapes:
            return Html("")
        box = shapes[0].box
        width, height = self._size(finding.item) or (max(int(box[2]), 1), max(int(box[3]), 1))
        view = frame([one.box for one in shapes], width, height)
        drawn = [
            self._drawn(one, style, view)
            for one, style in zip(shapes, ("given", "suggest"), strict=False)
        ]
        near = self._near(finding.item, view, "")
        return fill("objects.html", panes=[Pane(view, near, drawn, "", finding.kind or "", "")])

    def overview(self, item: int, findings: Iterable[Finding]) -> Html:
        """A whole picture with the objects that look wrong, and the others faintly."""
        suspects = list(findings)
        rows = {self.drawings.layout.row(item, one.unit) for one in suspects}
        shapes, size = self.drawings.others(item, rows)[0], self._size(item)
        made = [self.drawings.draw(row, None, size) for row in sorted(rows)]
        known = [one for one in made if one is not None]
        if not known:
            return Html("")
        view: Box = (0, 0, known[0].width, known[0].height)
        drawn = [self._drawn(one, "other", view, names=False) for one in shapes]
        for finding in suspects:
            row = self.drawings.layout.row(item, finding.unit)
            shape = self.drawings.shape(row)
            if shape is not None:
                style = "given" if self.drawings.label(row) else "suggest"
                name = shape.label or self.drawings.suggested(finding.suggest)[0]
                drawn.append(self._drawn(replace(shape, label=name), style, view))
        pane = Pane(view, self._whole(item, view), drawn, "", "", "")
        return fill("objects.html", panes=[pane])

    def definitions(self) -> Html:
        """The whole pictures and the outlines, each once; drawings point at them."""
        images = [
            {"id": f"w{item}", "uri": uri, "width": size[0], "height": size[1]}
            for item, (uri, size) in self._wholes.items()
            if uri
        ]
        if not images and not self._paths:
            return Html("")
        return fill("object_pictures.html", images=images, paths=self._paths)

    def _given(self, drawing: Drawing, near: Sequence[dict[str, Any]]) -> Pane:
        own = drawing.given
        name = "nothing here" if drawing.missing else (own and own.label) or "cannot be drawn"
        shapes = self._around(drawing)
        if own is not None:
            shapes.append(self._drawn(own, "given", drawing.near))
        return Pane(drawing.near, near, shapes, "given", "given", short(name, NAME))

    def _suggested(self, drawing: Drawing, near: Sequence[dict[str, Any]]) -> Pane:
        assert drawing.suggest is not None
        shapes = [*self._around(drawing), self._drawn(drawing.suggest, "suggest", drawing.near)]
        again = [{**one, "use": one["id"]} for one in near]
        name = short(drawing.suggest.label or UNKNOWN, NAME)
        return Pane(drawing.near, again, shapes, "suggest", "looks like", name)

    def _in_picture(self, item: int, drawing: Drawing) -> Pane:
        view: Box = (0, 0, drawing.width, drawing.height)
        shapes = [self._drawn(one, "other", view, names=False) for one in drawing.others]
        for one, style in ((drawing.given, "given"), (drawing.suggest, "suggest")):
            if one is not None:
                shapes.append(self._drawn(one, style, view, names=False))
        return Pane(view, self._whole(item, view), shapes, "whole", "in the whole picture", "")

    def _around(self, drawing: Drawing) -> list[dict[str, Any]]:
        """The other objects that the enlarged part shows, with their names where they are few."""
        left, top, width, height = drawing.near
        seen = [
            one
            for one in drawing.others
            if one.box[0] < left + width
            and one.box[2] > left
            and one.box[1] < top + height
            and one.box[3] > top
        ]
        named = len(seen) <= NAMED
        return [self._drawn(one, "other", drawing.near, names=named) for one in seen]

    def _drawn(self, shape: Shape, style: str, view: Box, *, names: bool = True) -> dict[str, Any]:
        """A shape as an SVG path, with its name above it, or within where there is no room."""
        size = 11 * max(view[2], view[3]) / PANE  # of letters, in pixels of the picture
        name = short(shape.label or "", NAME) if names else ""
        ref = self._ref(shape, style)
        left = max(min(shape.box[0], view[0] + view[2] - LETTER * size * len(name)), view[0])
        top, room = shape.box[1], shape.box[1] - view[1] > 1.4 * size
        return {
            "path": "" if ref else _path(shape),
            "ref": ref,
            "style": style,
            "title": shape.label or "",
            "name": name,
            "x": _short(left + size / 4),
            "y": _short(top - size / 3 if room else max(top, view[1]) + size),
            "size": _short(size),
        }

    def _ref(self, shape: Shape, style: str) -> str:
        """The id of an outline, which the page holds once; "" for a box, which is short."""
        if not shape.outline or shape.row is None:
            return ""
        ref = f"{'r' if style == 'other' else 'f'}{shape.row}"
        self._paths[ref] = _path(shape)
        return ref

    def _near(self, item: int, view: Box, name: str) -> list[dict[str, Any]]:
        """The enlarged part of a picture, nothing where the budget is spent."""
        left, top, width, height = map(int, view)
        uri = self._uri(item, NEAR, 0.0, (left, top, width, height))
        place = {"x": left, "y": top, "width": width, "height": height, "use": "", "id": name}
        return [place | {"uri": uri}] if uri else []

    def _whole(self, item: int, view: Box) -> list[dict[str, Any]]:
        """The picture of an item, which the page holds once."""
        if item not in self._wholes:
            size = (int(view[2]), int(view[3]))
            self._wholes[item] = (self._uri(item, WHOLE, SPARE, None), size)
        return [{"use": f"w{item}"}] if self._wholes[item][0] else []

    def _uri(
        self, item: int, side: int, spare: float, part: tuple[int, int, int, int] | None
    ) -> str:
        from reliabel.ops.pictures import thumbnail

        if not self._pay(0, spare):
            return ""
        pixels = self._pixels(item)
        if pixels is None:
            return ""
        made = thumbnail(pixels, side, part, 70)[0]
        if made is None:
            return ""
        uri = "data:image/webp;base64," + base64.b64encode(made).decode()
        return uri if self._pay(len(uri), spare) else ""

    def _size(self, item: int) -> tuple[int, int] | None:
        """Width and height of a picture, of one that had to be opened where nothing tells them."""
        known = self.drawings.size(item)
        if known is not None:
            return known
        pixels = self._pixels(item)
        return None if pixels is None else (pixels.shape[1], pixels.shape[0])

    def _pixels(self, item: int) -> NDArray[np.uint8] | None:
        from reliabel.ops.pictures import load

        if item not in self._opened:
            picture = self._picture(item) if self._unpacked < PIXELS else None
            known = self.drawings.size(item)
            shape = None if known is None else known[::-1]
            pixels = None if picture is None else load(picture, shape=shape)[0]
            self._opened[item] = pixels
            self._unpacked += 0 if pixels is None else pixels.shape[0] * pixels.shape[1]
            while len(self._opened) > OPENED:
                self._opened.popitem(last=False)
        return self._opened[item]


def _path(shape: Shape) -> str:
    if not shape.outline:
        x1, y1, x2, y2 = map(_short, shape.box)
        return f"M{x1} {y1}H{x2}V{y2}H{x1}Z"
    return "".join(f"M{' '.join(map(_short, ring))}Z" for ring in shape.outline)


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
