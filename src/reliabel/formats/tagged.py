"""What every reader of tagged text gives back, and how a text is cut into words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from reliabel.core.short_repr import by_fields

Words: TypeAlias = tuple[str, ...]
Span: TypeAlias = tuple[str, int, int]  # class, first word, one after the last word
Edit: TypeAlias = tuple["Span | None", "Span | None"]  # before, after; None: there is none
# writing without spaces between words: kana and Chinese characters, each a word of its own
ALONE = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
WORD = re.compile(rf"[{ALONE}]|[^\W{ALONE}]+|[^\w\s]")
FEW = 3  # places that a note names


@dataclass(frozen=True, eq=False)
class Tagged:
    """Sentences (or documents) of words, with a tag for each word or with spans.

    ``rows`` (n,) are the places of the items among those of the file, None where all are taken;
    ``groups`` says which items belong to one document; ``facts`` are other fields of the items;
    ``label`` is what the format calls the tags, ``how`` what is needed to write the file anew.
    """

    form: str
    words: list[Words]
    tags: list[Words] | None = None
    spans: list[list[Span]] | None = None
    ids: list[str] | None = None
    rows: list[int] | None = None
    groups: list[int] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    label: str = "tags"
    notes: Sequence[str] = ()
    how: Mapping[str, Any] = field(default_factory=dict)

    __repr__ = by_fields


def cut(text: str, ends: Sequence[int] = ()) -> list[tuple[int, int]]:
    """Where the words of a text begin and end: runs of letters and digits, and other characters,
    also Chinese and Japanese ones, one by one; a word is cut at each of ``ends``, so that spans
    begin and end with words.

    >>> text = "e.g. New York-based"
    >>> [text[a:b] for a, b in cut(text, [5, 13])]
    ['e', '.', 'g', '.', 'New', 'York', '-', 'based']
    >>> [a for a, _ in cut("Yorkshire", [4])]
    [0, 4]
    >>> cut("上海 2th")
    [(0, 1), (1, 2), (3, 6)]
    """
    words = [found.span() for found in WORD.finditer(text)]
    at = sorted(set(ends))
    if not at:
        return words
    parts: list[tuple[int, int]] = []
    place = 0
    for start, end in words:
        while place < len(at) and at[place] <= start:
            place += 1
        further = place
        while further < len(at) and at[further] < end:
            parts.append((start, at[further]))
            start, further = at[further], further + 1
        parts.append((start, end))
    return parts


def places(found: Sequence[Any], what: str) -> str:
    """The first places of something, in words.

    >>> places([3, 9, 12, 40], "line")
    'lines 3, 9, 12, ...'
    """
    first = ", ".join(f"{one:,}" if isinstance(one, int) else str(one) for one in found[:FEW])
    return f"{what}{'s' * (len(found) > 1)} {first}{', ...' if len(found) > FEW else ''}"


def repeated_ids(names: Sequence[str]) -> str:
    """The sentence on ids of which some stand more than once."""
    count = Counter(names)
    again = [name for name, many in count.items() if many > 1]
    many = "ids repeat" if len(again) > 1 else "id repeats"
    return (
        f"{len(again):,} {many} ({', '.join(map(repr, again[:FEW]))}), so that items are called by "
        "their place in the file, from 0"
    )
