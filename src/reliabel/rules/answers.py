"""What a labelling function may answer: a class, nothing, one of several classes, or none of some.

A class is given by its name; other values count as the name they are written as (1 is "1").
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Integral
from typing import Any

ABSTAIN = -1  # as None: the function says nothing


@dataclass(frozen=True)
class Answer:
    """An answer that leaves a choice: the class is among ``names``, or not among them."""

    names: tuple[str, ...]
    among: bool = True

    def __post_init__(self) -> None:
        if not self.names:
            raise ValueError("an answer needs one class name at least; to say nothing return None")


def one_of(*names: Any) -> Answer:
    """The class is one of these.

    >>> one_of("refund", "complaint")
    Answer(names=('refund', 'complaint'), among=True)
    """
    return Answer(_written(names))


def not_of(*names: Any) -> Answer:
    """The class is none of these.

    >>> not_of("spam")
    Answer(names=('spam',), among=False)
    """
    return Answer(_written(names), among=False)


def answer_of(value: Any) -> Answer | None:
    """An answer as functions give it, as an ``Answer``; None where it says nothing.

    >>> answer_of("spam"), answer_of({"b", "a"}), answer_of(-1)
    (Answer(names=('spam',), among=True), Answer(names=('a', 'b'), among=True), None)
    """
    if value is None or isinstance(value, Answer):
        return value
    if isinstance(value, str):
        return Answer((value,))
    if isinstance(value, set | frozenset | tuple | list):
        written = _written(value)
        return Answer(tuple(sorted(written))) if written else None
    if isinstance(value, float) and value != value:
        return None
    if type(value) is not bool and isinstance(value, Integral) and value == ABSTAIN:
        return None
    return Answer(_written([value]))


def _written(values: Iterable[Any]) -> tuple[str, ...]:
    """Names as text; a whole number without a point."""
    return tuple(
        dict.fromkeys(
            str(int(value))
            if isinstance(value, Integral) or (isinstance(value, float) and value.is_integer())
            else str(value)
            for value in values
        )
    )
