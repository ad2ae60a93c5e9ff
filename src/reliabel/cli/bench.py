"""bench run, bench compare: measured results of methods, and what got worse."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from reliabel.cli.app import app, spoken

bench = typer.Typer(
    no_args_is_help=True,
    help="Measure methods on real data and planted errors, beside the peers.",
    rich_markup_mode=None,
)
app.add_typer(bench, name="bench", short_help="Measure methods beside the peers.")


@bench.command(epilog="Example:  RELIABEL_DATA=../shared/data reliabel bench run audit --quick")
@spoken
def run(
    suite: Annotated[
        str,
        typer.Argument(
            metavar="SUITE",
            help="audit, aggregate, trust, learn, scale, cost ...; a wrong name lists them.",
            show_default=False,
        ),
    ],
    quick: Annotated[bool, typer.Option("--quick", help="Fewer draws.")] = False,
    data: Annotated[
        Path | None,
        typer.Option(help="Where the real data sets lie.  [RELIABEL_DATA]", show_default=False),
    ] = None,
    workers: Annotated[
        int, typer.Option(min=1, help="Processes that make draws side by side (trust, learn).")
    ] = 1,
    out: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--out",
            help="The CSV; scenarios that it holds are not run again.  [.bench/SUITE.csv]",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Run a suite; an interrupted run is resumed."""
    from reliabel.bench.run import run as walk
    from reliabel.cli.progress import listening

    place = data or (Path(os.environ["RELIABEL_DATA"]) if os.environ.get("RELIABEL_DATA") else None)
    with listening():
        typer.echo(walk(suite, out=out, quick=quick, data=place, workers=workers))


@bench.command(epilog="Example:  reliabel bench compare docs/bench/audit.csv .bench/audit.csv")
@spoken
def compare(
    base: Annotated[
        Path, typer.Argument(metavar="BASE", help="The CSV of an earlier run.", show_default=False)
    ],
    head: Annotated[
        Path, typer.Argument(metavar="HEAD", help="The CSV of a newer run.", show_default=False)
    ],
) -> None:
    """Print what got worse between two runs beyond each metric's tolerance."""
    from reliabel.bench.compare import compare as held

    typer.echo(held(base, head))
