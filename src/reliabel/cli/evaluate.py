"""evaluate: which model is better on a test whose labels are partly wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from reliabel.cli.app import app, note, options_by_keyword, spoken
from reliabel.cli.flags import as_flags
from reliabel.cli.options import AsJson, Kind, Seed
from reliabel.cli.review import Who

PAGE = "evaluation.html"


@app.command(
    short_help="Which model is better on a noisy test.",
    epilog="Examples:  reliabel evaluate small.csv large.csv --audit test.audit   |   "
    "reliabel evaluate small.csv large.csv --audit test.audit --n 50 -o batch.csv",
)
@spoken
def evaluate(
    predictions: Annotated[
        list[str],
        typer.Argument(
            metavar="PREDICTIONS...",
            help="A file of predictions for each model, or NAME=FILE: a table with ids and a "
            "column of predictions, or an array of classes or probabilities.",
            show_default=False,
        ),
    ],
    audit: Annotated[
        Path | None,
        typer.Option(help="The audit folder of the test, with its reviews.", show_default=False),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(
            help="The file with the labels of the test, if not audited.", show_default=False
        ),
    ] = None,
    label: Annotated[
        str | None,
        typer.Option(help="With --labels: the column that holds them.", show_default=False),
    ] = None,
    id: Annotated[
        str | None,
        typer.Option(help="With --labels: the column that names the items.", show_default=False),
    ] = None,
    verdicts: Annotated[
        list[Path] | None,
        typer.Option(help="People's verdicts on labels that they chose.", show_default=False),
    ] = None,
    n: Annotated[
        int, typer.Option("--n", help="Draw so many labels on which the best two models differ.")
    ] = 0,
    out: Annotated[
        Path | None,
        typer.Option(
            "-o", "--out", help="With --n: the table for people to fill in.", show_default=False
        ),
    ] = None,
    who: Who = None,
    page: Annotated[
        Path | None,
        typer.Option(
            help="Where the page is written.  [evaluation.html in the audit folder]",
            show_default=False,
        ),
    ] = None,
    kind: Kind = "auto",
    seed: Seed = 0,
    json_: AsJson = False,
) -> None:
    """How many predictions of each model are truly right, with intervals from reviewed labels, and
    which model is better.
    """
    import reliabel as rl
    from reliabel.folders.atomic import write_text
    from reliabel.folders.audit_card import plain
    from reliabel.reporters import evaluation as page_of
    from reliabel.reporters.evaluation_text import render

    if (n > 0) != (out is not None):
        raise ValueError("--n and -o go together: how many labels are drawn, and into which table")
    given = None
    if labels is not None:
        read = rl.read(labels, label=label, id=id, kind=kind)
        note(*read.source.get("notes", ()))
        given = read
    elif label is not None or id is not None:
        raise ValueError(
            "--label and --id are columns of the file that --labels names; give it too"
        )
    done = rl.evaluate(
        _named(predictions),
        audit=audit,
        labels=given,
        verdicts=verdicts,
        n=n,
        out=out,
        who=who,
        seed=seed,
    )
    where = page if page is not None else None if audit is None else audit / PAGE
    if where is not None:
        write_text(where, page_of.render(done, folder=audit))
    if json_:
        typer.echo(json.dumps(plain(_as_json(done)), ensure_ascii=False))
        return
    typer.echo(as_flags(render(done, folder=audit), options_by_keyword(evaluate)))
    if where is not None:
        typer.echo(f"Report: {where}")


def _named(predictions: list[str]) -> dict[str, str]:
    """Name -> file, as NAME=FILE or by the stem of the file."""
    from reliabel.verbs.evaluate import named_predictions

    spelled = [one.partition("=") for one in predictions]
    by_name = {
        name: file for name, sign, file in spelled if sign and not Path(f"{name}={file}").is_file()
    }
    plain_files = [one for one in predictions if one.partition("=")[0] not in by_name]
    named = dict(named_predictions(plain_files)) if plain_files else {}
    for name in by_name:
        if name in named:
            raise ValueError(f"two predictions are called {name!r}; give them different names")
    return {**named, **by_name}


def _as_json(done: Any) -> dict[str, Any]:
    from dataclasses import asdict

    batch = dict(done.info.get("batch", {}))
    batch.pop("rows", None)
    told: dict[str, Any] = {
        "models": [asdict(one) for one in done.models],
        "pairs": [asdict(one) for one in done.pairs],
        "items": done.items,
        "reviewed": done.reviewed,
        "wrong": done.wrong,
        "ranking": None if done.ranking is None else vars(done.ranking),
        "notes": list(done.notes),
        "batch": batch or None,
    }
    if done.ranking is not None:
        crossings = [asdict(one) for one in done.ranking.crossings]
        told["ranking"] = {**vars(done.ranking), "crossings": crossings}
    return told
