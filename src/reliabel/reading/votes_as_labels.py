"""Votes as labels: of an export with one answer an item, or the consensus of several people."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset, Ids
from reliabel.core.labels import Classes, Labels, Numbers, Soft, Votes
from reliabel.core.results import Consensus


def one_label_each(data: Any) -> Any:
    """The data with votes as labels, where no item has two; anything else as it is.

    An item without a vote is unlabelled.  Raises ValueError for items with several votes.
    """
    votes = data.labels if isinstance(data, Dataset) else data
    if not isinstance(votes, Votes):
        return data
    many = np.bincount(votes.item, minlength=votes.n)
    if many.max(initial=0) > 1:
        # where each vote has a worker of its own, the people may have no names
        who = f" of {votes.w:,} people" if votes.w < len(votes) else ""
        raise ValueError(
            f"these are {len(votes):,} votes{who} on {votes.n:,} items, not one "
            "label an item; aggregate them first (reliabel aggregate, rl.aggregate), then audit "
            "the consensus"
        )
    labels = _by_item(votes)
    if not isinstance(data, Dataset):
        return labels
    note = f"{int((many > 0).sum()):,} items have one answer each, which is audited as their label"
    return _with_labels(data, labels, note)


def consensus_as_labels(data: Dataset, consensus: Consensus[Any]) -> Dataset:
    """The items of votes with the most probable class of a consensus as their label, unknown where
    nobody voted.

    The labels do not stand in the file, so that its path is left out: mended labels are written
    with the names of the items. Raises ValueError for a consensus that is no class an item.
    """
    votes: Any = data.labels
    found = consensus.labels
    if not isinstance(found, Soft):
        raise ValueError(
            f"the consensus of these votes is {type(found).__name__}, not one class an item, and "
            "cannot be audited in one go"
        )
    voted = np.bincount(votes.item, minlength=votes.n) > 0
    labels = Classes(np.where(voted, found.p.argmax(1), -1), found.names)
    note = (
        f"the labels audited are the consensus of {votes.w:,} people on {votes.n:,} items, by "
        f"{consensus.info.get('by', 'an aggregator')}; how sure the consensus itself is does not "
        "enter P(wrong)"
    )
    whole = _with_labels(data, labels, note)
    gone = ("path", "sha256", "form")
    source = {name: value for name, value in whole.source.items() if name not in gone}
    return replace(whole, source=source)


def _with_labels(data: Dataset, labels: Labels, note: str) -> Dataset:
    """The items of votes with one label each."""
    evidence = dict(data.evidence)
    source = {name: value for name, value in data.source.items() if name != "vote_columns"}
    columns = evidence.get("columns")
    if source.get("task") == "arrays" and columns and "items" not in evidence:
        evidence["items"], source["task"] = columns, "table"
    roles = {k: v for k, v in source.get("columns", {}).items() if k not in ("item", "worker")}
    notes = [*source.get("notes", ()), note]
    source |= {"columns": roles, "rows": len(labels), "notes": notes}
    return Dataset(labels, evidence, Ids(data.ids.items), source)


def _by_item(votes: Votes[Any]) -> Labels:
    """The label of each item, unknown where there is no vote."""
    labels = votes.labels
    if isinstance(labels, Classes):
        y = np.full(votes.n, -1, dtype=np.int64)
        y[votes.item] = labels.y
        return Classes(y, labels.names)
    if isinstance(labels, Numbers):
        numbers = np.full((votes.n, *labels.y.shape[1:]), np.nan)
        numbers[votes.item] = labels.y
        return replace(labels, y=numbers)
    if len(votes) < votes.n:
        raise ValueError(
            f"{votes.n - len(votes):,} items have no vote; leave them out to audit these labels"
        )
    return labels.take(np.argsort(votes.item))  # type: ignore[no-any-return]
