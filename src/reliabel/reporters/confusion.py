"""Confusions between classes: the heat map, the table of classes, their balance.  All numbers come
from ``class_numbers``, so that they agree with the headline.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.core.kinds import kind_for
from reliabel.core.labels import Classes, Ints
from reliabel.reporters import charts
from reliabel.reporters.class_numbers import LIKELY, ClassNumbers
from reliabel.reporters.page_context import NAME, PageContext, link
from reliabel.reporters.sentences import class_names
from reliabel.reporters.shell import (
    Html,
    figure,
    fill,
    join,
    percent,
    several,
    short,
    table,
)

CLASSES = 12  # classes of a heat map in full
ROWS = 12  # classes of a table before the rest is folded away
FEWEST = 5  # suspects that make a map where there is no count
MOST_ROWS = 300  # classes of a table in all


def confusion(context: PageContext) -> Html:
    """Heat map and table of classes side by side; nothing for labels without classes."""
    parts = [_heat(context), _class_table(context)]
    return join(Html('<div class="side">'), *parts, Html("</div>")) if any(parts) else Html("")


def one_class_each(context: PageContext) -> Classes | None:
    """The labels where each is one class of the same list; None for yes/no answers and for kinds
    without classes.
    """
    kind = kind_for(context.audit.data.labels)
    return context.view.given if kind.unit_names is None else None


def _heat(context: PageContext) -> Html:
    """Which classes the wrong labels look like.  Where they are counted, with the labels that look
    right on the diagonal; elsewhere only the labels that look wrong, which are no estimate.
    """
    numbers, names = context.numbers, class_names(context.audit)
    if numbers is None or numbers.moves is None or not numbers.moves.any():
        return Html("")
    counted = numbers.word == LIKELY
    if not counted and numbers.total < FEWEST:
        return Html("")
    name = "Given and likely true labels" if counted else "What the suspects look like"
    words = "Rows are the labels as given, columns what they look like. "
    words += (
        f"{several(numbers.total, 'label')} off the diagonal, as the headline says."
        if counted
        else f"Only the {several(numbers.total, 'label')} that {_those(numbers)}: no estimate of "
        "how many are wrong."
    )
    right = np.diag(numbers.labels - numbers.wrong) if counted else 0
    joint = (numbers.moves + right).T.astype(np.float64)
    says = "likely true" if counted else "looks like"
    words += _steps_off(context, numbers.moves)
    if len(names) <= CLASSES:
        low_to_high = _low_to_high(context, len(names))
        chart = charts.heat(
            joint[np.ix_(low_to_high, low_to_high)],
            [names[c] for c in low_to_high.tolist()],
            given=numbers.labels[low_to_high],
            says=says,
            link=_cell_link(context),
        )
        return figure(name, words, chart.svg())
    return _most_confused(context, numbers, joint, name, words, says)


def _low_to_high(context: PageContext, k: int) -> Ints:
    """The classes in their order, or as they are coded where they have none."""
    place = context.audit.data.evidence.get("class_order")
    return np.argsort(place) if place is not None and len(place) == k else np.arange(k)


def _steps_off(context: PageContext, moves: Ints) -> str:
    """How far the labels of ordered classes are off."""
    place = context.audit.data.evidence.get("class_order")
    if place is None or len(place) != len(moves):
        return ""
    far = np.abs(np.subtract.outer(place, place))
    one, more = int(moves[far == 1].sum()), int(moves[far > 1].sum())
    return f" {one:,} of them one step off, {more:,} two steps or more."


def _those(numbers: ClassNumbers) -> str:
    one = numbers.total == 1
    if numbers.word == "flagged":
        return "is flagged" if one else "are flagged"
    return "looks wrong" if one else "look wrong"


def _cell_link(context: PageContext) -> charts.Link | None:
    """The address of the findings of a cell (given, looks like); None where nothing is listed."""
    if not context.view.by_kind.get("label"):
        return None
    names = class_names(context.audit)

    def of(given: str, other: str) -> str:
        return link(given=given, suggest=other, least="0")

    return of if len(set(names)) == len(names) else None


def _most_confused(
    context: PageContext, numbers: ClassNumbers, joint: Any, name: str, words: str, says: str
) -> Html:
    """The most confused of many classes as a map, and their pairs as a table."""
    assert numbers.moves is not None
    names = class_names(context.audit)
    chosen = charts.most_confused(joint, CLASSES)
    part = charts.heat(
        joint[np.ix_(chosen, chosen)],
        [names[c] for c in chosen.tolist()],
        given=numbers.labels[chosen],
        total=len(names),
        says=says,
        link=_cell_link(context),
    )
    order = np.argsort(-numbers.moves, axis=None, kind="stable")[:10]
    worst = [divmod(int(cell), len(names)) for cell in order.tolist() if numbers.moves.flat[cell]]
    of = _cell_link(context)
    rows = [
        (
            short(names[g], NAME),
            short(names[t], NAME),
            _linked(f"{numbers.moves[g, t]:,}", of(names[g], names[t]) if of else ""),
            percent(numbers.moves[g, t] / max(int(numbers.labels[g]), 1)),
        )
        for g, t in worst
    ]
    pairs_table = table(
        ("given", "looks like", "labels", "of the given"),
        rows,
        numeric=(2, 3),
        caption="The most confused pairs of classes",
    )
    words = f"The {len(chosen)} most confused of {len(names)} classes. " + words
    return join(Html("<div>"), figure(name, words, part.svg()), pairs_table, Html("</div>"))


def _linked(text: str, to: str) -> Html:
    return fill("link.html", text=text, to=to)


def _class_table(context: PageContext) -> Html:
    numbers = context.numbers
    if numbers is None:
        return Html("")
    labels = one_class_each(context)
    if labels is None:
        questions = kind_for(context.audit.data.labels).p_wrong == "questions"
        return _question_table(context, numbers) if questions else Html("")
    if numbers.word != LIKELY and numbers.total < FEWEST:  # a table of zeros; sizes stand below
        return Html("")
    names, mixed = class_names(context.audit), _mixed_with(numbers)
    many = len(names) > CLASSES
    plain = _low_to_high(context, len(names))
    order = np.lexsort((-numbers.labels, -numbers.wrong)) if many else plain
    rows = [
        (
            _class_link(context, names[c]),
            int(numbers.labels[c]),
            f"{numbers.wrong[c]:,}",
            percent(numbers.wrong[c] / numbers.labels[c]) if numbers.labels[c] else "",
            short(names[mixed[c]], NAME) if mixed[c] >= 0 else "",
        )
        for c in order.tolist()
    ]
    every = int(numbers.labels.sum())
    foot = ("all", every, f"{numbers.total:,}", percent(numbers.total / max(every, 1)), "")
    suspect = int((numbers.wrong > 0).sum())
    return _folded(
        ("class", "labels", numbers.word, "share", "most often looks like"),
        rows,
        foot,
        numeric=(1, 2, 3),
        caption=several(len(names), "class", "classes") + (", most suspect first" if many else ""),
        first=min(max(suspect, FEWEST), ROWS) if many else ROWS,
    )


def _class_link(context: PageContext, name: str) -> Html:
    listed = any(f.given == name for f in context.view.by_kind.get("label", ())[: context.top])
    return _linked(short(name, NAME), link(given=name, least="0") if listed else "")


def _folded(
    head: tuple[str, ...],
    rows: list[tuple[Any, ...]],
    foot: tuple[Any, ...],
    *,
    numeric: tuple[int, ...],
    caption: str,
    first: int = ROWS,
) -> Html:
    """A table whose rows after the ``first`` are folded away."""
    whole = table(head, rows[:first], numeric=numeric, caption=caption, foot=foot)
    if len(rows) <= first:
        return join(Html("<div>"), whole, Html("</div>"))
    left = len(rows) - first
    rest = table(head, rows[first:MOST_ROWS], numeric=numeric)
    more = fill("fold.html", summary=several(left, "more class", "more classes"), body=rest)
    return join(Html("<div>"), whole, more, Html("</div>"))


def _question_table(context: PageContext, numbers: ClassNumbers) -> Html:
    """Of several labels per item: how often each is given, and how many of its answers look
    wrong.
    """
    names, given = class_names(context.audit), context.view.given
    if given is None or not names:
        return Html("")
    y = given.y.reshape(-1, len(names))
    yes = (y == 1).sum(0)
    order = np.argsort(-np.where(numbers.counted, numbers.wrong, -1), kind="stable")
    rows = [
        (
            _question_link(context, names[c]),
            int(yes[c]),
            int(numbers.labels[c] - yes[c]),
            f"{numbers.wrong[c]:,}" if numbers.counted[c] else "not counted",
            percent(numbers.wrong[c] / max(numbers.labels[c], 1)) if numbers.counted[c] else "",
            *_two_ways(numbers, c),
        )
        for c in order.tolist()
    ]
    lacking = 0 if numbers.missing is None else int(numbers.missing[numbers.counted].sum())
    told = int(numbers.labels[numbers.counted].sum())
    foot = (
        "all",
        int(yes.sum()),
        int(numbers.labels.sum() - yes.sum()),
        f"{numbers.total:,}",
        percent(numbers.total / max(told, 1)),
        f"{lacking:,}",
        f"{numbers.total - lacking:,}",
    )
    left = int((~numbers.counted).sum())
    return _folded(
        ("class", "yes", "no", numbers.word, "share", "missing", "too much"),
        rows,
        foot,
        numeric=(1, 2, 3, 4, 5, 6),
        caption=f"{several(len(names), 'class', 'classes')}, a yes or a no for each item; of those "
        f"{numbers.word}, a no is a label that is missing, a yes one too much"
        + (
            f"; {left} of them cannot be counted: what looks wrong there may be ambiguity"
            if left
            else ""
        ),
    )


def _two_ways(numbers: ClassNumbers, c: int) -> tuple[str, str]:
    """How many labels of a class are missing and how many are too much."""
    if numbers.missing is None or not numbers.counted[c]:
        return "", ""
    return f"{numbers.missing[c]:,}", f"{numbers.wrong[c] - numbers.missing[c]:,}"


def _question_link(context: PageContext, name: str) -> Html:
    listed = bool(context.view.by_kind.get("label"))
    return _linked(short(name, NAME), link(asked=name, least="0") if listed else "")


def _mixed_with(numbers: ClassNumbers) -> Ints:
    """(k,) the class that each given class most often looks like, -1 where it looks like none."""
    k = len(numbers.labels)
    if numbers.moves is None or not k:
        return np.full(k, -1)
    return np.where(numbers.moves.max(1) > 0, numbers.moves.argmax(1), -1)


def balance(context: PageContext) -> Html:
    """Items per class with the part that looks wrong."""
    labels, numbers = one_class_each(context), context.numbers
    if labels is None or numbers is None or not labels.k or not numbers.labels.any():
        return Html("")
    count = numbers.labels
    place = context.audit.data.evidence.get("class_order")
    order = np.argsort(-count if place is None else np.asarray(place), kind="stable")
    few = order if labels.k <= 2 * ROWS else np.r_[order[:ROWS], order[-ROWS:]]
    chart = charts.bars(
        [labels.names[c] for c in few.tolist()], count[few], numbers.wrong[few], word=numbers.word
    )
    most, least = int(count.max()), int(count.min())
    words = (
        f"Largest class {most:,}, smallest {least:,}"
        + (f" ({most / least:,.1f} times)" if least else "")
        + f"; orange: {numbers.word}."
    )
    if labels.k > 2 * ROWS:
        words += f" The {ROWS} largest and smallest of {labels.k:,} classes."
    return figure("Class balance", words, chart.svg())
