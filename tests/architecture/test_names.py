"""No source branches on the name of a method or keeps a list of evidence: both are properties that
the catalogue and the table of evidence hold.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import reliabel
from reliabel.core.catalogue import VERBS, catalogue
from reliabel.core.evidence import EVIDENCE

ROOT = Path(reliabel.__file__).parent
METHODS = {name for entry in catalogue() if entry.ours for name in (entry.name, *entry.also)}
MAY_NAME_METHODS = {*VERBS.values(), "auto", "bench"}  # rooms
WORDS = {  # names of methods that mean something else as well
    "table": "items that are rows of a table, and rl.table",
    "margin": "a field of Dynamics",
    "confusion": "a field of consensus.json: the confusion matrices of workers",
    "certificate": "a field of a consensus: what a majority vote would lose",
    "identifiability": "a field of a consensus: what the graph of workers and items allows",
    "alpha": "the opacity of a colour",
    "entropy": "a column of a consensus: how spread an item's probabilities are",
    "tags": "the evidence: tags of words as a file has them",
    "masks": "a usual name of a folder of class maps",
    "boxes": "objects of a picture: the values of a kind of labels",
    "boundary": "an error of a span: the right type on other words",
}
DEFAULTS = {  # (file, method) -> why it is named there
    ("verbs/corrupt.py", "symmetric"): "the default of the verb's parameter",
    ("cli/corrupt.py", "symmetric"): "the default of the command's option",
    ("verbs/demo.py", "instance_dependent"): "the errors that the demonstration plants",
}
LISTS = {  # file -> why it names several pieces of evidence
    "trust/verdict.py": "what P(wrong) reads",
    "core/training.py": "fields of Training that cannot be compared",
}


def sources() -> list[str]:
    """Files in which neither may stand."""
    paths = (path.relative_to(ROOT) for path in ROOT.rglob("*.py"))
    return sorted(path.as_posix() for path in paths if path.parts[0] not in MAY_NAME_METHODS)


def methods_in(source: str) -> Iterator[tuple[int, str]]:
    """Line and name of each string that is the name of a method."""
    for node in ast.walk(ast.parse(source)):
        text = node.value if isinstance(node, ast.Constant) else None
        if isinstance(text, str) and text.replace("-", "_") in METHODS - WORDS.keys():
            yield node.lineno, text


def lists_in(source: str) -> Iterator[tuple[int, list[str]]]:
    """Line and names of each tuple, list or set with two names of evidence or more."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            names = [part.value for part in node.elts if isinstance(part, ast.Constant)]
            named = [name for name in names if isinstance(name, str) and name in EVIDENCE]
            if len(named) > 1:
                yield node.lineno, named


@pytest.mark.parametrize("name", sources())
def test_no_source_names_a_method(name):
    found = methods_in((ROOT / name).read_text(encoding="utf-8"))
    named = [(line, method) for line, method in found if (name, method) not in DEFAULTS]
    assert named == [], "make it a constant of the method's file, a field of catalogue.Entry"


@pytest.mark.parametrize("name", [name for name in sources() if "core/evidence/" not in name])
def test_no_source_lists_evidence(name):
    if name not in LISTS:
        found = list(lists_in((ROOT / name).read_text(encoding="utf-8")))
        assert found == [], "make it a field of EvidenceSpec, in core/evidence/table.py"


def test_exceptions_are_needed():
    for name, method in DEFAULTS:
        source = (ROOT / name).read_text(encoding="utf-8")
        assert method in {one for _, one in methods_in(source)}
    for name in LISTS:
        assert list(lists_in((ROOT / name).read_text(encoding="utf-8")))
    assert set(WORDS) <= METHODS


@pytest.mark.parametrize(
    "source",
    [
        "if by == 'majority': pass",
        "UNSKILLED = ('mv', 'x')",
        "sentence = {'self-confidence': 'x'}[name]",
        "find('audit', 'confident_learning')",
    ],
)
def test_a_planted_name_is_caught(source):
    assert len(list(methods_in(source))) == 1


@pytest.mark.parametrize("source", ["('probs', 'gold')", "x in {'features', 'y', 'items'}"])
def test_a_planted_list_of_evidence_is_caught(source):
    assert len(list(lists_in(source))) == 1
