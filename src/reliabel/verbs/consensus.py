"""A consensus as files and as something to review: the consensus folder, its page, and the findings people can look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from reliabel.core.dataset import Dataset
from reliabel.core.labels import Classes, Numbers, Soft, Votes
from reliabel.core.results import Audit, Consensus, Finding, Measure
from reliabel.verbs.door import generator

if TYPE_CHECKING:
    from reliabel.trust.study import Study

AGREEMENT = ("krippendorff_alpha", "fleiss_kappa", "gwet_ac1", "percent_agreement")
TOGETHER = 1.2  # times the spread of independent errors, from which on it is said
TOLD = 2000  # findings on votes that are written at most; the first are the surest to be wrong


def write(
    consensus: Consensus[Any],
    data: Dataset,
    folder: str | Path,
    *,
    gold: Any = None,
    duplicates: str = "last",
    report: bool = True,
    reviewable: bool = True,
) -> Path:
    """Write the consensus folder of ``data`` (what ``aggregate`` was given): consensus.parquet, workers.parquet, aggregate.json, report.html.

    gold, duplicates: as ``aggregate`` was given them.
    reviewable: for class votes also write the files of an audit folder, so that ``reliabel review FOLDER`` shows consensus labels and
    votes that are likely to be wrong.
    """
    from reliabel import consensus_folder, workspace
    from reliabel.reporters import consensus as classes_page
    from reliabel.reporters import consensus_numbers as numbers_page

    votes = voted(data, duplicates)
    measures = agreement(votes, consensus.info.get("seed", 0))
    seen = studied(consensus, data, votes, gold) if isinstance(votes.labels, Classes) else None
    consensus = _told(consensus, seen)
    card = _card(consensus, data, votes, measures)
    if seen is None:
        page = numbers_page.render(consensus, data, votes, measures) if report else None
        return consensus_folder.save(folder, _number_items(consensus, data, votes), _number_workers(consensus, data, votes), card, page=page)
    page = classes_page.render(consensus, data, seen, measures) if report else None
    if reviewable:
        workspace.save(as_audit(consensus, data, seen), folder, resume=True)
    return consensus_folder.save(folder, _items(consensus, data, seen), _workers(data, seen), card, page=page)


def _told(consensus: Consensus[Any], seen: Study | None) -> Consensus[Any]:
    """The consensus with what the study of its workers adds to the warnings."""
    if seen is None or seen.workers is None or seen.workers.dispersion < TOGETHER:
        return consensus
    said = (
        f"workers err together: wrong votes per item vary {seen.workers.dispersion:.1f} times as much as independent errors would; "
        "intervals of skill were widened for it and may still be too narrow, and P is too sure where most workers miss the same thing"
    )
    return replace(consensus, info={**consensus.info, "warnings": (*consensus.info.get("warnings", ()), said)})


def voted(data: Dataset, duplicates: str = "last") -> Votes[Any]:
    """The votes that made the consensus: repeated ones dropped as the run did."""
    from reliabel.verbs.aggregate import _single

    votes = data.labels
    if not isinstance(votes, Votes) or not isinstance(votes.labels, Classes | Numbers):
        kind = f"Votes[{type(votes.labels).__name__}]" if isinstance(votes, Votes) else type(votes).__name__
        raise ValueError(f"a consensus folder holds votes on classes or numbers, got {kind}; write the labels of the result yourself")
    return _single(votes, duplicates)[0]


def studied(consensus: Consensus[Any], data: Dataset, votes: Votes[Any], gold: Any = None) -> Study:
    """Items, workers, accounts and next votes as this consensus sees them."""
    from reliabel.trust.study import study
    from reliabel.verbs.aggregate import _gold

    columns: Mapping[str, Any] = data.source.get("vote_columns", {}) if len(votes) == len(data.labels) else {}
    return study(
        votes,
        consensus.labels.p,
        rng=generator(consensus.info.get("seed", 0), "study"),
        gold=_gold(data.evidence.get("gold") if gold is None else gold, votes),
        time=columns.get("time"),
        seconds=columns.get("seconds"),
    )


def agreement(votes: Votes[Any], seed: int = 0) -> dict[str, Measure]:
    """The usual measures of agreement; for numbers alpha only."""
    from reliabel.core.catalogue import find

    names = AGREEMENT if isinstance(votes.labels, Classes) else AGREEMENT[:1] if votes.labels.y.ndim == 1 else ()
    return {name: find("measure", name).load()(votes, rng=generator(seed, name)) for name in names}


def as_audit(consensus: Consensus[Any], data: Dataset, seen: Study) -> Audit:
    """The consensus labels as labels under audit: P(wrong) = 1 - P(label), with findings on labels and on single votes."""
    p = consensus.labels.p
    names = consensus.labels.names
    label = np.where(seen.counted > 0, p.argmax(1), -1)
    wrong = np.where(seen.counted > 0, 1 - p.max(1), np.nan)
    order = np.argsort(-np.nan_to_num(wrong, nan=-1), kind="stable")
    order = order[np.nan_to_num(wrong[order]) > 0]
    keep = order[: max(500, int((np.nan_to_num(wrong) >= 0.5).sum()))]
    findings = [_label_finding(int(i), label, wrong, p, names, seen, data) for i in keep.tolist()]
    findings += _vote_findings(seen, data, names)
    taken = {key: value for key, value in data.evidence.items() if key in ("items", "features", "columns")}
    info = {key: value for key, value in consensus.info.items() if key in ("by", "seed")} | {"task": "consensus of votes", "classes": list(names)}
    whole = Dataset(Classes(label, names), taken, data.ids, data.source)
    return Audit(
        data=whole, said={}, skipped={}, measures={}, p_wrong=wrong, count=None, budget=None, findings=tuple(findings),
        warnings=tuple(consensus.info.get("warnings", ())), info=info,
    )  # fmt: skip


def _label_finding(i: int, label: Any, wrong: Any, p: Any, names: tuple[str, ...], seen: Study, data: Dataset) -> Finding:
    second = int(np.argsort(-p[i])[1]) if len(names) > 1 else int(label[i])
    share = "" if np.isnan(seen.agreement[i]) else f", {seen.agreement[i]:.0%} of them say so"
    why = f"{int(seen.counted[i])} votes{share}; next likeliest {names[second]} ({p[i, second]:.2f})"
    return Finding(i, data.ids.item(i), None, "label", "consensus", float(wrong[i]), float(wrong[i]), ("votes",), names[label[i]], names[second], (), None, why)


def _vote_findings(seen: Study, data: Dataset, names: tuple[str, ...]) -> list[Finding]:
    votes = seen.votes
    against = np.flatnonzero(votes.labels.y != seen.posterior.argmax(1)[votes.item])
    wrong = 1 - seen.posterior[votes.item[against], votes.labels.y[against]]
    order = np.argsort(-wrong, kind="stable")[:TOLD]
    who = data.ids.workers
    found = []
    for v, w in zip(against[order].tolist(), wrong[order].tolist(), strict=True):
        i, worker = int(votes.item[v]), int(votes.worker[v])
        given, best = names[int(votes.labels.y[v])], names[int(seen.posterior[i].argmax())]
        where = {"worker": str(worker) if who is None else who[worker]}
        why = f"{where['worker']} says {given}, the consensus {best}"
        found.append(Finding(i, data.ids.item(i), None, "vote", "against the consensus", float(w), float(w), ("votes",), given, best, (), where, why))
    return found


def _items(consensus: Consensus[Soft], data: Dataset, seen: Study) -> dict[str, Any]:
    p, names = consensus.labels.p, consensus.labels.names
    rows: dict[str, Any] = {
        "id": [data.ids.item(i) for i in range(len(p))],
        "label": [names[c] for c in p.argmax(1).tolist()],
        "p": p.max(1).astype(float),
        "probs": p.astype(float),
        "votes": seen.counted.astype(np.int64),
        "agreement": seen.agreement,
        "entropy": seen.entropy,
    }
    if seen.ambiguous is not None and seen.excess is not None and seen.buy is not None:
        rows |= {"ambiguous": seen.ambiguous, "excess": seen.excess}
        rows |= {"need": seen.buy.need, "gain": seen.buy.value, "stop": [word or None for word in seen.buy.why]}
    return rows


def _workers(data: Dataset, seen: Study) -> dict[str, Any]:
    found, w = seen.workers, seen.votes.w
    names = [str(j) for j in range(w)] if data.ids.workers is None else list(data.ids.workers)
    if found is None:
        nothing = np.full(w, np.nan)
        count = np.bincount(seen.votes.worker, minlength=w).astype(np.int64)
        return {"worker": names, "votes": count, "skill": nothing, "low": nothing, "high": nothing, "kind": ["unknown"] * w}
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
    }


def _number_items(consensus: Consensus[Numbers], data: Dataset, votes: Votes[Any]) -> dict[str, Any]:
    y = consensus.labels.y
    n = len(y)
    rows: dict[str, Any] = {"id": [data.ids.item(i) for i in range(n)], "label": np.asarray(y, dtype=float)}
    rows |= {"p": np.full(n, np.nan), "probs": [None] * n, "votes": np.bincount(votes.item, minlength=n).astype(np.int64), "agreement": np.full(n, np.nan)}
    return rows | {name: np.asarray(consensus.info[name], dtype=float) for name in ("sd", "low", "high") if name in consensus.info}


def _number_workers(consensus: Consensus[Numbers], data: Dataset, votes: Votes[Any]) -> dict[str, Any]:
    w = votes.w
    nothing = np.full(w, np.nan)
    names = [str(j) for j in range(w)] if data.ids.workers is None else list(data.ids.workers)
    rows: dict[str, Any] = {"worker": names, "votes": np.bincount(votes.worker, minlength=w).astype(np.int64)}
    rows |= {"skill": nothing if consensus.skill is None else consensus.skill, "low": nothing, "high": nothing, "kind": ["unknown"] * w}
    return rows | ({"bias": np.asarray(consensus.info["bias"], dtype=float).reshape(w, -1)} if "bias" in consensus.info else {})


def _card(consensus: Consensus[Any], data: Dataset, votes: Votes[Any], measures: Mapping[str, Measure]) -> dict[str, Any]:
    from reliabel import __version__

    info, labels = consensus.info, consensus.labels
    return {
        "versions": {"reliabel": __version__},
        "input": {key: data.source[key] for key in ("path", "sha256", "rows", "columns") if key in data.source},
        "by": info.get("by"),
        "seed": info.get("seed"),
        "items": votes.n,
        "workers": votes.w,
        "votes": len(votes),
        "classes": list(labels.names) if isinstance(labels, Soft) else None,
        "expected_wrong": float((1 - labels.p.max(1))[np.bincount(votes.item, minlength=votes.n) > 0].sum()) if isinstance(labels, Soft) else None,
        "agreement": {name: _numbers(m) for name, m in measures.items()},
        **{name: info[name] for name in ("models", "held_out") if name in info},
        **({"models_agree": info["agreement"]} if "agreement" in info else {}),
        **{name: _numbers(info[name]) | {"parts": info[name].parts} for name in ("certificate", "identifiability") if name in info},
        "warnings": list(info.get("warnings", ())),
    }


def _numbers(measure: Measure) -> dict[str, Any]:
    return {"value": measure.value, "low": measure.low, "high": measure.high}


def summary(consensus: Consensus[Any], data: Dataset, folder: str | Path) -> str:
    """What a terminal shows of a consensus, ending with where the page is."""
    votes, info = voted(data), consensus.info
    lines = [f"{_many(votes.n, 'item')}, {_many(votes.w, 'worker')}, {_many(len(votes), 'vote')}; by {info.get('by', 'auto')}"]
    if isinstance(consensus.labels, Soft):
        p = consensus.labels.p.max(1)[np.bincount(votes.item, minlength=votes.n) > 0]
        wrong, unsure = f"about {float((1 - p).sum()):,.0f} of {len(p):,}", int((p < 0.7).sum())
        lines.append(f"Consensus labels expected to be wrong: {wrong}; {unsure:,} {'has' if unsure == 1 else 'have'} P below .7.")
    held = info.get("held_out")
    if isinstance(held, Mapping) and held:
        lines.append("Held-out likelihood a vote: " + ", ".join(f"{name} {float(score):.3f}" for name, score in held.items()))
    for name in ("certificate", "identifiability"):
        if name in info and "verdict" in info[name].parts:
            lines.append(f"{'Majority vote' if name == 'certificate' else 'Skills'}: {info[name].parts['verdict']}")
    lines += [f"Note: {sentence}" for sentence in info.get("warnings", ())]
    return "\n".join([*lines, f"{folder}/report.html          next: look at the hard items and the workers there"])


def _many(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def gold_of(path: str | Path, data: Dataset, *, said: list[str] | None = None) -> Any:
    """(n,) class names where a table names the truth of an item (columns as in the votes), None elsewhere.

    said: is told of gold items that nobody voted on.
    """
    from reliabel.formats.tables import read

    roles = data.source.get("columns", {})
    table = read(Path(path))
    names = [roles.get("item", "item"), roles.get("label", "label")]
    for name in names:
        if name not in table.columns:
            raise ValueError(f"{path} has no column {name!r}; the gold table names item and label as the votes do; its columns: {', '.join(table.columns)}")
    known: dict[str, Any] = {}
    for item, value in zip(map(str, table.written(names[0])), table.written(names[1]), strict=True):
        if known.setdefault(item, value) != value and value == value:
            raise ValueError(f"{path} says both {known[item]!r} and {value!r} of item {item!r}; the truth of an item is one label: leave one row")
    votes: Any = data.labels
    gold = [known.get(data.ids.item(i)) for i in range(votes.n)]
    if not any(value is not None for value in gold):
        raise ValueError(f"{path} names no item that was voted on; items are called {data.ids.item(0)!r}, ...")
    idle = len(known) - sum(value is not None for value in gold)
    if idle and said is not None:
        said.append(f"{Path(path).name}: {idle:,} of {_many(len(known), 'gold item')} have no vote and are left out")
    return np.array(gold, dtype=object)
