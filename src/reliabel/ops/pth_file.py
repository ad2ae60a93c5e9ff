"""Weights in PyTorch's files (the format before version 1.6) read without PyTorch.

Such a file is a pickle followed by raw numbers.  The pickle is read by an unpickler that knows four
names, those that tensors of numbers are made of, and refuses every other: nothing in the file can
call anything.
"""

from __future__ import annotations

import pickle
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

BROKEN = (pickle.UnpicklingError, EOFError, ValueError, TypeError, AttributeError, LookupError)
MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001


@dataclass(frozen=True)
class _Tensor:
    """Where the numbers of a tensor stand: in which storage, from which number on, in which steps
    along each axis.
    """

    storage: str
    kind: np.dtype[Any]
    first: int
    shape: tuple[int, ...]
    steps: tuple[int, ...]

    def among(self, numbers: NDArray[Any]) -> NDArray[Any]:
        """The tensor, a view of the numbers of its storage."""
        last = self.first + sum(
            (n - 1) * step for n, step in zip(self.shape, self.steps, strict=True)
        )
        if not 0 <= self.first <= last < len(numbers) or min(self.steps, default=0) < 0:
            raise ValueError("a tensor reaches beyond its storage")
        bytes_ = tuple(step * self.kind.itemsize for step in self.steps)
        return np.lib.stride_tricks.as_strided(
            numbers[self.first :], self.shape, bytes_, writeable=False
        )


def _tensor(
    storage: tuple[str, np.dtype[Any]],
    first: int,
    shape: tuple[int, ...],
    steps: tuple[int, ...],
    *_: Any,
) -> _Tensor:
    return _Tensor(*storage, first, shape, steps)


KNOWN = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch", "FloatStorage"): np.dtype("<f4"),
    ("torch", "LongStorage"): np.dtype("<i8"),
}


class _Restricted(pickle.Unpickler):
    """Makes records of tensors, and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in KNOWN:
            raise pickle.UnpicklingError(f"it names {module}.{name}, which no tensor needs")
        return KNOWN[module, name]

    def persistent_load(self, pid: Any) -> tuple[str, np.dtype[Any]]:
        _, kind, key, *_ = pid
        return key, kind


def read_tensors(path: Path) -> dict[str, NDArray[Any]]:
    """The tensors of a state dictionary by their names.

    Raises ValueError in a sentence for a file that is not one of this format, or holds anything
    but tensors.
    """
    try:
        with path.open("rb") as file:
            return _tensors(file)
    except BROKEN as error:
        raise ValueError(
            f"{path} cannot be read as weights ({str(error).splitlines()[0] or 'it ends early'})"
        ) from error


def _tensors(file: BinaryIO) -> dict[str, NDArray[Any]]:
    magic, protocol, _, held, order = (_Restricted(file).load() for _ in range(5))
    if (magic, protocol) != (MAGIC, PROTOCOL):
        raise ValueError("it is not in PyTorch's format of before version 1.6")
    kinds = {one.storage: one.kind for one in held.values()}
    numbers = {key: _storage(file, kinds[key]) for key in order}
    return {name: one.among(numbers[one.storage]) for name, one in held.items()}


def _storage(file: BinaryIO, kind: np.dtype[Any]) -> NDArray[Any]:
    """The next storage: how many numbers, and the numbers."""
    n = int(np.frombuffer(file.read(8), "<i8")[0])
    return np.frombuffer(file.read(n * kind.itemsize), kind, n)
