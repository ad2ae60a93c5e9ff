"""Opening pictures safely: any mode and size becomes RGB, and a broken picture gives a reason
instead of an exception.

A picture is a path, an address (s3://...), encoded bytes, an array (height, width[, channels]) or a
PIL image.
"""

from __future__ import annotations

import io
import os
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reliabel.ops.addresses import address_of, content, is_address

MOST_PIXELS = 100_000_000  # 10,000 x 10,000; a larger one is refused before it is unpacked
SMALL = 64  # pixels of a side below which a thumbnail is kept without loss
ORIENTATION = 274  # the tag of EXIF that says how a photograph is turned
ON_THEIR_SIDE = (5, 6, 7, 8)  # its values that swap width and height
Pixels = NDArray[np.uint8]


def examine(picture: Any) -> str | None:
    """Why a picture cannot be used, as a sentence; None if it can."""
    return _open(picture)[1]


def load(
    picture: Any, side: int | None = None, shape: tuple[int, int] | None = None
) -> tuple[Pixels | None, str | None]:
    """RGB pixels (height, width, 3) and None, or None and the reason why there are none.

    The first frame of an animation is taken, transparency becomes white, 16-bit and float grey
    values are scaled to 0..255, and a photograph is turned as its EXIF says.
    side: resize the whole picture to a square of this side.
    shape: height and width by the labels; a photograph that has them only as its file holds it was
        labelled that way, and is not turned.
    """
    image, why = _open(picture, draft=side, shape=shape)
    if image is None:
        return None, why
    if side is not None and image.size != (side, side):
        from PIL import Image

        image = image.resize(
            (side, side),
            Image.Resampling.BOX if min(image.size) > side else Image.Resampling.BILINEAR,
        )
    return np.asarray(image, dtype=np.uint8), None


def reduced(picture: Any, most: int) -> tuple[Pixels | None, tuple[int, int], str | None]:
    """RGB pixels whose longer side is at most ``most``, the picture's own width and height, and
    None; or None, (0, 0) and the reason why there are none.

    The shape is kept, and a smaller picture is left as it is.
    """
    from PIL import Image

    size: list[tuple[int, int]] = []
    image, why = _open(picture, draft=most, size=size)
    if image is None:
        return None, (0, 0), why
    image.thumbnail((most, most), resample=Image.Resampling.BOX)
    return np.asarray(image, dtype=np.uint8), size[0], None


def cut_out(pixels: Pixels | None, box: NDArray[Any], margin: float, side: int) -> Pixels:
    """The pixels in a box (left, top, right, bottom) and a margin around it in parts of its sides,
    ``side`` pixels wide and high at most; grey where there are none.

    >>> cut_out(np.zeros((50, 80, 3), np.uint8), np.array([10, 10, 30, 20]), 0.1, 96).shape
    (12, 24, 3)
    """
    from PIL import Image

    if pixels is None:
        return np.full((8, 8, 3), 127, dtype=np.uint8)
    high, wide = pixels.shape[:2]
    more = margin * np.array([box[2] - box[0], box[3] - box[1]])
    start = np.floor(np.clip(box[:2] - more, 0, [wide - 1, high - 1])).astype(int)
    end = np.ceil(np.clip(box[2:] + more, start + 1, [wide, high])).astype(int)
    part = Image.fromarray(pixels[start[1] : end[1], start[0] : end[0]])
    part.thumbnail((side, side))
    return np.asarray(part)


def thumbnail(
    picture: Any,
    side: int,
    part: tuple[int, int, int, int] | None = None,
    quality: int = 80,
    shape: tuple[int, int] | None = None,
) -> tuple[bytes | None, str | None]:
    """A picture as WebP, at most ``side`` pixels wide and high, and None, or None and the reason
    why there is none; small ones keep every pixel.

    part: left, top, width and height of the part that is wanted; None: all of it.  quality: of the
    WebP, up to 100.  shape: as ``load`` has it.
    """
    image, why = _open(picture, draft=side if part is None else None, shape=shape)
    if image is None:
        return None, why
    if part is not None:
        left, top, width, height = part
        image = image.crop((left, top, left + max(width, 1), top + max(height, 1)))
    image.thumbnail((side, side))
    out = io.BytesIO()
    image.save(out, "WEBP", quality=quality, lossless=max(image.size) <= SMALL)
    return out.getvalue(), None


def size_of(picture: Any) -> tuple[int, int] | None:
    """Width and height in pixels; None for a picture that cannot be read."""
    image = _open(picture)[0]
    return None if image is None else (int(image.size[0]), int(image.size[1]))


def digest(picture: Any) -> bytes:
    """A hash of the bytes of a picture, or of its path if there is no file."""
    if isinstance(picture, dict):
        picture = picture["bytes"] if picture.get("bytes") is not None else picture.get("path")
    found = blake2b(digest_size=16)
    if is_address(picture):
        picture = _fetched(picture)[0] or picture
    if isinstance(picture, str | os.PathLike) and os.path.isfile(picture):
        with open(picture, "rb") as file:
            while part := file.read(2**20):
                found.update(part)
    elif hasattr(picture, "tobytes"):
        found.update(
            f"{getattr(picture, 'mode', '')} "
            f"{getattr(picture, 'shape', getattr(picture, 'size', ''))} ".encode()
            + picture.tobytes()
        )
    else:
        found.update(
            bytes(picture)
            if isinstance(picture, bytes | bytearray)
            else str(picture).encode("utf-8", "surrogatepass")
        )
    return found.digest()


def _open(
    picture: Any,
    draft: int | None = None,
    size: list[tuple[int, int]] | None = None,
    shape: tuple[int, int] | None = None,
) -> tuple[Any, str | None]:
    """An RGB image, or why there is none; its own width and height are added to ``size``."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    if picture is None or isinstance(picture, float):  # a missing value of a table
        return None, "no picture is given"
    try:
        source, why = _source(picture)
        if why is not None:
            return None, why
        image = source if isinstance(source, Image.Image) else Image.open(source)
        with image if source is not image else io.BytesIO():
            width, height = image.size
            turned = _turned(image)
            if turned in ON_THEIR_SIDE and shape == (height, width) != (width, height):
                turned = 0
            if size is not None:
                size.append((height, width) if turned in ON_THEIR_SIDE else (width, height))
            if width * height > MOST_PIXELS:
                return (
                    None,
                    f"refused: {width} x {height} pixels, more than the limit of "
                    f"{MOST_PIXELS // 10**6} million",
                )
            if draft is not None and image.format == "JPEG":
                image.draft("RGB", (2 * draft, 2 * draft))  # the decoder shrinks while it reads
            return ImageOps.exif_transpose(_rgb(image)) if turned else _rgb(image), None
    except Image.DecompressionBombError:
        return None, f"refused: more pixels than the limit of {MOST_PIXELS // 10**6} million"
    except UnidentifiedImageError:
        return None, "not a picture that can be read"
    except (
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        IndexError,
        TypeError,
        OverflowError,
        MemoryError,
    ) as error:  # what Pillow's decoders raise
        return None, f"broken: {str(error).split(chr(10))[0] or type(error).__name__}"


def _turned(image: Any) -> int:
    """How a photograph is turned as people see it, by its EXIF; 0 where its file holds it so."""
    told = image.getexif().get(ORIENTATION, 1) if image.format in ("JPEG", "MPO") else 1
    return told if told in range(2, 9) else 0


def _source(picture: Any) -> tuple[Any, str | None]:
    if isinstance(picture, str | os.PathLike):
        if not str(picture).strip():
            return None, "no picture is given"
        if "\0" in str(picture):
            return None, "the path holds a null byte"
        if is_address(picture):
            held, why = _fetched(picture)
            return (io.BytesIO(held), None) if held else (None, why)
        if not os.path.isfile(picture):
            return None, "the file is missing" if not os.path.exists(
                picture
            ) else "the path is no file"
        return (picture, None) if os.path.getsize(picture) else (None, "the file is empty")
    if isinstance(picture, dict):  # as Hugging Face tables hold them
        return _source(
            picture["bytes"] if picture.get("bytes") is not None else picture.get("path") or ""
        )
    if isinstance(picture, bytes | bytearray | memoryview):
        return (io.BytesIO(picture), None) if len(picture) else (None, "the picture is empty")
    if isinstance(picture, np.ndarray):
        return _from_array(picture)
    return picture, None


def _fetched(address: Any) -> tuple[bytes | None, str]:
    """The bytes of a picture at an address, or why there are none."""
    try:
        return content(str(address_of(address))) or None, "the file is empty"
    except FileNotFoundError:
        return None, "the file is missing"
    except (OSError, ValueError) as error:
        return None, f"the file cannot be fetched: {str(error).splitlines()[0][:120]}"


def _from_array(pixels: NDArray[Any]) -> tuple[Any, str | None]:
    from PIL import Image

    if (
        pixels.ndim not in (2, 3)
        or not pixels.size
        or (pixels.ndim == 3 and pixels.shape[2] not in (1, 3, 4))
    ):
        return (
            None,
            f"an array of shape {pixels.shape} is no picture; give (height, width) or (height, "
            "width, 1, 3 or 4)",
        )
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[:, :, 0]
    return Image.fromarray(pixels if pixels.dtype == np.uint8 else _stretch(pixels)), None


def _rgb(image: Any) -> Any:
    from PIL import Image

    image.seek(0) if getattr(image, "is_animated", False) else None
    if image.mode.startswith(
        ("I", "F")
    ):  # 16-bit and float grey: Pillow's own conversion would clip
        return Image.fromarray(_stretch(np.asarray(image))).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        whole = image.convert("RGBA")
        ground = Image.new("RGBA", whole.size, "white")
        return Image.alpha_composite(ground, whole).convert("RGB")
    return image.convert("RGB")


def _stretch(values: NDArray[Any]) -> Pixels:
    """Grey levels of any type to 0..255: 16-bit by its range, others by their own smallest and
    largest value.
    """
    values = np.asarray(values, dtype=np.float64)
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)
    if low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    elif low >= 0 and high <= 255:
        low, high = 0.0, 255.0
    elif low >= 0 and high <= 65535:
        low, high = 0.0, 65535.0
    scaled = (np.nan_to_num(values, nan=low, posinf=high, neginf=low) - low) / max(
        high - low, 1e-12
    )
    levels: Pixels = np.round(255 * scaled).astype(np.uint8)
    return levels
