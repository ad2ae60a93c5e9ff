"""Several labels an item, in the suite labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from reliabel.bench.labels import Scenario
from reliabel.bench.learn_sections import Section
from reliabel.bench.run import Row


def scenarios(*, quick: bool, data: Path | None) -> Mapping[str, Scenario]:
    """The draws, relations, conformal sets and cost of this part."""
    return {}


def sections(rows: list[Row]) -> Iterator[Section]:
    """The tables of this part."""
    yield from ()
