"""The lock of a folder: one run at a time writes there, and what dead runs left half-written is
removed.
"""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from pathlib import Path

from reliabel.folders.atomic import sweep
from reliabel.folders.file_lock import try_lock

LOCK = ".lock"
ELSEWHERE = ("s3", "gs", "gcs", "abfs", "abfss", "hdfs", "viewfs", "file")
WAIT = 10.0  # seconds that short work waits for its turn
# folders that the code now running holds, so that what it calls may ask for the same lock
_HELD: ContextVar[frozenset[Path]] = ContextVar("held", default=frozenset())


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder, which is made if there is none; inside such a block for the same
    folder nothing more happens.

    Raises ValueError while another process or thread holds it.  On a file system without locks a
    warning says so, and the block runs unprotected.
    """
    refuse_address(folder)
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"{folder} is a file, not a folder; give another name")
    folder.mkdir(parents=True, exist_ok=True)
    place = folder.resolve()
    if place in _HELD.get():
        yield
        return
    handle = _acquire(folder)
    before = _HELD.set(_HELD.get() | {place})
    try:
        sweep(folder)
        yield
    finally:
        _HELD.reset(before)
        _release(folder / LOCK, handle)


def refuse_address(folder: Path) -> None:
    """Raise ValueError for a folder at an address, where nothing can be locked or renamed."""
    scheme, slash, _ = str(folder).partition(":/")
    if slash and scheme in ELSEWHERE:
        raise ValueError(
            f"a folder of results needs locks and renames, which {scheme}:// has not: give a "
            "folder of this machine or of shared storage that is mounted here"
        )


@contextmanager
def waiting_lock(folder: Path, seconds: float = WAIT) -> Iterator[None]:
    """``locked``, after waiting a while for a run that holds it; for short work on a folder."""
    until = time.monotonic() + seconds
    with ExitStack() as stack:
        while True:
            try:
                stack.enter_context(locked(folder))
                break
            except ValueError:
                if time.monotonic() > until or not folder.is_dir():
                    raise
                time.sleep(0.05)
        yield


def _acquire(folder: Path) -> int:
    """The handle of the lock file, locked, with our process number in it."""
    lock = folder / LOCK
    while True:
        handle = _opened(lock)
        ours = try_lock(handle)
        if ours is False:
            holder = os.pread(handle, 32, 0).decode(errors="replace").strip()
            os.close(handle)
            raise ValueError(
                f"{folder} is in use by {f'process {holder}' if holder else 'another process'}; "
                "wait for it, or give another folder"
            )
        if _is_file(lock, handle):
            break
        os.close(handle)  # its holder removed the file between our opening and our locking it
    if ours is None:
        warnings.warn(
            f"{folder} lies on a file system without locks: nothing keeps a second run out; "
            "let only one write there at a time",
            stacklevel=4,
        )
    os.ftruncate(handle, 0)
    os.pwrite(handle, str(os.getpid()).encode(), 0)
    return handle


def _opened(lock: Path) -> int:
    try:
        return os.open(lock, os.O_CREAT | os.O_RDWR, 0o666)
    except OSError as wrong:
        raise OSError(
            f"{lock.parent} cannot be locked: {wrong}; may nothing be written there?"
        ) from wrong


def _release(lock: Path, handle: int) -> None:
    """Remove the lock file while it is still locked: who opened it meanwhile finds that it is gone,
    and makes another.
    """
    try:
        if _is_file(lock, handle):
            lock.unlink(missing_ok=True)
    finally:
        os.close(handle)


def _is_file(path: Path, handle: int) -> bool:
    """Whether the open file is still the one of that name."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(handle))
    except FileNotFoundError:
        return False
