"""Several files of a folder replaced at once, so that a crash never mixes two runs.

New files are written into a hidden folder of their own.  When all of them are on disk that folder
is renamed to ``.next``: this one rename is the switch.  From then on the new files count, wherever
they lie, and they are moved to their places one by one.  A crash before the rename leaves all files
as they were.  After a crash behind it some new files still lie in ``.next``, where ``open_file``
finds them, and the next run, or the next ``load``, moves them.  (Until then other programs, which
do not look there, may see old files beside new ones.)
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TypeVar

from reliabel.folders.atomic import flush, temporary
from reliabel.folders.lock import locked

NEXT = ".next"
TRIES = 10  # that so many runs end one after the other while somebody reads is no accident
# what reading a file raises that is cut short, of another kind or of another run
UNREADABLE = (OSError, ValueError, KeyError, TypeError, EOFError)
T = TypeVar("T")


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """A hidden folder for new files, under their names relative to ``folder``: when the block ends
    well they replace those of ``folder`` all at once, when it does not nothing changes.

    Holds the lock of the folder meanwhile.  Raises ValueError while another run holds it.
    """
    import shutil  # with its compression libraries only where it is needed

    with locked(folder):
        _finish(folder)
        fresh = temporary(folder / "next")
        fresh.mkdir()
        try:
            yield fresh
            for inside in (*(path for path in fresh.rglob("*") if path.is_dir()), fresh):
                flush(inside)
            os.rename(fresh, folder / NEXT)
        except OSError as wrong:
            if str(fresh) not in str(wrong):
                raise
            raise OSError(str(wrong).replace(str(fresh), str(folder))) from wrong  # as people know
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        flush(folder)
        _finish(folder)


def open_file(folder: Path, name: str) -> BinaryIO:
    """Open a file of the folder for reading, from ``.next`` while a switch is not finished.  Raises
    FileNotFoundError where there is none.
    """
    try:
        return (folder / NEXT / name).open("rb")
    except (FileNotFoundError, NotADirectoryError):
        return (folder / name).open("rb")


def holds(folder: Path, name: str) -> bool:
    """Whether the folder has a file of that name."""
    return (folder / NEXT / name).is_file() or (folder / name).is_file()


def read_file(folder: Path, name: str) -> bytes:
    """The content of a file of the folder."""
    with open_file(folder, name) as file:
        return file.read()


def read_together(folder: Path, mark: str, read: Callable[[], T]) -> T:
    """What ``read`` makes of several files of one run: it reads again where a run ended in between.

    mark: a file of the folder that every such run writes.
    """
    _mend(folder)
    for _ in range(TRIES):
        before = _identity(folder, mark)
        try:
            found = read()
        except UNREADABLE:
            if _identity(folder, mark) == before:
                raise
            continue
        if _identity(folder, mark) == before:
            return found
    raise ValueError(f"{folder} was written anew {TRIES} times while it was read; wait and repeat")


def _identity(folder: Path, name: str) -> tuple[int, int, int]:
    """What tells a file from the one that replaces it; its move out of ``.next`` does not change
    it.
    """
    with open_file(folder, name) as file:
        seen = os.fstat(file.fileno())
    return seen.st_dev, seen.st_ino, seen.st_mtime_ns


def _mend(folder: Path) -> None:
    """Finish a switch that a crash left half done."""
    if not (folder / NEXT).is_dir():
        return
    try:
        with locked(folder):
            _finish(folder)
    except (ValueError, OSError):
        return  # another run is at work, or nothing may be written: ``open_file`` finds the files


def _finish(folder: Path) -> None:
    """Move the files of ``.next`` to their places; the caller holds the lock."""
    ready = folder / NEXT
    if not ready.is_dir():
        return
    inside = sorted(ready.rglob("*"))
    folders = [path for path in inside if path.is_dir()]
    for path in inside:
        place = folder / path.relative_to(ready)
        if path in folders:
            place.mkdir(exist_ok=True)
        else:
            os.replace(path, place)
    for moved in folders:
        flush(folder / moved.relative_to(ready))
    flush(folder)  # the new entries are on disk before the old ones go
    for empty in (*reversed(folders), ready):
        empty.rmdir()
