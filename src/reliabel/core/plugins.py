"""What other packages announce as entry points: algorithms, kinds of evidence and of labels.

A broken announcement is left out with a warning, once a process; it never stops a verb.  Algorithms
are found and read as text, so that nothing of a package is imported before one of them runs.
"""

from __future__ import annotations

import sys
import warnings
from functools import cache, lru_cache
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

from reliabel.core.evidence import EvidenceSpec, register
from reliabel.core.kinds import Kind, add_kind

ALGORITHMS, EVIDENCE_GROUP = "reliabel.algorithms", "reliabel.evidence"
KINDS_GROUP = "reliabel.kinds"
FAILURES = (  # what finding, reading or importing a foreign module may raise
    *(ImportError, SyntaxError, AttributeError, NameError, TypeError, ValueError),
    *(LookupError, OSError, RuntimeError, ArithmeticError, AssertionError),
)


def announced(group: str) -> list[Any]:
    """The entry points of a group, in an order that does not depend on the installation."""
    from importlib.metadata import entry_points  # reads the mail library

    return sorted(entry_points(group=group), key=lambda point: (point.name, point.value))


def source(module: str) -> Path:
    """The file of a module, found without importing the module or its packages.

    Raises ValueError where there is none.
    """
    found: ModuleSpec | None = None
    parts = module.split(".")
    for place in range(len(parts)):
        inside = None if found is None else found.submodule_search_locations
        found = _spec(".".join(parts[: place + 1]), inside) if place == 0 or inside else None
        if found is None:
            missing = ".".join(parts[: place + 1])
            raise ValueError(f"the module {missing!r} cannot be found")
    if found is None or found.origin is None or not found.origin.endswith(".py"):
        raise ValueError(f"the module {module!r} has no source file (.py)")
    return Path(found.origin)


def _spec(name: str, inside: Any) -> ModuleSpec | None:
    for finder in sys.meta_path:
        find = getattr(finder, "find_spec", None)
        found: ModuleSpec | None = None if find is None else find(name, inside)
        if found is not None:
            return found
    return None


def leave_out(point: Any, wrong: object) -> None:
    """Warn that what an entry point announces is left out, and why; once a process."""
    dist = getattr(point, "dist", None)
    package = "an unknown package" if dist is None else f"the package {dist.name} {dist.version}"
    _warn(
        f"the entry point {point.name} = {point.value} of {package} is left out: {wrong}; "
        "update or uninstall that package"
    )


@cache
def _warn(sentence: str) -> None:
    warnings.warn(sentence, UserWarning, stacklevel=2)


def load_problem(entry: Any) -> str | None:
    """Why the algorithm of another package cannot be imported; None where it can."""
    try:
        entry.load()
    except FAILURES as wrong:
        return f"cannot be imported: {type(wrong).__name__}: {wrong}"
    return None


def importable(entry: Any) -> bool:
    """Whether the algorithm of another package can be imported; warns once where it cannot."""
    problem = load_problem(entry)
    if problem is not None:
        _warn(f"{entry.name} of the module {entry.module} is left out: it {problem}")
    return problem is None


@lru_cache(maxsize=1)
def register_evidence() -> None:
    """Register the kinds of evidence that other packages announce; at the first call only."""
    for point in announced(EVIDENCE_GROUP):
        try:
            spec = point.load()
            if not isinstance(spec, EvidenceSpec):
                raise TypeError(f"it is a {type(spec).__name__}, not an EvidenceSpec")
            register(spec)
        except FAILURES as wrong:
            leave_out(point, f"{type(wrong).__name__}: {wrong}")


@lru_cache(maxsize=1)
def register_kinds() -> None:
    """Add the kinds of labels that other packages announce, each a ``Kind``; at the first call
    only.
    """
    for point in announced(KINDS_GROUP):
        try:
            kind = point.load()
            if not isinstance(kind, Kind):
                raise TypeError(f"it is a {type(kind).__name__}, not a Kind")
            add_kind(kind)
        except FAILURES as wrong:
            leave_out(point, f"{type(wrong).__name__}: {wrong}")
