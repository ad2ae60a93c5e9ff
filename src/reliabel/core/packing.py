"""Results as JSON and arrays, and back: how an audit or a model is kept on disk without pickle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from reliabel.core import dataset, evidence, results, training
from reliabel.core.columns import Coded
from reliabel.core.kinds import record_named
from reliabel.core.plugins import register_kinds
from reliabel.core.predictors import Fetch, Keep, is_predictor, pack_predictor, unpack_predictor

RECORDS: dict[str, type[Any]] = {  # beside the kinds of labels
    kind.__name__: kind
    for kind in (
        *(evidence.Neighbours, evidence.Dynamics, evidence.TokenProbs, evidence.PixelProbs),
        *(dataset.Ids, Coded),
        *(results.Suspicion, results.Faults, results.Measure, results.Interval, results.Budget),
        *(results.Model, training.Training),
    )
}


def pack(value: Any, keep: Keep) -> Any:
    """``value`` as JSON; ``keep`` puts its arrays away, each under the name it returns.

    Raises TypeError for what has no safe form on disk.

    >>> kept = []
    >>> pack({"a": (1, np.arange(2))}, lambda array: kept.append(array) or "first")
    {'a': {'#tuple': [1, {'#array': 'first'}]}}
    """
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        if value.dtype == object:
            return {"#objects": [pack(part, keep) for part in value.tolist()]}
        return {"#array": keep(value)}
    if is_dataclass(value) and _record(type(value).__name__) is type(value):
        parts = {field.name: pack(getattr(value, field.name), keep) for field in fields(value)}
        return {"#record": type(value).__name__, **parts}
    if is_predictor(value):
        return pack_predictor(value, keep)
    if isinstance(value, Mapping):
        if all(isinstance(key, str) and not key.startswith("#") for key in value):
            return {key: pack(part, keep) for key, part in value.items()}
        return {"#pairs": [[pack(key, keep), pack(part, keep)] for key, part in value.items()]}
    if isinstance(value, tuple):
        return {"#tuple": [pack(part, keep) for part in value]}
    if isinstance(value, list | set | frozenset):
        return [pack(part, keep) for part in value]
    raise TypeError(
        f"cannot keep a {type(value).__name__} on disk; results hold arrays, text, numbers, lists, "
        "mappings, and the records of this package"
    )


def unpack(packed: Any, fetch: Fetch) -> Any:
    """What ``pack`` was given; ``fetch`` gives an array by its name."""
    if isinstance(packed, list):
        return [unpack(part, fetch) for part in packed]
    if not isinstance(packed, dict):
        return packed
    if "#array" in packed:
        return fetch(packed["#array"])
    if "#tuple" in packed:
        return tuple(unpack(part, fetch) for part in packed["#tuple"])
    if "#objects" in packed:
        out = np.empty(len(packed["#objects"]), dtype=object)
        out[:] = [unpack(part, fetch) for part in packed["#objects"]]
        return out
    if "#pairs" in packed:
        return {unpack(key, fetch): unpack(part, fetch) for key, part in packed["#pairs"]}
    if "#predictor" in packed:
        return unpack_predictor(packed, fetch)
    parts = {key: unpack(part, fetch) for key, part in packed.items() if key != "#record"}
    if "#record" not in packed:
        return parts
    record = _record(packed["#record"])
    if record is None:
        raise UnknownRecord(
            f"it holds a {packed['#record']}, which is not known here; import or install the "
            "package that adds this kind of labels (core.kinds.add_kind)"
        )
    return record(**parts)


class UnknownRecord(LookupError):
    """A record of a kind of labels that this process has not been told of."""


def _record(name: str) -> type[Any] | None:
    if name not in RECORDS and record_named(name) is None:
        register_kinds()
    return RECORDS.get(name) or record_named(name)
