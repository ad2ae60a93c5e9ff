"""What labelling functions of spans look at: tagged text, whose own spans are then known ones, or a
column of texts.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset
from reliabel.core.labels import Classes, Grouped, Ints, Spans, Votes
from reliabel.core.raw_labels import encode
from reliabel.reading.function_items import function_items
from reliabel.reading.tagged_text import tagged

CONLL = "conll"  # the form of files with a word a line


def span_items(
    source: Any,
    *,
    text: str | None = None,
    id: str | None = None,
    label: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
) -> tuple[Dataset, Grouped[Spans] | None]:
    """The items as a data set without labels, and the spans that the file holds (None where it
    holds none).

    text, id: columns of a table; tagged text needs neither.
    label: the column or the field of the tags, in tagged text.
    Raises ValueError for a table without ``text``.
    """
    whole = tagged(source, label=label, encoding=encoding)
    if text is not None and whole is not None:
        if whole.source["form"] == CONLL:
            raise ValueError(
                f"{Path(source).name} holds words with tags, a word a line, and no column of "
                "texts; leave text= out"
            )
        whole = None  # a field of texts of other records
    if whole is not None:
        n = len(whole.evidence["items"])
        known: Any = whole.labels
        spans = isinstance(known.units, Spans) and bool(len(known.units))
        bare = replace(whole, labels=Classes(np.full(n, -1)))
        return bare, known if spans else None
    if text is None:
        raise ValueError(
            f"functions of spans look at texts: name the column of texts in {Path(source).name} "
            "with text=; tagged text (CoNLL, JSON Lines with tokens and tags) needs none"
        )
    if label is not None:
        raise ValueError(
            "known spans are read from tagged text (CoNLL, JSON with spans), not from a column of "
            "a table; leave label out, or give the file that holds them"
        )
    form: dict[str, Any] = {"encoding": encoding, "delimiter": delimiter, "sheet": sheet}
    return function_items(source, text=text, id=id, **form)[0], None


def is_tagged_text(source: Any, encoding: str | None = None) -> bool:
    """Whether a file holds tagged text."""
    found = tagged(source, encoding=encoding)
    return found is not None


def with_known_spans(data: Dataset, known: Grouped[Spans] | None) -> Dataset:
    """The votes with all classes of the known spans, which ``source["known"]`` then holds with the
    classes of the votes.
    """
    if known is None:
        return data
    votes: Votes[Any] = data.labels  # type: ignore[assignment]
    both = encode(sorted({*votes.labels.units.names, *known.units.names}))[1]
    units, truth = (_renamed(one.units, both) for one in (votes.labels, known))
    labels = Grouped(units, votes.labels.offsets)
    whole = Votes(votes.item, votes.worker, labels, votes.n, votes.w)
    more = sorted(set(known.units.names) - set(votes.labels.units.names))
    notes = list(data.source.get("notes", ()))
    if more:
        notes.append(
            f"no labelling function marks {', '.join(map(repr, more[:5]))}, which known spans "
            "have; the votes can hardly find them"
        )
    source = {**data.source, "notes": notes, "known": Grouped(truth, known.offsets)}
    return replace(data, labels=whole, source=source)


def _renamed(spans: Spans, names: tuple[str, ...]) -> Spans:
    place: Ints = np.array([*(names.index(name) for name in spans.names), -1], dtype=np.int64)
    return Spans(spans.start, spans.end, place[spans.y], names)
