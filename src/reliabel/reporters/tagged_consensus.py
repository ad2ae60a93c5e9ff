"""A consensus on spans or on tags of words as tagged text: a file in columns and one of JSON
records, which audits and learners read.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from reliabel.core.labels import Classes, Grouped, Soft, Spans
from reliabel.core.words import Words
from reliabel.reporters.consensus_sections import Made

COLUMNS, RECORDS = "consensus.conll", "consensus.jsonl"


def tagged_files(made: Made) -> tuple[dict[str, str], list[str]]:
    """The files by name, and notes; no files for labels or items that are no tagged text.  Items
    without a vote are left out, but where the votes are those of functions, which say nothing of a
    sentence without spans.
    """
    labels, data = made.consensus.labels, made.data
    votes = np.bincount(made.votes.item, minlength=made.votes.n)
    p = np.asarray(made.rows["p"], dtype=float)
    items = data.evidence.get("items")
    if not isinstance(labels, Grouped) or not isinstance(items, list) or not items:
        return {}, []
    if not all(isinstance(item, Words) for item in items):
        return {}, []
    if not isinstance(labels.units, Spans | Soft | Classes):
        return {}, []
    shown = np.arange(len(items)) if "functions" in data.source else np.flatnonzero(votes > 0)
    tags = _tags(labels, [len(item) for item in items])
    least = np.ones(len(items))
    if isinstance(labels.units, Spans) and len(p) == len(labels.units):
        np.minimum.at(least, labels.item, np.nan_to_num(p, nan=1.0))
    records, lines, odd = [], [], 0
    for i in shown.tolist():
        one = {"id": data.ids.item(i), "tokens": list(items[i]), "tags": tags[i]}
        records.append(one | {"votes": int(votes[i]), "least_certain": round(float(least[i]), 4)})
        if any(not word or any(c.isspace() for c in word) for word in items[i]):
            odd += 1
            continue
        lines.append(f"# sent_id = {str(data.ids.item(i)).replace(' ', '_')}")
        lines += [f"{word}\t{tag}" for word, tag in zip(items[i], tags[i], strict=True)]
        lines.append("")
    notes = []
    if odd:
        notes.append(
            f"{odd:,} sentences have empty words or spaces within words, which {COLUMNS} cannot "
            f"hold; they are in {RECORDS} alone"
        )
    text = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records)
    return {RECORDS: text, **({COLUMNS: "\n".join(lines) + "\n"} if lines else {})}, notes


def _tags(labels: Grouped[Any], sizes: Sequence[int]) -> list[list[str]]:
    """The tags of the words of each item."""
    units, bounds = labels.units, labels.offsets.tolist()
    if not isinstance(units, Spans):
        code = units.p.argmax(1) if isinstance(units, Soft) else units.y
        names = [units.names[c] if c >= 0 else "O" for c in code.tolist()]
        return [
            (names[a:b] + ["O"] * size)[:size]
            for (a, b), size in zip(pairwise(bounds), sizes, strict=True)
        ]
    tags = [["O"] * size for size in sizes]
    rows = zip(
        labels.item.tolist(),
        units.start.tolist(),
        units.end.tolist(),
        units.y.tolist(),
        strict=True,
    )
    for item, start, end, y in rows:
        if y >= 0:
            name = units.names[y]
            tags[item][start:end] = [f"B-{name}"] + [f"I-{name}"] * (end - start - 1)
    return tags
