"""The count after a review: what people decided, and what it says about all labels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset
from reliabel.core.kinds import layout_of
from reliabel.core.labels import Bools, Floats, Ints
from reliabel.core.results import Audit, Decision, Finding
from reliabel.folders.audit_folder import decisions_in
from reliabel.folders.decision_table import DecisionTable, decision_table, refuse_blank
from reliabel.folders.decisions import Place, resolve
from reliabel.folders.drawn_sample import DrawnSample, read_sample
from reliabel.folders.kept_verdicts import VERDICTS_FILE, keep_verdicts
from reliabel.verbs.logged import logged
from reliabel.verbs.sample import can_be_sampled, drawn_by, evenly, is_of, named

NOT_OF_A_DRAW = "verdicts on chosen labels say nothing about the rest"


@dataclass(frozen=True)
class _Found:
    """All decisions that concern an audit, which of them stand in a sheet, and what to say."""

    decisions: list[Decision]
    drawn: list[bool]
    notes: list[str]
    logged: list[Decision]  # in the log, whose draws are others: no part of this count

    @property
    def all(self) -> list[Decision]:
        """What pages show as decided."""
        return [*self.decisions, *self.logged]


@dataclass(frozen=True, eq=False)
class _Draws:
    """Verdicts by draw: ``bad`` (m,) 1 wrong, 0 right, -1 unsure, NaN none; ``counts`` is how many
    draws the count rests on, ``later`` how many labels with a verdict come after them, ``others``
    how many verdicts are on labels that were not drawn.
    """

    bad: Floats
    counts: int
    later: int
    others: int


def reviewed(audit: Audit, folder: Path, verdicts: Any = None) -> Audit:
    """The audit with the count that verdicts on the folder's draw allow: the estimate, its budget
    curve, and P(wrong) moved to the new mean.

    Draws count from the first up to the last one up to which at most a quarter have no verdict
    (``trust.count.counted``); the interval allows for those without one, and for the unsure, both
    ways.  So no choice of what to judge bends it.  Where there is no draw, or too few verdicts on
    it, the count stays that of the model, and a warning says so: decisions never stop an audit.
    Verdicts are kept in the folder (verdicts.jsonl), so that later audits count them too.
    """
    found = gathered(audit.data, folder, verdicts)
    if not found.decisions:
        return _noted(audit, found.notes, found.logged)
    if not can_be_sampled(audit):
        note = "no P(wrong) was made, so that people's verdicts cannot be counted; they are kept"
        return _noted(audit, [*found.notes, note], found.all)
    held = read_sample(folder)
    why = _no_draw(audit, held, len(found.decisions))
    if held is None or why:
        return _noted(audit, [*found.notes, why], found.all)
    draws = _judged(audit, found, held.unit)
    if int((draws.bad[: draws.counts] >= 0).sum()) < 2:
        return _noted(audit, [*found.notes, _too_few(draws)], found.all)
    return _counted(audit, held, draws, found)


def _counted(audit: Audit, held: DrawnSample, draws: _Draws, found: _Found) -> Audit:
    from reliabel.trust.budget import curve
    from reliabel.trust.calibration import calibration
    from reliabel.trust.count import after_review, disagree
    from reliabel.trust.p_wrong import shift

    m = draws.counts
    bad = np.where(draws.bad[:m] >= 0, draws.bad[:m], np.nan)
    unit, q, sure = held.unit[:m], held.q[:m], ~np.isnan(bad)
    p = drawn_by(audit)
    if audit.p_wrong is None:
        p = evenly(p, bad[sure])
    before, after = audit.count, after_review(p, unit, q, bad)
    contradiction = disagree(before, after) if before is not None else ""
    drawn, chance, wrong = unit[sure], q[sure], bad[sure]
    bins = calibration(p[drawn], wrong, 1 / chance, bins=5) if audit.p_wrong is not None else []
    review = {
        "draws": m,
        "of": len(held.unit),
        "skipped": int(np.isnan(draws.bad[:m]).sum()),
        "unsure": int((draws.bad[:m] == -1).sum()),
        "before": None if before is None else [before.value, before.low, before.high],
        "calibration": [asdict(one) for one in bins],
    }
    notes = [*_review_notes(draws, len(held.unit)), *found.notes]
    noted = _noted(audit, [*notes, contradiction], found.all)
    done = replace(noted, count=after, info={**noted.info, "name": named(audit), "review": review})
    if audit.p_wrong is None:
        return done
    moved = shift(p, after.value / max(int(np.isfinite(p).sum()), 1))
    return replace(done, p_wrong=moved, budget=curve(moved, after), findings=_moved(audit, moved))


def _noted(audit: Audit, notes: Iterable[str], decisions: Sequence[Decision]) -> Audit:
    """The audit with sentences, and what people have decided on it."""
    from reliabel.reporters.judging import rows_of

    made = {"decisions": len(decisions), "verdicts": rows_of(decisions)} if decisions else {}
    info = {**audit.info, **made}
    return replace(audit, warnings=(*audit.warnings, *(one for one in notes if one)), info=info)


def gathered(data: Dataset, folder: Path, verdicts: Any) -> _Found:
    """The decisions in the folder, the verdicts of earlier audits, and those given now, in this
    order: the last one of a person on a label counts.
    """
    tables, notes = [], list[str]()
    for name in decisions_in(folder):
        table, note = _readable(data, folder / name)
        tables.append(table)
        notes.append(note or _used(table, "decision", f" in {name}"))
    before, note = _readable(data, folder / VERDICTS_FILE)
    notes.append(note)
    given = [_known(data, one, given=True) for one in given_tables(data, verdicts)]
    for one in given:
        keep_verdicts(folder, one)
    tables.append(before)
    if verdicts is None:
        notes.append(_used(before, "verdict", f" of earlier reviews, kept in {VERDICTS_FILE},"))
        notes += _unread_sheets(folder, data, before)
    tables += given
    said, why = logged(folder, data)
    notes = [one for one in [*notes, why] if one]
    notes += [note for table in tables for note in table.notes]
    return _Found(
        [one for table in tables for one in table.decisions],
        [one for table in tables for one in table.drawn],
        notes,
        said,
    )


def _readable(data: Dataset, path: Path) -> tuple[DecisionTable, str]:
    """The decisions of a file that lies in the folder, and why they are not used where they cannot
    be read: what nobody asked for stops no audit.
    """
    nothing = DecisionTable((), ())
    try:
        table = _known(data, decision_table(path, data)) if path.is_file() else nothing
        resolve(data, table.decisions, new_classes=True)
    except ValueError as wrong:
        return nothing, f"{path.name} in the folder is not used: {wrong}"
    return table, ""


def given_tables(data: Dataset, verdicts: Any) -> list[DecisionTable]:
    """The decisions of each file or table that was given, checked against the data."""
    if verdicts is None:
        return []
    several = isinstance(verdicts, list | tuple) and any(
        isinstance(one, str | Path) for one in verdicts
    )
    tables = []
    for one in verdicts if several else [verdicts]:
        table = decision_table(one, data)
        refuse_blank(table, one)
        resolve(data, _known(data, table, given=True).decisions, new_classes=True)
        tables.append(table)
    return tables


def _used(table: DecisionTable, what: str, where: str) -> str:
    many = len(table.decisions)
    several = many > 1
    return f"{many:,} {what}{'s' * several}{where} {'are' if several else 'is'} used" * (many > 0)


def _known(data: Dataset, table: DecisionTable, *, given: bool = False) -> DecisionTable:
    """The decisions on items that the data has.  Raises ValueError where it was given and has
    none.
    """
    ids = {data.ids.item(row) for row in range(len(data.labels))}
    here = [one.id in ids for one in table.decisions]
    lost = len(here) - sum(here)
    if given and lost and not any(here):
        resolve(data, table.decisions)  # raises the sentence that names the ids
    if not lost:
        return table
    several = lost > 1
    note = (
        f"{lost:,} decision{'s' * several} {'are' if several else 'is'} on items that are not in "
        "the data and left out"
    )
    kept = [place for place, known in enumerate(here) if known]
    return replace(
        table,
        decisions=tuple(table.decisions[place] for place in kept),
        drawn=tuple(table.drawn[place] for place in kept),
        notes=(*table.notes, note),
    )


def _unread_sheets(folder: Path, data: Dataset, kept: DecisionTable) -> list[str]:
    """What to say of sheets that were filled in and that this audit does not read."""
    held = read_sample(folder)
    notes, known = [], set(kept.decisions)
    for path in map(Path, () if held is None else held.sheets):
        if not path.is_file():
            continue
        try:
            table = decision_table(path, data)
        except ValueError as wrong:
            notes.append(f"the sheet {path.name} is not read: {wrong}")
            continue
        new = len(set(table.decisions) - known)
        if new:
            several = new > 1
            notes.append(
                f"{new:,} verdict{'s' * several} in the sheet {path.name} "
                f"{'are' if several else 'is'} not used; give the sheet with "
                f"verdicts={path.name!r} to count {'them' if several else 'it'}"
            )
    return notes


def _no_draw(audit: Audit, held: DrawnSample | None, decisions: int) -> str:
    """Why decisions say nothing about all labels ("" where they may)."""
    what = f"{decisions:,} decisions are" if decisions > 1 else "1 decision is"
    kept = f"{what} kept, and the count stays that of the model"
    if held is None:
        return (
            f"{kept}: no labels were drawn in this folder, and {NOT_OF_A_DRAW}; draw some with: "
            "reliabel sample (rl.sample)"
        )
    if not is_of(held, audit):
        return (
            f"{kept}: the draw in this folder is of another audit, of other labels; draw from an "
            "audit of these labels in another folder"
        )
    return ""


def _too_few(draws: _Draws) -> str:
    first = np.flatnonzero(np.isnan(draws.bad))
    on = int((~np.isnan(draws.bad)).sum())
    where = f"; draw {first[0] + 1} is the first without a verdict" if len(first) else ""
    return (
        f"the count stays that of the model: {on:,} of {len(draws.bad):,} draws have a verdict, "
        f"and a count needs two or more from the first draw on, with at most a quarter skipped"
        f"{where}; judge the sheet from the top"
    )


def _review_notes(draws: _Draws, of: int) -> list[str]:
    m, bad = draws.counts, draws.bad[: draws.counts]
    unsure, skipped = int((bad == -1).sum()), int(np.isnan(bad).sum())
    notes = [f"the count rests on {m} of {of} drawn labels"]
    if unsure:
        notes[0] += f", {unsure} of them left out as unsure"
    if skipped:
        notes[0] += f", {skipped} of them without a verdict"
    if unsure + skipped:
        notes[0] += "; the interval reaches from all of these right to all of them wrong"
    if draws.later:
        notes.append(
            f"{draws.later} verdict{'s' * (draws.later > 1)} on later draws do not count yet: too "
            "many before them have none"
        )
    if draws.others:
        notes.append(
            f"{draws.others} verdicts are on labels that were not drawn; they cannot speak for the "
            "rest and are left out of the count"
        )
    if m < of:
        rest = f" and the {of - m - 1} after it" if of - m > 1 else ""
        notes.append(f"draw {m + 1} has no verdict yet; judge it{rest} to narrow the interval")
    return notes


def _moved(audit: Audit, p: Floats) -> tuple[Finding, ...]:
    """The findings with P(wrong) as the review leaves it."""
    layout = layout_of(audit.data.labels)

    def at(finding: Finding) -> float:
        return float(p[layout.row(finding.item, finding.unit)])

    return tuple(
        replace(f, p_wrong=at(f), rank=at(f)) if f.finds == "label" else f for f in audit.findings
    )


def _judged(audit: Audit, found: _Found, unit: Ints) -> _Draws:
    """The verdicts by draw.  Where some stand in a sheet, those say how far people judged; the
    others, on labels that people chose, only fill what was skipped.
    """
    data = audit.data
    settled = resolve(data, found.decisions, new_classes=True)
    wrong, right = {*settled.change, *settled.drop}, settled.right
    decided = _places(data, found.decisions)
    on_sheet = [one for one, drawn in zip(found.decisions, found.drawn, strict=True) if drawn]
    seen = _places(data, on_sheet) if on_sheet else decided
    drawn = _draws_at(data, unit)
    bad = np.full(len(unit), np.nan)
    for draw, place in enumerate(drawn):
        both = {place, (place[0], None)}  # of the label, and of the whole item
        if not both & decided:
            continue
        dropped = (place[0], None) in settled.drop
        bad[draw] = 1.0 if place in wrong or dropped else 0.0 if both & right else -1.0
    came = np.array([bool({place, (place[0], None)} & seen) for place in drawn])
    spoken = {*drawn, *((i, None) for i, _ in drawn)}
    known = ~np.isnan(bad)
    counts = counted_draws(unit, known, came)
    later = set(unit[counts:][known[counts:]].tolist()) - set(unit[:counts].tolist())
    return _Draws(bad, counts, len(later), len(decided - spoken))


def counted_draws(unit: Ints, known: Bools, came: Bools) -> int:
    """How many draws the count rests on: those of the labels that count in the order in which they
    stand in the sheet, where each stands once.

    known (m,): whether a draw has a verdict.  came (m,): whether people came to it in the sheet.
    """
    from reliabel.trust.count import counted

    first = np.sort(np.unique(unit, return_index=True)[1])
    last = np.flatnonzero(came[first])
    rows = int(last[-1]) + 1 if len(last) else 0
    rows = counted(known[first[:rows]])
    return int(first[rows]) if rows < len(first) else len(unit)


def _draws_at(data: Dataset, unit: Ints) -> list[Place]:
    item, within = layout_of(data.labels).place(unit)
    units = [None] * len(unit) if within is None else within.tolist()
    return list(zip(item.tolist(), units, strict=True))


def _places(data: Dataset, decisions: Iterable[Decision]) -> set[Place]:
    """The labels that decisions are on."""
    row = {data.ids.item(i): i for i in range(len(data.labels))}
    single = layout_of(data.labels).starts is None
    return {(row[one.id], None if single else one.unit) for one in decisions}
