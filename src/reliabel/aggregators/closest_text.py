"""Closest text: of the free texts that workers gave for an item, the one that is closest to all of
them, workers weighed by how close they come to the others.

Each answer is a vector of its words and groups of three characters (or a vector that is given).  An
answer's local weight is its mean similarity to the other answers on the item.  A worker's precision
is the lower chi-square quantile of as many answers as he gave, divided by their summed squared
distances from the weighted mean of the other workers' answers; his weight is its square root.  The
lower quantile keeps workers with few answers from large weights.  The consensus is always a text
that somebody wrote.
Assumes that workers err independently, and that right answers look alike.  Weak where there are
many right answers that share no words (give ``vectors`` of a language model then), and where every
answer of an item has an error of its own: ``rover`` joins the right parts of several answers.
Cost: O(characters) per iteration, however many answers an item has; the chance of being right takes
O(words^2) for each answer, of 20 an item at most.
Paper: Li & Fukumoto, AnnoNLP 2019, 24-28 (the weights); Li, SIGIR 2020, 1661-1664 (HRRASA, local
weights).  Ours: each worker is judged by the other workers' mean, the square root, and ``p``.
"""

from __future__ import annotations

from typing import cast

import numpy as np
from scipy.stats import chi2

from reliabel.core.free_text import Texts
from reliabel.core.labels import Bools, Floats, Ints, Votes
from reliabel.core.results import Consensus
from reliabel.ops.answer_vectors import of_texts, of_vectors
from reliabel.ops.word_tokens import tokens_of
from reliabel.ops.word_votes import fitted, word_votes

STATUS = "default"
ALSO = ("hrrasa", "rasa", "medoid")
LEAST, MOST = 1 / 30, 30  # of a worker's precision, where the middle one is 1
ALIGNED = 20  # answers of an item from whose words the chance is made
LEAST_LOCAL = 0.1  # of a local weight, so that one odd answer does not decide on a worker


def aggregate(
    votes: Votes[Texts],
    *,
    vectors: Floats | None = None,
    characters: float = 0.5,
    power: float = 0.5,
    quantile: float = 0.025,
    iterations: int = 20,
    tol: float = 1e-4,
) -> Consensus[Texts]:
    """The answer closest to the others of each item, None for items without votes.

    vectors: (v, d) a vector for each vote, such as a sentence embedding, instead of words and
        characters.
    characters: the share of the similarity that is by groups of three characters; the rest is by
        words.
    power: 1 weighs workers by their precision, 0 alike.  Half-way is right more often: a good
        worker has bad answers too.
    quantile: of the chi-square distribution; 0.5 takes the precision as it is seen.
    ``info`` holds "p" (n,), the chance that every word of the consensus is right, "agreement" (n,),
    its mean similarity to the other answers, "vote" (n,), the place of the vote that it is, -1 for
    none, and "weight" (w,).

    >>> said = Texts(["the cat sat", "the cat sat down", "a cat sat", "a dog", "two dogs"])
    >>> votes = Votes([0, 0, 0, 1, 1], [0, 1, 2, 0, 2], said, n=3, w=3)
    >>> aggregate(votes).labels.y
    ('the cat sat', 'a dog', None)
    """
    n, w, item, worker = votes.n, votes.w, votes.item, votes.worker
    texts = [text or "" for text in votes.labels.y]
    answers = (
        of_texts(texts, item, n, characters=characters)
        if vectors is None
        else of_vectors(vectors, item, n)
    )
    local, rest = answers.others()
    local = np.maximum(local, LEAST_LOCAL)
    use, weight = rest > 0, cast(Floats, np.ones(w))
    count = np.bincount(worker[use], minlength=w)
    one = answers.lengths()
    far: Floats = np.ones(len(item))
    for _ in range(iterations):
        far = answers.far_from_others(weight[worker] * local, one)
        total = np.bincount(worker[use], (far / local)[use], w).astype(float)
        new = _weights(total, count, quantile, power)
        change, weight = np.abs(np.log(new / weight)).max(initial=0), new
        if change < tol:
            break
    mine = weight[worker] * local
    product, square = answers.sums(mine)
    sure = np.bincount(item, mine, n)
    distance = one - 2 * product / sure[item] + (square / np.maximum(sure, 1e-12) ** 2)[item]
    rank = _ranks(votes, distance, mine, texts)
    vote = np.full(n, -1)
    vote[item[rank == 0]] = np.flatnonzero(rank == 0)
    p = _chance(votes, texts, rank)
    agreement = np.full(n, np.nan)
    agreement[vote >= 0] = np.where(rest > 0, local, np.nan)[vote[vote >= 0]]
    skill = _skill(far, use, worker, w)
    chosen = Texts([texts[row] if row >= 0 else None for row in vote.tolist()])
    info = {"p": p, "agreement": agreement, "vote": vote, "weight": weight}
    return Consensus(chosen, skill, info=info)


def _weights(total: Floats, count: Ints, quantile: float, power: float) -> Floats:
    """(w,) the weight of each worker, where the middle one is 1; those who answered nothing beside
    others have the middle one.
    """
    known = count > 0
    weight = np.ones(len(count))
    weight[known] = chi2.ppf(quantile, count[known]) / total[known]
    middle = np.median(weight[known]) if known.any() else 1.0
    weight[known] /= middle
    return np.asarray(np.clip(weight, LEAST, MOST) ** power)


def _ranks(votes: Votes[Texts], distance: Floats, mine: Floats, texts: list[str]) -> Ints:
    """(v,) the place of each vote on its item, 0 the closest to the mean; of equal ones that of the
    larger weight comes first, then the text that is first by code points.
    """
    text = np.unique(np.array(texts, dtype=object), return_inverse=True)[1].ravel()
    order = np.lexsort((votes.worker, text, -mine.round(9), distance.round(6), votes.item))
    first = np.concatenate([[0], np.cumsum(np.bincount(votes.item, minlength=votes.n))])
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order)) - first[votes.item[order]]
    return rank


def _chance(votes: Votes[Texts], texts: list[str], rank: Ints) -> Floats:
    """(n,) the chance that every word of the closest answer is right, by the words of the others
    (of an item with many answers those that are closest).
    """
    said = word_votes(votes, tokens_of(texts), rank, ALIGNED)
    _, _, chance = fitted(said, votes.w)
    own = rank[said.vote] == 0
    item = said.item[said.slot[own]]
    log = np.bincount(item, np.log(chance[said.kind[own]]), votes.n)
    return np.where(np.bincount(item, minlength=votes.n) > 0, np.exp(log), np.nan)


def _skill(far: Floats, use: Bools, worker: Ints, w: int) -> Floats:
    """(w,) how similar a worker's answers are to the mean of the others', shrunk to the crowd's as
    if by four answers.
    """
    near = np.clip(1 - far[use] / 2, 0, 1)
    total, count = np.bincount(worker[use], near, w), np.bincount(worker[use], minlength=w)
    return np.asarray((total + 4 * (near.mean() if len(near) else 0.5)) / (count + 4))
