"""Texts as people bring them: missing, with null bytes, of a megabyte."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

LONGEST = 20_000  # characters of a text that features are made from


def plain(text: Any) -> str:
    """The part of a text that is read: missing is empty, null bytes are spaces, the rest of a very
    long text is left out.

    >>> plain("a\\0b"), plain(None)
    ('a b', '')
    """
    return "" if missing(text) else str(text)[:LONGEST].replace("\0", " ")


def encodable(text: Any) -> str:
    """The part of a text that is read, for models that take UTF-8 only: half of a surrogate pair,
    as a cut emoji leaves behind, is a question mark.

    >>> encodable("cut \\ud83d")
    'cut ?'
    """
    return plain(text).encode("utf-8", "replace").decode("utf-8")


def oddities(texts: Sequence[Any]) -> list[str]:
    """What people should know before they trust features of these texts.

    >>> oddities(["", "b", "c"])
    ['1 text is empty']
    """
    whole = ["" if missing(text) else str(text) for text in texts]
    counts = (
        (
            sum(len(text) > LONGEST for text in whole),
            "is",
            "are",
            f"longer than {LONGEST:,} characters; features were made from that much of each",
        ),
        (
            sum("\0" in text for text in whole),
            "holds",
            "hold",
            "null bytes, which were read as spaces",
        ),
        (sum(not text.strip() for text in whole), "is", "are", "empty"),
    )
    warnings = [
        f"{count:,} text{'s' * (count > 1)} {many if count > 1 else one} {what}"
        for count, one, many, what in counts
        if count
    ]
    if len(whole) > 1 and len(set(whole)) == 1:
        warnings.append("all texts are the same, so no item can be told from another")
    return warnings


def missing(text: Any) -> bool:
    """None, NaN, NaT and pandas' NA."""
    return text is None or type(text).__name__ == "NAType" or text != text
