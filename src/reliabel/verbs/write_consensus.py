"""write_consensus: a consensus as a folder, with its report and the findings to review."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from reliabel.core.call import called, generator, why_not
from reliabel.core.catalogue import catalogue
from reliabel.core.dataset import Dataset
from reliabel.core.evidence import check
from reliabel.core.labels import Classes, Numbers, Soft, Votes
from reliabel.core.lift import fits, kind_of
from reliabel.core.results import Consensus, Measure
from reliabel.core.short_repr import by_fields
from reliabel.engine.local import shared_work
from reliabel.folders import consensus_folder
from reliabel.reading.repeated_votes import one_vote_each

if TYPE_CHECKING:
    from reliabel.crowd.study import Study
    from reliabel.reporters.consensus_sections import Made

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
    workers.parquet, aggregate.json, next_votes.csv (votes on classes, and comparisons) and
    report.html.

    gold, duplicates: those that ``aggregate`` was given.
    report: whether to write report.html.
    reviewable: for votes on classes also write the files of an audit folder, so that ``reliabel
        review FOLDER`` shows consensus labels and votes that are likely to be wrong.
    """
    from reliabel.crowd.consensus_columns import consensus_card
    from reliabel.crowd.consensus_findings import as_audit

    votes = counted_votes(data, duplicates)
    shown = shown_consensus(consensus, data, votes, gold)
    consensus, found = shown.consensus, shown.found
    errors = None if found is None else found.errors
    texts, told = shown.said("files", ({}, []))
    if told:
        warnings = (*consensus.info.get("warnings", ()), *told)
        consensus = replace(consensus, info={**consensus.info, "warnings": warnings})
    return consensus_folder.save(
        folder,
        shown.items,
        shown.workers,
        consensus_card(consensus, data, votes, shown.measures, errors),
        page=shown.page() if report else None,
        audit=as_audit(consensus, data, found) if reviewable and found is not None else None,
        next_votes=shown.next_votes(),
        labels=consensus.labels if shown.form == "any" else None,
        texts=texts,
    )


@shared_work()
def consensus_page(consensus: Consensus[Any]) -> str:
    """The page of what ``aggregate`` returned, as ``write_consensus`` writes it.

    Raises ValueError for a consensus that carries no votes, such as one method's own result.
    """
    data = consensus.info.get("data")
    if not isinstance(data, Dataset):
        raise ValueError(
            "this consensus carries no votes to report on; give what rl.aggregate returned, or a "
            "consensus folder"
        )
    return shown_consensus(consensus, data, counted_votes(data, "all")).page()


@dataclass(frozen=True, eq=False)
class Shown:
    """A consensus as columns and as a page.  ``form``: "classes", "numbers" or "any", by what its
    votes and labels are; ``found`` for classes alone.
    """

    form: Literal["classes", "numbers", "any"]
    consensus: Consensus[Any]
    data: Dataset
    votes: Votes[Any]
    measures: Mapping[str, Measure]
    items: Mapping[str, Any]
    workers: Mapping[str, Any]
    found: Study | None = None

    __repr__ = by_fields

    def page(self) -> str:
        """The report."""
        from reliabel.reporters import consensus as classes_page
        from reliabel.reporters import consensus_any as any_page
        from reliabel.reporters import consensus_numbers as numbers_page

        if self.found is not None:
            found = self.consensus, self.data, self.found, self.measures
            return classes_page.render(*found, self.items)
        if self.form == "numbers":
            return numbers_page.render(self.consensus, self.data, self.votes, self.measures)
        return any_page.render(self.made(), self.measures)

    def made(self) -> Made:
        """The consensus as the file of its kind is asked about it."""
        from reliabel.reporters.consensus_sections import Made

        return Made(self.consensus, self.data, self.votes, self.items)

    def said(self, what: str, otherwise: Any) -> Any:
        """What the file of a kind of labels says, ``otherwise`` for classes and numbers."""
        from reliabel.reporters.consensus_sections import said_by_kind

        return otherwise if self.form != "any" else said_by_kind(self.made(), what, otherwise)

    def next_votes(self) -> list[dict[str, Any]]:
        """Rows of next_votes.csv: what to ask for more votes on."""
        from reliabel.crowd.consensus_columns import next_votes_rows

        if self.found is not None:
            return next_votes_rows(self.data, self.found)
        return self.said("next_votes", [])  # type: ignore[no-any-return]


def shown_consensus(
    consensus: Consensus[Any], data: Dataset, votes: Votes[Any], gold: Any = None
) -> Shown:
    """The consensus as columns of items and workers, and what its page shows."""
    from reliabel.crowd import consensus_columns as columns
    from reliabel.crowd.consensus_rows import label_rows

    measures = agreement_measures(votes, consensus.info.get("seed", 0))
    form = _form(consensus, votes)
    workers = columns.number_worker_columns(consensus, data, votes)
    if form == "any":
        rows = label_rows(consensus, data, votes)
        shown = Shown(form, consensus, data, votes, measures, rows, workers)
        return replace(shown, workers={**workers, **shown.said("worker_columns", {})})
    if form == "numbers":
        rows = columns.number_item_columns(consensus, data, votes)
        return Shown(form, consensus, data, votes, measures, rows, workers)
    found = study_of(consensus, data, votes, gold)
    consensus = _with_dependence(consensus, found)
    rows = columns.item_columns(consensus, data, found)
    workers = columns.worker_columns(data, found, consensus.info.get("independent"))
    return Shown(form, consensus, data, votes, measures, rows, workers, found)


def _form(consensus: Consensus[Any], votes: Votes[Any]) -> Literal["classes", "numbers", "any"]:
    """How the consensus is shown: one class an item, of those that were voted for, or one number
    an item, or as labels of any kind.
    """
    given, labels = votes.labels, consensus.labels
    if isinstance(given, Classes) and isinstance(labels, Soft) and given.names == labels.names:
        return "classes"
    if isinstance(given, Numbers) and isinstance(labels, Numbers):
        return "numbers"
    return "any"


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
    if not isinstance(votes, Votes):
        raise ValueError(f"a consensus is made of votes, got {kind_of(votes)}")
    if data.source.get("anonymous"):  # nobody knows whether two votes are one worker's
        duplicates = "all"
    return one_vote_each(votes, duplicates)[0]


def study_of(
    consensus: Consensus[Any], data: Dataset, votes: Votes[Any], gold: Any = None
) -> Study:
    """What the votes and this consensus tell about items, workers, accounts and next votes."""
    from reliabel.crowd.study import study

    own = data.evidence.get("gold", data.source.get("known"))
    truth = own if gold is None else gold
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
