"""Tables that auditors offer to P(wrong): what their evidence says of every class of every item.

An auditor's file offers one by a function ``table`` beside ``audit``; it joins P(wrong) where the
file says ``JOINS = True`` and the held-out fit says that it pays (``trust.joining``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from reliabel.core.call import generator
from reliabel.core.catalogue import Entry, catalogue
from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes, Floats, Ints

SUFFIX = "table"  # of the name of an offered table, after that of its auditor
FAR = 30.0  # how many standard deviations below the largest value of its row a value counts at most


def offering() -> tuple[Entry, ...]:
    """The auditors that offer a table."""
    return tuple(entry for entry in catalogue() if entry.table_takes is not None)


def offered(
    labels: Classes, evidence: Mapping[str, Any], seed: int, entries: Iterable[Entry] | None = None
) -> dict[str, Floats]:
    """Name -> (n, k) the table of each of these auditors that the evidence allows; larger supports
    the class.

    entries: None for those that join by their own file.  Neighbours that are exact copies of an
        item (``copies``) are left out, since their labels are no evidence beside its own.
    Raises ValueError where a table has another shape than labels and classes.
    """
    some = [entry for entry in offering() if entry.joins] if entries is None else entries
    have = dict(evidence)
    if isinstance(have.get("neighbours"), Neighbours) and have.get("copies") is not None:
        have["neighbours"] = _others(have["neighbours"], have["copies"])
    made = {}
    for entry in some:
        if entry.table_needs - {"rng"} <= have.keys():
            made[f"{entry.name} {SUFFIX}"] = _made(entry, labels, have, seed)
    return made


def _made(entry: Entry, labels: Classes, have: Mapping[str, Any], seed: int) -> Floats:
    takes = entry.table_takes or frozenset()
    words = {name: have[name] for name in takes if name in have}
    if "rng" in takes:
        words["rng"] = generator(seed, f"{entry.name} {SUFFIX}")
    table = np.asarray(entry.load_table()(labels, **words), dtype=np.float32)
    if table.shape != (len(labels), labels.k):
        raise ValueError(
            f"the table of {entry.name} must have one row an item and one column a class, "
            f"{(len(labels), labels.k)}, got {table.shape}"
        )
    return _finite(table)


def _finite(table: Floats) -> Floats:
    """A row that says nothing is 0; what is missing or infinitely far within a row is far below."""
    known = np.isfinite(table)
    top = np.where(known, table, -np.inf).max(1, initial=-np.inf, keepdims=True)
    top = np.where(np.isfinite(top), top, 0)
    spread = float(table[known].std()) if known.any() else 0.0
    low = top - FAR * max(spread, 1e-9)
    filled = np.maximum(np.where(known, table, low), low)
    return np.asarray(np.where(known.any(1, keepdims=True), filled, 0), dtype=np.float32)


def _others(near: Neighbours, copies: Ints) -> Neighbours:
    """The neighbours without exact copies of the item, whose places are empty (-1)."""
    there = near.index >= 0
    of = np.where(there, copies[near.index], -1)
    same = (of == copies[: len(of), None]) & (copies[: len(of), None] >= 0) & there
    if not same.any():
        return near
    return replace(
        near,
        index=np.where(same, -1, near.index),
        distance=np.where(same, np.inf, near.distance),
    )
