"""sample: the weighted random draw whose verdicts may be used for counts; and the count after they
are in.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.columns import blank, listed
from reliabel.core.dataset import Dataset
from reliabel.core.kinds import given_values, kind_for, layout_of
from reliabel.core.label_values import spans
from reliabel.core.labels import Floats, Ints
from reliabel.core.results import Audit, Decision, Finding
from reliabel.core.rows import LabelRows
from reliabel.engine.local import shared_work
from reliabel.folders.atomic import writing
from reliabel.folders.audit_folder import decisions_in, load
from reliabel.folders.decisions import Place, decisions_of, resolve
from reliabel.folders.drawn_sample import (
    DrawnSample,
    holds_sample,
    read_p_wrong,
    read_sample,
    write_sample,
)
from reliabel.folders.fingerprint import fingerprint
from reliabel.folders.items_file import item_rows


@shared_work()
def sample(
    folder: str | Path, *, n: int = 100, seed: int = 0, out: str | Path | None = None
) -> dict[str, Any]:
    """Draw ``n`` labels by chance, more often where P(wrong) is open, and write them to ``out`` for
    people to judge.  Labels of a kind that has no P(wrong), such as numbers, are drawn evenly.

    The draw is kept in the folder (sample.json, sample.parquet), so that the verdicts can be used
    rightly: fill in the columns verdict (keep, change, drop, unsure) and label, then audit again
    with ``verdicts=out`` into the same folder.  A larger ``n`` with the same seed goes on with the
    same draw.  Raises ValueError where there is no P(wrong), ``out`` exists, or the folder holds a
    draw of another seed or audit.
    """
    from reliabel.formats.tables import form_to_write, write
    from reliabel.trust.count import draw

    if not isinstance(folder, str | Path):
        raise ValueError(
            f"a draw is kept in the audit's folder; save the {type(folder).__name__} first "
            "(reliabel.folders.audit_folder.save), then give the folder"
        )
    place, audit = Path(folder), load(folder)
    path = None if out is None else Path(out)
    _can_draw(place, audit, n, path)
    name, held = named(audit), read_sample(place)
    if held is not None:
        _can_go_on(place, held, name, seed)
    # a review moves P(wrong), a draw goes on as it began
    p = drawn_by(audit) if held is None else read_p_wrong(place)
    unit, q = draw(p, n, np.random.default_rng([seed, 1]))
    write_sample(place, DrawnSample(name, seed, n, unit, q), audit, p)
    rows = _to_review(audit, np.unique(unit))
    if path is not None:
        form = form_to_write(path)
        with writing(path) as part:
            write(part, rows, form)
    return {
        "n": n,
        "labels": len(rows["id"]),
        "rows": rows,
        "out": None if path is None else str(path),
    }


def _can_draw(folder: Path, audit: Audit, n: int, out: Path | None) -> None:
    if not can_be_sampled(audit):
        raise ValueError(
            f"{folder} has no P(wrong), so that no weighted sample can be drawn; its warnings say "
            f"why: {'; '.join(audit.warnings) or 'none'}"
        )
    if n < 2:
        raise ValueError(f"a sample needs two draws or more, got n={n}; 100 is a good start")
    if out is not None and out.exists():
        raise ValueError(f"{out} exists already and may hold verdicts; give another name with -o")


def _can_go_on(folder: Path, held: DrawnSample, name: str, seed: int) -> None:
    if held.audit != name:
        raise ValueError(
            f"{folder} holds a draw of an earlier audit; its verdicts say nothing about this one: "
            f"remove {folder / 'sample.json'} to draw anew"
        )
    if held.seed != seed:
        raise ValueError(
            f"{folder} holds a draw with seed {held.seed}; go on with it (seed={held.seed}), so "
            "that all verdicts belong to one draw"
        )


def reviewed(audit: Audit, folder: Path, verdicts: Any = None) -> Audit:
    """The audit with the count that verdicts on the folder's draw allow: the estimate, its budget
    curve, and P(wrong) moved to the new mean.

    Draws count in the order they were drawn, up to the first that nobody judged: so no choice of
    what to judge can bend the estimate. Raises ValueError where the folder holds no draw, or the
    draw of another audit.
    """
    from reliabel.trust.budget import curve
    from reliabel.trust.calibration import calibration
    from reliabel.trust.count import after_review, disagree
    from reliabel.trust.p_wrong import shift

    held = read_sample(folder)
    if held is None:
        raise ValueError(
            f"{folder} holds no draw: verdicts picked in any other way say nothing about the rest; "
            f"draw first: reliabel sample {folder}"
        )
    if not can_be_sampled(audit) or held.audit != named(audit):
        seen = f"{held.audit[:12]}, this one is {named(audit)[:12]}"
        raise ValueError(
            f"the draw in {folder} is of another audit ({seen}); audit the same file with the same "
            "options, or draw anew"
        )
    unit, q = held.unit, held.q
    if verdicts is None:
        verdicts = [folder / name for name in decisions_in(folder)]
    bad, unsure, others = _judged(audit, verdicts, unit)
    open_at = np.flatnonzero(np.isnan(bad))
    m = int(open_at[0]) if len(open_at) else len(bad)
    sure = bad[:m] >= 0
    drawn, chance, wrong = unit[:m][sure], q[:m][sure], bad[:m][sure]
    p = drawn_by(audit) if audit.p_wrong is not None else evenly(drawn_by(audit), wrong)
    after = after_review(p, drawn, chance, wrong)
    before = audit.count
    notes = _review_notes(m, len(unit), int((~sure).sum()) if unsure else 0, others)
    contradiction = disagree(before, after) if before is not None else ""
    bins = calibration(p[drawn], wrong, 1 / chance, bins=5) if audit.p_wrong is not None else []
    review = {
        "draws": m,
        "of": len(unit),
        "before": None if before is None else [before.value, before.low, before.high],
        "calibration": [asdict(one) for one in bins],
    }
    done = replace(
        audit,
        count=after,
        warnings=(*audit.warnings, *notes, *([contradiction] if contradiction else [])),
        info={**audit.info, "name": named(audit), "review": review},
    )
    if audit.p_wrong is None:
        return done
    moved = shift(p, after.value / max(int(np.isfinite(p).sum()), 1))
    return replace(done, p_wrong=moved, budget=curve(moved, after), findings=_moved(audit, moved))


def can_be_sampled(audit: Audit) -> bool:
    """Whether labels of this audit can be drawn: by P(wrong), or evenly where labels of their kind
    have none.
    """
    return audit.p_wrong is not None or kind_for(audit.data.labels).p_wrong is None


def drawn_by(audit: Audit) -> Floats:
    """(units,) the P(wrong) that labels are drawn by; the same for all that are known where labels
    of their kind have none.
    """
    if audit.p_wrong is not None:
        return audit.p_wrong
    kind, rows = kind_for(audit.data.labels), layout_of(audit.data.labels).rows
    known = [~blank(kind.cells_of(audit.data.labels, span)) for span in spans(rows)]
    return np.where(np.concatenate([*known, np.empty(0, dtype=bool)]), 0.5, np.nan)


def evenly(p: Floats, wrong: Floats) -> Floats:
    """What stands in for P(wrong) where labels were drawn evenly: the share of wrong ones among the
    verdicts, with two more wrong and two more right ones (Agresti and Coull 1998).

    Over 300 draws of 30 and of 100 from 2,000 labels, .5 to 40 % of them wrong, the interval of
    the count then holds the truth in 93 % or more (tests/unit/verbs/test_sample.py).
    """
    share = (float(wrong.sum()) + 2) / (len(wrong) + 4)
    return np.where(np.isnan(p), np.nan, share)


def _review_notes(m: int, draws: int, unsure: int, others: int) -> list[str]:
    notes = [
        f"the count rests on {m} of {draws} drawn labels"
        + (f", {unsure} of them left out as unsure" if unsure else "")
    ]
    if others:
        notes.append(
            f"{others} verdicts are on labels that were not drawn; they cannot speak for the rest "
            "and are left out of the count"
        )
    if m < draws:
        notes.append(
            f"draw {m + 1} has no verdict yet; judge it and the {draws - m - 1} after it to narrow "
            "the interval"
        )
    return notes


def _moved(audit: Audit, p: Floats) -> tuple[Finding, ...]:
    """The findings with P(wrong) as the review leaves it."""
    layout = layout_of(audit.data.labels)

    def at(finding: Finding) -> float:
        return float(p[layout.row(finding.item, finding.unit)])

    return tuple(
        replace(f, p_wrong=at(f), rank=at(f)) if f.finds == "label" else f for f in audit.findings
    )


def has_verdicts(folder: Path) -> bool:
    """Whether a folder holds a draw and decisions that may be on it."""
    return holds_sample(folder) and bool(decisions_in(folder))


def named(audit: Audit) -> str:
    """What tells one audit's P(wrong) from another's; a review, which moves P(wrong), leaves it as
    it was.
    """
    if "name" in audit.info:
        return str(audit.info["name"])
    values = [str(value) for value in given_values(audit.data.labels)]
    return fingerprint(np.asarray(drawn_by(audit)).round(9), values)


def _judged(audit: Audit, verdicts: Any, unit: Ints) -> tuple[Floats, int, int]:
    """(draws,) 1 wrong, 0 right, -1 unsure, NaN no verdict; the number of unsure ones; and verdicts
    on labels that were not drawn.
    """
    several = isinstance(verdicts, list) and all(isinstance(one, Path) for one in verdicts)
    sources = verdicts if several else [verdicts]
    given = [one for source in sources for one in decisions_of(_filled(source))]
    found = resolve(audit.data, given, new_classes=True)
    wrong, right = {*found.change, *found.drop}, found.right
    decided = _places(audit.data, given)
    item, within = layout_of(audit.data.labels).place(unit)
    units = [None] * len(unit) if within is None else within.tolist()
    drawn = list(zip(item.tolist(), units, strict=True))
    bad = np.full(len(unit), np.nan)
    for draw, place in enumerate(drawn):
        both = {place, (place[0], None)}  # of the label, and of the whole item
        if not both & decided:
            continue
        dropped = (place[0], None) in found.drop
        bad[draw] = 1.0 if place in wrong or dropped else 0.0 if both & right else -1.0
    spoken = {*drawn, *((i, None) for i, _ in drawn)}
    return bad, int((bad == -1).sum()), len(decided - spoken)


def _places(data: Dataset, decisions: Iterable[Decision]) -> set[Place]:
    """The labels that decisions are on."""
    row = {data.ids.item(i): i for i in range(len(data.labels))}
    single = layout_of(data.labels).starts is None
    return {(row[one.id], None if single else one.unit) for one in decisions}


def _filled(source: Any) -> Any:
    """A review file without the rows that nobody has judged yet."""
    if not isinstance(source, str | Path):
        return source
    from reliabel.formats.tables import read
    from reliabel.reading.column_roles import present

    table = read(Path(source))
    verdict = table.written(
        present(table, "verdict", f"the verdicts ({Path(source).name})")
    ).tolist()
    keep = [
        row
        for row, word in enumerate(verdict)
        if word is not None and word == word and str(word).strip()
    ]
    return {name: [table.written(name)[row] for row in keep] for name in table.columns}


def _to_review(audit: Audit, units: Ints) -> dict[str, Any]:
    """What people need to judge the drawn labels, in no telling order (P(wrong) is left out, so
    that it leads nobody).
    """
    chosen = np.random.default_rng(0).permutation(units)
    rows, items = LabelRows(audit).of(chosen), item_rows(audit.data)
    item = rows["item"].tolist()
    shown: dict[str, Any] = {name: [values[i] for i in item] for name, values in items.items()}
    labels: dict[str, Any] = {
        name: listed(rows[name]) for name in ("unit", "class", "given", "suggest") if name in rows
    }
    empty: list[Any] = [None] * len(chosen)
    return {**shown, **labels, "verdict": empty, "label": empty, "who": empty, "at": empty}
