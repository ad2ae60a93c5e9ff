"""Class maps beside a model's probabilities of their pixels, a picture at a time: sums over regions
and the classes' thresholds, and the pixels that the model confidently sees in another class.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np

from reliabel.core.evidence import PixelProbs
from reliabel.core.labels import Floats, Grouped, Ints
from reliabel.core.objects import Regions
from reliabel.core.run import current, tell
from reliabel.core.short_repr import by_fields
from reliabel.ops.class_maps import Picture, PictureBlock, Spans, picture_blocks
from reliabel.ops.class_probs import Channels
from reliabel.ops.regions import NO_CLASS

TEMPERATURE = 0.1  # of the softmin over pixels


@dataclass(frozen=True, eq=False)
class Fitted:
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
        """The probability of the class of each pixel, NaN where it is unknown."""
        n = self.size[0] * self.size[1]
        at = self.spans.over(np.maximum(self.code, 0) * n)
        at += np.arange(n)
        own: Floats = self.probs.reshape(-1).take(at)
        if (self.code < 0).any():
            own[self.y < 0] = np.nan
        return own

    def sums(self, m: int) -> tuple[Floats, Ints]:
        """(m + 1, c) the sums of the probabilities over what each region shows, and (m + 1,) how
        many pixels these are; the first is what shows none.
        """
        which, spans = self.spans.region + 1, self.spans
        flat = self.probs.reshape(len(self.probs), -1)
        parts = np.add.reduceat(flat, spans.start, axis=1, dtype=np.float64)
        sums = [np.bincount(which, one, minlength=m + 1) for one in parts]
        area = np.bincount(which, spans.length, minlength=m + 1)
        return np.stack(sums, axis=1), area.astype(np.int64)


def fitted(picture: Picture, raw: Any, told: Channels) -> Fitted | None:
    """The picture beside its probabilities; None where these have another shape than its mask."""
    probs = told.of(raw)
    size = (int(probs.shape[1]), int(probs.shape[2]))
    if picture.size is not None and picture.size != size:
        return None
    spans = picture.top(size)
    return Fitted(probs, size, spans, picture.classes(spans.region, told.bare))


@dataclass(frozen=True, eq=False)
class Sums:
    """Sums of the probabilities over the pixels that regions show, and how many these are: of each
    row (``sums`` (m, c), ``area`` (m,)), and of each picture's pixels without a region (``bare``
    (n, c), ``bare_area`` (n,)).
    """

    sums: Floats
    area: Ints
    bare: Floats
    bare_area: Ints

    __repr__ = by_fields

    @property
    def mean(self) -> Floats:
        """(m, c) the mean probabilities of each row; NaN where it shows no pixel."""
        return _means(self.sums, self.area)

    @property
    def bare_mean(self) -> Floats:
        """(n, c) those of the pixels without a region."""
        return _means(self.bare, self.bare_area)

    def thresholds(self, labels: Grouped[Regions], told: Channels) -> Floats:
        """(c,) the mean probability of each class over the pixels labelled so; infinite without
        any.
        """
        c, units = told.classes, labels.units
        y = np.where(units.y < 0, told.bare, units.y)
        y = y if units.crowd is None else np.where(units.crowd, NO_CLASS, y)
        y = np.append(y, np.full(len(labels), told.bare))
        known = np.flatnonzero(y >= 0)
        y, area = y[known], np.append(self.area, self.bare_area)[known]
        own = np.concatenate([self.sums, self.bare])[known, y]
        counts = np.bincount(y, area, minlength=c)
        means = np.bincount(y, own, minlength=c) / np.maximum(counts, 1)
        return np.where(counts > 0, means, np.inf)


def _means(sums: Floats, area: Ints) -> Floats:
    size = area[:, None]
    return np.where(size > 0, sums / np.maximum(size, 1), np.nan)


def region_sums(labels: Grouped[Regions], probs: PixelProbs, told: Channels) -> Sums:
    """Sums of the probabilities over regions, in one pass over the pictures."""
    found: list[Sums] = []
    stream("classes of pixels", _Sums(told), picture_blocks(labels, probs, told.classes), found)
    return joined(Sums, found) if found else sums_of([], told.classes)


@dataclass(frozen=True)
class _Sums:
    told: Channels

    __repr__ = by_fields

    def __call__(self, block: PictureBlock) -> Sums:
        found = []
        for picture, raw in block.pictures():
            beside, m = fitted(picture, raw, self.told), picture.last - picture.first
            found.append(nothing(m, self.told.classes) if beside is None else beside.sums(m))
        return sums_of(found, self.told.classes)


def nothing(m: int, c: int) -> tuple[Floats, Ints]:
    """The sums over a picture of which nothing is known."""
    return np.zeros((m + 1, c)), np.zeros(m + 1, np.int64)


def sums_of(found: list[tuple[Floats, Ints]], c: int) -> Sums:
    """The sums of pictures, each as ``Fitted.sums`` gives them."""
    some = [nothing(0, c), *found]
    sums, area = (np.concatenate([one[at][1:] for one in some]) for at in range(2))
    bare, bare_area = (np.array([one[at][0] for one in some])[1:] for at in range(2))
    return Sums(sums, area, bare, bare_area)


def joined(kind: Any, parts: list[Any]) -> Any:
    """One record of the arrays of several, field by field."""
    columns = ([getattr(part, f.name) for part in parts] for f in fields(kind))
    return kind(*(np.concatenate(column) for column in columns))


def stream(label: str, work: Any, blocks: list[PictureBlock], parts: list[Any]) -> None:
    """Work on blocks of pictures, and tell how many are done."""
    tell(label, 0, len(blocks))

    def keep(part: Any) -> None:
        parts.append(part)
        tell(label, len(parts), len(blocks))

    current().executor(work, blocks, keep)


def confident_others(
    y: Ints, own: Floats, probs: Floats, limit: Floats, among: Ints | None = None
) -> tuple[Ints, Ints]:
    """The pixels that a model confidently sees in another class than theirs, and that class.

    The most probable class must be another one, and of the classes that reach their limit the most
    probable is taken.  among: the pixels to look at, all by default.
    """
    flat, bar = probs.reshape(len(probs), -1), limit.astype(probs.dtype)
    some = flat if among is None else flat[:, among]
    top, mine = some.max(0), own if among is None else own[among]
    # unknown pixels compare false; most others are below all limits, which is seen at once
    at = np.flatnonzero((mine < top) & (top >= bar.min(initial=np.inf)))
    among, some = at if among is None else among[at], some[:, at]
    best, most = np.zeros(len(among), np.int64), np.full(len(among), -1, flat.dtype)
    for c in range(len(flat)):  # argmax over the first axis is many times slower
        more = (some[c] >= bar[c]) & (some[c] > most)
        np.copyto(best, c, where=more)
        np.copyto(most, some[c], where=more)
    keep = (most >= 0) & (best != y[among])
    return among[keep], best[keep]


def softmin(own: Floats) -> float:
    """The softmin of the probabilities of given classes: near the lowest of them where these are
    many; NaN where no pixel has a class.
    """
    known = own if np.isfinite(own).all() else own[np.isfinite(own)]
    if not len(known):
        return float("nan")
    weight = np.exp((known.min() - known) / np.float32(TEMPERATURE))
    return float((known * weight).sum(dtype=np.float64) / weight.sum(dtype=np.float64))
