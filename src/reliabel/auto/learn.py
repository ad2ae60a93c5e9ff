"""by="auto" of ``learn``: which learner, by the agreement of each with given labels that it did not
see.

The shortlist holds the linear probe and methods that were better than it on most data, each tuned
(``auto.choose``).  The method of the highest held-out agreement is taken, and trained on all rows;
the probe where none agrees more, or where a fresh cross-validation, whose predictions are compared
with the probe's row by row, says that the winner is worse than it beyond chance.  A method is not
asked to beat the probe beyond chance: wrong labels hide most of what it gains (with 40 % of them
drawn at random over four classes less than half of it shows).  Noise enters through the methods:
forward correction estimates its matrix, co-teaching its share, from out-of-fold probabilities.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from reliabel.auto.choose import FOLDS, OPTIONS, Choice, chosen, folds_for
from reliabel.core.call import called, generator
from reliabel.core.catalogue import Entry, catalogue, find
from reliabel.core.labels import Bools, Classes, Floats, Ints
from reliabel.core.results import Model
from reliabel.core.run import current, running, tell
from reliabel.core.short_repr import by_fields
from reliabel.core.training import Training

PROBE = "noise_ignorant"
SHORTLIST = (
    "cross_entropy",
    "generalised_cross_entropy",
    "early_learning",
    "forward_correction",
    "co_teaching",
)
SURE = 1.0  # standard errors by which the winner must lose to the probe to be given up


@dataclass(frozen=True, eq=False)
class Found:
    """The model that was chosen, who learnt it and how, and what is told of the choice."""

    model: Model
    by: str
    training: Training | None
    options: Mapping[str, Any]
    info: Mapping[str, Any] = field(default_factory=dict)

    __repr__ = by_fields


def probe(labels: Classes, evidence: Mapping[str, Any], seed: int) -> Model:
    """The linear probe, which every other learner is compared with."""
    return called(find("learn", PROBE), labels, evidence, {}, seed)  # type: ignore[no-any-return]


def is_probe(entry: Entry) -> bool:
    """Whether this is the linear probe."""
    return entry.name == PROBE


def shortlist() -> tuple[list[Entry], list[str]]:
    """The learners that are tried beside the probe, and the extras that others lack."""
    known = {entry.name: entry for entry in catalogue() if entry.verb == "learn"}
    there = [known[name] for name in SHORTLIST if name in known]
    lost = {extra for entry in there for extra in entry.missing_extras()}
    return [entry for entry in there if not entry.missing_extras()], sorted(lost)


def needs() -> frozenset[str]:
    """The evidence that the shortlist needs."""
    entries, _ = shortlist()
    return frozenset({"features"}).union(*(entry.needs for entry in entries))


def of_the_probe() -> frozenset[str]:
    """The evidence that the probe uses."""
    return find("learn", PROBE).accepts - {"rng"}


def accepts() -> frozenset[str]:
    """The evidence that the probe and the shortlist use."""
    entries, _ = shortlist()
    used = of_the_probe().union(*(entry.accepts for entry in entries))
    return used - {"rng", "training"}


def best(
    labels: Classes,
    evidence: Mapping[str, Any],
    plain: Model,
    *,
    seed: int,
    training: Training = Training(),
    options: Sequence[Mapping[str, Any]] = OPTIONS,
) -> Found:
    """The learner of the shortlist that agrees best with held-out given labels.

    evidence: features, probs and what else the methods use.  plain: the probe, with the held-out
    ``probs`` in its info.  options: those of the training that are tried.
    """
    entries, lost = shortlist()
    known = int((labels.y >= 0).sum())
    tried: list[dict[str, Any]] = [_line(PROBE, plain.info["agreement"], FOLDS)]
    choices: dict[str, Choice] = {}
    for place, entry in enumerate(entries):
        tell("methods", place, len(entries))
        started = time.perf_counter()
        try:
            with _of_method(entry.name):
                choice = chosen(
                    partial(_train, entry, labels, evidence, seed),
                    known,
                    training=training,
                    options=options,
                )
        except FloatingPointError as wrong:
            tried.append({"by": entry.name, "agreement": float("nan"), "why": str(wrong)})
            continue
        choices[entry.name] = choice
        seconds = round(time.perf_counter() - started, 2)
        setting = {**choice.options, "epoch": choice.training.stop, "seconds": seconds}
        tried.append({**_line(entry.name, choice.agreement, choice.folds), **setting})
    tell("methods", len(entries), len(entries))
    return _decided(labels, evidence, plain, choices, tried, lost, seed)


def _decided(
    labels: Classes,
    evidence: Mapping[str, Any],
    plain: Model,
    choices: Mapping[str, Choice],
    tried: list[dict[str, Any]],
    lost: list[str],
    seed: int,
) -> Found:
    info: dict[str, Any] = {"tried": tried}
    if not choices:
        why = f"no other method of the shortlist can run here{_extras(lost)}"
        return _the_probe(plain, info, f"the linear probe: {why}")
    name = max(choices, key=lambda one: choices[one].agreement)
    entry, choice = find("learn", name), choices[name]
    most, of_probe = choice.agreement, plain.info["agreement"]
    if not most > of_probe:
        why = f"no other method agrees with more of the held-out given labels ({name}: {most:.1%})"
        return _the_probe(plain, info, f"the linear probe ({of_probe:.1%}): {why}{_extras(lost)}")
    with _of_method(name):
        gain, error = _compared(entry, labels, evidence, choice, plain, seed)
    info |= {"gain": gain, "gain_error": error}
    told = (
        f"a second cross-validation gives it {gain:+.1%} against the linear probe (standard error "
        f"{error:.1%})"
    )
    if gain < -SURE * error:
        why = f"{name} agreed more ({most:.1%} against {of_probe:.1%}), but {told}"
        return _the_probe(plain, info, f"the linear probe: {why}{_extras(lost)}")
    with _of_method(name):
        model = _train(entry, labels, evidence, seed, choice.training)
    model = replace(model, trace=choice.trace)
    why = (
        f"{name}, the highest agreement of {len(tried)} methods ({most:.1%}); {told}{_extras(lost)}"
    )
    info |= {"why": why, "agreement": choice.agreement, "folds": choice.folds}
    return Found(model, name, choice.training, {}, info)


def _the_probe(plain: Model, info: Mapping[str, Any], why: str) -> Found:
    agreement = {"agreement": plain.info["agreement"], "folds": plain.info["folds"]}
    return Found(plain, PROBE, None, {}, {**info, **agreement, "why": why})


def _compared(
    entry: Entry,
    labels: Classes,
    evidence: Mapping[str, Any],
    choice: Choice,
    plain: Model,
    seed: int,
) -> tuple[float, float]:
    """By how much more of the given labels it predicts than the probe, each row by a model that
    did not see its label; and the standard error of that.
    """
    rows, right = _held_out(entry, labels, evidence, choice, seed)
    probe_right = plain.info["probs"][rows].argmax(1) == labels.y[rows]
    difference = right.astype(float) - probe_right
    return float(difference.mean()), float(difference.std() / np.sqrt(max(len(rows), 1)))


def _held_out(
    entry: Entry, labels: Classes, evidence: Mapping[str, Any], choice: Choice, seed: int
) -> tuple[Ints, Bools]:
    """The labelled rows that were held out, and whether their given label was predicted."""
    from reliabel.ops.folds import fold_of

    y, known = labels.y, np.flatnonzero(labels.y >= 0)
    folds = FOLDS if folds_for(len(known)) > 1 else max(2, len(known) // 2_000)
    rng = generator(seed, "held out for the comparison")
    fold = fold_of(y, folds=folds, groups=evidence.get("groups"), rng=rng)
    right = np.zeros(len(y), dtype=bool)
    judged = range(folds if folds_for(len(known)) > 1 else 1)
    for part in judged:
        rows = np.flatnonzero(fold == part)
        rest = Classes(np.where(fold == part, -1, y), labels.names)
        model = _train(entry, rest, evidence, seed, choice.training)
        right[rows] = _probs(model, evidence["features"][rows]).argmax(1) == y[rows]
    some = known[np.isin(fold[known], list(judged))]
    return some, right[some]


def _probs(model: Model, features: Any) -> Floats:
    found: Any = model.predict(features)
    return np.asarray(found.p)


def _train(
    entry: Entry, labels: Classes, evidence: Mapping[str, Any], seed: int, how: Training
) -> Model:
    given = {**evidence, "training": how}
    return called(entry, labels, given, {}, seed)  # type: ignore[no-any-return]


def _line(by: str, agreement: float, folds: int) -> dict[str, Any]:
    return {"by": by, "agreement": float(agreement), "folds": folds}


def _extras(lost: Sequence[str]) -> str:
    if not lost:
        return ""
    return f"; more methods need the extra: pip install 'reliabel[{','.join(lost)}]'"


@contextmanager
def _of_method(name: str) -> Iterator[None]:
    """Within the block progress names the method."""
    listener = current().listener

    def inner(label: str, done: int, total: int | None) -> None:
        if listener is not None:
            listener(label.replace("epochs", f"epochs of {name}", 1), done, total)

    with running(listener=None if listener is None else inner):
        yield
