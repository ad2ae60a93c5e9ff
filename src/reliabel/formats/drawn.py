"""What every reader of boxes in pictures gives back, and how a change of one is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from reliabel.core.labels import Bools, Floats, Ints
from reliabel.core.short_repr import by_fields

NAN = float("nan")


class Edit(NamedTuple):
    """A change of one object of a picture.

    ``place`` is its number among the objects of the picture that the reader gives, None for one
    that is added; ``name`` its class then, None where it goes; ``corners`` left, top, right and
    bottom, None where they stay.
    """

    place: int | None
    name: str | None
    corners: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, eq=False)
class Drawn:
    """Pictures with objects drawn in them, objects picture by picture in the order of the file.

    ``pictures`` (n,) are names or paths as the format has them, ``names`` (n,) unique names of the
    items, ``sizes`` (n, 2) height and width, -1 where unknown.  Object j lies in picture
    ``item[j]``, with corners ``xyxy[j]`` (NaN where they cannot be read), class
    ``classes[y[j]]`` and ``crowd[j]``; ``at[j]`` says where it stands in its file.  ``shapes[j]``
    is what the format says of its outline, None where it says nothing.  ``rows`` (n,) are the
    places of the pictures among those of the file, None where all are taken; ``split`` (n,) names
    their splits; ``ids`` (n,) are other names that a model's predictions may use; ``codes`` (k,)
    what the format calls the classes.  ``how`` is what is needed to write the file anew.
    """

    form: str
    pictures: list[str]
    names: list[str]
    sizes: Ints
    item: Ints
    xyxy: Floats
    y: Ints
    classes: tuple[str, ...]
    crowd: Bools
    at: list[Any]
    shapes: list[Any] | None = None
    rows: list[int] | None = None
    split: list[str] | None = None
    ids: list[str] | None = None
    codes: list[str] | None = None
    notes: Sequence[str] = ()
    how: Mapping[str, Any] = field(default_factory=dict)

    __repr__ = by_fields


class Objects:
    """The objects of pictures as they are read one by one."""

    def __init__(self) -> None:
        self.item: list[int] = []
        self.xyxy: list[tuple[float, float, float, float]] = []
        self.y: list[Any] = []
        self.crowd: list[bool] = []
        self.at: list[Any] = []
        self.shapes: list[Any] = []

    def add(
        self, item: int, xyxy: Any, y: Any, at: Any, *, crowd: bool = False, shape: Any = None
    ) -> None:
        """One more object."""
        self.item.append(item)
        self.xyxy.append(xyxy)
        self.y.append(y)
        self.crowd.append(crowd)
        self.at.append(at)
        self.shapes.append(shape)

    def columns(self, code: Mapping[Any, int]) -> dict[str, Any]:
        """The fields of ``Drawn`` that they fill, picture by picture; ``code``: class -> its
        number.
        """
        item = np.array(self.item, dtype=np.int64)
        order = np.argsort(item, kind="stable")
        xyxy = np.array(self.xyxy, dtype=np.float64).reshape(-1, 4)
        y = np.array([code[one] for one in self.y], dtype=np.int64)
        places = order.tolist()
        return {
            "item": item[order],
            "xyxy": xyxy[order],
            "y": y[order],
            "crowd": np.array(self.crowd, dtype=bool)[order],
            "at": [self.at[place] for place in places],
            "shapes": [self.shapes[place] for place in places],
        }


def number_of(value: Any) -> float:
    """A number, also one that is written as text; NaN for what is none.

    >>> number_of("12.5"), number_of(None)
    (12.5, nan)
    """
    if isinstance(value, bool) or value is None:
        return NAN
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return NAN


def whole_if(number: float, like: Any = 0) -> int | float:
    """A number as a file writes it: without a fraction where it has none, if ``like``, a number of
    the file, has none either.

    >>> whole_if(12.0, 3), whole_if(12.0, 3.5), whole_if(12.25, 3)
    (12, 12.0, 12.25)
    """
    number = round(float(number), 2)
    return int(number) if number.is_integer() and isinstance(like, int) else number


def unique_names(wanted: Sequence[str]) -> list[str]:
    """Names made unique: a second one gets a number.

    >>> unique_names(["a", "b", "a"])
    ['a', 'b', 'a (2)']
    """
    seen: dict[str, int] = {}
    out, taken = [], set(wanted)
    for name in wanted:
        seen[name] = seen.get(name, 0) + 1
        new = name
        while seen[name] > 1 and (new == name or new in taken):
            new = f"{name} ({seen[name]})"
            if new in taken:
                seen[name] += 1
        taken.add(new)
        out.append(new)
    return out
