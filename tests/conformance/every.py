"""Laws for every algorithm, whatever it returns."""

from __future__ import annotations

import copy
import inspect
from dataclasses import fields, is_dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
from tests.conformance.book import (
    call,
    leaves_out,
    run,
    takes_chance,
    usual,
    words_for,
    world_of,
)
from tests.conformance.records import bare, items_in, mirror, reorder, steady, well_formed
from tests.conformance.retold import (
    changed_evidence,
    frozen,
    mirrored,
    renamed,
    same,
    shuffled,
    single_precision,
)
from tests.hard_worlds import edges
from tests.worlds import NAMES, World

from reliabel.core.catalogue import Entry
from reliabel.core.evidence import EVIDENCE


def law_inputs_are_left_alone(entry: Entry, kind: str) -> None:
    """Arrays may be read-only views, and lists and mappings are as before."""
    world = world_of(entry, kind)
    before = copy.deepcopy({name: value for name, value in world.evidence.items() if name != "rng"})
    run(entry, frozen(world))
    run(entry, world)
    kept = [same(value, world.evidence[name]) for name, value in before.items()]
    assert all(kept), "the evidence was changed"


def law_same_seed_same_answer(entry: Entry, kind: str) -> None:
    again = run(entry, world_of(entry, kind))
    assert same(usual(entry, kind), again), "two runs with one seed differ"


def law_evidence_with_a_default_may_be_missing(entry: Entry, kind: str) -> None:
    world = world_of(entry, kind)
    well_formed(run(entry, world, only_needed=True), world, entry)


def law_evidence_named_is_used(entry: Entry, kind: str) -> None:
    """Each word of evidence, changed, changes something in the result: alone beside what is needed,
    or beside all that is accepted.
    """
    world = world_of(entry, kind)
    for word in sorted(entry.accepts & set(world.evidence)):
        if word == "rng":
            draws = (_whole(run(entry, world, seed=seed)) for seed in range(4))
            first = next(draws)
            used = any(not same(first, draw) for draw in draws)
        else:
            used = any(
                not same(said, _whole(_with(entry, other, words)))
                for words in (entry.needs | {word}, entry.accepts)
                for said in (_whole(_with(entry, world, words)),)
                for other in changed_evidence(world, word)
            )
        assert used, f"{word} is asked for, and makes no difference"


def names_a_class(entry: Entry) -> bool:
    """Whether the options that the laws give it name classes."""
    return any(repr(name) in repr(dict(entry.small)) for name in NAMES)


@leaves_out(names_a_class)
def law_names_of_classes_are_irrelevant(entry: Entry, kind: str) -> None:
    world = world_of(entry, kind)
    here, there = usual(entry, kind), run(entry, renamed(world))
    assert same(bare(here), bare(there)), "other names for the classes change the numbers"


@leaves_out(takes_chance)
def law_numbers_of_classes_are_irrelevant(entry: Entry, kind: str) -> None:
    world = world_of(entry, kind)
    here, there = mirror(usual(entry, kind), world), run(entry, mirrored(world))
    assert same(bare(there), bare(here), tolerance=1e-6), (
        "classes numbered the other way round change the answer"
    )


def law_single_precision_and_strided_arrays_are_accepted(entry: Entry, kind: str) -> None:
    world = world_of(entry, kind)
    single, double = run(entry, single_precision(world)), usual(entry, kind)
    well_formed(single, world, entry)
    assert same(steady(single), steady(double), tolerance=1e-3), (
        "float32 in strided views gives another answer"
    )


@leaves_out(takes_chance)
def law_order_of_items_is_irrelevant(entry: Entry, kind: str) -> None:
    world = world_of(entry, kind)
    order = np.random.default_rng(5).permutation(items_in(world.labels))
    there, here = run(entry, shuffled(world, order)), usual(entry, kind)
    assert same(bare(there), bare(reorder(here, order, world)), tolerance=1e-6), (
        "items in another order change the answer"
    )


def law_edges_get_an_answer_or_a_sentence(entry: Entry, kind: str) -> None:
    for edge, world in edges(kind, partial(world_of, entry, kind)).items():
        result = _answer_or_sentence(edge, partial(run, entry, world))
        if result is not None:
            well_formed(result, world, entry)


@leaves_out(lambda entry: find_spec(f"reliabel.verbs.{entry.verb}") is None)
def law_edges_get_an_answer_or_a_sentence_from_the_verb(entry: Entry, kind: str) -> None:
    for edge, world in edges(kind, partial(world_of, entry, kind)).items():
        _answer_or_sentence(edge, partial(_by_verb, entry, world))


def law_the_signature_in_force_is_the_one_read(entry: Entry, kind: str) -> None:
    """What was read from the source is what Python calls: no decorator, no surprise."""
    found = inspect.signature(entry.load()).parameters
    keyword = {
        name: p.default for name, p in found.items() if p.kind is inspect.Parameter.KEYWORD_ONLY
    }
    assert set(keyword) - {"batch"} == entry.accepts | set(entry.options)
    assert {name: keyword[name] for name in entry.options} == dict(entry.options)
    assert entry.accepts <= set(EVIDENCE)


EVERY = (
    law_inputs_are_left_alone,
    law_same_seed_same_answer,
    law_evidence_with_a_default_may_be_missing,
    law_evidence_named_is_used,
    law_names_of_classes_are_irrelevant,
    law_numbers_of_classes_are_irrelevant,
    law_single_precision_and_strided_arrays_are_accepted,
    law_order_of_items_is_irrelevant,
    law_edges_get_an_answer_or_a_sentence,
    law_edges_get_an_answer_or_a_sentence_from_the_verb,
    law_the_signature_in_force_is_the_one_read,
)


def _by_verb(entry: Entry, world: World) -> Any:
    verb = getattr(import_module(f"reliabel.verbs.{entry.verb}"), entry.verb)
    words = {name: value for name, value in words_for(entry, world).items() if name != "rng"}
    if entry.verb == "audit":
        own = {entry.name: dict(entry.small)}
        return verb(world.labels, by=[entry.name], options=own, **words)
    return verb(world.labels, by=entry.name, **words, **entry.small)


def _answer_or_sentence(edge: str, call: Any) -> Any:
    """The answer, or None where it was refused in a sentence."""
    try:
        return call()
    except ValueError as refused:
        sentence = str(refused)
    except Exception as crash:
        due = "an answer or a ValueError with a sentence is due"
        raise AssertionError(f"{edge}: {type(crash).__name__}: {crash}; {due}") from crash
    assert len(sentence.split()) >= 4, f"{edge}: {sentence!r} is no sentence"
    return None


def _with(entry: Entry, world: World, words: frozenset[str] | set[str]) -> Any:
    given = {name: value for name, value in words_for(entry, world).items() if name in words}
    return call(entry, world, given)


def _whole(result: Any) -> Any:
    """A result with all it says, ``info`` too."""
    if is_dataclass(result) and not isinstance(result, type):
        return {field.name: _whole(getattr(result, field.name)) for field in fields(result)}
    return result
