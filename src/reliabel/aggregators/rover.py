"""ROVER: the free texts that workers gave for an item are laid beside one another word by word, and
each place takes the word that most of them have, or none.

The answer that is most like the others comes first, then the others by how like them they are,
since each is aligned with what stands there already.  Words count as the same where they differ in
capitals and punctuation only.  A worker's word is right with a chance of his own, learnt from how
often the other workers agree with him; votes weigh by its log odds.
Assumes that answers say the same thing in the same order (transcriptions, not translations), and
that workers err independently.  Weak with two answers an item, where the first one wins.
Cost: O(answers x words^2) for each item, plus O(words) per iteration.
Paper: Fiscus, IEEE ASRU 1997, 347-354.  Ours: the order of alignment and the workers' weights.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.free_text import Texts
from reliabel.core.labels import Floats, Ints, Votes
from reliabel.core.results import Consensus
from reliabel.ops.answer_vectors import of_texts
from reliabel.ops.word_alignment import NONE
from reliabel.ops.word_tokens import Tokens, tokens_of, written
from reliabel.ops.word_votes import WordVotes, fitted, word_votes


def aggregate(
    votes: Votes[Texts],
    *,
    most: int = 50,
    iterations: int = 20,
    tol: float = 1e-4,
) -> Consensus[Texts]:
    """A text for each item, made of the words that workers agree on; None for items without votes.

    most: how many answers of an item are aligned: those that are most like the others.
    ``info`` holds "p" (n,), the chance that every word of the consensus is right, "agreement" (n,),
    the share of the answers' words that are those of the consensus, and "slots" (n,), how many
    places were voted on.

    >>> said = Texts(["the cat sat", "the cat sat down", "a cat sat"])
    >>> aggregate(Votes([0, 0, 0], [0, 1, 2], said, n=2, w=3)).labels.y
    ('the cat sat', None)
    """
    texts = [text or "" for text in votes.labels.y]
    tokens = tokens_of(texts)
    rank = _ranks(votes, texts)
    said = word_votes(votes, tokens, rank, max(most, 1))
    right, score, chance = fitted(said, votes.w, iterations, tol)
    # of equal scores the word of the answer that is most like the others
    best = np.lexsort((rank[said.vote], -score[said.kind].round(9), said.slot))
    slot, first = np.unique(said.slot[best], return_index=True)
    winner = said.kind[best[first]]
    item = said.item[slot]
    p = np.full(votes.n, np.nan)
    log = np.bincount(item, np.log(chance[winner]), votes.n)
    there = np.bincount(item, minlength=votes.n)
    p[there > 0] = np.exp(log[there > 0])
    word = _written_as(said, winner, tokens, rank, right)
    keep = word >= 0
    made = written(tokens, word[keep], item[keep], votes.n)
    chosen = [text if slots else None for text, slots in zip(made, there.tolist(), strict=True)]
    info = {"p": p, "agreement": _agreement(said, winner, votes.n), "slots": there}
    return Consensus(Texts(chosen), right, info=info)


def _ranks(votes: Votes[Texts], texts: list[str]) -> Ints:
    """(v,) the place of each answer on its item: the one most like the others is 0."""
    local, _ = of_texts(texts, votes.item, votes.n, characters=0.0).others()
    text = np.unique(np.array(texts, dtype=object), return_inverse=True)[1].ravel()
    order = np.lexsort((votes.worker, text, -local.round(6), votes.item))
    first = np.concatenate([[0], np.cumsum(np.bincount(votes.item, minlength=votes.n))])
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order)) - first[votes.item[order]]
    return rank


def _agreement(said: WordVotes, winner: Ints, n: int) -> Floats:
    """(n,) the share of the words said of an item that are those of the consensus."""
    item, same = said.item[said.slot], said.kind == winner[said.slot]
    count = np.bincount(item, minlength=n)
    share: Floats = np.full(n, np.nan)
    return np.divide(np.bincount(item, same, n), count, out=share, where=count > 0)


def _written_as(said: WordVotes, winner: Ints, tokens: Tokens, rank: Ints, right: Floats) -> Ints:
    """(slots,) the word that stands for the winner of each slot, in the form that most workers
    wrote; ``NONE`` where the winner is no word.
    """
    form = np.append(tokens.form, NONE)[said.word]
    pair = np.unique(said.kind * (len(tokens.code) + 2) + form + 1, return_inverse=True)[1].ravel()
    mass = np.bincount(pair, right[said.worker])[pair]
    best = np.lexsort((rank[said.vote], -mass.round(9), said.kind))
    first = np.searchsorted(said.kind[best], winner)
    return np.asarray(said.word[best[first]])
