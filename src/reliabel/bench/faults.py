"""Suite faults: faults of the data that were planted, found by their name or missed, and false
alarms on the same data before anything was planted.

A kind of fault is a function in a file ``fault_*.py`` of this folder that makes a ``World``; its
name in ``WORLDS`` is the scenario.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench.fault_copies import pictures_with_copies, texts_with_copies, texts_with_leaks
from reliabel.bench.fault_worlds import Kept, World
from reliabel.bench.run import Row, Table
from reliabel.core.labels import Floats
from reliabel.core.run import track

# scenario -> what makes its world of real data (None where there are none), chance and --quick
WORLDS: Mapping[str, Callable[[Path | None, np.random.Generator, bool], World]] = {
    "copies_pictures_patches": partial(pictures_with_copies, "image_patches"),
    "copies_texts_tfidf": partial(texts_with_copies, "text_tfidf"),
    "leaks_texts_tfidf": partial(texts_with_leaks, "text_tfidf"),
    "copies_pictures_efficientnet": partial(pictures_with_copies, "image_efficientnet"),
}
SLOW = frozenset(["copies_pictures_efficientnet"])  # left out with --quick


def run(table: Table, *, quick: bool, data: Path | None) -> None:
    """Write the rows of every scenario that is not there yet."""
    for scenario, make in track("scenarios", list(WORLDS.items())):
        if table.has(scenario) or (quick and scenario in SLOW):
            continue
        try:
            world = make(data, np.random.default_rng(0), quick)
        except FileNotFoundError as missing:
            table.add([Row(scenario, "", "", 0, "reliabel", "not run", str(missing))])
            continue
        with world.folder:
            rows = list(_measured(world))
        table.add([Row(scenario, world.dataset, kind, 0, world.by, *rest) for kind, *rest in rows])


def _measured(world: World) -> Iterator[tuple[Any, ...]]:
    """Rows: kind, metric, value, low, high, CPU seconds."""
    before = Counter(kind for _, kind in _found(world.before)[0]) if world.before else Counter()
    known = set(_found(world.before)[0]) if world.before else set()
    found, cpu = _found(world.after)
    sets = [set(items) for items, _ in found]
    where: dict[int, list[int]] = {}
    for place, items in enumerate(sets):
        for item in items:
            where.setdefault(item, []).append(place)
    hits: set[int] = set()
    for kind in dict.fromkeys(kind for _, kind in world.planted):
        at = [
            [f for f in where.get(min(items), []) if items <= sets[f]]
            for items, of in world.planted
            if of == kind
        ]
        hits |= {f for some in at for f in some}
        named = sum(any(found[f][1] == kind for f in some) for some in at)
        yield kind, "planted", float(len(at)), "", "", ""
        yield kind, "recall", *_share(sum(map(bool, at)), len(at)), ""
        yield kind, "recall by name", *_share(named, len(at)), ""
    for kind in dict.fromkeys(kind for _, kind in world.planted):
        mine = [f for f, (_, of) in enumerate(found) if of == kind and found[f] not in known]
        yield kind, "precision", *_share(sum(f in hits for f in mine), len(mine)), ""
        yield kind, "found before planting", float(before[kind]), "", "", ""
    yield "all", "faults", float(len(found)), "", "", ""
    yield "all", "cpu_s", cpu, "", "", ""
    yield "all", "items", float(world.n), "", "", ""


def _found(call: Callable[[], Kept]) -> tuple[list[tuple[tuple[int, ...], str]], float]:
    """The faults of an auditor and the CPU seconds that it took."""
    start = time.process_time()
    faults = call()
    return list(zip(faults.items, faults.kind, strict=True)), time.process_time() - start


def _share(hits: int, of: int) -> tuple[float, float | str, float | str]:
    if not of:
        return float("nan"), "", ""
    from reliabel.ops.agreement import wilson

    low, high = wilson(np.array([hits]), np.array([of]))
    return hits / of, _one(low), _one(high)


def _one(value: Floats) -> float:
    return float(value[0])


def lines(rows: list[Row]) -> list[list[str]]:
    """A line for each scenario and planted kind."""
    metrics = ("planted", "recall", "recall by name", "precision", "found before planting")
    cells: dict[tuple[str, str, str], dict[str, Row]] = {}
    for row in rows:
        cells.setdefault((row.scenario, row.dataset, row.setting), {})[row.metric] = row
    head = ["scenario", "data", "kind", *metrics]
    return [
        head,
        *(
            [*key, *(_cell(by.get(metric)) for metric in metrics)]
            for key, by in cells.items()
            if "planted" in by
        ),
    ]


def _cell(row: Row | None) -> str:
    if row is None or isinstance(row.value, str) or row.value != row.value:
        return ""
    if row.low == "":
        return f"{row.value:,.0f}"
    return f"{row.value:.3f} ({row.low:.3f} to {row.high:.3f})"
