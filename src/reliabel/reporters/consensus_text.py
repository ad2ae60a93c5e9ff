"""A consensus as plain text: the summary that a terminal shows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.labels import Soft, Votes
from reliabel.core.results import Consensus


def summary(consensus: Consensus[Any], votes: Votes[Any], folder: str | Path) -> str:
    """What a terminal shows of a consensus, ending with where the page is."""
    info = consensus.info
    lines = [
        f"{_many(votes.n, 'item')}, {_many(votes.w, 'worker')}, {_many(len(votes), 'vote')}; by {info.get('by', 'auto')}"
    ]
    if isinstance(consensus.labels, Soft):
        p = consensus.labels.p.max(1)[np.bincount(votes.item, minlength=votes.n) > 0]
        wrong, unsure = f"about {float((1 - p).sum()):,.0f} of {len(p):,}", int((p < 0.7).sum())
        lines.append(
            f"Consensus labels expected to be wrong: {wrong}; {unsure:,} {'has' if unsure == 1 else 'have'} P below .7."
        )
    held = info.get("held_out")
    if isinstance(held, Mapping) and held:
        lines.append(
            "Held-out likelihood a vote: "
            + ", ".join(f"{name} {float(score):.3f}" for name, score in held.items())
        )
    for name in ("certificate", "identifiability"):
        if name in info and "verdict" in info[name].parts:
            lines.append(
                f"{'Majority vote' if name == 'certificate' else 'Skills'}: {info[name].parts['verdict']}"
            )
    lines += [f"Note: {sentence}" for sentence in info.get("warnings", ())]
    return "\n".join(
        [
            *lines,
            f"{folder}/report.html          next: look at the hard items and the workers there",
        ]
    )


def _many(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
