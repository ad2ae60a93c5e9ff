"""The rows of several files one after another as one matrix that stays where it lies: Parquet and
Arrow files here or at an address, and .npy files here.

What travels to another process is the list of the places, not the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reliabel.core.labels import Floats
from reliabel.ops.addresses import address_of, name_of, opened
from reliabel.ops.sources import ParquetMatrix, SpannedRows

OPEN = 2  # files that are open at a time


class Shape(NamedTuple):
    """The first row of each file and the number of all, numbers a row, and the type."""

    starts: tuple[int, ...]
    width: int
    dtype: str


class ArrowMatrix(SpannedRows):
    """The number columns of an Arrow file, or its one column of lists of equal length, as (n, d).

    A file on this machine is mapped into memory and its rows are read where they are used.
    columns: which columns, in this order; None takes all.
    Raises ValueError if a column does not hold numbers.
    """

    def __init__(self, place: str, columns: tuple[str, ...] | None = None) -> None:
        import pyarrow as pa

        self.place, name = place, name_of(place)
        try:
            table = arrow_table(place)
            self._table = table if columns is None else table.select(list(columns))
        except (pa.ArrowException, OSError, KeyError) as error:
            raise ValueError(f"{name} cannot be read as an Arrow file: {error}") from None
        self.slow = address_of(place) is not None
        self.columns = tuple(self._table.column_names)
        types = [field.type for field in self._table.schema]
        self.listed = len(types) == 1 and holds_lists(types[0])
        for column, kind in zip(self.columns, types, strict=True):
            own = kind.value_type if self.listed else kind
            if not (pa.types.is_floating(own) or pa.types.is_integer(own)):
                raise ValueError(f"{name}: column {column!r} holds {kind}, not numbers")
        numbers = [types[0].value_type] if self.listed else types
        small = all(pa.types.is_float32(kind) or pa.types.is_float16(kind) for kind in numbers)
        self.dtype = np.dtype(np.float32 if small else np.float64)
        width = len(self._rows(0, 1)[0]) if self.listed and self._table.num_rows else len(types)
        self.shape = (self._table.num_rows, width)

    def __reduce__(self) -> tuple[Any, ...]:
        return ArrowMatrix, (self.place, self.columns)

    def select(self, columns: tuple[str, ...]) -> ArrowMatrix:
        """The same file with these columns in this order."""
        return ArrowMatrix(self.place, columns)

    def _span(self, start: int, stop: int) -> Floats:
        return self._rows(start, max(stop, start))

    def _picked(self, index: NDArray[np.integer[Any]]) -> Floats:
        if not len(index):
            return np.empty((0, self.shape[1]), self.dtype)
        low, high = int(index.min()), int(index.max()) + 1
        rows = self._rows(low, high)
        return np.asarray(rows[index - low])

    def _rows(self, start: int, stop: int) -> Floats:
        part = self._table.slice(start, stop - start)
        if not self.listed:
            columns = [part.column(name).to_numpy() for name in self.columns]
            table: Floats = np.column_stack(columns).astype(self.dtype, copy=False)
            return table
        column = part.column(0)
        flat = np.concatenate([_flat(chunk) for chunk in column.chunks] or [np.empty(0)])
        n = stop - start
        if column.null_count or (n and len(flat) % n):
            raise ValueError(
                f"{name_of(self.place)}: the lists of column {self.columns[0]!r} must have one "
                "length, and none may be missing"
            )
        rows: Floats = flat.astype(self.dtype, copy=False).reshape(n, -1)
        return rows


class RowFiles(SpannedRows):
    """The rows of several files of one form and one width.

    form: parquet, arrow or npy.  columns: which; None takes all.  shape: where it is known.
    Raises ValueError for files of different widths.
    """

    def __init__(
        self,
        form: str,
        places: Sequence[str],
        columns: tuple[str, ...] | None = None,
        shape: Shape | None = None,
    ) -> None:
        self.form, self.places, self.columns = form, tuple(places), columns
        away = any(address_of(place) is not None for place in self.places)
        self.slow = away or form == "parquet"
        self._lock, self._open = Lock(), dict[int, Any]()
        self._shape = self._measured() if shape is None else shape
        self.shape = (self._shape.starts[-1], self._shape.width)
        self.dtype = np.dtype(self._shape.dtype)

    def __reduce__(self) -> tuple[Any, ...]:
        return RowFiles, (self.form, self.places, self.columns, self._shape)

    def select(self, columns: tuple[str, ...]) -> RowFiles:
        """The same files with these columns in this order."""
        return RowFiles(self.form, self.places, columns)

    def _measured(self) -> Shape:
        starts, widths, types = [0], dict[int, str](), list[Any]()
        for number, place in enumerate(self.places):
            part = self._part(number)
            if len(part):
                widths.setdefault(int(part.shape[1]), name_of(place))
                types.append(part.dtype)
            if number == 0 and self.columns is None:
                self.columns = getattr(part, "columns", None)
            starts.append(starts[-1] + len(part))
        if len(widths) != 1:
            seen = ", ".join(f"{width} in {name}" for width, name in widths.items()) or "none"
            raise ValueError(f"the rows of the files must have one number of columns, got {seen}")
        dtype = np.result_type(*types)
        return Shape(tuple(starts), next(iter(widths)), dtype.str)

    def _part(self, number: int) -> Any:
        with self._lock:
            if number not in self._open:
                while len(self._open) >= OPEN:
                    del self._open[next(iter(self._open))]
                self._open[number] = self._opened(self.places[number])
            return self._open[number]

    def _opened(self, place: str) -> Any:
        if self.form == "parquet":
            return ParquetMatrix(place, self.columns)
        if self.form == "arrow":
            return ArrowMatrix(place, self.columns)
        whole = np.load(place, mmap_mode="r", allow_pickle=False)
        return whole[:, None] if whole.ndim == 1 else whole

    def _span(self, start: int, stop: int) -> Floats:
        first = int(np.searchsorted(self._shape.starts, start, "right")) - 1
        parts = []
        for number in range(first, len(self.places)):
            low, high = self._shape.starts[number], self._shape.starts[number + 1]
            if low >= stop:
                break
            if high > start:
                rows = self._part(number)[max(start - low, 0) : min(stop, high) - low]
                parts.append(np.asarray(rows, dtype=self.dtype))
        if len(parts) == 1:
            return parts[0]
        return np.concatenate(parts) if parts else np.empty((0, self.shape[1]), self.dtype)

    def _picked(self, index: NDArray[np.integer[Any]]) -> Floats:
        out = np.empty((len(index), self.shape[1]), self.dtype)
        file = np.searchsorted(self._shape.starts, index, "right") - 1
        for number in np.unique(file).tolist():
            mine = file == number
            out[mine] = self._part(number)[index[mine] - self._shape.starts[number]]
        return out


def arrow_table(place: str) -> Any:
    """The table of an Arrow file or stream: mapped into memory where it lies on this machine and is
    not compressed, read where it lies at an address.
    """
    import pyarrow as pa

    address = address_of(place)
    if address is None:
        source = pa.memory_map(place)
    else:
        system, path = opened(address)
        source = system.open_input_file(path)
    stream = source.read(4) == b"\xff\xff\xff\xff"
    source.seek(0)
    return (pa.ipc.open_stream if stream else pa.ipc.open_file)(source).read_all()


def holds_lists(kind: Any) -> bool:
    """Whether a type of Arrow is lists of some kind."""
    import pyarrow as pa

    return bool(
        pa.types.is_list(kind) or pa.types.is_fixed_size_list(kind) or pa.types.is_large_list(kind)
    )


def _flat(chunk: Any) -> Any:
    return chunk.flatten().to_numpy(zero_copy_only=False)
