"""The words of free-text answers as votes: the answers of an item are laid beside one another, and
each place is a question with the words that were said there as its classes.

A worker's word is right with a chance of his own (the one-coin model of votes on classes), learnt
from how often the other workers agree with him.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reliabel.core.free_text import Texts
from reliabel.core.labels import Floats, Ints, Votes
from reliabel.core.short_repr import by_fields
from reliabel.ops.word_alignment import BEYOND, CELLS, NONE, laid_beside, padded
from reliabel.ops.word_tokens import Tokens

ALTERNATIVES = 4  # wrong words that a wrong worker chooses among
RIGHT, SHRUNK = 0.8, 10  # the chance at the start; words of the crowd beside a worker's own


@dataclass(frozen=True, eq=False)
class WordVotes:
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

    __repr__ = by_fields


def word_votes(votes: Votes[Texts], tokens: Tokens, rank: Ints, most: int) -> WordVotes:
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
    return WordVotes(slot, sorted_item, vote, votes.worker[vote], word, kind.ravel(), slot_of)


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


def fitted(
    said: WordVotes, w: int, iterations: int = 20, tol: float = 1e-4
) -> tuple[Floats, Floats, Floats]:
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


def _judged(said: WordVotes, right: Floats) -> tuple[Floats, Floats]:
    """The log odds of each kind of word against one that nobody said, and its chance."""
    kinds = len(said.slot_of)
    weight = np.log(ALTERNATIVES * right / (1 - right))
    score = np.bincount(said.kind, weight[said.worker], kinds).astype(float)
    different = np.bincount(said.slot_of, minlength=len(said.item))
    odds = np.exp(np.clip(score, -50, 50))
    unsaid = np.maximum(ALTERNATIVES + 1 - different, 1)
    whole = np.bincount(said.slot_of, odds, len(said.item)) + unsaid
    return score, odds / whole[said.slot_of]
