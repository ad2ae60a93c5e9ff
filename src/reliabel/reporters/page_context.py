"""What the parts of an audit's page share."""

from __future__ import annotations

from dataclasses import dataclass

from reliabel.core.results import Audit
from reliabel.reporters.item_view import Shown
from reliabel.reporters.sentences import Told

NAME = 60  # letters of a class name


@dataclass(frozen=True, eq=False)
class Look:
    """What the sections share."""

    audit: Audit
    told: Told
    shown: Shown
    top: int


def unbroken(text: str) -> str:
    """Percent signs stay with their numbers at the end of a line."""
    return text.replace(" %", "\u00a0%")
