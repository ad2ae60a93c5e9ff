"""Worlds of votes, one file a kind of labels that votes are on.  A file is found by being here; it
holds

KIND: the kind, as annotations write it ("Votes[Classes]").
easy(seed, n): the easy world.  Its evidence has "skill" (w,), how good each worker is, and "rng".
uneven(seed): a third of the workers are good and most are bad.
error(labels, world): how wrong a consensus is on items with votes, 0 is right; a share or a mean
    distance.
plain(world): the error of the plain answer (majority, mean) that a method is held against.
ALLOWED: the error that is allowed where all votes agree ("unanimous"), and as a factor of the plain
    error and an addition to it where a method may be "worse" and where a worker is "copied".
NOT_FOR: laws that would say nothing of votes of this kind -> the reason.
agreed(world): the world with votes that all agree; without it each vote becomes the truth of its
    item.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, Protocol, cast

from tests.world_record import World


class OnKind(Protocol):
    """What the file of a kind holds."""

    KIND: str
    ALLOWED: Mapping[str, Any]
    NOT_FOR: Mapping[str, str]
    easy: Callable[..., World]
    uneven: Callable[..., World]
    error: Callable[[Any, World], float]
    plain: Callable[[World], float]


@lru_cache(maxsize=1)
def on_kinds() -> dict[str, OnKind]:
    """Kind of votes -> its file."""
    names = sorted(module.name for module in iter_modules([str(Path(__file__).parent)]))
    modules = [cast(OnKind, import_module(f"tests.vote_worlds.{name}")) for name in names]
    return {module.KIND: module for module in modules}
