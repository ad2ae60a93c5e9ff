"""The evidence store: pieces that were made once, kept by a fingerprint of what they were made
from.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.folders.atomic import writing
from reliabel.folders.fingerprint import fingerprint

Arrays = dict[str, np.ndarray[Any, Any]]


class Store:
    """Evidence that is made once: ``made`` gives what is on disk under this key, or makes it and
    keeps it.

    Without a folder nothing is kept.  A damaged file is noticed by its hash and made again
    (``damaged`` lists the names).
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = None if folder is None else Path(folder) / "evidence"
        self.damaged: list[str] = []
        self.reused: list[str] = []

    def made(self, kind: str, key: Mapping[str, Any], make: Callable[[], Arrays]) -> Arrays:
        """Arrays of evidence ``kind`` made from what ``key`` holds (arrays are hashed); large ones
        come back as memory maps.
        """
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
        except (
            OSError,
            ValueError,
            KeyError,
            TypeError,
            EOFError,
        ):  # cut short, not an array, not JSON: made again
            whole = False
        if not whole:
            self.damaged.append(place.name)
            return None
        return {
            name: array if array.nbytes > 2**26 else np.array(array)
            for name, array in arrays.items()
        }

    def _write(self, place: Path, arrays: Arrays) -> None:
        for name, array in arrays.items():
            with writing(Path(f"{place}.{name}.npy")) as part, part.open("wb") as file:
                np.save(file, array, allow_pickle=False)
        card = {"sha256": {name: fingerprint(array) for name, array in arrays.items()}}
        with writing(
            Path(f"{place}.json")
        ) as part:  # last: without its card the evidence does not count
            part.write_text(json.dumps(card))
