"""audit: from a file to an audit folder with its report."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from reliabel.cli.app import (
    CANNOT_TELL,
    FAILED,
    app,
    as_typed,
    in_options,
    note,
    options_of,
    order_of,
    spoken,
)
from reliabel.cli.options import (
    AsJson,
    Delimiter,
    Encoding,
    Id,
    Image,
    Kind,
    Label,
    MergeAlike,
    Missing,
    Order,
    Seed,
    Separator,
    Sheet,
    Text,
)

# what the same audit with verdicts is not asked again
NOT_AGAIN = ("verdicts", "fail_over", "strict", "json_", "dry_run", "resume")
AUDITOR_OPTIONS = """--options '{"knn_outliers": {"nearest": 20}}'"""


@app.command(
    short_help="Find wrong labels and other faults; write a report.",
    epilog="Examples:  reliabel audit reviews.csv --label sentiment --text review   |   reliabel "
    "audit photos/   |   "
    "reliabel audit y.csv --label y --probs p.npy",
)
@spoken
def audit(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A table (CSV, TSV, JSON, JSONL, Parquet, Arrow, Excel, ARFF), compressed or not; "
            "tagged text (CoNLL, JSON of texts with spans, a folder of BRAT); boxes (COCO, Pascal "
            "VOC, YOLO) or masks of pictures; a folder of pictures sorted by class, of Parquet or "
            "Arrow files; an export of Label Studio, Prodigy or doccano.  Addresses (s3://, gs://) "
            "of tables too.",
            show_default=False,
        ),
    ],
    label: Label = None,
    text: Text = None,
    image: Image = None,
    id: Id = None,
    split: Annotated[
        str | None,
        typer.Option(
            help="The column that says train or test, to look for leakage.", show_default=False
        ),
    ] = None,
    group: Annotated[
        str | None,
        typer.Option(
            help="The column of what belongs together (patient, document): kept in one fold.",
            show_default=False,
        ),
    ] = None,
    features: Annotated[
        Path | None,
        typer.Option(
            help="Your own features, (n, d): .npy, .npz or Parquet, a folder of such files, an "
            "address, or a column of lists.",
            show_default=False,
        ),
    ] = None,
    probs: Annotated[
        Path | None,
        typer.Option(
            help="Out-of-sample probabilities, (n, k); columns in the order of the sorted classes, "
            "or named.",
            show_default=False,
        ),
    ] = None,
    predicted: Annotated[
        Path | None,
        typer.Option(
            help="Boxes of a model, for boxes: COCO results (.json), an .npz, or a folder of "
            "YOLO's texts with confidences.",
            show_default=False,
        ),
    ] = None,
    embed: Annotated[
        str,
        typer.Option(
            help="How features are made: auto, tfidf, minilm, multilingual, patches, efficientnet, "
            "table or a model's name; of tagged text, minilm gives each word a vector."
        ),
    ] = "auto",
    embeddings: Annotated[
        list[str] | None,
        typer.Option(
            help="Features of several embedders, for auditors that compare them: a file, or the "
            "name of an embedder as of --embed; give it once for each.",
            show_default=False,
        ),
    ] = None,
    model: Annotated[
        str,
        typer.Option(
            help="What makes the probabilities: auto, logistic or any scikit-learn classifier by "
            "name."
        ),
    ] = "auto",
    search: Annotated[
        str,
        typer.Option(
            help="How neighbours are found: auto, or exact, which measures all pairs of items also "
            "above 20,000."
        ),
    ] = "auto",
    by: Annotated[
        str | None,
        typer.Option(help="Auditors, separated by commas.  [all that fit]", show_default=False),
    ] = None,
    options: Annotated[
        str | None,
        typer.Option(
            help=f"Options of auditors as JSON, as in: {AUDITOR_OPTIONS}",
            show_default=False,
        ),
    ] = None,
    verdicts: Annotated[
        list[Path] | None,
        typer.Option(
            help="People's verdicts on the draw of: reliabel sample FOLDER; may be given several "
            "times.  [those that earlier audits into the folder were given]",
            show_default=False,
        ),
    ] = None,
    fail_over: Annotated[
        float | None,
        typer.Option(
            help="Exit 3 if surely more than this share is wrong (the low end of the interval is "
            "above it), 4 if it cannot be told.",
            show_default=False,
        ),
    ] = None,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict",
            help="With --fail-over: exit 3 unless surely less is wrong (the high end of the "
            "interval is below it).",
        ),
    ] = False,
    rows: Annotated[
        int | None, typer.Option(help="Audit so many random rows.", show_default=False)
    ] = None,
    engine: Annotated[
        str,
        typer.Option(
            help="Where blocks of rows are worked on: local, or ray (the cluster of RAY_ADDRESS, "
            "else one started here)."
        ),
    ] = "local",
    workers: Annotated[
        int | None,
        typer.Option(
            help="How many threads or processes work at once.  [one a core, or all of a cluster]",
            show_default=False,
        ),
    ] = None,
    kind: Kind = "auto",
    order: Order = None,
    missing: Missing = None,
    separator: Separator = None,
    merge_alike: MergeAlike = False,
    one_based: Annotated[
        bool,
        typer.Option("--one-based", help="Coordinates of Pascal VOC count from 1."),
    ] = False,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    sheet: Sheet = None,
    aggregate: Annotated[
        str | None,
        typer.Option(
            help="Of an export with votes of several people: audit the consensus of this "
            "aggregator, such as auto.",
            show_default=False,
        ),
    ] = None,
    seed: Seed = 0,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on in a folder that holds decisions.")
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Say what would be made and what it would cost, and stop; with --workers each "
            "stage with its CPU, wall time, memory and bytes over the wire.",
        ),
    ] = False,
    json_: AsJson = False,
    out: Annotated[
        Path | None,
        typer.Option(
            "-o", "--out", help="The audit folder.  [FILE's name + .audit]", show_default=False
        ),
    ] = None,
) -> None:
    """Find the labels that look wrong, and what else is wrong with the data; write an audit folder
    with a report.
    """
    import reliabel as rl
    from reliabel.cli.progress import listening
    from reliabel.folders.audit_card import card
    from reliabel.folders.audit_folder import check_same_data, save
    from reliabel.folders.lock import locked

    if fail_over is not None and not 0 <= fail_over < 1:
        raise ValueError(
            "--fail-over takes a share of the labels, such as 0.02 for two percent; got "
            f"{fail_over:g}"
        )
    if strict and fail_over is None:
        raise ValueError("--strict says how --fail-over SHARE is judged; give --fail-over as well")
    folder = out or folder_for(file)
    columns: dict[str, Any] = {
        "label": label[0] if label and len(label) == 1 else label,
        "text": text,
        "image": image,
        "id": id,
        "split": split,
        "group": group,
    }
    brought: dict[str, Any] = {
        "features": None if features is None else str(features),
        "probs": probs,
        "predicted": predicted,
        "one_based": one_based,
    }
    form: dict[str, Any] = {
        "kind": kind,
        "order": order_of(order),
        "missing": tuple(missing or ()),
        "separator": separator,
        "merge_alike": merge_alike,
        "encoding": encoding,
        "delimiter": delimiter,
        "sheet": sheet,
    }
    data = _labels(
        rl.read(file, **columns, **form, **brought, rows=rows, seed=seed),
        file,
        aggregate,
        seed,
    )
    note(_headline(file, data), *data.source.get("notes", ()))
    if dry_run:
        if workers is not None or engine != "local":
            typer.echo(_cost(data, embed, model, engine, workers, seed))
        else:
            typer.echo(_plan(data, embed, model))
        return
    asked: dict[str, Any] = {
        "by": by.split(",") if by else None,
        "options": _options(options),
        "seed": seed,
        "embed": embed,
        "embeddings": embeddings or None,
        "model": model,
        "search": search,
        "verdicts": list(verdicts) if verdicts else None,
        "engine": engine,
        "workers": workers,
    }
    with listening(), locked(folder):
        if not resume:
            check_same_data(folder, data)
        done = rl.audit(data, **asked, folder=folder)
        again = as_typed(context, *NOT_AGAIN)
        done = replace(done, info={**done.info, "command": again})
        save(done, folder, resume=resume, page=rl.report(done, folder=folder))
    typer.echo(json.dumps(card(done), ensure_ascii=False) if json_ else _text(done, folder))
    if fail_over is not None:
        _gate(done, fail_over, strict)


def folder_for(file: Path) -> Path:
    """The audit folder of a file or a folder of data where none was named."""
    from reliabel.ops.addresses import address_of, local, name_of

    address = address_of(file)
    if address is not None:
        return Path(f"{Path(name_of(address)).stem}.audit")
    place = Path(local(file)).resolve()
    return Path(f"{place.stem if place.is_file() else place.name}.audit")


def _labels(data: Any, file: Path, aggregator: str | None, seed: int) -> Any:
    """The data with one label an item: votes of several people as the consensus of ``aggregator``;
    without one the sentence on such votes names the commands to paste.
    """

    import reliabel as rl
    from reliabel.reading.votes_as_labels import consensus_as_labels, one_label_each

    if aggregator is not None:
        if not isinstance(data.labels, rl.Votes):
            raise ValueError(
                f"--aggregate makes one label of the votes of several people, but {file.name} "
                "holds one label an item already; leave it out"
            )
        return consensus_as_labels(data, rl.aggregate(data, by=aggregator, seed=seed))
    try:
        return one_label_each(data)
    except ValueError as wrong:
        name = shlex.quote(str(file))
        raise ValueError(
            f"{wrong}.  In one go: reliabel audit {name} --aggregate auto.  To study the votes: "
            f"reliabel aggregate {name}"
        ) from wrong


def _text(done: Any, folder: Path) -> str:
    import reliabel as rl

    return in_options(rl.report(done, form="text", folder=folder), audit)


def _gate(done: Any, share: float, strict: bool) -> None:
    """Exit code 3 when even the low end of the interval exceeds ``share`` (strict: when its high
    end is not below it), 4 when the data cannot tell.
    """
    from reliabel.core.kinds import known_labels

    known = known_labels(done.data.labels)
    labels = int((done.p_wrong == done.p_wrong).sum()) if done.p_wrong is not None else known
    count, end = done.count, "high" if strict else "low"
    if count is None or not count.identified:
        asked = f"{'at least' if strict else 'more than'} {share:.2%}"
        note(
            f"cannot tell whether {asked} of the labels are wrong: no count without a review "
            "(reliabel sample draws one)"
        )
        raise typer.Exit(CANNOT_TELL)
    reached = f"{getattr(count, end):,.0f} of {labels:,} labels"
    part = getattr(count, end) / max(labels, 1)
    if count.low > share * labels:
        note(
            f"failed: at least {count.low:,.0f} of {labels:,} labels are wrong "
            f"({count.low / labels:.2%}), more than {share:.2%}"
        )
        raise typer.Exit(FAILED)
    if strict and count.high >= share * labels:
        note(
            f"failed: up to {reached} may be wrong ({part:.2%}), which is not below {share:.2%}; "
            "a review of more draws narrows the interval (reliabel sample)"
        )
        raise typer.Exit(FAILED)
    below = "is below" if strict else "does not exceed"
    note(f"passed: the {end} end of the count, {reached}, {below} {share:.2%}")


def _headline(file: Path, data: Any) -> str:
    from reliabel.core.kinds import kind_for

    classes = getattr(getattr(data.labels, "units", data.labels), "names", ())
    what = f"{len(classes):,} class{'es' * (len(classes) > 1)}" if classes else "no class"
    what = "numbers" if type(data.labels).__name__ == "Numbers" else what
    kind = kind_for(data.labels)
    task = kind.task if kind.objects else data.source.get("task", "arrays")
    return f"{file.name}: {len(data):,} row{'s' * (len(data) != 1)}, {what} ({task})"


def _options(text: str | None) -> dict[str, Any]:
    value = options_of(text, AUDITOR_OPTIONS)
    if not all(isinstance(own, dict) for own in value.values()):
        raise ValueError(f"--options must map auditors to their options, got {text}")
    return value


def _plan(data: Any, embed: str, model: str) -> str:
    from reliabel.prepare import estimate

    pieces = estimate(data, embed=embed, model=model)
    lines = [f"{len(data):,} rows would be audited; nothing was made or written"]
    lines += [
        f"  {piece['piece']:<40} about {piece['seconds']:.0f} s, {piece['mib']:.0f} MiB"
        for piece in pieces
    ]
    seconds, mib = (
        sum(one["seconds"] for one in pieces),
        max((one["mib"] for one in pieces), default=0),
    )
    lines.append(f"  {'in all':<40} about {seconds:.0f} s, {mib:.0f} MiB")
    return "\n".join(lines)


def _cost(data: Any, embed: str, model: str, engine: str, workers: int | None, seed: int) -> str:
    """The table of ``--dry-run --workers``."""
    import os

    from reliabel.cli.progress import listening
    from reliabel.verbs.dry_run import predicted, told

    many = workers or os.cpu_count() or 1
    with listening():
        said = predicted(data, workers=many, engine=engine, embed=embed, model=model, seed=seed)
    return told(said)
