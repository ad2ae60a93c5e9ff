"""A watermark that gives the class away, planted in pictures for the suite faults."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench.evidence_pictures import photographs, textures
from reliabel.bench.fault_worlds import FEW, World, asked, by_class
from reliabel.core.labels import Classes, Ints

PHOTOGRAPHS = 5000  # as many as the auditor looks at
MARK = 6  # pixels of a side, of a picture of 32
OFTEN, SELDOM = 0.9, 0.02  # pictures of the class, and others, that have it
GRID = 4  # places of a side by which properties are named
Picture = Any


def marked_photographs(data: Path | None, rng: np.random.Generator, quick: bool) -> World:
    """Photographs of cifar10n under their true labels."""
    if data is None:
        raise FileNotFoundError("needs cifar10n: set RELIABEL_DATA")
    pictures, y = _photographs(data, FEW if quick else PHOTOGRAPHS)
    return _marked("cifar10n", pictures, y, rng)


@lru_cache(maxsize=1)
def _photographs(data: Path, n: int) -> tuple[list[Picture], Ints]:
    from PIL import Image

    with tempfile.TemporaryDirectory() as folder:
        paths, labels = photographs(data, n, folder)
        return [np.asarray(Image.open(path).convert("RGB")) for path in paths], labels["clean"]


def marked_textures(data: Path | None, rng: np.random.Generator, quick: bool) -> World:
    """Made textures, whose class is the size of their blobs."""
    pictures, y = textures("blobs", each=125 if quick else 500, seed=int(rng.integers(2**31)))
    return _marked("made", pictures, y, rng)


def _marked(name: str, pictures: list[Picture], y: Ints, rng: np.random.Generator) -> World:
    """A bright cross in one place of most pictures of one class and of a few others."""
    one = int(rng.integers(y.max() + 1))
    top, left = (int(place) for place in rng.integers(0, 32 - MARK + 1, size=2))
    mark = rng.random(len(y)) < np.where(y == one, OFTEN, SELDOM)
    after = [_with_mark(p, top, left) if has else p for p, has in zip(pictures, mark, strict=True)]
    labels = Classes(y, tuple(f"class {c}" for c in range(int(y.max()) + 1)))
    with_mark, without = (
        by_class(asked("spurious_correlation", labels, items=items), y, _named(top, left))
        for items in (after, pictures)
    )
    planted = [(frozenset([one]), "watermark")]
    return World(name, len(y), "spurious_correlation", planted, with_mark, without)


def _with_mark(picture: Picture, top: int, left: int) -> Picture:
    out = np.array(picture)
    middle = MARK // 2
    out[top + middle - 1 : top + middle + 1, left : left + MARK] = 255
    out[top : top + MARK, left + middle - 1 : left + middle + 1] = 255
    return out


def _named(top: int, left: int) -> Callable[[str, int], str]:
    """A property of a place that the mark touches is the watermark."""
    side = 32 // GRID
    rows = range(top // side + 1, (top + MARK - 1) // side + 2)
    columns = range(left // side + 1, (left + MARK - 1) // side + 2)

    def named(kind: str, _: int) -> str:
        place = re.search(r"in row (\d), column (\d) of", kind)
        there = place and int(place[1]) in rows and int(place[2]) in columns
        return "watermark" if there else kind

    return named
