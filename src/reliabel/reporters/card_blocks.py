"""The blocks that a data card is made of, and how each is written as Markdown and as HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reliabel.reporters.shapes import Chart
from reliabel.reporters.shell import PAGE, Html, figure, fill, join, note, number, pairs, table

MARKS = re.compile(r"([\\`*_\[\]<>|#~$])")


@dataclass(frozen=True)
class Words:
    """A sentence or two; ``quiet`` as a side remark."""

    text: str
    quiet: bool = False


@dataclass(frozen=True)
class Facts:
    """Names and values; empty values are left out."""

    facts: Mapping[str, str]


@dataclass(frozen=True)
class Grid:
    """A table; numbers stand right in the columns ``numeric``."""

    head: Sequence[str]
    rows: Sequence[Sequence[str | int]]
    numeric: tuple[int, ...] = ()
    caption: str = ""
    empty: str = ""


@dataclass(frozen=True)
class Bullets:
    """Sentences under a title."""

    title: str
    lines: Sequence[str]


@dataclass(frozen=True)
class Drawing:
    """A picture with its name, its caption and the name of its file beside a Markdown card."""

    name: str
    words: str
    chart: Chart
    file: str


Block = Words | Facts | Grid | Bullets | Drawing


@dataclass(frozen=True)
class Part:
    """A section of the card."""

    id: str
    title: str
    blocks: Sequence[Block]


def as_html(blocks: Iterable[Block]) -> Html:
    """The blocks inside a page."""
    return join(*map(_html, blocks))


def as_markdown(blocks: Iterable[Block]) -> str:
    """The blocks as GitHub's Markdown; pictures are links to their files."""
    return "\n\n".join(filter(None, map(_markdown, blocks)))


def plain_markdown(text: str) -> str:
    """A text in which Markdown sees no mark-up, on one line.

    >>> plain_markdown("a|b *c*\\n<d>")
    'a\\\\|b \\\\*c\\\\* \\\\<d\\\\>'
    """
    line = MARKS.sub(r"\\\1", " ".join(text.split()))
    return re.sub(r"^(\d+)([.)] )", r"\1\\\2", re.sub(r"^([-+=]+)(?=\s|$)", r"\\\1", line))


def standalone(chart: Chart) -> str:
    """The picture as an SVG file, with the colours of the page for light and dark."""
    style = (PAGE / "style.css").read_text(encoding="utf-8").partition("* {")[0]
    font = (PAGE / "picture.css").read_text(encoding="utf-8")
    named = 'xmlns="http://www.w3.org/2000/svg" '
    head, _, body = str(chart.svg()).partition(">")
    return f"{head.replace('<svg ', '<svg ' + named, 1)}><style>{style}{font}</style>{body}\n"


def _html(block: Block) -> str:
    if isinstance(block, Words):
        return note(block.text) if block.quiet else fill("words.html", text=block.text)
    if isinstance(block, Facts):
        return pairs(block.facts)
    if isinstance(block, Bullets):
        return (
            fill("bullets.html", title=block.title, lines=block.lines) if block.lines else Html("")
        )
    if isinstance(block, Drawing):
        return figure(block.name, block.words, block.chart.svg())
    return table(
        block.head, block.rows, numeric=block.numeric, caption=block.caption, empty=block.empty
    )


def _markdown(block: Block) -> str:
    if isinstance(block, Words):
        return plain_markdown(block.text)
    if isinstance(block, Facts):
        told = [(name, value) for name, value in block.facts.items() if value]
        return "\n".join(f"- **{plain_markdown(n)}**: {plain_markdown(v)}" for n, v in told)
    if isinstance(block, Bullets):
        lines = [f"- {plain_markdown(line)}" for line in block.lines]
        return "\n".join([f"**{plain_markdown(block.title)}**", "", *lines]) if lines else ""
    if isinstance(block, Drawing):
        words = f"**{plain_markdown(block.name)}.** {plain_markdown(block.words)}"
        return f"{words}\n\n![{plain_markdown(block.chart.says)}]({block.file})"
    return _grid(block)


def _grid(grid: Grid) -> str:
    if not grid.rows:
        return plain_markdown(grid.empty)
    rule = ["---:" if place in grid.numeric else "---" for place in range(len(grid.head))]
    rows = [[number(c) if isinstance(c, int) else plain_markdown(c) for c in r] for r in grid.rows]
    lines = [[plain_markdown(name) or " " for name in grid.head], rule, *rows]
    told = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
    return f"**{plain_markdown(grid.caption)}**\n\n{told}" if grid.caption else told
