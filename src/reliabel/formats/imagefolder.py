"""Folders of pictures: one folder a class, possibly inside one folder a split (train/cat/1.jpg),
with masks and tables beside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory

from reliabel.core.split_names import splits_of
from reliabel.formats.columns import Table, objects
from reliabel.formats.picture_levels import Levels, levels_of
from reliabel.formats.picture_tables import SUFFIXES as BESIDE
from reliabel.formats.picture_tables import Beside, beside
from reliabel.ops.addresses import Listed, fetched, name_of

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm")
LABELS = ("label", "labels", "target", "class", "y", "category")  # columns that take its place
LEFT = ("__MACOSX", "@eaDir", "Thumbs.db", "desktop.ini")  # what systems leave in folders
BOXES = {".txt": "YOLO", ".xml": "Pascal VOC"}
TABLES = (".csv", ".tsv", ".json", ".jsonl", ".parquet", ".arrow", ".xlsx")


def read(folder: Path) -> Table:
    """One row a picture: ``path`` (relative), ``label`` (the name of its folder) and, if there are
    splits, ``split``; the other columns are those of a table that names the pictures.

    Where folders lie in folders, the inner ones are the classes and ``folder`` holds the outer.
    """
    return _of(folder, sorted(p.relative_to(folder) for p in folder.rglob("*") if p.is_file()))


def read_address(address: str, files: Sequence[Listed]) -> Table:
    """The pictures among the files of a folder at an address, as ``read`` has those of a folder of
    this machine; tables beside them are copied here while they are read.
    """
    name = name_of(address)
    with TemporaryDirectory(prefix="reliabel-") as place, ExitStack() as copies:
        folder = Path(place) / name
        for one in files:
            path = PurePath(one.path)
            if path.suffix.lower() in BESIDE and len(path.parts) <= 2:
                (folder / path.parent).mkdir(parents=True, exist_ok=True)
                copies.enter_context(fetched(one.address, folder / path.parent))
        return _of(folder, [PurePath(one.path) for one in files])


@dataclass(frozen=True)
class Parts:
    """What a folder of pictures holds: the pictures and what the folders above them say, what
    tables beside them say, all other files, the names of the class folders, and masks.
    """

    levels: Levels
    said: Beside
    others: list[PurePath]
    classes: list[str]
    masks: list[PurePath]

    @property
    def by_folder(self) -> bool:
        """Whether the name of a picture's folder is its label, and no table says it."""
        labelled = any(name.strip().lower() in LABELS for name in self.said.columns)
        return not (labelled or (self.said.tables and splits_of(self.classes)))


def parts_of(folder: Path) -> Parts:
    """What ``read`` makes a table of.  Raises ValueError where there is no picture."""
    files = sorted(p.relative_to(folder) for p in folder.rglob("*") if p.is_file())
    return _parts(folder, files)


def _of(folder: Path, every: Sequence[PurePath]) -> Table:
    return _table(_parts(folder, every))


def _parts(folder: Path, every: Sequence[PurePath]) -> Parts:
    every = [p for p in every if not any(q.startswith(".") or q in LEFT for q in p.parts)]
    pictures = [p for p in every if p.suffix.lower() in SUFFIXES]
    others = [p for p in every if p.suffix.lower() not in SUFFIXES]
    if not pictures:
        seen = ", ".join(p.name for p in every[:5]) or "nothing"
        table = next((p for p in every if p.suffix.lower() in TABLES), None)
        file = f"; a table is given as a file, such as {folder / table}" if table else ""
        raise ValueError(
            f"{folder} holds no pictures ({seen}); wanted is one folder a class with "
            f"{', '.join(SUFFIXES[:5])} files in it{file}"
        )
    levels = levels_of(pictures)
    classes = sorted({name for name in levels.label if name is not None})
    flat = len(classes) < 2 or bool(splits_of(classes))
    said = beside(folder, others, levels.kept, None if flat else "metadata")
    if flat and not said.tables:
        _refuse_boxes(folder, others, classes)
        _refuse_masks(folder, levels, classes)
    masks = sorted(set(pictures) - set(levels.kept))
    return Parts(levels, said, others, classes, masks)


def _table(parts: Parts) -> Table:
    levels, said, others, classes = parts.levels, parts.said, parts.others, parts.classes
    columns = {"path": objects([path.as_posix() for path in levels.kept])}
    split, folders = levels.split, levels.split_folders
    if not parts.by_folder:
        if split is None and splits_of(classes):
            spelled = splits_of(classes)
            split = [None if name is None else spelled[name] for name in levels.label]
            folders = tuple(classes)
        elif split is None and classes:
            columns["folder"] = objects(list(levels.label))
    else:
        columns["label"] = objects(list(levels.label))
        if levels.around:
            columns["folder"] = objects(["/".join(parts) for parts in levels.around])
    if split is not None:
        columns["split"] = objects(split)
    kinds = {**dict.fromkeys(columns, "text"), **said.kinds}
    notes = _notes(levels, said, others, "label" in columns)
    if split is not None:
        notes.append(f"splits from the folders {', '.join(sorted(folders))}")
    return Table({**columns, **said.columns}, kinds, "imagefolder", tuple(notes))


def _notes(levels: Levels, said: Beside, others: Sequence[PurePath], by_folder: bool) -> list[str]:
    pictures = f"{len(levels.kept):,} pictures"
    notes = list(said.notes)
    if by_folder:
        notes = [*_class_notes(pictures, levels), *notes]
    if said.tables:
        what = ", ".join(map(repr, said.columns)) or "nothing else"
        notes.append(f"{', '.join(said.tables)} names {said.named:,} of {pictures} and adds {what}")
    if levels.masks:
        notes.append(f"{levels.masks:,} masks of pictures left out")
    rest = [path for path in others if path.as_posix() not in said.tables]
    if rest:
        suffixes = sorted({p.suffix.lower() or p.name for p in rest})[:5]
        notes.append(
            f"{len(rest):,} other file{'s' * (len(rest) > 1)} left out ({', '.join(suffixes)})"
        )
    return notes


def _class_notes(pictures: str, levels: Levels) -> list[str]:
    classes = {name for name in levels.label if name is not None}
    notes = [f"{pictures}, labels from the names of {len(classes)} folders"]
    if levels.around:
        outer = sorted({"/".join(parts) for parts in levels.around})
        shown = ", ".join(outer[:5]) + (", ..." if len(outer) > 5 else "")
        notes.append(
            f"the classes are the inner folders; the outer ones ({shown}) are the column 'folder' "
            "(label='folder' takes them for the classes)"
        )
    if levels.deeper:
        notes.append(
            f"{levels.deeper:,} picture{'s lie' if levels.deeper > 1 else ' lies'} in folders "
            "inside those of the classes, whose names are not used"
        )
    if splits_of(classes):
        notes.append(
            f"the classes {', '.join(sorted(classes))} are called like splits; where they are, put "
            "one folder a class into each"
        )
    loose = sum(name is None for name in levels.label)
    if loose:
        notes.append(
            f"{loose:,} picture{'s stand' if loose > 1 else ' stands'} in no class folder, "
            "unlabelled"
        )
    return notes


def _refuse_boxes(folder: Path, others: Sequence[PurePath], classes: Sequence[str]) -> None:
    """Boxes beside pictures (YOLO, Pascal VOC) are told by a file for each of them in a folder of
    their own.
    """
    for suffix, form in BOXES.items():
        found = [p for p in others if p.suffix.lower() == suffix and len(p.parts) > 1]
        named = [p for p in found if p.parts[0].lower() in ("labels", "label", "annotations")]
        if len(named) > 1:
            raise ValueError(
                f"{folder} holds no class folders but {len(named):,} {suffix} files such as "
                f"{named[0].as_posix()}, as {form} keeps boxes; read them with kind='boxes', "
                "or give one folder a class, or a metadata.csv with file_name and label"
            )


def _refuse_masks(folder: Path, levels: Levels, classes: Sequence[str]) -> None:
    if levels.masks and not classes:
        raise ValueError(
            f"{folder} holds {len(levels.kept):,} pictures in no class folder and "
            f"{levels.masks:,} masks of them; masks are not read yet, give one folder a class, or "
            "a metadata.csv with file_name and label"
        )
