"""Vectors of single items, kept as they are made and shared by all audits of this user: a text or a
picture is embedded once, in whatever file, order or company it comes again.

They lie in the user's cache (``RELIABEL_CACHE``, else ``XDG_CACHE_HOME`` or ``~/.cache``), named by
a hash of the item's content; no text and no picture is kept.  A file that is damaged is left out
and what it held is made again.  Above LIMIT bytes the files that were used least lately go.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from reliabel.core.labels import Floats, Ints
from reliabel.folders.atomic import writing
from reliabel.folders.fingerprint import fingerprint

LIMIT = 2**32  # bytes of all vectors together
WORD = "RELIABEL_CACHE"
BROKEN = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)


def cache_folder() -> Path:
    """Where vectors are kept."""
    given = os.environ.get(WORD)
    if given:
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "reliabel"


class Vectors:
    """The vectors that one embedder (with its options and weights) made of single items."""

    def __init__(self, embedder: str, cache: Path) -> None:
        """embedder: a fingerprint of everything that can change a vector."""
        self.cache = cache
        self.folder = cache / "vectors" / embedder[:32]
        self.new: list[Path] = []

    def found(self, names: Sequence[bytes]) -> dict[bytes, Floats]:
        """The vectors that are kept of items of these names (16 bytes each)."""
        wanted = set(names)
        kept: dict[bytes, Floats] = {}
        for path in sorted(self.folder.glob("*.npz")):
            part = _read(path)
            if part is None:
                continue
            mine = [at for at, name in enumerate(part[0]) if name in wanted]
            kept |= {part[0][at]: part[1][at] for at in mine}
            if mine:
                os.utime(path)
        return kept

    def keep(self, names: Sequence[bytes], vectors: Floats) -> None:
        """Add the vectors (len(names), d) of one block."""
        path = self.folder / f"{fingerprint(list(names))[:32]}.npz"
        name = np.frombuffer(b"".join(names), dtype=np.uint8).reshape(len(names), 16)
        with writing(path, lasting=False) as part, part.open("wb") as file:
            np.savez(file, name=name, x=vectors)
        self.new.append(path)

    def join(self) -> None:
        """Make one file of the blocks that were added, and keep the cache within its limit."""
        parts = [part for part in map(_read, self.new) if part is not None]
        blocks, self.new = self.new, []
        if len(parts) > 1:
            names = [name for part in parts for name in part[0]]
            self.keep(names, np.concatenate([part[1] for part in parts]))
            for path in blocks:
                if path not in self.new:
                    path.unlink(missing_ok=True)
        self.new = []
        _trim(self.cache)


def _read(path: Path) -> tuple[list[bytes], Floats] | None:
    """Names and vectors of a file; None where it is damaged (its checksums say so)."""
    try:
        with np.load(path) as held:
            name, x = held["name"], held["x"]
    except BROKEN:
        return None
    if name.ndim != 2 or name.shape != (len(x), 16) or x.ndim != 2:
        return None
    return [line.tobytes() for line in name], x


def _trim(cache: Path) -> None:
    """Remove the files that were used least lately, until the rest is within the limit."""
    files = [(path.stat(), path) for path in (cache / "vectors").glob("*/*.npz")]
    left = sum(state.st_size for state, _ in files)
    for state, path in sorted(files, key=lambda one: one[0].st_mtime):
        if left <= LIMIT:
            return
        path.unlink(missing_ok=True)
        left -= state.st_size


def gathered(names: Sequence[bytes], kept: Mapping[bytes, Floats]) -> Floats:
    """(n, d) the vectors of items by their names."""
    first: dict[bytes, int] = {}
    row: Ints = np.array([first.setdefault(name, len(first)) for name in names])
    return np.stack([kept[name] for name in first])[row]
