"""Results as JSON and arrays, and back: how an audit is kept on disk without pickle."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from reliabel.core import dataset, evidence, labels, results

RECORDS = {
    kind.__name__: kind
    for kind in (
        *(
            labels.Classes,
            labels.Soft,
            labels.MultiLabel,
            labels.SoftMultiLabel,
            labels.Numbers,
            labels.Grouped,
            labels.Votes,
        ),
        *(evidence.Neighbours, evidence.Dynamics, dataset.Ids),
        *(results.Suspicion, results.Faults, results.Measure, results.Interval, results.Budget),
    )
}
Keep = Callable[[np.ndarray[Any, Any]], str]  # puts an array away and names it
Fetch = Callable[[str], np.ndarray[Any, Any]]


def pack(thing: Any, keep: Keep) -> Any:
    """``thing`` as JSON; arrays are put away by ``keep`` and named.  Raises TypeError for what has
    no safe form.

    >>> kept = []
    >>> pack({"a": (1, np.arange(2))}, lambda array: kept.append(array) or "first")
    {'a': {'#tuple': [1, {'#array': 'first'}]}}
    """
    if thing is None or isinstance(thing, bool | int | float | str):
        return thing
    if isinstance(thing, np.generic):
        return thing.item()
    if isinstance(thing, np.ndarray):
        if thing.dtype == object:
            return {"#objects": [pack(part, keep) for part in thing.tolist()]}
        return {"#array": keep(thing)}
    if is_dataclass(thing) and type(thing).__name__ in RECORDS:
        return {
            "#record": type(thing).__name__,
            **{f.name: pack(getattr(thing, f.name), keep) for f in fields(thing)},
        }
    if isinstance(thing, Mapping):
        if all(isinstance(key, str) and not key.startswith("#") for key in thing):
            return {key: pack(value, keep) for key, value in thing.items()}
        return {"#pairs": [[pack(key, keep), pack(value, keep)] for key, value in thing.items()]}
    if isinstance(thing, tuple):
        return {"#tuple": [pack(part, keep) for part in thing]}
    if isinstance(thing, list | set | frozenset):
        return [pack(part, keep) for part in thing]
    raise TypeError(
        f"cannot keep a {type(thing).__name__} on disk; results hold arrays, text, numbers, lists, mappings and the house's records"
    )


def unpack(form: Any, fetch: Fetch) -> Any:
    """What ``pack`` was given."""
    if isinstance(form, list):
        return [unpack(part, fetch) for part in form]
    if not isinstance(form, dict):
        return form
    if "#array" in form:
        return fetch(form["#array"])
    if "#tuple" in form:
        return tuple(unpack(part, fetch) for part in form["#tuple"])
    if "#objects" in form:
        out = np.empty(len(form["#objects"]), dtype=object)
        out[:] = [unpack(part, fetch) for part in form["#objects"]]
        return out
    if "#pairs" in form:
        return {unpack(key, fetch): unpack(value, fetch) for key, value in form["#pairs"]}
    if "#record" in form:
        kind: Any = RECORDS[form["#record"]]
        return kind(
            **{key: unpack(value, fetch) for key, value in form.items() if key != "#record"}
        )
    return {key: unpack(value, fetch) for key, value in form.items()}
