"""Boxes in pictures as labels: COCO, Pascal VOC, YOLO and Label Studio."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset, Ids
from reliabel.core.labels import Grouped
from reliabel.core.objects import Boxes
from reliabel.core.short_repr import many

TASK = "image"
COCO = "coco"
NOTHING: tuple[Path | None, str | None, Any, Sequence[str]] = (None, None, None, ())
SAYS = {
    "coco": "COCO",
    "voc": "Pascal VOC",
    "yolo": "YOLO",
    "label_studio_boxes": "Label Studio",
}


def boxes_in(
    source: Any,
    *,
    label: Any = None,
    pictures: str | Path | None = None,
    encoding: str | None = None,
    one_based: bool = False,
    predicted: Any = None,
    wanted: bool = False,
) -> Dataset | None:
    """The data set of a file or a folder of boxes in pictures; None for any other source.

    label: the question of a Label Studio export.  pictures: the folder of the pictures.
    one_based: whether coordinates of Pascal VOC count from 1.  predicted: boxes of a model.
    wanted: whether boxes were asked for, so that any other source is an error.
    """
    words = {"label": label, "pictures": pictures, "encoding": encoding, "one_based": one_based}
    named = label is not None and isinstance(source, str | Path) and Path(source).is_dir()
    path, form, found, said = (
        NOTHING if named and not wanted else drawn_in(source, **words)  # a column of a table
    )
    if found is None or path is None or form is None:
        if wanted:
            raise ValueError(
                f"{source} holds no boxes that are read; read are COCO's JSON, a folder of Pascal "
                "VOC's XML, YOLO's folders or data.yaml, and Label Studio's JSON export"
            )
        return None
    return _data(path, form, found, said, encoding, predicted)


def drawn_in(
    source: Any,
    *,
    label: Any = None,
    pictures: str | Path | None = None,
    encoding: str | None = None,
    one_based: bool = False,
) -> tuple[Path | None, str | None, Any, Sequence[str]]:
    """The path of a source, its form, what it draws in pictures (``formats.drawn.Drawn``) and
    notes; None in their places for any other source.
    """
    if not isinstance(source, str | Path) or not (label is None or isinstance(label, str)):
        return NOTHING
    from reliabel.formats import drawn_forms
    from reliabel.formats.files import place_of
    from reliabel.formats.packed import unpacked

    place = place_of(source)
    if isinstance(place, str) or not place.exists() or not drawn_forms.may_be(place):
        return NOTHING
    words: dict[str, Any] = {
        "pictures": None if pictures is None else Path(pictures),
        "encoding": encoding,
        "one_based": one_based,
        "question": label,
    }
    if words["pictures"] is not None and not words["pictures"].is_dir():
        raise ValueError(f"image names the folder of the pictures here; there is none {pictures}")
    if place.is_dir():
        form = drawn_forms.form_of(place)
        path = place if form is not None else drawn_forms.coco_in(place)
        if path is None:
            return NOTHING
        return path, form or COCO, drawn_forms.read(form or COCO, path, **words), ()
    with unpacked(place) as (plain, said):
        form = drawn_forms.form_of(plain, encoding)
        if form is None:
            return NOTHING
        found = drawn_forms.read(form, plain, beside=place, **words)
    # what is written anew of YOLO is the folder
    return place.parent if form == "yolo" else place, form, found, said


def _data(
    path: Path, form: str, found: Any, said: Sequence[str], encoding: str | None, predicted: Any
) -> Dataset:
    from reliabel.formats.files import sha256_of
    from reliabel.formats.picture_places import is_found

    labels = boxes_of(found)
    units = labels.units
    notes = [
        f"boxes in pictures ({SAYS[form]}): {many(len(units), 'box', 'boxes')} of "
        f"{many(units.k, 'class', 'classes')} ({', '.join(units.names[:12])}) in "
        f"{many(len(labels), 'picture')}"
    ]
    empty = int((np.diff(labels.offsets) == 0).sum())
    if empty:
        notes.append(f"{many(empty, 'picture')} without a box")
    ignored = 0 if units.crowd is None else int(units.crowd.sum())
    if ignored:
        notes.append(f"{many(ignored, 'box', 'boxes')} marked as crowd or difficult, left alone")
    evidence: dict[str, Any] = {"sizes": found.sizes}
    if is_found(found.pictures):
        evidence["items"] = list(found.pictures)
    if found.split is not None:
        evidence["split"] = np.array(found.split)
        notes.append(f"splits {', '.join(sorted(set(found.split)))} from the format")
    about = {
        "path": str(path.resolve()),
        "sha256": sha256_of(path),
        "rows": len(labels),
        "columns": {"label": "boxes"},
        "table": "pyarrow",
        "task": TASK,
        "form": form,
        "encoding": encoding,
        "objects": {**dict(found.how), "ids": found.ids, "codes": found.codes},
        "notes": [*notes, *said, *found.notes],
    }
    if found.rows is not None:
        about["row"] = np.array(found.rows)
    data = Dataset(labels, evidence, Ids(found.names), about)
    if predicted is None:
        return data
    from reliabel.reading.predicted_boxes import predicted_boxes

    boxes, told = predicted_boxes(predicted, data)
    about["notes"] = [*about["notes"], *told]  # type: ignore[misc]
    return Dataset(labels, {**evidence, "predicted": boxes}, Ids(found.names), about)


def boxes_of(found: Any) -> Grouped[Boxes]:
    """The labels of what a file draws in its pictures."""
    crowd = found.crowd if found.crowd.any() else None
    boxes = Boxes(found.xyxy, found.y, found.classes, crowd=crowd)
    offsets = np.searchsorted(found.item, np.arange(len(found.pictures) + 1))
    return Grouped(boxes, offsets)
