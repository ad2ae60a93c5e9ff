"""What a tagger says of the words around a token, as features of a second tagger: the tags of the
words beside it, and of the same word in other sentences.

Tags depend on each other (a name goes on, "Paris" is mostly a place), which a tagger of single
words cannot use.  All of it comes from the sentence's own fold, whose tagger saw none of its tags,
so that no tag speaks for itself.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from reliabel.core.labels import Floats, Ints
from reliabel.ops.tagger import STEPS, STRENGTH, Tokens, out_of_fold

BESIDE = (-2, -1, 1, 2)


def out_of_fold_twice(
    tokens: Tokens,
    y: Ints,
    k: int,
    fold: Ints,
    *,
    strength: float = STRENGTH,
    steps: int = STEPS,
) -> Floats:
    """(m, k) float32 probability of each tag of each token by two taggers, one after the other: the
    second sees what the first says of the words around.  Both are fitted without the sentences of
    the fold, as in ``out_of_fold``.
    """
    first = out_of_fold(tokens, y, k, fold, strength=strength, steps=steps)
    seen = around(tokens, first, fold)
    if tokens.vectors is not None:
        seen = np.concatenate([tokens.vectors, seen], axis=1)
    return out_of_fold(replace(tokens, vectors=seen), y, k, fold, strength=strength, steps=steps)


def around(tokens: Tokens, probs: Floats, fold: Ints) -> Floats:
    """(m, 5 k) float16: the probabilities of the tags of the two words on either side, 0 beyond the
    sentence, and their mean over the same word elsewhere in the fold, drawn to that of all words.

    >>> from reliabel.ops.tagger import tokens_of
    >>> p = np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6]])
    >>> tokens = tokens_of([("in", "Rome"), ("Rome",)])
    >>> around(tokens, p, np.zeros(2, dtype=int))[1].astype(float).round(2).tolist()
    [0.0, 0.0, 0.9, 0.1, 0.0, 0.0, 0.0, 0.0, 0.45, 0.55]
    """
    words, (m, k) = tokens.words, probs.shape
    out = np.zeros((m, (len(BESIDE) + 1) * k), dtype=np.float16)
    size = np.diff(words.offsets)
    sentence = np.repeat(np.arange(len(words)), size)
    for place, by in enumerate(BESIDE):
        here = slice(max(-by, 0), m - max(by, 0))
        there = slice(max(by, 0), m - max(-by, 0))
        if abs(by) < m:
            same = (sentence[here] == sentence[there])[:, None]
            out[here, place * k : (place + 1) * k] = np.where(same, probs[there], 0)
    kind = words.word * (int(fold.max(initial=0)) + 1) + np.repeat(fold, size)
    which, count = np.unique(kind, return_inverse=True, return_counts=True)[1:]
    which = which.ravel()
    usual = probs.mean(0, dtype=np.float64) if m else np.zeros(k)
    for c in range(k):
        total = np.bincount(which, probs[:, c], minlength=len(count))
        out[:, len(BESIDE) * k + c] = (total[which] - probs[:, c] + usual[c]) / count[which]
    return out
