"""Mean ranks of the learners with their critical difference, as SVG."""

from __future__ import annotations

from collections.abc import Mapping

from reliabel.reporters.shapes import Chart, Mark, width_of

WIDE, HIGH, TOP = 460, 18, 44  # points: the axis, a line, what stands above


def ranks_chart(ranks: Mapping[str, float], critical: float, cells: int) -> Chart:
    """A line a method, the best first: a dot at its mean rank; the band reaches from the best by
    one critical difference, and who is in it cannot be told from the best.
    """
    order = sorted(ranks, key=lambda name: ranks[name])
    left = 16 + max(width_of(name) for name in order)
    low, high = 1.0, max(float(len(order)), 2.0)

    def x(rank: float) -> float:
        return left + WIDE * (min(rank, high) - low) / (high - low)

    best, end = ranks[order[0]], TOP + HIGH * len(order)
    marks = [
        Mark("text", (left, 14), "quiet", text=f"mean rank over {cells} cells, 1 is best"),
        Mark("rect", (x(best), TOP - 6, x(best + critical) - x(best), end - TOP + 6), "panel"),
    ]
    step = max(1, round((high - 1) / 8))
    for tick in range(1, int(high) + 1, step):
        marks.append(Mark("line", (x(tick), TOP - 6, x(tick), end), "line"))
        marks.append(Mark("text", (x(tick), TOP - 12), "quiet", text=str(tick), anchor="middle"))
    for at, name in enumerate(order):
        y = TOP + HIGH * (at + 0.5)
        said = f"{name}: mean rank {ranks[name]:.1f}"
        inside = ranks[name] <= best + critical
        marks.append(Mark("text", (left - 8, y + 4), text=name, anchor="end", bold=inside))
        marks.append(Mark("dot", (x(ranks[name]), y, 4), "accent" if inside else "quiet", 1, said))
    says = (
        f"Mean ranks of {len(order)} methods over {cells} cells; {order[0]} is first with "
        f"{best:.1f}, the critical difference is {critical:.1f}"
    )
    return Chart(left + WIDE + 24, end + 8, tuple(marks), says)


def ranks_svg(ranks: Mapping[str, float], critical: float, cells: int) -> str:
    """The picture as a file of its own, on white."""
    chart = ranks_chart(ranks, critical, cells)
    picture = str(chart.svg())
    ground = f'<rect width="{chart.width:g}" height="{chart.height:g}" fill="#fff"/>'
    head, _, body = picture.partition(">")
    named = head.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return f'{named} font-family="sans-serif">{ground}{body}\n'
