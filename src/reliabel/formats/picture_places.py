"""Where the pictures lie that a file of annotations names, and how large they are."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path, PurePosixPath

TRIED = 20  # names by which the folder is found
FOLDERS = 200  # folders that are looked into
SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff")
TURNED = (5, 6, 7, 8)  # orientations of EXIF that swap height and width


def found_pictures(
    names: Sequence[str], beside: Path, folder: Path | None = None
) -> tuple[list[str], list[str]]:
    """The paths of pictures that a file names, and what is to be said of them; names as they are
    where none is found.

    beside: the file that names them.  folder: where they lie, if the user said it.
    Raises ValueError where the folder that the user named holds none of them.
    """
    plain = [name.replace("\\", "/").removeprefix("./") for name in names]
    sample = plain[:: max(len(plain) // TRIED, 1)][:TRIED]
    roots = [folder] if folder is not None else list(_roots(beside))
    best, form, most = None, 0, 0
    for root in roots:
        for short in (0, 1):  # with the folders that the names hold, and without them
            hits = sum(os.path.isfile(root / _short(name, short)) for name in sample)
            if hits > most:
                best, form, most = root, short, hits
        if most == len(sample):
            break
    if best is None:
        if folder is not None:
            raise ValueError(
                f"{folder} holds none of the pictures that {beside.name} names, such as {names[0]}"
            )
        return list(names), [
            f"none of the pictures was found (such as {names[0]}), so that the boxes are audited "
            "without them; name their folder with image="
        ]
    paths = [best / _short(name, form) for name in plain]
    lost = [name for name, path in zip(names, paths, strict=True) if not os.path.isfile(path)]
    notes = [f"pictures in {best.name or best}"]
    if lost:
        notes.append(f"{len(lost):,} pictures are not there (the first is {lost[0]})")
    return [str(path.resolve()) for path in paths], notes


def is_found(paths: Sequence[str]) -> bool:
    """Whether pictures were found: their paths are whole then."""
    return any(Path(path).is_absolute() for path in paths)


def size_of(path: Path) -> tuple[int, int]:
    """Height and width of a picture as people see it, which its file may turn (EXIF); -1 where it
    is not there or is broken.  Only the head of the file is read.
    """
    from PIL import Image

    try:
        with Image.open(path) as picture:
            width, height = picture.size
            turned = path.suffix.lower() in (".jpg", ".jpeg") and (
                picture.getexif().get(274) in TURNED
            )
    except (OSError, ValueError, SyntaxError):  # the caller says so
        return -1, -1
    return (width, height) if turned else (height, width)


def _roots(beside: Path) -> Iterator[Path]:
    """The folders beside a file in which its pictures may lie, the likelier first."""
    here = beside.resolve().parent
    for parent in (here, here.parent):
        yield parent
        inner = [one for one in _folders(parent) if not one.name.startswith(".")]
        likely = sorted(inner, key=lambda one: one.name not in beside.stem)
        yield from likely
        for one in likely:
            if one.name.lower() in ("images", "image", "jpegimages", "pictures", "data"):
                yield from _folders(one)


def _folders(place: Path) -> list[Path]:
    """The first folders in a folder; none where it may not be looked into."""
    try:
        return list(islice((one for one in sorted(place.iterdir()) if one.is_dir()), FOLDERS))
    except OSError:
        return []


def _short(name: str, form: int) -> str:
    return PurePosixPath(name).name if form else name
