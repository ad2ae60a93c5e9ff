"""The difference of two audits as plain text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reliabel.core.audit_diff import HOW, AuditDiff, LabelChange, SuspectChange
from reliabel.core.results import Interval
from reliabel.reporters.shell import about, chance, percent, several, short

FIRST = 10  # rows of a list that are shown
TITLES = {
    "new": "New suspects",
    "fixed": "Suspects that are gone",
    "still": "Suspects that are still there",
}


def render(found: AuditDiff, *, rows: int = FIRST) -> str:
    """The difference in lines; of each list the first ``rows``."""
    lines = [f"{found.names[0]} -> {found.names[1]}: {headline(found)}", f"Count: {counts(found)}."]
    lines += [f"Note: {note}." for note in found.notes]
    lines += _list("Labels changed", found.relabelled, map(change, found.relabelled), rows)
    for which, title in TITLES.items():
        suspects: Sequence[SuspectChange] = getattr(found, which)
        lines += _list(title, suspects, map(suspect, suspects), rows)
    lines += _list("Items added", found.added, found.added, rows)
    lines += _list("Items removed", found.removed, found.removed, rows)
    lines += _classes(found)
    return "\n".join(lines) + "\n"


def headline(found: AuditDiff) -> str:
    """The numbers of the comparison in a sentence."""
    return (
        f"{several(len(found.relabelled), 'label')} changed, "
        f"{several(len(found.added), 'item')} added, "
        f"{len(found.removed):,} removed; of the labels that look wrong {len(found.fixed):,} "
        f"{'is' if len(found.fixed) == 1 else 'are'} gone, {len(found.new):,} new, "
        f"{len(found.still):,} still there"
    )


def counts(found: AuditDiff) -> str:
    """The number of wrong labels before and after."""
    return " -> ".join(
        count(one, labels) for one, labels in zip(found.count, found.labels, strict=True)
    )


def count(one: Interval | None, labels: int) -> str:
    """A number of wrong labels with its interval and its share."""
    if one is None or not one.identified:
        return f"no count ({labels:,} labels)"
    share = percent(one.value / max(labels, 1))
    return f"{about(one.value)} ({about(one.low)}-{about(one.high)}) of {labels:,}, {share}"


def change(one: LabelChange) -> str:
    """A changed label in a line."""
    return f"{_place(one)}: {value(one.before)} -> {value(one.after)}{_text(one.item)}"


def suspect(one: SuspectChange) -> str:
    """A suspect in a line."""
    suggest = f", perhaps {one.suggest}" if one.suggest is not None else ""
    moved = " -> ".join("none" if p is None else chance(p) for p in (one.before, one.after))
    how = f", {HOW[one.how]}" if one.how else ""
    return f"{_place(one)}: {value(one.given)}{suggest} ({moved}{how}){_text(one.item)}"


def value(label: object) -> str:
    """A label as people read it."""
    return "no label" if label is None else str(label)


def _place(one: LabelChange | SuspectChange) -> str:
    return one.id if one.unit is None else f"{one.id} / {one.unit}"


def _text(item: str) -> str:
    return f"  {short(item, 60)}" if item else ""


def _list(title: str, whole: Sequence[object], lines: Iterable[str], rows: int) -> list[str]:
    if not whole:
        return []
    shown = [line for line, _ in zip(lines, range(rows), strict=False)]
    more = [f"  ... and {len(whole) - rows:,} more"] if len(whole) > rows else []
    return [f"{title} ({len(whole):,}):", *(f"  {line}" for line in shown), *more]


def _classes(found: AuditDiff) -> list[str]:
    moved = {name: pair for name, pair in found.classes.items() if pair[0] != pair[1]}
    if not moved:
        return []
    lines = [f"  {name}: {before:,} -> {after:,}" for name, (before, after) in moved.items()]
    return ["Labels of a class:", *lines]
