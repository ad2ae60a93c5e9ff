"""The findings of an audit as GitHub workflow commands, which a CI run shows beside the lines of
the file: ``::warning file=reviews.csv,line=7::message``.

No text of an item is written, since logs of CI may be public.
Source: GitHub, workflow commands for GitHub Actions; it shows ten warnings of a step.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

from reliabel.core.kinds import kind_for, layout_of
from reliabel.core.labels import Value
from reliabel.core.results import Audit, Finding
from reliabel.reporters.class_numbers import looks_wrong
from reliabel.reporters.sentences import AuditView, source, title
from reliabel.reporters.shell import chance, several, short

TOP = 10  # warnings of one step that GitHub shows
IN_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
IN_PROPERTY = {**IN_DATA, ":": "%3A", ",": "%2C"}
Label = tuple[str, Value | None]  # the id of an item, and its label


def render(
    audit: Audit,
    *,
    file: str = "",
    lines: Mapping[int, int] | None = None,
    top: int = TOP,
    only: Collection[Label] | None = None,
) -> str:
    """The annotations: labels that look wrong, then duplicates that disagree or stand in several
    splits, then broken items; at most ``top``, and a notice that counts the rest.

    file: the audited file as the repository knows it.  lines: item -> its line in the file.
    only: the labels to show, by id and given label, such as those that are new; no other findings
        then.
    """
    view = AuditView(audit)
    shown = chosen(view, only)
    told = [_warning(view, one, file, lines or {}) for one in shown[:top]]
    left = Counter(one.finds for one in shown[top:])
    rest = ", ".join(several(n, f"{finds} finding") for finds, n in left.items())
    said = (
        title(view)
        if only is None
        else f"{several(len(only), 'label')} look wrong that did not before"
    )
    more = f"; not shown here: {rest}" if rest else ""
    return "\n".join([*told, command("notice", f"{source(view)}: {said}{more}", file=file)]) + "\n"


def chosen(view: AuditView, only: Collection[Label] | None = None) -> list[Finding]:
    """The findings that are worth an annotation, in their order; ``only`` as for ``render``."""
    labels = view.by_kind.get("label", ())
    if only is not None:
        return [one for one in labels if (one.id, one.given) in only]
    layout, look = layout_of(view.audit.data.labels), looks_wrong(view)
    doubles = [
        one
        for one in view.by_kind.get("duplicate", ())
        if view.disagree(one) or len(view.splits(one)) > 1
    ]
    kept = [one for one in labels if look[layout.row(one.item, one.unit)]]
    return [*kept, *doubles, *view.by_kind.get("broken", ())]


def command(level: str, message: str, **properties: str | int) -> str:
    """One workflow command; properties without a value are left out.

    >>> command("warning", "50 %\\nof it", file="a,b.csv", line=7)
    '::warning file=a%2Cb.csv,line=7::50 %25%0Aof it'
    """
    told = [f"{key}={_escaped(str(v), IN_PROPERTY)}" for key, v in properties.items() if v != ""]
    return f"::{level}{' ' if told else ''}{','.join(told)}::{_escaped(message, IN_DATA)}"


def _escaped(text: str, signs: Mapping[str, str]) -> str:
    return "".join(signs.get(sign, sign) for sign in text)


def _warning(view: AuditView, one: Finding, file: str, lines: Mapping[int, int]) -> str:
    line = lines.get(one.item, "") if file else ""
    return command("warning", _message(view, one), file=file, line=line, title=_title(view, one))


def _title(view: AuditView, one: Finding) -> str:
    if one.finds == "label":
        return "label looks wrong"
    if one.finds != "duplicate":
        return f"{one.finds} {view.thing}"
    splits = view.splits(one)
    if len(splits) > 1:
        return f"same {view.thing} in {' and '.join(short(name, 30) for name in splits)}"
    return f"same {view.thing} with different labels"


def _message(view: AuditView, one: Finding) -> str:
    who = f"item {short(one.id, 60)}" + (f" / {_unit(view, one)}" if one.unit is not None else "")
    why = short(one.why, 200)
    if one.finds != "label":
        others = f" and {several(len(one.others), 'other')}" if one.others else ""
        return f"{who}{others}: {why}"
    given = f"given {short(one.given, 60)!r}" if one.given is not None else "no label given"
    suggest = f", perhaps {short(one.suggest, 60)!r}" if one.suggest is not None else ""
    p = "" if one.p_wrong is None else f" (P(wrong) {chance(one.p_wrong)})"
    words = (one.where or {}).get("text")
    about = "" if words is None else f" in “{short(str(words), 120)}”"
    return f"{who}: {given}{suggest}{about}{p}; {why}"


def _unit(view: AuditView, one: Finding) -> str:
    """What a label of an item is about: its class, of several labels, else its number."""
    labels = view.audit.data.labels
    names = kind_for(labels).unit_names
    if names is None or one.unit is None:
        return str(one.unit)
    known = names(labels)
    return short(known[one.unit % max(len(known), 1)], 60)
