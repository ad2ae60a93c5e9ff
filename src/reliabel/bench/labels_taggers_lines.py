"""Lines of a text corpus, a part of them junk of known kinds, and a small language model that
learns from those that a filter keeps.

Good lines are sentences of AG News.  Junk lines are made of the kinds that FinerWeb found on the
web (navigation, promotion, contact and identification, legal text, technical notes, bibliography,
broken formatting), their words partly those of the news.  Half of the patterns of each kind are
among the labelled lines and half are not, so that the filter is judged on junk of kinds that it
has seen but of words that it has not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.random import Generator

from reliabel.bench.metrics import average_precision
from reliabel.bench.run import Row
from reliabel.bench.tagged_news import tagged_news
from reliabel.core.labels import Bools, Classes, Floats

SHARE = 0.25  # of the lines that are junk, about what FinerWeb drops at most
LABELLED = 400
MIX = (0.6, 0.3)  # of the language model: pairs, single words; the rest is even
PATTERNS = {
    "navigation": (
        "{A} | {B} | {C} | {D}",
        "Home > {A} > {B} > {C}",
        "Back to top",
        "Next article : {A} {B}",
        "[ {A} ] [ {B} ] [ {C} ]",
        "Skip to main content {A} {B}",
    ),
    "promotion": (
        "Subscribe now and get {n} % off your first {a} !",
        "Click here to win a free {a} today !!!",
        "Sign up for our {A} newsletter",
        "Best price {a} {b} buy {a} {c} online cheap {a}",
        "Limited time offer : {n} {a} for only ${n}.99",
        "Like us on Facebook and share this {a}",
    ),
    "contact": (
        "Posted by {A} on {n}/{m}/2004 at {n}:{m} pm",
        "Tel : +1 {n}{m} {n}{m} Fax : +1 {m}{n}",
        "By {A} {B} , Staff Writer",
        "{A} {B} wrote : # {n}",
        "Email : {a}@{b}.com",
        "Member since {m} 2003 , {n} posts",
    ),
    "legal": (
        "Copyright 2004 {A} {B} Inc. All rights reserved .",
        "By using this site you agree to the terms of {a} and {b} .",
        "This material may not be published , broadcast , rewritten or redistributed .",
        "Use of this {a} is subject to our privacy policy .",
        "We use cookies to improve your {a} and {b} .",
        "{A} is a registered trademark of {B} Corp.",
    ),
    "technical": (
        "< div class = {a} > < a href = {b}.html >",
        "ISBN {n}{m}-{n} , {m} pages , {n} x {m} cm",
        "function {a} ( {b} ) {{ return {c} ; }}",
        "Size : {n} KB Type : {a} Version {m}.{n}",
        "{a}_{b} = {n} ; {c}_{a} = {m} ;",
        "404 Not Found {a}.php line {n}",
    ),
    "bibliography": (
        "[ {n} ] {A} , {B} . {C} {a} {b} , vol. {m} , pp. {n}-{m}",
        "Source : {A} {B} ( 2003 )",
        "{A} , J. & {B} , K. ( 199{d} ) {c} {a} .",
        "See also : {A} , {B} , {C}",
    ),
    "formatting": (
        "{A}{b}{c} {D}{a}",
        "* * * {a} * * *",
        "{a} {b} {c} ...",
        "- - - - - {A} - - - - -",
        "{A} {B} {n} {C} {m} {D} {n}",
        "&nbsp ; {a} &nbsp ; {b}",
    ),
}


def corpus(data: str, seed: int, lines: int) -> tuple[list[str], Bools, Bools]:
    """Lines, which of them are junk, and which may be labelled (junk: of half of the patterns)."""
    rng = np.random.default_rng(seed)
    items, _ = tagged_news(data)
    chosen = rng.permutation(len(items))[:lines]
    junk = rng.random(lines) < SHARE
    pool = [word for i in chosen[:2000] for word in items[i] if word.isalpha() and len(word) > 3]
    half = {kind: rng.permutation(len(some)) for kind, some in PATTERNS.items()}
    out, known = [], np.ones(lines, dtype=bool)
    kinds = rng.choice(sorted(PATTERNS), lines)
    for row, i in enumerate(chosen.tolist()):
        if not junk[row]:
            out.append(" ".join(items[i]))
            continue
        some = PATTERNS[str(kinds[row])]
        place = int(rng.integers(len(some)))
        known[row] = place in half[str(kinds[row])][: len(some) // 2]
        out.append(_filled(some[place], pool, rng))
    return out, junk, known


def lines_of(seed: int, quick: bool, data: Path) -> list[Row]:
    """The ranking of the junk by line_quality and by rules, and the language model's loss on clean
    lines after each filter.
    """
    from reliabel.auditors import line_quality

    name, n = f"taggers-lines {seed}", 3_000 if quick else 16_000
    lines, junk, known = corpus(str(data), seed, n)
    held = np.arange(n) >= n - n // 8
    test = [lines[i] for i in np.flatnonzero(held & ~junk)]
    train = np.flatnonzero(~held)
    rng = np.random.default_rng(seed)
    y = np.full(n, -1)
    some = rng.permutation(train[known[train]])[:LABELLED]
    y[some] = junk[some]
    labels = Classes(y[train], ("clean", "junk"))
    text, bad = [lines[i] for i in train], junk[train]
    quality = line_quality.audit(labels, items=text)
    new = labels.y < 0
    scores: dict[str, Floats] = {
        "line_quality": quality.score,
        "no full stop, then fewer words": _by_rule(text),
        "words a line": -np.array([len(line.split()) for line in text], dtype=float),
    }
    unseen = new & (~bad | ~known[train])
    rows = []
    for metric, asked in (
        ("average precision", new),
        ("average precision, new patterns", unseen),
    ):
        for method, score in scores.items():
            value = average_precision(score[asked], bad[asked])
            rows.append(Row(name, "ag_news", "junk", seed, method, metric, value))
    drop = {f"line_quality, below {cut}": quality.info["quality"] < cut for cut in (0.1, 0.5, 0.9)}
    many = int(drop["line_quality, below 0.5"].sum())
    drop |= {
        "none": np.zeros(len(text), dtype=bool),
        "as many at random": np.isin(np.arange(len(text)), rng.permutation(len(text))[:many]),
        "as many by the rule": _first(scores["no full stop, then fewer words"], many),
        "all junk": bad,
    }
    judge = partial(_loss, test=test, known=text)
    for method, gone in drop.items():
        values = {
            "lines dropped": float(gone.mean()),
            "junk left": float(bad[~gone].mean()),
            "good lines lost": float(gone[~bad].mean()),
            "bits a word": judge([line for line, out in zip(text, gone, strict=True) if not out]),
        }
        rows += [Row(name, "ag_news", "filter", seed, method, m, v) for m, v in values.items()]
    return rows


def _filled(pattern: str, pool: Sequence[str], rng: Generator) -> str:
    word: Callable[[], str] = lambda: pool[int(rng.integers(len(pool)))]  # noqa: E731
    small = {letter: word().lower() for letter in "abc"}
    large = {letter: word().title() for letter in "ABCD"}
    n, m = rng.integers(2, 60, 2).tolist()
    return pattern.format(**small, **large, n=n, m=m, d=int(rng.integers(10)))


def _by_rule(text: Sequence[str]) -> Floats:
    """The rule of C4: a line without a full stop at its end is dropped; else the shorter first."""
    stop = np.array([line.rstrip()[-1:] in (".", "!", "?", '"') for line in text])
    length = np.array([len(line.split()) for line in text], dtype=float)
    return np.asarray(np.where(stop, 0.0, 1000.0) - length)


def _first(score: Floats, many: int) -> Bools:
    out = np.zeros(len(score), dtype=bool)
    out[np.argsort(-score, kind="stable")[:many]] = True
    return out


def _loss(train: Sequence[str], test: Sequence[str], known: Sequence[str]) -> float:
    """Bits a word of clean lines, by pairs of words and single words of the lines learnt from;
    ``known`` has all words that there are, the same for each filter.
    """
    from reliabel.ops.word_features import words_of

    split = [tuple(line.split()) for line in (*train, *test, *known)]
    words = words_of(split)
    v, cut = len(words.distinct), int(words.offsets[len(train)])
    end = int(words.offsets[len(train) + len(test)])
    before = words.around(-1)  # v stands for the beginning of a line
    pair = before * (v + 1) + words.word
    single = np.bincount(words.word[:cut], minlength=v)
    pairs, count = np.unique(pair[:cut], return_counts=True)
    after = np.bincount(before[:cut], minlength=v + 1)
    at = np.minimum(np.searchsorted(pairs, pair[cut:end]), len(pairs) - 1)
    found = np.where(pairs[at] == pair[cut:end], count[at], 0)
    both = found / np.maximum(after[before[cut:end]], 1)
    p = MIX[0] * both + MIX[1] * single[words.word[cut:end]] / cut + (1 - sum(MIX)) / v
    return float(-np.log2(p).mean())
