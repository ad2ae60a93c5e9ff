"""Classes whose names say their order: scales of words ("low", "medium", "high"), ranges ("18-25",
"65+"), numbers with a unit ("3 stars", "stage II"), and whole numbers in a column that names a
scale ("rating").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

FEWEST = 3  # classes from which an order says more than which is which
# From low to high; words in one place mean the same, and a scale may leave places out.
WORDS = (
    "none|no|absent|normal|healthy;minimal|very mild|doubtful;mild|slight|minor|light;"
    "moderate|medium;severe|serious|major|marked|heavy;"
    "very severe|extreme|critical|proliferative|profound|fatal",
    "none|zero;very low|lowest;low;medium low|rather low;"
    "medium|middle|mid|moderate|average|normal|intermediate;medium high|rather high;high;"
    "very high|highest;critical|extreme|extremely high",
    "xxs|2xs;xs|extra small|tiny|very small;s|small;m|medium;l|large|big;"
    "xl|extra large|huge|very large;xxl|2xl;xxxl|3xl",
    "very poor|very bad|terrible|awful|horrible;poor|bad|weak;"
    "fair|ok|okay|average|mediocre|satisfactory|acceptable|so so;good;very good|great;"
    "excellent|outstanding|perfect",
    "strongly disagree|completely disagree|totally disagree;disagree|mostly disagree;"
    "somewhat disagree|slightly disagree|rather disagree;"
    "neutral|neither agree nor disagree|neither|undecided;"
    "somewhat agree|slightly agree|rather agree;agree|mostly agree;"
    "strongly agree|completely agree|totally agree",
    "never;almost never|rarely|seldom|hardly ever;sometimes|occasionally;"
    "often|frequently|usually;very often|almost always;always",
    "very negative|strongly negative;negative;slightly negative|somewhat negative;neutral;"
    "slightly positive|somewhat positive;positive;very positive|strongly positive",
    "very dissatisfied|very unsatisfied;dissatisfied|unsatisfied;neutral;satisfied;very satisfied",
    "beginner|novice;elementary|basic;intermediate;advanced;expert|master",
    "very easy;easy;medium|moderate|normal;hard|difficult;very hard|very difficult",
    "very unlikely;unlikely;possible|neutral;likely;very likely",
    "a1;a2;b1;b2;c1;c2",
    "sehr niedrig;niedrig|gering;mittel;hoch;sehr hoch",
    "très faible;faible;moyen|moyenne;élevé|élevée|fort|forte;très élevé",
    "muy bajo;bajo|baja;medio|media;alto|alta;muy alto",
)
SCALES = tuple(
    {word: place for place, same in enumerate(scale.split(";")) for word in same.split("|")}
    for scale in WORDS
)
SCALE = (
    "stars?|ratings?|scores?|grades?|levels?|stages?|tiers?|degrees?|severity|quality|priority|"
    "likert|satisfaction|intensity|difficulty|rings"
)
NAMED = re.compile(rf"(?:^|[^a-z])(?:{SCALE})(?:[^a-z]|$)")  # in the name of a column
WITH_UNIT = re.compile(rf"(?:{SCALE}) ?(\d+|[ivx]+)|(\d+) (?:{SCALE})")
NUMBER = r"-?\d+(?:[.,]\d+)?"
RANGE = re.compile(rf"[(\[]?\s*({NUMBER})\s*(?:-|–|,|to|bis)\s*({NUMBER})\s*[)\]]?")
BELOW = re.compile(rf"(?:<=?|≤|under|below|up to)\s*({NUMBER})")
ABOVE = re.compile(rf"(?:>=?|≥|over|above)\s*({NUMBER})|({NUMBER})\s*\+")
ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8}


def scale_of(names: Sequence[str], column: str = "") -> tuple[tuple[str, ...], str] | None:
    """The classes from low to high and what says so, None where nothing does.

    column: the name of the column of the labels.

    >>> scale_of(("severe", "none", "mild"))
    (('none', 'mild', 'severe'), 'their names say')
    >>> scale_of(("1", "10", "2"), "stars")
    (('1', '2', '10'), "the name of their column, 'stars', says")
    >>> scale_of(("1", "10", "2"), "digit"), scale_of(("cat", "dog", "small"))
    (None, None)
    """
    if len(names) < FEWEST:
        return None
    plain = [re.sub(r"[\s_/]+", " ", name.casefold()).strip() for name in names]
    place = _words(plain) or _units(plain) or _ranges(plain)
    says = "their names say"
    if place is None and NAMED.search(re.sub(r"([a-z])([A-Z])", r"\1_\2", column).casefold()):
        place, says = _numbers(plain), f"the name of their column, {column!r}, says"
    if place is None:
        return None
    return tuple(name for _, name in sorted(zip(place, names, strict=True))), says


def counted_from_one(names: Sequence[str]) -> bool:
    """Whether the classes are the numbers 1 to at least 3 and at most 10: a scale, or codes."""
    return FEWEST <= len(names) <= 10 and {*names} == {str(one + 1) for one in range(len(names))}


def _words(plain: list[str]) -> list[float] | None:
    spaced = [name.replace("-", " ") for name in plain]
    for scale in SCALES:
        if all(name in scale for name in spaced):
            return _distinct([float(scale[name]) for name in spaced])
    return None


def _units(plain: list[str]) -> list[float] | None:
    found = [WITH_UNIT.fullmatch(name.replace("-", " ")) for name in plain]
    texts = [one.group(1) or one.group(2) for one in found if one]
    known = [ROMAN.get(text, text) for text in texts]
    if len(known) < len(plain) or not all(str(one).isdecimal() for one in known):
        return None
    return _distinct([float(one) for one in known])


def _ranges(plain: list[str]) -> list[float] | None:
    """The lower ends, if at least one is a closed range and none reaches into another."""
    ends = [_ends(name) for name in plain]
    sure = [end for end in ends if end is not None]
    closed = [end for end in sure if abs(end[0]) + abs(end[1]) < float("inf")]
    if len(sure) < len(ends) or not closed:
        return None
    inner = sorted(sure)
    apart = all(high <= low for (_, high), (low, _) in pairwise(inner))
    return _distinct([low for low, _ in sure]) if apart else None


def _ends(name: str) -> tuple[float, float] | None:
    if both := RANGE.fullmatch(name):
        low, high = map(_number, both.groups())
        return (low, high) if low < high else None
    if one := BELOW.fullmatch(name):
        return float("-inf"), _number(one.group(1))
    if one := ABOVE.fullmatch(name):
        return _number(one.group(1) or one.group(2)), float("inf")
    return None


def _numbers(plain: list[str]) -> list[float] | None:
    if not all(re.fullmatch(NUMBER, name) for name in plain):
        return None
    return _distinct([_number(name) for name in plain])


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def _distinct(places: list[float]) -> list[float] | None:
    return places if len(set(places)) == len(places) else None
