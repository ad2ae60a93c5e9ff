"""An audit as one offline page: the answer first, then the things themselves, then how each number was made.

A section is a function from ``Look`` to a ``Section`` (or nothing) in the list ``SECTIONS``.  The page holds the first ``top`` label
findings; ``findings.csv`` holds all.  Its size depends on ``top`` and on the budget of pictures, not on the number of rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes, Floats, Grouped, Ints, MultiLabel
from reliabel.core.results import Audit, Finding, Measure, Suspicion
from reliabel.reporters import charts
from reliabel.reporters.shell import Html, Section, chance, embed, fill, join, note, number, page, pairs, percent, several, short, table
from reliabel.reporters.show import Shown
from reliabel.reporters.words import Told, also, facts, judged_classes, next_command, promise, source, span, stamp, sure, title

FIRST = 50  # findings that stand in the page without JavaScript
NEAR = 5  # neighbours shown
GROUPS, MEMBERS = 20, 4  # groups of duplicates, items of each
GRID = 24  # outliers and other things shown
CLASSES = 12  # classes of a heat map in full
ROWS = 12  # classes of a table before the rest is folded away
NAME = 60  # letters of a class name


@dataclass(frozen=True, eq=False)
class Look:
    """What the sections share."""

    audit: Audit
    told: Told
    shown: Shown
    top: int


def render(audit: Audit, *, top: int = 500) -> str:
    """The page as text.  top: how many label findings it holds."""
    if top < 1:
        raise ValueError(f"top must be at least 1, got {top}")
    look = Look(audit, Told(audit), Shown(audit.data), top)
    sections = [section for make in SECTIONS for section in make(look)]
    return page(_unbroken(title(look.told)), _unbroken(sure(look.told)), sections, source=source(look.told), stamp=stamp(look.told), script="findings.js")


# --- the answer -------------------------------------------------------------------------------------------------------------------------


def _answer(look: Look) -> list[Section]:
    audit, told = look.audit, look.told
    curve = charts.curve(audit.budget).svg() if audit.budget is not None and promise(told) else ""
    body = fill(
        "answer.html",
        curve=curve,
        promise=promise(told),
        command=next_command("FOLDER") if audit.findings else "",
        also=also(told),
        warnings=[short(said, 600) for said in audit.warnings],
    )
    return [Section("answer", "", body)]


# --- labels -----------------------------------------------------------------------------------------------------------------------------


def _labels(look: Look) -> list[Section]:
    findings = look.told.by_kind.get("label", ())
    if not findings:
        why = "No label auditor could run" if not look.told.judges else f"No label looks wrong among {several(look.told.labels, 'label')}"
        checked = f" (checked: {', '.join(look.told.judges).replace('_', ' ')})." if look.told.judges else "; see the reasons below."
        return [Section("labels", "Labels that look wrong", join(note(why + checked), _confusion(look)))]
    return [Section("labels", "Labels that look wrong", join(_confusion(look), _list(look, findings)), f"{len(findings):,}")]


def _confusion(look: Look) -> Html:
    parts = [_heat(look), _class_table(look)]
    return join(Html('<div class="side">'), *parts, Html("</div>")) if any(parts) else Html("")


def _heat(look: Look) -> Html:
    joint, names = _joint(look), judged_classes(look.audit)
    if joint is None:
        return Html("")
    off = joint.copy()
    np.fill_diagonal(off, 0)
    made = "expected numbers of labels by P(wrong)" if _matrix(look) != "confident_joint" else "confident joint: estimated numbers of labels"
    words = f"Rows are the labels as given, columns what they are likely to be ({made}). Darker: a larger share of the row."
    if not off.max(initial=0) >= 0.5:
        return _figure("Given and likely true labels", "No label is seen in another class.", "")
    if len(names) <= CLASSES:
        return _figure("Given and likely true labels", words, charts.heat(joint, names).svg())
    chosen = charts.most_confused(joint, CLASSES)
    part = charts.heat(joint[np.ix_(chosen, chosen)], [names[c] for c in chosen.tolist()], total=len(names))
    order = np.argsort(-off, axis=None)[:10]
    worst = [(divmod(int(cell), len(names)), off.flat[cell]) for cell in order.tolist() if off.flat[cell] >= 0.5]
    rows = [(short(names[g], NAME), short(names[t], NAME), number(round(size)), percent(size / max(joint[:, g].sum(), 1e-12))) for (t, g), size in worst]
    pairs_table = table(("given", "likely true", "labels", "of the given"), rows, numeric=(2, 3), caption="The most confused pairs of classes")
    words = f"The {len(chosen)} most confused of {len(names)} classes. " + words
    return join(_figure("Given and likely true labels", words, part.svg()), pairs_table)


def _matrix(look: Look) -> str:
    """The measure that holds the noise matrix: P(wrong)'s own where it is known, else the confident joint."""
    return "noise_matrix_posterior" if "noise_matrix_posterior" in look.audit.measures else "confident_joint"


def _joint(look: Look) -> Floats | None:
    measure = look.audit.measures.get(_matrix(look))
    joint = np.asarray(measure.parts["joint"], dtype=np.float64) if measure is not None and "joint" in measure.parts else None
    k = len(judged_classes(look.audit))
    return joint if joint is not None and joint.shape == (k, k) and isinstance(look.audit.data.labels, Classes) and np.isfinite(joint).all() else None


def _figure(name: str, words: str, svg: str) -> Html:
    return fill("figure.html", name=name, words=words, svg=Html(svg))


def _class_table(look: Look) -> Html:
    labels, names = look.audit.data.labels, judged_classes(look.audit)
    if not isinstance(labels, Classes):
        return Html("")
    count = np.bincount(labels.y[labels.y >= 0], minlength=labels.k)
    wrong, word = _wrong_per_class(look, labels)
    mixed = _mixed_with(look, labels)
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
        head, rows[:ROWS], numeric=(1, 2, 3), caption=f"{several(len(names), 'class', 'classes')}" + (", most suspect first" if len(names) > CLASSES else "")
    )
    rest = table(head, rows[ROWS:300], numeric=(1, 2, 3)) if len(rows) > ROWS else ""
    more = fill("fold.html", summary=f"{several(len(rows) - ROWS, 'more class', 'more classes')}", body=rest) if rest else ""
    return join(Html("<div>"), first, more, Html("</div>"))


def _wrong_per_class(look: Look, labels: Classes) -> tuple[Floats, str]:
    """(k,) how many labels of each class look wrong, and what that number is."""
    known = labels.y >= 0
    if look.audit.p_wrong is not None and len(look.audit.p_wrong) == len(labels):
        sums: Floats = np.bincount(labels.y[known], np.nan_to_num(look.audit.p_wrong[known]), minlength=labels.k).astype(np.float64)
        return sums, "likely wrong"
    return np.bincount(labels.y[_flags(look) & known], minlength=labels.k).astype(np.float64), "flagged"


def _flags(look: Look) -> Any:
    word = look.audit.said.get(look.told.flagger or "")
    units = look.told.labels if look.told.given is None else len(look.told.given)
    return word.flag if isinstance(word, Suspicion) and word.flag is not None else np.zeros(units, dtype=bool)


def _mixed_with(look: Look, labels: Classes) -> Ints:
    """(k,) the class that each given class most often looks like, -1 where it looks like none."""
    joint = _joint(look)
    if joint is None:
        place = {name: c for c, name in enumerate(labels.names)}
        joint = np.zeros((labels.k, labels.k)) if labels.k <= 2000 else np.zeros((0, 0))
        for finding in look.told.by_kind.get("label", ()):
            if joint.size and finding.given in place and finding.suggest in place:
                joint[place[finding.suggest], place[finding.given]] += 1
    if not joint.size:
        return np.full(labels.k, -1)
    off = joint - np.diag(np.diag(joint))
    return np.where(off.max(0) >= 0.5, off.argmax(0), -1)


def _list(look: Look, findings: Sequence[Finding]) -> Html:
    others = [f for kind, some in look.told.by_kind.items() if kind != "label" for f in some[: max(look.top // 5, 1)]]
    listed = [*findings[: look.top], *others]
    cards = [_card(look, finding, place, len(look.told.judges)) for place, finding in enumerate(listed)]
    words = {name: n for n, name in enumerate(dict.fromkeys(x for f in listed for x in (f.given, f.suggest) if x is not None))}
    index = {
        "words": [short(name, NAME) for name in words],
        "rows": [[words.get(f.given or "", -1), words.get(f.suggest or "", -1), f.finds, round(_weight(f), 4), f.item, len(f.by)] for f in listed],
    }
    fewer = f"The first {look.top:,} of {len(findings):,} label findings; all of them are in findings.csv." if len(findings) > look.top else ""
    return fill(
        "list.html",
        first=cards[:FIRST],
        rest=cards[FIRST:],
        index=embed("index", index),
        kinds=dict(Counter(f.finds for f in listed)),
        score="P(wrong)" if look.audit.p_wrong is not None else "rank",
        steps=(0.5, 0.8, 0.9, 0.95) if look.audit.p_wrong is not None else (0.5, 0.9, 0.95, 0.99),
        fewer=fewer,
    )


def _weight(finding: Finding) -> float:
    value = finding.rank if finding.p_wrong is None else finding.p_wrong
    return 0.0 if value != value else float(value)


def _card(look: Look, finding: Finding, place: int, judges: int) -> Html:
    labels = look.audit.data.labels
    label = finding.finds == "label"
    cell = labels.names[finding.unit] if isinstance(labels, MultiLabel) and finding.unit is not None else None
    by = ", ".join(name.replace("_", " ") for name in finding.by)
    return fill(
        "card.html",
        place=place + 1,
        finds=finding.finds,
        weight=_said(finding, place),
        id=short(finding.id, 40),
        item=look.shown.whole(finding.item, unit=finding.unit if cell is None else None),
        question=short(cell, NAME) if cell is not None else "",
        given=None if finding.given is None else short(finding.given, NAME),
        suggest=None if finding.suggest is None else short(finding.suggest, NAME),
        kind=finding.kind or "",
        why=_unbroken(short(finding.why, 300)),
        picture=look.shown.pictures,
        by=f"{len(finding.by)} of {judges} auditors: {by}" if label and by else by,
        chance=_suggested(look, finding),
        near=_near(look, finding) if label else [],
        others=several(len(finding.others), "other item") if finding.others else "",
    )


def _said(finding: Finding, place: int) -> tuple[str, str, str]:
    """What stands at the head of a card: a number, its meaning in short, and in full."""
    if finding.p_wrong is not None:
        return chance(finding.p_wrong), "P(wrong)", f"the chance that this label is wrong: {percent(finding.p_wrong)}"
    if finding.finds == "label":
        return f"#{place + 1}", "", f"the auditors' mean rank is {finding.rank:.4f} (1 = most suspect of all labels)"
    return chance(finding.rank), "score", f"{finding.finds} score {finding.rank:.3f}, 1 = worst; to be compared with its own kind only"


def _suggested(look: Look, finding: Finding) -> str:
    """The chance that the suggested label is the true one, where it is known."""
    p = getattr(look.audit, "p_suggest", None)
    if p is None or finding.suggest is None or finding.finds != "label":
        return ""
    labels = look.audit.data.labels
    unit = finding.unit or 0
    if isinstance(labels, MultiLabel):
        unit += finding.item * labels.k
    elif isinstance(labels, Grouped):
        unit += int(labels.offsets[finding.item])
    else:
        unit += finding.item
    return chance(float(p[unit])) if unit < len(p) else ""


def _unbroken(text: str) -> str:
    return text.replace(" %", "\u00a0%")


def _near(look: Look, finding: Finding) -> list[dict[str, Any]]:
    near = look.audit.data.evidence.get("neighbours")
    if not isinstance(near, Neighbours) or len(near.index) != len(look.audit.data):
        return []
    several_labels = isinstance(look.audit.data.labels, MultiLabel)
    row = []
    for item, distance in zip(near.index[finding.item, :NEAR].tolist(), near.distance[finding.item, :NEAR].tolist(), strict=True):
        if item >= 0:
            label = look.shown.label(item)
            side = "" if several_labels else "given" if label == finding.given else "suggest" if label == finding.suggest else ""
            row.append({"label": short(label, NAME), "side": side, "alike": chance(max(1 - distance, 0.0)), "item": look.shown.brief(item, spare=0.6)})
    return row


# --- what else ----------------------------------------------------------------------------------------------------------------------------


def _duplicates(look: Look) -> list[Section]:
    found, told = look.told.by_kind.get("duplicate", ()), look.told
    auditors = [name for name in look.audit.said if told.finds(name) == "duplicate"]
    if not found:
        return [Section("duplicates", "Seen twice", note(f"No duplicates among {told.things} (checked: {_checked(look, auditors)})."), "0")] if auditors else []
    apart = {id(f): len({look.shown.label(item) for item in (f.item, *f.others)}) > 1 for f in found}
    items = len({item for f in found for item in (f.item, *f.others)})
    leak = sum(told.leaks.values())
    split = look.audit.data.evidence.get("split") is not None
    lead = f"{several(len(found), 'group')} of {told.thing}s that are the same or nearly the same, {items:,} {told.thing}s in all; "
    lead += f"{several(sum(apart.values()), 'group')} with different labels."
    across = [(" + ".join(short(name, 40) for name in names), size) for names, size in told.leaks.most_common()]
    leaks = table(
        ("splits", "groups in both"),
        across,
        numeric=(1,),
        caption=f"Leakage: {several(leak, 'group')} across splits; a test item that was trained on proves nothing",
    )
    order = sorted(found, key=lambda f: not (apart[id(f)] or len(told.splits(f)) > 1))
    groups = [_group(look, f, apart[id(f)]) for f in order[:GROUPS]]
    return [
        Section(
            "duplicates",
            "Seen twice",
            join(
                fill("lead.html", text=lead),
                leaks
                if leak
                else note(f"No group stands in more than one split of {told.things}.")
                if split
                else note("No splits were given, so leakage was not looked for."),
                fill("groups.html", groups=groups),
                _remaining(len(found), GROUPS, "groups"),
            ),
            f"{len(found):,}",
        )
    ]


def _group(look: Look, finding: Finding, apart: bool) -> dict[str, Any]:
    items = (finding.item, *finding.others)
    split = look.audit.data.evidence.get("split")
    members = [
        {
            "id": short(look.audit.data.ids.item(item), 40),
            "label": short(look.shown.label(item), NAME),
            "split": "" if split is None else short(split[item], 30),
            "item": look.shown.brief(item),
        }
        for item in items[:MEMBERS]
    ]
    marks = [
        mark for mark, true in (("different labels", apart), ("in " + " and ".join(look.told.splits(finding)), len(look.told.splits(finding)) > 1)) if true
    ]
    return {"kind": finding.kind or "alike", "why": short(finding.why, 300), "marks": marks, "members": members, "more": max(len(items) - MEMBERS, 0)}


def _checked(look: Look, auditors: Sequence[str]) -> str:
    checked = ((name.replace("_", " "), look.audit.said[name].info.get("checked")) for name in auditors)
    return "; ".join(f"{name}, on {short(what, 60)}" if isinstance(what, str) else name for name, what in checked)


def _remaining(found: int, listed: int, what: str) -> Html:
    return note(f"The first {listed:,} of {found:,} {what}; all of them are in findings.csv.") if found > listed else Html("")


def _grid(look: Look, finds: str, heading: str, lead: str, empty: str) -> list[Section]:
    found = look.told.by_kind.get(finds, ())
    auditors = [name for name in look.audit.said if look.told.finds(name) == finds]
    if not found:
        return [Section(_anchor(finds), heading, note(f"{empty} (checked: {_checked(look, auditors)})."), "0")] if auditors else []
    kinds = Counter(f.kind for f in found if f.kind)
    split = f" {', '.join(f'{n:,} {kind}' for kind, n in kinds.most_common(8))}." if len(kinds) > 1 else ""
    things = [
        {
            "id": short(f.id, 40),
            "item": look.shown.brief(f.item),
            "label": short(look.shown.label(f.item), NAME),
            "kind": f.kind or "",
            "why": short(f.why, 300),
            "others": several(len(f.others), "other item") if f.others else "",
            "suggest": short(f.suggest, NAME) if f.suggest else "",
        }
        for f in found[:GRID]
    ]
    body = join(fill("lead.html", text=lead + split), fill("grid.html", things=things), _remaining(len(found), GRID, "findings"))
    return [Section(_anchor(finds), heading, body, f"{len(found):,}")]


def _anchor(finds: str) -> str:
    return "finds-" + "".join(sign if sign.isalnum() and sign.isascii() else "-" for sign in finds)


def _outliers(look: Look) -> list[Section]:
    things, n = look.told.thing + "s", len(look.told.by_kind.get("outlier", ()))
    lead = f"{several(n, look.told.thing)} unlike all others: rare, foreign or spoilt. They are not wrong by that alone."
    return _grid(look, "outlier", "Unlike everything else", lead, f"No outliers among {len(look.audit.data):,} {things}")


def _broken(look: Look) -> list[Section]:
    n = len(look.told.by_kind.get("broken", ()))
    lead = f"{several(n, look.told.thing)} that nothing can be learnt from, or not what {'it seems' if n == 1 else 'they seem'}."
    return _grid(look, "broken", "Broken items", lead, f"No broken items among {look.told.things}")


def _others(look: Look) -> list[Section]:
    known = ("label", "duplicate", "outlier", "broken", "")
    kinds = dict.fromkeys([*look.told.by_kind, *(look.told.finds(name) for name in look.audit.said)])
    return [
        section
        for kind in kinds
        if kind not in known
        for section in _grid(
            look, kind, kind.capitalize(), f"{several(len(look.told.by_kind.get(kind, ())), 'finding')}.", f"No {kind} found among {look.told.things}"
        )
    ]


# --- the data, and how all this was made --------------------------------------------------------------------------------------------------


def _card_of_data(look: Look) -> list[Section]:
    audit, told = look.audit, look.told
    data, columns = audit.data, audit.data.source.get("columns")
    split = data.evidence.get("split")
    given = told.given
    missing = 0 if given is None else int((given.y < 0).sum())
    facts_of = {
        "what": str(audit.info.get("task") or data.source.get("task") or ""),
        "items": f"{len(data):,}",
        "labels": f"{told.labels:,}" + (f" ({missing:,} missing)" if missing else ", none missing" if given is not None else ""),
        "classes": f"{len(judged_classes(audit)):,}" if judged_classes(audit) else "",
        "splits": ", ".join(f"{short(name, 40)} {n:,}" for name, n in Counter(map(str, split)).most_common(12)) if split is not None else "",
        "columns": facts(columns) if isinstance(columns, Mapping) else "",
        "file": short((audit.info.get("input") or {}).get("path") or "", 200),
        "SHA-256": str((audit.info.get("input") or {}).get("sha256") or ""),
    }
    inferred = [short(said, 300) for said in data.source.get("said", ())]
    measures = [_measure_row(told, name, measure) for name, measure in audit.measures.items()]
    body = join(
        pairs(facts_of),
        fill("bullets.html", title="What was inferred (each guess has an option)", lines=inferred) if inferred else "",
        _balance(look),
        table(("measure", "value", "interval", "what it says"), measures, numeric=(1,), caption="Measures of the labels") if measures else "",
    )
    return [Section("data", "The data", body)]


def _measure_row(told: Told, name: str, measure: Measure) -> tuple[str, str, str, str]:
    entry = told.entries.get(name)
    known = measure.low == measure.low and measure.high == measure.high
    means = str(measure.info.get("means") or (entry.summary.partition(": ")[2] or entry.summary if entry else ""))
    none = short(measure.info.get("interval") or measure.info.get("why") or "no interval", 200)
    p = measure.info.get("p")
    span_of = f"{_fine(measure.low)}-{_fine(measure.high)}" if known else f"p = {_fine(p)}" if isinstance(p, float) and p == p else ""
    return name.replace("_", " "), _fine(measure.value), span_of, short(means, 300) + ("" if known else f" ({none})")


def _fine(value: float) -> str:
    return f"{value:.3f}" if abs(value) <= 1 else number(value)


def _balance(look: Look) -> Html:
    labels = look.audit.data.labels
    if not isinstance(labels, Classes) or not labels.k or not (labels.y >= 0).any():
        return Html("")
    count = np.bincount(labels.y[labels.y >= 0], minlength=labels.k)
    wrong, word = _wrong_per_class(look, labels)
    order = np.argsort(-count, kind="stable")
    few = order if labels.k <= 2 * ROWS else np.r_[order[:ROWS], order[-ROWS:]]
    chart = charts.bars([labels.names[c] for c in few.tolist()], count[few], np.round(wrong[few]).astype(int), word=word)
    most, least = int(count.max()), int(count.min())
    words = f"Largest class {most:,}, smallest {least:,}" + (f" ({most / least:,.1f} times)" if least else "") + f"; orange: {word}."
    return _figure("Class balance", words + (f" The {ROWS} largest and smallest of {labels.k:,} classes." if labels.k > 2 * ROWS else ""), chart.svg())


def _how(look: Look) -> list[Section]:
    audit, told, info = look.audit, look.told, look.audit.info
    timings = {name: value for name, value in (info.get("timings") or {}).items() if isinstance(value, int | float)}
    rows = [_auditor_row(told, name, timings) for name in audit.said]
    made = {
        "headline": _headline_made(told),
        "P(wrong)": facts(info.get("p_wrong")),
        "probabilities": facts(info.get("model")),
        "features": facts(info.get("embedder")),
        "neighbours": _neighbours_made(audit),
        "options": facts(info.get("options")),
        "random seed": str(info["seed"]) if "seed" in info else "",
        "versions": facts(info.get("versions")),
        "time": ", ".join(f"{name.replace('_', ' ')} {seconds:.1f} s" for name, seconds in timings.items() if seconds >= 0.05 and name not in audit.said),
    }
    skipped = [(name.replace("_", " "), short(why, 300)) for name, why in audit.skipped.items()]
    every = f"All {several(len(audit.said), 'auditor')} that fit could run."
    body = join(
        pairs(made),
        _calibration(look),
        fill("auditors.html", rows=rows) if rows else note("No auditor ran."),
        table(("skipped", "why"), skipped, caption="Skipped auditors", empty=every),
        _histograms(look),
    )
    return [Section("how", "How this was made", body)]


def _headline_made(told: Told) -> str:
    count = told.audit.count
    if count is not None:
        return f"{count.method}; {percent(count.level)} interval {span(count.low, count.high) if count.identified else 'not given'}, if {count.assumes}"
    return f"the labels that {told.flagger.replace('_', ' ')} flags; findings are ranked by the mean of the auditors' ranks" if told.flagger else ""


def _neighbours_made(audit: Audit) -> str:
    near = audit.data.evidence.get("neighbours")
    if isinstance(near, Neighbours):
        exactly = "" if not near.half_width else f" (± {percent(near.half_width)}, measured)"
        return f"{near.method}, {near.index.shape[1]:,} each by the cosine of their features, recall {percent(near.recall)}{exactly}"
    return facts(audit.info.get("neighbours"))


def _auditor_row(told: Told, name: str, timings: Mapping[str, float]) -> dict[str, str]:
    word, entry = told.audit.said[name], told.entries.get(name)
    if isinstance(word, Suspicion):
        points = f"{int(word.flag.sum()):,} flagged" if word.flag is not None else "ranks all"
    else:
        points = f"{len(word.items):,} found"
    took = "" if name not in timings else f"{timings[name]:.1f} s" if timings[name] >= 0.05 else "under 0.1 s"
    what = entry.summary.partition(": ")[2] or entry.summary if entry else ""
    return {"name": name.replace("_", " "), "what": what, "points": points, "took": took, "paper": entry.paper if entry else ""}


def _calibration(look: Look) -> Html:
    p, gold = look.audit.p_wrong, look.audit.data.evidence.get("gold")
    labels = look.audit.data.labels
    if p is None or gold is None or not isinstance(labels, Classes) or len(p) != len(labels):
        return Html("")
    known = (np.asarray(gold) >= 0) & (labels.y >= 0)
    if not known.any():
        return Html("")
    chart = charts.reliability(p[known], (np.asarray(gold) != labels.y)[known])
    return _figure(
        "Calibration", f"P(wrong) against the truth of the {int(known.sum()):,} labels whose truth is known; on the dotted line it is right.", chart.svg()
    )


def _histograms(look: Look) -> Html:
    drawn = []
    if look.audit.p_wrong is not None:
        drawn.append(charts.histogram(look.audit.p_wrong, title="P(wrong)").svg())
    for name in look.told.judges:
        word = look.audit.said[name]
        if isinstance(word, Suspicion):
            drawn.append(charts.histogram(word.score, flag=word.flag, title=name.replace("_", " ")).svg())
    words = "How each auditor's scores are spread (heights are square roots, so that the few are seen); orange: flagged."
    return fill("charts.html", name="Scores", words=words, svgs=drawn) if drawn else Html("")


SECTIONS: Sequence[Callable[[Look], list[Section]]] = (_answer, _labels, _duplicates, _outliers, _broken, _others, _card_of_data, _how)
