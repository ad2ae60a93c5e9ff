"""Calling an algorithm: the input becomes one checked data set, and an entry gets just the evidence
that its signature names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from zlib import crc32

import numpy as np

from reliabel.core.catalogue import Entry, nearest
from reliabel.core.dataset import Dataset
from reliabel.core.evidence import check
from reliabel.core.kinds import is_labels
from reliabel.core.labels import Labels
from reliabel.core.lift import kind_of, level_problem, lifted


def opened(data: Dataset | Labels, words: Mapping[str, Any]) -> tuple[Dataset, list[str]]:
    """The data set with the evidence given in ``words`` added, checked, and the warnings of the
    check.
    """
    whole = data if isinstance(data, Dataset) else Dataset(_labels(data))
    given = {name: value for name, value in words.items() if value is not None}
    checked = check(whole.labels, {**whole.evidence, **given})
    return replace(whole, labels=checked.labels, evidence=checked.evidence), list(checked.warnings)


def check_seed(seed: int) -> None:
    """Refuse a seed that NumPy cannot take."""
    if seed < 0:
        raise ValueError(f"seed must be 0 or a larger whole number, got {seed}")


def generator(seed: int, name: str) -> np.random.Generator:
    """The generator of one algorithm: adding an algorithm never changes another's numbers."""
    check_seed(seed)
    return np.random.default_rng([seed, crc32(name.encode())])


def why_not(
    entry: Entry, labels: Labels, evidence: Mapping[str, Any], way: str | None
) -> str | None:
    """Why this entry cannot run on these labels and this evidence; None where it can."""
    if way is None:
        return f"takes {' or '.join(sorted(entry.takes))}, got {kind_of(labels)}"
    missing = sorted(entry.needs - set(evidence) - {"rng"})
    if missing:
        return f"needs {', '.join(missing)}"
    return level_problem(labels, evidence, entry.accepts, way)


def called(
    entry: Entry, labels: Labels, evidence: Mapping[str, Any], options: Mapping[str, Any], seed: int
) -> Any:
    """The result of one algorithm, lifted where its kinds ask for it.  Raises ValueError for an
    option it does not have.
    """
    for word in options:
        if word not in entry.options:
            known = ", ".join(sorted(entry.options)) or "none"
            raise ValueError(
                f"{entry.name} has no option {word!r}{nearest(word, [*entry.options, *entry.accepts])}; its options: {known}"
            )
    words = {name: evidence[name] for name in entry.accepts if name in evidence}
    if "rng" in entry.accepts:
        words["rng"] = generator(seed, entry.name)
    return lifted(entry.load(), entry.takes, labels)(labels, **words, **options)


def _labels(data: Any) -> Labels:
    if is_labels(data):
        return data  # type: ignore[no-any-return]
    raise ValueError(
        f"give a Dataset (rl.read makes one) or labels such as rl.Classes.of(y), got {type(data).__name__}"
    )
