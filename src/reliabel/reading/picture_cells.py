"""Which cells of a table are pictures: paths by their suffix, bytes by how they begin."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

PICTURE = re.compile(r"\.(png|jpe?g|bmp|gif|webp|tiff?|ppm|pgm)$", re.IGNORECASE)
# PNG, JPEG, GIF, TIFF, BigTIFF, PNM, BMP, WebP, HEIC and AVIF, JPEG 2000
BEGINS = re.compile(
    rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|GIF8[79]a|II[*+]\0|MM\0[*+]|P[1-6]\s|BM.{4}\0\0\0\0|"
    rb"RIFF.{4}WEBP|.{4}ftyp(hei|hev|avi|mif)|\0\0\0\x0cjP  ",
    re.DOTALL,
)
MOST = 0.95  # share of the cells of a column of pictures that look like one


def is_picture(cell: Any) -> bool:
    """Whether a cell is a picture by its path or its first bytes; a mapping as Hugging Face tables
    hold it (bytes, path) by its bytes where it has them.

    >>> is_picture("a/b.JPG"), is_picture(b"GIF89a..."), is_picture(b"20 bytes of a hash..")
    (True, True, False)
    >>> is_picture({"bytes": None, "path": "a.png"})
    True
    """
    if isinstance(cell, dict):
        held = cell.get("bytes")
        return {"bytes", "path"} <= set(cell) and is_picture(
            cell.get("path") if held is None else held
        )
    if isinstance(cell, bytes | bytearray | memoryview):
        return BEGINS.match(bytes(cell[:32])) is not None
    return isinstance(cell, str) and PICTURE.search(cell.strip()) is not None


def are_pictures(cells: Sequence[Any]) -> bool:
    """Whether nearly all cells that hold something are pictures."""
    known = [
        cell
        for cell in cells
        if cell is not None and not (isinstance(cell, str) and not cell.strip())
    ]
    return bool(known) and sum(map(is_picture, known)) >= MOST * len(known)


def refuse_other_bytes(cells: Sequence[Any], column: str) -> None:
    """Raise ValueError for a column of bytes none of which begins like a picture."""
    held = [_bytes(cell) for cell in cells]
    known = [(row, cell) for row, cell in enumerate(held) if cell]
    if known and not any(is_picture(cell) for _, cell in known):
        row, cell = known[0]
        raise ValueError(
            f"column {column!r} holds bytes that begin like no picture ({cell[:8]!r} in row "
            f"{row}); wanted are paths or the bytes of picture files such as PNG or JPEG"
        )


def _bytes(cell: Any) -> bytes | None:
    held = cell.get("bytes") if isinstance(cell, dict) else cell
    return bytes(held) if isinstance(held, bytes | bytearray | memoryview) else None
