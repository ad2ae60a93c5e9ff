"""A consensus as plain text: the summary that a terminal shows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import shorten
from typing import Any

import numpy as np

from reliabel.core.columns import listed
from reliabel.core.kinds import kind_for, layout_of
from reliabel.core.labels import Classes, Votes
from reliabel.core.order_values import ranking
from reliabel.core.orders import Comparisons, Rankings
from reliabel.core.results import Consensus
from reliabel.crowd.against_gold import told_against_gold
from reliabel.crowd.consensus_rows import certainty, plain_labels

UNCERTAIN = 0.7  # probability of the consensus label below which an item is counted as uncertain
LINE = 200  # signs of a ranking
FIRST = 5  # things that are named
VERDICTS = {"certificate": "Majority vote", "identifiability": "Skills"}


def summary(
    consensus: Consensus[Any],
    votes: Votes[Any],
    folder: str | Path,
    wrong: Mapping[str, Any] | None = None,
) -> str:
    """What a terminal shows of a consensus; the last line says where the report is.

    wrong: how many labels are wrong, as aggregate.json has it.
    """
    info = consensus.info
    by = info.get("by", "auto")
    method = info.get("method", by)
    lines = [f"{size_of(consensus, votes)}; by {by}{'' if method == by else f': {method}'}"]
    lines += _few(consensus)
    p = certainty(consensus)
    if len(p) == votes.n:
        p = p[np.bincount(votes.item, minlength=votes.n) > 0]
    if np.isfinite(p).any():
        lines.append(_wrong(p[np.isfinite(p)], wrong, kind_for(consensus.labels).called[1]))
    if "gold" in info:
        lines.append(told_against_gold(info["gold"]))
    scores = info.get("held_out")
    if isinstance(scores, Mapping) and scores:
        each = (f"{name} {float(score):.3f}" for name, score in scores.items())
        lines.append(f"Held-out votes, mean log likelihood: {', '.join(each)}")
    for name, what in VERDICTS.items():
        if name in info and "verdict" in info[name].parts:
            lines.append(f"{what}: {info[name].parts['verdict']}")
    lines += [f"Note: {warning}" for warning in info.get("warnings", ())]
    of_functions = "functions" in getattr(info.get("data"), "source", {})
    then = "see its functions, and where they disagree" if of_functions else _next(votes, folder)
    lines.append(f"{folder}/report.html          next: {then}")
    return "\n".join(lines)


def _order(info: Mapping[str, Any]) -> str:
    """The first things in order, with the ranks that their intervals allow."""
    rank = np.asarray(info["rank"])
    known = np.flatnonzero(rank > 0)
    first = known[np.argsort(rank[known], kind="stable")][:FIRST].tolist()
    ends = zip(info["rank_low"], info["rank_high"], strict=True)
    span = [str(low) if low == high else f"{low}-{high}" for low, high in ends]
    told = [f"{info['things'][i]} ({span[i]})" for i in first]
    more = f", ... {len(known):,} in all" if len(known) > FIRST else ""
    return f"Strongest first, with the ranks that are possible: {', '.join(told)}{more}"


def size_of(consensus: Consensus[Any], votes: Votes[Any]) -> str:
    """How many items, workers and votes there are, in the words of their kind."""
    kind, labels = kind_for(votes.labels), votes.labels
    who = _many(votes.w, "worker")
    anonymous = getattr(consensus.info.get("data"), "source", {}).get("anonymous", False)
    if "things" in consensus.info:
        things = _many(len(consensus.labels), "thing")
        said = f"{_many(len(votes), *kind.called)} of {things}"
        return said if anonymous else f"{said} by {who}"
    cast = _many(len(votes), "vote")
    if kind.objects:
        rows = layout_of(labels).rows
        cast += f" with {_many(rows, *kind.called)}"
    elif kind.called[0] != "label":
        cast = _many(len(votes), *kind.called)
    return f"{_many(votes.n, 'item')}, {'' if anonymous else f'{who}, '}{cast}"


def _few(consensus: Consensus[Any]) -> list[str]:
    """The result itself where it is short: the first of compared things, or a single label."""
    labels, info = consensus.labels, consensus.info
    if "rank_low" in info:
        return [_order(info)]
    if len(labels) != 1 or layout_of(labels).rows != 1:
        return []
    (label,) = listed(plain_labels(labels))
    said = ranking(labels, 0) if isinstance(labels, Rankings) else label
    what = "Best first" if isinstance(labels, Rankings) else "The answer"
    text = ", ".join(said) or "none of the classes" if isinstance(said, list) else str(said)
    return [f"{what}: {shorten(text, LINE, placeholder=' ...')}"]


def _wrong(p: Any, wrong: Mapping[str, Any] | None, nouns: str) -> str:
    uncertain = int((p < UNCERTAIN).sum())
    count, span = float((1 - p).sum()), ""
    if wrong is not None:
        count = wrong["value"]
        span = f" ({wrong['low']:,.0f}-{wrong['high']:,.0f} if {wrong['assumes']})"
    return (
        f"Consensus {nouns} expected to be wrong: about {count:,.0f} of {len(p):,}{span}; "
        f"{uncertain:,} {'has' if uncertain == 1 else 'have'} P below .7."
    )


def _next(votes: Votes[Any], folder: str | Path) -> str:
    """What to do with the result."""
    from reliabel.ops.votes import AFFORDABLE

    if isinstance(votes.labels, Classes):
        if votes.w * votes.labels.k**2 > AFFORDABLE:  # next votes are left out for size
            return "see its hard items"
        return f"see its hard items and its workers; {folder}/next_votes.csv names votes to ask for"
    if isinstance(votes.labels, Comparisons):
        return f"see the things in order; {folder}/next_votes.csv names pairs to compare next"
    if isinstance(votes.labels, Rankings):
        return "see the things in order and how sure that is"
    return "see its least certain items and its workers"


def _many(number: int, one: str, several: str = "") -> str:
    return f"{number:,} {one if number == 1 else several or one + 's'}"
