"""A consensus on numbers as one offline page: agreement, workers, and the items whose number is
least sure.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset
from reliabel.core.labels import Numbers, Votes
from reliabel.core.results import Consensus, Measure
from reliabel.reporters.consensus import HARD, method, names_of, shown_as, warned
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


def render(
    consensus: Consensus[Numbers],
    data: Dataset,
    votes: Votes[Numbers],
    measures: Mapping[str, Measure],
) -> str:
    """The page of a consensus on numbers: agreement, workers, and the items whose number is least
    sure.
    """
    value = consensus.labels.y
    count = np.bincount(votes.item, minlength=votes.n)
    sd = consensus.info.get("sd")
    name, alpha = next(iter(measures.items()), ("", None))
    title = f"{several(int((count > 0).sum()), 'item')} with a number from {several(len(votes), 'vote')} of {several(votes.w, 'worker')}"
    told = (
        ""
        if alpha is None or not np.isfinite(alpha.value)
        else f"{shown_as(name)} (interval) {alpha.value:.2f} ({alpha.low:.2f} to {alpha.high:.2f}); "
    )
    subtitle = f"{told}what all workers err by together cannot be seen from votes."
    names, skill = (
        names_of(data, votes.w),
        consensus.skill if consensus.skill is not None else np.full(votes.w, np.nan),
    )
    bias = (
        np.asarray(consensus.info["bias"], dtype=float).reshape(votes.w, -1)
        if "bias" in consensus.info
        else None
    )
    given = np.bincount(votes.worker, minlength=votes.w)
    rows = [
        [
            short(names[j], 40),
            int(given[j]),
            chance(float(skill[j])),
            *([] if bias is None else [", ".join(f"{b:+.3g}" for b in bias[j])]),
        ]
        for j in np.argsort(np.nan_to_num(skill, nan=2), kind="stable")[:500].tolist()
    ]
    head = ["worker", "votes", "skill", *([] if bias is None else ["leans by"])]
    caption = "Skill: spread of the truth over spread of truth and errors; 1 = exact, 0 = noise"
    sections = [
        Section(
            "answer",
            "",
            join(
                pairs(
                    {
                        "method": "weighted mean"
                        if consensus.info.get("by") == "auto"
                        else method(consensus.info)
                    }
                ),
                warned(consensus.info, int((count == 0).sum())),
            ),
        ),
        Section(
            "workers",
            "Workers",
            table(head, rows, numeric=(1, 2, 3), caption=caption),
            f"{votes.w:,}",
        ),
        _unsure(
            data, value, count, None if sd is None else np.asarray(sd, dtype=float), consensus.info
        ),
    ]
    return page(
        title,
        subtitle,
        sections,
        source=PurePath(str(data.source["path"])).name if data.source.get("path") else "votes",
        stamp="aggregated",
    )


def _unsure(data: Dataset, value: Any, count: Any, sd: Any, info: Mapping[str, Any]) -> Section:
    if sd is None:
        return Section(
            "unsure",
            "Least sure items",
            note("This method gives no standard errors; gaussian_bias and weighted_mean do."),
        )
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
    return Section("unsure", "Least sure items", table(head, rows, numeric=(1, 2, 3, 4)))


def _numbers(values: Any) -> str:
    return ", ".join(map(number, np.ravel(values).tolist()))


def _between(low: Any, high: Any) -> str:
    return ", ".join(
        f"{number(a)} to {number(b)}"
        for a, b in zip(np.ravel(low).tolist(), np.ravel(high).tolist(), strict=True)
    )
