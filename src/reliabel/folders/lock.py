"""The lock of a folder: one run at a time, and what dead runs left half-written is taken away."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One run at a time in a folder; raises ValueError while another process that still lives holds
    it.
    """
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"{folder} is a file, not a folder; give another name with -o")
    folder.mkdir(parents=True, exist_ok=True)
    lock = folder / ".lock"
    while True:
        try:
            handle = os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
            break
        except FileExistsError:
            holder = _holder(lock)
            if holder is not None:
                raise ValueError(
                    f"{folder} is in use by process {holder}; wait for it, or give another folder with -o"
                ) from None
            lock.unlink(missing_ok=True)  # its process died without taking the lock away
    try:
        os.write(handle, str(os.getpid()).encode())
        os.close(handle)
        _sweep(folder)
        yield
    finally:
        lock.unlink(missing_ok=True)


def _sweep(folder: Path) -> None:
    """Take away the half-written files of processes that died: they would lie there for ever, each
    as large as what it was to become.
    """
    for part in folder.glob("**/.*.part"):
        writer = part.name.rsplit(".", 2)[1]
        if writer.isdecimal() and (int(writer) == os.getpid() or not _lives(int(writer))):
            part.unlink(missing_ok=True)


def _holder(lock: Path) -> int | None:
    """The living process that holds a lock, None if it died."""
    try:
        holder = int(lock.read_text() or 0)
    except (FileNotFoundError, ValueError):
        return None
    return holder if holder and _lives(holder) else None


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # alive, and somebody else's
        return True
    return True
