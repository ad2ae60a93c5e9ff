"""Exact and near copies: which rows, texts or pictures are the same as an earlier one.

Rows are compared by a 64-bit sum of their bytes, and those whose sums are equal by a 128-bit hash
(blake2b; -0.0 counts as 0.0), so a million rows take seconds and 16 bytes each.  Near copies of
texts are found by the Jaccard similarity of their shingles (runs of five characters).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.labels import Ints
from reliabel.core.run import stop_if_cancelled
from reliabel.core.words import Words
from reliabel.ops.chunks import constant, cut, rows, spans

PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm")


def same_rows(features: Any) -> Ints:
    """(n,) the first row with the same content as each row (the row itself if none precedes it).

    >>> same_rows(np.array([[0.0, 1.0], [2.0, 3.0], [-0.0, 1.0]])).tolist()
    [0, 1, 0]
    """
    n, width = len(features), int(np.prod(features.shape[1:], dtype=np.int64))
    first = np.arange(n, dtype=np.int64)
    if not n:
        return first
    sums = rows(lambda block: _sums(np.asarray(block.read()[0])), cut(constant(features), k=width))
    again = np.flatnonzero(_repeated(sums))
    if len(again):  # equal rows have equal sums; the hash tells which of these rows are equal
        same = _first(
            key
            for start, stop in spans(len(again), width)
            for key in _keys(np.asarray(features[again[start:stop]]))
        )
        first[again] = again[same]
    return first


def same_texts(items: Sequence[Any]) -> Ints:
    """(n,) the first item whose text is the same, character for character.

    >>> same_texts(["yes", "no", "yes"]).tolist()
    [0, 1, 0]
    """
    return _first(
        blake2b(str(item).encode("utf-8", "surrogatepass"), digest_size=16).digest()
        for item in items
    )


def same_pictures(items: Sequence[Any]) -> Ints:
    """(n,) the first picture (a path, encoded bytes or an array) with the same bytes.

    A missing file equals no other.
    """
    return _first(_picture_key(item, row) for row, item in enumerate(items))


def sort_of(items: Any) -> str:
    """The type of raw items: "texts", "pictures", "rows", or "nothing" that can be compared.

    Pictures are paths, bytes or arrays; rows are a dict of columns.

    >>> sort_of(["a.png", None]), sort_of(["some words"]), sort_of({"age": [1, 2]}), sort_of(None)
    ('pictures', 'texts', 'rows', 'nothing')
    """
    if items is None or isinstance(items, Mapping):
        return "nothing" if items is None else "rows"
    known = [item for item in items[:100] if item is not None and not isinstance(item, float)]
    if known and all(_is_picture(item) for item in known):
        return "pictures"
    texts = known and all(isinstance(item, str | Words) for item in known)
    return "texts" if texts else "nothing"


def plain(text: str) -> str:
    """Normalise a text: case, Unicode form, punctuation and runs of spaces are removed.

    >>> plain("Where is  my CARD?!")
    'where is my card'
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return (
        " ".join(
            "".join(
                c if c.isalnum() or unicodedata.category(c)[0] == "M" else " " for c in folded
            ).split()
        )
        or folded.strip()
    )


def shingles(text: str, size: int = 5) -> frozenset[str]:
    """The runs of ``size`` characters of a text; a shorter text is one run."""
    return frozenset(text[at : at + size] for at in range(max(1, len(text) - size + 1)))


def overlap(a: frozenset[str], b: frozenset[str]) -> float:
    """Jaccard similarity of two sets of shingles.

    >>> round(overlap(shingles("lost my card"), shingles("lost my cards")), 2)
    0.89
    """
    both = len(a & b)
    return both / (len(a) + len(b) - both) if a or b else 1.0


def groups(first: Ints) -> list[Ints]:
    """The rows of each group of two or more copies, ascending, ordered by their first row.

    >>> [group.tolist() for group in groups(np.array([0, 1, 0, 1, 4]))]
    [[0, 2], [1, 3]]
    """
    order = np.argsort(first, kind="stable")
    return [
        group
        for group in np.split(order, np.flatnonzero(np.diff(first[order])) + 1)
        if len(group) > 1
    ]


def _is_picture(item: Any) -> bool:
    if isinstance(item, str | Path):
        return str(item).lower().endswith(PICTURES)
    return isinstance(item, bytes) or getattr(item, "ndim", 0) >= 2


def _picture_key(item: Any, row: int) -> bytes:
    if isinstance(item, str | Path):
        item = Path(item).read_bytes() if Path(item).is_file() else None
    if isinstance(item, np.ndarray):
        item = str(item.shape).encode() + np.ascontiguousarray(item).tobytes()
    return blake2b(item, digest_size=16).digest() if isinstance(item, bytes) else str(row).encode()


def _plain_rows(block: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The rows of a block in which every zero is 0.0, one after another in memory."""
    stop_if_cancelled()
    rows = block.reshape(len(block), -1)
    if rows.dtype.kind in "fc":
        rows = rows + rows.dtype.type(0)  # -0.0 + 0.0 = 0.0
    return np.ascontiguousarray(rows)


def _keys(block: np.ndarray[Any, Any]) -> Iterable[bytes]:
    return (blake2b(row, digest_size=16).digest() for row in _plain_rows(block))


def _sums(block: np.ndarray[Any, Any]) -> np.ndarray[Any, np.dtype[np.uint64]]:
    """(n,) a number for each row, the same for rows of the same bytes: eight bytes at a time, each
    times an odd number of its own.
    """
    raw = _plain_rows(block)
    raw = (
        raw.view(np.uint8).reshape(len(raw), -1) if raw.size else np.zeros((len(raw), 8), np.uint8)
    )
    if raw.shape[1] % 8:
        raw = np.pad(raw, ((0, 0), (0, -raw.shape[1] % 8)))
    words = raw.view(np.uint64)
    odd = np.random.default_rng(0).integers(
        2**64, size=words.shape[1], dtype=np.uint64
    ) | np.uint64(1)
    mixed = words ^ (words >> np.uint64(29))
    return np.asarray((mixed * odd).sum(1, dtype=np.uint64))


def _repeated(sums: np.ndarray[Any, np.dtype[np.uint64]]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """(n,) whether another row has the same sum."""
    order = np.argsort(sums, kind="stable")
    same = sums[order[1:]] == sums[order[:-1]]
    found = np.zeros(len(sums), dtype=bool)
    found[order[1:]] = same
    found[order[:-1]] |= same
    return found


def _first(keys: Iterable[bytes]) -> Ints:
    seen: dict[bytes, int] = {}
    return np.array([seen.setdefault(key, row) for row, key in enumerate(keys)], dtype=np.int64)
