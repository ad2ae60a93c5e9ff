"""The section of a consensus page about votes that leave a choice of classes: how wide each
worker's choice is, and how often it holds the true class.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.core.labels import MultiLabel
from reliabel.reporters.consensus_facts import worker_names
from reliabel.reporters.consensus_sections import Made
from reliabel.reporters.shell import Section, percent, short, table

ROWS, MORE = 30, 500


def sections(made: Made) -> list[Section]:
    """One table of workers; functions have a table of their own."""
    info, votes = made.consensus.info, made.votes
    if not isinstance(votes.labels, MultiLabel):
        return []
    names, y = worker_names(made.data, votes.w), votes.labels.y
    yes = (y == 1).any(1)
    width = np.where(yes, (y == 1).sum(1), (y != 0).sum(1))
    count = np.bincount(votes.worker, minlength=votes.w)
    wide = np.bincount(votes.worker, width, votes.w) / np.maximum(count, 1)
    right, chance = np.asarray(info["precision"]), np.asarray(info["chance"])
    gain = np.nan_to_num(right - chance, nan=2)
    rows: list[list[Any]] = [
        [
            short(names[j], 40),
            int(count[j]),
            f"{wide[j]:.1f}",
            percent(float(right[j])),
            percent(float(chance[j])),
        ]
        for j in np.argsort(gain, kind="stable")[:MORE].tolist()
        if count[j]
    ]
    head = ["worker", "votes", "classes left", "holds the true class", "a random choice"]
    caption = (
        f"Of {votes.labels.k:,} classes; how often a worker's choice holds the true one, by the "
        "other votes, beside what a random choice as wide would; those who gain least first"
    )
    body = table(head, rows, numeric=(1, 2, 3, 4), caption=caption, sortable=True, first=ROWS)
    return [Section("choices", "Choices", body)]
