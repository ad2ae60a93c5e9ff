"""Small audits made by hand, one a state that a report must show."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset, Ids
from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes
from reliabel.core.results import Audit, Budget, Faults, Finding, Interval, Measure, Suspicion

HOSTILE = "<script>alert(1)</script>"
WORDS = ["plot", "actor", "scene", "sound", "price", "staff", "table", "music", "light", "story"]


def an_audit(
    *,
    n: int = 60,
    k: int = 3,
    names: tuple[str, ...] = (),
    flags: int = 9,
    items: Any = None,
    task: str = "text",
    nothing: bool = False,
    seed: int = 0,
) -> Audit:
    """n items of k classes, the first ``flags`` labels flagged; duplicates, an outlier, a broken
    item, unless ``nothing`` is found.
    """
    rng = np.random.default_rng(seed)
    names = names or tuple(f"class {c}" for c in range(k))
    y = rng.integers(0, k, n)
    if items is None:
        items = [f"Review {i}: " + " ".join(rng.choice(WORDS, 12)) for i in range(n)]
    data = Dataset(
        Classes(y, names),
        {
            "items": items,
            "split": np.array(["test" if i % 5 == 0 else "train" for i in range(n)]),
            "neighbours": Neighbours(
                (np.arange(n)[:, None] + np.arange(1, 7)) % n,
                np.tile(np.linspace(0.1, 0.5, 6), (n, 1)),
            ),
        },
        Ids(tuple(f"r{i}" for i in range(n))),
        {
            "task": task,
            "columns": {"label": "sentiment", "text": "review"},
            "notes": ["the column 'review' holds the texts"],
        },
    )
    flag = np.arange(n) < (0 if nothing else flags)
    score = np.sort(rng.random(n))[::-1]
    better = (y + 1) % k
    said = {
        "confident_learning": Suspicion(score, flag, Classes(better, names)),
        "self_confidence": Suspicion(score[::1] ** 2),
        "near_duplicates": Faults([], [], np.empty(0), [])
        if nothing
        else Faults([(0, 1)], ["exact"], np.ones(1), ["the same text"]),
        "knn_outliers": Suspicion(rng.random(n), np.arange(n) == (-1 if nothing else 7)),
        "broken_items": Faults([], [], np.empty(0), [])
        if nothing
        else Faults([(9,)], ["empty"], np.ones(1), ["the text is empty"]),
    }
    joint = np.zeros((k, k))
    for i in range(n):
        joint[better[i] if flag[i] else y[i], y[i]] += 1
    measures = {
        "confident_joint": Measure(
            0.1,
            np.nan,
            np.nan,
            {"joint": joint},
            {"means": "labels confidently seen in another class", "interval": "no interval"},
        ),
        "class_imbalance": Measure(0.98, 0.95, 1.0, {"count": np.bincount(y, minlength=k)}),
    }
    findings = []
    if not nothing:
        findings = [
            _label(data, i, float(score[i]), names[better[i]])
            for i in range(min(n, max(flags, min(n, 500))))
        ]
        findings += [
            _fault(data, 0, "duplicate", "exact", (1,)),
            _fault(data, 2, "duplicate", "near", (5, 10, 15, 20, 25)),
        ]
        findings += [_fault(data, 7, "outlier", None, ()), _fault(data, 9, "broken", "empty", ())]
    info = {
        "schema": 1,
        "versions": {"reliabel": "0.1.0", "python": "3.11", "numpy": "2.4"},
        "seed": 0,
        "options": {},
        "at": "2026-11-21T13:00:00+00:00",
        "input": {"path": "some/where/reviews.csv", "sha256": "ab" * 32, "rows": n},
        "task": f"{task} classification",
        "classes": list(names),
        "model": {"name": "logistic regression", "accuracy": 0.881, "folds": 5},
        "embedder": "tf-idf + svd, 256-d",
        "neighbours": {"method": "exact", "k": 6, "recall": 1.0, "half_width": 0.0},
        "timings": {"features": 1.2, "confident_learning": 0.3, "total": 3.4},
    }
    skipped = {"area_under_margin": "needs dynamics, recorded while a model trained"}
    return Audit(
        data,
        said,
        skipped,
        measures,
        None,
        None,
        None,
        findings,
        ("4 labels are missing; these items are not judged",),
        info,
    )


def _label(data: Dataset, i: int, rank: float, suggest: str) -> Finding:
    labels = data.labels
    assert isinstance(labels, Classes)
    why = f"12 of its 15 nearest are {suggest!r}; the model gives {labels.names[labels.y[i]]!r} 2 %"
    return Finding(
        i,
        data.ids.item(i),
        None,
        "label",
        None,
        rank,
        None,
        ("confident_learning", "self_confidence"),
        labels.names[labels.y[i]],
        suggest,
        (),
        None,
        why,
    )


def _fault(data: Dataset, i: int, finds: str, kind: str | None, others: tuple[int, ...]) -> Finding:
    return Finding(
        i,
        data.ids.item(i),
        None,
        finds,
        kind,
        0.9,
        None,
        ("near_duplicates",),
        None,
        None,
        others,
        None,
        f"a reason for {finds}",
    )


def with_p_wrong(audit: Audit) -> Audit:
    """The same audit once P(wrong), the count and the curve are there; the truth of every label is
    known.
    """
    n = len(audit.data)
    p = np.linspace(0.97, 0.001, n) ** 2
    k = np.unique(np.round(np.geomspace(1, n, 40)).astype(int))
    found = np.cumsum(p)[k - 1] / p.sum()
    budget = Budget(k, found, np.maximum(found - 0.08, 0), np.minimum(found + 0.08, 1))
    count = Interval(
        float(p.sum()),
        0.5 * p.sum(),
        2 * p.sum(),
        0.95,
        "lapse model",
        "wrong labels look like people's confusions and slips",
    )
    labels = audit.data.labels
    assert isinstance(labels, Classes)
    wrong = np.random.default_rng(1).random(n) < p
    data = replace(
        audit.data,
        evidence={
            **audit.data.evidence,
            "gold": np.where(wrong, (labels.y + 1) % labels.k, labels.y),
        },
    )
    findings = [
        replace(f, p_wrong=float(p[f.item])) if f.finds == "label" else f for f in audit.findings
    ]
    return replace(audit, data=data, p_wrong=p, count=count, budget=budget, findings=findings)


def not_identified(audit: Audit) -> Audit:
    """P(wrong) is there, but how many are wrong cannot be told."""
    count = Interval(
        float("nan"),
        0.0,
        float("nan"),
        0.95,
        "lapse model",
        "wrong labels look like people's confusions and slips",
        False,
    )
    return replace(with_p_wrong(audit), count=count)
