"""A label to judge as the review page shows it, and the parts it is made of."""

from __future__ import annotations

from dataclasses import dataclass

from reliabel.core.drawn import Drawing
from reliabel.core.short_repr import by_fields
from reliabel.review.card_kinds import Range, Tagged, Whole


@dataclass(frozen=True)
class Part:
    """A part of an item: ``kind`` is text, picture or value; a picture has a ``url``, the others a
    ``value``, of which ``cut`` characters were left out.
    """

    name: str
    kind: str
    value: str | None = None
    url: str | None = None
    cut: int = 0

    __repr__ = by_fields


@dataclass(frozen=True)
class Near:
    """One of the nearest items: its flat row, id, label, and cosine distance; the beginning of its
    text or its picture.
    """

    row: int
    id: str
    label: str
    distance: float
    text: str | None = None
    url: str | None = None

    __repr__ = by_fields


@dataclass(frozen=True)
class Mark:
    """A marked piece of the text of an item, and the class that it has; places are counted as
    browsers count them, in units of UTF-16.
    """

    start: int
    end: int
    label: str | None = None

    __repr__ = by_fields


@dataclass(frozen=True)
class Wording:
    """The words of the text of an item that people may choose from: the number of the first one
    shown, and where each begins, in units of UTF-16; the last place is where the next would begin.
    """

    first: int
    starts: tuple[int, ...]

    __repr__ = by_fields


@dataclass(frozen=True)
class Card:
    """A label to judge: flat ``row``, the item's ``id``, ``unit`` (None: one label an item) and
    which class is asked ``about`` (of several an item); ``item`` is what the item holds, ``spans``
    the pieces of its text that the label is about, ``words`` those it may be about, ``drawing`` the
    objects of its picture, and ``near_url`` where the enlarged part of that is had; ``tagged`` the
    spans of its sentence, ``whole`` all labels of the item, ``number`` what a number may be.
    """

    row: int
    id: str
    unit: int | None
    about: str | None
    item: tuple[Part, ...]
    given: str
    suggest: str | None
    p_wrong: float | None
    why: str
    near: tuple[Near, ...]
    spans: tuple[Mark, ...] = ()
    words: Wording | None = None
    drawing: Drawing | None = None
    near_url: str | None = None
    tagged: Tagged | None = None
    whole: Whole | None = None
    number: Range | None = None

    __repr__ = by_fields


def units(text: str) -> int:
    """How long a text is as browsers count, in units of UTF-16."""
    return len(clean(text).encode("utf-16-le")) // 2


def clean(text: str) -> str:
    """A text that can be sent as UTF-8: halves of letters, as broken files hold them, are shown as
    such.
    """
    return text.encode("utf-8", "replace").decode("utf-8")
