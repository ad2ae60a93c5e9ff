"""Tagged files that people corrected: what the first version has wrong by the second."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.labels import Grouped, Spans
from reliabel.verbs.read import read

GIVEN, CORRECTED = "_given.conll", "_corrected.conll"
# as ops.span_matching numbers them: the same, another type, other words, both, alone
KINDS = ("", "type", "boundary", "type and boundary", "spurious")


def pairs(data: Path | None) -> dict[str, tuple[Path, Path]]:
    """Name -> the given and the corrected file, where both lie in tokens/ below ``data``."""
    folder = Path() if data is None else data / "tokens"
    found = sorted(folder.glob(f"*{GIVEN}")) if data is not None else []
    both = {path.name.removesuffix(GIVEN): path for path in found}
    return {
        name: (path, path.with_name(name + CORRECTED))
        for name, path in both.items()
        if path.with_name(name + CORRECTED).exists()
    }


def pair(given: Path, corrected: Path) -> tuple[Any, Grouped[Spans], Grouped[Spans]]:
    """The words, and the spans of both files with one numbering of the classes."""
    one, other = read(given), read(corrected)
    items, again = one.evidence["items"], other.evidence["items"]
    if len(items) != len(again) or any(a != b for a, b in zip(items, again, strict=True)):
        row = next(
            (i for i, (a, b) in enumerate(zip(items, again, strict=False)) if a != b),
            min(len(items), len(again)),
        )
        raise ValueError(
            f"{given.name} and {corrected.name} must have the same words; they differ from sentence"
            f" {row + 1} on ({len(items):,} and {len(again):,} sentences)"
        )
    labels: list[Any] = [one.labels, other.labels]
    names = tuple(dict.fromkeys([*labels[0].units.names, *labels[1].units.names]))
    return items, _renamed(labels[0], names), _renamed(labels[1], names)


def _renamed(labels: Any, names: tuple[str, ...]) -> Grouped[Spans]:
    units = labels.units
    place = np.array([names.index(name) for name in units.names], dtype=np.int64)
    made = Spans(units.start, units.end, place[units.y] if len(units) else units.y, names)
    return Grouped(made, labels.offsets)


def kinds_of_errors(labels: Grouped[Spans], truth: Grouped[Spans]) -> tuple[Any, int]:
    """(units,) the kind of error of each given span and of each place without one ("missing" where
    a true span has exactly its words and shares none with a given one, else ""), and how many
    errors there are, those that are no unit too.

    >>> made = [Spans([0, 2], [1, 3], y, ["LOC", "PER"]) for y in ([0, -1], [1, 0])]
    >>> kinds_of_errors(*(Grouped(units, [0, 2]) for units in made))[0].tolist()
    ['type', 'missing']
    """
    from reliabel.ops.span_matching import ALONE, matched

    units, true = labels.units, truth.units
    given, place = np.flatnonzero(units.y >= 0), np.flatnonzero(units.y < 0)
    mine = (units.start[given], units.end[given], units.y[given], labels.item[given])
    theirs = (true.start, true.end, true.y, truth.item)
    kinds = np.full(len(units), "", dtype=object)
    kinds[given] = np.array(KINDS, dtype=object)[matched(*mine, theirs).kind]
    lost = np.flatnonzero(matched(*theirs, mine).kind == ALONE)
    key = set(zip(*(part[lost].tolist() for part in (truth.item, true.start, true.end)),
                  strict=True))  # fmt: skip
    at = zip(*(part[place].tolist() for part in (labels.item, units.start, units.end)), strict=True)
    kinds[place] = ["missing" if one in key else "" for one in at]
    return kinds, int((kinds[given] != "").sum()) + len(lost)
