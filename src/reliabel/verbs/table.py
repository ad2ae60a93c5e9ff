"""table: a result as rows, in the kind of table that the data came in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from reliabel.core.columns import Coded, Columns
from reliabel.core.dataset import Ids
from reliabel.core.kinds import kind_for, layout_of
from reliabel.core.labels import Labels, Soft
from reliabel.core.results import Audit, Consensus, Measure, Picks, Prediction
from reliabel.core.rows import LabelRows, finding_rows

KINDS = ("pandas", "polars", "pyarrow")


def table(
    result: Audit | Consensus[Any] | Picks | Measure | Prediction,
    *,
    rows: str = "labels",
    ids: Ids | None = None,
    kind: str | None = None,
) -> Any:
    """Rows of a result: labels of an Audit (``rows="findings"``: its findings), items of a
    Consensus, predictions with a column for the probability of each class, picks, or a measure and
    its parts.

    kind: "pandas", "polars" or "pyarrow"; None takes the kind of table that came in, else pyarrow.
    ids: names of items and workers, for results that do not carry them.

    >>> table(Measure(0.25, 0.2, 0.3, {"a": 0.5})).to_pydict()
    {'part': ['value', 'a'], 'value': [0.25, 0.5], 'low': [0.2, nan], 'high': [0.3, nan]}
    """
    if kind is not None and kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, got {kind!r}")
    if rows not in ("labels", "findings"):
        raise ValueError(f"rows must be labels or findings, got {rows!r}")
    if isinstance(result, Audit):
        columns = _labels(result) if rows == "labels" else finding_rows(result)
        kind = kind or str(result.data.source.get("table"))
    elif isinstance(result, Consensus):
        columns = _consensus(result, ids or result.info.get("ids") or Ids())
        source = getattr(result.info.get("data"), "source", {})
        kind = kind or str(source.get("table"))
    elif isinstance(result, Prediction):
        columns = prediction_columns(result, ids or result.ids)
        kind = kind or str(result.info.get("source", {}).get("table"))
    elif isinstance(result, Picks):
        columns = _picks(result, ids or Ids())
    elif isinstance(result, Measure):
        columns = _measure(result)
    else:
        raise ValueError(
            f"no table of a {type(result).__name__}; give an Audit, a Consensus, a Prediction, "
            "Picks or a Measure"
        )
    from reliabel.formats.frames import to_frame

    return to_frame(columns, kind if kind in KINDS else "pyarrow")


def _labels(audit: Audit) -> Columns:
    rows = LabelRows(audit)
    return rows.of(slice(0, len(rows)))


def _consensus(result: Consensus[Any], ids: Ids) -> Columns:
    labels: Labels = result.labels
    kind, layout = kind_for(labels), layout_of(labels)
    item, unit = layout.place(np.arange(layout.rows))
    columns: Columns = {"id": Coded(item, [ids.item(i) for i in range(len(labels))])}
    if unit is not None:
        columns["unit"] = unit
    columns |= _consensus_labels(kind.bare(labels), kind.cells_of(labels, slice(0, layout.rows)))
    more = {name: result.info.get(name) for name in ("votes", "agreement")}
    fits = {n: c for n, c in more.items() if np.ndim(c) == 1 and len(c) == layout.rows}  # type: ignore[arg-type]
    return columns | fits


def _consensus_labels(labels: Labels, column: Any) -> Columns:
    """The label of each unit; of a distribution the most probable class, its share and all
    shares.
    """
    if not isinstance(labels, Soft):
        return {"label": column}
    p = labels.p
    return {"label": Coded(p.argmax(1), labels.names), "p": p.max(1), "probs": p}


def prediction_columns(result: Prediction, ids: Ids) -> Columns:
    """The item, its most probable class with the probability ``p``, and ``p_CLASS`` for each
    class.
    """
    labels: Any = result.labels
    columns: Columns = {"id": [ids.item(row) for row in range(len(labels))]}
    p = getattr(labels, "p", None)
    if p is None:
        return {**columns, "label": np.asarray(labels.y)}
    if isinstance(labels, Soft):
        columns |= {"label": Coded(p.argmax(1), labels.names), "p": p.max(1)}
    else:
        columns["label"] = ["|".join(names) for names in result.predicted]
    return columns | {f"p_{name}": p[:, place] for place, name in enumerate(labels.names)}


def _picks(result: Picks, ids: Ids) -> Columns:
    columns: Columns = {
        "rank": np.arange(1, len(result.item) + 1),
        "id": [ids.item(i) for i in result.item.tolist()],
    }
    if result.worker is not None:
        columns["worker"] = [
            str(w) if ids.workers is None else ids.workers[w] for w in result.worker.tolist()
        ]
    if result.score is not None:
        columns["score"] = result.score[result.item]
    return columns


def _measure(result: Measure) -> Columns:
    rows = [("value", result.value, result.low, result.high)]
    for name, part in result.parts.items():
        rows += _parts(str(name), part)
    return {
        word: [row[place] for row in rows]
        for place, word in enumerate(("part", "value", "low", "high"))
    }


def _parts(name: str, part: Any) -> list[tuple[str, float, float, float]]:
    """A part as rows: a measure with its interval, each number of an array or a mapping by its
    place.
    """
    if isinstance(part, Measure):
        return [(name, part.value, part.low, part.high)]
    if isinstance(part, Mapping):
        return [row for key, value in part.items() for row in _parts(f"{name}[{key}]", value)]
    array = np.asarray(part)
    if array.dtype.kind not in "iufb":
        return []
    nan = float("nan")
    return [
        (name + (f"[{', '.join(map(str, index))}]" if index else ""), float(value), nan, nan)
        for index, value in np.ndenumerate(array)
    ]
