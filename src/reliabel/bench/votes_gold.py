"""Part gold of the suite votes: what known answers teach about workers where votes are on anything,
measured on what is not known; and outlines of objects beside a majority of pixels.

The worlds have few votes of each worker, or workers of whom most answer the wrong way round: where
many votes already tell how good a worker is, known answers add little or nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import expit

from reliabel.bench.learn_sections import Section
from reliabel.bench.mask_worlds import SIZE, as_maps, as_regions
from reliabel.bench.run import Row
from reliabel.bench.shape_votes import box_votes, even, mask_votes, of_maps, of_objects
from reliabel.bench.span_annotators import few_good, grouped, sentences, span_f1, voted
from reliabel.bench.suite_parts import Scenario, percent
from reliabel.bench.votes_orders import wrong_pairs
from reliabel.core.known_answers import KnownAnswers
from reliabel.core.labels import Grouped, Numbers, Votes
from reliabel.core.orders import Comparisons

JUDGED, DRAWS = 1000, 5
THINGS, KNOWN_THINGS, SENTENCES, SCENES, KNOWN = 30, 8, 240, 30, 1 / 3
WITHOUT, WITH = "without known answers", "with known answers"


def scenarios(*, quick: bool, data: Path | None) -> Mapping[str, Scenario]:
    """Comparisons, spans, boxes, masks, and outlines."""
    draws = 1 if quick else DRAWS
    made: dict[str, Callable[[int], tuple[float, float]]] = {
        "gold-comparisons": _comparisons,
        "gold-spans": partial(_spans, data),
        "gold-boxes": _boxes,
        "gold-masks": _masks,
    }
    found: dict[str, Scenario] = {
        name: partial(_both, name, make, draws) for name, make in made.items()
    }
    return found | {"gold-outlines": partial(_outlines, draws)}


def _both(name: str, make: Callable[[int], tuple[float, float]], draws: int) -> list[Row]:
    each = np.array([make(JUDGED + seed) for seed in range(draws)])
    return [
        Row(name, "", "", 0, method, "right", float(value))
        for method, value in zip((WITHOUT, WITH), each.mean(0), strict=True)
    ]


def _comparisons(seed: int) -> tuple[float, float]:
    """Pairs in the right order by Crowd-BT where two thirds of the workers answer the wrong way
    round, and the strengths of eight things of thirty are known.
    """
    import reliabel as rl

    rng = np.random.default_rng(seed)
    s, m, w = rng.standard_normal(THINGS), 3000, 21
    left = rng.integers(0, THINGS, m)
    right = (left + rng.integers(1, THINGS, m)) % THINGS
    worker = rng.integers(0, w, m)
    follows = np.where(np.arange(w) % 3 == 0, 0.9, 0.1)[worker]
    p = expit(s[left] - s[right])
    y = (rng.random(m) > follows * p + (1 - follows) * (1 - p)).astype(np.int64)
    low, high = np.minimum(left, right), np.maximum(left, right)
    item = np.unique(low * THINGS + high, return_inverse=True)[1].ravel()
    votes = Votes(item, worker, Comparisons(left, right, y, THINGS), int(item.max()) + 1, w)
    known = KnownAnswers(Numbers(s[:KNOWN_THINGS]), np.arange(KNOWN_THINGS))
    rest = slice(KNOWN_THINGS, None)
    found = (rl.aggregate(votes, by="crowd_bradley_terry", gold=gold) for gold in (None, known))
    without, taught = (1 - wrong_pairs(one.labels.y[rest], s[rest]) for one in found)
    return without, taught


def _first(truth: Any, known: int) -> Any:
    """The label set of which only the first groups are known."""
    count = np.diff(truth.offsets) * (np.arange(len(truth)) < known)
    units = truth.units.take(np.arange(int(truth.offsets[known])))
    return Grouped(units, np.append(0, np.cumsum(count)))


def _spans(data: Path | None, seed: int) -> tuple[float, float]:
    """F1 of spans by three of 36 workers a sentence, of whom twelve are careful."""
    import reliabel as rl

    if data is None:
        raise FileNotFoundError("set RELIABEL_DATA to the folder that holds text")
    rng = np.random.default_rng(seed)
    words, marks = sentences(data, SENTENCES, seed)
    truth = grouped(marks)
    votes = voted(words, marks, few_good(rng, 36), 3, rng)
    known = int(KNOWN * SENTENCES)
    use = np.arange(SENTENCES) >= known
    found = [
        rl.aggregate(votes, by="span_votes", gold=gold).labels
        for gold in (None, _first(truth, known))
    ]
    return span_f1(found[0], truth, use), span_f1(found[1], truth, use)


def _boxes(seed: int) -> tuple[float, float]:
    """F1 of boxes by three workers, of whom one is good."""
    import reliabel as rl

    votes, truth = box_votes(seed, SCENES, np.array([0.0, 1.0, 1.0]), 3)
    known = int(KNOWN * SCENES)
    rest = np.arange(known, SCENES)
    found = [
        rl.aggregate(votes, gold=gold).labels.take(rest) for gold in (None, _first(truth, known))
    ]
    there = truth.take(rest)
    return of_objects(found[0], there)["found"], of_objects(found[1], there)["found"]


def _masks(seed: int) -> tuple[float, float]:
    """Mean overlap of class maps by ``mask_averaging`` of two good and three bad workers."""
    import reliabel as rl

    many = SCENES // 2
    votes, truth = mask_votes(seed, many, np.array([0.0, 0.0, 1.0, 1.0, 1.0]), "masks")
    known = int(KNOWN * many)
    gold = _first(as_regions(truth, ("thing",)), known)
    found = [
        as_maps(rl.aggregate(votes, by="mask_averaging", gold=one).labels, SIZE)[known:]
        for one in (None, gold)
    ]
    return of_maps(found[0], truth[known:])["iou"], of_maps(found[1], truth[known:])["iou"]


def _outlines(draws: int) -> list[Row]:
    """Outlines of matched objects: how far they lie from the true ones in pixels, and of how many
    corners the polygons are.
    """
    import reliabel as rl

    told: dict[tuple[str, str], list[float]] = {}
    for seed in range(draws):
        votes, truth = mask_votes(JUDGED + seed, SCENES // 2, even(5), "objects")
        for method in ("polygon_consensus", "mask_majority"):
            found = rl.aggregate(votes, by=method)
            told.setdefault((method, "pixels off"), []).append(_off(found.labels, truth))
            if "polygons" in found.info:
                rings = [ring for one in found.info["polygons"] for ring in one]
                told.setdefault((method, "corners"), []).append(
                    float(np.mean([len(ring) / 2 for ring in rings]))
                )
    return [
        Row("gold-outlines", "", "", 0, method, metric, float(np.mean(values)))
        for (method, metric), values in told.items()
    ]


def _off(found: Any, truth: Any) -> float:
    """The mean distance of the edge pixels of found objects from the edges of the true ones that
    they overlap by half or more.
    """
    from scipy.ndimage import distance_transform_edt

    from reliabel.ops.match import greedy
    from reliabel.ops.regions import edge_pixels, mask_of, overlaps

    mine, other, iou = overlaps(found.units, truth.units, (found.item, truth.item))
    near = iou >= 0.5
    mine, other = mine[near], other[near]
    taken = greedy(mine, other, iou[near])
    far = []
    for one, two in zip(mine[taken].tolist(), other[taken].tolist(), strict=True):
        masks = (mask_of(side.units, row, SIZE) for side, row in ((found, one), (truth, two)))
        here, there = (np.pad(mask, 1) for mask in masks)
        far.append(float(distance_transform_edt(~edge_pixels(there))[edge_pixels(here)].mean()))
    return float(np.mean(far)) if far else float("nan")


def sections(rows: list[Row]) -> Iterator[Section]:
    """Tables of the part for docs/bench.md."""
    value = {(r.scenario, r.method, r.metric): r.value for r in rows}
    worlds = ("comparisons", "spans", "boxes", "masks")
    yield (
        "**What known answers teach** where the votes alone say little of the workers (elsewhere "
        "they add little), measured where nothing is known, in %: pairs in the right order (two "
        "thirds of the workers answer the wrong way round), F1 of spans and boxes, overlap of "
        "masks",
        [
            ["", *worlds],
            *(
                [method, *(percent(value.get((f"gold-{one}", method, "right"))) for one in worlds)]
                for method in (WITHOUT, WITH)
            ),
        ],
    )
    mine = [r for r in rows if r.scenario == "gold-outlines"]
    yield (
        "**Outlines of objects**: pixels off the true outline, and corners of a polygon",
        [["method", "", "value"], *([r.method, r.metric, f"{r.value:.2f}"] for r in mine)],
    )
