"""Masks as answers in a column of a table: a list of regions for each row, each as run lengths or a
polygon with the size of its picture; empty where somebody looked and drew nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from reliabel.core.labels import Bools, Grouped, Ints
from reliabel.core.objects import Regions
from reliabel.core.raw_labels import is_missing

THING = "object"  # the class of regions without one
WANTED = (
    "a list of masks is wanted, each {'size': [height, width], 'counts': COCO's run lengths} or "
    "{'size': ..., 'polygon': [x, y, x, y, ...]}, with a 'label' if there are classes; an empty "
    "list says that nothing is there"
)
CLASSES = ("label", "class", "category", "name")


def answers(
    values: Sequence[Any], *, names: Sequence[str], missing: Sequence[str]
) -> tuple[Grouped[Regions], Bools, list[str]]:
    """The regions of each row, and which rows hold an answer.

    >>> cell = {"size": [2, 3], "counts": [1, 2, 3], "label": "field"}
    >>> regions, given, _ = answers([[cell], [], None], names=(), missing=())
    >>> regions.units.area.tolist(), regions.offsets.tolist(), given.tolist()
    ([2], [0, 1, 1, 1], [True, True, False])
    """
    given = np.array([not _none(cell, missing) for cell in values], dtype=bool)
    drawn = [_regions(cell) if known else [] for cell, known in zip(values, given, strict=True)]
    flat = [one for regions in drawn for one in regions]
    found = sorted({name for name, _, _ in flat})
    known = tuple(names) if set(found) <= set(names) else tuple(found)
    code = {name: place for place, name in enumerate(known)}
    runs = [(start, length) for _, _, (start, length) in flat]
    none = np.zeros(0, np.int64)
    units = Regions(
        [code[name] for name, _, _ in flat],
        np.concatenate([none, *(start for start, _ in runs)]),
        np.concatenate([none, *(length for _, length in runs)]),
        np.cumsum([0, *(len(start) for start, _ in runs)]),
        [size for _, size, _ in flat],
        known,
    )
    notes = [] if all(name != THING for name in found) else [f"masks have no class: {THING!r}"]
    empty = sum(not len(start) for start, _ in runs)
    if empty:
        notes.append(f"{empty:,} masks have no pixel")
    return Grouped(units, np.cumsum([0, *map(len, drawn)])), given, notes


def written_runs(text: str, size: tuple[int, int]) -> Any:
    """One mask from run lengths as text: COCO's packed text, or starts and lengths in turn, counted
    from 1 column by column, as Kaggle's competitions write them.

    >>> written_runs("2 2", (2, 3)).start.tolist(), written_runs("123", (2, 3)).start.tolist()
    ([1, 3], [1, 3])
    """
    from reliabel.ops.rle import counts_runs

    parts = text.split()
    if len(parts) > 1 and all(part.isdigit() for part in parts):
        numbers = np.array(parts, dtype=np.int64)
        if len(numbers) % 2:
            raise ValueError(
                f"starts and lengths in turn are an even number of numbers: {text!r:.40}"
            )
        first, stop = numbers[::2] - 1, numbers[::2] - 1 + numbers[1::2]
        edges = np.stack([first, stop], axis=1).ravel()
        steps = np.diff(np.concatenate([[0], edges, [size[0] * size[1]]]))
        return counts_runs(steps, size)
    return counts_runs(text.strip(), size)


def _none(cell: Any, missing: Sequence[str]) -> bool:
    return is_missing(cell) or (isinstance(cell, str) and cell.strip() in ("", *missing))


def _regions(cell: Any) -> list[tuple[str, list[int], tuple[Ints, Ints]]]:
    if isinstance(cell, Mapping):
        return [_region(cell)]
    if isinstance(cell, list | tuple) and all(isinstance(one, Mapping) for one in cell):
        return [_region(one) for one in cell]
    raise ValueError(f"{WANTED}; got {cell!r:.60}")


def _region(one: Mapping[str, Any]) -> tuple[str, list[int], tuple[Ints, Ints]]:
    from reliabel.ops.polygons import polygons_runs
    from reliabel.ops.regions import joined
    from reliabel.ops.rle import counts_runs

    name = next((one[key] for key in CLASSES if one.get(key) is not None), THING)
    try:
        height, width = (int(side) for side in one["size"])
    except (KeyError, TypeError, ValueError):
        raise ValueError(f"{WANTED}; got {one!r:.60}") from None
    size = (height, width)
    if one.get("counts") is not None:
        held = one["counts"]
        runs = written_runs(held, size) if isinstance(held, str) else counts_runs(held, size)
    elif one.get("polygon") is not None:
        held = one["polygon"]
        rings = held if held and isinstance(held[0], list | tuple) else [held]
        drawn = polygons_runs(rings, np.zeros(len(rings), int), 1, size)
        runs = joined(np.zeros(len(drawn.start), int), drawn.start, drawn.start + drawn.length, 1)
    else:
        raise ValueError(f"{WANTED}; got {one!r:.60}")
    return str(name), [height, width], (runs.start, runs.length)
