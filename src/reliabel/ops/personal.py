"""Personal data in texts: what the recognisers find, and texts with it masked.

Words that speak for a match within the five words before it add .35; words that speak against it
(order, version, ISBN), among the three before it in its sentence, rule it out unless a checksum
holds.  Source of the scheme: the documentation
of Microsoft Presidio.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from reliabel.ops.national_numbers import NATIONAL
from reliabel.ops.personal_kinds import GENERAL
from reliabel.ops.recogniser import Recogniser, words_in

RECOGNISERS = (*GENERAL, *NATIONAL)
KINDS = tuple(dict.fromkeys(one.kind for one in RECOGNISERS))

CUT = 0.5  # score from which a match is reported and masked
CONTEXT, LIFTED = 0.35, 0.4  # what words add, and the least score they lead to
BEFORE, NEAR = 5, 3  # words before a match that are read, and those that may speak against it
REACH = 120  # characters before a match in which these words are looked for
STRONG = 0.8  # score of a match whose check leaves so little to chance that no word rules it out
AGAINST = words_in(
    "order invoice isbn issn version ver release build ref reference ticket tracking serial part "
    "sku article model batch lot doi patent barcode ean upc gtin hash commit section chapter page "
    "firmware bestellung rechnung commande factura pedido"
)
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_PARTS = re.compile(r"[^\W\d_]+")
_END = re.compile(r"[?!\n]")  # of a sentence; a full stop may be that of "no."
_INNER = re.compile(r"(?<=[a-z])(?=[A-Z])")
_VERSION = re.compile(r"(?:\br?v|[A-Za-z]/|§)[\s.:=]*$", re.IGNORECASE)


@dataclass(frozen=True)
class Match:
    """Where something was found: ``text[start:stop]``, of which kind, and how sure that is."""

    kind: str
    start: int
    stop: int
    score: float


def found(text: str, context: Iterable[str] = (), least: float = CUT) -> list[Match]:
    """The personal data in a text from a score on, in their order; matches never overlap.

    context: words that stand for the whole text, such as those of the name of its column.

    >>> [(m.kind, m.score) for m in found("Mail jo@mail.org about order 212-555-0123.")]
    [('email address', 1.0)]
    """
    many = sum(map(text.count, "0123456789"))
    every = []
    for one in RECOGNISERS:
        if many >= one.digits and (not one.sign or one.sign in text):
            every += [
                match for match in _matches(one, text, tuple(context)) if match.score >= least
            ]
    every.sort(key=lambda match: (-match.score, match.start - match.stop, match.start))
    kept: list[Match] = []
    for match in every:
        if all(match.stop <= other.start or other.stop <= match.start for other in kept):
            kept.append(match)
    return sorted(kept, key=lambda match: match.start)


def masked(text: str, context: Iterable[str] = (), least: float = CUT) -> str:
    """The text with the letters and digits of personal data as stars, but for the first and the
    last of each; its length stays.

    >>> masked("Call +44 20 7946 0958 or write to jo@mail.org")
    'Call +4* ** **** ***8 or write to j*@****.**g'
    """
    for match in found(text, context, least):
        text = text[: match.start] + hidden(text[match.start : match.stop]) + text[match.stop :]
    return text


def hidden(text: str) -> str:
    """Letters and digits as stars, but for the first and the last.

    >>> hidden("jo@mail.org")
    'j*@****.**g'
    """
    places = [place for place, sign in enumerate(text) if sign.isalnum()]
    ends = {places[0], places[-1]} if len(places) > 4 else set()
    return "".join(
        "*" if sign.isalnum() and place not in ends else sign for place, sign in enumerate(text)
    )


def words_of(name: str) -> tuple[str, ...]:
    """The words in the name of a column.

    >>> words_of("home_phoneNumber2")
    ('home', 'phone', 'number')
    """
    return tuple(word.lower() for word in _PARTS.findall(_INNER.sub(" ", name)))


def _matches(one: Recogniser, text: str, context: tuple[str, ...]) -> Iterable[Match]:
    for hit in one.pattern.finditer(text):
        start, stop = hit.span()
        held = _held(one, text, start, stop)
        if held is None:
            continue
        score = one.score if one.checked is None or one.check is None else one.checked
        before = text[max(start - REACH, 0) : start]
        if one.unlike_versions and _VERSION.search(before):
            continue
        side = _side(one.words, before, context)
        if side < 0 and score < STRONG:
            continue
        score = max(min(score + CONTEXT, 1.0), LIFTED) if side > 0 else score
        yield Match(one.kind, start, held, round(score, 2))


def _held(one: Recogniser, text: str, start: int, stop: int) -> int | None:
    """Where the match ends if its check holds; without the words that may have been taken for its
    last groups.
    """
    if one.check is None or one.check(text[start:stop]):
        return stop
    for _ in range(3 if one.trim else 0):
        stop = max(text.rfind(" ", start, stop), start)
        if stop > start and one.check(text[start:stop]):
            return stop
    return None


def _side(words: frozenset[str], before: str, context: tuple[str, ...]) -> int:
    """1 where the nearest word that says something speaks for the match, -1 against it, else 0."""
    near = [word.lower() for word in _WORD.findall(before)][-BEFORE:]
    against = set(range(min(NEAR, len(_WORD.findall(_END.split(before)[-1])))))
    for place, word in enumerate((*reversed(near), *context)):
        if word in words:
            return 1
        if word in AGAINST and (place in against or place >= len(near)):
            return -1
    return 0
