"""votes_from_functions: from items and labelling functions to votes, one worker a function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset
from reliabel.core.labels import Classes, Grouped, Ints, MultiLabel, Votes
from reliabel.core.raw_labels import encode
from reliabel.core.short_repr import listing
from reliabel.core.spelling import nearest
from reliabel.rules.answers import Answer
from reliabel.rules.function import Function, as_functions
from reliabel.rules.running import Answers, run
from reliabel.verbs.function_notes import votes_of_functions
from reliabel.verbs.span_functions import votes_on_spans


class Row(dict[str, Any]):
    """An item of several columns; ``row.text`` is ``row["text"]``."""

    def __getattr__(self, name: str) -> Any:
        if name in self:
            return self[name]
        raise AttributeError(f"the items have no column {name!r}{nearest(name, list(self))}")


def votes_from_functions(
    items: Any,
    functions: Any,
    *,
    classes: Sequence[str] = (),
    seconds: float | None = 1.0,
    errors: str = "count",
    spans: bool | None = None,
) -> Dataset:
    """The votes of labelling functions, ready for ``aggregate``: an item is a task, a function a
    worker, and a function that says nothing casts no vote.

    items: texts or any other objects; a table (a mapping, pandas, polars, pyarrow), whose functions
        get a row, ``row["text"]`` or ``row.text``; or a data set of ``read``.
    functions: callables from an item to a class name or None (or -1), in a list or under names in a
        mapping; ``reliabel.rules`` makes them of words, patterns, models and language models.  One
        may also answer ``rules.one_of("a", "b")`` or ``rules.not_of("a")``: then all votes are sets
        (``Votes[MultiLabel]``), in which a class is yes, no, or left open.
    classes: the class names; without them those that the functions say.  Other answers are counted
        and make no vote.
    seconds: how long a function may take for an item, None for any time.
    errors: "count" the errors of a function and go on, or "raise" the first.
    spans: whether functions mark spans of words (``Votes[Grouped[Spans]]``): they give or yield
        triples (class, start, end), as those of ``rules.gazetteer`` do.  Without it they do where
        the items are tagged text, or one of them is made by such a helper.  A class "O" says that
        no span covers these words, and what a function does not mention it leaves open.

    ``source["functions"]`` holds a record a function (votes, errors, the first error, slow items,
    unknown answers), and ``source["notes"]`` says in sentences what was odd.
    Raises ValueError where there are no items or functions, or none of them says anything.

    >>> import reliabel as rl
    >>> from reliabel.rules import keyword
    >>> texts = ["free money", "see you at noon", "money for lunch?"]
    >>> spam, ham = keyword("spam", ["free", "money"]), keyword("ham", ["noon", "lunch"])
    >>> data = rl.votes_from_functions(texts, [spam, ham, keyword("ham", "for lunch")])
    >>> data.labels
    Votes(3 workers on 3 items: Classes(5 labels, 2 classes: ham, spam))
    >>> [data.labels.labels.names[c] for c in rl.aggregate(data).labels.p.argmax(1)]
    ['spam', 'ham', 'ham']
    """
    if errors not in ("count", "raise"):
        raise ValueError(f"errors must be 'count' or 'raise', got {errors!r}")
    if seconds is not None and not seconds > 0:
        raise ValueError(f"seconds for an item must be above 0, or None, got {seconds}")
    ready = as_functions(functions)
    rows, kept, ids, source = _items(items)
    if not len(rows):
        raise ValueError("there is nothing to label: no items")
    names = _declared(classes, ready)
    if _of_spans(items, ready) if spans is None else spans:
        return votes_on_spans(rows, ids, source, ready, names, seconds=seconds, errors=errors)
    found = run(rows, ready, seconds=seconds, errors=errors)
    if not names:
        names = encode([name for one in found.distinct for name in one.names])[1]
    labels, use = _labels(found, names)
    return votes_of_functions(
        found,
        labels,
        use,
        names=names,
        ids=ids,
        n=len(rows),
        seconds=seconds,
        evidence={} if kept is None else {"items": kept},
        source=source,
    )


def only_named(data: Dataset) -> Dataset:
    """Votes of functions with those alone that name one class, for tables and pages of votes on
    classes; a note says how many others there are.
    """
    votes: Votes[Any] = data.labels  # type: ignore[assignment]
    if not isinstance(votes.labels, MultiLabel):
        return data
    yes = votes.labels.y == 1
    named = np.flatnonzero(yes.any(1))
    labels = Classes(yes[named].argmax(1), votes.labels.names)
    plain = Votes(votes.item[named], votes.worker[named], labels, votes.n, votes.w)
    note = (
        f"{len(votes) - len(named):,} of {len(votes):,} votes leave a choice (one_of, not_of); the "
        "labels are made from all of them, and the report counts the others"
    )
    notes = [*data.source.get("notes", ()), note]
    return replace(data, labels=plain, source={**data.source, "notes": notes})


def _items(given: Any) -> tuple[Sequence[Any], Any, Any, dict[str, Any]]:
    """The items as functions get them, the items as evidence, their ids, and the source."""
    if isinstance(given, Dataset):
        held = given.evidence.get("items")
        if held is None:
            raise ValueError(
                "the data set has no items for functions to look at; read it with text=, image= "
                "or other columns"
            )
        return _rows(held), held, given.ids.items, dict(given.source)
    if isinstance(given, str):
        raise ValueError(
            f"items must be a list of texts or a table, got the text {given!r:.60}; rl.read reads "
            "a file"
        )
    if not isinstance(given, Mapping) and hasattr(given, "columns"):
        columns = getattr(given, "column_names", None) or list(given.columns)
        given = {str(name): list(_values(given[name])) for name in columns}
    held = given if isinstance(given, Mapping) else list(given)
    rows = _rows(held)
    texts = isinstance(held, list) and all(isinstance(one, str) for one in held)
    evidence = held if texts or isinstance(held, Mapping) else None
    return rows, evidence, None, {"task": "text" if texts else "table"}


def _of_spans(items: Any, functions: Sequence[Function]) -> bool:
    """Whether functions mark spans, by how they were made and by what they look at."""
    tagged = isinstance(items, Dataset) and isinstance(items.labels, Grouped)
    return tagged or any(one.spans for one in functions)


def _values(column: Any) -> Any:
    return column.to_pylist() if hasattr(column, "to_pylist") else column


def _rows(held: Any) -> Sequence[Any]:
    if not isinstance(held, Mapping):
        return held  # type: ignore[no-any-return]
    sizes = {name: len(values) for name, values in held.items()}
    if len(set(sizes.values())) > 1:
        raise ValueError(f"the columns of the items differ in length: {sizes}")
    return [Row(zip(held, values, strict=True)) for values in zip(*held.values(), strict=True)]


def _declared(classes: Sequence[str], functions: Sequence[Function]) -> tuple[str, ...]:
    """The class names that were given; a function that is known to say another is refused."""
    if isinstance(classes, str):
        raise ValueError(f"classes must be a list of class names, got the text {classes!r:.60}")
    names = tuple(str(name) for name in classes)
    for one in functions if names else ():
        for said in one.says:
            if said not in names:
                raise ValueError(
                    f"the labelling function {one.name!r} says {said!r}, which is no class"
                    f"{nearest(said, list(names))}; classes: {listing(names)}"
                )
    return names


def _labels(found: Answers, names: tuple[str, ...]) -> tuple[Classes | MultiLabel, Any]:
    """The label of each vote, and which answers are votes; unknown names are counted."""
    known = {name: c for c, name in enumerate(names)}
    size = len(found.distinct)
    strange = np.zeros(size, dtype=bool)
    for place, one in enumerate(found.distinct):
        strange[place] = any(name not in known for name in one.names)
    odd = strange[found.answer] if size else np.zeros(0, dtype=bool)
    pairs, count = np.unique(
        np.stack([found.function[odd], found.answer[odd]], axis=1), axis=0, return_counts=True
    )
    for (function, place), times in zip(pairs.tolist(), count.tolist(), strict=True):
        for name in found.distinct[place].names:
            if name not in known:
                unknown = found.courses[function].unknown
                unknown[name] = unknown.get(name, 0) + times
    plain = all(one.among and len(one.names) == 1 for one in found.distinct)
    if plain:
        code = np.array([known.get(one.names[0], -1) for one in found.distinct], dtype=np.int64)
        y = code[found.answer] if size else np.zeros(0, dtype=np.int64)
        return Classes(y[~odd], names), ~odd
    table, says = _sets(found.distinct, known)
    use = ~odd & says[found.answer]
    return MultiLabel(table[found.answer[use]], names), use


def _sets(distinct: Sequence[Answer], known: Mapping[str, int]) -> tuple[Ints, Any]:
    """(answers, k) what each distinct answer says of each class: 1 yes, 0 no, -1 left open; and
    whether it says anything.  One class left is a yes.
    """
    k = len(known)
    table = np.full((len(distinct), k), -1)
    for place, one in enumerate(distinct):
        named = [known[name] for name in one.names if name in known]
        out = np.ones(k, dtype=bool) if one.among else np.zeros(k, dtype=bool)
        out[named] = not one.among
        table[place, out] = 0
        if int(out.sum()) == k - 1:
            table[place, ~out] = 1
    says = (table == 0).any(1) & ~(table == 0).all(1)
    return table, says
