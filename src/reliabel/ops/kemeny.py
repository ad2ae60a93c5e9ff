"""The order of things that goes against the fewest votes on pairs: exact for few things, by moving
one thing at a time for many.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.core.labels import Floats, Ints
from reliabel.core.orders import Rankings
from reliabel.core.run import stop_if_cancelled
from reliabel.ops.all_orders import exact_orders
from reliabel.ops.rankings import (
    FEW,
    Questions,
    agreement,
    cost_of,
    least_cost,
    preferences,
    set_cells,
)

PASSES = 200  # over all things, of the search
SLACK = 1e-9  # a move that gains less is none


def best_orders(asked: Questions, weight: Floats | None = None) -> tuple[Rankings, dict[str, Any]]:
    """The best ranking of each item, empty for items without votes; and of each item "cost" (n,),
    "bound" (a number that no ranking stays below), "exact" (whether no ranking is better) and
    "agreement", and "p", the weight of the ranking among all rankings of these things, each as
    likely as exp(-cost); NaN where they are too many.

    weight: (votes,) how much each vote counts.
    """
    n = asked.votes.n
    order = np.empty(len(asked.things), dtype=np.int64)
    cost, bound, pairs = np.zeros((3, n))
    exact, p = np.ones(n, dtype=bool), np.full(n, np.nan)
    for many, items in asked.alike(set_cells):
        above = preferences(asked, items, many, weight)
        slots, total = _best(asked, items, above)
        first = asked.starts[items][:, None]
        order[first + np.arange(many)] = asked.things[first + slots]
        cost[items], bound[items] = cost_of(slots, above), least_cost(above)
        pairs[items] = above.sum((1, 2))
        p[items] = np.exp(-cost[items] - total)
        exact[items] = ~np.isnan(total) | (cost[items] <= bound[items] + SLACK)
    labels = Rankings(order, asked.starts, asked.votes.labels.n, asked.votes.labels.names)
    told = {"cost": cost, "bound": bound, "exact": exact, "agreement": agreement(cost, pairs)}
    return labels, {**told, "p": p}


def _best(asked: Questions, items: Ints, above: Floats) -> tuple[Ints, Floats]:
    """Orders of slots, and the log of the sum of exp(-cost) over all orders."""
    if above.shape[1] <= FEW:
        return exact_orders(above)
    order = searched(above[0], _starts(asked, int(items[0]), above[0]))
    return order[None], np.full(1, np.nan)


def searched(above: Floats, starts: list[Ints]) -> Ints:
    """(m,) the best of the orders that moves of one thing lead to from some starts; the cost never
    rises.
    """
    ends = [_moved(above, start) for start in starts]
    costs = [float(cost_of(end[None], above[None])[0]) for end in ends]
    return ends[int(np.argmin(costs))]


def by_points(above: Floats) -> Ints:
    """(items, m) slots by the share of votes on their pairs that put them above, the most first:
    Borda's order; of equal ones the lower slot first.
    """
    return np.asarray(np.argsort(-points(above), axis=1, kind="stable"))


def points(above: Floats) -> Floats:
    """(items, m) the share of votes on a slot's pairs that put it above, a half where it has no
    pair.
    """
    won, lost = above.sum(2), above.sum(1)
    share: Floats = np.divide(won, won + lost, out=np.full(won.shape, 0.5), where=won + lost > 0)
    return share.round(12)  # so that equal shares are equal whatever the order of the sums


def _starts(asked: Questions, item: int, above: Floats) -> list[Ints]:
    """Borda's order, and the vote that ranks all things at the least cost."""
    labels, m = asked.votes.labels, len(above)
    starts = [by_points(above[None])[0]]
    full = np.flatnonzero((asked.votes.item == item) & (np.diff(labels.offsets) == m))
    if len(full):
        orders = asked.slot[labels.offsets[full][:, None] + np.arange(m)]
        costs = [float(cost_of(order[None], above[None])[0]) for order in orders]
        starts.append(orders[int(np.argmin(costs))])
    return starts


def _moved(above: Floats, order: Ints) -> Ints:
    gain = above - above.T  # gain[x, y]: what it costs to put y before x rather than after
    order = np.array(order)
    for _ in range(PASSES):
        stop_if_cancelled()
        still = True
        for thing in order.copy().tolist():
            place = int(np.flatnonzero(order == thing)[0])
            own = gain[thing, order]
            down = np.cumsum(own[place + 1 :])
            up = -np.cumsum(own[:place][::-1])[::-1]
            change = np.concatenate([up, [0.0], down])
            to = int(change.argmin())
            if change[to] < -SLACK:
                order = np.insert(np.delete(order, place), to, thing)
                still = False
        if still:
            break
    return order
