"""A training run as plain text: the summary that a terminal shows, ending with the next command to
type.
"""

from __future__ import annotations

import shlex
from collections import Counter

from reliabel.reporters.shell import several, short
from reliabel.reporters.training_doubts import doubts
from reliabel.reporters.training_run import (
    TrainingRun,
    condition,
    headline,
    kept,
    points,
)

NOTES = 8  # warnings that are printed in full
PAIRS = 3  # most frequent changes that are named


def render(run: TrainingRun, *, folder: str | None = None) -> str:
    """The summary: agreement, the epoch that was kept, what became of the labels, warnings.

    folder: where the model is kept, as people wrote it.
    """
    lines = [f"{headline(run)}."]
    lines += [line for line in (condition(run), _kept(run), _labels(run)) if line]
    told = doubts(run)
    lines += [f"Note: {short(line, 300)}" for line in told[:NOTES]]
    if len(told) > NOTES:
        lines.append(f"Note: {len(told) - NOTES} more in the report")
    if folder:
        place = folder.rstrip("/")
        lines.append(f"Report: {place}/report.html")
        lines.append(f"Next: reliabel predict {shlex.quote(place)} NEW_FILE -o predicted.csv")
    return "\n".join(lines) + "\n"


def _kept(run: TrainingRun) -> str:
    return f"Kept: {kept(run)}." if kept(run) else ""


def _labels(run: TrainingRun) -> str:
    """What became of the labels, and the commonest changes."""
    if run.relabelled is None or run.audit is None:
        return ""
    every = int(run.sizes.sum())
    said = f"{several(run.changed, 'label')} of {every:,} changed or left out"
    moves = Counter(
        f"{short(f.given, 30)} -> {'left out' if f.suggest is None else short(f.suggest, 30)}"
        for f in run.audit.findings
    )
    most = ", ".join(f"{move} ({n:,})" for move, n in moves.most_common(PAIRS))
    return f"Labels: {said} ({points(run.changed / max(every, 1))}){f': {most}' if most else ''}."
