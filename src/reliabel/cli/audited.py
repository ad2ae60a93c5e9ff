"""sample, report, diff, apply, impact: what is done with the folder of an audit."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Annotated, Any

import typer

from reliabel.cli.app import FAILED, app, in_options, note, spoken
from reliabel.cli.audit import audit
from reliabel.cli.options import AsJson, Folder, NewClasses, Seed, ToFill


@app.command(
    short_help="Draw labels for a review that may be counted.",
    epilog="Example:  reliabel sample reviews.audit --n 100 -o to_review.csv",
)
@spoken
def sample(
    folder: Folder,
    out: ToFill,
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
    new_classes: NewClasses = False,
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
