"""The difference of two audits as one offline page."""

from __future__ import annotations

from collections.abc import Sequence

from reliabel.core.audit_diff import HOW, AuditDiff, LabelChange, SuspectChange
from reliabel.reporters.diff_text import TITLES, count, headline, value
from reliabel.reporters.shell import Html, Section, chance, join, note, page, pairs, short, table

SHOWN = 200  # rows of a list; the JSON has all
TEXT = 160  # characters of an item


def render(found: AuditDiff) -> str:
    """The page as text."""
    sections = [
        Section("answer", "", _answer(found)),
        _suspects(found, "new", "No label looks wrong that did not before."),
        _suspects(found, "fixed", "No suspect of the old audit is gone."),
        _suspects(found, "still", "None is still there."),
        _relabelled(found),
        _items(found),
        _classes(found),
    ]
    return page(
        headline(found)[:1].upper() + headline(found)[1:],
        f"{found.names[0]} compared with {found.names[1]}, items matched by {found.matched}",
        [section for section in sections if section is not None],
        source=f"{found.names[0]} to {found.names[1]}",
    )


def _answer(found: AuditDiff) -> Html:
    before, after = (
        count(one, labels) for one, labels in zip(found.count, found.labels, strict=True)
    )
    facts = {
        "wrong labels before": before,
        "wrong labels after": after,
        "items": f"{found.items[0]:,} before, {found.items[1]:,} after",
        "suspects": "labels with a finding"
        if found.suspect_at is None
        else f"labels with a P(wrong) of {chance(found.suspect_at)} or more",
    }
    return join(pairs(facts), *(note(f"{one}.") for one in found.notes))


def _suspects(found: AuditDiff, which: str, empty: str) -> Section:
    suspects: Sequence[SuspectChange] = getattr(found, which)
    ways = found.how(which)
    told = ", ".join(f"{number:,} {HOW[how]}" for how, number in ways.items() if how)
    rows = [
        (
            _place(one),
            short(one.item, TEXT),
            value(one.given),
            "" if one.suggest is None else str(one.suggest),
            _p(one.before),
            _p(one.after),
            HOW.get(one.how, ""),
        )
        for one in suspects[:SHOWN]
    ]
    head = ("id", "item", "given", "suggested", "P(wrong) before", "after", "how")
    return Section(
        which, TITLES[which], _list(head, rows, len(suspects), told, empty), f"{len(suspects):,}"
    )


def _relabelled(found: AuditDiff) -> Section:
    rows = [
        (_place(one), short(one.item, TEXT), value(one.before), value(one.after))
        for one in found.relabelled[:SHOWN]
    ]
    body = _list(
        ("id", "item", "before", "after"), rows, len(found.relabelled), "", "No label changed."
    )
    return Section("labels", "Labels that changed", body, f"{len(found.relabelled):,}")


def _items(found: AuditDiff) -> Section | None:
    if not found.added and not found.removed:
        return None
    rows = [("added", name) for name in found.added[:SHOWN]]
    rows += [("removed", name) for name in found.removed[:SHOWN]]
    total = len(found.added) + len(found.removed)
    body = _list(("", "id"), rows, total, "", "")
    return Section("items", "Items that came and went", body, f"{total:,}")


def _classes(found: AuditDiff) -> Section | None:
    if not found.classes:
        return None
    rows = [
        (name, before, after, f"{after - before:+,}" if after != before else "")
        for name, (before, after) in found.classes.items()
    ]
    body = table(("class", "labels before", "labels after", "change"), rows, numeric=(1, 2, 3))
    return Section("classes", "Labels of each class", body, f"{len(rows):,}")


def _list(
    head: Sequence[str], rows: Sequence[Sequence[object]], total: int, told: str, empty: str
) -> Html:
    used = [place for place in range(len(head)) if any(row[place] != "" for row in rows)]
    kept = [[row[place] for place in used] for row in rows]
    more = (
        f"The first {len(rows):,} of {total:,}; the JSON form has all." if total > len(rows) else ""
    )
    words = ". ".join(one for one in (told, more) if one)
    return join(table([head[place] for place in used], kept, empty=empty), note(words))


def _place(one: LabelChange | SuspectChange) -> str:
    return one.id if one.unit is None else f"{one.id} / {one.unit}"


def _p(p: float | None) -> str:
    return "" if p is None else chance(p)
