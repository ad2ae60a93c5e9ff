"""Laws for every algorithm, whatever it returns."""

from __future__ import annotations

import copy
import inspect
from importlib import import_module
from typing import Any

import numpy as np
from tests.conformance.book import (
    arrays,
    frozen,
    kinds_of,
    leaves_out,
    mirrored,
    other_way,
    renamed,
    run,
    same,
    shuffled,
    single_precision,
    takes_chance,
    words_for,
    worlds_of,
)
from tests.worlds import World, edges

from reliabel.core.catalogue import Entry
from reliabel.core.evidence import EVIDENCE
from reliabel.core.labels import Classes, Grouped, MultiLabel, Votes
from reliabel.core.lift import units_of
from reliabel.core.results import Consensus, Corrupted, Faults, Measure, Picks, Suspicion


def law_inputs_are_left_alone(entry: Entry) -> None:
    """Arrays may be read-only views, and lists and mappings are as before."""
    for _, world in worlds_of(entry):
        before = copy.deepcopy(
            {name: value for name, value in world.evidence.items() if name != "rng"}
        )
        run(entry, frozen(world))
        run(entry, world)
        assert all(same(value, world.evidence[name]) for name, value in before.items()), (
            "the evidence was changed"
        )


def law_same_seed_same_answer(entry: Entry) -> None:
    for _, world in worlds_of(entry):
        assert same(run(entry, world, seed=3), run(entry, world, seed=3)), (
            "two runs with one seed differ"
        )


def law_evidence_with_a_default_may_be_missing(entry: Entry) -> None:
    for _, world in worlds_of(entry):
        well_formed(run(entry, world, only_needed=True), world)


def law_names_of_classes_are_irrelevant(entry: Entry) -> None:
    for _, world in worlds_of(entry):
        assert same(_bare(run(entry, world)), _bare(run(entry, renamed(world)))), (
            "other names for the classes change the numbers"
        )


@leaves_out(takes_chance)
def law_numbers_of_classes_are_irrelevant(entry: Entry) -> None:
    for kind, world in worlds_of(entry):
        if kind not in ("Numbers", "Votes[Numbers]"):
            assert same(
                _bare(run(entry, mirrored(world))),
                _bare(_mirror(run(entry, world))),
                tolerance=1e-6,
            ), "classes numbered the other way round change the answer"


def law_single_precision_and_strided_arrays_are_accepted(entry: Entry) -> None:
    for _, world in worlds_of(entry):
        said, plain = run(entry, single_precision(world)), run(entry, world)
        well_formed(said, world)
        if not takes_chance(entry):
            assert same(_score(said), _score(plain), tolerance=1e-3), (
                "float32 in strided views gives another answer"
            )


@leaves_out(takes_chance)
def law_order_of_items_is_irrelevant(entry: Entry) -> None:
    for kind, world in worlds_of(entry):
        if kind.startswith("Grouped"):
            continue  # its units are tried as classes
        n = world.labels.n if isinstance(world.labels, Votes) else len(world.labels)
        order = np.random.default_rng(5).permutation(n)
        there, here = run(entry, shuffled(world, order)), run(entry, world)
        assert same(_bare(there), _bare(_reorder(here, order, world)), tolerance=1e-6), (
            "items in another order change the answer"
        )


def law_edges_get_an_answer_or_a_sentence(entry: Entry) -> None:
    for kind in kinds_of(entry):
        for edge, world in edges(kind).items():
            _answer_or_sentence(f"{kind}, {edge}", lambda world=world: run(entry, world), world)


def law_edges_get_an_answer_or_a_sentence_from_the_verb(entry: Entry) -> None:
    verb = getattr(import_module(f"reliabel.verbs.{entry.verb}"), entry.verb)
    for kind in kinds_of(entry):
        for edge, world in edges(kind).items():
            words = {
                name: value for name, value in words_for(entry, world).items() if name != "rng"
            }
            if entry.verb == "audit":
                _answer_or_sentence(
                    f"{kind}, {edge}",
                    lambda world=world, words=words: verb(
                        world.labels,
                        by=[entry.name],
                        options={entry.name: dict(entry.small)},
                        **words,
                    ),
                    None,
                )
            else:
                _answer_or_sentence(
                    f"{kind}, {edge}",
                    lambda world=world, words=words: verb(
                        world.labels, by=entry.name, **words, **entry.small
                    ),
                    None,
                )


def law_the_signature_in_force_is_the_one_read(entry: Entry) -> None:
    """What was read from the source is what Python calls: no decorator, no surprise."""
    signature = inspect.signature(entry.load())
    keyword = {
        name: p
        for name, p in signature.parameters.items()
        if p.kind is inspect.Parameter.KEYWORD_ONLY
    }
    assert set(keyword) - {"batch"} == entry.accepts | set(entry.options)
    assert all(
        p.default == entry.options[name] for name, p in keyword.items() if name in entry.options
    )
    assert entry.accepts <= set(EVIDENCE)


EVERY = (
    law_inputs_are_left_alone,
    law_same_seed_same_answer,
    law_evidence_with_a_default_may_be_missing,
    law_names_of_classes_are_irrelevant,
    law_numbers_of_classes_are_irrelevant,
    law_single_precision_and_strided_arrays_are_accepted,
    law_order_of_items_is_irrelevant,
    law_edges_get_an_answer_or_a_sentence,
    law_edges_get_an_answer_or_a_sentence_from_the_verb,
    law_the_signature_in_force_is_the_one_read,
)


def well_formed(result: Any, world: World) -> None:
    """The shape that the records of core/results.py promise."""
    labels = world.labels
    if isinstance(result, Suspicion):
        units = units_of(labels)
        assert result.score.shape == (units,), (
            f"one score a unit ({units}), got shape {result.score.shape}"
        )
        assert not np.isinf(result.score).any(), "scores are finite or NaN"
        assert result.flag is None or (result.flag.shape == (units,) and result.flag.dtype == bool)
        assert result.suggest is None or units_of(result.suggest) == units
        assert result.kind is None or len(result.kind) == units
    elif isinstance(result, Faults):
        count = len(result.items)
        assert len(result.kind) == len(result.why) == len(result.score) == count
        assert result.where is None or len(result.where) == count
        assert result.suggest is None or len(result.suggest) == count
        assert ((result.score >= 0) & (result.score <= 1)).all() if count else True, (
            "the score of a fault lies in [0, 1]"
        )
        n = len(labels)
        assert all(len(group) and all(0 <= i < n for i in group) for group in result.items), (
            "a fault names items of the data"
        )
        assert all(isinstance(why, str) and len(why.split()) > 1 for why in result.why), (
            "a fault says why in words"
        )
    elif isinstance(result, Measure):
        assert isinstance(result.value, float), (
            f"the value is a float, got {type(result.value).__name__}"
        )
        assert (
            np.isnan(result.value) or np.isnan(result.low) or result.low <= result.value + 1e-9
        ), "the interval holds the value"
        assert (
            np.isnan(result.value) or np.isnan(result.high) or result.value <= result.high + 1e-9
        ), "the interval holds the value"
    elif isinstance(result, Corrupted):
        assert type(result.labels) is type(labels), "a corrupter keeps the kind of labels"
        assert len(result.index) == len(result.labels)
        assert result.wrong.shape == (units_of(result.labels),)
        assert result.wrong.dtype == bool
    elif isinstance(result, Consensus):
        assert len(result.labels) == labels.n, "one row an item, voted on or not"
        assert result.skill is None or result.skill.shape == (labels.w,)
        assert result.trace.ndim == 1
        p = getattr(result.labels, "p", None)
        assert p is None or bool((np.abs(p.sum(1) - 1) < 1e-6).all()), "rows sum to one"
    else:
        assert isinstance(result, Picks), f"no book for a {type(result).__name__}"


def _answer_or_sentence(where: str, call: Any, world: World | None) -> None:
    try:
        result = call()
    except ValueError as refused:
        sentence = str(refused)
    except Exception as crash:
        raise AssertionError(
            f"{where}: {type(crash).__name__}: {crash}; an answer or a ValueError with a sentence is due"
        ) from crash
    else:
        if world is not None:
            well_formed(result, world)
        return
    assert len(sentence.split()) >= 4, f"{where}: {sentence!r} is no sentence"


def _bare(result: Any) -> Any:
    """What a result says without its words: sentences and names may name classes, items and
    rows.
    """
    if isinstance(result, Faults):
        return sorted(
            (tuple(sorted(group)), kind, round(float(score), 6))
            for group, kind, score in zip(result.items, result.kind, result.score, strict=True)
        )
    if isinstance(result, Suspicion):
        return (
            result.score,
            result.flag,
            None if result.suggest is None else _codes(result.suggest),
        )
    if isinstance(result, Measure):
        return (result.value, result.low, result.high)
    if isinstance(result, Corrupted):
        return (_codes(result.labels), result.index, result.wrong)
    if isinstance(result, Consensus):
        return (_codes(result.labels), result.skill)
    return result


def _score(result: Any) -> Any:
    """The numbers of a result that do not jump when the input moves by a rounding."""
    if isinstance(result, Suspicion):
        return result.score
    if isinstance(result, Measure):
        return (result.value, result.low, result.high)
    if isinstance(result, Consensus):
        return _codes(result.labels)
    return None


def _codes(labels: Any) -> Any:
    if isinstance(labels, Grouped):
        return _codes(labels.units)
    return getattr(labels, "p", None) if hasattr(labels, "p") else next(arrays(labels))


def _mirror(result: Any) -> Any:
    if isinstance(result, Suspicion) and isinstance(result.suggest, Classes):
        return Suspicion(result.score, result.flag, other_way(result.suggest))
    if isinstance(result, Suspicion) and isinstance(result.suggest, MultiLabel):
        raise LookupError("no algorithm suggests a multi-label set yet")
    if isinstance(result, Consensus):
        return Consensus(other_way(result.labels), result.skill, result.trace)
    return (
        Corrupted(other_way(result.labels), result.index, result.wrong)
        if isinstance(result, Corrupted)
        else result
    )


def _reorder(result: Any, order: np.ndarray, world: World) -> Any:
    place = np.argsort(order)
    if isinstance(result, Faults):
        return Faults(
            [tuple(int(place[i]) for i in group) for group in result.items],
            result.kind,
            result.score,
            result.why,
        )
    cells = (
        np.arange(units_of(world.labels)).reshape(len(world.labels), -1)[order].ravel()
        if not isinstance(world.labels, Votes)
        else order
    )
    if isinstance(result, Suspicion):
        flag = None if result.flag is None else result.flag[cells]
        return Suspicion(
            result.score[cells],
            flag,
            None if result.suggest is None else result.suggest.take(cells),
        )
    if isinstance(result, Consensus):
        return Consensus(result.labels.take(order), result.skill, result.trace)
    if isinstance(result, Corrupted):
        return Corrupted(result.labels.take(order), result.index, result.wrong[cells])
    return result
