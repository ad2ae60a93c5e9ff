"""Options and arguments that several commands share, declared once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Folder = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="An audit folder.", show_default=False)
]
Label = Annotated[
    list[str] | None,
    typer.Option(
        help="The column that holds the labels; give it several times, or a pattern (is_*), for "
        "several 0/1 columns.",
        show_default=False,
    ),
]
OneLabel = Annotated[
    str | None,
    typer.Option(help="The column that holds the labels.  [guessed]", show_default=False),
]
Text = Annotated[
    str | None, typer.Option(help="The column that holds texts.  [guessed]", show_default=False)
]
Image = Annotated[
    str | None,
    typer.Option(help="The column that holds picture paths.  [guessed]", show_default=False),
]
Id = Annotated[
    str | None,
    typer.Option(help="The column that names the items.  [row number]", show_default=False),
]
Features = Annotated[
    Path | None,
    typer.Option(help="Your own features, (n, d): .npy, .npz or Parquet.", show_default=False),
]
NewClasses = Annotated[
    bool, typer.Option("--new-classes", help="Allow labels that are no class yet.")
]
ToFill = Annotated[
    Path,
    typer.Option("-o", "--out", help="The table for people to fill in.", show_default=False),
]
Encoding = Annotated[
    str | None, typer.Option(help="Encoding of a text table.  [found out]", show_default=False)
]
Delimiter = Annotated[
    str | None,
    typer.Option(
        help="What stands between cells: a character, or comma, semicolon, tab, bar.  [found out]",
        show_default=False,
    ),
]
Sheet = Annotated[
    str | None,
    typer.Option(
        help="The sheet of an Excel workbook.  [the first with cells]", show_default=False
    ),
]
Missing = Annotated[
    list[str] | None,
    typer.Option(
        help="A word of the label column that means no label; give it once for each word.  [empty "
        "cells]",
        show_default=False,
    ),
]
Separator = Annotated[
    str | None,
    typer.Option(help="What stands between several labels in one cell, |.", show_default=False),
]
Order = Annotated[
    str | None,
    typer.Option(
        help="The classes from low to high, where they have an order, separated by commas "
        "(low,medium,high), or as a JSON list; none where their names say one that they have not.",
        show_default=False,
    ),
]
MergeAlike = Annotated[
    bool,
    typer.Option(
        "--merge-alike",
        help="Make one of names (classes; of votes also workers and items) that differ only in "
        "spaces, capitals or Unicode form.",
    ),
]
Kind = Annotated[
    str, typer.Option(help="What the labels are: classes, numbers, boxes, regions, or auto.")
]
VoteKind = Annotated[
    str,
    typer.Option(
        "--kind",
        help="What the answers are: classes, numbers, sets, candidates, rankings, comparisons, "
        "spans, boxes, regions, texts, or auto.",
    ),
]
Workers = Annotated[
    list[str] | None,
    typer.Option(
        help="For votes: the column that names who voted; several, or a pattern such as 'r*', are "
        "one column a worker.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the machine-readable result.")]
Seed = Annotated[int, typer.Option(help="The only source of chance.")]


def one_or_all(names: list[str] | None) -> str | list[str] | None:
    """A single name as it is: it names a column of workers, or is a pattern."""
    return names[0] if names and len(names) == 1 else names
