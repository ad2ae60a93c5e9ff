"""What the page needs so that people can decide in it: the name of the audit, the labels that a
decision may give, and what people have decided already.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

from reliabel.core.columns import listed
from reliabel.core.kinds import class_names, kind_for, layout_of
from reliabel.core.label_values import spans, written
from reliabel.core.results import Audit, Decision, Finding
from reliabel.reporters.shell import day, short

MOST = 5000  # classes that the page lets people choose from; of more they write the name
COLUMNS = tuple(field.name for field in fields(Decision))  # of a decisions file
Place = tuple[str, int | None]  # id of the item, and unit within it (None: the whole item)


@dataclass(frozen=True, eq=False)
class Judging:
    """Decisions on the labels of an audit, as the page takes and shows them."""

    audit: Audit

    @cached_property
    def name(self) -> str:
        """What tells these labels from those of other audits: SHA-256 of ids, classes and labels,
        so that an audit of the same labels with other options keeps what people decided.
        """
        data, digest = self.audit.data, hashlib.sha256()
        kind = kind_for(data.labels)
        digest.update(repr((kind.name, len(data), class_names(data.labels))).encode())
        for span in spans(layout_of(data.labels).rows):
            digest.update(repr(listed(kind.cells_of(data.labels, span))).encode())
        for start in range(0, len(data), 2**16):
            rows = range(start, min(start + 2**16, len(data)))
            digest.update(repr([data.ids.item(row) for row in rows]).encode())
        return digest.hexdigest()[:32]

    @cached_property
    def options(self) -> tuple[str, ...]:
        """The labels that a change may give, none where people write the label (a number) or
        cannot change it.
        """
        labels = self.audit.data.labels
        kind = kind_for(labels)
        given = kind.classes(labels).names if kind.classes is not None else class_names(labels)
        return given if 0 < len(given) <= MOST and self._can_be(given[0]) else ()

    @property
    def written(self) -> bool:
        """Whether people write the new label, because there is no list to choose from."""
        labels = self.audit.data.labels
        names = class_names(labels)
        return kind_for(labels).parsed is not None and (not names or len(names) > MOST)

    def _can_be(self, label: str) -> bool:
        """Whether a decision can give this label."""
        labels = self.audit.data.labels
        parsed = kind_for(labels).parsed
        if parsed is None:
            return False
        try:
            parsed(labels, label)
        except ValueError:  # labels of this kind are written in another way
            return False
        return True

    @cached_property
    def several(self) -> bool:
        """Whether an item has several labels, so that a decision must name the unit."""
        return kind_for(self.audit.data.labels).starts is not None

    def place(self, finding: Finding) -> Place:
        """The label that a decision on a finding is about."""
        return finding.id, finding.unit if self.several else None

    def changes(self, finding: Finding) -> bool:
        """Whether a decision on a finding may change a label: not that of an item with several."""
        return not (self.several and finding.unit is None)

    def suggested(self, finding: Finding) -> str:
        """The suggested label as a decisions file writes it, "" where there is none to take."""
        if finding.suggest is None or finding.finds != "label" or not self.changes(finding):
            return ""
        text = written(finding.suggest)
        return text if self._can_be(text) else ""

    @cached_property
    def decided(self) -> Mapping[Place, list[Decision]]:
        """What people decided before this page was made, by label."""
        out: dict[Place, list[Decision]] = {}
        for one in self.audit.info.get("verdicts") or ():
            decision = Decision(**dict(zip(COLUMNS, one, strict=False)))
            unit = decision.unit if self.several else None
            out.setdefault((decision.id, unit), []).append(decision)
        return out

    def told(self, finding: Finding) -> list[str]:
        """What people decided on a finding, a phrase each."""
        name, unit = self.place(finding)
        of_item = self.decided.get((name, None), []) if unit is not None else []
        return [phrase(one) for one in (*self.decided.get((name, unit), []), *of_item)]


def rows_of(decisions: Iterable[Decision]) -> list[list[Any]]:
    """Decisions as rows of plain values, in the order of ``COLUMNS``."""
    return [[getattr(one, name) for name in COLUMNS] for one in decisions]


def phrase(one: Decision) -> str:
    """A decision in words.

    >>> phrase(Decision("7", "change", None, "spam", "anna", "2026-11-21T14:00:00Z"))
    'changed to spam (anna, 21 Nov 2026)'
    """
    said = {
        "keep": "kept",
        "change": f"changed to {short(one.label, 60)}",
        "drop": "dropped",
        "unsure": "unsure",
    }[one.verdict]
    about = ", ".join(
        part for part in (short(one.who or "", 40), day(one.at) if one.at else "") if part
    )
    return f"{said} ({about})" if about else said
