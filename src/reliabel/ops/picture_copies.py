"""Copies of pictures: saved again, resized, mirrored, cropped or nearly the same, by pixels.

Candidates come from perceptual hashes, which need no features, and from neighbours; a pair counts
only if the pixels of 32 x 32 colour pictures agree as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reliabel.core.labels import Floats, Ints
from reliabel.core.run import Rated, current, stop_if_cancelled, tell
from reliabel.ops.crops import HOPELESS, THUMB, WHOLE, fitted, promising
from reliabel.ops.perceptual_hash import SIDE, Hashes, close_pairs, hashes
from reliabel.ops.pictures import load, size_of

# Pictures resized to 32 x 32 are similar if their levels differ by less than this (root mean
# square, of 255); a cropped one must fit its window better, as the best of many windows is taken.
PIXELS, CROP = 20.0, 12.0
# of the usual distance between a picture and the one nearest to it: where all pictures are alike
# (letters, digits), copies must be nearer than that
NEARER, CROP_NEARER = 1 / 2, 1 / 3
SAME = 3.0  # levels by which 8 x 8 cells of one picture differ that was only saved again
SAMPLE = 2000  # pictures among which the usual distance is measured
BLOCK = 1024  # pictures held in full at a time
WHOLES = 512  # pictures whose parts are sought in one block of work
READING = 1e7  # floating-point operations that opening a picture is taken for
HELD = 20_000  # candidates whose pixels (3 KiB each) are kept for the next pair
GREY = (0.299, 0.587, 0.114)


@dataclass(frozen=True, eq=False)
class Pictures:
    """What is kept of each picture: two hashes and a grey one of 16 x 16 pixels (272 bytes)."""

    items: Sequence[Any]
    plain: Hashes
    mirrored: Hashes
    thumbs: NDArray[np.uint8]  # (n, 16, 16)
    read: NDArray[np.bool_]  # (n,) whether it could be read

    @cached_property
    def usual(self) -> float:
        """The median distance between a picture and the nearest other one, in levels."""
        rows = np.flatnonzero(self.read & (self.plain != 0))
        if len(rows) > SAMPLE:
            rows = np.sort(np.random.default_rng(0).choice(rows, SAMPLE, replace=False))
        grey = np.unique(self.thumbs[rows].reshape(len(rows), THUMB * THUMB), axis=0).astype(
            np.float32
        )
        if len(grey) < 10:
            return float("inf")
        square = (grey**2).sum(1)
        apart = square[:, None] + square - 2 * grey @ grey.T
        np.fill_diagonal(apart, np.inf)
        return float(np.median(np.sqrt(np.maximum(apart.min(1), 0) / THUMB**2)))

    def pairs_by_hash(self) -> tuple[Ints, int]:
        """Pairs (pairs, 2) with nearly the same hash, mirrored or not, and useless lookups."""
        found = [close_pairs(self.plain, other) for other in (self.plain, self.mirrored)]
        pairs = np.unique(np.concatenate([one for one, _ in found]), axis=0)
        return pairs, sum(crowded for _, crowded in found)


def opened(items: Sequence[Any]) -> Pictures:
    """Read every picture once."""
    n = len(items)
    plain, mirrored = np.zeros(n, np.uint64), np.zeros(n, np.uint64)
    thumbs, read = np.zeros((n, THUMB, THUMB), np.uint8), np.zeros(n, dtype=bool)
    done = [0]

    def keep(found: tuple[Hashes, Hashes, NDArray[np.uint8], NDArray[np.bool_]]) -> None:
        some = slice(done[0], done[0] + len(found[0]))
        plain[some], mirrored[some], thumbs[some], read[some] = found
        done[0] = some.stop
        tell("perceptual hashes", done[0], n)

    tell("perceptual hashes", 0, n)
    blocks = [items[start : start + BLOCK] for start in range(0, n, BLOCK)]
    current().executor(Rated(_seen, BLOCK * READING), blocks, keep)
    return Pictures(items, plain, mirrored, thumbs, read)


def _seen(
    items: Sequence[Any],
) -> tuple[Hashes, Hashes, NDArray[np.uint8], NDArray[np.bool_]]:
    """The hashes of some pictures, mirrored too, their thumbs, and whether they could be read."""
    weights = np.array(GREY, dtype=np.float32)
    grey = np.zeros((len(items), SIDE, SIDE), dtype=np.float32)
    read = np.zeros(len(items), dtype=bool)
    for row, item in enumerate(items):
        stop_if_cancelled()
        pixels = load(item, SIDE)[0]
        if pixels is not None:
            read[row], grey[row] = True, pixels @ weights
    cells = grey.reshape(-1, THUMB, SIDE // THUMB, THUMB, SIDE // THUMB)
    return *hashes(grey), np.round(cells.mean((2, 4))).astype(np.uint8), read


class Pixels:
    """The second test of a pair of pictures, by their pixels."""

    def __init__(self, pictures: Pictures) -> None:
        self.pictures = pictures
        self.bound = min(PIXELS, NEARER * pictures.usual)
        self.crop_bound = min(CROP, CROP_NEARER * pictures.usual)
        self.hopeless = HOPELESS / CROP * self.crop_bound
        self._known: dict[int, NDArray[np.uint8] | None] = {}

    def compare(self, a: int, b: int, bound: float) -> tuple[float, str]:
        """How alike two pictures are (0 to 1, 0 if the test rejects them), and what the one is to
        the other.
        """
        one, other = self._pixels(a), self._pixels(b)
        if one is None or other is None:
            return 0.0, ""
        apart, turned = _apart(one, other), _apart(one, other[:, ::-1])
        if min(apart, turned) >= bound:
            return 0.0, ""
        if turned < apart:
            return 1 - turned / 255, "mirrored"
        if _apart(_cells(one), _cells(other)) < SAME:
            same = self._size(a) == self._size(b)
            return 1 - apart / 255, "recompressed" if same else "resized"
        crop = min(fitted(one, other, WHOLE), fitted(other, one, WHOLE))
        if crop[0] < min(apart / 2, self.crop_bound) and crop[1] != WHOLE:
            return 1 - crop[0] / 255, "cropped"
        return 1 - apart / 255, "near"

    def crops(self, pairs: Ints) -> dict[tuple[int, int], float]:
        """The pairs, each in its order, of which the second is a part of the first, and how alike
        they are.
        """
        found: dict[tuple[int, int], float] = {}
        order = pairs[np.argsort(pairs[:, 0], kind="stable")]
        begin = np.flatnonzero(np.diff(order[:, 0], prepend=-1))[::WHOLES]  # whole by whole
        blocks = np.split(order, begin[1:])
        work = Rated(self._cropped, READING * 2 * len(blocks[0]))
        current().executor(work, blocks, found.update)
        return found

    def _cropped(self, pairs: Ints) -> dict[tuple[int, int], float]:
        found = {}
        for whole, part, window in promising(self.pictures.thumbs, pairs):
            one, other = self._pixels(whole), self._pixels(part)
            if one is None or other is None:
                continue
            apart, where = fitted(one, other, window, self.hopeless)
            if apart < self.crop_bound and where != WHOLE:
                found[whole, part] = 1 - apart / 255
        return found

    def __getstate__(self) -> dict[str, Any]:
        """The pixels that are kept stay behind."""
        return {**vars(self), "_known": {}}

    def _pixels(self, item: int) -> Floats | None:
        pixels = self._known.get(item)
        if pixels is None:  # other threads may fill and clear what is kept meanwhile
            if len(self._known) >= HELD:
                self._known.clear()
            pixels = self._known[item] = load(self.pictures.items[item], SIDE)[0]
        return None if pixels is None else pixels.astype(np.float32)

    def _size(self, item: int) -> tuple[int, int] | None:
        return size_of(self.pictures.items[item])


def _apart(one: Floats, other: Floats) -> float:
    return float(np.sqrt(np.mean((one - other) ** 2)))


def _cells(pixels: Floats) -> Floats:
    """(8, 8) grey means: what stays where saving again has changed single pixels and colours."""
    each, weights = SIDE // 8, np.array(GREY, dtype=np.float32)
    return np.asarray((pixels @ weights).reshape(8, each, 8, each).mean((1, 3)))
