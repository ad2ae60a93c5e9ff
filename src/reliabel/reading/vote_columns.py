"""Which columns of a table hold items, workers and answers, where nobody named them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

ITEMS = ("item", "task", "unit", "example", "question", "instance", "document", "sentence")
WORKERS = (
    "worker",
    "annotator",
    "rater",
    "labeler",
    "labeller",
    "coder",
    "judge",
    "performer",
    "contributor",
    "who",
    "user",
    "participant",
)
RUNS = ("rle", "mask_rle", "rle_mask", "encodedpixels")  # masks, beside which a label is a class
ANSWERS = ("label", "answer", "response", "vote", "judgment", "judgement", "rating", "annotation")
ENDINGS = ("", "_id", "id", "_name", "s")


def vote_columns(table: Any, label: str | None) -> tuple[dict[str, str], list[str]]:
    """The columns of item, worker and label by their usual names, and a note that says so.

    label: the column of the answers, if it was named.
    Raises ValueError where a role has no such column, or several.
    """
    names = list(table.columns)
    wanted = {"item": ITEMS, "worker": WORKERS, "label": ANSWERS}
    found = {role: usual_columns(names, words) for role, words in wanted.items()}
    if runs := usual_columns(names, RUNS):
        found["label"] = runs
    if label is not None:
        found["label"] = [label]
    if any(len(columns) != 1 for columns in found.values()):
        shown = ", ".join(map(repr, names[:20])) + (" ..." if len(names) > 20 else "")
        raise ValueError(
            "which columns name the item, who voted and the answer? Name them with item=, worker= "
            "and label=; if each worker has a column, name these with "
            f"worker= (several, or a pattern such as 'r*').  The columns are {shown}"
        )
    roles = {role: columns[0] for role, columns in found.items()}
    told = ", ".join(f"{role} is {name!r}" for role, name in roles.items())
    return roles, [f"{told}, by their names (item=, worker= and label= name others)"]


def usual_columns(names: Sequence[str], words: Sequence[str]) -> list[str]:
    """The names that are one of the words, or one with an ending such as _id."""
    usual = {word + ending for word in words for ending in ENDINGS}
    return [name for name in names if name.strip().lower().replace(" ", "_") in usual]
