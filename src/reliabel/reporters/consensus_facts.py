"""What all pages of a consensus share: names of measures, methods and workers, and the warnings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reliabel.core.catalogue import catalogue
from reliabel.core.dataset import Dataset
from reliabel.crowd.consensus_errors import ENOUGH
from reliabel.crowd.study import Study
from reliabel.reporters.shell import Html, about, fill, percent, several, short, table

HARD = 30  # items in a table of hard or uncertain items
FIRST, MOST = 50, 500  # workers in a table, and with the part that is folded


def shown_as(measure: str) -> str:
    """The name of a measure as people write it."""
    known = {entry.name: entry.shown_as for entry in catalogue() if entry.verb == "measure"}
    return known.get(measure) or measure.replace("_", " ")


def method(info: Mapping[str, Any]) -> str:
    """How the consensus was made, in words."""
    models = info.get("models")
    if not models:
        return str(info.get("method", info.get("by", ""))).replace("_", " ")
    names = " and ".join(str(model).replace("_", " ") for model in models)
    if len(models) < 2 or "agreement" not in info:
        return names
    return f"mean of {names}, which agree on {percent(info['agreement'])} of the items"


def headline(study: Study) -> str:
    """How many consensus labels are probably wrong, in one sentence."""
    errors = study.errors
    if errors is None or not errors.items:
        return "There are no votes"
    wrong, items = errors.count.value, errors.items
    return (
        f"About {about(wrong)} of {items:,} consensus labels are probably wrong "
        f"({percent(wrong / items)})"
    )


def condition(study: Study) -> str:
    """The interval of that number, what it rests on, and how to know better."""
    errors = study.errors
    if errors is None or not errors.items:
        return "Nothing is known of an item without a vote."
    count = errors.count
    span = f"{about(count.low)}-{about(count.high)}"
    if count.method == "gold" and errors.gold is not None:
        checked, wrong = errors.gold
        return (
            f"{span} ({percent(count.level)} interval) if {count.assumes}: the votes alone get "
            f"{wrong:,} of {several(checked, 'gold item')} wrong."
        )
    return (
        f"{span} if {count.assumes}; an error that most voters share cannot be seen in votes. "
        f"Known answers for {ENOUGH} items or more (gold) tell."
    )


def warning_box(info: Mapping[str, Any], without_votes: int) -> Html:
    """The warnings of the run, and how many items have no vote."""
    warnings = [short(warning, 600) for warning in info.get("warnings", ())]
    if without_votes:
        warnings.append(
            f"{several(without_votes, 'item')} without a vote: nothing is known about them but the "
            "class balance"
        )
    return fill("answer.html", curve="", promise="", command="", also=[], warnings=warnings)


def worker_names(data: Dataset, w: int) -> list[str]:
    """The workers' ids, or their numbers."""
    return [str(j) for j in range(w)] if data.ids.workers is None else list(data.ids.workers)


def filled_columns(head: list[str], rows: list[list[Any]]) -> tuple[list[str], list[list[Any]]]:
    """The columns with a value in some row; empty ones waste space on a phone."""
    keep = [place for place in range(len(head)) if any(row[place] != "" for row in rows)]
    return [head[place] for place in keep], [[row[place] for place in keep] for row in rows]


def table_of_workers(
    head: list[str], rows: list[list[Any]], w: int, caption: str, words: Sequence[str] = ()
) -> Html:
    """A table with one row a worker or a function, of whom there are ``w``, without empty columns;
    ``words``: the columns whose cells are words, beside the first.
    """
    head, rows = filled_columns(head, rows)
    if w > MOST:
        caption += f"; the first {MOST:,}, all are in workers.parquet"
    numeric = [place for place, name in enumerate(head) if place and name not in words]
    return table(head, rows, numeric=numeric, caption=caption, sortable=True, first=FIRST)


def most_said(classes: Sequence[str], each: Mapping[int, str]) -> str:
    """The classes that somebody names, with what is told of each, the most frequent first."""
    parts = [f"{short(classes[c], 20)} {told}" for c, told in list(each.items())[:3]]
    return ", ".join(parts) + (f", {len(each) - 3} more" if len(each) > 3 else "")


def odd_things(record: Mapping[str, Any]) -> str:
    """What went wrong with a labelling function, in words."""
    parts = [
        several(record["errors"], "error") if record["errors"] else "",
        f"{record['slow']:,} too slow" if record["slow"] else "",
        f"{sum(record['unknown'].values()):,} unknown answers" if record["unknown"] else "",
    ]
    return ", ".join(part for part in parts if part)
