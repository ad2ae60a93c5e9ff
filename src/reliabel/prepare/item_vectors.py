"""Features by an embedder that looks at each item alone: items are embedded block by block, each
block is kept when it is made, and an item that was embedded before is not embedded again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from reliabel.core.labels import Floats
from reliabel.core.run import Rated, current, running, tell
from reliabel.folders.vector_store import Vectors, gathered

AN_ITEM = 5e7  # floating-point operations that an item is taken for
BLOCK = 128  # items whose vectors are lost at most when a run is killed


def names_of(items: Sequence[Any], digests: Sequence[bytes] | None) -> list[bytes]:
    """Sixteen bytes that name the content of each item: ``digests`` of its file, or its text."""
    from reliabel.ops.texts import plain

    if digests is None:
        digests = [b"text " + plain(item).encode("utf-8", "surrogatepass") for item in items]
    return [hashlib.blake2b(one, digest_size=16).digest() for one in digests]


def embedded(
    items: Sequence[Any],
    names: Sequence[bytes],
    vectors: Vectors,
    embed: Callable[[Sequence[Any]], Floats],
) -> Floats:
    """(n, d) the vector of each item; those that are not kept are made, the longest texts first.

    An interrupted run goes on with the block where it stopped, and gives the same bits.
    """
    kept = vectors.found(names)
    row = {name: at for at, name in reversed(list(enumerate(names))) if name not in kept}
    left = sorted(row, key=lambda name: (-_length(items[row[name]]), row[name]))
    blocks = [left[start : start + BLOCK] for start in range(0, len(left), BLOCK)]
    done = [len(names) - len(left)]

    def work(block: list[tuple[bytes, Any]]) -> tuple[list[bytes], Floats]:
        with _within(done[0], len(block), len(names)):
            return [name for name, _ in block], embed([item for _, item in block])

    def keep(found: tuple[list[bytes], Floats]) -> None:
        block, made = found
        good = np.flatnonzero(np.isfinite(made).all(1))  # what cannot be read may be mended later
        if len(good):
            vectors.keep([block[at] for at in good], made[good])
        kept.update(zip(block, made, strict=True))
        done[0] += len(block)
        tell("embedding", done[0], len(names))

    each = Rated(work, BLOCK * AN_ITEM, threaded=True)
    current().executor(each, _Blocks(blocks, items, row), keep)
    tell("embedding", len(names), len(names))
    vectors.join()
    return gathered(names, kept)


class _Blocks(Sequence[list[tuple[bytes, Any]]]):
    """The items of each block with their names, fetched when a block is sent."""

    def __init__(
        self, blocks: list[list[bytes]], items: Sequence[Any], row: dict[bytes, int]
    ) -> None:
        self.blocks, self.items, self.row = blocks, items, row

    def __len__(self) -> int:
        return len(self.blocks)

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(len(self)))]
        return [(name, self.items[self.row[name]]) for name in self.blocks[at]]


def _length(item: Any) -> int:
    return len(item) if isinstance(item, str) else 0


def _within(done: int, size: int, total: int) -> Any:
    """Progress of the steps of one block, told as progress of the whole."""
    listener = current().listener

    def inner(label: str, step: int, steps: int | None) -> None:
        if listener is not None:
            listener("embedding", done + (size * step // steps if steps else 0), total)

    return running(listener=None if listener is None else inner)
