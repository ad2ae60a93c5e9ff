"""A PNG anew with some pixels changed: every chunk but those of the pixels is copied byte by byte,
so that palette, bit depth, transparency and metadata stay.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from reliabel.core.labels import Ints

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # colour type -> numbers a pixel
PACKED = 9  # how hard the pixels are packed


def bit_depth(path: Path) -> int | None:
    """The bits of each number of a PNG; None for a file that is none."""
    with path.open("rb") as file:
        head = file.read(26)
    return head[24] if head.startswith(SIGNATURE) and len(head) == 26 else None


def rewritten(path: Path, pixels: Ints, codes: Ints) -> bytes:
    """The bytes of a PNG with other codes for some pixels: a place of the palette, a grey value, or
    red * 65536 + green * 256 + blue.

    Raises ValueError for 16-bit colours, which Pillow reads with a loss.
    """
    from PIL import Image

    raw = path.read_bytes()
    chunks = list(_chunks(raw))
    head = bytearray(chunks[0][1])
    depth, colours = head[8], head[9]
    channels = CHANNELS[colours]
    if depth == 16 and channels > 1:
        raise ValueError(f"{path.name} holds colours of 16 bits, which are not written")
    with Image.open(path) as picture:
        picture.load()
        grid = np.array(picture)
    if grid.dtype == bool:
        grid = grid.astype(np.uint8)
    elif colours == 0 and depth in (2, 4):  # Pillow spreads their values to 255
        grid = grid // (255 // (2**depth - 1))
    flat = grid.reshape(-1, channels) if channels > 1 else grid.reshape(-1, 1)
    flat[pixels] = _numbers(codes, channels, 2**depth - 1).astype(flat.dtype)
    head[12] = 0  # rows stand one after another now
    body = zlib.compress(_lines(flat.reshape(*grid.shape[:2], channels), depth), PACKED)
    out, done = [SIGNATURE], False
    for name, data in chunks:
        if name == b"IDAT":
            if not done:
                out.append(_chunk(name, body))
            done = True
            continue
        out.append(_chunk(name, bytes(head) if name == b"IHDR" else data))
    return b"".join(out)


def _numbers(codes: Ints, channels: int, top: int) -> Ints:
    if channels == 1:
        return codes[:, None]
    if channels == 2:
        return np.stack([codes, np.full(len(codes), top)], axis=1)
    parts = [codes >> 16 & 255, codes >> 8 & 255, codes & 255]
    return np.stack([*parts, np.full(len(codes), top)][:channels], axis=1)


def _lines(grid: Ints, depth: int) -> bytes:
    """The rows of pixels as PNG stores them, unfiltered."""
    height = len(grid)
    flat = grid.reshape(height, -1)
    if depth == 16:
        rows = flat.astype(">u2").view(np.uint8).reshape(height, -1)
    elif depth == 8:
        rows = flat.astype(np.uint8)
    else:
        bits = flat[..., None] >> np.arange(depth - 1, -1, -1) & 1
        rows = np.packbits(bits.reshape(height, -1).astype(np.uint8), axis=1)
    return np.column_stack([np.zeros(height, np.uint8), rows]).tobytes()


def _chunks(raw: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(SIGNATURE)
    while place + 8 <= len(raw):
        (size,) = struct.unpack(">I", raw[place : place + 4])
        yield raw[place + 4 : place + 8], raw[place + 8 : place + 8 + size]
        place += 12 + size


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
