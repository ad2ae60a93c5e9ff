"""One algorithm run by name: the evidence that it needs is made first, evidence that it does not
use is an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reliabel.core.call import called, check_options, why_not
from reliabel.core.catalogue import Entry
from reliabel.core.dataset import Dataset
from reliabel.core.labels import Votes
from reliabel.core.lift import VOTES_ON_UNITS, fits
from reliabel.core.votes_on_units import unit_counts
from reliabel.prepare import prepare


def one(
    entry: Entry,
    data: Dataset,
    given: Mapping[str, Any],
    options: Mapping[str, Any],
    seed: int,
    *,
    embed: str = "auto",
    model: Any = "auto",
    search: str = "auto",
) -> Any:
    """Run the one algorithm a verb was asked for; its missing evidence is made.

    given: the evidence in the keywords of the call.  Raises ValueError for evidence that the
        algorithm does not use, for an option that it does not have, and where it cannot run.
    """
    check_options(entry, options)
    for name, value in given.items():
        if value is not None and name not in entry.accepts:
            uses = ", ".join(sorted(entry.accepts - {"rng"})) or "no evidence"
            raise ValueError(f"{entry.name} does not use {name}; it uses {uses}")
    way = fits(entry.takes, data.labels)
    if way == VOTES_ON_UNITS and isinstance(data.labels, Votes):
        unit_counts(data.labels, data.ids)  # refuses votes at odds, by names of items and workers
    ready = data
    if way is not None:
        ready = prepare(data, entry.needs, embed=embed, model=model, search=search, seed=seed).data
    why = why_not(entry, ready.labels, ready.evidence, way)
    if why is not None:
        raise ValueError(f"{entry.name} cannot run: {why}")
    return called(entry, ready.labels, ready.evidence, options, seed)
