"""audit: which labels look wrong, and what else is wrong with the data."""

from __future__ import annotations

import platform
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from reliabel.core.call import called, check_options, check_seed, keywords, opened, why_not
from reliabel.core.catalogue import Entry, catalogue, find, nearest
from reliabel.core.dataset import Dataset
from reliabel.core.findings import fault_findings, item_findings, label_findings, strange
from reliabel.core.kinds import class_names, kind_for
from reliabel.core.labels import Ints, Labels
from reliabel.core.lift import fits, kind_of
from reliabel.core.plugins import importable, load_problem
from reliabel.core.results import Audit, Faults, Finding, Measure, Suspicion
from reliabel.core.run import Executor, current, running, tell
from reliabel.engine.blas import one_blas_thread
from reliabel.engine.choice import chosen_engine
from reliabel.folders.evidence_store import Store
from reliabel.folders.judged_places import judged_places
from reliabel.reading.evidence_brought import aligned
from reliabel.reading.pixel_probs import with_pixel_probs
from reliabel.reading.predicted_boxes import with_boxes
from reliabel.reading.row_names import with_ids
from reliabel.reading.votes_as_labels import one_label_each
from reliabel.verbs.reviewed import reviewed

if TYPE_CHECKING:
    from reliabel.trust.verdict import LabelVerdict

SCHEMA = 1
Plan = list[tuple[Entry, str | None]]  # an entry and why it cannot run


def audit(
    data: Dataset | Labels | Iterable[Any],
    *,
    by: Iterable[str] | None = None,
    options: Mapping[str, Mapping[str, Any]] = {},
    seed: int = 0,
    embed: str = "auto",
    model: Any = "auto",
    search: str = "auto",
    folder: str | Path | None = None,
    verdicts: Any = None,
    engine: str | Executor = "local",
    workers: int | None = None,
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
    **others: Any,
) -> Audit:
    """Audit labels: make the evidence that is missing, ask the auditors, and list what people
    should look at.

    data: a Dataset from ``rl.read``, or labels (a label set such as ``rl.Classes.of(y)``, or the
        labels themselves: a list, an array, a column, a 0/1 table) with evidence in the keywords
        (shapes: docs/api.md).  The index of a pandas column or table becomes the ids.
    by: names of auditors; None runs every default one that fits, and says in ``Audit.skipped`` why
        others did not.
    options: auditor -> its options.  embed, model: how missing features and probabilities are made
        ("auto" chooses and says so).
    embeddings: features of several embedders, for those auditors that ask for them: a mapping of
        names to arrays, files or embedders, or a list of these (["minilm", "tfidf", "mine.npy"]).
    search: how neighbours are found; above 20,000 items "auto" looks among like items alone, with
        the recall that ``info["neighbours"]`` states (from .99; a forest above 70,000: from .95),
        and "exact" measures all pairs.
    folder: keep evidence there (``evidence/``), so that a second run takes seconds.
    verdicts: people's decisions on the draw of ``sample`` in ``folder`` (a file, a table, or a list
        of files); they are kept there, and a later audit into it uses them.  Decisions that lie in
        the folder are used as well.
    engine: where blocks of rows are worked on: "local" (threads of this process) or "ray" (the
        cluster of RAY_ADDRESS, else one started on this machine), or an executor of your own; the
        answer is the same to the last bit.
    workers: how many threads or processes work at once; None takes one a core, or all of a cluster.
    others: evidence that other packages have registered.

    Raises ValueError on bad input, on evidence missing for an auditor named in ``by``, and on
    unknown names, keywords and options.

    >>> import numpy as np, reliabel as rl
    >>> p = np.repeat([[0.9, 0.1], [0.1, 0.9]], 20, axis=0)
    >>> audit = rl.audit([0] * 20 + [1] * 19 + [0], probs=p)
    >>> audit.findings[0].item, audit.findings[0].suggest
    (39, '1')
    """
    given = keywords("audit", locals(), others)
    given.refuse_others("audit", "options of an auditor stand in options={'AUDITOR': {...}}")
    if verdicts is not None and folder is None:
        raise ValueError(
            "verdicts belong to a draw, and a draw lives in an audit folder: give folder= (where "
            "rl.sample drew)"
        )
    with chosen_engine(engine, workers) as executor, running(executor=executor), one_blas_thread():
        return _audit(
            data, given.evidence, by, options, seed, embed, model, search, folder, verdicts
        )


def _audit(
    data: Dataset | Labels | Iterable[Any],
    evidence: Mapping[str, Any],
    by: Iterable[str] | None,
    options: Mapping[str, Mapping[str, Any]],
    seed: int,
    embed: str,
    model: Any,
    search: str,
    folder: str | Path | None,
    verdicts: Any,
) -> Audit:
    from reliabel.prepare import prepare
    from reliabel.prepare.embeddings import parted, with_embeddings
    from reliabel.trust.verdict import MADE_OF, label_verdict

    started = time.perf_counter()
    check_seed(seed)
    store = Store(None if folder is None else Path(folder))
    arrays, embedders = parted(evidence.get("embeddings"))
    data, evidence, notes = with_ids(
        one_label_each(data),
        {**evidence, "embeddings": arrays if arrays or not embedders else None},
    )
    evidence, more = with_boxes(data, evidence)
    evidence, told = with_pixel_probs(data, evidence)
    more = [*more, *told]
    whole, warnings = opened(data, _with_columns(evidence), aligned)
    _not_empty(whole.labels)
    whole, told = with_embeddings(whole, embedders, store, seed)
    warnings = [*notes, *more, *warnings, *told]
    options = _by_name(options)
    plan, measurers = _plan(whole, by, options), _measurers(whole.labels)
    wanted = frozenset[str]().union(
        *(entry.accepts for entry, why in plan if why is None),
        *(entry.accepts for entry in measurers),
    )
    wanted |= frozenset(MADE_OF) if by is None else frozenset()
    words: dict[str, Any] = {"embed": embed, "model": model, "search": search, "second": True}
    places = judged_places(None if folder is None else Path(folder), whole)
    prepared = prepare(whole, wanted, **words, store=store, seed=seed, places=places)
    whole = prepared.data
    warnings += [*prepared.warnings, *kind_for(whole.labels).warnings(whole.labels)]
    if not set(whole.evidence) - {"class_order"}:
        warnings.append(
            "the labels came alone, so that nothing can tell which are wrong: give features=, "
            "probs= or items= (texts, pictures) with them"
        )
    opinions, skipped, seconds = _ask(plan, whole, by is not None, options, seed)
    measures = {
        entry.name: _measured(entry, whole, seed)
        for entry in measurers
        if why_not(entry, whole.labels, whole.evidence, fits(entry.takes, whole.labels)) is None
    }
    start = time.perf_counter()
    tell("P(wrong)", 0, 1)
    verdict = label_verdict(prepared, seed, store)
    tell("P(wrong)", 1, 1)
    if store.damaged:
        several = "pieces" if len(store.damaged) > 1 else "piece"
        warnings.append(
            f"{len(store.damaged)} {several} of kept evidence had been damaged on disk and were "
            f"made again: {', '.join(store.damaged)}"
        )
    trusted_p = verdict.p if verdict is not None and np.isfinite(verdict.p).any() else None
    if verdict is not None:
        verdict = _without_strangers(verdict, whole, opinions)
        warnings += verdict.warnings
        seconds["p_wrong"] = time.perf_counter() - start
        if verdict.matrix is not None:
            same = [entry.name for entry in catalogue() if entry.from_p_wrong]
            measures |= dict.fromkeys(same, verdict.matrix)
    findings = _findings(
        whole, opinions, verdict if trusted_p is not None else None, prepared.copies
    )
    advice = getattr(current().executor, "advice", None)  # of an engine that knows its own worth
    if advice is not None and (said := advice()):
        warnings.append(said)
    info = {
        "schema": SCHEMA,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": _versions(),
        "input": {key: whole.source.get(key) for key in ("path", "sha256")}
        | {"rows": len(whole.labels)},
        "task": " ".join(
            dict.fromkeys((whole.source.get("task", "arrays"), kind_for(whole.labels).task))
        ),
        "classes": list(class_names(whole.labels)),
        "seed": seed,
        "options": {name: dict(value) for name, value in options.items()},
        **prepared.info,
        **({} if verdict is None else {"p_wrong": dict(verdict.info)}),
        "timings": {
            **prepared.info.get("timings", {}),
            **seconds,
            "total": time.perf_counter() - started,
        },
    }
    done = Audit(
        whole, opinions, skipped, measures, None, None, None, findings, tuple(warnings), info
    )
    if verdict is not None and trusted_p is not None:
        done = replace(
            done,
            p_wrong=trusted_p,
            count=verdict.count,
            budget=verdict.budget,
            suggest=verdict.suggest,
            p_suggest=verdict.p_suggest,
            suggest_range=verdict.suggest_range,
            p_kinds=verdict.p_kinds,
        )
    return done if folder is None else reviewed(done, Path(folder), verdicts)


def _not_empty(labels: Labels) -> None:
    """Refuse labels of no item, and several labels an item of no class."""
    unit_names = kind_for(labels).unit_names
    lacks = "items" if not len(labels) else "classes"
    if not len(labels) or (unit_names is not None and not unit_names(labels)):
        raise ValueError(f"there is nothing to audit: {labels!r} has no {lacks}")


def _with_columns(evidence: Mapping[str, Any]) -> Mapping[str, Any]:
    """The evidence, where a table given as items stands as columns too, as ``rl.read`` has it."""
    items = evidence.get("items")
    if not isinstance(items, Mapping) or evidence.get("columns") is not None:
        return evidence
    return {**evidence, "columns": items}


def _plan(
    data: Dataset, by: Iterable[str] | None, options: Mapping[str, Mapping[str, Any]]
) -> Plan:
    """Every auditor in question with the reason why it cannot run, as far as it is plain before
    evidence is made.
    """
    labels = data.labels
    if isinstance(by, str):
        raise ValueError(f"by takes a list of auditors, got the text {by!r}; write by=[{by!r}]")
    every = [entry for entry in catalogue() if entry.verb == "audit"]
    asked = every if by is None else [find("audit", name) for name in by]
    once = {entry.name: entry for entry in asked}
    alike = kind_for(labels).unfit(labels)
    wanted = _brought_for(every, data) if by is None else once
    plan = [(entry, _unfit(entry, labels, alike, name in wanted)) for name, entry in once.items()]
    runs = [entry.name for entry, why in plan if why is None]
    for name in options:
        if name not in runs:
            raise ValueError(
                f"options were given for {name!r}, which does not run{nearest(name, runs)}; "
                f"running: {', '.join(runs) or 'none'}"
            )
    return plan


def _brought_for(every: Iterable[Entry], data: Dataset) -> set[str]:
    """Optional auditors whose evidence was brought and which nobody else would read, such as the
    dynamics of a training.
    """
    read = {word for entry in every if entry.status == "default" for word in entry.accepts}
    own = {entry.name: entry.needs - read for entry in every if entry.status == "optional"}
    return {name for name, words in own.items() if words and words <= set(data.evidence)}


def _by_name(options: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """The options of each auditor under its own name, whichever of its names they came under."""
    own: dict[str, Mapping[str, Any]] = {}
    for name, value in options.items():
        entry = find("audit", name)
        if entry.name in own:
            raise ValueError(
                f"options were given twice for {entry.name} ({', '.join(options)}); "
                "put them under one of its names"
            )
        check_options(entry, value)
        own[entry.name] = value
    return own


def _unfit(entry: Entry, labels: Labels, alike: str | None, named: bool) -> str | None:
    """Why an auditor cannot run on these labels; ``alike``: why they cannot be compared."""
    if not named and entry.status != "default":
        return f"{entry.status}: ask for it by name"
    if fits(entry.takes, labels) is None:
        return f"takes {' or '.join(sorted(entry.takes))}, got {kind_of(labels)}"
    absent = entry.missing_extras()
    if absent:
        return f"needs pip install 'reliabel[{','.join(absent)}]'"
    if not named and not entry.ours and (problem := load_problem(entry)) is not None:
        return problem
    return alike if entry.finds == "label" and "Labels" not in entry.takes else None


def _measurers(labels: Labels) -> list[Entry]:
    return [
        entry
        for entry in catalogue()
        if entry.verb == "measure"
        and entry.status == "default"
        and fits(entry.takes, labels) is not None
        and (entry.ours or importable(entry))
    ]


def _ask(
    plan: Plan, data: Dataset, named: bool, options: Mapping[str, Mapping[str, Any]], seed: int
) -> tuple[dict[str, Suspicion | Faults], dict[str, str], dict[str, float]]:
    opinions: dict[str, Suspicion | Faults] = {}
    skipped: dict[str, str] = {}
    seconds: dict[str, float] = {}
    for done, (entry, why) in enumerate(plan):
        tell(f"auditors  {entry.name}", done, len(plan))
        why = why or why_not(entry, data.labels, data.evidence, fits(entry.takes, data.labels))
        if why is not None:
            if named:
                raise ValueError(f"{entry.name} cannot run: {why}")
            skipped[entry.name] = why
            continue
        start = time.perf_counter()
        opinions[entry.name] = called(
            entry, data.labels, data.evidence, options.get(entry.name, {}), seed
        )
        seconds[entry.name] = time.perf_counter() - start
    tell("auditors", len(plan), len(plan))
    return opinions, skipped, seconds


def _measured(entry: Entry, data: Dataset, seed: int) -> Measure:
    measure = called(entry, data.labels, data.evidence, {}, seed)
    if not isinstance(measure, Measure):
        raise TypeError(f"{entry.name} must return a Measure, got {type(measure).__name__}")
    return measure


def _findings(
    data: Dataset,
    opinions: Mapping[str, Suspicion | Faults],
    verdict: LabelVerdict | None,
    copies: Ints | None,
) -> tuple[Finding, ...]:
    from reliabel.ops.ranks import MeanRank

    finds = {entry.name: entry.finds for entry in catalogue() if entry.verb == "audit"}
    about_labels = {
        name: opinion
        for name, opinion in opinions.items()
        if isinstance(opinion, Suspicion) and finds[name] == "label"
    }
    strangers = strange(data, opinions, finds)
    if verdict is not None:
        found = label_findings(
            data,
            about_labels,
            verdict.p,
            p_wrong=verdict.p,
            suggest=verdict.suggest,
            copies=copies,
            suspects=_thought_wrong(verdict),
            strangers=strangers,
            kinds=verdict.kind,
        )
    else:
        rank = MeanRank([opinion.score for opinion in about_labels.values()])
        found = label_findings(data, about_labels, rank, copies=copies, strangers=strangers)
    for name, opinion in opinions.items():
        if isinstance(opinion, Faults):
            found += fault_findings(data, name, finds[name], opinion)
        elif name not in about_labels:
            rank = MeanRank([opinion.score])
            found += item_findings(data, name, finds[name], opinion, rank)
    return tuple(found)


def _thought_wrong(verdict: LabelVerdict) -> int:
    """How many labels are thought to be wrong: the count, or where there is none those that look
    more wrong than right.
    """
    if verdict.count.identified:
        return round(verdict.count.value)
    return int((np.nan_to_num(verdict.p) >= 0.5).sum())


def _without_strangers(
    verdict: LabelVerdict, data: Dataset, opinions: Mapping[str, Suspicion | Faults]
) -> LabelVerdict:
    """The verdict without a class to suggest for items that look like none of the classes, so that
    none is taken for them automatically.
    """
    finds = {entry.name: entry.finds for entry in catalogue() if entry.verb == "audit"}
    strangers = strange(data, opinions, finds)
    if strangers is None:
        return verdict
    suggest, p_suggest = verdict.suggest, verdict.p_suggest
    if p_suggest is None or not isinstance(suggest, np.ndarray):  # spans, numbers: no open set
        return verdict
    return replace(
        verdict,
        suggest=np.where(strangers, -1, suggest),
        p_suggest=np.where(strangers, np.nan, p_suggest),
    )


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    from reliabel import __version__

    return {
        "reliabel": __version__,
        "python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "scipy", "scikit-learn")},
    }
