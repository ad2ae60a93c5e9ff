"""What the package knows of one kind of evidence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from reliabel.core.evidence.axes import Outcome, dense_array, in_shape
from reliabel.core.evidence.slices import pairs_at, row_count, rows_at, unchanged
from reliabel.core.labels import Ints, Labels
from reliabel.core.short_repr import short

LEVELS = {  # level -> what has one entry
    "row": "each unit or item",
    "pair": "each pair of units or items",
    "class": "each class",
    "none": "the data as a whole",
}
SLICES: dict[str, Callable[[Any, Ints], Any]] = {"row": rows_at, "pair": pairs_at}


@dataclass(frozen=True, eq=False)
class EvidenceSpec:
    """One kind of evidence.

    name: the keyword that algorithms and users write.
    level: what has one entry (a key of LEVELS); rows are those of units or of items.
    shape: the axes of its array: n rows, k classes, q classes of one question (no and yes for a
        multi-label set, else the classes), "..." further axes; other letters stand for any length.
    meaning: shape and contents in one sentence, for documentation and errors.
    convert: (value, spec) -> value, before it is checked.
    check: (labels, value, spec) -> (labels, value, warnings); see ``evidence_checks``.
    count: number of rows, for levels "row" and "pair".
    take: (value, rows) -> the value of these rows; None takes them by the level.
    column: (value, c) -> the value for the yes/no question of class c of a multi-label set; None
        means that it cannot be asked of one class, so that the algorithm does not run there.
    cells: whether one value a cell (a class of a multi-label set, a dimension of numbers) fits too.
    describes_items: whether it says what an item is, so that it holds for other labels as well.
    keyword: whether verbs name it among their keywords; False for what verbs make themselves.

    Audit folders keep values made of arrays, lists, mappings, texts and numbers, and the records of
    this package; functions and other objects are left out there.
    """

    name: str
    level: str
    shape: tuple[str, ...]
    meaning: str
    convert: Callable[[Any, EvidenceSpec], Any] = dense_array
    check: Callable[[Labels, Any, EvidenceSpec], Outcome] = in_shape
    count: Callable[[Any], int] = row_count
    take: Callable[[Any, Ints], Any] | None = None
    column: Callable[[Any, int], Any] | None = unchanged
    cells: bool = False
    describes_items: bool = False
    keyword: bool = True

    def __post_init__(self) -> None:
        if not self.name.isidentifier() or not self.meaning:
            raise ValueError(
                f"evidence needs a name that can be a keyword, and a meaning; got {self.name!r}, "
                f"{self.meaning!r}"
            )
        if self.level not in LEVELS:
            raise ValueError(
                f"the level of {self.name} must be one of {', '.join(LEVELS)}, got {self.level!r}"
            )

    def at(self, value: Any, rows: Ints) -> Any:
        """The value of these rows; what does not have rows stays as it is."""
        return (self.take or SLICES.get(self.level, unchanged))(value, rows)

    def __repr__(self) -> str:
        return short(self, self.name, self.level, self.meaning)

    @property
    def has_rows(self) -> bool:
        """Whether its entries belong to units or items."""
        return self.level in SLICES
