"""What a page shows of a consensus of one kind beside what all pages show: which file makes it.

A kind of labels that votes are on, or a method ("by NAME"), may bring sections of its own: a
function ``sections(made) -> list[Section]`` in a file ``consensus_KIND.py`` of this folder, named
in the table below.
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

SECTIONS: Mapping[str, str] = {  # kind of the labels, or "by METHOD" -> module and function
    "Comparisons": "reliabel.reporters.consensus_comparisons:sections",
    "Rankings": "reliabel.reporters.consensus_rankings:sections",
    "MultiLabel": "reliabel.reporters.consensus_sets:sections",
    "Texts": "reliabel.reporters.consensus_texts:sections",
    "Grouped[Spans]": "reliabel.reporters.consensus_spans:sections",
    "Grouped[Boxes]": "reliabel.reporters.consensus_shapes:sections",
    "Grouped[Regions]": "reliabel.reporters.consensus_shapes:sections",
    "by candidate_sets": "reliabel.reporters.consensus_candidates:sections",
    "by hierarchy": "reliabel.reporters.consensus_hierarchy:sections",
    "by metric_space": "reliabel.reporters.consensus_metric_space:sections",
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


def own_headline(made: Made) -> tuple[str, str] | None:
    """The headline of the kind of the labels and the line below it, where its file has a function
    ``headline(made)`` and that has something to say.
    """
    module = SECTIONS.get(kind_for(made.votes.labels).name, "").partition(":")[0]
    if not module:
        return None
    said = getattr(import_module(module), "headline", None)
    return None if said is None else said(made)


def own_sections(made: Made) -> list[Section]:
    """The sections of the kind of the labels, then those of the method."""
    info = made.consensus.info
    method, kind = info.get("method", info.get("by")), kind_for(made.votes.labels).name
    found = []
    for name in (kind, *([f"by {method}"] if _on_its_votes(str(method), made) else [])):
        module, _, function = SECTIONS.get(name, "").partition(":")
        if module:
            found += getattr(import_module(module), function)(made)
    return found
