"""Charts: one description each, rendered as SVG for pages (and in notebooks) or as a matplotlib
figure.

The SVG is written directly: it is half the size of matplotlib's and takes a hundredth of its time,
adapts to light and dark mode, and has hover texts; a report does not wait half a second for an
import. ``chart.figure()`` gives the same picture to people who want to change or print it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from reliabel.core.labels import Bools, Floats, Ints
from reliabel.core.results import Budget
from reliabel.reporters.shapes import Chart, Mark, width_of
from reliabel.reporters.shell import number, percent, short
from reliabel.trust.calibration import Bin

Link = Callable[[str, str], str]  # given and other class -> where a click on their cell leads
# numbers of reviews that people think in
ROUND = tuple(digit * 10**power for power in range(1, 8) for digit in (1, 2, 5))
STRONGEST = 0.7  # opacity of the strongest cell, so that dark letters stay readable on it


def heat(
    matrix: Floats,
    names: Sequence[str],
    *,
    given: Floats | Ints | None = None,
    total: int | None = None,
    says: str = "likely true",
    link: Link | None = None,
) -> Chart:
    """Noise heat map: ``matrix`` (k, k) counts [true, given] as estimated; rows are given labels,
    columns likely true ones.

    The darkness of a cell is its share of the labels of the row; the diagonal (label as it should
    be) is left pale.
    given, total: if these are some of more classes, the labels of each given class (k,) and the
        number of classes.
    says: what the columns are.  link: where a click on a cell leads.
    """
    counts = np.asarray(matrix, dtype=np.float64).T  # given, likely true
    k = len(names)
    row = counts.sum(1) if given is None else np.asarray(given, dtype=np.float64)
    share = counts / np.where(row > 0, row, 1)[:, None]
    wrong = np.where(np.eye(k, dtype=bool), 0.0, share)
    top = float(wrong.max()) if wrong.size else 0.0
    wide, high = (56, 36) if k <= 6 else (36, 30) if k <= 12 else (28, 24)
    label = [short(name, 22) for name in names]
    longest = max(map(width_of, label), default=8.0)
    left = 16 + max(longest, 52)
    flat = longest < wide - 4  # short names need not be turned
    rise = 38 if flat else 38 + 0.66 * longest
    marks = [
        Mark("text", (left - 8, rise - 8), "quiet", text="given ↓", anchor="end"),
        Mark("text", (left, 12), "quiet", text=f"{says} →"),
    ]
    for g in range(k):
        y = rise + g * high
        marks.append(Mark("text", (left - 8, y + high / 2 + 4), text=label[g], anchor="end"))
        middle = left + (g + 0.5) * wide
        marks.append(
            Mark("text", (middle, rise - 6), text=label[g], anchor="middle")
            if flat
            else Mark("text", (middle - 2, rise - 6), text=label[g], turn=-40)
        )
        for t in range(k):
            to = link(names[g], names[t]) if link and g != t and counts[g, t] >= 0.5 else ""
            place = (left + t * wide, y, wide, high)
            marks += _cell(place, counts[g, t], share[g, t], top, g == t, names[g], names[t], to)
    over = 0.0 if flat else _overhang(label, wide)
    width = left + k * wide + max(over, width_of(f"{says} →") - k * wide, 0.0) + 8
    worst = divmod(int(wrong.argmax()), k) if top > 0 else None
    most = (
        "no label looks like another class"
        if worst is None
        else f"most often {names[worst[0]]} is given where {names[worst[1]]} is likely"
    )
    return Chart(
        width,
        rise + k * high + 2,
        tuple(marks),
        f"Given and {says} labels, {k} classes{f' of {total}' if total else ''}: {most}",
    )


def _overhang(label: Sequence[str], wide: float) -> float:
    """How far turned names reach beyond the last column."""
    k = len(label)
    return max(
        (0.79 * width_of(name) - wide * (k - at - 0.5) for at, name in enumerate(label)),
        default=0.0,
    )


def _cell(
    place: tuple[float, float, float, float],
    count: float,
    share: float,
    top: float,
    diagonal: bool,
    given: str,
    true: str,
    href: str,
) -> list[Mark]:
    x, y, wide, high = place
    fate = "looks right" if diagonal else f"looks like {short(true, 40)}"
    sentence = f"given {short(given, 40)}: {number(round(count))} ({percent(share)}) {fate}"
    strength = 0.0 if diagonal or count < 0.5 else max(STRONGEST * share / top, 0.06)
    inside = (x + 1, y + 1, wide - 2, high - 2)
    ground = Mark("rect", inside, "panel", text="" if strength else sentence)
    marks = [ground]
    if strength:
        marks.append(Mark("rect", inside, "heat", strength, sentence, href=href))
    if wide >= 36 and count >= 0.5:
        ink = "quiet" if diagonal else "ink"
        at = (x + wide / 2, y + high / 2 + 4)
        marks.append(Mark("text", at, ink, text=_brief(count), anchor="middle"))
    return marks


def _brief(count: float) -> str:
    """A count that fits a cell.

    >>> _brief(312.0), _brief(41234.0), _brief(2.5e6)
    ('312', '41k', '2.5M')
    """
    if count < 1e4:
        return f"{count:.0f}"
    return f"{count / 1e6:.1f}M" if count >= 1e6 else f"{count / 1e3:.0f}k"


def ranges(rows: Sequence[tuple[str, float, float, float, str]], what: str) -> Chart:
    """Estimates as bars from low to high with a dot at the value, one a row: (name, low, value,
    high, the value and its range in words), all on one scale from 0; the last is the strongest.
    """
    width, left, high, top = 440.0, 8.0, 44.0, 4.0
    most = max((row[3] for row in rows), default=1.0) * 1.08 or 1.0

    def at(value: float) -> float:
        return left + (width - 2 * left) * value / most

    marks = []
    for place, (name, low, value, end, told) in enumerate(rows):
        y, strong = top + place * high, place == len(rows) - 1
        ink = "accent" if strong else "quiet"
        marks += [
            Mark("text", (left, y + 12), "ink" if strong else "quiet", text=name, bold=strong),
            Mark("text", (width - left, y + 12), text=told, anchor="end", bold=strong),
            Mark("line", (left, y + 28, width - left, y + 28), "line"),
            Mark("rect", (at(low), y + 23, max(at(end) - at(low), 2), 10), ink, 0.35, told),
            Mark("dot", (at(value), y + 28, 5), ink, text=told),
        ]
    base = top + len(rows) * high
    marks += [
        Mark("text", (left, base + 8), "quiet", text="0"),
        Mark("text", (width - left, base + 8), "quiet", text=f"{what} →", anchor="end"),
    ]
    says = "; ".join(f"{name}: {told}" for name, *_, told in rows)
    return Chart(width, base + 14, tuple(marks), f"{what.capitalize()}: {says}")


def most_confused(matrix: Floats, size: int) -> Ints:
    """The classes (at most ``size``) in the largest off-diagonal cells of ``matrix`` (of .5 and
    more), in their own order.
    """
    off = np.array(matrix, dtype=np.float64)
    np.fill_diagonal(off, 0)
    order = np.argsort(-off, axis=None, kind="stable")
    chosen: list[int] = []
    for cell in order.tolist():
        both = divmod(cell, len(off))
        new = [place for place in both if place not in chosen]
        if off[both] < 0.5 or len(chosen) + len(new) > size:
            break
        chosen += new
    return np.array(sorted(chosen), dtype=np.int64)


def histogram(
    values: Floats, *, flag: Bools | None = None, title: str = "", bins: int = 30
) -> Chart:
    """Histogram of scores, flagged ones in orange on top.

    Heights are square roots, so that the few suspects are visible.
    """
    known = np.isfinite(values)
    width, high, base = 300.0, 84.0, 104.0
    title_mark = Mark("text", (0, 12), text=title, bold=True)
    if not known.any():
        return Chart(
            width,
            126,
            (title_mark, Mark("text", (0, 64), "quiet", text="says nothing on any label")),
            f"{title}: no scores",
        )
    low, top = float(values[known].min()), float(values[known].max())
    edges = np.linspace(low, top if top > low else low + 1, bins + 1)
    every = np.histogram(values[known], edges)[0]
    flagged = (
        np.histogram(values[known & flag], edges)[0] if flag is not None else np.zeros_like(every)
    )
    tall = np.sqrt(every.max())
    step = width / bins
    marks = [title_mark]
    for place, (n, f) in enumerate(zip(every.tolist(), flagged.tolist(), strict=True)):
        sentence = f"{number(edges[place])} to {number(edges[place + 1])}: {n:,} labels" + (
            f", {f:,} flagged" if flag is not None else ""
        )
        for amount, ink in ((n, "accent"), (f, "suggest")):
            if amount:
                tip = max(high * np.sqrt(amount) / tall, 1.5)
                marks.append(
                    Mark(
                        "rect",
                        (place * step, base - tip, step - 1, tip),
                        ink,
                        0.55 if ink == "accent" else 1.0,
                        sentence,
                    )
                )
    marks.append(Mark("line", (0, base, width, base), "line"))
    marks += [
        Mark("text", (0, 120), "quiet", text=_tick(low)),
        Mark("text", (width, 120), "quiet", text=_tick(top), anchor="end"),
    ]
    marks.append(Mark("text", (width / 2, 120), "quiet", text="more suspect →", anchor="middle"))
    told = f", {number(int(flagged.sum()))} flagged" if flag is not None else ""
    return Chart(
        width, 126, tuple(marks), f"Histogram of {title}: {number(int(known.sum()))} labels{told}"
    )


def _tick(value: float) -> str:
    return (
        "0" if abs(value) < 0.005 else f"{value:.2f}" if abs(value) < 10 else number(round(value))
    )


def curve(budget: Budget, *, marks_at: Sequence[int] = ROUND) -> Chart:
    """The budget curve: share of the wrong labels found by number of reviews, with its band.

    The last three of ``marks_at`` that fit are marked.
    """
    k, found = np.asarray(budget.k, dtype=np.float64), np.asarray(budget.found, dtype=np.float64)
    width, high, left, top = 448.0, 180.0, 54.0, 10.0
    span = _end(k, found, marks_at)

    def place(x: Floats, y: Floats) -> tuple[float, ...]:
        points = np.stack([left + (width - left - 24) * x / span, top + high * (1 - y)], axis=1)
        return tuple(points.ravel().tolist())

    steps = np.linspace(0, span, 100)
    line, low, up = (
        np.interp(steps, np.r_[0.0, k], np.r_[0.0, np.asarray(side)])
        for side in (found, budget.low, budget.high)
    )
    marks = [Mark("area", place(np.r_[steps, steps[::-1]], np.r_[up, low[::-1]]), "accent", 0.18)]
    for share in (0.0, 0.5, 1.0):
        y = top + high * (1 - share)
        marks += [
            Mark("line", (left, y, width - 24, y), "line"),
            Mark("text", (left - 8, y + 4), "quiet", text=percent(share), anchor="end"),
        ]
    marks.append(Mark("line", place(steps, line), "accent", bold=True))
    stops = [stop for stop in marks_at if 0.04 * span < stop <= span][-3:] or [round(span / 2)]
    for stop in stops:
        share, lo, hi = (float(np.interp(stop, steps, side)) for side in (line, low, up))
        x, y = place(np.array([stop]), np.array([share]))
        sentence = (
            f"{stop:,} reviews should find {percent(share)} of the wrong labels ({percent(lo)} to "
            f"{percent(hi)})"
        )
        marks += [
            Mark("line", (x, y, x, top + high), "quiet", dash=True),
            Mark("dot", (x, y, 4), "accent", text=sentence),
        ]
        at, side = (x + 8, "start") if x < width - 64 else (x - 8, "end")
        marks.append(Mark("text", (at, y + 16), text=percent(share), anchor=side, bold=True))
    marks += axis_numbers(span, left, width - 24, top + high + 16)
    marks.append(
        Mark(
            "text",
            ((left + width - 24) / 2, top + high + 34),
            "quiet",
            text="reviews, most suspect first",
            anchor="middle",
        )
    )
    last = float(np.interp(span, steps, line))
    return Chart(
        width,
        top + high + 40,
        tuple(marks),
        f"Budget curve: {number(round(span))} reviews should find {percent(last)} of the wrong "
        "labels",
    )


def _end(k: Floats, found: Floats, marks_at: Sequence[int]) -> float:
    """The number of reviews at which nearly all is found, or a round number just above."""
    enough = np.flatnonzero(found >= 0.97)
    end = float(k[enough[0]] if len(enough) else k[-1])
    return max(
        next((float(mark) for mark in marks_at if end <= mark <= min(1.5 * end, k[-1])), end), 1.0
    )


def axis_numbers(span: float, left: float, right: float, y: float) -> list[Mark]:
    """Four or five round numbers from 0 to ``span`` below an axis from ``left`` to ``right``."""
    rough = span / 4
    unit = 10.0 ** np.floor(np.log10(rough))
    step = next(size * unit for size in (1, 2, 2.5, 5, 10) if size * unit >= rough)
    stops = np.arange(0, span * 1.001, step)
    return [
        Mark(
            "text",
            (left + (right - left) * x / span, y),
            "quiet",
            text=number(float(x)),
            anchor="middle",
        )
        for x in stops.tolist()
    ]


def reliability(found: Sequence[Bin], *, what: str = "labels whose truth is known") -> Chart:
    """The calibration diagram: observed share of wrong labels, with its 95 % interval, by predicted
    P(wrong).
    """
    width, high, left, top = 304.0, 200.0, 54.0, 28.0

    def place(x: float, y: float) -> tuple[float, float]:
        return left + (width - left - 24) * x, top + high * (1 - y)

    marks = [Mark("line", (*place(0, 0), *place(1, 1)), "quiet", dash=True)]
    for share in (0.0, 0.5, 1.0):
        marks += [
            Mark("line", (*place(0, share), *place(1, share)), "line"),
            Mark(
                "text",
                (left - 8, place(0, share)[1] + 4),
                "quiet",
                text=percent(share),
                anchor="end",
            ),
        ]
        marks.append(
            Mark(
                "text",
                (place(share, 0)[0], top + high + 16),
                "quiet",
                text=percent(share),
                anchor="middle",
            )
        )
    for one in found:
        marks += [
            Mark(
                "line",
                (*place(one.predicted, one.low), *place(one.predicted, one.high)),
                "accent",
                bold=True,
            )
        ]
        seen = (
            f"predicted {percent(one.predicted)}, wrong {percent(one.wrong)} ({percent(one.low)} "
            f"to {percent(one.high)}; {one.size:,} seen)"
        )
        marks.append(Mark("dot", (*place(one.predicted, one.wrong), 4), "accent", text=seen))
    marks.append(
        Mark(
            "text",
            ((left + width - 24) / 2, top + high + 34),
            "quiet",
            text="P(wrong) as predicted",
            anchor="middle",
        )
    )
    marks.append(Mark("text", (0, 12), "quiet", text="wrong in truth ↑"))
    return Chart(
        width,
        top + high + 40,
        tuple(marks),
        f"Calibration of P(wrong) on {number(sum(one.size for one in found))} {what}",
    )


def bars(
    names: Sequence[str], counts: Ints, marked: Ints | None = None, *, word: str = "flagged"
) -> Chart:
    """Items per class, largest first; the ``marked`` part of each bar is orange."""
    counts = np.asarray(counts)
    order = np.argsort(-counts, kind="stable")
    label = [short(names[place], 24) for place in order.tolist()]
    left = 10 + max(map(width_of, label), default=8.0)
    room, high = 200.0, 20.0
    longest = max(int(counts.max()) if len(counts) else 0, 1)
    marks = []
    for row, place in enumerate(order.tolist()):
        y = row * high
        n, m = int(counts[place]), 0 if marked is None else int(marked[place])
        sentence = f"{short(names[place], 60)}: {n:,}" + (
            f", {m:,} {word}" if marked is not None else ""
        )
        marks.append(Mark("text", (left - 8, y + 14), text=label[row], anchor="end"))
        marks.append(
            Mark(
                "rect",
                (left, y + 4, max(room * n / longest, 1), high - 7),
                "accent",
                0.55,
                sentence,
            )
        )
        if m:
            marks.append(
                Mark(
                    "rect",
                    (left, y + 4, max(room * m / longest, 1), high - 7),
                    "suggest",
                    1.0,
                    sentence,
                )
            )
        marks.append(
            Mark("text", (left + max(room * n / longest, 1) + 6, y + 14), "quiet", text=f"{n:,}")
        )
    return Chart(
        left + room + 64,
        max(len(label), 1) * high,
        tuple(marks),
        f"Items per class, {len(names)} classes, largest {label[0] if label else 'none'}",
    )
