"""A consensus as columns of items and of workers, and as the contents of aggregate.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import PurePath
from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset
from reliabel.core.kinds import class_names
from reliabel.core.labels import Numbers, Soft, Votes
from reliabel.core.lift import kind_of
from reliabel.core.results import Consensus, Measure
from reliabel.core.votes_on_units import of_units
from reliabel.crowd.consensus_errors import ConsensusErrors
from reliabel.crowd.consensus_rows import certainty, told_of_rows
from reliabel.crowd.functions import FunctionTable
from reliabel.crowd.independence import copies_of, independence_card
from reliabel.crowd.study import Study
from reliabel.ops.dependence import Dependence


def item_columns(consensus: Consensus[Soft], data: Dataset, study: Study) -> dict[str, Any]:
    """Columns of consensus.parquet for votes on classes, one row per item."""
    p, names = consensus.labels.p, consensus.labels.names
    rows: dict[str, Any] = {
        "id": [data.ids.item(i) for i in range(len(p))],
        "label": [names[c] for c in p.argmax(1).tolist()],
        "p": p.max(1).astype(float),
        "probs": p.astype(float),
        "votes": study.counted.astype(np.int64),
        "agreement": study.agreement,
        "entropy": study.entropy,
    }
    rows |= {"node": list(consensus.info["node"])} if "node" in consensus.info else {}
    if study.ambiguous is not None and study.excess is not None and study.next is not None:
        rows |= {"ambiguous": study.ambiguous, "excess": study.excess}
        rows |= {
            "need": study.next.need,
            "gain": study.next.value,
            "stop": [why or None for why in study.next.why],
        }
    return rows | told_of_rows(consensus)


def worker_columns(data: Dataset, study: Study, shares: Dependence | None = None) -> dict[str, Any]:
    """Columns of workers.parquet for votes on classes, one row per worker.

    shares: the errors that workers share, where the consensus knows them.
    """
    found, w = study.workers, study.votes.w
    names = _workers(data, w)
    if study.functions is not None:
        return _function_columns(names, study.functions)
    if found is None:
        nothing = np.full(w, np.nan)
        count = np.bincount(study.votes.worker, minlength=w).astype(np.int64)
        return {
            "worker": names,
            "votes": count,
            "skill": nothing,
            "low": nothing,
            "high": nothing,
            "kind": ["unknown"] * w,
        }
    return {
        "worker": names,
        "votes": found.votes.astype(np.int64),
        "skill": found.skill,
        "low": found.low,
        "high": found.high,
        "kind": list(found.kind),
        "agreement": found.agreement,
        "spammer_score": found.spammer_score,
        "gold_votes": found.gold_votes.astype(np.int64),
        "gold_right": found.gold_right,
        "bias": found.bias,
        "confusion": found.confusion,
        "flags": [list(flags) for flags in found.flags],
        **({} if shares is None else {"near_copy_of": copies_of(shares, names)}),
    }


def _function_columns(names: list[str], found: FunctionTable) -> dict[str, Any]:
    """Columns of workers.parquet where the workers are labelling functions."""
    records = found.records
    fires = found.firing
    return {
        "worker": names,
        "votes": found.votes.astype(np.int64),
        "skill": found.estimated,
        "low": found.low,
        "high": found.high,
        "kind": ["function"] * len(names),
        "gold_votes": found.gold_votes,
        "gold_right": found.right,
        "says": found.says.astype(np.int64),
        "coverage": found.coverage,
        "overlap": found.overlap,
        "conflict": found.conflict,
        "errors": [int(one["errors"]) for one in records] or [0] * len(names),
        "slow": [int(one["slow"]) for one in records] or [0] * len(names),
        "fires_with": [
            None if fires is None or fires.closest[j] < 0 else names[fires.closest[j]]
            for j in range(len(names))
        ],
        "correlation": np.full(len(names), np.nan) if fires is None else fires.correlation,
    }


def _workers(data: Dataset, w: int) -> list[str]:
    """The workers' ids, or their numbers."""
    return [str(j) for j in range(w)] if data.ids.workers is None else list(data.ids.workers)


def number_item_columns(
    consensus: Consensus[Numbers], data: Dataset, votes: Votes[Any]
) -> dict[str, Any]:
    """Columns of consensus.parquet for votes on numbers, one row per item."""
    y = consensus.labels.y
    n = len(y)
    rows: dict[str, Any] = {
        "id": [data.ids.item(i) for i in range(n)],
        "label": np.asarray(y, dtype=float),
    }
    rows |= {
        "p": np.full(n, np.nan),
        "probs": [None] * n,
        "votes": np.bincount(votes.item, minlength=n).astype(np.int64),
        "agreement": np.full(n, np.nan),
    }
    return rows | {
        name: np.asarray(consensus.info[name], dtype=float)
        for name in ("sd", "low", "high")
        if name in consensus.info
    }


def number_worker_columns(
    consensus: Consensus[Numbers], data: Dataset, votes: Votes[Any]
) -> dict[str, Any]:
    """Columns of workers.parquet for votes on numbers, one row per worker."""
    w = votes.w
    nothing = np.full(w, np.nan)
    names = _workers(data, w)
    rows: dict[str, Any] = {
        "worker": names,
        "votes": np.bincount(votes.worker, minlength=w).astype(np.int64),
    }
    rows |= {
        "skill": nothing if consensus.skill is None else consensus.skill,
        "low": nothing,
        "high": nothing,
        "kind": ["unknown"] * w,
    }
    return rows | (
        {"bias": np.asarray(consensus.info["bias"], dtype=float).reshape(w, -1)}
        if "bias" in consensus.info
        else {}
    )


def consensus_card(
    consensus: Consensus[Any],
    data: Dataset,
    votes: Votes[Any],
    measures: Mapping[str, Measure],
    errors: ConsensusErrors | None = None,
) -> dict[str, Any]:
    """What aggregate.json holds: input, method, sizes, how many labels are wrong, agreement,
    warnings.
    """
    from reliabel import __version__

    info, labels = consensus.info, consensus.labels
    return {
        "versions": {"reliabel": __version__},
        "input": {
            key: data.source[key]
            for key in ("path", "sha256", "rows", "columns")
            if key in data.source
        },
        "by": info.get("by"),
        **({"method": info["method"]} if "method" in info else {}),
        "kind": kind_of(votes),
        "seed": info.get("seed"),
        "items": votes.n,
        "workers": votes.w,
        "votes": len(votes),
        "classes": list(class_names(labels)) or None,
        "expected_wrong": _expected_wrong(consensus, votes),
        **({"gold": info["gold"]} if "gold" in info else {}),
        "wrong": None if errors is None else _wrong(errors),
        "agreement": {name: _numbers_of(m) for name, m in measures.items()},
        **{name: info[name] for name in ("models", "held_out") if name in info},
        **(
            {"independent": independence_card(shares, of_units(votes), _workers(data, votes.w))}
            if isinstance(shares := info.get("independent"), Dependence)
            else {}
        ),
        **({"models_agree": info["agreement"]} if "agreement" in info else {}),
        **{
            name: _numbers_of(info[name]) | {"parts": info[name].parts}
            for name in ("certificate", "identifiability")
            if name in info
        },
        "warnings": list(info.get("warnings", ())),
    }


def _expected_wrong(consensus: Consensus[Any], votes: Votes[Any]) -> float | None:
    """How many labels of items with votes are wrong by the method's own chances; None where it
    gives none.
    """
    p = certainty(consensus)
    if len(p) == votes.n:
        p = p[np.bincount(votes.item, minlength=votes.n) > 0]
    return float(np.nansum(1 - p)) if np.isfinite(p).any() else None


def _wrong(errors: ConsensusErrors) -> dict[str, Any]:
    """How many consensus labels are wrong, with the interval and its condition."""
    checked, wrong = errors.gold or (0, 0)
    return {**asdict(errors.count), "gold_items": checked, "gold_wrong": wrong}


def next_votes_rows(data: Dataset, study: Study) -> list[dict[str, Any]]:
    """The items that gain from more votes, the largest gain first: rows of next_votes.csv."""
    ask = study.next
    if ask is None:
        return []
    first = dict(zip(ask.item.tolist(), ask.worker.tolist(), strict=True))
    names = data.ids.workers
    order = np.flatnonzero(~ask.stop)
    order = order[np.argsort(-ask.value[order], kind="stable")]
    return [
        {
            "item": data.ids.item(i),
            "votes": int(study.counted[i]),
            "label": study.votes.labels.names[int(study.posterior[i].argmax())],
            "certainty": round(float(study.posterior[i].max()), 4),
            "need": int(ask.need[i]),
            "gain": round(float(ask.value[i]), 6),
            "ask": "" if (j := first.get(i, -1)) < 0 else names[j] if names else str(j),
            "content": _content(data.evidence.get("items"), i),
        }
        for i in order.tolist()
    ]


def _content(items: Any, i: int) -> str:
    """What an item is, where that can be written in a cell: its text or path, or its columns."""
    if isinstance(items, Mapping):
        return "; ".join(f"{name}: {values[i]}" for name, values in items.items())
    one = "" if items is None else items[i]
    return str(one) if isinstance(one, str | PurePath) else ""


def _numbers_of(measure: Measure) -> dict[str, Any]:
    return {"value": measure.value, "low": measure.low, "high": measure.high}
