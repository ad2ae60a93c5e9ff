"""The consensus folder: consensus.parquet (a row an item, or a row an object where an item may
have several), workers.parquet (a row a worker), aggregate.json, and labels.npz with the labels of
kinds that a table of classes or numbers does not hold.

Columns of every folder: id, label, p, probs, votes, agreement; worker, votes, skill, low, high,
kind.  Others follow where they are known.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.columns import Coded
from reliabel.core.labels import Floats, Numbers, Soft
from reliabel.core.packing import pack, unpack
from reliabel.core.results import Audit, Consensus
from reliabel.folders.arrays_file import Arrays, read_arrays, write_arrays
from reliabel.folders.atomic import write_text, writing
from reliabel.folders.audit_card import plain
from reliabel.folders.audit_folder import PAGE, is_audit, write_audit
from reliabel.folders.switch import (
    UNREADABLE,
    holds,
    open_file,
    read_file,
    read_together,
    replacing,
)

SCHEMA = 1
OF_CLASSES = "Votes[Classes]"  # the kind of votes whose consensus can be reviewed
CONSENSUS, CROWD, CARD = "consensus.parquet", "workers.parquet", "aggregate.json"
NEXT, LABELS = "next_votes.csv", "labels.npz"
ITEMS = {
    "id": "the item's id, the row number where there is none",
    "unit": "number of the label within its item, where an item may have several",
    "label": "the consensus: a class, a number, a text, a list of them, or text such as LOC 3:5 "
    "(words) and car 12,20,110,84 (left, top, right, bottom); empty where there is none",
    "p": "chance that the label is right, by the model; empty where it gives none",
    "probs": "chance of each class, in the order of classes in aggregate.json; empty for numbers",
    "votes": "votes on the item; of compared things, votes that the thing was in",
    "agreement": "share of them for the label; empty without votes and for numbers",
    "sd": "standard error of a number, if votes err independently",
    "low": "low end of a number's interval (95 % unless level= sets another), "
    "which allows for an error that all votes share",
    "high": "its high end",
    "rank": "place among the compared things, 1 is the best",
    "node": "deepest class of a tree that is more likely than not",
    "risk": "expected share of pixels that are wrong",
    "ambiguous": "chance that the item lies between two classes, rather than that votes are wrong",
    "excess": "disagreement beyond what the workers' errors explain",
    "entropy": "entropy of probs, in nats",
    "need": "votes to ask for next, 0 where none is worth its price",
    "gain": "expected rise of the probability of the best class per vote",
    "stop": "why the item needs no further vote (sure, not worth it, enough votes); "
    "empty where one more is worth its price",
}
NEXT_PAIRS = {  # next_votes.csv where votes compare two things
    "left": "one thing",
    "right": "the other; show each pair either way round",
    "need": "comparisons to ask for, of a hundred in all",
    "compared": "comparisons of the two so far",
    "gain": "what the next one tells of the strengths, in nats",
}
NEXT_VOTES = {
    "item": "the item's id",
    "votes": "votes that it has",
    "label": "the consensus so far",
    "certainty": "chance that the label is right, by the model",
    "need": "votes to ask for",
    "gain": "expected rise of the probability of the best class per vote",
    "ask": "the worker to ask first; empty: anyone new",
    "content": "the item's text, path or columns, where they were given",
}
WORKERS = {
    "worker": "the worker's id",
    "votes": "votes given",
    "skill": "expected share of right votes; empty below five votes on items with gold or other "
    "votes; for numbers, variance of the truth divided by that of truth and errors",
    "low": "low end of the 95 % interval of skill",
    "high": "its high end",
    "kind": "honest, spammer, constant, adversary or unknown; function for labelling functions, "
    "whose low and high are the interval of gold_right",
    "agreement": "share of the other votes on the same items that agree with the worker's",
    "spammer_score": "0 = votes do not depend on the item, 1 = perfect",
    "gold_votes": "votes on items whose true class is known",
    "gold_right": "share of them that is right",
    "bias": "for each class, share of the worker's votes for it less its share among the items; "
    "for numbers, the worker's bias",
    "confusion": "chance of a vote for each class (inner list) given the true class (outer list)",
    "flags": "significant tests of behaviour: constant, too fast, drift, repeats",
    "near_copy_of": "workers who vote nearly like copies of this one",
    "says": "votes of a labelling function for each class",
    "coverage": "share of all items on which the function votes",
    "overlap": "share of all items on which it votes and another does",
    "conflict": "share of all items on which it votes and another votes otherwise",
    "errors": "items on which the function failed",
    "slow": "items on which it took too long",
    "fires_with": "the function whose votes go together with its own most, given the class",
    "correlation": "how closely, from 0 to 1",
}


def save(
    folder: str | Path,
    items: Mapping[str, Any],
    workers: Mapping[str, Any],
    card: Mapping[str, Any],
    *,
    page: str | None = None,
    audit: Audit | None = None,
    next_votes: Sequence[Mapping[str, Any]] = (),
    labels: Any = None,
    texts: Mapping[str, str] | None = None,
) -> Path:
    """Write the folder; all its files replace those of an earlier run at once.

    items, workers: columns of ``ITEMS`` and ``WORKERS``, no others.
    card, page: the content of aggregate.json and of report.html.
    audit: the consensus as an audit, whose files are written beside for a review.
    next_votes: rows of next_votes.csv, the items to ask for more votes on.
    labels: the label set, for kinds that the columns do not hold whole.
    texts: further files by name, such as a consensus on tagged text in its own formats.
    """
    place = Path(folder)
    for name, columns, known in (("consensus", items, ITEMS), ("workers", workers, WORKERS)):
        strange = [column for column in columns if column not in known]
        if strange:
            raise ValueError(
                f"{name}.parquet has no column {strange[0]!r}; its columns are {', '.join(known)}"
            )
    text = {"schema": SCHEMA, **{key: plain(value) for key, value in card.items()}}
    arrays: Arrays = {}
    if labels is not None:
        text["labels"] = pack(labels, partial(_kept, arrays))
    with replacing(place) as fresh:
        if arrays:
            write_arrays(fresh / LABELS, arrays)
        if audit is not None:
            write_audit(audit, fresh, place)
        _write(fresh / CONSENSUS, {name: items[name] for name in ITEMS if name in items})
        _write(fresh / CROWD, {name: workers[name] for name in WORKERS if name in workers})
        if page is not None:
            write_text(fresh / PAGE, page)
        write_text(fresh / NEXT, _csv(next_votes))
        for name, content in (texts or {}).items():
            write_text(fresh / name, content)
        write_text(fresh / CARD, json.dumps(text, indent=1, ensure_ascii=False))
    return place


def _kept(arrays: Arrays, array: Any) -> str:
    """Put an array beside the others; returns its name."""
    name = f"a{len(arrays)}"
    arrays[name] = array
    return name


def _csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows as CSV; without rows the header alone."""
    out = io.StringIO()
    columns = list(NEXT_PAIRS if rows and "left" in rows[0] else NEXT_VOTES)
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def is_consensus(folder: Path) -> bool:
    """Whether a folder holds a finished consensus."""
    return holds(folder, CARD)


def refuse_unreviewable(folder: Path) -> None:
    """Raise ValueError for a consensus without the files of a review."""
    if not is_consensus(folder) or is_audit(folder):
        return
    card = json.loads(read_file(folder, CARD))
    why = (
        "it was written without what a review needs; aggregate again into this folder"
        if card.get("classes") and card.get("kind", OF_CLASSES) == OF_CLASSES
        else f"its labels ({card.get('kind') or 'numbers'}) are not judged one by one; look at "
        "report.html and consensus.parquet"
    )
    raise ValueError(f"{folder} holds a consensus that cannot be reviewed: {why}")


def read_page(folder: Path) -> str | None:
    """The page of a consensus as it was written; None where there is none."""
    return read_file(folder, PAGE).decode("utf-8") if holds(folder, PAGE) else None


def load(folder: str | Path) -> tuple[Consensus[Any], dict[str, Any], dict[str, Any]]:
    """The consensus, and the columns of items and of workers.  Raises ValueError where the folder
    holds none or a damaged one.
    """
    place = Path(folder)
    if not is_consensus(place):
        seen = (
            "it holds no finished aggregate.json" if place.exists() else "there is no such folder"
        )
        raise ValueError(
            f"{place} is not a consensus folder: {seen}; make one with: "
            f"reliabel aggregate FILE --item I --worker W --label L -o {place}"
        )
    try:
        return read_together(place, CARD, lambda: _load(place))
    except UNREADABLE as wrong:
        raise ValueError(
            f"{place} is damaged: {str(wrong).splitlines()[0]}; aggregate again into this folder"
        ) from wrong


def _load(folder: Path) -> tuple[Consensus[Any], dict[str, Any], dict[str, Any]]:
    card = json.loads(read_file(folder, CARD))
    items, workers = _read(folder, CONSENSUS), _read(folder, CROWD)
    labels: Any
    if "labels" in card:
        labels = _labels(folder, card.pop("labels"))
    elif card.get("classes"):
        probs = np.array(items["probs"], dtype=float).reshape(-1, len(card["classes"]))
        labels = Soft(probs, tuple(card["classes"]))
    else:
        labels = Numbers(_floats(items["label"]))
    skill = _floats(workers["skill"]) if workers.get("skill") else None
    return Consensus(labels, skill, info=card), items, workers


def _floats(values: list[Any]) -> Floats:
    """Numbers of a column; null is not known, and becomes NaN."""
    return np.array([np.nan if value is None else value for value in values], dtype=float)


def _labels(folder: Path, packed: Any) -> Any:
    arrays: Arrays = {}
    if holds(folder, LABELS):
        with open_file(folder, LABELS) as file:
            arrays = read_arrays(file)
    return unpack(packed, arrays.__getitem__)


def _write(path: Path, columns: Mapping[str, Any]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from reliabel.formats.frames import as_arrow

    def column(values: Any) -> Any:
        if isinstance(values, Coded | np.ma.MaskedArray):
            return as_arrow(values)
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


def _read(folder: Path, name: str) -> dict[str, Any]:
    import pyarrow.parquet as pq

    if not holds(folder, name):
        raise ValueError(f"{folder / name} is missing")
    with open_file(folder, name) as file:
        return dict(pq.read_table(file).to_pydict())
