"""An evaluation of models on a noisy test as one offline page."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from reliabel.core.evaluation import Evaluation, ModelScore, NoiseRanking
from reliabel.reporters.evaluation_chart import lead_chart, model_chart, ranking_chart
from reliabel.reporters.evaluation_text import (
    assumption,
    crossing_sentences,
    next_step,
    pair_sentence,
    points,
    span,
)
from reliabel.reporters.shell import (
    Html,
    Section,
    chance,
    day,
    figure,
    fill,
    join,
    note,
    page,
    pairs,
    percent,
    several,
    short,
    table,
)


def render(done: Evaluation, *, folder: str | Path | None = None) -> str:
    """The page as text."""
    sections = [_answer(done, folder), _models(done), _pairs(done), _ranking(done), _how(done)]
    known = done.best.right.low == done.best.right.low
    mark = {
        "state": "reviewed" if known else "open",
        "sign": "✓" if known else "?",
        "says": "Measured on reviewed labels" if known else "Not reviewed yet",
    }
    return page(
        headline(done),
        condition(done),
        [section for section in sections if section is not None],
        source=f"{several(len(done.models), 'model')} on {several(done.items, 'label')}",
        stamp=f"evaluated {day(done.info.get('at', ''))} · reliabel {done.info.get('version', '')}",
        script=("start.js", "sort.js"),
        mark=mark,
    )


def headline(done: Evaluation) -> str:
    """The answer in a sentence."""
    best = done.best
    share = f"{100 * best.right.value:.1f} %"
    if len(done.models) == 1:
        return f"{short(best.name, 60)} is right on {'' if _known(best) else 'about '}{share}"
    rival = done.pairs[0]
    if rival.lead.low > 0:
        return f"{short(rival.first, 40)} is better than {short(rival.second, 40)}"
    return f"{short(rival.first, 40)} and {short(rival.second, 40)} cannot be told apart yet"


def condition(done: Evaluation) -> str:
    """How sure it is."""
    best = done.best
    if len(done.models) == 1:
        return f"{span(best.right)} of its predictions; the given labels say {percent(best.given)}"
    return f"{points(done.pairs[0].lead)}; {short(best.name, 40)} is right on {span(best.right)}"


def begun(sentence: str) -> str:
    """A sentence that begins with a capital.

    >>> begun("no two models change places")
    'No two models change places'
    """
    return sentence[:1].upper() + sentence[1:]


def _known(model: ModelScore) -> bool:
    return model.right.low == model.right.low


def _answer(done: Evaluation, folder: str | Path | None) -> Section:
    why, command = next_step(done, folder)
    told = {
        "labels": f"{done.items:,}",
        "reviewed": f"{done.reviewed:,}",
        "wrong labels": "not known" if done.wrong != done.wrong else f"about {percent(done.wrong)}",
        "best by the estimate": short(done.best.name, 60),
    }
    body = fill(
        "training_answer.html",
        facts=pairs(told),
        steps=[{"why": begun(why), "command": command}],
        curve=figure(
            "Right predictions",
            "Bars: 95 % intervals; the upright mark: what the given labels say.",
            model_chart(done.models).svg(),
        ),
        warnings=[short(line, 400) for line in done.notes],
    )
    return Section("answer", "", body)


def _models(done: Evaluation) -> Section:
    rows = [
        [
            short(model.name, 60),
            percent(model.given),
            span(model.right),
            "" if model.balanced is None else span(model.balanced),
            "" if model.f1 is None else span(model.f1),
        ]
        for model in sorted(done.models, key=lambda one: -one.right.value)
    ]
    head = ["model", "by the given labels", "right", "balanced accuracy", "macro F1"]
    body = table(head, rows, numeric=range(1, 5), sortable=True)
    why = next(
        (m.balanced.method for m in done.models if m.balanced and m.balanced.low != m.balanced.low),
        "",
    )
    return Section("models", "Models", join(body, note(begun(why))))


def _pairs(done: Evaluation) -> Section | None:
    if not done.pairs:
        return None
    rows = [
        [
            short(pair.first, 40),
            short(pair.second, 40),
            f"{pair.differ:,}",
            points(pair.lead),
            chance(pair.beats) if pair.beats == pair.beats else "",
        ]
        for pair in done.pairs
    ]
    head = ["model", "over", "items where they differ", "right predictions more", "P(better)"]
    drawn = [pair for pair in done.pairs if pair.lead.low == pair.lead.low]
    chart = (
        figure(
            "First over second",
            "Points of accuracy with 95 % intervals; a bar beside the line is better for sure.",
            lead_chart(drawn).svg(),
        )
        if drawn
        else Html("")
    )
    words = note(begun(pair_sentence(done.pairs[0])) + ".")
    body = join(words, chart, table(head, rows, numeric=range(2, 5), sortable=True))
    return Section("pairs", "Which is better", body)


def _ranking(done: Evaluation) -> Section | None:
    title = "Were more labels wrong"
    if len(done.models) < 2:
        return None
    if done.ranking is None:
        return Section("noise", title, note("It takes ten corrected labels to say."))
    chart = ranking_chart(done.ranking, [model.name for model in done.models])
    words = (
        "Accuracy by corrected labels (lines) and by given ones (dashed) as the share of wrong "
        f"labels rises; from {several(done.ranking.items, 'corrected label')}."
    )
    lines = [note(begun(line) + ".") for line in crossing_sentences(done)]
    tau = note(_agreement(done.ranking))
    return Section("noise", title, join(figure("Ranking", words, chart.svg()), *lines, tau))


def _agreement(ranking: NoiseRanking) -> str:
    tau = float(ranking.agreement(np.array([ranking.now]))[0])
    return f"Given and corrected labels rank the models with Kendall's tau {tau:.2f} now."


def _how(done: Evaluation) -> Section:
    told = {
        "reviews": {
            "log": "drawn by chance and logged before they were shown, beside chosen ones",
            "sample": "a weighted draw (reliabel sample)",
            "chosen": "chosen by people: known items, no evidence on the rest",
        }.get(str(done.info.get("source")), "none"),
        "guesses": "P(wrong) of the audit"
        if done.info.get("has_p_wrong")
        else "given labels alone",
        "random seed": str(done.info.get("seed", "")),
        "papers": "Angelopoulos et al. 2023 (prediction-powered inference); Waudby-Smith and "
        "Ramdas 2024 (betting); Northcutt, Athalye, Mueller 2021 (ranking)",
    }
    return Section("made", "How this was made", join(pairs(told), note(assumption(done))))
