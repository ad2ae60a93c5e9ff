"""sample: the weighted random draw whose verdicts may be used for counts; and the count after they
are in.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.findings import place_of
from reliabel.core.labels import Floats, Ints
from reliabel.core.results import Audit
from reliabel.core.rows import given_names, label_rows
from reliabel.folders.atomic import writing
from reliabel.folders.audit_folder import decisions_in, load
from reliabel.folders.decisions import decisions_of, settle
from reliabel.folders.drawn_sample import (
    DrawnSample,
    holds_sample,
    read_p_wrong,
    read_sample,
    write_sample,
)
from reliabel.folders.fingerprint import fingerprint
from reliabel.folders.items_file import item_rows


def sample(
    folder: str | Path, *, n: int = 100, seed: int = 0, out: str | Path | None = None
) -> dict[str, Any]:
    """Draw ``n`` labels by chance, more often where P(wrong) is open, and write them to ``out`` for
    people to judge.

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
            f"a draw is kept in the audit's folder; save the {type(folder).__name__} first (reliabel.folders.audit_folder.save), then give the folder"
        )
    place, audit = Path(folder), load(folder)
    if audit.p_wrong is None:
        raise ValueError(
            f"{folder} has no P(wrong), so that no weighted sample can be drawn; its warnings say why: {'; '.join(audit.warnings) or 'none'}"
        )
    if n < 2:
        raise ValueError(f"a sample needs two draws or more, got n={n}; 100 is a good start")
    path = None if out is None else Path(out)
    if path is not None and path.exists():
        raise ValueError(f"{path} exists already and may hold verdicts; give another name with -o")
    name, held = named(audit), read_sample(place)
    if held is not None and held.audit != name:
        raise ValueError(
            f"{folder} holds a draw of an earlier audit; its verdicts say nothing about this one: remove {place / 'sample.json'} to draw anew"
        )
    if held is not None and held.seed != seed:
        raise ValueError(
            f"{folder} holds a draw with seed {held.seed}; go on with it (seed={held.seed}), so that all verdicts belong to one draw"
        )
    # a review moves P(wrong), a draw goes on as it began
    p = audit.p_wrong if held is None else read_p_wrong(place)
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
            f"{folder} holds no draw: verdicts picked in any other way say nothing about the rest; draw first: reliabel sample {folder}"
        )
    if audit.p_wrong is None or held.audit != named(audit):
        seen = f"{held.audit[:12]}, this one is {named(audit)[:12]}"
        raise ValueError(
            f"the draw in {folder} is of another audit ({seen}); audit the same file with the same options, or draw anew"
        )
    unit, q = held.unit, held.q
    bad, unsure, others = _judged(
        audit,
        verdicts if verdicts is not None else [folder / name for name in decisions_in(folder)],
        unit,
    )
    open_at = np.flatnonzero(np.isnan(bad))
    m = int(open_at[0]) if len(open_at) else len(bad)
    sure = bad[:m] >= 0
    after = after_review(audit.p_wrong, unit[:m][sure], q[:m][sure], bad[:m][sure])
    said = [
        f"the count rests on {m} of {len(unit)} drawn labels"
        + (f", {int((~sure).sum())} of them left out as unsure" if unsure else "")
    ]
    if others:
        said.append(
            f"{others} verdicts are on labels that were not drawn; they cannot speak for the rest and are left out of the count"
        )
    if m < len(unit):
        said.append(
            f"draw {m + 1} has no verdict yet; judge it and the {len(unit) - m - 1} after it to narrow the interval"
        )
    before = audit.count
    contradiction = disagree(before, after) if before is not None else ""
    warnings = (*audit.warnings, *said, *([contradiction] if contradiction else []))
    p = shift(audit.p_wrong, after.value / max(int(np.isfinite(audit.p_wrong).sum()), 1))
    found = tuple(
        f if f.finds != "label" else replace(f, p_wrong=_at(audit, p, f), rank=_at(audit, p, f))
        for f in audit.findings
    )
    review = {
        "draws": m,
        "of": len(unit),
        "before": None if before is None else [before.value, before.low, before.high],
    }
    bins = calibration(audit.p_wrong[unit[:m][sure]], bad[:m][sure], 1 / q[:m][sure], bins=5)
    info = {
        **audit.info,
        "name": named(audit),
        "review": {**review, "calibration": [asdict(one) for one in bins]},
    }
    return replace(
        audit,
        p_wrong=p,
        count=after,
        budget=curve(p, after),
        findings=found,
        warnings=warnings,
        info=info,
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
    return fingerprint(
        np.asarray(audit.p_wrong).round(9), [str(name) for name in given_names(audit.data.labels)]
    )


def _judged(audit: Audit, verdicts: Any, unit: Ints) -> tuple[Floats, int, int]:
    """(draws,) 1 wrong, 0 right, -1 unsure, NaN no verdict; the number of unsure ones; and verdicts
    on labels that were not drawn.
    """
    sources = (
        verdicts
        if isinstance(verdicts, list) and all(isinstance(one, Path) for one in verdicts)
        else [verdicts]
    )
    given = [one for source in sources for one in decisions_of(_filled(source))]
    settled = settle(audit.data, given, new_classes=True)
    item, within = place_of(audit.data.labels)
    wrong, drop = set(settled.change), settled.drop
    row = {audit.data.ids.item(i): i for i in range(len(audit.data.labels))}
    said = {(row[one.id], one.unit) for one in given}
    bad = np.full(len(unit), np.nan)
    for draw, u in enumerate(unit.tolist()):
        place = (int(item[u]), None if within is None else int(within[u]))
        whole = (place[0], None)
        bad[draw] = (
            1.0
            if place in wrong or place in drop or whole in drop
            else 0.0
            if place in settled.right or whole in settled.right
            else -1.0
        )
        if place not in said and whole not in said:
            bad[draw] = np.nan
    drawn = {(int(item[u]), None if within is None else int(within[u])) for u in unit.tolist()}
    return bad, int((bad == -1).sum()), len(said - drawn - {(i, None) for i, _ in drawn})


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
    rows, items = label_rows(audit), item_rows(audit.data)
    item, _ = place_of(audit.data.labels)
    chosen = np.random.default_rng(0).permutation(units)
    shown: dict[str, Any] = {
        name: [values[i] for i in item[chosen].tolist()] for name, values in items.items()
    }
    labels: dict[str, Any] = {
        name: [rows[name][u] for u in chosen.tolist()]
        for name in ("unit", "class", "given", "suggest")
        if name in rows
    }
    empty: list[Any] = [None] * len(chosen)
    return {**shown, **labels, "verdict": empty, "label": empty, "who": empty, "at": empty}


def _at(audit: Audit, p: Floats, finding: Any) -> float:
    labels = audit.data.labels
    start = (
        int(labels.offsets[finding.item])
        if hasattr(labels, "offsets")
        else finding.item * (len(p) // max(len(labels), 1))
    )
    return float(p[start + (finding.unit or 0)])
