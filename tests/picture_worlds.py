"""The easy worlds of objects in pictures: boxes with the predictions of a good detector, and class
maps with those of a good segmenter.

Boxes: pictures of about 200 x 160 pixels with one to three boxes; one box in ten has the wrong
class, is shifted, or is missing (a row of class -1 where the detector sees one).  Class maps:
pictures of about 26 x 32 pixels, two bands and a square upon them, one region in ten of the wrong
class.  The first picture has one object.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.core.evidence import PixelProbs
from reliabel.core.labels import Grouped
from reliabel.core.objects import Boxes, Regions

NAMES = ("ape", "bee", "cat")


def boxed(seed: int = 0, n: int = 120) -> tuple[Any, Any, np.ndarray, dict[str, Any], Any]:
    """Labels, truth, wrong, evidence and what is planted."""
    rng = np.random.default_rng(seed)
    each = rng.integers(1, 4, n)
    each[0] = 1
    offsets = np.concatenate([[0], np.cumsum(each)])
    m = int(offsets[-1])
    item = np.repeat(np.arange(n), each)
    cell = np.concatenate([rng.permutation(6)[:size] for size in each])
    corner = np.stack([cell % 3 * 64 + 4, cell // 3 * 76 + 4], 1) + rng.uniform(0, 12, (m, 2))
    true = np.hstack([corner, corner + rng.uniform(28, 44, (m, 2))])
    y = rng.integers(0, 3, m)
    seen = true + rng.normal(0, 0.6, (m, 4))
    wrong = rng.random(m) < 0.1
    sort = rng.integers(0, 3, m)
    swapped, shifted, missing = (wrong & (sort == s) for s in range(3))
    given = np.where(shifted[:, None], true + rng.choice([-16.0, 16.0], (m, 1)), true)
    given = np.where(missing[:, None], seen, given)
    code = np.where(swapped, (y + 1) % 3, np.where(missing, -1, y))
    evidence = {
        "items": [f"pictures/{place:04d}.png" for place in range(n)],
        "sizes": np.stack([rng.integers(158, 170, n), rng.integers(198, 220, n)], 1),
        "predicted": Grouped(Boxes(seen, y, NAMES, rng.uniform(0.85, 0.99, m)), offsets),
        "groups": np.arange(n) // 3,
        "rng": rng,
    }
    # one box with swapped corners, in place of a right one
    row = np.flatnonzero(~wrong & (item > 2))[:1]
    given[row], wrong[row] = true[row][:, [2, 1, 0, 3]], True
    edge = evidence["sizes"][item][:, ::-1]
    over = (np.maximum(-given[:, :2], given[:, 2:] - edge).max(1) > 2) & ~missing
    over[row] = True
    labels, truth = (Grouped(Boxes(b, c, NAMES), offsets) for b, c in ((given, code), (true, y)))
    planted = {
        "label": frozenset(item[wrong].tolist()),
        "box fault": frozenset(item[over].tolist()),
        "sparse annotation": frozenset(),
        "class names": frozenset(),
    }
    return labels, truth, wrong, evidence, planted


def mapped(seed: int = 0, n: int = 60) -> tuple[Any, Any, np.ndarray, dict[str, Any], Any]:
    """Labels, truth, wrong, evidence and what is planted."""
    rng = np.random.default_rng(seed)
    sizes = np.stack([rng.integers(24, 29, n), np.full(n, 32)], 1)
    start, length, runs, size, y, each, probs = [], [], [], [], [], [], []
    pictures = []
    for place, (h, w) in enumerate(sizes.tolist()):
        part = np.zeros((h, w), dtype=np.int64)
        if place:
            part[:, rng.integers(10, 22) :] = 1
            top, left = rng.integers(2, 12), rng.integers(2, 20)
            part[top : top + 9, left : left + 9] = 2
        classes = rng.permutation(3)[: int(part.max()) + 1]
        for number in range(int(part.max()) + 1):
            flat = np.pad((part == number).ravel().astype(np.int8), 1)
            begins, ends = np.flatnonzero(np.diff(flat) == 1), np.flatnonzero(np.diff(flat) == -1)
            start += begins.tolist()
            length += (ends - begins).tolist()
            runs.append(len(begins))
            size.append((h, w))
        y += classes.tolist()
        each.append(len(classes))
        p = 0.06 + 0.82 * np.eye(3)[classes[part]] + rng.uniform(0, 0.02, (h, w, 3))
        probs.append((p / p.sum(2, keepdims=True)).transpose(2, 0, 1).astype(np.float32))
        shade = 40 + 160 * np.eye(3)[classes[part]] + rng.uniform(0, 20, (h, w, 3))
        pictures.append(shade.astype(np.uint8))
    true = np.array(y)
    wrong = rng.random(len(true)) < 0.1
    given = np.where(wrong, (true + 1) % 3, true)
    offsets = np.concatenate([[0], np.cumsum(each)])
    of = start, length, np.concatenate([[0], np.cumsum(runs)]), size, NAMES
    labels, truth = (Grouped(Regions(code, *of), offsets) for code in (given, true))
    evidence = {
        "items": pictures,
        "sizes": sizes.copy(),
        "pixel_probs": PixelProbs(probs, NAMES),
        "groups": np.arange(n) // 3,
        "rng": rng,
    }
    item = np.repeat(np.arange(n), each)
    planted = {"label": frozenset(item[wrong].tolist())}
    if n > 7:  # the picture of mask 7 was cut off
        evidence["sizes"][7] -= (4, 0)
        planted["region fault"] = frozenset([7])
    return labels, truth, wrong, evidence, planted


def patched(seed: int = 0, n: int = 60) -> tuple[Any, Any, np.ndarray, dict[str, Any], Any]:
    """Class maps of two bands, of which a part has a square of a third class upon it, and another a
    patch of the one band that is labelled as the other: what can be mended from the picture itself.
    """
    rng = np.random.default_rng(seed)
    truths, parts = [], []
    for place in range(n):
        h, w, split = int(rng.integers(26, 31)), 36, int(rng.integers(16, 20))
        classes = rng.permutation(3)
        part = np.zeros((h, w), dtype=np.int64)
        if place:
            part[:, split:] = 1
        true = classes[part]
        if place % 3 == 1:
            top, left = rng.integers(3, 8), rng.integers(3, 6)
            part[top : top + 9, left : left + 9] = 2
            true = classes[part]
        if place % 3 == 2:
            band = int(rng.integers(2))
            left = (split // 2 if not band else (split + w) // 2) - 2
            top = rng.integers(6, h - 12)
            part[top : top + 5, left : left + 5] = 3 + band
            true = np.append(classes, [classes[0], classes[1]])[part]
        truths.append(true)
        parts.append((part, np.append(classes, [classes[1], classes[0]])))
    return _of_parts(parts, truths, rng, np.arange(n) // 3)


def filmed(seed: int = 0, n: int = 62) -> tuple[Any, Any, np.ndarray, dict[str, Any], Any]:
    """Frames of videos: a square and a bar that drift over the ground; in each third frame one of
    them has the class of the other.  The first two frames are a video of the ground alone.
    """
    rng = np.random.default_rng(seed)
    truths, parts = [], []
    for place in range(n):
        part = np.zeros((28, 36), dtype=np.int64)
        video, frame = divmod(place - 2, 15)
        if place > 1:
            top, left = 3 + video % 3 + frame // 5, 4 + frame // 4
            part[top : top + 9, left : left + 9] = 1
            part[14 + frame // 6 : 26 + frame // 6, 22 : 30 + frame // 8] = 2
        truths.append(part)
        swapped = int(rng.integers(1, 3)) if frame % 3 == 1 and place > 1 else 0
        named = np.where(np.arange(3) == swapped, 3 - swapped, np.arange(3))
        parts.append((part, named if swapped else np.arange(3)))
    return _of_parts(
        parts, truths, rng, np.where(np.arange(n) < 2, 0, 1 + (np.arange(n) - 2) // 15)
    )


def pointed(seed: int = 0, n: int = 60) -> tuple[Any, Any, np.ndarray, dict[str, Any], Any]:
    """Points on the regions of class maps, one in ten of the wrong class, with the regions."""
    _, seen, wrong, evidence, planted = mapped(seed, n)
    units, offsets = seen.units, seen.offsets
    middle = (units.offsets[:-1] + units.offsets[1:]) // 2
    pixel = units.start[middle] + units.length[middle] // 2
    row, column = np.divmod(pixel, units.size[:, 1])
    xyxy = np.stack([column, row, column, row], 1) + 0.5
    given = np.where(wrong, (units.y + 1) % 3, units.y)
    labels, truth = (Grouped(Boxes(xyxy, code, NAMES), offsets) for code in (given, units.y))
    kept = {name: evidence[name] for name in ("items", "sizes", "groups", "rng")}
    return labels, truth, wrong, {**kept, "predicted": seen}, planted


def _of_parts(
    parts: list[Any], truths: list[np.ndarray], rng: Any, groups: np.ndarray
) -> tuple[Any, Any, np.ndarray, dict[str, Any], Any]:
    """The world of class maps: for each picture the number of the part of each pixel and the class
    given to each part, and the true classes.
    """
    start, length, runs, size, given, true, each = [], [], [], [], [], [], []
    probs, pictures, grids = [], [], []
    for (part, named), truth in zip(parts, truths, strict=True):
        numbers = np.unique(part)
        for number in numbers.tolist():
            flat = np.pad((part == number).ravel().astype(np.int8), 1)
            begins, ends = np.flatnonzero(np.diff(flat) == 1), np.flatnonzero(np.diff(flat) == -1)
            start += begins.tolist()
            length += (ends - begins).tolist()
            runs.append(len(begins))
            size.append(part.shape)
            given.append(int(named[number]))
            true.append(int(truth.ravel()[begins[0]]))
        each.append(len(numbers))
        p = 0.03 + 0.91 * np.eye(3)[truth] + rng.uniform(0, 0.02, (*truth.shape, 3))
        probs.append((p / p.sum(2, keepdims=True)).transpose(2, 0, 1).astype(np.float32))
        shade = 40 + 160 * np.eye(3)[truth] + rng.uniform(0, 20, (*truth.shape, 3))
        pictures.append(shade.astype(np.uint8))
        h = truth.shape[0]
        grids.append(p[np.linspace(1, h - 2, 9).astype(int)][:, 1::3].transpose(2, 0, 1))
    offsets = np.concatenate([[0], np.cumsum(each)])
    of = start, length, np.concatenate([[0], np.cumsum(runs)]), size, NAMES
    labels, truth = (Grouped(Regions(code, *of), offsets) for code in (given, true))
    wrong = np.array(given) != np.array(true)
    evidence = {
        "items": pictures,
        "pixel_probs": PixelProbs(probs, NAMES),
        "feature_maps": np.stack(grids),
        "class_iou": 0.8 * (1 - np.exp(-np.arange(1, 9) / np.array([[1], [1.5], [2.5]]))),
        "groups": groups,
        "rng": rng,
    }
    item = np.repeat(np.arange(len(parts)), each)
    return labels, truth, wrong, evidence, {"label": frozenset(item[wrong].tolist())}
