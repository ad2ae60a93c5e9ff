"""Labelling functions of a Python file: its list ``FUNCTIONS``, or all functions that it defines;
and its class names ``CLASSES``.
"""

from __future__ import annotations

import importlib.util
import inspect
import sys
import traceback
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from reliabel.core.spelling import nearest
from reliabel.rules.function import Function, as_functions


def from_file(path: str | Path) -> tuple[list[Function], tuple[str, ...]]:
    """The labelling functions of a Python file, which is run, and the class names it declares (none
    where it does not).

    Functions are those in its list or mapping ``FUNCTIONS``; without one, every function that it
    defines and every one made by ``reliabel.rules`` that it gives a name, but for names that begin
    with an underscore, in the order of the file.
    """
    place = Path(path)
    module = _run(place)
    classes = getattr(module, "CLASSES", ())
    if isinstance(classes, str) or not isinstance(classes, Iterable):
        raise ValueError(f"CLASSES in {place} must be a list of class names, got {classes!r:.60}")
    given = getattr(module, "FUNCTIONS", None)
    found = _defined(module) if given is None else given
    if not found:
        near = nearest("FUNCTIONS", [name for name in vars(module) if name.isidentifier()])
        raise ValueError(
            f"{place} defines no labelling function: write functions from an item to a class name "
            f"or None, or a list FUNCTIONS of them{near}"
        )
    return as_functions(found), tuple(str(name) for name in classes)


def _run(place: Path) -> ModuleType:
    if not place.is_file():
        raise FileNotFoundError(f"there is no file {place}; give a Python file of functions")
    spec = importlib.util.spec_from_file_location(f"labelling_functions_{place.stem}", place)
    if spec is None or spec.loader is None:
        raise ValueError(f"{place} is no Python file; its name must end with .py")
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(place.resolve().parent))  # it may import its neighbours
    try:
        spec.loader.exec_module(module)
    except Exception as wrong:  # anything may go wrong in it
        lines = [
            f.lineno for f in traceback.extract_tb(wrong.__traceback__) if f.filename == str(place)
        ]
        line = getattr(wrong, "lineno", None) or (lines[-1] if lines else None)
        where = f" (line {line})" if line else ""
        raise ValueError(
            f"{place} cannot be run{where}: {type(wrong).__name__}: {wrong}"
        ) from wrong
    finally:
        sys.path.pop(0)
    return module


def _defined(module: ModuleType) -> dict[str, Any]:
    """Its functions by their names."""
    return {
        name: value
        for name, value in vars(module).items()
        if not name.startswith("_")
        and (
            isinstance(value, Function)
            or (inspect.isfunction(value) and value.__module__ == module.__name__ and _one(value))
            or (hasattr(value, "name") and callable(value) and not isinstance(value, type))
        )
    }


def _one(value: Any) -> bool:
    """Whether a function can be called with an item alone."""
    parameters = inspect.signature(value).parameters.values()
    needed = [
        p
        for p in parameters
        if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
    ]
    return len(needed) == 1
