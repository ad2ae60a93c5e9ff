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
from reliabel.folders.items_file import items_table, read_items
from reliabel.folders.lock import refuse_address
from reliabel.folders.parquet import write_blocks, write_table
from reliabel.folders.switch import UNREADABLE, holds, open_file, read_together, replacing

LOG, STORE = "decisions.db", "decisions.store"  # the log of reviews, or where it lies
JUDGED = ("verdicts.jsonl", LOG, STORE)  # what people judged beside files of decisions
FINDINGS, ITEMS, PAGE = "findings.parquet", "items.parquet", "report.html"


def decisions_in(folder: Path) -> list[str]:
    """Files of people's decisions in a folder, which no run writes or removes."""
    files = folder.glob("decisions.*") if folder.is_dir() else ()
    return sorted(path.name for path in files if not path.name.startswith((LOG, STORE)))


def is_judged(folder: Path) -> list[str]:
    """Files of what people judged in a folder, beside files of decisions."""
    return [name for name in JUDGED if (folder / name).is_file()]


def save(
    audit: Audit, folder: str | Path, *, resume: bool = False, page: str | None = None
) -> Path:
    """Write an audit folder; all its files replace those of an earlier run at once, so that a crash
    leaves the old audit or the new one whole.  People's decisions in it stay.

    resume: write an audit of other data into a folder that holds decisions.
    page: the text of report.html, which is then switched with the other files; without it a page
        that lies there stays as it is.
    Raises ValueError where decisions would lose the data they are on, and while another run works
    there.
    """
    place = Path(folder)
    if not resume:
        check_same_data(place, audit.data)
    with replacing(place) as fresh:
        write_audit(audit, fresh, place)
        if page is not None:
            write_text(fresh / PAGE, page)
    return place


def check_same_data(folder: Path, data: Dataset) -> None:
    """Refuse to replace the audit of other data in a folder where people decided on it."""
    kept = [*decisions_in(folder), *is_judged(folder)]
    if not kept or not holds(folder, STATE):
        return
    try:
        before = load(folder).data
    except ValueError:  # damaged, or of a kind of labels that is not known here
        return
    then, now = before.source.get("sha256"), data.source.get("sha256")
    same = then == now if then and now else _same_items(before, data)
    if not same:
        name = Path(str(before.source.get("path") or "other data")).name
        raise ValueError(
            f"{folder} holds people's decisions ({', '.join(kept)}) on other data ({name} as it "
            "was audited before); give another folder, or resume=True to use them on "
            "these data"
        )


def _same_items(one: Dataset, other: Dataset) -> bool:
    ids = [[data.ids.item(row) for row in range(len(data.labels))] for data in (one, other)]
    return ids[0] == ids[1]


def write_audit(audit: Audit, fresh: Path, folder: Path) -> None:
    """Write the files of an audit into ``fresh``, from where they are switched to ``folder``."""
    write_blocks(fresh / "labels.parquet", LabelRows(audit).blocks())
    write_findings(fresh / FINDINGS, audit)
    write_text(fresh / "findings.csv", findings_csv(audit))
    write_table(fresh / ITEMS, items_table(audit.data))
    write_text(fresh / "audit.json", json.dumps(card(audit), indent=1, ensure_ascii=False))
    write_state(audit, fresh, folder)


def is_audit(folder: str | Path) -> bool:
    """Whether a folder holds a finished audit."""
    return holds(Path(folder), STATE)


def load(folder: str | Path) -> Audit:
    """The Audit that was saved in ``folder``.  Raises ValueError where the folder holds none."""
    place = Path(folder)
    refuse_address(place)
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
