"""How the law books work: a law is a function ``law_...(entry)`` that raises AssertionError where
an algorithm does not keep it.

Outsiders run the laws on a module of their own with ``python -m tests.conformance
my_package.my_method``.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any
from zlib import crc32

import numpy as np
import pytest
from tests.conformance.exceptions import EXCEPTIONS
from tests.worlds import WORLDS, World

from reliabel.core.catalogue import Entry, catalogue
from reliabel.core.evidence import EVIDENCE, Neighbours
from reliabel.core.labels import Classes, Grouped, Labels, MultiLabel, Soft, Votes

Law = Callable[[Entry], None]
Books = Mapping[str, Sequence[Law]]  # result record -> its laws


def leaves_out(applies_not: Callable[[Entry], bool]) -> Callable[[Law], Law]:
    """A law that some entries are left out of, by what their signature says."""

    def mark(law: Law) -> Law:
        law.leaves_out = applies_not  # type: ignore[attr-defined]
        return law

    return mark


def takes_chance(entry: Entry) -> bool:
    """Whether the order of draws matters to it."""
    return "rng" in entry.accepts


def pairs_of(verb: str, books: Books) -> list[tuple[Entry, Law]]:
    """Catalogue x laws: every entry of the verb with every law of the books of its results."""
    return [
        (entry, law)
        for entry in catalogue()
        if entry.verb == verb
        for law in laws_for(entry, books)
    ]


def laws_for(entry: Entry, books: Books) -> list[Law]:
    """The laws an entry has to keep, read from its return annotation."""
    mine = [law for result in entry.returns for law in books[result]]
    return [
        law
        for law in dict.fromkeys(mine)
        if not getattr(law, "leaves_out", lambda entry: False)(entry)
    ]


def parameters(verb: str, books: Books) -> list[Any]:
    """The pairs as pytest parameters; exceptions are strict xfails with their reason."""
    return _marked(pairs_of(verb, books))


def pairs_of_files(laws: Sequence[Law]) -> list[tuple[Entry, Law]]:
    """The whole catalogue with the laws of files."""
    return [
        (entry, law)
        for entry in catalogue()
        for law in laws
        if not getattr(law, "leaves_out", lambda entry: False)(entry)
    ]


def parameters_of_files(laws: Sequence[Law]) -> list[Any]:
    """Every entry of every verb with every law of files."""
    return _marked(pairs_of_files(laws))


def _marked(pairs: Sequence[tuple[Entry, Law]]) -> list[Any]:
    out = []
    for entry, law in pairs:
        reason = EXCEPTIONS.get((entry.verb, entry.name, law.__name__))
        marks = (
            [pytest.mark.xfail(reason=reason, strict=True, raises=AssertionError)] if reason else []
        )
        out.append(
            pytest.param(entry, law, id=f"{entry.verb}-{entry.name}-{law.__name__}", marks=marks)
        )
    return out


def obey(entry: Entry, law: Law, record_property: Callable[[str, object], None]) -> None:
    """Run one pair and leave a mark for the count at the end of the session."""
    obey_mark(entry, law, record_property)
    if entry.missing_extras():
        pytest.skip(f"needs the extra {', '.join(entry.missing_extras())}")
    law(entry)


def obey_file(entry: Entry, law: Law, record_property: Callable[[str, object], None]) -> None:
    """Run a law that reads the source."""
    obey_mark(entry, law, record_property)
    law(entry)


def obey_mark(
    entry: Any, law: Callable[..., None], record_property: Callable[[str, object], None]
) -> None:
    """The mark that the count reads: verb, name, law."""
    record_property("law", f"{entry.verb} {entry.name} {law.__name__}")


def worlds_of(entry: Entry) -> Iterator[tuple[str, World]]:
    """The easy world of each kind the entry takes."""
    for kind in kinds_of(entry):
        yield kind, WORLDS[kind](0)


def kinds_of(entry: Entry) -> list[str]:
    """Kinds with a world among those the entry takes; "Labels" stands for all but votes, tried on
    classes.
    """
    takes = {
        {
            "Labels": "Classes",
            "Votes[Any]": "Votes[Classes]",
            "Votes[Labels]": "Votes[Classes]",
        }.get(kind, kind)
        for kind in entry.takes
    }
    kinds = [kind for kind in WORLDS if kind in takes]
    assert kinds, f"tests/worlds.py has no world for {sorted(entry.takes)}: add one"
    return kinds


def run(
    entry: Entry, world: World, *, seed: int = 0, only_needed: bool = False, **options: Any
) -> Any:
    """What the entry says of a world, with its SMALL options and a generator of its own."""
    return entry.load()(
        world.labels, **words_for(entry, world, seed, only_needed), **{**entry.small, **options}
    )


def words_for(
    entry: Entry, world: World, seed: int = 0, only_needed: bool = False
) -> dict[str, Any]:
    """The evidence of a world that an entry names, and its own generator."""
    wanted = entry.needs if only_needed else entry.accepts
    missing = entry.needs - set(world.evidence)
    assert not missing, (
        f"tests/worlds.py makes no {', '.join(sorted(missing))} for {type(world.labels).__name__}: add it"
    )
    words = {name: world.evidence[name] for name in wanted if name in world.evidence}
    if "rng" in wanted:
        words["rng"] = np.random.default_rng([seed, crc32(entry.name.encode())])
    if entry.verb == "acquire":
        words["batch"] = 10
    return words


# comparing what came out


def same(a: Any, b: Any, *, tolerance: float = 0.0) -> bool:
    """Equal results, field by field; ``info`` is left out, arrays agree within the tolerance, NaN
    equals NaN.
    """
    if is_dataclass(a) and not isinstance(a, type):
        return type(a) is type(b) and all(
            same(getattr(a, f.name), getattr(b, f.name), tolerance=tolerance)
            for f in fields(a)
            if f.name != "info"
        )
    if isinstance(a, Mapping):
        return set(a) == set(b) and all(same(a[key], b[key], tolerance=tolerance) for key in a)
    if (isinstance(a, np.ndarray | np.generic) and np.asarray(a).dtype.kind in "fc") or isinstance(
        a, float
    ):
        return np.shape(a) == np.shape(b) and bool(
            np.allclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True)
        )
    if isinstance(a, np.ndarray):
        return np.shape(a) == np.shape(b) and bool((a == b).all())
    if isinstance(a, str | bytes) or not isinstance(a, Sequence):
        return callable(a) or bool(a == b)
    return len(a) == len(b) and all(
        same(x, y, tolerance=tolerance) for x, y in zip(a, b, strict=True)
    )


# the same world, told otherwise


def frozen(world: World) -> World:
    """The world with every array read-only."""
    made = copy.deepcopy(world)
    for array in arrays(made.labels):
        array.setflags(write=False)
    for name, value in made.evidence.items():
        if name != "rng":
            for array in arrays(value):
                array.setflags(write=False)
    return made


def arrays(thing: Any) -> Iterator[np.ndarray]:
    """All arrays inside."""
    if isinstance(thing, np.ndarray):
        yield thing
    elif is_dataclass(thing) and not isinstance(thing, type):
        for f in fields(thing):
            yield from arrays(getattr(thing, f.name))
    elif isinstance(thing, Mapping):
        for value in thing.values():
            yield from arrays(value)


def shuffled(world: World, order: np.ndarray) -> World:
    """The same items in another order; for votes, items get other numbers and votes come in another
    order.
    """
    place = np.argsort(order)
    labels = world.labels
    if isinstance(labels, Votes):
        vote = np.random.default_rng(1).permutation(len(labels))
        moved = Votes(
            place[labels.item][vote],
            labels.worker[vote],
            labels.labels.take(vote),
            labels.n,
            labels.w,
        )
        return replace(
            world,
            labels=moved,
            truth=world.truth.take(order),
            evidence=_moved(world.evidence, order),
        )
    if isinstance(labels, Grouped):
        raise LookupError("groups move as a whole: shuffle the units of their world instead")
    wrong = world.wrong.reshape(len(labels), -1)[order].ravel()
    return World(
        labels.take(order),
        world.truth.take(order),
        wrong,
        _moved(world.evidence, order),
        _renumbered(world.planted, place),
    )


def _moved(evidence: Mapping[str, Any], order: np.ndarray) -> dict[str, Any]:
    return {
        name: EVIDENCE[name].at(value, order) if name in EVIDENCE else value
        for name, value in evidence.items()
    }


def _renumbered(
    planted: Mapping[str, frozenset[int]], place: np.ndarray
) -> dict[str, frozenset[int]]:
    return {finds: frozenset(int(place[i]) for i in items) for finds, items in planted.items()}


def renamed(world: World) -> World:
    """Other class names in the same order."""
    return world.with_labels(
        _names(world.labels, lambda names: tuple(f"x{place}" for place, _ in enumerate(names)))
    )


def _names(labels: Any, rename: Callable[[Any], Any]) -> Any:
    if isinstance(labels, Votes):
        return replace(labels, labels=_names(labels.labels, rename))
    if isinstance(labels, Grouped):
        return replace(labels, units=_names(labels.units, rename))
    return replace(labels, names=rename(labels.names)) if hasattr(labels, "names") else labels


def mirrored(world: World) -> World:
    """Classes numbered the other way round, and everything that has one column or row a class."""
    evidence = dict(world.evidence)
    for name in evidence.keys() & EVIDENCE.keys():
        if {"k", "q"} & set(EVIDENCE[name].shape):
            back = tuple(slice(None, None, -1 if a in "kq" else 1) for a in EVIDENCE[name].shape)
            evidence[name] = np.ascontiguousarray(evidence[name][back])
    if "votes" in evidence:
        evidence["votes"] = other_way(evidence["votes"])
    if "gold" in evidence:
        k = len(world.truth.names)
        evidence["gold"] = np.where(evidence["gold"] >= 0, k - 1 - evidence["gold"], -1)
    return replace(
        world, labels=other_way(world.labels), truth=other_way(world.truth), evidence=evidence
    )


def other_way(labels: Any) -> Any:
    """Labels with class c called k - 1 - c."""
    if isinstance(labels, Votes):
        return replace(labels, labels=other_way(labels.labels))
    if isinstance(labels, Grouped):
        return replace(labels, units=other_way(labels.units))
    if isinstance(labels, Classes):
        return Classes(np.where(labels.y >= 0, labels.k - 1 - labels.y, -1), labels.names[::-1])
    if isinstance(labels, MultiLabel):
        return MultiLabel(np.ascontiguousarray(labels.y[:, ::-1]), labels.names[::-1])
    if isinstance(labels, Soft):
        return Soft(np.ascontiguousarray(labels.p[:, ::-1]), labels.names[::-1])
    return labels


def single_precision(world: World) -> World:
    """Float evidence as float32 in strided views, as slices of larger arrays are."""

    def change(name: str, value: Any) -> Any:
        if isinstance(value, Neighbours):
            return replace(value, distance=_strided(value.distance))
        if isinstance(value, np.ndarray) and value.dtype.kind == "f":
            return _strided(value)
        return value

    return replace(
        world, evidence={name: change(name, value) for name, value in world.evidence.items()}
    )


def _strided(array: np.ndarray) -> np.ndarray:
    wide = np.zeros((array.shape[0], *(2 * size for size in array.shape[1:])), dtype=np.float32)
    view = wide[(slice(None), *(slice(None, None, 2) for _ in array.shape[1:]))]
    view[...] = array
    return view


def area(score: np.ndarray, positive: np.ndarray) -> float:
    """Area under the ROC curve; NaN scores are left out."""
    known = ~np.isnan(score)
    score, positive = score[known], positive[known]
    order = np.argsort(score, kind="stable")
    rank = np.empty(len(score))
    rank[order] = np.arange(1, len(score) + 1)
    for value in np.unique(score):
        rank[score == value] = rank[score == value].mean()
    hits = int(positive.sum())
    return float((rank[positive].sum() - hits * (hits + 1) / 2) / (hits * (len(score) - hits)))


def labels_in(result: Any) -> Labels:
    """The label set a result carries."""
    labels: Labels = result.labels
    return labels
