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

from dataclasses import dataclass

import numpy as np

from reliabel.core.free_text import Texts
from reliabel.core.labels import Floats, Ints, Votes
from reliabel.core.results import Consensus
from reliabel.ops.answer_vectors import of_texts
from reliabel.ops.word_alignment import BEYOND, CELLS, NONE, laid_beside, padded
from reliabel.ops.word_tokens import Tokens, tokens_of, written

ALTERNATIVES = 4  # wrong words that a wrong worker chooses among
RIGHT, SHRUNK = 0.8, 10  # the chance at the start; words of the crowd beside a worker's own


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
    said = _said(votes, tokens, rank, max(most, 1))
    right, score, chance = _fitted(said, votes.w, iterations, tol)
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


@dataclass(frozen=True, eq=False)
class _Said:
    """Votes on words, one a slot and answer: ``slot`` (u,), sorted by item and place; ``item`` of
    each slot; ``vote`` and ``worker`` (u,); ``word`` (u,) the place of the word, ``NONE`` for none;
    ``kind`` (u,) a number for each different word of a slot, and ``slot_of`` the slot of each.
    """

    slot: Ints
    item: Ints
    vote: Ints
    worker: Ints
    word: Ints
    kind: Ints
    slot_of: Ints


def _ranks(votes: Votes[Texts], texts: list[str]) -> Ints:
    """(v,) the place of each answer on its item: the one most like the others is 0."""
    local, _ = of_texts(texts, votes.item, votes.n, characters=0.0).others()
    text = np.unique(np.array(texts, dtype=object), return_inverse=True)[1].ravel()
    order = np.lexsort((votes.worker, text, -local.round(6), votes.item))
    first = np.concatenate([[0], np.cumsum(np.bincount(votes.item, minlength=votes.n))])
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order)) - first[votes.item[order]]
    return rank


def _said(votes: Votes[Texts], tokens: Tokens, rank: Ints, most: int) -> _Said:
    """The words of all slots: items with as many answers are aligned together."""
    order = np.lexsort((rank, votes.item))
    count = np.bincount(votes.item, minlength=votes.n)
    first = np.concatenate([[0], np.cumsum(count)])
    used, size = np.minimum(count, most), np.diff(tokens.offsets)
    items, places, cast = [np.zeros(0, int)], [np.zeros(0, int)], list[tuple[Ints, Ints]]()
    for many in np.unique(used[used > 0]).tolist():
        mine = np.flatnonzero(used == many)
        rows = order[first[mine][:, None] + np.arange(many)]  # (b, many) votes, best first
        longest = size[rows].max(1)
        by_length = np.argsort(-longest, kind="stable")
        start = 0
        while start < len(mine):
            step = max(CELLS // (many * (2 * int(longest[by_length[start]]) + 2)), 1)
            some = by_length[start : start + step]
            net = _network(rows[some], tokens, size)
            owner, place = np.nonzero(net[:, 0] != BEYOND)
            items.append(mine[some][owner])
            places.append(place)
            cast.append((rows[some][owner], net.transpose(0, 2, 1)[owner, place]))
            start += step
    item, place = np.concatenate(items), np.concatenate(places)
    number = np.empty(len(item), dtype=np.int64)  # of each slot, by item and place
    number[np.lexsort((place, item))] = np.arange(len(item))
    slot = np.repeat(
        number, np.concatenate([[v.shape[1]] * len(v) for v, _ in cast] or [[]]).astype(int)
    )
    vote = np.concatenate([v.ravel() for v, _ in cast] or [np.zeros(0, int)])
    word = np.concatenate([x.ravel() for _, x in cast] or [np.zeros(0, int)])
    code = np.append(tokens.code, NONE)[word]
    kind_of, kind = np.unique(slot * (len(tokens.code) + 2) + code + 1, return_inverse=True)
    slot_of = kind_of // (len(tokens.code) + 2)
    sorted_item = np.sort(item)
    return _Said(slot, sorted_item, vote, votes.worker[vote], word, kind.ravel(), slot_of)


def _network(rows: Ints, tokens: Tokens, size: Ints) -> Ints:
    """(b, answers, slots) the words of answers beside one another; one slot without a word where
    all answers are empty.
    """
    net = padded(np.arange(len(tokens.code)), tokens.offsets[rows[:, 0]], size[rows[:, 0]])
    net = net[:, None]
    for one in rows.T[1:]:
        words = padded(np.arange(len(tokens.code)), tokens.offsets[one], size[one])
        net = laid_beside(net, words, tokens.code)
    net[net[:, 0, 0] == BEYOND, :, 0] = NONE
    return net


def _fitted(said: _Said, w: int, iterations: int, tol: float) -> tuple[Floats, Floats, Floats]:
    """(w,) the chance that a worker's word is right, and of each kind the score and the chance."""
    several = np.bincount(said.slot, minlength=len(said.item))[said.slot] > 1
    who = said.worker[several]
    count, right = np.bincount(who, minlength=w), np.full(w, RIGHT)
    score, chance = _judged(said, right)
    for _ in range(iterations):
        hit = chance[said.kind[several]]
        crowd = float(hit.mean()) if len(hit) else RIGHT
        new = (np.bincount(who, hit, w) + SHRUNK * crowd) / (count + SHRUNK)
        before, right = right, np.clip(new, 0.02, 0.995)
        score, chance = _judged(said, right)
        if np.abs(right - before).max(initial=0) < tol:
            break
    return right, score, chance


def _judged(said: _Said, right: Floats) -> tuple[Floats, Floats]:
    """The log odds of each kind of word against one that nobody said, and its chance."""
    kinds = len(said.slot_of)
    weight = np.log(ALTERNATIVES * right / (1 - right))
    score = np.bincount(said.kind, weight[said.worker], kinds).astype(float)
    different = np.bincount(said.slot_of, minlength=len(said.item))
    odds = np.exp(np.clip(score, -50, 50))
    unsaid = np.maximum(ALTERNATIVES + 1 - different, 1)
    whole = np.bincount(said.slot_of, odds, len(said.item)) + unsaid
    return score, odds / whole[said.slot_of]


def _agreement(said: _Said, winner: Ints, n: int) -> Floats:
    """(n,) the share of the words said of an item that are those of the consensus."""
    item, same = said.item[said.slot], said.kind == winner[said.slot]
    count = np.bincount(item, minlength=n)
    share: Floats = np.full(n, np.nan)
    return np.divide(np.bincount(item, same, n), count, out=share, where=count > 0)


def _written_as(said: _Said, winner: Ints, tokens: Tokens, rank: Ints, right: Floats) -> Ints:
    """(slots,) the word that stands for the winner of each slot, in the form that most workers
    wrote; ``NONE`` where the winner is no word.
    """
    form = np.append(tokens.form, NONE)[said.word]
    pair = np.unique(said.kind * (len(tokens.code) + 2) + form + 1, return_inverse=True)[1].ravel()
    mass = np.bincount(pair, right[said.worker])[pair]
    best = np.lexsort((rank[said.vote], -mass.round(9), said.kind))
    first = np.searchsorted(said.kind[best], winner)
    return np.asarray(said.word[best[first]])
