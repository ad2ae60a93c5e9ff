"""A COCO file with outlines anew with decisions applied: classes are changed, objects added and
taken away, and parts taken out of outlines; each annotation that nobody decided on stays as it is
written.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from reliabel.core.dataset import Dataset
from reliabel.core.labels import Grouped, Ints, Labels
from reliabel.core.objects import Regions
from reliabel.folders.decisions import Resolved
from reliabel.folders.label_cells import dropped_rows
from reliabel.folders.mended_objects import write_edits
from reliabel.reading.outline_edits import edits_to, picture_edits

if TYPE_CHECKING:
    from reliabel.formats.drawn import Edit

Outlines = dict[int, dict[int, dict[str, Any]]]  # item -> place among its edits -> outline


def has_outlines(data: Dataset) -> bool:
    """Whether a data set was read from outlines of objects."""
    units = getattr(data.labels, "units", None)
    return "objects" in data.source and isinstance(units, Regions)


def write_mended_outlines(path: Path, out: Path, data: Dataset, resolved: Resolved) -> list[str]:
    """Write the file anew; returns what a reader of it must know."""
    edits, outlines = edits_of(data, resolved)
    return write_edits(path, out, data, edits, dropped_rows(data, resolved), {"outlines": outlines})


def write_other_outlines(out: Path, data: Dataset, labels: Labels, rows: Ints) -> list[str]:
    """Write the file that a data set of outlines was read from anew, with other regions in the
    place of its own; those that are the same stay as they are written.

    rows: the row in the data set of each region.
    Raises ValueError where the file has changed.
    """
    from reliabel.formats.files import sha256_of
    from reliabel.formats.packed import unpacked

    path = Path(str(data.source["path"]))
    if sha256_of(path) != data.source.get("sha256"):
        raise ValueError(f"{path.name} is not what was read any more; read it again")
    assert isinstance(data.labels, Grouped)
    assert isinstance(labels, Grouped)
    edits: dict[int, list[Edit]] = {}
    outlines: Outlines = {}
    for item in range(len(data.labels)):
        told, shapes = edits_to(data.labels, labels, rows, item)
        if told:
            edits[item], outlines[item] = told, shapes
    with unpacked(path) as (plain, _):
        return write_edits(plain, out, data, edits, set(), {"outlines": outlines})


def edits_of(data: Dataset, resolved: Resolved) -> tuple[dict[int, list[Edit]], Outlines]:
    """What decisions change in the objects of each picture, and the outlines that are new."""
    labels = data.labels
    assert isinstance(labels, Grouped)
    wanted: dict[Any, Any] = dict(resolved.change)
    wanted |= dict.fromkeys(place for place in resolved.drop if place[1] is not None)
    gone = {item for item, unit in resolved.drop if unit is None}
    by_item: dict[int, dict[int, Any]] = {}
    for (item, unit), value in wanted.items():
        if item not in gone:
            by_item.setdefault(item, {})[int(unit or 0)] = value
    edits: dict[int, list[Edit]] = {}
    outlines: Outlines = {}
    for item, values in by_item.items():
        edits[item], outlines[item] = picture_edits(labels, item, values)
    return edits, outlines
