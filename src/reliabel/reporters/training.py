"""A training run as one offline page: how well the model agrees, how it came to it, whom it
trusted, and the labels that it would change, for people to decide on.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

import numpy as np

from reliabel.core.training import Training
from reliabel.reporters.cards import how_many, listed
from reliabel.reporters.confusion import confusion
from reliabel.reporters.epochs import Line, over_epochs
from reliabel.reporters.item_view import ItemViews
from reliabel.reporters.page_context import PageContext, unbroken, without_places
from reliabel.reporters.sentences import AuditView, facts
from reliabel.reporters.shell import (
    Html,
    Section,
    figure,
    fill,
    join,
    note,
    page,
    pairs,
    several,
    short,
)
from reliabel.reporters.training_doubts import doubts
from reliabel.reporters.training_run import (
    TrainingRun,
    class_now,
    condition,
    headline,
    kept,
    points,
    source,
    stamp,
)
from reliabel.reporters.training_tried import tried
from reliabel.reporters.training_trust import trusted

SCRIPTS = ("findings.js", "decide.js", "start.js", "sort.js")
AS_TRAINING = Training()
MARKS = {  # state -> sign and words
    "count": ("≈", "Agreement with noisy labels, not accuracy"),
    "open": ("?", "Ended early"),
    "reviewed": ("✓", "Measured on test labels"),
}


def render(run: TrainingRun, *, top: int = 500, folder: str | None = None) -> str:
    """The page as text.

    top: how many changed labels it holds.
    folder: where the model is kept, as people wrote it; the commands of the page name it.
    """
    if top < 1:
        raise ValueError(f"top must be at least 1, got {top}")
    sections = [
        _answer(run, folder),
        tried(run),
        _curves(run),
        trusted(run),
        _changed(run, top, folder),
        _how(run),
    ]
    state = "open" if run.info.get("stopped") else "reviewed" if run.test else "count"
    sign, says = MARKS[state]
    return page(
        unbroken(headline(run)).replace("held-out", "held\u2011out"),
        unbroken(condition(run)),
        [section for section in sections if section is not None],
        source=source(run),
        stamp=stamp(run),
        script=SCRIPTS,
        mark={"state": state, "sign": sign, "says": says} if run.epochs or run.test else None,
    )


def _answer(run: TrainingRun, folder: str | None) -> Section:
    told: dict[str, Any] = {
        "method": run.name,
        "kept": kept(run),
        "learnt from": several(int(run.sizes.sum()), "label") if run.given is not None else "",
        "changed or left out": _share_changed(run),
        "agreement": _agreement(run),
        "on test labels": "" if run.test is None else f"{points(run.test[0])} right",
    }
    body = fill(
        "training_answer.html",
        facts=unbroken_html(pairs(told)),
        steps=_steps(run, folder),
        curve=_agreement_curve(run),
        warnings=[short(without_places(line), 600) for line in doubts(run)],
    )
    return Section("answer", "", body)


def unbroken_html(html: Html) -> Html:
    """Put a no-break space before percent signs."""
    return Html(unbroken(html))


def _agreement(run: TrainingRun) -> str:
    if run.interval is None:
        return ""
    low, high = (points(end).removesuffix(" %") for end in run.interval)
    return f"{points(run.agreement)} ({low} to {high} %) of {run.held:,} held-out labels"


def _share_changed(run: TrainingRun) -> str:
    if run.relabelled is None:
        return ""
    every = max(int(run.sizes.sum()), 1)
    return f"{several(run.changed, 'label')} ({points(run.changed / every)})"


def _steps(run: TrainingRun, folder: str | None) -> list[dict[str, str]]:
    steps = []
    if run.changed:
        why = "Look at the changed labels below and decide on each; then download decisions.csv"
        steps.append({"why": why, "command": ""})
    if folder:
        place = shlex.quote(without_places(str(folder)))
        steps.append(
            {
                "why": "Predict new items",
                "command": f"reliabel predict {place} NEW_FILE -o predicted.csv",
            }
        )
    return steps


def _agreement_curve(run: TrainingRun) -> Html:
    if not len(run.trace):
        return Html("")
    known = run.probe == run.probe and run.shares
    level = ("the plain linear probe", run.probe) if known else None
    what = "Agreement with held-out labels" if run.shares else "Fit to held-out labels"
    values = np.clip(run.trace, 0.0, 1.0) if run.shares else run.trace
    chart = over_epochs(
        [Line("agreement" if run.shares else "fit", values)],
        what=what,
        kept=run.epoch,
        share=run.shares,
        level=level,
    )
    words = "After each epoch, on labels as noisy as the others."
    return figure(what, words if run.shares else "After each epoch; higher is better.", chart.svg())


def _curves(run: TrainingRun) -> Section | None:
    """Training loss, and how the given labels were learnt where that was recorded."""
    drawn = []
    if len(run.loss):
        chart = over_epochs([Line("loss", run.loss)], what="Training loss", kept=run.epoch)
        drawn.append(
            figure("Training loss", "What the method minimises, mean of each epoch.", chart.svg())
        )
    learnt = _learnt(run)
    if learnt:
        chart = over_epochs(learnt, what="Share of the given labels learnt", share=True)
        words = "Given labels that the model predicts, after each epoch."
        if len(learnt) > 1:
            words += " Wrong labels tend to be learnt late."
        drawn.append(figure("Given labels learnt", words, chart.svg()))
    if not drawn:
        return None
    body = join(Html('<div class="side">'), *drawn, Html("</div>"))
    return Section("curves", "How it learnt", body)


def _learnt(run: TrainingRun) -> list[Line]:
    """Share of the given labels that are predicted after each epoch; where some were changed, these
    apart from the others.
    """
    seen = run.model.dynamics
    if seen is None or not seen.correct.size:
        return []
    if run.given is None or len(run.given) != seen.correct.shape[1]:
        return [Line("all labels", seen.correct.mean(1))]
    known = run.given.y >= 0
    other = known & (class_now(run) != run.given.y)
    same = known & ~other
    if not other.any() or not same.any():
        return [Line("all labels", seen.correct[:, known].mean(1))] if known.any() else []
    return [
        Line("labels it kept", seen.correct[:, same].mean(1)),
        Line("labels it changed or left out", seen.correct[:, other].mean(1), "suggest", True),
    ]


def _changed(run: TrainingRun, top: int, folder: str | None) -> Section | None:
    """The labels that the training changed, as an audit shows what looks wrong."""
    if run.audit is None:
        return None
    title = "Labels it changed, surest first"
    if run.relabelled is None:
        why = (
            f"{run.name} gives no corrected labels; audit the data to see which labels look wrong."
            if run.given is not None
            else "Corrected labels are listed for labels of one class an item only."
        )
        return Section("labels", title, note(why[:1].upper() + why[1:]))
    context = PageContext(run.audit, AuditView(run.audit), ItemViews(run.audit.data), top, folder)
    findings = context.view.by_kind.get("label", ())
    if not findings:
        return Section("labels", title, note("It changed no label and left none out."))
    body = join(confusion(context), listed(context, findings))
    return Section("labels", title, body, f"{how_many(context, findings):,}")


def _how(run: TrainingRun) -> Section:
    entry, info = run.entry, run.info
    said = () if run.audit is None else run.audit.data.source.get("notes", ())
    notes = [short(without_places(str(one)), 300) for one in (*said, *info.get("notes", ()))]
    made = {
        "method": run.name,
        "idea": "" if entry is None else entry.summary,
        "paper": "" if entry is None else entry.paper,
        "options": facts(run.options),
        "training": _training(run.training),
        "features": facts(run.embedder),
        "random seed": str(info["seed"]) if "seed" in info else "",
        "versions": facts(info.get("versions")),
        "time": f"{float(info['seconds']):.1f} s" if "seconds" in info else "",
    }
    more = fill("bullets.html", title="What was inferred", lines=notes) if notes else ""
    body = join(pairs({name: short(value, 600) for name, value in made.items()}), more)
    return Section("made", "How this was made", body)


def _training(training: Training | None) -> str:
    """How it was trained: what differs from the defaults, and the number of epochs."""
    if training is None:
        return ""
    told: Mapping[str, Any] = {
        name: value
        for name, value in vars(training).items()
        if name == "epochs" or (value != getattr(AS_TRAINING, name) and not callable(value))
    }
    own = [name for name, value in vars(training).items() if callable(value)]
    parts = [f"{name} {facts(value)}" for name, value in told.items()]
    return ", ".join([*parts, *(f"{name} of your own" for name in own)])
