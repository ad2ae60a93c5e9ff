"""Why a label looks wrong, in one sentence that a person can check: what exact copies and the
nearest neighbours carry, what the model gives, and what the auditor itself says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from reliabel.core.columns import pooled
from reliabel.core.dataset import Dataset
from reliabel.core.evidence import Neighbours
from reliabel.core.kinds import flat, kind_for, layout_of
from reliabel.core.labels import Bools, Ints, Labels, Numbers, Value
from reliabel.core.results import Suspicion
from reliabel.core.short_repr import many

NEIGHBOURS = 15  # so many of them a reason counts
NO_REASON = "the auditors named rank it among the most suspect"
NO_AUDITOR = "P(wrong) alone points at it: its evidence fits another label better"


class Reasons:
    """The sentences for the labels in some flat ``rows``.

    copies: (units,) the same number for exact copies of one another, -1 = like no other.
    """

    def __init__(
        self,
        data: Dataset,
        opinions: Mapping[str, Suspicion],
        rows: Ints,
        copies: Ints | None = None,
    ) -> None:
        self.labels, self.kind = data.labels, kind_for(data.labels)
        self.classes, self.opinions = flat(data.labels), opinions
        self.code = {n: c for c, n in enumerate(self.classes.names)} if self.classes else {}
        place = data.evidence.get("class_order")
        self.place = place if place is not None and len(place) == len(self.code) else None
        units = layout_of(data.labels).rows
        self.probs: Any = _probabilities(data, units)
        near = data.evidence.get("neighbours")
        fits = isinstance(near, Neighbours) and len(near.index) == units
        said = data.evidence.get("predicted")
        fits_said = isinstance(said, Numbers) and len(said) == units
        self.said: Numbers | None = said if fits_said and self.kind.p_wrong == "numbers" else None
        self.near: Neighbours | None = near if fits else None
        self.against: dict[int, int] = {}
        if copies is not None and len(copies) == units:
            against = copies_against(data.labels, copies, rows)
            self.against = dict(zip(rows.tolist(), against.tolist(), strict=True))

    def of(self, row: int, by: Sequence[str], suggest: Value | None) -> str:
        """The sentence for one label, the auditors ``by`` that point at it, and what they
        suggest.
        """
        best = -1 if suggest is None else self.code.get(str(suggest), -1)
        parts = [
            *self._copies(row),
            *self._neighbours(row, best),
            *([] if self.probs is None else self._model(row, best)),
            *self._steps(row, best),
            *self._number(row),
            *self._auditors(row, by),
        ]
        return "; ".join(parts) or (NO_REASON if by else NO_AUDITOR)

    def _copies(self, row: int) -> list[str]:
        against = self.against.get(row, 0)
        if not against:
            return []
        return [f"{against} exact {'copy says' if against == 1 else 'copies say'} otherwise"]

    def _neighbours(self, row: int, best: int) -> list[str]:
        if self.near is None:
            return []
        index = self.near.index[row, :NEIGHBOURS]
        index = index[index >= 0]
        if self.classes is not None:
            return self._classes_near(int(self.classes.y[row]), index, best)
        around = self.kind.around(self.labels, index) if self.kind.around is not None else ""
        return [around] if around else []

    def _classes_near(self, own: int, index: Ints, best: int) -> list[str]:
        assert self.classes is not None
        names = self.classes.names
        votes = Counter(int(c) for c in self.classes.y[index] if c >= 0)
        if not votes:
            return []
        top = votes.most_common(1)[0][0] if best < 0 or not votes[best] else best
        beside = f", {votes[own] or 'none'} {names[own]!r}" if own >= 0 and own != top else ""
        return [f"{votes[top]} of its {sum(votes.values())} nearest are {names[top]!r}{beside}"]

    def _model(self, row: int, best: int) -> list[str]:
        own = -1 if self.classes is None else int(self.classes.y[row])
        if self.classes is None or own < 0:
            return []
        names, chances = self.classes.names, self._chances(row)
        likely = best if best >= 0 else int(chances.argmax())
        beside = f" and {names[likely]!r} {percent(chances[likely])}" if likely != own else ""
        return [f"the model gives {names[own]!r} {percent(chances[own])}{beside}"]

    def _steps(self, row: int, best: int) -> list[str]:
        """How far an ordered class lies from the one that is suggested."""
        own = -1 if self.classes is None else int(self.classes.y[row])
        if self.classes is None or self.place is None or best < 0 or own in (-1, best):
            return []
        far = int(self.place[own]) - int(self.place[best])
        side = "above" if far > 0 else "below"
        return [f"{many(abs(far), 'step')} {side} {self.classes.names[best]!r}"]

    def _number(self, row: int) -> list[str]:
        """What the model expects of a number."""
        if self.said is None:
            return []
        parts = [f"{part:.4g}" for part in np.atleast_1d(self.said.y[row]).tolist()]
        return [f"the model of the others expects {', '.join(parts)}"]

    def _chances(self, row: int) -> Any:
        """(k,) the model's probabilities for a label; of a yes or no, both."""
        if self.kind.p_wrong != "questions":
            return np.asarray(self.probs[row])
        yes = self.probs[divmod(row, self.probs.shape[1])]
        return np.array([1 - yes, yes])

    def _auditors(self, row: int, by: Sequence[str]) -> list[str]:
        """What auditors say of a label themselves (``info["why"]``, a sentence for each)."""
        told: list[Any] = [self.opinions[name].info.get("why") for name in by]
        units = layout_of(self.labels).rows
        return [str(why[row]) for why in told if sentences(why, units) and why[row]]


def sentences(why: Any, units: int) -> bool:
    """Whether an auditor's ``info["why"]`` has a sentence for each unit."""
    listed = isinstance(why, Sequence | np.ndarray) and not isinstance(why, str)
    return listed and len(why) == units


def copies_against(labels: Labels, copies: Ints, rows: Ints) -> Ints:
    """(rows,) how many exact copies of each row carry another label.

    Rows are grouped by their copy number once, and labels are counted once in each group.
    """
    against: Ints = np.zeros(len(rows), dtype=np.int64)
    copied = np.asarray(copies)[rows] >= 0
    if not copied.any():
        return against
    numbers = np.unique(np.asarray(copies)[rows[copied]])
    members = np.flatnonzero(np.isin(copies, numbers))
    group = np.searchsorted(numbers, np.asarray(copies)[members])
    (code,), pool = pooled([kind_for(labels).cells_of(labels, members)])
    known: Bools = code >= 0
    size = np.bincount(group[known], minlength=len(numbers))
    pair = group * (len(pool) + 1) + code  # group and label as one number
    pairs, count = np.unique(pair[known], return_counts=True)
    at = np.searchsorted(members, rows[copied])
    alike = np.zeros(len(at), dtype=np.int64)
    own = known[at]
    alike[own] = count[np.searchsorted(pairs, pair[at[own]])]
    against[copied] = size[group[at]] - alike
    return against


def _probabilities(data: Dataset, units: int) -> Any:
    probs = data.evidence.get("probs")
    if probs is None:
        return None
    questions = kind_for(data.labels).p_wrong == "questions"
    rows = int(np.prod(probs.shape)) if questions else len(probs)
    return probs if rows == units else None


def percent(p: Any) -> str:
    """A chance in words, without false digits."""
    value = 100 * float(p)
    return "under 1 %" if value < 1 else "over 99 %" if value > 99 else f"{value:.0f} %"
