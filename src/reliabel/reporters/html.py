"""An audit as one offline page: the answer first, then the things themselves, then how each number
was made.

A section is a function from ``Look`` to a ``Section`` (or nothing) in the list ``SECTIONS``.  The
page holds the first ``top`` label findings; ``findings.csv`` holds all.  Its size depends on
``top`` and on the budget of pictures, not on the number of rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reliabel.core.results import Audit
from reliabel.reporters import charts
from reliabel.reporters.cards import listed
from reliabel.reporters.confusion import confusion
from reliabel.reporters.data_faults import broken, duplicates, others, outliers
from reliabel.reporters.item_view import Shown
from reliabel.reporters.page_context import Look, unbroken
from reliabel.reporters.provenance import data_card, how_made
from reliabel.reporters.sentences import (
    Told,
    also,
    next_command,
    notes,
    promise,
    source,
    stamp,
    sure,
    title,
)
from reliabel.reporters.shell import Section, fill, join, note, page, several, short


def render(audit: Audit, *, top: int = 500) -> str:
    """The page as text.  top: how many label findings it holds."""
    if top < 1:
        raise ValueError(f"top must be at least 1, got {top}")
    look = Look(audit, Told(audit), Shown(audit.data), top)
    sections = [section for make in SECTIONS for section in make(look)]
    return page(
        unbroken(title(look.told)),
        unbroken(sure(look.told)),
        sections,
        source=source(look.told),
        stamp=stamp(look.told),
        script="findings.js",
    )


def _answer(look: Look) -> list[Section]:
    audit, told = look.audit, look.told
    curve = charts.curve(audit.budget).svg() if audit.budget is not None and promise(told) else ""
    body = fill(
        "answer.html",
        curve=curve,
        promise=unbroken(promise(told)),
        command=next_command("FOLDER") if audit.findings else "",
        also=also(told),
        warnings=[short(warning, 600) for warning in notes(told)],
    )
    return [Section("answer", "", body)]


def _labels(look: Look) -> list[Section]:
    findings = look.told.by_kind.get("label", ())
    if not findings:
        why = (
            "No label auditor could run"
            if not look.told.judges
            else f"No label looks wrong among {several(look.told.labels, 'label')}"
        )
        checked = (
            f" (checked: {', '.join(look.told.judges).replace('_', ' ')})."
            if look.told.judges
            else "; see the reasons below."
        )
        return [
            Section(
                "labels", "Labels, most suspect first", join(note(why + checked), confusion(look))
            )
        ]
    return [
        Section(
            "labels",
            "Labels, most suspect first",
            join(confusion(look), listed(look, findings)),
            f"{len(findings):,}",
        )
    ]


SECTIONS: Sequence[Callable[[Look], list[Section]]] = (
    _answer,
    _labels,
    duplicates,
    outliers,
    broken,
    others,
    data_card,
    how_made,
)
