"""What a page shows of votes that are label sets: the labels, and with the workers how careful and
how cautious each is.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.core.labels import SoftMultiLabel
from reliabel.reporters import charts
from reliabel.reporters.consensus_facts import MOST, filled_columns, table_of_workers, worker_names
from reliabel.reporters.consensus_sections import Made
from reliabel.reporters.shell import (
    Section,
    chance,
    figure,
    join,
    number,
    percent,
    several,
    short,
    table,
)

ROWS, MORE = 30, 500  # of a table, and with the part that is folded
UNSURE = (0.2, 0.8)


def sections(made: Made) -> list[Section]:
    """The labels; nothing where the consensus is no set."""
    return [_labels(made)] if isinstance(made.consensus.labels, SoftMultiLabel) else []


def _labels(made: Made) -> Section:
    p, y = made.consensus.labels.p, made.votes.labels.y
    names = made.votes.labels.names
    voted = np.bincount(made.votes.item, minlength=made.votes.n) > 0
    p = p[voted]
    on = (p > 0.5).sum(0)
    unsure = ((p > UNSURE[0]) & (p < UNSURE[1])).sum(0)
    order = np.argsort(-on, kind="stable")
    rows: list[list[Any]] = [
        [
            short(names[c], 40),
            int(on[c]),
            number(float(p[:, c].sum())),
            int(unsure[c]) or "",
            int((y[:, c] == 1).sum()),
            int((y[:, c] == 0).sum()),
            int((y[:, c] < 0).sum()) or "",
        ]
        for c in order[:MORE].tolist()
    ]
    head = ["label", "items", "expected", "unsure", "votes yes", "votes no", "not shown"]
    head, rows = filled_columns(head, rows)
    size = (p > 0.5).sum(1)
    empty = int((size == 0).sum())
    caption = (
        f"{several(len(names), 'label')}, {float(size.mean()) if len(size) else 0:.2f} an item; "
        f"{several(empty, 'item')} {'has' if empty == 1 else 'have'} none; unsure: a chance from "
        f"{UNSURE[0]:g} to {UNSURE[1]:g}; expected: the sum of all chances"
    )
    counts = [several(one, "label") for one in range(int(size.max(initial=0)) + 1)]
    each = np.bincount(size, minlength=len(counts))
    body = join(
        table(head, rows, numeric=range(1, len(head)), caption=caption, sortable=True, first=ROWS),
        figure(
            "Labels an item",
            "Items by how many labels their consensus has",
            charts.bars(counts, each).svg(),
        ),
    )
    return Section("labels", "Labels", body, f"{len(names):,}")


def workers(made: Made) -> Section | None:
    """The workers, with how often each ticks a label that is there, and leaves out one that is not;
    None where nobody is known by name, or the method does not learn it.
    """
    consensus, votes = made.consensus, made.votes
    info, skill = consensus.info, consensus.skill
    if "sensitivity" not in info or "specificity" not in info or skill is None:
        return None
    if made.data.source.get("anonymous") or "functions" in made.data.source:
        return None
    names = worker_names(made.data, votes.w)
    find, spare = np.asarray(info["sensitivity"]), np.asarray(info["specificity"])
    count = np.bincount(votes.worker, minlength=votes.w)
    ticks = np.bincount(votes.worker, (votes.labels.y == 1).sum(1), votes.w)
    order = np.argsort(np.nan_to_num(skill, nan=2), kind="stable")
    order = order[count[order] > 0]
    rows: list[list[Any]] = [
        [
            short(names[j], 40),
            int(count[j]),
            f"{ticks[j] / count[j]:.1f}",
            chance(float(skill[j])),
            percent(float(find[j])),
            percent(float(spare[j])),
        ]
        for j in order[:MOST].tolist()
    ]
    head = ["worker", "votes", "labels a vote", "skill"]
    head += ["ticks what is there", "leaves out what is not"]
    caption = (
        f"{several(len(order), 'worker')}, the least skilled first; skill is the mean of the last "
        "two: over all labels that a worker was shown, by the consensus, shrunk to the crowd's"
    )
    body = table_of_workers(head, rows, len(order), caption)
    return Section("workers", "Workers", body, f"{len(order):,}")
