"""Why a label looks wrong, in one sentence that a person can check: its neighbours, the model, the copies."""

from __future__ import annotations

import numpy as np

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes, Floats, Ints
from reliabel.trust.tables import NEAR


def why(labels: Classes, item: int, suggest: int, *, probs: Floats | None = None, neighbours: Neighbours | None = None, copies: Ints | None = None) -> str:
    """One sentence on the label of ``item``, "" where there is nothing to say; ``suggest`` is the class it should be, -1 = none.

    >>> y, p = Classes(np.array([0, 1, 1, 1]), ("negative", "positive")), np.array([[0.02, 0.98]] * 4)
    >>> near = Neighbours(np.array([[1, 2, 3], [2, 3, 0], [1, 3, 0], [1, 2, 0]]), np.ones((4, 3)))
    >>> why(y, 0, 1, probs=p, neighbours=near)
    'its 3 nearest are all positive; the model gives negative .02, positive .98'
    """
    given, names = int(labels.y[item]), labels.names
    said = []
    if copies is not None and copies[item] >= 0:
        twins = labels.y[np.flatnonzero(copies == copies[item])]
        against = int(((twins >= 0) & (twins != given)).sum())
        if against:
            said.append(f"{against} exact {'copy says' if against == 1 else 'copies say'} otherwise")
    if neighbours is not None:
        said += _nearest(labels, item, given, suggest, neighbours)
    if probs is not None:
        parts = [f"{names[given]} {_short(float(probs[item, given]))}"] if given >= 0 else []
        if 0 <= suggest != given:
            parts.append(f"{names[suggest]} {_short(float(probs[item, suggest]))}")
        said += [f"the model gives {', '.join(parts)}"] if parts else []
    return "; ".join(said)


def _nearest(labels: Classes, item: int, given: int, suggest: int, neighbours: Neighbours) -> list[str]:
    near = neighbours.index[item, :NEAR]
    label = labels.y[near[near >= 0]]
    label = label[label >= 0]
    if not len(label):
        return []
    count = np.bincount(label, minlength=labels.k)
    name = suggest if suggest >= 0 and count[suggest] else int(count.argmax())
    most = "all" if count[name] == len(label) else f"{count[name]}"
    rest = f", {count[given] or 'none'} {labels.names[given]}" if given >= 0 and given != name and count[name] < len(label) else ""
    return [f"its {len(label)} nearest are {most} {labels.names[name]}{rest}"]


def _short(p: float) -> str:
    """.02 for 0.02, 1 for what rounds to one."""
    return "1" if p >= 0.995 else "0" if p < 0.005 else f"{p:.2f}"[1:]
