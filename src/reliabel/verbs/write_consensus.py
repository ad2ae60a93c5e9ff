"""write_consensus: a consensus as a folder, with its page and the findings people can look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reliabel.core.call import called, generator, why_not
from reliabel.core.catalogue import catalogue
from reliabel.core.dataset import Dataset
from reliabel.core.evidence import check
from reliabel.core.labels import Classes, Numbers, Votes
from reliabel.core.lift import fits
from reliabel.core.results import Consensus, Measure
from reliabel.folders import consensus_folder
from reliabel.reading.repeated_votes import one_vote_each

if TYPE_CHECKING:
    from reliabel.crowd.study import Study

TOGETHER = 1.2  # times the spread of independent errors, from which on it is said


def write_consensus(
    consensus: Consensus[Any],
    data: Dataset,
    folder: str | Path,
    *,
    gold: Any = None,
    duplicates: str = "last",
    report: bool = True,
    reviewable: bool = True,
) -> Path:
    """Write the consensus folder of ``data`` (what ``aggregate`` was given): consensus.parquet,
    workers.parquet, aggregate.json, report.html.

    gold, duplicates: as ``aggregate`` was given them.
    reviewable: for class votes also write the files of an audit folder, so that ``reliabel review
    FOLDER`` shows consensus labels and votes that are likely to be wrong.
    """
    from reliabel.crowd.consensus_columns import (
        consensus_card,
        item_columns,
        number_item_columns,
        number_worker_columns,
        worker_columns,
    )
    from reliabel.crowd.consensus_findings import as_audit
    from reliabel.reporters import consensus as classes_page
    from reliabel.reporters import consensus_numbers as numbers_page

    votes = counted_votes(data, duplicates)
    measures = agreement_measures(votes, consensus.info.get("seed", 0))
    seen = study_of(consensus, data, votes, gold) if isinstance(votes.labels, Classes) else None
    consensus = _with_dependence(consensus, seen)
    card = consensus_card(consensus, data, votes, measures)
    if seen is None:
        page = numbers_page.render(consensus, data, votes, measures) if report else None
        return consensus_folder.save(
            folder,
            number_item_columns(consensus, data, votes),
            number_worker_columns(consensus, data, votes),
            card,
            page=page,
        )
    return consensus_folder.save(
        folder,
        item_columns(consensus, data, seen),
        worker_columns(data, seen),
        card,
        page=classes_page.render(consensus, data, seen, measures) if report else None,
        audit=as_audit(consensus, data, seen) if reviewable else None,
    )


def _with_dependence(consensus: Consensus[Any], seen: Study | None) -> Consensus[Any]:
    """The consensus with what the study of its workers adds to the warnings."""
    if seen is None or seen.workers is None or seen.workers.dispersion < TOGETHER:
        return consensus
    said = (
        f"workers err together: wrong votes per item vary {seen.workers.dispersion:.1f} times as much as independent errors would; "
        "intervals of skill were widened for it and may still be too narrow, and P is too sure where most workers miss the same thing"
    )
    return replace(
        consensus, info={**consensus.info, "warnings": (*consensus.info.get("warnings", ()), said)}
    )


def counted_votes(data: Dataset, duplicates: str = "last") -> Votes[Any]:
    """The votes that made the consensus: repeated ones dropped as the run did."""
    votes = data.labels
    if not isinstance(votes, Votes) or not isinstance(votes.labels, Classes | Numbers):
        kind = (
            f"Votes[{type(votes.labels).__name__}]"
            if isinstance(votes, Votes)
            else type(votes).__name__
        )
        raise ValueError(
            f"a consensus folder holds votes on classes or numbers, got {kind}; write the labels of the result yourself"
        )
    return one_vote_each(votes, duplicates)[0]


def study_of(
    consensus: Consensus[Any], data: Dataset, votes: Votes[Any], gold: Any = None
) -> Study:
    """Items, workers, accounts and next votes as this consensus sees them."""
    from reliabel.crowd.study import study

    truth = data.evidence.get("gold") if gold is None else gold
    known = check(votes, {"gold": truth}).evidence
    columns: Mapping[str, Any] = (
        data.source.get("vote_columns", {}) if len(votes) == len(data.labels) else {}
    )
    return study(
        votes,
        consensus.labels.p,
        rng=generator(consensus.info.get("seed", 0), "study"),
        gold=known.get("gold"),
        time=columns.get("time"),
        seconds=columns.get("seconds"),
    )


def agreement_measures(votes: Votes[Any], seed: int = 0) -> dict[str, Measure]:
    """The usual measures of agreement that fit the votes; none for vectors of numbers."""
    if isinstance(votes.labels, Numbers) and votes.labels.y.ndim > 1:
        return {}
    usual = [entry for entry in catalogue() if entry.agreement_rank]
    fit = [e for e in usual if why_not(e, votes, {}, fits(e.takes, votes)) is None]
    ranked = sorted(fit, key=lambda entry: -entry.agreement_rank)
    return {entry.name: called(entry, votes, {}, {}, seed) for entry in ranked}
