"""Batches: labels handed out as a table for people to fill in, and taken back.

The table does not say which labels were chosen and which were drawn, nor how suspect they are, so
that it leads nobody.  Its column batch names the log and the labels' place in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.columns import listed
from reliabel.core.kinds import marked_text
from reliabel.core.results import Audit, Decision
from reliabel.core.rows import LabelRows
from reliabel.core.short_repr import by_fields
from reliabel.folders.atomic import writing
from reliabel.folders.decision_table import DecisionTable, decision_table, refuse_blank
from reliabel.folders.decisions import all_known
from reliabel.folders.items_file import item_rows
from reliabel.folders.other_columns import other_columns
from reliabel.review.drawn_pictures import with_pictures
from reliabel.review.handing import Handed
from reliabel.review.handing import hand_out as hand
from reliabel.review.label_studio_files import (
    FORM,
    judged_rows,
    refuse_other_kinds,
    write_batch,
    write_log,
)
from reliabel.review.picking import pick, target_of
from reliabel.review.store import Log
from reliabel.trust.review_record import WHOLE

TOKEN = 8  # letters of a log's name in the column batch
LEASE_HOURS = 24.0


@dataclass(frozen=True, eq=False)
class HandedOut:
    """A batch: its ``rows`` as columns, the file it was written to, how many of its labels were
    handed out before (``held``), and sentences for people.
    """

    rows: dict[str, list[Any]]
    out: str | None
    labels: int
    held: int
    why: str
    notes: tuple[str, ...] = ()

    __repr__ = by_fields


@dataclass(frozen=True)
class TakenBack:
    """What became of a batch: how many verdicts are ``new``, of which ``changed`` differ from what
    the same person said before, how many were logged already (``same``), and how many rows have no
    verdict yet (``blank``).
    """

    new: int
    changed: int
    same: int
    blank: int
    notes: tuple[str, ...] = field(default=())

    __repr__ = by_fields


def hand_out(
    audit: Audit,
    log: Log,
    *,
    n: int,
    out: str | Path | None = None,
    who: str | None = None,
    target: float = 0.01,
    population: str = WHOLE,
    greedy: bool = False,
    plan: tuple[int, int] | None = None,
    hours: float = LEASE_HOURS,
    form: str | None = None,
) -> HandedOut:
    """``n`` labels to judge next, the draws among them committed before anything is written.

    form: "label_studio" for tasks that it imports; None: a table, by the suffix of ``out``.
    """
    path = _can_write(out)
    _can_form(audit, path, form)
    _can_ask(n, hours)
    allowed = target_of(log, population, target)
    if plan is not None:
        _plan(log, plan, population)
    if greedy:
        log.mark_greedy(population)
    handed = hand(
        log,
        n,
        pick(audit, population, allowed, greedy),
        who=who,
        population=population,
        allowed=allowed,
        lease=hours * 3600,
    )
    rows = table_of(audit, log, handed.rows)
    if path is not None and form is not None:
        write_batch(path, rows)
    elif path is not None:
        _write(path, with_pictures(audit, handed.rows, rows, path))
    notes = _notes(handed, n)
    return HandedOut(
        rows, None if path is None else str(path), len(handed.rows), handed.held, handed.why, notes
    )


def take_back(
    log: Log, given: Any, *, who: str | None = None, new_classes: bool = False
) -> TakenBack:
    """Log the verdicts of a batch, or of any table of decisions; rows without one stay open.

    who: who judged, where the table does not say it.
    Verdicts on items that the audit does not have are left out with a sentence.  Raises ValueError
    where none is on an item of the audit, a verdict cannot be understood, or the batch was handed
    out by another log; then nothing is logged.
    """
    name = Path(given).name if isinstance(given, str | Path) else "the decisions"
    _of_this_log(log, given, name)
    table = decision_table(given, log.data, new_classes=new_classes)
    refuse_blank(table, given)
    here = [one for one in table.decisions if one.id in log.item]
    notes = [*table.notes]
    if len(here) < len(table.decisions):
        notes.append(_strangers(log, table, here, name))
    said = [one if one.who or not who else _by(one, who) for one in here]
    notes += _contradictions(said, name)
    done = log.decide(said, new_classes=new_classes)
    return TakenBack(done.new, done.changed, done.same, table.blank, (*notes, *done.notes))


def write_decisions(
    log: Log, out: str | Path, *, audit: Audit | None = None, form: str | None = None
) -> None:
    """Write what each person last said of each label as a table, which ``apply`` takes.

    audit, form: with the form "label_studio" tasks of the audit's labels with annotations instead.
    Raises ValueError where the file exists, or labels of this kind cannot be written so.
    """
    path = _can_write(out)
    assert path is not None
    if audit is not None and form is not None:
        _can_form(audit, path, form)
        write_log(path, log, table_of(audit, log, judged_rows(log)))
        return
    said = log.decisions()
    names = ["id", "unit", "verdict", "label", "who", "at"]
    names += ["settles"] * any(one.settles for one in said)
    names += ["comment"] * any(one.comment is not None for one in said)
    _write(path, {name: [getattr(one, name) for one in said] for name in names})


def table_of(audit: Audit, log: Log, rows: Sequence[int]) -> dict[str, list[Any]]:
    """What people need to judge some labels, each a row, with empty columns for their verdicts."""
    flat = np.array(rows, dtype=np.int64)
    told = LabelRows(audit).of(flat)
    items = told["item"].tolist()
    shown = item_rows(audit.data, items)
    if "text" in shown:  # of words, those are marked that a label is about
        words = audit.data.evidence["items"]
        about = (
            marked_text(audit.data.labels, r, words[i]) for r, i in zip(rows, items, strict=True)
        )
        shown["text"] = [t if m is None else m for t, m in zip(shown["text"], about, strict=True)]
    labels: dict[str, Any] = {
        name: listed(told[name]) for name in ("unit", "class", "given", "suggest") if name in told
    }
    empty = [None] * len(rows)
    return {
        "id": shown.pop("id"),
        **shown,
        **other_columns(audit.data, told["item"]),
        **labels,
        "verdict": empty,
        "label": [*empty],
        "who": [*empty],
        "batch": [f"{log.uid[:TOKEN]}-{row}" for row in rows],
    }


def _can_form(audit: Audit, path: Path | None, form: str | None) -> None:
    if form is None or path is None:
        return
    if form != FORM:
        raise ValueError(f"batches are tables, or tasks of the form {FORM!r}; got form={form!r}")
    refuse_other_kinds(audit, path)


def _can_ask(n: int, hours: float) -> None:
    if n < 1:
        raise ValueError(f"a batch has one label or more, got n={n}; 50 is a good start")
    if not 0 < hours <= 24 * 366:
        raise ValueError(f"labels are held for some hours, up to a year; got hours={hours:g}")


def _plan(log: Log, plan: tuple[int, int], population: str) -> None:
    """Log a plan; the same one may be given again."""
    chosen, drawn = plan
    record = log.record(population)
    if record.plan == (chosen, drawn):
        return
    if record.plan is not None:
        raise ValueError(
            f"the plan is {record.plan[0]:,} chosen and {record.plan[1]:,} drawn labels already; "
            "another one would choose its size after looking, so leave plan= out"
        )
    if chosen < 0 or drawn < 1 or chosen + drawn > record.n:
        raise ValueError(
            f"a plan is how many of the {record.n:,} labels are chosen (0 or more) and drawn (1 or "
            f"more), got plan={chosen}, {drawn}"
        )
    log.plan(chosen, drawn, population)


def _can_write(out: str | Path | None) -> Path | None:
    from reliabel.formats.tables import form_to_write

    if out is None:
        return None
    path = Path(out)
    form_to_write(path)
    if path.exists():
        raise ValueError(f"{path} exists already and may hold verdicts; give another name (out=)")
    return path


def _write(path: Path, rows: dict[str, list[Any]]) -> None:
    from reliabel.formats.packed import packing
    from reliabel.formats.tables import form_to_write, write

    form = form_to_write(path)
    with writing(path) as file, packing(file, path.name) as part:
        write(part, rows, form)


def _notes(handed: Handed, n: int) -> tuple[str, ...]:
    notes, many = [], len(handed.rows)
    if handed.held:
        notes.append(
            f"{handed.held:,} of them {'were' if handed.held > 1 else 'was'} handed out before and "
            "not decided yet"
        )
    if many < n:
        notes.append(
            f"{many:,} of the {n:,} labels that were asked for: no more are left, or others hold "
            "them"
        )
    return tuple(notes)


def _of_this_log(log: Log, given: Any, name: str) -> None:
    """Refuse a batch that another log handed out: its ids may be the same."""
    for row, value in enumerate(_tokens(given)):
        token = str(value or "").strip()
        if token and token != "nan" and not token.startswith(log.uid[:TOKEN]):
            raise ValueError(
                f"{name}, row {row + 1}: its batch {token!r} was handed out for another audit "
                f"(batches of this one begin with {log.uid[:TOKEN]}); nothing was logged, give it "
                "with the folder it is from"
            )


def _tokens(given: Any) -> list[Any]:
    """The column batch of a table, nothing where it has none."""
    from reliabel.formats import frames, tables

    if isinstance(given, Decision):
        return []
    if isinstance(given, list | tuple):
        return [one.get("batch") if isinstance(one, Mapping) else None for one in given]
    try:
        file = isinstance(given, str | Path)
        table = tables.read(Path(given)) if file else frames.of_frame(given)
    except ValueError:
        return []  # ``decision_table`` reads it in another encoding, or says what is wrong
    return table.written("batch").tolist() if "batch" in table.columns else []


def _strangers(log: Log, table: DecisionTable, here: Sequence[Decision], name: str) -> str:
    strange = [one for one in table.decisions if one.id not in log.item]
    if not here:
        all_known(strange, log.item)
    ids = list(dict.fromkeys(one.id for one in strange))
    shown = ", ".join(map(repr, ids[:5])) + (", ..." if len(ids) > 5 else "")
    several = len(strange) > 1
    return (
        f"{len(strange):,} verdict{'s' * several} of {name} {'are' if several else 'is'} on items "
        f"that are not in the audit and left out: {shown}"
    )


def _by(one: Decision, who: str) -> Decision:
    return replace(one, who=who)


def _contradictions(said: Sequence[Decision], name: str) -> list[str]:
    """What to say of labels on which one person says several things at once."""
    seen: dict[tuple[str, int | None, str | None, bool], set[tuple[str, str]]] = {}
    for one in said:
        seen.setdefault((one.id, one.unit, one.who, one.settles), set()).add(
            (one.verdict, str(one.label))
        )
    split = [key for key, verdicts in seen.items() if len(verdicts) > 1]
    if not split:
        return []
    shown = ", ".join(repr(key[0]) for key in split[:5]) + (", ..." if len(split) > 5 else "")
    return [
        f"{name} holds verdicts of one person that contradict each other on {shown}; the last one "
        "counts, all of them are in the log"
    ]
