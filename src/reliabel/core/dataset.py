"""Dataset: labels, their evidence, the names of items and workers, and where they came from."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reliabel.core.labels import Labels
from reliabel.core.short_repr import listing, many, short


@dataclass(frozen=True)
class Ids:
    """Names of items and workers, as strings; None where they are numbered."""

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


class Source(dict[str, Any]):
    """The source of a data set.  Its key "said" is now "notes"; the old name works with a warning
    for one release.
    """

    def __missing__(self, key: str) -> Any:
        if key != "said" or "notes" not in self:
            raise KeyError(key)
        warnings.warn(
            'source["said"] is now source["notes"]; the old name goes with the next release',
            FutureWarning,
            stacklevel=2,
        )
        return self["notes"]

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a key, else the default."""
        return self[key] if key in self or (key == "said" and "notes" in self) else default


@dataclass(frozen=True, eq=False)
class Dataset:
    """Labels with their evidence (by the names of ``core.evidence.EVIDENCE``), ids, and the source.

    ``source`` may hold: path, sha256, rows, columns (role -> column name), table ("pandas",
    "polars", "pyarrow", "arrays"), task ("text", "image", "table", "arrays"), embedder, frame (the
    user's own table, so that results come back as one), cells (how the cells of the label column
    hold lists of labels) and notes (sentences on what was inferred).
    """

    labels: Labels
    evidence: Mapping[str, Any] = field(default_factory=dict)
    ids: Ids = field(default_factory=Ids)
    source: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        source = Source(self.source)
        if "said" in source:  # as earlier versions wrote it
            source["notes"] = source.pop("said")
        object.__setattr__(self, "source", source)

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
                f"ids of {what} must differ: {name!r} stands in rows {seen[name]} and {row}; "
                "pick another id column, or leave it out to use row numbers"
            )
        seen[name] = row
