"""What travels to the workers of a Ray cluster: work and blocks as bytes, and large arrays beside
them, each in the object store of the cluster, where all workers of a machine read the same pages.

An array that cannot be written (``ops.chunks.constant``) is put there once, however often it is
sent; one that can be written is put anew for every call, because it may have changed.  A memory map
travels as the place of its file.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any
from weakref import ref

import numpy as np

from reliabel.ops.chunks import RowBlock, place_of

SMALL = 2**16  # bytes up to which an array travels with the work
Place = tuple[int, tuple[int, ...], tuple[int, ...], str]
_BESIDE: ContextVar[list[Any]] = ContextVar("reliabel_beside", default=[])


class Parcels:
    """Packs things for the workers.

    put: stores an object in the cluster and returns what stands for it.
    """

    def __init__(self, put: Callable[[Any], Any]) -> None:
        self.put = put
        self.bytes = 0  # put into the store so far
        self.constants: dict[Place, tuple[ref[Any], Any]] = {}

    def pack(self, thing: Any) -> tuple[bytes, list[Any]]:
        """The bytes of a thing, and what stands for the arrays that are read beside them."""
        found = _Beside(self)
        return found.dumped(thing), found.stored

    def stored(self, array: Any) -> Any:
        """What stands for an array in the store."""
        if not _constant(array):
            self.bytes += array.nbytes
            return self.put(array)
        place = (array.ctypes.data, array.shape, array.strides, array.dtype.str)
        held, found = self.constants.get(place, (None, None))
        if held is None or held() is None:
            self.bytes += array.nbytes
            found = self.put(array)
            forget = self.constants.pop
            self.constants[place] = (ref(array, lambda _: forget(place, None)), found)
        return found


class _Beside:
    """The arrays of one parcel."""

    def __init__(self, parcels: Parcels) -> None:
        self.parcels, self.stored = parcels, list[Any]()
        self.number: dict[int, int] = {}  # id of an array -> its place among those stored
        self.alive: list[Any] = []  # so that no other array gets the id of one that was stored

    def dumped(self, thing: Any) -> bytes:
        from ray.cloudpickle import CloudPickler

        other = self

        class Pickler(CloudPickler):  # type: ignore[misc]
            def reducer_override(self, thing: Any) -> Any:
                reduced = other.reduced(thing)
                return super().reducer_override(thing) if reduced is None else reduced

        file = io.BytesIO()
        Pickler(file).dump(thing)
        return file.getvalue()

    def reduced(self, thing: Any) -> Any:
        """How to make the thing again where it is read; None: as it pickles itself."""
        if isinstance(thing, RowBlock) and any(map(_constant, thing.sources)):
            return RowBlock, (thing.start, thing.stop, thing.sources)
        if not isinstance(thing, np.ndarray):
            return None
        place = place_of(thing)
        if place is not None:
            return opened, place
        if thing.nbytes <= SMALL or thing.dtype.hasobject:
            return None
        if id(thing) not in self.number:
            self.number[id(thing)] = len(self.stored)
            self.stored.append(self.parcels.stored(thing))
            self.alive.append(thing)
        return beside, (self.number[id(thing)],)


def unpack(packed: bytes, arrays: list[Any]) -> Any:
    """The thing again, in a worker."""
    from ray.cloudpickle import loads

    token = _BESIDE.set(arrays)
    try:
        return loads(packed)
    finally:
        _BESIDE.reset(token)


def beside(number: int) -> Any:
    """An array that came beside the parcel."""
    return _BESIDE.get()[number]


def opened(path: str, dtype: str, shape: tuple[int, ...], offset: int) -> Any:
    """A memory map by its place."""
    return np.memmap(path, dtype=dtype, mode="r", shape=shape, offset=offset)


def _constant(array: Any) -> bool:
    """Whether an array in memory cannot be written through this name."""
    return type(array) is np.ndarray and not array.flags.writeable and array.nbytes > SMALL
