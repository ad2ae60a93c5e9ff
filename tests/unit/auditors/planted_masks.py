"""Pictures of textured discs and boxes with their true class maps, coarse labels and the
probabilities of a simulated segmenter.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from scipy.ndimage import binary_dilation, binary_erosion, gaussian_filter

from reliabel.core.evidence import PixelProbs
from reliabel.core.labels import Grouped
from reliabel.core.objects import Regions
from reliabel.ops.regions import class_parts, painted

NAMES = ("ground", "ball", "box")
COLOURS = np.array([[70, 110, 60], [190, 60, 50], [60, 80, 190]], dtype=float)


def truth(rng: np.random.Generator, side: int = 64) -> np.ndarray:
    """(side, side) classes: a disc and a box on the ground."""
    y, x = np.mgrid[:side, :side]
    out = np.zeros((side, side), dtype=np.int64)
    r = rng.integers(side // 8, side // 5)
    cy, cx = rng.integers(r + 4, side - r - 4), rng.integers(r + 4, side // 2 - 2)
    out[(y - cy) ** 2 + (x - cx) ** 2 <= r**2] = 1
    top, left = rng.integers(6, side // 2), rng.integers(side // 2 + 8, side - side // 4 - 4)
    out[top : top + side // 4, left : left + side // 4] = 2
    return out


def picture(classes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(h, w, 3) pixels: a colour a class, with grain."""
    grain = rng.normal(0, 18, (*classes.shape, 1)) + rng.normal(0, 8, (*classes.shape, 3))
    return np.clip(COLOURS[classes] + grain, 0, 255).astype(np.uint8)


def coarse(classes: np.ndarray, rng: np.random.Generator, by: int = 3) -> np.ndarray:
    """The classes with each object grown or shrunk by so many pixels."""
    out = np.where(classes > 0, 0, classes)
    for c in (1, 2):
        mask = classes == c
        disc = np.hypot(*np.mgrid[-by : by + 1, -by : by + 1]) <= by
        change = binary_dilation if rng.random() < 0.6 else binary_erosion
        out[change(mask, disc)] = c
    return out


def probs(classes: np.ndarray, rng: np.random.Generator, blur: float = 1.0) -> np.ndarray:
    """(3, h, w) probabilities that know the truth up to blur and noise."""
    p = np.stack([gaussian_filter((classes == c).astype(float), blur) for c in range(3)])
    p = np.clip(p + rng.normal(0, 0.03, p.shape), 0.002, None)
    return (p / p.sum(0)).astype(np.float32)


def labels_of(maps: list[np.ndarray], names: tuple[str, ...] = NAMES) -> Grouped[Regions]:
    """Class maps as regions, one for each connected part of a class."""
    parts = [class_parts(one) for one in maps]
    start, length = (
        np.concatenate([getattr(runs, name) for runs, _ in parts]) for name in ("start", "length")
    )
    runs = np.concatenate([np.diff(one.offsets) for one, _ in parts])
    size = np.concatenate(
        [np.tile(m.shape, (len(y), 1)) for m, (_, y) in zip(maps, parts, strict=True)]
    )
    y = np.concatenate([y for _, y in parts])
    offsets = np.concatenate([[0], np.cumsum([len(y) for _, y in parts])])
    units = Regions(*(y, start, length, np.concatenate([[0], np.cumsum(runs)]), size, names))
    return Grouped(units, offsets)


def maps_of(labels: Grouped[Regions]) -> list[np.ndarray]:
    """The class maps of regions."""
    o, u = labels.offsets, labels.units
    return [painted(u.take(np.arange(a, b)), u.size[a]) for a, b in pairwise(o)]


def world(n: int = 12, seed: int = 0, by: int = 3, side: int = 64) -> dict[str, object]:
    """True and coarse maps, pictures and probabilities of n pictures."""
    rng = np.random.default_rng(seed)
    true = [truth(rng, side) for _ in range(n)]
    given = [coarse(one, rng, by) for one in true]
    return {
        "true": true,
        "given": labels_of(given),
        "items": [picture(one, rng) for one in true],
        "probs": PixelProbs([probs(one, rng) for one in true], NAMES),
    }


def iou(maps: list[np.ndarray], true: list[np.ndarray]) -> float:
    """Mean intersection over union of the classes, over all pixels together."""
    one, two = (np.concatenate([m.ravel() for m in side]) for side in (maps, true))
    each = [((one == c) & (two == c)).sum() / ((one == c) | (two == c)).sum() for c in range(3)]
    return float(np.mean(each))
