"""The page frame of all reports: head, style, sections, tables, formatted numbers.

``page`` joins sections to one self-contained file that needs no network; plain text is escaped, and
only ``Html`` (made by ``fill``, ``table`` or a chart) is inserted as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parent / "page"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Html(str):
    """Text that is HTML already and is not escaped again."""

    def __html__(self) -> str:
        return str(self)


@dataclass(frozen=True)
class Section:
    """A part of a page: its anchor, its heading (none for the first part), its content, and a
    number for the table of contents.
    """

    id: str
    title: str
    html: Html
    note: str = ""  # stands behind the title in the list of contents: "112"


def page(
    title: str,
    subtitle: str,
    sections: Iterable[Section],
    *,
    source: str = "",
    stamp: str = "",
    script: str | Sequence[str] = (),
    mark: Mapping[str, str] | None = None,
) -> str:
    """One HTML file.

    title: the answer in a sentence.
    subtitle: its uncertainty.
    source, stamp: the small line above the title (what was audited; when, by which version, with
        which seed).
    script: the name of a file in the page folder of this package, or of several.
    mark: what kind of answer the title is: its ``state`` (a word for the style) and what it
        ``says``.
    """
    scripts = [script] if isinstance(script, str) else script
    return str(
        fill(
            "shell.html",
            title=title,
            subtitle=subtitle,
            sections=list(sections),
            source=source,
            stamp=stamp,
            style=Html((PAGE / "style.css").read_text(encoding="utf-8")),
            script=Html("".join((PAGE / one).read_text(encoding="utf-8") for one in scripts)),
            mark=mark,
        )
    )


def fill(template: str, **values: Any) -> Html:
    """Render a template of the page folder; everything that is not ``Html`` is escaped."""
    return Html(_templates().get_template(template).render(**values))


@lru_cache(maxsize=1)
def _templates() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    templates = Environment(
        loader=FileSystemLoader(PAGE),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    templates.filters.update(number=number, percent=percent, html=Html)
    return templates


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    numeric: Iterable[int] = (),
    caption: str = "",
    empty: str = "",
    foot: Sequence[Any] = (),
    sortable: bool = False,
    first: int = 0,
) -> Html:
    """A table; columns listed in ``numeric`` are right-aligned; without rows it is the sentence
    ``empty``.  foot: a last row with the sums.

    sortable: a click on a heading sorts the rows, on a page with the script sort.js.
    first: so many rows are shown until the reader asks for all (0: all).

    >>> "&lt;b&gt;" in table(["class", "labels"], [["<b>", 12000]], numeric=[1])
    True
    >>> "12,000" in table(["n"], [[12000]])
    True
    """
    *rows, last = [
        [
            number(cell) if isinstance(cell, int) and not isinstance(cell, bool) else cell
            for cell in row
        ]
        for row in [*rows, foot]
    ]
    return (
        fill(
            "table.html",
            head=head,
            rows=rows,
            numeric=set(numeric),
            caption=caption,
            foot=last,
            sortable=sortable,
            first=first if 0 < first < len(rows) else 0,
        )
        if rows
        else note(empty)
    )


def pairs(facts: Mapping[str, Any]) -> Html:
    """A list of names and values; those that are None or empty are left out."""
    return fill(
        "pairs.html",
        facts=[(name, value) for name, value in facts.items() if value not in (None, "")],
    )


def note(text: str) -> Html:
    """A quiet sentence: an empty state, a footnote."""
    return (
        Html(f'<p class="quiet">{text if isinstance(text, Html) else escape(text)}</p>')
        if text
        else Html("")
    )


def figure(name: str, words: str, svg: str = "") -> Html:
    """A picture with its name and caption; without a picture only the sentence."""
    return fill("figure.html", name=name, words=words, svg=Html(svg))


def join(*parts: str) -> Html:
    """Concatenate HTML; plain text is escaped."""
    return Html("".join(part if isinstance(part, Html) else escape(part) for part in parts))


def embed(name: str, value: Any) -> Html:
    """A value as JSON inside a page, safe whatever text it holds.

    >>> embed("x", ["</script><!--"])
    '<script type="application/json" id="x">["\\\\u003c/script\\\\u003e\\\\u003c!--"]</script>'
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Html(f'<script type="application/json" id="{escape(name)}">{text}</script>')


def number(value: float) -> str:
    """Three significant digits, thousands separated, whole numbers in full.

    >>> [number(v) for v in (25000, 0.03248, 12.345, 812.4, float("nan"), 0.0)]
    ['25,000', '0.0325', '12.3', '812', '?', '0']
    """
    if value != value:
        return "?"
    if float(value).is_integer() or abs(value) >= 100:
        return f"{round(value):,}"
    return f"{value:.3g}" if abs(value) >= 1e-4 else f"{value:.1e}"


def percent(share: float) -> str:
    """A share as percent, two or three digits.

    >>> [percent(v) for v in (0.0325, 0.784, 0.0999, 1.0, 0.0004, 0.0)]
    ['3.2 %', '78 %', '10 %', '100 %', '0.04 %', '0 %']
    """
    if share != share:
        return "?"
    points = 100 * share
    digits = 0 if points >= 9.95 or points == 0 else 1 if points >= 0.1 else 2
    return f"{points:.{digits}f} %"


def about(value: float) -> str:
    """An estimated count without false precision: two digits below 100, else three.

    >>> [about(v) for v in (812.3, 0.4, 41234.0, 7.6)]
    ['812', '0', '41,200', '8']
    """
    size = abs(value)
    return f"{round(value) if size < 1000 else round(value, 2 - int(len(str(int(size))) - 1)):,.0f}"


def chance(value: float) -> str:
    """A probability as look.md writes it: .98, and never a full 1 or 0.

    >>> [chance(v) for v in (0.981, 0.9999, 0.0001, 0.5)]
    ['.98', '>.99', '<.01', '.50']
    """
    if value != value:
        return "?"
    return (
        ">.99"
        if value > 0.99 and value < 1
        else "<.01"
        if 0 < value < 0.01
        else f"{value:.2f}".replace("0.", ".", 1)
    )


def several(count: int, one: str, many: str = "") -> str:
    """A count with its word.

    >>> several(1, "outlier"), several(1200, "outlier"), several(0, "entry", "entries")
    ('1 outlier', '1,200 outliers', '0 entries')
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def short(text: Any, limit: int) -> str:
    """Text on one line, cut at ``limit`` characters; control characters become spaces.

    >>> short("a\\n b\\0c" + "d" * 9, 8)
    'a b cdd…'
    """
    line = " ".join(
        "".join(
            sign if sign.isprintable() or sign.isspace() else " " for sign in str(text)[: 4 * limit]
        ).split()
    )
    return (
        line
        if len(line) <= limit and len(str(text)) <= 4 * limit
        else line[: limit - 1].rstrip() + "…"
    )


def day(moment: Any) -> str:
    """A date as people write it.

    >>> day("2026-11-21T13:00:00Z")
    '21 Nov 2026'
    """
    try:
        when = moment if isinstance(moment, datetime) else datetime.fromisoformat(str(moment))
    except ValueError:
        return str(moment)
    return f"{when.day} {MONTHS[when.month - 1]} {when.year}"
