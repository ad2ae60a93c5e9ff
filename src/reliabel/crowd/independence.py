"""How many independent votes the votes of an item are worth, as the contents of aggregate.json and
as a sentence of the page.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.core.labels import Classes, Votes
from reliabel.ops.dependence import Dependence

SHOWN = 8  # groups of near copies that are named on the page
NEARLY_ALL = 0.95  # of the votes: from this worth on no shared errors are named (a judgement)


def independence_card(
    shares: Dependence, votes: Votes[Classes], names: list[str]
) -> dict[str, Any]:
    """What aggregate.json holds: votes of an item, what they are worth, near copies by name, and
    the classes at which workers err together.

    names: (w,) the workers' ids.
    """
    voted = np.bincount(votes.item, minlength=votes.n) > 0
    _, worth = shares.worth(votes)
    classes = votes.labels.names
    return {
        "votes": float(len(votes) / max(int(voted.sum()), 1)),
        "worth": float(worth[voted].mean()) if voted.any() else 0.0,
        "shared_errors": shares.shared,
        "near_copies": [[names[j] for j in group] for group in shares.copies()],
        "err_together": [
            {"likelier": classes[a], "voted": classes[b]} for a, b in shares.shared_errors()
        ],
    }


def independence_sentence(card: dict[str, Any]) -> str:
    """The same in words."""
    parts = [f"{card['votes']:.1f} votes an item, worth about {card['worth']:.1f} independent ones"]
    groups = card["near_copies"]
    if groups:
        more = f" and {len(groups) - SHOWN:,} more groups" if len(groups) > SHOWN else ""
        parts.append(f"near copies: {'; '.join(' = '.join(g) for g in groups[:SHOWN])}{more}")
    if card["err_together"] and card["worth"] < NEARLY_ALL * card["votes"]:
        pairs = (
            f"{one['voted']} where {one['likelier']} is likelier" for one in card["err_together"]
        )
        parts.append(f"most shared errors: {' and '.join(pairs)}")
    return "; ".join(parts)


def copies_of(shares: Dependence, names: list[str]) -> list[list[str]]:
    """(w,) the other members of each worker's group of near copies."""
    groups: dict[int, list[int]] = {}
    for worker, group in enumerate(shares.group.tolist()):
        groups.setdefault(group, []).append(worker)
    return [
        [names[other] for other in groups[group] if other != worker]
        for worker, group in enumerate(shares.group.tolist())
    ]
