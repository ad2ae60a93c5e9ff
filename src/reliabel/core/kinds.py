"""The kinds of labels, one record each: all that the rest of the package needs to know of a kind.

A label set holds its labels in flat rows 0 .. m - 1: one an item, or several (cells of a
multi-label table, tokens of a sentence, pixels of a mask), item by item.  A label is handled as a
plain value (a class name, a number, a tuple of numbers, None = unknown), so that findings, tables,
pages and decisions need not know its kind.  ``kind_for`` gives the record of a label set,
``add_kind`` adds one from outside; ``Grouped[X]`` follows from the record of X.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from reliabel.core import box_values as of_boxes
from reliabel.core import class_values as of_classes
from reliabel.core import number_values as of_numbers
from reliabel.core import order_values as of_orders
from reliabel.core import region_values as of_regions
from reliabel.core import span_values as of_spans
from reliabel.core import text_values as of_texts
from reliabel.core.class_values import class_counts
from reliabel.core.columns import Column, blank, listed
from reliabel.core.free_text import Texts
from reliabel.core.label_values import Change, Rows, spans
from reliabel.core.label_warnings import answer_warnings, class_warnings, number_warnings
from reliabel.core.labels import (
    Classes,
    Grouped,
    Ints,
    Labels,
    MultiLabel,
    Numbers,
    Soft,
    SoftMultiLabel,
    Spans,
    Value,
    Votes,
)
from reliabel.core.objects import Boxes, Regions
from reliabel.core.orders import Comparisons, Rankings
from reliabel.core.short_repr import by_fields
from reliabel.core.words import Words, marked


@dataclass(frozen=True)
class Kind:
    """What the package needs to know of one kind of labels.  Each function takes the label set
    first; a ``row`` is a flat row.

    record: the class of the label sets.  task: what is done with such labels, for pages.
    value: the label in a row, None where it is unknown.
    parsed: a decision's label (text of a file, or a value) as a value; ValueError with a sentence
        on bad input.  None: people cannot change labels of this kind.
    changed: the label set with other labels in some rows (None: people cannot change them).
    starts: (n + 1,) the first row of each item and the number of rows; None: one label an item.
    column: the labels in some rows as a column; None: made of ``value``, row by row.
    classes: one class a row, where labels are classes or yes/no answers.
    names: the class names that pages show.  unit_names: what each unit of an item is about.
    whole: the labels of an item as one value, for kinds of several labels an item.
    equal: whether two values are the same label.  open: whether a decision may bring a new class.
    cells: place among the label columns of a file -> cell, for a unit (None: one an item) and its
        value.
    unfit: why no label can be found wrong, for auditors that compare labels; None where one can.
    warnings: what gives cause to doubt the labels, in sentences.
    around: what labels in some rows (of neighbours) are like, in words.
    p_wrong: how P(wrong) is made of such labels; None: it cannot be made.
    finds: the findings that scores of such labels lead to.
    bare: the label set without its grouping.  name: as annotations write the kind.
    grouped_task: what is done with groups of such labels, where the task does not say it.
    words: the words of its item that a label is about, first and one after the last, where items
        are words; None: a label is about its whole item.
    place: where in its item the label of a row lies, and where a suggested one does if that is
        elsewhere, as ``Finding.where`` keeps it; None: a label is about its whole item.
    extents: of objects within an item, where the label of each row lies, as a value that is equal
        for the same place.  A row of class -1 is then a place where none is given; such places come
        and go with the model that sees them, so that the number of a unit says which label is meant
        in one audit only.  None: labels are no objects.
    called: one such label and several, in sentences that count them.
    added: the label set with more labels, each a value that says where in its item it lies (of
        groups: pairs of item and value); None: nothing can be added.
    """

    record: type[Any]
    task: str
    value: Callable[[Any, int], Value | None]
    parsed: Callable[[Any, Any], Value] | None = None
    changed: Callable[[Any, Change], Any] | None = None
    starts: Callable[[Any], Ints] | None = None
    column: Callable[[Any, Rows], Column] | None = None
    classes: Callable[[Any], Classes] | None = None
    names: Callable[[Any], tuple[str, ...]] = lambda labels: ()
    unit_names: Callable[[Any], tuple[str, ...]] | None = None
    whole: Callable[[Any, int], Value | None] | None = None
    equal: Callable[[Any, Value | None, Value | None], bool] = lambda labels, a, b: a == b
    open: bool = False
    cells: Callable[[Any, int | None, Value | None], Mapping[int, Any]] = lambda _, u, v: {0: v}
    unfit: Callable[[Any], str | None] = lambda labels: None
    warnings: Callable[[Any], list[str]] = lambda labels: []
    around: Callable[[Any, Ints], str] | None = None
    p_wrong: Literal["classes", "questions", "spans", "numbers", "boxes", "regions"] | None = None
    finds: frozenset[str] = frozenset({"label"})
    bare: Callable[[Any], Any] = lambda labels: labels
    name: str = ""
    grouped_task: str = ""
    words: Callable[[Any, int], tuple[int, int]] | None = None
    place: Callable[[Any, int, Value | None], dict[str, Any] | None] | None = None
    extents: Callable[[Any], list[Any]] | None = None
    called: tuple[str, str] = ("label", "labels")
    added: Callable[[Any, Any], Any] | None = None

    __repr__ = by_fields

    @property
    def objects(self) -> bool:
        """Whether labels are objects within an item."""
        return self.extents is not None

    def __post_init__(self) -> None:
        if not self.name:
            object.__setattr__(self, "name", self.record.__name__)

    def cells_of(self, labels: Any, rows: Rows) -> Column:
        """The labels in some rows as a column."""
        if self.column is not None:
            return self.column(labels, rows)
        span = range(*rows.indices(layout_of(labels).rows)) if isinstance(rows, slice) else rows
        return [self.value(labels, int(row)) for row in span]


@dataclass(frozen=True, eq=False)
class Layout:
    """Where the labels of a set lie: flat row <-> item and unit within it.  ``starts`` (n + 1,) is
    the first row of each item, None where each item has one label.
    """

    items: int
    starts: Ints | None

    __repr__ = by_fields

    @property
    def rows(self) -> int:
        """How many labels there are."""
        return self.items if self.starts is None else int(self.starts[-1])

    def row(self, item: int, unit: int | None) -> int:
        """The flat row of a label."""
        return (item if self.starts is None else int(self.starts[item])) + (unit or 0)

    def size(self, item: int) -> int:
        """How many labels an item has."""
        return 1 if self.starts is None else int(self.starts[item + 1] - self.starts[item])

    def place(self, rows: Ints) -> tuple[Ints, Ints | None]:
        """The item of each flat row, and its unit within the item (None: one label an item)."""
        if self.starts is None:
            return rows, None
        item = np.searchsorted(self.starts, rows, side="right") - 1
        return item, rows - self.starts[item]


def layout_of(labels: Labels) -> Layout:
    """Where the labels of a set lie."""
    starts = kind_for(labels).starts
    return Layout(len(labels), None if starts is None else starts(labels))


def place_of(labels: Labels) -> tuple[Ints, Ints | None]:
    """(units,) the item of each label, and its number within the item (None where an item has one
    label).
    """
    layout = layout_of(labels)
    return layout.place(np.arange(layout.rows))


def places_of(labels: Labels) -> list[tuple[int, Any]]:
    """The item of each object, and where in it the object lies, as a value that is equal for the
    same place.

    >>> places_of(Grouped(Spans([3, 0], [5, 1], [0, -1], ["LOC"]), [0, 1, 2]))
    [(0, (3, 5)), (1, (0, 1))]
    """
    extents = kind_for(labels).extents
    if extents is None:
        raise TypeError(f"{kind_for(labels).name} are no objects within items")
    return list(zip(place_of(labels)[0].tolist(), extents(labels), strict=True))


def flat(labels: Labels) -> Classes | None:
    """The labels as one class a row, or None for kinds without classes."""
    classes = kind_for(labels).classes
    return None if classes is None else classes(labels)


def comparable(labels: Labels, other: Labels) -> bool:
    """Whether labels of one set can stand in the place of the other's: both have classes, or their
    units are of one kind.
    """
    one, two = kind_for(labels), kind_for(other)
    if one.classes is not None:
        return two.classes is not None
    return type(one.bare(labels)) is type(two.bare(other))


def class_names(labels: Labels) -> tuple[str, ...]:
    """The names of the classes that labels are of, none for kinds without classes."""
    return kind_for(labels).names(labels)


def known_labels(labels: Labels) -> int:
    """How many labels are known."""
    classes, kind = flat(labels), kind_for(labels)
    if classes is not None:
        return int(class_counts(classes).sum())
    columns = (kind.cells_of(labels, span) for span in spans(layout_of(labels).rows))
    return sum(int((~blank(column)).sum()) for column in columns)


def given_values(labels: Labels) -> list[Any]:
    """(units,) the labels as given: names of classes (yes and no for cells of a multi-label set),
    numbers or lists of them, None where there is none.
    """
    return listed(kind_for(labels).cells_of(labels, slice(0, layout_of(labels).rows)))


def item_value(labels: Labels, item: int) -> Value | None:
    """The label of an item, or its labels as one value where the kind has such a form."""
    kind = kind_for(labels)
    if kind.starts is None:
        return kind.value(labels, item)
    return None if kind.whole is None else kind.whole(labels, item)


def marked_text(labels: Labels, row: int, item: Any) -> str | None:
    """The words of an item with those marked that the label of a row is about; None where the item
    is no sequence of words, or the label is about all of it.

    >>> from reliabel.core.labels import Spans
    >>> labels = Grouped(Spans([3], [5], [0], ["LOC"]), [0, 1])
    >>> marked_text(labels, 0, Words("He flew to New York on Monday".split()))
    'He flew to [New York] on Monday'
    """
    kind = kind_for(labels)
    if kind.words is None or not isinstance(item, Words):
        return None
    start, end = kind.words(labels, row)
    return marked(item, start, end) if end <= len(item) else None


# labels in groups, and votes


@lru_cache(maxsize=64)
def _grouped(inner: Kind) -> Kind:
    """The kind of units in groups, which follows from the kind of the units."""

    def of_units(function: Callable[..., Any] | None) -> Any:
        return function and (lambda labels, *rest: function(labels.units, *rest))

    def starts(labels: Grouped[Any]) -> Ints:
        return (
            labels.offsets if inner.starts is None else inner.starts(labels.units)[labels.offsets]
        )

    def words(labels: Grouped[Any], row: int) -> tuple[int, int]:
        if inner.words is not None:
            return inner.words(labels.units, row)
        first = int(labels.offsets[np.searchsorted(labels.offsets, row, side="right") - 1])
        return row - first, row - first + 1

    def changed(labels: Grouped[Any], change: Change) -> Grouped[Any]:
        units = inner.changed(labels.units, change) if inner.changed is not None else labels.units
        return Grouped(units, labels.offsets, labels.shape)

    def added(labels: Grouped[Any], more: Sequence[tuple[int, Value]]) -> Grouped[Any]:
        assert inner.added is not None
        units = inner.added(labels.units, [value for _, value in more])
        item = np.concatenate([labels.item, np.array([at for at, _ in more], dtype=np.int64)])
        order = np.argsort(item, kind="stable")
        offsets = np.searchsorted(item[order], np.arange(len(labels) + 1))
        return Grouped(units.take(order), offsets, labels.shape)

    return replace(
        inner,
        record=Grouped,
        name=f"Grouped[{inner.name}]",
        task=inner.grouped_task or f"{inner.task} of units within items",
        grouped_task="",
        value=of_units(inner.value),
        parsed=of_units(inner.parsed),
        changed=None if inner.changed is None else changed,
        starts=starts,
        column=of_units(inner.cells_of),
        classes=of_units(inner.classes),
        names=of_units(inner.names),
        unit_names=of_units(inner.unit_names),
        whole=None,
        equal=of_units(inner.equal),
        cells=of_units(inner.cells),
        unfit=of_units(inner.unfit),
        warnings=of_units(inner.warnings),
        around=of_units(inner.around),
        bare=of_units(inner.bare),
        words=words if inner.starts is None and inner.place is None else None,
        place=of_units(inner.place),
        added=None if inner.added is None else added,
        extents=of_units(inner.extents),
    )


@lru_cache(maxsize=64)
def _votes(inner: Kind) -> Kind:
    """The kind of votes: rows of the labels cast.  They lead to no findings on labels: an
    aggregator makes labels of them first.
    """
    return Kind(
        Votes,
        f"votes on {inner.task}",
        lambda votes, row: inner.value(votes.labels, row),
        names=lambda votes: inner.names(votes.labels),
        finds=frozenset(),
        name=f"Votes[{inner.name}]",
    )


def _names(labels: Any) -> tuple[str, ...]:
    return labels.names  # type: ignore[no-any-return]


KINDS: dict[type[Any], Kind] = {
    kind.record: kind
    for kind in (
        Kind(
            Classes,
            "classification",
            of_classes.class_name,
            of_classes.class_parsed,
            of_classes.class_changed,
            column=of_classes.class_column,
            classes=lambda labels: labels,
            names=_names,
            open=True,
            unfit=of_classes.class_unfit,
            warnings=class_warnings,
            p_wrong="classes",
        ),
        Kind(
            MultiLabel,
            "multi-label classification",
            of_classes.answer,
            of_classes.answer_parsed,
            of_classes.answers_changed,
            starts=of_classes.answer_starts,
            column=of_classes.answer_column,
            classes=of_classes.answers,
            names=_names,
            unit_names=_names,
            whole=of_classes.yes_classes,
            cells=lambda labels, unit, value: {(unit or 0) % max(labels.k, 1): value},
            unfit=lambda labels: of_classes.class_unfit(of_classes.answers(labels)),
            warnings=answer_warnings,
            p_wrong="questions",
        ),
        Kind(
            Numbers,
            "regression",
            of_numbers.number,
            of_numbers.number_parsed,
            of_numbers.numbers_changed,
            column=of_numbers.number_column,
            equal=of_numbers.same_number,
            cells=of_numbers.number_cells,
            unfit=of_numbers.numbers_unfit,
            warnings=number_warnings,
            around=of_numbers.numbers_around,
            p_wrong="numbers",
        ),
        Kind(
            Soft,
            "classification by distributions",
            of_classes.shares,
            of_classes.distribution_parsed,
            of_classes.distributions_changed,
            column=of_classes.share_column,
            names=_names,
        ),
        Kind(
            SoftMultiLabel,
            "multi-label classification by probabilities",
            of_classes.shares,
            of_classes.probabilities_parsed,
            of_classes.probabilities_changed,
            column=of_classes.share_column,
            names=_names,
            called=("label set", "label sets"),
        ),
        Kind(
            Spans,
            "spans of words",
            of_spans.span,
            of_spans.span_parsed,
            of_spans.spans_changed,
            column=of_spans.span_column,
            names=_names,
            equal=of_spans.same_span,
            unfit=of_spans.spans_unfit,
            warnings=of_spans.span_warnings,
            p_wrong="spans",
            grouped_task="tagged text",
            words=of_spans.span_words,
            extents=of_spans.span_extents,
            called=("span", "spans"),
            added=of_spans.spans_added,
        ),
        Kind(
            Boxes,
            "boxes around objects",
            of_boxes.box,
            of_boxes.box_parsed,
            of_boxes.boxes_changed,
            column=of_boxes.box_column,
            names=_names,
            equal=of_boxes.same_box,
            unfit=of_boxes.boxes_unfit,
            warnings=of_boxes.box_warnings,
            p_wrong="boxes",
            grouped_task="object detection",
            place=of_boxes.box_place,
            extents=of_boxes.box_extents,
            called=("box", "boxes"),
        ),
        Kind(
            Regions,
            "regions of pixels",
            of_regions.region,
            of_regions.region_parsed,
            of_regions.regions_changed,
            column=of_regions.region_column,
            names=_names,
            unfit=of_regions.regions_unfit,
            warnings=of_regions.region_warnings,
            p_wrong="regions",
            grouped_task="segmentation",
            place=of_regions.region_place,
            extents=of_regions.region_extents,
            called=("region", "regions"),
        ),
        Kind(
            Texts,
            "free text",
            of_texts.text,
            of_texts.text_parsed,
            of_texts.texts_changed,
            column=of_texts.text_column,
            unfit=of_texts.texts_unfit,
            warnings=of_texts.text_warnings,
            called=("text", "texts"),
        ),
        Kind(
            Comparisons,
            "comparison of things",
            of_orders.comparison,
            of_orders.comparison_parsed,
            of_orders.comparisons_changed,
            column=of_orders.comparison_column,
            equal=of_orders.same_comparison,
            unfit=of_orders.comparisons_unfit,
            called=("comparison", "comparisons"),
        ),
        Kind(
            Rankings,
            "ranking of things",
            of_orders.ranking,
            of_orders.ranking_parsed,
            of_orders.rankings_changed,
            equal=of_orders.same_ranking,
            unfit=of_orders.rankings_unfit,
            called=("ranking", "rankings"),
        ),
    )
}
# kinds that are built on another: the field that holds the inner label set, and its record's maker
WRAPPERS: dict[type[Any], tuple[str, Callable[[Kind], Kind]]] = {
    Grouped: ("units", _grouped),
    Votes: ("labels", _votes),
}


def kind_for(labels: Any) -> Kind:
    """The record of the kind that a label set is of.

    Raises ValueError for what is no label set.
    """
    if type(labels) in WRAPPERS:
        field, made = WRAPPERS[type(labels)]
        return made(kind_for(getattr(labels, field)))
    kind = next((KINDS[one] for one in type(labels).__mro__ if one in KINDS), None)
    if kind is None:
        raise ValueError(
            f"a {type(labels).__name__} is no kind of labels; the kinds are "
            f"{', '.join(known.name for known in KINDS.values())}, groups of them and votes on "
            "them (core.kinds.add_kind adds another)"
        )
    return kind


def is_labels(thing: Any) -> bool:
    """Whether a thing is a label set of a known kind."""
    if type(thing) in WRAPPERS:
        return is_labels(getattr(thing, WRAPPERS[type(thing)][0]))
    return any(one in KINDS for one in type(thing).__mro__)


def record_named(name: str) -> type[Any] | None:
    """The class of label sets called ``name``, None where no kind that was added has it."""
    return next((one for one in (*KINDS, *WRAPPERS) if one.__name__ == name), None)


def add_kind(kind: Kind) -> Kind:
    """Add a kind of labels from outside the package; returns it.

    Its label sets are frozen dataclasses with ``__len__`` and ``take``, whose fields are arrays,
    text, numbers and nests of them (so that audit folders can keep them).  Raises ValueError where
    the name is taken by another class.
    """
    taken = {known.__name__: known for known in (*KINDS, *WRAPPERS)}
    if taken.get(kind.name, kind.record) is not kind.record:
        raise ValueError(f"there is a kind of labels called {kind.name} already; choose another")
    if not (hasattr(kind.record, "take") and hasattr(kind.record, "__len__")):
        raise ValueError(f"label sets need take(index) and a length, {kind.name} lacks one of them")
    KINDS[kind.record] = kind
    return kind
