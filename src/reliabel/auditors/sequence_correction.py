"""Sequence correction: a span is suspect if a scorer of labels trusts one of its words' tags less
than the tag that the tagger would write.

The corrector of CAMEL, as an auditor: one small model learns, from where the tagger agrees with the
labels, how likely a tag is right by its probability, the margin, the entropy of the word and that
of its sentence; the same model then scores the tags that people gave and the tagger's own.
Assumes a tagger that did not train on the sentence.  Weak where the tagger is surely wrong.
Cost: O(words x classes), and a logistic regression on the words that are not surely outside.
Paper: van Niekerk, Geishauser, Heck et al. Confidence-aware active labelling of sequences (CAMEL).
TACL 2024.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.evidence import TokenProbs
from reliabel.core.labels import Floats, Grouped, Ints, Spans
from reliabel.core.results import Suspicion
from reliabel.ops import logistic
from reliabel.ops.span_alternatives import KINDS, alternatives
from reliabel.ops.tagger import tag_codes

FOLDS = 3
SURE = 0.99  # words that are outside with this chance, and given so, teach nothing


def audit(labels: Grouped[Spans], *, token_probs: TokenProbs, validation: float = 0.5) -> Suspicion:
    """Score = one minus the lowest confidence in the given tags of the words; suggestion = what the
    tagger sees there instead.

    Flag = some word has a confidence below ``validation`` and the tagger's own tag a higher one:
    what CAMEL asks again.  Where no span is given the given tag of the words is O.
    validation: confidence below which a label is looked at again.

    >>> p = [[0.9, 0.1, 0.0], [0.1, 0.9, 0.0]] * 20
    >>> probs = TokenProbs(p, np.arange(21) * 2, ["O", "B-LOC", "I-LOC"])
    >>> spans = Spans([1] * 19 + [0], [2] * 19 + [1], [0] * 20, ["LOC"])
    >>> found = audit(Grouped(spans, np.arange(21)), token_probs=probs)
    >>> int(found.score.argmax()), found.kind[19]
    (19, 'spurious')
    """
    units, item, offsets = labels.units, labels.item, np.asarray(token_probs.offsets)
    seen = alternatives(units, item, token_probs)
    names = ("O", *(f"{letter}-{name}" for name in units.names for letter in "BI"))
    place = {name: column for column, name in enumerate(token_probs.names)}
    p = np.stack(
        [token_probs.p[:, place[n]] if n in place else np.zeros(len(token_probs.p)) for n in names],
        axis=1,
    )
    given, own = tag_codes(labels, offsets), np.nan_to_num(p).argmax(1)
    sentence = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    of_given, of_own = (_features(p, tag, sentence) for tag in (given, own))
    fold = _folds(np.nan_to_num(p[:, 0]), sentence)
    confidence, of_tagger = _confidence(of_given, of_own, given == own, p[:, 0], given, fold)
    first = offsets[item] + units.start
    ends = np.stack([first, offsets[item] + units.end], axis=1).ravel()
    lowest = np.minimum.reduceat(np.append(confidence, 1.0), ends)[::2] if len(ends) else first
    doubted = np.append((confidence < validation) & (of_tagger > confidence), False)
    flag = np.logical_or.reduceat(doubted, ends)[::2] if len(ends) else np.zeros(0, dtype=bool)
    score = 1 - np.asarray(lowest, dtype=float)
    out = (units.y < 0) & ~seen.free
    score[out] = np.nan
    kinds = np.array(KINDS)[seen.kind].tolist()
    return Suspicion(score, flag & ~out, Grouped(seen.mend, labels.offsets), kinds)


def _features(p: Floats, tag: Ints, sentence: Ints) -> Floats:
    """(words, 5) what the scorer knows of a tag: its log probability, that of the best other one,
    the entropy of the word and of its sentence, and whether it marks a span.
    """
    rows = np.arange(len(tag))
    log = np.log(np.maximum(np.nan_to_num(p), 1e-6))
    other = log.copy()
    other[rows, tag] = -np.inf
    entropy = -(np.exp(log) * log).sum(1)
    count = np.bincount(sentence)
    mean = (np.bincount(sentence, entropy) / np.maximum(count, 1))[sentence]
    return np.stack([log[rows, tag], other.max(1, initial=-14), entropy, mean, tag > 0], axis=1)


def _folds(outside: Floats, sentence: Ints) -> Ints:
    """(words,) the fold of each word: sentences that look the same to the tagger are in one,
    wherever they stand.
    """
    total = np.bincount(sentence, outside) if len(sentence) else np.empty(0)
    return ((total * 1e4).round().astype(np.int64) % FOLDS)[sentence]


def _confidence(
    of_given: Floats,
    of_own: Floats,
    agree: np.ndarray,
    outside: Floats,
    given: Ints,
    fold: Ints,
) -> tuple[Floats, Floats]:
    """Confidence in the given tags and in the tagger's, each by a scorer of other sentences."""
    taught = (given > 0) | (np.nan_to_num(outside) < SURE)
    out = np.ones((2, len(given)))
    # a given tag that the tagger does not share teaches what a wrong one looks like, too
    x = np.vstack([of_own, of_given])
    target = np.concatenate([agree, agree]).astype(np.int64)
    for f in range(FOLDS):
        train = np.where(np.tile(taught & (fold != f), 2), target, -1)
        if len(np.unique(train[train >= 0])) < 2:
            rate = float(agree.mean()) if len(agree) else 1.0
            out[:, fold == f] = np.where(agree, rate, 1 - rate)[fold == f]
            continue
        model = logistic.fit(x, train, strength=1.0)
        for side, features in enumerate((of_given, of_own)):
            out[side, fold == f] = model.predict_proba(features[fold == f])[:, 1]
    return out[0], out[1]
