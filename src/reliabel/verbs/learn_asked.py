"""What a call of ``learn`` asks for: its keywords sorted into the learner's own options, fields of
``Training``, and evidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reliabel.auto.choose import CHOSEN
from reliabel.core.call import Keywords, check_options
from reliabel.core.catalogue import Entry, find
from reliabel.core.short_repr import by_fields
from reliabel.core.training import FIELDS, Training, split_options


@dataclass(frozen=True, eq=False)
class Asked:
    """What was asked for: the learner (None: auto), its own options, the training and the names of
    its fields that people set.
    """

    entry: Entry | None
    options: Mapping[str, Any]
    training: Training
    fields: Mapping[str, Any]
    tune: bool
    record: bool
    matrix: bool  # whether the noise matrix is to be estimated
    evidence: Mapping[str, Any]

    __repr__ = by_fields

    @property
    def name(self) -> str:
        """Of the learner that was asked for."""
        return "auto" if self.entry is None else self.entry.name


def asked_for(by: str, given: Keywords, tune: bool) -> Asked:
    """The keywords sorted, and refused where they make no sense together."""
    entry = None if by == "auto" else find("learn", by)
    evidence = dict(given.evidence)
    record = evidence.get("dynamics") is True
    if isinstance(evidence.get("dynamics"), bool):
        del evidence["dynamics"]
    matrix = isinstance(named := evidence.get("noise_matrix"), str) and named == "auto"
    if matrix:
        del evidence["noise_matrix"]
    elif isinstance(named, str | Path):
        from reliabel.formats.arrays import read

        evidence["noise_matrix"] = read(Path(named), "noise_matrix").values
    if matrix and entry is not None and "noise_matrix" not in entry.accepts:
        raise ValueError(f"{entry.name} does not use noise_matrix; leave it out")
    accepts = entry.accepts if entry is not None else frozenset[str]()
    fields = {name: value for name, value in given.options.items() if name in FIELDS}
    for name in FIELDS:
        if name in evidence and name not in accepts:
            fields[name] = evidence.pop(name)
    first = evidence.pop("training", None)
    if first is not None and not isinstance(first, Training):
        raise ValueError(f"training must be rl.Training(...), got {type(first).__name__}")
    _, training = split_options(fields, first)
    own = {name: value for name, value in given.options.items() if name not in FIELDS}
    _check_asked(entry, own, fields, first, tune or entry is None, given)
    return Asked(entry, own, training, fields, tune, record, matrix, evidence)


def _check_asked(
    entry: Entry | None,
    own: Mapping[str, Any],
    fields: Mapping[str, Any],
    first: Training | None,
    tune: bool,
    given: Keywords,
) -> None:
    trains = entry is None or "training" in entry.accepts
    if entry is not None:
        check_options(entry, own, (*(FIELDS if trains else ()), *given.names))
    elif own:
        name = next(iter(own))
        raise ValueError(
            f"auto has no option {name!r}: options belong to one learner, name it with by="
        )
    if not trains and (fields or first is not None):
        name = next(iter(fields), "training")
        raise ValueError(
            f"{entry.name if entry else 'auto'} is not trained by steps of a gradient and takes no "
            f"{name!r}; leave it out"
        )
    clash = sorted(CHOSEN & fields.keys())
    if tune and clash:
        raise ValueError(
            f"{clash[0]} is chosen where the training is tuned; leave it out, or name a learner "
            "with by= and leave tune out"
        )
    if tune and not trains:
        raise ValueError(
            f"{entry.name if entry else 'auto'} has no training to tune; leave tune out"
        )
