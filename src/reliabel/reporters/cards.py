"""The list of findings: one card each, with the item, both labels, its neighbours and the reason;
and the index for the filter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from reliabel.core.evidence import Neighbours
from reliabel.core.kinds import kind_for, layout_of
from reliabel.core.label_values import shown
from reliabel.core.labels import Value
from reliabel.core.results import Finding
from reliabel.reporters.page_context import NAME, PageContext, unbroken
from reliabel.reporters.shell import Html, chance, embed, fill, percent, several, short

FIRST = 50  # findings that are shown without JavaScript
NEAR = 5  # neighbours shown
FILTER = 50  # labels other than text that the filter lists


def listed(context: PageContext, findings: Sequence[Finding]) -> Html:
    """The filter, the cards (the first ones visible) and the index; up to ``context.top`` label
    findings and a fifth as many of each other kind.
    """
    others = [
        f
        for kind, some in context.view.by_kind.items()
        if kind != "label"
        for f in some[: max(context.top // 5, 1)]
    ]
    listed = [*findings[: context.top], *others]
    cards = [
        _card(context, finding, place, len(context.view.label_auditors))
        for place, finding in enumerate(listed)
    ]
    questions = [_question(context, finding) for finding in listed]
    index = _index(listed, questions)
    fewer = (
        f"The first {context.top:,} of {len(findings):,} label findings; all of them are in "
        "findings.csv."
        if len(findings) > context.top
        else ""
    )
    return fill(
        "list.html",
        first=cards[:FIRST],
        rest=cards[FIRST:],
        index=embed("index", index),
        asked=any(questions),
        kinds=dict(Counter(f.finds for f in listed)),
        score="P(wrong)" if context.audit.p_wrong is not None else "rank",
        steps=(0.5, 0.8, 0.9, 0.95)
        if context.audit.p_wrong is not None
        else (0.5, 0.9, 0.95, 0.99),
        fewer=fewer,
    )


def _index(listed: Sequence[Finding], questions: Sequence[str]) -> dict[str, Any]:
    """What the filter and the sorting of the page read: the words, and a row a finding.  Labels
    that nearly all differ, such as numbers, are no words to filter by.
    """
    labels = [(_text(f.given), _text(f.suggest)) for f in listed]
    different = dict.fromkeys(text for pair in labels for text in pair if text)
    if len(different) > FILTER and not any(isinstance(f.given, str) for f in listed):
        different = {}
    words = {
        word: n for n, word in enumerate(dict.fromkeys([*different, *filter(None, questions)]))
    }
    rows = [
        [
            words.get(given, -1),
            words.get(suggest, -1),
            f.finds,
            round(_weight(f), 4),
            f.item,
            len(f.by),
            words.get(question, -1),
        ]
        for f, (given, suggest), question in zip(listed, labels, questions, strict=True)
    ]
    return {"words": [short(word, NAME) for word in words], "rows": rows}


def _text(label: Value | None) -> str:
    """A label as the page shows it, "" where there is none."""
    return shown(label, "")


def _weight(finding: Finding) -> float:
    value = finding.rank if finding.p_wrong is None else finding.p_wrong
    return 0.0 if value != value else float(value)


def _card(context: PageContext, finding: Finding, place: int, auditors: int) -> Html:
    label = finding.finds == "label"
    question = _question(context, finding)
    by = ", ".join(name.replace("_", " ") for name in finding.by)
    return fill(
        "card.html",
        place=place + 1,
        finds=finding.finds,
        weight=_headline(finding, place),
        id=short(finding.id, 40),
        item=context.shown.whole(finding.item, unit=None if question else finding.unit),
        question=short(question, NAME),
        given=None if finding.given is None else short(_text(finding.given), NAME),
        suggest=None if finding.suggest is None else short(_text(finding.suggest), NAME),
        kind=finding.kind or "",
        why=unbroken(short(finding.why, 300)),
        picture=context.shown.pictures,
        by=f"{len(finding.by)} of {auditors} auditors: {by}" if label and by else by,
        chance=_suggested(context, finding),
        near=_near(context, finding) if label else [],
        others=several(len(finding.others), "other item") if finding.others else "",
    )


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
            f"the auditors' mean rank is {finding.rank:.4f} (1 = most suspect of all labels)",
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


def _near(context: PageContext, finding: Finding) -> list[dict[str, Any]]:
    near = context.audit.data.evidence.get("neighbours")
    if not isinstance(near, Neighbours) or len(near.index) != len(context.audit.data):
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
                    "item": context.shown.brief(item, spare=0.6),
                }
            )
    return row
