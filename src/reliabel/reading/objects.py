"""Boxes in pictures as labels: COCO, Pascal VOC, YOLO and Label Studio."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.alike_names import merged_classes, merged_note, one_spelling
from reliabel.core.dataset import Dataset, Ids
from reliabel.core.labels import Classes, Grouped, Ints
from reliabel.core.objects import Boxes
from reliabel.core.short_repr import many

TASK = "image"
COCO, YOLO = "coco", "yolo"
LOOKED_AT = 50  # pictures whose size is compared with what the file says
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
    merge_alike: bool = False,
    wanted: bool = False,
) -> Dataset | None:
    """The data set of a file or a folder of boxes in pictures; None for any other source.

    label: the question of a Label Studio export.  pictures: the folder of the pictures.
    one_based: whether coordinates of Pascal VOC count from 1.  predicted: boxes of a model.
    merge_alike: make one class of names that differ only in what people do not see.
    wanted: whether boxes were asked for, so that any other source is an error.
    """
    words = {"label": label, "pictures": pictures, "encoding": encoding, "one_based": one_based}
    named = label is not None and isinstance(source, str | Path) and Path(source).is_dir()
    path, form, found, said = (
        NOTHING if named and not wanted else drawn_in(source, **words)  # a column of a table
    )
    if found is None or path is None or form is None:
        if wanted:
            refuse_elsewhere(source, "boxes")
            raise ValueError(
                f"{source} holds no boxes that are read; read are COCO's JSON, a folder of Pascal "
                "VOC's XML, YOLO's folders or data.yaml, and Label Studio's JSON export"
            )
        return None
    return _data(path, form, found, said, encoding, predicted, merge_alike)


def refuse_elsewhere(source: Any, what: str) -> None:
    """Refuse boxes and masks at an address: their readers take files and folders of this machine.

    >>> refuse_elsewhere("s3://scans/masks", "masks")
    Traceback (most recent call last):
    ValueError: masks are read from files and folders of this machine, got the address \
s3://scans/masks; copy it here first and give the path of the copy
    """
    from reliabel.formats.files import place_of

    if isinstance(source, str | Path) and isinstance(place_of(source), str):
        raise ValueError(
            f"{what} are read from files and folders of this machine, got the address {source}; "
            "copy it here first and give the path of the copy"
        )


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
    return place.parent if form == YOLO else place, form, found, said


def _data(
    path: Path,
    form: str,
    found: Any,
    said: Sequence[str],
    encoding: str | None,
    predicted: Any,
    merge_alike: bool,
) -> Dataset:
    from reliabel.formats.files import sha256_of
    from reliabel.formats.picture_places import is_found

    labels, mended = boxes_of(found, merge_alike=merge_alike)
    sizes, odd = _sizes(found)
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
    outlines = sum(shape is not None for shape in found.shapes or ()) if form == COCO else 0
    if outlines:
        with_outline = many(outlines, "annotation")
        notes.append(f"{with_outline} with an outline: kind='regions' audits these")
    notes += [*mended, *odd]
    evidence: dict[str, Any] = {"sizes": sizes}
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
        "objects": {**dict(found.how), "ids": found.ids, "codes": _codes(found, labels)},
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


def boxes_of(found: Any, *, merge_alike: bool = False) -> tuple[Grouped[Boxes], list[str]]:
    """The labels of what a file draws in its pictures, and notes on names that were merged."""
    crowd = found.crowd if found.crowd.any() else None
    classes = Classes(found.y, found.classes)
    classes, new = merged_classes(classes) if merge_alike else (classes, {})
    boxes = Boxes(found.xyxy, classes.y, classes.names, crowd=crowd)
    offsets = np.searchsorted(found.item, np.arange(len(found.pictures) + 1))
    return Grouped(boxes, offsets), merged_note("classes", new)


def _codes(found: Any, labels: Grouped[Boxes]) -> dict[str, str] | None:
    """What the format calls a class -> the class that it is here."""
    if found.codes is None:
        return None
    new = one_spelling(found.classes, dict.fromkeys(labels.units.names, 1))
    names = [name if name in labels.units.names else new[name] for name in found.classes]
    return dict(zip(found.codes, names, strict=True))


def _sizes(found: Any) -> tuple[Ints, list[str]]:
    """The sizes of the pictures, those that the file does not say from the pictures themselves; and
    a note where the file says others than some of the pictures have.
    """
    from reliabel.formats.picture_places import size_of

    sizes = np.array(found.sizes)
    there = np.array([Path(one).is_absolute() for one in found.pictures], dtype=bool)
    for row in np.flatnonzero(there & (sizes[:, 0] < 0)).tolist():
        sizes[row] = size_of(Path(found.pictures[row]))
    if found.form == YOLO or not there.any():  # sizes are those of the pictures already
        return sizes, []
    some = np.flatnonzero(there)
    some = some[:: max(len(some) // LOOKED_AT, 1)][:LOOKED_AT]
    real = np.array([size_of(Path(found.pictures[row])) for row in some.tolist()])
    other = (real[:, 0] > 0) & (real != sizes[some]).any(1)
    other &= (real[:, ::-1] != sizes[some]).any(1)  # a turned picture has its sides swapped
    if not other.any():
        return sizes, []
    first = int(np.flatnonzero(other)[0])
    (h, w), (high, wide) = sizes[some[first]].tolist(), real[first].tolist()
    name = found.names[int(some[first])]
    return sizes, [
        f"{int(other.sum())} of {len(some)} pictures looked at have another size than the file "
        f"says: {name} has {wide} x {high} pixels, the file says {w} x {h}; boxes then lie "
        "elsewhere than they seem"
    ]
