"""A labelling function with its name, and plain callables as such."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reliabel.core.short_repr import by_fields


@dataclass(frozen=True, eq=False)
class Function:
    """A labelling function: its name, and ``answer``, from an item to a class name, None (nothing),
    or an answer that leaves a choice.

    whole: ``answer`` takes a list of items and the number of the first one, and gives a list of
        answers: for models, which work faster on many items at once.
    says: the class names that it can answer, where that is known; a misspelt one is then found
        before any item is looked at.
    """

    name: str
    answer: Callable[..., Any]
    whole: bool = False
    says: tuple[str, ...] = ()
    spans: bool = False

    __repr__ = by_fields

    def __call__(self, item: Any) -> Any:
        """The answer for one item."""
        return self.answer([item], 0)[0] if self.whole else self.answer(item)


def function(of: Callable[[Any], Any], name: str | None = None) -> Function:
    """A callable from an item to a class name or None as a labelling function.

    >>> function(lambda text: "spam" if "free" in text else None, "free")("free money")
    'spam'
    """
    if isinstance(of, Function):
        return of if name is None else replace(of, name=name)
    if not callable(of):
        raise ValueError(
            f"a labelling function is a callable from an item to a class name or None, got "
            f"{of!r:.60}"
        )
    own = name or getattr(of, "name", None) or getattr(of, "__name__", type(of).__name__)
    return Function(str(own), of)


def as_functions(functions: Any) -> list[Function]:
    """Functions under names that differ: several of one name are numbered.

    functions: callables, or a mapping from names to callables.
    """
    if hasattr(functions, "items"):
        given = [function(of, str(name)) for name, of in functions.items()]
    elif isinstance(functions, Iterable) and not isinstance(functions, str):
        given = [function(of) for of in functions]
    else:
        given = [function(functions)]
    if not given:
        raise ValueError("there are no labelling functions; give one callable or more")
    return [replace(one, name=name) for name, one in zip(_apart(given), given, strict=True)]


def _apart(given: Sequence[Function]) -> list[str]:
    """The names, with a number where one stands several times."""
    names = [one.name for one in given]
    taken, found = set(names), list[str]()
    for place, name in enumerate(names):
        other, number = name, 2
        while names.index(name) != place and other in taken:
            other, number = f"{name}_{number}", number + 1
        taken.add(other)
        found.append(other)
    return found
