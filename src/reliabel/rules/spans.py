"""Labelling functions that mark spans: phrases of a gazetteer, patterns of words and of the text,
taggers.

A function of spans takes an item and gives, or yields, triples ``(class, start, end)``.  Where an
item is a sequence of words, start and end count words; where it is a text, characters; ``end`` is
the first one after the span.  The class "O" (or None) says that no span covers these words.  What a
function does not mention it leaves open, unless it is ``complete``.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, TypeAlias

from reliabel.rules.function import Function, function

OUTSIDE = "O"  # as in tags of words: no span
WORD = re.compile(r"\w+|[^\w\s]")  # as texts are cut where they are read
PREFIX = re.compile(r"[BIESLUMW][-_](?=.)")
Mark: TypeAlias = tuple[str, int, int]


def gazetteer(
    answer: str | None,
    phrases: str | Iterable[str],
    *,
    exact: bool = True,
    name: str | None = None,
) -> Function:
    """A function that marks the phrases of a list wherever they stand, of two that share words the
    longer one that begins first.

    answer: the class of the spans; "O" or None says that the phrases are no spans.
    phrases: as many as there are; a text is searched in the same time for any number of them.
    exact: capitals count.

    >>> places = gazetteer("LOC", ["New York", "York"])
    >>> places(("He", "left", "New", "York")), places("York, not New York")
    ([('LOC', 2, 4)], [('LOC', 0, 4), ('LOC', 10, 18)])
    """
    given = [phrases] if isinstance(phrases, str) else list(phrases)
    wanted = {tuple(WORD.findall(_cased(phrase, exact))) for phrase in given}
    wanted.discard(())
    if not wanted:
        raise ValueError(f"gazetteer needs a phrase to look for, got {given!r:.60}")
    reach: dict[str, int] = {}  # first word -> the longest phrase that begins with it
    for phrase in wanted:
        reach[phrase[0]] = max(reach.get(phrase[0], 0), len(phrase))
    sort = _class(answer)

    def found(item: Any) -> list[Mark]:
        parts, at = _parts(item, exact)
        marks, place = [], 0
        while place < len(parts):
            most = min(reach.get(parts[place], 0), len(parts) - place)
            size = next((s for s in range(most, 0, -1) if parts[place : place + s] in wanted), 0)
            if size:
                marks.append((sort, at[place][0], at[place + size - 1][1]))
            place += size or 1
        return marks

    return Function(name or _named("gazetteer", given), found, says=_says(sort), spans=True)


def word_pattern(
    answer: str | None,
    pattern: str,
    *,
    most: int | None = None,
    flags: int = 0,
    name: str | None = None,
) -> Function:
    """A function that marks words each of which matches a regular expression as a whole; words that
    follow one another are one span.

    answer: as for ``gazetteer``.  most: so many words a span at most; longer runs are left out.

    >>> word_pattern("MONEY", r"\\d+|dollars")(("It", "cost", "20", "dollars"))
    [('MONEY', 2, 4)]
    """
    match = _compiled(pattern, flags).fullmatch
    sort = _class(answer)

    def found(item: Any) -> list[Mark]:
        parts, at = _parts(item, True)
        marks, start = list[Mark](), -1
        for place in range(len(parts) + 1):
            fits = place < len(parts) and match(parts[place]) is not None
            if fits and start < 0:
                start = place
            if not fits and start >= 0:
                if most is None or place - start <= most:
                    marks.append((sort, at[start][0], at[place - 1][1]))
                start = -1
        return marks

    own = name or _named("word_pattern", [pattern])
    return Function(own, found, says=_says(sort), spans=True)


def span_pattern(
    answer: str | None, pattern: str, *, flags: int = 0, name: str | None = None
) -> Function:
    """A function that marks what a regular expression finds in the text of an item (words with
    spaces between them); where the expression has a group, what that group holds.

    >>> span_pattern("PER", r"Mrs?\\.? ((?:[A-Z]\\w+ ?)+)")("They met Mr Tony Blair there")
    [('PER', 12, 22)]
    """
    search = _compiled(pattern, flags)
    group = 1 if search.groups else 0
    sort = _class(answer)

    def found(text: str) -> list[Mark]:
        marks = []
        for one in search.finditer(text):
            held = one.group(group)
            if held and held.strip():
                start = one.start(group) + len(held) - len(held.lstrip())
                marks.append((sort, start, start + len(held.strip())))
        return marks

    own = name or _named("span_pattern", [pattern])
    return Function(own, on_text(found).answer, says=_says(sort), spans=True)


def tagger(of: Callable[[Any], Sequence[str]], *, name: str | None = None) -> Function:
    """A function that takes tags of the words of an item ("O", "B-LOC", "I-LOC", ...), as taggers
    give them, for spans.  It speaks of every word: "O" says that a word is in no span.

    >>> tagger(lambda words: ["O", "B-LOC", "I-LOC"])(("in", "New", "York"))
    [('LOC', 1, 3), ('O', 0, 1)]
    """

    def found(item: Any) -> list[Mark]:
        parts, at = _parts(item, True)
        tags = list(of(item if not isinstance(item, str) else parts))
        if len(tags) != len(parts):
            raise ValueError(f"{len(tags)} tags for {len(parts)} words")
        return [(sort, at[a][0], at[b - 1][1]) for sort, a, b in _of_tags(tags)]

    own = name or str(getattr(of, "__name__", "tagger"))
    return complete(Function(own, found, spans=True))


def complete(of: Callable[[Any], Any], *, name: str | None = None) -> Function:
    """The function as one that marks every span there is: on what it does not mark it says that
    there is none.

    >>> complete(gazetteer("LOC", "Rome"))(("Rome", "fell"))
    [('LOC', 0, 1), ('O', 1, 2)]
    """
    inner = function(of, name)

    def whole(item: Any) -> list[Mark]:
        marks = list(inner(item) or ())
        rest, place = [], 0
        for _, start, end in sorted(marks, key=lambda mark: (mark[1], mark[2])):
            rest += [(OUTSIDE, place, start)] if start > place else []
            place = max(place, end)
        return [*marks, *([*rest, (OUTSIDE, place, len(item))] if place < len(item) else rest)]

    return Function(inner.name, whole, says=inner.says, spans=True)


def on_text(of: Callable[[str], Any], *, name: str | None = None) -> Function:
    """The function as one that gets the text of an item, also where items are words, and counts
    characters; spans are then of all words that they touch.

    >>> on_text(lambda text: [("NUM", 3, 5)])(("No", "42"))
    [('NUM', 1, 2)]
    """
    inner = function(of, name)

    def found(item: Any) -> list[Any]:
        if isinstance(item, str):
            return list(inner(item) or ())
        words, place, at = list(item), 0, []
        for word in words:
            at.append((place, place + len(word)))
            place += len(word) + 1
        marks = inner(" ".join(words)) or ()
        return [mark for sort, a, b in marks for mark in touched(sort, a, b, at)]

    return replace(inner, answer=found, whole=False, spans=True)


def on_words(of: Callable[[Any], Any], *, name: str | None = None) -> Function:
    """The function as one that gets the words of an item, also where items are texts, and counts
    words.

    >>> on_words(lambda words: [("NUM", 1, 2)])("No 42")
    [('NUM', 3, 5)]
    """
    inner = function(of, name)

    def found(item: Any) -> list[Any]:
        if not isinstance(item, str):
            return list(inner(item) or ())
        parts, at = _parts(item, True)
        marks = []
        for sort, start, end in inner(parts) or ():
            if not 0 <= start < end <= len(parts):
                raise ValueError(
                    f"the span {(sort, start, end)} does not lie within {len(parts)} words"
                )
            marks.append((sort, at[start][0], at[end - 1][1]))
        return marks

    return replace(inner, answer=found, whole=False, spans=True)


def touched(
    sort: str | None, start: int, end: int, at: Sequence[tuple[int, int]]
) -> Iterator[tuple[str | None, int, int]]:
    """The words (characters ``at``) that a range of characters touches, as one span; none where it
    touches none.
    """
    first = bisect_right(at, start, key=lambda place: place[1])
    after = bisect_left(at, end, key=lambda place: place[0])
    if first < after:
        yield sort, first, after


def _of_tags(tags: Sequence[str]) -> list[Mark]:
    """Spans of tags in any scheme: one begins at each tag that does not go on with the last."""
    marks = list[Mark]()
    open_ = False
    for place, tag in enumerate(tags):
        joint = PREFIX.match(str(tag))
        letter, sort = (tag[0], tag[2:]) if joint else ("I", str(tag))
        if sort in (OUTSIDE, ""):
            open_ = False
            continue
        if open_ and letter in "IMEL" and marks[-1][0] == sort:
            marks[-1] = (sort, marks[-1][1], place + 1)
        else:
            marks.append((sort, place, place + 1))
        open_ = letter not in "ELSUW"
    return marks


def _parts(item: Any, exact: bool) -> tuple[tuple[str, ...], tuple[tuple[int, int], ...]]:
    """The words of an item, and where each stands in it."""
    return _kept_parts(item if isinstance(item, str) else tuple(item), exact)


@lru_cache(maxsize=2048)  # functions look at the same block of texts one after the other
def _kept_parts(item: Any, exact: bool) -> tuple[tuple[str, ...], tuple[tuple[int, int], ...]]:
    if isinstance(item, str):
        found = list(WORD.finditer(item))
        words = tuple(_cased(one.group(), exact) for one in found)
        return words, tuple(one.span() for one in found)
    words = tuple(item) if exact else tuple(word.casefold() for word in item)
    return words, tuple((place, place + 1) for place in range(len(words)))


def _cased(text: str, exact: bool) -> str:
    return text if exact else text.casefold()


def _class(answer: str | None) -> str:
    if answer is None:
        return OUTSIDE
    if not isinstance(answer, str) or not answer.strip():
        raise ValueError(
            f"a function of spans needs one class name, or 'O' for no span, got {answer!r:.60}; "
            "one_of and not_of are answers about whole items"
        )
    return answer


def _says(sort: str) -> tuple[str, ...]:
    return () if sort == OUTSIDE else (sort,)


def _compiled(pattern: str, flags: int) -> re.Pattern[str]:
    try:
        return re.compile(pattern, flags)
    except re.error as wrong:
        raise ValueError(f"{pattern!r} is no regular expression: {wrong}") from wrong


def _named(kind: str, given: Sequence[str]) -> str:
    first = given[0] if len(given[0]) <= 24 else f"{given[0][:23]}…"
    return f"{kind} {first}" + (f" +{len(given) - 1:,}" if len(given) > 1 else "")
