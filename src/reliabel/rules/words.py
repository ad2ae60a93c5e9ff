"""Labelling functions that look for words and patterns in texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from reliabel.rules.answers import Answer, answer_of
from reliabel.rules.function import Function

TOKEN = re.compile(r"\w+(?:['’]\w+)*")


def keyword(
    answer: Any,
    words: str | Iterable[str],
    *,
    field: str | None = None,
    at_least: int = 1,
    exact: bool = False,
    name: str | None = None,
) -> Function:
    """A function that gives ``answer`` where a text holds one of the words.

    answer: a class name, or ``one_of(...)``, ``not_of(...)``.
    words: one or more words or phrases, as many as a gazetteer has; whole words are matched, which
        takes the same time for any number of them.
    field: the column to look into, where an item is a row of several.
    at_least: how many different words must occur.
    exact: capitals count.

    >>> keyword("spam", ["free", "click here"])("Click here!"), keyword("spam", "free")("freedom")
    ('spam', None)
    """
    given = [words] if isinstance(words, str) else list(words)
    wanted = {tuple(TOKEN.findall(_case(word, exact))) for word in given}
    wanted.discard(())
    if not wanted:
        raise ValueError(f"keyword needs a word to look for, got {given!r:.60}")
    if not 1 <= at_least <= len(wanted):
        raise ValueError(
            f"at_least must be from 1 to the number of words ({len(wanted)}), got {at_least}"
        )
    sizes = sorted({len(word) for word in wanted})

    def found(item: Any) -> Any:
        tokens = TOKEN.findall(_case(text_of(item, field), exact))
        seen = {
            part
            for size in sizes
            for start in range(len(tokens) - size + 1)
            if (part := tuple(tokens[start : start + size])) in wanted
        }
        return answer if len(seen) >= at_least else None

    return Function(name or _named("keyword", given[0], len(given)), found, says=_says(answer))


def regex(
    answer: Any,
    pattern: str,
    *,
    field: str | None = None,
    flags: int = re.I,
    name: str | None = None,
) -> Function:
    """A function that gives ``answer`` where a regular expression is found in a text.

    answer, field: as for ``keyword``.
    flags: those of ``re``; capitals do not count unless this is 0.

    >>> regex("question", r"\\?\\s*$")("How far is it?")
    'question'
    """
    try:
        search: Callable[[str], Any] = re.compile(pattern, flags).search
    except re.error as wrong:
        raise ValueError(f"{pattern!r} is no regular expression: {wrong}") from wrong

    def found(item: Any) -> Any:
        return answer if search(text_of(item, field)) else None

    return Function(name or _named("regex", pattern, 1), found, says=_says(answer))


def text_of(item: Any, field: str | None) -> str:
    """The text of an item: itself, or the column of a row."""
    if isinstance(item, str):
        return item
    if field is not None:
        return str(item[field])
    if hasattr(item, "keys"):
        texts = [str(value) for value in item.values() if isinstance(value, str)]
        return " ".join(texts)
    return str(item)


def _case(text: str, exact: bool) -> str:
    return text if exact else text.casefold()


def _says(answer: Any) -> tuple[str, ...]:
    found: Answer | None = answer_of(answer)
    if found is None:
        raise ValueError(
            f"a function needs an answer to give, such as a class name, got {answer!r}"
        )
    return found.names


def _named(kind: str, first: str, count: int) -> str:
    short = first if len(first) <= 24 else f"{first[:23]}…"
    return f"{kind} {short}" + (f" +{count - 1:,}" if count > 1 else "")
