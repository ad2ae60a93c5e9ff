"""What the terminal tells of labels of some kinds, as lines of text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reliabel.review.card_kinds import Other, Range, Tagged, Whole


def tagged_lines(told: Tagged, words: Any) -> tuple[str, ...]:
    """The words with their numbers around the span, and the other spans of the sentence."""
    lines = []
    if isinstance(words, Sequence) and not isinstance(words, str):
        first, last = max(told.place.start - 6, 0), min(told.place.end + 6, len(words))
        lines.append("words: " + " ".join(f"{at}:{words[at]}" for at in range(first, last)))
        others = [_other(one, words) for one in told.others]
        if others:
            lines.append("other spans: " + ", ".join(others))
    return tuple(lines)


def _other(one: Other, words: Sequence[str]) -> str:
    text = " ".join(words[one.start : one.end])
    name = "missing?" if one.label is None else one.label
    state = f" ({one.state})" if one.state in ("mended", "added") else ""
    return f"{name} {text!r} {one.start}:{one.end}{state}"


def whole_lines(told: Whole, names: Sequence[str]) -> tuple[str, ...]:
    """The labels of the item, and which of them look wrong."""
    now = [told.said.get(unit, "yes" if unit in told.yes else "no") for unit in range(len(names))]
    has = [name for name, answer in zip(names, now, strict=True) if answer == "yes"]
    lines = [f"the item has: {', '.join(has) or 'none of the classes'}"]
    if told.suspects:
        doubts = (
            f"{names[one.unit]} {'too much' if one.unit in told.yes else 'missing'}? {one.p:.2f}"
            for one in told.suspects[:9]
        )
        lines.append(f"looks wrong: {', '.join(doubts)}")
    return tuple(lines)


def range_lines(told: Range) -> tuple[str, ...]:
    """The interval of the suggested number, and a slip that explains the given one."""
    lines = [] if told.low is None else [f"90 % between {told.low} and {told.high}"]
    if told.slip is not None:
        lines.append(f"{told.slip} without a slip ({told.how}): t takes it")
    return tuple(lines)
