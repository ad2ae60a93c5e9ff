"""The evidence in the keywords of a verb as people bring it: files, tables, tensors, sparse
matrices.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reliabel.core.evidence import EVIDENCE
from reliabel.core.evidence.axes import dense_array, dense_arrays
from reliabel.core.labels import Classes, Labels, Votes
from reliabel.core.record_fields import numbered
from reliabel.formats import arrays
from reliabel.reading.evidence_columns import feature_matrix, probs_of


def aligned(labels: Labels, evidence: dict[str, Any]) -> tuple[Labels, dict[str, Any], list[str]]:
    """Labels and evidence with every matrix read or unpacked, probabilities in the order of the
    classes by the names of their columns, and notes on what was inferred.
    """
    out, notes = dict(evidence), list[str]()
    for name, value in evidence.items():
        if name in EVIDENCE and EVIDENCE[name].convert is dense_arrays:
            if isinstance(value, Mapping):
                read = {key: feature_matrix(one, _rows(labels), key) for key, one in value.items()}
                out[name] = {key: matrix for key, (matrix, _) in read.items()}
                notes += [told for _, some in read.values() for told in some]
            continue
        if name not in EVIDENCE or EVIDENCE[name].convert is not dense_array:
            continue
        shape = EVIDENCE[name].shape
        if shape == ("n", "k"):
            labels, out[name], told = _of_classes(labels, value, name)
            notes += told
        elif EVIDENCE[name].level == "row" and len(shape) > 1:  # a vector an item
            out[name], told = feature_matrix(value, _rows(labels), name)
            notes += told
        elif EVIDENCE[name].level == "class" and isinstance(value, str | Path):
            out[name] = arrays.read(Path(value), name).values
    return labels, out, notes


def _of_classes(labels: Labels, value: Any, name: str) -> tuple[Labels, Any, list[str]]:
    if isinstance(labels, Votes) and isinstance(labels.labels, Classes):
        _, matrix, notes = probs_of(labels.labels, value, labels.n, tell=False, called=name)
        return labels, matrix, notes
    tell = isinstance(labels, Classes) and labels.names != numbered(labels.k)
    return probs_of(labels, value, _rows(labels), tell=tell, called=name)


def _rows(labels: Labels) -> int:
    return labels.n if isinstance(labels, Votes) else len(labels)
