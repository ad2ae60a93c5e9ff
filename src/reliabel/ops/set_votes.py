"""Votes that are label sets, in blocks of items: the chance of each label of each item from the
rates of workers, and the counts from which those are learnt.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from scipy.special import expit, logit

from reliabel.core.labels import Bools, Floats, Ints, MultiLabel, Votes
from reliabel.core.short_repr import by_fields
from reliabel.ops.chunks import spans, total
from reliabel.ops.votes_by_item import order_by_item


@dataclass(frozen=True, eq=False)
class SetVotes:
    """Items with all their votes, as sparse 0/1 sums over votes, whether each vote says yes or no
    to each label (votes, k), and what is known of the items.
    """

    of_item: Any  # (items, votes)
    of_worker: Any  # (w, votes)
    worker: Ints
    yes: Floats
    no: Floats
    gold: Ints | None  # (items, k)

    __repr__ = by_fields


@dataclass(frozen=True, eq=False)
class SetRates:
    """The chance of a yes where the label is right (w, k) and of a no where it is not (w, k), and
    how often each label is right (k,).
    """

    sensitivity: Floats
    specificity: Floats
    share: Floats

    __repr__ = by_fields


@dataclass(frozen=True, eq=False)
class SetCounts:
    """Votes by worker and label: yes and no where the label is right, no and yes where it is not;
    items on which the label is right, and on which anybody saw it.
    """

    hit: Floats
    missed: Floats
    spared: Floats
    added: Floats
    right: Floats
    seen: Floats

    __repr__ = by_fields


def blocks_of(votes: Votes[MultiLabel], gold: Ints | None) -> list[SetVotes]:
    """The votes in blocks of items."""
    order, offsets = order_by_item(votes.item, votes.n)
    blocks, each = [], -(-len(votes) // max(votes.n, 1)) * max(votes.labels.k, 1)
    for start, stop in spans(votes.n, each):
        first, last = int(offsets[start]), int(offsets[stop])
        here = slice(first, last) if isinstance(order, slice) else order[first:last]
        worker, y = votes.worker[here], votes.labels.y[here]
        ones = np.ones(last - first)
        of_item = sparse.csr_array(
            (ones, np.arange(last - first), np.asarray(offsets[start : stop + 1] - first)),
            shape=(stop - start, last - first),
        )
        of_worker = sparse.csr_array(
            (ones, (worker, np.arange(last - first))), shape=(votes.w, last - first)
        )
        yes, no = (y == 1).astype(float), (y == 0).astype(float)
        known = None if gold is None else gold[start:stop]
        blocks.append(SetVotes(of_item, of_worker, worker, yes, no, known))
    return blocks


def first_guess(block: SetVotes, often: float) -> Floats:
    """The share of yes among those who saw a label, drawn to that of all votes (``often``), and its
    odds squared: a start that is too unsure ends where rare labels are everywhere.
    """
    yes, seen = block.of_item @ block.yes, block.of_item @ (block.yes + block.no)
    yes, no = np.square(yes + often), np.square(seen - yes + 1 - often)
    return _with_gold(block, np.asarray(yes / (yes + no)))


def _with_gold(block: SetVotes, p: Floats) -> Floats:
    return p if block.gold is None else np.where(block.gold >= 0, block.gold, p)


def counted_next(blocks: list[SetVotes], rates: SetRates, w: int) -> SetCounts:
    """The counts that follow from rates."""
    return total(lambda block: tally_of(block, posterior_of(block, rates), w), blocks)


def log_odds_of_votes(rates: SetRates) -> tuple[Floats, Floats]:
    """(w, k) what a yes, and a no, add to the log odds that the label is right."""
    return (
        np.log(rates.sensitivity / (1 - rates.specificity)),
        np.log((1 - rates.sensitivity) / rates.specificity),
    )


def _odds(block: SetVotes, rates: SetRates, table: tuple[Floats, Floats]) -> Floats:
    """(items, k) the log odds that each label is right."""
    says = block.yes * table[0][block.worker] + block.no * table[1][block.worker]
    return np.asarray(block.of_item @ says + logit(rates.share))


def posterior_of(block: SetVotes, rates: SetRates, shared: float = 0) -> Floats:
    """(items, k) the chance of each label; ``shared``: of a vote, by the others of its item."""
    odds = _odds(block, rates, log_odds_of_votes(rates))
    if shared:
        seen = block.of_item @ (block.yes + block.no)
        odds /= 1 + shared * np.maximum(seen - 1, 0)
    return _with_gold(block, np.asarray(expit(odds)))


def tally_of(block: SetVotes, p: Floats, w: int) -> SetCounts:
    """The counts where each label is right with a chance ``p`` (items, k)."""
    at = block.of_item.T @ p
    hit, missed = block.of_worker @ (block.yes * at), block.of_worker @ (block.no * at)
    seen = block.of_item @ (block.yes + block.no) > 0
    return SetCounts(
        hit,
        missed,
        block.of_worker @ block.no - missed,
        block.of_worker @ block.yes - hit,
        (p * seen).sum(0),
        seen.sum(0).astype(float),
    )


def counts_and_evidence(
    block: SetVotes, rates: SetRates, table: tuple[Floats, Floats], w: int
) -> tuple[SetCounts, float]:
    """The counts that follow from rates, and the log evidence of the items under them."""
    odds = _odds(block, rates, table)
    seen: Bools = block.of_item @ (block.yes + block.no) > 0
    none = block.yes * np.log(1 - rates.specificity)[block.worker]
    none += block.no * np.log(rates.specificity)[block.worker]
    p = _with_gold(block, expit(odds))
    each = np.where(p == 1, odds, np.where(p == 0, 0, np.logaddexp(0, odds)))
    each += np.log1p(-rates.share)
    return tally_of(block, p, w), float((each * seen).sum() + none.sum())
