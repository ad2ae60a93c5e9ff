"""A recogniser of personal data: a pattern with a score, a check, and words that speak for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

LEFT, RIGHT = r"(?<![\w.+/\-])", r"(?![\w\-]|[.,/:]\d)"  # a match is not a part of something


@dataclass(frozen=True)
class Recogniser:
    """One kind of personal data, in one of the forms that it is written in.

    check: of a match, which is dropped where it fails; where it holds the score is ``checked``.
    words: that speak for a match.  digits, sign: what a text must hold to be looked at.
    trim: whether the last words of a match may be words of the text.
    """

    kind: str
    pattern: re.Pattern[str]
    score: float
    check: Callable[[str], bool] | None = None
    checked: float | None = None
    words: frozenset[str] = frozenset()
    digits: int = 0
    sign: str = ""
    trim: bool = False
    unlike_versions: bool = False


def words_in(text: str) -> frozenset[str]:
    """The words of a text, which spaces part."""
    return frozenset(text.split())


def one(
    kind: str,
    pattern: str,
    score: float,
    check: Callable[[str], bool] | None = None,
    checked: float | None = None,
    *,
    words: str | frozenset[str] = frozenset(),
    digits: int = 0,
    sign: str = "",
    left: str = LEFT,
    right: str = RIGHT,
    trim: bool = False,
    unlike_versions: bool = False,
) -> Recogniser:
    """A recogniser whose match is not a part of something longer."""
    whole = re.compile(f"{left}(?:{pattern}){right}")
    said = words_in(words) if isinstance(words, str) else words
    return Recogniser(kind, whole, score, check, checked, said, digits, sign, trim, unlike_versions)
