"""A tagger on CPU: multinomial logistic regression of the tag of each token on hashed features of
its word and of the two words on either side.

The features of a token are those of five words, so that its scores are five rows of tables with
one row a distinct word: a step costs a sparse product over the distinct words and five look-ups
for each token, never a matrix with one row a token.  L-BFGS on ``strength * sum of losses +
|W|^2 / 2``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from reliabel.core.labels import Bools, Floats, Grouped, Ints, Spans
from reliabel.core.run import stop_if_cancelled
from reliabel.core.short_repr import by_fields
from reliabel.ops.chunks import spans
from reliabel.ops.word_features import Words, spelling, words_of

AROUND = (-2, -1, 1, 2)  # places of the words beside the one judged
STRENGTH, STEPS, MEMORY = 1.0, 20, 6


@dataclass(frozen=True, eq=False)
class Tokens:
    """Tokens ready to be tagged: the words, features of their spelling, the code of the word at
    each place around each token, and a vector of each token, where a model of texts gives one.
    """

    words: Words
    own: csr_matrix  # (v + 1, d)
    near: csr_matrix  # (v + 1, e)
    places: tuple[Ints, ...]
    vectors: Floats | None = None  # (m, f)

    __repr__ = by_fields


def tokens_of(sentences: Any, vectors: Floats | None = None) -> Tokens:
    """Tokens of sentences, each a tuple of words.  vectors: (m, f) one of each token."""
    words = words_of(sentences)
    own, near = spelling(words.distinct)
    return Tokens(words, own, near, tuple(words.around(by) for by in AROUND), vectors)


@dataclass(frozen=True, eq=False)
class Tagger:
    """The scores that each distinct word gives a token at each place: ``own`` (v + 1, k) and, one
    for each place around it, ``near``; and the weights of its vector, ``dense`` (f, k).
    """

    own: Floats
    near: tuple[Floats, ...]
    bias: Floats
    dense: Floats | None = None

    __repr__ = by_fields

    def probs(self, tokens: Tokens, rows: Ints) -> Floats:
        """(rows, k) float32 probability of each tag."""
        out = np.empty((len(rows), len(self.bias)), dtype=np.float32)
        for start, stop in spans(len(rows), 2 * len(self.bias)):
            at = rows[start:stop]
            score = _scores(tokens, at, self.own, self.near, self.bias, self.dense)
            score -= score.max(1, keepdims=True)
            np.exp(score, out=score)
            out[start:stop] = score / score.sum(1, keepdims=True)
        return out


def fit(
    tokens: Tokens,
    y: Ints,
    k: int,
    *,
    weight: Floats | None = None,
    soft: Floats | None = None,
    strength: float = STRENGTH,
    steps: int = STEPS,
) -> Tagger:
    """The tagger fitted to the tokens whose tag is known (``y`` (m,), -1 = not to be used).

    weight: (m,) of the loss of each token.  soft: (m, k) shares of the tags that a token is fitted
        to instead of ``y``; a row that sums to less counts less.

    >>> tokens = tokens_of([("in", "Paris"), ("in", "Rome"), ("a", "cat")] * 4)
    >>> found = fit(tokens, np.array([0, 1, 0, 1, 0, 0] * 4), 2)
    >>> found.probs(tokens, np.arange(6)).argmax(1).tolist()
    [0, 1, 0, 1, 0, 0]
    """
    rows = np.flatnonzero(y >= 0 if weight is None else (y >= 0) & (weight > 0))
    target = y[rows]
    each = None if weight is None else weight[rows].astype(np.float32)
    wanted = None if soft is None else soft[rows].astype(np.float32)
    if wanted is not None and each is not None:
        wanted *= each[:, None]
    # only what occurs among the tokens that are learnt from has a weight: less to descend over
    own, own_at = _used(tokens.own, tokens.words.word[rows])
    near, near_at = _used(tokens.near, *(place[rows] for place in tokens.places))
    width = 0 if tokens.vectors is None else tokens.vectors.shape[1]
    sizes = [own.shape[1] * k, *[near.shape[1] * k] * len(AROUND), width * k, k]
    ends = np.cumsum(sizes)[:-1]
    codes = (tokens.words.word, *tokens.places)
    blocks = [
        (slice(i, j), [_picker(code[rows[i:j]], tokens.own.shape[0]) for code in codes])
        for i, j in spans(len(rows), 2 * k)
    ]
    goal = np.zeros((tokens.own.shape[0], k))
    scale = _scales(tokens, rows, target, (own, *[near] * len(AROUND)), codes, k, strength)

    def loss(flat: Floats) -> tuple[float, Floats]:
        stop_if_cancelled()
        flat = flat * scale
        first, *others, inner, bias = np.split(flat, ends)
        dense = inner.reshape(-1, k).astype(np.float32) if width else None
        slant = np.zeros((width, k))
        tables = [
            (own @ first.reshape(-1, k)).astype(np.float32),
            *((near @ part.reshape(-1, k)).astype(np.float32) for part in others),
        ]
        value, slopes, slope = 0.0, [np.zeros_like(goal) for _ in tables], np.zeros(k)
        for part, picks in blocks:
            at, right = rows[part], target[part]
            score = _scores(tokens, at, tables[0], tables[1:], bias, dense)
            if wanted is not None:
                value += _soft_loss(score, wanted[part])
            else:
                value += _loss(score, right, None if each is None else each[part])
            slope += score.sum(0, dtype=np.float64)
            for place, pick in enumerate(picks):
                slopes[place] += pick @ score
            if tokens.vectors is not None:
                slant += tokens.vectors[at].astype(np.float32).T @ score
        parts = [own.T @ slopes[0], *(near.T @ part for part in slopes[1:]), slant]
        grad = np.concatenate([*(part.ravel() for part in parts), slope]) * strength
        grad[: ends[-1]] += flat[: ends[-1]]
        penalty = float(flat[: ends[-1]] @ flat[: ends[-1]]) / 2
        return strength * value + penalty, grad * scale

    found = minimize(
        loss,
        np.zeros(sum(sizes)),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": steps, "maxcor": MEMORY, "ftol": 1e-6},
    )
    first, *others, inner, bias = np.split(found.x * scale, ends)
    return Tagger(
        (tokens.own[:, own_at] @ first.reshape(-1, k)).astype(np.float32),
        tuple(
            (tokens.near[:, near_at] @ part.reshape(-1, k)).astype(np.float32) for part in others
        ),
        bias.astype(np.float32),
        inner.reshape(-1, k).astype(np.float32) if width else None,
    )


def out_of_fold(
    tokens: Tokens,
    y: Ints,
    k: int,
    fold: Ints,
    *,
    apart: Bools | None = None,
    strength: float = STRENGTH,
    steps: int = STEPS,
) -> Floats:
    """(m, k) float32 probability of each tag of each token, by a tagger that was fitted without the
    sentences of its fold.

    fold: (n,) the fold of each sentence.  apart: (folds, n) True for sentences that a fold's tagger
        must not learn from either.
    """
    from reliabel.core.run import current, tell

    probs = np.full((len(y), k), 1 / k, dtype=np.float32)
    size = np.diff(tokens.words.offsets)
    folds = int(fold.max(initial=-1)) + 1
    done = [0]

    def work(f: int) -> tuple[Ints, Floats]:
        out = fold == f if apart is None else (fold == f) | apart[f]
        train = np.where(np.repeat(out, size), -1, y)
        rows = np.flatnonzero(np.repeat(fold == f, size))
        if len(np.unique(train[train >= 0])) < 2:
            some = np.bincount(train[train >= 0], minlength=k) + 1.0
            return rows, np.broadcast_to(some / some.sum(), (len(rows), k))
        return rows, fit(tokens, train, k, strength=strength, steps=steps).probs(tokens, rows)

    def keep(found: tuple[Ints, Floats]) -> None:
        probs[found[0]] = found[1]
        done[0] += 1
        tell("tagger", done[0], folds)

    tell("tagger", 0, folds)
    current().executor(work, list(range(folds)), keep)
    return probs


def tag_codes(labels: Grouped[Spans], offsets: Ints) -> Ints:
    """(words,) the tag of each word: 0 outside, 1 + 2 c where a span of class c begins, 2 + 2 c
    within it.
    """
    units = labels.units
    given = np.flatnonzero(units.y >= 0)[::-1]  # the first span of a word is written last
    first = offsets[labels.item[given]] + units.start[given]
    size = (units.end - units.start)[given]
    begins = np.cumsum(size) - size
    word = np.arange(int(size.sum())) - np.repeat(begins - first, size)
    y = np.zeros(int(offsets[-1]), dtype=np.int64)
    code = np.repeat(2 + 2 * units.y[given], size)
    code[begins] -= 1
    y[word] = code
    return y


def _scales(
    tokens: Tokens,
    rows: Ints,
    target: Ints,
    tables: tuple[csr_matrix, ...],
    codes: tuple[Ints, ...],
    k: int,
    strength: float,
) -> Floats:
    """Of each weight, one over the root of its curvature at the start: features of frequent words
    and of rare ones then take steps of one size, and few steps suffice.
    """
    share = np.bincount(target, minlength=k) / max(len(target), 1)
    bend = strength * share * (1 - share)
    parts = []
    for table, code in zip(tables, codes, strict=True):
        count = np.bincount(code[rows], minlength=table.shape[0])
        parts.append((table.power(2).T @ count)[:, None] * bend + 1)
    if tokens.vectors is not None:
        square = np.square(tokens.vectors[rows].astype(np.float32)).sum(0, dtype=np.float64)
        parts.append(square[:, None] * bend + 1)
    parts.append(len(rows) * bend + 1)
    return np.asarray(1 / np.sqrt(np.concatenate([part.ravel() for part in parts])))


def _scores(
    tokens: Tokens, at: Ints, own: Floats, near: Any, bias: Floats, dense: Floats | None
) -> Floats:
    score: Floats = own[tokens.words.word[at]]
    for code, table in zip(tokens.places, near, strict=True):
        score += table[code[at]]
    if dense is not None and tokens.vectors is not None:
        score += tokens.vectors[at].astype(np.float32) @ dense
    score += bias.astype(score.dtype)
    return score


def _loss(score: Floats, right: Ints, weight: Floats | None) -> float:
    """The loss of scores (m, k), which become its slopes."""
    at = np.arange(len(right))
    score -= score.max(1, keepdims=True)
    given = score[at, right]
    np.exp(score, out=score)
    mass = score.sum(1)
    score /= mass[:, None]
    score[at, right] -= 1
    if weight is None:
        return float(np.log(mass).sum(dtype=np.float64)) - float(given.sum(dtype=np.float64))
    score *= weight[:, None]
    return float(((np.log(mass) - given) * weight).sum(dtype=np.float64))


def _soft_loss(score: Floats, wanted: Floats) -> float:
    """The same where a token is fitted to shares of the tags."""
    score -= score.max(1, keepdims=True)
    given = float((wanted * score).sum(dtype=np.float64))
    np.exp(score, out=score)
    mass, size = score.sum(1), wanted.sum(1)
    score *= (size / mass)[:, None]
    score -= wanted
    return float((np.log(mass) * size).sum(dtype=np.float64)) - given


def _used(features: csr_matrix, *codes: Ints) -> tuple[csr_matrix, Ints]:
    """The columns that the words of these codes have, and which they are."""
    some = np.unique(np.concatenate([np.unique(code) for code in codes]))
    at = np.unique(features[some].indices)
    return features[:, at].tocsr(), at


def _picker(code: Ints, rows: int) -> csr_matrix:
    """(rows, m) a sparse matrix that sums what tokens have over the words that they are."""
    ones = np.ones(len(code), dtype=np.float32)
    return csr_matrix((ones, (code, np.arange(len(code)))), shape=(rows, len(code)))
