"""Votes from one COCO file whose annotations say who drew them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset, Ids
from reliabel.core.labels import Grouped, Ints, Votes
from reliabel.core.short_repr import many
from reliabel.core.spelling import nearest
from reliabel.reading.objects import COCO, TASK, boxes_of, drawn_in
from reliabel.reading.outlines import regions_of

WORKERS = ("annotator", "worker", "rater", "annotator_id", "worker_id", "rater_id", "completed_by")
LOOKED = ("annotators", "workers", "raters")  # of an image: who looked at it


def coco_votes_in(
    source: Any,
    *,
    worker: str | None = None,
    kind: str = "auto",
    pictures: str | Path | None = None,
    encoding: str | None = None,
) -> Dataset | None:
    """The votes of a COCO file; None for any other source, and for a file whose annotations name
    nobody.

    worker: the field of annotations that says who drew each; without it the usual names are tried.
    kind: "regions" reads outlines, anything else boxes.
    A worker looked at the pictures in which the worker drew something, and at those whose image
    lists the worker ("annotators").
    Raises ValueError where no annotation has the field that is named.
    """
    if not isinstance(source, str | Path) or kind not in ("auto", "boxes", "regions"):
        return None
    from reliabel.formats import drawn_forms
    from reliabel.formats.coco import lists_of
    from reliabel.formats.files import place_of, sha256_of
    from reliabel.formats.json_spans import text_of
    from reliabel.formats.packed import unpacked
    from reliabel.formats.picture_places import is_found

    path = place_of(source)
    if isinstance(path, str) or not path.is_file() or not drawn_forms.may_be(path):
        return None
    with unpacked(path) as (plain, _):
        if drawn_forms.form_of(plain, encoding) != COCO:
            return None
        lists = lists_of(path, text_of(plain, encoding)[0])
    annotated, images = lists["annotations"].values, lists["images"].values
    fields = [key for key in (WORKERS if worker is None else (worker,)) if _has(annotated, key)]
    if not fields:
        if worker is None:
            return None
        known = sorted({key for one in annotated if isinstance(one, dict) for key in one})
        raise ValueError(
            f"no annotation of {path.name} has a field {worker!r}{nearest(worker, known)} that "
            f"says who drew it; its fields are {', '.join(known[:12])}"
        )
    _, form, found, said = drawn_in(source, pictures=pictures, encoding=encoding)
    drew = [_name(annotated[at].get(fields[0])) for at in found.at]
    looked = [
        (item, _name(one))
        for item, image in enumerate(images)
        for key in LOOKED
        if isinstance(image, dict) and isinstance(image.get(key), list)
        for one in image[key]
    ]
    names = sorted({name for name in (*drew, *(who for _, who in looked)) if name is not None})
    code = {name: place for place, name in enumerate(names)}
    who = np.array([-1 if name is None else code[name] for name in drew], dtype=np.int64)
    drawn, told = (
        regions_of(found, np.maximum(found.sizes, 0)) if kind == "regions" else boxes_of(found)
    )
    empty = np.array([(i, code[name]) for i, name in looked if name is not None], np.int64)
    votes = _votes(drawn, who, empty.reshape(-1, 2), len(images), len(names))
    notes = [
        f"{path.name} is a COCO file whose annotations say who drew them ({fields[0]}): "
        f"{many(len(votes), 'picture')} looked at by {many(len(names), 'worker')}, counted for each"
    ]
    if not looked:
        notes.append(
            "who looked at a picture and drew nothing is not known: list all who looked in the "
            "image's 'annotators', or give one file a worker (rl.read_by_worker)"
        )
    nobody = int((who < 0).sum())
    if nobody:
        notes.append(f"{many(nobody, 'annotation')} of nobody left out: {fields[0]} is empty")
    evidence: dict[str, Any] = {}
    if is_found(found.pictures):
        evidence["items"] = list(found.pictures)
    about = {
        "path": str(path.resolve()),
        "sha256": sha256_of(path),
        "rows": len(found.y),
        "columns": {"label": "outlines" if kind == "regions" else "boxes", "worker": fields[0]},
        "table": "pyarrow",
        "task": TASK,
        "form": form,
        "encoding": encoding,
        "notes": [*notes, *told, *said, *found.notes],
    }
    return Dataset(votes, evidence, Ids(found.names, names), about)


def _has(annotated: list[Any], key: str) -> bool:
    return any(isinstance(one, dict) and _name(one.get(key)) is not None for one in annotated)


def _name(value: Any) -> str | None:
    """A worker's name; an object's e-mail address or id."""
    if isinstance(value, dict):
        value = next((value[key] for key in ("email", "name", "id") if value.get(key)), None)
    if value is None or isinstance(value, bool) or not str(value).strip():
        return None
    return str(value).strip()


def _votes(drawn: Grouped[Any], who: Ints, empty: Ints, n: int, w: int) -> Votes[Any]:
    """What each worker drew in each picture as one vote, in the order of the pictures."""
    row = np.flatnonzero(who >= 0)
    pair = drawn.item[row].astype(np.int64) * max(w, 1) + who[row]
    order = np.argsort(pair, kind="stable")
    every = np.unique(np.concatenate([pair, empty[:, 0] * max(w, 1) + empty[:, 1]]))
    offsets = np.append(np.searchsorted(pair[order], every), len(order))
    labels = Grouped(drawn.units.take(row[order]), offsets)
    return Votes(every // max(w, 1), every % max(w, 1), labels, n, w)
