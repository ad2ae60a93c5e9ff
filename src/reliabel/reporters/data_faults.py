"""Faults of the data other than labels: duplicates and leakage, outliers, broken items, and any
other kind of finding.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from reliabel.core.label_values import shown
from reliabel.core.results import Finding
from reliabel.reporters.page_context import NAME, PageContext
from reliabel.reporters.shell import Html, Section, fill, join, note, several, short, table

GROUPS, MEMBERS = 20, 4  # groups of duplicates, items of each
GRID = 24  # outliers and other things shown
HEADS = {  # finds -> heading of its section, what follows the number of findings
    "open set": (
        "None of these classes",
        "that look like none of the classes: leave them out, or give them a class of their own.",
    ),
    "weak slice": (
        "Weak slices",
        "in which the model agrees with the labels clearly less often than elsewhere.",
    ),
    "spurious correlation": (
        "Spurious correlations",
        "by which a property that should say nothing gives labels away.",
    ),
    "box fault": (
        "Faulty boxes",
        "that can hardly be right: dashed is the other box, or the mended one.",
    ),
    "region fault": ("Faulty regions", "that can hardly be right."),
    "drift": ("Drift between splits", "between splits, which are no samples of the same data."),
}
SINGLE = {
    "drift": "difference",
    "box fault": "place",
    "region fault": "place",
}  # finds -> what one finding is called


def duplicates(context: PageContext) -> list[Section]:
    """Items that are the same or nearly, those with different labels or in several splits first."""
    found, view = context.view.by_kind.get("duplicate", ()), context.view
    auditors = [name for name in context.audit.opinions if view.finds(name) == "duplicate"]
    if not found:
        return (
            [
                Section(
                    "duplicates",
                    "Seen twice",
                    note(
                        f"No duplicates among {view.things} (checked: "
                        f"{_checked(context, auditors)})."
                    ),
                    "0",
                )
            ]
            if auditors
            else []
        )
    apart = {id(f): view.disagree(f) for f in found}
    items = len({item for f in found for item in (f.item, *f.others)})
    lead = (
        f"{several(len(found), 'group')} of {view.thing}s that are the same or nearly the same, "
        f"{items:,} {view.thing}s in all; "
    )
    lead += f"{several(sum(apart.values()), 'group')} with different labels."
    order = sorted(found, key=lambda f: not (apart[id(f)] or len(view.splits(f)) > 1))
    groups = fill(
        "groups.html",
        groups=[_group(context, f, apart[id(f)]) for f in order[:GROUPS]],
        pictures=context.shown.pictures,
    )
    body = join(
        fill("lead.html", text=lead),
        _leakage(context),
        groups,
        _remaining(len(found), GROUPS, "groups"),
    )
    return [Section("duplicates", "Seen twice", body, f"{len(found):,}")]


def _leakage(context: PageContext) -> Html:
    view = context.view
    if context.audit.data.evidence.get("split") is None:
        return note("No splits were given, so leakage was not looked for.")
    if not view.leaks:
        return note(f"No group stands in more than one split of {view.things}.")
    proves = f"a test {view.thing} that was trained on proves nothing"
    if len(view.leaks) == 1:
        names, size = next(iter(view.leaks.items()))
        return fill(
            "lead.html",
            text=f"Leakage: {several(size, 'group stands', 'groups stand')} in "
            f"{' and '.join(names)}; {proves}.",
        )
    rows = [
        (" + ".join(short(name, 40) for name in names), size)
        for names, size in view.leaks.most_common(20)
    ]
    return table(
        ("splits", "groups in each"),
        rows,
        numeric=(1,),
        caption=f"Leakage: {several(sum(view.leaks.values()), 'group')} across splits; {proves}",
    )


def _group(context: PageContext, finding: Finding, apart: bool) -> dict[str, Any]:
    items = (finding.item, *finding.others)
    split = context.audit.data.evidence.get("split")
    members = [
        {
            "id": short(context.audit.data.ids.item(item), 40),
            "label": short(context.shown.label(item), NAME),
            "split": "" if split is None else short(split[item], 30),
            "item": context.shown.brief(item),
        }
        for item in items[:MEMBERS]
    ]
    marks = [
        mark
        for mark, true in (
            ("different labels", apart),
            (
                "in " + " and ".join(context.view.splits(finding)),
                len(context.view.splits(finding)) > 1,
            ),
        )
        if true
    ]
    return {
        "kind": finding.kind or "alike",
        "why": short(finding.why, 300),
        "marks": marks,
        "members": members,
        "more": max(len(items) - MEMBERS, 0),
    }


def _checked(context: PageContext, auditors: Sequence[str]) -> str:
    checked = (
        (name.replace("_", " "), context.audit.opinions[name].info.get("checked"))
        for name in auditors
    )
    return "; ".join(
        f"{name}, on {short(what, 60)}" if isinstance(what, str) else name for name, what in checked
    )


def _remaining(found: int, listed: int, what: str) -> Html:
    return (
        note(f"The first {listed:,} of {found:,} {what}; all of them are in findings.csv.")
        if found > listed
        else Html("")
    )


def _grid(context: PageContext, finds: str, heading: str, lead: str, empty: str) -> list[Section]:
    found = context.view.by_kind.get(finds, ())
    auditors = [name for name in context.audit.opinions if context.view.finds(name) == finds]
    if not found:
        return (
            [
                Section(
                    anchor(finds),
                    heading,
                    note(f"{empty} (checked: {_checked(context, auditors)})."),
                    "0",
                )
            ]
            if auditors
            else []
        )
    kinds = Counter(f.kind for f in found if f.kind)
    split = (
        f" {', '.join(f'{n:,} {kind}' for kind, n in kinds.most_common(8))}."
        if len(kinds) > 1
        else ""
    )
    things = [
        {
            "id": short(f.id, 40),
            "item": context.shown.brief_found(f),
            "label": short(context.shown.label(f.item), NAME),
            "kind": f.kind or "",
            "why": short(f.why, 300),
            "others": several(len(f.others), "other item") if f.others else "",
            "suggest": short(shown(f.suggest, ""), NAME),
        }
        for f in found[:GRID]
    ]
    body = join(
        fill("lead.html", text=lead + split),
        fill("grid.html", things=things, pictures=context.shown.pictures),
        _remaining(len(found), GRID, "findings"),
    )
    return [Section(anchor(finds), heading, body, f"{len(found):,}")]


def anchor(finds: str) -> str:
    """The anchor of the section on a kind of finding."""
    if finds == "duplicate":
        return "duplicates"
    return "finds-" + "".join(sign if sign.isalnum() and sign.isascii() else "-" for sign in finds)


def outliers(context: PageContext) -> list[Section]:
    """Items unlike all others."""
    things, n = context.view.thing + "s", len(context.view.by_kind.get("outlier", ()))
    lead = (
        f"{several(n, context.view.thing)} unlike all others: rare, foreign or spoilt. They are "
        "not wrong by that alone."
    )
    return _grid(
        context,
        "outlier",
        "Unlike everything else",
        lead,
        f"No outliers among {len(context.audit.data):,} {things}",
    )


def broken(context: PageContext) -> list[Section]:
    """Items that no model can learn from."""
    n = len(context.view.by_kind.get("broken", ()))
    lead = (
        f"{several(n, context.view.thing)} that nothing can be learnt from, or not what "
        f"{'it seems' if n == 1 else 'they seem'}."
    )
    return _grid(
        context, "broken", "Broken items", lead, f"No broken items among {context.view.things}"
    )


def others(context: PageContext) -> list[Section]:
    """One section for each other kind of finding."""
    known = ("label", "duplicate", "outlier", "broken", "")
    kinds = dict.fromkeys(
        [*context.view.by_kind, *(context.view.finds(name) for name in context.audit.opinions)]
    )
    return [
        section
        for kind in kinds
        if kind not in known
        for section in _grid(
            context,
            kind,
            HEADS.get(kind, (kind.capitalize(), ""))[0],
            _lead(context, kind),
            f"No {kind} found among {context.view.things}",
        )
    ]


def _lead(context: PageContext, finds: str) -> str:
    """How many findings there are, and what they mean where that is not plain."""
    many = len(context.view.by_kind.get(finds, ()))
    if finds not in HEADS:
        return f"{several(many, 'finding')}."
    thing = context.view.thing if finds == "open set" else SINGLE.get(finds, finds)
    return f"{several(many, thing)} {HEADS[finds][1]}"
