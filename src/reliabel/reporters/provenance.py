"""The sections "The data" and "How this was made": evidence, auditors and their papers, what was
skipped, calibration, histograms of scores.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

from reliabel.core.class_order import by_place, told
from reliabel.core.evidence import Neighbours
from reliabel.core.kinds import layout_of
from reliabel.core.results import Audit, Measure, Suspicion
from reliabel.reporters import charts
from reliabel.reporters.confusion import balance, one_class_each
from reliabel.reporters.page_context import PageContext
from reliabel.reporters.sentences import OPT_IN, AuditView, class_names, facts, span
from reliabel.reporters.shell import (
    Html,
    Section,
    figure,
    fill,
    join,
    note,
    number,
    pairs,
    percent,
    several,
    short,
    table,
)
from reliabel.trust.calibration import Bin, calibration

RIGHT = "on the dotted line it is right, bars are 95 % intervals"


def data_card(context: PageContext) -> list[Section]:
    """The data card: sizes, splits, columns, what was inferred, class balance, measures."""
    audit, view = context.audit, context.view
    data, columns = audit.data, audit.data.source.get("columns")
    split = data.evidence.get("split")
    missing = layout_of(data.labels).rows - view.labels
    facts_of = {
        "what": str(audit.info.get("task") or data.source.get("task") or ""),
        "items": f"{len(data):,}",
        "labels": f"{view.labels:,}" + (f" ({missing:,} missing)" if missing else ", none missing"),
        "classes": f"{len(class_names(audit)):,}" if class_names(audit) else "",
        "order": told(by_place(class_names(audit), data.evidence.get("class_order"))),
        "splits": ", ".join(
            f"{short(name, 40)} {n:,}" for name, n in Counter(map(str, split)).most_common(12)
        )
        if split is not None
        else "",
        "columns": facts(columns) if isinstance(columns, Mapping) else "",
        "file": short(context.shared(str((audit.info.get("input") or {}).get("path") or "")), 200),
        "SHA-256": str((audit.info.get("input") or {}).get("sha256") or ""),
    }
    inferred = [short(context.shared(str(note)), 300) for note in data.source.get("notes", ())]
    body = join(
        pairs(facts_of),
        fill("bullets.html", title="What was inferred (each guess has an option)", lines=inferred)
        if inferred
        else "",
        balance(context),
    )
    return [Section("data", "The data", body)]


def _measure_row(view: AuditView, name: str, measure: Measure) -> tuple[str, str, str, str]:
    entry = view.entries.get(name)
    known = measure.low == measure.low and measure.high == measure.high
    means = str(
        measure.info.get("means")
        or (entry.summary.partition(": ")[2] or entry.summary if entry else "")
    )
    none = short(measure.info.get("interval") or measure.info.get("why") or "no interval", 200)
    p = measure.info.get("p")
    span_of = (
        f"{_fine(measure.low)}-{_fine(measure.high)}"
        if known
        else f"p = {_fine(p)}"
        if isinstance(p, float) and p == p
        else ""
    )
    return (
        name.replace("_", " "),
        _fine(measure.value),
        span_of,
        short(means, 300) + ("" if known else f" ({none})"),
    )


def _fine(value: float) -> str:
    return f"{value:.3f}" if abs(value) <= 1 else number(value)


def how_made(context: PageContext) -> list[Section]:
    """How each number was made."""
    audit, view, info = context.audit, context.view, context.audit.info
    timings = {
        name: value
        for name, value in (info.get("timings") or {}).items()
        if isinstance(value, int | float)
    }
    rows = [_auditor_row(view, name, timings) for name in audit.opinions]
    measures = [_measure_row(view, name, measure) for name, measure in audit.measures.items()]
    made = {
        "headline": _headline_made(view),
        "P(wrong)": facts(_without(info.get("p_wrong"), "by_class", "second")),
        "probabilities": facts(info.get("model")),
        "features": ": ".join(
            told for name in ("embedder", "embedder_why") if (told := facts(info.get(name)))
        ),
        "second features": _second_made(info),
        "neighbours": _neighbours_made(audit),
        "options": facts(info.get("options")),
        "random seed": str(info["seed"]) if "seed" in info else "",
        "versions": facts(info.get("versions")),
        "time": ", ".join(
            f"{name.replace('_', ' ')} {seconds:.1f} s"
            for name, seconds in timings.items()
            if seconds >= 0.05 and name not in audit.opinions
        ),
    }
    made = {name: context.shared(told) for name, told in made.items()}
    skipped = [
        (name.replace("_", " "), short(context.shared(why), 300))
        for name, why in audit.skipped.items()
        if not why.startswith(OPT_IN)
    ]
    every = f"All {several(len(audit.opinions), 'auditor')} of the default set that fit could run."
    body = join(
        pairs(made),
        _calibration(context),
        table(
            ("measure", "value", "interval", "what it says"),
            measures,
            numeric=(1,),
            caption="Measures of the labels",
        )
        if measures
        else "",
        fill("auditors.html", rows=rows) if rows else note("No auditor ran."),
        table(("skipped", "why"), skipped, caption="Skipped auditors", empty=every),
        _opt_in(audit),
        _histograms(context),
    )
    return [Section("how", "How this was made", body)]


def _opt_in(audit: Audit) -> Html:
    """The auditors that run where they are asked for, in one sentence."""
    names = [name for name, why in audit.skipped.items() if why.startswith(OPT_IN)]
    return note(f"Run by name (by=): {', '.join(names)}.") if names else Html("")


def _without(facts_of: Mapping[str, Any] | None, *names: str) -> dict[str, Any]:
    return {key: value for key, value in (facts_of or {}).items() if key not in names}


def _second_made(info: Mapping[str, Any]) -> str:
    """Which other features P(wrong) joins, or does not, and what it rests on."""
    told = []
    for name, found in ((info.get("p_wrong") or {}).get("second") or {}).items():
        loss = found["held_out_log_loss"]
        join = "joined to the first for P(wrong)" if found["joined"] else "not joined"
        ends = f"{_fine(loss['without'])} without, {_fine(loss['with'])} with them"
        told.append(f"{name}, {join}: held-out log loss {ends}")
    return "; ".join(told)


def _headline_made(view: AuditView) -> str:
    count = view.audit.count
    if count is not None:
        return (
            f"{count.method}; {percent(count.level)} interval "
            f"{span(count.low, count.high) if count.identified else 'not given'}, if "
            f"{count.assumes}"
        )
    return (
        f"the labels that {view.flagger.replace('_', ' ')} flags; findings are ranked by the mean "
        "of the auditors' ranks"
        if view.flagger
        else ""
    )


def _neighbours_made(audit: Audit) -> str:
    near = audit.data.evidence.get("neighbours")
    if isinstance(near, Neighbours):
        exactly = "" if not near.half_width else f" (± {percent(near.half_width)}, measured)"
        return (
            f"{near.method}, {near.index.shape[1]:,} each by the cosine of their features, recall "
            f"{percent(near.recall)}{exactly}"
        )
    return facts(audit.info.get("neighbours"))


def _auditor_row(view: AuditView, name: str, timings: Mapping[str, float]) -> dict[str, str]:
    word, entry = view.audit.opinions[name], view.entries.get(name)
    if isinstance(word, Suspicion):
        points = f"{int(word.flag.sum()):,} flagged" if word.flag is not None else "ranks all"
    else:
        points = f"{len(word.items):,} found"
    took = (
        ""
        if name not in timings
        else f"{timings[name]:.1f} s"
        if timings[name] >= 0.05
        else "under 0.1 s"
    )
    what = entry.summary.partition(": ")[2] or entry.summary if entry else ""
    return {
        "name": name.replace("_", " "),
        "what": what,
        "points": points,
        "took": took,
        "paper": entry.paper if entry else "",
    }


def _calibration(context: PageContext) -> Html:
    """Calibration of P(wrong) on known truth, else on the verdicts of the weighted draw."""
    p, gold = context.audit.p_wrong, context.audit.data.evidence.get("gold")
    labels = one_class_each(context)
    if p is not None and gold is not None and labels and len(p) == len(labels) == len(gold):
        known = np.asarray(gold) >= 0
        known &= labels.y >= 0
        if known.any():
            chart = charts.reliability(
                calibration(p[known], (np.asarray(gold) != labels.y)[known].astype(float))
            )
            return figure(
                "Calibration",
                f"P(wrong) against the truth of the {int(known.sum()):,} labels whose truth is "
                f"known; {RIGHT}.",
                chart.svg(),
            )
    drawn = (context.audit.info.get("review") or {}).get("calibration")
    if not drawn:
        return Html("")
    found = [_bin(one) for one in drawn]
    words = (
        f"P(wrong) before the review against the verdicts on {sum(one.size for one in found):,} "
        f"drawn labels, each weighted by how many it stands for; {RIGHT}."
    )
    return figure("Calibration", words, charts.reliability(found, what="drawn labels").svg())


def _histograms(context: PageContext) -> Html:
    drawn = []
    if context.audit.p_wrong is not None:
        drawn.append(charts.histogram(context.audit.p_wrong, title="P(wrong)").svg())
    for name in context.view.label_auditors:
        word = context.audit.opinions[name]
        if isinstance(word, Suspicion):
            drawn.append(
                charts.histogram(word.score, flag=word.flag, title=name.replace("_", " ")).svg()
            )
    words = (
        "How each auditor's scores are spread (heights are square roots, so that the few are "
        "seen); orange: flagged."
    )
    return fill("charts.html", name="Scores", words=words, svgs=drawn) if drawn else Html("")


def _bin(kept: Mapping[str, Any]) -> Bin:
    """A bin as it was kept; older folders call the predicted share "said"."""
    return Bin(**{"predicted" if name == "said" else name: kept[name] for name in kept})
