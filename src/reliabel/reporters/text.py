"""An audit as plain text: the summary that a terminal shows, ending with the next command to
type.
"""

from __future__ import annotations

from reliabel.core.evidence import EVIDENCE
from reliabel.core.kinds import kind_for
from reliabel.core.results import Audit
from reliabel.reporters.next_step import next_steps
from reliabel.reporters.sentences import (
    NOT_A_COUNT,
    OPT_IN,
    AuditView,
    agreement,
    also,
    checked,
    notes,
    promise,
    span,
    sure,
    title,
)
from reliabel.reporters.shell import percent, short
from reliabel.trust.answer import CANNOT_TELL, answer

NOTES = 8  # warnings that are printed in full


def render(audit: Audit, *, folder: str | None = None) -> str:
    """The summary: wrong labels, what a review would find, what else is wrong, what was skipped and
    why, warnings, the next command.

    folder: where the audit is kept, as people wrote it; an Audit does not know it.
    """
    view = AuditView(audit)
    extra, further_notes = also(view), notes(view)
    lines = [f"Wrong {view.plural}: {_answer(view)}."]
    if promise(view):
        lines.append(f"{promise(view)}.")
    if agreement(view):
        lines.append(f"{agreement(view)}.")
    said = answer(audit)
    if said.state == CANNOT_TELL and said.improve and "p_wrong" in audit.info:
        lines.append(f"Better evidence: {'; '.join(said.improve)}.")
    if extra:
        lines.append(f"Also: {', '.join(extra)}.")
    objects = kind_for(audit.data.labels).objects
    missed = {
        name: why
        for name, why in audit.skipped.items()
        if not why.startswith((*OPT_IN, "takes "))  # of other kinds of labels
        and not _brought(why, objects)
    }
    if missed:
        lines.append(
            "Skipped: "
            + ", ".join(f"{name} ({short(why, 90)})" for name, why in missed.items())
            + "."
        )
    lines += [f"Note: {short(note, 300)}" for note in further_notes[:NOTES]]
    if len(further_notes) > NOTES:
        lines.append(f"Note: {len(further_notes) - NOTES} more in the report")
    if folder:
        lines.append(f"Report: {folder.rstrip('/')}/report.html")
    lines += [f"Next: {step.command}\n      ({step.why})" for step in next_steps(view, folder)[:1]]
    return "\n".join(lines) + "\n"


def _brought(why: str, objects: bool) -> bool:
    """Whether only a column is missing that some data have and others have not, or what is made of
    items where labels are objects within them.
    """
    name = why.removeprefix("needs ")
    if objects and name in EVIDENCE and EVIDENCE[name].describes_items:
        return True
    return name in EVIDENCE and EVIDENCE[name].shape == ("n",)


def _answer(view: AuditView) -> str:
    count, n = view.audit.count, max(view.labels, 1)
    if count is not None and count.identified:
        condition = (
            f"{span(count.low, count.high)} if {count.assumes}; {checked(view).split(':')[0]}"
        )
        return (
            title(view).split(f" {view.plural} look")[0].replace("About", "about", 1)
            + f" ({percent(count.value / n)}; {condition})"
        )
    if count is not None:
        first = title(view)
        return first[:1].lower() + first[1:] + f". {sure(view)}".removesuffix(".")
    if view.flagger is not None:
        return (
            f"{view.flagged:,} of {view.labels:,} flagged by {view.flagger.replace('_', ' ')} "
            f"({percent(view.flagged / n)}; {NOT_A_COUNT})"
        )
    if view.label_auditors:
        return (
            f"{len(view.by_kind.get('label', ())):,} of {view.labels:,} to look at first "
            f"({NOT_A_COUNT})"
        )
    return f"no label was judged ({view.many(view.labels)})"
