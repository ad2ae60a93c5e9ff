"""A simulated detector and a simulated segmenter of generated scenes, whose quality is stated: they
see the truth and err by themselves, as models do that never saw the labels they are asked about.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from reliabel.bench.scenes import CLASSES, SHAPES, Scene
from reliabel.core.labels import Floats, Grouped, Ints
from reliabel.core.objects import Boxes

EXPORT = 0.05  # score under which a detection is not handed out
LIKE = np.array([1, 0, 3, 2, 5, 4])  # the class that each one is mostly taken for
TEMPERATURE = 3.0  # of the segmenter's logits


@dataclass(frozen=True)
class Detector:
    """What a detector does.  It sees ``recall`` of the objects, fewer of small ones, and is sure of
    a share ``sure`` of them; a detection is right as often as its score says, and otherwise of
    another class, badly placed (overlaps of .1 to .6) or on nothing.  Most objects that it does not
    see have a detection of low score.  ``false``: detections on nothing a picture besides, of low
    scores.  ``spread``: standard deviation of each side in shares of the box, three times that
    where it is not sure.  ``ceiling`` multiplies the scores.
    """

    recall: float = 0.95
    sure: float = 0.75
    false: float = 2.0
    spread: float = 0.025
    ceiling: float = 1.0


PLAIN = Detector()
SHY = Detector(ceiling=0.9)  # its scores never reach .95
POOR = Detector(recall=0.85, sure=0.45, false=3.0, spread=0.05)
SPARSE = Detector(ceiling=0.55)  # as one that has learnt from half of the boxes
WEAK = 0.6  # share of the objects not seen that have a detection of low score


def detected(
    truth: Grouped[Boxes], sizes: Ints, rng: Generator, detector: Detector = PLAIN
) -> Grouped[Boxes]:
    """What the detector gives for pictures with these true boxes, by falling score in each;
    ``sizes`` (n, 2) their heights and widths.
    """
    boxes, item, m = truth.units.xyxy, truth.item, len(truth.units)
    side = boxes[:, 2:] - boxes[:, :2]
    large = side.prod(1) / (side.prod(1) + 60)
    sure = rng.random(m) < detector.sure * large
    score = np.where(sure, rng.beta(40, 1, m), rng.beta(3, 1.5, m))
    fate = np.where(rng.random(m) < score, 0, rng.choice([1, 2, 3], m, p=[0.45, 0.25, 0.3]))
    seen = rng.random(m) < detector.recall * large
    found, weak = seen & (fate != 3), rng.random(m) < WEAK
    y = np.where(fate == 1, _taken_for(truth.units.y, rng), truth.units.y)
    placed = _moved(boxes, np.where(sure, detector.spread, 3 * detector.spread), rng)
    off = rng.choice([-1, 1], (m, 2)) * rng.uniform(0.15, 0.45, (m, 2)) * side
    placed = np.where((fate == 2)[:, None], boxes + np.tile(off, 2), placed)
    faint = _moved(boxes, np.full(m, 4 * detector.spread), rng)
    named = np.where(rng.random(m) < 0.6, truth.units.y, _taken_for(truth.units.y, rng))
    # besides: the same place with another class, and almost the same place, both less likely
    again = (placed, _taken_for(y, rng), (1 - score) * rng.uniform(0.2, 1, m))
    near = (_moved(placed, np.full(m, 0.12), rng), y, score * rng.uniform(0.1, 0.5, m))
    parts = [
        (item[some], place[some], its[some], sc[some])
        for (place, its, sc), some in (
            ((placed, y, score), found),
            ((faint, named, EXPORT + rng.beta(1, 6, m)), ~found & weak),
            (again, found & (rng.random(m) < 0.25)),
            (near, found & (rng.random(m) < 0.15)),
        )
    ]
    lost = score[seen & (fate == 3)]  # its detection is somewhere else
    for some in (lost, rng.beta(1, 6, int(rng.poisson(detector.false * len(sizes))))):
        parts.append((*_nowhere(len(some), side, sizes, rng), some))
    item, xyxy, y, score = (np.concatenate(column) for column in zip(*parts, strict=True))
    score = score * detector.ceiling
    high, wide = sizes[item].T
    xyxy = np.clip(xyxy, 0, np.stack([wide, high, wide, high], 1))
    able = (score >= EXPORT) & (xyxy[:, 2:] - xyxy[:, :2] >= 2).all(1)
    order = np.flatnonzero(able)[np.lexsort([-score[able], item[able]])]
    offsets = np.concatenate([[0], np.cumsum(np.bincount(item[order], minlength=len(sizes)))])
    units = Boxes(xyxy[order].round(2), y[order], truth.units.names, score=score[order])
    return Grouped(units, offsets)


def _moved(boxes: Floats, spread: Floats, rng: Generator) -> Floats:
    """Each side moved by chance, ``spread`` (m,) its standard deviation in shares of the box."""
    side = np.tile(boxes[:, 2:] - boxes[:, :2], 2)
    return np.asarray(boxes + rng.normal(0, 1, boxes.shape) * side * spread[:, None])


def _taken_for(y: Ints, rng: Generator) -> Ints:
    """Another class for each: in seven of ten the one that it is like."""
    any_other = (y + rng.integers(1, len(SHAPES), len(y))) % len(SHAPES)
    return np.where(rng.random(len(y)) < 0.7, LIKE[y], any_other)


def _nowhere(many: int, sides: Floats, sizes: Ints, rng: Generator) -> tuple[Ints, Floats, Ints]:
    """Picture, box and class of detections at chance places, of sizes that boxes have."""
    item = rng.integers(0, len(sizes), many)
    side = sides[rng.integers(0, len(sides), many)] if len(sides) else np.full((many, 2), 20.0)
    start = rng.random((many, 2)) * np.maximum(sizes[item][:, ::-1] - side, 0)
    return item, np.concatenate([start, start + side], 1), rng.integers(0, len(SHAPES), many)


@dataclass(frozen=True)
class Segmenter:
    """What a segmenter does.  It does not see a share ``blind`` of the objects and takes a share
    ``confused`` of them for another class, more or less surely; it moves edges by some ``drift``
    pixels (standard deviation), and its logits have smooth noise of ``noise``.
    """

    blind: float = 0.04
    confused: float = 0.06
    drift: float = 1.0
    noise: float = 0.9


def segmented(seen: Scene, rng: Generator, segmenter: Segmenter = Segmenter()) -> Floats:
    """(k, h, w) float32, the chances of ``CLASSES`` that the segmenter gives each pixel."""
    from scipy.ndimage import gaussian_filter, map_coordinates

    truth, k = seen.class_map, len(CLASSES)
    size = truth.shape
    mix = (truth == np.arange(k)[:, None, None]).astype(np.float32)
    for j, y in enumerate(seen.y):
        chance = rng.random()
        if chance > segmenter.blind + segmenter.confused:
            continue
        mask, part = seen.on_top == j, rng.uniform(0.3, 1)
        other = 2 + int(_taken_for(np.array([y]), rng)[0])
        instead = seen.ground[mask].astype(int) if chance < segmenter.blind else other
        mix[:, mask] *= 1 - part
        mix[instead, mask] += part
    step = gaussian_filter(rng.normal(0, 1, (2, *size)), (0, 6, 6))
    step *= segmenter.drift / max(float(step.std()), 1e-9)
    grid = np.indices(size) + step
    soft = np.stack([
        map_coordinates(one, grid, order=1, mode="nearest") if one.any() else one
        for one in gaussian_filter(mix, (0, 1, 1))
    ])  # fmt: skip
    rough = gaussian_filter(rng.normal(0, 1, (k, *size)).astype(np.float32), (0, 4, 4))
    logits = 2 * soft + segmenter.noise * rough / max(float(rough.std()), 1e-9) * 0.5
    logits *= TEMPERATURE
    p = np.exp(logits - logits.max(0))
    return np.asarray(p / p.sum(0), dtype=np.float32)
