"""COCO's JSON anew with some objects changed: each annotation that is not changed stays as it is
written, byte for byte.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.formats.coco import key_of, lists_of, read
from reliabel.formats.drawn import Drawn, Edit, number_of, whole_if
from reliabel.formats.json_spans import (
    Cut,
    appended,
    edited,
    members,
    replaced,
    start_of,
    text_of,
    without,
)


def rewrite(
    path: Path,
    out: Path,
    edits: Mapping[int, Sequence[Edit]],
    drop: Collection[int],
    *,
    encoding: str,
    outlines: Mapping[int, Mapping[int, Mapping[str, Any]]] = {},
) -> list[str]:
    """Copy a file with some objects changed and some pictures left out with their annotations,
    everything else as it is written; returns what a reader of it must know.

    edits: picture -> changes of its objects.  outlines: picture -> place among its changes ->
    segmentation and area that the object has then.
    """
    text, encoding, _ = text_of(path, encoding)
    found = lists_of(path, text)
    drawn = read(path, encoding=encoding, search=False)
    images, annotations = found["images"], found["annotations"]
    assert drawn.codes is not None
    ids = {name: found_id for found_id, name in _ids_of(found, drawn)}
    first = np.searchsorted(drawn.item, np.arange(len(images.values) + 1)).tolist()
    cuts, gone, new, fresh = list[Cut](), set[int](), list[Any](), dict[str, Any]()
    left: list[str] = []
    next_id = _next([one.get("id") for one in annotations.values if isinstance(one, dict)])
    next_class = _next([one.get("id") for one in found["categories"].values])
    gone |= _of_pictures(drop, images.values, annotations.values)
    for picture, changes in edits.items():
        for nth, (place, name, corners) in enumerate(changes):
            outline = outlines.get(picture, {}).get(nth)
            if name is not None and name not in ids:
                ids[name] = fresh[name] = next_class(len(fresh))
            if place is None:
                assert name is not None
                assert corners is not None
                image = images.values[picture].get("id")
                made = _annotation(next_id(len(new)), image, ids[name], corners)
                new.append({**made, **(outline or {})})
                continue
            at = drawn.at[first[picture] + place]
            if name is None:
                gone.add(at)
                continue
            start, end = annotations.spans[at]
            part, kept_outline = _changed(path, text[start:end], ids[name], corners, outline)
            left += [drawn.names[picture]] if kept_outline else []
            cuts.append((start, end, part))
    cuts = [cut for cut in cuts if cut[:2] not in {annotations.spans[at] for at in gone}]
    cuts += without(annotations, gone) + appended(text, annotations, new, gone)
    cuts += without(images, drop)
    added = [{"id": number, "name": name} for name, number in fresh.items()]
    if found["categories"].inside == (0, 0):  # the file has no list of them
        first_key = start_of(text) + 1
        cuts += [(first_key, first_key, f'"categories": {json.dumps(added)}, ')] if added else []
    else:
        cuts += appended(text, found["categories"], added)
    out.write_bytes(edited(text, cuts).encode(encoding))
    return (
        [
            f"{len(left):,} boxes were moved whose annotation holds an outline, which stays as it "
            f"was (the first in {left[0]})"
        ]
        if left
        else []
    )


def _ids_of(found: Mapping[str, Any], drawn: Drawn) -> list[tuple[Any, str]]:
    """The ids of the categories as they are written, with the classes."""
    assert drawn.codes is not None
    written = {key_of(one.get("category_id")): one.get("category_id") for one in _dicts(found)}
    written |= {
        key_of(one.get("id")): one.get("id")
        for one in found["categories"].values
        if isinstance(one, dict)
    }
    return [(written.get(c), name) for c, name in zip(drawn.codes, drawn.classes, strict=True)]


def _dicts(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [one for one in found["annotations"].values if isinstance(one, dict)]


def _of_pictures(
    drop: Collection[int], images: Sequence[Any], annotations: Sequence[Any]
) -> set[int]:
    """The annotations of pictures that go."""
    ids = {key_of(images[place].get("id")) for place in drop}
    ids -= {key_of(one.get("id")) for place, one in enumerate(images) if place not in drop}
    return {
        place
        for place, one in enumerate(annotations)
        if isinstance(one, dict) and key_of(one.get("image_id")) in ids
    }


def _next(ids: Sequence[Any]) -> Any:
    """New ids: numbers after the largest, as text where all others are text."""
    numbers = [int(key_of(one)) for one in ids if key_of(one).isdigit()]
    text = bool(ids) and all(isinstance(one, str) for one in ids)
    top = max(numbers, default=0)
    return lambda further: str(top + 1 + further) if text else top + 1 + further


def _annotation(number: Any, image: Any, category: Any, corners: Sequence[float]) -> dict[str, Any]:
    left, top, right, bottom = map(float, corners)
    w, h = right - left, bottom - top
    return {
        "id": number,
        "image_id": image,
        "category_id": category,
        "bbox": [whole_if(part) for part in (left, top, w, h)],
        "area": whole_if(w * h),
        "iscrowd": 0,
    }


def _changed(
    path: Path,
    text: str,
    category: Any,
    corners: Sequence[float] | None,
    outline: Mapping[str, Any] | None = None,
) -> tuple[str, bool]:
    """The text of an annotation with another category, box and outline, and whether it holds an
    outline that the box has left.
    """
    found: Any = members(text, 0, path.name)
    cuts = list[Cut]()
    if found.get("category_id") is None:
        cuts.append((1, 1, f'"category_id": {category}, '))
    elif key_of(found["category_id"].value) != key_of(category):
        cuts += replaced(text, found, "category_id", category)
    left_behind = False
    for key, value in (outline or {}).items():
        if key in found:
            cuts += replaced(text, found, key, value)
        else:
            cuts.append((1, 1, f"{json.dumps(key)}: {json.dumps(value)}, "))
    if corners is not None:
        left, top, right, bottom = map(float, corners)
        was = found["bbox"].value if "bbox" in found else []
        was = was if isinstance(was, list) else []
        like = next((part for part in was if isinstance(part, float)), 0)
        box = [whole_if(part, like) for part in (left, top, right - left, bottom - top)]
        if "bbox" in found:
            cuts += replaced(text, found, "bbox", box)
        else:
            cuts.append((1, 1, f'"bbox": {box}, '))
        if "area" in found and len(was) == 4 and outline is None:
            area, old = number_of(found["area"].value), number_of(was[2]) * number_of(was[3])
            if abs(area - old) <= 0.01 * max(abs(old), 1):
                fresh = whole_if(box[2] * box[3], found["area"].value)
                cuts += replaced(text, found, "area", fresh)
        held = "segmentation" in found and found["segmentation"].value
        left_behind = bool(held) and outline is None
    return edited(text, cuts), left_behind
