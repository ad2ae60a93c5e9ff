"""The sections of a consensus page about items: the hard ones, and where to ask for more votes."""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset
from reliabel.crowd.study import Study
from reliabel.reporters.consensus_facts import HARD, filled_columns, worker_names
from reliabel.reporters.item_view import ItemViews
from reliabel.reporters.shell import Section, chance, note, several, short, table

ASKED = 30  # items in the table of next votes


def hard_section(data: Dataset, study: Study) -> Section:
    """The items with the most uncertain consensus, ambiguous ones among them."""
    doubt = 1 - study.posterior.max(1)
    score = doubt if study.ambiguous is None else np.fmax(study.ambiguous, doubt)
    known = np.flatnonzero(study.counted > 0)
    order = known[np.lexsort((-study.entropy[known], -score[known]))][:HARD]
    order = order[score[order] > 0]
    if not len(order):
        return Section("hard", "Hard items", note("The consensus is certain on every item."))
    chances = np.zeros(0) if study.ambiguous is None else np.nan_to_num(study.ambiguous[order])
    some_ambiguous = bool((chances >= 0.05).any())
    views = None if data.evidence.get("items") is None else ItemViews(data)
    cast = _votes_of(study, order, worker_names(data, study.votes.w))
    rows = [
        [
            short(data.ids.item(i), 40),
            *([] if views is None else [views.brief(i)]),
            cast[i],
            _likely(study, i),
            _ambiguous(study, i) if some_ambiguous else "",
        ]
        for i in order.tolist()
    ]
    head = ["item", *([] if views is None else ["content"]), "votes", "consensus", "ambiguous"]
    about = (
        "ambiguous: chance that the item lies between two classes, rather than that votes are wrong"
        if some_ambiguous
        else "none seems to lie between two classes"
    )
    head, rows = filled_columns(head, rows)
    caption = f"The items with the most uncertain consensus; {about}. All are in consensus.parquet"
    numeric = (len(head) - 1,) * some_ambiguous
    return Section("hard", "Hard items", table(head, rows, numeric=numeric, caption=caption))


def _likely(study: Study, i: int) -> str:
    """The likeliest classes of an item with their chances."""
    names, p = study.votes.labels.names, study.posterior[i]
    top = np.argsort(-p, kind="stable")[:3]
    return ", ".join(
        f"{short(names[c], 24)}\u00a0{chance(float(p[c]))}" for c in top.tolist() if p[c] >= 0.01
    )


def _ambiguous(study: Study, i: int) -> str:
    if study.ambiguous is None or not np.isfinite(study.ambiguous[i]):
        return ""
    return chance(float(study.ambiguous[i]))


def _votes_of(study: Study, items: Any, names: list[str]) -> dict[int, str]:
    """Who voted for what on each item: "cat (2): ann, bob · dog (1): cid"."""
    votes = study.votes
    who: dict[int, dict[int, list[str]]] = {}
    for v in np.flatnonzero(np.isin(votes.item, items)).tolist():
        item, label = int(votes.item[v]), int(votes.labels.y[v])
        people = who.setdefault(item, {}).setdefault(label, [])
        people.append(short(names[int(votes.worker[v])], 16))
    return {item: _by_class(cast, votes.labels.names) for item, cast in who.items()}


def _by_class(cast: dict[int, list[str]], classes: tuple[str, ...]) -> str:
    def one(c: int, people: list[str]) -> str:
        more = " …" if len(people) > 6 else ""
        return f"{short(classes[c], 24)} ({len(people)}): {', '.join(people[:6])}{more}"

    most_first = sorted(cast.items(), key=lambda pair: -len(pair[1]))
    return " · ".join(one(c, people) for c, people in most_first)


def next_section(data: Dataset, study: Study) -> Section | None:
    """The items that gain most from another vote, and the worker to ask."""
    ask = study.next
    if ask is None:
        return None
    title = "Next votes to ask for"
    if not len(ask.item):
        why = (
            "No item needs another vote: each is certain, has enough votes, or would not gain "
            "from one more."
        )
        return Section("next", title, note(why))
    names = worker_names(data, study.votes.w)
    columns = (ask.item, ask.votes, ask.gain, ask.worker)
    first = zip(*(column[:ASKED].tolist() for column in columns), strict=True)
    rows = [
        (
            short(data.ids.item(int(i)), 40),
            int(study.counted[i]),
            chance(float(study.posterior[i].max())),
            int(m),
            f"{100 * gain:.1f}",
            short(names[j], 30) if j >= 0 else "anyone new",
        )
        for i, m, gain, j in first
    ]
    open_items = int((~ask.stop).sum())
    caption = f"{several(open_items, 'item')} would gain from more votes; the first {len(rows)}"
    head = ("item", "votes", "certainty", "votes needed", "gain per vote (points)", "ask first")
    body = table(head, rows, numeric=(1, 2, 3, 4), caption=caption)
    return Section("next", title, body, f"{open_items:,}")
