"""list, show, version, demo: what the package offers, and a first run of it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from reliabel.cli.app import app, in_options, note, spoken
from reliabel.cli.audit import audit
from reliabel.cli.options import AsJson, Seed
from reliabel.core.catalogue import VERBS, Entry, catalogue, nearest
from reliabel.core.kinds import KINDS
from reliabel.core.lift import takes_kind


@app.command("list", epilog="Example:  reliabel list --verb audit --takes MultiLabel")
@spoken
def list_(
    verb: Annotated[
        str | None, typer.Option(help=f"Only this verb: {', '.join(VERBS)}.", show_default=False)
    ] = None,
    takes: Annotated[
        str | None,
        typer.Option(
            help="Only what takes this kind of labels, such as Classes or Votes.",
            show_default=False,
        ),
    ] = None,
    json_: AsJson = False,
) -> None:
    """List the methods: verb, name, what each does."""
    if verb is not None and verb not in VERBS:
        raise ValueError(
            f"no verb is called {verb!r}{nearest(verb, list(VERBS))}; verbs: {', '.join(VERBS)}"
        )
    kind = None if takes is None else _kind(takes)
    entries = [
        e
        for e in catalogue()
        if verb in (None, e.verb) and (kind is None or takes_kind(e.takes, kind))
    ]
    if json_:
        typer.echo(json.dumps([_plain(entry) for entry in entries], ensure_ascii=False))
        return
    if not entries:
        note(f"no method{f' of the verb {verb}' if verb else ''} takes {kind}")
    for entry in entries:
        mark = "" if entry.status == "default" else f"  [{entry.status}]"
        typer.echo(f"{entry.verb:<10} {entry.name:<26} {entry.summary}{mark}")


def _kind(asked: str) -> str:
    """The kind of labels that is meant, whatever its capitals; ValueError where there is none."""
    plain_kinds = [kind.name for kind in KINDS.values() if "[" not in kind.name]
    known = ["Items", "Votes", *plain_kinds]
    known += [f"{outer}[{inner}]" for outer in ("Votes", "Grouped") for inner in plain_kinds]
    for kind in known:
        if kind.lower() == asked.lower():
            return kind
    raise ValueError(
        f"no kind of labels is called {asked!r}{nearest(asked, known)}; kinds: "
        f"{', '.join(known[: len(plain_kinds) + 2])}, and Votes[...] or Grouped[...] of them"
    )


@app.command(short_help="Show one method.", epilog="Example:  reliabel show confident_learning")
@spoken
def show(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="A method's name.", show_default=False)
    ],
    json_: AsJson = False,
) -> None:
    """Show one method: what it assumes, needs, costs, its options and its paper."""
    found = [
        entry
        for entry in catalogue()
        if name.replace("-", "_").lower() in (entry.name, *entry.also)
    ]
    if not found:
        raise ValueError(
            f"no method is called {name!r}{nearest(name, [entry.name for entry in catalogue()])}; "
            "see: reliabel list"
        )
    if json_:
        typer.echo(json.dumps([_plain(entry) for entry in found], ensure_ascii=False))
        return
    for entry in found:
        typer.echo(f"{entry.verb} {entry.name}  ({entry.status})\n\n{entry.docstring}\n")
        typer.echo(f"takes    {', '.join(sorted(entry.takes))}")
        typer.echo(f"needs    {', '.join(sorted(entry.needs)) or 'nothing but labels'}")
        optional = sorted(entry.accepts - entry.needs)
        typer.echo(
            f"uses     {', '.join(optional)} where given" if optional else "uses     nothing else"
        )
        typer.echo(
            "options  "
            + (", ".join(f"{key}={value!r}" for key, value in entry.options.items()) or "none")
        )


@app.command()
def version(json_: AsJson = False) -> None:
    """Print the version."""
    from reliabel import __version__

    typer.echo(json.dumps({"reliabel": __version__}) if json_ else f"reliabel {__version__}")


@app.command(
    short_help="The whole way, on digits with planted errors.",
    epilog="Example:  reliabel demo -o my-demo",
)
@spoken
def demo(
    seed: Seed = 0,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder to write to.")] = Path(
        "reliabel-demo"
    ),
    json_: AsJson = False,
) -> None:
    """Run the whole journey on 1,797 handwritten digits with planted, realistic errors: audit,
    judge 100 drawn labels as people would, count, and see how many of the errors are found.
    """
    from reliabel.cli.progress import listening
    from reliabel.verbs.demo import demo as walk

    note(f"Drawing 1,797 digits into {out} and planting errors as people make them ...")
    with listening():
        done = walk(out, seed=seed)
    if json_:
        typer.echo(json.dumps(done, ensure_ascii=False))
        return
    typer.echo(in_options(done["text"], audit))
    typer.echo(
        f"In the place of people, the truth judged {done['drawn']} drawn labels for this count; "
        f"{done['planted']} errors were planted."
    )
    for first, hits in done["found"].items():
        typer.echo(
            f"Among the first {first} label findings stand {hits} of the {done['planted']} planted "
            "errors."
        )
    typer.echo(f"The report: {done['report']}")


def _plain(entry: Entry) -> dict[str, Any]:
    row = {
        key: value
        for key, value in asdict(entry).items()
        if key not in ("path", "docstring", "module", "small")
    }
    return {
        key: sorted(value) if isinstance(value, frozenset) else value for key, value in row.items()
    }
