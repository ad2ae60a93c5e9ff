"""The labels that a training changed or left out, as findings that people can review."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, overload

import numpy as np

from reliabel.core.dataset import Dataset
from reliabel.core.evidence import EVIDENCE
from reliabel.core.findings import label_findings
from reliabel.core.labels import Classes, Floats, Labels, Soft
from reliabel.core.reasons import percent
from reliabel.core.results import Audit, Model, Suspicion

VECTORS = {"d", "e"}  # axes of evidence that is a vector an item: large, and nothing to look at
TIE = 1e-6  # of two chances that are closer than this neither is the larger


def corrections(model: Model, data: Dataset, by: str) -> Audit:
    """The training's opinion of the labels it was given, as an audit: a finding for each label that
    it changed or left out, those first whose given label it believes least.

    There is no P(wrong): what a network makes of labels it learnt from is not calibrated.  An audit
    without findings is returned where the method relabels nothing, and for labels of other kinds
    than one class an item.

    >>> data = Dataset(Classes(np.array([0, 1, 1]), ("cat", "dog")))
    >>> seen = Soft(np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7]]), ("cat", "dog"))
    >>> audit = corrections(Model(len, seen), data, "guest")
    >>> [(f.item, f.given, f.suggest, f.why) for f in audit.findings]
    [(1, 'dog', 'cat', "after training the model gives 'cat' 80 % and 'dog' 20 %")]
    """
    said = opinion(data.labels, model.labels)
    shown = {
        n for n, spec in EVIDENCE.items() if spec.describes_items and not VECTORS & {*spec.shape}
    }
    evidence = {name: value for name, value in data.evidence.items() if name in shown}
    whole = Dataset(data.labels, evidence, data.ids, data.source)
    opinions = {} if said is None else {by: said}
    rank = None if said is None else said.score
    told = opinions and {by: replace(opinions[by], info={"why": _Told(data.labels, model.labels)})}
    findings = label_findings(whole, told, rank, at_least=0)
    suggest = said.suggest.y if said is not None and isinstance(said.suggest, Classes) else None
    path = data.source.get("path")
    info = {
        "task": str(data.source.get("task") or "classification"),
        "by": by,
        **({"input": {"path": str(path)}} if path else {}),
    }
    return Audit(
        data=whole,
        opinions=opinions,
        skipped={},
        measures={},
        p_wrong=None,
        count=None,
        budget=None,
        findings=tuple(findings),
        warnings=(),
        info=info,
        suggest=suggest,
        p_suggest=_chance(model.labels, suggest),
    )


def opinion(given: Labels, relabelled: Labels | None) -> Suspicion | None:
    """What the relabelled training set says of each given label: flagged are those that have
    another class now, or none; None where the two cannot be compared.

    The score is 1 less the chance of the given class (of relabelled classes: 1 where it changed),
    NaN for items that were given no label.
    """
    if not isinstance(given, Classes) or not isinstance(relabelled, Classes | Soft):
        return None
    if len(given) != len(relabelled) or given.names != relabelled.names:
        return None
    known = given.y >= 0
    own, best = np.where(known, given.y, 0), _likeliest(relabelled, given)
    if isinstance(relabelled, Soft):
        score = 1 - np.take_along_axis(relabelled.p, own[:, None], 1)[:, 0].astype(np.float64)
    else:
        score = (best != given.y).astype(np.float64)
    flag = known & (best != given.y)
    suggest = Classes(np.where(flag, best, -1), given.names)
    score = np.where(known, np.clip(score, 0.0, 1.0), np.nan)
    return Suspicion(score, flag, suggest)


def _likeliest(relabelled: Classes | Soft, given: Classes) -> Any:
    """(n,) the class of each item now, the given one where no other is more probable; -1 = left
    out.
    """
    if isinstance(relabelled, Classes):
        return np.asarray(relabelled.y, dtype=np.int64)
    p = relabelled.p
    best = p.argmax(1)
    own = np.maximum(given.y, 0).astype(np.int64)
    more = np.take_along_axis(p, best[:, None], 1) > np.take_along_axis(p, own[:, None], 1) + TIE
    return np.where(more[:, 0] | (given.y < 0), best, own)


def _chance(relabelled: Any, suggest: Any) -> Floats | None:
    """(n,) the chance of each suggested class, NaN where there is none; None where no chances are
    known.
    """
    if suggest is None or not isinstance(relabelled, Soft):
        return None
    p = np.take_along_axis(relabelled.p, np.maximum(suggest, 0)[:, None], 1)[:, 0]
    return np.where(suggest >= 0, p, np.nan)


class _Told(Sequence[str]):
    """A sentence for each item, made when it is asked for."""

    def __init__(self, given: Any, relabelled: Any) -> None:
        self.given, self.relabelled = given, relabelled
        self.best = _likeliest(relabelled, given)

    def __len__(self) -> int:
        return len(self.given)

    @overload
    def __getitem__(self, row: int) -> str: ...
    @overload
    def __getitem__(self, row: slice) -> Sequence[str]: ...
    def __getitem__(self, row: int | slice) -> str | Sequence[str]:
        if isinstance(row, slice):
            return [self[one] for one in range(*row.indices(len(self)))]
        own, best, names = int(self.given.y[row]), int(self.best[row]), self.given.names
        if best < 0:
            return "the training left it out"
        if own < 0 or own == best:
            return ""
        if isinstance(self.relabelled, Classes):
            return f"the training made it {names[best]!r}"
        p = self.relabelled.p[row]
        beside = f"{names[best]!r} {percent(p[best])} and {names[own]!r} {percent(p[own])}"
        return f"after training the model gives {beside}"
