"""The audit folder: an audit as files, and back."""

from __future__ import annotations

import json
from pathlib import Path

from reliabel.core.dataset import Dataset
from reliabel.core.packing import UnknownRecord
from reliabel.core.results import Audit
from reliabel.core.rows import LabelRows, findings_csv
from reliabel.folders.atomic import writing
from reliabel.folders.audit_card import card
from reliabel.folders.audit_state import STATE, read_state, write_state
from reliabel.folders.findings_file import read_findings, write_findings
from reliabel.folders.items_file import item_rows, read_items
from reliabel.folders.parquet import write_blocks, write_table


def decisions_in(folder: Path) -> list[str]:
    """Files of people's decisions in a folder: what must never be lost to a second run."""
    return sorted(path.name for path in folder.glob("decisions.*")) if folder.is_dir() else []


def save(audit: Audit, folder: str | Path, *, resume: bool = False) -> Path:
    """Write an audit folder, file by file through temporary names; a folder that holds decisions
    needs ``resume``.

    The page (report.html) is written by the verb ``report``.  Raises ValueError where decisions
    would lose their audit.
    """
    place = Path(folder)
    kept = decisions_in(place)
    if kept and not resume:
        raise ValueError(
            f"{place} holds people's decisions ({', '.join(kept)}); go on with --resume, or give another folder with -o"
        )
    write_blocks(place / "labels.parquet", LabelRows(audit).blocks())
    write_findings(place / "findings.parquet", audit)
    with writing(place / "findings.csv") as part:
        part.write_text(findings_csv(audit), encoding="utf-8")
    write_table(place / "items.parquet", item_rows(audit.data))
    with writing(place / "audit.json") as part:
        part.write_text(json.dumps(card(audit), indent=1, ensure_ascii=False), encoding="utf-8")
    write_state(audit, place / "evidence")
    return place


def load(folder: str | Path) -> Audit:
    """The Audit that was saved in ``folder``.  Raises ValueError where the folder holds none."""
    place = Path(folder)
    state = place / "evidence" / STATE
    if not state.is_file():
        seen = "there is no such folder" if not place.exists() else "it holds no finished audit"
        raise ValueError(
            f"{place} is not an audit folder: {seen}; make one with: reliabel audit FILE --label COLUMN -o {place}"
        )
    try:
        whole = read_state(place / "evidence")
        evidence = {**whole["evidence"], **read_items(place / "items.parquet", whole["items"])}
        findings = read_findings(place / "findings.parquet")
    except UnknownRecord as unknown:
        raise ValueError(f"{place} cannot be read: {unknown}") from unknown
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        EOFError,
    ) as wrong:  # cut short, not JSON, not an array, not a table
        raise ValueError(
            f"{place} is damaged: {str(wrong).splitlines()[0]}; run the same audit again, which mends it and keeps what is whole"
        ) from wrong
    return Audit(
        data=Dataset(whole["labels"], evidence, whole["ids"], whole["source"]),
        findings=findings,
        **whole["audit"],
    )
