"""Simple properties of texts and pictures that should say nothing about their labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from reliabel.core.labels import Floats
from reliabel.core.run import track
from reliabel.ops.copies import sort_of
from reliabel.ops.pictures import load

SIDE, GRID = 64, 4  # pictures are shrunk to SIDE x SIDE, and looked at in GRID x GRID places


def properties_of(items: Sequence[Any]) -> dict[str, Floats]:
    """Name -> (n,) numbers, NaN where an item cannot be read; nothing for other sorts of items.

    >>> sorted(properties_of(["Hello you", "a1"]))
    ['length in characters', 'length in words', 'share of capitals', 'share of digits']
    """
    sort = sort_of(items)
    if sort == "texts":
        rows = [_of_text(item) for item in items]
    elif sort == "pictures":
        rows = [_of_picture(item) for item in track("properties", items, len(items))]
    else:
        return {}
    names = next((list(row) for row in rows if row), [])
    return {
        name: np.array([row.get(name, np.nan) for row in rows], dtype=np.float64) for name in names
    }


def _of_text(text: Any) -> dict[str, float]:
    if not isinstance(text, str):
        return {}
    long = max(len(text), 1)
    return {
        "length in characters": float(len(text)),
        "length in words": float(len(text.split())),
        "share of capitals": sum(c.isupper() for c in text) / long,
        "share of digits": sum(c.isdigit() for c in text) / long,
    }


def _of_picture(picture: Any) -> dict[str, float]:
    whole, _ = load(picture)
    small, _ = load(picture if whole is None else whole, SIDE)
    if whole is None or small is None:
        return {}
    pixels = small.astype(np.float64)
    grey = pixels @ [0.299, 0.587, 0.114]
    height, width = whole.shape[:2]
    across = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:]
    bend = 4 * grey[1:-1, 1:-1] - across
    cells, colour = _cells(grey), np.ptp(pixels, axis=2)
    out = {
        "brightness": float(grey.mean()),
        "contrast": float(grey.std()),
        "sharpness": float(bend.std()),
        "colour": float(colour.mean()),
        "size in pixels": float(height * width),
        "width for height": width / height,
    }
    kinds = {  # a watermark shows as the same level in the same place
        "brightness": np.median(cells, axis=1),
        "contrast": cells.std(1),
        "brightest point": cells.max(1),
        "darkest point": cells.min(1),
        "strongest colour": _cells(colour).max(1),
    }
    for kind, level in kinds.items():
        for place, value in enumerate(level.tolist()):
            row, column = divmod(place, GRID)
            out[f"{kind} in row {row + 1}, column {column + 1} of a {GRID} x {GRID} grid"] = value
    return out


def _cells(level: Floats) -> Floats:
    """(places, pixels) of the GRID x GRID places of a picture, row by row."""
    parts = level.reshape(GRID, SIDE // GRID, GRID, SIDE // GRID).transpose(0, 2, 1, 3)
    return parts.reshape(GRID * GRID, -1)
