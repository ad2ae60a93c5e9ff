"""write_consensus: a consensus as a folder, with its report and the findings to review."""

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
from reliabel.core.lift import fits, kind_of
from reliabel.core.results import Consensus, Measure
from reliabel.engine.local import shared_work
from reliabel.folders import consensus_folder
from reliabel.reading.repeated_votes import one_vote_each

if TYPE_CHECKING:
    from reliabel.crowd.study import Study

TOGETHER = 1.2  # times the variance of independent errors, from which on a warning is given


@shared_work()
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
    """Write the consensus folder of ``data``, the input of ``aggregate``: consensus.parquet,
    workers.parquet, aggregate.json, next_votes.csv and report.html.

    gold, duplicates: those that ``aggregate`` was given.
    report: whether to write report.html.
    reviewable: for votes on classes also write the files of an audit folder, so that ``reliabel
        review FOLDER`` shows consensus labels and votes that are likely to be wrong.
    Raises ValueError for votes that are not on classes or numbers.
    """
    from reliabel.crowd.consensus_columns import (
        consensus_card,
        item_columns,
        next_votes_rows,
        number_item_columns,
        number_worker_columns,
        worker_columns,
    )
    from reliabel.crowd.consensus_findings import as_audit
    from reliabel.reporters import consensus as classes_page
    from reliabel.reporters import consensus_numbers as numbers_page

    votes = counted_votes(data, duplicates)
    measures = agreement_measures(votes, consensus.info.get("seed", 0))
    found = study_of(consensus, data, votes, gold) if isinstance(votes.labels, Classes) else None
    consensus = _with_dependence(consensus, found)
    errors = None if found is None else found.errors
    card = consensus_card(consensus, data, votes, measures, errors)
    if found is None:
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
        item_columns(consensus, data, found),
        worker_columns(data, found, consensus.info.get("independent")),
        card,
        page=classes_page.render(consensus, data, found, measures) if report else None,
        audit=as_audit(consensus, data, found) if reviewable else None,
        next_votes=next_votes_rows(data, found),
    )


@shared_work()
def consensus_page(consensus: Consensus[Any]) -> str:
    """The page of what ``aggregate`` returned, as ``write_consensus`` writes it.

    Raises ValueError for a consensus that carries no votes, such as one method's own result.
    """
    from reliabel.reporters import consensus as classes_page
    from reliabel.reporters import consensus_numbers as numbers_page

    data = consensus.info.get("data")
    if not isinstance(data, Dataset):
        raise ValueError(
            "this consensus carries no votes to report on; give what rl.aggregate returned, or a "
            "consensus folder"
        )
    votes = counted_votes(data, "all")
    measures = agreement_measures(votes, consensus.info.get("seed", 0))
    if not isinstance(votes.labels, Classes):
        return numbers_page.render(consensus, data, votes, measures)
    found = study_of(consensus, data, votes)
    return classes_page.render(_with_dependence(consensus, found), data, found, measures)


def _with_dependence(consensus: Consensus[Any], found: Study | None) -> Consensus[Any]:
    """The consensus, with a warning added where the workers' errors depend on one another."""
    if found is None or found.workers is None or found.workers.dispersion < TOGETHER:
        return consensus
    warning = (
        "workers' errors depend on one another: wrong votes per item vary "
        f"{found.workers.dispersion:.1f} times as much as independent errors would; intervals of "
        "skill were widened for this and may still be too narrow, and probabilities are "
        "overconfident where most workers make the same error"
    )
    warnings = (*consensus.info.get("warnings", ()), warning)
    return replace(consensus, info={**consensus.info, "warnings": warnings})


def counted_votes(data: Dataset, duplicates: str = "last") -> Votes[Any]:
    """The votes that the consensus was made from, without the repeated votes that were dropped."""
    votes = data.labels
    if not isinstance(votes, Votes) or not isinstance(votes.labels, Classes | Numbers):
        raise ValueError(
            f"a consensus folder holds votes on classes or numbers, got {kind_of(votes)}; "
            "write the labels of the result yourself"
        )
    return one_vote_each(votes, duplicates)[0]


def study_of(
    consensus: Consensus[Any], data: Dataset, votes: Votes[Any], gold: Any = None
) -> Study:
    """What the votes and this consensus tell about items, workers, accounts and next votes."""
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
        functions=data.source.get("functions"),
    )


def agreement_measures(votes: Votes[Any], seed: int = 0) -> dict[str, Measure]:
    """The usual measures of agreement that fit the votes; none for vectors of numbers."""
    if isinstance(votes.labels, Numbers) and votes.labels.y.ndim > 1:
        return {}
    usual = [entry for entry in catalogue() if entry.agreement_rank]
    fit = [e for e in usual if why_not(e, votes, {}, fits(e.takes, votes)) is None]
    ranked = sorted(fit, key=lambda entry: -entry.agreement_rank)
    return {entry.name: called(entry, votes, {}, {}, seed) for entry in ranked}
