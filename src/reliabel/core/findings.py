"""Findings: what people should look at, made once from what the auditors said.

Label findings are the flagged labels, or P(wrong) >= .5 once it exists, and at least the first 500;
a fault is one finding; an item-wise auditor of another kind (outliers) brings those it flags.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset
from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes, Floats, Grouped, Ints, Labels, MultiLabel
from reliabel.core.lift import YES_NO
from reliabel.core.results import Faults, Finding, Suspicion

AT_LEAST = 500  # label findings listed even if fewer are flagged
SHOWN = 15  # neighbours that a reason counts


def place_of(labels: Labels) -> tuple[Ints, Ints | None]:
    """(units,) the item of each unit, and its number within the item (None where an item has one
    label).
    """
    if isinstance(labels, MultiLabel):
        cell = np.arange(labels.y.size)
        return cell // max(labels.k, 1), cell % max(labels.k, 1)
    if isinstance(labels, Grouped):
        item = labels.item
        return item, np.arange(len(item)) - labels.offsets[item]
    return np.arange(len(labels)), None


def flat(labels: Labels) -> Classes | None:
    """The labels as one class per unit, or None for kinds without classes."""
    if isinstance(labels, Grouped):
        return flat(labels.units)
    if isinstance(labels, MultiLabel):
        return Classes(labels.y.ravel(), YES_NO)
    return labels if isinstance(labels, Classes) else None


def label_findings(
    data: Dataset,
    said: Mapping[str, Suspicion],
    rank: Floats,
    *,
    p_wrong: Floats | None = None,
    suggest: Ints | None = None,
    copies: Ints | None = None,
    at_least: int = AT_LEAST,
) -> list[Finding]:
    """The labels that look wrong, worst first.  ``said`` holds the label auditors alone; ``rank``
    (units,) orders, NaN never shows.

    copies: (units,) the same number for exact copies of one another, -1 = like no other.
    """
    given = flat(data.labels)
    if given is None or not len(said):
        return []
    flagged = np.zeros(len(rank), dtype=bool)
    if p_wrong is None:
        for word in said.values():
            flagged |= word.flag if word.flag is not None else False
    else:
        flagged = np.nan_to_num(p_wrong) >= 0.5
    order = np.lexsort((np.arange(len(rank)), -np.nan_to_num(rank, nan=-1.0)))
    order = order[~np.isnan(rank[order])]
    chosen = order[flagged[order] | (np.arange(len(order)) < at_least)]
    points = _pointing(said, len(chosen))
    item, unit = place_of(data.labels)
    reason = Reasons(data, given, copies)
    findings = []
    for u in chosen.tolist():
        by = tuple(name for name, mask in points.items() if mask[u])
        best = int(suggest[u]) if suggest is not None else _suggested(said, by, u, int(given.y[u]))
        findings.append(
            Finding(
                item=int(item[u]),
                id=data.ids.item(int(item[u])),
                unit=None if unit is None else int(unit[u]),
                finds="label",
                kind=_kind(said, by, u),
                rank=float(rank[u]),
                p_wrong=None if p_wrong is None or np.isnan(p_wrong[u]) else float(p_wrong[u]),
                by=by,
                given=None if given.y[u] < 0 else given.names[given.y[u]],
                suggest=None if best < 0 else given.names[best],
                others=(),
                where=None,
                why=reason.of(u, best),
            )
        )
    return findings


def fault_findings(data: Dataset, name: str, finds: str, faults: Faults) -> list[Finding]:
    """One finding a fault: item = its first, the rest in others; worst first."""
    order = np.argsort(-np.asarray(faults.score), kind="stable")
    return [
        Finding(
            item=int(faults.items[f][0]),
            id=data.ids.item(int(faults.items[f][0])),
            unit=None,
            finds=finds,
            kind=faults.kind[f],
            rank=float(faults.score[f]),
            p_wrong=None,
            by=(name,),
            given=_given(data.labels, int(faults.items[f][0])),
            suggest=None if faults.suggest is None else faults.suggest[f],
            others=tuple(int(i) for i in faults.items[f][1:]),
            where=None if faults.where is None else faults.where[f],
            why=faults.why[f],
        )
        for f in order.tolist()
    ]


def item_findings(
    data: Dataset, name: str, finds: str, word: Suspicion, rank: Floats
) -> list[Finding]:
    """What an item-wise auditor of another kind than labels flags, worst first."""
    if word.flag is None:
        return []
    item, unit = (
        place_of(data.labels) if len(rank) != len(data.labels) else (np.arange(len(rank)), None)
    )
    chosen = np.flatnonzero(word.flag)
    chosen = chosen[np.argsort(-np.nan_to_num(rank[chosen]), kind="stable")]
    why = word.info.get("why")
    return [
        Finding(
            item=int(item[u]),
            id=data.ids.item(int(item[u])),
            unit=None if unit is None else int(unit[u]),
            finds=finds,
            kind=None if word.kind is None else str(word.kind[u]),
            rank=float(rank[u]),
            p_wrong=None,
            by=(name,),
            given=_given(data.labels, int(item[u])),
            suggest=None,
            others=(),
            where=None,
            why=str(why[u])
            if isinstance(why, Sequence | np.ndarray) and not isinstance(why, str)
            else f"{name} scores it {word.score[u]:.3g}, worse than {100 * rank[u]:.1f} % of the others",
        )
        for u in chosen.tolist()
    ]


class Reasons:
    """Why a label looks wrong, in one sentence a person believes: what the model gives and what the
    neighbours carry.
    """

    def __init__(self, data: Dataset, given: Classes, copies: Ints | None = None) -> None:
        self.given = given
        self.copies = copies if copies is not None and len(copies) == len(given) else None
        probs = data.evidence.get("probs")
        self.probs = probs if probs is not None and len(probs) == len(given) else None
        if isinstance(data.labels, MultiLabel) and probs is not None:
            yes = np.asarray(probs).ravel()
            self.probs = np.stack([1 - yes, yes], 1)
        near = data.evidence.get("neighbours")
        self.near: Neighbours | None = (
            near if isinstance(near, Neighbours) and len(near.index) == len(given) else None
        )

    def of(self, unit: int, best: int) -> str:
        """The sentence for one unit and the class suggested for it."""
        names, own = self.given.names, int(self.given.y[unit])
        parts = self._copies(unit, own)
        if self.near is not None:
            index = self.near.index[unit, :SHOWN]
            votes = Counter(int(c) for c in self.given.y[index[index >= 0]] if c >= 0)
            if votes:
                top = votes.most_common(1)[0][0] if best < 0 or not votes[best] else best
                parts.append(
                    f"{votes[top]} of its {sum(votes.values())} nearest are {names[top]!r}"
                    + (
                        f", {votes[own] or 'none'} {names[own]!r}"
                        if own >= 0 and own != top
                        else ""
                    )
                )
        if self.probs is not None and own >= 0:
            row = np.asarray(self.probs[unit])
            likely = best if best >= 0 else int(row.argmax())
            parts.append(
                f"the model gives {names[own]!r} {_percent(row[own])}"
                + (f" and {names[likely]!r} {_percent(row[likely])}" if likely != own else "")
            )
        return "; ".join(parts) or "the auditors named rank it among the most suspect"

    def _copies(self, unit: int, own: int) -> list[str]:
        if self.copies is None or self.copies[unit] < 0:
            return []
        twins = self.given.y[np.flatnonzero(self.copies == self.copies[unit])]
        against = int(((twins >= 0) & (twins != own)).sum())
        return (
            [f"{against} exact {'copy says' if against == 1 else 'copies say'} otherwise"]
            if against
            else []
        )


def _percent(p: Any) -> str:
    value = 100 * float(p)
    return "under 1 %" if value < 1 else "over 99 %" if value > 99 else f"{value:.0f} %"


def _pointing(said: Mapping[str, Suspicion], listed: int) -> dict[str, Any]:
    """Which units each auditor points at: those it flags, or, without a rule of its own, its worst
    ``listed``.
    """
    points = {}
    for name, word in said.items():
        if word.flag is not None:
            points[name] = word.flag
            continue
        known = word.score[~np.isnan(word.score)]
        if not len(known):
            points[name] = np.zeros(len(word.score), dtype=bool)
            continue
        cut = (
            np.partition(known, len(known) - min(listed, len(known)))[
                len(known) - min(listed, len(known))
            ]
            if listed
            else np.inf
        )
        points[name] = np.nan_to_num(word.score, nan=-np.inf) >= cut
    return points


def _suggested(said: Mapping[str, Suspicion], by: tuple[str, ...], unit: int, own: int) -> int:
    """The class most auditors propose instead of the given one; those that point at the label go
    first, then the others.
    """
    for names in (by, tuple(said)):
        votes = Counter(
            int(said[name].suggest.y[unit])  # type: ignore[union-attr]
            for name in names
            if isinstance(said[name].suggest, Classes)
        )
        votes.pop(own, None)
        votes.pop(-1, None)
        if votes:
            return votes.most_common(1)[0][0]
    return -1


def _kind(said: Mapping[str, Suspicion], by: tuple[str, ...], unit: int) -> str | None:
    kinds = [
        str(word.kind[unit])
        for name in by
        if (word := said[name]).kind is not None and word.kind[unit]
    ]
    return kinds[0] if kinds else None


def _given(labels: Labels, item: int) -> str | None:
    if isinstance(labels, Classes):
        return None if labels.y[item] < 0 else labels.names[labels.y[item]]
    if isinstance(labels, MultiLabel):
        return ";".join(
            name for name, yes in zip(labels.names, labels.y[item] == 1, strict=True) if yes
        )
    return None
