"""Confusions between classes: the heat map, the table of classes, their balance."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from reliabel.core.kinds import kind_for, layout_of
from reliabel.core.labels import Bools, Classes, Floats, Ints
from reliabel.core.results import Suspicion
from reliabel.reporters import charts
from reliabel.reporters.page_context import NAME, PageContext
from reliabel.reporters.sentences import class_names
from reliabel.reporters.shell import (
    Html,
    figure,
    fill,
    join,
    number,
    percent,
    several,
    short,
    table,
)

LIKELY = "Given and likely true labels"
SAID = "Given labels and what the model says"
SAYS = "the class that a model finds likeliest, which did not see the label"
DISAGREES = "model disagrees"  # what a label is that the model sees in another class
MOST = 2000  # classes of a matrix at most
CLASSES = 12  # classes of a heat map in full
ROWS = 12  # classes of a table before the rest is folded away


def confusion(context: PageContext) -> Html:
    """Heat map and table of classes side by side; nothing for labels without classes."""
    parts = [_heat(context), _class_table(context)]
    return join(Html('<div class="side">'), *parts, Html("</div>")) if any(parts) else Html("")


def _heat(context: PageContext) -> Html:
    joint, names = _joint(context), class_names(context.audit)
    if joint is None:
        return Html("")
    off = joint.copy()
    np.fill_diagonal(off, 0)
    name = _matrix(context)
    heading, seen = (LIKELY, "likely true") if name else (SAID, "model says")
    heat = partial(charts.heat, heading=heading, seen="likely" if name else "what the model says")
    words = (
        f"Rows are the labels as given, columns what they are likely to be "
        f"({context.view.entries[name].joint}). Darker: a larger share of the row."
        if name
        else f"Rows are the labels as given, columns {SAYS}. {_no_error(joint)} Darker: a larger "
        "share of the row."
    )
    if not off.max(initial=0) >= 0.5:
        return figure(heading, "No label is seen in another class.", "")
    if len(names) <= CLASSES:
        return figure(heading, words, heat(joint, names).svg())
    chosen = charts.most_confused(joint, CLASSES)
    part = heat(
        joint[np.ix_(chosen, chosen)],
        [names[c] for c in chosen.tolist()],
        given=joint.sum(0)[chosen],
        total=len(names),
    )
    order = np.argsort(-off, axis=None)[:10]
    worst = [
        (divmod(int(cell), len(names)), off.flat[cell])
        for cell in order.tolist()
        if off.flat[cell] >= 0.5
    ]
    rows = [
        (
            short(names[g], NAME),
            short(names[t], NAME),
            number(round(size)),
            percent(size / max(joint[:, g].sum(), 1e-12)),
        )
        for (t, g), size in worst
    ]
    pairs_table = table(
        ("given", seen, "labels", "of the given"),
        rows,
        numeric=(2, 3),
        caption="The most confused pairs of classes",
    )
    words = f"The {len(chosen)} most confused of {len(names)} classes. " + words
    return join(figure(heading, words, part.svg()), pairs_table)


def _matrix(context: PageContext) -> str | None:
    """The measure that holds the noise matrix of P(wrong), where wrong labels can be counted; None
    where not: then the page shows where model and labels disagree, and calls it that.
    """
    known = context.view.entries
    held = [name for name in context.audit.measures if name in known and known[name].joint]
    own = [name for name in held if known[name].from_p_wrong and _counted(context)]
    return next(iter(own), None)


def _no_error(joint: Floats) -> str:
    """What a disagreement is worth, by how often model and labels agree."""
    share = float(np.trace(joint)) / max(float(joint.sum()), 1)
    return f"They agree on {percent(share)} of the labels; a disagreement is no error."


def _counted(context: PageContext) -> bool:
    return context.audit.count is not None and context.audit.count.identified


def _joint(context: PageContext) -> Floats | None:
    """(k, k) numbers of labels [seen, given]: likely true classes where wrong labels can be
    counted, what the model says where not; None where neither is known.
    """
    if one_class_each(context) is None:
        return None
    name, k = _matrix(context), len(class_names(context.audit))
    joint: Floats | None = None
    if name is None:
        joint = _disagreement(context, k)
    elif "joint" in context.audit.measures[name].parts:
        joint = np.asarray(context.audit.measures[name].parts["joint"], dtype=np.float64)
    return joint if joint is not None and joint.shape == (k, k) and _finite(joint) else None


def _finite(joint: Floats) -> bool:
    return bool(np.isfinite(joint).all())


def _disagreement(context: PageContext, k: int) -> Floats | None:
    """(k, k) numbers of labels by the class that the model finds likeliest, and the given one."""
    says, labels = _says(context), one_class_each(context)
    if says is None or labels is None or k > MOST:
        return None
    both = (says >= 0) & (labels.y >= 0)
    cells = np.bincount(says[both] * k + labels.y[both], minlength=k * k)
    return np.asarray(cells, dtype=np.float64).reshape(k, k)


def _says(context: PageContext) -> Ints | None:
    """(n,) the class that the model finds likeliest, -1 where it says nothing; None without
    probabilities of each class.
    """
    labels, probs = one_class_each(context), context.audit.data.evidence.get("probs")
    if labels is None or probs is None or np.shape(probs) != (len(labels), labels.k):
        return None
    p = np.asarray(probs)
    return np.where(np.isfinite(p.max(1)), p.argmax(1), -1).astype(np.int64)


def one_class_each(context: PageContext) -> Classes | None:
    """The labels where each is one class of the same list; None for yes/no answers and for kinds
    without classes.
    """
    kind = kind_for(context.audit.data.labels)
    return context.view.given if kind.unit_names is None else None


def _class_table(context: PageContext) -> Html:
    labels, names = one_class_each(context), class_names(context.audit)
    if labels is None:
        questions = kind_for(context.audit.data.labels).p_wrong == "questions"
        return _question_table(context) if questions else Html("")
    count = np.bincount(labels.y[labels.y >= 0], minlength=labels.k)
    wrong, word = wrong_per_class(context, labels)
    mixed = _mixed_with(context, labels)
    order = np.lexsort((-count, -wrong)) if len(names) > CLASSES else np.arange(len(names))
    rows = []
    for c in order.tolist():
        share = wrong[c] / count[c] if count[c] else float("nan")
        rows.append(
            (
                short(names[c], NAME),
                int(count[c]),
                f"{wrong[c]:,.0f}",
                percent(share) if count[c] else "",
                short(names[mixed[c]], NAME) if mixed[c] >= 0 else "",
            )
        )
    head = ("class", "labels", word, "share", "looks like")
    first = table(
        head,
        rows[:ROWS],
        numeric=(1, 2, 3),
        caption=f"{several(len(names), 'class', 'classes')}"
        + (", most suspect first" if len(names) > CLASSES else ""),
    )
    rest = table(head, rows[ROWS:300], numeric=(1, 2, 3)) if len(rows) > ROWS else ""
    more = (
        fill(
            "fold.html",
            summary=f"{several(len(rows) - ROWS, 'more class', 'more classes')}",
            body=rest,
        )
        if rest
        else ""
    )
    return join(Html("<div>"), first, more, Html("</div>"))


def _question_table(context: PageContext) -> Html:
    """Of several labels per item: how often each is given, and how many of its answers look
    wrong.
    """
    names, given = class_names(context.audit), context.view.given
    if given is None or not names:
        return Html("")
    p, counted = context.audit.p_wrong, _counted(context)
    cells = _flags(context) if p is None or not counted else np.nan_to_num(p)
    cells, y = cells.reshape(-1, len(names)), given.y.reshape(-1, len(names))
    wrong, known, yes = cells.sum(0), (y >= 0).sum(0), (y == 1).sum(0)
    order = np.argsort(-wrong, kind="stable")
    rows = [
        (
            short(names[c], NAME),
            int(yes[c]),
            int(known[c] - yes[c]),
            f"{wrong[c]:,.0f}",
            percent(wrong[c] / max(known[c], 1)),
        )
        for c in order.tolist()
    ]
    head = ("class", "yes", "no", "sum of P(wrong)" if counted else "flagged", "share")
    left = "; the notes say which classes are left out of the count" if counted else ""
    return table(
        head,
        rows[:300],
        numeric=(1, 2, 3, 4),
        caption=f"{several(len(names), 'class', 'classes')}, a yes or no for each item{left}",
    )


def wrong_per_class(context: PageContext, labels: Classes) -> tuple[Floats, str]:
    """(k,) how many labels of each class look wrong, and what that number is."""
    known = labels.y >= 0
    if (
        _counted(context)
        and context.audit.p_wrong is not None
        and len(context.audit.p_wrong) == len(labels)
    ):
        sums: Floats = np.bincount(
            labels.y[known], np.nan_to_num(context.audit.p_wrong[known]), minlength=labels.k
        ).astype(np.float64)
        return sums, "likely wrong"
    says = None if context.audit.p_wrong is None else _says(context)
    which, word = (
        (_flags(context), "flagged") if says is None else (_against(says, labels), DISAGREES)
    )
    seen = np.bincount(labels.y[which & known], minlength=labels.k)
    return seen.astype(np.float64), word


def _against(says: Ints, labels: Classes) -> Bools:
    return np.asarray((says >= 0) & (says != labels.y))


def _flags(context: PageContext) -> Any:
    word = context.audit.opinions.get(context.view.flagger or "")
    units = layout_of(context.audit.data.labels).rows
    return (
        word.flag
        if isinstance(word, Suspicion) and word.flag is not None
        else np.zeros(units, dtype=bool)
    )


def _mixed_with(context: PageContext, labels: Classes) -> Ints:
    """(k,) the class that each given class most often looks like, -1 where it looks like none."""
    joint = _joint(context)
    if joint is None:
        place = {name: c for c, name in enumerate(labels.names)}
        joint = np.zeros((labels.k, labels.k)) if labels.k <= MOST else np.zeros((0, 0))
        for finding in context.view.by_kind.get("label", ()):
            if joint.size and finding.given in place and finding.suggest in place:
                joint[place[finding.suggest], place[finding.given]] += 1
    if not joint.size:
        return np.full(labels.k, -1)
    off = joint - np.diag(np.diag(joint))
    return np.where(off.max(0) >= 0.5, off.argmax(0), -1)


def balance(context: PageContext) -> Html:
    """Items per class with the part that looks wrong."""
    labels = one_class_each(context)
    if labels is None or not labels.k or not (labels.y >= 0).any():
        return Html("")
    count = np.bincount(labels.y[labels.y >= 0], minlength=labels.k)
    wrong, word = wrong_per_class(context, labels)
    order = np.argsort(-count, kind="stable")
    few = order if labels.k <= 2 * ROWS else np.r_[order[:ROWS], order[-ROWS:]]
    chart = charts.bars(
        [labels.names[c] for c in few.tolist()],
        count[few],
        np.round(wrong[few]).astype(int),
        word=word,
    )
    most, least = int(count.max()), int(count.min())
    words = (
        f"Largest class {most:,}, smallest {least:,}"
        + (f" ({most / least:,.1f} times)" if least else "")
        + f"; orange: {word}."
    )
    return figure(
        "Class balance",
        words
        + (
            f" The {ROWS} largest and smallest of {labels.k:,} classes."
            if labels.k > 2 * ROWS
            else ""
        ),
        chart.svg(),
    )
