"""The list of findings: one card each, with the item, both labels, its neighbours and the reason;
and the index by which the page filters, sorts and takes decisions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from reliabel.core.evidence import Neighbours
from reliabel.core.kinds import kind_for, layout_of
from reliabel.core.label_values import shown
from reliabel.core.labels import Bools, Value
from reliabel.core.results import Finding
from reliabel.core.span_values import span_parts
from reliabel.reporters.judging import COLUMNS, Judging, rows_of
from reliabel.reporters.next_step import apply_step
from reliabel.reporters.objects_overview import error_of
from reliabel.reporters.page_context import NAME, PageContext, unbroken
from reliabel.reporters.shell import Html, chance, embed, fill, percent, several, short
from reliabel.reporters.worth_a_look import rule_in_words, worth_a_look

DOWNLOAD = "decisions.csv"  # the name of the file that the page makes
FIRST = 50  # findings that are shown without JavaScript
NEAR = 5  # neighbours shown
FILTER = 50  # labels other than text that the filter lists
COLUMNS_OF_FILE = ("id", "unit", "verdict", "label", "who", "at")  # of decisions.csv


def listed(context: PageContext, findings: Sequence[Finding]) -> Html:
    """The filter, the cards (the first ones visible) and the index; up to ``context.top`` label
    findings and a fifth as many of each other kind.
    """
    labels = findings[: context.top]
    others = [
        f
        for kind, some in context.view.by_kind.items()
        if kind != "label"
        for f in some[: max(context.top // 5, 1)]
    ]
    every = [*labels, *others]
    worth = np.concatenate([worth_a_look(context.view, labels), np.ones(len(others), dtype=bool)])
    judging = Judging(context.audit)
    cards = [
        _card(context, judging, finding, place, bool(worth[place]))
        for place, finding in enumerate(every)
    ]
    first = [card for card, look in zip(cards[: len(labels)], worth, strict=False) if look][:FIRST]
    shown_at_first = len(first)
    objects = context.shown.objects
    return fill(
        "list.html",
        plain=objects.bare if objects else 0,
        first=cards[:shown_at_first],
        rest=cards[shown_at_first:],
        index=embed("index", _index(context, judging, every, worth)),
        asked=any(_question(context, finding) for finding in every),
        kinds=dict(Counter(f.finds for f in every)),
        score="P(wrong)" if context.audit.p_wrong is not None else "rank",
        steps=(0.5, 0.8, 0.9, 0.95)
        if context.audit.p_wrong is not None
        else (0.5, 0.9, 0.95, 0.99),
        rule=rule_in_words(context.view, labels),
        fewer=f"The first {context.top:,} of {len(findings):,} label findings; all of them are in "
        "findings.csv."
        if len(findings) > context.top
        else "",
        then=_then(context),
    )


def _then(context: PageContext) -> dict[str, str]:
    """What to do with the decisions that were downloaded."""
    step = apply_step(context.view, context.folder, DOWNLOAD)
    return {"why": step.why[:1].upper() + step.why[1:], "command": context.shared(step.command)}


def how_many(context: PageContext, findings: Sequence[Finding]) -> int:
    """How many label findings the page opens with."""
    return int(worth_a_look(context.view, findings[: context.top]).sum())


def _index(
    context: PageContext, judging: Judging, every: Sequence[Finding], worth: Bools
) -> dict[str, Any]:
    """What the page filters, sorts and decides by: words, a row a finding, the labels that may be
    chosen, and earlier decisions.  Labels that nearly all differ, such as numbers, are no words to
    filter by.
    """
    labels = [(_name(context, f.given), _name(context, f.suggest)) for f in every]
    questions = [_question(context, f) for f in every]
    different = dict.fromkeys(text for pair in labels for text in pair if text)
    if len(different) > FILTER and not any(isinstance(f.given, str) for f in every):
        different = {}
    words = {
        word: n for n, word in enumerate(dict.fromkeys([*different, *filter(None, questions)]))
    }
    place_of = {name: n for n, name in enumerate(judging.options)}  # long names stand here once
    rows = [
        [
            words.get(given, -1),
            words.get(suggest, -1),
            f.finds,
            round(_weight(f), 4),
            f.item,
            len(f.by),
            words.get(question, -1),
            int(look),
            f.id,
            judging.place(f)[1],
            place_of.get(to, to) if (to := judging.suggested(f)) else -1,
            int(judging.changes(f)),
        ]
        for f, (given, suggest), question, look in zip(
            every, labels, questions, worth.tolist(), strict=True
        )
    ]
    earlier = [one for some in judging.decided.values() for one in some]
    return {
        "words": list(words),
        "rows": rows,
        "audit": judging.name,
        "options": list(judging.options),
        "written": judging.written,
        "objects": bool(context.shown.objects),
        "spans": kind_for(context.audit.data.labels).added is not None,
        "columns": list(COLUMNS_OF_FILE),
        "earlier": [
            [row[COLUMNS.index(name)] for name in COLUMNS_OF_FILE] for row in rows_of(earlier)
        ],
    }


def _name(context: PageContext, label: Value | None) -> str:
    """A label by which findings are filtered: of an object its class."""
    objects = context.shown.objects
    return _text(objects.drawings.suggested(label)[0]) if objects else _text(label)


def _bare(context: PageContext, label: Value) -> str:
    """A label as a card shows it: of a span its class, whose words are marked in the sentence."""
    if kind_for(context.audit.data.labels).added is None:
        return _name(context, label)
    return _text(span_parts(label)[0])


def _looks_like(context: PageContext, finding: Finding) -> str | None:
    """The suggested label as a card shows it, of a span with its words where they are others."""
    if finding.suggest is None:
        return None
    name, words = _bare(context, finding.suggest), None
    if kind_for(context.audit.data.labels).added is not None:
        words = span_parts(finding.suggest)[1]
    was = None if finding.given is None else span_parts(finding.given)[1]
    items = context.audit.data.evidence.get("items")
    if words is None or was in (None, words) or not isinstance(items, list):
        return short(name, NAME)
    return short(f"{name} “{' '.join(items[finding.item][words[0] : words[1]])}”", NAME)


def _sort(context: PageContext, finding: Finding) -> str:
    """The sort of a finding; of an object that looks wrong at least in what."""
    objects = context.shown.objects
    if not objects or finding.finds != "label" or finding.unit is None:
        return finding.kind or ""
    return error_of(objects.drawings, finding)


def _text(label: Value | None) -> str:
    """A label as the page shows it, "" where there is none."""
    return shown(label, "")


def _weight(finding: Finding) -> float:
    value = finding.rank if finding.p_wrong is None else finding.p_wrong
    return 0.0 if value != value else float(value)


def _card(context: PageContext, judging: Judging, finding: Finding, place: int, look: bool) -> Html:
    label = finding.finds == "label"
    question = _question(context, finding)
    weight = _weight(finding)
    near = _near(context, finding, look) if label else []
    return fill(
        "card.html",
        place=place + 1,
        finds=finding.finds,
        weight=_headline(finding, place),
        share=round(100 * weight) if finding.p_wrong is not None else None,
        id=short(finding.id, 40),
        item=context.shown.whole(finding.item) if question else context.shown.found(finding),
        question=short(question, NAME),
        given=None if finding.given is None else short(_bare(context, finding.given), NAME),
        suggest=_looks_like(context, finding),
        kind=_sort(context, finding),
        why=unbroken(short(finding.why, 300)),
        style="obj" if context.shown.objects else "pic" if context.shown.pictures else "",
        picture=context.shown.pictures,
        bare=context.shown.items is None,
        by=_agreeing(context, finding) if label else "",
        names=", ".join(name.replace("_", " ") for name in finding.by),
        chance=_suggested(context, finding),
        near=near,
        like=_counted(near),
        others=several(len(finding.others), "other item") if finding.others else "",
        told=judging.told(finding),
    )


def _agreeing(context: PageContext, finding: Finding) -> str:
    """How many checks agree that a label looks wrong, "" where there is but one."""
    if finding.agree is not None:
        return finding.agree.replace("auditors", "checks")
    checks = len(context.view.label_auditors)  # findings of an earlier version do not say it
    told = finding.by and checks > 1
    return f"{len(finding.by)} of {several(checks, 'check')} agree" if told else ""


def _question(context: PageContext, finding: Finding) -> str:
    """Which of several labels of an item is meant, "" where an item has one."""
    labels = context.audit.data.labels
    names = kind_for(labels).unit_names
    if names is None or finding.unit is None:
        return ""
    return names(labels)[finding.unit % len(names(labels))]


def _headline(finding: Finding, place: int) -> tuple[str, str, str]:
    """What stands at the head of a card: a number, its meaning in short, and in full."""
    if finding.p_wrong is not None:
        return (
            chance(finding.p_wrong),
            "P(wrong)",
            f"the chance that this label is wrong: {percent(finding.p_wrong)}",
        )
    if finding.finds == "label":
        return (
            f"#{place + 1}",
            "",
            f"the checks' mean rank is {finding.rank:.4f} (1 = most suspect of all labels)",
        )
    return (
        chance(finding.rank),
        "score",
        f"{finding.finds} score {finding.rank:.3f}, 1 = worst; to be compared with its own kind "
        "only",
    )


def _suggested(context: PageContext, finding: Finding) -> str:
    """The chance that the suggested label is the true one, where it is known."""
    p = getattr(context.audit, "p_suggest", None)
    if p is None or finding.suggest is None or finding.finds != "label":
        return ""
    row = layout_of(context.audit.data.labels).row(finding.item, finding.unit)
    return chance(float(p[row])) if row < len(p) else ""


def _counted(near: Sequence[dict[str, Any]]) -> list[tuple[str, str, int]]:
    """The labels of the nearest items, each once: (label, side, how many), nearest first."""
    sides = {one["label"]: one["side"] for one in near}
    return [(label, sides[label], n) for label, n in Counter(one["label"] for one in near).items()]


def _near(context: PageContext, finding: Finding, whole: bool) -> list[dict[str, Any]]:
    """The nearest items with their labels; what they hold only if ``whole`` (pages stay small)."""
    near = context.audit.data.evidence.get("neighbours")
    if not isinstance(near, Neighbours) or len(near.index) != len(context.audit.data):
        return []
    if context.shown.objects:  # another picture's objects are others
        return []
    row = []
    for item, distance in zip(
        near.index[finding.item, :NEAR].tolist(),
        near.distance[finding.item, :NEAR].tolist(),
        strict=True,
    ):
        if item >= 0:
            label = context.shown.label(item, finding.unit)
            sides = {_text(finding.suggest): "suggest", _text(finding.given): "given"}
            row.append(
                {
                    "label": short(label, NAME),
                    "side": sides.get(label, "") if label else "",
                    "alike": chance(max(1 - distance, 0.0)),
                    "item": context.shown.brief(item, spare=0.6)
                    if whole or context.shown.pictures
                    else "",
                }
            )
    return row
