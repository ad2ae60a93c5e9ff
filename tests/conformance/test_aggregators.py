"""The law book of aggregators."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from tests.conformance.book import (
    NothingToCheck,
    leaves_out,
    obey,
    pairs_of,
    parameters,
    run,
    takes_chance,
    usual,
    world_of,
)
from tests.conformance.every import EVERY
from tests.conformance.records import codes, well_formed
from tests.conformance.retold import same
from tests.hard_worlds import uneven
from tests.vote_worlds import on_kinds
from tests.worlds import World

from reliabel.core.catalogue import Entry
from reliabel.core.columns import listed
from reliabel.core.kinds import kind_for, layout_of
from reliabel.core.labels import Grouped, Numbers, Soft, SoftMultiLabel, Votes


def error(labels: Any, world: World, kind: str) -> float:
    """How wrong a consensus is: a share of wrong labels or a mean distance, by its kind."""
    return on_kinds()[kind].error(labels, world)


def plain(world: World, kind: str) -> float:
    """The error of the plain answer: a majority of votes, their mean."""
    return on_kinds()[kind].plain(world)


def allowed(what: str, kind: str, base: float) -> float:
    """The error that is still allowed, from that of the plain answer."""
    factor, points = on_kinds()[kind].ALLOWED[what]
    return float(base * factor + points)


def rows_of(labels: Any) -> Any:
    """The label of each item as something to compare: numbers, or plain values."""
    bare = labels.units if isinstance(labels, Grouped) else labels
    if isinstance(bare, Soft | SoftMultiLabel | Numbers) and bare is labels:
        return codes(labels)
    layout = layout_of(labels)
    values = listed(kind_for(labels).cells_of(labels, slice(0, layout.rows)))
    first = np.arange(len(labels) + 1) if layout.starts is None else layout.starts
    return np.array([str(values[a:b]) for a, b in pairwise(first.tolist())])


def law_one_row_an_item(entry: Entry, kind: str) -> None:
    world = world_of(entry, kind)
    well_formed(usual(entry, kind), world, entry)


def law_unanimous_votes_win(entry: Entry, kind: str) -> None:
    world = world_of(entry, kind)
    made = getattr(on_kinds()[kind], "agreed", _agreed)
    agreed = made(world)
    wrong = error(run(entry, agreed).labels, agreed, kind)
    assert wrong <= on_kinds()[kind].ALLOWED["unanimous"], (
        f"all votes agree, and yet the answer is off by {wrong:.3f}"
    )


def _agreed(world: World) -> World:
    truth = world.truth.take(world.labels.item)
    return world.with_labels(replace(world.labels, labels=truth))


@leaves_out(takes_chance)
def law_names_of_workers_are_irrelevant(entry: Entry, kind: str) -> None:
    world = world_of(entry, kind)
    votes = world.labels
    place = np.random.default_rng(2).permutation(votes.w)
    renumbered = world.with_labels(replace(votes, worker=place[votes.worker]))
    here, there = usual(entry, kind), run(entry, renumbered)
    assert same(codes(there.labels), codes(here.labels), tolerance=1e-6), (
        "workers numbered otherwise change the answer"
    )
    assert here.skill is None or same(there.skill[place], here.skill, tolerance=1e-6), (
        "skill does not follow the worker"
    )


@leaves_out(lambda entry: bool(entry.accepts & {"features", "probs"}))
def law_items_without_votes_share_one_row(entry: Entry, kind: str) -> None:
    world = world_of(entry, kind)
    votes = world.labels
    known = {name: value for name, value in world.evidence.items() if name != "gold"}
    some = votes.take(~np.isin(votes.item, [3, 40, 41]))
    rows = rows_of(run(entry, replace(world, labels=some, evidence=known)).labels)
    rows = rows[[3, 40, 41, votes.n - 1]]
    assert same(rows, np.stack([rows[0]] * 4), tolerance=1e-9), (
        "nothing is known of them, so nothing can tell them apart"
    )


def law_the_trace_never_falls(entry: Entry, kind: str) -> None:
    trace = usual(entry, kind).trace
    if len(trace) < 2:
        raise NothingToCheck("climbs nothing")
    falls = np.diff(trace) < -1e-6 * np.maximum(1, np.abs(trace[1:]))
    assert not falls.any(), "trace is the objective that is climbed"


def law_not_much_worse_than_the_plain_answer(entry: Entry, kind: str) -> None:
    """Majority or mean: over five draws no more than two points (a tenth for numbers) are lost to
    it.
    """
    worlds = [world_of(entry, kind, seed) for seed in range(5)]
    mine = np.mean([error(run(entry, world).labels, world, kind) for world in worlds])
    base = np.mean([plain(world, kind) for world in worlds])
    assert mine <= allowed("worse", kind, base), f"error {mine:.3f}, the plain answer {base:.3f}"


def weighs_nobody(entry: Entry) -> bool:
    """Whether the file says that all workers count the same."""
    return not entry.skill


@leaves_out(weighs_nobody)
def law_fewer_errors_than_counting_heads(entry: Entry, kind: str) -> None:
    """A third of the workers are good and most are bad: who weighs workers makes a fifth fewer
    errors than a majority (a mean), without gold.
    """
    worlds = [uneven(kind, seed) for seed in range(3)]
    blind = [_without(world, "gold") for world in worlds]
    mine = np.mean([error(run(entry, world).labels, world, kind) for world in blind])
    base = np.mean([plain(world, kind) for world in worlds])
    assert mine <= 0.8 * base, f"error {mine:.3f}, counting heads {base:.3f}"


@leaves_out(lambda entry: not weighs_nobody(entry))
def law_without_skill_it_does_not_matter_who_voted(entry: Entry, kind: str) -> None:
    """A file that says SKILL = False counts all alike: the votes of an item may change hands."""
    world = world_of(entry, kind)
    votes, rng = world.labels, np.random.default_rng(6)
    by_item, mixed = (
        np.argsort(votes.item, kind="stable"),
        np.lexsort((rng.random(len(votes)), votes.item)),
    )
    worker = np.array(votes.worker)
    worker[by_item] = votes.worker[mixed]
    here = usual(entry, kind)
    there = run(entry, world.with_labels(replace(votes, worker=worker)))
    assert (worker != votes.worker).any()
    assert same(codes(here.labels), codes(there.labels), tolerance=1e-9), (
        "the answer depends on who cast which vote"
    )


def law_a_copied_worker_is_not_fatal(entry: Entry, kind: str) -> None:
    """The worst worker comes three times; fifteen points (half as much again for numbers) may be
    lost, not the answer.
    """
    world = world_of(entry, kind)
    votes = world.labels
    worst = int(np.argmin(world.evidence["skill"]))
    again = np.flatnonzero(votes.worker == worst)
    item = [votes.item, votes.item[again], votes.item[again]]
    worker = [votes.worker, np.full(len(again), votes.w), np.full(len(again), votes.w + 1)]
    given = votes.labels.take(np.concatenate([np.arange(len(votes)), again, again]))
    copied = world.with_labels(
        Votes(np.concatenate(item), np.concatenate(worker), given, votes.n, votes.w + 2)
    )
    wrong, base = error(run(entry, copied).labels, copied, kind), plain(world, kind)
    assert wrong <= allowed("copied", kind, base), (
        f"error {wrong:.3f} with copies, {base:.3f} plain without"
    )


def law_better_workers_have_more_skill(entry: Entry, kind: str) -> None:
    for world in (world_of(entry, kind), uneven(kind)):
        skill = run(entry, world).skill
        if skill is None:
            raise NothingToCheck("tells no skill")
        follows = np.corrcoef(skill, world.evidence["skill"])[0, 1]
        assert follows >= 0.6, f"skill goes with how good the workers are by {follows:.2f} only"


@leaves_out(lambda entry: "gold" not in entry.accepts)
def law_gold_is_the_answer_where_it_is_given(entry: Entry, kind: str) -> None:
    world = world_of(entry, kind)
    if "gold" not in world.evidence:
        raise NothingToCheck("the easy world of this kind has no gold")
    gold, labels = np.asarray(world.evidence["gold"]), usual(entry, kind).labels
    if gold.dtype.kind not in "fiu" or gold.ndim > 1:
        raise NothingToCheck("gold is neither a class nor a number")
    known = ~np.isnan(gold) if gold.dtype.kind == "f" else gold >= 0
    said = labels.p.argmax(1) if isinstance(labels, Soft) else labels.y
    assert same(said[known].astype(float), gold[known].astype(float), tolerance=1e-9)


def _without(world: World, word: str) -> World:
    kept = {name: value for name, value in world.evidence.items() if name != word}
    return replace(world, evidence=kept)


BOOKS = {
    "Consensus": (
        *EVERY,
        law_one_row_an_item,
        law_unanimous_votes_win,
        law_names_of_workers_are_irrelevant,
        law_items_without_votes_share_one_row,
        law_the_trace_never_falls,
        law_not_much_worse_than_the_plain_answer,
        law_fewer_errors_than_counting_heads,
        law_without_skill_it_does_not_matter_who_voted,
        law_a_copied_worker_is_not_fatal,
        law_better_workers_have_more_skill,
        law_gold_is_the_answer_where_it_is_given,
    )
}


@pytest.mark.parametrize("pair", parameters(pairs_of("aggregate", BOOKS)))
def test_aggregators_keep_the_law(pair, record_property):
    obey(pair, record_property)
