"""A consensus on numbers as one offline page: agreement, workers, and the most uncertain items."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset
from reliabel.core.labels import Numbers, Votes
from reliabel.core.results import Consensus, Measure
from reliabel.reporters.consensus_facts import HARD, method, shown_as, warning_box, worker_names
from reliabel.reporters.consensus_sections import Made, own_sections
from reliabel.reporters.shell import (
    Section,
    chance,
    join,
    note,
    number,
    page,
    pairs,
    several,
    short,
    table,
)

ROWS = 500  # workers in the table


def render(
    consensus: Consensus[Numbers],
    data: Dataset,
    votes: Votes[Numbers],
    measures: Mapping[str, Measure],
) -> str:
    """The page as text."""
    count = np.bincount(votes.item, minlength=votes.n)
    items, cast, people = (
        several(int((count > 0).sum()), "item"),
        several(len(votes), "vote"),
        several(votes.w, "worker"),
    )
    subtitle = f"{_agreement(measures)}an error that all workers share cannot be seen in votes."
    return page(
        f"{items} with a number from {cast} of {people}",
        subtitle,
        [
            _answer(consensus.info, int((count == 0).sum())),
            _workers(consensus, data, votes),
            *own_sections(Made(consensus, data, votes, {})),
            _uncertain(data, consensus, count),
        ],
        source=PurePath(str(data.source["path"])).name if data.source.get("path") else "votes",
        stamp="aggregated",
    )


def _agreement(measures: Mapping[str, Measure]) -> str:
    name, alpha = next(iter(measures.items()), ("", None))
    if alpha is None or not np.isfinite(alpha.value):
        return ""
    interval = f"{alpha.low:.2f} to {alpha.high:.2f}"
    return f"{shown_as(name)} (interval) {alpha.value:.2f} ({interval}); "


def _answer(info: Mapping[str, Any], without_votes: int) -> Section:
    by = "weighted mean" if info.get("by") == "auto" else method(info)
    return Section("answer", "", join(pairs({"method": by}), warning_box(info, without_votes)))


def _workers(consensus: Consensus[Numbers], data: Dataset, votes: Votes[Numbers]) -> Section:
    names, given = worker_names(data, votes.w), np.bincount(votes.worker, minlength=votes.w)
    skill = np.full(votes.w, np.nan) if consensus.skill is None else consensus.skill
    bias = consensus.info.get("bias")
    each = None if bias is None else np.asarray(bias, dtype=float).reshape(votes.w, -1)
    rows = [
        [
            short(names[j], 40),
            int(given[j]),
            chance(float(skill[j])),
            *([] if each is None else [", ".join(f"{b:+.3g}" for b in each[j])]),
        ]
        for j in np.argsort(np.nan_to_num(skill, nan=2), kind="stable")[:ROWS].tolist()
    ]
    head = ["worker", "votes", "skill", *([] if bias is None else ["bias"])]
    caption = (
        "Skill: variance of the truth divided by that of the truth and the errors; 1 is exact, 0 "
        "is noise"
    )
    body = table(head, rows, numeric=(1, 2, 3), caption=caption)
    return Section("workers", "Workers", body, f"{votes.w:,}")


def _uncertain(data: Dataset, consensus: Consensus[Numbers], count: Any) -> Section:
    info, title = consensus.info, "Most uncertain items"
    if info.get("sd") is None:
        why = "This method gives no standard errors; gaussian_bias and weighted_mean do."
        return Section("unsure", title, note(why))
    value, sd = consensus.labels.y, np.asarray(info["sd"], dtype=float)
    worst = np.argsort(-np.nan_to_num(sd.reshape(len(sd), -1).max(1), nan=-1), kind="stable")[:HARD]
    ends = [np.asarray(info[name], dtype=float) for name in ("low", "high") if name in info]
    rows = [
        (
            short(data.ids.item(i), 40),
            int(count[i]),
            _numbers(value[i]),
            _numbers(sd[i]),
            *([_between(ends[0][i], ends[1][i])] if ends else []),
        )
        for i in worst.tolist()
    ]
    head = ("item", "votes", "number", "standard error", *(["interval"] if ends else []))
    return Section("unsure", title, table(head, rows, numeric=(1, 2, 3, 4)))


def _numbers(values: Any) -> str:
    return ", ".join(map(number, np.ravel(values).tolist()))


def _between(low: Any, high: Any) -> str:
    both = zip(np.ravel(low).tolist(), np.ravel(high).tolist(), strict=True)
    return ", ".join(f"{number(a)} to {number(b)}" for a, b in both)
