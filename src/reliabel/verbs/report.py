"""report: an audit as a page for people, as text, or as a table."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from reliabel.core.results import Audit, Consensus
from reliabel.folders.atomic import writing
from reliabel.folders.audit_folder import load
from reliabel.folders.consensus_folder import is_consensus, read_page

FORMS = ("html", "text", "csv")


def report(
    audit: Audit | Consensus[Any] | str | Path,
    out: str | Path | None = None,
    *,
    form: str | None = None,
    folder: str | Path | None = None,
) -> str:
    """Write an audit, a consensus, or the folder of one as ``form``: html, text or csv; the form
    follows the suffix of ``out`` if not given.

    folder: where an Audit is kept, so that the next step can be given as a command to paste; of a
        folder it is known.

    A consensus has the form html alone; of its folder the page is the one that ``aggregate`` wrote,
    and csv its findings.
    Returns the text that was written; without ``out`` nothing is written.  Raises ValueError for an
    unknown form.
    """
    form = form or {".html": "html", ".txt": "text", ".csv": "csv"}.get(
        Path(out).suffix.lower() if out else "", "html"
    )
    if form not in FORMS:
        raise ValueError(f"form must be one of {', '.join(FORMS)}, got {form!r}")
    if isinstance(audit, Consensus):
        return _written(_of_result(audit, form), out)
    page = (
        _of_consensus(Path(audit), form)
        if not isinstance(audit, Audit) and form != "csv" and is_consensus(Path(audit))
        else None
    )
    if page is None:
        whole = audit if isinstance(audit, Audit) else load(audit)
        place = folder if isinstance(audit, Audit) else audit
        more = {} if form == "csv" else {"folder": None if place is None else str(place)}
        page = str(import_module(f"reliabel.reporters.{form}").render(whole, **more))
    return _written(page, out)


def _written(page: str, out: str | Path | None) -> str:
    if out is not None:
        with writing(Path(out)) as part:
            part.write_text(page, encoding="utf-8")
    return page


def _of_result(consensus: Consensus[Any], form: str) -> str:
    """The page of what ``aggregate`` returned."""
    from reliabel.verbs.write_consensus import consensus_page

    if form != "html":
        raise ValueError(
            f"a consensus is reported as html, got {form!r}; rl.table(consensus) makes rows of it"
        )
    return consensus_page(consensus)


def _of_consensus(folder: Path, form: str) -> str:
    """The page of a consensus as it was written: what it is drawn from, the votes, is not kept in
    the folder.
    """
    page = read_page(folder) if form == "html" else None
    if page is not None:
        return page
    raise ValueError(
        f"{folder} is a consensus folder: aggregate again for its "
        f"{'page' if form == 'html' else 'summary'}; html and csv are there to be copied"
    )
