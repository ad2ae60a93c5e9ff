"""What a training was chosen among: methods or options, each with its agreement."""

from __future__ import annotations

from collections.abc import Mapping

from reliabel.reporters.sentences import facts
from reliabel.reporters.shell import Section, join, note, short, table
from reliabel.reporters.training_run import TrainingRun, points

BESIDE = ("by", "agreement")  # what has a column of its own


def tried(run: TrainingRun) -> Section | None:
    """A row for each method or option that was tried, best first; None where none was."""
    told = run.info.get("tried", ())
    lines = [one for one in told if isinstance(one, Mapping) and "agreement" in one]
    if not lines:
        return None
    lines = sorted(lines, key=lambda one: -_known(float(one["agreement"])))
    methods = any("by" in one for one in lines)
    rows = [
        [
            *([str(one.get("by", "")).replace("_", " ")] if methods else []),
            points(float(one["agreement"])),
            short(facts({name: v for name, v in one.items() if name not in BESIDE}), 120),
        ]
        for one in lines
    ]
    head = [*(["method"] if methods else []), "agreement", "how"]
    caption = "Agreement with held-out given labels, best first"
    why = str(run.info.get("why", ""))
    said = note(f"Chosen: {short(why, 400)}." if why else "")
    body = join(said, table(head, rows, numeric=(len(head) - 2,), caption=caption))
    return Section("tried", "What was tried", body, f"{len(rows)}")


def _known(value: float) -> float:
    return value if value == value else -1.0
