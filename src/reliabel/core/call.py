"""Calling an algorithm: the keywords of a verb are sorted into evidence and options, the input
becomes one checked data set, and an entry gets just the evidence that its signature names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias
from zlib import crc32

import numpy as np

from reliabel.core.catalogue import Entry, catalogue
from reliabel.core.class_order import placed_again
from reliabel.core.dataset import Dataset
from reliabel.core.evidence import EVIDENCE, OWN, check
from reliabel.core.given_labels import labels_of
from reliabel.core.kinds import is_labels
from reliabel.core.labels import Labels
from reliabel.core.lift import kind_of, level_problem, lifted
from reliabel.core.raw_labels import holds_many, seen
from reliabel.core.short_repr import by_fields
from reliabel.core.spelling import nearest
from reliabel.core.training import FIELDS, split_options
from reliabel.core.words import as_texts

# labels and evidence as they were brought -> as they are checked, and notes
Align: TypeAlias = Callable[[Labels, dict[str, Any]], tuple[Labels, dict[str, Any], list[str]]]


@dataclass(frozen=True)
class Keywords:
    """What a verb was called with: evidence (None is left out), other keywords, and the names of
    all keywords that the verb has.
    """

    evidence: Mapping[str, Any]
    options: Mapping[str, Any]
    names: tuple[str, ...]

    __repr__ = by_fields

    def check_options(self, entry: Entry) -> None:
        """Refuse a keyword that is neither evidence nor an option of this algorithm."""
        check_options(entry, self.options, self.names)

    def refuse_others(self, verb: str, advice: str) -> None:
        """Refuse a keyword that is no evidence, for a verb that takes no options by keyword."""
        for name in self.options:
            near = nearest(name, [*self.names, *EVIDENCE])
            raise ValueError(f"{verb} has no keyword {name!r}{near}; {advice}")


def keywords(verb: str, parameters: Mapping[str, Any], others: Mapping[str, Any]) -> Keywords:
    """Sort the keywords of a call.

    parameters: ``locals()`` at the start of the verb.  others: its ``**`` keywords; those that are
        registered evidence are evidence, unless a method of this package has an option of that
        name; the rest are options of a method.
    """
    entries = catalogue() if others else ()  # reading it registers the evidence of other packages
    ours = {
        name for entry in entries if entry.verb == verb and entry.ours for name in entry.options
    }
    guests = {name for name in others if name in EVIDENCE and name not in ours}
    given = {name: parameters.get(name) for name in OWN} | {name: others[name] for name in guests}
    evidence = {name: given[name] for name in EVIDENCE if given.get(name) is not None}
    options = {name: value for name, value in others.items() if name not in guests}
    names = (name for name, value in parameters.items() if value is not others)
    return Keywords(evidence, options, (*names, *(EVIDENCE.keys() - OWN)))


def opened(
    data: Any, evidence: Mapping[str, Any], aligned: Align | None = None
) -> tuple[Dataset, list[str]]:
    """The data set with this evidence added, converted and checked, and the warnings of the
    check.

    data: a data set, a label set, or raw labels.
    aligned: what turns the evidence that people bring (files, tables) into arrays in the order of
        the classes.
    """
    whole, notes = (data, []) if isinstance(data, Dataset) else _of_labels(data)
    given = {name: value for name, value in evidence.items() if value is not None}
    labels = whole.labels
    if aligned is not None:
        labels, given, told = aligned(labels, given)
        notes = [*notes, *told]
    every, told = placed_again(whole.labels, labels, {**whole.evidence, **given})
    notes = [*notes, *told]
    checked = check(labels, every)
    return replace(whole, labels=checked.labels, evidence=checked.evidence), [
        *notes,
        *checked.warnings,
    ]


def check_seed(seed: int) -> None:
    """Refuse a seed that NumPy cannot take."""
    if seed < 0:
        raise ValueError(f"seed must be 0 or a larger whole number, got {seed}")


def check_options(entry: Entry, options: Mapping[str, Any], names: Iterable[str] = ()) -> None:
    """Refuse an option that the algorithm does not have, with the nearest of its options, of the
    evidence and of ``names`` (other keywords that could have been meant).
    """
    for name in options:
        if name not in entry.options:
            near = nearest(name, [*entry.options, *EVIDENCE, *names])
            known = ", ".join(sorted(entry.options)) or "none"
            raise ValueError(f"{entry.name} has no option {name!r}{near}; its options: {known}")


def generator(seed: int, name: str) -> np.random.Generator:
    """The generator of one algorithm: adding an algorithm never changes another's numbers."""
    check_seed(seed)
    return np.random.default_rng([seed, crc32(name.encode())])


def why_not(
    entry: Entry, labels: Labels, evidence: Mapping[str, Any], way: str | None
) -> str | None:
    """Why this entry cannot run on these labels and this evidence; None where it can."""
    if way is None:
        return f"takes {' or '.join(sorted(entry.takes))}, got {kind_of(labels)}"
    missing = sorted(entry.needs - set(evidence) - {"rng"})
    if missing:
        return f"needs {', '.join(missing)}"
    if entry.one_of and not set(entry.one_of) & set(evidence):
        return f"needs {' or '.join(entry.one_of)}"
    return (
        level_problem(labels, evidence, entry.accepts, way)
        or _units_taken_for_items(entry, labels, evidence)
        or _predictions_of_another_kind(entry, labels, evidence)
    )


def _units_taken_for_items(entry: Entry, labels: Labels, evidence: Mapping[str, Any]) -> str | None:
    """Faults name items by their row in the evidence; rows of units would be taken for items."""
    if "Faults" not in entry.returns or "Labels" not in entry.takes:
        return None
    for name in sorted(entry.accepts & evidence.keys()):
        if EVIDENCE[name].has_rows and (rows := EVIDENCE[name].count(evidence[name])) != len(
            labels
        ):
            return f"needs {name} for each item ({len(labels)}), got them for each unit ({rows})"
    return None


def _predictions_of_another_kind(
    entry: Entry, labels: Labels, evidence: Mapping[str, Any]
) -> str | None:
    """Objects in pictures may be boxes where the model's are regions, or the other way round."""
    said = getattr(evidence.get("predicted"), "units", None)
    mine = getattr(labels, "units", None)
    if "predicted" not in entry.accepts or said is None or mine is None:
        return None
    seen, own = type(said).__name__, type(mine).__name__
    wanted = entry.predictions or own
    return None if seen == wanted else f"needs predicted {wanted}, got {seen}"


def called(
    entry: Entry, labels: Labels, evidence: Mapping[str, Any], options: Mapping[str, Any], seed: int
) -> Any:
    """The result of one algorithm, lifted where its kinds ask for it.  Raises ValueError for an
    option it does not have.

    Options of a learner that are fields of ``Training`` go into the evidence ``training``.
    """
    given = {name: evidence[name] for name in entry.accepts if name in evidence}
    if "items" in given and "Labels" in entry.takes:  # who takes any labels reads texts, not words
        given["items"] = as_texts(given["items"])
    if "training" in entry.accepts:
        options, given["training"] = split_options(options, given.get("training"))
    check_options(entry, options, FIELDS if "training" in given else ())
    if "rng" in entry.accepts:
        given["rng"] = generator(seed, entry.name)
    return lifted(entry.load(), entry.takes, labels)(labels, **given, **options)


def _of_labels(data: Any) -> tuple[Dataset, list[str]]:
    """A data set of labels or of raw values, and notes on what was inferred."""
    if not (is_labels(data) or holds_many(data)):
        raise ValueError(
            "give a Dataset (rl.read makes one) or labels: one value an item, in a list or an "
            f"array, got {seen(data)}"
        )
    labels, notes = labels_of(data)
    return Dataset(labels), notes
