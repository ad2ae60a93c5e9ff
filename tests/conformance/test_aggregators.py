"""The law book of aggregators."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.conformance.book import (
    kinds_of,
    leaves_out,
    obey,
    parameters,
    run,
    same,
    takes_chance,
    worlds_of,
)
from tests.conformance.every import EVERY, well_formed
from tests.worlds import WORLDS, World

from reliabel.core.catalogue import Entry
from reliabel.core.labels import Classes, Numbers, Soft, Votes


def error(labels, world: World) -> float:
    """Share of items with the wrong class, or the mean distance to the true number; items with
    votes only.
    """
    voted = np.bincount(world.labels.item, minlength=world.labels.n) > 0
    if isinstance(labels, Soft):
        return float((labels.p.argmax(1) != world.truth.y)[voted].mean())
    return float(np.abs(labels.y - world.truth.y)[voted].mean())


def plain(world: World) -> float:
    """The same for a majority of votes, or their mean."""
    votes = world.labels
    if isinstance(votes.labels, Classes):
        table = (
            np.bincount(
                votes.item * votes.labels.k + votes.labels.y, minlength=votes.n * votes.labels.k
            )
            .reshape(votes.n, -1)
            .astype(float)
        )
        table += 1e-9
        return error(Soft(table / table.sum(1, keepdims=True), votes.labels.names), world)
    count = np.maximum(np.bincount(votes.item, minlength=votes.n), 1)
    return error(Numbers(np.bincount(votes.item, votes.labels.y, minlength=votes.n) / count), world)


def law_one_row_an_item(entry: Entry) -> None:
    for _, world in worlds_of(entry):
        well_formed(run(entry, world), world)


def law_unanimous_votes_win(entry: Entry) -> None:
    for _, world in worlds_of(entry):
        votes = world.labels
        agreed = replace(
            votes,
            labels=type(world.truth)(
                world.truth.y[votes.item],
                *([world.truth.names] if hasattr(world.truth, "names") else []),
            ),
        )
        wrong = error(run(entry, world.with_labels(agreed)).labels, world.with_labels(agreed))
        assert wrong <= (0 if isinstance(votes.labels, Classes) else 0.05), (
            f"all votes agree, and yet the answer is off by {wrong:.3f}"
        )


@leaves_out(takes_chance)
def law_names_of_workers_are_irrelevant(entry: Entry) -> None:
    for _, world in worlds_of(entry):
        votes = world.labels
        place = np.random.default_rng(2).permutation(votes.w)
        here, there = (
            run(entry, world),
            run(entry, world.with_labels(replace(votes, worker=place[votes.worker]))),
        )
        assert same(_rows(there), _rows(here), tolerance=1e-6), (
            "workers numbered otherwise change the answer"
        )
        assert here.skill is None or same(there.skill[place], here.skill, tolerance=1e-6), (
            "skill does not follow the worker"
        )


def law_items_without_votes_share_one_row(entry: Entry) -> None:
    for _, world in worlds_of(entry):
        votes = world.labels
        keep = ~np.isin(votes.item, [3, 40, 41])
        blind = replace(
            world,
            labels=votes.take(keep),
            evidence={name: value for name, value in world.evidence.items() if name != "gold"},
        )
        rows = _rows(run(entry, blind))[[3, 40, 41, votes.n - 1]]
        if not entry.accepts & {"features", "probs"}:
            assert same(rows, np.tile(rows[:1], (4, *[1] * (rows.ndim - 1))), tolerance=1e-9), (
                "nothing is known of them, so nothing can tell them apart"
            )


def law_the_trace_never_falls(entry: Entry) -> None:
    for _, world in worlds_of(entry):
        trace = run(entry, world).trace
        assert (np.diff(trace) >= -1e-6 * np.maximum(1, np.abs(trace[1:]))).all(), (
            "trace is the objective that is climbed"
        )


def law_not_much_worse_than_the_plain_answer(entry: Entry) -> None:
    """Majority or mean: over five draws no more than two points (a tenth for numbers) are lost to
    it.
    """
    for kind in kinds_of(entry):
        worlds = [WORLDS[kind](seed) for seed in range(5)]
        mine = np.mean([error(run(entry, world).labels, world) for world in worlds])
        base = np.mean([plain(world) for world in worlds])
        assert mine <= (base + 0.02 if kind == "Votes[Classes]" else base * 1.1), (
            f"error {mine:.3f}, the plain answer {base:.3f}"
        )


def law_a_copied_worker_is_not_fatal(entry: Entry) -> None:
    """The worst worker comes three times; fifteen points (half as much again for numbers) may be
    lost, not the answer.
    """
    for kind, world in worlds_of(entry):
        votes, again = world.labels, np.flatnonzero(world.labels.worker == 0)
        copied = Votes(
            np.concatenate([votes.item, votes.item[again], votes.item[again]]),
            np.concatenate(
                [votes.worker, np.full(len(again), votes.w), np.full(len(again), votes.w + 1)]
            ),
            votes.labels.take(np.concatenate([np.arange(len(votes)), again, again])),
            votes.n,
            votes.w + 2,
        )
        wrong = error(run(entry, world.with_labels(copied)).labels, world.with_labels(copied))
        assert wrong <= (plain(world) + 0.15 if kind == "Votes[Classes]" else plain(world) * 1.5), (
            f"error {wrong:.3f} with copies, {plain(world):.3f} plain without"
        )


def law_better_workers_have_more_skill(entry: Entry) -> None:
    for kind, world in worlds_of(entry):
        skill = run(entry, world).skill
        if skill is not None and kind == "Votes[Classes]":
            assert np.corrcoef(skill, world.evidence["skill"])[0, 1] >= 0.6, (
                "skill does not follow the share of right votes"
            )


def _rows(consensus) -> np.ndarray:
    labels = consensus.labels
    return labels.p if isinstance(labels, Soft) else labels.y


BOOKS = {
    "Consensus": (
        *EVERY,
        law_one_row_an_item,
        law_unanimous_votes_win,
        law_names_of_workers_are_irrelevant,
        law_items_without_votes_share_one_row,
        law_the_trace_never_falls,
        law_not_much_worse_than_the_plain_answer,
        law_a_copied_worker_is_not_fatal,
        law_better_workers_have_more_skill,
    )
}


@pytest.mark.parametrize(("entry", "law"), parameters("aggregate", BOOKS))
def test_aggregators_keep_the_law(entry, law, record_property):
    obey(entry, law, record_property)
