"""The audit folder: evidence kept by content hash, atomic writes, one run at a time.

Every file is written through a temporary name and renamed, so that a crash or a full disk leaves the last good state.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

Arrays = dict[str, np.ndarray[Any, Any]]


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """A temporary path next to ``path``; renamed to it when the block ends well, removed when it does not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def fingerprint(*things: Any) -> str:
    """SHA-256 of arrays (bytes, type, shape), texts, numbers and nests of them: equal content, equal name."""
    digest = hashlib.sha256()
    for thing in things:
        _feed(digest, thing)
    return digest.hexdigest()


def _feed(digest: Any, thing: Any) -> None:
    if isinstance(thing, np.ndarray) and thing.dtype != object:
        digest.update(f"array {thing.dtype.str} {thing.shape}".encode())
        for start in range(0, len(thing) if thing.ndim else 1, 65536):
            digest.update(np.ascontiguousarray(thing[start : start + 65536] if thing.ndim else thing).data)
    elif isinstance(thing, str | bytes):
        raw = thing.encode("utf-8", "surrogatepass") if isinstance(thing, str) else thing
        digest.update(f"text {len(raw)} ".encode() + raw)
    elif isinstance(thing, Mapping):
        for key in sorted(thing, key=str):
            _feed(digest, str(key))
            _feed(digest, thing[key])
    elif isinstance(thing, list | tuple | np.ndarray):
        digest.update(f"list {len(thing)}".encode())
        for part in thing:
            _feed(digest, part)
    elif thing is None or isinstance(thing, bool | int | float | np.generic):
        digest.update(f"{type(thing).__name__} {thing!r}".encode())
    else:
        raise TypeError(f"cannot fingerprint a {type(thing).__name__}; give arrays, text, numbers, or lists and mappings of them")


class Store:
    """Evidence that is made once: ``made`` gives what is on disk under this key, or makes it and keeps it.

    Without a folder nothing is kept.  A damaged file is noticed by its hash and made again (``damaged`` lists the names).
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = None if folder is None else Path(folder) / "evidence"
        self.damaged: list[str] = []
        self.reused: list[str] = []

    def made(self, kind: str, key: Mapping[str, Any], make: Callable[[], Arrays]) -> Arrays:
        """Arrays of evidence ``kind`` made from what ``key`` holds (arrays are hashed); large ones come back as memory maps."""
        if self.folder is None:
            return make()
        place = self.folder / f"{kind}-{fingerprint(kind, key)[:16]}"
        found = self._read(place)
        if found is None:
            arrays = make()
            self._write(place, arrays)
            return arrays
        self.reused.append(kind)
        return found

    def _read(self, place: Path) -> Arrays | None:
        card = Path(f"{place}.json")
        if not card.exists():
            return None
        try:
            sums: dict[str, str] = json.loads(card.read_text())["sha256"]
            arrays: Arrays = {name: np.load(f"{place}.{name}.npy", mmap_mode="r") for name in sums}
            whole = all(fingerprint(arrays[name]) == sums[name] for name in sums)
        except (OSError, ValueError, KeyError, TypeError, EOFError):  # cut short, not an array, not JSON: made again
            whole = False
        if not whole:
            self.damaged.append(place.name)
            return None
        return {name: array if array.nbytes > 2**26 else np.array(array) for name, array in arrays.items()}

    def _write(self, place: Path, arrays: Arrays) -> None:
        for name, array in arrays.items():
            with writing(Path(f"{place}.{name}.npy")) as part, part.open("wb") as file:
                np.save(file, array, allow_pickle=False)
        card = {"sha256": {name: fingerprint(array) for name, array in arrays.items()}}
        with writing(Path(f"{place}.json")) as part:  # last: without its card the evidence does not count
            part.write_text(json.dumps(card))
