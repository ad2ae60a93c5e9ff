"""certify: when reviewing may stop."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from reliabel.cli.app import app, note, spoken
from reliabel.cli.audit import AsJson, Folder, Seed
from reliabel.cli.review import Store


@app.command(
    short_help="Say whether reviewing may stop.",
    epilog="Examples:  reliabel certify reviews.audit --target 0.01   |   "
    "reliabel certify reviews.audit --target 0.02 --picture bound.svg",
)
@spoken
def certify(
    folder: Folder,
    target: Annotated[
        float, typer.Option(help="The share of the kept labels that may stay wrong.")
    ] = 0.01,
    confidence: Annotated[
        float, typer.Option(help="The probability with which all that is said holds.")
    ] = 0.95,
    forecast: Annotated[
        bool,
        typer.Option(
            "--forecast/--no-forecast", help="Say about how many more reviews it takes (seconds)."
        ),
    ] = True,
    picture: Annotated[
        Path | None,
        typer.Option(
            help="Draw how the bound came down over the reviews: .svg, .png or .pdf.",
            show_default=False,
        ),
    ] = None,
    store: Store = None,
    seed: Seed = 0,
    json_: AsJson = False,
) -> None:
    """Say how many of the labels that nobody looked at are wrong at most, and whether reviewing may
    stop: at any time, whatever was looked at.
    """
    import reliabel as rl
    from reliabel.folders.audit_card import plain
    from reliabel.reporters.certificate_chart import write_picture
    from reliabel.reporters.certificate_text import sentences

    done = rl.certify(
        folder, target=target, confidence=confidence, forecast=forecast, store=store, seed=seed
    )
    if picture is not None:
        write_picture(done, picture)
        note(f"{picture}: the bound over the reviews")
    if json_:
        told = asdict(done) | {"sentences": [*sentences(done)]}
        told["certificate"] |= {"kept": done.certificate.kept, "share": done.certificate.share}
        typer.echo(json.dumps(plain(told), ensure_ascii=False))
        return
    typer.echo("\n".join(sentences(done)))
