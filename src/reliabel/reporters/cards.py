"""The list of findings: one card each, with the item, both labels, its neighbours and the reason;
and the index for the filter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Grouped, MultiLabel
from reliabel.core.results import Finding
from reliabel.reporters.page_context import NAME, PageContext, unbroken
from reliabel.reporters.shell import Html, chance, embed, fill, percent, several, short

FIRST = 50  # findings that are shown without JavaScript
NEAR = 5  # neighbours shown


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
    words = {
        name: n
        for n, name in enumerate(
            dict.fromkeys(
                [x for f in listed for x in (f.given, f.suggest) if x is not None]
                + [q for q in questions if q]
            )
        )
    }
    index = {
        "words": [short(name, NAME) for name in words],
        "rows": [
            [
                words.get(f.given or "", -1),
                words.get(f.suggest or "", -1),
                f.finds,
                round(_weight(f), 4),
                f.item,
                len(f.by),
                words.get(question, -1),
            ]
            for f, question in zip(listed, questions, strict=True)
        ],
    }
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
        given=None if finding.given is None else short(finding.given, NAME),
        suggest=None if finding.suggest is None else short(finding.suggest, NAME),
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
    return (
        labels.names[finding.unit]
        if isinstance(labels, MultiLabel) and finding.unit is not None
        else ""
    )


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
    labels = context.audit.data.labels
    unit = finding.unit or 0
    if isinstance(labels, MultiLabel):
        unit += finding.item * labels.k
    elif isinstance(labels, Grouped):
        unit += int(labels.offsets[finding.item])
    else:
        unit += finding.item
    return chance(float(p[unit])) if unit < len(p) else ""


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
            side = (
                "given" if label == finding.given else "suggest" if label == finding.suggest else ""
            )
            row.append(
                {
                    "label": short(label, NAME),
                    "side": side,
                    "alike": chance(max(1 - distance, 0.0)),
                    "item": context.shown.brief(item, spare=0.6),
                }
            )
    return row
