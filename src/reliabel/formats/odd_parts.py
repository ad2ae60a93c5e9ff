"""What a reader of an export met that is missing, of another type or of a kind that is not read:
each is counted and named with the first place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

SHOWN = 6  # sorts of oddities that are named


@dataclass
class Odd:
    """Counts of oddities and the first place of each."""

    what: str  # task or line, what a place is called
    seen: dict[str, tuple[int, str]] = field(default_factory=dict)

    def add(self, oddity: str, place: str) -> None:
        """One more oddity at a place."""
        many, first = self.seen.get(oddity, (0, place))
        self.seen[oddity] = (many + 1, first)

    def notes(self) -> list[str]:
        """A sentence an oddity, the most frequent first."""
        order = sorted(self.seen.items(), key=lambda pair: -pair[1][0])
        said = [
            f"{many:,} time{'s' * (many > 1)} {oddity} (the first in {self.what} {first})"
            for oddity, (many, first) in order[:SHOWN]
        ]
        rest = sum(many for _, (many, _) in order[SHOWN:])
        return said + ([f"{rest:,} further oddities of this sort"] if rest else [])


def type_of(value: Any) -> str:
    """The type of a JSON value in JSON's own words."""
    names = {bool: "true or false", str: "text", dict: "an object", list: "a list"}
    if value is None:
        return "null"
    return names.get(type(value), "a number")


def unread(kinds: dict[str, int]) -> str:
    """Kinds of answers with their numbers, the most frequent first."""
    order = sorted(kinds.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(f"{kind} {many:,}" for kind, many in order[:SHOWN])


def listed(values: Sequence[str], most: int = 8) -> str:
    """Some names for a sentence."""
    more = f" and {len(values) - most} more" if len(values) > most else ""
    return ", ".join(values[:most]) + more
