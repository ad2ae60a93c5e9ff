"""What the graph of comparisons cannot say: parts that were never compared, and things that never
lost or never won against the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from reliabel.core.labels import Ints
from reliabel.core.short_repr import listing, many
from reliabel.ops.comparisons import Pairs

SHOWN = 3  # parts that a sentence names


def parts(pairs: Pairs, *, wins: bool) -> Ints:
    """(n,) the part of the graph that each thing is in, largest first; -1 for things that were
    never compared.

    wins: parts within which each thing can be reached from each other one by going from winners to
        losers (a tie goes both ways), so that strengths are finite; else parts that comparisons
        join.
    """
    forth, back = pairs.wins + pairs.ties > 0, pairs.losses + pairs.ties > 0
    if not wins:
        forth = back = np.ones(len(pairs.a), dtype=bool)
    rows = np.concatenate([pairs.a[forth], pairs.b[back]])
    columns = np.concatenate([pairs.b[forth], pairs.a[back]])
    edges: Any = sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(pairs.n, pairs.n))
    _, code = csgraph.connected_components(edges, directed=True, connection="strong")
    met = pairs.met
    _, first, size = np.unique(code[met], return_index=True, return_counts=True)
    place = np.empty(len(size), dtype=np.int64)
    place[np.lexsort((first, -size))] = np.arange(len(size))
    part = np.full(pairs.n, -1, dtype=np.int64)
    part[met] = place[np.unique(code[met], return_inverse=True)[1].ravel()]
    return part


def graph_sentences(pairs: Pairs, names: Sequence[str], eps: float | None) -> list[str]:
    """What the comparisons leave open, in sentences; ``eps``: of Bradley-Terry, None where the
    strengths have a prior.
    """
    told = []
    never = np.flatnonzero(~pairs.met)
    if len(never):
        told.append(
            f"{many(len(never), 'thing was', 'things were')} never compared "
            f"({listing([names[thing] for thing in never[:20]])}): no strength is told"
        )
    joined = parts(pairs, wins=False)
    if joined.max(initial=-1) > 0:
        told.append(
            f"the comparisons fall into {_sizes(joined, names)} with no comparison between them; "
            "compare strengths within a part only, or collect comparisons across"
        )
    apart = parts(pairs, wins=True)
    split = int(apart.max(initial=-1)) - int(joined.max(initial=-1))
    if split > 0:
        what = "their prior" if eps is None else f"eps={eps:g}"
        told.append(
            f"the wins go one way between {_sizes(apart, names)}: by the comparisons alone their "
            f"strengths are infinitely far apart, and {what} alone says how far"
        )
    return told


def refuse_open_graph(pairs: Pairs, names: Sequence[str]) -> None:
    """Raises ValueError where strengths without a prior would be infinite or unknown."""
    part = parts(pairs, wins=True)
    if part.max(initial=-1) > 0:
        raise ValueError(
            "with eps=0 every thing needs a chain of wins to every other one, and the wins here "
            f"go one way between {_sizes(part, names)}; take eps=0.1, or leave these things out"
        )


def _sizes(part: Ints, names: Sequence[str]) -> str:
    """How many parts there are, and what the largest hold."""
    size = np.bincount(part[part >= 0])
    told = []
    for place in range(min(SHOWN, len(size))):
        held = [names[thing] for thing in np.flatnonzero(part == place)[:20]]
        told.append(f"{many(int(size[place]), 'thing')}: {listing(held)}")
    more = "; ..." if len(size) > SHOWN else ""
    return f"{many(len(size), 'part')} ({'; '.join(told)}{more})"
