"""Annotations of kinds that are not read: each is named as what it is, with what can be done."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from reliabel.formats.packed import PICTURES

BOXES = (
    "boxes are read as labels (rl.read and audit, kind='auto' or 'boxes') from COCO, Pascal VOC, "
    "YOLO and Label Studio, in a file or a folder of this machine (not at an address); export to "
    "one of these, or give a table of classes"
)
TOKENS = (
    "words with tags are read as labels (rl.read, audit), not as votes; for votes on words give a "
    "table with the columns item, worker and label"
)
YOLO = re.compile(r"^\d+(\s+-?\d*\.?\d+(e-?\d+)?){4,}\s*$")
TAG = re.compile(r"^(O|[BIESLU]-\S+)$")
LINES = 200  # of a file that are looked at
FILES = 5  # of a folder


def refuse_unread(name: str, whole: Any, records: Sequence[Mapping[str, Any]] = ()) -> None:
    """Raise ValueError for one JSON object, or for records, that hold annotations of a known
    kind.
    """
    if any({"image_id", "category_id"} <= record.keys() for record in records):
        raise ValueError(f"{name} is a list of COCO annotations or results: {BOXES}")
    if any(_is_create_ml(record) for record in records):
        raise ValueError(f"{name} is a CreateML file of boxes: {BOXES}")
    if not isinstance(whole, Mapping):
        return
    found = next((what for what, is_it in OBJECTS.items() if is_it(whole)), None)
    if found is not None:
        raise ValueError(f"{name} is {found}: {BOXES}")


def refuse_text(path: Path, encoding: str) -> None:
    """Raise ValueError for a text file with YOLO's boxes, CoNLL's tags or VOC's XML."""
    lines = _head(path, encoding)
    if _is_conll(lines):
        raise ValueError(f"{path.name} is a CoNLL file (a word and its tag a line): {TOKENS}")
    if lines and all(YOLO.match(line) for line in lines if line.strip()):
        raise ValueError(
            f"{path.name} is a YOLO label file (class and box a line) or numbers without a header: "
            f"{BOXES}"
        )


def refuse_markup(name: str, head: str) -> None:
    """Raise ValueError for the beginning of an XML file that holds annotations of pictures."""
    if "<annotation" in head and ("<object" in head or "<filename" in head or "<size" in head):
        raise ValueError(f"{name} is a Pascal VOC annotation: {BOXES}")
    if "<annotations>" in head and ("<image" in head or "<meta>" in head):
        raise ValueError(f"{name} is a CVAT annotation: {BOXES}")


def refuse_folder(folder: Path) -> None:
    """Raise ValueError for a folder with VOC's XML files, YOLO's label files or COCO's JSON."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    for path in islice((one for one in files if one.suffix.lower() == ".xml"), FILES):
        refuse_markup(f"{folder.name}/{path.relative_to(folder).as_posix()}", _start(path))
    for path in islice((one for one in files if one.suffix.lower() == ".json"), FILES):
        from reliabel.formats.json_text import first_records

        refuse_unread(
            f"{folder.name}/{path.relative_to(folder).as_posix()}", first_records(path)[1]
        )
    if any(one.suffix.lower() in PICTURES for one in files):
        return  # the reader of pictures looks at what stands beside them
    texts = (one for one in files if one.suffix.lower() == ".txt" and one.stem != "classes")
    for path in islice(texts, FILES):
        lines = [line for line in _head(path, "utf-8") if line.strip()]
        if lines and all(YOLO.match(line) for line in lines):
            raise ValueError(
                f"{folder.name} holds YOLO label files such as "
                f"{path.relative_to(folder).as_posix()}: {BOXES}"
            )


def _start(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(4096).decode("utf-8", "replace")


def _head(path: Path, encoding: str) -> list[str]:
    with path.open(encoding=encoding, errors="replace") as file:
        return [line.rstrip("\r\n") for line in islice(file, LINES)]


def _is_conll(lines: list[str]) -> bool:
    """Whether each line is a word and the tag of a span, or ten columns as of CoNLL-U."""
    rows = [re.split(r"[\t ]+", line.strip()) for line in lines if line.strip()]
    rows = [row for row in rows if row[0] not in ("#", "-DOCSTART-")]
    rows = [row for row in rows if not row[0].startswith("#")]
    if len(rows) < 2 or any(len(row) < 2 for row in rows):
        return False
    if len({len(row) for row in rows}) != 1:
        return False
    tags = sum(bool(TAG.match(row[-1])) for row in rows)
    universal = len(rows[0]) == 10 and all(row[0][:1].isdigit() for row in rows)
    return universal or tags == len(rows)


def _is_create_ml(record: Mapping[str, Any]) -> bool:
    held = record.get("annotations")
    return (
        any(isinstance(record.get(name), str) for name in ("image", "imagefilename"))
        and isinstance(held, list)
        and any(isinstance(one, dict) and "coordinates" in one for one in held)
    )


def _is_coco(whole: Mapping[str, Any]) -> bool:
    held = whole.get("annotations")
    return (
        isinstance(held, list)
        and isinstance(whole.get("images"), list)
        and (
            isinstance(whole.get("categories"), list)
            or any(isinstance(one, dict) and "image_id" in one for one in held)
        )
    )


OBJECTS: dict[str, Callable[[Mapping[str, Any]], bool]] = {
    "a COCO file (images, annotations, categories)": _is_coco,
    "a LabelMe annotation (shapes)": lambda whole: (
        isinstance(whole.get("shapes"), list) and "imagePath" in whole
    ),
    "a project of the VGG image annotator": lambda whole: "_via_img_metadata" in whole,
}
