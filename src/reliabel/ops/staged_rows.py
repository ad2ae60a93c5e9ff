"""Rows that take long to read where they lie (Parquet files, anything at an address), kept on local
disk as they are read, so that every pass after the first maps them into memory.

The rows are cut into parts.  Whoever finds a part missing, in this process or in a worker on any
machine, reads it from its source and writes it into the temporary folder of that machine; it gets
its name when it is whole.  Every process that reads a folder of parts holds its lock; what nobody
holds any more is removed by the process that began it, or by the next one on that machine.  Where
the disk is nearly full, or the system knows no such locks, rows are read where they lie.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from pathlib import Path
from threading import Lock
from typing import Any
from weakref import finalize

import numpy as np
from numpy.typing import NDArray

from reliabel.core.labels import Floats
from reliabel.ops.sources import SpannedRows

PART = 2**24  # numbers of a part, so that a part is decoded in tens of MiB
SPARE = 2**30  # bytes of the disk that are left free
_HELD: dict[str, int] = {}  # runs whose folder this process reads -> the lock of each
_BEGUN: set[str] = set()  # those that began in this process
_GUARD = Lock()


def staged(source: Any) -> Any:
    """The rows of a source that says it is slow to read (``slow``), kept on local disk from the
    first pass on; any other source as it is.
    """
    if not getattr(source, "slow", False) or not _locks():
        return source
    made = StagedRows(source, secrets.token_hex(8))
    _BEGUN.add(made.run)
    finalize(made, _forget, made.run)
    return made


class StagedRows(SpannedRows):
    """The rows of ``source``, from the parts on this machine's disk that belong to ``run``."""

    def __init__(self, source: Any, run: str) -> None:
        self.source, self.run = source, run
        self.shape, self.dtype = source.shape, source.dtype
        self.kept = np.dtype(getattr(source, "kept", source.dtype))
        self.each = max(1, PART // max(self.shape[1], 1))  # rows of a part
        self._open: dict[int, Any] = {}
        self._lock = Lock()

    def __reduce__(self) -> tuple[Any, ...]:
        return StagedRows, (self.source, self.run)

    def _span(self, start: int, stop: int) -> Floats:
        out = np.empty((max(stop - start, 0), self.shape[1]), self.dtype)
        for number in range(start // self.each, -(-stop // self.each) if len(out) else 0):
            first = number * self.each
            low, high = max(start, first), min(stop, first + self.each)
            part = self._part(number)
            rows = self.source[low:high] if part is None else part[low - first : high - first]
            out[low - start : high - start] = rows
        return out

    def _picked(self, index: NDArray[np.integer[Any]]) -> Floats:
        out = np.empty((len(index), self.shape[1]), self.dtype)
        number = index // self.each
        for one in np.unique(number).tolist():
            mine = number == one
            part = self._part(one)
            out[mine] = (
                self.source[index[mine]] if part is None else part[index[mine] - one * self.each]
            )
        return out

    def _part(self, number: int) -> Any:
        """A part from its file, which is written first if it is missing; None where it cannot be
        kept here, so that its rows are read where they lie.
        """
        with self._lock:
            if number not in self._open:
                try:
                    part = self._mapped(number)
                except OSError:  # no temporary folder, or its disk is full
                    part = None
                if part is None:
                    return None
                self._open[number] = part
            return self._open[number]

    def _mapped(self, number: int) -> Any:
        folder = _held(self.run)
        if folder is None:
            return None
        file = folder / f"{number}.npy"
        if not file.is_file():
            first = number * self.each
            stop = min(first + self.each, len(self))
            size = (stop - first) * self.shape[1] * self.kept.itemsize
            if shutil.disk_usage(folder).free < size + SPARE:
                return None
            _written(file, np.asarray(self.source[first:stop]).astype(self.kept, copy=False))
        return np.load(file, mmap_mode="r", allow_pickle=False)


def _written(file: Path, rows: Any) -> None:
    """Write a part under another name and give it its own when it is whole."""
    beside = file.with_name(f".{secrets.token_hex(8)}")
    try:
        with beside.open("wb") as stream:
            np.save(stream, rows, allow_pickle=False)
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)


def _locks() -> bool:
    """Whether the system knows locks that end with the process."""
    return os.name == "posix"


def _root() -> Path | None:
    """Where this user's folders of parts lie; None where somebody else made it."""
    place = Path(tempfile.gettempdir()) / f"reliabel-rows-{os.getuid()}"
    place.mkdir(mode=0o700, exist_ok=True)
    here = place.lstat()
    safe = here.st_uid == os.getuid() and not here.st_mode & 0o077 and not place.is_symlink()
    return place if safe else None


def _held(run: str) -> Path | None:
    """The folder of a run, whose lock this process holds from now on; a worker lets go of the runs
    that it read before.
    """
    with _GUARD:
        root = _root()
        if root is None:
            return None
        if run not in _HELD:
            for other in [other for other in _HELD if other not in _BEGUN]:
                os.close(_HELD.pop(other))
            _swept(root, but=run)
            _HELD[run] = _locked(root / run)
        return root / run


def _locked(folder: Path) -> int:
    """Make a folder and lock it against removal."""
    import fcntl

    while True:
        folder.mkdir(mode=0o700, exist_ok=True)
        try:
            lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except FileNotFoundError:  # it was removed before it was locked
            continue
        fcntl.flock(lock, fcntl.LOCK_SH)
        if (folder / "lock").exists():
            return lock
        os.close(lock)


def _swept(root: Path, *, but: str = "", only: str = "") -> None:
    """Remove the folders that no process holds, or ``only`` that one."""
    import fcntl

    for folder in root.iterdir():
        if folder.name == but or (only and folder.name != only):
            continue
        try:
            lock = os.open(folder / "lock", os.O_RDWR)
        except OSError:  # another process removes it, or just makes it
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:  # somebody reads it
            continue
        finally:
            os.close(lock)


def _forget(run: str) -> None:
    """Let go of a run's folder, and remove it unless a worker still reads it."""
    with _GUARD:
        _BEGUN.discard(run)
        lock = _HELD.pop(run, None)
        if lock is not None:
            os.close(lock)
        root = _root()
        if root is not None:
            _swept(root, only=run)
