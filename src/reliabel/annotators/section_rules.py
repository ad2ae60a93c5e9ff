"""Section rules: headings, cue words and the usual order of sections become votes on the words of a
note, for a tagger that does not need the headings.

The words from a heading to the next one are of its section; the sentence that holds a cue word is
of the cue's; and where notes keep an order, the words of the middle of a section's usual share are
of that section.  Headings, cues and the order are a function each, which says nothing where it does
not know, or where cues of two sections stand in a sentence.
Assumes headings that are mostly there, or notes in a usual order.  Weak where a heading is missing:
the section before it goes on too far, which the cues have to outvote.
Cost: O(words) per pattern, memory O(words votes).
Paper: Ratner, Bach, Ehrenberg, Fries, Wu, Re. Snorkel: rapid training data creation with weak
supervision. VLDB 2017, for rules as votes; rules of sections, and how they spread, are our own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from reliabel.core.labels import Classes, Floats, Grouped, Ints, Votes

SMALL = {"headings": (("ape", "ape :"), ("bee", "bee :"), ("cat", "cat :"))}
Rules = Sequence[tuple[str, str]]  # (class, pattern)
Found = list[tuple[int, int, int]]  # (class, first word, word after the last)
ENDS = {".", "!", "?", ";", "\n"}
MIDDLE = 0.25  # share of a section's usual place left out at each end
FEW = 5  # notes with all headings, from which the usual places of sections are learnt


def annotate(
    labels: Grouped[Classes],
    *,
    items: Sequence[Sequence[str]],
    headings: tuple[tuple[str, str], ...] = (),
    cues: tuple[tuple[str, str], ...] = (),
    ordered: bool = True,
) -> Votes[Grouped[Classes]]:
    """Votes of headings (worker 0), of cues (1) and of the order (2).

    labels: the names of the sections, and how many words each note has; no class is read.
    items: the words of each note.
    headings, cues: pairs of a class and a pattern (a regular expression, upper and lower case
        alike) that words, joined by spaces, are searched for; a heading must begin a sentence.
    ordered: vote by the place in the note as well, where five notes or more have all headings.

    >>> note = "Subjective : tired . Plan : rest . drink".split()
    >>> y = Grouped(Classes(np.full(9, -1), ("S", "P")), np.array([0, 9]))
    >>> votes = annotate(y, items=[note], headings=(("S", "subjective :"), ("P", "plan :")))
    >>> votes.worker.tolist(), votes.labels.units.y.tolist()
    ([0], [0, 0, 0, 0, 1, 1, 1, 1, 1])
    """
    names = labels.units.names
    _check(names, headings, cues)
    size = np.diff(labels.offsets)
    by_heading, by_cue = (_patterns(names, rules) for rules in (headings, cues))
    starts: list[Found] = []
    item, worker, said = [], [], []

    def add(i: int, who: int, y: Ints) -> None:
        if (y >= 0).any():
            item.append(i)
            worker.append(who)
            said.append(y)

    for i, words in enumerate(items):
        if len(words) != size[i]:
            raise ValueError(
                f"item {i} has {len(words)} words and {size[i]} labels; give each word one, or -1"
            )
        ends = _sentences(words)
        starts.append(_first_words(_find(words, by_heading), ends))
        marks = [(c, *_around(ends, first, len(words))) for c, first, _ in _find(words, by_cue)]
        add(i, 0, _filled(_spread(starts[-1], len(words)), len(words)))
        add(i, 1, _filled(marks, len(words)))
    if ordered and headings:
        place = _usual(starts, size, len({c for c, _ in by_heading}))
        for i, n in enumerate(size.tolist()):
            add(i, 2, _by_place(place, n))
    offsets = np.concatenate([[0], np.cumsum([len(y) for y in said])]).astype(np.int64)
    units = Classes(np.concatenate([np.empty(0, dtype=np.int64), *said]), names)
    return Votes(item, worker, Grouped(units, offsets), len(size), 3)


def _check(names: Sequence[str], headings: Rules, cues: Rules) -> None:
    for word, rules in (("headings", headings), ("cues", cues)):
        for rule in rules:
            if len(rule) != 2 or rule[0] not in names:
                raise ValueError(
                    f"{word} must be pairs (class, pattern) with a class of {', '.join(names)}, "
                    f"got {rule!r}"
                )


def _patterns(names: Sequence[str], rules: Rules) -> list[tuple[int, re.Pattern[str]]]:
    return [(names.index(name), re.compile(p, re.IGNORECASE)) for name, p in rules]


def _find(words: Sequence[str], patterns: list[tuple[int, re.Pattern[str]]]) -> Found:
    """Where patterns match, whole words only, in the order of the note."""
    text = " ".join(words)
    start = np.concatenate([[0], np.cumsum([len(word) + 1 for word in words])])
    found = []
    for c, pattern in patterns:
        for match in pattern.finditer(text):
            first, last = np.searchsorted(start, [match.start(), max(match.end() - 1, 0)], "right")
            if match.start() == start[first - 1] and match.end() > match.start():
                found.append((c, int(first) - 1, int(last)))
    return sorted(found, key=lambda one: one[1:])


def _sentences(words: Sequence[str]) -> Ints:
    """(words,) the number of the sentence that each is of."""
    closes = np.array([word in ENDS or word.endswith("\n") for word in words], dtype=bool)
    return np.concatenate([[0], np.cumsum(closes)[:-1]]) if len(words) else np.empty(0, np.int64)


def _first_words(found: Found, sentence: Ints) -> Found:
    """Those that begin a sentence."""
    return [one for one in found if one[1] == 0 or sentence[one[1]] != sentence[one[1] - 1]]


def _around(sentence: Ints, word: int, n: int) -> tuple[int, int]:
    """First word of the sentence of a word, and the one after its last."""
    first, stop = np.searchsorted(sentence, [sentence[word], sentence[word] + 1])
    return int(first), min(int(stop), n)


def _spread(starts: Found, n: int) -> Found:
    """Each heading with all words up to the next."""
    edges = [*(first for _, first, _ in starts), n]
    return [(c, *edge) for (c, _, _), edge in zip(starts, pairwise(edges), strict=True)]


def _filled(spans: Found, n: int) -> Ints:
    """(words,) the class of the span over each; -1 where there is none, or two disagree."""
    y, mixed = np.full(n, -1), np.zeros(n, dtype=bool)
    for c, first, stop in spans:
        mixed[first:stop] |= (y[first:stop] >= 0) & (y[first:stop] != c)
        y[first:stop] = c
    return np.where(mixed, -1, y)


def _usual(starts: list[Found], size: Ints, many: int) -> Floats:
    """(sections, 3) class, begin and end of each section as shares of a note: the medians over
    notes that have each heading once; empty where these are few, or differ in order.
    """
    orders: dict[tuple[int, ...], list[list[float]]] = {}
    for found, n in zip(starts, size.tolist(), strict=True):
        order = tuple(c for c, _, _ in found)
        if n and len(order) == len(set(order)) == many:
            orders.setdefault(order, []).append([first / n for _, first, _ in found])
    order = max(orders, key=lambda one: (len(orders[one]), one), default=())
    if len(orders.get(order, [])) < FEW:
        return np.empty((0, 3))
    begin = np.median(orders[order], axis=0)
    return np.column_stack([order, begin, [*begin[1:], 1.0]])


def _by_place(place: Floats, n: int) -> Ints:
    """(words,) the section whose usual place a word is in the middle of."""
    y, at = np.full(n, -1), (np.arange(n) + 0.5) / max(n, 1)
    for c, begin, end in place:
        edge = MIDDLE * (end - begin)
        y[(at > begin + edge) & (at < end - edge)] = int(c)
    return y
