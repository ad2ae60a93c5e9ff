"""next: labels to judge next, handed out as a table; the draws among them are in the log first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

WHOLE = "all"


def next(
    folder: str | Path,
    *,
    n: int = 50,
    out: str | Path | None = None,
    who: str | None = None,
    target: float = 0.01,
    population: str = WHOLE,
    greedy: bool = False,
    plan: tuple[int, int] | None = None,
    hours: float = 24.0,
    form: str | None = None,
    store: str | Path | None = None,
) -> dict[str, Any]:
    """Hand out the ``n`` labels of an audit folder that should be judged next, some of them the
    most suspect and some drawn by chance, and write them to ``out`` for people to judge.

    They fill in verdict (keep, change, drop, unsure) and label, and give the table to ``decide``.
    Draws are committed to the folder's log before anything is written: whatever becomes of the
    table they are handed out again until they are decided, which keeps the certificate honest.
    who: who will judge; labels that others hold are not handed out.
    target: the share of labels that may be left wrong, by which choosing and drawing is balanced.
    population: draw from a population of the log (``Log.fix_population``) instead of all labels.
    greedy: the most suspect alone, no draws; then there can be no certificate.
    plan: how many labels are chosen and then drawn, fixed before the first draw; then ``certify``
        gives the count of the planned review beside the certificate.
    hours: how long the labels are held for ``who``.
    form: "label_studio" writes tasks that it imports (``out`` ends in .json); ``decide`` takes its
        export.
    store: where the decisions are to lie, if not in the folder (postgresql+psycopg://...).
    Returns n, labels, held (of them handed out before), rows (columns), out, why, notes.
    Raises ValueError where ``out`` exists, or the log is on other labels than the audit.
    """
    from reliabel.review.batches import hand_out
    from reliabel.review.opening import open_log

    opened = open_log(folder, store=store)
    made = hand_out(
        opened.audit,
        opened.log,
        n=n,
        out=out,
        who=who,
        target=target,
        population=population,
        greedy=greedy,
        plan=plan,
        hours=hours,
        form=form,
    )
    return {
        "n": n,
        "labels": made.labels,
        "held": made.held,
        "rows": made.rows,
        "out": made.out,
        "why": made.why,
        "notes": [*opened.notes, *made.notes],
    }
