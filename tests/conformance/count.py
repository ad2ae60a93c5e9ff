"""The suite counts itself: a full run fails if a pair of algorithm and law (on a kind of labels)
that is due did not run, if a law stands in no book, or if it checked nothing of any algorithm.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from tests.conformance.book import pairs_of, pairs_of_files
from tests.worlds import WORLDS

HERE = Path(__file__).parent
VERBS = {
    "audit": "test_auditors",
    "aggregate": "test_aggregators",
    "learn": "test_learners",
    "corrupt": "test_corrupters",
    "measure": "test_measures",
    "annotate": "test_annotators",
}  # verb -> its book
RAN = pytest.StashKey[set[str]]()
SAID = pytest.StashKey[list[str]]()


def books() -> dict[str, Any]:
    """Every book there is, by name."""
    made = {
        f"{verb} {result}": laws
        for verb, file in VERBS.items()
        for result, laws in _module(file).BOOKS.items()
    }
    return {
        **made,
        "files": _module("test_catalogue").FILES,
        "labels": _module("test_labels").LABELS,
    }


def due() -> set[str]:
    """Catalogue x laws x kinds, as "verb name kind law"; laws of files have no kind."""
    pairs = [pair for verb, file in VERBS.items() for pair in pairs_of(verb, _module(file).BOOKS)]
    pairs += pairs_of_files(books()["files"])
    kinds = {
        f"labels {kind} {law.__name__}"
        for kind in _module("test_labels").KINDS
        for law in books()["labels"]
    }
    return {" ".join(pair.key) for pair in pairs} | kinds


def excused() -> set[str]:
    """Pairs of entries whose extra is not installed: only the laws that read their source run."""
    return {
        " ".join(pair.key)
        for verb, file in VERBS.items()
        for pair in pairs_of(verb, _module(file).BOOKS)
        if pair.entry.missing_extras()
    }


def idle(due: Iterable[str], nothing: Iterable[str]) -> list[str]:
    """Laws that checked nothing of any algorithm."""
    worked = {pair.rsplit(" ", 1)[1] for pair in set(due) - set(nothing)}
    return sorted({pair.rsplit(" ", 1)[1] for pair in nothing} - worked)


def stale(not_for: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Rows of NOT_FOR that name no law of the books, or no kind."""
    laws = {law.__name__ for book in books().values() for law in book}
    return sorted(row for row in not_for if row[0] not in laws or row[1] not in WORLDS)


def outside_the_books(folder: Path = HERE) -> set[str]:
    """Functions ``law_...`` of the suite that no book holds."""
    written = {
        node.name
        for path in folder.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("law_")
    }
    return written - {law.__name__ for laws in books().values() for law in laws}


def complaints(
    ran: Iterable[str],
    due: set[str],
    excused: set[str],
    homeless: set[str],
    exceptions: Mapping[tuple[str, ...], str],
) -> list[str]:
    """What is wrong with a full run, in sentences; nothing if it is complete."""
    ran = set(ran)
    said = [f"a law stands in no book: {name}" for name in sorted(homeless)]
    said += [f"due but did not run: {pair}" for pair in sorted(due - excused - ran)]
    said += [f"ran but is not due: {pair}" for pair in sorted(ran - due)]
    return said + [
        f"an exception names no pair there is: {' '.join(key)}"
        for key in sorted(exceptions)
        if " ".join(key) not in due
    ]


def full(config: pytest.Config) -> bool:
    """Whether the whole suite was asked for: no selection by name, nothing left out."""
    options = config.option
    if (
        options.keyword
        or getattr(options, "lf", False)
        or getattr(options, "deselect", None)
        or options.collectonly
        or options.maxfail
    ):
        return False
    paths = [
        Path(config.invocation_params.dir, str(arg)).resolve()
        for arg in config.args
        if "::" not in str(arg)
    ]
    return any(path == HERE or path in HERE.parents for path in paths)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note each pair that ran, here or in a worker (the report brings its mark along)."""
    if report.when == "call" and (not report.skipped or hasattr(report, "wasxfail")):
        _RUN.update(str(value) for name, value in report.user_properties if name == "law")
        _NOTHING.update(
            str(value) for name, value in report.user_properties if name == "nothing to check"
        )


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a full run that is not complete."""
    if (
        hasattr(session.config, "workerinput")
        or not full(session.config)
        or session.shouldstop
        or session.shouldfail
    ):
        return
    from tests.conformance.exceptions import EXCEPTIONS

    said = complaints(_RUN, due(), excused(), outside_the_books(), EXCEPTIONS)
    said += [f"had nothing to check in any algorithm: {law}" for law in idle(due(), _NOTHING)]
    session.config.stash[SAID] = said or [
        f"{len(_RUN):,} pairs of algorithm, kind and law ran, all that are due; "
        f"{len(EXCEPTIONS)} exceptions",
        *_nothing_by_law(),
    ]
    if said:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say what the count came to, and every exception with its reason."""
    from tests.conformance.exceptions import EXCEPTIONS

    for line in config.stash.get(SAID, []):
        terminalreporter.write_line(f"laws: {line}")
    if config.stash.get(SAID, []):
        for key, reason in EXCEPTIONS.items():
            terminalreporter.write_line(f"laws: exception {' '.join(key)}: {reason}")


def _nothing_by_law() -> list[str]:
    laws = Counter(pair.rsplit(" ", 1)[1] for pair in _NOTHING)
    return [f"{law}: {n} pairs give nothing that it checks" for law, n in sorted(laws.items())]


_RUN: set[str] = set()
_NOTHING: set[str] = set()


def _module(name: str) -> Any:
    return import_module(f"tests.conformance.{name}")
