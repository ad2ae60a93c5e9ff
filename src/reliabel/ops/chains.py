"""Hidden Markov chains over many sequences at once: posteriors and the best path.

Sequences lie one after another, ``offsets`` (n + 1,) with the first place of each.  All of them are
worked on together, place by place, so that Python loops over places within a sequence alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from reliabel.core.labels import Floats, Ints
from reliabel.core.short_repr import by_fields

LEAST = 1e-100  # of the likeliest state's chance, so that no sequence becomes impossible
NEVER = -1e300  # log chance of what cannot be, finite so that sums of it stay numbers


@dataclass(frozen=True, eq=False)
class Smoothed:
    """``posterior`` (m, k); ``onward`` (m, k) the evidence at and after each place, given its state
    and scaled by place; expected ``steps`` (k, k) from state to state and ``starts`` (k,); and the
    log ``evidence`` of all sequences.
    """

    posterior: Floats
    onward: Floats
    steps: Floats
    starts: Floats
    evidence: float

    __repr__ = by_fields


def smoothed(log: Floats, offsets: Ints, start: Floats, step: Floats) -> Smoothed:
    """Posteriors of states given all places of a sequence, by the forward-backward recursion.

    log: (m, k) log chance of what is seen at each place given the state, up to a constant a place.
    start: (k,) chances of the first state.  step: (k, k) chances from state (row) to state.

    >>> log = np.log([[0.9, 0.1], [0.5, 0.5], [0.5, 0.5]])
    >>> sticky = np.array([[0.9, 0.1], [0.1, 0.9]])
    >>> found = smoothed(log, np.array([0, 3]), np.array([0.5, 0.5]), sticky)
    >>> found.posterior[:, 0].round(3).tolist()
    [0.9, 0.82, 0.756]
    """
    m, k = log.shape
    top = log.max(1, keepdims=True) if m else log[:, :1]
    seen = np.maximum(np.exp(log - top), LEAST)
    forward = np.empty((m, k))
    scale = np.ones(m)
    for place, first in _places(offsets):
        here = (start if first else forward[place - 1] @ step) * seen[place]
        size = np.maximum(here.sum(1), LEAST**2)
        scale[place] = size
        forward[place] = here / size[:, None]
    backward = np.ones((m, k))
    steps = np.zeros((k, k))
    for place, first in reversed(list(_places(offsets))):
        if not first:
            ahead = seen[place] * backward[place] / scale[place][:, None]
            backward[place - 1] = ahead @ step.T
            steps += forward[place - 1].T @ ahead
    posterior = forward * backward
    posterior /= np.maximum(posterior.sum(1, keepdims=True), 1e-300)
    begin = offsets[:-1][np.diff(offsets) > 0]
    evidence = float(np.log(scale).sum() + top.sum())
    return Smoothed(posterior, seen * backward, steps * step, posterior[begin].sum(0), evidence)


def best_path(log: Floats, offsets: Ints, start: Floats, step: Floats) -> Ints:
    """(m,) the likeliest states of each sequence as a whole (Viterbi); arguments as above.

    >>> log = np.log([[0.9, 0.1], [0.4, 0.6], [0.9, 0.1]])
    >>> sticky = np.array([[0.9, 0.1], [0.1, 0.9]])
    >>> best_path(log, np.array([0, 3]), np.array([0.5, 0.5]), sticky).tolist()
    [0, 0, 0]
    """
    m, k = log.shape
    with np.errstate(divide="ignore"):
        begin, go = (np.maximum(np.log(part), NEVER) for part in (start, step))
    best, back = np.empty((m, k)), np.zeros((m, k), dtype=np.int64)
    for place, first in _places(offsets):
        if first:
            best[place] = begin + log[place]
            continue
        for to in range(k):  # k passes, so that no (places, k, k) table is held
            ways = best[place - 1] + go[:, to]
            back[place, to] = ways.argmax(1)
            best[place, to] = ways.max(1) + log[place, to]
    state = np.zeros(m, dtype=np.int64)
    last = offsets[1:][np.diff(offsets) > 0] - 1
    state[last] = best[last].argmax(1)
    for place, first in reversed(list(_places(offsets))):
        if not first:
            state[place - 1] = back[place, state[place]]
    return state


def _places(offsets: Ints) -> Iterator[tuple[Ints, bool]]:
    """The first places of all sequences (True), then the second ones of those that have one
    (False), and so on.
    """
    size = np.diff(offsets)
    order = np.argsort(-size, kind="stable")
    begin, size = offsets[:-1][order], size[order]
    for at in range(int(size.max(initial=0))):
        many = int(np.searchsorted(-size, -at, side="left"))
        yield begin[:many] + at, at == 0
