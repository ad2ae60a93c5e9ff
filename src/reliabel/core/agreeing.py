"""Which auditors agree that a label looks wrong: each points at the labels that it flags by a rule
of its own, and one without a rule at as many of its worst as the others flag on average.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from reliabel.core.label_values import spans
from reliabel.core.labels import Bools, Floats, Ints
from reliabel.core.results import Suspicion

A_TENTH = 10  # of the labels an auditor points at where nothing says how many are wrong


class Agreeing:
    """Where each auditor points among the listed ``rows`` (r,), and how many have an opinion.

    suspects: how many labels are thought to be wrong: where no auditor flags any, each points at
        that many of its worst, and at a tenth of the labels where nothing says how many.
    """

    def __init__(
        self, opinions: Mapping[str, Suspicion], rows: Ints, suspects: int | None = None
    ) -> None:
        self.points: dict[str, Bools] = {}
        many = _many(opinions, len(rows), suspects)
        self.known = np.zeros(len(rows), dtype=np.int64)  # auditors that have an opinion of a row
        for name, opinion in opinions.items():
            score = np.asarray(np.asarray(opinion.score)[rows], dtype=float)
            self.known += ~np.isnan(score)
            if opinion.flag is not None:
                self.points[name] = np.asarray(opinion.flag)[rows]
            else:
                self.points[name] = np.nan_to_num(score, nan=-np.inf) >= worst_from(
                    opinion.score, many
                )

    def by(self, place: int) -> tuple[str, ...]:
        """The auditors that point at a row."""
        return tuple(name for name, mask in self.points.items() if mask[place])

    def told(self, place: int) -> str | None:
        """How many agree, in words; None where fewer than two have an opinion."""
        of = int(self.known[place])
        return f"{len(self.by(place))} of {of} auditors agree" if of > 1 else None


def worst_from(score: Floats, many: int) -> float:
    """The score from which on labels are among the ``many`` worst; infinite where there is none.

    Labels of equal score stand at their mean rank: all of them are in, or none.

    >>> worst_from(np.array([0.9, 0.5, 0.5, np.nan, 0.1]), 2), worst_from(np.ones(9), 2)
    (0.9, inf)
    """
    top: Floats = np.empty(0)
    for span in spans(len(score)) if many else ():
        part = np.asarray(score[span], dtype=float)
        top = np.concatenate([top, part[~np.isnan(part)]])
        if len(top) > many:
            top = np.partition(top, len(top) - many)[len(top) - many :]
    if not len(top):
        return float("inf")
    cut = float(top.min())
    above = int((top > cut).sum())
    tied = sum(int((np.asarray(score[span]) == cut).sum()) for span in spans(len(score)))
    if above + (tied + 1) / 2 <= many:
        return cut
    return float(top[top > cut].min()) if above else float("inf")


def _many(opinions: Mapping[str, Suspicion], listed: int, suspects: int | None) -> int:
    """How many labels an auditor without a rule of its own points at."""
    flags = [int(np.asarray(o.flag).sum()) for o in opinions.values() if o.flag is not None]
    if any(flags):
        return round(sum(flags) / len(flags))
    if suspects is not None:
        return max(suspects, 1)
    units = max((len(o.score) for o in opinions.values()), default=0)
    return max(min(listed, units // A_TENTH), 1)
