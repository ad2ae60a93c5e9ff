"""Faults of texts, planted for the suite faults: personal data, damaged encodings, other languages,
and lengths that give the class away.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np

from reliabel.bench.fault_worlds import FEW, N, Planted, World, asked, by_class, by_row
from reliabel.bench.foreign_personal import foreign
from reliabel.bench.planted_personal import Planted as Personal
from reliabel.bench.planted_personal import planted as personal
from reliabel.core.catalogue import find
from reliabel.core.labels import Classes, Floats, Ints

SEEDS, FEW_SEEDS = 5, 1  # draws of personal data, 456 texts and as many look-alikes each
EACH = 40  # texts of each damage (with --quick a tenth)
TOPICS = 4  # classes that are drawn for texts
KEPT, OFTEN = 0.5, 0.9  # of the words of a text that is cut; of the texts of the class
LENGTHS = ("length in characters", "length in words")
_WORDS = (
    *("the", "price", "of", "a", "ticket", "rose", "again", "when", "company", "said", "that"),
    *("new", "model", "its", "phone", "was", "late", "and", "fans", "in", "this", "town", "wait"),
    *("for", "rain", "match", "court", "bank", "card", "loan", "road", "bridge", "ship", "film"),
)


def news(data: Path | None) -> tuple[Ints, Floats]:
    """Topics (n,) and TF-IDF features of the headlines of ag_news."""
    if data is None:
        raise FileNotFoundError("needs ag_news: set RELIABEL_DATA")
    return _news(data)


@lru_cache(maxsize=1)
def _news(data: Path) -> tuple[Ints, Floats]:
    from pyarrow.parquet import read_table

    table = read_table(data / "text" / "ag_news_test.parquet").to_pydict()
    texts = [f"{a} {b}" for a, b in zip(table["title"], table["body"], strict=True)]
    embed = find("embed", "text_tfidf").load()
    features = np.asarray(embed(texts, rng=np.random.default_rng(0)))
    return np.asarray(Classes.of(table["label"]).y), features


def hosts(data: Path | None, n: int, rng: np.random.Generator) -> tuple[str, list[str]]:
    """Sound texts and their name: of ag_news and banking77, or made of forty words where there are
    no real ones.
    """
    if data is None:
        sizes = rng.integers(8, 40, size=n)
        return "made", [" ".join(rng.choice(_WORDS, size)).capitalize() for size in sizes.tolist()]
    from reliabel.bench.fault_copies import sound_texts

    return "ag_news and banking77", sound_texts(data, n, rng)


def personal_data(data: Path | None, rng: np.random.Generator, quick: bool) -> World:
    """Nineteen kinds of personal data and as many look-alikes, half of them within other texts."""
    seeds = [int(seed) for seed in rng.integers(2**31, size=FEW_SEEDS if quick else SEEDS)]
    worlds = [personal(seed) for seed in seeds]
    texts = tuple(text for world in worlds for text in world.texts)
    kinds = tuple(kind for world in worlds for kind in world.kinds)
    return _of_personal(data, rng, quick, Personal(texts, kinds), "")


def foreign_personal_data(data: Path | None, rng: np.random.Generator, quick: bool) -> World:
    """The same, written by the package Faker for eleven countries."""
    return _of_personal(data, rng, quick, foreign(int(rng.integers(2**31))), "; Faker")


def _of_personal(
    data: Path | None, rng: np.random.Generator, quick: bool, pieces: Personal, more: str
) -> World:
    name, texts = hosts(data, FEW if quick else N, rng)
    before = list(texts)
    rows = rng.permutation(len(texts))[: len(pieces.texts)].tolist()
    planted: list[Planted] = []
    for place, (row, piece, kind) in enumerate(zip(rows, *_fields(pieces), strict=False)):
        texts[row] = piece if place % 2 else f"{texts[row]} {piece}"
        planted += [(frozenset([row]), kind)] if kind else []
    alike = frozenset(rows) - {row for items, _ in planted for row in items}
    y = Classes(np.zeros(len(texts), dtype=np.int64))
    after, call_before = (by_row(asked("personal_data", y, items=part)) for part in (texts, before))
    return World(name + more, len(texts), "personal_data", planted, after, call_before, alike=alike)


def _fields(pieces: Personal) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return pieces.texts, pieces.kinds


def _inside(text: str, what: str, rng: np.random.Generator) -> str:
    """The text with something put into one of its longer words."""
    words = text.split()
    place = max(range(len(words)), key=lambda w: (min(len(words[w]), 4), rng.random()))
    word = words[place]
    words[place] = word[: len(word) // 2] + what + word[len(word) // 2 :]
    return " ".join(words)


def _homoglyph(text: str, rng: np.random.Generator) -> str:
    """The text with one Latin letter changed for the Cyrillic one that looks like it."""
    pairs = dict(zip("aeopcxy", "аеорсху", strict=True))
    places = [
        place
        for place, sign in enumerate(text)
        if sign in pairs and text[place - 1 : place + 2].isalpha() and 0 < place < len(text) - 1
    ]
    if not places:
        return _homoglyph(f"{text} again", rng)
    place = int(rng.choice(places))
    return text[:place] + pairs[text[place]] + text[place + 1 :]


FOREIGN = (
    "das Wetter in der Stadt ist heute nicht so gut, aber morgen wird es wieder besser sein",
    "le prix du pain a encore augmenté dans les magasins de la ville et ce n'est pas fini",
    "el partido de ayer no fue muy bueno, pero la gente de la ciudad estaba contenta con ello",
)
SCRIPTS = (
    "цена билета снова выросла, и люди ждут дождя",
    "新しい電話のモデルが遅れていると会社が発表した",
    "η τιμή του εισιτηρίου ανέβηκε ξανά σήμερα",
)
Damage = Callable[[str, np.random.Generator], str]
ENCODING: dict[str, Damage] = {
    "byte order mark": lambda text, rng: f"\ufeff{text}",
    "private use characters": lambda text, rng: _inside(text, "\ue0a3", rng),
    "invisible characters": lambda text, rng: _inside(
        text, ("\u200b", "\u2060", "\u00ad")[rng.integers(3)], rng
    ),
    "not composed (NFC)": lambda text, rng: _inside(
        text, ("e\u0301", "u\u0308")[rng.integers(2)], rng
    ),
    "markup": lambda text, rng: (f"{text}<br />more", f"<p>{text}</p>", f"{text} &amp; more")[
        rng.integers(3)
    ],
    "mixed line ends": lambda text, rng: f"{text}\r\nand\nmore",
    "mixed scripts in a word": _homoglyph,
}
_STRANGE: dict[str, Damage] = {
    "another language": lambda text, rng: str(rng.choice(FOREIGN)),
    "another script": lambda text, rng: str(rng.choice(SCRIPTS)),
}
BROKEN: dict[str, Damage] = {
    "encoding": lambda text, rng: (
        _inside(text, "é".encode().decode("cp1252"), rng),
        _inside(text, "\ufffd", rng),
        f"{text} – it’s".encode().decode("cp1252", "replace"),
    )[rng.integers(3)],
    "control characters": lambda text, rng: _inside(
        text, ("\x00", "\x1b", "\x07")[rng.integers(3)], rng
    ),
    "empty": lambda text, rng: ("", "   ", "\n\t ", "\u200b")[rng.integers(4)],
}
_SOUND: tuple[Damage, ...] = (  # sound texts that look damaged
    lambda text, rng: f"{text} if a < b > c",
    lambda text, rng: f"{text} at AT&T &c. & co",
    lambda text, rng: f"{text} <3 i <3 u",
    lambda text, rng: f"{text}\r\nand\r\nmore",
    lambda text, rng: f"{text} in São Paulo, Zürich and Łódź",
    lambda text, rng: f"{text} – “naïve” café… £5 ½",
    lambda text, rng: f"{text} \U0001f468\u200d\U0001f469\u200d\U0001f467 \u2764\ufe0f",
    lambda text, rng: f"{text} mean µ and σ² of Δx",
    lambda text, rng: f"{text} by Достоевский",
    lambda text, rng: f"{text} N° 5, 20 °C, © ACME®",
    lambda text, rng: f"{text} the Schadenfreude of it, c'est la vie",
    lambda text, rng: f"x = <T>(list<int>) {text}",
)


def encoding(data: Path | None, rng: np.random.Generator, quick: bool) -> World:
    """Texts with nine kinds of damage, and as many that only look damaged."""
    return _damaged("encoding_faults", {**ENCODING, **_STRANGE}, data, rng, quick)


def broken(data: Path | None, rng: np.random.Generator, quick: bool) -> World:
    """Texts that lost characters, hold control characters or nothing, and look-alikes."""
    return _damaged("broken_items", BROKEN, data, rng, quick)


def _damaged(
    by: str, kinds: dict[str, Damage], data: Path | None, rng: np.random.Generator, quick: bool
) -> World:
    name, texts = hosts(data, FEW if quick else N, rng)
    before = list(texts)
    each = EACH // 10 if quick else EACH
    rows = rng.permutation(len(texts))[: 2 * each * len(kinds)].tolist()
    planted: list[Planted] = []
    for place, row in enumerate(rows[: each * len(kinds)]):
        kind = list(kinds)[place % len(kinds)]
        texts[row] = kinds[kind](texts[row], rng)
        planted.append((frozenset([row]), kind))
        if kind == "another script":  # which is another language too
            planted.append((frozenset([row]), "another language"))
    for place, row in enumerate(rows[each * len(kinds) :]):
        texts[row] = _SOUND[place % len(_SOUND)](texts[row], rng)
    alike = frozenset(rows[each * len(kinds) :])
    y = Classes(np.zeros(len(texts), dtype=np.int64))
    after, call_before = (by_row(asked(by, y, items=part)) for part in (texts, before))
    return World(name, len(texts), by, planted, after, call_before, alike=alike)


def telling_length(data: Path | None, rng: np.random.Generator, quick: bool) -> World:
    """Texts under random labels, those of one class cut to half of their words."""
    name, texts = hosts(data, FEW if quick else N, rng)
    y = rng.integers(TOPICS, size=len(texts))
    before, one = list(texts), int(rng.integers(TOPICS))
    for row in np.flatnonzero((y == one) & (rng.random(len(texts)) < OFTEN)).tolist():
        words = texts[row].split()
        texts[row] = " ".join(words[: round(KEPT * len(words))])
    labels = Classes(y, ("a", "b", "c", "d"))
    after, call_before = (
        by_class(
            asked("spurious_correlation", labels, items=part),
            y,
            lambda kind, _: "length" if kind in LENGTHS else kind,
        )
        for part in (texts, before)
    )
    planted = [(frozenset([one]), "length")]
    return World(name, len(texts), "spurious_correlation", planted, after, call_before)
