"""Confident learning on pixels, in a stream of pictures: class thresholds, then the pixels that a
model confidently sees in another class, as connected regions and by given region.

Source: Northcutt, Jiang, Chuang. Confident learning. JAIR 70 (2021) 1373-1411; Lad, Mueller.
Estimating label quality and errors in semantic segmentation data. arXiv:2307.05080 (image score).
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
from reliabel.ops.pixels_seen import (
    Fitted,
    Sums,
    confident_others,
    fitted,
    joined,
    nothing,
    region_sums,
    softmin,
    stream,
    sums_of,
)
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

BAND = 2  # pixels on both sides of a border, where labels and models are vague
LEAST = 20  # confident pixels that a part must have to be looked at
INNER = 9  # pixels of a part that are not at its border: it is three pixels wide for some length
REACH = 0.7  # of a class's threshold: pixels beside confident ones join their part from there on
WHOLE = 0.8  # share of a given region from which a part of it is the region itself
EVEN = 1e-3  # added to both chances, so that their ratio is not one of two numbers near nothing


@dataclass(frozen=True, eq=False)
class Seen:
    """What a model sees in the regions of a label set.

    Of each row (a given region or a candidate): ``part`` (m,) whether it stands for a part of
    another row or where none is given, ``area`` (m,) the pixels it shows, ``mean`` (m, c) the mean
    probability of each class over them (of a part over those that the model is confident about),
    and ``other`` (m, c) how many of them the model confidently sees in each other class.
    Of each picture: ``score`` (n,) the softmin of the probabilities of given classes,
    ``wrong`` (n,) the share of its pixels confidently seen in another class, away from borders,
    ``bare`` (n, c) the mean probabilities over the pixels without a region (NaN: there are none).
    ``joint`` (c, c) counts pixels [confident class, given class].  ``unfit`` are the pictures whose
    probabilities have another shape than their mask, of which nothing is known.
    """

    part: Bools
    area: Ints
    mean: Floats
    other: Ints
    score: Floats
    wrong: Floats
    bare: Floats
    joint: Ints
    unfit: tuple[tuple[int, tuple[int, ...], tuple[int, int]], ...]

    __repr__ = by_fields


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


def area_weights(area: Ints, size: Ints) -> Floats:
    """(m,) how much the log-odds of a region's mean probabilities count: the fourth root of its
    share of the picture.  A model errs in small blobs more often than in large ones, at the same
    mean probability; the root is a choice, between none and that of as many independent pixels.
    """
    return np.asarray((np.maximum(area, 1) / np.maximum(size.prod(1), 1)) ** 0.25)


def region_odds(seen: Seen, given: Ints, size: Ints) -> tuple[Floats, Ints]:
    """(m,) the log-odds of the likeliest other class of each row against its own, by their mean
    probabilities, weighted by area (NaN where its own is unknown), and (m,) that class.
    """
    rows, c = np.arange(len(given)), seen.mean.shape[1]
    known = given < c
    own = np.where(known, seen.mean[rows, np.minimum(given, c - 1)], np.nan)
    rest = np.nan_to_num(seen.mean, nan=-1.0)
    rest[rows[known], given[known]] = -1
    other = rest.max(1, initial=-1)
    odds = np.log((np.maximum(other, 0) + EVEN) / (own + EVEN))
    odds *= area_weights(seen.area, size)
    return np.where(other >= 0, odds, np.nan), rest.argmax(1)


def seen_in_regions(labels: Grouped[Regions], probs: PixelProbs) -> Seen:
    """What a model sees in each region, in two passes over the pictures; in one where the
    thresholds of the classes are known, and in none where it was found for these labels before.
    """
    seen: Seen | None = probs.known("regions", labels)
    if seen is None:
        seen = _seen(labels, probs)
        probs.keep("regions", labels, seen)
    return seen


def _seen(labels: Grouped[Regions], probs: PixelProbs) -> Seen:
    told = channels(labels.units.names, probs)
    blocks, c = picture_blocks(labels, probs, told.classes), told.classes
    limit: Floats | None = probs.known("thresholds", labels)
    sums: Sums | None = None
    if limit is None:
        sums = region_sums(labels, probs, told)
        limit = sums.thresholds(labels, told)
    found: list[tuple[Any, _Confident]] = []
    stream("regions", _Regions(told, limit, sums is None), blocks, found)
    if sums is None:
        sums = joined(Sums, [sums_of([], c), *(one for one, _ in found)])
    sure: _Confident = joined(_Confident, [_none(c), *(one for _, one in found)])
    mean, counted = sums.mean, sure.other.sum(1)
    sparse = sure.part & (counted >= LEAST)  # pixels that joined a part for its shape say nothing
    mean[sparse] = sure.sums[sparse] / counted[sparse, None]
    columns = (sure.part, sums.area, mean, sure.other, sure.score, sure.wrong, sums.bare_mean)
    unfit = tuple((item, (h, w), (down, wide)) for item, h, w, down, wide in sure.unfit.tolist())
    return Seen(*columns, sure.joint.sum(0), unfit)


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


@dataclass(frozen=True, eq=False)
class _Confident:
    """Of the rows and the pictures of a block: whether a row is a part of another, how many of its
    pixels are confidently of each other class and, of parts, the sums of the probabilities over
    these; score and share of wrong pixels of each picture; counts [confident class, given class];
    and the pictures that do not fit, each with the heights and widths of probabilities and mask.
    """

    part: Bools
    other: Ints
    sums: Floats
    score: Floats
    wrong: Floats
    joint: Ints
    unfit: Ints

    __repr__ = by_fields


def _none(c: int, m: int = 0, unfit: tuple[int, ...] = ()) -> _Confident:
    """What is known of a picture that does not fit; without one, of no picture."""
    whole = np.full(1 if unfit else 0, np.nan)
    rows, sizes = np.zeros((m, c), np.int64), np.array(unfit, np.int64).reshape(-1, 5)
    joint = np.zeros((1, c, c), np.int64)
    return _Confident(np.zeros(m, bool), rows, rows.astype(float), whole, whole, joint, sizes)


@dataclass(frozen=True)
class _Regions:
    """Statistics of the regions of a block of pictures, ``whole``: with the sums over them."""

    told: Channels
    limit: Floats
    whole: bool

    __repr__ = by_fields

    def __call__(self, block: PictureBlock) -> tuple[Sums | None, _Confident]:
        c = self.told.classes
        sums: list[tuple[Floats, Ints]] = []
        found = [_none(c)]
        for picture, raw in block.pictures():
            beside, m = fitted(picture, raw, self.told), picture.last - picture.first
            if beside is None:
                assert raw is not None
                assert picture.size is not None
                sums.append(nothing(m, c))
                found.append(_none(c, m, (picture.item, *raw.shape[1:], *picture.size)))
                continue
            if self.whole:
                sums.append(beside.sums(m))
            found.append(self._of_picture(picture, beside))
        return sums_of(sums, c) if self.whole else None, joined(_Confident, found)

    def _of_picture(self, picture: Picture, beside: Fitted) -> _Confident:
        c, part, y = self.told.classes, picture.parts(), beside.y
        m, n = len(part), len(y)
        pixel, best = confident_others(y, beside.own, beside.probs, self.limit)
        away = ~near_edges(beside.owners.reshape(beside.size), BAND).ravel()[pixel]
        row = beside.owners[pixel]
        own = row >= 0
        other = np.bincount(row[own] * c + best[own], minlength=m * c).reshape(m, c)
        sums = np.zeros((m, c))
        if part.any():
            sure = pixel[own][part[row[own]]]
            at, flat = beside.owners[sure], beside.probs.reshape(c, -1)
            sums = np.stack([np.bincount(at, one, minlength=m) for one in flat[:, sure]], axis=1)
        joint = np.bincount(best * c + y[pixel], minlength=c * c).reshape(1, c, c)
        score, wrong = np.array([softmin(beside.own)]), np.array([away.sum() / max(n, 1)])
        return _Confident(part, other, sums, score, wrong, joint, np.zeros((0, 5), np.int64))


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


def _counted(parts: Runs, mask: Bools) -> Ints:
    """(m,) how many pixels of a mask each part has."""
    pixel, _ = ranges(parts.start, parts.start + parts.length)
    reached = np.concatenate([[0], np.cumsum(mask[pixel])])
    at = np.concatenate([[0], np.cumsum(parts.length)])[parts.offsets]
    return np.asarray(np.diff(reached[at]))
