"""What votes and a consensus tell about items, workers, pairs of alike accounts, and the next votes
to ask for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Classes, Floats, Ints, Votes
from reliabel.core.short_repr import by_fields
from reliabel.crowd.accounts import AlikeAccounts, alike_accounts
from reliabel.crowd.behaviour import with_behaviour
from reliabel.crowd.consensus_errors import ConsensusErrors, consensus_errors
from reliabel.crowd.functions import FunctionTable, function_table
from reliabel.crowd.next_votes import NextVotes, next_votes
from reliabel.crowd.workers import Workers, estimate_workers
from reliabel.ops.crowd import ambiguity, confusion_matrices, excess_disagreement
from reliabel.ops.votes import AFFORDABLE


@dataclass(frozen=True, eq=False)
class Study:
    """What votes and a posterior tell about items (n,) and workers (w,).

    Fields are None where there are too many workers and classes for confusion matrices, and for
    labelling functions, of which ``functions`` tells instead.
    """

    votes: Votes[Classes]
    posterior: Floats  # (n, k)
    counted: Ints  # (n,) votes of each item
    agreement: Floats  # (n,) share of an item's votes for its consensus label; NaN without votes
    entropy: Floats  # (n,) of the posterior
    ambiguous: Floats | None  # (n,) chance that the item lies between two classes
    share: tuple[float, float, float] | None  # of ambiguous items, with its 95 % interval
    excess: Floats | None  # (n,) disagreement beyond what the workers' errors explain
    workers: Workers | None
    alike: AlikeAccounts | None
    next: NextVotes | None
    # workers whose share of right votes on gold differs from their estimated skill by more than two
    # standard errors
    off_gold: tuple[int, ...] = ()
    errors: ConsensusErrors | None = None  # how many consensus labels are wrong
    functions: FunctionTable | None = None  # of labelling functions

    __repr__ = by_fields


def study(
    votes: Votes[Classes],
    posterior: Floats,
    *,
    rng: Generator,
    gold: Ints | None = None,
    time: Floats | None = None,
    seconds: Floats | None = None,
    budget: int = 100,
    functions: Sequence[Mapping[str, Any]] | None = None,
) -> Study:
    """Study a consensus.

    gold: (n,) the true class, -1 where unknown, which skills are checked against.
    time, seconds: (v,) when each vote was given and how long it took, for tests of behaviour.
    budget: how many items to name for more votes.
    functions: where the workers are labelling functions, what became of each.
    """
    counted = np.bincount(votes.item, minlength=votes.n)
    label = posterior.argmax(1)
    agree = np.bincount(votes.item, votes.labels.y == label[votes.item], votes.n)
    agreement = np.divide(agree, counted, out=np.full(votes.n, np.nan), where=counted > 0)
    entropy = -(posterior * np.log(np.maximum(posterior, 1e-300))).sum(1)
    if functions is not None or votes.w * votes.labels.k**2 > AFFORDABLE or not len(votes):
        nothing = (None,) * 6
        plain = functions is not None
        known = gold if plain and gold is not None and not _is_told(posterior, gold) else None
        errors = None
        if len(votes):
            errors = consensus_errors(votes, posterior, known, matrices=not plain)
        found = Study(votes, posterior, counted, agreement, entropy, *nothing, errors=errors)
        if functions is None or not len(votes):
            return found
        table = function_table(votes, posterior, gold=gold, records=functions)
        return replace(found, functions=table)
    confusion, balance = confusion_matrices(votes, posterior)
    ambiguous, share = ambiguity(votes, posterior)
    workers = with_behaviour(
        votes, posterior, estimate_workers(votes, posterior, gold=gold), time=time, seconds=seconds
    )
    return Study(
        votes,
        posterior,
        counted,
        agreement,
        entropy,
        ambiguous,
        share if np.isfinite(share[0]) else None,
        excess_disagreement(votes, posterior, confusion),
        workers,
        alike_accounts(votes, confusion, balance, rng),
        next_votes(votes, posterior, confusion, budget=budget),
        _off_gold(workers),
        consensus_errors(votes, posterior, gold),
    )


def _is_told(posterior: Floats, gold: Ints) -> bool:
    """Whether the consensus was told the truth of gold items, so that it proves nothing there."""
    rows = np.flatnonzero(gold >= 0)
    return bool((posterior[rows, gold[rows]] == 1).all())


def _off_gold(workers: Workers) -> tuple[int, ...]:
    skill = workers.skill
    error = np.sqrt(np.maximum(skill * (1 - skill), 1e-9) / np.maximum(workers.gold_votes, 1))
    off = (workers.gold_votes >= 10) & (
        np.abs(workers.gold_right - skill) > 2 * error + (workers.high - workers.low) / 4
    )
    return tuple(np.flatnonzero(off).tolist())
