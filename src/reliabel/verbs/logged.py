"""What people decided in the log of an audit folder, for verbs that read decisions."""

from __future__ import annotations

from pathlib import Path

from reliabel.core.dataset import Dataset
from reliabel.core.results import Decision
from reliabel.folders.audit_folder import LOG, STORE


def logged(folder: Path | None, data: Dataset) -> tuple[list[Decision], str]:
    """The decisions in the log of a folder, without those that it took over from the folder's
    files, and a sentence where there is a log that cannot be read.
    """
    if folder is None or not any((folder / name).is_file() for name in (LOG, STORE)):
        return [], ""
    try:
        from reliabel.review.opening import opened_if_there

        log = opened_if_there(folder, data)
        return ([] if log is None else log.decisions(imported=False)), ""
    except (ValueError, OSError, ModuleNotFoundError) as wrong:
        return [], f"the log of decisions in the folder is not used: {wrong}"
