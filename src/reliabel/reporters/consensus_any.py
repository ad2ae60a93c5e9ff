"""A consensus on labels of any kind as one offline page: how it was made, what the kind itself has
to show, the workers, and the labels that are least certain.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

import numpy as np

from reliabel.core.columns import listed
from reliabel.core.dataset import Dataset
from reliabel.core.kinds import kind_for, marked_text, place_of
from reliabel.core.results import Measure
from reliabel.crowd.against_gold import told_against_gold
from reliabel.reporters import charts
from reliabel.reporters.consensus_facts import (
    HARD,
    MOST,
    filled_columns,
    method,
    shown_as,
    table_of_workers,
    warning_box,
    worker_names,
)
from reliabel.reporters.consensus_sections import Made, own_sections, said_by_kind
from reliabel.reporters.item_view import ItemViews
from reliabel.reporters.shell import (
    Section,
    about,
    chance,
    figure,
    join,
    number,
    page,
    pairs,
    percent,
    several,
    short,
    table,
)

ENOUGH, DOUBT = 10, 0.01  # labels, and the largest chance of a wrong one, from which they are drawn
CERTAIN = 0.95  # chance from which on a label is not among the least certain
CANNOT = "an error that most voters share cannot be seen in votes."


def render(made: Made, measures: Mapping[str, Measure]) -> str:
    """The page as text."""
    title, subtitle = _headline(made)
    data, seed = made.data, made.consensus.info.get("seed")
    sections = [
        _answer(made, measures),
        *own_sections(made),
        said_by_kind(made, "workers") or _workers(made),
        _least_certain(made),
    ]
    return page(
        title,
        subtitle,
        [section for section in sections if section is not None],
        source=PurePath(str(data.source["path"])).name if data.source.get("path") else "votes",
        stamp="aggregated" if seed is None else f"aggregated · seed {seed}",
        script="sort.js",
    )


def _headline(made: Made) -> tuple[str, str]:
    """How many labels are probably wrong, or what was made; and what that rests on."""
    votes, p = made.votes, _p(made)
    known = np.isfinite(p)
    if not len(votes):
        return "There are no votes", "Nothing is known of an item without a vote."
    own: tuple[str, str] | None = said_by_kind(made, "headline")
    if own is not None:
        return own
    voted = np.bincount(votes.item, minlength=votes.n) > 0
    kind = kind_for(votes.labels)
    cast = several(len(votes), "vote")
    if kind.called[0] != "label" and not kind.objects:
        cast = several(len(votes), *kind.called)
    what = f"One answer for {several(int(voted.sum()), 'item')}, from {cast}"
    if not known.any():
        who = "" if made.data.source.get("anonymous") else f" by {several(votes.w, 'worker')}"
        return f"{what}{who}", f"{CANNOT[0].upper()}{CANNOT[1:]}"
    wrong, nouns = float((1 - p[known]).sum()), kind_for(made.consensus.labels).called[1]
    if wrong < 0.5:
        return (
            f"None of {int(known.sum()):,} consensus {nouns} is likely to be wrong",
            f"If voters err independently of one another; {CANNOT}",
        )
    return (
        f"About {about(wrong)} of {int(known.sum()):,} consensus {nouns} are probably wrong "
        f"({percent(wrong / int(known.sum()))})",
        f"If voters err independently of one another; {CANNOT}",
    )


def _p(made: Made) -> Any:
    return np.asarray(made.rows["p"], dtype=float)


def _answer(made: Made, measures: Mapping[str, Measure]) -> Section:
    votes, info, p = made.votes, made.consensus.info, _p(made)
    count = np.bincount(votes.item, minlength=votes.n)
    each = count[count > 0]
    known = np.isfinite(p)
    of_things = "things" in info
    facts: dict[str, Any] = {
        "votes": f"{len(votes):,} of {several(votes.w, 'worker')} on "
        f"{several(votes.n, 'pair' if of_things else 'item')}",
        f"votes per {'pair' if of_things else 'item'}": (
            f"{number(float(each.mean()))} ({int(each.min())} to {int(each.max())})"
            if len(each)
            else "none"
        ),
        _plural(made): f"{len(p):,}" if len(p) != votes.n else None,
        "certain": (
            f"{int((p[known] >= 0.95).sum()):,} "
            f"({percent(float((p[known] >= 0.95).mean()))}) with a certainty above .95"
            if known.any()
            else None
        ),
        "known answers": told_against_gold(info["gold"]).partition(": ")[2]
        + f" ({info['gold']['items']:,.0f} are known)"
        if "gold" in info
        else None,
        "method": method(info),
        **{
            shown_as(name): f"{one.value:.2f}"
            + (f" ({one.low:.2f} to {one.high:.2f})" if np.isfinite(one.low) else "")
            for name, one in measures.items()
            if np.isfinite(one.value)
        },
    }
    nobody = int((count == 0).sum())
    parts = [pairs(facts), warning_box(info, 0 if of_things else nobody)]
    if known.sum() >= ENOUGH and (1 - p[known]).max() >= DOUBT:
        chart = charts.histogram(1 - p[known], title="chance of a wrong label").svg()
        parts.append(figure("Certainty of the consensus", "Chance that a label is wrong", chart))
    return Section("answer", "", join(*parts))


def _plural(made: Made) -> str:
    """What the labels of the consensus are called."""
    things = "things" in made.consensus.info
    return "things" if things else kind_for(made.consensus.labels).called[1]


def _workers(made: Made) -> Section | None:
    consensus, votes = made.consensus, made.votes
    if made.data.source.get("anonymous") or "functions" in made.data.source:
        return None  # nobody is known, or functions have a table of their own
    names = worker_names(made.data, votes.w)
    given = np.bincount(votes.worker, minlength=votes.w)
    skill = np.full(votes.w, np.nan) if consensus.skill is None else consensus.skill
    bias = consensus.info.get("bias")
    each = None if bias is None else np.asarray(bias, dtype=float).reshape(votes.w, -1)
    rows: list[list[Any]] = [
        [
            short(names[j], 40),
            int(given[j]),
            chance(float(skill[j])) if np.isfinite(skill[j]) else "",
            "" if each is None else ", ".join(f"{b:+.3g}" for b in each[j]),
        ]
        for j in np.argsort(np.nan_to_num(skill, nan=2), kind="stable")[:MOST].tolist()
    ]
    caption = (
        f"{several(votes.w, 'worker')}; this method weighs all alike"
        if consensus.skill is None
        else f"{several(votes.w, 'worker')}, the least skilled first; skill is "
        f"{consensus.info.get('skill_is', 'the expected share of right votes')}"
    )
    body = table_of_workers(["worker", "votes", "skill", "bias"], rows, votes.w, caption)
    return Section("workers", "Workers", body, f"{votes.w:,}")


def _least_certain(made: Made) -> Section | None:
    """The labels with the lowest chance, or with the least agreement where no chance is known."""
    rows = made.rows
    p, agreement = _p(made), np.asarray(rows["agreement"], dtype=float)
    doubt = p if np.isfinite(p).any() else agreement
    if not np.isfinite(doubt).any():
        return None
    order = np.argsort(np.nan_to_num(doubt, nan=2), kind="stable")[:HARD]
    order = order[doubt[order] < CERTAIN]  # and not where nothing is known
    if not len(order):
        return None
    labels, units = listed(rows["label"]), rows.get("unit")
    views = _views(made.data)
    place = place_of(made.consensus.labels)[0]
    lines = [
        [
            short(rows["id"][row], 40),
            "" if units is None else int(units[row]),
            _content(made, views, int(place[row]), row),
            short(_said(labels[row]), 80),
            chance(float(p[row])) if np.isfinite(p[row]) else "",
            int(rows["votes"][row]),
            percent(float(agreement[row])) if np.isfinite(agreement[row]) else "",
        ]
        for row in order.tolist()
    ]
    if all(line[-1] in ("", "100 %") for line in lines):  # it tells nothing
        lines = [[*line[:-1], ""] for line in lines]
    head = ["item", "unit", "content", "consensus", "chance", "votes", "agree"]
    head, lines = filled_columns(head, lines)
    caption = f"The {_plural(made)} that are least certain; all are in consensus.parquet"
    numeric = [head.index(name) for name in ("unit", "chance", "votes", "agree") if name in head]
    body = table(head, lines, numeric=numeric, caption=caption)
    return Section("unsure", "Least certain", body)


def _views(data: Dataset) -> ItemViews | None:
    """How items look, where they are texts or pictures."""
    return None if data.evidence.get("items") is None else ItemViews(data)


def _content(made: Made, views: ItemViews | None, item: int, row: int) -> Any:
    """An item in a few words; where the label is of some of its words, these are marked."""
    if views is None:
        return ""
    items = made.data.evidence.get("items")
    words = items[item] if isinstance(items, list) else None
    said = marked_text(made.consensus.labels, row, words)
    return views.brief(item) if said is None else short(said, 90)


def _said(value: Any) -> str:
    """A label in words."""
    if value is None:
        return "unknown"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    return number(value) if isinstance(value, float) else str(value)
