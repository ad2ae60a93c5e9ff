"""Dataset: labels, the evidence at hand, outside names, and where it all came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reliabel.core.labels import Labels
from reliabel.core.short_repr import listing, many, short


@dataclass(frozen=True)
class Ids:
    """Outside names of items and workers, as strings; None means the row number."""

    items: Sequence[str] | None = None
    workers: Sequence[str] | None = None

    def __post_init__(self) -> None:
        for what, names in (("items", self.items), ("workers", self.workers)):
            if names is not None:
                names = tuple(str(name) for name in names)
                object.__setattr__(self, what, names)
                _distinct(names, what)

    def __repr__(self) -> str:
        sides = {"item": self.items, "worker": self.workers}
        told = [
            f"{many(len(names), what)}: {listing(names)}"
            for what, names in sides.items()
            if names is not None
        ]
        return short(self, *(told or ["row numbers"]))

    def item(self, row: int) -> str:
        """The id of an item: its name, or its row number."""
        return str(row) if self.items is None else self.items[row]


@dataclass(frozen=True, eq=False)
class Dataset:
    """Labels with their evidence (names of ``core.evidence.EVIDENCE``), ids, and the source.

    ``source`` may hold: path, sha256, rows, columns (role -> column name), table ("pandas",
    "polars", "pyarrow", "arrays"), task ("text", "image", "table", "arrays"), embedder, frame (the
    user's own table, kept so that results come back in kind) and said (sentences about what was
    inferred).
    """

    labels: Labels
    evidence: Mapping[str, Any] = field(default_factory=dict)
    ids: Ids = field(default_factory=Ids)
    source: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        evidence = f"evidence: {listing(self.evidence)}" if self.evidence else "no evidence"
        path = self.source.get("path")
        return short(self, repr(self.labels), evidence, f"from {path}" if path else "")

    def __len__(self) -> int:
        return len(self.labels)


def _distinct(names: Sequence[str], what: str) -> None:
    if len(set(names)) == len(names):
        return
    seen: dict[str, int] = {}
    for row, name in enumerate(names):
        if name in seen:
            raise ValueError(
                f"ids of {what} must differ: {name!r} stands in rows {seen[name]} and {row}; pick another id column, or leave it out to use row numbers"
            )
        seen[name] = row
