"""Planted annotators and labelling functions on sentences whose spans are known, for the suite
votes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.random import Generator

from reliabel.bench.tagged_news import ENDINGS, TITLES, TYPES, tagged_news
from reliabel.core.dataset import Dataset
from reliabel.core.labels import Grouped, Spans, Votes
from reliabel.core.words import Words

Marks = list[tuple[int, int, int]]  # start, end, class
ARTICLES, SEEN = 2500, 400  # articles that are used; sentences that writers of functions looked at


class Crowd(NamedTuple):
    """Chances of each worker (w,): to miss a span, to give it other words, to give it another
    class, and to mark something in a sentence that is none.
    """

    miss: Any
    words: Any
    sort: Any
    extra: Any


def sentences(data: Path, n: int, seed: int) -> tuple[list[Words], list[Marks]]:
    """Some sentences of the news with their true spans."""
    words, spans = tagged_news(str(data), ARTICLES)
    chosen = np.random.default_rng(seed).permutation(len(words))[:n].tolist()
    place = {name: code for code, name in enumerate(TYPES)}
    return [Words(words[i]) for i in chosen], [
        sorted((start, end, place[sort]) for start, end, sort in spans[i]) for i in chosen
    ]


def mixed(rng: Generator, w: int = 12) -> Crowd:
    """Workers of all sorts."""
    miss, words, sort = (rng.beta(1.2, 5, w) for _ in range(3))
    return Crowd(miss, words, sort, rng.beta(1, 6, w))


def few_good(rng: Generator, w: int = 12) -> Crowd:
    """A third of the workers are careful and the others are not."""
    good = np.arange(w) % 3 == 0
    poor = rng.uniform(0.25, 0.5, (3, w))
    miss, words, sort = np.where(good, 0.04, poor)
    return Crowd(miss, words, sort, np.where(good, 0.03, rng.uniform(0.1, 0.5, w)))


def missing(rng: Generator, w: int = 12) -> Crowd:
    """Workers who miss half of the spans, and hardly err otherwise."""
    return Crowd(*(rng.uniform(low, high, w) for low, high in MISSING))


MISSING = ((0.3, 0.7), (0.02, 0.1), (0.02, 0.1), (0.0, 0.05))
CROWDS = {"mixed": mixed, "few good": few_good, "missing": missing}


def voted(
    words: Sequence[Words], truth: Sequence[Marks], crowd: Crowd, each: int, rng: Generator
) -> Votes[Grouped[Spans]]:
    """Votes of ``each`` workers on each sentence; a third of the spans is twice as hard."""
    w = len(crowd.miss)
    item, worker, said = [], [], list[Marks]()
    prefer = rng.integers(1, len(TYPES), (w, len(TYPES)))  # the class that one is taken for
    for i, (held, spans) in enumerate(zip(words, truth, strict=True)):
        hard = rng.random(len(spans)) < 1 / 3
        for j in rng.permutation(w)[:each].tolist():
            item.append(i)
            worker.append(j)
            said.append(_answer(held, spans, hard, crowd, prefer, j, rng))
    return Votes(item, worker, grouped(said), len(words), w)


def _answer(
    words: Words, spans: Marks, hard: Any, crowd: Crowd, prefer: Any, j: int, rng: Generator
) -> Marks:
    found: Marks = []
    for (start, end, sort), twice in zip(spans, hard.tolist(), strict=True):
        times = 1.6 if twice else 0.7
        if rng.random() < times * crowd.miss[j]:
            continue
        if rng.random() < times * crowd.words[j]:
            start, end = _other_words(start, end, len(words), rng)
        if rng.random() < times * crowd.sort[j]:
            sort = int((sort + prefer[j, sort]) % len(TYPES))
        if all(end <= a or b <= start for a, b, _ in found):
            found.append((start, end, sort))
    if rng.random() < crowd.extra[j]:
        capital = [p for p, word in enumerate(words) if word[:1].isupper()] or [0]
        place = int(rng.choice(capital))
        if all(place + 1 <= a or b <= place for a, b, _ in found):
            found.append((place, place + 1, int(rng.integers(len(TYPES)))))
    return sorted(found)


def _other_words(start: int, end: int, size: int, rng: Generator) -> tuple[int, int]:
    """Other words: one less or one more at either end."""
    ways = [(start - 1, end), (start, end + 1), (start + 1, end), (start, end - 1)]
    fit = [(a, b) for a, b in ways if 0 <= a < b <= size]
    return fit[int(rng.integers(len(fit)))]


def grouped(said: Sequence[Marks]) -> Grouped[Spans]:
    """Spans of several sentences as a label set."""
    flat = [mark for marks in said for mark in marks]
    start, end, y = (np.array([mark[part] for mark in flat], dtype=np.int64) for part in range(3))
    return Grouped(Spans(start, end, y, TYPES), np.cumsum([0, *map(len, said)]))


def functions_on_news(words: Sequence[Words], truth: Sequence[Marks], rng: Generator) -> list[Any]:
    """Functions as somebody writes them who has looked at the first ``SEEN`` sentences: lists of
    phrases, with some that mislead, patterns that are right more or less often, and lists of what
    is no name.
    """
    from reliabel.rules import gazetteer, span_pattern, word_pattern

    seen = Counter(
        (" ".join(held[a:b]), sort)
        for held, marks in zip(words[:SEEN], truth[:SEEN], strict=True)
        for a, b, sort in marks
    )
    rest = Counter(
        (" ".join(held[a:b]), sort)
        for held, marks in zip(words, truth, strict=True)
        for a, b, sort in marks
    )
    made = list[Any]()
    for sort, name in enumerate(TYPES):
        mine = [phrase for phrase, of in seen if of == sort]
        others = [phrase for phrase, of in seen if of != sort]
        all_of = [phrase for phrase, of in rest if of == sort]
        for number in range(int(rng.integers(2, 4))):
            some = [one for one in mine if rng.random() < 0.7]
            some += [one for one in all_of if rng.random() < rng.uniform(0.05, 0.4)]
            some += [one for one in others if rng.random() < rng.uniform(0, 0.15)]
            if some:
                made.append(gazetteer(name, some, name=f"list {name} {number}"))
    capital = r"[A-Z]\w+"
    patterns = [
        ("PER", rf"(?:{'|'.join(TITLES.split())})\.? ({capital}(?: {capital})?)"),
        ("PER", rf"({capital} {capital}) (?:said|says|told)"),
        ("ORG", rf"((?:{capital} )+(?:{'|'.join(ENDINGS.split())}))\b"),
        ("LOC", rf"\b(?:in|at|from|near) ({capital}(?: {capital})?)"),
        ("ORG", rf"({capital}) (?:said|announced|shares)"),
        ("PER", rf"({capital} {capital})"),
    ]
    kept = [one for one in patterns if rng.random() < 0.75]
    made += [span_pattern(sort, pattern) for sort, pattern in kept]
    lower = Counter(word for held in words for word in held if word.islower())
    common = {word.capitalize() for word, count in lower.items() if count > 3}
    made.append(gazetteer("O", sorted(common), name="common words"))
    days = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday January March May June"
    made.append(word_pattern("O", "|".join(days.split()), name="days"))
    return made


def found_spans(labels: Grouped[Spans]) -> set[tuple[int, int, int, int]]:
    """The spans of a label set: item, start, end, class."""
    u = labels.units
    parts = labels.item.tolist(), u.start.tolist(), u.end.tolist(), u.y.tolist()
    return {(i, a, b, c) for i, a, b, c in zip(*parts, strict=True) if c >= 0}


def span_f1(labels: Grouped[Spans], truth: Grouped[Spans], use: Any = None) -> float:
    """F1 of spans with exactly the true words and class; ``use``: (n,) the items that count."""
    mine, true = found_spans(labels), found_spans(truth)
    if use is not None:
        mine, true = ({one for one in some if use[one[0]]} for some in (mine, true))
    return 2 * len(mine & true) / max(len(mine) + len(true), 1)


def majority_per_token(
    votes: Votes[Grouped[Spans]], words: Sequence[Words], *, silent: bool = True
) -> Grouped[Spans]:
    """The plain way: the tag (B, I and the class) that most give to a word, a tie for none.

    silent: whoever voted on a sentence and marks nothing at a word says O; else only those do who
        say so.
    """
    from reliabel.ops.spans import spans_of, tags_of_names

    names = ("O", *(f"{letter}-{sort}" for sort in TYPES for letter in "BI"))
    k, size = len(names), np.array([len(held) for held in words])
    offsets = np.concatenate([[0], np.cumsum(size)])
    count = np.zeros((int(offsets[-1]), k))
    units, owner = votes.labels.units, votes.labels.item
    first = offsets[votes.item[owner]] + units.start
    length = units.end - units.start
    within = np.arange(int(length.sum())) - np.repeat(np.cumsum(length) - length, length)
    place = np.repeat(first, length) + within
    y = np.repeat(units.y, length)
    tag = np.where(y < 0, 0, 1 + 2 * y + (within > 0))
    np.add.at(count, (place, tag), 1)
    if silent:
        asked = np.repeat(np.bincount(votes.item, minlength=votes.n), size)
        count[:, 0] += asked - count.sum(1)
    best = count[:, 1:].argmax(1) + 1
    code = np.where(count.max(1) > count[:, 0], best, 0)
    tags = tags_of_names(names)
    found = spans_of(code, offsets, tags)
    return Grouped(Spans(found.start, found.end, found.y, tags.types), found.offsets)


def asked_functions(words: Sequence[Words], functions: Sequence[Any]) -> Dataset:
    """The votes of functions on sentences."""
    from reliabel.verbs.votes_from_functions import votes_from_functions

    return votes_from_functions(list(words), functions, classes=TYPES, spans=True, seconds=None)
