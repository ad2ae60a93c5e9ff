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


def fingerprint(*things: Any) -> str:
    """SHA-256 of arrays (bytes, type, shape), texts, numbers and nests of them: equal content,
    equal name.
    """
    digest = hashlib.sha256()
    for thing in things:
        _feed(digest, thing)
    return digest.hexdigest()


def _feed(digest: Any, thing: Any) -> None:
    if isinstance(thing, np.ndarray) and thing.dtype != object:
        digest.update(f"array {thing.dtype.str} {thing.shape}".encode())
        for start in range(0, len(thing) if thing.ndim else 1, 65536):
            digest.update(_raw(thing[start : start + 65536] if thing.ndim else thing))
    elif isinstance(thing, str | bytes):
        raw = thing.encode("utf-8", "surrogatepass") if isinstance(thing, str) else thing
        digest.update(f"text {len(raw)} ".encode() + raw)
    elif isinstance(thing, Mapping):
        digest.update(f"mapping {len(thing)} ".encode())  # or it would not show where one ends
        for key in sorted(thing, key=str):
            _feed(digest, str(key))
            _feed(digest, thing[key])
    elif isinstance(thing, list | tuple | np.ndarray):
        digest.update(f"list {len(thing)}".encode())
        for part in thing:
            _feed(digest, part)
    elif (
        hasattr(thing, "shape")
        and hasattr(thing, "dtype")
        and hasattr(thing, "__getitem__")
        and not isinstance(thing, np.generic)
    ):
        digest.update(
            f"array {np.dtype(thing.dtype).str} {tuple(thing.shape)}".encode()
        )  # a source that opens rows on demand
        for start in range(0, thing.shape[0], 65536):
            digest.update(_raw(thing[start : start + 65536]))
    elif thing is None or isinstance(thing, bool | int | float | np.generic | date | Decimal):
        digest.update(f"{type(thing).__name__} {thing!r}".encode())
    else:
        raise TypeError(
            f"cannot fingerprint a {type(thing).__name__}; give arrays, text, numbers, or lists and mappings of them"
        )


def _raw(block: Any) -> Any:
    """The bytes of a block; dates have no buffer of their own and are read as whole numbers."""
    block = np.ascontiguousarray(block)
    return block.view(np.int64).data if block.dtype.kind in "mM" else block.data
