"""From spans to the tags of their words and back: what a tagger says of the given tags."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reliabel.core.evidence import TokenProbs
from reliabel.core.labels import Floats, Grouped, Ints, Spans
from reliabel.ops.tagger import tag_codes


def tag_table(token_probs: TokenProbs, types: Sequence[str]) -> Floats:
    """(words, 1 + 2 k) the chance of each tag in the order of ``tag_codes``: outside, then begin
    and inside of each type.  A tag that the tagger does not know has none.

    >>> probs = TokenProbs([[0.2, 0.1, 0.7]], [0, 1], ["I-LOC", "O", "B-LOC"])
    >>> tag_table(probs, ["LOC", "PER"]).round(1).tolist()
    [[0.1, 0.7, 0.2, 0.0, 0.0]]
    """
    names = ("O", *(f"{letter}-{name}" for name in types for letter in "BI"))
    place = {name: column for column, name in enumerate(token_probs.names)}
    p = token_probs.p
    none = np.zeros(len(p), dtype=p.dtype)
    return np.stack([p[:, place[n]] if n in place else none for n in names], axis=1).astype(float)


def given_tags(labels: Grouped[Spans], token_probs: TokenProbs) -> Ints:
    """(words,) the given tag of each word, a column of ``tag_table``."""
    return tag_codes(labels, np.asarray(token_probs.offsets))


def lowest(of_words: Floats, labels: Grouped[Spans], offsets: Ints) -> Floats:
    """(units,) the lowest value among the words of each span.

    >>> spans = Grouped(Spans([0, 1], [2, 3], [0, 0], ["LOC"]), [0, 1, 2])
    >>> lowest(np.array([0.9, 0.2, 0.5, 0.7, 0.3]), spans, np.array([0, 2, 5])).tolist()
    [0.2, 0.3]
    """
    units, first = labels.units, offsets[labels.item]
    if not len(units):
        return np.empty(0)
    ends = np.stack([first + units.start, first + units.end], axis=1).ravel()
    # one value more, so that a span may end at the last word
    return np.asarray(np.minimum.reduceat(np.append(of_words, np.inf), ends)[::2], dtype=float)
