"""Whether a second kind of evidence is worth having: the held-out likelihood of the given labels
by the stack with its tables and without them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from scipy.optimize import minimize

from reliabel.core.labels import Classes, Floats
from reliabel.core.short_repr import by_fields
from reliabel.trust.lapse import Cells, softmax, stack
from reliabel.trust.p_wrong import cases_of
from reliabel.trust.tables import Tables

ROWS = 10_000  # cases that are looked at, drawn by chance
LEAST = 100  # with fewer nothing is joined
# Share of the held-out log loss that a second evidence must take away: docs/trust.md, "Two
# evidences".
PAYS = 0.005


@dataclass(frozen=True)
class Gain:
    """Held-out log loss a label of the stack without the second evidence and with it."""

    without: float
    joined: float

    __repr__ = by_fields

    @property
    def pays(self) -> bool:
        """Whether it takes away at least ``PAYS`` of the loss."""
        return self.joined <= (1 - PAYS) * self.without


def gain(labels: Classes, tables: Tables, name: str, rng: np.random.Generator) -> Gain | None:
    """What the tables of the evidence ``name`` are worth: the stack is fitted to one half of the
    cases and judged on the other, and the other way round.  None with fewer than ``LEAST`` cases.
    """
    cases = cases_of(labels, tables)
    if cases.size < LEAST:
        return None
    chosen = rng.permutation(cases.size)[:ROWS]
    halves = [cases.cells(np.sort(chosen[part::2])) for part in (0, 1)]
    keep = _kept(tables, name)
    few = [replace(cells, z=np.ascontiguousarray(cells.z[keep])) for cells in halves]
    return Gain(_crossed(few), _crossed(halves))


def left_out(tables: Tables, name: str) -> Tables:
    """The tables but those of the evidence of that name."""
    keep = _kept(tables, name)
    names = tuple(tables.names[place] for place in keep)
    return replace(tables, names=names, z=tables.z[keep], floor=tables.floor[keep])


def _kept(tables: Tables, name: str) -> list[int]:
    return [p for p, one in enumerate(tables.names) if not one.startswith(f"{name} ")]


def _crossed(halves: list[Cells]) -> float:
    """Mean loss of each half by the stack that was fitted to the other."""
    one, two = halves
    loss = _loss(two, _fit(one)).sum() + _loss(one, _fit(two)).sum()
    return float(loss / (one.size + two.size))


def _fit(cells: Cells) -> Floats:
    m = len(cells.z)
    start: Floats = np.concatenate([np.full(m, 1 / m), np.zeros(cells.k)])
    objective: Callable[[Floats], tuple[float, Floats]] = partial(stack, cells=cells)
    found = minimize(
        objective,
        start,
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": 100, "ftol": 1e-8, "gtol": 1e-3},  # as the stack itself is fitted
    )
    return np.asarray(found.x)


def _loss(cells: Cells, theta: Floats) -> Floats:
    m = len(cells.z)
    q = softmax(cells.score(theta[:m], theta[m:]))
    return np.asarray(-np.log(np.maximum(cells.given(q), 1e-300)))
