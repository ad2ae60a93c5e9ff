"""What the cases of the suite evidence share: their form, and the rows of one audit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from reliabel.bench.metrics import auroc, average_precision, bootstrap
from reliabel.core.labels import Bools, Floats
from reliabel.core.results import Audit

METRICS = {"auroc": auroc, "average_precision": average_precision}
Found = Iterator[tuple[Any, ...]]  # method, metric, value, low, high, CPU seconds
Cases = dict[str, tuple[str, int, Callable[[], Found]]]  # name -> data set, seed, rows


def ranked(method: str, done: Audit, wrong: Bools, seconds: float) -> Found:
    """How well self-confidence and P(wrong) of an audit rank the wrong labels."""
    scores: dict[str, Floats] = {"self_confidence": done.opinions["self_confidence"].score}
    if done.p_wrong is not None:
        scores["p_wrong"] = done.p_wrong
    for name, score in scores.items():
        for metric, of in METRICS.items():
            ends = bootstrap(of, score, wrong, rounds=100)
            yield f"{method}: {name}", metric, of(score, wrong), *ends, seconds
