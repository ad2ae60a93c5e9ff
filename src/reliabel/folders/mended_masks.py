"""A folder or an array of masks anew with decisions applied: the pixels of decided regions change,
all other pixels and files are as they were.  The old folder is never touched.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset
from reliabel.core.labels import Grouped, Ints, Labels
from reliabel.core.objects import Regions
from reliabel.folders.atomic import temporary, writing
from reliabel.folders.decisions import Resolved
from reliabel.folders.label_cells import dropped_rows, file_rows
from reliabel.reading.masks import FORM, IGNORE, NO_CODE, class_map_of

Paint = dict[int, tuple[Ints, Ints]]  # item -> pixels and their new codes


def is_masks(data: Dataset) -> bool:
    """Whether a data set was read from masks."""
    return FORM in data.source


def is_folder_of_masks(data: Dataset) -> bool:
    """Whether what is written is a folder, as the input is."""
    path = data.source.get("path")
    return is_masks(data) and path is not None and Path(path).is_dir()


def write_mended_masks(
    path: Path, out: Path, data: Dataset, resolved: Resolved, *, links: bool = False
) -> list[str]:
    """Write the masks anew; returns what a reader of them must know.

    links: in a new folder, symbolic links to the files that stay the same instead of copies.
    Raises ValueError for a class without a code, and for what a file cannot hold.
    """
    paint = paint_of(data, resolved)
    gone = {item for item, unit in resolved.drop if unit is None}
    row = file_rows(data)
    left_out = dropped_rows(data, resolved)
    if path.is_dir():
        files = data.source[FORM]["files"]
        painted = {str(files[row[item]]): told for item, told in paint.items() if item not in gone}
        pictures = _pictures_of(path, data, gone)
        drop = {str(files[one]) for one in left_out if files[one] is not None} | pictures
        _write_folder(path, out, painted, drop, data.source[FORM], links)
        return []
    _write_array(path, out, {int(row[i]): told for i, told in paint.items()}, left_out, data)
    return []


def paint_of(data: Dataset, resolved: Resolved) -> Paint:
    """The pixels that decisions change in each picture, and their new codes; later rows of a
    picture lie on top.
    """
    labels = data.labels
    assert isinstance(labels, Grouped)
    wanted: dict[Any, Any] = dict(resolved.change)
    wanted |= dict.fromkeys(place for place in resolved.drop if place[1] is not None)
    rows = {int(labels.offsets[item]) + (unit or 0): v for (item, unit), v in wanted.items()}
    codes = dict(zip(labels.units.names, data.source[FORM]["codes"], strict=False))
    item = labels.item
    paint: dict[int, tuple[list[Ints], list[Ints]]] = {}
    for row in sorted(rows):
        pixels = _pixels(labels.units, row)
        code = _no_label(data) if rows[row] is None else _code(codes, str(rows[row]), data)
        held = paint.setdefault(int(item[row]), ([], []))
        held[0].append(pixels)
        held[1].append(np.full(len(pixels), code))
    return {one: (np.concatenate(p), np.concatenate(c)) for one, (p, c) in paint.items()}


def write_other_masks(out: Path, data: Dataset, labels: Labels) -> list[str]:
    """Write the masks that a data set was read from anew, with other regions in the place of their
    own; pixels that belong to the same class stay as they are.
    """
    assert isinstance(labels, Grouped)
    assert isinstance(data.labels, Grouped)
    codes = dict(zip(data.labels.units.names, data.source[FORM]["codes"], strict=False))
    paint: Paint = {}
    none = _no_label(data)
    for item in range(len(labels)):
        was, now = class_map_of(data.labels, item), class_map_of(labels, item)
        if was is None or now is None or was.shape != now.shape:
            continue
        pixels = np.flatnonzero(was != now)
        if len(pixels):
            of = np.array([*(_code(codes, name, data) for name in labels.units.names), none])
            paint[item] = (pixels, of[now[pixels]])
    path, row = Path(str(data.source["path"])), file_rows(data)
    if path.is_dir():
        files = data.source[FORM]["files"]
        painted = {str(files[row[item]]): told for item, told in paint.items()}
        _write_folder(path, out, painted, set(), data.source[FORM], links=False)
    else:
        _write_array(path, out, {int(row[i]): told for i, told in paint.items()}, set(), data)
    return []


def _pixels(units: Regions, row: int) -> Ints:
    runs = slice(int(units.offsets[row]), int(units.offsets[row + 1]))
    start, length = units.start[runs], units.length[runs]
    first = np.repeat(start - np.cumsum(length) + length, length)
    return np.asarray(first + np.arange(int(length.sum())))


def _code(codes: Mapping[str, int], name: str, data: Dataset) -> int:
    if name not in codes:
        raise ValueError(
            f"the class {name!r} has no number or colour in the masks; add it to the legend beside "
            f"them and audit again (the classes are {', '.join(list(codes)[:20])})"
        )
    return int(codes[name])


def _no_label(data: Dataset) -> int:
    """The code of pixels that have no label any more."""
    if data.source[FORM]["sort"] == "ids":
        return next(iter(IGNORE))
    return 0  # black


def _pictures_of(path: Path, data: Dataset, gone: set[int]) -> set[str]:
    """The pictures of dropped items that lie in the folder."""
    items = data.evidence.get("items")
    if not isinstance(items, list):
        return set()
    base = path.resolve()
    places = (Path(items[item]) for item in gone)
    return {one.relative_to(base).as_posix() for one in places if one.is_relative_to(base)}


def _write_folder(
    path: Path,
    out: Path,
    painted: Mapping[str, tuple[Ints, Ints]],
    drop: set[str],
    how: Mapping[str, Any],
    links: bool,
) -> None:
    part = temporary(out)
    try:
        part.mkdir(parents=True)
        for place, _, names in sorted(os.walk(path)):
            base = Path(place).relative_to(path)
            (part / base).mkdir(exist_ok=True)
            for name in sorted(names):
                relative = (base / name).as_posix()
                if relative in drop:
                    continue
                source, target = path / base / name, part / base / name
                if relative in painted:
                    _painted(source, target, *painted[relative], how)
                elif links:
                    target.symlink_to(source.resolve())
                else:
                    shutil.copy2(source, target)
        os.replace(part, out)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _painted(source: Path, target: Path, pixels: Ints, codes: Ints, how: Mapping[str, Any]) -> None:
    from reliabel.formats.mask_files import open_mask, write_mask

    sort, held = str(how["sort"]), open_mask(source)
    ignored = codes == next(iter(IGNORE))
    if sort == "ids":
        codes = np.where(ignored & (held.top > 255), held.top, codes)
    if sort == "ids" and held.sort == "colours":  # grey values in a picture with colours
        codes, sort = codes << 16 | codes << 8 | codes, "colours"
    if sort == "colours" and held.sort == "ids" and held.palette is None:
        codes, sort = codes & 255, "ids"
    write_mask(source, target, pixels, codes, sort)


def _write_array(
    path: Path, out: Path, painted: Mapping[int, tuple[Ints, Ints]], drop: set[int], data: Dataset
) -> None:
    if out.suffix.lower() != path.suffix.lower():
        raise ValueError(
            f"{path.name} holds masks, which are written in their own format: end the name of the "
            f"new file in {path.suffix} (got {out.name})"
        )
    with np.load(path, allow_pickle=False) if path.suffix == ".npz" else _Plain(path) as held:
        arrays = {name: np.array(held[name]) for name in held.files}
    name = data.source[FORM]["array"] or next(iter(arrays))
    for row, (pixels, codes) in painted.items():
        grid = arrays[name][row].reshape(-1)
        top = int(np.iinfo(grid.dtype).max)
        grid[pixels] = np.where(
            codes > top, NO_CODE if np.iinfo(grid.dtype).min < 0 else top, codes
        )
    if drop:
        arrays[name] = np.delete(arrays[name], sorted(drop), axis=0)
    with writing(out) as part, part.open("wb") as file:
        if path.suffix == ".npz":
            np.savez_compressed(file, allow_pickle=False, **arrays)
        else:
            np.save(file, arrays[name])


class _Plain:
    """One array in the manner of an archive of arrays."""

    def __init__(self, path: Path) -> None:
        self.path, self.files = path, [""]

    def __enter__(self) -> _Plain:
        return self

    def __exit__(self, *_: Any) -> None:
        return None

    def __getitem__(self, name: str) -> Any:
        return np.load(self.path, mmap_mode="r", allow_pickle=False)
