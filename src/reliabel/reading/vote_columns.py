"""Which columns of a table hold items, workers and answers, where nobody named them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reliabel.core.raw_labels import is_missing

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
    "voter",
)
RUNS = ("rle", "mask_rle", "rle_mask", "encodedpixels")  # masks, beside which a label is a class
ANSWERS = ("label", "answer", "response", "vote", "judgment", "judgement", "rating", "annotation")
RANKINGS = ("ranking", "rank", "order", "ranked", "ordering", "preference", "ranker")
RARER_ANSWERS = ("transcript", "transcription", "caption", "translation", "tags")
ENDINGS = ("", "_id", "id", "_name", "s")


def vote_columns(table: Any, label: str | None) -> tuple[dict[str, str], list[str]]:
    """The columns of item, worker and label by their usual names, and a note that says so.

    label: the column of the answers, if it was named.
    Raises ValueError where a role has no such column, or several.
    """
    names = list(table.columns)
    wanted = {"item": ITEMS, "worker": WORKERS, "label": ANSWERS}
    found = {role: usual_columns(names, words) for role, words in wanted.items()}
    found["label"] = found["label"] or usual_columns(names, RARER_ANSWERS)
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


def ranking_columns(table: Any, label: str | None, kind: str) -> tuple[dict[str, str], list[str]]:
    """The columns of votes that rank things by their usual names, and a note that says so; nothing
    where there are none.  One question and a row a voter need no further column.

    kind: "rankings" where these are wanted; with "auto" the cells must be lists, or names with >
        between them.
    """
    names = list(table.columns)
    found = {
        "label": usual_columns(names, RANKINGS) if label is None else [label],
        "item": usual_columns(names, ITEMS),
        "worker": usual_columns(names, WORKERS),
    }
    if kind not in ("auto", "rankings") or len(found["label"]) != 1:
        return {}, []
    ranked = found["label"][0]
    other = label is not None or usual_columns(names, ANSWERS)
    if kind == "auto" and (other or not _are_ranked(table, ranked)):
        return {}, []
    roles = {role: columns[0] for role, columns in found.items() if len(columns) == 1}
    told = ", ".join(f"{role} is {name!r}" for role, name in roles.items())
    return roles, [f"{told}, by their names; the answers are rankings (kind='classes' if not)"]


def _are_ranked(table: Any, name: str) -> bool:
    cells = [cell for cell in table.written(name).tolist() if not is_missing(cell)]
    text = [cell for cell in cells if isinstance(cell, str)]
    if len(text) < len(cells):
        return all(isinstance(cell, list | tuple) for cell in cells)
    return bool(text) and all(">" in cell or cell.strip()[:1] == "[" for cell in text)


def usual_columns(names: Sequence[str], words: Sequence[str]) -> list[str]:
    """The names that are one of the words, or one with an ending such as _id."""
    usual = {word + ending for word in words for ending in ENDINGS}
    return [name for name in names if name.strip().lower().replace(" ", "_") in usual]
