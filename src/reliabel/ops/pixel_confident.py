"""Confident learning on pixels, in a stream of pictures: class thresholds, then the pixels that a
model confidently sees in another class, as connected regions and by given region.

Source: Northcutt, Jiang, Chuang. Confident learning. JAIR 70 (2021) 1373-1411; Lad, Mueller.
Estimating label quality and errors in semantic segmentation data. arXiv:2307.05080 (image score).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np

from reliabel.core.evidence import PixelProbs
from reliabel.core.labels import Bools, Floats, Grouped, Ints
from reliabel.core.objects import Regions
from reliabel.core.run import current, tell
from reliabel.core.short_repr import by_fields
from reliabel.ops.chunks import total
from reliabel.ops.class_maps import (
    Channels,
    Picture,
    PictureBlock,
    Spans,
    channels,
    picture_blocks,
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
TEMPERATURE = 0.1  # of the softmin over pixels


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


def pixel_thresholds(labels: Grouped[Regions], probs: PixelProbs, told: Channels) -> Floats:
    """(c,) the mean probability of each class over the pixels labelled so; infinite without any."""
    blocks = picture_blocks(labels, probs, told.classes)
    if not blocks:
        return np.full(told.classes, np.inf)
    sums, counts = total(_Sums(told), blocks)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.inf)


def seen_in_regions(labels: Grouped[Regions], probs: PixelProbs) -> Seen:
    """What a model sees in each region, in two passes over the pictures."""
    told = channels(labels.units.names, probs)
    blocks = picture_blocks(labels, probs, told.classes)
    limit = pixel_thresholds(labels, probs, told)
    parts: list[Seen] = []
    _stream("regions", _Regions(told, limit), blocks, parts)
    if not parts:
        none = np.zeros((0, told.classes))
        empty = np.zeros(0, np.int64)
        whole = np.zeros((told.classes, told.classes), np.int64)
        no = empty.astype(bool)
        return Seen(no, empty, none, none.astype(int), none[:, 0], none[:, 0], none, whole, ())
    joined = {
        f.name: np.concatenate([getattr(part, f.name) for part in parts])
        for f in fields(Seen)
        if f.name not in ("joint", "unfit")
    }
    joint: Ints = np.sum([part.joint for part in parts], axis=0)
    return Seen(**joined, joint=joint, unfit=tuple(one for part in parts for one in part.unfit))


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
    limit = pixel_thresholds(labels, probs, told)
    found: list[Parts] = []
    _stream("parts of regions", _FoundParts(told, limit), blocks, found)
    found = [part for part in found if len(part)]
    empty = np.zeros(0, np.int64)
    if not found:
        zero, sizes = np.zeros(1, np.int64), np.zeros((0, 2), np.int64)
        return Parts(empty, empty, empty, empty, empty, zero, sizes)
    names = [f.name for f in fields(Parts) if f.name != "offsets"]
    runs = np.concatenate([np.diff(part.offsets) for part in found])
    columns = {name: np.concatenate([getattr(part, name) for part in found]) for name in names}
    return Parts(**columns, offsets=np.concatenate([[0], np.cumsum(runs)]))


def _stream(label: str, work: Any, blocks: list[PictureBlock], parts: list[Any]) -> None:
    tell(label, 0, len(blocks))

    def keep(part: Any) -> None:
        parts.append(part)
        tell(label, len(parts), len(blocks))

    current().executor(work, blocks, keep)


def own_probs(y: Ints, probs: Floats) -> Floats:
    """(h * w,) the probability of the class of each pixel, NaN where it is unknown."""
    flat = probs.reshape(len(probs), -1)
    unknown = y < 0
    some = bool(unknown.any())
    at = np.where(unknown, 0, y) if some else y.astype(np.int64)
    at *= flat.shape[1]
    at += np.arange(flat.shape[1])
    own: Floats = flat.ravel().take(at)
    if some:
        own[unknown] = np.nan
    return own


def confident_others(
    y: Ints, own: Floats, probs: Floats, limit: Floats, among: Ints | None = None
) -> tuple[Ints, Ints]:
    """The pixels that a model confidently sees in another class than theirs, and that class.

    The most probable class must be another one, and of the classes that reach their limit the most
    probable is taken.  among: the pixels to look at, all by default.
    """
    flat = probs.reshape(len(probs), -1)
    if among is None:
        among = np.flatnonzero(own < flat.max(0))  # unknown pixels compare false
        some = flat[:, among]
    else:
        some = flat[:, among]
        below = own[among] < some.max(0)
        among, some = among[below], some[:, below]
    bar = limit.astype(flat.dtype)
    best, most = np.zeros(len(among), np.int64), np.full(len(among), -1, flat.dtype)
    for c in range(len(flat)):  # argmax over the first axis is many times slower
        more = (some[c] >= bar[c]) & (some[c] > most)
        np.copyto(best, c, where=more)
        np.copyto(most, some[c], where=more)
    keep = (most >= 0) & (best != y[among])
    return among[keep], best[keep]


@dataclass(frozen=True)
class _Sums:
    told: Channels

    __repr__ = by_fields

    def __call__(self, block: PictureBlock) -> tuple[Floats, Floats]:
        c = self.told.classes
        sums, counts = np.zeros(c), np.zeros(c)
        for picture, raw in block.pictures():
            fitted = _fitted(picture, raw, self.told)
            if fitted is None:
                continue
            code = fitted.code
            known = code >= 0
            own = np.add.reduceat(fitted.own, fitted.spans.start, dtype=np.float64)
            counts += np.bincount(code[known], fitted.spans.length[known], minlength=c)
            sums += np.bincount(code[known], own[known], minlength=c)
        return sums, counts


@dataclass(frozen=True, eq=False)
class _Fitted:
    """A picture beside its probabilities (c, h, w): its spans and the class of each, and of each
    pixel the region on top, its class and the probability of that.
    """

    probs: Floats
    size: tuple[int, int]
    spans: Spans
    code: Ints

    __repr__ = by_fields

    @cached_property
    def owners(self) -> Ints:
        return self.spans.over(self.spans.region.astype(np.int32))

    @cached_property
    def y(self) -> Ints:
        return self.spans.over(self.code.astype(np.int32))

    @cached_property
    def own(self) -> Floats:
        return own_probs(self.y, self.probs)


def _fitted(picture: Picture, raw: Any, told: Channels) -> _Fitted | None:
    """The picture beside its probabilities; None where these have another shape than its mask."""
    probs = told.of(raw)
    size = (int(probs.shape[1]), int(probs.shape[2]))
    if picture.size is not None and picture.size != size:
        return None
    spans = picture.top(size)
    return _Fitted(probs, size, spans, picture.classes(spans.region, told.bare))


@dataclass(frozen=True)
class _Regions:
    """Statistics of the regions of a block of pictures."""

    told: Channels
    limit: Floats

    __repr__ = by_fields

    def __call__(self, block: PictureBlock) -> Seen:
        c = self.told.classes
        joint, unfit = np.zeros((c, c), np.int64), []
        rows: list[tuple[Bools, Ints, Floats, Ints]] = []
        scores = []
        for picture, raw in block.pictures():
            fitted = _fitted(picture, raw, self.told)
            m = picture.last - picture.first
            if fitted is None:
                assert raw is not None
                assert picture.size is not None
                unfit.append((picture.item, raw.shape[1:], picture.size))
                zero, nothing = np.zeros(m, np.int64), np.full((m, c), np.nan)
                rows.append((zero > 0, zero, nothing, np.zeros((m, c), np.int64)))
                scores.append((np.nan, np.nan, np.full(c, np.nan)))
                continue
            y, own = fitted.y, fitted.own
            pixel, best = confident_others(y, own, fitted.probs, self.limit)
            away = ~near_edges(fitted.owners.reshape(fitted.size), BAND).ravel()[pixel]
            part = picture.parts()
            area, mean, other = _of_rows(part, fitted, pixel, best)
            rows.append((part, area, mean[1:], other))
            joint += np.bincount(best * c + y[pixel], minlength=c * c).reshape(c, c)
            scores.append((softmin(own), float(away.sum()) / max(len(own), 1), mean[0]))
        part, area, mean, other = (np.concatenate(column) for column in zip(*rows, strict=True))
        score, wrong, bare = (np.array(part) for part in zip(*scores, strict=True))
        return Seen(part, area, mean, other, score, wrong, bare, joint, tuple(unfit))


def _of_rows(part: Bools, fitted: _Fitted, pixel: Ints, best: Ints) -> tuple[Ints, Floats, Ints]:
    """Areas, mean probabilities (the first row is that of the pixels without a region), and counts
    of pixels seen in other classes.
    """
    c, m, flat = len(fitted.probs), len(part), fitted.probs.reshape(len(fitted.probs), -1)
    spans, owned = fitted.spans, fitted.owners[pixel]
    mine = owned >= 0
    other = np.bincount(owned[mine] * c + best[mine], minlength=m * c).reshape(m, c)
    which = spans.region + 1
    area = np.bincount(which, spans.length, minlength=m + 1).astype(np.int64)
    runs = np.add.reduceat(flat, spans.start, axis=1, dtype=np.float64)
    sums = np.stack([np.bincount(which, one, minlength=m + 1) for one in runs], axis=1)
    size = area.copy()
    sparse = part & (other.sum(1) >= LEAST)
    if sparse.any():  # pixels that joined a part for its shape say nothing of it
        rows = np.flatnonzero(sparse) + 1
        sure = pixel[mine][sparse[owned[mine]]]
        at = fitted.owners[sure] + 1
        few = np.stack([np.bincount(at, one, minlength=m + 1) for one in flat[:, sure]], axis=1)
        sums[rows], size[rows] = few[rows], np.bincount(at, minlength=m + 1)[rows]
    mean = np.where(size[:, None] > 0, sums / np.maximum(size, 1)[:, None], np.nan)
    return area[1:], mean, other


def softmin(own: Floats) -> float:
    """The softmin of the probabilities of given classes: near the lowest of them where these are
    many; NaN where no pixel has a class.
    """
    known = own if np.isfinite(own).all() else own[np.isfinite(own)]
    if not len(known):
        return float("nan")
    weight = np.exp((known.min() - known) / np.float32(TEMPERATURE))
    return float((known * weight).sum(dtype=np.float64) / weight.sum(dtype=np.float64))


@dataclass(frozen=True)
class _FoundParts:
    """The parts of regions of a block of pictures that a model confidently sees as others."""

    told: Channels
    limit: Floats

    __repr__ = by_fields

    def __call__(self, block: PictureBlock) -> Parts:
        columns: list[tuple[Any, ...]] = []
        for picture, raw in block.pictures():
            fitted = _fitted(picture, raw, self.told)
            if fitted is None:
                continue
            y, own = fitted.y, fitted.own
            pixel, best = confident_others(y, own, fitted.probs, self.limit)
            if len(pixel) >= LEAST:
                sure = np.zeros(len(y), dtype=bool)
                sure[pixel] = True
                pixel, best = self._closed(pixel, fitted)
                columns.append(self._of_picture(picture, fitted, pixel, best, sure))
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

    def _closed(self, pixel: Ints, fitted: _Fitted) -> tuple[Ints, Ints]:
        """Confident pixels with those beside them that are less sure of another class, so that one
        object is not torn into many parts.
        """
        near = np.zeros(len(fitted.y), dtype=bool)
        near[pixel] = True
        near = np.flatnonzero(widened(near.reshape(fitted.size), 1))
        return confident_others(fitted.y, fitted.own, fitted.probs, self.limit * REACH, near)

    def _of_picture(
        self, picture: Picture, fitted: _Fitted, pixel: Ints, best: Ints, sure: Bools
    ) -> tuple[Any, ...]:
        y, owners, size = fitted.y, fitted.owners, fitted.size
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
