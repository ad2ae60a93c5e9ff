"""What the statistics make of every label of an audit: P(wrong), the likeliest other class, the
count of wrong labels with its interval, and the budget curve.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from reliabel.core.call import generator
from reliabel.core.evidence import EVIDENCE
from reliabel.core.kinds import kind_for
from reliabel.core.labels import Classes, Floats, Grouped, Ints, Labels, MultiLabel, Numbers
from reliabel.core.results import Budget, Interval, Measure
from reliabel.core.short_repr import by_fields
from reliabel.folders.evidence_keys import PWrong
from reliabel.folders.evidence_store import Store

MADE_OF = ("probs", "predicted", "neighbours", "features")  # the evidence that P(wrong) reads

if TYPE_CHECKING:
    from reliabel.prepare import Prepared
    from reliabel.trust.p_wrong import PWrong as _Found
    from reliabel.trust.tables import Tables


@dataclass(frozen=True, eq=False)
class LabelVerdict:
    """What the statistics make of the labels; ``p``, ``suggest`` and ``p_suggest`` have one entry a
    unit.  ``suggest`` holds codes of classes, or is a label set where a class does not say it all.
    ``warnings`` are sentences for the reader, ``matrix`` holds the expected numbers of labels
    [true, given]; ``suggest_range`` the ends of the interval of a suggested number; ``kind`` says
    of each unit what is most likely wrong with it, and ``p_kinds`` how likely each sort of error
    is, where P(wrong) tells sorts of errors apart.
    """

    p: Floats
    suggest: Ints | Labels
    p_suggest: Floats | None
    count: Interval
    budget: Budget | None
    warnings: tuple[str, ...]
    info: Mapping[str, Any]
    matrix: Measure | None
    suggest_range: Floats | None = None
    kind: Sequence[str] | None = None
    p_kinds: Mapping[str, Floats] | None = None

    __repr__ = by_fields


def label_verdict(prepared: Prepared, seed: int, store: Store) -> LabelVerdict | None:
    """P(wrong) of every label by the evidence prepared, and what follows from it; None where the
    kind of labels or the evidence does not allow it.

    What was made before from the same labels and evidence is taken from ``store``.
    """
    labels, evidence = prepared.data.labels, _of_units(prepared)
    kind = kind_for(labels)
    if kind.p_wrong == "spans":
        return _of_spans(labels, prepared, generator(seed, "p_wrong"))
    if kind.p_wrong == "boxes":
        return _of_boxes(labels, prepared, generator(seed, "p_wrong"))
    if kind.p_wrong == "regions":
        return _of_regions(labels, prepared, generator(seed, "p_wrong"))
    if kind.p_wrong == "numbers":
        return _of_numbers(labels, prepared, generator(seed, "p_wrong"))
    if "probs" not in evidence or kind.p_wrong is None:
        return None
    bare, rng = kind.bare(labels), generator(seed, "p_wrong")
    if kind.p_wrong == "questions":
        return _of_questions(bare, {**evidence, "rng": rng})
    order = {name: of for name, of in prepared.data.evidence.items() if name == "class_order"}
    return (
        None if kind.unfit(labels) else _of_classes(bare, {**evidence, **order}, rng, seed, store)
    )


def _of_classes(
    labels: Classes,
    evidence: Mapping[str, Any],
    rng: np.random.Generator,
    seed: int,
    store: Store,
) -> LabelVerdict:
    from reliabel.trust.budget import curve
    from reliabel.trust.offered import offered

    others = offered(labels, evidence, seed)
    evidence = {**evidence, **({"others": others} if others else {})}
    made = store.made(_key(labels, evidence, seed), lambda: _made(labels, evidence, rng, seed))
    p, count = made["p"], Interval(**made["count"])
    known = np.isfinite(p)
    return LabelVerdict(
        p=p,
        suggest=made["suggest"],
        p_suggest=made["p_suggest"],
        count=count,
        budget=curve(p, count) if known.any() else None,
        warnings=tuple(made["warnings"]),
        info=made["info"],
        matrix=_matrix(made["joint"], count, int(known.sum())),
    )


def _key(labels: Classes, evidence: Mapping[str, Any], seed: int) -> PWrong:
    near = evidence.get("neighbours")
    return PWrong(
        y=labels.y,
        k=labels.k,
        names=labels.names,
        probs=evidence["probs"],
        features=evidence.get("features"),
        index=None if near is None else near.index,
        distance=None if near is None else near.distance,
        fold=evidence.get("fold"),
        copies=evidence.get("copies"),
        second={name: _parts(of) for name, of in evidence.get("second", {}).items()}
        | {name: {"table": table} for name, table in evidence.get("others", {}).items()},
        class_order=evidence.get("class_order"),
        seed=seed,
    )


def _parts(evidence: Mapping[str, Any]) -> dict[str, Any]:
    """Evidence as arrays, of which a fingerprint can be made."""
    near = evidence.get("neighbours")
    ends = {} if near is None else {"index": near.index, "distance": near.distance}
    return {name: value for name, value in evidence.items() if name != "neighbours"} | ends


def _made(
    labels: Classes, evidence: Mapping[str, Any], rng: np.random.Generator, seed: int
) -> dict[str, Any]:
    """P(wrong), the count, and warnings and facts about them, as they are kept."""
    from reliabel.trust.count import before_review
    from reliabel.trust.p_wrong import p_wrong
    from reliabel.trust.tables import tables

    every, joined = _joined(labels, tables(labels, **evidence, rng=rng), evidence, seed)
    found = p_wrong(labels, every, rng=rng)
    fitted, warnings = _fitted(labels, evidence, seed)
    if fitted:
        found = replace(found, identified=False)
    return {
        "p": found.p,
        "suggest": found.suggest,
        "p_suggest": found.p_suggest,
        "joint": found.joint,
        "count": asdict(before_review(found)),
        "warnings": warnings + list(found.warnings),
        "info": facts_of(found) | {"fitted": bool(warnings)} | joined,
    }


def _joined(
    labels: Classes, every: Tables, evidence: Mapping[str, Any], seed: int
) -> tuple[Tables, dict[str, Any]]:
    """The tables, without those of a second evidence and of auditors that are not worth having, and
    what was found.
    """
    from reliabel.trust.joining import gain, left_out
    from reliabel.trust.offered import SUFFIX

    told = {}
    offered = (name.removesuffix(f" {SUFFIX}") for name in evidence.get("others", {}))
    for name in (*evidence.get("second", {}), *offered):
        found = gain(labels, every, name, generator(seed, "joining"))
        if found is None or not found.pays:
            every = left_out(every, name)
        if found is not None:
            losses = {"without": found.without, "with": found.joined}
            told[name] = {"joined": found.pays, "held_out_log_loss": losses}
    return every, {"second": told} if told else {}


def _fitted(labels: Classes, evidence: Mapping[str, Any], seed: int) -> tuple[bool, list[str]]:
    """Whether given probabilities look as if their model had seen the labels, and a sentence; those
    that were made here have not.
    """
    from reliabel.trust.in_sample import agreement, nearly_perfect, told

    if "fold" in evidence:
        return False, []
    features = evidence.get("features")
    if features is None or not features.shape[1]:
        sentence = nearly_perfect(labels, evidence["probs"])
        return False, [sentence] if sentence else []
    found = agreement(labels, evidence["probs"], features, rng=generator(seed, "in_sample"))
    fitted = found is not None and found.fitted
    return fitted, [told(found)] if found is not None and fitted else []


def facts_of(found: _Found) -> dict[str, Any]:
    """What is known of the evidence behind P(wrong), as ``Audit.info["p_wrong"]`` keeps it."""
    return {
        "identified": bool(found.identified),
        "weak": bool(found.weak),
        "flat": bool(found.flat),
        "floor_gain": float(found.floor_gain),
        "share": float(found.pi),
        "labels": int(found.sure.get("cases", 0)),
        "agreement": float(found.sure.get("agreement", np.nan)),
        "conf": float(found.sure.get("conf", np.nan)),
        "tables": {name: float(weight) for name, weight in found.weights.items()},
    }


def _of_numbers(
    labels: Labels, prepared: Prepared, rng: np.random.Generator
) -> LabelVerdict | None:
    """Numbers, by what the residuals of right and of wrong ones are like."""
    from reliabel.trust.numbers import p_wrong_numbers

    bare, evidence = kind_for(labels).bare(labels), prepared.data.evidence
    said, near = evidence.get("predicted"), evidence.get("neighbours")
    if not isinstance(said, Numbers) or len(said) != len(bare):
        return None
    near = near if near is not None and len(near.index) == len(bare) else None
    found = p_wrong_numbers(bare, predicted=said, neighbours=near, rng=rng)
    return _told(
        found,
        found.info,
        suggest=Numbers(found.suggest),
        p_suggest=None,
        suggest_range=np.stack([found.low, found.high], -1),
        kind=found.kinds,
    )


def _told(
    found: Any, info: Mapping[str, Any], warnings: tuple[str, ...] | None = None, **more: Any
) -> LabelVerdict:
    """The verdict of a model that has its own count; ``more`` says what it holds otherwise."""
    from reliabel.trust.budget import curve

    words = {
        "p": found.p,
        "suggest": found.suggest,
        "count": found.count,
        "budget": curve(found.p, found.count) if np.isfinite(found.p).any() else None,
        "warnings": found.warnings if warnings is None else warnings,
        "info": info,
        "matrix": None,
    }
    if "p_suggest" not in more:  # of numbers nobody knows which suggestion is right
        words["p_suggest"] = found.p_suggest
    return LabelVerdict(**{**words, **more})


def _of_questions(labels: MultiLabel, given: Mapping[str, Any]) -> LabelVerdict:
    """Each class of a multi-label table as a yes/no question of its own."""
    from reliabel.trust.multilabel import p_wrong_columns, wrong_by_class

    found = p_wrong_columns(labels, **given)
    return _told(
        found,
        info={
            "identified": found.count.identified,
            "gain": found.gain,
            "questions": len(found.questions),
            "by_class": [None if v != v else v for v in wrong_by_class(found, labels.k).tolist()],
        },
    )


def _of_spans(labels: Any, prepared: Prepared, rng: np.random.Generator) -> LabelVerdict | None:
    """Given spans, and places where one may be missing, as units with "no span" as a class."""
    from reliabel.trust.spans import p_wrong_spans

    evidence = prepared.data.evidence
    probs = evidence.get("token_probs")
    if not isinstance(labels, Grouped) or probs is None or kind_for(labels).unfit(labels):
        return None
    found = p_wrong_spans(labels, token_probs=probs, items=evidence.get("items"), rng=rng)
    missing = None if found.missing != found.missing else found.missing
    return _told(
        found,
        warnings=tuple(found.found.warnings),
        info=facts_of(found.found) | {"missing": missing},
    )


def _of_boxes(labels: Any, prepared: Prepared, rng: np.random.Generator) -> LabelVerdict | None:
    """Given boxes, and places where one may be missing, by what a detector sees there; without its
    predictions by the class that the crops of the boxes look like.
    """
    from reliabel.trust.boxes import KINDS, p_wrong_boxes, p_wrong_crops

    evidence = prepared.data.evidence
    said, probs = evidence.get("predicted"), _of_units(prepared).get("probs")
    if not isinstance(labels, Grouped) or kind_for(labels).unfit(labels):
        return None
    if not isinstance(said, Grouped) or type(said.units) is not type(labels.units):
        said = None  # predicted regions, say
    if said is not None and len(said) == len(labels):
        found = p_wrong_boxes(labels, predicted=said, rng=rng)
    elif probs is not None:
        found = p_wrong_crops(labels, {"evidence": {"probs": probs}}, rng=rng)
    elif prepared.crops:
        found = p_wrong_crops(labels, prepared.crops, rng=rng)
    else:
        return None
    return _told(
        found,
        info=found.info,
        kind=found.kinds,
        p_kinds={name: found.by_kind[:, code] for code, name in enumerate(KINDS) if name},
    )


def _of_regions(labels: Any, prepared: Prepared, rng: np.random.Generator) -> LabelVerdict | None:
    """Regions of pictures, and parts of them that may be another class."""
    from reliabel.trust.regions import p_wrong_regions

    probs = prepared.data.evidence.get("pixel_probs")
    if not isinstance(labels, Grouped) or probs is None or kind_for(labels).unfit(labels):
        return None
    found = p_wrong_regions(labels, pixel_probs=probs, rng=rng)
    told = {"parts": found.parts, "missing": found.missing}
    return _told(
        found,
        info=facts_of(found.found)
        | {"identified": found.count.identified}
        | {n: None if v != v else v for n, v in told.items()},
    )


def _matrix(joint: Floats, count: Interval, labels: int) -> Measure | None:
    """The expected numbers of labels [true, given], as the measure of that name makes them from a
    posterior; None where wrong labels cannot be counted, since it would count them.
    """
    if not count.identified or not labels or not np.isfinite(joint).all():
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
    second = {name: of for name, of in prepared.second.items() if len(of["probs"]) == rows}
    return (
        fit
        | {name: value for name, value in own.items() if value is not None and len(value) == rows}
        | ({"second": second} if second else {})
    )
