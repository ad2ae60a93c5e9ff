"""Atomic writes: a file is written under a temporary name, flushed to disk and renamed, so that a
crash leaves what was there before.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reliabel.folders.file_lock import is_free, try_lock

TEMPORARY = re.compile(r"\..+\.[0-9a-f]{8}\.part")  # .NAME.TOKEN.part
# what a file system answers that cannot flush folders, or needs no flush
NO_FLUSH = (errno.EINVAL, errno.EBADF, errno.ENOTSUP, errno.EACCES, errno.ENOSYS)


@contextmanager
def writing(path: Path, *, lasting: bool = True) -> Iterator[Path]:
    """A temporary path next to ``path``; renamed to it when the block ends well, removed when it
    does not.  Raises OSError that names ``path`` where it cannot be written.

    lasting: flush to disk before the rename, so that a power cut cannot leave an empty file; False
        for what carries a checksum and can be made again.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = temporary(path)
    try:
        with _claimed(part):
            yield part
            if lasting:
                flush(part)
            os.replace(part, path)
    except OSError as wrong:  # NumPy and Arrow say how many bytes, not which file
        raise OSError(
            f"{path} could not be written: {wrong}; is the disk full, or may nothing be written "
            "there?  What was there is as it was"
        ) from wrong
    finally:
        part.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file atomically."""
    with writing(path) as part:
        part.write_text(text, encoding="utf-8")


def temporary(path: Path) -> Path:
    """A new hidden name next to ``path``; ``sweep`` knows it by its form."""
    return path.with_name(f".{path.name}.{os.urandom(4).hex()}.part")


def flush(path: Path) -> None:
    """Wait until a file or the entries of a folder are on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as wrong:
        if wrong.errno not in NO_FLUSH:
            raise
    finally:
        os.close(handle)


def sweep(folder: Path) -> None:
    """Remove the half-written files and folders of processes that died; the caller holds the lock
    of ``folder``.

    A file that somebody still writes (a page, say, which needs no lock of the folder) is locked by
    its writer and stays.  Temporary folders are written by the holder of the lock alone.
    """
    import shutil  # with its compression libraries only where it is needed

    for part in sorted(folder.glob("**/.*.part")):
        if not TEMPORARY.fullmatch(part.name):
            continue
        if part.is_dir():
            shutil.rmtree(part)
        elif is_free(part):
            part.unlink(missing_ok=True)


@contextmanager
def _claimed(part: Path) -> Iterator[None]:
    """Make the temporary file and lock it while it is written, which tells ``sweep`` that its
    writer lives; the lock ends with the process, however it ends.
    """
    handle = os.open(part, os.O_CREAT | os.O_RDWR, 0o666)
    try:
        try_lock(handle)
        yield
    finally:
        os.close(handle)
