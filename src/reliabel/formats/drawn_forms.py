"""Which reader of boxes in pictures reads a file or a folder."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from reliabel.formats import coco, coco_edits, label_studio_boxes, voc, yolo
from reliabel.formats.drawn import Drawn, Edit
from reliabel.formats.packed import written_name

MODULES = {one.FORM: one for one in (coco, voc, yolo, label_studio_boxes)}
FOLDERS = (voc.FORM, yolo.FORM)  # forms whose data set is a folder
JSON = (".json",)
FILES = 20  # JSON files of a folder that are looked at


def may_be(path: Path) -> bool:
    """Whether the name of a file allows boxes; what is packed is unpacked only then."""
    suffix = Path(written_name(path.name)).suffix.lower()
    return path.is_dir() or suffix in (*JSON, ".xml", *yolo.YAML)


def form_of(path: Path, encoding: str | None = None) -> str | None:
    """The form of a file or a folder of boxes; None for any other data."""
    if path.is_dir():
        return next((one.FORM for one in (voc, yolo) if one.recognises(path)), None)
    suffix = path.suffix.lower()
    if suffix == ".xml":
        return voc.FORM if voc.recognises(path) else None
    if suffix in yolo.YAML:
        return yolo.FORM if yolo.recognises(path) else None
    if suffix in JSON:
        both = (coco, label_studio_boxes)
        return next((one.FORM for one in both if one.recognises(path, encoding)), None)
    return None


def coco_in(folder: Path) -> Path | None:
    """The one COCO file among the first JSON files of a folder of pictures, None where there is
    none.

    Raises ValueError where there are several.
    """
    held = sorted(one for one in folder.rglob("*.json") if not one.name.startswith("."))
    found = [one for one in islice(held, FILES) if coco.recognises(one)]
    if len(found) > 1:
        names = ", ".join(one.relative_to(folder).as_posix() for one in found[:4])
        raise ValueError(f"{folder} holds several COCO files ({names}); give the one that is meant")
    return found[0] if found else None


def read(
    form: str,
    path: Path,
    *,
    pictures: Path | None = None,
    encoding: str | None = None,
    one_based: bool = False,
    beside: Path | None = None,
    question: str | None = None,
) -> Drawn:
    """The boxes of a file or a folder."""
    words: dict[str, Any] = {"pictures": pictures, "encoding": encoding}
    if form == voc.FORM:
        words["one_based"] = one_based
    if form in (coco.FORM, label_studio_boxes.FORM):
        words["beside"] = beside
    if form == label_studio_boxes.FORM:
        words["question"] = question
    drawn: Drawn = MODULES[form].read(path, **words)
    return drawn


def rewrite(
    form: str,
    path: Path,
    out: Path,
    edits: Mapping[int, Sequence[Edit]],
    drop: Collection[int],
    how: Mapping[str, Any],
    *,
    links: bool = False,
) -> list[str]:
    """Write a file or a folder anew with some objects changed and some pictures left out."""
    words = dict(how) | ({"links": links} if form in FOLDERS else {})
    write = coco_edits.rewrite if form == coco.FORM else MODULES[form].rewrite
    notes: list[str] = write(path, out, edits, drop, **words)
    return notes
