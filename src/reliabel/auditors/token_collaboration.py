"""Token collaboration: a span is suspect if the tagger doubts the tag of one of its words, and few
of the words most like it in context have that tag.

CoLaDa's two witnesses: the probability of the given tag by a model (collaboration of models), and a
weight by the tags of the nearest words (collaboration of instances): the number of neighbours with
the same type, divided by the largest of that tag, pulled apart around the mean of the tag and
divided by the largest again.  Words are compared by hashed features of their spelling and of the
words around them, projected at random, where the paper takes the inner layers of a language model.
Words that are surely outside of spans are not compared; their weight is 1.
Assumes a tagger that did not train on the sentence.  Weak where a name is wrong wherever it occurs:
its neighbours are the same name.  Average precision on 5,000 sentences of news was .605 against
.549 of the tagger's loss where errors are like those of a crowd, .836 against .820 where all kinds
are alike (one draw, `reliabel bench run labels`, taggers-labels).  The weighted labels are for
students of a better teacher, as in the paper: a logistic tagger lost F1 by them.
Cost: O(words x classes), and the neighbours of the words that are not surely outside.
Paper: Ma, Wu, Jiang, Karlsson, Zhao, Lin. CoLaDa: a collaborative label denoising framework for
cross-lingual named entity recognition. ACL 2023.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.core.evidence import TokenProbs
from reliabel.core.labels import Floats, Grouped, Ints, Spans
from reliabel.core.results import Suspicion
from reliabel.ops.neighbours import nearest as nearest_words
from reliabel.ops.span_alternatives import KINDS, alternatives
from reliabel.ops.span_words import given_tags, lowest, tag_table
from reliabel.ops.tagger import Tokens, tokens_of

ALSO = ("colada",)
COPY = 1e-7  # neighbours nearer than this are the same word in the same context
STEEP = 6.0  # of the sigmoid, as the paper has it
SURE = 0.95  # words given and seen outside with this chance are not compared
WIDTHS = (64, 16)  # numbers that the word itself and each word around it become
NEAR = (0.25, 0.5, 0.5, 0.25)  # how much the words around count beside the word


def audit(
    labels: Grouped[Spans],
    *,
    items: Any,
    token_probs: TokenProbs,
    nearest: int = 20,
    smooth: float = 0.0,
    hard: float = 0.5,
) -> Suspicion:
    """Score = one minus the lowest product, over the words of the span, of the weight and the
    tagger's chance of the given tag; where no span is given the tag is O.  Suggestion and kind =
    what the tagger sees there instead.

    nearest: words like it that are asked.  smooth: neighbours that are added to each count.
    info: "weight" (words,); "soft" (words, tags): ``hard`` parts of the given tag and one minus
    ``hard`` of the weighted chances of the tagger, the labels that the paper trains on.

    >>> text = [("in", "Bern", str(i)) for i in range(21)]
    >>> p = np.tile([[0.98, 0.02, 0], [0.4, 0.6, 0], [0.98, 0.02, 0]], (21, 1))
    >>> probs = TokenProbs(p, np.arange(22) * 3, ["O", "B-LOC", "I-LOC"])
    >>> spans = Spans([1] * 21, [2] * 21, [0] * 20 + [-1], ["LOC"])
    >>> found = audit(Grouped(spans, np.arange(22)), items=text, token_probs=probs, nearest=5)
    >>> found.score[[19, 20]].round(2).tolist(), found.kind[20]
    ([0.4, 1.0], 'missing')
    """
    units, item, offsets = labels.units, labels.item, np.asarray(token_probs.offsets)
    tokens = tokens_of(items)
    p, y = tag_table(token_probs, units.names), given_tags(labels, token_probs)
    own = p[np.arange(len(y)), y]
    asked = np.flatnonzero((y > 0) | ~(p[:, 0] >= SURE))
    weight = np.ones(len(y))
    if len(asked) > 1:
        near = nearest_words(_vectors(tokens, asked), j=min(nearest, len(asked) - 1))
        kind = (y[asked] + 1) // 2  # the two tags of a type are one
        there = np.where(near.index >= 0, near.index, 0)
        counts = (near.index >= 0) & (near.distance > COPY)
        same = (counts & (kind[there] == kind[:, None])).sum(1) + smooth
        for c in range(p.shape[1]):
            mine = np.flatnonzero(y[asked] == c)
            if len(mine):
                weight[asked[mine]] = _weights(same[mine])
    seen = alternatives(units, item, token_probs)
    score = 1 - lowest(weight * np.nan_to_num(own), labels, offsets)
    score[(units.y < 0) & ~seen.free] = np.nan
    soft = (1 - hard) * weight[:, None] * np.nan_to_num(p)
    soft[np.arange(len(y)), y] += hard
    info = {"weight": weight, "soft": soft.astype(np.float32)}
    kinds = np.array(KINDS)[seen.kind].tolist()
    return Suspicion(score, None, Grouped(seen.mend, labels.offsets), kinds, info)


def _weights(same: Floats) -> Floats:
    if not same.max() > 0:
        return np.zeros(len(same))
    share = same / same.max()
    pulled = 1 / (1 + np.exp(-STEEP * (share - share.mean())))
    return np.asarray(pulled / pulled.max())


def _vectors(tokens: Tokens, rows: Ints) -> Floats:
    """(rows, d) float32 a word and those around it, each projected to few numbers."""
    rng = np.random.default_rng(0)  # the same projection for any data
    word, beside = (
        _projected(features, width, rng)
        for features, width in zip((tokens.own, tokens.near), WIDTHS, strict=True)
    )
    parts = [word[tokens.words.word[rows]]]
    parts += [beside[code[rows]] * by for code, by in zip(tokens.places, NEAR, strict=True)]
    return np.hstack(parts)


def _projected(features: Any, width: int, rng: np.random.Generator) -> Floats:
    found = features @ rng.standard_normal((features.shape[1], width), dtype=np.float32)
    return np.asarray(found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9))
