"""Label Studio's masks: strokes of a brush in its run lengths, and polygons in percent of the
picture, as regions with the size of their picture.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from reliabel.core.labels import Ints

Value = Mapping[str, Any]
HEAD = 32 + 5 + 4 * 4  # bits: how many numbers, their width, the widths of four sorts of lengths


def brush(value: Value, result: Value) -> Any:
    """The strokes of a brush: for each class its size and COCO's counts."""
    height, width = _size(result)
    pixels = unpacked(value["rle"]).reshape(-1, 4)[:, 3] if value["rle"] else np.zeros(0)
    if len(pixels) != height * width:
        raise TypeError(f"{len(pixels)} pixels")
    down = (pixels.reshape(height, width) > 0).T.ravel()
    edges = np.flatnonzero(np.diff(np.concatenate([[False], down, [False]]).view(np.int8)))
    counts = np.diff(np.concatenate([[0], edges, [height * width]])).tolist()
    return [
        {"label": name, "size": [height, width], "counts": counts}
        for name in _names(value, "brushlabels")
    ] or None


def polygon(value: Value, result: Value) -> Any:
    """A polygon: for each class its size and corners in pixels."""
    height, width = _size(result)
    corners = np.array(value["points"], dtype=float).reshape(-1, 2) * [width / 100, height / 100]
    return [
        {"label": name, "size": [height, width], "polygon": corners.ravel().tolist()}
        for name in _names(value, "polygonlabels")
    ] or None


def unpacked(packed: Sequence[int]) -> Ints:
    """The numbers of Label Studio's run lengths, four a pixel (red, green, blue, opacity).

    After the head stand blocks: a bit that says whether one number is repeated, two bits for which
    of the four widths its length has, the length less one, and the number or numbers.

    >>> unpacked([0, 0, 0, 8, 56, 1, 62, 255, 224]).tolist()
    [255, 255, 255, 255, 255, 255, 255, 255]
    """
    bits = np.unpackbits(np.asarray(packed, dtype=np.uint8))
    many, width = _number(bits, 0, 32), _number(bits, 32, 5) + 1
    lengths = [_number(bits, 37 + 4 * sort, 4) + 1 for sort in range(4)]
    out, done, at = np.zeros(many, dtype=np.int64), 0, HEAD
    while done < many:
        repeated, sort = int(bits[at]), _number(bits, at + 1, 2)
        size = _number(bits, at + 3, lengths[sort]) + 1
        at += 3 + lengths[sort]
        if repeated:
            out[done : done + size] = _number(bits, at, width)
            at += width
        else:
            block = bits[at : at + size * width].reshape(-1, width)
            out[done : done + size] = block @ (1 << np.arange(width - 1, -1, -1))
            at += size * width
        done += size
    return out


def _number(bits: Any, at: int, width: int) -> int:
    part = bits[at : at + width]
    if len(part) < width:
        raise IndexError("run lengths end in the middle of a number")
    return int(part @ (1 << np.arange(width - 1, -1, -1, dtype=np.int64)))


def _size(result: Value) -> tuple[int, int]:
    height, width = result["original_height"], result["original_width"]
    if isinstance(height, bool) or isinstance(width, bool):
        raise TypeError(height)
    return int(height), int(width)


def _names(value: Value, key: str) -> list[str]:
    held = value.get(key)
    return [str(name) for name in held] if isinstance(held, list) else []
