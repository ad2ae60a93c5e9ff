"""The section of a consensus page about votes that are points of a space: how far off each worker
is, and what that makes a vote count.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.reporters.consensus_facts import worker_names
from reliabel.reporters.consensus_sections import Made
from reliabel.reporters.shell import Section, number, short, table

ROWS, MORE = 30, 500


def sections(made: Made) -> list[Section]:
    """One table of workers."""
    info, votes = made.consensus.info, made.votes
    names = worker_names(made.data, votes.w)
    count = np.bincount(votes.worker, minlength=votes.w)
    error, weight = np.asarray(info["error"]), np.asarray(info["weight"])
    mean = float(weight[votes.worker].mean()) if len(votes) else 1.0
    order = np.argsort(-np.nan_to_num(error, nan=-1), kind="stable")
    rows: list[list[Any]] = [
        [
            short(names[j], 40),
            int(count[j]),
            number(float(error[j])),
            f"{weight[j] / max(mean, 1e-300):.2f}",
        ]
        for j in order[:MORE].tolist()
        if count[j]
    ]
    caption = (
        "How far a worker's votes lie from the truth (to the power that the method sums), found "
        "from how far workers lie from each other; and what a vote counts for, 1 on average"
    )
    body = table(
        ["worker", "votes", "off by", "counts for"],
        rows,
        numeric=(1, 2, 3),
        caption=caption,
        sortable=True,
        first=ROWS,
    )
    return [Section("errors", "Errors of workers", body)]
