"""What the page of a consensus of comparisons shows: the things in order with their intervals, and
pairs that go otherwise than their strengths say.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.core.orders import TIE, Comparisons
from reliabel.crowd.next_pairs import NextPairs, next_pairs, next_pairs_rows
from reliabel.crowd.pair_fit import PairFit, pair_fit
from reliabel.reporters.consensus_sections import Made
from reliabel.reporters.order_chart import order_chart
from reliabel.reporters.shell import (
    Section,
    figure,
    join,
    note,
    number,
    percent,
    several,
    short,
    table,
)

DRAWN, ROWS, MORE = 40, 50, 500  # things in the chart, in the table, and with its folded part
NAMED = 4  # things in the headline
PAIRS = 15  # that fit worst
ODD = 3.0  # standard errors from which a pair is odd
RARE = 0.01  # chance from which on all pairs together are odd


def headline(made: Made) -> tuple[str, str] | None:
    """Which thing is the strongest, or may be."""
    info = made.consensus.info
    first = np.flatnonzero(np.asarray(info["rank_low"]) == 1)
    first = first[np.argsort(np.asarray(info["rank"])[first], kind="stable")]
    if not len(first):
        return None
    names = [short(info["things"][thing], 30) for thing in first[:NAMED].tolist()]
    things = several(int((np.asarray(info["rank"]) > 0).sum()), "thing")
    told = f"The strongest of {things} is {'one of ' if len(first) > 1 else ''}{', '.join(names)}"
    told += " and others" if len(first) > NAMED else ""
    votes = made.votes
    nameless = made.data.source.get("anonymous")
    who = "" if nameless else f" by {several(votes.w, 'worker')}"
    return told, (
        f"From {several(len(votes), 'comparison')}{who}; an error that most workers share cannot "
        "be seen in votes."
    )


def sections(made: Made) -> list[Section]:
    """Things in order, and pairs that do not fit."""
    labels: Comparisons = made.votes.labels
    strength = np.asarray(made.consensus.labels.y, dtype=float)
    if not np.isfinite(strength).any():
        return []
    order = np.lexsort((np.arange(len(strength)), -np.nan_to_num(strength, nan=-np.inf)))
    order = order[np.isfinite(strength[order])]
    found = [_things(made, labels, strength, order)]
    fit = pair_fit(labels, strength)
    if len(fit.z):
        found.append(_misfits(labels, fit))
    ahead = next_pairs(labels, strength)
    return [*found, _ahead(labels, ahead)] if len(ahead.one) else found


def next_votes(made: Made) -> list[dict[str, Any]]:
    """Pairs of things to compare next."""
    return next_pairs_rows(made.votes.labels, made.consensus.labels.y)


def _things(made: Made, labels: Comparisons, strength: Any, order: Any) -> Section:
    info = made.consensus.info
    names = info["things"]
    low, high = info["low"], info["high"]
    level = percent(info["level"])
    top = order[:DRAWN]
    chart = order_chart(
        [names[thing] for thing in top.tolist()],
        strength[top],
        low[top],
        high[top],
        what="log strength",
    ).svg()
    first = "" if len(order) <= DRAWN else f"The first {DRAWN} of {several(len(order), 'thing')}. "
    words = (
        f"{first}Bars are {level} intervals if comparisons are independent of one another; a thing "
        "beats one that lies 1 to its left in 73 % of comparisons, and one that lies 2 to its left "
        "in 88 %."
    )
    lost, won = _records(labels)
    rows = []
    for place, thing in enumerate(order[:MORE].tolist()):
        below = int(order[place + 1]) if place + 1 < len(order) else None
        gap = None if below is None else float(strength[thing] - strength[below])
        rows.append(
            [
                _rank(info, thing),
                short(names[thing], 60),
                _signed(float(strength[thing])),
                f"{_signed(float(low[thing]))} to {_signed(float(high[thing]))}",
                int(won[thing] + lost[thing]),
                percent(float(won[thing] / max(won[thing] + lost[thing], 1))),
                "" if gap is None else percent(float(1 / (1 + np.exp(-gap)))),
            ]
        )
    head = ["rank", "thing", "strength", f"{level} interval", "comparisons", "won", "beats next"]
    caption = (
        "rank: what the intervals allow in brackets; won: share of its comparisons, a tie counts "
        "half; beats next: the chance that it beats the thing in the next row"
    )
    body = table(head, rows, numeric=(2, 3, 4, 5, 6), caption=caption, sortable=True, first=ROWS)
    shown = figure("Things in order", words, chart)
    return Section("things", "Things in order", join(shown, body), f"{len(order):,}")


def _misfits(labels: Comparisons, fit: PairFit) -> Section:
    """Pairs whose comparisons go otherwise than the strengths say."""
    names = labels.names
    odd = int((np.abs(fit.z) >= ODD).sum())
    if np.isfinite(fit.p) and fit.p < RARE:
        words = (
            f"Together the {several(len(fit.z), 'pair')} with enough comparisons fit one strength "
            f"a thing worse than chance allows (P {fit.p:.2g}): some things are better against "
            "some others, workers answer alike for other reasons, or comparisons depend on one "
            "another."
        )
    else:
        words = (
            f"The {several(len(fit.z), 'pair')} with enough comparisons fit one strength a thing "
            "as well as chance lets them."
        )
    rows = [
        [
            short(names[fit.better[row]], 40),
            short(names[fit.worse[row]], 40),
            f"{number(float(fit.won[row]))} of {number(float(fit.games[row]))}",
            f"{fit.expected[row]:.1f}",
            f"{fit.z[row]:+.1f}".replace("-", "−"),
        ]
        for row in range(min(PAIRS, len(fit.z)))
    ]
    caption = "wins of the stronger thing; apart: in standard errors"
    head = ["stronger", "weaker", "won", "expected", "apart"]
    body = table(head, rows, numeric=(2, 3, 4), caption=caption, sortable=True)
    return Section("pairs", "Pairs that fit worst", join(note(words), body), f"{odd:,} odd")


def _ahead(labels: Comparisons, ahead: NextPairs) -> Section:
    """The pairs of which one more comparison tells most."""
    names = labels.names
    rows = [
        [
            short(names[ahead.one[row]], 40),
            short(names[ahead.two[row]], 40),
            percent(float(ahead.chance[row])),
            int(ahead.times[row]),
            int(ahead.compared[row]),
            f"{ahead.gain[row]:.3f}",
        ]
        for row in range(len(ahead.one))
    ]
    words = (
        f"The next {int(ahead.times.sum())} comparisons: pairs that are close and little known, "
        "each chosen as if those before it had been made; more are in next_votes.csv.  Show each "
        "pair either way round."
    )
    head = ["one", "other", "one wins", "ask", "compared", "gain"]
    caption = "one wins: the chance of it; compared: so far; gain: what the next one tells, in nats"
    body = table(head, rows, numeric=(2, 3, 4, 5), caption=caption, sortable=True)
    return Section("next", "Pairs to compare next", join(note(words), body), "")


def _records(labels: Comparisons) -> tuple[Any, Any]:
    """What each thing lost and won, a tie is a half of each."""
    share = np.array([1.0, 0.0, 0.5])[labels.y]
    known = labels.y <= TIE
    left, right, n = labels.left[known], labels.right[known], labels.n
    won = np.bincount(left, share[known], n) + np.bincount(right, 1 - share[known], n)
    lost = np.bincount(left, 1 - share[known], n) + np.bincount(right, share[known], n)
    return lost, won


def _rank(info: Any, thing: int) -> str:
    rank, best, worst = (int(info[name][thing]) for name in ("rank", "rank_low", "rank_high"))
    return f"{rank}" if best == worst else f"{rank} ({best}-{worst})"


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")
