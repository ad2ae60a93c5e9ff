"""The context that all sections of an audit's page share."""

from __future__ import annotations

from dataclasses import dataclass

from reliabel.core.results import Audit
from reliabel.reporters.item_view import ItemViews
from reliabel.reporters.sentences import AuditView

NAME = 60  # characters of a class name at most


@dataclass(frozen=True, eq=False)
class PageContext:
    """The audit, its derived facts, its items as HTML, and how many label findings are listed."""

    audit: Audit
    view: AuditView
    shown: ItemViews
    top: int


def unbroken(text: str) -> str:
    """Put a no-break space before percent signs."""
    return text.replace(" %", "\u00a0%")
