"""corrupt, measure, aggregate: commands on tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from reliabel.cli.app import (
    Delimiter,
    Encoding,
    Kind,
    MergeAlike,
    Missing,
    Separator,
    Sheet,
    VoteKind,
    app,
    in_options,
    note,
    options_of,
    spoken,
)
from reliabel.cli.audit import AsJson, Seed
from reliabel.core.catalogue import find
from reliabel.core.kinds import given_values
from reliabel.core.orders import Comparisons

CORRUPTER_OPTIONS = """--by instance_dependent --options '{"slips": 0.5}'"""
MEASURE_OPTIONS = """--by class_imbalance --options '{"level": 0.9}'"""
AGGREGATOR_OPTIONS = """--by dawid_skene --options '{"iterations": 50}'"""
Workers = Annotated[
    list[str] | None,
    typer.Option(
        help="For votes: the column that names who voted; several, or a pattern such as 'r*', are "
        "one column a worker.",
        show_default=False,
    ),
]


@app.command(
    short_help="Plant errors of a known kind.",
    epilog="Example:  reliabel corrupt clean.csv --label intent --text text --by "
    "instance_dependent --rate 0.05 -o noisy.csv",
)
@spoken
def corrupt(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A table, tagged text, boxes in pictures, or masks, whose labels are right.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "-o", "--out", help="The new table; its suffix says the format.", show_default=False
        ),
    ],
    label: Annotated[
        str | None,
        typer.Option(help="The column that holds the labels.  [guessed]", show_default=False),
    ] = None,
    text: Annotated[
        str | None, typer.Option(help="The column that holds texts.  [guessed]", show_default=False)
    ] = None,
    image: Annotated[
        str | None,
        typer.Option(help="The column that holds picture paths.  [guessed]", show_default=False),
    ] = None,
    features: Annotated[
        Path | None,
        typer.Option(help="Your own features, (n, d): .npy, .npz or Parquet.", show_default=False),
    ] = None,
    by: Annotated[
        str, typer.Option(help="The corrupter: reliabel list --verb corrupt.")
    ] = "symmetric",
    rate: Annotated[
        float | None,
        typer.Option(
            help="Share of labels to make wrong.  [the corrupter's own]", show_default=False
        ),
    ] = None,
    matrix: Annotated[
        Path | None,
        typer.Option(
            help="(k, k) chance of a given label (column) under a true one (row), for confusion.",
            show_default=False,
        ),
    ] = None,
    options: Annotated[
        str | None,
        typer.Option(
            help=f"The corrupter's other options as JSON, as in: {CORRUPTER_OPTIONS}",
            show_default=False,
        ),
    ] = None,
    kind: Kind = "auto",
    missing: Missing = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    sheet: Sheet = None,
    seed: Seed = 0,
) -> None:
    """Plant errors: LABEL keeps the truth, new columns LABEL_noisy and LABEL_wrong say what was
    done.  Tagged text, boxes and masks are written anew with the errors in them.
    """
    import reliabel as rl
    from reliabel.cli.progress import listening
    from reliabel.folders.label_cells import label_columns
    from reliabel.folders.mended_masks import is_masks
    from reliabel.folders.mended_objects import is_drawn
    from reliabel.folders.mended_outlines import has_outlines
    from reliabel.folders.mended_tags import is_tagged
    from reliabel.verbs.corrupt import (
        write_corrupted,
        write_corrupted_boxes,
        write_corrupted_cells,
        write_corrupted_masks,
        write_corrupted_text,
    )

    form = {"encoding": encoding, "delimiter": delimiter, "sheet": sheet}
    data = rl.read(
        file,
        label=label,
        text=text,
        image=image,
        features=features,
        kind=kind,
        missing=tuple(missing or ()),
        **form,  # type: ignore[arg-type]
    )
    note(*data.source.get("notes", ()))
    words: dict[str, Any] = {} if rate is None else {"rate": rate}
    with listening():
        done = rl.corrupt(
            data,
            by=by,
            seed=seed,
            noise_matrix=matrix,
            **words,
            **options_of(options, CORRUPTER_OPTIONS),
        )
    said = f"{int(done.wrong.sum()):,} of {len(done.wrong):,} labels made wrong by "
    said += find("corrupt", by).name
    if is_tagged(data):
        write_corrupted_text(data, out, done)
        typer.echo(f"{out}: {said}; {file} keeps the truth")
        return
    if is_drawn(data) or is_masks(data):
        boxes = is_drawn(data) and not has_outlines(data)
        log = (write_corrupted_boxes if boxes else write_corrupted_masks)(data, out, done)
        planted = done.info.get("planted", {})
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in planted.items() if count)
        typer.echo(f"{out}: {kinds or said}; {file} keeps the truth, {log} tells each edit")
        overlap, far = done.info.get("overlap", {}), done.info.get("displacement", {})
        for kind in [name for name in overlap if name in planted]:
            typer.echo(
                f"  {kind}: overlap with the true masks {overlap[kind]:.2f}, edges {far[kind]:.1f} "
                "pixels apart"
            )
        return
    columns = label_columns(data)
    if isinstance(done.labels, rl.Classes) and data.source.get("cells") is None:
        write_corrupted(file, out, columns[0], done, **form)
    else:
        write_corrupted_cells(data, out, done, **form)
    named = columns[0] if len(columns) == 1 else "COLUMN"
    typer.echo(f"{out}: {said} (columns {named}_noisy, {named}_wrong)")


def one_or_all(names: list[str] | None) -> str | list[str] | None:
    """A single name as it is: it names a column of workers, or is a pattern."""
    return names[0] if names and len(names) == 1 else names


@app.command(
    short_help="Put a number on labels or votes.",
    epilog="Examples:  reliabel measure data.csv --label y --by class_imbalance   |   "
    "reliabel measure votes.csv --item task --worker who --label answer --by krippendorff_alpha   |"
    "   reliabel measure data.audit --by auditor_agreement",
)
@spoken
def measure(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A table of labels or votes, or the folder of an audit, whose evidence and "
            "auditors' scores are then measured.",
            show_default=False,
        ),
    ],
    by: Annotated[
        str, typer.Option(help="The measure: reliabel list --verb measure.", show_default=False)
    ],
    label: Annotated[
        str | None,
        typer.Option(help="The column that holds the labels.  [guessed]", show_default=False),
    ] = None,
    item: Annotated[
        str | None,
        typer.Option(help="For votes: the column that names the item.", show_default=False),
    ] = None,
    worker: Workers = None,
    text: Annotated[
        str | None, typer.Option(help="The column that holds texts.  [guessed]", show_default=False)
    ] = None,
    features: Annotated[
        Path | None, typer.Option(help="Your own features, (n, d).", show_default=False)
    ] = None,
    probs: Annotated[
        Path | None, typer.Option(help="Out-of-sample probabilities, (n, k).", show_default=False)
    ] = None,
    gold: Annotated[
        str | None,
        typer.Option(
            help="The column of the labels that people found, empty where nobody looked.",
            show_default=False,
        ),
    ] = None,
    options: Annotated[
        str | None,
        typer.Option(
            help=f"The measure's options as JSON, as in: {MEASURE_OPTIONS}",
            show_default=False,
        ),
    ] = None,
    kind: Kind = "auto",
    missing: Missing = None,
    merge_alike: MergeAlike = False,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    sheet: Sheet = None,
    seed: Seed = 0,
    json_: AsJson = False,
) -> None:
    """Measure a property of labels or votes, with its interval and its parts."""
    import reliabel as rl
    from reliabel.cli.progress import listening
    from reliabel.folders.audit_card import plain
    from reliabel.folders.audit_folder import is_audit
    from reliabel.reporters.measure_text import told

    form: dict[str, Any] = {
        "kind": kind,
        "missing": tuple(missing or ()),
        "merge_alike": merge_alike,
        "encoding": encoding,
        "delimiter": delimiter,
        "sheet": sheet,
    }
    words = options_of(options, MEASURE_OPTIONS)
    data: Any
    if is_audit(file):
        _refuse_columns(file, label, item, worker, text, features, probs, gold, missing)
        data = rl.load(file)
    else:
        data = rl.read(
            file,
            label=label,
            item=item,
            worker=one_or_all(worker),
            text=text,
            features=features,
            probs=probs,
            **form,
        )
        note(*data.source.get("notes", ()))
    if gold is not None:
        words["gold"] = given_values(rl.read(file, label=gold, **form).labels)
    with listening():
        done = rl.measure(data, by=by, seed=seed, **words)
    by = find("measure", by).name
    if json_:
        typer.echo(
            json.dumps(
                {
                    "by": by,
                    "value": plain(done.value),
                    "low": plain(done.low),
                    "high": plain(done.high),
                    "parts": plain(done.parts),
                    "info": plain(done.info),
                },
                ensure_ascii=False,
            )
        )
        return
    typer.echo(told(by, done), nl=False)
    if verdict := done.parts.get("verdict"):
        typer.echo(str(verdict))
    note(*map(str, done.info.get("warnings", ())))


def _refuse_columns(folder: Path, *given: Any) -> None:
    """An audit has its labels and evidence; naming others for it would be without effect."""
    if any(given):
        raise ValueError(
            f"{folder} is an audit, which has labels and evidence of its own: leave out label=, "
            "item=, worker=, text=, features=, probs=, gold= and missing=, or give the file itself"
        )


@app.command(
    short_help="From many votes to one label an item.",
    epilog="Example:  reliabel aggregate votes.csv --item task --worker who --label answer -o "
    "votes.consensus",
)
@spoken
def aggregate(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A table of votes, one row a vote, or an export of Label Studio, Prodigy, "
            "Argilla, doccano, Ground Truth, Mechanical Turk, Toloka or Appen.",
            show_default=False,
        ),
    ],
    item: Annotated[
        str | None, typer.Option(help="The column that names the item.", show_default=False)
    ] = None,
    worker: Workers = None,
    label: Annotated[
        list[str] | None,
        typer.Option(
            help="The column that holds the answer; several, where each holds yes or no to a label "
            "or, with --kind numbers, a number of a vector.",
            show_default=False,
        ),
    ] = None,
    left: Annotated[
        str | None,
        typer.Option(
            help="Of votes that compare two things, the column of the one; --label says which is "
            "better.",
            show_default=False,
        ),
    ] = None,
    right: Annotated[
        str | None, typer.Option(help="The column of the other.", show_default=False)
    ] = None,
    time: Annotated[
        str | None, typer.Option(help="The column of when a vote was cast.", show_default=False)
    ] = None,
    seconds: Annotated[
        str | None, typer.Option(help="The column of how long it took.", show_default=False)
    ] = None,
    text: Annotated[
        str | None,
        typer.Option(
            help="The column of the items' texts, shown in the report.", show_default=False
        ),
    ] = None,
    image: Annotated[
        str | None,
        typer.Option(
            help="The column of the items' pictures (paths), shown in the report.",
            show_default=False,
        ),
    ] = None,
    show: Annotated[
        list[str] | None,
        typer.Option(help="Further columns to show with the items; globs too.", show_default=False),
    ] = None,
    items: Annotated[
        Path | None,
        typer.Option(
            help="A table with one row an item that holds these columns.  [FILE]",
            show_default=False,
        ),
    ] = None,
    by_worker: Annotated[
        bool,
        typer.Option(
            "--by-worker",
            help="FILE is a folder with a file (or a folder of masks) for each worker, named after "
            "the worker.",
        ),
    ] = False,
    kind: VoteKind = "auto",
    separator: Separator = None,
    missing: Missing = None,
    merge_alike: MergeAlike = False,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    sheet: Sheet = None,
    by: Annotated[
        str, typer.Option(help="The aggregator: reliabel list --verb aggregate.")
    ] = "auto",
    duplicates: Annotated[
        str,
        typer.Option(
            help="Of several votes of one worker on one item keep: last, first, all; or error."
        ),
    ] = "last",
    features: Annotated[
        Path | None,
        typer.Option(
            help="Features of the items, (n, d), for methods that use them.", show_default=False
        ),
    ] = None,
    probs: Annotated[
        Path | None,
        typer.Option(
            help="A model's probabilities for the items, (n, k), for crowdlab.", show_default=False
        ),
    ] = None,
    gold: Annotated[
        Path | None,
        typer.Option(
            help="A table with the item and label columns where the truth is known.",
            show_default=False,
        ),
    ] = None,
    options: Annotated[
        str | None,
        typer.Option(
            help=f"The aggregator's options as JSON, as in: {AGGREGATOR_OPTIONS}",
            show_default=False,
        ),
    ] = None,
    seed: Seed = 0,
    json_: AsJson = False,
    out: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--out",
            help="The consensus folder.  [FILE's name + .consensus]",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Infer the true labels from many votes, how sure they are, and whom to trust; write a
    consensus folder with a report.
    """
    import reliabel as rl
    from reliabel.cli.progress import listening
    from reliabel.folders.lock import locked
    from reliabel.reading.vote_items import with_items
    from reliabel.reporters.consensus_text import summary
    from reliabel.verbs.read import read_votes
    from reliabel.verbs.read_by_worker import read_by_worker
    from reliabel.verbs.write_consensus import counted_votes, write_consensus

    folder = out or Path(f"{file.stem}.consensus")
    columns: dict[str, Any] = {
        "item": item,
        "worker": one_or_all(worker),
        "left": left,
        "right": right,
        "label": one_or_all(label),
        "time": time,
        "seconds": seconds,
    }
    form: dict[str, Any] = {
        "kind": kind,
        "separator": separator,
        "missing": tuple(missing or ()),
        "merge_alike": merge_alike,
        "encoding": encoding,
        "delimiter": delimiter,
        "sheet": sheet,
    }
    if by_worker:
        _refuse_beside_files(features=features, probs=probs, show=show, items=items)
        named = {name: value for name, value in columns.items() if value is not None}
        data = read_by_worker(file, text=text, image=image, **named, **form)
    else:
        data = read_votes(file, **columns, **form, features=features, probs=probs, duplicates="all")
    if not by_worker and (text or image or show):
        views: dict[str, Any] = {"item": item, "text": text, "image": image, "show": show or ()}
        data = with_items(data, items or file, **views, encoding=encoding, delimiter=delimiter)
    elif items is not None:
        raise ValueError(
            "--items names a table; say which of its columns: --text, --image or --show"
        )
    note(*data.source.get("notes", ()))
    told: list[str] = []
    words = {
        **options_of(options, AGGREGATOR_OPTIONS),
        **({} if gold is None else {"gold": _gold(gold, data, by_worker, form, image, told)}),
    }
    note(*told)
    with listening(), locked(folder):
        done = rl.aggregate(data, by=by, duplicates=duplicates, seed=seed, **words)
        write_consensus(done, data, folder, gold=words.get("gold"), duplicates=duplicates)
    card = (folder / "aggregate.json").read_text(encoding="utf-8")
    wrong = json.loads(card).get("wrong")
    text = summary(done, counted_votes(data), folder, wrong)
    typer.echo(card if json_ else in_options(text, aggregate))


def _refuse_beside_files(**given: Any) -> None:
    """Refuse what belongs to one table of votes where each worker has a file."""
    for name, value in given.items():
        if value:
            raise ValueError(
                f"--{name} goes with one table of votes; with --by-worker each worker has a file, "
                "so leave it out (in Python, rl.aggregate takes the evidence beside the votes)"
            )


def _gold(
    path: Path, data: Any, by_worker: bool, form: dict[str, Any], image: str | None, told: list[str]
) -> Any:
    """What is known of some items: a file like a worker's, or a table of items and answers."""
    from reliabel.reading.gold_answers import answers_of_classes, gold_answers, gold_strengths
    from reliabel.reading.gold_table import gold_of
    from reliabel.verbs.read_by_worker import known_by_file

    if by_worker:
        return known_by_file(path, data, image=image, **form)
    kind = data.source.get("answers")
    spelling = {name: form[name] for name in ("encoding", "delimiter")}
    if isinstance(data.labels.labels, Comparisons):
        known, notes = gold_strengths(path, data, **spelling)
    elif kind is None or kind == "candidates":
        found = gold_of(path, data, notes=told, **spelling)
        return found if kind is None else answers_of_classes(found)
    else:
        more = {name: form[name] for name in ("missing", "separator")}
        known, notes = gold_answers(path, data, kind, **more, **spelling)
    told += notes
    return known
