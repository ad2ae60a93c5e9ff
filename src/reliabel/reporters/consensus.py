"""A consensus on classes as one offline page: how certain it is, the workers, the hard items, and
where to ask for more votes.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset
from reliabel.core.results import Consensus, Measure
from reliabel.crowd.independence import independence_card, independence_sentence
from reliabel.crowd.study import Study
from reliabel.reporters import charts
from reliabel.reporters.consensus_facts import (
    condition,
    headline,
    method,
    shown_as,
    warning_box,
    worker_names,
)
from reliabel.reporters.consensus_functions import functions_sections
from reliabel.reporters.consensus_items import hard_section, next_section
from reliabel.reporters.consensus_sections import Made, own_sections
from reliabel.reporters.consensus_workers import confusions_section, workers_section
from reliabel.reporters.shell import (
    Html,
    Section,
    figure,
    fill,
    join,
    number,
    page,
    pairs,
    percent,
    several,
    table,
)

BANDS = ((0.99, 1.01), (0.95, 0.99), (0.8, 0.95), (0.5, 0.8), (0.0, 0.5))  # of certainty
HOW = (
    "Skill: the mean of two estimates, from the other votes on a worker's items and from the "
    "probability of the worker's votes under the consensus; Wilson's interval.",
    "Kinds: likelihood of a worker's votes as honest, spammer, constant or adversary (prior .85, "
    ".10, .03, .02); a kind is named from a probability of .8 on.",
    "Flags: tests with a p-value, significant by the Benjamini-Hochberg rule over all workers at "
    "1 %.",
    "Next votes: expected rise of the probability of the best class, for up to five votes of an "
    "average worker; items with a certainty above .95 are left out.",
    "Independent votes: pairs of votes that agree more often than the likely true class and the "
    "matrices of both workers explain, times four, as in crowds with known truth.",
    "Workers' estimates assume that they err independently of one another given the class.",
)


HOW_FUNCTIONS = (
    "Right, by the consensus: mean probability that a function's votes are right; right, where "
    "known: the share on items with gold.",
    "Fires with: votes that two functions have in common beyond those that the likely classes "
    "explain, divided by the geometric mean of their votes.",
    "Items of a cell are those with the least certain consensus.",
)


def render(
    consensus: Consensus[Any],
    data: Dataset,
    study: Study,
    measures: Mapping[str, Measure],
    rows: Mapping[str, Any],
) -> str:
    """The page as text; ``rows``: the columns of consensus.parquet."""
    voted = study.counted > 0
    title, subtitle = headline(study), condition(study)
    sections = [
        _answer(consensus, data, study, measures),
        _certainty(study, voted),
        *own_sections(Made(consensus, data, study.votes, rows)),
        *functions_sections(data, study, study.functions),
        *([] if study.functions else _of_workers(consensus, data, study)),
        hard_section(data, study),
        next_section(data, study),
        _how(consensus, HOW_FUNCTIONS if study.functions else HOW),
    ]
    source = PurePath(str(data.source["path"])).name if data.source.get("path") else "votes"
    seed = consensus.info.get("seed")
    return page(
        title,
        subtitle,
        [section for section in sections if section is not None],
        source=source,
        stamp="aggregated" if seed is None else f"aggregated · seed {seed}",
        script="sort.js",
    )


def _of_workers(consensus: Consensus[Any], data: Dataset, study: Study) -> list[Section | None]:
    shares = consensus.info.get("independent")
    return [workers_section(data, study, shares), confusions_section(data, study)]


def _sure(study: Study) -> str:
    """How many items have a certain consensus."""
    p = study.posterior.max(1)[study.counted > 0]
    sure = int((p >= 0.95).sum())
    return f"{several(sure, 'item')} ({percent(sure / max(len(p), 1))}) with a certainty above .95"


def _answer(
    consensus: Consensus[Any], data: Dataset, study: Study, measures: Mapping[str, Measure]
) -> Section:
    votes, info = study.votes, consensus.info
    each = study.counted[study.counted > 0]
    mean = (
        f"{number(float(each.mean()))} ({int(each.min())} to {int(each.max())})"
        if len(each)
        else ""
    )
    who = "labelling functions" if study.functions else "workers"
    facts: dict[str, Any] = {
        "votes": f"{len(votes):,} of {votes.w:,} {who} on {votes.n:,} items",
        "votes per item": mean or "none",
        "certain": _sure(study),
        "method": method(info),
        **{shown_as(name): _value(measure) for name, measure in measures.items()},
    }
    if "independent" in info:
        card = independence_card(info["independent"], votes, worker_names(data, votes.w))
        facts["independent votes"] = independence_sentence(card)
    if "certificate" in info:
        facts["is a majority enough?"] = str(info["certificate"].parts.get("verdict", ""))
    if "identifiability" in info:
        facts["can skills be learnt?"] = str(info["identifiability"].parts.get("verdict", ""))
    if study.share is not None:
        share, low, high = map(percent, study.share)
        facts["ambiguous items"] = (
            f"{share} ({low} to {high}): votes fit two classes better than one"
        )
    return Section(
        "answer", "", join(pairs(facts), warning_box(info, int((study.counted == 0).sum())))
    )


def _value(measure: Measure) -> str:
    """A measure with its interval, or why there is none."""
    known = np.isfinite(measure.low)
    why = "" if known else f" ({measure.info.get('why', 'no interval')})"
    if not np.isfinite(measure.value):
        return f"not defined{why}"
    return f"{measure.value:.2f}" + (
        f" ({measure.low:.2f} to {measure.high:.2f})" if known else why
    )


def _certainty(study: Study, voted: Any) -> Section:
    wrong = np.where(voted, 1 - study.posterior.max(1), np.nan)
    rows = []
    for low, high in BANDS:
        here = voted & (1 - wrong >= low) & (1 - wrong < high)
        n = int(here.sum())
        band = f"{low:.2f} and above" if high > 1 else f"{low:.2f} to {high:.2f}"
        share = percent(n / max(int(voted.sum()), 1))
        rows.append((band, n, share, number(float(wrong[here].sum()))))
    caption = (
        "Chance that the consensus is wrong, by the model. Heights are square roots, so that the "
        "few uncertain items can be seen."
    )
    histogram = charts.histogram(wrong, title="chance of a wrong consensus").svg()
    chart = figure("Certainty of the consensus", caption, histogram)
    head = ("certainty", "items", "share", "expected wrong")
    bands = table(head, rows, numeric=(1, 2, 3), caption="Items by certainty")
    side = join(Html('<div class="side">'), chart, Html("<div>"), bands, Html("</div></div>"))
    return Section("certainty", "Certainty", side)


def _how(consensus: Consensus[Any], words: tuple[str, ...]) -> Section:
    lines = list(words)
    scores = consensus.info.get("held_out")
    if isinstance(scores, Mapping):
        each = (f"{str(name).replace('_', ' ')} {float(s):.3f}" for name, s in scores.items())
        lines.append(f"Held-out votes, mean log likelihood: {', '.join(each)}.")
    return Section("made", "How this was made", fill("bullets.html", title="", lines=lines))
