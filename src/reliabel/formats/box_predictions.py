"""Boxes of a model as its tools write them: COCO's list of results, YOLO's texts with a confidence
at the end of each line, and NumPy archives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from reliabel.core.labels import Floats
from reliabel.formats.coco import key_of
from reliabel.formats.drawn import number_of
from reliabel.formats.json_spans import elements, members, start_of, text_of
from reliabel.formats.odd_parts import Odd

PICTURES = ("image_id", "image", "images", "image_ids", "item", "items", "picture", "file_name")
BOXES = ("xyxy", "boxes", "bbox", "bboxes")
CLASSES = ("y", "labels", "label", "classes", "class", "category_id", "category")
SCORES = ("score", "scores", "confidence", "conf")
KINDS = (".json", ".npz")


class Found(NamedTuple):
    """Flat columns of boxes: the picture of each by its name or id (by its number among the
    pictures, where ``by_row``), the corners, the class as the model writes it, the score; and
    notes.
    """

    picture: Sequence[Any]
    xyxy: Floats
    classes: Sequence[Any]
    score: Floats
    names: tuple[str, ...] = ()
    notes: Sequence[str] = ()
    by_row: bool = False


def read(path: Path, sizes: Mapping[str, tuple[int, int]]) -> Found:
    """The boxes of a file or a folder.

    sizes: stem of a picture -> its height and width, for shares of the picture.
    Raises ValueError for other files, and for broken ones with the place.
    """
    if path.is_dir():
        return _of_texts(path, sizes)
    if not path.exists():
        raise ValueError(f"there is no file {path}; give the boxes of a model")
    if path.suffix.lower() == ".npz":
        with np.load(path, allow_pickle=False) as held:
            return of_arrays({name: held[name] for name in held.files}, path.name)
    if path.suffix.lower() == ".json":
        return _of_results(path)
    raise ValueError(
        f"{path.name} is no file of boxes that is read: a COCO list of results (.json), an .npz "
        "with xyxy, y, score and image, or a folder of YOLO's texts"
    )


def of_arrays(held: Mapping[str, Any], called: str) -> Found:
    """The boxes of flat arrays by name: corners (m, 4), classes, scores, and the picture of each
    box (or ``offsets``, where the boxes of each picture begin).
    """

    def one(names: Sequence[str], what: str) -> Any:
        found = next((held[name] for name in names if name in held), None)
        if found is None:
            raise ValueError(
                f"{called} has no {what} ({', '.join(names[:4])}); it holds {', '.join(held)}"
            )
        return np.asarray(found)

    xyxy = one(BOXES, "boxes")
    if xyxy.ndim != 2 or xyxy.shape[1] not in (4, 5):
        raise ValueError(
            f"{called}: boxes are (m, 4) left, top, right and bottom in pixels, got shape "
            f"{xyxy.shape}"
        )
    classes = one(CLASSES, "classes")
    score = xyxy[:, 4] if xyxy.shape[1] == 5 else one(SCORES, "scores")
    if "offsets" in held:
        size = np.diff(np.asarray(held["offsets"]))
        picture: Any = np.repeat(np.arange(len(size)), size)
    else:
        picture = one(PICTURES, "pictures of the boxes")
    lengths = {len(xyxy), len(classes), len(score), len(picture)}
    if len(lengths) > 1:
        raise ValueError(
            f"{called}: boxes, classes, scores and pictures differ in length ({len(xyxy):,}, "
            f"{len(classes):,}, {len(score):,}, {len(picture):,})"
        )
    names = tuple(map(str, np.asarray(held["names"]).tolist())) if "names" in held else ()
    return Found(
        picture.tolist(),
        xyxy[:, :4].astype(float),
        classes.tolist(),
        np.asarray(score, dtype=np.float64),
        names,
        by_row="offsets" in held,
    )


def of_pictures(held: Sequence[Any], called: str) -> Found:
    """The boxes of a list with an entry a picture: a mapping with boxes, labels and scores, as
    torchvision has it; an array of rows x1, y1, x2, y2, score and class; or, as some tools keep
    them, an array x1, y1, x2, y2, score for each class.
    """
    picture, xyxy, classes, score = list[int](), list[Any](), list[Any](), list[float]()

    def add(row: int, boxes: Any, codes: Any, scores: Any) -> None:
        boxes, codes, scores = (_plain(part) for part in (boxes, codes, scores))
        boxes = boxes.reshape(-1, 4).astype(float)
        if not len(boxes) == len(codes) == len(scores):
            raise ValueError(
                f"{called}, picture {row}: {len(boxes)} boxes, {len(codes)} classes and "
                f"{len(scores)} scores; they must be as many"
            )
        picture.extend([row] * len(boxes))
        xyxy.extend(boxes.tolist())
        classes.extend(codes.tolist())
        score.extend(scores.astype(float).tolist())

    for row, one in enumerate(held):
        if isinstance(one, Mapping):
            parts = [next((one[n] for n in names if n in one), None) for names in _KEYS]
            if any(part is None for part in parts):
                raise ValueError(
                    f"{called}, picture {row}: boxes, labels and scores are wanted, got "
                    f"{', '.join(map(str, one))}"
                )
            add(row, *parts)
        elif _is_by_class(one):
            for code, part in enumerate(one):
                rows = _plain(part).reshape(-1, 5)
                add(row, rows[:, :4], np.full(len(rows), code), rows[:, 4])
        else:
            rows = _plain(one)
            if rows.size and (rows.ndim != 2 or rows.shape[1] != 6):
                raise ValueError(
                    f"{called}, picture {row}: rows of x1, y1, x2, y2, score and class are wanted, "
                    f"got shape {rows.shape}"
                )
            rows = rows.reshape(-1, 6)
            add(row, rows[:, :4], rows[:, 5].astype(int), rows[:, 4])
    corners = np.array(xyxy, dtype=float).reshape(-1, 4)
    return Found(picture, corners, classes, np.array(score, dtype=float), by_row=True)


_KEYS = (("boxes", "xyxy", "bbox"), ("labels", "classes", "y"), ("scores", "score", "confidence"))


def _plain(part: Any) -> Any:
    plain = part.detach().cpu() if hasattr(part, "detach") else part
    return np.asarray(plain)


def _is_by_class(one: Any) -> bool:
    if isinstance(one, np.ndarray):
        return bool(one.dtype == object or (one.ndim == 3 and one.shape[2] == 5))
    if not isinstance(one, list | tuple) or not len(one):
        return False
    return all(np.ndim(part) == 2 and np.shape(part)[1] == 5 for part in one)


def _of_results(path: Path) -> Found:
    """COCO's list of results, or a COCO file whose annotations have scores."""
    text, _, _ = text_of(path, None)
    start = start_of(text)
    names: dict[str, str] = {}
    if text[start : start + 1] == "{":
        whole: Any = members(text, start, path.name)
        held = whole.get("annotations")
        results = held.value if held is not None else None
        listed = whole["categories"].value if "categories" in whole else []
        names = {key_of(one.get("id")): str(one.get("name")) for one in listed}
    else:
        is_list = text[start : start + 1] == "["
        results = elements(text, start, path.name).values if is_list else None
    if not isinstance(results, list):
        raise ValueError(
            f"{path.name} is no list of COCO results: [{{image_id, category_id, bbox, score}}, ...]"
        )
    odd = Odd("result")
    pictures, xyxy, classes, score = list[Any](), list[Any](), list[Any](), list[float]()
    for place, one in enumerate(results):
        box = one.get("bbox") if isinstance(one, dict) else None
        if not isinstance(box, list) or len(box) != 4 or one.get("score") is None:
            odd.add("there is no box of four numbers with a score; it is left out", str(place))
            continue
        x, y, w, h = map(number_of, box)
        pictures.append(key_of(one.get("image_id")))
        xyxy.append((x, y, x + w, y + h))
        key = key_of(one.get("category_id"))
        classes.append(names.get(key, key))
        score.append(number_of(one["score"]))
    corners = np.array(xyxy, dtype=float).reshape(-1, 4)
    return Found(pictures, corners, classes, np.array(score, dtype=float), notes=odd.notes())


def _of_texts(folder: Path, sizes: Mapping[str, tuple[int, int]]) -> Found:
    """YOLO's texts with a confidence: class, middle, width, height, confidence."""
    odd = Odd("line")
    pictures, xyxy, classes, score = list[Any](), list[Any](), list[Any](), list[float]()
    for one in sorted(folder.rglob("*.txt")):
        h, w = sizes.get(one.stem, (-1, -1))
        for number, line in enumerate(one.read_text("utf-8-sig").splitlines(), 1):
            parts = list(map(number_of, line.split()))
            if not parts:
                continue
            if len(parts) != 6 or not np.isfinite(parts).all():
                odd.add(
                    "a line is not class, middle, width, height and confidence; it is left out",
                    f"{one.name}:{number}",
                )
                continue
            if h < 0:
                odd.add("a text is of no picture here; its boxes are left out", one.name)
                break
            code, x, y, wide, high, sure = parts
            x, wide, y, high = x * w, wide * w, y * h, high * h
            pictures.append(one.stem)
            xyxy.append((x - wide / 2, y - high / 2, x + wide / 2, y + high / 2))
            classes.append(int(code))
            score.append(sure)
    if not xyxy:
        raise ValueError(
            f"{folder} holds no boxes of a model: texts with class, middle, width, height and "
            f"confidence are wanted (yolo predict save_txt=True save_conf=True); "
            f"{'; '.join(odd.notes()) or 'there are none'}"
        )
    corners = np.array(xyxy, dtype=float).reshape(-1, 4)
    return Found(pictures, corners, classes, np.array(score, dtype=float), notes=odd.notes())
