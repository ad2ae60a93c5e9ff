"""The label kinds: small frozen records that check themselves once and speak in sentences.

Sizes: n items, m units, k classes, v votes, w workers.  Unlabelled is -1 (NaN for numbers), here
and everywhere.
Richer kinds are built from simpler ones: tokens are ``Grouped[Classes]``, tagged text is
``Grouped[Spans]``, votes on classes are ``Votes[Classes]``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reliabel.core.arrays import real_numbers, whole_numbers
from reliabel.core.raw_labels import encode, unwrapped
from reliabel.core.raw_lists import encode_lists
from reliabel.core.record_fields import (
    fill_field,
    names_of_classes,
    top_code,
    unlabelled_said,
    within_codes,
)
from reliabel.core.short_repr import classes, many, short, spread

Ints: TypeAlias = NDArray[np.integer[Any]]
Floats: TypeAlias = NDArray[np.floating[Any]]
Bools: TypeAlias = NDArray[np.bool_]
Strs: TypeAlias = NDArray[np.str_]
Index: TypeAlias = "Ints | Bools"
# a label as findings, tables and decisions hold it: a class name, a number, a tuple of numbers
# (None = unknown), or any other JSON-like value that cannot be changed in place
Value: TypeAlias = str | float | tuple[Any, ...]


class Labels(Protocol):
    """What every kind can do: tell its length and give a part of itself."""

    def __len__(self) -> int: ...

    def take(self, index: Index, /) -> Labels: ...


U = TypeVar("U", bound=Labels, covariant=True)


CODES = "; -1 marks an unlabelled item, and Classes.of(values) reads text and missing values"


@dataclass(frozen=True, eq=False, init=False)
class Classes:
    """One class per item.  ``y`` (n,) holds 0..k-1 or -1 for unlabelled; ``names`` gives k, without
    names k = max + 1.  Lists, tensors and table columns of whole numbers become arrays.

    >>> Classes([0, 1, -1], ["neg", "pos"])
    Classes(3 labels, 2 classes: neg, pos; 1 unlabelled)
    >>> Classes.of(["pos", "neg", None]).y.tolist(), Classes.of(["pos", "neg", None]).names
    ([1, 0, -1], ('neg', 'pos'))
    """

    y: Ints
    names: tuple[str, ...]

    def __init__(self, y: ArrayLike, names: Sequence[str] = ()) -> None:
        fill_field(self, "y", whole_numbers(y, "Classes.y", booleans=True, advice=CODES))
        fill_field(self, "names", names_of_classes(names, top_code(self.y) + 1))
        within_codes(self.y, -1, self.k, self.names)

    @property
    def k(self) -> int:
        """Number of classes."""
        return len(self.names)

    @classmethod
    def of(cls, values: Iterable[Any]) -> Classes:
        """Labels from text, whole numbers, booleans and missing values of any library.  Whole
        numbers sort as numbers, also where they are written as text, other text by code point;
        the categories of a categorical are the classes, in their order.

        Raises ValueError if a number is not whole, or if text and numbers are mixed so that no
        order is plain.
        """
        y, names = encode(values)
        return cls(y, names)

    def __repr__(self) -> str:
        unknown = int((self.y < 0).sum())
        return short(self, many(len(self), "label"), classes(self.names, unlabelled_said(unknown)))

    def __len__(self) -> int:
        return len(self.y)

    def take(self, index: Index, /) -> Classes:
        return Classes(self.y[index], self.names)


@dataclass(frozen=True, eq=False, init=False)
class Soft:
    """A distribution over classes per item: ``p`` (n, k), rows sum to one."""

    p: Floats
    names: tuple[str, ...]

    def __init__(self, p: ArrayLike, names: Sequence[str] = ()) -> None:
        fill_field(self, "p", real_numbers(p, "Soft.p", 2))
        fill_field(self, "names", names_of_classes(names, self.p.shape[1], exact=True))
        total = self.p.sum(1)
        far = ~(np.abs(total - 1) < 1e-3)  # so that NaN counts as far
        if far.any():
            raise ValueError(
                f"rows of Soft.p must sum to one, row {int(far.argmax())} sums to "
                f"{total[far.argmax()]:.6g}; divide each row by its sum"
            )

    @property
    def k(self) -> int:
        """Number of classes."""
        return len(self.names)

    def __repr__(self) -> str:
        return short(self, many(len(self), "item"), classes(self.names))

    def __len__(self) -> int:
        return len(self.p)

    def take(self, index: Index, /) -> Soft:
        return Soft(self.p[index], self.names)

    def credit(self) -> Floats:
        """(n, k) 1/t for each of the t most probable classes of an item, 0 for others: what a tie
        is worth in a metric.
        """
        top = self.p >= self.p.max(1, keepdims=True, initial=0) * (1 - 1e-9)
        return np.asarray(top / top.sum(1, keepdims=True))

    def hard(self, *, ties: str = "balance") -> Classes:
        """The most probable class of each item; of tied ones the most frequent over all
        ("balance"), the "lowest", or a "random" one of the row.

        >>> soft = Soft(np.array([[0.5, 0.5], [0.2, 0.8]]))
        >>> soft.hard().y.tolist(), soft.hard(ties="lowest").y.tolist()
        ([1, 1], [0, 1])
        """
        prefer = {"balance": self.p.mean(0), "lowest": -np.arange(self.k)}
        if ties not in (*prefer, "random"):
            raise ValueError(
                f"ties must be 'balance', 'lowest' or 'random', got {ties!r}; credit() shares a "
                "tie among its classes"
            )
        rank = (
            np.random.default_rng(0).random(self.p.shape)
            if ties == "random"
            else np.broadcast_to(prefer[ties], self.p.shape)
        )
        return Classes(np.where(self.credit() > 0, rank, -np.inf).argmax(1), self.names)


CODES_OF_SPANS = "; the place of its class in names, -1 where no span is given"
CELLS = "; a row an item and a column a class: 1 yes, 0 no, -1 unknown"


@dataclass(frozen=True, eq=False, init=False)
class MultiLabel:
    """Any number of classes per item: ``y`` (n, k) holds 1 yes, 0 no, -1 unknown.  Its units are
    the n * k cells, item by item.
    """

    y: Ints
    names: tuple[str, ...]

    def __init__(self, y: ArrayLike, names: Sequence[str] = ()) -> None:
        fill_field(self, "y", whole_numbers(y, "MultiLabel.y", 2, booleans=True, advice=CELLS))
        fill_field(self, "names", names_of_classes(names, self.y.shape[1], exact=True))
        within_codes(self.y, -1, 2, ("no", "yes"))

    @classmethod
    def of(cls, values: Iterable[Any], names: Sequence[str] = ()) -> MultiLabel:
        """Labels from lists of classes, one list an item: an empty list says no to all classes, a
        missing one (None) leaves all unknown.  ``names``: where the lists hold class numbers.

        >>> MultiLabel.of([["food", "sport"], [], ["food"]]).y.tolist()
        [[1, 1], [0, 0], [1, 0]]
        """
        y, found = encode_lists(unwrapped(values), names)
        return cls(y, found)

    @property
    def k(self) -> int:
        """Number of classes."""
        return len(self.names)

    def __repr__(self) -> str:
        unknown = int((self.y < 0).sum())
        return short(self, many(len(self), "item"), classes(self.names, unlabelled_said(unknown)))

    def __len__(self) -> int:
        return len(self.y)

    def take(self, index: Index, /) -> MultiLabel:
        return MultiLabel(self.y[index], self.names)


@dataclass(frozen=True, eq=False, init=False)
class SoftMultiLabel:
    """The probability of each class of an item on its own: ``p`` (n, k), each in [0, 1].  Rows need
    not sum to one.
    """

    p: Floats
    names: tuple[str, ...]

    def __init__(self, p: ArrayLike, names: Sequence[str] = ()) -> None:
        fill_field(self, "p", real_numbers(p, "SoftMultiLabel.p", 2))
        fill_field(self, "names", names_of_classes(names, self.p.shape[1], exact=True))
        outside = ~((self.p >= 0) & (self.p <= 1))  # so that NaN counts as outside
        if outside.any():
            row, column = np.argwhere(outside)[0].tolist()
            raise ValueError(
                "SoftMultiLabel.p must be probabilities from 0 to 1, got "
                f"{self.p[row, column]:.6g} "
                f"in row {row}, column {column}"
            )

    @property
    def k(self) -> int:
        """Number of classes."""
        return len(self.names)

    def __repr__(self) -> str:
        return short(self, many(len(self), "item"), classes(self.names))

    def __len__(self) -> int:
        return len(self.p)

    def take(self, index: Index, /) -> SoftMultiLabel:
        return SoftMultiLabel(self.p[index], self.names)


@dataclass(frozen=True, eq=False, init=False)
class Numbers:
    """A number per item: ``y`` (n,) or (n, d), NaN = unlabelled."""

    y: Floats

    def __init__(self, y: ArrayLike) -> None:
        fill_field(self, "y", real_numbers(y, "Numbers.y", 1, 2, shape="(n,) or (n, d)"))
        if np.isinf(self.y).any():
            raise ValueError(
                f"Numbers.y holds {int(np.isinf(self.y).sum())} infinite values; mark unknown "
                "numbers as NaN"
            )

    def __repr__(self) -> str:
        each = "" if self.y.ndim == 1 else f"{many(self.y.shape[1], 'number')} each"
        unknown = unlabelled_said(int(np.isnan(self.y).sum()))
        return short(self, many(len(self), "item"), each, spread(self.y), unknown)

    def __len__(self) -> int:
        return len(self.y)

    def take(self, index: Index, /) -> Numbers:
        return Numbers(self.y[index])


@dataclass(frozen=True, eq=False, init=False)
class Spans:
    """Spans of words in a sentence or a document: span j is the words ``start[j]`` to
    ``end[j] - 1`` of its item, counted from 0, and ``y`` (m,) its class.

    A unit kind: ``Grouped[Spans]`` says which item a span belongs to.  A class of -1 means that no
    span is given here: a place where a model or a person sees one, which a decision may add.  The
    spans of an item are sorted by start, then end; they may overlap.

    >>> Spans([0, 3], [1, 5], [1, 0], ["LOC", "PER"])
    Spans(2 spans, 2 classes: LOC, PER)
    """

    start: Ints
    end: Ints
    y: Ints
    names: tuple[str, ...]

    def __init__(
        self, start: ArrayLike, end: ArrayLike, y: ArrayLike, names: Sequence[str] = ()
    ) -> None:
        fill_field(self, "start", whole_numbers(start, "Spans.start"))
        fill_field(self, "end", whole_numbers(end, "Spans.end"))
        fill_field(self, "y", whole_numbers(y, "Spans.y", advice=CODES_OF_SPANS))
        fill_field(self, "names", names_of_classes(names, top_code(self.y) + 1))
        if not len(self.start) == len(self.end) == len(self.y):
            raise ValueError(
                f"spans need a start, an end and a class each, got {len(self.start)} starts, "
                f"{len(self.end)} ends, {len(self.y)} classes"
            )
        wrong = (self.start < 0) | (self.end <= self.start)
        if wrong.any():
            row = int(wrong.argmax())
            raise ValueError(
                f"a span is one word or more, from start to before end, counted from 0; span {row} "
                f"goes from {int(self.start[row])} to {int(self.end[row])}"
            )
        within_codes(self.y, -1, self.k, self.names)

    @property
    def k(self) -> int:
        """Number of classes."""
        return len(self.names)

    def __repr__(self) -> str:
        none = int((self.y < 0).sum())
        said = f"{none:,} where none is given" if none else ""
        return short(self, many(len(self), "span"), classes(self.names, said))

    def __len__(self) -> int:
        return len(self.y)

    def take(self, index: Index, /) -> Spans:
        return Spans(self.start[index], self.end[index], self.y[index], self.names)


@dataclass(frozen=True, eq=False, init=False)
class Grouped(Generic[U]):
    """Units that belong to items: item i owns units offsets[i]:offsets[i + 1] (tokens of a
    sentence, pixels of a mask).

    ``offsets`` (n + 1,) starts at 0 and ends at the number of units; ``shape`` (n, 2) is height and
    width for masks.
    """

    units: U
    offsets: Ints
    shape: Ints | None

    def __init__(self, units: U, offsets: ArrayLike, shape: ArrayLike | None = None) -> None:
        fill_field(self, "units", _labels(units, "Grouped.units"))
        fill_field(self, "offsets", whole_numbers(offsets, "Grouped.offsets"))
        size = None if shape is None else whole_numbers(shape, "Grouped.shape", 2)
        fill_field(self, "shape", size)
        o = self.offsets
        if not len(o) or o[0] != 0 or o[-1] != len(self.units) or (np.diff(o) < 0).any():
            seen = "nothing" if not len(o) else f"{int(o[0])} .. {int(o[-1])}"
            raise ValueError(
                f"Grouped.offsets must rise from 0 to the number of units ({len(self.units)}), "
                f"got {seen}"
            )
        if self.shape is not None and (
            self.shape.shape != (len(o) - 1, 2) or (self.shape.prod(1) != np.diff(o)).any()
        ):
            raise ValueError(
                "Grouped.shape must hold height and width of each item, and height x width must "
                "be its number of units"
            )

    def __repr__(self) -> str:
        what = many(len(self), "item" if self.shape is None else "mask")
        return short(self, f"{what} of {self.units!r}")

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def item(self) -> Ints:
        """(m,) the item that each unit belongs to."""
        return np.repeat(np.arange(len(self)), np.diff(self.offsets))

    def take(self, index: Index, /) -> Grouped[U]:
        chosen = np.arange(len(self))[index]
        size = np.diff(self.offsets)[chosen]
        offsets = np.concatenate([[0], np.cumsum(size)])
        unit = (
            np.arange(offsets[-1])
            - np.repeat(offsets[:-1], size)
            + np.repeat(self.offsets[chosen], size)
        )
        shape = None if self.shape is None else self.shape[chosen]
        return Grouped(self.units.take(unit), offsets, shape)  # type: ignore[arg-type]


@dataclass(frozen=True, eq=False, init=False)
class Votes(Generic[U]):
    """Votes of workers on items: vote v is ``labels[v]`` by ``worker[v]`` on ``item[v]``; an
    abstention is no row.

    ``n`` items (voted on or not) and ``w`` workers; ``take`` picks votes and keeps n and w.

    >>> Votes([0, 0, 1], [0, 1, 1], Classes([0, 1, 1]), n=2, w=2)
    Votes(2 workers on 2 items: Classes(3 labels, 2 classes: 0, 1))
    """

    item: Ints
    worker: Ints
    labels: U
    n: int
    w: int

    def __init__(self, item: ArrayLike, worker: ArrayLike, labels: U, n: int, w: int) -> None:
        fill_field(self, "item", whole_numbers(item, "Votes.item"))
        fill_field(self, "worker", whole_numbers(worker, "Votes.worker"))
        fill_field(self, "labels", _labels(labels, "Votes.labels"))
        fill_field(self, "n", _count(n, "Votes.n", "items"))
        fill_field(self, "w", _count(w, "Votes.w", "workers"))
        if not len(self.item) == len(self.worker) == len(self.labels):
            raise ValueError(
                f"votes need one item, worker and label each, got {len(self.item)} items, "
                f"{len(self.worker)} workers, {len(self.labels)} labels"
            )
        for name, index, size in (("item", self.item, self.n), ("worker", self.worker, self.w)):
            if len(index) and (index.min() < 0 or index.max() >= size):
                raise ValueError(
                    f"Votes.{name} must be in 0..{size - 1}, got {int(index.min())} .. "
                    f"{int(index.max())}"
                )
        y = getattr(self.labels, "y", None)
        if isinstance(y, tuple) and None in y:
            raise ValueError(
                f"{y.count(None)} votes hold no text (None); an abstention is no row: leave these "
                'votes out (an empty text "" is an answer)'
            )
        if isinstance(self.labels, Classes) and len(self.labels) and int(self.labels.y.min()) < 0:
            raise ValueError(
                f"{int((self.labels.y < 0).sum())} votes are -1; an abstention is no row: leave "
                "these votes out"
            )
        if isinstance(self.labels, Numbers) and y is not None and np.isnan(y).any():
            raise ValueError(
                f"{int(np.isnan(y).sum())} votes are NaN; an abstention is no row: leave these "
                "votes out"
            )

    def __repr__(self) -> str:
        who = f"{many(self.w, 'worker')} on {many(self.n, 'item')}"
        return short(self, f"{who}: {self.labels!r}")

    def __len__(self) -> int:
        return len(self.item)

    def take(self, index: Index, /) -> Votes[U]:
        return Votes(self.item[index], self.worker[index], self.labels.take(index), self.n, self.w)  # type: ignore[arg-type]


def _labels(given: Any, what: str) -> Any:
    if hasattr(given, "take") and hasattr(given, "__len__") and not hasattr(given, "dtype"):
        return given
    raise ValueError(
        f"{what} must be a label set such as Classes.of(values), got {type(given).__name__}"
    )


def _count(given: Any, what: str, of: str) -> int:
    if isinstance(given, int | np.integer) and not isinstance(given, bool) and given >= 0:
        return int(given)
    raise ValueError(f"{what} must be the number of {of} (a whole number), got {given!r:.40}")
