"""A file or a folder of boxes anew with decisions applied, in its own format: objects are changed,
added and taken away, pictures dropped; each object that nobody decided on stays as it is written.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from reliabel.core.box_values import box_parts
from reliabel.core.dataset import Dataset
from reliabel.core.kinds import layout_of
from reliabel.core.labels import Floats, Grouped, Ints, Labels, Value
from reliabel.core.objects import Boxes
from reliabel.folders.atomic import temporary, writing
from reliabel.folders.decisions import Place, Resolved
from reliabel.folders.label_cells import dropped_rows, file_rows

if TYPE_CHECKING:
    from reliabel.formats.drawn import Edit

Edits = dict[int, list["Edit"]]  # item -> changes of its objects
NOT_OF_FILE = ("ids", "codes")  # what the reader said of the file that its writer does not ask for


def is_drawn(data: Dataset) -> bool:
    """Whether a data set was read from a file or a folder of boxes in pictures."""
    return "objects" in data.source


def is_folder_of_boxes(data: Dataset) -> bool:
    """Whether what is written is a folder, as the input is."""
    path = data.source.get("path")
    return is_drawn(data) and path is not None and Path(path).is_dir()


def write_mended_objects(
    path: Path, out: Path, data: Dataset, resolved: Resolved, *, links: bool = False
) -> list[str]:
    """Write the file or the folder anew; returns what a reader of it must know.

    links: in a new folder, symbolic links to the pictures instead of copies.
    Raises ValueError for another format, and for changes that the format cannot hold.
    """
    edits = edits_of(data, resolved)
    return _write(path, out, data, edits, dropped_rows(data, resolved), links)


def write_other_boxes(out: Path, data: Dataset, labels: Labels) -> list[str]:
    """Write the file or folder that a data set of boxes was read from anew, with other boxes of its
    pictures in the place of its own; those that are the same stay as they are written.

    Raises ValueError where the file has changed, and for another format.
    """
    from reliabel.formats.files import sha256_of
    from reliabel.formats.packed import unpacked

    path = Path(str(data.source["path"]))
    if sha256_of(path) != data.source.get("sha256"):
        raise ValueError(f"{path.name} is not what was read any more; read it again")
    edits = edits_between(data.labels, labels)
    if path.is_dir():
        return _write(path, out, data, edits, set(), links=False)
    with unpacked(path) as (plain, _):
        return _write(plain, out, data, edits, set(), links=False)


def edits_of(data: Dataset, resolved: Resolved) -> Edits:
    """What decisions change in the objects of each picture.  Rows without a given object are places
    where one may be added; the others are those of the file, in its order.
    """
    from reliabel.formats.drawn import Edit

    labels, layout = data.labels, layout_of(data.labels)
    assert isinstance(labels, Grouped)
    place = _places(labels)
    wanted: dict[Place, Value | None] = dict(resolved.change)
    wanted |= dict.fromkeys(place for place in resolved.drop if place[1] is not None)
    gone = {item for item, unit in resolved.drop if unit is None}
    edits: Edits = {}
    for (item, unit), value in wanted.items():
        row = layout.row(item, unit)
        at = int(place[row]) if labels.units.y[row] >= 0 else None
        if item in gone or (at is None and value is None):
            continue
        name, corners = (None, None) if value is None else _parts(labels.units, value)
        if at is None and corners is None:
            corners = tuple(labels.units.xyxy[row].tolist())
        edits.setdefault(item, []).append(Edit(at, name, corners))
    return edits


def edits_between(was: Labels, now: Labels) -> Edits:
    """The changes that turn the objects of each picture into others; of those that differ, each is
    taken for the nearest that is left.

    >>> one = Grouped(Boxes([[0, 0, 9, 9], [20, 0, 29, 9]], [0, 0], ["car"]), [0, 2])
    >>> edits_between(one, Grouped(Boxes([[0, 0, 9, 8]], [0], ["car"]), [0, 1]))
    {0: [Edit(place=0, name='car', corners=(0.0, 0.0, 9.0, 8.0)), Edit(place=1, name=None, \
corners=None)]}
    """
    from reliabel.formats.drawn import Edit

    assert isinstance(was, Grouped)
    assert isinstance(now, Grouped)
    place, edits = _places(was), Edits()
    for item in _differing(was, now):
        old = np.arange(was.offsets[item], was.offsets[item + 1])
        old = old[was.units.y[old] >= 0]
        new = np.arange(now.offsets[item], now.offsets[item + 1])
        gone, come = _unequal(was.units, old, now.units, new)
        told = []
        for before, after in _nearest(was.units.xyxy, gone, now.units.xyxy, come):
            at = None if before is None else int(place[before])
            if after is None:
                told.append(Edit(at, None))
                continue
            moved = before is None or not np.array_equal(
                was.units.xyxy[before], now.units.xyxy[after], equal_nan=True
            )
            corners: Any = tuple(now.units.xyxy[after].tolist()) if moved else None
            told.append(Edit(at, now.units.names[int(now.units.y[after])], corners))
        if told:
            edits[item] = told
    return edits


def _places(labels: Grouped[Boxes]) -> Ints:
    """The number of each given object among those of its picture."""
    given = np.concatenate([[0], np.cumsum(labels.units.y >= 0)])
    place: Ints = given[:-1] - np.repeat(given[labels.offsets[:-1]], np.diff(labels.offsets))
    return place


def _parts(units: Boxes, value: Value) -> tuple[str, Any]:
    text = str(value)
    return (text, None) if text in units.names else box_parts(text)


def _differing(was: Grouped[Boxes], now: Grouped[Boxes]) -> list[int]:
    """Pictures whose objects are not the same, in the same order."""
    size, other = np.diff(was.offsets), np.diff(now.offsets)
    same = size == other
    if not same.any():
        return np.flatnonzero(~same).tolist()
    a = was.units.take(np.flatnonzero(np.repeat(same, size)))
    b = now.units.take(np.flatnonzero(np.repeat(same, other)))
    odd = (a.xyxy != b.xyxy).any(1) | (a.y != b.y)
    item = np.repeat(np.arange(len(size))[same], size[same])
    return sorted({*np.flatnonzero(~same).tolist(), *item[odd].tolist()})


def _unequal(a: Boxes, old: Ints, b: Boxes, new: Ints) -> tuple[list[int], list[int]]:
    """The rows of two pictures that have no equal in the other."""
    left: dict[Any, list[int]] = {}
    for row in new.tolist():
        left.setdefault(_key(b, row), []).append(row)
    gone = []
    for row in old.tolist():
        held = left.get(_key(a, row))
        if held:
            held.pop(0)
        else:
            gone.append(row)
    return gone, [row for rows in left.values() for row in rows]


def _key(boxes: Boxes, row: int) -> tuple[str, ...]:
    code = int(boxes.y[row])
    name = boxes.names[code] if code >= 0 else ""
    return (name, *map(repr, boxes.xyxy[row].tolist()))


def _nearest(
    a: Floats, gone: Sequence[int], b: Floats, come: Sequence[int]
) -> list[tuple[int | None, int | None]]:
    """Pairs of rows that are gone and have come, the nearest first; None where one is left over."""
    far = np.abs(a[list(gone)][:, None] - b[list(come)][None]).sum(2)
    far = np.nan_to_num(far, nan=np.inf)
    pairs: list[tuple[int | None, int | None]] = []
    free, other = set(range(len(gone))), set(range(len(come)))
    for flat in np.argsort(far, axis=None, kind="stable").tolist():
        one, two = divmod(flat, len(come))
        if one in free and two in other:
            pairs.append((gone[one], come[two]))
            free.discard(one)
            other.discard(two)
    pairs += [(gone[one], None) for one in sorted(free)]
    return pairs + [(None, come[two]) for two in sorted(other)]


def write_edits(
    path: Path,
    out: Path,
    data: Dataset,
    edits: Mapping[int, Sequence[Edit]],
    drop: set[int],
    more: Mapping[str, Any] = {},
) -> list[str]:
    """Write the file anew with these changes of its objects; more: what else its writer takes, by
    item.
    """
    row = file_rows(data)
    words = {name: {int(row[item]): told for item, told in of.items()} for name, of in more.items()}
    return _write(path, out, data, edits, drop, links=False, words=words)


def _write(
    path: Path,
    out: Path,
    data: Dataset,
    edits: Mapping[int, Sequence[Edit]],
    drop: set[int],
    links: bool,
    words: Mapping[str, Any] = {},
) -> list[str]:
    from reliabel.formats import drawn_forms
    from reliabel.formats.packed import packing

    form = str(data.source["form"])
    how = {k: v for k, v in dict(data.source["objects"]).items() if k not in NOT_OF_FILE}
    how |= words
    row = file_rows(data)
    of_rows = {int(row[item]): told for item, told in edits.items()}
    if path.is_dir():
        part = temporary(out)
        try:
            part.mkdir(parents=True)
            notes = drawn_forms.rewrite(form, path, part, of_rows, drop, how, links=links)
            os.replace(part, out)
        finally:
            shutil.rmtree(part, ignore_errors=True)
        return notes
    _same_form(path, out)
    with writing(out) as file, packing(file, out.name) as part:
        return drawn_forms.rewrite(form, path, part, of_rows, drop, how)


def _same_form(path: Path, out: Path) -> None:
    from reliabel.formats.packed import written_name

    was, is_now = Path(path.name).suffix.lower(), Path(written_name(out.name)).suffix.lower()
    if was != is_now and was not in (".gz", ".bz2", ".xz", ".zst"):
        raise ValueError(
            f"{path.name} holds boxes, which are written in their own format: end the name of the "
            f"new file in {was}, as the input does (got {out.name})"
        )
