"""next, decide, review, log, store: people judge labels, and the log of what they said."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from reliabel.cli.app import FAILED, app, note, spoken
from reliabel.cli.options import AsJson, Folder, NewClasses, ToFill

Store = Annotated[
    str | None,
    typer.Option(
        help="Where the decisions lie: postgresql+psycopg://USER@HOST/DATABASE, or a path of an "
        "SQLite file.  [decisions.db in FOLDER, or where it was said before]",
        show_default=False,
    ),
]
Who = Annotated[str | None, typer.Option(help="Who judges.  [nobody's name]", show_default=False)]
Target = Annotated[float, typer.Option(help="The share of labels that may be left wrong.")]
Greedy = Annotated[
    bool,
    typer.Option(
        "--greedy", help="The most suspect alone, no draws; then there is no certificate."
    ),
]
Form = Annotated[
    str | None,
    typer.Option(
        help="label_studio: tasks that it imports, in a .json file.  [a table]",
        show_default=False,
    ),
]
stores = typer.Typer(
    no_args_is_help=True,
    help="Copy or move the log of what people decided.",
    rich_markup_mode=None,
)
app.add_typer(stores, name="store", short_help="Copy or move the log of decisions.")


@app.command(
    "next",
    short_help="Hand out the labels to judge next.",
    epilog="Example:  reliabel next reviews.audit --n 50 -o batch.csv",
)
@spoken
def next_(
    folder: Folder,
    out: ToFill,
    n: Annotated[int, typer.Option("--n", help="How many labels.")] = 50,
    who: Who = None,
    target: Target = 0.01,
    population: Annotated[
        str, typer.Option(help="Draw from a population of the log instead of all labels.")
    ] = "all",
    greedy: Greedy = False,
    plan: Annotated[
        tuple[int, int] | None,
        typer.Option(
            help="How many labels are chosen and then drawn, fixed before the first draw; certify "
            "then gives their count too.",
            metavar="K D",
            show_default=False,
        ),
    ] = None,
    hours: Annotated[float, typer.Option(help="How long nobody else gets these labels.")] = 24.0,
    form: Form = None,
    store: Store = None,
    json_: AsJson = False,
) -> None:
    """Hand out the labels that should be judged next: some the most suspect, some drawn by chance,
    which are in the log before the table is written.
    """
    import reliabel as rl

    done = rl.next(
        folder,
        n=n,
        out=out,
        who=who,
        target=target,
        population=population,
        greedy=greedy,
        plan=plan,
        hours=hours,
        form=form,
        store=store,
    )
    note(*done["notes"])
    if json_:
        shown = {name: done[name] for name in ("n", "labels", "held", "out", "why", "notes")}
        typer.echo(json.dumps(shown, ensure_ascii=False))
        return
    typer.echo(
        f"{out}: {done['labels']:,} label{'s' * (done['labels'] != 1)} to judge"
        f"{'; ' if done['why'] else ''}{done['why']}.  Fill in verdict (keep, change, drop, "
        "unsure) and label from the top, as far as you like, then:"
    )
    typer.echo(f"  reliabel decide {shlex.quote(str(folder))} {shlex.quote(str(out))}")


@app.command(
    short_help="Log the verdicts of a table.",
    epilog="Example:  reliabel decide reviews.audit batch.csv",
)
@spoken
def decide(
    folder: Folder,
    batch: Annotated[
        Path,
        typer.Argument(
            metavar="BATCH",
            help="CSV, JSONL or Parquet: id, verdict (keep, change, drop, unsure), label, who; or "
            "an export of Label Studio.",
            show_default=False,
        ),
    ],
    who: Who = None,
    new_classes: NewClasses = False,
    store: Store = None,
    json_: AsJson = False,
) -> None:
    """Log the verdicts of a batch of reliabel next, or of any table of decisions."""
    import reliabel as rl

    done = rl.decide(folder, batch, who=who, new_classes=new_classes, store=store)
    if json_:
        typer.echo(json.dumps(done, ensure_ascii=False))
        return
    told = [f"{done['new']:,} verdict{'s' * (done['new'] != 1)} logged"]
    if done["changed"]:
        told.append(f"{done['changed']:,} of them instead of an earlier one")
    if done["same"]:
        told.append(f"{done['same']:,} were logged before")
    if done["blank"]:
        told.append(f"{done['blank']:,} row{'s' * (done['blank'] > 1)} not judged yet")
    typer.echo(f"{batch}: {', '.join(told)}")
    note(*done["notes"])


@app.command(
    short_help="Judge labels, in the browser or in this terminal.",
    epilog="Examples:  reliabel review reviews.audit   |   reliabel review reviews.audit "
    "--terminal   |   reliabel review reviews.audit --users people.txt --host 0.0.0.0 --blind",
)
@spoken
def review(
    folder: Folder,
    terminal: Annotated[
        bool,
        typer.Option("--terminal", help="In this terminal, one key a decision, without a page."),
    ] = False,
    second: Annotated[
        bool,
        typer.Option(
            "--second", help="Labels that one other person judged, without a word of how."
        ),
    ] = False,
    conflicts: Annotated[
        bool,
        typer.Option("--conflicts", help="Labels on which people differ; what you say counts."),
    ] = False,
    who: Who = None,
    target: Target = 0.01,
    greedy: Greedy = False,
    blind: Annotated[
        bool,
        typer.Option(
            "--blind", help="Show what others said only of labels that one judged oneself."
        ),
    ] = False,
    users: Annotated[
        Path | None,
        typer.Option(
            help="Several people, who log in: the file that reliabel user makes.",
            show_default=False,
        ),
    ] = None,
    host: Annotated[
        str, typer.Option(help="Where the server listens; 0.0.0.0: for the whole network.")
    ] = "127.0.0.1",
    port: Annotated[
        int | None, typer.Option(help="On which port.  [the first free one from 8411 on]")
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            help="A further name that people reach the server by; give it once for each.",
            show_default=False,
        ),
    ] = None,
    proxy_header: Annotated[
        str | None,
        typer.Option(
            help="A reverse proxy on this machine says in this header who is asking; it must "
            "remove the header from what people send.",
            show_default=False,
        ),
    ] = None,
    tls: Annotated[
        bool, typer.Option("--tls", help="People reach the server over TLS (a reverse proxy).")
    ] = False,
    pictures: Annotated[
        list[Path] | None,
        typer.Option(
            help="A folder whose pictures may be shown; give it once for each.  [that of the "
            "audited file]",
            show_default=False,
        ),
    ] = None,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in the browser.")
    ] = True,
    store: Store = None,
) -> None:
    """Judge labels: in a page that this machine serves to itself (or, with --users, to a team), or
    with --terminal right here; every decision is in the log at once, and the same command goes on
    from there.
    """
    if second and conflicts:
        raise ValueError("a review is of second looks or of conflicts; give one of the two")
    source = "second" if second else "conflicts" if conflicts else "queue"
    if terminal:
        _in_terminal(folder, who, target, greedy, source, store)
        return
    if source != "queue":
        raise ValueError(
            f"in the page {source} is a tab of its own; --{source} goes with --terminal"
        )
    from reliabel.review.opening import open_log

    try:
        from reliabel.review import serve as server
        from reliabel.review.shared import Rules
    except ModuleNotFoundError as missing:
        raise ModuleNotFoundError(
            f"the review page needs {missing.name}: pip install 'reliabel[review]'; or judge in "
            f"this terminal: reliabel review {shlex.quote(str(folder))} --terminal"
        ) from missing
    opened = open_log(folder, store=store)
    note(*opened.notes)
    server.serve(
        opened,
        Rules(target=target, blind=blind, greedy=greedy),
        server.Address(host, port, tuple(allow_host or ()), tls),
        server.Access(who, users, proxy_header),
        roots=tuple(pictures or ()),
        browser=browser,
        tell=typer.echo,
    )
    typer.echo("ended; what was decided is in the log, and the same command goes on from there")


def _in_terminal(
    folder: Path, who: str | None, target: float, greedy: bool, source: str, store: str | None
) -> None:
    import reliabel as rl
    from reliabel.review.drawn_pictures import colourful
    from reliabel.review.terminal import keys
    from reliabel.review.terminal import terminal as run

    sitting = rl.judge(folder, who=who, target=target, greedy=greedy, source=source, store=store)
    note(*sitting.notes)
    with keys() as (read, line):
        done = run(sitting, read, line, typer.echo, pictures=colourful())
    typer.echo(f"{done:,} decided; go on with the same command")


@app.command(
    short_help="Name who may review on a shared server.",
    epilog="Example:  reliabel user people.txt ada --role adjudicator",
)
@spoken
def user(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="The file of people, made if it is not there.", show_default=False
        ),
    ],
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="As the log will name them.", show_default=False),
    ],
    role: Annotated[
        str,
        typer.Option(
            help="reviewer judges; adjudicator also settles what people differ on; admin also "
            "reads the log."
        ),
    ] = "reviewer",
) -> None:
    """Write a person with a password into the file that reliabel review --users reads, or give them
    a new one; the password is asked for (or is the first line of stdin), and only its hash is kept.
    """
    from reliabel.review.passwords import add_user

    if sys.stdin.isatty():
        password = typer.prompt("password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\n")
    new = add_user(file, name, role, password)
    typer.echo(f"{file}: {name} ({role}){'' if new else ', with the new password and role'}")


@app.command(
    short_help="What people decided, and whether the log is whole.",
    epilog="Examples:  reliabel log reviews.audit --verify   |   "
    "reliabel log reviews.audit -o decisions-so-far.csv",
)
@spoken
def log(
    folder: Folder,
    verify: Annotated[
        bool, typer.Option("--verify", help="Check that no event was changed or taken away.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", help="Write the decisions as a table.", show_default=False),
    ] = None,
    form: Form = None,
    store: Store = None,
    json_: AsJson = False,
) -> None:
    """Show what is in the log of an audit folder; --verify checks its chain of hashes (exit code 3
    where it is broken).
    """
    import reliabel as rl
    from reliabel.review.agreement import agreement, as_plain, sentences
    from reliabel.review.batches import write_decisions
    from reliabel.review.opening import log_there

    held = log_there(folder, store=store)
    if verify:
        broken = held.verify()
        if broken:
            note(f"failed: the log in {held.database.told} is not whole: {broken}")
            raise typer.Exit(FAILED)
    told, people = held.summary(), agreement(held)
    if json_:
        shown: dict[str, Any] = {**told, "verified": verify, "agreement": as_plain(people)}
        typer.echo(json.dumps(shown, ensure_ascii=False))
    else:
        typer.echo(
            f"{held.database.told}: {told['events']:,} events: {told['draws']:,} draws "
            f"({told['open']:,} not decided yet), {told['decisions']:,} decisions, "
            f"{told['undos']:,} undone; {told['labels']:,} labels decided"
            + _settled(told)
            + ("; every event is as it was written" if verify else "")
        )
        for told_of_them in sentences(people):
            typer.echo(told_of_them)
    if out is not None:
        audit = None if form is None else rl.load(folder)
        write_decisions(held, out, audit=audit, form=form)
        typer.echo(str(out))


def _settled(told: dict[str, int]) -> str:
    """What is said of labels on which people differ, nothing where there are none."""
    if not told["settled"] and not told["disputed"]:
        return ""
    return f"; people differ on {told['disputed']:,}, {told['settled']:,} are settled"


@stores.command(epilog="Example:  reliabel store backup reviews.audit -o backup.db")
@spoken
def backup(
    folder: Folder,
    out: Annotated[
        Path, typer.Option("-o", "--out", help="The new SQLite file.", show_default=False)
    ],
    store: Store = None,
) -> None:
    """Copy the log into a new file while others go on; to use it, put it in the place of
    decisions.db.
    """
    from reliabel.review.copying import backup as copy
    from reliabel.review.opening import open_log

    opened = open_log(folder, store=store)
    note(*opened.notes)
    typer.echo(f"{out}: {copy(opened, out):,} events, every one as it was written")


@stores.command(
    epilog="Example:  reliabel store move reviews.audit postgresql+psycopg://me@localhost/reviews"
)
@spoken
def move(
    folder: Folder,
    to: Annotated[
        str,
        typer.Argument(
            metavar="TO",
            help="postgresql+psycopg://USER@HOST/DATABASE, a path of an SQLite file, or folder: "
            "back into the audit folder.",
            show_default=False,
        ),
    ],
    store: Store = None,
) -> None:
    """Move the log to another store, from where everybody goes on; the old one stays, and takes no
    more decisions.
    """
    from reliabel.review.copying import move as carry
    from reliabel.review.opening import open_log

    opened = open_log(folder, store=store, write=False)
    note(*opened.notes)
    typer.echo(f"{carry(opened, to):,} events moved; the folder remembers where they lie")
