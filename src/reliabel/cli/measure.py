"""measure: a number on labels, votes or an audit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from reliabel.cli.app import app, note, options_of, spoken
from reliabel.cli.options import (
    AsJson,
    Delimiter,
    Encoding,
    Kind,
    MergeAlike,
    Missing,
    OneLabel,
    Seed,
    Sheet,
    Text,
    Workers,
    one_or_all,
)
from reliabel.core.catalogue import find
from reliabel.core.kinds import given_values

MEASURE_OPTIONS = """--by class_imbalance --options '{"level": 0.9}'"""


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
    label: OneLabel = None,
    item: Annotated[
        str | None,
        typer.Option(help="For votes: the column that names the item.", show_default=False),
    ] = None,
    worker: Workers = None,
    text: Text = None,
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
