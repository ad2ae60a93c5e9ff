"""Part spaces of the suite votes: classes in a tree, and points of spaces with distances, by
planted workers of whom a third are good; plurality, Dawid-Skene and means beside our methods.

Defaults were chosen on seeds below ``JUDGED``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench.learn_sections import Section
from reliabel.bench.run import Row
from reliabel.bench.suite_parts import Scenario
from reliabel.core.labels import Classes, Floats, Ints, Numbers, Votes

JUDGED, DRAWS, ITEMS, WORKERS = 1000, 10, 300, 12
TREES: dict[str, dict[str, Any]] = {
    "18 leaves": {},
    "18 leaves, a third of the votes higher": {"up": 0.33},
    "54 leaves": {"fan": (6, 3, 3)},
    "siblings are mistaken, nothing else": {"steep": (2.5, 1.2)},
    "three votes": {"each": 3},
}
WAYS: dict[str, dict[str, Any]] = {
    "euclid": {},
    "sphere": {},
    "hyperbolic": {},
    "euclid, three votes": {"space": "euclid", "each": 3},
    "euclid, a tenth far off": {"space": "euclid", "wild": 0.1},
    "euclid, workers alike": {"space": "euclid", "error": (0.5, 0.5)},
}
TREE_METRICS = ("wrong leaves", "steps off", "right nodes", "chance told of nodes", "depth")


def scenarios(*, quick: bool, data: Path | None) -> Mapping[str, Scenario]:
    """Each tree and each space."""
    draws = 2 if quick else DRAWS
    found: dict[str, Scenario] = {
        f"spaces-{name}": partial(_tree, f"spaces-{name}", words, draws)
        for name, words in TREES.items()
    }
    found |= {
        f"spaces-{name}": partial(_points, f"spaces-{name}", {"space": name, **words}, draws)
        for name, words in WAYS.items()
    }
    return found | {"spaces-grades": partial(_grades, "spaces-grades", draws)}


def tree(
    seed: int,
    *,
    fan: tuple[int, int, int] = (3, 2, 3),
    up: float = 0.0,
    steep: tuple[float, float] = (1.6, 0.5),
    each: int = 5,
) -> tuple[Votes[Classes], Ints, Floats]:
    """Votes, true leaves (the first classes) and the steps between leaves.  The chance of a leaf
    falls with its steps from the true one, for good workers more steeply.

    up: the share of votes that stop at the parent of the leaf.
    """
    from reliabel.ops.class_tree import class_tree

    rng = np.random.default_rng(seed)
    a, b, c = fan
    inner = [f"n{x} > n{x}.{y}" for x in range(a) for y in range(b)]
    leaves = [f"{node} > {node[-3:]}.{z}" for node in inner for z in range(c)]
    names = tuple(leaves + inner)
    made = class_tree(names)
    at = made.node[: len(leaves)]
    far = made.distances(at)[at].astype(float)
    truth = rng.integers(len(leaves), size=ITEMS)
    item, worker = _cast(rng, each)
    theta = np.where(np.arange(WORKERS) % 3 == 0, *steep)[worker]
    chance = np.exp(-theta[:, None] * far[truth[item]])
    chance /= chance.sum(1, keepdims=True)
    said = (chance.cumsum(1) < rng.random(len(item))[:, None]).sum(1)
    said = np.where(rng.random(len(item)) < up, len(leaves) + said // c, said)
    return Votes(item, worker, Classes(said, names), ITEMS, WORKERS), truth, far


def _cast(rng: np.random.Generator, each: int) -> tuple[Ints, Ints]:
    item = np.repeat(np.arange(ITEMS), each)
    return item, np.concatenate([rng.permutation(WORKERS)[:each] for _ in range(ITEMS)])


def _tree(scenario: str, words: Mapping[str, Any], draws: int) -> list[Row]:
    import reliabel as rl

    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for seed in range(draws):
        votes, truth, far = tree(JUDGED + seed, **words)
        leaves = len(far)
        for by in ("majority", "dawid_skene", "auto", "hierarchy"):
            done = rl.aggregate(votes, by=by)
            leaf = done.labels.p[:, :leaves].argmax(1)
            found[by, "wrong leaves"].append(float((leaf != truth).mean()))
            found[by, "steps off"].append(float(far[leaf, truth].mean()))
        node, names = done.info["node"], votes.labels.names
        right = [
            n == "(any)" or f"{names[t]} >".startswith(f"{n} >")
            for n, t in zip(node, truth, strict=True)
        ]
        found["hierarchy", "right nodes"].append(float(np.mean(right)))
        found["hierarchy", "chance told of nodes"].append(float(done.info["node_p"].mean()))
        found["hierarchy", "depth"].append(
            float(np.mean([0 if n == "(any)" else 1 + n.count(">") for n in node]))
        )
    return _means(scenario, found)


def points(
    seed: int,
    *,
    space: str,
    each: int = 5,
    error: tuple[float, float] = (0.05, 0.8),
    wild: float = 0.0,
) -> tuple[Votes[Numbers], Floats, Floats]:
    """Votes, true points and the root of each worker's mean squared distance (near enough where
    the space is curved).

    wild: the share of votes that are far off.
    """
    from reliabel.ops.metric_spaces import SPACES

    rng = np.random.default_rng(seed)
    item, worker = _cast(rng, each)
    rate = np.where(np.arange(WORKERS) % 3 == 0, *error)
    d = 3 if space == "euclid" else 2
    truth = rng.normal(size=(ITEMS, d))
    ways = rng.normal(size=(len(item), d)) * (rate / np.sqrt(d))[worker][:, None]
    ways[rng.random(len(item)) < wild] *= 10
    if space == "sphere":
        truth = np.column_stack([np.full(ITEMS, 2.0), truth])
        truth /= np.linalg.norm(truth, axis=1, keepdims=True)
        ways = np.column_stack([np.zeros(len(item)), ways])
        ways -= (ways * truth[item]).sum(1, keepdims=True) * truth[item]
    if space == "hyperbolic":
        truth = np.column_stack([np.sqrt(1 + np.square(truth).sum(1)), truth])
        at = truth[item]
        ways = np.column_stack([(at[:, 1:] * ways).sum(1) / at[:, 0], ways])
    x = SPACES[space].go(truth[item], ways)
    return Votes(item, worker, Numbers(x), ITEMS, WORKERS), truth, rate


def _points(scenario: str, words: Mapping[str, Any], draws: int) -> list[Row]:
    import reliabel as rl
    from reliabel.ops.metric_spaces import SPACES

    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    space = words["space"]
    how: dict[str, dict[str, Any]] = {
        "mean": {"by": "metric_space", "space": space, "faith": 1e9},
        "metric_space": {"by": "metric_space", "space": space},
        "metric_space, power 1": {"by": "metric_space", "space": space, "power": 1},
    }
    if space == "euclid":
        how["weighted_mean"] = {"by": "weighted_mean"}
    for seed in range(draws):
        votes, truth, rate = points(JUDGED + seed, **words)
        for method, options in how.items():
            done = rl.aggregate(votes, **options)
            off = SPACES[space].distance(truth, done.labels.y)
            found[method, "distance"].append(float(off.mean()))
            if method == "metric_space" and len(set(rate.tolist())) > 1:
                bad = rate > rate.min()
                told = np.sqrt(np.asarray(done.info["error"]))
                found[method, "errors of bad workers"].append(float((told / rate)[bad].mean()))
                found[method, "good workers told apart"].append(
                    float(told[~bad].max() < told[bad].min())
                )
    return _means(scenario, found)


def _grades(scenario: str, draws: int) -> list[Row]:
    """Seven grades in a row, in which workers are off by a step or by many."""
    import reliabel as rl

    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    k = 7
    far = np.abs(np.subtract.outer(np.arange(k), np.arange(k))).astype(float)
    for seed in range(draws):
        rng = np.random.default_rng(JUDGED + seed)
        item, worker = _cast(rng, 5)
        truth = rng.integers(k, size=ITEMS)
        theta = np.where(np.arange(WORKERS) % 3 == 0, 2.0, 0.3)[worker]
        chance = np.exp(-theta[:, None] * far[truth[item]])
        chance /= chance.sum(1, keepdims=True)
        said = (chance.cumsum(1) < rng.random(len(item))[:, None]).sum(1)
        votes = Votes(item, worker, Classes(said, [str(c) for c in range(k)]), ITEMS, WORKERS)
        for method, options in _GRADERS.items():
            words = {**options, "class_distance": far} if "metric" in method else options
            done = rl.aggregate(votes, **words)
            grade = (
                np.array([int(one) for one in done.info["node"]])
                if "node" in done.info
                else done.labels.p.argmax(1)
            )
            found[method, "distance"].append(float(far[grade, truth].mean()))
    return _means(scenario, found)


_GRADERS: dict[str, dict[str, Any]] = {
    "majority": {"by": "majority"},
    "dawid_skene": {"by": "dawid_skene"},
    "ordinal_dawid_skene": {"by": "ordinal_dawid_skene"},
    "auto": {"by": "auto"},
    "metric_space": {"by": "metric_space"},
    "metric_space, power 1": {"by": "metric_space", "power": 1},
}


def _means(scenario: str, found: Mapping[tuple[str, str], list[float]]) -> list[Row]:
    return [
        Row(scenario, "", "", 0, method, metric, float(np.mean(values)))
        for (method, metric), values in found.items()
    ]


def sections(rows: list[Row]) -> Iterator[Section]:
    """The tables of this part."""
    kept = {(r.scenario.removeprefix("spaces-"), r.method, r.metric): r.value for r in rows}
    methods = {m: None for s, m, _ in kept if s in TREES}
    for metric in TREE_METRICS:
        lines = [["method", *TREES]]
        lines += _lines(kept, methods, TREES, metric)
        if len(lines) > 1:
            yield f"**Classes in a tree: {metric}** ({DRAWS} draws of {ITEMS} items)", lines
    shown = (*WAYS, "grades")
    methods = {m: None for s, m, _ in kept if s in shown}
    lines = [["method", *shown], *_lines(kept, methods, shown, "distance")]
    yield "**Points of spaces, and grades: mean distance to the truth**", lines
    lines = [["", *WAYS]]
    for metric in ("errors of bad workers", "good workers told apart"):
        lines += [[metric, *line[1:]] for line in _lines(kept, ["metric_space"], WAYS, metric)]
    yield "**Errors of workers as metric_space finds them** (1 is exact; share of draws)", lines


def _lines(
    kept: Mapping[tuple[str, str, str], Any], methods: Any, shown: Any, metric: str
) -> list[list[str]]:
    lines = []
    for method in methods:
        values = [kept.get((name, method, metric)) for name in shown]
        if any(value is not None for value in values):
            lines.append([method, *("" if v is None else f"{float(v):.3f}" for v in values)])
    return lines
