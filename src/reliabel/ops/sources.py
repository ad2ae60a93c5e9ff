"""Matrices that stay on disk and are read in blocks, so that data may be larger than memory.

To ``ops/chunks.py`` a source looks like a two-dimensional float array: it has shape, dtype, ndim,
a length, and returns rows by slice or by index.
"""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reliabel.core.labels import Floats
from reliabel.ops.addresses import address_of, opened

# Bytes of row groups kept in memory, so that blocks smaller than a group do not read it again.  The
# last group read is always kept.
HELD = 2**23
BESIDE = 8  # columns read at a time; each takes up to 2 MiB beside its values
STEP = 4096  # rows of them written at a time


def parquet_file(place: str, metadata: Any = None) -> Any:
    """A Parquet file of pyarrow at a path, read in small pieces, or at an address, where each
    request takes its time, in few.
    """
    import pyarrow.parquet

    address = address_of(place)
    if address is None:
        return pyarrow.parquet.ParquetFile(
            place, metadata=metadata, pre_buffer=False, buffer_size=2**16
        )
    system, path = opened(address)
    return pyarrow.parquet.ParquetFile(path, metadata=metadata, filesystem=system, pre_buffer=True)


class SpannedRows:
    """Rows by slice, by number, and by an array of numbers or booleans, for a source that opens
    spans of rows and rows of given numbers.
    """

    ndim = 2
    shape: tuple[int, int]
    dtype: np.dtype[Any]
    slow = False  # whether reading rows costs much more than copying them

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any) -> Floats:
        if isinstance(rows, tuple):
            part, column = rows
            chosen: Floats = self[part][:, column]
            return chosen
        if isinstance(rows, slice):
            start, stop, step = rows.indices(len(self))
            return self._span(start, stop) if step == 1 else self[np.arange(start, stop, step)]
        if isinstance(rows, int | np.integer):
            row = int(rows) + (len(self) if rows < 0 else 0)
            if not 0 <= row < len(self):
                raise IndexError(f"row {rows} of {len(self)}")
            one: Floats = self._span(row, row + 1)[0]
            return one
        return self._picked(np.arange(len(self))[rows])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return self[:].astype(self.dtype if dtype is None else dtype, copy=False)

    def _span(self, start: int, stop: int) -> Floats:
        raise NotImplementedError

    def _picked(self, index: NDArray[np.integer[Any]]) -> Floats:
        raise NotImplementedError


class ParquetMatrix(SpannedRows):
    """The numeric columns of a Parquet file as an (n, k) matrix.

    Only a few row groups are in memory at a time (one, if it is large).  A single column of lists
    of equal length is taken as the matrix itself.  Pickled as its path, which may be an address.
    columns: which columns, in this order; None takes all.
    Raises ValueError if a column does not hold numbers.
    """

    slow = True

    def __init__(self, path: str | Path, columns: tuple[str, ...] | None = None) -> None:
        import pyarrow as pa

        self.path = str(path)
        try:
            file = parquet_file(self.path)
        except (pa.ArrowException, OSError) as error:
            raise ValueError(
                f"{Path(path).name} is a broken Parquet file: {str(error).splitlines()[0]}; was it "
                "cut short?"
            ) from None
        schema = file.schema_arrow
        self.columns = tuple(schema.names) if columns is None else tuple(columns)
        absent = [name for name in self.columns if name not in schema.names]
        if absent or not self.columns:
            raise ValueError(
                f"{Path(path).name} has no columns {absent}; it has {schema.names[:20]}"
            )
        types = [schema.field(name).type for name in self.columns]
        self.listed = len(types) == 1 and (
            pa.types.is_list(types[0])
            or pa.types.is_fixed_size_list(types[0])
            or pa.types.is_large_list(types[0])
        )
        numbers = [types[0].value_type] if self.listed else types
        wrong = [
            (name, str(kind))
            for name, kind in zip(self.columns, numbers, strict=True)
            if not (pa.types.is_floating(kind) or pa.types.is_integer(kind))
        ]
        if wrong:
            raise ValueError(
                f"{Path(path).name}: column {wrong[0][0]!r} holds {wrong[0][1]}, not numbers; keep "
                "number columns only"
            )
        small = all(pa.types.is_float32(kind) or pa.types.is_float16(kind) for kind in numbers)
        self.dtype = np.dtype(np.float32 if small else np.float64)
        half = all(pa.types.is_float16(kind) for kind in numbers)
        self.kept = np.dtype(np.float16) if half else self.dtype  # what holds every value
        sizes = [
            file.metadata.row_group(group).num_rows for group in range(file.metadata.num_row_groups)
        ]
        self.starts = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int64)
        self._metadata, self._lock = file.metadata, Lock()
        self._held: dict[int, Floats] = {}  # the row groups opened last
        self.shape = (
            int(self.starts[-1]),
            len(self._group(0)[0]) if self.listed and len(sizes) else len(self.columns),
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return ParquetMatrix, (self.path, self.columns)

    def select(self, columns: tuple[str, ...]) -> ParquetMatrix:
        """The same file with these columns in this order."""
        return ParquetMatrix(self.path, columns)

    def _span(self, start: int, stop: int) -> Floats:
        parts = []
        for group in range(
            int(np.searchsorted(self.starts, start, "right")) - 1, len(self.starts) - 1
        ):
            first, last = int(self.starts[group]), int(self.starts[group + 1])
            if first >= stop:
                break
            if last > start:
                part = self._group(group)[max(start - first, 0) : stop - first]
                # a view would keep the whole group while the next one is opened
                parts.append(part.copy() if last < stop else part)
        return (
            parts[0]
            if len(parts) == 1
            else np.concatenate(parts)
            if parts
            else np.empty((0, self.shape[1]), self.dtype)
        )

    def _picked(self, index: NDArray[np.integer[Any]]) -> Floats:
        out = np.empty((len(index), self.shape[1]), self.dtype)
        group = np.searchsorted(self.starts, index, "right") - 1
        for g in np.unique(group).tolist():
            mine = group == g
            out[mine] = self._group(g)[index[mine] - self.starts[g]]
        return out

    def _group(self, group: int) -> Floats:
        with self._lock:
            if group not in self._held:
                size = (
                    int(self.starts[group + 1] - self.starts[group])
                    * len(self.columns)
                    * self.dtype.itemsize
                )
                while self._held and sum(held.nbytes for held in self._held.values()) + size > HELD:
                    del self._held[next(iter(self._held))]
                self._held[group] = self._opened(group)
            return self._held[group]

    def _opened(self, group: int) -> Floats:
        """Read a row group a few columns at a time; a whole table would be held in memory twice."""
        import pyarrow as pa

        try:
            file = parquet_file(self.path, self._metadata)
            if self.listed:
                return self._rows(
                    file.read_row_group(
                        group, columns=list(self.columns), use_threads=False
                    ).column(0)
                )
            rows = np.empty(
                (int(self.starts[group + 1] - self.starts[group]), len(self.columns)), self.dtype
            )
            for first in range(0, len(self.columns), BESIDE):
                table = file.read_row_group(
                    group, columns=list(self.columns[first : first + BESIDE]), use_threads=False
                )
                some = [
                    table.column(name).to_numpy() for name in self.columns[first : first + BESIDE]
                ]
                for start in range(0, len(rows), STEP):
                    for place, column in enumerate(some, first):
                        rows[start : start + STEP, place] = column[start : start + STEP]
        except (pa.ArrowException, OSError) as error:
            raise ValueError(
                f"{Path(self.path).name} is damaged in its row group {group}: "
                f"{str(error).splitlines()[0]}"
            ) from None
        return rows

    def _rows(self, column: Any) -> Floats:
        import pyarrow.compute as pc

        sizes = pc.unique(pc.list_value_length(column)).to_pylist()
        if len(sizes) != 1 or sizes[0] is None:
            raise ValueError(
                f"{Path(self.path).name}: the lists of column {self.columns[0]!r} must have one "
                f"length, got {sorted(map(str, sizes))[:5]}"
            )
        out: Floats = pc.list_flatten(column).to_numpy().astype(self.dtype).reshape(-1, sizes[0])
        return out
