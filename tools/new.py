"""Start an algorithm: ``python tools/new.py audit my_method`` writes its file, its unit test and a
line in the changelog.

The file says what is to be filled in and raises a clear error until it is written.  No list,
registry or docs page is edited.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from reliabel.core.catalogue import VERBS, catalogue

ROOT = Path(__file__).resolve().parents[1]
TAKES = {  # verb -> first parameter, evidence, result, and where the result comes from
    "audit": ("labels: Classes", "probs: Floats", "Suspicion", ("Classes, Floats", "Suspicion")),
    "aggregate": (
        "votes: Votes[Classes]",
        "iterations: int = 100",
        "Consensus[Soft]",
        ("Classes, Soft, Votes", "Consensus"),
    ),
    "learn": (
        "labels: Classes",
        "features: Floats, rng: Generator, training: Training = Training()",
        "Model",
        ("Classes, Floats", "Model"),
    ),
    "acquire": (
        "labels: Classes",
        "batch: int, probs: Floats, rng: Generator",
        "Picks",
        ("Classes, Floats", "Picks"),
    ),
    "corrupt": (
        "labels: Classes",
        "rng: Generator, rate: float = 0.2",
        "Corrupted",
        ("Classes", "Corrupted"),
    ),
    "measure": ("labels: Classes", "probs: Floats", "Measure", ("Classes, Floats", "Measure")),
    "embed": ("items: Sequence[str]", "rng: Generator", "Floats", ("Floats", "")),
    "annotate": (
        "labels: Classes",
        "features: Floats",
        "Votes[Classes]",
        ("Classes, Floats, Votes", ""),
    ),
}
FILE = '''"""{title}: THE IDEA IN ONE SENTENCE.

Assumes WHAT MUST HOLD.  Weak WHERE IT FAILS.
Cost: O(n k), memory O(n).  Paper: AUTHORS. TITLE. VENUE YEAR.
"""

from __future__ import annotations

{imports}


def {verb}({first}, *, {rest}) -> {result}:
    """What it returns, in one sentence; then a line for each option.

    >>> {verb}(...)  # a tiny input, whose numbers are the test
    """
    raise NotImplementedError(
        "{folder}/{name}.py is not written yet: fill in the function and its docstring, then run: "
        "make law NAME={name}"
    )
'''
TEST = """import numpy as np
import pytest

from reliabel.{folder}.{name} import {verb}


def test_the_worked_example_of_the_paper():
    pytest.fail("write the worked example of the paper for {name}, with its numbers")
    assert {verb}(np.array([])) is not None
"""


def start(verb: str, name: str, root: Path = ROOT) -> list[Path]:
    """Write the three places; returns them.  ValueError for an unknown verb, a bad name or one that
    is taken.
    """
    if verb not in VERBS:
        raise ValueError(f"no verb is called {verb!r}; verbs: {', '.join(VERBS)}")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ValueError(
            f"{name!r} is no name for a method: small letters, digits and _, as in the paper "
            "(dawid_skene)"
        )
    taken = [
        entry for entry in catalogue() if entry.verb == verb and name in (entry.name, *entry.also)
    ]
    file = root / "src" / "reliabel" / VERBS[verb] / f"{name}.py"
    test = root / "tests" / "unit" / VERBS[verb] / f"test_{name}.py"
    if taken or file.exists() or test.exists():
        raise ValueError(
            f"{name!r} is taken: {taken[0].path if taken else file if file.exists() else test}"
        )
    first, rest, result, source = TAKES[verb]
    blanks = {
        "verb": verb,
        "name": name,
        "folder": VERBS[verb],
        "title": name.replace("_", " ").capitalize(),
        "first": first,
        "rest": rest,
        "result": result,
    }
    _write(file, FILE.format(imports=_imports(first, rest, *source), **blanks))
    _write(test, TEST.format(**blanks))
    changes = root / "CHANGELOG.md"
    changes.write_text(
        _noted(changes.read_text(encoding="utf-8"), f"- `{verb}`: {name}."), encoding="utf-8"
    )
    return [file, test, changes]


def _imports(first: str, rest: str, labels: str, result: str) -> str:
    lines = ["from collections.abc import Sequence", ""] if "Sequence" in first else []
    lines += ["from numpy.random import Generator", ""] if "Generator" in rest else []
    lines += [f"from reliabel.core.labels import {labels}"]
    lines += [f"from reliabel.core.results import {result}"] if result else []
    lines += ["from reliabel.core.training import Training"] if "Training" in rest else []
    return "\n".join(lines)


def _noted(text: str, line: str) -> str:
    """The changelog with a line at the end of its first section."""
    head, mark, rest = text.partition("\n## ")
    if not mark:
        raise ValueError("CHANGELOG.md has no section (a line that starts with ##) to write to")
    section, following, tail = rest.partition("\n## ")
    return f"{head}{mark}{section.rstrip()}\n{line}\n{following}{tail}"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Parse, start, say what comes next."""
    if len(arguments) != 2:
        print("usage: python tools/new.py VERB NAME", file=sys.stderr)
        return 2
    try:
        written = start(*arguments)
    except ValueError as wrong:
        print(wrong, file=sys.stderr)
        return 2
    for path in written:
        print(path.relative_to(ROOT))
    print(
        f"next: write the docstring, then the function; make law NAME={arguments[1]}; python "
        "tools/docs.py"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
