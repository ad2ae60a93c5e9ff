"""One mask file: a picture whose pixels name classes (PNG with a palette, grey values or colours,
TIFF, BMP, GIF) or an array (.npy, .npz); read as codes, and written anew with some pixels changed.
"""

from __future__ import annotations

import os
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.labels import Ints
from reliabel.core.short_repr import by_fields
from reliabel.formats.png_chunks import bit_depth, rewritten

PICTURES = (".png", ".tif", ".tiff", ".bmp", ".gif")
ARRAYS = (".npy", ".npz")
NO_CODE = -1  # of pixels that are transparent, or negative in an array
MOST_COLOURS = 4096  # a picture with more is no mask


@dataclass(frozen=True, eq=False)
class MaskFile:
    """The codes (h, w) of the pixels of a mask, and what they are: ``sort`` is "ids" (grey values,
    places in a palette, numbers) or "colours" (red * 65536 + green * 256 + blue); ``top`` is the
    largest id that the file can hold; ``palette`` (p,) the colour of each place, None without one.
    """

    codes: Ints
    sort: str
    top: int
    palette: Ints | None = None

    __repr__ = by_fields


def open_mask(path: Path) -> MaskFile:
    """The codes of a mask file.

    Raises ValueError, with the reason, for a file that cannot be read or is no mask.
    """
    if path.suffix.lower() in ARRAYS:
        return _of_array(path)
    from PIL import Image

    try:
        with Image.open(path) as picture:
            picture.load()
            mode, raw = picture.mode, np.asarray(picture)
            palette = _palette(picture) if mode == "P" else None
    except (OSError, ValueError, SyntaxError) as broken:  # what Pillow raises for broken pictures
        raise ValueError(f"cannot be opened as a picture: {broken}") from None
    if mode in ("RGB", "RGBA"):
        return _of_colours(raw)
    if mode == "LA":
        codes = np.where(raw[..., 1] == 0, NO_CODE, raw[..., 0].astype(np.int32))
        return MaskFile(codes, "ids", 255)
    if mode not in ("1", "L", "P", "I", "I;16", "I;16B"):
        raise ValueError(
            f"is a picture of mode {mode}; masks have a palette, grey values or colours"
        )
    codes = raw.astype(np.int32)
    depth = bit_depth(path) if path.suffix.lower() == ".png" else None
    if mode == "L" and depth in (2, 4):  # Pillow spreads their values to 255
        codes //= 255 // (2**depth - 1)
    top = 65535 if mode.startswith("I") else 255
    return MaskFile(codes, "ids", top, palette)


def write_mask(path: Path, out: Path, pixels: Ints, codes: Ints, sort: str) -> None:
    """Write the mask file ``path`` anew with other codes for some pixels (numbers row by row); all
    else in it stays: the other pixels, palette, bit depth and metadata.

    Raises ValueError where the file cannot hold a code.
    """
    suffix = path.suffix.lower()
    if suffix in ARRAYS:
        _write_array(path, out, pixels, codes)
        return
    held = open_mask(path)
    _fits(path, held, codes, sort)
    if sort == "colours" and held.palette is not None:  # colours by their places in its palette
        place = {int(colour): at for at, colour in reversed(list(enumerate(held.palette.tolist())))}
        codes = np.array([place[int(code)] for code in codes.tolist()], dtype=np.int64)
    if suffix == ".png":
        out.write_bytes(rewritten(path, pixels, codes))
        return
    from PIL import Image

    with Image.open(path) as picture:
        picture.load()
        raw = np.array(picture)
        flat = raw.reshape(-1, *raw.shape[2:])
        flat[pixels] = _as_stored(codes, raw)
        made = Image.fromarray(raw, picture.mode)
        if picture.mode == "P":
            made.putpalette(picture.getpalette() or [])
        kept = {key: picture.info[key] for key in ("compression", "dpi") if key in picture.info}
        made.save(out, format=picture.format, **kept)


def _as_stored(codes: Ints, raw: Any) -> Any:
    if raw.ndim == 2:
        return codes.astype(raw.dtype)
    colour = np.stack([codes >> 16 & 255, codes >> 8 & 255, codes & 255], axis=1)
    if raw.shape[2] == 4:
        colour = np.column_stack([colour, np.full(len(codes), 255)])
    return colour.astype(raw.dtype)


def _fits(path: Path, held: MaskFile, codes: Ints, sort: str) -> None:
    if sort == "ids" and len(codes) and int(codes.max()) > held.top:
        raise ValueError(
            f"{path.name} holds numbers to {held.top}, the class written into it has "
            f"{int(codes.max())}"
        )
    if sort == "colours" and held.palette is not None:
        absent = np.setdiff1d(codes, held.palette)
        if len(absent):
            raise ValueError(
                f"the palette of {path.name} has no colour {colour_text(int(absent[0]))}, which "
                "the class written into it has"
            )


def colour_text(code: int) -> str:
    """A colour as pages write it.

    >>> colour_text(128 * 65536 + 64)
    '#800040'
    """
    return f"#{code:06x}"


def _palette(picture: Any) -> Ints:
    raw = np.array(picture.getpalette("RGB") or [], dtype=np.int64).reshape(-1, 3)
    return np.asarray(raw[:, 0] << 16 | raw[:, 1] << 8 | raw[:, 2])


def _of_colours(raw: Any) -> MaskFile:
    wide = raw.astype(np.int32)
    codes = wide[..., 0] << 16 | wide[..., 1] << 8 | wide[..., 2]
    if raw.shape[2] == 4:
        codes = np.where(raw[..., 3] == 0, NO_CODE, codes)
    many = len(np.unique(codes[:: max(len(codes) // 64, 1)]))
    if many > MOST_COLOURS:
        raise ValueError(
            f"has more than {MOST_COLOURS:,} colours, as photographs and masks saved with loss have"
        )
    return MaskFile(codes, "colours", 255)


def _of_array(path: Path) -> MaskFile:
    try:
        held = np.load(path, allow_pickle=False)
        if hasattr(held, "files"):
            with held:
                array = held[_name_in(held.files)]
        else:
            array = held
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as broken:
        raise ValueError(f"cannot be opened as an array: {broken}") from None
    if array.ndim != 2 or array.dtype.kind not in "iub":
        raise ValueError(
            f"must hold a whole number a pixel, height x width, got {array.dtype} of shape "
            f"{array.shape}"
        )
    top = 1 if array.dtype.kind == "b" else int(np.iinfo(array.dtype).max)
    return MaskFile(np.maximum(array.astype(np.int64), NO_CODE), "ids", top)


def _name_in(names: list[str]) -> str:
    return next((name for name in ("mask", "label", "labels", "y") if name in names), names[0])


def _write_array(path: Path, out: Path, pixels: Ints, codes: Ints) -> None:
    if path.suffix.lower() == ".npy":
        array = np.load(path, allow_pickle=False)
        changed = np.ascontiguousarray(array)
        changed.reshape(-1)[pixels] = codes
        with out.open("wb") as file:
            np.save(file, changed)
        return
    with np.load(path, allow_pickle=False) as held:
        arrays = {name: held[name] for name in held.files}
    name = _name_in(list(arrays))
    arrays[name] = np.ascontiguousarray(arrays[name])
    arrays[name].reshape(-1)[pixels] = codes
    with zipfile.ZipFile(path) as archive:
        packed = any(one.compress_type != zipfile.ZIP_STORED for one in archive.infolist())
    part = out.with_name(f"{out.name}.npz")  # NumPy adds the suffix where it is missing
    (np.savez_compressed if packed else np.savez)(part, **arrays)
    os.replace(part, out)
