"""The connected parts of regions in which a model confidently sees another class.

Source: Northcutt, Jiang, Chuang. Confident learning. JAIR 70 (2021) 1373-1411 (confident classes).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from reliabel.core.evidence import PixelProbs
from reliabel.core.labels import Bools, Floats, Grouped, Ints
from reliabel.core.objects import Regions
from reliabel.core.short_repr import by_fields
from reliabel.ops.class_maps import Picture, PictureBlock, picture_blocks
from reliabel.ops.class_probs import Channels, channels
from reliabel.ops.pixels_seen import Fitted, confident_others, fitted, region_sums, stream
from reliabel.ops.regions import (
    NO_CLASS,
    Runs,
    class_parts,
    intersections,
    near_edges,
    pixels,
    ranges,
    widened,
)

LEAST = 20  # confident pixels that a part must have to be looked at
INNER = 9  # pixels of a part that are not at its border: it is three pixels wide for some length
REACH = 0.7  # of a class's threshold: pixels beside confident ones join their part from there on
WHOLE = 0.8  # share of a given region from which a part of it is the region itself
SEEN = 0.5  # of a class's threshold that the rest of a region must reach for a part to stand alone
OPEN = 0.1  # mean probability of its own class from which on a part is left to it


@dataclass(frozen=True, eq=False)
class Parts:
    """Connected regions of pixels that a model confidently sees in another class: the picture of
    each (``item``), its runs and its picture's size, the class given there (``y``, NO_CLASS where
    there is none) and the class seen in most of them (``suggest``).
    """

    item: Ints
    y: Ints
    suggest: Ints
    start: Ints
    length: Ints
    offsets: Ints
    size: Ints

    __repr__ = by_fields

    def __len__(self) -> int:
        return len(self.y)


def confident_parts(labels: Grouped[Regions], probs: PixelProbs) -> Parts:
    """The connected regions of confident disagreement that are part of a given region, or of what
    belongs to none; in two passes over the pictures.

    Pixels that touch are one part, whatever classes the model sees in them; the class of most is
    suggested.  Left out are parts of fewer than LEAST confident pixels, those that are hardly
    anywhere three pixels wide (INNER), and those that cover most of a given region (WHOLE), because
    they say that this region itself is wrong.
    """
    told = channels(labels.units.names, probs)
    blocks = picture_blocks(labels, probs, told.classes)
    limit = region_sums(labels, probs, told).thresholds(labels, told)
    probs.keep("thresholds", labels, limit)
    found: list[Parts] = []
    stream("parts of regions", _FoundParts(told, limit), blocks, found)
    found = [part for part in found if len(part)]
    empty = np.zeros(0, np.int64)
    if not found:
        zero, sizes = np.zeros(1, np.int64), np.zeros((0, 2), np.int64)
        return Parts(empty, empty, empty, empty, empty, zero, sizes)
    names = [f.name for f in fields(Parts) if f.name != "offsets"]
    runs = np.concatenate([np.diff(part.offsets) for part in found])
    columns = {name: np.concatenate([getattr(part, name) for part in found]) for name in names}
    return Parts(**columns, offsets=np.concatenate([[0], np.cumsum(runs)]))


@dataclass(frozen=True)
class _FoundParts:
    """The parts of regions of a block of pictures that a model confidently sees as others."""

    told: Channels
    limit: Floats

    __repr__ = by_fields

    def __call__(self, block: PictureBlock) -> Parts:
        columns: list[tuple[Any, ...]] = []
        for picture, raw in block.pictures():
            beside = fitted(picture, raw, self.told)
            if beside is None:
                continue
            y, own = beside.y, beside.own
            pixel, best = confident_others(y, own, beside.probs, self.limit)
            if len(pixel) >= LEAST:
                sure = np.zeros(len(y), dtype=bool)
                sure[pixel] = True
                pixel, best = self._closed(pixel, beside)
                columns.append(self._of_picture(picture, beside, pixel, best, sure))
        columns = [found for found in columns if len(found[1])]
        empty = np.zeros(0, np.int64)
        if not columns:
            zero, sizes = np.zeros(1, np.int64), np.zeros((0, 2), np.int64)
            return Parts(empty, empty, empty, empty, empty, zero, sizes)
        item, y, suggest, start, length, runs, sizes = map(
            np.concatenate, zip(*columns, strict=True)
        )
        offsets = np.concatenate([[0], np.cumsum(runs)])
        return Parts(item, y, suggest, start, length, offsets, sizes)

    def _closed(self, pixel: Ints, beside: Fitted) -> tuple[Ints, Ints]:
        """Confident pixels with those beside them that are less sure of another class, so that one
        object is not torn into many parts.
        """
        near = np.zeros(len(beside.y), dtype=bool)
        near[pixel] = True
        near = np.flatnonzero(widened(near.reshape(beside.size), 1))
        return confident_others(beside.y, beside.own, beside.probs, self.limit * REACH, near)

    def _of_picture(
        self, picture: Picture, beside: Fitted, pixel: Ints, best: Ints, sure: Bools
    ) -> tuple[Any, ...]:
        y, owners, size = beside.y, beside.owners, beside.size
        whose = np.full(len(y), NO_CLASS, dtype=np.int32)
        whose[pixel] = owners[pixel] + 1
        parts, code = class_parts(whose.reshape(size))
        keep = np.flatnonzero(_counted(parts, sure) >= LEAST)
        parts, code = parts.take(keep), code[keep]
        if len(code):
            inner = ~near_edges(whose.reshape(size), 1).ravel()
            keep = np.flatnonzero(_counted(parts, inner) >= INNER)
            parts, code = parts.take(keep), code[keep]
        if len(code) and picture.last > picture.first:
            shown = np.bincount(owners + 1, minlength=picture.last - picture.first + 1)[1:]
            mine, region, shared = intersections(parts, picture.runs)
            most = shared >= WHOLE * np.maximum(shown[region], 1)
            keep = np.setdiff1d(np.arange(len(code)), mine[most & (shown[region] > 0)])
            parts, code = parts.take(keep), code[keep]
        if len(code):
            alone = self._apart(beside, parts, sure)
            parts, code = parts.take(alone), code[alone]
        m, k = len(code), self.told.k
        given = y[parts.start[parts.offsets[:-1]]]
        given = np.where(given < k, given, NO_CLASS)
        part, at = pixels(parts)
        seen = np.zeros(len(y), dtype=best.dtype)
        seen[pixel] = best
        c = self.told.classes
        suggest = np.bincount(part * c + seen[at], minlength=m * c).reshape(m, c).argmax(1)
        suggest = np.where(suggest < k, suggest, NO_CLASS)
        item, sizes = np.full(m, picture.item), np.tile(size, (m, 1))
        return item, given, suggest, parts.start, parts.length, np.diff(parts.offsets), sizes

    def _apart(self, beside: Fitted, parts: Runs, sure: Bools) -> Ints:
        """The parts whose own class the model hardly thinks of, in regions of which it sees the
        rest as given: where it does not, it is the whole region that looks wrong.
        """
        part, at = pixels(parts)
        own = np.nan_to_num(beside.own)
        counted = np.maximum(np.bincount(part, sure[at], len(parts)), 1)
        mine = np.bincount(part, own[at] * sure[at], len(parts)) / counted
        left = np.ones(len(own), dtype=bool)
        left[at] = False
        owner = beside.owners + 1
        shown = np.maximum(np.bincount(owner, left), 1)
        rest = np.bincount(owner, own * left) / shown
        first = parts.start[parts.offsets[:-1]]
        seen = rest[owner[first]] >= SEEN * self.limit[beside.y[first]]
        return np.flatnonzero(seen & (mine < OPEN))


def _counted(parts: Runs, mask: Bools) -> Ints:
    """(m,) how many pixels of a mask each part has."""
    pixel, _ = ranges(parts.start, parts.start + parts.length)
    reached = np.concatenate([[0], np.cumsum(mask[pixel])])
    at = np.concatenate([[0], np.cumsum(parts.length)])[parts.offsets]
    return np.asarray(np.diff(reached[at]))
