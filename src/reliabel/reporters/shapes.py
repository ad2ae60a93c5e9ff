"""A chart as a list of shapes, rendered as SVG or as a matplotlib figure."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from reliabel.reporters.shell import Html

# role -> colour on white paper; a page gives its own through CSS variables of the same names
COLOURS = {
    "ink": "#1b1f24", "quiet": "#57606c", "line": "#d9dee4", "panel": "#f5f6f8",
    "accent": "#0b62a8", "heat": "#0b62a8", "given": "#0b62a8", "suggest": "#a84a00",
    "class-a": "#0072b2", "class-b": "#d55e00", "class-c": "#009e73", "class-d": "#cc79a7",
}  # fmt: skip


NARROW, WIDE = frozenset("iljftrI.,:;'|!()[]{} -"), frozenset("mwMW@%&—…")


def width_of(text: str, size: float = 12.0) -> float:
    """The width of a text in points, by the widest of the fonts that systems use for pages.

    >>> round(width_of("spam")), round(width_of("ill")), round(width_of("中文"))
    (35, 15, 24)
    """
    return size * sum(map(_em, text))


def _em(sign: str) -> float:
    if unicodedata.combining(sign) or unicodedata.category(sign) in ("Mn", "Cf"):
        return 0.0
    if unicodedata.east_asian_width(sign) in "WF" or ord(sign) > 0xFFFF:
        return 1.0
    if sign in WIDE:
        return 1.0
    return 0.42 if sign in NARROW else 0.76 if sign.isupper() else 0.65


@dataclass(frozen=True)
class Mark:
    """One shape: ``rect`` (x, y, width, height), ``line`` and ``area`` (x, y, x, y, ...), ``dot``
    (x, y, radius) or ``text`` (x, y).
    """

    shape: str
    at: tuple[float, ...]
    ink: str = "ink"
    opacity: float = 1.0
    text: str = ""  # what a text says; what the others say under the mouse
    anchor: str = "start"
    turn: float = 0.0  # degrees
    dash: bool = False
    bold: bool = False
    href: str = ""  # where a click leads


@dataclass(frozen=True)
class Chart:
    """A picture of ``width`` x ``height`` points; ``says`` describes its content in words for
    screen readers.
    """

    width: float
    height: float
    marks: tuple[Mark, ...]
    says: str

    def svg(self) -> Html:
        """The picture as SVG."""
        body = "".join(_svg(mark) for mark in self.marks)
        size = (
            f'width="{self.width:g}" height="{self.height:g}" viewBox="0 0 {self.width:g} '
            f'{self.height:g}"'
        )
        # a picture with links is a group, whose parts are read one by one
        role = "group" if any(mark.href for mark in self.marks) else "img"
        return Html(
            f'<svg {size} style="min-width:{0.8 * self.width:.0f}px" role="{role}" '
            f'aria-label="{escape(self.says)}" font-size="12">{body}</svg>'
        )

    def _repr_html_(self) -> str:
        return (
            "<div "
            f'style="background:#fff;display:inline-block;font-family:sans-serif">'
            f"{self.svg()}</div>"
        )

    def figure(self) -> Any:
        """The picture as a matplotlib Figure (not registered with pyplot: nothing to close)."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(self.width / 72, self.height / 72))
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, self.width), ylim=(self.height, 0))
        axes.axis("off")
        for mark in self.marks:
            _paint(axes, mark)
        return figure


def _svg(mark: Mark) -> str:
    drawn = _drawn(mark)
    if not mark.href:
        return drawn
    return f'<a href="{escape(mark.href)}" aria-label="{escape(mark.text)}">{drawn}</a>'


def _drawn(mark: Mark) -> str:
    style = f"fill:var(--{mark.ink},{COLOURS[mark.ink]})"
    faint = "" if mark.opacity == 1 else f' opacity="{mark.opacity:.2f}"'
    hint = f"<title>{escape(mark.text)}</title>" if mark.text and mark.shape != "text" else ""
    at = [f"{value:.1f}".removesuffix(".0") for value in mark.at]
    points = " ".join(f"{x},{y}" for x, y in zip(at[::2], at[1::2], strict=False))
    if mark.shape == "rect":
        return (
            f'<rect x="{at[0]}" y="{at[1]}" width="{at[2]}" height="{at[3]}" '
            f'style="{style}"{faint}>{hint}</rect>'
        )
    if mark.shape == "dot":
        return (
            f'<circle cx="{at[0]}" cy="{at[1]}" r="{at[2]}" style="{style}"{faint}>{hint}</circle>'
        )
    if mark.shape == "area":
        return f'<polygon points="{points}" style="{style}"{faint}>{hint}</polygon>'
    if mark.shape == "line":
        dash = ' stroke-dasharray="3 3"' if mark.dash else ""
        width = 2 if mark.bold else 1
        return (
            f'<polyline points="{points}" fill="none" stroke-width="{width}"{dash} '
            f'style="{style.replace("fill", "stroke", 1)}"{faint}>{hint}</polyline>'
        )
    turn = f' transform="rotate({mark.turn:g} {at[0]} {at[1]})"' if mark.turn else ""
    anchor = "" if mark.anchor == "start" else f' text-anchor="{mark.anchor}"'
    bold = ' font-weight="600"' if mark.bold else ""
    return (
        f'<text x="{at[0]}" y="{at[1]}"{anchor}{turn}{bold} '
        f'style="{style}"{faint}>{escape(mark.text)}</text>'
    )


def _paint(axes: Any, mark: Mark) -> None:
    from matplotlib.patches import Circle, Polygon, Rectangle

    look: dict[str, Any] = {"color": COLOURS[mark.ink], "alpha": mark.opacity}
    x, y, *size = mark.at
    if mark.shape == "rect":
        axes.add_patch(Rectangle((x, y), size[0], size[1], linewidth=0, **look))
    elif mark.shape == "dot":
        axes.add_patch(Circle((x, y), size[0], linewidth=0, **look))
    elif mark.shape == "area":
        axes.add_patch(Polygon(np.reshape(mark.at, (-1, 2)), closed=True, linewidth=0, **look))
    elif mark.shape == "line":
        axes.plot(
            mark.at[::2],
            mark.at[1::2],
            linewidth=1.6 if mark.bold else 0.8,
            linestyle=":" if mark.dash else "-",
            **look,
        )
    else:
        side = {"start": "left", "middle": "center", "end": "right"}[mark.anchor]
        plain = mark.text.replace("$", r"\$")  # a dollar would begin a formula
        axes.text(
            x,
            y,
            plain,
            ha=side,
            va="baseline",
            rotation=-mark.turn,
            rotation_mode="anchor",
            fontsize=9,
            weight="bold" if mark.bold else "normal",
            **look,
        )
