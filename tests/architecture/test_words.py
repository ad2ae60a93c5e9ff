"""Sentences of the library name keywords, which the command line shows as options; a bare option
would mean nothing to people who call the library from Python.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import reliabel

HOUSE = Path(reliabel.__file__).parent
OPTION = re.compile(r"(?:^|(?<=[\s(\[,;]))(?:--[a-z][\w-]*|-[a-z](?![\w-]))")
PASTED = re.compile(r"\b(reliabel|ray) [a-z]+ ")  # a whole command, which is meant for a shell
ITS_OWN = {
    "cli": "the command line itself",
    "bench": "speaks of the command `reliabel bench run`, and starts other programs",
}


def sources() -> list[Path]:
    return sorted(
        path
        for path in HOUSE.rglob("*.py")
        if path.relative_to(HOUSE).parts[0] not in ITS_OWN and "__pycache__" not in path.parts
    )


def bare_options(source: str) -> list[str]:
    """Where sentences of a source name options outside of a whole command."""
    said: list[str] = []
    tree = ast.parse(source)
    inner = {id(part) for node in ast.walk(tree) for part in getattr(node, "values", ())}
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            inner.add(id(node.value))  # a docstring
    for node in ast.walk(tree):
        text = _text(node)
        if id(node) in inner or text is None or not re.search(r"\s", text):
            continue  # a single word is a word of a command that is put together
        said += [
            f"line {node.lineno}: {found[0]} in {text!r}; name the keyword (such as label=), which "
            "the command line shows as its option"
            for found in OPTION.finditer(text)
            if not PASTED.search(text[: found.start()])
        ]
    return said


def _text(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
        )
    return None


@pytest.mark.parametrize("path", sources(), ids=lambda path: path.relative_to(HOUSE).as_posix())
def test_sentences_name_keywords(path):
    assert bare_options(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        'raise ValueError("give the labels with --label")',
        'raise ValueError(f"{path} needs --label, or -o, " "and more")',
        'raise ValueError(f"the column {name} (--label {name})")',
        'raise ValueError("give another folder with -o")',
        'NOTE = "merge_alike=True, --merge-alike, makes one of them"',
    ],
)
def test_bare_options_are_noticed(source):
    assert bare_options(source)


@pytest.mark.parametrize(
    "source",
    [
        '"""A docstring may say --label here."""',
        'raise ValueError(f"make one with: reliabel audit FILE --label COLUMN -o {place}")',
        'words = ("reliabel", "apply", folder, "--decisions", decisions, "-o", out)',
        'raise ValueError("give label=, a well-known name -- or none - at all")',
    ],
)
def test_docstrings_whole_commands_and_their_words_pass(source):
    assert bare_options(source) == []
