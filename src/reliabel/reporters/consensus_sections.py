"""What a consensus of one kind has beside what every consensus has: which file says it.

A kind of labels that votes are on has a file ``consensus_KIND.py`` in this folder, named in the
table below, with any of these functions of what was made:

- ``headline(made)``: the headline of the page and the line below it, or None for the usual ones;
- ``sections(made)``: sections of the page;
- ``workers(made)``: the section about the workers, or None for the usual table;
- ``worker_columns(made)``: further columns of workers.parquet;
- ``next_votes(made)``: the rows of next_votes.csv;
- ``files(made)``: further files of the folder by name, and notes on them.

A method has one too ("by NAME"), whose sections are shown after those of the kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from reliabel.core.catalogue import catalogue
from reliabel.core.dataset import Dataset
from reliabel.core.kinds import kind_for
from reliabel.core.labels import Votes
from reliabel.core.lift import takes_kind
from reliabel.core.results import Consensus
from reliabel.core.short_repr import by_fields
from reliabel.reporters.shell import Section

FILES: Mapping[str, str] = {  # kind of the labels, or "by METHOD" -> module
    "Comparisons": "reliabel.reporters.consensus_comparisons",
    "Rankings": "reliabel.reporters.consensus_rankings",
    "MultiLabel": "reliabel.reporters.consensus_sets",
    "Texts": "reliabel.reporters.consensus_texts",
    "Grouped[Spans]": "reliabel.reporters.consensus_spans",
    "Grouped[Classes]": "reliabel.reporters.consensus_tags",
    "Grouped[Boxes]": "reliabel.reporters.consensus_shapes",
    "Grouped[Regions]": "reliabel.reporters.consensus_shapes",
    "by candidate_sets": "reliabel.reporters.consensus_candidates",
    "by hierarchy": "reliabel.reporters.consensus_hierarchy",
    "by metric_space": "reliabel.reporters.consensus_metric_space",
}


@dataclass(frozen=True, eq=False)
class Made:
    """A consensus to show: ``rows`` are the columns of consensus.parquet."""

    consensus: Consensus[Any]
    data: Dataset
    votes: Votes[Any]
    rows: Mapping[str, Any]

    __repr__ = by_fields


def _on_its_votes(method: str, made: Made) -> bool:
    """Whether the votes shown are of a kind that the method takes: of functions that may leave a
    choice, those that name a class are shown.
    """
    mine = (one for one in catalogue() if (one.verb, one.name) == ("aggregate", method))
    return any(takes_kind(one.takes, kind_for(made.votes).name) for one in mine)


def said_by_kind(made: Made, what: str, otherwise: Any = None) -> Any:
    """What the function ``what`` of the kind's file says; ``otherwise`` where it has none."""
    return _said(FILES.get(kind_for(made.votes.labels).name), what, made, otherwise)


def own_sections(made: Made) -> list[Section]:
    """The sections of the kind of the labels, then those of the method."""
    info = made.consensus.info
    method = str(info.get("method", info.get("by")))
    mine: list[Section] = said_by_kind(made, "sections", [])
    if not _on_its_votes(method, made):
        return mine
    return [*mine, *_said(FILES.get(f"by {method}"), "sections", made, [])]


def _said(module: str | None, what: str, made: Made, otherwise: Any) -> Any:
    asked = None if module is None else getattr(import_module(module), what, None)
    return otherwise if asked is None else asked(made)
