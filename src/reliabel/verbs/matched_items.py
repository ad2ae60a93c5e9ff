"""Which item of one audit is which of another: by their ids, else by their content."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reliabel.core.dataset import Dataset
from reliabel.core.short_repr import by_fields
from reliabel.folders.items_file import item_rows

COMMON = 0.5  # share of the smaller audit's ids that both must have to be matched by them


@dataclass(frozen=True)
class Matching:
    """``pairs`` are the rows of the items that both audits have, ``by`` is what they were matched
    by, ``notes`` what to know of it.
    """

    pairs: tuple[tuple[int, int], ...]
    by: str
    notes: tuple[str, ...] = ()

    __repr__ = by_fields


def matched_items(old: Dataset, new: Dataset) -> Matching:
    """The items of two audits as pairs: by id where both have ids of their own and share most, else
    by content (texts, columns, pictures, features), copies in their order; else by row.

    Raises ValueError where neither is possible.
    """
    ids, others = id_keys(old), id_keys(new)
    if ids is not None and others is not None:
        pairs = _paired(ids, others)
        if len(pairs) >= COMMON * min(len(ids), len(others)):
            return Matching(pairs, "id", _edited(old, new, pairs))
    content, other = content_keys(old), content_keys(new)
    if content is not None and other is not None:
        note = ("the ids of the two audits differ; items are matched by their content",)
        both = ids is not None and others is not None
        return Matching(_paired(content, other), "content", note if both else ())
    if len(old.labels) == len(new.labels):
        rows = range(len(old.labels))
        note = ("items have neither ids nor content in both audits; they are matched by their row",)
        return Matching(tuple(zip(rows, rows, strict=True)), "row", note)
    raise ValueError(
        f"the two audits cannot be compared: {len(old.labels):,} and {len(new.labels):,} items "
        "without ids of their own or content that both have; name the column of the ids when "
        "reading the data (id=), and audit again"
    )


def id_keys(data: Dataset) -> list[Hashable] | None:
    """The ids of the items, None where they are row numbers."""
    names = data.ids.items
    if names is None or list(names) == list(map(str, range(len(names)))):
        return None
    return list(names)


def content_keys(data: Dataset) -> list[Hashable] | None:
    """What each item is, as a hash; None where nothing is known."""
    if data.source.get("task") == "image":
        return _pictures(data)
    shown = {name: values for name, values in item_rows(data).items() if name != "id"}
    if shown and all(len(values) == len(data.labels) for values in shown.values()):
        return [_hash(repr(row)) for row in zip(*shown.values(), strict=True)]
    features = data.evidence.get("features")
    if isinstance(features, np.ndarray) and len(features) == len(data.labels):
        return [_hash(np.ascontiguousarray(row).tobytes()) for row in features]
    return None


def _pictures(data: Dataset) -> list[Hashable] | None:
    items = data.evidence.get("items")
    paths = [one if isinstance(one, str | Path) else None for one in items or ()]
    if not paths or None in paths:
        return None
    there = [Path(str(path)) for path in paths]
    if all(path.is_file() for path in there):
        return [_hash(path.read_bytes()) for path in there]
    return [path.name for path in there]


def _hash(content: str | bytes) -> str:
    raw = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    return hashlib.sha256(raw).hexdigest()


def _paired(old: Sequence[Hashable], new: Sequence[Hashable]) -> tuple[tuple[int, int], ...]:
    """Rows with the same key; the first of several alike with the first, and so on."""
    place: dict[Hashable, list[int]] = {}
    for row in reversed(range(len(new))):
        place.setdefault(new[row], []).append(row)
    return tuple((row, place[key].pop()) for row, key in enumerate(old) if place.get(key))


def _edited(old: Dataset, new: Dataset, pairs: tuple[tuple[int, int], ...]) -> tuple[str, ...]:
    """A note on items with the same id and another content."""
    before, after = content_keys(old), content_keys(new)
    if before is None or after is None or not pairs:
        return ()
    edited = sum(before[row] != after[other] for row, other in pairs)
    if not edited or edited == len(pairs):  # all of them: it was made or read in another way
        return ()
    many = "items have" if edited > 1 else "item has"
    return (f"{edited:,} {many} the same id and another content than before",)
