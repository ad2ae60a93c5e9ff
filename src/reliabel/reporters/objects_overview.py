"""What looks wrong with the objects of pictures, at a glance: how many by kind of error, by class,
and the worst pictures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from reliabel.core.drawn import Drawings
from reliabel.core.kinds import layout_of
from reliabel.core.results import Finding
from reliabel.reporters import charts
from reliabel.reporters.class_numbers import HALF
from reliabel.reporters.page_context import NAME, PageContext
from reliabel.reporters.shell import Html, figure, fill, join, several, short, table
from reliabel.reporters.worth_a_look import worth_a_look

WORST = 12  # pictures shown
ROWS = 12  # classes of the table before the rest is folded away
MISSING, CLASS, PLACE, AWAY = "missing", "wrong class", "badly placed", "no object"
ERRORS = (MISSING, CLASS, PLACE, AWAY)  # of which other kinds of an auditor follow


def error_of(drawings: Drawings, finding: Finding) -> str:
    """What looks wrong with an object: the kind that the finding names, else what its suggestion
    shows: nothing is given where one is, its class, its box, or that it is there at all.
    """
    if finding.kind:
        return finding.kind
    row = drawings.layout.row(finding.item, finding.unit)
    given, (name, box) = drawings.label(row), drawings.suggested(finding.suggest)
    if given is None:
        return MISSING
    if name is None:
        return AWAY
    return CLASS if name != given or box is None else PLACE


def objects_overview(context: PageContext) -> Html:
    """Errors by kind, by class and the worst pictures; nothing for labels that are no objects, or
    where none looks wrong.
    """
    objects = context.shown.objects
    found = context.view.by_kind.get("label", ())
    if not objects or not found:
        return Html("")
    wrong, how = _wrong(context, found)
    if not wrong:
        return Html("")
    kinds = [error_of(objects.drawings, one) for one in wrong]
    return join(
        Html('<div class="side">'),
        _by_kind(wrong, kinds, how),
        _by_class(objects.drawings, wrong, kinds, how),
        Html("</div>"),
        _worst(context, wrong),
    )


def _wrong(context: PageContext, found: Sequence[Finding]) -> tuple[list[Finding], str]:
    """The findings that look wrong, and what that means."""
    if context.audit.p_wrong is not None:
        return [f for f in found if (f.p_wrong or 0) >= HALF], "P(wrong) of .5 or more"
    look = worth_a_look(context.view, found)
    return [f for f, one in zip(found, look.tolist(), strict=True) if one], "worth a look"


def _by_kind(wrong: Sequence[Finding], kinds: Sequence[str], how: str) -> Html:
    names, counts = zip(*Counter(kinds).most_common(), strict=True)
    words = f"{several(len(wrong), 'object')} with a {how}" if "P(" in how else how
    chart = charts.bars(names, np.array(counts))
    return figure("What looks wrong", f"{words}.", chart.svg())


def _by_class(drawings: Drawings, wrong: Sequence[Finding], kinds: Sequence[str], how: str) -> Html:
    names = drawings.units.names
    code = {name: place for place, name in enumerate(names)}
    errors = list(dict.fromkeys([*ERRORS, *kinds]))
    counts = np.zeros((len(names), len(errors)), dtype=int)
    for finding, error in zip(wrong, kinds, strict=True):
        row = drawings.layout.row(finding.item, finding.unit)
        name = drawings.label(row) or drawings.suggested(finding.suggest)[0]
        if name in code:
            counts[code[name], errors.index(error)] += 1
    y = np.asarray(drawings.units.y)
    given = np.bincount(y[y >= 0], minlength=len(names))
    order = np.lexsort((-given, -counts.sum(1)))
    shown = [place for place in range(len(errors)) if counts[:, place].any()]
    rows = [
        (short(names[c], NAME), int(given[c]), *(int(counts[c, one]) for one in shown))
        for c in order.tolist()
    ]
    foot = ("all", int(given.sum()), *(int(counts[:, one].sum()) for one in shown))
    head = ("class", "given", *(errors[one] for one in shown))
    caption = f"Objects of each class that look wrong ({how}); of what is missing its likely class"
    return join(
        Html("<div>"),
        table(
            head,
            rows,
            numeric=range(1, len(head)),
            caption=caption,
            foot=foot if len(rows) > 1 else (),
            first=ROWS,
        ),
        Html("</div>"),
    )


def _worst(context: PageContext, wrong: Sequence[Finding]) -> Html:
    """The pictures with the most that is wrong."""
    of: dict[int, list[Finding]] = {}
    for one in wrong:
        of.setdefault(one.item, []).append(one)
    order = sorted(of, key=lambda item: -_weight(of[item]))[:WORST]
    objects, layout = context.shown.objects, layout_of(context.audit.data.labels)
    pictures = [
        {
            "id": short(context.audit.data.ids.item(item), 40),
            "says": f"{len(of[item]):,} of {several(layout.size(item), 'object')}",
            "drawn": objects.overview(item, of[item]),
        }
        for item in order
    ]
    words = f"the {len(order)} worst of {len(of):,} with objects that look wrong"
    return fill("worst_pictures.html", pictures=pictures, words=words)


def _weight(findings: Sequence[Finding]) -> float:
    """How many objects of a picture are likely wrong."""
    return sum(one.rank if one.p_wrong is None else one.p_wrong for one in findings)
