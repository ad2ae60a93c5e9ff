"""The law book of the files themselves: what every algorithm's source must say."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from tests.conformance.book import STANDS_FOR, leaves_out, obey, pairs_of_files, parameters
from tests.worlds import WORLDS

import reliabel
from reliabel.core.catalogue import VERBS, Entry, catalogue
from reliabel.core.kinds import KINDS, WRAPPERS

HOUSE_WORDS = (
    "iterations",
    "tol",
    "level",
    "resamples",
    "folds",
)  # options that mean the same in every file: explained by their name
HOUSE = Path(reliabel.__file__).parent


def law_the_docstring_says_idea_limits_and_cost(entry: Entry) -> None:
    assert entry.summary.endswith((".", "?")), "the first line of the docstring is a sentence"
    assert len(entry.summary) <= 160
    assert "Cost:" in entry.docstring, "the docstring does not say 'Cost:'"
    assert not any(
        word in entry.docstring for word in ("THE IDEA", "WHAT MUST HOLD", "AUTHORS", "TITLE")
    ), "the docstring still holds words of the template"
    between = entry.docstring.partition("\n")[2].partition("Cost:")[0]
    assert len(between.split()) >= 8, (
        "the docstring does not say, between idea and cost, what is assumed and where the method "
        "is weak"
    )


@leaves_out(lambda entry: entry.verb == "embed")
def law_it_names_its_paper(entry: Entry) -> None:
    assert "Paper:" in entry.docstring, "the docstring does not say 'Paper:'"
    assert len(entry.paper.split()) >= 4, "which paper?"


def law_the_function_has_a_docstring_with_an_example(entry: Entry) -> None:
    function = _function(entry)
    doc = ast.get_docstring(function) or ""
    assert doc, "the public function has no docstring"
    assert ">>> " in doc, "the docstring has no example that fixes numbers"


def law_options_are_explained(entry: Entry) -> None:
    doc = ast.get_docstring(_function(entry)) or ""
    missing = [
        name
        for name in entry.options
        if name not in doc.split(">>>")[0] and name not in HOUSE_WORDS
    ]
    assert not missing, f"the docstring does not explain the options {missing}"


def law_one_public_function(entry: Entry) -> None:
    """A learner may offer its loss and its recipe, too, before ``learn``; an embedder that learns
    from the items ``fit`` and ``apply``, for items that come later; an auditor of labels ``table``,
    what its evidence says of every class; an annotator that spreads people's answers ``ask``, what
    to show them.
    """
    tree = ast.parse(entry.path.read_text(encoding="utf-8"))
    public = [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
    ]
    method = public[-1:] if entry.verb == "learn" else public
    if entry.verb == "embed" and public[1:] == ["fit", "apply"]:
        method = public[:1]
    if entry.verb == "audit" and public[1:] == ["table"]:
        method = public[:1]
    if entry.verb == "embed" and entry.each_word and public[1:] == ["words"]:
        method = public[:1]
    if entry.verb == "annotate" and public[1:] == ["ask"]:
        method = public[:1]
    assert method == [entry.verb], f"one file, one method, one public function; found {public}"


def law_its_name_is_a_plain_word(entry: Entry) -> None:
    assert entry.name.isidentifier()
    assert entry.name == entry.name.lower()
    assert not set(entry.also) & {entry.name}


def law_it_loads(entry: Entry) -> None:
    """It is imported, or says which extra brings what is missing."""
    said = ""
    try:
        function = entry.load()
    except ModuleNotFoundError as missing:
        function, said = None, str(missing)
    assert callable(function) or entry.missing_extras(), said
    assert callable(function) or f"reliabel[{','.join(sorted(entry.extras))}]" in said, (
        f"{said!r} does not name the extra to install"
    )


def law_it_returns_what_its_verb_returns(entry: Entry) -> None:
    allowed = {
        "audit": {"Suspicion", "Faults"},
        "aggregate": {"Consensus"},
        "learn": {"Model"},
        "acquire": {"Picks"},
        "corrupt": {"Corrupted"},
        "measure": {"Measure"},
        "embed": {"Floats"},
        "annotate": {"Votes"},
    }
    assert set(entry.returns) <= allowed[entry.verb], (
        f"{entry.verb} returns {' or '.join(sorted(allowed[entry.verb]))}, declared {entry.returns}"
    )


def law_it_takes_kinds_there_are(entry: Entry) -> None:
    known = {one.__name__ for one in (*KINDS, *WRAPPERS)} | {"Items", "Any", "Labels"}
    for kind in entry.takes:
        words = kind.replace("]", "").split("[")
        assert set(words) <= known, f"takes {kind}: no such kind in core/kinds.py"


def law_each_kind_has_a_world(entry: Entry) -> None:
    known = {*WORLDS, *STANDS_FOR, "Labels", "Items"}
    missing = sorted(entry.takes - known)
    assert not missing, (
        f"tests/worlds.py has no world for {missing}: add one, or no law runs on them"
    )


def law_it_has_a_unit_test(entry: Entry) -> None:
    if entry.path.is_relative_to(HOUSE):
        folder = Path(__file__).parents[1] / "unit" / VERBS[entry.verb]
        told = any(folder.rglob(f"test_{entry.name}.py")) or any(
            re.search(rf"\b{entry.name}\b", path.read_text(encoding="utf-8"))
            for path in folder.rglob("test_*.py")
        )
        assert told, (
            f"no unit test: tests/unit/{VERBS[entry.verb]}/test_{entry.name}.py (or a file there "
            "that speaks of it)"
        )


def _function(entry: Entry) -> ast.FunctionDef:
    tree = ast.parse(entry.path.read_text(encoding="utf-8"))
    return next(
        node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == entry.verb
    )


FILES = (
    law_the_docstring_says_idea_limits_and_cost,
    law_it_names_its_paper,
    law_the_function_has_a_docstring_with_an_example,
    law_options_are_explained,
    law_one_public_function,
    law_its_name_is_a_plain_word,
    law_it_loads,
    law_it_returns_what_its_verb_returns,
    law_it_takes_kinds_there_are,
    law_each_kind_has_a_world,
    law_it_has_a_unit_test,
)


@pytest.mark.parametrize("pair", parameters(pairs_of_files(FILES)))
def test_files_keep_the_law(pair, record_property):
    obey(pair, record_property)


def test_entries_are_the_files():
    files = {
        (verb, path.stem)
        for verb, folder in VERBS.items()
        for path in (HOUSE / folder).rglob("*.py")
        if not path.name.startswith("_")
    }
    entries = {
        (entry.verb, entry.name) for entry in catalogue() if entry.path.is_relative_to(HOUSE)
    }
    assert entries == files
