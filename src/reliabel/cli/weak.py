"""weak: labelling functions to labels, and a model of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from reliabel.cli.aggregate import AGGREGATOR_OPTIONS
from reliabel.cli.app import app, in_options, note, options_of, spoken
from reliabel.cli.options import AsJson, Delimiter, Encoding, Id, Missing, Seed, Sheet


@app.command(
    short_help="From labelling functions to labels.",
    epilog="Example:  reliabel weak reviews.csv --functions rules.py --text review -o "
    "reviews.consensus",
)
@spoken
def weak(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE",
            help="A table of items, one row an item, or tagged text (CoNLL, JSON Lines); may be "
            "left out with --votes.",
            show_default=False,
        ),
    ] = None,
    functions: Annotated[
        Path | None,
        typer.Option(
            help="A Python file of labelling functions; it is run.  Each takes a text (a row "
            "without --text) and gives a class name or None.",
            show_default=False,
        ),
    ] = None,
    votes: Annotated[
        Path | None,
        typer.Option(
            help="Instead of functions what they said: a matrix (.npy, .npz) with a row an item, a "
            "column a function and -1 where one says nothing, a table of that form, or WRENCH.",
            show_default=False,
        ),
    ] = None,
    names_of_classes: Annotated[
        str | None,
        typer.Option(
            "--classes",
            help="With --votes, the names of the classes 0, 1, ..., with commas between.",
            show_default=False,
        ),
    ] = None,
    text: Annotated[
        str | None,
        typer.Option(
            help="The column of texts that the functions get.  [a whole row]", show_default=False
        ),
    ] = None,
    image: Annotated[
        str | None,
        typer.Option(
            help="The column of pictures (paths) that the functions get.", show_default=False
        ),
    ] = None,
    id: Id = None,
    label: Annotated[
        str | None,
        typer.Option(
            help="The column of known labels, empty where nobody looked: functions and labels are "
            "checked with them, nothing is learnt from them.",
            show_default=False,
        ),
    ] = None,
    spans: Annotated[
        bool,
        typer.Option(
            "--spans",
            help="The functions mark spans of words: they yield (class, start, end).  So it is for "
            "tagged text, and where functions are made as spans (rules.gazetteer).",
        ),
    ] = False,
    seconds: Annotated[
        float, typer.Option(help="How long a function may take for an item; 0 for any time.")
    ] = 1.0,
    by: Annotated[
        str, typer.Option(help="The label model: reliabel list --verb aggregate.")
    ] = "auto",
    options: Annotated[
        str | None,
        typer.Option(
            help=f"The label model's options as JSON, as in: {AGGREGATOR_OPTIONS}",
            show_default=False,
        ),
    ] = None,
    model: Annotated[
        bool,
        typer.Option(
            "--model", help="Also train a model of the items on the labels' probabilities."
        ),
    ] = False,
    hard: Annotated[
        bool,
        typer.Option(
            "--hard",
            help="Train it on the likeliest class alone: more of its labels are right, its "
            "probabilities are worse.",
        ),
    ] = False,
    embed: Annotated[
        str,
        typer.Option(
            help="How the model's features are made: auto, tfidf, minilm or another embedder."
        ),
    ] = "auto",
    missing: Missing = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    sheet: Sheet = None,
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
    """Run labelling functions on items, weigh their votes, and write a consensus folder: a label
    and its probability for each item, and a report with a table of the functions.
    """
    import reliabel as rl
    from reliabel.cli.progress import listening
    from reliabel.folders.lock import locked
    from reliabel.reading.function_items import function_items, with_known
    from reliabel.reading.span_items import is_tagged_text, span_items, with_known_spans
    from reliabel.reporters.consensus_text import summary
    from reliabel.reporters.functions_text import (
        end_model_text,
        functions_text,
        span_functions_text,
    )
    from reliabel.rules.from_file import from_file
    from reliabel.verbs.votes_beside import votes_beside
    from reliabel.verbs.votes_from_functions import only_named
    from reliabel.verbs.write_consensus import write_consensus

    _one_of_them(file, functions, votes)
    folder = out or Path(f"{(file or votes or Path('weak')).stem}.consensus")
    form: dict[str, Any] = {"encoding": encoding, "delimiter": delimiter, "sheet": sheet}
    none = tuple(missing or ())
    columns: dict[str, Any] = {"text": text, "image": image, "id": id, "label": label}
    ready, classes = ([], ()) if functions is None else from_file(functions)
    mark = functions is not None and (
        spans or any(one.spans for one in ready) or (text is None and is_tagged_text(file))
    )
    if mark and model:
        raise ValueError(
            "no model of spans is trained here; train a tagger of yours on consensus.conll of the "
            "folder, and leave --model out"
        )
    known: Any = None
    items: Any = None
    if mark:
        items, known = span_items(file, text=text, id=id, label=label, **form)
    elif functions is not None:
        items, known = function_items(file, **columns, missing=none, **form)
    if hard and not model:
        raise ValueError("--hard says how the model is trained: add --model")
    more: list[str] = []
    with listening(), locked(folder):
        gold = None
        if votes is not None:
            words = {"items": file, "classes": names_of_classes, "missing": none, **columns, **form}
            data, gold = votes_beside(votes, **words)
        else:
            data = rl.votes_from_functions(
                items, ready, classes=classes, seconds=seconds or None, spans=mark
            )
        if mark:
            data = with_known_spans(data, known)
        elif votes is None:
            data, gold = with_known(data, known)
        shown = only_named(data)
        note(*shown.source["notes"])
        done = rl.aggregate(data, by=by, seed=seed, **options_of(options, AGGREGATOR_OPTIONS))
        write_consensus(done, shown, folder, gold=gold)
        if model:
            from reliabel.verbs.end_model import end_model

            place = folder.with_name(f"{folder.name.removesuffix('.consensus')}.model")
            trained = end_model(
                done, data, gold=gold, seed=seed, embed=embed, folder=place, hard=hard
            )
            more = end_model_text(trained, str(place))
    card = (folder / "aggregate.json").read_text(encoding="utf-8")
    if json_:
        typer.echo(card)
        return
    cast: Any = shown.labels
    first, *rest = summary(done, cast, folder, json.loads(card).get("wrong")).split("\n")
    names = data.ids.workers or ()
    told = (
        span_functions_text(data, done.labels)
        if mark
        else functions_text(data.labels, done.labels.p, names, gold, data.evidence.get("items"))
    )
    lines = [first, *told, *more, *rest]
    typer.echo(in_options("\n".join(lines), weak))


def _one_of_them(file: Path | None, functions: Path | None, votes: Path | None) -> None:
    """Refuse both and neither."""
    if (functions is None) == (votes is None):
        raise ValueError(
            "weak takes labelling functions (--functions rules.py) or what they said (--votes "
            f"votes.npz), got {'neither' if votes is None else 'both'}; give one of them"
        )
    if file is None and functions is not None:
        raise ValueError("give the table of items that the functions are to look at: FILE")
