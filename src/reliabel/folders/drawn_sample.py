"""The weighted random sample that is kept in an audit folder: sample.json says which draw it is,
sample.parquet has one row a draw, evidence/sample-p.npy is the P(wrong) it was drawn by.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reliabel.core.kinds import layout_of
from reliabel.core.labels import Floats, Ints
from reliabel.core.results import Audit
from reliabel.core.short_repr import by_fields
from reliabel.folders.atomic import write_text, writing
from reliabel.folders.parquet import write_table
from reliabel.folders.switch import (
    UNREADABLE,
    holds,
    open_file,
    read_file,
    read_together,
    replacing,
)

SCHEMA = 1
CARD, DRAWS = "sample.json", "sample.parquet"
P_WRONG = "evidence/sample-p.npy"


@dataclass(frozen=True, eq=False)
class DrawnSample:
    """A draw with replacement from the labels of one audit.

    ``audit`` tells which audit (``verbs.sample.named``), ``seed`` and ``n`` are what people asked
    for; ``unit`` (n,) is the label of each draw in the order of the draws, ``q`` (n,) the chance
    with which a draw takes it.  ``labels`` is the fingerprint of the labels as given, which a draw
    speaks of whatever P(wrong) is made anew ("" in folders of earlier versions), ``sheets`` the
    files for people that were written.
    """

    audit: str
    seed: int
    n: int
    unit: Ints
    q: Floats
    labels: str = ""
    sheets: tuple[str, ...] = ()

    __repr__ = by_fields


def holds_sample(folder: Path) -> bool:
    """Whether a sample was drawn in this folder."""
    return holds(folder, CARD)


def read_sample(folder: Path) -> DrawnSample | None:
    """The sample of a folder, None where none was drawn.  Raises ValueError for damaged files."""
    if not holds_sample(folder):
        return None
    try:
        return read_together(folder, CARD, lambda: _read(folder))
    except UNREADABLE as wrong:
        raise ValueError(
            f"the sample in {folder} is damaged ({str(wrong).splitlines()[0]}); "
            f"remove {folder / CARD} to draw anew"
        ) from wrong


def read_p_wrong(folder: Path) -> Floats:
    """(units,) P(wrong) as it was when the draw began; a review moves that of the audit."""
    with open_file(folder, P_WRONG) as file:
        p: Floats = np.load(file)
    return p


def write_sample(folder: Path, drawn: DrawnSample, audit: Audit, p: Floats) -> None:
    """Keep a sample in the folder of the audit it was drawn from; ``p`` (units,) is the P(wrong) it
    was drawn by, which a review since then may have moved.
    """
    item, within = layout_of(audit.data.labels).place(drawn.unit)
    columns = {
        "draw": np.arange(len(drawn.unit)),
        "item": item,
        "label": drawn.unit,
        "q": drawn.q,
    }
    if audit.p_wrong is not None:
        columns["p_wrong"] = np.asarray(audit.p_wrong)[drawn.unit]
    if within is not None:
        columns["unit"] = within
    card = {
        "schema": SCHEMA,
        "audit": drawn.audit,
        "labels": drawn.labels,
        "seed": drawn.seed,
        "n": drawn.n,
        "sheets": list(drawn.sheets),
    }
    with replacing(folder) as fresh:
        with writing(fresh / P_WRONG) as part, part.open("wb") as file:
            np.save(file, p)
        write_table(fresh / DRAWS, columns)
        write_text(fresh / CARD, json.dumps(card))


def _read(folder: Path) -> DrawnSample:
    import pyarrow.parquet as pq

    card = json.loads(read_file(folder, CARD))
    with open_file(folder, DRAWS) as file:
        table = pq.read_table(file)
    unit, q = table["label"].to_numpy(), table["q"].to_numpy()
    sheets = tuple(map(str, card.get("sheets", ())))
    return DrawnSample(
        card["audit"], card["seed"], card["n"], unit, q, str(card.get("labels", "")), sheets
    )
