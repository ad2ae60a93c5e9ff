"""A folder of pictures anew with decisions applied: pictures in the folders of their new classes,
dropped ones left out, all other files as they are.  The old folder is never touched.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from reliabel.core.dataset import Dataset
from reliabel.folders.atomic import temporary
from reliabel.folders.decisions import Resolved
from reliabel.folders.label_cells import cell_changes, dropped_rows, label_columns

if TYPE_CHECKING:
    from reliabel.formats.imagefolder import Parts

COLUMNS = "metadata.jsonl"  # what tables beside the pictures said of them
NO_NAMES = ("", ".", "..")


def is_folder_of_pictures(data: Dataset, out: Path) -> bool:
    """Whether ``out`` is to be a folder: the data are a folder of pictures, and the name is not
    that of a table.
    """
    from reliabel.formats.tables import form_to_write

    if data.source.get("form") != "imagefolder":
        return False
    try:
        form_to_write(out)
    except ValueError:  # no suffix of a table
        return True
    return False


def write_mended_pictures(
    place: Path | str, out: Path, data: Dataset, resolved: Resolved, *, links: bool = False
) -> list[str]:
    """Write the folder anew; returns what a reader of it must know.

    links: symbolic links to the old pictures instead of copies.
    Raises ValueError where a class cannot be the name of a folder, or the labels do not stand in
    the names of folders or in tables beside the pictures.
    """
    from reliabel.formats.imagefolder import parts_of, read

    if isinstance(place, str):
        raise ValueError(
            f"{place} is an address; a mended folder of pictures is written from a folder of this "
            "machine, so copy it first, or give a table as the output"
        )
    parts = parts_of(place)
    table = read(place)
    columns = {name: table.columns[name] for name in label_columns(data)}
    change = cell_changes(data, resolved, columns)
    moved, cells = _split(change, parts)
    places, renamed = _new_places(parts, moved, dropped_rows(data, resolved))
    part = temporary(out)
    part.mkdir(parents=True)
    try:
        for old, new in [*places.values(), *_others(place, parts)]:
            _put(place / old, part / new, links=links)
        _write_columns(part, parts, places, cells)
        os.replace(part, out)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return [*renamed, *_read_back(out, parts, places, moved)]


Places = Mapping[int, tuple[PurePath, PurePath]]  # picture -> old and new relative path


def _split(
    change: Mapping[int, Mapping[str, Any]], parts: Parts
) -> tuple[dict[int, str], dict[int, dict[str, Any]]]:
    """New labels by where they stand: in the name of a folder, or in a column of a table."""
    moved, cells = dict[int, str](), dict[int, dict[str, Any]]()
    for row, new in change.items():
        for name, value in new.items():
            if name in parts.said.columns:
                cells.setdefault(row, {})[name] = value
            elif name == "label" and parts.by_folder:
                moved[row] = _folder_name(value)
            else:
                raise ValueError(
                    f"the labels were read from the column {name!r}, which stands for outer "
                    "folders; give a table as the output, such as mended.csv"
                )
    return moved, cells


def _folder_name(label: Any) -> str:
    name = "" if label is None else str(label)
    if name in NO_NAMES or name.startswith(".") or any(c in name for c in ("/", "\\", "\0")):
        raise ValueError(
            f"the class {name!r} cannot be the name of a folder; give a table as the output, such "
            "as mended.csv"
        )
    return name


def _new_places(
    parts: Parts, moved: Mapping[int, str], dropped: set[int]
) -> tuple[dict[int, tuple[PurePath, PurePath]], list[str]]:
    """Where each picture goes; two of one name in a folder are told apart by a number."""
    kept, label = parts.levels.kept, parts.levels.label
    stays = [row for row in range(len(kept)) if row not in dropped and row not in moved]
    places = {row: (kept[row], kept[row]) for row in stays}
    taken = {new for _, new in places.values()}
    renamed = 0
    for row, name in sorted(moved.items()):
        if row in dropped:
            continue
        new = _in_class(kept[row], label[row], name, deeper=parts.levels.deeper > 0)
        free, number = new, 1
        while free in taken:
            number += 1
            free = new.with_name(f"{new.stem}-{number}{new.suffix}")
        renamed += free != new
        taken.add(free)
        places[row] = (kept[row], free)
    several = renamed > 1
    note = (
        f"{renamed:,} picture{'s' * several} got a new name, since "
        f"{'others' if several else 'another'} of that name {'are' if several else 'is'} in the "
        "folder of the class"
    )
    return dict(sorted(places.items())), [note] if renamed else []


def _in_class(path: PurePath, old: str | None, new: str, *, deeper: bool) -> PurePath:
    """A path with the folder of another class."""
    folders = list(path.parts[:-1])
    at = [depth for depth, part in enumerate(folders) if part == old]
    if not at:  # a picture in no class folder
        return path.parent / new / path.name
    folders[at[0] if deeper else at[-1]] = new
    return PurePath(*folders, path.name)


def _others(place: Path, parts: Parts) -> list[tuple[PurePath, PurePath]]:
    """The files that are no pictures, and masks, without the tables that are written anew."""
    gone = {*parts.levels.kept, *map(PurePath, parts.said.tables)}
    return [(path, path) for path in (*parts.others, *parts.masks) if path not in gone]


def _put(old: Path, new: Path, *, links: bool) -> None:
    new.parent.mkdir(parents=True, exist_ok=True)
    if links:
        new.symlink_to(old.resolve())
    else:
        shutil.copy2(old, new)


def _write_columns(
    folder: Path, parts: Parts, places: Places, cells: Mapping[int, Mapping[str, Any]]
) -> None:
    """One table of what all tables beside the pictures said, with the new names."""
    from reliabel.formats.json_lines import plain

    if not parts.said.tables:
        return
    columns = {name: values.tolist() for name, values in parts.said.columns.items()}
    with (folder / COLUMNS).open("w", encoding="utf-8") as file:
        for row, (_, new) in places.items():
            told = {name: plain(values[row]) for name, values in columns.items()}
            told |= cells.get(row, {})
            file.write(json.dumps({"file_name": new.as_posix(), **told}) + "\n")


def _read_back(out: Path, parts: Parts, places: Places, moved: Mapping[int, str]) -> list[str]:
    """What to say where the new folder reads otherwise than it was written."""
    from reliabel.formats.imagefolder import parts_of

    if not parts.by_folder:
        return []
    wanted = {new: moved.get(row, parts.levels.label[row]) for row, (_, new) in places.items()}
    try:
        found = parts_of(out).levels if wanted else None
    except ValueError:  # fewer than two classes are left
        found = None
    read = {} if found is None else dict(zip(found.kept, found.label, strict=True))
    if read == wanted:
        return []
    return [
        f"{out.name} reads with other classes than were decided, since too few folders are left to "
        "tell classes from other folders"
    ]
