"""Models in the ONNX format, written by hand: the few records of its protocol buffers that a chain
of operations needs, so that no library is installed for them.

Source: onnx.proto3 of the ONNX standard, intermediate representation 8, operators 17.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

REPRESENTATION, OPERATORS = 8, 17
FLOAT = 1  # TensorProto.DataType
Shape = Sequence[int | str]  # a name stands for any number


class Graph:
    """Operations in the order in which they run; each is known by the name of its output."""

    def __init__(self) -> None:
        self.nodes: list[bytes] = []
        self.weights: list[bytes] = []

    def weight(self, array: ArrayLike) -> str:
        """The name of an input that never changes."""
        name = f"w{len(self.weights)}"
        numbers = np.asarray(array, dtype="<f4", order="C")
        dims = b"".join(_number(1, size) for size in numbers.shape)
        held = _number(2, FLOAT) + _text(8, name) + _field(9, numbers.tobytes())
        self.weights.append(dims + held)
        return name

    def add(self, operation: str, *inputs: str, **attributes: int | Sequence[int]) -> str:
        """The name of the output of one more operation."""
        name = f"x{len(self.nodes)}"
        self.nodes.append(
            b"".join(_text(1, one) for one in inputs)
            + _text(2, name)
            + _text(4, operation)
            + b"".join(_field(5, _attribute(*one)) for one in attributes.items())
        )
        return name

    def model(self, given: str, shape: Shape, result: str, width: Shape) -> bytes:
        """The bytes of the model that makes ``result`` of the input ``given``."""
        graph = (
            b"".join(_field(1, node) for node in self.nodes)
            + _text(2, "graph")
            + b"".join(_field(5, weight) for weight in self.weights)
            + _field(11, _tensor(given, shape))
            + _field(12, _tensor(result, width))
        )
        return _number(1, REPRESENTATION) + _field(7, graph) + _field(8, _number(2, OPERATORS))


def _attribute(name: str, value: int | Sequence[int]) -> bytes:
    if isinstance(value, int):
        return _text(1, name) + _number(3, value) + _number(20, 2)
    return _text(1, name) + b"".join(_number(8, one) for one in value) + _number(20, 7)


def _tensor(name: str, shape: Shape) -> bytes:
    """The name of an input or output, and what it is."""
    sizes = [_number(1, size) if isinstance(size, int) else _text(2, size) for size in shape]
    kind = _number(1, FLOAT) + _field(2, b"".join(_field(1, size) for size in sizes))
    return _text(1, name) + _field(2, _field(1, kind))


def _text(place: int, text: str) -> bytes:
    return _field(place, text.encode())


def _field(place: int, content: bytes) -> bytes:
    return _varint(place << 3 | 2) + _varint(len(content)) + content


def _number(place: int, number: int) -> bytes:
    return _varint(place << 3) + _varint(number)


def _varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first; the top bit says that another byte follows."""
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])
