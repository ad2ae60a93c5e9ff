"""Fingerprints: SHA-256 of arrays, texts, numbers and nests of them, by which evidence is found
again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

BLOCK = 65_536  # rows at a time


def fingerprint(*things: Any) -> str:
    """SHA-256 of arrays (bytes, type, shape), texts, numbers, and lists and mappings of them: equal
    content has an equal name.  Raises TypeError for anything else.
    """
    digest = hashlib.sha256()
    for thing in things:
        _feed(digest, thing)
    return digest.hexdigest()


def _feed(digest: Any, thing: Any) -> None:
    """Add a thing, so that where it ends follows from what is added."""
    if isinstance(thing, np.ndarray) and thing.dtype != object:
        _feed_array(digest, thing)
    elif isinstance(thing, str):
        raw = thing.encode("utf-8", "surrogatepass")
        digest.update(f"text {len(raw)} ".encode() + raw)
    elif isinstance(thing, bytes):
        digest.update(f"bytes {len(thing)} ".encode() + thing)
    elif isinstance(thing, Mapping):
        digest.update(f"mapping {len(thing)} ".encode())  # or it would not show where one ends
        for key in sorted(thing, key=lambda key: (str(key), type(key).__name__)):
            _feed(digest, key)
            _feed(digest, thing[key])
    elif isinstance(thing, list | tuple | np.ndarray):
        digest.update(f"list {len(thing)}".encode())
        for part in thing:
            _feed(digest, part)
    elif thing is None or isinstance(thing, bool | int | float | np.generic | date | Decimal):
        digest.update(f"{type(thing).__name__} {thing!r}".encode())
    elif all(hasattr(thing, name) for name in ("shape", "dtype", "__getitem__")):
        _feed_array(digest, thing)  # a source that opens rows on demand
    else:
        raise TypeError(
            f"cannot fingerprint a {type(thing).__name__}; give arrays, text, numbers, or lists "
            "and mappings of them"
        )


def _feed_array(digest: Any, array: Any) -> None:
    digest.update(f"array {np.dtype(array.dtype).str} {tuple(array.shape)}".encode())
    if not array.shape:
        digest.update(_raw(array))
    for start in range(0, array.shape[0] if array.shape else 0, BLOCK):
        digest.update(_raw(array[start : start + BLOCK]))


def _raw(block: Any) -> Any:
    """The bytes of a block; dates have no buffer of their own and are read as whole numbers."""
    block = np.ascontiguousarray(block)
    return block.view(np.int64).data if block.dtype.kind in "mM" else block.data
