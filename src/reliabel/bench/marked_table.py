"""A table of a page that is written by hand: what stands between two marks is made anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from reliabel.bench.run import Row, Table


def fill(lines: Sequence[Sequence[str]], page: str, begin: str, end: str) -> str:
    """The page with the table between its marks written anew; the first of ``lines`` is its head.

    Raises ValueError for a page without the marks.
    """
    if begin not in page or end not in page:
        raise ValueError(f"the page has no marks {begin.strip()} and {end}")
    head, *rest = lines
    text = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    text += [f"| {' | '.join(cells)} |" for cells in rest]
    return page[: page.index(begin)] + begin + "\n".join(text) + "\n" + page[page.index(end) :]


def write(table: str, page: str, fill_in: Callable[[list[Row], str], str]) -> None:
    """Write the page at ``page`` anew from the rows of the CSV at ``table``."""
    path = Path(page)
    filled = fill_in(Table(Path(table)).rows, path.read_text(encoding="utf-8"))
    path.write_text(filled, encoding="utf-8")
