"""Suite faults: faults of the data that were planted, found by their name or missed, and false
alarms on the same data before anything was planted and on data without a fault.

A kind of fault is a function in a file ``fault_*.py`` of this folder that makes a ``World``; its
name in ``WORLDS`` is the scenario.  Rows ``beside_...`` are the default audit beside cleanlab's
Datalab on the same planted data (``fault_peers.py``).
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench import fault_columns, fault_nulls, fault_peers, fault_pictures, fault_slices
from reliabel.bench import fault_splits as of_splits
from reliabel.bench import fault_texts as of_texts
from reliabel.bench.child import traced
from reliabel.bench.fault_copies import pictures_with_copies, texts_with_copies, texts_with_leaks
from reliabel.bench.fault_worlds import Kept, Scenario, World
from reliabel.bench.run import Row, Table
from reliabel.core.labels import Floats
from reliabel.core.run import track

_SORTED = ("sorted by class", "order", "order within classes")
# None: the default audit beside Datalab; pictures come last, they take longest
WORLDS: Mapping[str, Scenario | None] = {
    "leaks_by_group": Scenario(of_splits.leaking_groups, 5),
    "slices_made": Scenario(fault_slices.made_slices, 10),
    "slices_texts": Scenario(fault_slices.text_slices, 5),
    "length_of_texts": Scenario(of_texts.telling_length, 10),
    "rows_by_class": Scenario(partial(of_splits.sorted_rows, _SORTED[:1]), 3),
    "rows_by_time": Scenario(partial(of_splits.sorted_rows, _SORTED[1:2]), 3),
    "rows_by_class_and_time": Scenario(partial(of_splits.sorted_rows, _SORTED[::2]), 3),
    "rows_of_texts_by_class": Scenario(of_splits.sorted_texts, 3),
    "class_counts": Scenario(of_splits.class_counts, 20),
    "drift": Scenario(of_splits.drift, 5),
    "personal_data": Scenario(of_texts.personal_data),
    "personal_data_faker": Scenario(of_texts.foreign_personal_data),
    "columns": Scenario(fault_columns.null_columns, 10),
    "target_leakage": Scenario(fault_columns.target_leakage, 10),
    "encoding": Scenario(of_texts.encoding),
    "broken_texts": Scenario(of_texts.broken),
    "null_order_of_rows": Scenario(fault_nulls.rows, 400, 20, 0.01 * fault_nulls.TESTS),
    "null_splits": Scenario(fault_nulls.splits, 300, 10, 0.05),
    "null_class_counts": Scenario(fault_nulls.shares, 3000, 100, 0.001),
    "null_slices": Scenario(fault_nulls.slices, 200, 20, 0.05),
    "null_properties": Scenario(fault_nulls.properties, 100, 10, 0.05),
    "null_missing_values": Scenario(fault_nulls.gaps, 1000, 20, 0.01),
    "null_target_leakage": Scenario(fault_nulls.leaks, 100, 10),
    "null_copies": Scenario(fault_nulls.copies, 100, 10),
    "null_pictures": Scenario(fault_nulls.pictures, 100, 4, 0.05),
    **dict.fromkeys(fault_peers.WORLDS),
    "copies_texts_tfidf": Scenario(partial(texts_with_copies, "text_tfidf")),
    "leaks_texts_tfidf": Scenario(partial(texts_with_leaks, "text_tfidf")),
    "watermark_textures": Scenario(fault_pictures.marked_textures, 5),
    "watermark_photographs": Scenario(fault_pictures.marked_photographs, 5),
    "spoilt_textures": Scenario(fault_pictures.faulty_textures, 5),
    "spoilt_photographs": Scenario(fault_pictures.faulty_photographs, 5),
    "copies_pictures_patches": Scenario(partial(pictures_with_copies, "image_patches")),
    "copies_pictures_efficientnet": Scenario(
        partial(pictures_with_copies, "image_efficientnet"), slow=True
    ),
}
Found = tuple[tuple[int, ...], str]
ALIKE = "look-alikes"


def run(table: Table, *, quick: bool, data: Path | None) -> None:
    """Write the rows of every scenario that is not there yet."""
    for name, scenario in track("scenarios", list(WORLDS.items())):
        if table.has(name) or (quick and scenario is not None and scenario.slow):
            continue
        if scenario is None:
            table.add(fault_peers.rows_of(name, quick=quick, data=data, place=table.path.parent))
            continue
        try:
            table.add(rows_of(name, scenario, quick=quick, data=data))
        except FileNotFoundError as missing:
            table.add([Row(name, "", "", 0, "reliabel", "not run", str(missing))])


def rows_of(name: str, scenario: Scenario, *, quick: bool, data: Path | None) -> list[Row]:
    """The rows of a scenario over its draws.

    Raises FileNotFoundError where it needs data that are not there.
    """
    draws = min(scenario.draws, scenario.few) if quick else scenario.draws
    count, alarms, cpu, memory = Counter[tuple[str, str]](), 0, [], 0.0
    for draw in track(name, range(draws)):
        world = scenario.make(data, np.random.default_rng(draw), quick)
        with world.folder:
            counted, seconds = _counted(world)
            memory = memory if draw else traced(world.after)
        count.update(counted)  # keeps what is 0
        alarms += counted["all", "faults"] > 0
        cpu.append(seconds)
    values = _rates(count) if world.planted else _alarms(alarms, draws, scenario.level)
    costs = [
        ("all", "draws", float(draws), "", "", ""),
        ("all", "items", float(world.n), "", "", ""),
        ("all", "cpu_s", float(np.mean(cpu)), "", "", ""),
        ("all", "extra_mib", memory, "", "", ""),
    ]
    return [Row(name, world.dataset, kind, 0, world.by, *rest) for kind, *rest in (*values, *costs)]


def _counted(world: World) -> tuple[Counter[tuple[str, str]], float]:
    """(kind, what) -> how many, and the CPU seconds of the auditor."""
    known = set(_found(world.before)[0]) if world.before else set()
    found, cpu = _found(world.after)
    count = Counter({("all", "faults"): len(found)})
    sets = [set(items) for items, _ in found]
    where: dict[int, list[int]] = {}
    for place, held in enumerate(sets):
        for item in held:
            where.setdefault(item, []).append(place)
    hits: set[int] = set()  # faults that hold something planted of their kind
    holds: set[int] = set()  # something planted of any kind
    for items, kind in world.planted:
        at = [f for f in where.get(min(items), []) if items <= sets[f]]
        named = [f for f in at if found[f][1] == kind]
        count[kind, "planted"] += 1
        count[kind, "recall"] += bool(at)
        count[kind, "recall by name"] += bool(named)
        hits.update(named)
        holds.update(at)
    new = [f for f, one in enumerate(found) if one not in known]
    for kind in {kind for _, kind in world.planted}:
        mine = [f for f in new if found[f][1] == kind]
        count[kind, "told"] += len(mine)
        count[kind, "precision"] += sum(f in hits for f in mine)
        count[kind, "found before planting"] += sum(of == kind for _, of in known)
    count["all", "others"] += sum(f not in holds for f in new)
    count[ALIKE, "planted"] += len(world.alike)
    count[ALIKE, "reported"] += len(world.alike & {item for f in new for item in sets[f]})
    return count, cpu


def _found(call: Callable[[], Kept]) -> tuple[list[Found], float]:
    """The faults of an auditor, and the CPU seconds that it took."""
    start = time.process_time()
    faults = call()
    return list(zip(faults.items, faults.kind, strict=True)), time.process_time() - start


def _rates(count: Counter[tuple[str, str]]) -> Iterator[tuple[Any, ...]]:
    """Rows: kind, metric, value, low, high, CPU seconds."""
    kinds = [kind for kind, what in count if what == "recall"]
    for kind in kinds:
        yield kind, "planted", float(count[kind, "planted"]), "", "", ""
        for metric in ("recall", "recall by name"):
            yield kind, metric, *_share(count[kind, metric], count[kind, "planted"]), ""
    for kind in kinds:
        yield kind, "precision", *_share(count[kind, "precision"], count[kind, "told"]), ""
        yield kind, "found before planting", float(count[kind, "found before planting"]), "", "", ""
    yield "all", "faults", float(count["all", "faults"]), "", "", ""
    yield "all", "others", float(count["all", "others"]), "", "", ""
    if count[ALIKE, "planted"]:
        yield ALIKE, "look-alikes", float(count[ALIKE, "planted"]), "", "", ""
        yield ALIKE, "reported", float(count[ALIKE, "reported"]), "", "", ""


def _alarms(alarms: int, draws: int, level: float | None) -> Iterator[tuple[Any, ...]]:
    yield "all", "false alarms", *_share(alarms, draws), ""
    if level is not None:
        yield "all", "level", level, "", "", ""


def _share(hits: int, of: int) -> tuple[float, float | str, float | str]:
    if not of:
        return float("nan"), "", ""
    from reliabel.ops.agreement import wilson

    low, high = wilson(np.array([hits]), np.array([of]))
    return hits / of, _one(low), _one(high)


def _one(value: Floats) -> float:
    return float(value[0])
