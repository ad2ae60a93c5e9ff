"""What a page shows of a consensus on boxes or masks: everybody's shapes and the consensus over the
picture, for the pictures that are least certain.
"""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

from reliabel.core.drawn import Drawings, Shape
from reliabel.core.labels import Floats, Ints
from reliabel.reporters.consensus_facts import worker_names
from reliabel.reporters.consensus_sections import Made
from reliabel.reporters.shell import Section, fill, join, note, percent, several, short

PICTURES = 24  # that are drawn
LEAST = 0.05  # boxes, or share of pixels, in doubt that are worth telling
WORKERS = 12  # of a picture that are drawn, and that the key names
SIDE, BUDGET = 320, 2_500_000  # pixels of a picture's longer side; bytes of all pictures
INKS = ("class-a", "class-b", "class-c", "class-d")
DASHES = ("", "6 3", "2 2")  # for workers beyond the first four
CONSENSUS = "stroke: #000; stroke-width: 2.5"
HALO = "stroke: #fff; stroke-width: 4.5; opacity: .7"  # below it, for dark pictures


def sections(made: Made) -> list[Section]:
    """The least certain pictures with what everybody drew."""
    votes, info = made.votes, made.consensus.info
    risk = np.asarray(info.get("risk", np.full(votes.n, np.nan)), dtype=float)
    if len(risk) != votes.n or not len(votes):
        return []
    count = np.bincount(votes.item, minlength=votes.n)
    order = np.argsort(-np.nan_to_num(risk, nan=-1), kind="stable")
    order = order[count[order] > 0][:PICTURES]
    boxes = hasattr(votes.labels.units, "xyxy")
    drawn = Drawn(made)
    pictures = [drawn.picture(i, _facts(int(count[i]), risk[i], boxes)) for i in order.tolist()]
    shown = np.unique(votes.worker[np.isin(votes.item, order)])[:WORKERS]
    names = worker_names(made.data, votes.w)
    key = [{"name": "consensus", "style": CONSENSUS}]
    key += [{"name": short(names[j], 30), "style": style_of(j)} for j in shown.tolist()]
    more = len(np.unique(votes.worker)) - len(shown)
    key += (
        [{"name": f"and {several(more, 'worker')} more", "style": "stroke: none"}] if more else []
    )
    said = (
        "The least certain first, by how many boxes are probably kept or left out wrongly."
        if boxes
        else "The least certain first, by the chance that a pixel is wrong, over the pixels that "
        "somebody drew."
    )
    said += " A title under the mouse says who drew what."
    body = join(note(said), fill("drawn_votes.html", key=key, pictures=pictures))
    title = "Everybody's boxes" if boxes else "Everybody's masks"
    return [Section("drawn", f"{title} and the consensus", body, f"{len(pictures):,}")]


def _facts(count: int, risk: float, boxes: bool) -> str:
    facts = several(count, "worker")
    if not np.isfinite(risk) or risk < LEAST:
        return facts
    if boxes:
        return f"{facts}; about {risk:.1f} boxes in doubt"
    return f"{facts}; {percent(risk)} of the pixels in doubt"


def style_of(worker: int) -> str:
    """The line that a worker's shapes are drawn with: four colours, then dashes.

    >>> style_of(0), style_of(5)
    ('stroke: var(--class-a); stroke-width: 1.5', 'stroke: var(--class-b); stroke-width: 1.5; \
stroke-dasharray: 6 3')
    """
    dash = DASHES[worker // len(INKS) % len(DASHES)]
    ink = f"stroke: var(--{INKS[worker % len(INKS)]}); stroke-width: 1.5"
    return f"{ink}; stroke-dasharray: {dash}" if dash else ink


class Drawn:
    """Draws pictures with what everybody drew; counts the bytes of pictures."""

    def __init__(self, made: Made) -> None:
        self.made, self.left = made, BUDGET
        self.names = worker_names(made.data, made.votes.w)
        self.cast = Drawings(made.votes.labels)
        self.answer = Drawings(made.consensus.labels)
        self.items = made.data.evidence.get("items")
        self.sizes = made.data.evidence.get("sizes")

    def picture(self, item: int, facts: str) -> dict[str, Any]:
        """One picture for the template."""
        votes, labels = self.made.votes, self.made.consensus.labels
        rows = np.flatnonzero(votes.item == item)
        rows = rows[np.argsort(votes.worker[rows], kind="stable")][:WORKERS]
        shapes, found = [], list[Shape]()
        for vote in rows.tolist():
            who = int(votes.worker[vote])
            for shape in self._of(self.cast, votes.labels.offsets, vote):
                found.append(shape)
                title = f"{self.names[who]}: {shape.label}"
                shapes.append({"path": path_of(shape), "style": style_of(who), "title": title})
        for shape in self._of(self.answer, labels.offsets, item):
            found.append(shape)
            title = f"consensus: {shape.label}"
            shapes.append({"path": path_of(shape), "style": HALO, "title": title})
            shapes.append({"path": path_of(shape), "style": CONSENSUS, "title": title})
        uri, size = self._background(item)
        width, height = self._size(item, size, rows, found)
        name = short(self.made.data.ids.item(item), 40)
        says = f"{name}: shapes of {several(len(rows), 'worker')} and the consensus"
        place = {"width": width, "height": height, "uri": uri}
        return {**place, "shapes": shapes, "name": name, "facts": facts, "says": says}

    def _of(self, drawings: Drawings, offsets: Ints, group: int) -> list[Shape]:
        rows = range(int(offsets[group]), int(offsets[group + 1]))
        made = [drawings.shape(row) for row in rows]
        return [shape for shape in made if shape is not None]

    def _background(self, item: int) -> tuple[str, tuple[int, int] | None]:
        """The picture as it is put into the page, and its width and height; nothing where there is
        none, or no room is left.
        """
        from reliabel.ops.pictures import load, thumbnail

        if self.items is None or self.left <= 0:
            return "", None
        pixels, _ = load(self.items[item])
        if pixels is None:
            return "", None
        if self._is_mask(pixels):
            return "", (pixels.shape[1], pixels.shape[0])
        small, _ = thumbnail(pixels, SIDE, None, 70)
        size = (pixels.shape[1], pixels.shape[0])
        if small is None:
            return "", size
        uri = "data:image/webp;base64," + base64.b64encode(small).decode()
        self.left -= len(uri)
        return uri, size

    def _is_mask(self, pixels: Any) -> bool:
        """Whether a picture is a mask itself, as where masks came without their pictures: it has
        no more colours than there are classes, and one for what is not labelled.
        """
        few = pixels.reshape(-1, 3)[:: max(pixels.size // 30_000, 1)]
        return len(np.unique(few, axis=0)) <= len(self.made.votes.labels.units.names) + 1

    def _size(
        self, item: int, size: tuple[int, int] | None, rows: Ints, found: list[Shape]
    ) -> tuple[int, int]:
        """Width and height of the picture: of itself, as told, or around all that is drawn."""
        if size is not None:
            return size
        if self.sizes is not None and int(self.sizes[item][0]) > 0:
            return int(self.sizes[item][1]), int(self.sizes[item][0])
        labels = self.made.votes.labels
        if hasattr(labels.units, "size"):
            for vote in rows.tolist():
                if labels.offsets[vote] < labels.offsets[vote + 1]:
                    h, w = labels.units.size[labels.offsets[vote]].tolist()
                    return w, h
        ends: Floats = np.array([one.box for one in found] or [(0, 0, 100, 100)], dtype=float)
        width, height = ends[:, 2].max(), ends[:, 3].max()
        return max(int(width * 1.05), 1), max(int(height * 1.05), 1)


def path_of(shape: Shape) -> str:
    """A shape as the path of an SVG.

    >>> path_of(Shape((0.0, 1.0, 4.0, 3.25)))
    'M0 1H4V3.2H0Z'
    """
    if not shape.outline:
        left, top, right, bottom = map(_short, shape.box)
        return f"M{left} {top}H{right}V{bottom}H{left}Z"
    return "".join(f"M{' '.join(map(_short, ring))}Z" for ring in shape.outline)


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
