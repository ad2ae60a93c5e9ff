"""Workers' matrices and the chances from tag to tag, from votes on words."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from reliabel.core.labels import Bools, Classes, Floats, Ints, Votes
from reliabel.core.short_repr import by_fields
from reliabel.ops.chains import smoothed
from reliabel.ops.chunks import rows, total
from reliabel.ops.precision import precisions
from reliabel.ops.variational import expected_logs_of_votes, shrunk_matrices_fit
from reliabel.ops.votes import Block, tally, votes_matrix

PSEUDO = 0.1  # of a step, before any is seen (specification aggregate.md 3.9)
WORDS = 65_536  # in a block of sequences
UNSPOKEN = (
    1e-3  # chance that a word of which no function speaks has a tag other than O: a judgement
)


@dataclass(frozen=True, eq=False)
class Chain:
    """``posterior`` (words, k), the log chance of the votes ``log`` (words, k) given each tag, and
    ``onward`` as in ``ops.chains``; chances of the first tag ``start`` (k,) and from tag to tag
    ``step`` (k, k).
    """

    posterior: Floats
    log: Floats
    onward: Floats
    start: Floats
    step: Floats

    __repr__ = by_fields


def fit_chain(
    votes: Votes[Classes],
    offsets: Ints,
    may: tuple[Bools, Bools],
    before: Ints,
    *,
    strength: float,
    context: float,
    iterations: int,
    tol: float,
) -> tuple[Chain, Floats]:
    """Matrices of workers as if words had nothing to do with each other; then one a worker after
    each tag given to the word before; then the chances from tag to tag, with which posteriors are
    smoothed once.  Also the objective of the first step.

    Learnt together with the steps, matrices and tags take on another sense: a tag that may only
    follow another comes to stand for the words around a span.

    votes: on words, which are the items; ``offsets`` (n + 1,) the first word of each sequence.
    may: which tags may begin (k,), and which may follow which (k, k).
    before: (votes,) the tag that the worker gave to the word before, k where there is none.
    strength: of the prior of each matrix; context: of those after a tag, towards the crowd's after
        it.
    """
    k = votes.labels.k
    found = shrunk_matrices_fit(votes, strength=strength, iterations=iterations, tol=tol)
    p = found.posterior
    blocks = votes_matrix(_by_context(votes, before), cuts=_cuts(offsets))
    count, size = total(
        lambda block: tally(block, p[block.start : block.start + len(block)]), blocks
    )
    crowd = count.reshape(votes.w, k + 1, k, k).sum(0).swapaxes(1, 2)  # before, true, voted
    crowd = crowd + context * found.confusion.mean(0)
    crowd /= crowd.sum(2, keepdims=True)
    prior = context * np.tile(crowd, (votes.w, 1, 1))
    table = expected_logs_of_votes((count, size), prior, np.ones(k))[0]
    start, step = _steps(p, offsets, may)

    def work(block: Block) -> tuple[Floats, Floats, Floats]:
        log = block.votes @ table
        smooth = smoothed(log, _within(block, offsets), start, step)
        return smooth.posterior, smooth.onward, log

    posterior, onward, log = rows(work, blocks)
    return Chain(posterior, log, onward, start, step), found.trace


def fit_open(
    votes: Votes[Classes], offsets: Ints, may: tuple[Bools, Bools], *, right: float
) -> Chain:
    """Where sources leave open what they do not mention: the precision of each source's tags, and
    sequences that are possible; a word that no source speaks of is O, the first tag.  Chances from
    tag to tag are not learnt, since words that nobody speaks of would decide them.
    """
    k = votes.labels.k
    found = precisions(votes, right=right)
    voted = np.bincount(votes.item, minlength=votes.n) > 0
    quiet = np.full(k, UNSPOKEN / max(k - 1, 1))
    quiet[0] = 1 - UNSPOKEN if k > 1 else 1.0
    p = np.where(voted[:, None], found.posterior, quiet)
    start, step = (part / part.sum(-1, keepdims=True) for part in may)
    log = np.log(np.maximum(p, 1e-300))
    smooth = smoothed(log, offsets, start, step)
    return Chain(smooth.posterior, log, smooth.onward, start, step)


def _steps(p: Floats, offsets: Ints, may: tuple[Bools, Bools]) -> tuple[Floats, Floats]:
    """Chances of the first tag (k,) and from tag to tag (k, k), from those of each word."""
    begin = np.zeros(len(p), dtype=bool)
    begin[offsets[:-1][np.diff(offsets) > 0]] = True
    onward = np.flatnonzero(~begin)
    return _shares(p[begin].sum(0), may[0]), _shares(p[onward - 1].T @ p[onward], may[1])


def _shares(count: Floats, allowed: Bools) -> Floats:
    """Counts with pseudo-counts as shares of each row; what is not allowed has none."""
    whole = np.where(allowed, count + PSEUDO, 0.0)
    shares: Floats = whole / whole.sum(-1, keepdims=True)
    return shares


def _within(block: Block, offsets: Ints) -> Ints:
    """Where the sequences of a block begin, counted from its first word."""
    first, last = np.searchsorted(offsets, [block.start, block.start + len(block)])
    last = np.searchsorted(offsets, block.start + len(block), side="right")
    held = np.unique(offsets[first:last])  # empty sequences have no word of their own
    return np.asarray(held - block.start)


def _cuts(offsets: Ints) -> list[tuple[int, int]]:
    """Blocks of whole sequences with about ``WORDS`` words each."""
    words = int(offsets[-1])
    ends = offsets[np.searchsorted(offsets, np.arange(WORDS, words, WORDS))]
    bounds = np.unique(np.concatenate([[0], ends, [words]])).tolist()
    return list(pairwise(bounds))


def _by_context(votes: Votes[Classes], before: Ints) -> Votes[Classes]:
    """The votes with a worker of their own for each tag that a worker gave to the word before."""
    k = votes.labels.k
    worker = votes.worker * (k + 1) + before
    return Votes(votes.item, worker, votes.labels, votes.n, votes.w * (k + 1))
