"""Run the laws on a module of your own: ``python -m tests.conformance my_package.my_method``.

The module is read like a file of the house, so that one function named after its verb and its
annotations are all it takes.
"""

from __future__ import annotations

import ast
import sys
from importlib.util import find_spec
from pathlib import Path

from tests.conformance.book import laws_for
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


def broken(entry: Entry) -> dict[str, str]:
    """The laws that the entry does not keep, with what was seen."""
    said = {}
    for law in laws_for(entry, _module(VERBS[entry.verb]).BOOKS):
        if law.__name__.endswith("from_the_verb"):
            continue  # the verb knows algorithms of the catalogue only
        try:
            law(entry)
        except AssertionError as wrong:
            said[law.__name__] = str(wrong).split("\n", 1)[0]
    return said


if __name__ == "__main__":
    sys.path.insert(0, ".")
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tests.conformance MODULE")
    entry = entry_of(sys.argv[1])
    failed = broken(entry)
    for law in laws_for(entry, _module(VERBS[entry.verb]).BOOKS):
        print(
            f"{'NOT KEPT' if law.__name__ in failed else 'kept    '}  {law.__name__}  {failed.get(law.__name__, '')}"
        )
    sys.exit(bool(failed))
