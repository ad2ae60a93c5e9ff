"""The consensus folder: consensus.parquet (a row an item), workers.parquet (a row a worker),
aggregate.json; each written atomically.

Columns that stand in every folder: id, label, p, probs, votes, agreement; worker, votes, skill,
low, high, kind.  Others follow where they are known.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.labels import Numbers, Soft
from reliabel.core.results import Consensus
from reliabel.folders.atomic import writing
from reliabel.folders.audit_card import plain

SCHEMA = 1
ITEMS = {
    "id": "the item's id, the row number where there is none",
    "label": "the consensus: a class name or a number; empty where nobody voted on numbers",
    "p": "chance that the label is right, by the model; empty for numbers",
    "probs": "chance of each class, in the order of classes in aggregate.json; empty for numbers",
    "votes": "votes on the item",
    "agreement": "share of them that say the label; empty without votes and for numbers",
    "sd": "standard error of a number, if votes err independently",
    "low": "low end of a number's interval (95 % unless level= says otherwise), with a part for what all votes err by together",
    "high": "its high end",
    "ambiguous": "chance that the item lies between two classes, rather than in one that workers missed",
    "excess": "disagreement beyond what the workers' errors explain",
    "entropy": "entropy of probs, in nats",
    "need": "votes to buy next, 0 where none is worth its price",
    "gain": "what each of them is expected to add to the chance of the best class",
    "stop": "why the item needs no further vote (sure, not worth it, enough votes); empty where one more is worth its price",
}
WORKERS = {
    "worker": "the worker's id",
    "votes": "votes given",
    "skill": "expected share of right votes; empty below five votes that others can judge; for numbers, spread of the truth over spread of truth and errors",
    "low": "low end of the 95 % interval of skill",
    "high": "its high end",
    "kind": "honest, spammer, constant, adversary or unknown",
    "agreement": "share of the other votes on the same items that say the same",
    "spammer_score": "0 = answers do not depend on the item, 1 = perfect",
    "gold_votes": "votes on items whose true class is known",
    "gold_right": "share of them that is right",
    "bias": "for each class, share of the worker's votes on it less its share among the items; for numbers, how far the worker leans",
    "confusion": "chance of each answer (inner list) for each true class (outer list)",
    "flags": "behaviour that stands out: constant, too fast, drift, repeats",
}


def save(
    folder: str | Path,
    items: Mapping[str, Any],
    workers: Mapping[str, Any],
    card: Mapping[str, Any],
    *,
    page: str | None = None,
) -> Path:
    """Write the folder; columns of ``ITEMS`` and ``WORKERS`` only, ``card`` becomes aggregate.json,
    ``page`` report.html.
    """
    place = Path(folder)
    for name, columns, known in (("consensus", items, ITEMS), ("workers", workers, WORKERS)):
        strange = [column for column in columns if column not in known]
        if strange:
            raise ValueError(
                f"{name}.parquet has no column {strange[0]!r}; its columns are {', '.join(known)}"
            )
        _write(
            place / f"{name}.parquet",
            {column: columns[column] for column in known if column in columns},
        )
    if page is not None:
        with writing(place / "report.html") as part:
            part.write_text(page, encoding="utf-8")
    with writing(place / "aggregate.json") as part:  # last: without it the folder does not count
        part.write_text(
            json.dumps(
                {"schema": SCHEMA, **{key: plain(value) for key, value in card.items()}},
                indent=1,
                ensure_ascii=False,
            ),
            encoding="utf-8",
        )
    return place


def load(folder: str | Path) -> tuple[Consensus[Any], dict[str, Any], dict[str, Any]]:
    """The consensus, and the columns of items and of workers.  Raises ValueError where the folder
    holds none.
    """
    place = Path(folder)
    card_file = place / "aggregate.json"
    if not card_file.is_file():
        seen = (
            "there is no such folder"
            if not place.exists()
            else "it holds no finished aggregate.json"
        )
        raise ValueError(
            f"{place} is not a consensus folder: {seen}; make one with: reliabel aggregate FILE --item I --worker W --label L -o {place}"
        )
    card = json.loads(card_file.read_text(encoding="utf-8"))
    items, workers = _read(place / "consensus.parquet"), _read(place / "workers.parquet")
    if card.get("classes"):
        labels: Any = Soft(
            np.array(items["probs"], dtype=float).reshape(-1, len(card["classes"])),
            tuple(card["classes"]),
        )
    else:
        labels = Numbers(
            np.array([np.nan if value is None else value for value in items["label"]], dtype=float)
        )
    skill = (
        np.array([np.nan if value is None else value for value in workers["skill"]], dtype=float)
        if workers.get("skill")
        else None
    )
    return Consensus(labels, skill, info=card), items, workers


def _write(path: Path, columns: Mapping[str, Any]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    def column(values: Any) -> Any:
        if isinstance(values, np.ndarray) and values.ndim == 1 and values.dtype.kind == "f":
            return pa.array(values, from_pandas=True)  # NaN is "not known", and becomes null
        if isinstance(values, np.ndarray) and values.ndim == 2:
            flat = pa.array(np.ascontiguousarray(values).reshape(-1), from_pandas=True)
            return pa.ListArray.from_arrays(
                np.arange(len(values) + 1, dtype=np.int32) * values.shape[1], flat
            )
        return pa.array(
            values.tolist() if isinstance(values, np.ndarray) and values.ndim > 2 else values
        )

    with writing(path) as part:
        pq.write_table(pa.table({name: column(values) for name, values in columns.items()}), part)


def _read(path: Path) -> dict[str, Any]:
    import pyarrow.parquet as pq

    if not path.is_file():
        raise ValueError(f"{path} is missing; aggregate again into this folder")
    return dict(pq.read_table(path).to_pydict())
