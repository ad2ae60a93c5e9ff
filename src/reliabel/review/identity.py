"""What a log knows its labels by, and which of them can be wrong at all."""

from __future__ import annotations

import json
import zlib
from typing import Any

import numpy as np

from reliabel.core.columns import blank
from reliabel.core.dataset import Dataset
from reliabel.core.kinds import flat, given_values, kind_for, layout_of
from reliabel.core.label_values import spans, written
from reliabel.core.labels import Bools
from reliabel.folders.fingerprint import fingerprint


def known_rows(data: Dataset) -> Bools:
    """(units,) which labels are known, so that they can be wrong; of objects within an item also
    the places where none is given, since one may be missing there.
    """
    kind, rows = kind_for(data.labels), layout_of(data.labels).rows
    if kind.objects:
        return np.ones(rows, dtype=bool)
    known = [~blank(kind.cells_of(data.labels, span)) for span in spans(rows)]
    return np.concatenate([*known, np.empty(0, dtype=bool)])


def print_of(data: Dataset) -> str:
    """The fingerprint of ids and labels as they were audited."""
    classes = flat(data.labels)
    labels: list[Any] = (
        [np.asarray(classes.y, dtype=np.int64), list(classes.names)]
        if classes is not None
        else [json.dumps([written(value) for value in given_values(data.labels)])]
    )
    ids = data.ids.items
    return fingerprint(len(data.labels), "" if ids is None else json.dumps(list(ids)), *labels)


def packed(inside: Bools) -> bytes:
    """Which labels are inside, a bit each, compressed."""
    return zlib.compress(np.packbits(inside).tobytes())


def unpacked(stored: bytes, rows: int) -> Bools:
    """What ``packed`` was given."""
    bits = np.frombuffer(zlib.decompress(stored), np.uint8)
    return np.unpackbits(bits, count=rows).astype(bool)
