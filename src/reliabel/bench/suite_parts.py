"""Suites whose parts are files of this folder, found by the beginning of their names: no list of
the parts is kept.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, Protocol, TypeAlias, cast

from reliabel.bench.learn_sections import Section
from reliabel.bench.run import Row, Table
from reliabel.core.run import track

Scenario: TypeAlias = Callable[[], list[Row]]


class Part(Protocol):
    """What the file of a part offers; the names of its scenarios begin with the part's and -."""

    def scenarios(self, *, quick: bool, data: Path | None) -> Mapping[str, Scenario]:
        """Name of a scenario -> what makes its rows; ``data``: where the real data sets lie."""
        ...

    def sections(self, rows: list[Row]) -> Iterator[Section]:
        """Title and table (its head first) of each section, from the rows of this part."""
        ...


def parts_of(prefix: str) -> dict[str, Part]:
    """Part -> the module ``PREFIX_PART.py``."""
    folder = str(Path(__file__).parent)
    names = sorted(m.name for m in iter_modules([folder]) if m.name.startswith(prefix))
    found = {name.removeprefix(prefix): import_module(f"reliabel.bench.{name}") for name in names}
    return {kind: cast(Part, module) for kind, module in found.items() if _is_part(module)}


def run_parts(parts: Mapping[str, Part], table: Table, *, quick: bool, data: Path | None) -> None:
    """Write the rows of every scenario that is not there yet; one whose data are not here is left
    out and named.
    """
    work = {
        name: make
        for part in parts.values()
        for name, make in part.scenarios(quick=quick, data=data).items()
    }
    for name in track("scenarios", [name for name in work if not table.has(name)]):
        try:
            table.add(work[name]())
        except FileNotFoundError as missing:
            warnings.warn(f"left out: {name}; {missing}", stacklevel=2)


def sections_of(parts: Mapping[str, Part], rows: list[Row]) -> Iterator[Section]:
    """All of the suite, part by part."""
    for kind, part in parts.items():
        yield from part.sections([row for row in rows if row.scenario.startswith(f"{kind}-")])


def _is_part(module: object) -> bool:
    return hasattr(module, "scenarios") and hasattr(module, "sections")


def percent(value: Any) -> str:
    """A share in percent, empty where there is none."""
    return "" if value in (None, "") else f"{100 * float(value):.1f}"


def digits(value: Any) -> str:
    """A number with three digits; empty where there is none, and words as they are."""
    return value or "" if value is None or isinstance(value, str) else f"{float(value):.3g}"


def cost_section(title: str, of: str, rows: list[Row], scenario: str) -> Section:
    """The rows of cost of a part; ``of``: what the sizes count."""
    cost = [row for row in rows if row.scenario == scenario]
    lines = [[row.method, row.setting, row.metric, digits(row.value)] for row in cost]
    return title, [["method", of, "measure", ""], *lines]
