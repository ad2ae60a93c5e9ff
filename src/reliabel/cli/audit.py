"""audit, sample, report, diff, apply: from a file to an audit folder, a review sample, a page, and
corrected data.
"""

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
    Delimiter,
    Encoding,
    Kind,
    MergeAlike,
    Missing,
    Order,
    Separator,
    Sheet,
    app,
    as_typed,
    in_options,
    note,
    options_of,
    order_of,
    spoken,
)

# what the same audit with verdicts is not asked again
NOT_AGAIN = ("verdicts", "fail_over", "strict", "json_", "dry_run", "resume")
Folder = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="An audit folder.", show_default=False)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the machine-readable result.")]
AUDITOR_OPTIONS = """--options '{"knn_outliers": {"nearest": 20}}'"""
Seed = Annotated[int, typer.Option(help="The only source of chance.")]


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
            help="A table (CSV, TSV, JSON, JSONL, Parquet, Arrow, Excel), compressed or not; a "
            "folder of Parquet or Arrow files; an export of a labelling tool; or a folder of "
            "pictures sorted by class.  Addresses (s3://, gs://) too.",
            show_default=False,
        ),
    ],
    label: Annotated[
        list[str] | None,
        typer.Option(
            help="The column that holds the labels; give it several times, or a pattern (is_*), "
            "for several 0/1 columns.",
            show_default=False,
        ),
    ] = None,
    text: Annotated[
        str | None, typer.Option(help="The column that holds texts.  [guessed]", show_default=False)
    ] = None,
    image: Annotated[
        str | None,
        typer.Option(help="The column that holds picture paths.  [guessed]", show_default=False),
    ] = None,
    id: Annotated[
        str | None,
        typer.Option(help="The column that names the items.  [row number]", show_default=False),
    ] = None,
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
    import shlex

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


@app.command(
    short_help="Draw labels for a review that may be counted.",
    epilog="Example:  reliabel sample reviews.audit --n 100 -o to_review.csv",
)
@spoken
def sample(
    folder: Folder,
    out: Annotated[
        Path,
        typer.Option("-o", "--out", help="The table for people to fill in.", show_default=False),
    ],
    n: Annotated[
        int, typer.Option("--n", help="Draws; a label may be drawn more than once.")
    ] = 100,
    seed: Annotated[
        int | None,
        typer.Option(
            help="The only source of chance.  [that of the folder's draw, else 0]",
            show_default=False,
        ),
    ] = None,
    json_: AsJson = False,
) -> None:
    """Draw labels for a review that may be used for counts: at random, more often where P(wrong) is
    uncertain.
    """
    import reliabel as rl

    done = rl.sample(folder, n=n, seed=seed, out=out)
    if json_:
        typer.echo(json.dumps({name: done[name] for name in ("n", "labels", "out", "held")}))
        return
    typer.echo(
        f"{out}: {done['labels']} labels in {n} draws, in the order of the draws.  Fill in verdict "
        "(keep, change, drop, unsure) and label from the top, as far as you like (unsure rather "
        f"than skipped), then audit again with --verdicts {shlex.quote(str(out))}:"
    )
    typer.echo(f"  {_next(folder)}")
    if done["held"] > n:
        typer.echo(f"the folder keeps all {done['held']} draws; this sheet holds the first {n}")


def _next(folder: Path) -> str:
    """The next command for a folder, to be pasted."""
    import reliabel as rl
    from reliabel.reporters.next_step import next_steps
    from reliabel.reporters.sentences import AuditView

    return next_steps(AuditView(rl.load(folder)), folder)[0].command


@app.command(
    short_help="Write the report of an audit folder again.",
    epilog="Example:  reliabel report reviews.audit --form text",
)
@spoken
def report(
    folder: Folder,
    form: Annotated[
        str | None,
        typer.Option(
            help="html, text, csv, card (a data card), annotations (for CI on GitHub) or "
            "instructions (for annotators).  [from the suffix of -o, else html]",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--out",
            help="Where to write.  [html, instructions: a page in the folder; card: its folder "
            "card; else the terminal]",
            show_default=False,
        ),
    ] = None,
    meta: Annotated[
        Path | None,
        typer.Option(
            help="A JSON or TOML file of what the card states: license, creator, ...",
            show_default=False,
        ),
    ] = None,
    top: Annotated[
        int | None,
        typer.Option(help="How many annotations are shown.  [10]", show_default=False),
    ] = None,
    copy_items: Annotated[
        bool,
        typer.Option(
            "--copy-items", help="Copy items into the instructions; else they are named by id."
        ),
    ] = False,
    clear: Annotated[
        bool,
        typer.Option(
            "--clear",
            help="Show personal data in the page's items (email addresses, card numbers, ...) as "
            "they are; without it they are masked.",
        ),
    ] = False,
) -> None:
    """Write an audit's report again, as a page, as text or as a table; its data card: Markdown, a
    page, Croissant, and a paragraph on methods; annotations for CI; or labelling instructions.
    """
    import reliabel as rl

    if form == "card" and top is None and not copy_items:
        _card(folder, out or folder / "card", meta)
        return
    page_of = {None: "report.html", "html": "report.html", "instructions": "instructions.html"}
    place = out or (folder / page_of[form] if form in page_of else None)
    page = rl.report(
        folder, place, form=form, meta=meta, top=top, copy_items=copy_items, clear=clear
    )
    if form == "annotations" and place is None:
        typer.echo(page, nl=False)
        return
    typer.echo(str(place) if place else in_options(page, audit) if form == "text" else page)


def _card(folder: Path, place: Path, meta: Path | None) -> None:
    from reliabel.verbs.data_card import data_card, write_card
    from reliabel.verbs.report import audit_of

    whole = audit_of(folder, "card")
    files, missing = data_card(whole, meta=meta, folder=folder)
    write_card(files, place, whole)
    note(*(f"warning: {line[:1].lower()}{line[1:]}" for line in missing))
    typer.echo(str(place))


@app.command(
    short_help="Compare two audits: what changed, what is fixed, what is new.",
    epilog="Example:  reliabel diff before.audit after.audit -o diff.html",
)
@spoken
def diff(
    old: Annotated[
        Path, typer.Argument(metavar="OLD", help="The earlier audit folder.", show_default=False)
    ],
    new: Annotated[
        Path, typer.Argument(metavar="NEW", help="The later audit folder.", show_default=False)
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--out",
            help="Write it as a page (.html), text (.txt, .md) or JSON (.json).  [the terminal]",
            show_default=False,
        ),
    ] = None,
    at: Annotated[float, typer.Option(help="P(wrong) from which a label is a suspect.")] = 0.5,
    fail_over: Annotated[
        int | None,
        typer.Option(help="Exit 3 if more suspects than this are new.", show_default=False),
    ] = None,
    form: Annotated[
        str | None,
        typer.Option(
            help="What the terminal shows: text, or annotations of the new suspects for CI on "
            "GitHub.  [text]",
            show_default=False,
        ),
    ] = None,
    json_: AsJson = False,
) -> None:
    """Compare two audits of the same data or of changed data: labels changed, items added and
    removed, suspects that are fixed, new or still there, and the count with its interval.
    """
    import reliabel as rl
    from reliabel.folders.audit_card import plain
    from reliabel.reporters.diff_text import render

    if fail_over is not None and fail_over < 0:
        raise ValueError(f"--fail-over is a number of new suspects from 0, got {fail_over}")
    if form not in (None, "text", "annotations") or (form is not None and json_):
        raise ValueError(f"--form is text or annotations, and goes without --json; got {form!r}")
    found = rl.diff(old, new, out=out, at=at)
    if form == "annotations":
        from reliabel.verbs.report import annotated

        typer.echo(
            annotated(rl.load(new), only={(one.id, one.given) for one in found.new}), nl=False
        )
    elif json_:
        typer.echo(json.dumps(plain(found.as_json()), ensure_ascii=False))
    else:
        typer.echo(render(found), nl=False)
    if out is not None and not json_:
        typer.echo(str(out))
    if fail_over is not None and len(found.new) > fail_over:
        note(f"failed: {len(found.new):,} suspects are new, more than {fail_over:,}")
        raise typer.Exit(FAILED)


@app.command(
    short_help="Write the data anew with decisions applied.",
    epilog="Example:  reliabel apply reviews.audit --decisions decisions.csv -o clean.csv",
)
@spoken
def apply(
    folder: Folder,
    out: Annotated[
        Path,
        typer.Option(
            "-o", "--out", help="The new file; its suffix says the format.", show_default=False
        ),
    ],
    decisions: Annotated[
        Path | None,
        typer.Option(
            help="CSV, JSONL or Parquet: id, verdict (keep, change, drop, unsure), label, who, at.",
            show_default=False,
        ),
    ] = None,
    auto: Annotated[
        float | None,
        typer.Option(
            help="Also change what nobody decided on: the largest set that the model expects to be "
            "right to this share; with weak features fewer are.",
            show_default=False,
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an earlier output.")
    ] = False,
    new_classes: Annotated[
        bool, typer.Option("--new-classes", help="Allow labels that are no class yet.")
    ] = False,
    source: Annotated[
        Path | None,
        typer.Option(help="Where the audited file lies if it has moved.", show_default=False),
    ] = None,
    links: Annotated[
        bool,
        typer.Option(
            "--links", help="In a new folder of pictures, symbolic links instead of copies."
        ),
    ] = False,
    json_: AsJson = False,
) -> None:
    """Write the data anew with people's decisions applied; the input is never touched."""
    import reliabel as rl

    done: Any = rl.apply(
        folder,
        decisions=decisions,
        auto=auto,
        out=out,
        overwrite=overwrite,
        new_classes=new_classes,
        source=source,
        links=links,
    )
    if json_:
        typer.echo(json.dumps(done, ensure_ascii=False))
        return
    typer.echo(
        f"{out}: "
        + ", ".join(
            f"{done[name]:,} {name}"
            for name in ("changed", "dropped", "kept", "unsure", "undecided")
        )
    )
    if done["automatic"]:
        typer.echo(
            f"{done['automatic']:,} of the changes were made without a person; the model expects "
            f"about {done['expected_mistakes']:,.0f} mistakes among them, and weak features make "
            "it too sure"
        )
    note(*done["notes"])


@app.command(
    short_help="What mending the labels does to a model.",
    epilog="Examples:  reliabel impact reviews.audit --verdicts to_review.csv   |   "
    "reliabel impact reviews.audit --held-out test",
)
@spoken
def impact(
    folder: Folder,
    verdicts: Annotated[
        list[Path] | None,
        typer.Option(
            help="Verdicts of people to judge on, beside those in the folder: id, verdict, label.",
            show_default=False,
        ),
    ] = None,
    held_out: Annotated[
        list[str] | None,
        typer.Option(
            help="Judge on the rows of this split instead, whose labels are right; they are never "
            "learnt from.",
            show_default=False,
        ),
    ] = None,
    at: Annotated[
        float, typer.Option(help="The P(wrong) from which a label is mended or dropped.")
    ] = 0.5,
    repeats: Annotated[
        int, typer.Option(min=1, help="How often the rows are split into five.")
    ] = 2,
    seed: Seed = 0,
    json_: AsJson = False,
) -> None:
    """What a model gains where the labels that look wrong are mended or dropped, judged on labels
    that no audit has touched.
    """
    import reliabel as rl
    from reliabel.cli.progress import listening
    from reliabel.folders.audit_card import plain

    with listening():
        done = rl.impact(
            folder, verdicts=verdicts, held_out=held_out, at=at, repeats=repeats, seed=seed
        )
    if json_:
        told: dict[str, Any] = {"value": done.value, "low": done.low, "high": done.high}
        told |= {"parts": done.parts, "info": done.info}
        typer.echo(json.dumps(plain(told), ensure_ascii=False))
        return
    from reliabel.reporters.impact_text import render

    typer.echo(render(done))


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
