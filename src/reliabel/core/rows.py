"""Rows of the tables people get: labels and findings, as columns."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from reliabel.core.findings import flat, place_of
from reliabel.core.labels import Grouped, MultiLabel
from reliabel.core.results import Audit, Suspicion


def label_rows(audit: Audit) -> dict[str, Any]:
    """Columns of labels.parquet: one row a label, with the score of each auditor that judges single labels."""
    labels = audit.data.labels
    item, unit = place_of(labels)
    rows: dict[str, Any] = {"item": item.astype(np.int64), "id": [audit.data.ids.item(i) for i in item.tolist()]}
    if unit is not None:
        rows["unit"] = unit.astype(np.int64)
    if isinstance(labels, MultiLabel):
        rows["class"] = [labels.names[c] for c in unit.tolist()] if unit is not None else []
    given = flat(labels)
    if given is not None:
        rows["given"] = [None if c < 0 else given.names[c] for c in given.y.tolist()]
    if audit.p_wrong is not None:
        rows["p_wrong"] = audit.p_wrong
    for name, word in audit.said.items():
        if isinstance(word, Suspicion) and len(word.score) == len(item):
            rows[f"score_{name}"] = np.asarray(word.score, dtype=float)
    return rows


def finding_rows(audit: Audit) -> dict[str, Any]:
    """Columns of findings.parquet: one row a thing to look at."""
    unit = isinstance(audit.data.labels, Grouped | MultiLabel)
    names = ["item", "id", *(["unit"] if unit else []), "finds", "kind", "rank", *(["p_wrong"] if audit.p_wrong is not None else [])]
    rows: dict[str, Any] = {name: [getattr(f, name) for f in audit.findings] for name in [*names, "by", "given", "suggest", "others", "where", "why"]}
    rows["by"], rows["others"] = [list(by) for by in rows["by"]], [list(others) for others in rows["others"]]
    rows["where"] = [None if where is None else json.dumps(where) for where in rows["where"]]
    return rows
