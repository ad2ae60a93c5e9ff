"""certify: when reviewing may stop."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from reliabel.cli.app import app, note, spoken
from reliabel.cli.options import AsJson, Folder, Seed
from reliabel.cli.review import Store, Who


@app.command(
    short_help="Say whether reviewing may stop.",
    epilog="Examples:  reliabel certify reviews.audit --target 0.01   |   "
    "reliabel certify reviews.audit --target 0.02 --picture bound.svg   |   "
    "reliabel certify answers.audit --machine confidence --risk 0.05 --n 50 -o batch.csv",
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
    machine: Annotated[
        str | None,
        typer.Option(
            help="The labels are a machine's: say how many may be accepted unseen, by this column "
            "of its confidence.",
            show_default=False,
        ),
    ] = None,
    risk: Annotated[
        float, typer.Option(help="With --machine: the share of the accepted that may be wrong.")
    ] = 0.05,
    n: Annotated[
        int, typer.Option("--n", help="With --machine: draw so many labels to judge next.")
    ] = 0,
    out: Annotated[
        Path | None,
        typer.Option(
            "-o", "--out", help="With --n: the table for people to fill in.", show_default=False
        ),
    ] = None,
    who: Who = None,
    store: Store = None,
    seed: Seed = 0,
    json_: AsJson = False,
) -> None:
    """Say how many of the labels that nobody looked at are wrong at most, and whether reviewing may
    stop: at any time, whatever was looked at.  With --machine: how many labels of a model, an LLM
    or a consensus may be accepted unseen.
    """
    if machine is not None:
        _of_machine(folder, machine, risk, confidence, n, out, who, picture, store, json_)
        return
    if n or out is not None:
        raise ValueError(
            "--n and -o draw labels of a machine and go with --machine; else: reliabel next FOLDER "
            "-o batch.csv"
        )
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


def _of_machine(
    folder: Path,
    machine: str,
    risk: float,
    confidence: float,
    n: int,
    out: Path | None,
    who: str | None,
    picture: Path | None,
    store: str | None,
    json_: bool,
) -> None:
    import reliabel as rl
    from reliabel.folders.audit_card import plain
    from reliabel.reporters.certificate_chart import write_chart
    from reliabel.reporters.machine_text import risk_chart, sentences

    if (n > 0) != (out is not None):
        raise ValueError("--n and -o go together: how many labels are drawn, and into which table")
    done = rl.certify_machine(
        folder, machine, risk=risk, level=confidence, n=n, out=out, who=who, store=store
    )
    if picture is not None:
        write_chart(risk_chart(done), picture)
        note(f"{picture}: risk against the share accepted")
    told = sentences(done, folder)
    if json_:
        card = asdict(done) | {"accepted": done.found.accepted, "sentences": told}
        if card["batch"] is not None:
            card["batch"].pop("rows")
        typer.echo(json.dumps(plain(card), ensure_ascii=False))
        return
    typer.echo("\n".join(told))
