"""Results as plain HTML tables, for notebooks; pictures come from ``rl.report``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any


def html_table(caption: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table with a caption; cells that are None or NaN stay empty.

    >>> html_table("2", ["a"], [["<"], [None]])
    '<table><caption>2</caption><tr><th>a</th></tr><tr><td>&lt;</td></tr><tr><td></td></tr></table>'
    """
    cells = [
        "".join(f"<th>{escape(word)}</th>" for word in header),
        *("".join(f"<td>{escape(_text(cell))}</td>" for cell in row) for row in rows),
    ]
    body = "".join(f"<tr>{row}</tr>" for row in cells)
    return f"<table><caption>{escape(caption)}</caption>{body}</table>"


def _text(cell: Any) -> str:
    if cell is None or cell != cell:
        return ""
    return f"{cell:.3g}" if isinstance(cell, float) else str(cell)
