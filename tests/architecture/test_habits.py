"""No print, no swallowed failure, no folder of odds and ends; sizes are aims and only warned of."""

from __future__ import annotations

import ast
import inspect
import warnings
from importlib import import_module
from pathlib import Path

import pytest

import reliabel
from reliabel.core.catalogue import VERBS
from reliabel.core.evidence import EVIDENCE

HOUSE = Path(reliabel.__file__).parent
NOT_NAMES = ("utils", "util", "base", "common", "helpers", "helper", "manager", "factory", "misc")
BROAD = ("Exception", "BaseException")


def sources() -> list[Path]:
    return sorted(path for path in HOUSE.rglob("*.py") if "__pycache__" not in path.parts)


def habits(source: str) -> list[str]:
    """What stands in a source that should not."""
    said = []
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "print"
        ):
            said.append(
                f"line {node.lineno}: print; results are returned, progress goes through "
                "core/run.py"
            )
        if (
            isinstance(node, ast.ExceptHandler)
            and _broad(node.type)
            and not any(isinstance(child, ast.Raise) for child in ast.walk(node))
        ):
            said.append(f"line {node.lineno}: catches everything and raises nothing")
        if isinstance(node, ast.ExceptHandler) and [type(child) for child in node.body] == [
            ast.Pass
        ]:
            said.append(f"line {node.lineno}: an exception is swallowed")
        if isinstance(node, ast.Attribute) and ast.unparse(node) in (
            "np.random.seed",
            "np.random.rand",
            "np.random.randn",
            "random.seed",
        ):
            said.append(f"line {node.lineno}: {ast.unparse(node)}; chance comes in as rng")
    return said


def private_imports(source: str) -> list[str]:
    """Names with a leading underscore that a source imports from another module of the package."""
    return [
        f"line {node.lineno}: imports {alias.name} of {node.module}; give it a public name there"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("reliabel")
        for alias in node.names
        if alias.name.startswith("_") and not alias.name.endswith("__")
    ]


def _broad(kind: ast.expr | None) -> bool:
    return kind is None or any(
        isinstance(node, ast.Name) and node.id in BROAD for node in ast.walk(kind)
    )


@pytest.mark.parametrize("path", sources(), ids=lambda path: path.relative_to(HOUSE).as_posix())
def test_habits(path):
    assert habits(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "print(1)",
        "try:\n    f()\nexcept:\n    g()",
        "try:\n    f()\nexcept (ValueError, Exception):\n    g()",
        "try:\n    f()\nexcept KeyError:\n    pass",
        "np.random.seed(0)",
    ],
)
def test_planted_bad_habits_are_caught(source):
    assert habits(source)


def test_a_broad_except_that_raises_again_is_fine():
    assert habits("try:\n    f()\nexcept BaseException:\n    stop()\n    raise") == []


@pytest.mark.parametrize("path", sources(), ids=lambda path: path.relative_to(HOUSE).as_posix())
def test_no_private_name_is_imported_from_another_module(path):
    assert private_imports(path.read_text(encoding="utf-8")) == []


def test_a_planted_private_import_is_caught():
    assert private_imports("def f():\n    from reliabel.verbs.aggregate import _single")
    assert private_imports("from reliabel import __version__") == []


def test_no_folder_or_file_of_odds_and_ends():
    assert [path.name for path in HOUSE.rglob("*") if path.stem in NOT_NAMES] == []


@pytest.mark.parametrize(
    "verb", [verb for verb in VERBS if (HOUSE / "verbs" / f"{verb}.py").exists()]
)
def test_the_vocabulary_is_written_out_in_the_verbs(verb):
    function = getattr(import_module(f"reliabel.verbs.{verb}"), verb)
    parameters = inspect.signature(function).parameters
    assert next(iter(parameters)) == "data"
    keywords = {name for name, spec in EVIDENCE.items() if spec.keyword}
    assert keywords <= set(parameters)
    assert all(parameters[name].default is None for name in keywords)
    assert not (set(EVIDENCE) - keywords) & set(parameters)


def test_sizes_are_aims():
    """Algorithm files over 150 lines and others over 300 are listed, not refused."""
    for path in sources():
        lines, limit = (
            path.read_text(encoding="utf-8").count("\n"),
            150 if path.parent.name in VERBS.values() else 300,
        )
        if lines > limit:
            with warnings.catch_warnings():
                warnings.simplefilter("default")
                warnings.warn(
                    f"{path.relative_to(HOUSE)} has {lines} lines, the aim is {limit}", stacklevel=1
                )
