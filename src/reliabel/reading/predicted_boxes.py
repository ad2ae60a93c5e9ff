"""The boxes of a model in the order of the pictures, with the classes of the labels."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset
from reliabel.core.labels import Grouped, Ints
from reliabel.core.objects import Boxes
from reliabel.core.short_repr import many
from reliabel.formats import box_predictions

LOW = 0.25  # a lowest score above this says that unsure boxes were cut away


def predicted_boxes(given: Any, data: Dataset) -> tuple[Grouped[Boxes], list[str]]:
    """The boxes of a model for each picture of a data set of boxes, and notes on what was done.

    given: a ``Grouped[Boxes]`` with scores; a file or folder that ``formats.box_predictions``
        reads; flat arrays by name; or a list with an entry a picture.
    Pictures are told by their ids, names or stems; classes by the numbers of the format or by name.
    Raises ValueError where nothing fits.
    """
    labels = data.labels
    assert isinstance(labels, Grouped)
    if isinstance(given, Grouped):
        if len(given) != len(labels):
            raise ValueError(
                f"predicted has {len(given):,} pictures, the labels have {len(labels):,}; they "
                "must be the same, in one order"
            )
        return given, []
    if isinstance(given, str | Path):
        called, path = Path(given).name, Path(given)
        found = box_predictions.read(path, _sizes(data))
    elif isinstance(given, Mapping):
        called, found = "predicted", box_predictions.of_arrays(given, "predicted")
    elif isinstance(given, list | tuple):
        if len(given) != len(labels):
            raise ValueError(
                f"predicted has {len(given):,} entries, the labels have {len(labels):,} pictures"
            )
        called, found = "predicted", box_predictions.of_pictures(given, "predicted")
    else:
        raise ValueError(
            "predicted takes the boxes of a model: a Grouped[Boxes], a file (COCO results, .npz), "
            f"a folder of YOLO's texts, arrays by name or a list, got {type(given).__name__}"
        )
    item = _items(found, data)
    known = item >= 0
    if not known.any() and len(item):
        raise ValueError(
            f"{called}: none of its {len(item):,} boxes is of a picture of the data "
            f"(such as {found.picture[0]!r}; the pictures are called {data.ids.item(0)!r}, ...)"
        )
    y, names, unknown = _classes(found, data)
    order = np.flatnonzero(known)[np.argsort(item[known], kind="stable")]
    boxes = Boxes(found.xyxy[order], y[order], names, score=found.score[order])
    offsets = np.searchsorted(item[order], np.arange(len(labels) + 1))
    notes = [
        f"{called}: {many(len(order), 'box', 'boxes')} of a model in "
        f"{int((np.diff(offsets) > 0).sum()):,} of {len(labels):,} pictures",
        *found.notes,
    ]
    if not known.all():
        first = found.picture[int(np.flatnonzero(~known)[0])]
        notes.append(
            f"{int((~known).sum()):,} boxes of {called} are of no picture of the data (the first "
            f"of {first!r}) and are left out"
        )
    if unknown:
        notes.append(f"{called} has classes that the labels have not: {', '.join(unknown[:8])}")
    if len(order) and np.nanmin(found.score[order]) > LOW:
        notes.append(
            f"the lowest score of {called} is {np.nanmin(found.score[order]):.2f}: boxes that a "
            "model is unsure of tell much too, so export them from about 0.05 on"
        )
    return Grouped(boxes, offsets), notes


def with_boxes(data: Any, evidence: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Evidence with the boxes of a model as a label set, where labels are boxes and a file, arrays
    or lists were given; and notes.
    """
    out, given = dict(evidence), evidence.get("predicted")
    labels = data.labels if isinstance(data, Dataset) else data
    if given is None or not isinstance(labels, Grouped) or not isinstance(labels.units, Boxes):
        return out, []
    whole = data if isinstance(data, Dataset) else Dataset(labels)
    out["predicted"], notes = predicted_boxes(given, whole)
    return out, notes


def _items(found: Any, data: Dataset) -> Ints:
    """The item of each picture by its id, name, file name or stem; -1 where there is none."""
    n, pictures = len(data.labels), found.picture
    numbers = all(isinstance(one, int) for one in pictures)
    if found.by_row or (numbers and not _objects(data).get("ids")):
        rows = np.array(pictures, dtype=np.int64).reshape(-1)
        return np.where((rows >= 0) & (rows < n), rows, -1)
    of = {name: row for name, row in _named(data).items() if row >= 0}
    return np.array([of.get(str(one), -1) for one in pictures], dtype=np.int64).reshape(-1)


def _named(data: Dataset) -> dict[str, int]:
    """Names of pictures -> item, -1 where a name is that of several; ids come before others."""
    n = len(data.labels)
    names = [data.ids.item(row) for row in range(n)]
    ids = _objects(data).get("ids") or []
    rows = np.asarray(data.source["row"]) if "row" in data.source else np.arange(n)
    ids = [ids[int(row)] for row in rows.tolist()] if len(ids) != n and len(ids) > 0 else ids
    of: dict[str, int] = {}
    plain = [PurePosixPath(name) for name in names]
    forms = (ids, names, [one.name for one in plain], [one.stem for one in plain])
    for held in (*forms, [PurePosixPath(one).stem for one in ids]):
        fresh: dict[str, int] = {}
        for row, name in enumerate(held):
            fresh[name] = -1 if name in fresh else row
        of = fresh | of
    return of


def _objects(data: Dataset) -> Mapping[str, Any]:
    held = data.source.get("objects")
    return held if isinstance(held, Mapping) else {}


def _sizes(data: Dataset) -> dict[str, tuple[int, int]]:
    """Stem of a picture -> height and width."""
    sizes = data.evidence.get("sizes")
    if sizes is None:
        return {}
    return {
        PurePosixPath(data.ids.item(row)).stem: (int(h), int(w))
        for row, (h, w) in enumerate(np.asarray(sizes).tolist())
    }


def _classes(found: Any, data: Dataset) -> tuple[Ints, tuple[str, ...], list[str]]:
    """The class of each box among those of the labels, further ones after them."""
    assert isinstance(data.labels, Grouped)
    names = list(data.labels.units.names)
    codes = _objects(data).get("codes")
    place: dict[Any, int] = {}
    if found.names:
        own = dict(enumerate(found.names))
    elif codes:
        own = dict(codes)
        own |= {int(key): name for key, name in own.items() if str(key).lstrip("-").isdigit()}
    else:
        own = dict(enumerate(names))
    unknown: list[str] = []
    for one in dict.fromkeys(found.classes):
        name = own.get(one, str(one) if str(one) in names or isinstance(one, str) else None)
        name = f"class {one}" if name is None else str(name)
        if name not in names:
            names.append(name)
            unknown.append(name)
        place[one] = names.index(name)
    y = np.array([place[one] for one in found.classes], dtype=np.int64).reshape(-1)
    return y, tuple(names), unknown
