"""Encoding and language faults of texts: wrong decoding, invisible characters, markup, two scripts
in a word, and texts in another language.

``broken_items`` has what makes a text useless (empty, lost or control characters); here stands what
makes equal texts differ or models see noise, one fault a kind.  A language is told by the words
that nearly every sentence of it holds, so that a text needs three of them, and twice as many as of
the main language; a script by its letters.  Weak: short texts and names have no language, alike
languages (Norwegian and Danish, Czech and Slovak) are not told apart, and neither is one without a
word list from noise.  Markup may be wanted.
Cost: O(characters).
Paper: none; Unicode Standard Annex 15 (normal forms), Technical Standard 39 (confusable letters).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from reliabel.core.labels import Labels
from reliabel.core.results import Faults
from reliabel.core.run import track
from reliabel.ops.copies import sort_of
from reliabel.ops.languages import counted, script_of

STATUS = "default"
FINDS = "encoding"
WORDS, TIMES = 3, 2  # words of the other language, and times those of the main one, at least
LETTERS = 4  # letters from which a text has a script
OTHER_LETTERS = 0.5  # share of letters that are not Latin from which a text is in their language
BOM, PRIVATE = re.compile("\ufeff|\u00ef\u00bb\u00bf"), re.compile("[\ue000-\uf8ff]")
INVISIBLE = re.compile(
    "[\u200b\u2060\u2061-\u2064\u00ad\u180e\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
JOINERS = re.compile("(?<=[A-Za-z])[\u200c\u200d](?=[A-Za-z])")
TAG = re.compile(
    r"</?(?:a|b|i|u|p|br|hr|em|li|ul|ol|td|tr|th|h[1-6]|div|img|pre|sub|sup|span|font|code|body|html|head"
    r"|table|style|script|strong|center|blockquote)\b[^<>]{0,300}>",
    re.IGNORECASE,
)
ENTITY = re.compile(
    r"&(?:amp|lt|gt|quot|apos|nbsp|[a-z]{2,8}acute|[aou]uml|#\d{2,6}|#x[0-9a-f]{2,6});"
)
LINE = re.compile("\r\n|\r|\n")
WORD = re.compile(r"[^\W\d_]+")
ALIKE = frozenset(
    "аеорсухіјѕһԁԛԝАВЕЗКМНОРСТУХІЈЅ" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧοονυαρικγ"
)  # like Latin letters


def audit(labels: Labels, *, items: Sequence[Any] | None = None, main: float = 0.8) -> Faults:
    """One fault a kind: the texts concerned and an example of what was seen.

    main: share of the texts that tell their script (language) which the commonest one must have, so
        that texts in others are reported.
    info: "script" and "language" of most texts, "" where none has such a share; "scripts" and
        "languages", how many texts are in each; "checked".
    Raises ValueError for a share that is not above one half.

    >>> from reliabel.core.labels import Classes
    >>> texts = ["sound", "br<br/>eak", "p\\u0430ypal", "zero\\u200bwidth", "sound too"]
    >>> said = audit(Classes(np.zeros(5, int)), items=texts)
    >>> said.items, said.kind
    ([(3,), (1,), (2,)], ['invisible characters', 'markup', 'mixed scripts in a word'])
    """
    if not 0.5 < main <= 1:
        raise ValueError(f"main must lie above 0.5, up to 1, got {main!r}")
    sort = sort_of(items)
    texts = [str(v) if isinstance(v, str) else "" for v in items or ()] if sort == "texts" else []
    hits: dict[str, list[tuple[int, str]]] = {kind: [] for kind in KINDS}
    for row, text in enumerate(track("encoding", texts)):
        for kind, look in (KINDS if not text.isascii() else PLAIN).items():
            seen = look(text)
            if seen:
                hits[kind].append((row, seen))
    found = [_fault(kind, rows) for kind, rows in hits.items() if rows]
    script, scripts = _scripts(texts, main)
    language, languages = _languages(texts, main)
    found += _strangers("script", script, scripts) + _strangers("language", language, languages)
    return Faults(
        [fault[0] for fault in found],
        [fault[1] for fault in found],
        np.array([fault[2] for fault in found], dtype=float),
        [fault[3] for fault in found],
        info={
            "checked": sort,
            "script": script,
            "language": language,
            "scripts": dict(Counter(filter(None, scripts))),
            "languages": dict(Counter(one for one, _ in languages if one)),
            "main": main,
        },
    )


def _first(pattern: re.Pattern[str]) -> Callable[[str], str]:
    """What to say of the first match, "" without one: characters by number, markup by its name."""

    def look(text: str) -> str:
        hit = pattern.search(text)
        return "" if hit is None else f"U+{ord(hit[0][0]):04X}"

    return look


def _markup(text: str) -> str:
    if "<" not in text and "&" not in text:
        return ""
    hit = TAG.search(text) or ENTITY.search(text)
    if hit is None:
        return ""
    return hit[0] if hit[0][0] == "&" else f"{re.split(r'[ />]', hit[0].lstrip('</'))[0]} tag"


def _line_ends(text: str) -> str:
    ends = {repr(end)[1:-1] for end in LINE.findall(text)} if "\r" in text else set()
    return " and ".join(sorted(ends)) if len(ends) > 1 else ""


def _not_composed(text: str) -> str:
    if unicodedata.is_normalized("NFC", text):
        return ""
    whole = unicodedata.normalize("NFC", text)
    return next((f"U+{ord(c):04X}" for c, d in zip(text, whole, strict=False) if c != d), "its end")


def _invisible(text: str) -> str:
    latin = not any("\u0590" <= sign <= "\u08ff" for sign in text)  # marks order Hebrew and Arabic
    return (_first(INVISIBLE)(text) if latin else "") or _first(JOINERS)(text)


def _mixed(text: str) -> str:
    for word in WORD.findall(text):
        other = [sign for sign in word if sign > "\u036f"]
        if other and len(other) < len(word) and set(other) <= ALIKE:
            return f"U+{ord(other[0]):04X} among Latin letters"
    return ""


PLAIN: Mapping[str, Callable[[str], str]] = {"markup": _markup, "mixed line ends": _line_ends}
KINDS: Mapping[str, Callable[[str], str]] = {
    "byte order mark": _first(BOM),
    "private use characters": _first(PRIVATE),
    "invisible characters": _invisible,
    "not composed (NFC)": _not_composed,
    "markup": _markup,
    "mixed line ends": _line_ends,
    "mixed scripts in a word": _mixed,
}
SCORES = {"markup": 0.5, "mixed line ends": 0.3, "not composed (NFC)": 0.5}  # of others .8
Fault = tuple[tuple[int, ...], str, float, str]


def _fault(kind: str, rows: list[tuple[int, str]]) -> Fault:
    common = Counter(seen for _, seen in rows).most_common(3)
    many = f"{len(rows):,} text{'s' * (len(rows) > 1)}"
    why = f"{kind} in {many}: {', '.join(seen for seen, _ in common)}"
    return tuple(row for row, _ in rows), kind, SCORES.get(kind, 0.8), why


def _scripts(texts: list[str], main: float) -> tuple[str, list[str]]:
    """The script of most texts, "" where none has the share, and that of each text."""
    each = ["Latin" if text.isascii() and text else script_of(text, LETTERS) for text in texts]
    each = [
        one if any(map(str.isalpha, text)) else "" for one, text in zip(each, texts, strict=True)
    ]
    return _most(Counter(filter(None, each)), main), each


def _languages(texts: list[str], main: float) -> tuple[str, list[tuple[str, int]]]:
    """The language of most texts, "" where none has the share; each text's language and the words
    that tell it, of the main language's where it does not stand out.
    """
    counts = [counted(text, OTHER_LETTERS) for text in texts]
    best = [max(count, key=lambda one: count[one]) if count else "" for count in counts]
    told = Counter(b for b, count in zip(best, counts, strict=True) if b and count[b] >= WORDS)
    most = _most(told, main)
    each = []
    for own, count in zip(best, counts, strict=True):
        stands_out = own and count[own] >= max(WORDS, TIMES * count[most] + 1 if most else WORDS)
        each.append((own if stands_out or own == most else "", count[own] if own else 0))
    return most, each


def _most(counts: Counter[str], main: float) -> str:
    if not counts:
        return ""
    name, count = counts.most_common(1)[0]
    return name if count >= main * sum(counts.values()) else ""


def _strangers(what: str, most: str, each: Sequence[Any]) -> list[Fault]:
    """Texts in another script or language than most; one fault a script or language."""
    names = [one if isinstance(one, str) else one[0] for one in each]
    others = [name for name, _ in Counter(names).most_common() if name and name != most]
    found: list[Fault] = []
    for name in others if most else ():
        rows = tuple(row for row, own in enumerate(names) if own == name)
        where = f"{len(rows):,} text{'s seem' if len(rows) > 1 else ' seems'} to be"
        kind = f"another {what}"
        found.append((rows, kind, 0.6, f"{where} in {name}, where most are in {most}"))
    return found
