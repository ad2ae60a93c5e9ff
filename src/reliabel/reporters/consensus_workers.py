"""The sections of a consensus page about workers: a table, alike accounts, confusion matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from reliabel.core.dataset import Dataset
from reliabel.core.labels import Classes
from reliabel.crowd.independence import copies_of
from reliabel.crowd.study import Study
from reliabel.crowd.workers import Workers
from reliabel.reporters import charts
from reliabel.reporters.consensus_facts import filled_columns, worker_names
from reliabel.reporters.shell import (
    Html,
    Section,
    chance,
    figure,
    join,
    note,
    number,
    percent,
    several,
    short,
    table,
)

if TYPE_CHECKING:
    from reliabel.ops.dependence import Dependence

ROWS, MORE = 50, 500  # workers in the table, and with the part that is folded
WORST = 5  # workers with a confusion matrix of their own
CLASSES = 12  # classes of a confusion matrix
HEAD = (
    "worker",
    "votes",
    "skill",
    "95 % interval",
    "kind",
    "agrees with others",
    "bias towards",
    "flags",
)
KINDS = {
    "spammer": "a spammer (votes do not depend on the item)",
    "constant": "a constant worker (always the same vote)",
    "adversary": "an adversary (wrong more often than by chance)",
}


def workers_section(data: Dataset, study: Study, shares: Dependence | None = None) -> Section:
    """All workers with skill, kind and flags, those who are most certainly bad first."""
    found = study.workers
    if found is None:
        why = "Too many workers and classes for confusion matrices; workers.parquet has the votes."
        return Section("workers", "Workers", note(why))
    names = worker_names(data, study.votes.w)
    gold = bool(found.gold_votes.any())
    order = np.lexsort((-found.votes, found.high))
    copies = [[]] * len(names) if shares is None else copies_of(shares, names)
    rows = [
        [*_row(found, j, names, study.votes.labels, gold), short(", ".join(copies[j]), 40)]
        for j in order.tolist()
    ]
    more = [*(["right on gold"] if gold else []), "near copy of"]
    head, rows = filled_columns([*HEAD, *more], rows)
    caption = (
        f"{several(len(rows), 'worker')}, in the order of the upper end of the interval; skill is "
        "the expected share of right votes"
    )
    if len(rows) > MORE:
        caption += f"; the first {MORE:,}, all are in workers.parquet"
    shown = table(head, rows[:MORE], numeric=(1, 2, 5), caption=caption, sortable=True, first=ROWS)
    parts = [_kinds(found), shown]
    if study.off_gold:
        off = ", ".join(names[j] for j in study.off_gold[:8])
        parts.append(
            note(
                f"For {off} the skill and the share of right votes on gold items differ by more "
                "than two standard errors: the model does not fit these workers."
            )
        )
    parts.append(_alike(names, study))
    return Section("workers", "Workers", join(*parts), f"{len(rows):,}")


def _kinds(found: Workers) -> Html:
    odd = [
        f"{count} {'looks' if count == 1 else 'look'} like {what}"
        for kind, what in KINDS.items()
        if (count := found.kind.count(kind))
    ]
    unknown = found.kind.count("unknown")
    few = f"; {unknown:,} cannot be told for lack of votes" if unknown else ""
    known = ", ".join(odd) or "No worker looks like a spammer or an adversary"
    return note(
        f"{known}{few}. A spammer is named only where the interval of skill ends below a quarter "
        "of the way from chance to perfect. Kinds and flags are for you to review: they do not "
        "change the consensus."
    )


def _row(found: Workers, j: int, names: list[str], labels: Classes, gold: bool) -> list[Any]:
    agrees = percent(float(found.agreement[j])) if np.isfinite(found.agreement[j]) else ""
    row = [
        short(names[j], 40),
        int(found.votes[j]),
        chance(float(found.skill[j])) if np.isfinite(found.skill[j]) else "?",
        f"{found.low[j]:.2f} to {found.high[j]:.2f}",
        found.kind[j],
        agrees,
        _bias(found, j, labels),
        ", ".join(found.flags[j]),
    ]
    if not gold:
        return row
    n = int(found.gold_votes[j])
    return [*row, f"{percent(float(found.gold_right[j]))} of {n}" if n else ""]


def _bias(found: Workers, j: int, labels: Classes) -> str:
    """The class that a worker votes for too often, from three points on and with ten votes."""
    bias = found.bias[j]
    if found.votes[j] < 10 or not np.nanmax(bias) >= 0.03:
        return ""
    name = short(labels.names[int(np.nanargmax(bias))], 20)
    return f"{name} ({100 * np.nanmax(bias):+.0f} points)".replace(" ", "\u00a0")


def _alike(names: list[str], study: Study) -> Html:
    found = study.alike
    if found is None or not len(found.pair):
        return note(
            "No two accounts agree more than the items explain (checked: pairs with ten items in "
            "common or more)."
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
    caption = (
        f"{several(len(found.pair), 'pair')} of accounts that agree more than the items explain: "
        "one person with two accounts, copying, or items on which both make the same error"
    )
    head = ("worker", "and", "items in common", "equal votes", "expected", "p")
    return table(head, rows, numeric=(2, 3, 4, 5), caption=caption)


def _enough(k: int) -> int:
    """Votes from which on a worker's matrix shows more than its prior."""
    return max(20, 5 * k)


def confusions_section(data: Dataset, study: Study) -> Section | None:
    """Confusion matrices of all workers together and of the workers with the lowest skill, among
    those with enough votes to show one.
    """
    found, labels = study.workers, study.votes.labels
    if found is None or labels.k < 2:
        return None
    truth = study.posterior.sum(0) / max(study.posterior.sum(), 1e-12)
    # expected votes [true, voted]
    counts = (found.votes[:, None, None] * truth[None, :, None]) * found.confusion
    pooled = counts.sum(0)
    chosen = np.arange(labels.k) if labels.k <= CLASSES else charts.most_confused(pooled, CLASSES)
    if len(chosen) < 2:
        chosen = np.arange(min(labels.k, CLASSES))
    names = [labels.names[c] for c in chosen.tolist()]
    part = np.ix_(chosen, chosen)
    caption = (
        "Rows are the classes voted for, columns the likely true classes; darker: a larger share "
        "of the row."
    )
    parts = [figure("All workers together", caption, charts.heat(pooled[part], names).svg())]
    people = worker_names(data, study.votes.w)
    known = np.flatnonzero(np.isfinite(found.skill) & (found.votes >= _enough(labels.k)))
    for j in known[np.argsort(found.skill[known], kind="stable")][:WORST].tolist():
        skill = chance(float(found.skill[j]))
        caption = f"{int(found.votes[j]):,} votes, skill {skill}, {found.kind[j]}"
        map_of = charts.heat(counts[j][part], names).svg()
        parts.append(figure(short(people[j], 40), caption, map_of))
    body = join(Html('<div class="side">'), *parts, Html("</div>"))
    return Section("confusions", "Confusion matrices", body)
