"""Objects with outlines as labels: COCO's polygons and run lengths become regions, one an
annotation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset, Ids
from reliabel.core.labels import Grouped, Ints
from reliabel.core.objects import Regions
from reliabel.core.short_repr import many
from reliabel.reading.objects import COCO, TASK, drawn_in


def outlines_in(
    source: Any,
    *,
    pictures: str | Path | None = None,
    encoding: str | None = None,
    probs: Any = None,
) -> Dataset | None:
    """The data set of a COCO file whose annotations have outlines; None for any other source.

    pictures: the folder of the pictures.  probs: probabilities of the pixels.
    """
    path, form, found, said = drawn_in(source, pictures=pictures, encoding=encoding)
    if found is None or path is None or form != COCO:
        return None
    from reliabel.formats.files import sha256_of
    from reliabel.formats.picture_places import is_found

    there = is_found(found.pictures)
    sizes = _sizes(found, there)
    labels, told = regions_of(found, sizes)
    units = labels.units
    notes = [
        f"outlines of objects (COCO): {many(len(units), 'region')} of "
        f"{many(units.k, 'class', 'classes')} ({', '.join(units.names[:12])}) in "
        f"{many(len(labels), 'picture')}"
    ]
    evidence: dict[str, Any] = {"sizes": sizes}
    if there:
        evidence["items"] = list(found.pictures)
    about = {
        "path": str(path.resolve()),
        "sha256": sha256_of(path),
        "rows": len(labels),
        "columns": {"label": "outlines"},
        "table": "pyarrow",
        "task": TASK,
        "form": form,
        "encoding": encoding,
        "objects": {**dict(found.how), "ids": found.ids, "codes": found.codes},
        "notes": [*notes, *told, *said, *found.notes],
    }
    data = Dataset(labels, evidence, Ids(found.names), about)
    if probs is None:
        return data
    from reliabel.reading.pixel_probs import pixel_probs_of

    of_pixels, more = pixel_probs_of(probs, data)
    about["notes"] = [*notes, *told, *said, *found.notes, *more]
    return Dataset(labels, {**evidence, "pixel_probs": of_pixels}, Ids(found.names), about)


def regions_of(found: Any, sizes: Ints) -> tuple[Grouped[Regions], list[str]]:
    """A region for each object, of no pixel where its outline is missing or broken; and what is to
    be said of these.
    """
    from reliabel.formats.odd_parts import Odd
    from reliabel.ops.polygons import polygons_runs
    from reliabel.ops.regions import joined, owners
    from reliabel.ops.rle import counts_runs

    odd = Odd("annotation")
    m, size = len(found.y), np.maximum(sizes[found.item], 0)
    rings, of_ring = list[Any](), list[int]()
    coded: list[tuple[int, Any]] = []
    for row, shape in enumerate(found.shapes or [None] * m):
        where = f"number {found.at[row]} of {found.names[int(found.item[row])]}"
        if shape is None:
            odd.add("an annotation has no outline; its region has no pixel", where)
        elif not size[row].all():
            odd.add("the size of the picture is unknown; its regions have no pixel", where)
        elif isinstance(shape, Mapping):
            try:
                held = shape.get("size") or size[row].tolist()
                if list(map(int, held)) != size[row].tolist():
                    raise ValueError(
                        f"its size is {list(held)}, the picture's {size[row].tolist()}"
                    )
                coded.append((row, counts_runs(shape.get("counts") or [], size[row])))
            except (TypeError, ValueError) as broken:
                odd.add(f"the run lengths are broken ({broken}); the region has no pixel", where)
        else:
            good = [ring for ring in shape if _is_ring(ring)] if isinstance(shape, list) else []
            if not good or len(good) < len(shape):
                odd.add("a polygon is no list of three points or more; it is left out", where)
            rings += good
            of_ring += [row] * len(good)
    drawn = polygons_runs(rings, of_ring, m, size)
    parts = [(owners(drawn), drawn.start, drawn.length)]
    parts += [(np.full(len(runs.start), row), runs.start, runs.length) for row, runs in coded]
    owner, start, length = (np.concatenate(column) for column in zip(*parts, strict=True))
    runs = joined(owner, start, start + length, m)
    crowd = found.crowd if found.crowd.any() else None
    shape_of = (runs.start, runs.length, runs.offsets, size)
    units = Regions(found.y, *shape_of, found.classes, crowd)
    offsets = np.searchsorted(found.item, np.arange(len(found.pictures) + 1))
    return Grouped(units, offsets), odd.notes()


def _is_ring(ring: Any) -> bool:
    if not isinstance(ring, list) or len(ring) < 6 or len(ring) % 2:
        return False
    if not all(isinstance(x, int | float) and not isinstance(x, bool) for x in ring):
        return False
    return bool(np.isfinite(ring).all())


def _sizes(found: Any, there: bool) -> Ints:
    """Height and width of each picture: as the file says, else as the picture is, else as one of
    its outlines says.
    """
    from reliabel.formats.picture_places import size_of

    sizes = np.array(found.sizes, dtype=np.int64).reshape(-1, 2)
    unknown = np.flatnonzero((sizes < 1).any(1))
    shapes: Sequence[Any] = found.shapes or []
    told = {
        int(found.item[row]): shape["size"]
        for row, shape in enumerate(shapes)
        if isinstance(shape, Mapping) and isinstance(shape.get("size"), list)
    }
    for item in unknown.tolist():
        size = size_of(Path(found.pictures[item])) if there else (-1, -1)
        if size[0] < 1 and len(told.get(item, ())) == 2:
            size = (int(told[item][0]), int(told[item][1]))
        sizes[item] = size
    return sizes
