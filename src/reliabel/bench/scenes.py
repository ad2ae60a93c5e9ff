"""Generated scenes whose objects, boxes and masks are known: shapes with textures over the pictures
that scikit-image and scikit-learn carry in their packages, singly or as frames of a video.

Scene ``i`` of a world is drawn from the world's seed and ``i`` alone, so that any of them can be
drawn again and none needs to be kept.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Bools, Floats, Ints
from reliabel.core.short_repr import by_fields

SHAPES = ("disc", "ring", "square", "cross", "triangle", "star")
CLASSES = ("background", "ground", *SHAPES)  # of class maps
PHOTOS = (
    *("astronaut.png", "coffee.png", "chelsea.png", "rocket.jpg", "ihc.png", "retina.jpg"),
    *("hubble_deep_field.jpg", "motorcycle_left.png", "flower.jpg", "china.jpg"),
)
SURFACES = ("brick.png", "grass.png", "gravel.png", "camera.png", "coins.png")
LEAST = 40  # pixels that must be seen of an object
SEEN = 0.4  # share of an object that later ones leave to be seen


@dataclass(frozen=True, eq=False, repr=False)
class Materials:
    """What scenes are made of: photographs (h, w, 3) and grey surfaces (h, w), values 0 to 1."""

    photos: tuple[Floats, ...]
    surfaces: tuple[Floats, ...]

    __repr__ = by_fields


@dataclass(frozen=True)
class Thing:
    """An object before it is drawn: its class, its middle and half size in pixels, its form, its
    colour, and which part of which surface it has.
    """

    y: int
    middle: tuple[float, float]  # down, right
    radius: float
    aspect: float
    angle: float
    colour: tuple[float, float, float]
    surface: int
    crop: tuple[int, int]


@dataclass(frozen=True, eq=False, repr=False)
class Scene:
    """A picture (h, w, 3) and its truth: ``on_top`` (h, w) says which object is seen at a pixel, -1
    for none, ``ground`` (h, w) where the ground is, ``y`` (m,) the classes of the objects and
    ``thing`` (m,) which of the things they are, the same in all frames of a video.
    """

    picture: Ints
    on_top: Ints
    ground: Bools
    y: Ints
    thing: Ints

    __repr__ = by_fields

    @property
    def masks(self) -> Bools:
        """(m, h, w) what is seen of each object."""
        return np.asarray(self.on_top == np.arange(len(self.y))[:, None, None])

    @property
    def boxes(self) -> Floats:
        """(m, 4) the box around what is seen of each object: left, top, right, bottom."""
        masks = self.masks
        sides = []
        for axis in (1, 2):
            seen = np.asarray(masks.any(axis))  # (m, w), then (m, h)
            sides.append((seen.argmax(1), seen.shape[1] - seen[:, ::-1].argmax(1)))
        (left, right), (top, bottom) = sides
        return np.stack([left, top, right, bottom], 1).astype(float).reshape(-1, 4)

    @property
    def class_map(self) -> Ints:
        """(h, w) codes of ``CLASSES``."""
        stuff = self.ground.astype(np.uint8)
        shape = np.append(self.y + 2, 0).astype(np.uint8)
        return np.where(self.on_top >= 0, shape[self.on_top], stuff)


def materials() -> Materials:
    """The photographs and surfaces, from the installed packages; FileNotFoundError says which is
    not there.
    """
    from PIL import Image

    folders = [_folder("skimage.data"), _folder("sklearn.datasets") / "images"]

    def opened(name: str, mode: str) -> Floats:
        paths = [folder / name for folder in folders if (folder / name).exists()]
        if not paths:
            raise FileNotFoundError(f"neither scikit-image nor scikit-learn carries {name} here")
        with Image.open(paths[0]) as image:
            return np.asarray(image.convert(mode), dtype=np.float32) / 255

    return Materials(
        tuple(opened(name, "RGB") for name in PHOTOS),
        tuple(opened(name, "L") for name in SURFACES),
    )


def scene(world: int, i: int, made_of: Materials, size: tuple[int, int] | None = None) -> Scene:
    """Scene ``i`` of a world; ``size``: height and width, None for one of about 140 x 180."""
    rng = np.random.default_rng([world, i])
    size = size or (int(rng.integers(120, 161)), int(rng.integers(150, 211)))
    behind, ground = backdrop(size, made_of, rng)
    many = 0 if rng.random() < 0.05 else min(1 + int(rng.poisson(3)), 10)
    return drawn(behind, ground, things(many, size, made_of, rng), made_of)


def video(
    world: int, i: int, made_of: Materials, frames: int = 20, size: tuple[int, int] = (96, 128)
) -> Iterator[Scene]:
    """The frames of video ``i`` of a world: two to five objects move straight on and bounce off the
    edges, and pass over each other; an object of which little is seen has no label in that frame.
    """
    rng = np.random.default_rng([world, i])
    behind, ground = backdrop(size, made_of, rng)
    cast = things(int(rng.integers(2, 6)), size, made_of, rng, apart=False)
    speed = rng.uniform(1, 4, (len(cast), 1)) * _directions(rng.uniform(0, 2 * np.pi, len(cast)))
    turn = rng.normal(0, 0.05, len(cast))
    for frame in range(frames):
        moved = [
            replace(
                one,
                middle=(
                    _bounced(one.middle[0] + frame * v[0], size[0]),
                    _bounced(one.middle[1] + frame * v[1], size[1]),
                ),
                angle=one.angle + frame * w,
            )
            for one, v, w in zip(cast, speed.tolist(), turn.tolist(), strict=True)
        ]
        yield drawn(behind, ground, moved, made_of)


def things(
    many: int, size: tuple[int, int], made_of: Materials, rng: Generator, *, apart: bool = True
) -> list[Thing]:
    """``many`` objects at chance places; ``apart``: fewer where the next would leave less than
    ``SEEN`` of an earlier one to be seen.
    """
    found: list[Thing] = []
    on_top, whole = np.full(size, -1), np.zeros(0)
    for _ in range(many):
        one = _thing(size, made_of, rng)
        (rows, columns), inside = _inside(one, size)
        if inside.sum() < LEAST:
            continue
        after = on_top.copy()
        after[rows, columns][inside] = len(found)
        left = np.bincount(after[after >= 0], minlength=len(found) + 1)
        if apart and (left[:-1] < np.maximum(SEEN * whole, LEAST)).any():
            continue
        found.append(one)
        on_top, whole = after, np.append(whole, inside.sum())
    return found


def backdrop(size: tuple[int, int], made_of: Materials, rng: Generator) -> tuple[Floats, Bools]:
    """A part of a photograph, in six of ten with ground before it, and where the ground is."""
    from PIL import Image

    photo = made_of.photos[rng.integers(len(made_of.photos))]
    zoom = rng.uniform(0.4, 1) * min(photo.shape[0] / size[0], photo.shape[1] / size[1])
    high, wide = int(size[0] * zoom), int(size[1] * zoom)
    top, left = (
        rng.integers(0, photo.shape[0] - high + 1),
        rng.integers(0, photo.shape[1] - wide + 1),
    )
    part = Image.fromarray((photo[top : top + high, left : left + wide] * 255).astype(np.uint8))
    behind = np.asarray(part.resize(size[::-1]), dtype=np.float32) / 255
    if rng.random() < 0.4:
        return behind, np.zeros(size, dtype=bool)
    across = np.arange(size[1]) / size[1]
    line = rng.uniform(0.45, 0.8) + 0.06 * np.sin(
        2 * np.pi * (across * rng.uniform(0.5, 2) + rng.random())
    )
    ground = np.arange(size[0])[:, None] >= line * size[0]
    surface = int(rng.integers(3))
    crop = (int(rng.integers(1000)), int(rng.integers(1000)))
    tint = np.array([(0.75, 0.5, 0.4), (0.4, 0.65, 0.35), (0.6, 0.6, 0.65)][surface])
    texture = _textured(made_of.surfaces[surface], crop, slice(0, size[0]), slice(0, size[1]))
    return np.where(ground[..., None], texture[..., None] * tint, behind), ground


def drawn(behind: Floats, ground: Bools, cast: list[Thing], made_of: Materials) -> Scene:
    """The scene: things in their order, later ones on top."""
    picture, size = behind.copy(), (behind.shape[0], behind.shape[1])
    on_top = np.full(size, -1)
    for place, one in enumerate(cast):
        (rows, columns), inside = _inside(one, size)
        texture = _textured(made_of.surfaces[one.surface], one.crop, rows, columns)
        paint = (0.35 + 0.65 * texture)[..., None] * np.array(one.colour)
        picture[rows, columns][inside] = paint[inside]
        on_top[rows, columns][inside] = place
    seen = np.flatnonzero(
        np.bincount(on_top[on_top >= 0], minlength=len(cast))[: len(cast)] >= LEAST
    )
    number = np.full(len(cast) + 1, -1)
    number[seen] = np.arange(len(seen))
    return Scene(
        (picture.clip(0, 1) * 255).astype(np.uint8),
        number[on_top],
        ground,
        np.array([cast[j].y for j in seen], dtype=np.int64),
        seen,
    )


def _thing(size: tuple[int, int], made_of: Materials, rng: Generator) -> Thing:
    from colorsys import hsv_to_rgb

    y = int(rng.integers(len(SHAPES)))
    plain = rng.random() < 0.85  # the others have a colour that says nothing
    hue = (y / len(SHAPES) + rng.normal(0, 0.05)) % 1 if plain else rng.random()
    return Thing(
        y,
        (float(rng.uniform(0, size[0])), float(rng.uniform(0, size[1]))),
        float(min(size) * np.exp(rng.uniform(np.log(0.07), np.log(0.27)))),
        float(np.exp(rng.uniform(-0.25, 0.25))),
        float(rng.uniform(0, 2 * np.pi)),
        hsv_to_rgb(hue, rng.uniform(0.45, 1), rng.uniform(0.6, 1)),
        int(rng.integers(len(made_of.surfaces))),
        (int(rng.integers(1000)), int(rng.integers(1000))),
    )


def _inside(one: Thing, size: tuple[int, int]) -> tuple[tuple[slice, slice], Bools]:
    """The part of the picture around a thing, and which of its pixels are the thing's."""
    reach = one.radius * 1.5 + 1
    down, right = one.middle
    rows = slice(max(int(down - reach), 0), min(int(down + reach) + 1, size[0]))
    columns = slice(max(int(right - reach), 0), min(int(right + reach) + 1, size[1]))
    v = (np.arange(rows.start, rows.stop) + 0.5 - down)[:, None] / one.radius
    u = (np.arange(columns.start, columns.stop) + 0.5 - right)[None, :] / one.radius
    cos, sin = np.cos(one.angle), np.sin(one.angle)
    u, v = (u * cos + v * sin) * one.aspect, (v * cos - u * sin) / one.aspect
    return (rows, columns), _form(SHAPES[one.y], u, v)


def _form(shape: str, u: Floats, v: Floats) -> Bools:
    far = np.hypot(u, v)
    if shape == "disc":
        return far < 0.9
    if shape == "ring":
        return (far < 1) & (far > 0.5)
    if shape == "square":
        return np.maximum(abs(u), abs(v)) < 0.8
    if shape == "cross":
        return (np.minimum(abs(u), abs(v)) < 0.32) & (np.maximum(abs(u), abs(v)) < 1)
    if shape == "triangle":
        return (v > -0.6) & (v < 1 - 1.8 * abs(u))
    return np.asarray(far < 0.72 + 0.3 * np.cos(5 * np.arctan2(v, u)))


def _textured(surface: Floats, crop: tuple[int, int], rows: slice, columns: slice) -> Floats:
    """The surface laid from ``crop`` on, as often as it takes."""
    down = (np.arange(rows.start, rows.stop) + crop[0]) % surface.shape[0]
    right = (np.arange(columns.start, columns.stop) + crop[1]) % surface.shape[1]
    return surface[np.ix_(down, right)]


def _directions(angle: Floats) -> Floats:
    return np.stack([np.sin(angle), np.cos(angle)], 1)


def _bounced(place: float, size: int) -> float:
    """Where something is that goes on for so long between 0 and ``size``."""
    place = place % (2 * size)
    return min(place, 2 * size - place)


def _folder(package: str) -> Path:
    return Path(str(importlib.import_module(package).__file__)).parent
