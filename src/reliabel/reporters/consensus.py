"""A consensus as one offline page: how sure it is, whom to trust, which items are hard, and where
the next votes belong.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

import numpy as np

from reliabel.core.catalogue import catalogue
from reliabel.core.dataset import Dataset
from reliabel.core.labels import Classes
from reliabel.core.results import Consensus, Measure
from reliabel.crowd.study import Study
from reliabel.crowd.workers import Workers
from reliabel.reporters import charts
from reliabel.reporters.item_view import ItemViews
from reliabel.reporters.shell import (
    Html,
    Section,
    about,
    chance,
    figure,
    fill,
    join,
    note,
    number,
    page,
    pairs,
    percent,
    several,
    short,
    table,
)

HARD, WORST, ROWS, BOUGHT = (
    30,
    5,
    50,
    30,
)  # hard items, confusion maps, workers and purchases on the page
CLASSES = 12  # classes of a confusion map


def shown_as(measure: str) -> str:
    """The name of a measure as people write it."""
    known = {entry.name: entry.shown_as for entry in catalogue() if entry.verb == "measure"}
    return known.get(measure) or measure.replace("_", " ")


def render(
    consensus: Consensus[Any], data: Dataset, study: Study, measures: Mapping[str, Measure]
) -> str:
    """The page as text."""
    voted = study.counted > 0
    p = study.posterior.max(1)
    wrong = float((1 - p[voted]).sum())
    count = int(voted.sum())
    title = (
        f"About {about(wrong)} of {count:,} consensus labels are probably wrong ({percent(wrong / max(count, 1))})"
        if count
        else "There are no votes"
    )
    sure = int((p[voted] >= 0.95).sum())
    subtitle = (
        f"by the model's own certainty: {sure:,} items ({percent(sure / max(count, 1))}) are surer than .95. On real crowds such a certainty has been off by "
        "six points on average; check it on a hundred items whose truth you know (--gold)."
    )
    sections = [
        _answer(consensus, study, measures),
        _certainty(study, voted),
        _workers(consensus, data, study),
        _confusions(data, study),
        _hard(data, study),
        _next(data, study),
        _made(consensus, study),
    ]
    source = PurePath(str(data.source["path"])).name if data.source.get("path") else "votes"
    seed = consensus.info.get("seed")
    return page(
        title,
        subtitle,
        [s for s in sections if s is not None],
        source=source,
        stamp="aggregated" if seed is None else f"aggregated · seed {seed}",
    )


def warned(info: Mapping[str, Any], unvoted: int) -> Html:
    """What was said of the votes, and how many items have none."""
    warnings = [short(said, 600) for said in info.get("warnings", ())]
    if unvoted:
        warnings.append(
            f"{several(unvoted, 'item')} without a vote: they carry no answer of their own"
        )
    return fill("answer.html", curve="", promise="", command="", also=[], warnings=warnings)


def _answer(consensus: Consensus[Any], study: Study, measures: Mapping[str, Measure]) -> Section:
    votes, info = study.votes, consensus.info
    per_item = study.counted[study.counted > 0]
    facts: dict[str, Any] = {
        "votes": f"{len(votes):,} of {votes.w:,} workers on {votes.n:,} items",
        "votes an item": f"{number(float(per_item.mean()))} ({int(per_item.min())} to {int(per_item.max())})"
        if len(per_item)
        else "none",
        "method": method(info),
    }
    for name, measure in measures.items():
        why = "" if np.isfinite(measure.low) else f" ({measure.info.get('why', 'no interval')})"
        ends = f" ({measure.low:.2f} to {measure.high:.2f})" if np.isfinite(measure.low) else why
        facts[shown_as(name)] = (
            f"{measure.value:.2f}{ends}" if np.isfinite(measure.value) else f"not defined{why}"
        )
    if "certificate" in info:
        facts["would a majority do?"] = str(info["certificate"].parts.get("verdict", ""))
    if "identifiability" in info:
        facts["can skills be learnt?"] = str(info["identifiability"].parts.get("verdict", ""))
    if study.share is not None:
        facts["ambiguous items"] = (
            f"{percent(study.share[0])} ({percent(study.share[1])} to {percent(study.share[2])}): votes fit two classes better than one"
        )
    body = join(pairs(facts), warned(info, int((study.counted == 0).sum())))
    return Section("answer", "", body)


def method(info: Mapping[str, Any]) -> str:
    """How the consensus was made, in words."""
    models = info.get("models")
    if not models:
        return str(info.get("by", "")).replace("_", " ")
    words = " and ".join(str(model).replace("_", " ") for model in models)
    return (
        f"mean of {words}, which agree on {percent(info['agreement'])} of the items"
        if len(models) > 1 and "agreement" in info
        else words
    )


def _certainty(study: Study, voted: Any) -> Section:
    doubt = np.where(voted, 1 - study.posterior.max(1), np.nan)
    steps = ((0.99, 1.01), (0.95, 0.99), (0.8, 0.95), (0.5, 0.8), (0.0, 0.5))
    rows = []
    for low, high in steps:
        there = voted & (1 - doubt >= low) & (1 - doubt < high)
        n = int(there.sum())
        rows.append(
            (
                f"{low:.2f} and above" if high > 1 else f"{low:.2f} to {high:.2f}",
                n,
                percent(n / max(int(voted.sum()), 1)),
                number(float(doubt[there].sum())),
            )
        )
    words = "Chance that the consensus is wrong, by the model. Heights are square roots, so that the few doubtful items are seen."
    chart = figure(
        "How sure the consensus is",
        words,
        charts.histogram(doubt, title="chance of a wrong consensus").svg(),
    )
    told = table(
        ("certainty", "items", "share", "expected wrong"),
        rows,
        numeric=(1, 2, 3),
        caption="Items by certainty",
    )
    return Section(
        "certainty",
        "Certainty",
        join(Html('<div class="side">'), chart, Html("<div>"), told, Html("</div></div>")),
    )


def _workers(consensus: Consensus[Any], data: Dataset, study: Study) -> Section:
    found = study.workers
    if found is None:
        return Section(
            "workers",
            "Workers",
            note(
                "Too many workers and classes for a matrix each; workers.parquet holds their votes."
            ),
        )
    names = names_of(data, study.votes.w)
    order = np.lexsort((-found.votes, found.high))
    head = [
        "worker",
        "votes",
        "skill",
        "95 % interval",
        "kind",
        "agrees with others",
        "leans to",
        "stands out",
    ]
    gold = bool(found.gold_votes.any())
    head += ["right on gold"] if gold else []
    head, rows = _filled(
        head, [_worker_row(found, int(j), names, study.votes.labels, gold) for j in order.tolist()]
    )
    caption = f"{several(len(rows), 'worker')}, surely worst first; skill is the expected share of right votes"
    parts = [_kinds(found), table(head, rows[:ROWS], numeric=(1, 2, 5), caption=caption)]
    if len(rows) > ROWS:
        parts.append(
            fill(
                "fold.html",
                summary=f"{len(rows) - ROWS:,} more workers",
                body=table(head, rows[ROWS:500], numeric=(1, 2, 5)),
            )
        )
    if study.off_gold:
        parts.append(
            note(
                f"Skill and gold differ by more than two standard errors for {', '.join(names[j] for j in study.off_gold[:8])}: there the model is wrong."
            )
        )
    parts.append(_alike(names, study))
    return Section("workers", "Workers", join(*parts), f"{len(rows):,}")


def _kinds(found: Workers) -> Html:
    odd = {
        kind: found.kind.count(kind)
        for kind in ("spammer", "constant", "adversary")
        if kind in found.kind
    }
    unknown = found.kind.count("unknown")
    said = (
        ", ".join(
            f"{count} {'looks' if count == 1 else 'look'} like {_article(kind)}"
            for kind, count in odd.items()
        )
        or "No worker looks like a spammer or an adversary"
    )
    tail = f"; of {unknown:,} too little is known to say" if unknown else ""
    return note(f"{said}{tail}. Flags are for you to look at: they change no consensus.")


def _article(kind: str) -> str:
    return {
        "spammer": "a spammer (answers do not depend on the item)",
        "constant": "a constant answerer",
        "adversary": "an adversary (wrong more than chance)",
    }[kind]


def _filled(head: list[str], rows: list[list[Any]]) -> tuple[list[str], list[list[Any]]]:
    """The columns that say something in some row: on a phone each one counts."""
    keep = [place for place in range(len(head)) if any(row[place] != "" for row in rows)]
    return [head[place] for place in keep], [[row[place] for place in keep] for row in rows]


def _worker_row(found: Workers, j: int, names: list[str], labels: Classes, gold: bool) -> list[Any]:
    skill = chance(float(found.skill[j])) if np.isfinite(found.skill[j]) else "?"
    bias = found.bias[j]
    leaning = found.votes[j] >= 10 and np.nanmax(bias) >= 0.03
    leans = (
        f"{short(labels.names[int(np.nanargmax(bias))], 20)} ({100 * np.nanmax(bias):+.0f}\u00a0points)".replace(
            " ", "\u00a0"
        )
        if leaning
        else ""
    )
    agrees = percent(float(found.agreement[j])) if np.isfinite(found.agreement[j]) else ""
    row = [
        short(names[j], 40),
        int(found.votes[j]),
        skill,
        f"{found.low[j]:.2f} to {found.high[j]:.2f}",
        found.kind[j],
        agrees,
        leans,
        ", ".join(found.flags[j]),
    ]
    told = (
        f"{percent(float(found.gold_right[j]))} of {int(found.gold_votes[j])}"
        if found.gold_votes[j]
        else ""
    )
    return row + ([told] if gold else [])


def _alike(names: list[str], study: Study) -> Html:
    found = study.alike
    if found is None or not len(found.pair):
        return note(
            "No two accounts agree more than the items explain (checked: pairs with ten items in common or more)."
        )
    rows = [
        (
            short(names[a], 30),
            short(names[b], 30),
            int(found.common[i]),
            int(found.agree[i]),
            number(float(found.expected[i])),
            f"{found.p[i]:.0e}",
        )
        for i, (a, b) in enumerate(found.pair[:20].tolist())
    ]
    caption = f"{several(len(found.pair), 'pair')} of accounts that agree more than the items explain: one person twice, copying, or items that fool both"
    return table(
        ("worker", "and", "items in common", "equal votes", "expected", "p"),
        rows,
        numeric=(2, 3, 4, 5),
        caption=caption,
    )


def _confusions(data: Dataset, study: Study) -> Section | None:
    found, labels = study.workers, study.votes.labels
    if found is None or labels.k < 2:
        return None
    truth = study.posterior.sum(0) / max(study.posterior.sum(), 1e-12)
    counts = (
        found.votes[:, None, None] * truth[None, :, None]
    ) * found.confusion  # expected votes [true, said]
    pooled = counts.sum(0)
    chosen = np.arange(labels.k) if labels.k <= CLASSES else charts.most_confused(pooled, CLASSES)
    if len(chosen) < 2:
        chosen = np.arange(min(labels.k, CLASSES))
    names = [labels.names[c] for c in chosen.tolist()]
    part = np.ix_(chosen, chosen)
    words = (
        "Rows are what was said, columns what is likely true; darker: a larger share of the row."
    )
    parts = [figure("All workers together", words, charts.heat(pooled[part], names).svg())]
    known = np.flatnonzero(np.isfinite(found.skill) & (found.votes >= 10))
    for j in known[np.argsort(found.skill[known], kind="stable")][:WORST].tolist():
        say = (
            f"{int(found.votes[j]):,} votes, skill {chance(float(found.skill[j]))}, {found.kind[j]}"
        )
        parts.append(
            figure(
                short(names_of(data, study.votes.w)[j], 40),
                say,
                charts.heat(counts[j][part], names).svg(),
            )
        )
    return Section(
        "confusions",
        "Who takes what for what",
        join(Html('<div class="side">'), *parts, Html("</div>")),
    )


def _hard(data: Dataset, study: Study) -> Section:
    doubt = 1 - study.posterior.max(1)
    score = doubt if study.ambiguous is None else np.fmax(study.ambiguous, doubt)
    known = np.flatnonzero(study.counted > 0)
    order = known[np.lexsort((-study.entropy[known], -score[known]))][:HARD]
    order = order[score[order] > 0]
    if not len(order):
        return Section("hard", "Hard items", note("No item leaves any doubt."))
    unclear = study.ambiguous is not None and bool(
        (np.nan_to_num(study.ambiguous[order]) >= 0.05).any()
    )
    shown, names, bare = (
        ItemViews(data),
        study.votes.labels.names,
        data.evidence.get("items") is None,
    )
    said = _said_of(study, order, names_of(data, study.votes.w))
    rows = []
    for i in order.tolist():
        top = np.argsort(-study.posterior[i], kind="stable")[:3]
        guess = ", ".join(
            f"{short(names[c], 24)}\u00a0{chance(float(study.posterior[i, c]))}"
            for c in top.tolist()
            if study.posterior[i, c] >= 0.01
        )
        odds = (
            chance(float(study.ambiguous[i]))
            if unclear and study.ambiguous is not None and np.isfinite(study.ambiguous[i])
            else ""
        )
        rows.append(
            [short(data.ids.item(i), 40), *([] if bare else [shown.brief(i)]), said[i], guess, odds]
        )
    head = ["item", *([] if bare else ["what it is"]), "votes", "consensus", "ambiguous"]
    told = (
        "ambiguous: chance that votes are meant for two classes, not that workers missed one"
        if unclear
        else "none looks as if it lay between two classes"
    )
    head, rows = _filled(head, rows)
    return Section(
        "hard",
        "Hard items",
        table(
            head,
            rows,
            numeric=(len(head) - 1,) * unclear,
            caption=f"The most doubtful items; {told}. consensus.parquet holds all",
        ),
    )


def _said_of(study: Study, items: Any, names: list[str]) -> dict[int, str]:
    """Who says what of each item: "cat (2): ann, bob · dog (1): cid"."""
    votes = study.votes
    who: dict[int, dict[int, list[str]]] = {}
    for v in np.flatnonzero(np.isin(votes.item, items)).tolist():
        who.setdefault(int(votes.item[v]), {}).setdefault(int(votes.labels.y[v]), []).append(
            short(names[int(votes.worker[v])], 16)
        )
    return {
        item: " · ".join(
            f"{short(votes.labels.names[c], 24)} ({len(people)}): {', '.join(people[:6])}{' …' if len(people) > 6 else ''}"
            for c, people in sorted(said.items(), key=lambda pair: -len(pair[1]))
        )
        for item, said in who.items()
    }


def _next(data: Dataset, study: Study) -> Section | None:
    buy = study.next
    if buy is None:
        return None
    open_items = int((~buy.stop).sum())
    if not len(buy.item):
        return Section(
            "next",
            "Next votes to buy",
            note(
                "No item needs another vote: each is sure, has enough votes, or would not gain from one more."
            ),
        )
    names = names_of(data, study.votes.w)
    rows = [
        (
            short(data.ids.item(int(i)), 40),
            int(study.counted[i]),
            chance(float(study.posterior[i].max())),
            int(m),
            f"{100 * g:.1f}",
            short(names[j], 30) if j >= 0 else "anyone new",
        )
        for i, m, g, j in zip(
            buy.item[:BOUGHT].tolist(),
            buy.votes[:BOUGHT].tolist(),
            buy.gain[:BOUGHT].tolist(),
            buy.worker[:BOUGHT].tolist(),
            strict=True,
        )
    ]
    caption = f"{several(open_items, 'item')} would gain from more votes; the first {len(rows)}"
    head = ("item", "votes", "certainty", "votes to buy", "gain a vote (points)", "ask first")
    return Section(
        "next",
        "Next votes to buy",
        table(head, rows, numeric=(1, 2, 3, 4), caption=caption),
        f"{open_items:,}",
    )


def _made(consensus: Consensus[Any], study: Study) -> Section:
    lines = [
        "Skill: half-way between what the other votes say of a worker's answers and the chance of his answers under the consensus; Wilson's interval.",
        "Kinds: likelihood of a worker's votes as honest, spammer, constant or adversary (prior .85, .10, .03, .02), named from a chance of .8 on.",
        "Flags: each a test with a p-value, held to the Benjamini-Hochberg rule over all workers at 1 %.",
        "Next votes: expected gain in the chance of the best class, looking up to five votes of a typical worker ahead; items surer than .95 are left alone.",
        "All of it assumes that workers err independently of one another given the class.",
    ]
    held = consensus.info.get("held_out")
    if isinstance(held, Mapping):
        lines.append(
            "Held-out votes, mean log likelihood: "
            + ", ".join(
                f"{str(name).replace('_', ' ')} {float(value):.3f}" for name, value in held.items()
            )
            + "."
        )
    return Section("made", "How this was made", fill("bullets.html", title="", lines=lines))


def names_of(data: Dataset, w: int) -> list[str]:
    """The workers' ids."""
    return [str(j) for j in range(w)] if data.ids.workers is None else list(data.ids.workers)
