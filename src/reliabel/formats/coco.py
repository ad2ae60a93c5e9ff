"""COCO's JSON: images, annotations with boxes x, y, width, height in pixels from 0, and categories.

Ids may be numbers or text.  What does not fit (an annotation of no picture, a category that is not
listed, a box that is none) is told with its place; the annotation itself stays in the file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.formats.drawn import (
    Drawn,
    Objects,
    number_of,
    unique_names,
)
from reliabel.formats.json_spans import (
    Listed,
    members,
    start_of,
    text_of,
)
from reliabel.formats.odd_parts import Odd, type_of
from reliabel.formats.picture_places import found_pictures

FORM = "coco"
LISTS = ("images", "annotations", "categories")
NAN = float("nan")
PEEK = 2**16  # bytes of a first look
UTF16 = (b"\xff\xfe", b"\xfe\xff")


def recognises(path: Path, encoding: str | None = None) -> bool:
    """Whether a JSON file is one object with COCO's lists, as far as its beginning shows."""
    with path.open("rb") as file:
        raw = file.read(PEEK)
    head = raw.decode("utf-16" if raw[:2] in UTF16 else "utf-8", "replace").lstrip("\ufeff \t\r\n")
    if not head.startswith("{"):
        return False
    if len(raw) < PEEK:
        try:
            whole = json.loads(head)
        except (ValueError, RecursionError):  # broken: the reader says where
            whole = None
        if whole is not None:
            return all(isinstance(whole.get(key), list) for key in ("images", "annotations"))
    listed = any(f'"{key}"' in head for key in ("images", "annotations"))
    return listed and any(f'"{key}"' in head for key in ("file_name", "bbox", "image_id"))


def read(
    path: Path,
    *,
    pictures: Path | None = None,
    encoding: str | None = None,
    beside: Path | None = None,
    search: bool = True,
) -> Drawn:
    """The pictures of a file and their objects.

    pictures: the folder of the pictures; without it, the usual places beside the file are tried.
    beside: where the file lies, if ``path`` is a copy of it.  search: whether pictures are wanted.
    Raises ValueError for a broken file, with the place, and for one without images.
    """
    text, encoding, _ = text_of(path, encoding)
    found = lists_of(path, text)
    odd, annotated = Odd("annotation"), found["annotations"].values
    names, by_id, told = _images(path, found["images"].values)
    categories, classes, codes = _categories(found, odd, annotated)
    objects = Objects()
    seen: set[str] = set()
    for place, one in enumerate(annotated):
        where = (
            str(one.get("id", f"number {place}")) if isinstance(one, dict) else f"number {place}"
        )
        if not isinstance(one, dict):
            odd.add(f"an annotation is {type_of(one)}, no object, and is left out", where)
            continue
        if key_of(one.get("id", place)) in seen:
            odd.add("an id of an annotation is there twice", where)
        seen.add(key_of(one.get("id", place)))
        item = by_id.get(key_of(one.get("image_id")))
        if item is None:
            odd.add("image_id names no image; the annotation is left out", where)
            continue
        box, why = _corners(one)
        if why:
            odd.add(why, where)
        objects.add(
            item,
            box,
            categories[key_of(one.get("category_id"))],
            place,
            crowd=bool(one.get("iscrowd") or one.get("ignore")),
            shape=one.get("segmentation") or None,
        )
    images = found["images"].values
    at, said = found_pictures(names, beside or path, pictures) if search else (names, [])
    code = {one: place for place, one in enumerate(dict.fromkeys(categories.values()))}
    return Drawn(
        FORM,
        at,
        unique_names(names),
        np.array([_size(one) for one in images], dtype=np.int64).reshape(-1, 2),
        classes=classes,
        ids=[key_of(one.get("id")) for one in images],
        codes=codes,
        notes=[f"{path.name} is a COCO file", *said, *told, *odd.notes()],
        how={"encoding": encoding},
        **objects.columns(code),
    )


def key_of(value: Any) -> str:
    """An id as text: a number and its text are the same id.

    >>> key_of(7), key_of("7"), key_of(7.0), key_of(None)
    ('7', '7', '7', '')
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value).strip()


def lists_of(path: Path, text: str) -> dict[str, Any]:
    """The lists of a file with their places in its text."""
    start = start_of(text)
    if text[start : start + 1] != "{":
        raise ValueError(f"{path.name} is no COCO file: one object with images and annotations")
    found: dict[str, Any] = dict(members(text, start, path.name, LISTS))
    for key in ("images", "annotations"):
        if not isinstance(found.get(key), Listed):
            held = type_of(found[key].value) if key in found else "nothing"
            raise ValueError(
                f"{path.name} is a COCO file whose {key!r} is {held}; a list is wanted"
            )
    if not isinstance(found.get("categories"), Listed):
        found["categories"] = Listed([], [], (0, 0))
    return found


def _images(path: Path, images: Sequence[Any]) -> tuple[list[str], dict[str, int], list[str]]:
    odd = Odd("image")
    names, by_id = list[str](), dict[str, int]()
    for place, one in enumerate(images):
        if not isinstance(one, dict):
            raise ValueError(
                f"{path.name}: image number {place} (counted from 0) is {type_of(one)}, an object "
                "with id and file_name is wanted"
            )
        key = key_of(one.get("id"))
        name = str(one.get("file_name") or one.get("path") or key or f"image {place}")
        if not key:
            odd.add("an image has no id, so that no annotation can name it", name)
        elif key in by_id:
            odd.add(f"the id {key} is there twice; annotations count for the first", name)
        else:
            by_id[key] = place
        names.append(name)
    if not images:
        raise ValueError(f"{path.name} lists no images")
    twice = len(names) - len(set(names))
    told = [f"{twice:,} file names of images are there twice; they were numbered"] if twice else []
    return names, by_id, told + odd.notes()


def _categories(
    found: Mapping[str, Any], odd: Odd, annotated: Sequence[Any]
) -> tuple[dict[str, str], tuple[str, ...], list[str]]:
    """Category id -> class; the classes and their ids."""
    named: dict[str, str] = {}
    for place, one in enumerate(found["categories"].values):
        key = key_of(one.get("id")) if isinstance(one, dict) else ""
        where = f"category {key or place}"
        name = one.get("name") if isinstance(one, dict) else None
        if not key or key in named:
            odd.add(f"a category {'has no id' if not key else 'is there twice'}", where)
            continue
        if name is None or not str(name).strip():
            odd.add("a category has no name; it is called by its id", where)
        named[key] = str(name).strip() if str(name or "").strip() else where
        if list(named.values()).count(named[key]) > 1:
            odd.add(f"another category is called {named[key]!r} too; its id was added", where)
            named[key] = f"{named[key]} ({key})"
    for one in annotated:
        key = key_of(one.get("category_id")) if isinstance(one, dict) else ""
        if isinstance(one, dict) and key not in named:
            if found["categories"].values or key:
                odd.add(f"category {key or 'None'} is not among the categories", str(one.get("id")))
            named[key] = f"category {key}" if key else "no category"
    return named, tuple(named.values()), list(named)


def _corners(one: Mapping[str, Any]) -> tuple[tuple[float, ...], str]:
    """The corners of an annotation, and what is wrong with them."""
    box = one.get("bbox")
    if not isinstance(box, list) or len(box) != 4:
        outline = _around(one.get("segmentation"))
        if outline is not None:
            return outline, "there is no bbox; the box around the outline is taken"
        return (NAN,) * 4, f"bbox is {_said(box)}, four numbers are wanted; its place is unknown"
    x, y, w, h = map(number_of, box)
    odd = not all(map(np.isfinite, (x, y, w, h)))
    return (x, y, x + w, y + h), f"a number of bbox is none ({str(box)[:60]})" if odd else ""


def _said(box: Any) -> str:
    if isinstance(box, list):
        return f"a list of {len(box)}"
    return "not there" if box is None else type_of(box)


def _around(outline: Any) -> tuple[float, ...] | None:
    """The box around polygons."""
    if not isinstance(outline, list) or not outline:
        return None
    flat = [number_of(part) for polygon in outline if isinstance(polygon, list) for part in polygon]
    if len(flat) < 4 or len(flat) % 2 or not np.isfinite(flat).all():
        return None
    x, y = np.array(flat[::2]), np.array(flat[1::2])
    return float(x.min()), float(y.min()), float(x.max()), float(y.max())


def _size(one: Mapping[str, Any]) -> tuple[int, int]:
    sides = [number_of(one.get(key)) for key in ("height", "width")]
    known = all(np.isfinite(side) and side >= 1 for side in sides)
    return (int(sides[0]), int(sides[1])) if known else (-1, -1)
