"""The places without a label that people have judged, or were asked to, in an audit folder."""

from __future__ import annotations

from pathlib import Path

from reliabel.core.dataset import Dataset
from reliabel.core.kinds import given_values, kind_for, places_of
from reliabel.core.labels import Labels
from reliabel.folders.audit_folder import decisions_in, is_audit, is_judged, load
from reliabel.folders.drawn_sample import read_sample


def judged_places(folder: Path | None, data: Dataset) -> Labels | None:
    """The labels of the audit in a folder, with its places where none is given, where people have
    decided on them or labels were drawn from them, and the given ones are those of ``data``; None
    else.

    A place is known by its number within its item, so that decisions, and a draw, mean the same
    labels in a later audit only if it has the same places.
    """
    if folder is None or not kind_for(data.labels).objects or not is_audit(folder):
        return None
    if not (decisions_in(folder) or is_judged(folder) or read_sample(folder) is not None):
        return None
    try:
        before = load(folder).data.labels
    except ValueError:  # damaged: it is written anew
        return None
    return before if _given(before) == _given(data.labels) else None


def _given(labels: Labels) -> object:
    """What is given, item by item: the classes and where they lie."""
    rows = zip(places_of(labels), given_values(labels), strict=True)
    return [one for one in rows if one[1] is not None]
