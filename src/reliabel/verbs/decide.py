"""decide: people's verdicts on labels go into the log of an audit folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def decide(
    folder: str | Path,
    decisions: Any,
    *,
    who: str | None = None,
    new_classes: bool = False,
    store: str | Path | None = None,
) -> dict[str, Any]:
    """Log verdicts on labels of an audit: those of a batch of ``next``, or any others, which then
    count as chosen.  Nothing that was logged before is lost: a later verdict of the same person
    counts instead of their earlier one, and both stay in the log.

    decisions: a CSV, JSONL or Parquet file, an export of Label Studio whose tasks ``next`` or the
        log wrote, a table, or a list of ``Decision`` records or mappings
        with id, verdict (keep, change, drop, unsure), label, who; rows without a verdict stay open.
    who: who judged, where the table does not say it.
    new_classes: allow labels that are no class yet.
    store: where the decisions lie, if not in the folder (postgresql+psycopg://...).
    Returns new, changed (of the new), same (logged already), blank (rows without a verdict), notes.
    Raises ValueError where a verdict or label cannot be understood, no item is known, or the batch
    is of another audit; then nothing is logged.
    """
    from reliabel.review.batches import take_back
    from reliabel.review.opening import open_log

    opened = open_log(folder, store=store)
    done = take_back(opened.log, decisions, who=who, new_classes=new_classes)
    return {
        "new": done.new,
        "changed": done.changed,
        "same": done.same,
        "blank": done.blank,
        "notes": [*opened.notes, *done.notes],
    }
