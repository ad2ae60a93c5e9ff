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
from reliabel.folders.evidence_keys import Key
from reliabel.folders.fingerprint import fingerprint
from reliabel.folders.lock import refuse_address

Arrays = dict[str, np.ndarray[Any, Any]]
Values = dict[str, Any]  # text, numbers, None, and lists and mappings of them
LARGE = 2**26  # bytes from which on an array that is kept comes back as a memory map


class Store:
    """Evidence that is made once: ``made`` gives what is on disk under a key, or makes and keeps
    it.

    Without a folder nothing is kept.  ``reused`` and ``damaged`` list the pieces that were found,
    and those that were damaged (by their checksums) and made again.
    """

    def __init__(self, folder: Path | None = None) -> None:
        if folder is not None:
            refuse_address(folder)
        self.folder = None if folder is None else Path(folder) / "evidence"
        self.damaged: list[str] = []
        self.reused: list[str] = []

    def made(self, key: Key, make: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
        """The arrays and plain values of a piece of evidence, equal to the last bit whether they
        are made now or were kept.

        A value is text, a number, None, or lists and mappings (by text) of them; a tuple becomes a
        list and a number of NumPy one of Python, when it is made as well.  Raises TypeError for
        anything else.
        """
        if self.folder is None:
            arrays, values = _split(key.NAME, make())
            return {**arrays, **values}
        name = key.fingerprint()
        place = self.folder / f"{key.NAME}-{name[:16]}"
        found = self._read(place, name)
        if found is not None:
            self.reused.append(key.NAME)
            return found
        arrays, values = _split(key.NAME, make())
        _write(place, name, arrays, values)
        return {**arrays, **values}

    def _read(self, place: Path, name: str) -> dict[str, Any] | None:
        file = Path(f"{place}.json")
        if not file.exists():
            return None
        try:
            card = json.loads(file.read_text(encoding="utf-8"))
            sums: dict[str, str] = card["sha256"]
            arrays: Arrays = {n: np.load(f"{place}.{n}.npy", mmap_mode="r") for n in sums}
            values: Values = card["values"]
            whole = (
                card["key"] == name
                and fingerprint(_text(values)) == card["values_sha256"]
                and all(fingerprint(arrays[n]) == sums[n] for n in sums)
            )
        except (OSError, ValueError, KeyError, TypeError, EOFError):  # cut short, or not ours
            whole = False
        if not whole:
            self.damaged.append(place.name)
            return None
        in_memory = {n: a if a.nbytes > LARGE else np.array(a) for n, a in arrays.items()}
        return {**in_memory, **values}


def _write(place: Path, name: str, arrays: Arrays, values: Values) -> None:
    """Write a piece; the card comes last, without it the piece does not count.  Nothing is flushed
    to disk: what a power cut leaves of it fails its checksum and is made again.
    """
    for part, array in arrays.items():
        with (
            writing(Path(f"{place}.{part}.npy"), lasting=False) as temporary,
            temporary.open("wb") as file,
        ):
            np.save(file, array, allow_pickle=False)
    card = {
        "key": name,
        "sha256": {part: fingerprint(array) for part, array in arrays.items()},
        "values": values,
        "values_sha256": fingerprint(_text(values)),
    }
    with writing(Path(f"{place}.json"), lasting=False) as temporary:
        temporary.write_text(_text(card), encoding="utf-8")


def _split(piece: str, made: Mapping[str, Any]) -> tuple[Arrays, Values]:
    """Arrays and plain values of what was made, both in the form in which they would be read."""
    arrays: Arrays = {}
    values: Values = {}
    for name, value in made.items():
        if isinstance(value, np.ndarray) and not value.dtype.hasobject:
            simple = value.flags.c_contiguous or value.flags.f_contiguous
            arrays[name] = value if simple else np.ascontiguousarray(value)
        else:
            values[name] = json.loads(_text(_plain(value, f"{piece}: {name}")))
    return arrays, values


def _text(value: Any) -> str:
    """JSON in which every float is exact, NaN and infinities included."""
    return json.dumps(value)


def _plain(value: Any, where: str) -> Any:
    """A value of JSON; ``where`` names it in the error."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple):
        return [_plain(part, where) for part in value]
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {key: _plain(part, f"{where}, {key!r}") for key, part in value.items()}
    what = "mapping by other keys than text" if isinstance(value, Mapping) else type(value).__name__
    raise TypeError(
        f"evidence cannot be kept ({where} is a {what}); give arrays of numbers or text, text, "
        "numbers, None, lists, and mappings by text"
    )
