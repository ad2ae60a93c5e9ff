"""Evidence about pictures: their sizes, and what a model says of their pixels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from reliabel.core.arrays import whole_numbers
from reliabel.core.evidence.axes import Outcome
from reliabel.core.labels import Floats, Ints, Labels
from reliabel.core.short_repr import listing, many, short
from reliabel.core.votes_on_units import unit_labels

if TYPE_CHECKING:
    from reliabel.core.evidence.spec import EvidenceSpec


@dataclass(frozen=True, eq=False)
class PixelProbs:
    """What a model that did not train on a picture says of its pixels: item i is a float32 array
    (k, h, w), the probability of each class for each pixel, read when it is asked for.

    ``source`` is a list of .npy or .npz files or of arrays, one a picture; one array (n, k, h, w),
    which may be a memory map; or a function of the number of a picture, with ``count`` pictures.
    ``names``: the classes, none for those of the labels in their order.  ``rows`` picks pictures.
    ``kept``: what one audit has learnt in passes over the pictures, each with the labels that it
    holds for, so that the next step need not pass again; None, the default, keeps nothing.

    >>> PixelProbs(np.full((2, 3, 4, 5), 1 / 3), ["sky", "road", "car"])[0].shape
    (3, 4, 5)
    """

    source: Any
    names: tuple[str, ...] = ()
    count: int | None = None
    rows: Ints | None = None
    kept: dict[str, tuple[Labels, Any]] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(str(name) for name in self.names))
        if callable(self.source) and self.count is None:
            raise ValueError("PixelProbs of a function needs count, the number of pictures")
        if not callable(self.source) and not hasattr(self.source, "__getitem__"):
            raise ValueError(
                "PixelProbs.source must be a list of files or arrays, an array (n, k, h, w) or a "
                f"function, got {type(self.source).__name__}"
            )

    def __repr__(self) -> str:
        named = f"{many(len(self.names), 'class', 'classes')}: {listing(self.names)}"
        return short(self, many(len(self), "picture"), named if self.names else "")

    def __len__(self) -> int:
        if self.rows is not None:
            return len(self.rows)
        return len(self.source) if self.count is None else int(self.count)

    def __getitem__(self, item: int) -> Floats:
        if not -len(self) <= item < len(self):
            raise IndexError(f"there are {len(self)} pictures, asked for number {item}")
        item %= len(self)
        row = item if self.rows is None else int(self.rows[item])
        found = self.source(row) if callable(self.source) else self.source[row]
        found = _opened(found) if isinstance(found, str) or hasattr(found, "__fspath__") else found
        array: Floats = np.asarray(found, dtype=np.float32)
        if array.ndim != 3 or (self.names and len(array) != len(self.names)):
            raise ValueError(
                f"the probabilities of the pixels of picture {row} must be an array of classes x "
                f"height x width{f' with {len(self.names)} classes' * bool(self.names)}, got shape "
                f"{array.shape}"
            )
        return array

    def take(self, rows: Ints) -> PixelProbs:
        """The probabilities of some pictures."""
        rows = np.arange(len(self))[rows]
        rows = rows if self.rows is None else np.asarray(self.rows)[rows]
        return replace(self, rows=rows, kept=None)

    def keep(self, name: str, labels: Labels, value: Any) -> None:
        """Note what was learnt for these labels, in place of what was noted before."""
        if self.kept is not None:
            self.kept[name] = (labels, value)

    def known(self, name: str, labels: Labels) -> Any:
        """What was learnt for these very labels; None if nothing was."""
        of, value = (self.kept or {}).get(name, (None, None))
        return value if of is labels else None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "kept": None}


def _opened(path: Any) -> Any:
    """The array of a file; of an .npz file the first one."""
    found: Any = np.load(path, mmap_mode="r", allow_pickle=False)
    if not hasattr(found, "files"):  # an array, not an archive of some
        return found
    with found as arrays:
        return arrays[next(iter(arrays))]


def pixel_probs(value: Any, spec: EvidenceSpec) -> Any:
    """A record PixelProbs, made of what its ``source`` may be."""
    fits = isinstance(value, list | tuple) or getattr(value, "ndim", 0) == 4
    return PixelProbs(value) if fits and not isinstance(value, PixelProbs) else value


def check_pixel_probs(labels: Labels, value: Any, spec: EvidenceSpec) -> Outcome:
    """A record PixelProbs with the classes of the labels, in any order; where it names none, its
    classes are those of the labels.
    """
    if not isinstance(value, PixelProbs):
        raise ValueError(
            f"{spec.name} must be {spec.meaning}; got {type(value).__name__}; from "
            "reliabel.core.evidence import PixelProbs"
        )
    names = getattr(unit_labels(labels), "names", ())
    if not value.names and names:
        value = replace(value, names=names)
    if len(value) and value.names:
        value[0]  # raises ValueError with a sentence where the classes are not as many
    return labels, value, ()


def picture_sizes(value: Any, spec: EvidenceSpec) -> Any:
    """Heights and widths as whole numbers."""
    return whole_numbers(value, spec.name, 2, advice="; height and width of each picture")


def check_sizes(labels: Labels, value: Any, spec: EvidenceSpec) -> Outcome:
    """Two whole numbers a picture, from 1, or -1 where they are unknown."""
    if value.shape[1] != 2 or ((value < 1) & (value != -1)).any():
        seen = f"shape {value.shape}" if value.shape[1] != 2 else f"{int(value.min())}"
        raise ValueError(
            f"{spec.name} must be {spec.meaning}, got {seen}; -1 marks a size that is unknown"
        )
    return labels, value, ()
