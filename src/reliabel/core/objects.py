"""The label kinds of objects within pictures: boxes around them, and regions of their pixels.

Both are unit kinds: pictures are items, and ``Grouped[Boxes]`` or ``Grouped[Regions]`` says which
picture an object belongs to.  A class of -1 means that no object is given here: a place where a
model or a person sees one, which a decision may add.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from reliabel.core.arrays import real_numbers, truth_values, whole_numbers
from reliabel.core.labels import Bools, Floats, Index, Ints
from reliabel.core.record_fields import fill_field, names_of_classes, top_code, within_codes
from reliabel.core.short_repr import classes, many, short

CODES_OF_BOXES = "; the place of its class in names, -1 where no box is given"
CODES_OF_REGIONS = "; the place of its class in names, -1 where no label is given"


@dataclass(frozen=True, eq=False, init=False)
class Boxes:
    """Boxes around objects: ``xyxy`` (m, 4) holds left, top, right and bottom in pixels of the
    picture, counted from 0 at its upper left corner, so that a picture of w x h pixels fills the
    box 0, 0, w, h; ``y`` (m,) is the class of each box.

    ``score`` (m,) is how sure a model is of each box, where one made them.  ``crowd`` (m,) marks
    areas that hold many objects or are to be ignored (COCO's iscrowd, VOC's difficult): no such box
    is ever suspected.  Swapped, empty, outside and unknown (NaN) coordinates are kept as they are,
    for auditors to find; a point is a box of no size.

    >>> Boxes([[12, 20, 110, 84], [0, 0, 9, 9]], [1, 0], ["car", "person"])
    Boxes(2 boxes, 2 classes: car, person)
    """

    xyxy: Floats
    y: Ints
    names: tuple[str, ...]
    score: Floats | None
    crowd: Bools | None

    def __init__(
        self,
        xyxy: ArrayLike,
        y: ArrayLike,
        names: Sequence[str] = (),
        score: ArrayLike | None = None,
        crowd: ArrayLike | None = None,
    ) -> None:
        xyxy = np.zeros((0, 4)) if isinstance(xyxy, list | tuple) and not len(xyxy) else xyxy
        fill_field(self, "xyxy", real_numbers(xyxy, "Boxes.xyxy", 2, shape="(m, 4)"))
        fill_field(self, "y", whole_numbers(y, "Boxes.y", advice=CODES_OF_BOXES))
        fill_field(self, "names", names_of_classes(names, top_code(self.y) + 1))
        scores = None if score is None else real_numbers(score, "Boxes.score", 1)
        fill_field(self, "score", scores)
        fill_field(self, "crowd", None if crowd is None else truth_values(crowd, "Boxes.crowd"))
        if self.xyxy.shape[1] != 4:
            raise ValueError(
                "Boxes.xyxy must hold left, top, right and bottom of each box, got "
                f"{self.xyxy.shape[1]} numbers a box"
            )
        _one_each("box", len(self.xyxy), y=self.y, score=self.score, crowd=self.crowd)
        within_codes(self.y, -1, self.k, self.names)

    @property
    def k(self) -> int:
        """Number of classes."""
        return len(self.names)

    def __repr__(self) -> str:
        what = many(len(self), "box", "boxes")
        return short(self, what, classes(self.names, _none_given(self.y)), _crowds(self.crowd))

    def __len__(self) -> int:
        return len(self.y)

    def take(self, index: Index, /) -> Boxes:
        score, crowd = _some(self.score, index), _some(self.crowd, index)
        return Boxes(self.xyxy[index], self.y[index], self.names, score, crowd)


@dataclass(frozen=True, eq=False, init=False)
class Regions:
    """Regions of pixels: region j is made of the runs ``offsets[j]:offsets[j + 1]``, each of
    ``length`` pixels from pixel ``start`` on, counted row by row from 0 within its picture, whose
    height and width are ``size[j]``; ``y`` (m,) is the class of each region.

    The runs of a region rise and do not overlap.  Regions of a picture may overlap: the later one
    lies on top.  A class map has a region for each connected part of a class, and its unlabelled
    pixels belong to none.  ``crowd`` and ``score`` are as those of ``Boxes``.

    >>> Regions([0], [0, 4], [2, 2], [0, 2], [[3, 4]], ["road"])
    Regions(1 region of 4 pixels, 1 class: road)
    """

    y: Ints
    start: Ints
    length: Ints
    offsets: Ints
    size: Ints
    names: tuple[str, ...]
    crowd: Bools | None
    score: Floats | None

    def __init__(
        self,
        y: ArrayLike,
        start: ArrayLike,
        length: ArrayLike,
        offsets: ArrayLike,
        size: ArrayLike,
        names: Sequence[str] = (),
        crowd: ArrayLike | None = None,
        score: ArrayLike | None = None,
    ) -> None:
        size = np.zeros((0, 2), int) if isinstance(size, list | tuple) and not len(size) else size
        fill_field(self, "y", whole_numbers(y, "Regions.y", advice=CODES_OF_REGIONS))
        fill_field(self, "start", whole_numbers(start, "Regions.start"))
        fill_field(self, "length", whole_numbers(length, "Regions.length"))
        fill_field(
            self, "offsets", whole_numbers(offsets, "Regions.offsets").astype(np.int64, copy=False)
        )
        fill_field(self, "size", whole_numbers(size, "Regions.size", 2))
        fill_field(self, "names", names_of_classes(names, top_code(self.y) + 1))
        fill_field(self, "crowd", None if crowd is None else truth_values(crowd, "Regions.crowd"))
        scores = None if score is None else real_numbers(score, "Regions.score", 1)
        fill_field(self, "score", scores)
        if self.size.shape[1] != 2:
            raise ValueError("Regions.size must hold height and width of each region's picture")
        _one_each("region", len(self.y), size=self.size, crowd=self.crowd, score=self.score)
        self._check_runs()
        within_codes(self.y, -1, self.k, self.names)

    def _check_runs(self) -> None:
        start, length, o = self.start, self.length, self.offsets
        if len(start) != len(length):
            raise ValueError(
                f"runs need a start and a length each, got {len(start)} starts, {len(length)} "
                "lengths"
            )
        if len(o) != len(self.y) + 1 or o[0] != 0 or o[-1] != len(start) or (np.diff(o) < 0).any():
            seen = f"{len(o)} numbers, {int(o[0])} .. {int(o[-1])}" if len(o) else "nothing"
            raise ValueError(
                f"Regions.offsets must rise from 0 to the number of runs ({len(start)}) in "
                f"{len(self.y) + 1} numbers, got {seen}"
            )
        region = np.repeat(np.arange(len(self.y)), np.diff(o))
        outside = (start < 0) | (length < 1) | (start + length > self.size.prod(1)[region])
        if outside.any():
            run = int(outside.argmax())
            h, w = self.size[region[run]].tolist()
            raise ValueError(
                f"each run has one pixel or more within its picture; a run of region "
                f"{int(region[run])} has {int(length[run])} from pixel {int(start[run])} of "
                f"{h} x {w}"
            )
        close = (np.diff(region) == 0) & (start[1:] < (start + length)[:-1])
        if close.any():
            raise ValueError(
                "the runs of a region must rise and not overlap; those of region "
                f"{int(region[int(close.argmax())])} do not"
            )

    @property
    def k(self) -> int:
        """Number of classes."""
        return len(self.names)

    @property
    def area(self) -> Ints:
        """(m,) the pixels of each region."""
        total = np.concatenate([[0], np.cumsum(self.length)])
        area: Ints = total[self.offsets[1:]] - total[self.offsets[:-1]]
        return area

    def __repr__(self) -> str:
        pixels = many(int(self.length.sum()), "pixel")
        what = f"{many(len(self), 'region')} of {pixels}"
        return short(self, what, classes(self.names, _none_given(self.y)), _crowds(self.crowd))

    def __len__(self) -> int:
        return len(self.y)

    def take(self, index: Index, /) -> Regions:
        chosen = np.arange(len(self))[index]
        runs = np.diff(self.offsets)[chosen]
        offsets = np.concatenate([[0], np.cumsum(runs)])
        first = np.repeat(self.offsets[chosen] - offsets[:-1], runs)
        run = np.arange(int(offsets[-1])) + first
        crowd, score = _some(self.crowd, chosen), _some(self.score, chosen)
        runs_of = self.start[run], self.length[run], offsets
        return Regions(self.y[chosen], *runs_of, self.size[chosen], self.names, crowd, score)


def _some(values: ArrayLike | None, index: Index) -> ArrayLike | None:
    return None if values is None else np.asarray(values)[index]


def _one_each(what: str, m: int, **columns: ArrayLike | None) -> None:
    sizes = {name: len(np.asarray(c)) for name, c in columns.items() if c is not None}
    if any(size != m for size in sizes.values()):
        seen = ", ".join(f"{size} of {name}" for name, size in sizes.items())
        raise ValueError(f"each {what} needs one of each, got {m} and {seen}")


def _none_given(y: Ints) -> str:
    none = int((y < 0).sum())
    return f"{none:,} where none is given" if none else ""


def _crowds(crowd: Bools | None) -> str:
    return f"{int(crowd.sum()):,} crowds" if crowd is not None and crowd.any() else ""
