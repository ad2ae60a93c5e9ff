"""Audits of objects in small pictures, made by hand, with an error of each kind."""

from __future__ import annotations

import numpy as np

from reliabel.core.dataset import Dataset, Ids
from reliabel.core.kinds import kind_for, layout_of
from reliabel.core.labels import Grouped
from reliabel.core.objects import Boxes, Regions
from reliabel.core.results import Audit, Finding, Suspicion

NAMES = ("car", "person")
WIDTH, HEIGHT = 320, 240
# (picture, box, class, what is suggested) of each error, then objects that are right
ERRORS = (
    (0, (40, 40, 100, 90), 0, "car 20,40,80,90"),  # lies elsewhere
    (0, (150, 50, 190, 120), 0, "person 150,50,190,120"),  # is another class
    (1, (200, 100, 260, 160), -1, "car 200,100,260,160"),  # is missing
    (1, (10, 10, 50, 40), 1, None),  # is none
)
RIGHT = ((0, (220, 150, 300, 220), 1), (1, (100, 30, 160, 90), 0), (2, (60, 60, 200, 200), 0))
PICTURES = 4  # the last one has no object


def drawn(place, n=PICTURES):
    """Small pictures in which each object is a coloured box."""
    from PIL import Image, ImageDraw

    place.mkdir(parents=True, exist_ok=True)
    made = []
    for i in range(n):
        image = Image.new("RGB", (WIDTH, HEIGHT), (90 + 20 * i, 120, 110))
        draw = ImageDraw.Draw(image)
        for picture, box, y, *_ in (*ERRORS, *RIGHT):
            if picture == i:
                draw.rectangle(box, fill=(200, 60, 60) if y else (60, 60, 200))
        made.append(place / f"scene_{i}.png")
        image.save(made[-1])
    return [str(path) for path in made]


def boxes_audit(place, *, sizes=True, more=(), sick=()):
    """An audit of boxes with one error of each kind; ``sick`` are boxes that cannot be drawn or lie
    outside, added to the last picture.
    """
    rows = [
        *((i, box, y, suggest, 0.9) for i, box, y, suggest in ERRORS),
        *((i, box, y, None, 0.05) for i, box, y in (*RIGHT, *more)),
        *((PICTURES - 1, box, 0, None, 0.6) for box in sick),
    ]
    rows.sort(key=lambda row: row[0])
    offsets = np.searchsorted([row[0] for row in rows], np.arange(PICTURES + 1))
    boxes = Boxes([row[1] for row in rows], [row[2] for row in rows], NAMES)
    return _audit(Grouped(boxes, offsets), drawn(place), rows, sizes)


def regions_audit(place, more=()):
    """The same objects as regions; a region that is missing has no class."""
    rows = [
        *((i, box, y, s and s.split()[0], 0.9) for i, box, y, s in ERRORS),
        *((i, box, y, None, 0.05) for i, box, y in (*RIGHT, *more)),
    ]
    rows.sort(key=lambda row: row[0])
    offsets = np.searchsorted([row[0] for row in rows], np.arange(PICTURES + 1))
    runs = [
        (np.arange(y1, y2) * WIDTH + x1, np.full(y2 - y1, x2 - x1))
        for _, (x1, y1, x2, y2), *_ in rows
    ]
    start, length = (np.concatenate(part) for part in zip(*runs, strict=True))
    units = Regions(
        [row[2] for row in rows],
        start,
        length,
        np.concatenate([[0], np.cumsum([len(one) for one, _ in runs])]),
        np.tile([HEIGHT, WIDTH], (len(rows), 1)),
        NAMES,
    )
    return _audit(Grouped(units, offsets), drawn(place), rows, False)


def _audit(labels, paths, rows, sizes):
    evidence = {"items": paths}
    if sizes:
        evidence["sizes"] = np.tile([HEIGHT, WIDTH], (len(paths), 1))
    ids = Ids(tuple(f"scene_{i}" for i in range(len(paths))))
    kind, layout = kind_for(labels), layout_of(labels)
    source = {"task": kind.task, "path": str(paths[0]).rpartition("/")[0]}
    data = Dataset(labels, evidence, ids, source)
    p = np.array([row[4] for row in rows])
    findings = []
    for row in np.argsort(-p, kind="stable").tolist():
        item, unit = layout.place(np.array([row]))
        suggest, given = rows[row][3], kind.value(labels, row)
        where = kind.place(labels, row, suggest)
        one = (int(item[0]), ids.item(int(item[0])), int(unit[0]), "label", None, float(p[row]))
        why = "the detector sees it otherwise"
        findings.append(Finding(*one, float(p[row]), ("seen",), given, suggest, (), where, why))
    opinions = {"self_confidence": Suspicion(p, p > 0.5)}
    info = {"version": "0", "seed": 0}
    return Audit(data, opinions, {}, {}, p, None, None, tuple(findings), (), info)
