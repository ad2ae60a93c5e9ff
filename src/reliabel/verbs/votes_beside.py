"""Votes of labelling functions from a file, with their items from another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from reliabel.core.dataset import Dataset, Ids
from reliabel.core.labels import Ints, Votes
from reliabel.core.short_repr import many


def votes_beside(
    votes: Any,
    *,
    items: str | Path | None = None,
    classes: str | None = None,
    text: str | None = None,
    image: str | None = None,
    id: str | None = None,
    label: str | None = None,
    missing: Sequence[str] = (),
    **form: Any,
) -> tuple[Dataset, Ints | None]:
    """The votes, with the items of a table row by row where there is one, and the known labels of
    the items (n,), -1 where unknown.

    items: the table; text, image, id and label are columns of it, without it of the table of votes.
    classes: the names of the classes 0, 1, ..., with commas between.
    missing: numbers (or words) that mean that a function says nothing, beside -1.
    Raises ValueError where the rows of the two do not match.
    """
    from reliabel.reading.function_items import function_items, with_known
    from reliabel.verbs.read import read

    names = None if classes is None else [name.strip() for name in classes.split(",")]
    words: dict[str, Any] = {"kind": "functions", "order": names, "missing": missing, **form}
    if items is None:
        data = read(votes, text=text, image=image, id=id, label=label, **words)
        return data, data.source.get("known")
    data = read(votes, **words)
    cast: Votes[Any] = data.labels  # type: ignore[assignment]
    whole, known = function_items(items, text=text, image=image, id=id, label=label, **form)
    if len(whole.labels) != cast.n:
        raise ValueError(
            f"{votes} holds votes on {many(cast.n, 'item')}, {items} has "
            f"{many(len(whole.labels), 'row')}; the rows of the two must be the same items in the "
            "same order"
        )
    ids = Ids(whole.ids.items or data.ids.items, data.ids.workers)
    kept = {key: whole.source[key] for key in ("path", "task", "table") if key in whole.source}
    columns = {**data.source.get("columns", {}), **whole.source.get("columns", {})}
    source = {**data.source, **kept, "columns": columns}
    beside = replace(data, evidence={**data.evidence, **whole.evidence}, ids=ids, source=source)
    return with_known(beside, known) if known is not None else (beside, source.get("known"))
