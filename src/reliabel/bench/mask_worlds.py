"""Class maps of generated scenes with planted errors, a segmenter's probabilities in a file, and
how findings are judged on them.

Errors are planted in the objects, which are then painted over what lies behind them; an error is
the place where an object's edit changed the map.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench.scene_models import Segmenter, segmented
from reliabel.bench.scenes import CLASSES, SHAPES, materials, scene, video
from reliabel.core.labels import Bools, Floats, Grouped, Ints
from reliabel.core.objects import Regions
from reliabel.core.results import Corrupted
from reliabel.core.short_repr import by_fields
from reliabel.verbs.corrupt import corrupt

SIZE = (96, 128)
LEAST = 20  # pixels of a map that an error changes; smaller ones are not looked for
EDGES = 2000  # seed of what a segmenter does, beside that of its world
MOST = 0.5  # share of a finding's pixels that are wrong where it finds an error


@dataclass(frozen=True, eq=False, repr=False)
class MaskWorld:
    """Class maps (n, h, w) true and as given; ``error`` (n, h, w) which error each pixel belongs
    to, -1 for none; and the kind of each error.
    """

    truth: Ints
    given: Ints
    error: Ints
    kinds: tuple[str, ...]
    made: Corrupted

    __repr__ = by_fields

    @property
    def wrong(self) -> Bools:
        """(n, h, w) whose class is another than the true one, also by errors too small to count."""
        return np.asarray(self.truth != self.given)

    @property
    def labels(self) -> Grouped[Regions]:
        """The given maps as regions, one for each connected part of a class."""
        return as_regions(self.given)


def mask_world(seed: int, n: int, **errors: Any) -> MaskWorld:
    """``n`` scenes of the world ``seed``; ``errors``: options of the corrupter ``masks``."""
    objects, stuff, truth = true_masks(seed, n)
    made = corrupt(objects, by="masks", seed=seed, **errors)
    noisy: Any = made.labels
    given, error = stuff.copy(), np.full(truth.shape, -1, dtype=np.int32)
    kinds: list[str] = []
    gone = _lost(objects, made)
    for i in range(n):
        mine = slice(noisy.offsets[i], noisy.offsets[i + 1])
        over = _painted(noisy, i)
        given[i] = np.where(over >= 0, np.append(noisy.units.y[mine] + 2, 0)[over], stuff[i])
        changed = given[i] != truth[i]
        if not changed.any():
            continue
        whose, names = _whose(over, _painted(objects, i), made, i, gone, objects)
        for edit in np.unique(whose[changed & (whose >= 0)]).tolist():
            place = changed & (whose == edit)
            if place.sum() >= LEAST:
                error[i][place] = len(kinds)
                kinds.append(names[edit])
    return MaskWorld(truth, given, error, tuple(kinds), made)


def _whose(
    over: Ints, under: Ints, made: Corrupted, i: int, gone: Bools, objects: Grouped[Regions]
) -> tuple[Ints, list[str]]:
    """(h, w) the edit that a pixel belongs to, -1 for none, and the kind of each edit: that of the
    object now on top, else that of the object that was there.
    """
    noisy: Any = made.labels
    told = made.info["kinds"][noisy.offsets[i] : noisy.offsets[i + 1]]
    first = objects.offsets[i]
    lost = gone[first : objects.offsets[i + 1]]
    stays = np.flatnonzero(~lost)  # the objects that the given ones were, in their order
    names = [*told, *(["missing"] * int(lost.sum()))]
    edited = np.array([name != "" for name in names], dtype=bool)
    was = np.full(len(lost) + 1, -1)
    was[stays] = np.arange(len(stays))
    was[np.flatnonzero(lost)] = len(told) + np.arange(int(lost.sum()))
    now, before = over, was[under]
    mine = (now >= 0) & np.append(edited, False)[now]
    return np.where(mine, now, np.where(np.append(edited, False)[before], before, -1)), names


def _lost(objects: Grouped[Regions], made: Corrupted) -> Bools:
    """(m,) the objects that were dropped: those whose picture and pixels are those of one that
    ``info["missing"]`` holds.
    """
    gone = made.info["missing"]
    keys = [_keys(one) for one in (objects, gone)]
    dropped = set(keys[1])
    return np.array([key in dropped for key in keys[0]], dtype=bool)


def _keys(regions: Grouped[Regions]) -> list[tuple[int, int, int]]:
    units = regions.units
    first = units.start[np.minimum(units.offsets[:-1], max(len(units.start) - 1, 0))]
    return list(zip(regions.item.tolist(), first.tolist(), units.area.tolist(), strict=True))


def _painted(regions: Grouped[Regions], i: int) -> Ints:
    """(h, w) which region of a picture lies on top, counted from its first; -1 for none."""
    from reliabel.ops.regions import painted

    a, b = int(regions.offsets[i]), int(regions.offsets[i + 1])
    return painted(regions.units.take(np.arange(a, b)), SIZE, np.arange(b - a))


def true_masks(seed: int, n: int) -> tuple[Grouped[Regions], Ints, Ints]:
    """The objects of ``n`` scenes as regions, what lies behind them, and the true class maps."""
    from reliabel.ops.regions import masks_runs

    made_of = materials()
    parts, y = [], []
    stuff, truth = np.empty((2, n, *SIZE), dtype=np.uint8)
    for i in range(n):
        one = scene(seed, i, made_of, SIZE)
        parts.append(masks_runs(one.masks))
        y.append(one.y)
        stuff[i], truth[i] = one.ground, one.class_map
    return _regions(parts, y, SHAPES, SIZE), stuff, truth


def as_regions(maps: Ints, names: tuple[str, ...] = CLASSES) -> Grouped[Regions]:
    """Class maps (n, h, w) as regions."""
    from reliabel.ops.regions import class_parts

    found = [class_parts(one) for one in maps]
    return _regions([runs for runs, _ in found], [y for _, y in found], names, maps[0].shape)


def as_maps(regions: Any, size: tuple[int, int]) -> Ints:
    """Regions as class maps, -1 where none is."""
    from reliabel.ops.regions import painted

    cuts = zip(regions.offsets[:-1].tolist(), regions.offsets[1:].tolist(), strict=True)
    return np.stack([painted(regions.units.take(np.arange(a, b)), size) for a, b in cuts])


def _regions(
    parts: list[Any], y: list[Any], names: tuple[str, ...], size: tuple[int, ...]
) -> Grouped[Regions]:
    runs = np.concatenate([np.diff(one.offsets) for one in parts])
    codes = np.concatenate(y)
    units = Regions(
        codes,
        np.concatenate([one.start for one in parts]),
        np.concatenate([one.length for one in parts]),
        np.concatenate([[0], np.cumsum(runs)]),
        np.tile(size, (len(codes), 1)),
        names,
    )
    return Grouped(units, np.concatenate([[0], np.cumsum([len(one) for one in y])]))


def write_probs(path: Path, seed: int, n: int, segmenter: Segmenter = Segmenter()) -> Floats:
    """The segmenter's probabilities (n, k, h, w) of ``n`` scenes, as a mapped file."""
    made_of = materials()
    p = np.lib.format.open_memmap(path, "w+", np.float32, (n, len(CLASSES), *SIZE))
    for i in range(n):
        rng = np.random.default_rng([seed, i, EDGES])
        p[i] = segmented(scene(seed, i, made_of, SIZE), rng, segmenter)
    p.flush()
    return np.asarray(np.load(path, mmap_mode="r"))


def frames_world(seed: int, videos: int, frames: int, rate: float) -> FramesWorld:
    """Videos in a share ``rate`` of whose frames one object has another class, is missing or lies
    where it was four frames before or will be after.
    """
    rng = np.random.default_rng([seed, EDGES])
    made_of = materials()
    pictures, maps, group = [], [], []
    truth = []
    for i in range(videos):
        cast = list(video(seed, i, made_of, frames, SIZE))
        for t, one in enumerate(cast):
            truth.append(one.class_map)
            given = one.class_map
            if rng.random() < rate and len(one.y):
                j, stuff = int(rng.integers(len(one.y))), one.ground.astype(np.uint8)
                what, mask = rng.integers(3), one.on_top == j
                given = np.where(mask, stuff, given)
                if what == 0:
                    given[mask] = 2 + (one.y[j] + rng.integers(1, len(SHAPES))) % len(SHAPES)
                elif what == 1:
                    other = cast[t - 4 if t >= 4 else t + 4]
                    given[(other.on_top >= 0) & (other.thing[other.on_top] == one.thing[j])] = (
                        2 + one.y[j]
                    )
            pictures.append(one.picture)
            maps.append(given)
            group.append(i)
    return FramesWorld(pictures, np.stack(truth), np.stack(maps), np.array(group))


@dataclass(frozen=True, eq=False, repr=False)
class FramesWorld:
    """Frames, their class maps true and as given, and the video of each."""

    pictures: list[Ints]
    truth: Ints
    given: Ints
    group: Ints

    __repr__ = by_fields

    @property
    def wrong(self) -> Bools:
        """(n,) the frames of which ``LEAST`` pixels or more are wrong."""
        return np.asarray((self.truth != self.given).sum((1, 2)) >= LEAST)


@dataclass(frozen=True, eq=False, repr=False)
class Places:
    """Findings: the picture, the pixels (flat numbers, ``offsets`` (f + 1,)) and the score of
    each.
    """

    item: Ints
    pixel: Ints
    offsets: Ints
    score: Floats

    __repr__ = by_fields


def regions_as_places(labels: Grouped[Regions], score: Floats) -> Places:
    """The regions with a score, as far as they are seen."""
    from reliabel.ops.regions import pixels

    some = np.flatnonzero(np.isfinite(score))
    part = labels.units.take(some)
    region, pixel = pixels(part)
    offsets = np.concatenate([[0], np.cumsum(np.bincount(region, minlength=len(some)))])
    return Places(labels.item[some], pixel, offsets, score[some])


def flagged_places(flag: Bools, score: Floats) -> Iterator[Places]:
    """The connected parts of the flagged pixels, by their mean score and by its sum."""
    from scipy.ndimage import label

    items, pixels, sizes = [], [], []
    for i, one in enumerate(flag):
        part, many = label(one, np.ones((3, 3)))
        flat = part.ravel()
        order = np.argsort(flat, kind="stable")
        size = np.bincount(flat, minlength=many + 1)
        pixels.append(order[size[0] :])
        sizes.append(size[1:])
        items.append(np.full(many, i))
    item, pixel, size = (np.concatenate(part) for part in (items, pixels, sizes))
    offsets = np.concatenate([[0], np.cumsum(size)])
    at = np.repeat(item, size) * flag[0].size + pixel
    total = np.add.reduceat(np.append(score.ravel()[at], 0.0), offsets[:-1])
    total = np.asarray(total, dtype=float)
    yield Places(item, pixel, offsets, total / np.maximum(size, 1))
    yield Places(item, pixel, offsets, total)


def hits(places: Places, world: MaskWorld) -> Ints:
    """(f,) the error that each finding finds: most of its pixels are wrong, and of those with an
    error the most are of this one.  -1: nothing is wrong there; -2: what is wrong is no error that
    counts.
    """
    owner = np.repeat(np.arange(len(places.item)), np.diff(places.offsets))
    at = places.item[owner] * world.given[0].size + places.pixel
    size = np.maximum(np.diff(places.offsets), 1)
    share = np.bincount(owner, world.wrong.ravel()[at], len(size)) / size
    error = world.error.ravel()[at]
    some = error >= 0
    pair, count = np.unique(np.stack([owner[some], error[some]]), axis=1, return_counts=True)
    best = np.full(len(size), -2)
    order = np.argsort(count, kind="stable")
    best[pair[0][order]] = pair[1][order]
    return np.where(share >= MOST, best, -1)


def region_scores(places: Places, world: MaskWorld) -> dict[str, float]:
    """Average precision of findings for each kind of error and for all: an error counts where it is
    found first, errors of other kinds and what is found again are left out, and what nobody finds
    counts as never found.
    """
    found = hits(places, world)
    order = np.argsort(-places.score, kind="stable")
    first = np.zeros(len(found), dtype=bool)
    _, place = np.unique(found[order], return_index=True)
    first[order[place]] = True
    kind = np.append(np.array(world.kinds, dtype=object), ["", ""])[found]  # -2, -1: the last two
    wrong_place = found == -1
    out = {}
    for name in ("all", *dict.fromkeys(world.kinds)):
        mine = first & (found >= 0) & ((kind == name) | (name == "all"))
        total = sum(name in ("all", one) for one in world.kinds)
        out[name] = _area(mine, wrong_place, order, total)
    return out


def _area(hit: Bools, false: Bools, order: Ints, total: int) -> float:
    """Mean precision at each hit, of ``total`` that there are."""
    mine = hit[order]
    kept = mine | false[order]
    right = mine[kept]
    if not right.any():
        return 0.0
    precision = right.cumsum() / np.arange(1, len(right) + 1)
    return float(precision[right].sum() / total)
