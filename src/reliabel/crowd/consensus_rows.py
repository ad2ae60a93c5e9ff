"""A consensus on labels of any kind as columns: one row a label, an item may have several."""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.core.class_values import class_column
from reliabel.core.columns import Column, listed, masked, pooled
from reliabel.core.dataset import Dataset
from reliabel.core.kinds import kind_for, layout_of
from reliabel.core.labels import (
    Classes,
    Floats,
    Grouped,
    Ints,
    Labels,
    MultiLabel,
    Soft,
    SoftMultiLabel,
    Votes,
)
from reliabel.core.results import Consensus
from reliabel.core.rows import encoded
from reliabel.core.votes_on_units import units_are_shared, votes_on_units

# words of ``info`` that become columns where they have one entry a row
OF_ROWS = ("sd", "low", "high", "rank", "node", "risk")
OF_ITEMS = ("risk",)  # those of a picture, where an item has several labels
YES = 0.5  # chance from which on a class belongs to a set


def label_rows(consensus: Consensus[Any], data: Dataset, votes: Votes[Any]) -> dict[str, Any]:
    """Columns of consensus.parquet: id, unit where an item may have several labels, label, p,
    probs where classes have a chance each, votes, agreement, and what the method knows of each.
    """
    labels, info = consensus.labels, consensus.info
    layout = layout_of(labels)
    item, unit = layout.place(np.arange(layout.rows))
    things = info.get("things")
    ids = [data.ids.item(i) for i in range(len(labels))] if things is None else list(things)
    column = plain_labels(labels)
    rows: dict[str, Any] = {"id": [ids[i] for i in item.tolist()]}
    if unit is not None:
        rows["unit"] = unit
    rows |= {"label": encoded(column), "p": certainty(consensus)}
    if (probs := _probs(labels)) is not None:
        rows["probs"] = probs
    counted, agreed = _support(labels, votes, column, item)
    if unit is None and things is None:  # nothing is known of an item without a vote
        label = listed(rows["label"])
        rows["label"] = [one if n else None for one, n in zip(label, counted.tolist(), strict=True)]
        rows["p"] = np.where(counted > 0, rows["p"], np.nan)
    rows["votes"] = counted if things is None else _of_things(info, len(labels))
    rows["agreement"] = _said(info, "agreement", layout.rows, agreed)
    return rows | told_of_rows(consensus)


def told_of_rows(consensus: Consensus[Any]) -> dict[str, Any]:
    """What the method knows of each label, or of each item with several, as columns."""
    labels, info = consensus.labels, consensus.info
    layout = layout_of(labels)
    item, unit = layout.place(np.arange(layout.rows))
    of_items = {n for n in OF_ITEMS if unit is not None and len(info.get(n, ())) == len(labels)}
    return {
        name: _column(np.asarray(info[name])[item] if name in of_items else info[name])
        for name in OF_ROWS
        if name in info and (name in of_items or len(info[name]) == layout.rows)
    }


def plain_labels(labels: Labels) -> Column:
    """The labels as plain values, one a row; the likeliest class of a distribution, and of several
    classes with a chance each those that are more likely than not.
    """
    bare = labels.units if isinstance(labels, Grouped) else labels
    if isinstance(bare, Soft):
        likeliest = Classes(bare.p.argmax(1), bare.names)
        return class_column(likeliest, slice(0, len(likeliest)))
    if isinstance(bare, SoftMultiLabel):
        return [[bare.names[c] for c in np.flatnonzero(row)] for row in bare.p > YES]
    return kind_for(labels).cells_of(labels, slice(0, layout_of(labels).rows))


def certainty(consensus: Consensus[Any]) -> Floats:
    """(rows,) the chance that the label is right, NaN where the method gives none."""
    labels, rows = consensus.labels, layout_of(consensus.labels).rows
    said = _said(consensus.info, "p", rows, None)
    if said is not None:
        return np.asarray(said, dtype=float)
    bare = labels.units if isinstance(labels, Grouped) else labels
    if isinstance(bare, Soft):
        return np.asarray(bare.p.max(1), dtype=float)
    if isinstance(bare, SoftMultiLabel):
        return np.asarray(np.maximum(bare.p, 1 - bare.p).prod(1), dtype=float)
    return np.full(rows, np.nan)


def _said(info: Any, name: str, rows: int, otherwise: Any) -> Any:
    """What the method says of each row; ``auto`` holds one number of that name for all."""
    found = info.get(name)
    return found if isinstance(found, np.ndarray) and found.shape == (rows,) else otherwise


def _probs(labels: Any) -> Floats | None:
    """(rows, k) the chance of each class, where labels have one."""
    bare = labels.units if isinstance(labels, Grouped) else labels
    return np.asarray(bare.p, dtype=float) if isinstance(bare, Soft | SoftMultiLabel) else None


def _of_things(info: Any, size: int) -> Ints:
    """How many votes each thing was in."""
    return np.asarray(info.get("compared", np.zeros(size)), dtype=np.int64)


def _support(labels: Any, votes: Votes[Any], column: Column, item: Ints) -> tuple[Ints, Floats]:
    """(rows,) the votes on the item (the unit) of each row, and the share of them that are the
    label; NaN where a vote cannot be compared with one label.
    """
    flat, rows = votes, len(item)
    if _by_unit(labels, votes):
        flat, offsets = votes_on_units(votes)
        if int(offsets[-1]) == rows:
            item = np.arange(rows)
    count = np.bincount(flat.item, minlength=max(int(item.max(initial=-1)) + 1, flat.n))
    nothing = np.full(rows, np.nan)
    if flat.n != rows or not len(flat):
        return (count[item] if len(count) else count), nothing
    equal = _equal(flat, labels, column)
    if equal is None:
        return count[item], nothing
    agreed = np.bincount(flat.item, equal, flat.n)
    share = np.divide(agreed, count, out=np.full(flat.n, np.nan), where=count > 0)
    return count[item], share[item]


def _by_unit(labels: Any, votes: Votes[Any]) -> bool:
    """Whether votes on groups are votes on their units, one label each."""
    return isinstance(labels, Grouped) and units_are_shared(votes)


def _equal(votes: Votes[Any], labels: Any, column: Column) -> Any:
    """(v,) whether a vote is the label of its item; None where that cannot be said."""
    if isinstance(votes.labels, MultiLabel):
        if not isinstance(labels, SoftMultiLabel | MultiLabel):
            return None
        told = labels.p > YES if isinstance(labels, SoftMultiLabel) else labels.y == 1
        y = votes.labels.y
        return ((y < 0) | ((y == 1) == told[votes.item])).all(1)
    if layout_of(votes.labels).starts is not None:
        return None
    given = kind_for(votes.labels).cells_of(votes.labels, slice(0, len(votes.labels)))
    try:
        codes, _ = pooled([listed(given), listed(column)])
    except TypeError:  # values that cannot be looked up
        return None
    return codes[0] == codes[1][votes.item]


def _column(values: Any) -> Any:
    found = np.asarray(values)
    if found.dtype.kind in "iu":
        return found
    return masked(found.astype(float)) if found.dtype.kind == "f" else list(values)
