"""Run one algorithm by name: the evidence that it needs is made first, evidence that it does not
use is an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reliabel.core.call import called, why_not
from reliabel.core.catalogue import Entry
from reliabel.core.dataset import Dataset
from reliabel.core.labels import Votes
from reliabel.core.lift import VOTES_ON_UNITS, fits
from reliabel.core.votes_on_units import unit_counts
from reliabel.folders.evidence_store import Store
from reliabel.prepare import prepare


def one(
    entry: Entry,
    data: Dataset,
    words: Mapping[str, Any],
    options: Mapping[str, Any],
    seed: int,
    *,
    embed: str = "auto",
    model: Any = "auto",
) -> Any:
    """Run the one algorithm a verb was asked for: its missing evidence is made, evidence given to
    it in vain is an error.
    """
    for name, value in words.items():
        if value is not None and name not in entry.accepts:
            raise ValueError(
                f"{entry.name} does not use {name}; it uses {', '.join(sorted(entry.accepts - {'rng'})) or 'no evidence'}"
            )
    way = fits(entry.takes, data.labels)
    if way == VOTES_ON_UNITS and isinstance(data.labels, Votes):
        unit_counts(
            data.labels, data.ids
        )  # refuses votes at odds, by the names of items and workers
    ready = (
        prepare(data, entry.needs, embed=embed, model=model, store=Store(), seed=seed).data
        if way is not None
        else data
    )
    why = why_not(entry, ready.labels, ready.evidence, way)
    if why is not None:
        raise ValueError(f"{entry.name} cannot run: {why}")
    return called(entry, ready.labels, ready.evidence, options, seed)
