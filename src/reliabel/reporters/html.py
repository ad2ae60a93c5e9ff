"""An audit as one offline page: the answer first, then the things themselves, then how each number
was made.

A section is a function from ``PageContext`` to a list of ``Section``; ``SECTIONS`` lists them.  The
page holds the first ``top`` label findings; ``findings.csv`` holds all.  Its size depends on
``top`` and on the budget of pictures, not on the number of rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from reliabel.core.results import Audit, Finding
from reliabel.reporters import charts
from reliabel.reporters.cards import how_many, listed
from reliabel.reporters.class_numbers import is_counted
from reliabel.reporters.confidence_map import confidence_map
from reliabel.reporters.confusion import confusion
from reliabel.reporters.data_faults import anchor, broken, duplicates, others, outliers
from reliabel.reporters.item_view import ItemViews
from reliabel.reporters.next_step import next_steps
from reliabel.reporters.objects_overview import objects_overview
from reliabel.reporters.page_context import PageContext, unbroken
from reliabel.reporters.provenance import data_card, how_made
from reliabel.reporters.residual_plot import residual_plot
from reliabel.reporters.sentences import (
    AuditView,
    conflicts,
    notes,
    other_findings,
    promise,
    source,
    span,
    stamp,
    sure,
    title,
)
from reliabel.reporters.several_labels import items_in_doubt
from reliabel.reporters.shell import (
    Html,
    Section,
    about,
    fill,
    join,
    note,
    number,
    page,
    percent,
    several,
    short,
)
from reliabel.trust.answer import CANNOT_TELL, COUNT, NO_SIGN, answer

SCRIPTS = ("findings.js", "decide.js", "start.js")
# what an answer is called, by its state: a word for the style, a sign, and words
MARKS = {
    COUNT: ("count", "≈", "An estimate, before any review"),
    CANNOT_TELL: ("open", "?", "No count yet"),
    NO_SIGN: ("clear", "✓", "No sign of errors"),
}
REVIEWED = ("reviewed", "✓", "Counted by a review")


def render(
    audit: Audit, *, top: int = 500, folder: str | Path | None = None, clear: bool = False
) -> str:
    """The page as text.

    top: how many label findings it holds.
    folder: where the audit is kept, as people wrote it; the commands of the page name it.
    clear: show personal data in items as they are, not masked.
    """
    if top < 1:
        raise ValueError(f"top must be at least 1, got {top}")
    context = PageContext(audit, AuditView(audit), ItemViews(audit.data, clear=clear), top, folder)
    sections = [section for make in SECTIONS for section in make(context)]
    sections[0] = _with_pictures(context, sections[0])
    return page(
        unbroken(title(context.view)),
        unbroken(context.shared(sure(context.view))),
        sections,
        source=source(context.view),
        stamp=stamp(context.view),
        script=SCRIPTS,
        mark=_mark(audit),
    )


def _with_pictures(context: PageContext, section: Section) -> Section:
    """A section before which stand the pictures at which drawings point."""
    return replace(section, html=join(context.shown.objects.definitions(), section.html))


def _mark(audit: Audit) -> dict[str, str]:
    state = answer(audit).state
    reviewed = state == COUNT and audit.count is not None and "model" not in audit.count.method
    style, sign, says = REVIEWED if reviewed else MARKS[state]
    return {"state": style, "sign": sign, "says": says}


def _answer(context: PageContext) -> list[Section]:
    audit, view = context.audit, context.view
    curve = charts.curve(audit.budget).svg() if audit.budget is not None and promise(view) else ""
    clash, tiles = conflicts(view), other_findings(view, disagree=False)
    said = answer(audit)
    body = fill(
        "audit_answer.html",
        curve=curve,
        promise=unbroken(promise(view)),
        ranges=_ranges(context),
        plural=view.plural,
        condition=_condition(context),
        clash=clash.split(" ", 1) if clash else None,
        also=[
            {"what": phrase.removeprefix(f"{n:,} "), "to": anchor(finds)}
            | {"n": number(n) if phrase.startswith(f"{n:,} ") else ""}
            for finds, n, phrase in tiles
        ],
        steps=_steps(context),
        improve=[_capital(line) for line in said.improve] if said.state != COUNT else [],
        warnings=[short(context.shared(warning), 600) for warning in notes(view)],
    )
    return [Section("answer", "", body)]


def _capital(line: str) -> str:
    return line[:1].upper() + line[1:]


def _ranges(context: PageContext) -> Html:
    """The count as a bar with its interval, after a review below the one before it."""
    count, view = context.audit.count, context.view
    if count is None or not is_counted(view):
        return Html("")
    before = (context.audit.info.get("review") or {}).get("before")
    rows = []
    if before is not None and all(isinstance(v, float | int) and v == v for v in before):
        rows.append(("before the review", before))
    now = "after the review" if context.audit.info.get("review") else "by the model"
    rows.append((now, [count.value, count.low, count.high]))
    drawn = [
        (name, low, value, high, f"{about(value)} ({span(low, high)})")
        for name, (value, low, high) in rows
    ]
    return charts.ranges(drawn, f"wrong {view.plural}").svg()


def _condition(context: PageContext) -> str:
    count = context.audit.count
    if count is None:
        return ""
    level = unbroken(percent(count.level))
    return f"Dot: the estimate; bar: its {level} interval, if {count.assumes}."


def _steps(context: PageContext) -> list[dict[str, str]]:
    """What to do next: judge here, then the commands, without the places of this machine."""
    steps = []
    if context.view.by_kind.get("label"):
        steps.append(
            {
                "why": "Look at the labels below and decide on each; then download decisions.csv",
                "command": "",
            }
        )
    if context.folder is not None:
        for one in next_steps(context.view, context.folder):
            steps.append({"why": _capital(one.why), "command": context.shared(one.command)})
    return steps


def _labels(context: PageContext) -> list[Section]:
    view = context.view
    findings: Sequence[Finding] = view.by_kind.get("label", ())
    if findings:
        overview = (confusion(context), objects_overview(context), items_in_doubt(context))
        body = join(*overview, listed(context, findings))
        shown = f"{how_many(context, findings):,}"
        return [Section("labels", "Labels, most suspect first", body, shown)]
    if view.label_auditors:
        checks = ", ".join(view.label_auditors).replace("_", " ")
        why = f"No label looks wrong among {several(view.labels, 'label')} (checked: {checks})."
    else:
        why = "No check of labels could run; see the reasons below."
    body = join(note(why), confusion(context))
    return [Section("labels", "Labels, most suspect first", body)]


SECTIONS: Sequence[Callable[[PageContext], list[Section]]] = (
    _answer,
    _labels,
    residual_plot,
    confidence_map,
    duplicates,
    outliers,
    broken,
    others,
    data_card,
    how_made,
)
