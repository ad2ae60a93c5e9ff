"""How the law books work: a law is a function ``law_...(entry, kind)`` that raises AssertionError
where an algorithm does not keep it on a kind of labels that it takes.  Laws of files take the entry
alone.

Nothing passes by doing nothing.  Where a law cannot apply to a kind, ``NOT_FOR`` says so with a
reason; where it concerns what an algorithm may leave out (flags, suggestions, skill, an interval),
it raises ``NothingToCheck``, which the count at the end of a run lists.

Outsiders run the laws on a module of their own with ``python -m tests.conformance
my_package.my_method``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
import pytest
from tests.conformance.exceptions import EXCEPTIONS, NOT_FOR
from tests.hard_worlds import documents
from tests.worlds import WORLDS, WORLDS_OF, World

from reliabel.core.catalogue import Entry, catalogue
from reliabel.core.training import split_options

Law = Callable[..., None]
Books = Mapping[str, Sequence[Law]]  # result record -> its laws
# who takes any labels looks at the items: objects within them are no other case than words
OBJECTS = ("Grouped[Spans]", "Grouped[Boxes]", "Grouped[Regions]")
ANY_LABELS = tuple(k for k in WORLDS if not k.startswith("Votes") and k not in OBJECTS)
_USUAL: dict[Any, Any] = {}  # (function, kind) -> its result on the easy world
STANDS_FOR = {"Votes[Any]": "Votes[Classes]", "Votes[Labels]": "Votes[Classes]"}


class NothingToCheck(Exception):
    """The algorithm gives nothing that the law is about; says what it does not give."""


class Pair(NamedTuple):
    """One thing that is due: an entry keeps a law, on a kind of labels (none for laws of files)."""

    entry: Entry
    kind: str
    law: Law

    @property
    def key(self) -> tuple[str, ...]:
        """Verb, name, kind where there is one, law: as exceptions and the count name the pair."""
        words = (self.entry.verb, self.entry.name, self.kind, self.law.__name__)
        return tuple(word for word in words if word)


def leaves_out(applies_not: Callable[[Entry], bool]) -> Callable[[Law], Law]:
    """A law that some entries are left out of, by what their file says of them."""

    def mark(law: Law) -> Law:
        law.leaves_out = applies_not  # type: ignore[attr-defined]
        return law

    return mark


def takes_chance(entry: Entry) -> bool:
    """Whether the order of draws matters to it."""
    return "rng" in entry.accepts


def laws_for(entry: Entry, books: Books) -> list[Law]:
    """The laws that an entry has to keep, read from its return annotation."""
    mine = dict.fromkeys(law for result in entry.returns for law in books[result])
    return [law for law in mine if applies(law, entry)]


def applies(law: Law, entry: Entry) -> bool:
    """Whether the law leaves the entry in."""
    return not getattr(law, "leaves_out", lambda entry: False)(entry)


def pairs_for(entry: Entry, books: Books) -> list[Pair]:
    """Its laws on each kind of labels that it takes, without those that NOT_FOR declares."""
    laws = laws_for(entry, books)
    return [
        Pair(entry, kind, law)
        for law in laws
        for kind in kinds_of(entry)
        if (law.__name__, kind) not in NOT_FOR
    ]


def pairs_of(verb: str, books: Books) -> list[Pair]:
    """Catalogue x laws x kinds of one verb."""
    return [pair for entry in catalogue() if entry.verb == verb for pair in pairs_for(entry, books)]


def pairs_of_files(laws: Sequence[Law]) -> list[Pair]:
    """The whole catalogue with the laws of files."""
    return [Pair(entry, "", law) for entry in catalogue() for law in laws if applies(law, entry)]


def parameters(pairs: Iterable[Pair]) -> list[Any]:
    """Pairs as pytest parameters; exceptions are strict xfails with their reason."""
    out = []
    for pair in pairs:
        reason = EXCEPTIONS.get(pair.key)
        fails = pytest.mark.xfail(reason=reason, strict=True, raises=AssertionError)
        out.append(pytest.param(pair, id="-".join(pair.key), marks=[fails] if reason else []))
    return out


def obey(pair: Pair, record_property: Callable[[str, object], None]) -> None:
    """Run one pair and leave a mark for the count at the end of the session."""
    record_property("law", " ".join(pair.key))
    if not pair.kind:
        pair.law(pair.entry)
        return
    if pair.entry.missing_extras():
        pytest.skip(f"needs the extra {', '.join(pair.entry.missing_extras())}")
    try:
        pair.law(pair.entry, pair.kind)
    except NothingToCheck:
        record_property("nothing to check", " ".join(pair.key))


def kinds_of(entry: Entry) -> list[str]:
    """Kinds with a world among those the entry takes; "Labels" stands for each that has the
    evidence needed.
    """
    takes = {STANDS_FOR.get(kind, kind) for kind in entry.takes}
    if "Labels" in takes:
        takes |= {kind for kind in ANY_LABELS if entry.needs <= _words(kind)}
    kinds = [kind for kind in WORLDS if kind in takes]
    assert kinds, f"tests/worlds.py has no world for {sorted(entry.takes)}: add one"
    return kinds


@lru_cache
def _words(kind: str) -> frozenset[str]:
    """Evidence that the easy world of a kind has."""
    return frozenset(WORLDS[kind](0).evidence)


def world_of(entry: Entry, kind: str, seed: int = 0, n: int | None = None) -> World:
    """The easy world of a kind; who takes any labels gets evidence about items, not units."""
    make = documents if kind.startswith("Grouped") and "Labels" in entry.takes else WORLDS[kind]
    make = WORLDS_OF.get(entry.name, {}).get(kind, make)
    return make(seed) if n is None else make(seed, n)


def run(
    entry: Entry, world: World, *, seed: int = 0, only_needed: bool = False, **options: Any
) -> Any:
    """What the entry says of a world, with its SMALL options and a generator of its own."""
    return call(entry, world, words_for(entry, world, seed, only_needed), **options)


def usual(entry: Entry, kind: str) -> Any:
    """What an entry says of the easy world, once for all laws that only look at it."""
    key = (entry.load(), kind)
    if key not in _USUAL:
        _USUAL[key] = run(entry, world_of(entry, kind))
    return _USUAL[key]


def call(entry: Entry, world: World, words: Mapping[str, Any], **options: Any) -> Any:
    """The result with this evidence and the SMALL options; those of a learner may be fields of
    ``Training``.
    """
    options, words = {**entry.small, **options}, dict(words)
    if "training" in entry.accepts:
        options, words["training"] = split_options(options, words.get("training"))
    return entry.load()(world.labels, **words, **options)


def words_for(
    entry: Entry, world: World, seed: int = 0, only_needed: bool = False
) -> dict[str, Any]:
    """The evidence of a world that an entry names, and its own generator."""
    wanted = entry.needs if only_needed else entry.accepts
    missing = ", ".join(sorted(entry.needs - set(world.evidence)))
    kind = type(world.labels).__name__
    assert not missing, f"tests/worlds.py makes no {missing} for {kind}: add it"
    words = {name: world.evidence[name] for name in wanted if name in world.evidence}
    if "rng" in wanted:
        words["rng"] = np.random.default_rng([seed, crc32(entry.name.encode())])
    if entry.verb == "acquire":
        words["batch"] = 10
    return words
