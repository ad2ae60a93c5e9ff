"""corrupt: plant errors of a known kind."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from reliabel.cli.app import app, note, options_of, spoken
from reliabel.cli.options import (
    Delimiter,
    Encoding,
    Features,
    Image,
    Kind,
    Missing,
    OneLabel,
    Seed,
    Sheet,
    Text,
)
from reliabel.core.catalogue import find

CORRUPTER_OPTIONS = """--by instance_dependent --options '{"slips": 0.5}'"""


@app.command(
    short_help="Plant errors of a known kind.",
    epilog="Example:  reliabel corrupt clean.csv --label intent --text text --by "
    "instance_dependent --rate 0.05 -o noisy.csv",
)
@spoken
def corrupt(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A table, tagged text, boxes in pictures, or masks, whose labels are right.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "-o", "--out", help="The new table; its suffix says the format.", show_default=False
        ),
    ],
    label: OneLabel = None,
    text: Text = None,
    image: Image = None,
    features: Features = None,
    by: Annotated[
        str, typer.Option(help="The corrupter: reliabel list --verb corrupt.")
    ] = "symmetric",
    rate: Annotated[
        float | None,
        typer.Option(
            help="Share of labels to make wrong.  [the corrupter's own]", show_default=False
        ),
    ] = None,
    matrix: Annotated[
        Path | None,
        typer.Option(
            help="(k, k) chance of a given label (column) under a true one (row), for confusion.",
            show_default=False,
        ),
    ] = None,
    options: Annotated[
        str | None,
        typer.Option(
            help=f"The corrupter's other options as JSON, as in: {CORRUPTER_OPTIONS}",
            show_default=False,
        ),
    ] = None,
    kind: Kind = "auto",
    missing: Missing = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    sheet: Sheet = None,
    seed: Seed = 0,
) -> None:
    """Plant errors: LABEL keeps the truth, new columns LABEL_noisy and LABEL_wrong say what was
    done.  Tagged text, boxes and masks are written anew with the errors in them.
    """
    import reliabel as rl
    from reliabel.cli.progress import listening
    from reliabel.folders.label_cells import label_columns
    from reliabel.folders.mended_masks import is_masks
    from reliabel.folders.mended_objects import is_drawn
    from reliabel.folders.mended_outlines import has_outlines
    from reliabel.folders.mended_tags import is_tagged
    from reliabel.verbs.corrupt import (
        write_corrupted,
        write_corrupted_boxes,
        write_corrupted_cells,
        write_corrupted_masks,
        write_corrupted_text,
    )

    form = {"encoding": encoding, "delimiter": delimiter, "sheet": sheet}
    data = rl.read(
        file,
        label=label,
        text=text,
        image=image,
        features=features,
        kind=kind,
        missing=tuple(missing or ()),
        **form,  # type: ignore[arg-type]
    )
    note(*data.source.get("notes", ()))
    words: dict[str, Any] = {} if rate is None else {"rate": rate}
    with listening():
        done = rl.corrupt(
            data,
            by=by,
            seed=seed,
            noise_matrix=matrix,
            **words,
            **options_of(options, CORRUPTER_OPTIONS),
        )
    said = f"{int(done.wrong.sum()):,} of {len(done.wrong):,} labels made wrong by "
    said += find("corrupt", by).name
    if is_tagged(data):
        write_corrupted_text(data, out, done)
        typer.echo(f"{out}: {said}; {file} keeps the truth")
        return
    if is_drawn(data) or is_masks(data):
        boxes = is_drawn(data) and not has_outlines(data)
        log = (write_corrupted_boxes if boxes else write_corrupted_masks)(data, out, done)
        planted = done.info.get("planted", {})
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in planted.items() if count)
        typer.echo(f"{out}: {kinds or said}; {file} keeps the truth, {log} tells each edit")
        overlap, far = done.info.get("overlap", {}), done.info.get("displacement", {})
        for kind in [name for name in overlap if name in planted]:
            typer.echo(
                f"  {kind}: overlap with the true masks {overlap[kind]:.2f}, edges {far[kind]:.1f} "
                "pixels apart"
            )
        return
    columns = label_columns(data)
    if isinstance(done.labels, rl.Classes) and data.source.get("cells") is None:
        write_corrupted(file, out, columns[0], done, **form)
    else:
        write_corrupted_cells(data, out, done, **form)
    named = columns[0] if len(columns) == 1 else "COLUMN"
    typer.echo(f"{out}: {said} (columns {named}_noisy, {named}_wrong)")
