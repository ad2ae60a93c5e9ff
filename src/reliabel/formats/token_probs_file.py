"""Probabilities of tags in a file: .npz with p, offsets and names, or one JSON object a sentence.

A JSON object has ``probs``, a row of numbers a word (or a mapping from tag to number), ``names`` in
the first object where rows are lists, and, where a row belongs to a piece of a word, ``word_ids``:
the word of each piece, null for none.  Of the pieces of a word the first counts, or their mean.
A tagger that gives no probabilities is read from ``tags``, the tag of each word: all of its chance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.evidence import TokenProbs
from reliabel.formats.files import encoding_of
from reliabel.formats.json_text import lines_of, records_of


def read(
    path: Path, words: Sequence[Sequence[str]], *, mean: bool = False
) -> tuple[TokenProbs, list[str]]:
    """The probabilities of the words of some sentences, and notes on what was done.

    Raises ValueError with the line where rows differ in length or are no numbers.
    """
    if path.suffix.lower() == ".npz":
        with np.load(path, allow_pickle=False) as held:
            missing = [name for name in ("p", "offsets", "names") if name not in held]
            if missing:
                raise ValueError(
                    f"{path.name} holds {', '.join(held)}; probabilities of tags are the arrays p "
                    f"(words, tags), offsets (sentences + 1,) and names"
                )
            names = tuple(map(str, held["names"].tolist()))
            return TokenProbs(held["p"], held["offsets"], names), []
    encoding = encoding_of(path)
    records = records_of(path, encoding)
    lines = [number for number, line in lines_of(path, encoding) if line.strip()]
    by_line = records.shape == "lines" and len(lines) == len(records.rows)
    reader = _Rows(path, lines if by_line else [])
    if records.rows and not any("probs" in one for one in records.rows):
        made = _of_tags([reader.tags(one, row) for row, one in enumerate(records.rows)])
        return _joined(made, records.rows, words, path.name, mean), [
            f"{path.name} holds tags without probabilities: each is taken as all of its chance"
        ]
    parts = [reader.row(one, row) for row, one in enumerate(records.rows)]
    if reader.names is None:
        raise ValueError(f"{path.name} names no tags: its first record needs names, a list of them")
    size = [len(part) for part in parts]
    p = np.array(list(chain.from_iterable(parts)), dtype=np.float32)
    made = TokenProbs(
        p.reshape(-1, len(reader.names)), np.concatenate([[0], np.cumsum(size)]), reader.names
    )
    if not any(one.get("word_ids") is not None for one in records.rows):
        return made, []
    return _joined(made, records.rows, words, path.name, mean), [
        f"{path.name}: of pieces of a word " + ("the mean is taken" if mean else "the first counts")
    ]


def _joined(
    probs: TokenProbs,
    rows: Sequence[Mapping[str, Any]],
    words: Sequence[Sequence[str]],
    what: str,
    mean: bool,
) -> TokenProbs:
    """With the pieces of words joined, where records tell them."""
    pieces = [one.get("word_ids") for one in rows]
    if not any(held is not None for held in pieces):
        return probs
    return merged(probs, pieces, words, what, mean=mean)


def _of_tags(tags: Sequence[Sequence[str]]) -> TokenProbs:
    """Tags as probabilities of nought and one."""
    flat = np.array(list(chain.from_iterable(tags)), dtype=str)
    names, code = np.unique(flat, return_inverse=True)
    p = np.zeros((len(flat), len(names)), dtype=np.float32)
    p[np.arange(len(flat)), code.ravel()] = 1
    size = np.fromiter(map(len, tags), np.int64, len(tags))
    return TokenProbs(p, np.concatenate([[0], np.cumsum(size)]), tuple(names.tolist()))


def merged(
    probs: TokenProbs,
    pieces: Sequence[Sequence[int | None] | None],
    words: Sequence[Sequence[str]],
    what: str,
    *,
    mean: bool = False,
) -> TokenProbs:
    """Rows of pieces of words joined to one row a word: the first piece, or the mean of all; a word
    of which there is no piece has NaN.

    pieces: the word of each row of a sentence, None for rows of no word (as the tokenisers of
    Hugging Face give ``word_ids``).
    """
    flat: list[int] = []
    for row, (held, text) in enumerate(zip(pieces, words, strict=False)):
        rows = int(probs.offsets[row + 1] - probs.offsets[row])
        told = list(range(rows)) if held is None else [-1 if one is None else one for one in held]
        if len(told) != rows or max(told, default=-1) >= len(text):
            raise ValueError(
                f"{what}: sentence {row} (counted from 0) has {rows} rows, {len(told)} word_ids up "
                f"to {max(told, default=-1)} and {len(text)} words"
            )
        flat += told
    size = np.fromiter(map(len, words), dtype=np.int64, count=len(words))
    offsets = np.concatenate([[0], np.cumsum(size)])
    if len(pieces) != len(words):
        raise ValueError(f"{what} holds {len(pieces):,} sentences, the text has {len(words):,}")
    sentence = np.repeat(np.arange(len(probs)), np.diff(probs.offsets))
    place = np.array(flat, dtype=np.int64)
    kept = np.flatnonzero(place >= 0)
    word = offsets[sentence[kept]] + place[kept]
    out = np.full((int(offsets[-1]), probs.p.shape[1]), np.nan, dtype=np.float32)
    if not mean:
        first_word, first = np.unique(word, return_index=True)
        out[first_word] = probs.p[kept[first]]
        return TokenProbs(out, offsets, probs.names)
    total = np.zeros(out.shape)
    np.add.at(total, word, probs.p[kept])
    count = np.bincount(word, minlength=len(out))
    out[count > 0] = total[count > 0] / count[count > 0, None]
    return TokenProbs(out, offsets, probs.names)


class _Rows:
    """The rows of sentences one by one, all with the same tags."""

    def __init__(self, path: Path, lines: Sequence[int]) -> None:
        self.path, self.lines = path, lines
        self.names: tuple[str, ...] | None = None

    def tags(self, record: Mapping[str, Any], row: int) -> list[str]:
        held = record.get("tags")
        if not isinstance(held, list) or not all(isinstance(tag, str) for tag in held):
            raise ValueError(
                f"{self.path.name}, {self._where(row)}: no list 'probs' with a row a word, nor a "
                "list 'tags' with the tag of each word"
            )
        return held

    def _where(self, row: int) -> str:
        return f"line {self.lines[row]:,}" if self.lines else f"record {row + 1:,}"

    def row(self, record: Mapping[str, Any], row: int) -> list[list[float]]:
        where = self._where(row)
        held = record.get("probs")
        if not isinstance(held, list):
            raise ValueError(f"{self.path.name}, {where}: no list 'probs' with a row a word")
        if self.names is None and isinstance(record.get("names"), list):
            self.names = tuple(map(str, record["names"]))
        if held and isinstance(held[0], dict):
            self.names = self.names or tuple(map(str, held[0]))
            held = [[one.get(name, 0.0) for name in self.names] for one in held]
        k = len(self.names) if self.names is not None else len(held[0]) if held else 0
        for place, one in enumerate(held):
            fit = isinstance(one, list) and len(one) == k
            if not fit or not all(isinstance(p, int | float) for p in one):
                seen = f"{len(one)} numbers" if isinstance(one, list) else type(one).__name__
                raise ValueError(
                    f"{self.path.name}, {where}: word {place} has {seen}, there are {k} tags; give "
                    "one probability a tag for each word"
                )
        return held
