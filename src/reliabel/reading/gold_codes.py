"""Gold labels, the known truth of some items, in the form that aggregators take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from reliabel.core.catalogue import nearest
from reliabel.core.labels import Classes, Floats, Ints, Numbers, Votes
from reliabel.core.votes_on_units import unit_labels


def gold_codes(gold: Any, votes: Votes[Any]) -> Any:
    """(n,) the known classes as the codes that the votes use, -1 where unknown; for votes on
    numbers the known numbers, NaN where unknown.  For votes on groups one per unit.

    gold: class names or codes, or numbers; None, NaN and empty text stand for unknown.  None
        altogether, or votes on labels of another kind, come back as they are.
    Raises ValueError for a class that the votes do not name, and for text among numbers.

    >>> gold_codes(["b", None], Votes(np.array([0]), np.array([0]), Classes.of(["b"]), n=2, w=1))
    array([ 0, -1])
    """
    labels = unit_labels(votes)
    if gold is not None and isinstance(labels, Numbers):
        return _numbers(gold)
    if gold is None or not isinstance(labels, Classes):
        return gold
    raw = np.asarray(gold)
    if raw.dtype.kind not in "iu":
        raw = _codes(raw, labels.names)
    if raw.ndim != 1 or (raw.size and (raw.min() < -1 or raw.max() >= labels.k)):
        raise ValueError(
            f"gold must be one class per item, 0..{labels.k - 1} or -1 where unknown, "
            f"got shape {raw.shape} from {raw.min()} to {raw.max()}"
        )
    return raw


def _codes(names: Any, known: Sequence[str]) -> Ints:
    code = {name: place for place, name in enumerate(known)}
    out = np.full(len(names), -1, dtype=np.int64)
    for place, value in enumerate(names.tolist()):
        if value is None or value != value or str(value) == "":
            continue
        if str(value) not in code:
            raise ValueError(
                f"gold names the class {str(value)!r}, which no vote has"
                f"{nearest(str(value), tuple(known))}; classes: {', '.join(known[:12])}"
            )
        out[place] = code[str(value)]
    return out


def _numbers(gold: Any) -> Floats:
    raw = np.asarray(gold)
    if raw.dtype.kind in "iuf":
        return raw.astype(float)
    out: Floats = np.full(raw.shape, np.nan)
    for place, value in np.ndenumerate(raw):
        if value is not None and str(value).strip():
            try:
                out[place] = float(value)
            except ValueError:
                raise ValueError(
                    f"gold must hold numbers, as the votes do, got {value!r} for item {place[0]}; "
                    "leave it empty where it is unknown"
                ) from None
    return out
