"""The sections of a consensus page about classes in a tree: how deep the answers are, where they
stop at an inner node, and how far off workers are.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from reliabel.reporters import charts
from reliabel.reporters.consensus_facts import HARD, worker_names
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

ROWS, MORE = 30, 500


def sections(made: Made) -> list[Section]:
    """Answers, and workers."""
    return [_answers(made), _distances(made)]


def _answers(made: Made) -> Section:
    info, votes = made.consensus.info, made.votes
    p, names = made.consensus.labels.p, made.consensus.labels.names
    voted = np.bincount(votes.item, minlength=votes.n) > 0
    node, sure = list(info["node"]), np.asarray(info["node_p"])
    leaf = p.argmax(1)
    inner = np.array([node[i] != names[leaf[i]] for i in range(votes.n)]) & voted
    many = Counter(node[i] for i in np.flatnonzero(voted).tolist())
    top = many.most_common(ROWS)
    chart = charts.bars([name for name, _ in top], np.array([count for _, count in top]))
    order = np.flatnonzero(inner)
    order = order[np.argsort(sure[order], kind="stable")][:HARD]
    rows = [
        [
            short(made.data.ids.item(i), 40),
            short(node[i], 60),
            chance(float(sure[i])),
            ", ".join(
                f"{short(names[c], 40)} {percent(float(p[i, c]))}"
                for c in np.argsort(-p[i], kind="stable")[:3].tolist()
            ),
        ]
        for i in order.tolist()
    ]
    stops = int(inner.sum())
    caption = (
        f"{several(stops, 'item')} of {int(voted.sum()):,} stop above a leaf: no leaf there is "
        "more likely than not, or no vote goes as deep; with their likeliest leaves"
    )
    body = join(
        figure("Answers", "Items by the deepest node that is more likely than not", chart.svg()),
        table(
            ["item", "answer", "chance", "leaves"],
            rows,
            numeric=(2,),
            caption=caption,
            empty="Every answer is a leaf.",
        ),
    )
    return Section("tree", "Answers in the tree", body, f"{len(many):,}")


def _distances(made: Made) -> Section:
    info, votes = made.consensus.info, made.votes
    names = worker_names(made.data, votes.w)
    count = np.bincount(votes.worker, minlength=votes.w)
    rate, distance = np.asarray(info["rates"]), np.asarray(info["distance"])
    order = np.argsort(-np.asarray(info["error"]), kind="stable")
    rows: list[list[Any]] = [
        [
            short(names[j], 40),
            int(count[j]),
            number(float(info["error"][j])),
            *(percent(float(one)) for one in rate[j]),
        ]
        for j in order[:MORE].tolist()
        if count[j]
    ]
    head = ["worker", "votes", "off by", *(f"{number(float(one))} off" for one in distance)]
    caption = (
        "How far a worker's votes are from the true leaf: the mean, and the chance of each "
        "distance; the farthest first"
    )
    numeric = range(1, len(head))
    body = table(head, rows, numeric=numeric, caption=caption, sortable=True, first=ROWS)
    return Section("distances", "Distances of workers", body)
