"""Results as plain HTML tables, for notebooks; pictures come from ``rl.report``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any


def shown(caption: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table with a caption; what is unknown stays empty.

    >>> shown("2 things", ["a", "b"], [[1, None], [0.25, "<x>"]])
    '<table><caption>2 things</caption><tr><th>a</th><th>b</th></tr><tr><td>1</td><td></td></tr><tr><td>0.25</td><td>&lt;x&gt;</td></tr></table>'
    """
    lines = ["".join(f"<th>{escape(word)}</th>" for word in head)] + [
        "".join(f"<td>{escape(_word(cell))}</td>" for cell in row) for row in rows
    ]
    return (
        f"<table><caption>{escape(caption)}</caption>"
        + "".join(f"<tr>{line}</tr>" for line in lines)
        + "</table>"
    )


def _word(cell: Any) -> str:
    if cell is None or cell != cell:
        return ""
    return f"{cell:.3g}" if isinstance(cell, float) else str(cell)
