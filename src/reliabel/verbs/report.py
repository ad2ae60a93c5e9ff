"""report: an audit, a consensus or a training as a page for people, as text, or as a table."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from reliabel.core.corrections import corrections
from reliabel.core.dataset import Dataset
from reliabel.core.results import Audit, Consensus, Model
from reliabel.core.training import Training
from reliabel.folders.atomic import writing
from reliabel.folders.audit_folder import load
from reliabel.folders.consensus_folder import is_consensus, read_page
from reliabel.folders.model_folder import ModelCard, is_model, load_corrections, load_model
from reliabel.verbs.data_card import data_card, read_meta, refuse_input, write_card
from reliabel.verbs.row_lines import in_repository, row_lines

FORMS = ("html", "text", "csv", "card", "annotations", "instructions")
OF_AUDITS = ("card", "annotations", "instructions")  # forms that only an audit has
OWNERS = {
    "meta": ("card", "instructions"),
    "top": ("annotations",),
    "copy_items": ("instructions",),
}


def report(
    audit: Audit | Consensus[Any] | Model | str | Path,
    out: str | Path | None = None,
    *,
    form: str | None = None,
    folder: str | Path | None = None,
    labels: Any = None,
    test: tuple[float, int] | None = None,
    meta: Mapping[str, Any] | str | Path | None = None,
    top: int | None = None,
    copy_items: bool = False,
    clear: bool = False,
) -> str:
    """Write an audit, a consensus, a model, or the folder of one as ``form``: html, text, csv,
    card, annotations or instructions; of html, text and csv the form follows the suffix of ``out``
    if not given.

    folder: where an Audit or a Model is kept, so that the next step can be given as a command to
        paste; of a folder it is known.
    labels: of a Model: the labels that it learnt from, a label set or a Dataset, where the Model
        does not carry them (``rl.learn`` puts them there); with them the page lists those that
        the training changed.
    test: of a Model or its folder: its accuracy on labels known to be right, and their number.
    meta: of a card: what people state of the data (license, creator, ...), or a JSON or TOML file
        of it; what is missing is warned of and listed in the card.  Of instructions: what classes
        mean, as ``classes``.
    top: of annotations (GitHub's workflow commands, for CI): how many are shown, 10 by default;
        the rest is counted.
    copy_items: of instructions for annotators: whether the items themselves may be copied into
        them; else they are named by id.
    clear: of an audit's page: show personal data in the items (email addresses, card numbers and
        the like) as they are; without it their letters and digits are stars.

    A card is written into the folder ``out``: card.md, card.html, croissant.json, methods.md,
    methods.tex, references.bib; an ``out`` that ends in .md, .html, .json, .tex or .bib is that
    file alone.  A consensus has the form html alone; of its folder the page is the one that
    ``aggregate`` wrote, and csv its findings.  The csv of a model are the labels that its training
    changed.
    Returns the text that was written; without ``out`` nothing is written.  Raises ValueError for an
    unknown form.
    """
    form = form or {".html": "html", ".txt": "text", ".csv": "csv"}.get(
        Path(out).suffix.lower() if out else "", "html"
    )
    if form not in FORMS:
        raise ValueError(f"form must be one of {', '.join(FORMS)}, got {form!r}")
    given = {"meta": meta is not None, "top": top is not None, "copy_items": copy_items}
    stray = next(
        (name for name, is_given in given.items() if is_given and form not in OWNERS[name]), None
    )
    if stray:
        owners = " and ".join(OWNERS[stray])
        raise ValueError(f"{stray}= belongs to the form {owners}, got form {form!r}")
    if form in OF_AUDITS:
        return _of_audit(audit, form, out, folder, meta, top, copy_items)
    if isinstance(audit, Consensus):
        return _written(_of_result(audit, form), out)
    if isinstance(audit, Model):
        return _written(
            training_report(audit, labels=labels, form=form, folder=folder, test=test), out
        )
    if not isinstance(audit, Audit) and is_model(Path(audit)):
        return _written(_of_model(Path(audit), form, test), out)
    page = (
        _of_consensus(Path(audit), form)
        if not isinstance(audit, Audit) and form != "csv" and is_consensus(Path(audit))
        else None
    )
    if page is None:
        whole = audit if isinstance(audit, Audit) else load(audit)
        place = folder if isinstance(audit, Audit) else audit
        more: dict[str, Any] = (
            {} if form == "csv" else {"folder": None if place is None else str(place)}
        )
        more |= {"clear": True} if clear and form == "html" else {}
        page = str(import_module(f"reliabel.reporters.{form}").render(whole, **more))
    return _written(page, out)


def _of_audit(
    audit: Any,
    form: str,
    out: str | Path | None,
    folder: str | Path | None,
    meta: Mapping[str, Any] | str | Path | None,
    top: int | None,
    copy_items: bool,
) -> str:
    """A form that only an audit has."""
    place = folder if isinstance(audit, Audit) else audit
    whole = audit if isinstance(audit, Audit) else audit_of(audit, form)
    if form == "annotations":
        return _written(annotated(whole, top=top), out)
    if form == "instructions":
        if out is not None:
            refuse_input(Path(out), whole)
        return _written(instructed(whole, out, meta=meta, copied=copy_items), out)
    files, missing = data_card(whole, meta=meta, folder=place)
    if missing:
        warnings.warn(" ".join(missing), UserWarning, stacklevel=3)
    return write_card(files, out, whole)


def audit_of(place: Any, form: str) -> Audit:
    """The audit of a folder.  Raises ValueError for other results, which have no such form."""
    if isinstance(place, Consensus | Model) or is_model(Path(place)) or is_consensus(Path(place)):
        raise ValueError(f"the form {form} is made of an audit, got a consensus or a model")
    return load(place)


def annotated(
    audit: Audit, *, top: int | None = None, only: Collection[tuple[str, Any]] | None = None
) -> str:
    """GitHub's workflow commands for what an audit found, with lines of the file where known.

    top: how many are shown, 10 by default.  only: labels by id and label, as given; no other
        findings then.
    Raises ValueError for a top below 1.
    """
    from reliabel.reporters import annotations
    from reliabel.reporters.sentences import AuditView

    most = annotations.TOP if top is None else top
    if most < 1:
        raise ValueError(f"top= must be at least 1, got {most}")
    shown = annotations.chosen(AuditView(audit), only)[:most]
    lines, _ = row_lines(audit.data, [one.item for one in shown])
    file = in_repository(audit.data)
    return annotations.render(audit, file=file, lines=lines, top=most, only=only)


def instructed(
    audit: Audit,
    out: str | Path | None,
    *,
    meta: Mapping[str, Any] | str | Path | None = None,
    copied: bool = False,
) -> str:
    """Labelling instructions as a page, or as Markdown where ``out`` ends in .md."""
    from reliabel.reporters import instructions
    from reliabel.reporters.card_meta import card_meta

    given = read_meta(Path(meta)) if isinstance(meta, str | Path) else meta
    found = instructions.instructions(audit, card_meta(given), copied=copied)
    if out is not None and Path(out).suffix.lower() == ".md":
        return instructions.markdown(found)
    return instructions.render(found)


def training_report(
    model: Model,
    card: ModelCard | None = None,
    *,
    labels: Any = None,
    audit: Audit | None = None,
    form: str = "html",
    folder: str | Path | None = None,
    test: tuple[float, int] | None = None,
) -> str:
    """The page (html), the summary (text) or the changed labels (csv) of a training.

    card: how the model was made; without one, what ``model.info`` says of it.
    labels: what it learnt from, a label set or a Dataset.  audit: the labels that the training
        changed, if they are made already (``core.corrections``).
    Raises ValueError for csv where the given labels are not known.
    """
    from reliabel.reporters import csv, training, training_text
    from reliabel.reporters.training_run import TrainingRun

    made = card or _card_of(model)
    given = model.info.get("data") if labels is None else labels
    if audit is None and given is not None:
        data = given if isinstance(given, Dataset) else Dataset(given)
        audit = corrections(model, data, made.by)
    if form == "csv":
        if audit is None:
            raise ValueError(
                "the labels that this model learnt from are not known; give them as labels="
            )
        return csv.render(audit)
    run = TrainingRun(model, made.by, audit, made.options, made.training, made.embedder, test)
    place = None if folder is None else str(folder)
    render = training.render if form == "html" else training_text.render
    return str(render(run, folder=place))


def _card_of(model: Model) -> ModelCard:
    """What the verb wrote down of how the model was made."""
    info = model.info
    card = info.get("card")
    if isinstance(card, ModelCard):
        return card
    training = info.get("training")
    return ModelCard(
        str(info.get("by") or "the model"),
        dict(info.get("options") or {}),
        training if isinstance(training, Training) else None,
    )


def _of_model(folder: Path, form: str, test: tuple[float, int] | None) -> str:
    """The report of a model folder."""
    model, card = load_model(folder)
    audit = load_corrections(folder)
    return training_report(model, card, audit=audit, form=form, folder=folder, test=test)


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
