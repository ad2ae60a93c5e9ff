"""Pictures of an evaluation: models with their intervals, pairs, and the ranking over noise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reliabel.core.evaluation import ModelPair, ModelScore, NoiseRanking
from reliabel.core.labels import Floats
from reliabel.reporters.evaluation_text import points, span
from reliabel.reporters.shapes import Chart, Mark
from reliabel.reporters.shell import percent, short

WIDTH, ROW, LEFT = 448.0, 44.0, 8.0
LINES = ("class-a", "class-b", "class-c", "class-d")  # models with a colour of their own
FURTHEST = 0.5  # share of wrong labels up to which the ranking is drawn at most


def model_chart(models: Sequence[ModelScore]) -> Chart:
    """A bar a model: the interval of its right predictions, and what the given labels say."""
    order = sorted(models, key=lambda one: -one.right.value)
    ends = [v for m in order for v in (m.given, m.right.value, m.right.low, m.right.high) if v == v]
    low, high = max(min(ends) - 0.02, 0.0), min(max(ends) + 0.02, 1.0)
    marks = []
    for place, model in enumerate(order):
        y = 4 + place * ROW
        told = (
            f"{model.name}: {span(model.right)} right; by the given labels {percent(model.given)}"
        )
        marks += _bar(model.right.low, model.right.value, model.right.high, y, low, high, told)
        x = _across(model.given, low, high)
        marks += [
            Mark("rect", (x - 1.5, y + 20, 3, 16), "suggest", text=told),
            Mark("text", (LEFT, y + 12), text=short(model.name, 30), bold=place == 0),
            Mark("text", (WIDTH - LEFT, y + 12), text=span(model.right), anchor="end"),
        ]
    base = 4 + len(order) * ROW
    marks += [
        Mark("text", (LEFT, base + 10), "quiet", text=percent(low)),
        Mark("text", (WIDTH - LEFT, base + 10), "quiet", text=percent(high), anchor="end"),
        Mark(
            "text",
            (WIDTH / 2, base + 10),
            "suggest",
            text="| by the given labels",
            anchor="middle",
        ),
    ]
    says = "; ".join(f"{model.name} {span(model.right)}" for model in order)
    return Chart(WIDTH, base + 16, tuple(marks), f"Right predictions: {says}")


def lead_chart(some: Sequence[ModelPair]) -> Chart:
    """A bar a pair: by how much the first model is better, with a line at none."""
    reach = max(max(abs(pair.lead.low), abs(pair.lead.high)) for pair in some) * 1.05 or 0.01
    marks = []
    for place, pair in enumerate(some):
        y = 4 + place * ROW
        told = f"{pair.first} over {pair.second}: {points(pair.lead)}"
        lead = pair.lead
        marks += _bar(lead.low, lead.value, lead.high, y, -reach, reach, told)
        name = f"{short(pair.first, 18)} over {short(pair.second, 18)}"
        marks += [
            Mark("text", (LEFT, y + 12), text=name),
            Mark("text", (WIDTH - LEFT, y + 12), text=points(lead), anchor="end"),
        ]
    base, middle = 4 + len(some) * ROW, WIDTH / 2
    marks += [
        Mark("line", (middle, 22, middle, base - 4), "ink", dash=True),
        Mark("text", (middle, base + 10), "quiet", text="no difference", anchor="middle"),
    ]
    says = "; ".join(f"{p.first} over {p.second} {points(p.lead)}" for p in some)
    return Chart(WIDTH, base + 16, tuple(marks), f"Leads: {says}")


def ranking_chart(ranking: NoiseRanking, names: Sequence[str]) -> Chart:
    """Accuracy over the share of wrong labels, by corrected labels and, dashed, by given ones."""
    shown = np.argsort(-ranking.right)[: len(LINES)].tolist()
    crossing = [one.at for one in ranking.crossings if one.at < FURTHEST]
    reach = float(min(max(2.5 * ranking.now, *(1.3 * at for at in crossing[:1]), 0.1), FURTHEST))
    nu = np.array([0.0, reach])
    truth, given = ranking.accuracy(nu), ranking.accuracy(nu, corrected=False)
    every = np.r_[truth[shown].ravel(), given[shown].ravel()]
    low, high = float(every.min()), float(every.max()) + 1e-9
    left, top, tall, right = 54.0, 12.0, 168.0, 24.0

    def at(share: Floats, value: Floats) -> tuple[float, ...]:
        x = left + (WIDTH - left - right) * share / reach
        y = top + tall * (1 - (value - low) / (high - low))
        return tuple(np.stack([x, y], axis=1).ravel().tolist())

    marks = []
    for value in (low, (low + high) / 2, high):
        y = at(np.zeros(1), np.array([value]))[1]
        marks += [
            Mark("line", (left, y, WIDTH - right, y), "line"),
            Mark("text", (left - 8, y + 4), "quiet", text=percent(value), anchor="end"),
        ]
    x = at(np.array([ranking.now]), np.array([low]))[0]
    marks += [
        Mark("line", (x, top, x, top + tall), "quiet", dash=True),
        Mark("text", (x + 4, top + tall - 6), "quiet", text=f"now {percent(ranking.now)}"),
        Mark("text", (left, top + tall + 16), "quiet", text="0 %"),
        Mark("text", (WIDTH - right, top + tall + 16), "quiet", text=percent(reach), anchor="end"),
        Mark(
            "text",
            ((left + WIDTH) / 2, top + tall + 16),
            "quiet",
            text="wrong labels",
            anchor="middle",
        ),
    ]
    for ink, which in zip(LINES, shown, strict=False):
        told = f"{names[which]}: {percent(truth[which, 0])} without wrong labels"
        marks += [
            Mark("line", at(nu, truth[which]), ink, bold=True, text=told),
            Mark("line", at(nu, given[which]), ink, dash=True, text=f"{told}, by given labels"),
        ]
    marks += _key(
        [(names[which], ink) for ink, which in zip(LINES, shown, strict=False)], top + tall
    )
    rows = -(-len(shown) // 2)
    says = "; ".join(f"{names[w]} {percent(truth[w, 0])} to {percent(truth[w, 1])}" for w in shown)
    return Chart(WIDTH, top + tall + 28 + 18 * rows, tuple(marks), f"Accuracy over noise: {says}")


def _key(lines: Sequence[tuple[str, str]], base: float) -> list[Mark]:
    marks = []
    for place, (name, ink) in enumerate(lines):
        x, y = 54.0 + 200 * (place % 2), base + 36 + 18 * (place // 2)
        marks += [
            Mark("line", (x, y - 4, x + 18, y - 4), ink, bold=True),
            Mark("text", (x + 24, y), text=short(name, 24)),
        ]
    return marks


def _bar(
    begin: float, value: float, end: float, y: float, low: float, high: float, told: str
) -> list[Mark]:
    marks = [Mark("line", (LEFT, y + 28, WIDTH - LEFT, y + 28), "line")]
    if begin == begin:
        x, stop = _across(begin, low, high), _across(end, low, high)
        marks.append(Mark("rect", (x, y + 23, max(stop - x, 2), 10), "accent", 0.35, told))
    marks.append(Mark("dot", (_across(value, low, high), y + 28, 5), "accent", text=told))
    return marks


def _across(value: float, low: float, high: float) -> float:
    return LEFT + (WIDTH - 2 * LEFT) * (value - low) / max(high - low, 1e-9)
