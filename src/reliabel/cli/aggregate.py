"""aggregate: from many votes to one label an item."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from reliabel.cli.app import app, in_options, note, options_of, spoken
from reliabel.cli.options import (
    AsJson,
    Delimiter,
    Encoding,
    MergeAlike,
    Missing,
    Seed,
    Separator,
    Sheet,
    VoteKind,
    Workers,
    one_or_all,
)
from reliabel.core.orders import Comparisons

AGGREGATOR_OPTIONS = """--by dawid_skene --options '{"iterations": 50}'"""


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
