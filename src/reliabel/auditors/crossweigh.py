"""CrossWeigh: a span is suspect if taggers that never saw the names of its sentence keep seeing
something else.

In each of several rounds the sentences are cut into folds; the tagger of a fold learns from
sentences outside it that share no entity with it, so that it cannot repeat a wrong label of a name
that it has learnt by heart.  Names in more than one sentence of fifty are not kept apart: without
such sentences little would be left to learn from.
Assumes a tagger that is nearly always right, and contexts that tell what a name is.  Weak on small
sets, and on names whose class the context does not tell: it then counts a mistake in every second
right sentence.
Experimental, because that is so with the tagger here.  Of 2,500 sentences of news (one draw,
`reliabel bench run labels`, taggers-crossweigh) errors by name were ranked with an average
precision of .155, against .088 by the loss of a tagger with plain folds, as the paper means it;
errors like those of a crowd with .354 against .493.  A tagger that learnt with the weights of the
sentences lost 1.4 and 8.8 points of F1, with the same weights in another order .5 and .8.
Cost: rounds x folds fits of a tagger, each O(words x classes) a step.
Paper: Wang, Shang, Liu, Lu, Liu, Han. CrossWeigh: training named entity tagger from imperfect
annotations. EMNLP 2019.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator

from reliabel.core.evidence import TokenProbs
from reliabel.core.labels import Bools, Floats, Grouped, Ints, Spans
from reliabel.core.results import Suspicion
from reliabel.ops.span_alternatives import KINDS, alternatives
from reliabel.ops.tagger import out_of_fold, tag_codes, tokens_of
from reliabel.ops.word_features import same_sentences

STATUS = "experimental"
SMALL = {"rounds": 2, "folds": 4}


def audit(
    labels: Grouped[Spans],
    *,
    items: Any,
    rng: Generator,
    rounds: int = 3,
    folds: int = 10,
    common: float = 0.02,
    epsilon: float = 0.7,
) -> Suspicion:
    """Score = (rounds in which an alternative is likelier than what is given, plus the mean share
    of the likeliest alternative) / (rounds + 1); suggestion and kind by the mean of all rounds.
    Flag = mistaken in every round.

    common: share of the sentences beyond which an entity is not kept apart.  epsilon: info "weight"
    (sentences,) is epsilon to the number of rounds with a mistake in the sentence: what the paper
    weighs a sentence by in training.

    >>> text = [(*words, str(i)) for words in (("in", "Bern"), ("he", "ran")) for i in range(20)]
    >>> offsets = np.minimum(np.arange(41), 20)
    >>> spans = Spans([1] * 20, [2] * 20, [0] * 19 + [1], ["LOC", "PER"])
    >>> rng = np.random.default_rng(0)
    >>> found = audit(Grouped(spans, offsets), items=text, rng=rng, folds=4)
    >>> int(found.score.argmax()), found.kind[19]
    (19, 'type')
    """
    units, item = labels.units, labels.item
    tokens = tokens_of(items)
    offsets, n = tokens.words.offsets, len(labels)
    y, k = tag_codes(labels, offsets), 1 + 2 * units.k
    names = ("O", *(f"{letter}-{name}" for name in units.names for letter in "BI"))
    copies = same_sentences(tokens.words.word, offsets)
    entity = _entities(units, item, items)
    mean, mistakes = np.zeros((len(y), k), dtype=np.float32), np.zeros(len(units))
    wrong, share = np.zeros(n), np.zeros(len(units))
    for _ in range(rounds):
        fold = (rng.permutation(n) % max(2, min(folds, n)))[copies]  # copies share their counts
        p = out_of_fold(tokens, y, k, fold, apart=_sharing(entity, item, fold, common))
        seen = alternatives(units, item, TokenProbs(p, offsets, names))
        mistaken = (seen.best > seen.own) & ((units.y >= 0) | seen.free)
        mistakes += mistaken
        share += seen.best / (seen.best + seen.own + 1e-9)
        wrong += np.bincount(item[mistaken], minlength=n) > 0
        mean += p / rounds
    seen = alternatives(units, item, TokenProbs(mean, offsets, names))
    score = (mistakes + share / rounds) / (rounds + 1)
    score[(units.y < 0) & ~seen.free] = np.nan
    kinds = np.array(KINDS)[seen.kind].tolist()
    made = Grouped(seen.mend, labels.offsets)
    return Suspicion(score, mistakes == rounds, made, kinds, {"weight": epsilon**wrong})


def _entities(units: Spans, item: Ints, items: Any) -> Ints:
    """(m,) the same number for spans of the same words."""
    surface = [
        " ".join(items[i][a:b])
        for i, a, b in zip(item.tolist(), units.start.tolist(), units.end.tolist(), strict=True)
    ]  # spans, not words
    return np.unique(np.array(surface, dtype=str), return_inverse=True)[1].ravel()


def _sharing(entity: Ints, item: Ints, fold: Ints, common: float) -> Bools:
    """(folds, n) the sentences with an entity that a fold holds, of those that are not common."""
    n, folds = len(fold), int(fold.max(initial=-1)) + 1
    out = np.zeros((folds, n), dtype=bool)
    if not len(entity):
        return out
    pair = np.unique(np.stack([entity, item], 1), axis=0)  # an entity counts once a sentence
    count = np.bincount(pair[:, 0])
    pair = pair[count[pair[:, 0]] <= max(common * n, 1)]
    held: Floats = np.zeros((folds, len(count)), dtype=bool)
    held[fold[pair[:, 1]], pair[:, 0]] = True
    for f in range(folds):
        out[f, pair[held[f, pair[:, 0]], 1]] = True
    return out
