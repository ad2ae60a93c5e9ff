"""Tables of docs/trust.md: weak beside strong evidence, and what rules were chosen on beside what
judges them.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from reliabel.bench.run import Row
from reliabel.bench.trust_sets import HALVES
from reliabel.bench.trust_summary import Draw, counted, draws_of, number, off, strength, summary
from reliabel.bench.trust_worlds import CHOSEN, PEOPLE

KINDS = {"weak": "weak evidence", "strong": "strong evidence", "": "one kind alone"}
REAL = (*PEOPLE, "drawn 0.045", "agreed")
NEAR = 1.6  # factor by which a count of people's errors may be off
LEAST = 20  # changes without which the share of right ones says little
Lines = list[list[str]]


def promises(rows: list[Row]) -> Lines:
    """Each promise as measured with weak evidence, with strong, and on sets with one kind alone;
    the number of draws in brackets.
    """
    of = {kind: summary(_of_kind(rows, kind)) for kind in KINDS}
    out = [["promise", *KINDS.values()]]
    for name in summary(rows):
        cells = (of[kind].get(name, (np.nan, 0)) for kind in KINDS)
        out.append([name, *(f"{value:.3f} ({n})" if n else "-" for value, n in cells)])
    return out


def halves(rows: list[Row]) -> Lines:
    """What the count holds on the sets that chose its rule and on those that judge it."""
    head = ["sets", "evidence", "draws with a count", "interval covers", "median high / low"]
    out = [[*head, f"off by at most {NEAR:g}", "above the best fixed single"]]
    for half in ("chosen on", "judged on"):
        for kind, name in KINDS.items():
            mine = [
                row
                for row in _of_kind(rows, kind)
                if (row.dataset in CHOSEN) == (half == "chosen on")
            ]
            told = counted(draws_of(mine))
            if told:
                of = {promise: value for promise, (value, _) in summary(mine).items()}
                near = _mean([float(off(draw) <= NEAR) for draw in told])
                cells = f"{of['interval covers']:.3f}", f"{of['median ratio high / low']:.2f}"
                gain = of["average precision above the best fixed single"]
                rest = f"{near:.3f}", f"{gain:+.3f}"
                out.append([half, name, str(len(told)), *cells, *rest])
    return out


def people(rows: list[Row]) -> Lines:
    """The count of real people's errors, means over the draws of a set."""
    head = ["pictures", "labels", "evidence", "draws", "wrong", "count, interval", "count / wrong"]
    out = [[*head, "holds the truth", "average precision (best single)"]]
    found: dict[tuple[str, str, str], list[Draw]] = defaultdict(list)
    for draw in draws_of(rows):
        row = draw["truth", "share"]
        kind = strength(draw)
        found[row.dataset, row.setting.removesuffix(f" {kind}"), kind].append(draw)
    for half in HALVES:
        for labels in REAL:
            for kind in ("weak", "strong"):
                if of := found.get((half, labels, kind)):
                    out.append([half, labels, kind, str(len(of)), *_of_people(of)])
    return out


def changes(rows: list[Row]) -> Lines:
    """The share of right ones among the changes without a person, for each set and promise; draws
    with at least twenty changes.
    """
    out = [["set", "evidence", "promised", "kept", "lowest of a draw", "draws", "changes a draw"]]
    told: dict[tuple[str, str], list[Draw]] = defaultdict(list)
    for draw in counted(draws_of(rows)):
        told[draw["truth", "share"].dataset, strength(draw)].append(draw)
    for (name, kind), draws in sorted(told.items()):
        for promised in ("0.8", "0.9", "0.95"):
            auto = f"auto {promised}"
            some = [draw for draw in draws if number(draw, auto, "changed") >= LEAST]
            right = [number(draw, auto, "right") for draw in some]
            many = [number(draw, auto, "changed") for draw in some]
            if some:
                kept = f"{np.mean(right):.3f}", f"{min(right):.3f}"
                out.append([name, kind, promised, *kept, str(len(some)), f"{np.mean(many):,.0f}"])
    return out


def minutes(rows: list[Row]) -> float:
    """CPU minutes of all draws."""
    return sum(number(draw, "draw", "cpu") for draw in draws_of(rows)) / 60


def _of_people(draws: list[Draw]) -> list[str]:
    told = counted(draws)
    share = _mean([number(draw, "truth", "share") for draw in draws])
    pi = _mean([number(draw, "p_wrong", "pi") for draw in draws])
    ends = [
        _mean([float(getattr(draw["p_wrong", "pi"], end)) for draw in told])
        for end in ("low", "high")
    ]
    covered = sum(number(draw, "count", "covered") for draw in told)
    ours, best = (
        _mean([number(draw, method, "average_precision") for draw in draws])
        for method in ("p_wrong", "best single")
    )
    return [
        f"{share:.3f}",
        f"{pi:.3f}, {ends[0]:.3f}-{ends[1]:.3f}" if told else f"cannot tell ({pi:.3f})",
        f"{pi / share:.2f}",
        f"{covered:.0f} of {len(told)}",
        f"{ours:.3f} ({best:.3f})",
    ]


def _of_kind(rows: list[Row], kind: str) -> list[Row]:
    words = tuple(f" {word}" for word in KINDS if word)
    return [
        row
        for row in rows
        if (row.setting.endswith(f" {kind}") if kind else not row.setting.endswith(words))
    ]


def _mean(values: list[float]) -> float:
    known = [value for value in values if np.isfinite(value)]
    return float(np.mean(known)) if known else float("nan")
