"""Tagged text as labels: spans of words, or a class a word where the tags mark no spans."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset, Ids
from reliabel.core.labels import Classes, Grouped, Spans
from reliabel.core.short_repr import many
from reliabel.core.words import Words

TASK = "tagged text"
SPANS_AT_LEAST = 0.5  # share of words whose tags have a role in a scheme of spans


def tagged(
    source: Any,
    *,
    label: Any = None,
    encoding: str | None = None,
    probs: Any = None,
) -> Dataset | None:
    """The data set of a file or a folder of tagged text; None for any other source.

    label: the column or field of the tags.  probs: probabilities of the tags of each word.
    """
    if not isinstance(source, str | Path) or not (label is None or isinstance(label, str | int)):
        return None
    from reliabel.formats import tagged_forms
    from reliabel.formats.files import place_of
    from reliabel.formats.packed import unpacked

    path = place_of(source)
    if isinstance(path, str) or not path.exists() or not tagged_forms.may_be(path):
        return None
    if path.is_dir():
        module = tagged_forms.module_of(path)
        if module is None:
            return None
        found = tagged_forms.read(module, path, label=label, encoding=encoding)
        return _data(path, found, encoding, probs)
    with unpacked(path) as (plain, said):
        module = tagged_forms.module_of(plain, encoding)
        if module is None:
            return None
        found = tagged_forms.read(module, plain, label=label, encoding=encoding)
    return _data(path, found, encoding, probs, said)


def _data(
    path: Path, found: Any, encoding: str | None, probs: Any, said: Sequence[str] = ()
) -> Dataset:
    from reliabel.formats.files import sha256_of

    evidence: dict[str, Any] = {"items": list(map(Words, found.words))}
    how: dict[str, Any] = {"items": len(found.words)}
    if found.tags is not None:
        labels, notes, scheme = labels_of_tags(found.tags)
        evidence["tags"] = found.tags
        how |= {"scheme": scheme}
    else:
        labels, notes = _of_spans(found.spans, found.words)
    if found.groups is not None:
        evidence["groups"] = np.array(found.groups, dtype=np.int64)
    if found.facts:
        evidence["columns"] = dict(found.facts)
    if probs is not None:
        from reliabel.reading.token_probs import token_probs_of

        evidence["token_probs"], told = token_probs_of(probs, found.words)
        notes += told
    about = {
        "path": str(path.resolve()),
        "sha256": sha256_of(path),
        "rows": len(found.words),
        "columns": {"label": found.label},
        "table": "pyarrow",
        "task": TASK,
        "form": found.form,
        "encoding": encoding,
        "tagged": {**dict(found.how), **how},
        "notes": [*said, *found.notes, *notes],
    }
    if found.rows is not None:
        about["row"] = np.array(found.rows)
    return Dataset(labels, evidence, Ids(found.ids), about)


def labels_of_tags(
    tags: Sequence[Sequence[str]],
) -> tuple[Grouped[Spans] | Grouped[Classes], list[str], str | None]:
    """The labels that tags of sentences say, what is to be said of them, and their scheme: spans,
    or a class a word (no scheme) where most tags have no role in a scheme of spans.

    >>> labels, notes, scheme = labels_of_tags([("B-LOC", "I-LOC", "O"), ("O", "B-PER")])
    >>> labels.units, scheme
    (Spans(2 spans, 2 classes: LOC, PER), 'IOB2')
    """
    from reliabel.ops.spans import UNKNOWN, coded, scheme_of, spans_of, tags_of_names

    code, offsets, names = coded(tags)
    taken = tags_of_names(names)
    known = taken.role != UNKNOWN
    counts = np.bincount(code, minlength=len(names))
    total = max(int(counts.sum()), 1)
    prefixed = bool(taken.types) and ("O" in names or not taken.bare)
    if not prefixed or counts[known].sum() < SPANS_AT_LEAST * total:
        if set(names) <= {"O", ""}:
            none = Spans([], [], [], ())
            empty = np.zeros(len(offsets), dtype=np.int64)
            return Grouped(none, empty), ["no word is tagged: every tag is O"], "IOB2"
        flat = Classes(code, names)
        told = f"a class for each word: {many(len(names), 'tag')} that mark no spans"
        return Grouped(flat, offsets), [told], None
    scheme, broken = scheme_of(code, offsets, taken)
    found = spans_of(code, offsets, taken)
    spans = Grouped(Spans(found.start, found.end, found.y, taken.types), found.offsets)
    notes = [
        f"tagged text in the scheme {scheme}: {many(len(found.y), 'span')} of "
        f"{many(len(taken.types), 'class', 'classes')} ({', '.join(taken.types[:12])})"
    ]
    odd = [name for name, is_known in zip(names, known.tolist(), strict=True) if not is_known]
    if odd:
        where = int(np.flatnonzero(np.isin(code, np.flatnonzero(~known)))[0])
        item = int(np.searchsorted(offsets, where, side="right")) - 1
        notes.append(
            f"{int(counts[~known].sum()):,} words have a tag that is none of the scheme "
            f"({', '.join(odd[:5])}), the first is word {where - int(offsets[item])} of sentence "
            f"{item}; they count as words outside spans"
        )
    if broken:
        verb = "does" if broken == 1 else "do"
        notes.append(
            f"{many(broken, 'tag')} {verb} not follow the scheme; the auditor tag_scheme lists them"
        )
    return spans, notes, scheme


def _of_spans(
    spans: Sequence[Sequence[tuple[str, int, int]]], words: Sequence[Sequence[str]]
) -> tuple[Grouped[Spans], list[str]]:
    """The labels of spans of sentences, sorted by their words."""
    flat = list(
        chain.from_iterable(
            sorted(held, key=lambda one: (one[1], one[2], one[0])) for held in spans
        )
    )
    names = tuple(sorted({name for name, *_ in flat}))
    place = {name: code for code, name in enumerate(names)}
    size = np.fromiter(map(len, spans), dtype=np.int64, count=len(spans))
    columns = [list(part) for part in zip(*flat, strict=True)] or [[], [], []]
    units = Spans(columns[1], columns[2], [place[name] for name in columns[0]], names)
    offsets = np.concatenate([[0], np.cumsum(size)])
    total = sum(map(len, words))
    return Grouped(units, offsets), [
        f"tagged text: {many(len(flat), 'span')} of {many(len(names), 'class', 'classes')} "
        f"({', '.join(names[:12])}) in {many(total, 'word')}"
    ]
