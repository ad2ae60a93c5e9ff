"""An audit as one offline page: the answer first, then the things themselves, then how each number
was made.

A section is a function from ``PageContext`` to a list of ``Section``; ``SECTIONS`` lists them.  The
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
from reliabel.reporters.item_view import ItemViews
from reliabel.reporters.page_context import PageContext, unbroken
from reliabel.reporters.provenance import data_card, how_made
from reliabel.reporters.sentences import (
    AuditView,
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
    context = PageContext(audit, AuditView(audit), ItemViews(audit.data), top)
    sections = [section for make in SECTIONS for section in make(context)]
    return page(
        unbroken(title(context.view)),
        unbroken(sure(context.view)),
        sections,
        source=source(context.view),
        stamp=stamp(context.view),
        script="findings.js",
    )


def _answer(context: PageContext) -> list[Section]:
    audit, view = context.audit, context.view
    curve = charts.curve(audit.budget).svg() if audit.budget is not None and promise(view) else ""
    body = fill(
        "answer.html",
        curve=curve,
        promise=unbroken(promise(view)),
        command=next_command("FOLDER") if audit.findings else "",
        also=also(view),
        warnings=[short(warning, 600) for warning in notes(view)],
    )
    return [Section("answer", "", body)]


def _labels(context: PageContext) -> list[Section]:
    findings = context.view.by_kind.get("label", ())
    if not findings:
        why = (
            "No label auditor could run"
            if not context.view.label_auditors
            else f"No label looks wrong among {several(context.view.labels, 'label')}"
        )
        checked = (
            f" (checked: {', '.join(context.view.label_auditors).replace('_', ' ')})."
            if context.view.label_auditors
            else "; see the reasons below."
        )
        return [
            Section(
                "labels",
                "Labels, most suspect first",
                join(note(why + checked), confusion(context)),
            )
        ]
    return [
        Section(
            "labels",
            "Labels, most suspect first",
            join(confusion(context), listed(context, findings)),
            f"{len(findings):,}",
        )
    ]


SECTIONS: Sequence[Callable[[PageContext], list[Section]]] = (
    _answer,
    _labels,
    duplicates,
    outliers,
    broken,
    others,
    data_card,
    how_made,
)
