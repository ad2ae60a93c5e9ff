"""The consensus of masks: whose masks are laid over each other, and answers turned into regions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from reliabel.core.labels import Floats, Grouped, Ints, Votes
from reliabel.core.objects import Regions
from reliabel.core.results import Consensus
from reliabel.core.short_repr import by_fields
from reliabel.ops.drawn_votes import (
    Cast,
    Matched,
    are_objects,
    cast_of,
    given_only,
    likeliest_class,
    looks,
    matched,
    overlap_with_truth,
    pairs_between_workers,
)
from reliabel.ops.mask_votes import (
    Canvas,
    Decided,
    Said,
    object_canvases,
    picture_canvases,
    pieces,
    said_on,
)
from reliabel.ops.presence import Presence, presence
from reliabel.ops.regions import Runs, class_parts, joined

SAME = 0.5  # intersection over union from which on two masks may be of one object
WAYS = ("auto", "matched", "merged")


@dataclass(frozen=True, eq=False)
class Objects:
    """What is known of matched objects: who drew them, which are one, whether each is there, its
    class ``y`` (c,), and the share ``named`` (c,) of those who drew it that call it by this class.
    """

    cast: Cast
    found: Matched
    there: Presence
    y: Ints
    named: Floats

    __repr__ = by_fields


@dataclass(frozen=True, eq=False)
class Laid:
    """Masks laid over each other; ``objects`` is None where they are class maps."""

    votes: Votes[Grouped[Regions]]
    canvases: list[Canvas]
    said: Said
    objects: Objects | None

    __repr__ = by_fields


def laid(votes: Votes[Grouped[Regions]], objects: str) -> Laid:
    """The masks of each picture, or of each object, over each other.

    objects: "matched" compares regions that are one object, "merged" the classes of pixels, "auto"
    finds out from the masks whether they are of objects (``are_objects``).
    """
    if objects not in WAYS:
        raise ValueError(f"objects must be one of {', '.join(map(repr, WAYS))}, got {objects!r}")
    votes, k = given_only(votes), votes.labels.units.k
    if objects == "merged" or (objects == "auto" and not are_objects(votes)):
        pictures = picture_canvases(votes)
        return Laid(votes, pictures, said_on(pictures, k), None)
    cast = cast_of(votes)
    found = matched(votes, cast, pairs_between_workers(votes, cast), SAME)
    there = presence(found.cluster, cast.worker, found.item, looks(votes), np.ones(votes.w))
    y, named = likeliest_class(cast, found, votes.w, k)
    drawn = object_canvases(votes, cast.worker, found.cluster, found.item, y)
    return Laid(votes, drawn, said_on(drawn, k), Objects(cast, found, there, y, named))


def consensus_of(
    over: Laid, answer: Decided, least: float, trace: Floats, info: dict[str, Any]
) -> Consensus[Grouped[Regions]]:
    """The answer as labels, with the skill of each worker.

    least: objects are kept that are there with a chance above it.
    Adds to ``info`` "p" (regions,), the chance that a region is right (the mean over its pixels,
    times the chance that an object is there and of this class), "risk" (n,), the mean over the
    pixels that somebody drew of the chance that the answer is wrong, "seen" (n,), how many workers
    looked, and "objects", whether masks were matched; then also those of ``object_consensus``.
    """
    names, n, w = over.votes.labels.units.names, over.votes.n, over.votes.w
    info = {**info, "risk": risks(over.canvases, over.said, 1 - answer.p, n)}
    if over.objects is None:
        labels, p = as_class_maps(over.canvases, over.said, answer, names, n)
        skill, seen = right_pixels(over.said, answer, w), cast_of(over.votes).seen
        return Consensus(labels, skill, trace, {**info, "p": p, "seen": seen, "objects": False})
    regions, mean, place = as_objects(over.canvases, over.said, answer, names)
    found = object_consensus(over, over.objects, regions, mean, place, least)
    right = _overlap(over, over.objects, answer)
    chance, look = over.objects.there.chance, looks(over.votes)
    skill = overlap_with_truth(over.objects.cast, over.objects.found, chance, right, look, w)
    return replace(found, skill=skill, trace=trace, info={**info, **found.info})


def object_consensus(
    over: Laid,
    known: Objects,
    regions: Regions,
    mean: Floats,
    place: Ints,
    least: float,
) -> Consensus[Grouped[Regions]]:
    """Regions of objects as labels: those that are there with a chance above ``least``, which is
    their ``score``.

    mean: the mean chance of each region's pixels.  place: the object that each region is of.
    ``info`` holds "p" (regions,), "drawn" (regions,), how many workers drew each, "seen" (n,), and
    "sees" (w,), the share that each worker draws of what is there.
    """
    chance = known.there.chance[place]
    kept = chance > least
    place, mean, chance = place[kept], mean[kept], chance[kept]
    units = regions.take(np.flatnonzero(kept))
    runs = units.start, units.length, units.offsets, units.size
    offsets = np.searchsorted(known.found.item[place], np.arange(over.votes.n + 1))
    labels = Grouped(Regions(units.y, *runs, units.names, score=chance), offsets)
    info = {
        "p": mean * chance * known.named[place],
        "drawn": np.bincount(known.found.cluster, minlength=len(known.found))[place],
        "seen": known.cast.seen,
        "sees": known.there.drawn,
        "objects": True,
    }
    return Consensus(labels, info=info)


def _overlap(over: Laid, known: Objects, answer: Decided) -> Floats:
    """(m,) intersection over union of each region with the answer for its object; 0 where another
    class is the answer.
    """
    cast, found, said = known.cast, known.found, over.said
    w = max(over.votes.w, 1)
    key = said.canvas[said.of] * np.int64(w) + said.who
    mine, right = said.y >= 0, answer.y[said.of] >= 0
    pixels = said.pixels[said.of]
    own = found.cluster * np.int64(w) + cast.worker
    keys, at = np.unique(key, return_inverse=True)
    both = np.bincount(at, pixels * (mine & right), len(keys))
    any_ = np.bincount(at, pixels * (mine | right), len(keys))
    iou = np.divide(both, any_, out=np.zeros(len(keys)), where=any_ > 0)
    alike = cast.y == known.y[found.cluster]
    return np.asarray(iou[np.searchsorted(keys, own)] * alike if len(own) else np.zeros(0))


def right_pixels(said: Said, answer: Decided, w: int) -> Floats:
    """(w,) the expected share of the pixels that somebody drew on which each worker is right; NaN
    for a worker without one.
    """
    drawn = np.bincount(said.of, said.y >= 0, len(said.pixels)) > 0
    pixels = (said.pixels * drawn)[said.of]
    total = np.bincount(said.who, pixels, w)
    right = np.bincount(said.who, pixels * answer.of_said(said), w)
    return np.asarray(np.divide(right, total, out=np.full(w, np.nan), where=total > 0))


def as_class_maps(
    canvases: Sequence[Canvas],
    said: Said,
    answer: Decided,
    names: tuple[str, ...],
    n: int,
) -> tuple[Grouped[Regions], Floats]:
    """The answer as regions, the connected parts of each class, and the mean chance of each."""
    parts, chances = dict[int, tuple[Runs, Ints]](), list[Floats]()
    reach = np.searchsorted(said.canvas, np.arange(len(canvases) + 1))
    for one, a, b in pieces(canvases, reach):
        y, p = answer.y[a:b][one.pattern], answer.p[a:b][one.pattern]
        runs, codes = class_parts(np.repeat(y, one.length).reshape(one.size))
        parts[one.item] = runs, codes
        chances.append(means_over(runs, one.start, p))
    return _grouped(parts, {one.item: one.size for one in canvases}, names, n), _chain(chances)


def as_objects(
    canvases: Sequence[Canvas], said: Said, answer: Decided, names: tuple[str, ...]
) -> tuple[Regions, Floats, Ints]:
    """The answer as regions, one a canvas, the mean chance of each, and the canvas of each; those
    on which no pixel is left are left out.
    """
    reach = np.searchsorted(said.canvas, np.arange(len(canvases) + 1))
    rows: list[tuple[Runs, int, tuple[int, int]]] = []
    chances, kept = list[float](), list[int]()
    for place, (one, a, b) in enumerate(pieces(canvases, reach)):
        y, p = answer.y[a:b][one.pattern], answer.p[a:b][one.pattern]
        there = y >= 0
        if not there.any():
            continue
        start, length = one.start[there], one.length[there]
        runs = joined(np.zeros(len(start), np.int64), start, start + length, 1)
        rows.append((runs, int(y[there][0]), one.size))
        chances.append(float((p[there] * length).sum() / length.sum()))
        kept.append(place)
    units = regions_of_runs(rows, names)
    return units, np.array(chances), np.array(kept, dtype=np.int64)


def regions_of_runs(
    rows: Sequence[tuple[Runs, int, tuple[int, int]]], names: tuple[str, ...]
) -> Regions:
    """Regions of one's runs, class and size of the picture each."""
    none = np.zeros(0, np.int64)
    return Regions(
        np.array([y for _, y, _ in rows], np.int64),
        np.concatenate([none, *(runs.start for runs, _, _ in rows)]),
        np.concatenate([none, *(runs.length for runs, _, _ in rows)]),
        np.cumsum([0, *(len(runs.start) for runs, _, _ in rows)]),
        np.array([size for *_, size in rows], np.int64).reshape(-1, 2),
        names,
    )


def means_over(runs: Runs, start: Ints, value: Floats) -> Floats:
    """(m,) the mean over the pixels of each region of what has one value on each stretch.

    >>> runs = Runs(np.array([1]), np.array([4]), np.array([0, 1]))
    >>> means_over(runs, np.array([0, 3]), np.array([1.0, 0.5])).tolist()
    [0.75]
    """
    reached = np.append(0.0, np.cumsum(value[:-1] * np.diff(start)))

    def upto(pixel: Ints) -> Floats:
        at = np.searchsorted(start, pixel, side="right") - 1
        return np.asarray(reached[at] + (pixel - start[at]) * value[at])

    total = upto(runs.start + runs.length) - upto(runs.start)
    owner = np.repeat(np.arange(len(runs)), np.diff(runs.offsets))
    pixels = np.bincount(owner, runs.length, len(runs))
    return np.asarray(np.bincount(owner, total, len(runs)) / np.maximum(pixels, 1))


def risks(canvases: Sequence[Canvas], said: Said, risk: Floats, n: int) -> Floats:
    """(n,) the mean ``risk`` (u,) over the pixels that somebody drew, NaN where nobody drew one."""
    drawn = np.bincount(said.of, said.y >= 0, len(said.pixels)) > 0
    item = np.array([one.item for one in canvases], np.int64)[said.canvas]
    pixels = np.bincount(item, said.pixels * drawn, n)
    total = np.bincount(item, said.pixels * drawn * risk, n)
    return np.asarray(np.divide(total, pixels, out=np.full(n, np.nan), where=pixels > 0))


def _grouped(
    parts: dict[int, tuple[Runs, Ints]],
    sizes: dict[int, tuple[int, int]],
    names: tuple[str, ...],
    n: int,
) -> Grouped[Regions]:
    none = np.zeros(0, np.int64)
    count = np.array([len(parts[i][1]) if i in parts else 0 for i in range(n)], np.int64)
    some = [parts[i][0] for i in sorted(parts)]
    runs = np.concatenate([none, *(np.diff(one.offsets) for one in some)])
    size = np.array([sizes[i] for i in sorted(parts)], np.int64).reshape(-1, 2)
    units = Regions(
        np.concatenate([none, *(parts[i][1] for i in sorted(parts))]),
        np.concatenate([none, *(one.start for one in some)]),
        np.concatenate([none, *(one.length for one in some)]),
        np.append(0, np.cumsum(runs)),
        np.repeat(size, count[sorted(parts)], axis=0),
        names,
    )
    return Grouped(units, np.append(0, np.cumsum(count)))


def _chain(parts: Sequence[Any]) -> Floats:
    return np.concatenate([np.zeros(0), *parts])
