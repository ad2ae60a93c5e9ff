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
    pictures, grids = [], []
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
        grids.append(p[np.arange(2, h - 2, 4)[:5]][:, 2::4].transpose(2, 0, 1))
    true = np.array(y)
    wrong = rng.random(len(true)) < 0.1
    given = np.where(wrong, (true + 1) % 3, true)
    offsets = np.concatenate([[0], np.cumsum(each)])
    of = start, length, np.concatenate([[0], np.cumsum(runs)]), size, NAMES
    labels, truth = (Grouped(Regions(code, *of), offsets) for code in (given, true))
    evidence = {
        "items": pictures,
        "sizes": sizes,
        "pixel_probs": PixelProbs(probs, NAMES),
        "feature_maps": np.stack(grids),
        "class_iou": 0.8 * (1 - np.exp(-np.arange(1, 9) / np.array([[1], [1.5], [2.5]]))),
        "groups": np.arange(n) // 3,
        "rng": rng,
    }
    item = np.repeat(np.arange(n), each)
    return labels, truth, wrong, evidence, {"label": frozenset(item[wrong].tolist())}
