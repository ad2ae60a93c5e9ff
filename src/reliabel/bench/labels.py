"""Suite labels: audits of several labels an item, tagged text, numbers and ordered classes, the
peer beside them on the same evidence.  Its parts are the files ``labels_KIND.py`` of this folder.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from reliabel.bench.learn_sections import Section
from reliabel.bench.run import Row, Table
from reliabel.bench.suite_parts import Part, parts_of, run_parts, sections_of


def parts() -> dict[str, Part]:
    """Kind -> the module of its part."""
    return parts_of("labels_")


def run(table: Table, *, quick: bool, data: Path | None) -> None:
    """Write the rows of every scenario that is not there yet."""
    run_parts(parts(), table, quick=quick, data=data)


def sections(rows: list[Row]) -> Iterator[Section]:
    """All of the suite, part by part."""
    yield from sections_of(parts(), rows)
