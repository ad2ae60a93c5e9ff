"""sample: the weighted random draw whose verdicts may be used for counts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.columns import blank, listed
from reliabel.core.kinds import given_values, kind_for, layout_of, marked_text
from reliabel.core.label_values import spans
from reliabel.core.labels import Floats, Ints
from reliabel.core.results import Audit
from reliabel.core.rows import LabelRows
from reliabel.engine.local import shared_work
from reliabel.folders.atomic import writing
from reliabel.folders.audit_folder import load
from reliabel.folders.decision_table import DRAW, DecisionTable
from reliabel.folders.drawn_sample import DrawnSample, read_p_wrong, read_sample, write_sample
from reliabel.folders.fingerprint import fingerprint
from reliabel.folders.items_file import item_rows
from reliabel.folders.kept_verdicts import kept_verdicts
from reliabel.folders.lock import waiting_lock
from reliabel.folders.other_columns import other_columns


@shared_work()
def sample(
    folder: str | Path, *, n: int = 100, seed: int | None = None, out: str | Path | None = None
) -> dict[str, Any]:
    """Draw ``n`` labels by chance, more often where P(wrong) is open, and write them to ``out`` for
    people to judge.  Labels of a kind that has no P(wrong), such as numbers, are drawn evenly.

    The sheet is in the order of the draws, and its column draw numbers them: people judge it from
    the top, as far as they like, by the columns verdict (keep, change, drop, unsure) and label;
    then audit again with ``verdicts=out`` into the same folder.  The draw is kept there
    (sample.json, sample.parquet).  A larger ``n`` goes on with it, a smaller one writes the first
    ``n`` draws again; no draw is ever taken back.  Verdicts that an audit into the folder was given
    stand in the new sheet.
    seed: the only source of chance; None goes on with the folder's own, or takes 0.
    Raises ValueError where there is no P(wrong), ``out`` exists, or the folder holds a draw of
    another seed or of other labels.
    """
    if not isinstance(folder, str | Path):
        raise ValueError(
            f"a draw is kept in the audit's folder; save the {type(folder).__name__} first "
            "(rl.save), then give the folder"
        )
    place, audit = Path(folder), load(folder)
    path = None if out is None else Path(out)
    with waiting_lock(place):  # what is read here must still hold when the draw is written
        _can_draw(place, audit, n, path)
        held = read_sample(place)
        _can_go_on(place, held, audit, seed)
        unit = _drawn(place, audit, held, n, seed, path)
        rows = _sheet(audit, unit, kept_verdicts(place))
        if path is not None:
            _write_sheet(path, rows)
    return {
        "n": n,
        "labels": len(rows["id"]),
        "rows": rows,
        "out": None if path is None else str(path),
        "held": max(n, 0 if held is None else len(held.unit)),
    }


def _drawn(
    place: Path, audit: Audit, held: DrawnSample | None, n: int, seed: int | None, out: Path | None
) -> Ints:
    """(n,) the labels of the first n draws; the folder keeps the longer of its draw and this."""
    sheets = () if out is None else (str(out.resolve()),)
    if held is None:
        began = 0 if seed is None else seed
        nothing = np.empty(0, dtype=np.int64)
        held = DrawnSample(named(audit), began, 0, nothing, np.empty(0))
        p = drawn_by(audit)
    else:
        p = read_p_wrong(place)  # a review moves P(wrong), a draw goes on as it began
    unit, q = held.unit, held.q
    if n > len(unit):
        unit, q = _longer(held, p, n)
    kept = replace(
        held,
        n=len(unit),
        unit=unit,
        q=q,
        labels=given_as(audit),
        sheets=tuple(dict.fromkeys((*held.sheets, *sheets))),
    )
    write_sample(place, kept, audit, p)
    return unit[:n]


def _longer(held: DrawnSample, p: Floats, n: int) -> tuple[Ints, Floats]:
    """The draws that are held and more of them, n in all.

    One stream of chance gives them all, so that draws made at once and bit by bit are the same;
    where it gives other draws than are held (another version of NumPy), they are gone on with from
    a stream of their own.
    """
    from reliabel.trust.count import draw

    m = len(held.unit)
    unit, q = draw(p, n, np.random.default_rng([held.seed, 1]))
    if not np.array_equal(unit[:m], held.unit):
        unit, q = draw(p, n, np.random.default_rng([held.seed, 1, m]))
    return np.r_[held.unit, unit[m:]], np.r_[held.q, q[m:]]


def _write_sheet(path: Path, rows: dict[str, Any]) -> None:
    from reliabel.formats.packed import packing
    from reliabel.formats.tables import form_to_write, write

    form = form_to_write(path)
    with writing(path) as file, packing(file, path.name) as part:
        write(part, rows, form)


def _can_draw(folder: Path, audit: Audit, n: int, out: Path | None) -> None:
    from reliabel.formats.tables import form_to_write

    if not can_be_sampled(audit):
        raise ValueError(
            f"{folder} has no P(wrong), so that no weighted sample can be drawn; its warnings say "
            f"why: {'; '.join(audit.warnings) or 'none'}"
        )
    if n < 2:
        raise ValueError(f"a sample needs two draws or more, got n={n}; 100 is a good start")
    if out is None:
        return
    form_to_write(out)
    if out.exists():
        raise ValueError(f"{out} exists already and may hold verdicts; give another name with out=")


def _can_go_on(folder: Path, held: DrawnSample | None, audit: Audit, seed: int | None) -> None:
    if held is None:
        return
    if not is_of(held, audit):
        raise ValueError(
            f"{folder} holds a draw from other labels (an earlier audit); its verdicts say nothing "
            "about these, and it stays as it is: keep the new audit in another folder and draw "
            "from that"
        )
    if seed is not None and held.seed != seed:
        raise ValueError(
            f"{folder} holds a draw with seed {held.seed}; go on with it (seed={held.seed}, or "
            "none), so that all verdicts belong to one draw; a draw with another seed needs an "
            "audit in another folder"
        )


def can_be_sampled(audit: Audit) -> bool:
    """Whether labels of this audit can be drawn: by P(wrong), or evenly where labels of their kind
    have none.
    """
    how = kind_for(audit.data.labels).p_wrong
    return audit.p_wrong is not None or how is None or how == "numbers"


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


def named(audit: Audit) -> str:
    """What tells one audit's P(wrong) from another's; a review, which moves P(wrong), leaves it as
    it was.
    """
    if "name" in audit.info:
        return str(audit.info["name"])
    return fingerprint(np.asarray(drawn_by(audit)).round(9), _given(audit))


def given_as(audit: Audit) -> str:
    """The fingerprint of the labels as given and of which can be drawn."""
    return fingerprint(np.isfinite(drawn_by(audit)), _given(audit))


def is_of(held: DrawnSample, audit: Audit) -> bool:
    """Whether a draw was made from the labels of this audit.

    Then its verdicts count, also where P(wrong) was made anew in another way since: the chances of
    the draws are kept with it, and any P(wrong) that has not seen the verdicts may be corrected by
    them.
    """
    if held.labels:
        return held.labels == given_as(audit)
    return held.audit == named(audit)  # drawn by an earlier version


def _given(audit: Audit) -> list[str]:
    return [str(value) for value in given_values(audit.data.labels)]


def _sheet(audit: Audit, unit: Ints, kept: DecisionTable) -> dict[str, Any]:
    """What people need to judge the drawn labels, each once, in the order of the draws (P(wrong) is
    left out, so that it leads nobody), with the verdicts that they gave before.
    """
    _, first = np.unique(unit, return_index=True)
    first = np.sort(first)
    chosen = unit[first]
    rows, items = LabelRows(audit).of(chosen), item_rows(audit.data)
    item = rows["item"].tolist()
    shown: dict[str, Any] = {name: [values[i] for i in item] for name, values in items.items()}
    if "text" in shown:  # of words, those are marked that a label is about
        words = audit.data.evidence["items"]
        about = (
            marked_text(audit.data.labels, r, words[i]) for r, i in zip(chosen, item, strict=True)
        )
        shown["text"] = [t if m is None else m for t, m in zip(shown["text"], about, strict=True)]
    others = other_columns(audit.data, rows["item"])
    labels: dict[str, Any] = {
        name: listed(rows[name]) for name in ("unit", "class", "given", "suggest") if name in rows
    }
    sheet = {"id": shown.pop("id"), DRAW: (first + 1).tolist(), **shown, **others, **labels}
    return sheet | _verdicts_before(sheet, kept)


def _verdicts_before(sheet: dict[str, Any], kept: DecisionTable) -> dict[str, Any]:
    units = sheet.get("unit") or [None] * len(sheet["id"])
    last = {(one.id, one.unit or None): one for one in kept.decisions}
    found = [last.get((id_, u or None)) for id_, u in zip(sheet["id"], units, strict=True)]
    return {
        name: [None if one is None else getattr(one, name) for one in found]
        for name in ("verdict", "label", "who", "at")
    }
