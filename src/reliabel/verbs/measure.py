"""measure: put a number on the data, with its interval."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from reliabel.core.call import keywords, opened
from reliabel.core.catalogue import catalogue, find, nearest
from reliabel.core.dataset import Dataset
from reliabel.core.evidence.axes import rows_that_fit
from reliabel.core.labels import Labels
from reliabel.core.results import Audit, Measure, Suspicion
from reliabel.engine.local import shared_work
from reliabel.prepare.one_method import one
from reliabel.reading.evidence_brought import aligned


@shared_work()
def measure(
    data: Dataset | Labels | Audit,
    *,
    by: str,
    seed: int = 0,
    embed: str = "auto",
    model: Any = "auto",
    search: str = "auto",
    # evidence: written by tools/signatures.py from the table in core/evidence
    probs: Any = None,
    features: Any = None,
    feature_maps: Any = None,
    embeddings: Any = None,
    neighbours: Any = None,
    items: Any = None,
    columns: Any = None,
    split: Any = None,
    groups: Any = None,
    graph: Any = None,
    dynamics: Any = None,
    token_probs: Any = None,
    tags: Any = None,
    sizes: Any = None,
    pixel_probs: Any = None,
    scores: Any = None,
    predicted: Any = None,
    votes: Any = None,
    gold: Any = None,
    trusted: Any = None,
    paired: Any = None,
    teacher: Any = None,
    privileged: Any = None,
    class_features: Any = None,
    class_distance: Any = None,
    class_order: Any = None,
    class_iou: Any = None,
    noise_matrix: Any = None,
    posterior: Any = None,
    fit: Any = None,
    module: Any = None,
    views: Any = None,
    start_from: Any = None,
    # end of evidence
    **options: Any,
) -> Measure:
    """One number about labels or votes with its interval; missing evidence that the measure needs
    is computed as for an audit.

    data: a Dataset from ``rl.read``, labels, or an Audit, whose labels, evidence and auditors'
        scores are then measured.
    by: the measure.
    search: how neighbours are found where they are needed, "auto" or "exact".
    options: those of the measure.
    Votes on groups (``Votes[Grouped[...]]``) are measured unit by unit.
    Raises ValueError on bad input, missing evidence and unknown names.

    >>> import numpy as np, reliabel as rl
    >>> labels = rl.Classes(np.array([0] * 90 + [1] * 10))
    >>> rl.measure(labels, by="class_imbalance").parts["count"].tolist()
    [90, 10]
    """
    given = keywords("measure", locals(), options)
    entry = find("measure", by)
    given.check_options(entry)
    whole = _audited(data) if isinstance(data, Audit) else data
    whole, _ = opened(whole, given.evidence, aligned)
    own = {**given.options, **numbered(whole, entry.workers, given.options)}
    measured: Measure = one(
        entry,
        whole,
        given.evidence,
        own,
        seed,
        embed=embed,
        model=model,
        search=search,
    )
    return measured


def _audited(audit: Audit) -> Dataset:
    """The data of an audit, with the scores of its auditors of labels as evidence."""
    finds = {entry.name: entry.finds for entry in catalogue() if entry.verb == "audit"}
    opinions = {
        name: opinion
        for name, opinion in audit.opinions.items()
        if isinstance(opinion, Suspicion) and finds.get(name, "label") == "label"
    }
    data = audit.data
    if not opinions:
        return data
    rows = rows_that_fit(data.labels)
    scores = {
        name: score if len(score) in rows else score.reshape(len(data.labels), -1)
        for name, score in ((name, np.asarray(said.score)) for name, said in opinions.items())
    }
    return replace(data, evidence={**data.evidence, "scores": scores})


def numbered(data: Dataset, names: Iterable[str], options: Mapping[str, Any]) -> dict[str, int]:
    """The options that name a worker, as the worker's number.

    Raises ValueError for a worker who gave no vote.
    """
    asked = {name: options[name] for name in names if isinstance(options.get(name), str)}
    workers = list(data.ids.workers or ())
    for name, who in asked.items():
        if who not in workers:
            known = ", ".join(workers[:10]) or "none has a name"
            raise ValueError(
                f"{name}={who!r} is no worker of these votes{nearest(who, workers)}; workers: "
                f"{known}"
            )
    return {name: workers.index(who) for name, who in asked.items()}
