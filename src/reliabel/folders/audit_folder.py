"""The audit folder: an audit as files, and back."""

from __future__ import annotations

import json
from pathlib import Path

from reliabel.core.dataset import Dataset
from reliabel.core.packing import UnknownRecord
from reliabel.core.results import Audit
from reliabel.core.rows import LabelRows, findings_csv
from reliabel.folders.atomic import write_text
from reliabel.folders.audit_card import card
from reliabel.folders.audit_state import STATE, read_state, write_state
from reliabel.folders.findings_file import read_findings, write_findings
from reliabel.folders.items_file import item_rows, read_items
from reliabel.folders.parquet import write_blocks, write_table
from reliabel.folders.switch import UNREADABLE, holds, open_file, read_together, replacing

FINDINGS, ITEMS, PAGE = "findings.parquet", "items.parquet", "report.html"


def decisions_in(folder: Path) -> list[str]:
    """Files of people's decisions in a folder: what must never be lost to a second run."""
    return sorted(path.name for path in folder.glob("decisions.*")) if folder.is_dir() else []


def save(
    audit: Audit, folder: str | Path, *, resume: bool = False, page: str | None = None
) -> Path:
    """Write an audit folder; all its files replace those of an earlier run at once, so that a crash
    leaves the old audit or the new one whole.

    resume: write into a folder that holds decisions.
    page: the text of report.html, which is then switched with the other files; without it a page
        that lies there stays as it is.
    Raises ValueError where decisions would lose their audit, and while another run works there.
    """
    place = Path(folder)
    kept = decisions_in(place)
    if kept and not resume:
        raise ValueError(
            f"{place} holds people's decisions ({', '.join(kept)}); go on with --resume, or give "
            "another folder with -o"
        )
    with replacing(place) as fresh:
        write_audit(audit, fresh, place)
        if page is not None:
            write_text(fresh / PAGE, page)
    return place


def write_audit(audit: Audit, fresh: Path, folder: Path) -> None:
    """Write the files of an audit into ``fresh``, from where they are switched to ``folder``."""
    write_blocks(fresh / "labels.parquet", LabelRows(audit).blocks())
    write_findings(fresh / FINDINGS, audit)
    write_text(fresh / "findings.csv", findings_csv(audit))
    write_table(fresh / ITEMS, item_rows(audit.data))
    write_text(fresh / "audit.json", json.dumps(card(audit), indent=1, ensure_ascii=False))
    write_state(audit, fresh, folder)


def load(folder: str | Path) -> Audit:
    """The Audit that was saved in ``folder``.  Raises ValueError where the folder holds none."""
    place = Path(folder)
    if not holds(place, STATE):
        seen = "there is no such folder" if not place.exists() else "it holds no finished audit"
        raise ValueError(
            f"{place} is not an audit folder: {seen}; make one with: "
            f"reliabel audit FILE --label COLUMN -o {place}"
        )
    try:
        return read_together(place, STATE, lambda: _read(place))
    except UnknownRecord as unknown:
        raise ValueError(f"{place} cannot be read: {unknown}") from unknown
    except UNREADABLE as wrong:
        raise ValueError(
            f"{place} is damaged: {str(wrong).splitlines()[0]}; run the same audit again, which "
            "mends it and keeps what is whole"
        ) from wrong


def _read(folder: Path) -> Audit:
    state = read_state(folder)
    with open_file(folder, ITEMS) as file:
        evidence = {**state["evidence"], **read_items(file, state["items"])}
    with open_file(folder, FINDINGS) as file:
        findings = read_findings(file)
    data = Dataset(state["labels"], evidence, state["ids"], state["source"])
    return Audit(data=data, findings=findings, **state["audit"])
