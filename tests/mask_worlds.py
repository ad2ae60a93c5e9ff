"""Class maps with planted errors, and a simulated segmenter that errs by itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from reliabel.core.evidence import PixelProbs
from reliabel.core.labels import Grouped
from reliabel.core.objects import Regions
from reliabel.ops.class_maps import picture_of
from reliabel.ops.regions import class_parts


@dataclass(frozen=True)
class MaskWorld:
    """``labels`` as given, ``truth`` (n, h, w) the right classes, ``maps`` those given, ``planted``
    (picture, kind) of each error: "class", "missing" or "part"; ``pixel_probs`` of the segmenter.
    """

    labels: Grouped[Regions]
    truth: np.ndarray
    maps: np.ndarray
    planted: list[tuple[int, str]]
    pixel_probs: PixelProbs


def mask_world(
    n: int = 40,
    side: int = 64,
    rate: float = 0.12,
    blind: float = 0.04,
    seed: int = 0,
    k: int = 5,
) -> MaskWorld:
    """Two grounds and boxes of k - 2 classes upon them.  rate: of objects with another class, with
    the class of the ground, or with another class in one half; blind: of objects that the segmenter
    takes for another.
    """
    rng = np.random.default_rng(seed)
    truth, maps, probs = [], [], []
    planted: list[tuple[int, str]] = []
    for item in range(n):
        right = gaussian_filter(rng.normal(size=(2, side, side)), (0, 12, 12)).argmax(0)
        ground = right.copy()
        objects = []
        for _ in range(int(rng.integers(1, 4))):
            high, wide = rng.integers(12, 22, 2)
            top, left = rng.integers(0, side - high), rng.integers(0, side - wide)
            place = slice(top, top + high), slice(left, left + wide)
            right[place] = rng.integers(2, k)
            objects.append(place)
        given = right.copy()
        seen = np.eye(k)[right].transpose(2, 0, 1).copy()
        for place in objects:
            y = int(right[place][0, 0])
            mask = np.zeros((side, side), dtype=bool)
            mask[place] = True
            mask &= right == y
            if rng.random() < blind:
                seen[:, mask] = np.eye(k)[int(rng.integers(0, k))][:, None]
            if mask.sum() < 100 or rng.random() >= rate:
                continue
            kind = ("class", "missing", "part")[int(rng.integers(0, 3))]
            other = 2 + (y - 1) % (k - 2)
            if kind == "part":
                mask[:, (place[1].start + place[1].stop) // 2 :] = False
            given[mask] = ground[mask] if kind == "missing" else other
            planted.append((item, kind))
        noise = 5 * gaussian_filter(rng.normal(size=seen.shape), (0, 3, 3))
        p = np.exp(5 * gaussian_filter(seen, (0, 1, 1)) + noise)
        probs.append((p / p.sum(0)).astype(np.float32))
        truth.append(right)
        maps.append(given)
    names = tuple(f"class {c}" for c in range(k))
    stack = np.array(maps)
    return MaskWorld(of_maps(stack, names), np.array(truth), stack, planted, PixelProbs(probs))


def of_maps(maps: np.ndarray, names: tuple[str, ...]) -> Grouped[Regions]:
    """Class maps (n, h, w) as regions; -1 is no class."""
    found = [class_parts(grid) for grid in maps]
    runs = np.concatenate([np.diff(part.offsets) for part, _ in found])
    y = np.concatenate([y for _, y in found])
    start = np.concatenate([part.start for part, _ in found])
    length = np.concatenate([part.length for part, _ in found])
    offsets = np.concatenate([[0], np.cumsum(runs)])
    size = np.tile(maps.shape[1:], (len(y), 1))
    count = np.concatenate([[0], np.cumsum([len(y) for _, y in found])])
    return Grouped(Regions(y, start, length, offsets, size, names), count)


def wrong_rows(labels: Grouped[Regions], truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(m,) which regions show mostly pixels of another class, and (m,) the class of most."""
    y = labels.units.y
    best = np.array(y)
    for item in range(len(labels)):
        picture = picture_of(labels, item)
        owners = picture.owners(truth[item].shape)
        for row in range(picture.first, picture.last):
            own = truth[item].ravel()[owners == row - picture.first]
            best[row] = np.bincount(own).argmax() if len(own) else y[row]
    return best != y, best
