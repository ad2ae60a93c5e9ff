"""What people decided elsewhere, in files of the audit folder, taken over into the log.  Such
decisions were chosen, not drawn: they are no evidence about the labels that nobody looked at.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from reliabel.core.label_values import written
from reliabel.core.results import Decision
from reliabel.folders.audit_folder import decisions_in
from reliabel.folders.decision_table import decision_table
from reliabel.folders.decisions import in_order, resolve
from reliabel.folders.kept_verdicts import VERDICTS_FILE
from reliabel.review.events import FILE
from reliabel.review.store import Log


def take_over(log: Log, folder: Path) -> list[str]:
    """Log the decisions in the folder's files that are not there yet; returns what to say.

    A file that cannot be read stops no review; it is left as it is, and a sentence says so.
    """
    notes = []
    for name in [*decisions_in(folder), VERDICTS_FILE]:
        path = folder / name
        if not path.is_file():
            continue
        try:
            table = decision_table(path, log.data)
            known = [one for one in table.decisions if one.id in log.item]
            resolve(log.data, known, new_classes=True)
            there = log.board.keys
            keys = {_key(one): one for one in in_order(known)}
            fresh = {key: one for key, one in keys.items() if key not in there}
            done = log.decide(list(fresh.values()), origin=FILE, keys=list(fresh))
        except ValueError as wrong:
            notes.append(f"{name} in the folder is not taken over: {wrong}")
            continue
        if done.new:
            notes.append(
                f"{done.new:,} decision{'s' * (done.new > 1)} of {name} "
                f"{'were' if done.new > 1 else 'was'} taken over into the log, as chosen reviews"
            )
    return notes


def _key(one: Decision) -> str:
    """What tells a decision from all others, so that it is taken over once."""
    told = [one.id, one.unit, one.verdict, written(one.label), one.who, one.at]
    told += [True] * one.settles + [one.comment] * (one.comment is not None)
    return f"file {hashlib.sha256(json.dumps(told).encode()).hexdigest()}"
