"""What a page shows of a consensus on spans: functions or workers with what they mark, classes, and
sentences with everybody's spans beside the consensus.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from reliabel.core.labels import Grouped, Spans, Votes
from reliabel.core.words import Words
from reliabel.crowd.span_table import SpanTable, span_scores, span_table, span_worker_columns
from reliabel.reporters.consensus_facts import (
    MOST,
    most_said,
    odd_things,
    table_of_workers,
    worker_names,
)
from reliabel.reporters.consensus_sections import Made
from reliabel.reporters.shell import (
    Html,
    Section,
    chance,
    fill,
    join,
    note,
    number,
    percent,
    several,
    short,
    table,
)
from reliabel.reporters.tagged_consensus import tagged_files

EXAMPLES = 20  # sentences with everybody's spans
HEAD = (
    "{who}",
    "skill",
    "marks",
    "no span",
    "items",
    "coverage",
    "overlap",
    "conflict",
    "right, by the consensus",
    "found",
    "right, where known",
    "known found",
    "odd",
)


def sections(made: Made) -> list[Section]:
    """What functions mark, the classes, and the sentences that are least certain."""
    if not _of_spans(made):
        return []
    mine = [_table(made)] if made.data.source.get("functions") else []
    return [*mine, _classes(made, made.data.source.get("known")), *_sentences(made)]


def workers(made: Made) -> Section | None:
    """The workers with what each marks; functions have their table first on the page."""
    of_functions = bool(made.data.source.get("functions"))
    known = _of_spans(made) and not made.data.source.get("anonymous")
    return _table(made) if known and not of_functions else None


def worker_columns(made: Made) -> dict[str, Any]:
    """What each marks, and how much of it is right."""
    if not _of_spans(made):
        return {}
    return span_worker_columns(_found(made), made.data.source.get("functions", ()))


def files(made: Made) -> tuple[dict[str, str], list[str]]:
    """The consensus as tagged text, and notes."""
    return tagged_files(made)


def _of_spans(made: Made) -> bool:
    labels = made.consensus.labels
    return isinstance(labels, Grouped) and isinstance(labels.units, Spans)


def _found(made: Made) -> SpanTable:
    return span_table(made.votes, made.consensus.labels, made.data.source.get("known"))


def _table(made: Made) -> Section:
    found, w = _found(made), made.votes.w
    skill = np.full(w, np.nan) if made.consensus.skill is None else made.consensus.skill
    records = made.data.source.get("functions", ())
    who = "function" if records else "worker"
    names, k = worker_names(made.data, w), made.votes.labels.units.names
    order = np.argsort(-found.votes, kind="stable")[:MOST]
    rows = [
        [
            short(names[j], 40),
            "" if records else _percent(skill[j]),
            _says(k, found.says[j]),
            number(int(found.denies[j])) if found.denies[j] else "",
            int(found.votes[j]),
            percent(float(found.coverage[j])),
            _percent(found.overlap[j]),
            _percent(found.conflict[j]),
            _percent(found.right[j]),
            _percent(found.found[j]) if not records else "",
            f"{percent(float(found.known_right[j]))} of {int(found.known[j]):,}"
            if found.known[j]
            else "",
            _percent(found.known_found[j]),
            odd_things(records[j]) if j < len(records) else "",
        ]
        for j in order.tolist()
    ]
    caption = (
        f"{several(len(names), who)}; overlap and conflict are shares of what it marks: on words "
        "of which another speaks as well, and of which one says otherwise (another class, other "
        "words, no span); right are marks with just the words and the class of a span"
    )
    if not records and made.consensus.skill is not None:
        said = made.consensus.info.get("skill_is", "the expected share of right votes")
        caption += f"; skill is {said}"
    head = [name.format(who=who) for name in HEAD]
    body = table_of_workers(head, rows, len(names), caption, ("marks", "odd"))
    title, link = ("Labelling functions", "spans") if records else ("Workers", "workers")
    return Section(link, title, body, f"{len(names):,}")


def _classes(made: Made, known: Grouped[Spans] | None) -> Section:
    """How many spans of each class there are, and how sure they are."""
    labels = made.consensus.labels
    y, p = labels.units.y, np.asarray(made.rows["p"], dtype=float)
    cast = made.votes.labels.units.y
    rows = []
    for code, name in enumerate(labels.units.names):
        mine = p[y == code]
        unsure = int((mine < 0.7).sum())
        rows.append(
            [
                short(name, 40),
                int((cast == code).sum()),
                len(mine),
                chance(float(mine.mean())) if len(mine) and np.isfinite(mine).all() else "",
                number(unsure),
            ]
        )
    caption = "Spans of each class: marked by anybody, in the consensus, and how certain they are"
    head = ("class", "marked", "in the consensus", "mean chance", "below .7")
    parts: list[Any] = [table(head, rows, numeric=(1, 2, 3, 4), caption=caption)]
    if known is not None:
        precision, recall, f1 = span_scores(labels, known)
        parts.append(
            note(
                f"Known spans ({len(known.units):,}): of the consensus's {percent(precision)} are "
                f"right, {percent(recall)} are found, F1 {f1:.3f}."
            )
        )
    return Section("classes", "Classes", join(*parts), f"{len(y):,}")


def _sentences(made: Made) -> list[Section]:
    """The sentences with the least certain spans, with what everybody marks."""
    items = made.data.evidence.get("items")
    labels, p = made.consensus.labels, np.asarray(made.rows["p"], dtype=float)
    if items is None or not len(p) or not np.isfinite(p).any():
        return []
    order = labels.item[np.argsort(p, kind="stable")]
    chosen = [i for i in dict.fromkeys(order.tolist()) if isinstance(items[i], Words)][:EXAMPLES]
    names = worker_names(made.data, made.votes.w)
    by_item = _by_item(made.votes, chosen)
    parts = [
        fill(
            "fold.html",
            summary=f"{short(made.data.ids.item(i), 30)}: {short(str(items[i]), 110)}",
            body=_everybody(items[i], labels, p, i, by_item.get(i, []), names),
        )
        for i in chosen
    ]
    lead = note("The sentences with the least certain spans; open one to see what each marks.")
    return [Section("sentences", "What everybody marks", join(lead, *parts), f"{len(chosen):,}")]


def _everybody(
    words: Words,
    labels: Grouped[Spans],
    p: Any,
    item: int,
    votes: Sequence[tuple[int, list[tuple[int, int, str]]]],
    names: Sequence[str],
) -> Html:
    a, b = int(labels.offsets[item]), int(labels.offsets[item + 1])
    u = labels.units
    rows: list[list[Any]] = [
        [
            "consensus",
            _mark(words, int(u.start[j]), int(u.end[j]), u.names[int(u.y[j])]),
            chance(float(p[j])),
        ]
        for j in range(a, b)
    ]
    for worker, marks in votes:
        said = "; ".join(_mark(words, *mark) for mark in marks) or "nothing"
        rows.append([short(names[worker], 30), short(said, 200), ""])
    return table(("who", "marks", "chance"), rows, numeric=(2,))


def _mark(words: Words, start: int, end: int, name: str) -> str:
    """Words with their class; of words that stand there twice also which."""
    said = words[start:end]
    twice = sum(words[a : a + len(said)] == said for a in range(len(words))) > 1
    return f"[{' '.join(said)}] {name}" + (f" {start}:{end}" if twice else "")


def _by_item(
    votes: Votes[Grouped[Spans]], items: Sequence[int]
) -> dict[int, list[tuple[int, list[tuple[int, int, str]]]]]:
    """What each worker marks in some items."""
    found: dict[int, list[tuple[int, list[tuple[int, int, str]]]]] = {}
    u = votes.labels.units
    for vote in np.flatnonzero(np.isin(votes.item, list(items))).tolist():
        a, b = int(votes.labels.offsets[vote]), int(votes.labels.offsets[vote + 1])
        marks = [
            (int(u.start[j]), int(u.end[j]), u.names[u.y[j]] if u.y[j] >= 0 else "no span")
            for j in range(a, b)
        ]
        found.setdefault(int(votes.item[vote]), []).append((int(votes.worker[vote]), marks))
    return found


def _says(classes: Sequence[str], count: Any) -> str:
    """The classes that somebody marks, the most frequent first."""
    said = [int(c) for c in np.argsort(-count, kind="stable") if count[c]]
    return most_said(classes, {c: f"{int(count[c]):,}" for c in said})


def _percent(value: Any) -> str:
    return percent(float(value)) if np.isfinite(value) else ""
