"""What changed between two audits: frozen records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from reliabel.core.labels import Value
from reliabel.core.results import Interval
from reliabel.core.short_repr import by_fields, many

HOW = {  # how a suspect came or went -> as people read it
    "relabelled": "label changed",
    "removed": "item removed",
    "added": "item added",
    "judged anew": "same label, judged otherwise",
}


@dataclass(frozen=True)
class LabelChange:
    """A label that differs between two audits; ``unit`` is None where an item has one label."""

    id: str
    unit: Value | None
    before: Value | None
    after: Value | None
    item: str = ""  # the item as text, where it has a text

    __repr__ = by_fields


@dataclass(frozen=True)
class SuspectChange:
    """A label that looks wrong in one of two audits or in both.

    ``how`` says why it came or went ("relabelled", "removed", "added", "judged anew"; "" where it
    is still there), ``before`` and ``after`` are its P(wrong), or the auditors' rank where there is
    none.
    """

    id: str
    unit: Value | None
    given: Value | None
    suggest: Value | None
    before: float | None
    after: float | None
    how: str = ""
    item: str = ""

    __repr__ = by_fields


@dataclass(frozen=True, eq=False)
class AuditDiff:
    """What changed from an old audit to a new one.

    ``matched`` says what told an item of one from those of the other ("id", "content" or "row"),
    ``items`` and ``labels`` how many each has, ``classes`` the labels of each class before and
    after. ``fixed``, ``new`` and ``still`` are the labels that look wrong in the old audit only, in
    the new one only, and in both, most suspect first; ``count`` is the number of wrong labels with
    its interval, None where there is none.
    """

    names: tuple[str, str]
    matched: str
    items: tuple[int, int]
    labels: tuple[int, int]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    relabelled: tuple[LabelChange, ...]
    fixed: tuple[SuspectChange, ...]
    new: tuple[SuspectChange, ...]
    still: tuple[SuspectChange, ...]
    count: tuple[Interval | None, Interval | None]
    classes: Mapping[str, tuple[int, int]]
    suspect_at: float | None = None
    notes: tuple[str, ...] = field(default=())

    __repr__ = by_fields

    def __str__(self) -> str:
        changed = many(len(self.relabelled), "label")
        return (
            f"{changed} changed, {many(len(self.added), 'item')} added, {len(self.removed):,} "
            f"removed; suspects: {len(self.fixed):,} gone, {len(self.new):,} new, "
            f"{len(self.still):,} still there"
        )

    def as_json(self) -> dict[str, object]:
        """The difference as plain values, for other programs."""
        return {
            "old": self.names[0],
            "new": self.names[1],
            "matched": self.matched,
            "items": list(self.items),
            "labels": list(self.labels),
            "added": list(self.added),
            "removed": list(self.removed),
            "relabelled": [asdict(one) for one in self.relabelled],
            "suspects": {
                "at": self.suspect_at,
                "fixed": [asdict(one) for one in self.fixed],
                "new": [asdict(one) for one in self.new],
                "still": [asdict(one) for one in self.still],
            },
            "wrong": [_plain(one) for one in self.count],
            "classes": {name: list(pair) for name, pair in self.classes.items()},
            "notes": list(self.notes),
        }

    def how(self, which: str) -> dict[str, int]:
        """How many suspects came or went in which way."""
        return dict(Counter(one.how for one in getattr(self, which)))


def _plain(count: Interval | None) -> dict[str, object] | None:
    if count is None:
        return None
    return {k: None if v != v else v for k, v in asdict(count).items()}
