"""Part shapes of the suite votes: boxes, class maps, masks and objects in generated scenes,
drawn by planted annotators; single workers, a majority and crowd-kit beside the consensus.

Defaults were chosen on seeds below ``JUDGED``.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench import peer
from reliabel.bench.learn_sections import Section
from reliabel.bench.mask_worlds import SIZE, as_maps, as_regions
from reliabel.bench.run import Row
from reliabel.bench.shape_votes import (
    box_votes,
    even,
    mask_votes,
    of_maps,
    of_objects,
    stacked,
    there,
)
from reliabel.bench.suite_parts import Scenario, cost_section, percent
from reliabel.core.labels import Bools, Grouped, Votes

JUDGED, DRAWS, SCENES = 1000, 5, 40
PATIENCE = 900  # seconds that a peer may take
BOXES: dict[str, dict[str, Any]] = {
    "five workers": {"bad": even(5), "each": 5},
    "three workers": {"bad": even(3), "each": 3},
    "five of twelve": {"bad": even(12), "each": 5},
    "one good of five": {"bad": np.array([0.1, 1, 1, 1, 1]), "each": 5},
    "all good": {"bad": np.zeros(5), "each": 5},
    "all bad": {"bad": np.ones(5), "each": 5},
}
MASKS = ("masks", "maps", "objects")
METHODS = ("staple", "mask_majority", "polygon_consensus", "mask_averaging")
PEERS = ("SegmentationMajorityVote", "SegmentationEM", "SegmentationRASA")
SINGLE = ("best worker", "mean worker")
COST = (100, 10, (512, 512))  # pictures, workers, size


def scenarios(*, quick: bool, data: Path | None) -> Mapping[str, Scenario]:
    """Each world, and the cost."""
    draws = 1 if quick else DRAWS
    found: dict[str, Scenario] = {
        f"shapes-boxes, {name}": partial(_boxes, f"shapes-boxes, {name}", words, draws)
        for name, words in BOXES.items()
    }
    found |= {
        f"shapes-{kind}": partial(_masks, f"shapes-{kind}", kind, draws, 10 if quick else SCENES)
        for kind in MASKS
    }
    return found | {"shapes-cost": partial(_cost, COST[0] // 10 if quick else COST[0])}


def _mean(scenario: str, method: str, told: list[dict[str, float]], cpu: float = 0.0) -> list[Row]:
    return [
        Row(
            scenario,
            "",
            "",
            0,
            method,
            name,
            float(np.mean([one[name] for one in told])),
            cpu_s=cpu,
        )
        for name in told[0]
    ]


def _boxes(scenario: str, words: Mapping[str, Any], draws: int) -> list[Row]:
    from reliabel.aggregators import box_fusion

    told: dict[str, list[dict[str, float]]] = {"box_fusion": [], "half of the workers": []}
    each: list[list[dict[str, float]]] = []
    chances: list[dict[str, float]] = []
    cpu = 0.0
    for seed in range(draws):
        votes, truth = box_votes(JUDGED + seed, SCENES, **words)
        start = time.process_time()
        whole = box_fusion.aggregate(votes, least=0.0)
        cpu += time.process_time() - start
        share = whole.info["drawn"] / whole.info["seen"][whole.labels.item]
        score: Any = whole.labels.units.score
        for method, by in (
            ("box_fusion", score),
            ("half of the workers", share),
        ):
            told[method].append(of_objects(_kept(whole.labels, by > 0.5), truth))
        hit = there(whole.labels, truth)
        both = {"chance": score, "chance by share": share}
        chances.append({name: float(np.mean((p - hit) ** 2)) for name, p in both.items()})
        each.append(_workers(votes, truth))
    rows = [row for method, ones in told.items() for row in _mean(scenario, method, ones, cpu)]
    return rows + _mean(scenario, "box_fusion", chances) + _singles(scenario, each)


def _kept(found: Grouped[Any], keep: Bools) -> Grouped[Any]:
    rows = np.flatnonzero(keep)
    offsets = np.searchsorted(found.item[rows], np.arange(len(found) + 1))
    return Grouped(found.units.take(rows), offsets)


def _workers(votes: Votes[Any], truth: Any) -> list[dict[str, float]]:
    """How each worker does alone, on the pictures that the worker saw."""
    found = []
    for j in range(votes.w):
        rows = np.flatnonzero(votes.worker == j)
        mine = votes.labels.take(rows)
        if isinstance(truth, np.ndarray):
            found.append(of_maps(as_maps(mine, SIZE), truth[votes.item[rows]]))
        else:
            found.append(of_objects(mine, truth.take(votes.item[rows])))
    return found


def _singles(scenario: str, each: list[list[dict[str, float]]]) -> list[Row]:
    """The best and the mean worker by each number."""
    rows = []
    ways: tuple[Any, ...] = (max, np.mean)
    for method, of in zip(SINGLE, ways, strict=True):
        told = [{name: float(of([one[name] for one in ones])) for name in ones[0]} for ones in each]
        rows += _mean(scenario, method, told)
    return rows


def _masks(scenario: str, kind: str, draws: int, scenes: int) -> list[Row]:
    import reliabel as rl

    cases = [mask_votes(JUDGED + seed, scenes, even(5), kind) for seed in range(draws)]

    def judged(labels: Any, truth: Any) -> dict[str, float]:
        if kind == "objects":
            return of_objects(labels, truth)
        return of_maps(as_maps(labels, SIZE), truth)

    rows = _singles(scenario, [_workers(votes, truth) for votes, truth in cases])
    for method in METHODS:
        start = time.process_time()
        found = [rl.aggregate(votes, by=method).labels for votes, _ in cases]
        cpu = time.process_time() - start
        told = [judged(one, truth) for one, (_, truth) in zip(found, cases, strict=True)]
        rows += _mean(scenario, method, told, cpu)
    for method in PEERS if kind == "masks" else ():
        answers = [_peer(method, votes, stacked(votes)) for votes, _ in cases]
        why = next((error for _, _, error in answers if error), None)
        if why:
            rows.append(Row(scenario, "", "", 0, method, "not run", why))
            continue
        told = [
            of_maps(np.where(masks, 0, -1), truth)
            for (masks, _, _), (_, truth) in zip(answers, cases, strict=True)
        ]
        rows += _mean(scenario, method, told, sum(cpu for _, cpu, _ in answers))
    return rows


def _peer(method: str, votes: Votes[Any], masks: Bools) -> tuple[Any, float, str | None]:
    """The masks that crowd-kit makes of the same ones, its CPU seconds, or why there are none."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "votes.npz", Path(folder) / "masks.npz"
        np.savez(source, item=votes.item, worker=votes.worker, masks=masks, n=votes.n)
        said, error = peer.call(
            "crowdkit_masks.py", source, method, target, timeout=PATIENCE, one_thread=True
        )
        if error:
            return None, 0.0, error
        return np.load(target)["masks"], float(json.loads(said)["cpu_s"]), None


def _cost(pictures: int) -> list[Row]:
    """Large masks of a disc each, shifted by each worker: CPU seconds of all."""
    import reliabel as rl

    _, workers, size = COST
    rng = np.random.default_rng(JUDGED)
    down, across = np.mgrid[: size[0], : size[1]]
    middle = rng.uniform(150, 350, (pictures, 1, 2)) + rng.normal(0, 6, (pictures, workers, 2))
    far = [np.hypot(down - y, across - x) < 100 for y, x in middle.reshape(-1, 2).tolist()]
    masks = np.stack(far)
    item, worker = np.repeat(np.arange(pictures), workers), np.tile(np.arange(workers), pictures)
    labels = as_regions(np.where(masks, np.int16(0), np.int16(-1)), ("disc",))
    votes = Votes(item, worker, labels, pictures, workers)
    setting = f"{pictures} pictures of {size[0]} x {size[1]}, {workers} workers"
    rows = []
    for method in METHODS:
        start = time.process_time()
        rl.aggregate(votes, by=method)
        spent = time.process_time() - start
        rows.append(Row("shapes-cost", "", setting, 0, method, "cpu_s", spent))
    for method in PEERS:
        _, spent, error = _peer(method, votes, masks)
        told = ("not run", error) if error else ("cpu_s", spent)
        rows.append(Row("shapes-cost", "", setting, 0, method, told[0], told[1] or 0.0))
    return rows


def sections(rows: list[Row]) -> Iterator[Section]:
    """Tables of the part for docs/bench.md."""
    held = {(row.scenario, row.method, row.metric): row.value for row in rows}
    methods = list(dict.fromkeys(row.method for row in rows if "boxes" in row.scenario))
    yield (
        "**Boxes**: objects found (F1), their overlap with the true box, right classes, in %",
        [
            ["method", *BOXES],
            *([m, *(_three(held, f"shapes-boxes, {name}", m) for name in BOXES)] for m in methods),
        ],
    )
    yield (
        "**Boxes, the chance that an object is there**: mean squared error, of the share of those "
        "who drew it in brackets",
        [
            list(BOXES),
            [
                f"{_number(held.get((f'shapes-boxes, {name}', 'box_fusion', 'chance')))} "
                f"({_number(held.get((f'shapes-boxes, {name}', 'box_fusion', 'chance by share')))})"
                for name in BOXES
            ],
        ],
    )
    others = [row.method for row in rows if row.scenario in {f"shapes-{kind}" for kind in MASKS}]
    yield (
        "**Masks**: intersection over union, in %; of objects how many are found (F1), their "
        "overlap, right classes",
        [
            ["method", "one class", "class maps", "objects"],
            *(
                [
                    m,
                    percent(held.get(("shapes-masks", m, "iou"))),
                    percent(held.get(("shapes-maps", m, "iou"))),
                    _three(held, "shapes-objects", m),
                ]
                for m in dict.fromkeys(others)
            ),
        ],
    )
    yield cost_section("**Cost of masks**", "masks", rows, "shapes-cost")


def _three(held: Mapping[tuple[str, str, str], Any], scenario: str, method: str) -> str:
    values = [percent(held.get((scenario, method, name))) for name in ("found", "iou", "class")]
    return " / ".join(values) if any(values) else ""


def _number(value: Any) -> str:
    try:
        return f"{float(value):.3g}"
    except (TypeError, ValueError):
        return str(value or "")
