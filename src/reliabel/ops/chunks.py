"""Map-reduce over blocks of rows, in bounded memory.

Everything that is a sum over rows is written against these functions.  How rows are cut into
blocks depends on the shape of the data alone, and partial results are merged along one fixed
binary tree, so that one thread, many threads and a cluster give the same answer to the last bit.
A block reads its rows where it is worked on, from arrays, memory maps and Parquet files alike.

    sums = total(lambda block: class_sums(*block.read()), cut(probs, y))
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Generic, TypeVar

import numpy as np

from reliabel.core.run import current

T = TypeVar("T")
B = TypeVar("B")


@dataclass(frozen=True)
class RowBlock:
    """One span of rows of several sources of equal length.

    A source is anything with a length that returns rows for a slice.
    """

    start: int
    stop: int
    sources: tuple[Any, ...]

    def read(self) -> tuple[Any, ...]:
        """Read the rows of each source; None stays None.

        Arrays come back in C order whatever their order was, because the order in memory decides
        the order of summation and so the last bits of a sum.
        """
        return tuple(
            _in_order(None if source is None else source[self.start : self.stop])
            for source in self.sources
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle only what another process needs.

        A memory map is sent as its file and offset, an array as the rows of this block, any other
        source as it pickles itself.
        """
        packed = tuple(_pack(source, self.start, self.stop) for source in self.sources)
        return _unpack, (self.start, self.stop, packed)


def spans(n: int, k: int = 1) -> list[tuple[int, int]]:
    """Start and stop of each block when n rows of k numbers are cut; depends on n and k alone.

    >>> spans(100_000, 100)[:2], len(spans(100_000, 100))
    ([(0, 20971), (20971, 41942)], 5)
    """
    size = int(np.clip(2**21 // max(k, 1), 1024, 65536))
    return [(start, min(start + size, n)) for start in range(0, n, size)]


def cut(*sources: Any, k: int | None = None) -> list[RowBlock]:
    """Cut sources of equal length into blocks.

    k: numbers per row; if not given it is the width of the first two-dimensional source.
    """
    n = next(len(source) for source in sources if source is not None)
    if k is None:
        k = next((int(source.shape[1]) for source in sources if getattr(source, "ndim", 1) == 2), 1)
    return [RowBlock(start, stop, sources) for start, stop in spans(n, k)]


def constant(array: Any) -> Any:
    """The array, not to be written any more: executors that work elsewhere send it there once,
    however often blocks of it are worked on.

    Other sources of rows (memory maps, files) are returned as they are.
    """
    if type(array) is not np.ndarray or not array.flags.writeable:
        return array
    same = array.view()
    same.flags.writeable = False
    return same


def place_of(source: Any) -> tuple[str, str, tuple[int, ...], int] | None:
    """File, dtype, shape and offset of a memory map in C order; None for any other source."""
    if not isinstance(source, np.memmap) or source.filename is None:
        return None
    if not source.flags.c_contiguous:
        return None
    # a row view of a map keeps the map's own offset in newer NumPy only, so the place is worked out
    # from the addresses
    base: Any = source
    while isinstance(base.base, np.memmap):
        base = base.base
    offset = int(base.offset) + source.ctypes.data - base.ctypes.data
    return str(source.filename), source.dtype.str, source.shape, offset


def fold(work: Callable[[B], T], merge: Callable[[T, T], T], blocks: Sequence[B]) -> T:
    """Apply ``work`` to each block and merge the results along the fixed tree.

    Raises ValueError if there are no blocks.
    """
    if not len(blocks):
        raise ValueError("nothing to work on: no rows")
    tree: Tree[T] = Tree(merge)
    current().executor(work, blocks, tree.add)
    return tree.finish()


def total(work: Callable[[B], T], blocks: Sequence[B]) -> T:
    """Sum what ``work`` returns over all blocks, field by field.

    Numbers, arrays, tuples, dicts and dataclasses of them can be summed.
    """
    added: T = fold(work, _sum, blocks)
    return added


def rows(work: Callable[[B], T], blocks: Sequence[B]) -> T:
    """Concatenate row-wise results (an array or a tuple of arrays) of all blocks in order.

    Raises ValueError if there are no blocks.
    """
    joined = _Joined(
        sum(block.stop - block.start for block in blocks if isinstance(block, RowBlock))
    )
    current().executor(work, blocks, joined.add)
    if not joined.fields:
        raise ValueError("nothing to work on: no rows")
    found: Any = tuple(joined.finish()) if joined.several else joined.finish()[0]
    return found  # type: ignore[no-any-return]


class Tree(Generic[T]):
    """Merges partial results along a binary tree that depends on their number alone.

    Parts must arrive in order; at most O(log parts) of them are held.
    """

    def __init__(self, merge: Callable[[T, T], T]) -> None:
        self.merge = merge
        self.stack: list[tuple[int, T]] = []

    def add(self, part: T, level: int = 0) -> None:
        """Add the next part.

        level: above 0 if the part already is the merged result of an aligned run of 2**level parts.
        """
        while self.stack and self.stack[-1][0] == level:
            part, level = self.merge(self.stack.pop()[1], part), level + 1
        self.stack.append((level, part))

    def finish(self) -> T:
        """Return the merged result of all parts."""
        part = self.stack.pop()[1]
        while self.stack:
            part = self.merge(self.stack.pop()[1], part)
        return part


class _Joined:
    """Row-wise results written into one preallocated array, so that they are held once.

    n: how many rows to expect.
    """

    def __init__(self, n: int) -> None:
        self.n, self.done, self.several = n, 0, False
        self.fields: list[Any] = []

    def add(self, part: Any) -> None:
        """Write the next part, an array or a tuple of arrays."""
        self.several = isinstance(part, tuple)
        arrays = [np.asarray(array) for array in (part if self.several else (part,))]
        if not self.fields:
            self.fields = [np.empty((self.n, *array.shape[1:]), array.dtype) for array in arrays]
        for place, array in enumerate(arrays):
            self.fields[place] = self._placed(self.fields[place], array)
        self.done += len(arrays[0])

    def _placed(self, whole: Any, array: Any) -> Any:
        stop = self.done + len(array)
        if (
            stop > len(whole) or whole.dtype != array.dtype
        ):  # more rows or a wider type than the first part let expect
            whole = np.concatenate([whole[: self.done], array, whole[stop:]])
        whole[self.done : stop] = array
        return whole

    def finish(self) -> list[Any]:
        """Return the arrays, cut to the rows that arrived."""
        return [whole[: self.done] for whole in self.fields]


def _sum(a: Any, b: Any) -> Any:
    if isinstance(a, tuple):
        return tuple(_sum(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict):
        return {
            key: _sum(a[key], b[key]) if key in a and key in b else a.get(key, b.get(key))
            for key in {**a, **b}
        }
    if is_dataclass(a) and not isinstance(a, type):
        return type(a)(**{f.name: _sum(getattr(a, f.name), getattr(b, f.name)) for f in fields(a)})
    return a + b


def _in_order(part: Any) -> Any:
    return np.ascontiguousarray(part) if isinstance(part, np.ndarray) else part


def _pack(source: Any, start: int, stop: int) -> tuple[str, Any]:
    place = place_of(source)
    if place is not None:
        return "map", place
    if isinstance(source, np.ndarray):
        return "rows", np.ascontiguousarray(source[start:stop])
    return "source", source


def _unpack(start: int, stop: int, packed: tuple[tuple[str, Any], ...]) -> RowBlock:
    return RowBlock(start, stop, tuple(_open(how, what, start) for how, what in packed))


def _open(how: str, what: Any, start: int) -> Any:
    if how == "map":
        path, dtype, shape, offset = what
        return np.memmap(path, dtype=dtype, mode="r", shape=shape, offset=offset)
    return _Shifted(what, start) if how == "rows" else what


@dataclass(frozen=True)
class _Shifted:
    """RowBlock of one block that were sent to another process without the rows before them."""

    part: Any
    start: int

    def __getitem__(self, span: slice) -> Any:
        return self.part[span.start - self.start : span.stop - self.start]
