"""What the page of a consensus of rankings shows: the order of one question with the places that
votes gave, or the rankings that votes agree on least.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.core.kinds import kind_for
from reliabel.core.orders import Rankings
from reliabel.reporters.consensus_sections import Made
from reliabel.reporters.order_chart import order_chart
from reliabel.reporters.shell import Section, figure, join, percent, several, short, table

QUESTIONS = 3  # whose orders are shown each; with more the questions are listed
DRAWN, LISTED = 40, 50
USUAL = (0.1, 0.9)  # shares of the votes between which the usual places lie


def headline(made: Made) -> tuple[str, str] | None:
    """What comes first, where there is one question."""
    labels: Rankings = made.consensus.labels
    votes = made.votes
    if len(labels) != 1 or not len(labels.order):
        return None
    first = short(labels.names[int(labels.order[0])], 40)
    return (
        f"{first} comes first of {several(len(labels.order), 'thing')}",
        f"From {several(len(votes), 'ranking')} by {several(votes.w, 'worker')}; an error that "
        "most workers share cannot be seen in votes.",
    )


def sections(made: Made) -> list[Section]:
    """The orders of few questions, or a list of questions."""
    labels: Rankings = made.consensus.labels
    asked = np.flatnonzero(np.diff(labels.offsets) > 0)
    if len(asked) > QUESTIONS:
        return [_listed(made, asked)]
    return [_order(made, item, len(asked)) for item in asked.tolist()]


def _order(made: Made, item: int, questions: int) -> Section:
    """Things in order, with the places of the votes that rank all of them alike."""
    labels, votes = made.consensus.labels, made.votes
    names = labels.names
    order = labels.order[labels.offsets[item] : labels.offsets[item + 1]]
    share, count = _places(votes, item, labels.n)
    mean, low, high = (
        np.array([_or_nan(share[thing], measure) for thing in order.tolist()])
        for measure in (np.mean, *(lambda x, q=q: np.quantile(x, q) for q in USUAL))
    )
    rows = [
        [
            place + 1,
            short(names[thing], 60),
            f"{mean[place]:.1f}",
            f"{low[place]:.0f} to {high[place]:.0f}",
            int(count[thing]),
            "" if above is None else percent(above),
        ]
        for place, (thing, above) in enumerate(
            zip(order.tolist(), _above_next(votes, item, order), strict=True)
        )
    ]
    top = slice(0, DRAWN)
    chart = order_chart(
        [names[thing] for thing in order[top].tolist()],
        mean[top],
        low[top],
        high[top],
        what="mean place in the votes",
    ).svg()
    caption = (
        "place in votes: between the tenth and the ninetieth of a hundred votes; above next: the "
        "share of votes on both that put it above the thing in the next row"
    )
    head = ["rank", "thing", "mean place", "places in votes", "votes", "above next"]
    body = table(head, rows, numeric=(0, 2, 3, 4, 5), caption=caption, first=LISTED)
    words = _words(made, item)
    title = "Things in order"
    if questions > 1:
        title = f"Things in order: {short(str(made.data.ids.item(item)), 60)}"
    return Section(
        f"order{item}", title, join(figure(title, words, chart), body), f"{len(order):,}"
    )


def _words(made: Made, item: int) -> str:
    info = made.consensus.info
    cost, bound = float(info["cost"][item]), float(info["bound"][item])
    agreement = float(info["agreement"][item])
    exact = info.get("exact")
    sure = (
        "no ranking goes against fewer"
        if exact is not None and bool(exact[item])
        else f"no ranking can go against fewer than {bound:,.4g}"
    )
    return (
        f"Dots are mean places, bars the places of most votes.  The ranking goes against "
        f"{cost:,.4g} votes on pairs, and {sure}; agreement {agreement:.2f} of at most 1."
    )


def _listed(made: Made, asked: Any) -> Section:
    """Questions with their rankings, those first on which votes agree least."""
    labels, info = made.consensus.labels, made.consensus.info
    value = kind_for(labels).value
    agreement = np.asarray(info["agreement"], dtype=float)
    count = np.bincount(made.votes.item, minlength=made.votes.n)
    order = asked[np.argsort(np.nan_to_num(agreement[asked], nan=2), kind="stable")][:LISTED]
    rows = [
        [
            short(str(made.data.ids.item(item)), 40),
            short(str(value(labels, item)), 100),
            int(count[item]),
            f"{agreement[item]:.2f}" if np.isfinite(agreement[item]) else "",
        ]
        for item in order.tolist()
    ]
    caption = (
        f"{several(len(asked), 'question')}, those first on which votes agree least; agreement is "
        "1 where no vote on a pair is gone against"
    )
    head = ["question", "ranking", "votes", "agreement"]
    body = table(head, rows, numeric=(2, 3), caption=caption, sortable=True)
    return Section("rankings", "Rankings", body, f"{len(asked):,}")


def _places(votes: Any, item: int, n: int) -> tuple[list[Any], Any]:
    """The places that votes gave each thing, from 1, and how many there are."""
    told = votes.labels
    mine = np.flatnonzero(votes.item[told.ranking] == item)
    thing, place = told.order[mine], told.place[mine] + 1
    by_thing = np.argsort(thing, kind="stable")
    count = np.bincount(thing, minlength=n)
    return np.split(place[by_thing], np.cumsum(count)[:-1]), count


def _above_next(votes: Any, item: int, order: Any) -> list[float | None]:
    """The share of votes on a thing and the next one that put it above."""
    told = votes.labels
    mine = np.flatnonzero(votes.item == item)
    row = np.full(len(votes), -1)
    row[mine] = np.arange(len(mine))
    entry = np.flatnonzero(row[told.ranking] >= 0)
    place = np.full((len(mine), told.n), np.nan)
    place[row[told.ranking[entry]], told.order[entry]] = told.place[entry]
    shares: list[float | None] = []
    for a, b in zip(order[:-1].tolist(), order[1:].tolist(), strict=True):
        both = ~np.isnan(place[:, a]) & ~np.isnan(place[:, b])
        above = (place[both, a] < place[both, b]).mean() if both.any() else None
        shares.append(None if above is None else float(above))
    return [*shares, None] if len(order) else []


def _or_nan(places: Any, measure: Any) -> float:
    return float(measure(places)) if len(places) else float("nan")
