"""Faults of pictures, planted for the suite faults: a watermark that gives the class away, and
pictures that are spoilt.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench.evidence_pictures import photographs, textures
from reliabel.bench.fault_worlds import FEW, Planted, World, asked, by_class
from reliabel.core.labels import Classes, Ints

PHOTOGRAPHS = 5000  # as many as the auditor looks at
MARK = 6  # pixels of a side, of a picture of 32
OFTEN, SELDOM = 0.9, 0.02  # pictures of the class, and others, that have it
GRID = 4  # places of a side by which properties are named
SPOILT = 0.01  # of the pictures, by each kind of fault
FOCUS = (1.5, 4.0)  # pixels by which a picture is out of focus, at least and at most
SPOT = 6  # pixels of a side of all that is left to see
LARGER = (2.5, 5.0)  # times the size of the others, or of the width for height
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


def faulty_photographs(data: Path | None, rng: np.random.Generator, quick: bool) -> World:
    """Spoilt photographs of cifar10n among others."""
    if data is None:
        raise FileNotFoundError("needs cifar10n: set RELIABEL_DATA")
    pictures, y = _photographs(data, FEW if quick else PHOTOGRAPHS)
    return _spoilt("cifar10n", pictures, y, rng)


def faulty_textures(data: Path | None, rng: np.random.Generator, quick: bool) -> World:
    """Spoilt textures among others, each of a colour of its own."""
    pictures, y = coloured(125 if quick else 500, rng)
    return _spoilt("made", pictures, y, rng)


def coloured(each: int, rng: np.random.Generator) -> tuple[list[Picture], Ints]:
    """Made textures of any colour, and their classes."""
    pictures, y = textures("blobs", each=each, seed=int(rng.integers(2**31)))
    shades = [np.ones(len(y)), rng.uniform(0.7, 0.9, len(y)), rng.uniform(0.4, 0.6, len(y))]
    tint = rng.permuted(np.stack(shades, axis=1), axis=1)
    return [(p[:, :, None] * t).astype(np.uint8) for p, t in zip(pictures, tint, strict=True)], y


def _spoilt(name: str, pictures: list[Picture], y: Ints, rng: np.random.Generator) -> World:
    """Pictures of which a few are spoilt in each way; what is odd without that counts as there
    before.
    """
    after, planted = list(pictures), list[Planted]()
    rows = rng.permutation(len(y)).tolist()
    for kind, spoil in SPOIL.items():
        for row in (rows.pop() for _ in range(max(round(SPOILT * len(y)), 2))):
            after[row] = spoil(pictures[row], rng)
            planted.append((frozenset([row]), kind))
    labels = Classes(y, tuple(f"class {c}" for c in range(int(y.max()) + 1)))
    spoilt, sound = (asked("picture_faults", labels, items=items) for items in (after, pictures))
    return World(name, len(y), "picture_faults", planted, spoilt, sound)


def _out_of_focus(picture: Picture, rng: np.random.Generator) -> Picture:
    from PIL import Image, ImageFilter

    blur = ImageFilter.GaussianBlur(float(rng.uniform(*FOCUS)))
    return np.asarray(Image.fromarray(picture).filter(blur))


def _one_spot(picture: Picture, rng: np.random.Generator) -> Picture:
    """One colour but for a small part."""
    out = np.full_like(picture, rng.integers(60, 200, size=3))
    top, left = (int(place) for place in rng.integers(0, 32 - SPOT + 1, size=2))
    part = slice(top, top + SPOT), slice(left, left + SPOT)
    out[part] = picture[part]
    return out


def _other_size(picture: Picture, rng: np.random.Generator) -> Picture:
    """Shrunk, or mirrored at its borders to a larger one, which keeps it as sharp."""
    from PIL import Image

    times = float(rng.uniform(*LARGER))
    if rng.random() < 0.5:
        return np.asarray(Image.fromarray(picture).resize((round(32 / times),) * 2))
    more = round(16 * (times - 1))
    return np.pad(picture, ((more, more), (more, more), (0, 0)), mode="symmetric")


def _strip(picture: Picture, rng: np.random.Generator) -> Picture:
    """A part of the picture that is much wider than high, or the reverse."""
    out = picture[: round(32 / float(rng.uniform(*LARGER)))]
    return out if rng.random() < 0.5 else np.ascontiguousarray(out.swapaxes(0, 1))


def _grey(picture: Picture, rng: np.random.Generator) -> Picture:
    return np.repeat(picture.mean(2, keepdims=True).astype(np.uint8), 3, axis=2)


SPOIL: Mapping[str, Callable[[Picture, np.random.Generator], Picture]] = {
    "out of focus": _out_of_focus,
    "little to see": _one_spot,
    "odd size": _other_size,
    "odd shape": _strip,
    "no colour": _grey,
}
