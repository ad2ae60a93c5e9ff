"""Run the laws on a module of your own: ``python -m tests.conformance my_package.my_method``.

The module is read like a file of the house, so that one function named after its verb and its
annotations are all it takes.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from tests.conformance.book import NothingToCheck, Pair, pairs_for
from tests.conformance.count import VERBS, _module

from reliabel.core.catalogue import VERBS as ALL
from reliabel.core.catalogue import Entry, read_file


def entry_of(module: str) -> Entry:
    """The entry of an importable module; ValueError if there is none."""
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise ValueError(f"cannot find the module {module!r}; is its folder on PYTHONPATH?")
    names = {
        node.name
        for node in ast.parse(Path(spec.origin).read_text()).body
        if isinstance(node, ast.FunctionDef)
    }
    verb = next((verb for verb in ALL if verb in names), None)
    if verb is None or verb not in VERBS:
        raise ValueError(
            f"{module} has no function named after a verb with a law book ({', '.join(VERBS)})"
        )
    return read_file(Path(spec.origin), verb, module)


def outcomes(entry: Entry) -> Iterator[tuple[Pair, str, str]]:
    """Each law on each kind: kept, NOT KEPT with what was seen, or nothing to check and why."""
    for pair in pairs_for(entry, _module(VERBS[entry.verb]).BOOKS):
        if pair.law.__name__.endswith("from_the_verb"):
            continue  # the verb knows algorithms of the catalogue only
        try:
            pair.law(entry, pair.kind)
        except NothingToCheck as nothing:
            yield pair, "nothing to check", str(nothing)
        except AssertionError as wrong:
            yield pair, "NOT KEPT", str(wrong).split("\n", 1)[0]
        else:
            yield pair, "kept", ""


if __name__ == "__main__":
    sys.path.insert(0, ".")
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tests.conformance MODULE")
    found = list(outcomes(entry_of(sys.argv[1])))
    for pair, outcome, why in found:
        print(f"{outcome:16}  {pair.kind:16}  {pair.law.__name__}  {why}")
    sys.exit(any(outcome == "NOT KEPT" for _, outcome, _ in found))
