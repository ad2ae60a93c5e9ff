"""Groups of items that are copies of one another, as the audit found them, for decisions on all of
a group at once.
"""

from __future__ import annotations

from dataclasses import dataclass

from reliabel.core.kinds import item_value, layout_of
from reliabel.core.label_values import shown
from reliabel.core.results import Audit
from reliabel.core.short_repr import by_fields

COPIES = "duplicate"  # what a finding on copies finds


@dataclass(frozen=True)
class Group:
    """Copies: their number, in the order of the audit's findings; the flat rows of their labels;
    the labels of the items as pages show them; and whether these conflict.
    """

    number: int
    rows: tuple[int, ...]
    labels: tuple[str, ...]
    conflicting: bool

    __repr__ = by_fields


def groups(audit: Audit) -> tuple[Group, ...]:
    """The groups of copies among the items of an audit, none where no auditor looked for them."""
    labels, layout, made = audit.data.labels, layout_of(audit.data.labels), list[Group]()
    for found in audit.findings:
        if found.finds != COPIES:
            continue
        items = (found.item, *found.others)
        rows = [layout.row(i, None) + unit for i in items for unit in range(layout.size(i))]
        said = tuple(shown(item_value(labels, i)) for i in items)
        made.append(Group(len(made), tuple(rows), said, len(set(said)) > 1))
    return tuple(made)
