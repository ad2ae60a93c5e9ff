"""The sections of a consensus page about labelling functions: their table, the items behind each
cell, and the pairs that contradict each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset
from reliabel.crowd.conflict_slices import Conflicts, conflict_slices
from reliabel.crowd.functions import FunctionTable
from reliabel.crowd.study import Study
from reliabel.reporters.consensus_facts import (
    MOST,
    most_said,
    odd_things,
    table_of_workers,
    worker_names,
)
from reliabel.reporters.functions_text import slice_name
from reliabel.reporters.item_view import ItemViews
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

OPEN = 60  # functions whose items can be opened
EXAMPLES = 4  # items of a cell
PAIRS = 10  # that fire together, in a sentence
HEAD = (
    "function",
    "says",
    "votes",
    "coverage",
    "overlap",
    "conflict",
    "right, by the consensus",
    "right, where known",
    "fires with",
    "odd",
)


def functions_sections(data: Dataset, study: Study, found: FunctionTable | None) -> list[Section]:
    """The table of functions, and what they contradict each other about."""
    if found is None:
        return []
    names = worker_names(data, study.votes.w)
    views = None if data.evidence.get("items") is None else ItemViews(data)
    sections = [_table(names, study, found, views)]
    conflicts = conflict_slices(study.votes, study.posterior, data.evidence.get("items"))
    if found.clashes or conflicts.slices:
        sections.append(_disagreements(names, study, found, conflicts, views))
    return sections


def _table(
    names: list[str], study: Study, found: FunctionTable, views: ItemViews | None
) -> Section:
    order = np.lexsort((np.arange(len(names)), -found.votes))
    rows = [_row(names, study, found, j) for j in order[:MOST].tolist()]
    caption = (
        f"{several(len(names), 'labelling function')}; coverage, overlap and conflict are shares "
        "of all items: on which it fires, with another, and with one that says otherwise"
    )
    shown = table_of_workers(list(HEAD), rows, len(names), caption, ("says", "odd"))
    parts = [shown, _together(names, found), *_cells(names, study, views, order[:OPEN])]
    return Section("functions", "Labelling functions", join(*parts), f"{len(names):,}")


def _row(names: list[str], study: Study, found: FunctionTable, j: int) -> list[Any]:
    closest = -1 if found.firing is None else int(found.firing.closest[j])
    beside = ""
    if closest >= 0 and found.firing is not None and found.firing.correlation[j] >= 0.1:
        beside = f"{short(names[closest], 24)} ({found.firing.correlation[j]:.2f})"
    known = ""
    if found.gold_votes[j]:
        known = f"{percent(float(found.right[j]))} of {int(found.gold_votes[j]):,}"
    return [
        short(names[j], 40),
        _says(study.votes.labels.names, found.says[j]),
        int(found.votes[j]),
        percent(float(found.coverage[j])),
        percent(float(found.overlap[j])),
        percent(float(found.conflict[j])),
        chance(float(found.estimated[j])) if found.votes[j] else "",
        known,
        beside,
        odd_things(found.records[j]) if j < len(found.records) else "",
    ]


def _says(classes: Sequence[str], count: Any) -> str:
    """The classes that a function says, the most frequent first."""
    said = [int(c) for c in np.argsort(-count, kind="stable") if count[c]]
    if len(said) == 1:
        return short(classes[said[0]], 30)
    each = {c: percent(count[c] / count.sum()) for c in said}
    return most_said(classes, each) or "nothing"


def _together(names: list[str], found: FunctionTable) -> Html:
    """Which functions are near copies of one another."""
    if found.firing is None:
        return note("Too many functions and classes to compare all pairs of them.")
    pairs = found.firing.pair[:PAIRS].tolist()
    if not pairs:
        return note("No two functions fire together much more often than the class explains.")
    each = (f"{short(names[a], 24)} and {short(names[b], 24)}" for a, b in pairs)
    more = len(found.firing.pair) - len(pairs)
    rest = f" and {several(more, 'more pair')}" if more > 0 else ""
    return note(
        f"Fire together much more often than the class explains: {'; '.join(each)}{rest}. Such "
        "functions count nearly as one; what they have in common counts twice."
    )


def _cells(names: list[str], study: Study, views: ItemViews | None, functions: Any) -> list[Html]:
    """For each function a part that opens: what it says against the consensus, with items."""
    votes, label = study.votes, study.posterior.argmax(1)
    chosen = np.zeros(votes.w, dtype=bool)
    chosen[functions] = True
    use = np.flatnonzero(chosen[votes.worker])
    k = votes.labels.k
    said, likely = votes.labels.y[use], label[votes.item[use]]
    sure = study.posterior[votes.item[use], likely]
    cell = (votes.worker[use] * k + said) * k + likely
    order = np.lexsort((sure, cell))
    use, cell = use[order], cell[order]
    ends = np.flatnonzero(np.diff(cell, append=-1)) + 1
    starts = np.concatenate([[0], ends[:-1]])
    rows: dict[int, list[list[Any]]] = {}
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        function, rest = divmod(int(cell[start]), k * k)
        a, b = divmod(rest, k)
        shown = votes.item[use[start : min(end, start + EXAMPLES)]].tolist()
        rows.setdefault(function, []).append(
            [
                short(votes.labels.names[a], 30),
                short(votes.labels.names[b], 30) if a != b else "the same",
                end - start,
                _examples(shown, views),
            ]
        )
    head = ("says", "consensus", "items", "the least certain of them")
    parts = [
        fill(
            "fold.html",
            summary=f"{short(names[j], 40)}: the items behind its {several(int(n), 'vote')}",
            body=table(head, sorted(rows[j], key=lambda row: -row[2]), numeric=(2,)),
        )
        for j in functions.tolist()
        if j in rows
        for n in [sum(row[2] for row in rows[j])]
    ]
    return [Html('<h3 class="quiet">What each function votes for</h3>'), *parts] if parts else []


def _examples(items: Sequence[int], views: ItemViews | None) -> Html:
    """Items in a few words, a line each."""
    parts: list[str] = [f"item {i}" if views is None else views.brief(i, spare=0.3) for i in items]
    return join(*(join(Html("<div>"), part, Html("</div>")) for part in parts))


def _disagreements(
    names: list[str],
    study: Study,
    found: FunctionTable,
    conflicts: Conflicts,
    views: ItemViews | None,
) -> Section:
    parts = [_slices(names, study, conflicts, views)] if conflicts.slices else []
    parts += [_clashes(names, study, found, views)] if found.clashes else []
    title = "Where functions disagree"
    return Section("conflicts", title, join(*parts), f"{conflicts.conflicts:,}")


def _slices(names: list[str], study: Study, conflicts: Conflicts, views: ItemViews | None) -> Html:
    """What the items have in common on which functions disagree."""
    classes = study.votes.labels.names
    rows = [
        [
            short(slice_name(one, names), 60),
            number(one.items),
            percent(one.conflicts / one.items),
            percent(one.elsewhere),
            f"{short(classes[one.wins], 20)} on {percent(one.share)}",
            _examples(one.examples, views),
        ]
        for one in conflicts.slices
    ]
    share = percent(conflicts.conflicts / max(conflicts.several, 1))
    caption = (
        f"Functions disagree on {conflicts.conflicts:,} of {several(conflicts.several, 'item')} "
        f"with two votes or more ({share}). Items that have the following in common are in "
        "conflict far more often than the rest; a row is chosen without items of those before it"
    )
    head = (
        "items",
        "with two votes",
        "in conflict",
        "elsewhere",
        "likeliest there",
        "unclear ones",
    )
    return table(head, rows, numeric=(1, 2, 3), caption=caption)


def _clashes(names: list[str], study: Study, found: FunctionTable, views: ItemViews | None) -> Html:
    classes = study.votes.labels.names
    rows = [
        [
            f"{short(names[one.first], 30)} says {short(classes[one.says], 20)}",
            f"{short(names[one.second], 30)} says {short(classes[one.against], 20)}",
            number(one.together),
            f"{chance(one.right[0])} / {chance(one.right[1])}",
            _examples(one.items, views),
        ]
        for one in found.clashes
    ]
    caption = (
        "Pairs of functions that contradict each other on most items, and the chance that the "
        "first and the second is right there by the consensus: one rule to mend is often here"
    )
    head = ("function", "against", "items", "right", "the least certain of them")
    return table(head, rows, numeric=(2, 3), caption=caption)
