"""The audit's word on every label: P(wrong), the likeliest other class, the count with its
interval, and the budget curve.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from reliabel.core.call import generator
from reliabel.core.evidence import EVIDENCE
from reliabel.core.kinds import kind_for
from reliabel.core.labels import Classes, Floats, Ints, MultiLabel
from reliabel.core.results import Budget, Interval, Measure
from reliabel.core.short_repr import by_fields
from reliabel.folders.evidence_store import Store

MADE_OF = ("probs", "neighbours", "features")  # the evidence that P(wrong) reads
VERSION = 2  # raised when P(wrong) is made in another way

if TYPE_CHECKING:
    from reliabel.prepare import Prepared


@dataclass(frozen=True, eq=False)
class Judged:
    """What the statistics say of the labels; ``p`` and ``suggest`` have one entry a unit.
    ``said``: what a reader must know.
    """

    p: Floats
    suggest: Ints
    p_suggest: Floats
    count: Interval
    budget: Budget | None
    said: tuple[str, ...]
    info: Mapping[str, Any]
    matrix: Measure | None

    __repr__ = by_fields


def judged(prepared: Prepared, seed: int, store: Store) -> Judged | None:
    """Judge every label by the evidence prepared; None where the kind of labels or the evidence
    does not allow it.

    What was judged before from the same evidence is taken from ``store``.
    """
    labels, evidence = prepared.data.labels, _of_units(prepared)
    kind = kind_for(labels)
    if "probs" not in evidence or kind.p_wrong is None:
        return None
    words = {**evidence, "rng": generator(seed, "p_wrong")}
    bare = kind.bare(labels)
    if kind.p_wrong == "questions":
        return _columns(bare, words)
    return None if kind.unfit(labels) else _classes(bare, words, evidence, seed, store)


def _classes(
    labels: Classes, words: Mapping[str, Any], evidence: Mapping[str, Any], seed: int, store: Store
) -> Judged:
    from reliabel.trust.budget import curve

    near = evidence.get("neighbours")
    parts = {name: value for name, value in evidence.items() if name != "neighbours"} | (
        {} if near is None else {"index": near.index, "distance": near.distance}
    )
    key = {**parts, "y": labels.y, "k": labels.k, "seed": seed, "version": VERSION}
    made = store.made("p_wrong", key, lambda: _made(labels, words))
    rest = json.loads(bytes(made["rest"]))
    p, count = made["p"], Interval(**rest["count"])
    known = np.isfinite(p)
    budget = curve(p, count) if known.any() else None
    return Judged(
        p,
        made["suggest"],
        made["p_suggest"],
        count,
        budget,
        tuple(rest["said"]),
        rest["info"],
        _matrix(made["joint"], count, int(known.sum())),
    )


def _made(labels: Classes, words: Mapping[str, Any]) -> dict[str, Any]:
    """P(wrong) and its count as arrays; what is no array stands as JSON in ``rest``."""
    from reliabel.trust.count import before_review
    from reliabel.trust.p_wrong import p_wrong
    from reliabel.trust.tables import tables

    found = p_wrong(labels, tables(labels, **words), rng=words["rng"])
    info = {
        "identified": bool(found.identified),
        "weak": bool(found.weak),
        "floor_gain": float(found.floor_gain),
        "share": float(found.pi),
        "tables": {name: float(weight) for name, weight in found.weights.items()},
    }
    rest = {"info": info, "said": list(found.warnings), "count": asdict(before_review(found))}
    arrays = {
        "p": found.p,
        "suggest": found.suggest,
        "p_suggest": found.p_suggest,
        "joint": found.joint,
    }
    return arrays | {"rest": np.frombuffer(json.dumps(rest, default=_number).encode(), np.uint8)}


def _number(value: Any) -> Any:
    return value.item()  # NumPy's own numbers


def _columns(labels: MultiLabel, words: Mapping[str, Any]) -> Judged:
    from reliabel.trust.budget import curve
    from reliabel.trust.multilabel import p_wrong_columns

    found = p_wrong_columns(labels, **words)
    budget = curve(found.p, found.count) if np.isfinite(found.p).any() else None
    info = {"identified": found.count.identified, "questions": len(found.questions)}
    return Judged(
        found.p, found.suggest, found.p_suggest, found.count, budget, found.warnings, info, None
    )


def _matrix(joint: Floats, count: Interval, labels: int) -> Measure | None:
    """The expected numbers of labels [true, given], as the measure of that name makes them from a
    posterior.
    """
    if not labels or not np.isfinite(joint).all():
        return None
    from reliabel.ops.noise import noise_matrix_of

    parts = {"joint": joint, "noise_matrix": noise_matrix_of(joint)}
    share = float(joint.sum() - np.trace(joint)) / labels
    return Measure(
        share,
        count.low / labels,
        count.high / labels,
        parts,
        {"why": "the interval is that of the count"},
    )


def _of_units(prepared: Prepared) -> dict[str, Any]:
    """The evidence that has a row for each label (for each row of a multi-label table)."""
    labels = prepared.data.labels
    rows = len(kind_for(labels).bare(labels))
    have = prepared.data.evidence
    fit = {
        name: have[name]
        for name in MADE_OF
        if name in have and EVIDENCE[name].count(have[name]) == rows
    }
    own = {"fold": prepared.fold, "copies": prepared.copies}
    return fit | {
        name: value for name, value in own.items() if value is not None and len(value) == rows
    }
