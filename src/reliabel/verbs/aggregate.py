"""aggregate: from several votes on each item to one label with its probability, and the skill of
each worker.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.auto.aggregate import (
    METHOD_OF_FUNCTIONS,
    combined_consensus,
    tempered_consensus,
)
from reliabel.auto.default_aggregator import default_aggregator, method_for
from reliabel.core.call import Keywords, called, check_options, keywords, opened
from reliabel.core.catalogue import Entry, catalogue, find
from reliabel.core.dataset import Dataset, Ids
from reliabel.core.evidence import OWN, check
from reliabel.core.known_answers import KnownAnswers, better_of_pairs, known_answers, of_all_items
from reliabel.core.labels import Classes, Grouped, MultiLabel, Soft, Votes
from reliabel.core.lift import VOTES_ON_UNITS, fits, kind_of, level_problem, lifted
from reliabel.core.orders import Comparisons
from reliabel.core.results import Consensus
from reliabel.core.spelling import nearest
from reliabel.core.votes_on_units import unit_labels, votes_on_units
from reliabel.engine.local import shared_work
from reliabel.prepare.one_method import one
from reliabel.reading.evidence_brought import aligned
from reliabel.reading.repeated_votes import one_vote_each

MANY = 1_000_000  # votes
CHOICES = "candidates"  # kind word of answers that leave a choice of classes
AUTO_TAKES = frozenset(["Votes[Classes]"])
AUTO_KEYWORDS = frozenset(combined_consensus.__kwdefaults__ or ())
AUTO_USES, AUTO_OPTIONS = AUTO_KEYWORDS & OWN, AUTO_KEYWORDS - OWN - {"seed"}
TYPES: dict[type, tuple[str, tuple[type, ...]]] = {  # of an option's default -> what may be given
    bool: ("true or false", (bool,)),
    int: ("a whole number", (int, np.integer)),
    float: ("a number", (int, float, np.integer, np.floating)),
    str: ("a word", (str,)),
}


@shared_work()
def aggregate(
    data: Any,
    *,
    item: str | None = None,
    worker: str | Sequence[str] | None = None,
    label: str | None = None,
    by: str = "auto",
    seed: int = 0,
    duplicates: str = "last",
    embed: str = "auto",
    model: Any = "auto",
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
) -> Consensus[Any]:
    """One label per item from the votes of several workers, rules or models, whatever a vote is: a
    class, a number, the better of two things, a ranking, several classes, spans, boxes, masks, free
    text.  An abstention is no row.

    data: votes, a data set of ``read``, or a table of votes (pandas, polars, pyarrow, a mapping, a
        file).
    item, worker, label: the columns of such a table; see ``read``.
    by: the aggregator; "auto" averages two models whose errors differ (BWA, shrunk Dawid-Skene) and
        a smoothed majority, with features or probs also a model of the items, and reports how they
        compare; votes of labelling functions (``votes_from_functions``) go to the precision model,
        and votes on other labels than classes to the one method that is the default for them.
    duplicates: of several votes of one worker on one item keep the "last", the "first" or "all", or
        refuse them ("error").
    gold: (n,) the true class where it is known, -1 elsewhere, or class names with missing values;
        for votes on numbers the number, NaN elsewhere.  For answers of other kinds a label set
        with a row for each item: ``info["gold"]`` says what share of them the consensus has right,
        and methods of spans, boxes and masks that take gold learn workers from it.
    options: those of the aggregator; for any model of votes on classes also temper=True, which
        divides the log posterior by the temperature that predicts held-out votes (or 200 gold
        items) best.
    Votes on groups (``Votes[Grouped[...]]``) are aggregated unit by unit, and the labels of the
    result are grouped again.  ``info["warnings"]`` says what was done to the votes, and
    ``info["data"]`` holds those that were counted.
    Raises ValueError on bad input, missing evidence and unknown names.

    >>> import numpy as np, reliabel as rl
    >>> answers = rl.Classes.of(["b", "b", "a", "a", "a", "a"])
    >>> votes = rl.Votes([0, 0, 0, 1, 1, 1], [0, 1, 2, 0, 1, 2], answers, n=2, w=3)
    >>> [votes.labels.names[c] for c in rl.aggregate(votes, by="dawid_skene").labels.p.argmax(1)]
    ['b', 'a']
    """
    given = keywords("aggregate", locals(), options)
    whole = _voted(data, {"item": item, "worker": worker, "label": label})
    votes_given: Any = whole.labels
    from reliabel.crowd.against_gold import against_gold
    from reliabel.crowd.contradicted import contradiction_warnings
    from reliabel.crowd.vote_warnings import collapse_warnings, path_warnings, vote_warnings

    truth = known_answers(given.evidence.get("gold"), votes_given.n)
    if truth is not None:  # it is compared with the result, and given to methods that take it
        given = replace(given, evidence={k: v for k, v in given.evidence.items() if k != "gold"})
    whole, warnings = opened(whole, given.evidence, aligned)
    if whole.source.get("anonymous"):  # nobody knows whether two votes are one worker's
        duplicates = "all"
    single, repeated = one_vote_each(votes_given, duplicates, whole.ids)
    whole = replace(whole, labels=single)
    if by == "auto" and "answers" in whole.source:  # who read the votes knows what they are
        by = method_for(whole.source["answers"])
    if by == "auto" and "functions" in whole.source and isinstance(single.labels, Classes):
        by = METHOD_OF_FUNCTIONS
    if by == "auto" and "functions" in whole.source and isinstance(single.labels, MultiLabel):
        by = method_for(CHOICES)
    entry = None if _mean_of_models(by, single) else _entry(by, single)
    plain = _plain(single, whole.ids, AUTO_TAKES if entry is None else entry.takes)
    _worth(plain)
    warnings += [*repeated, *vote_warnings(plain)]
    if entry is None or "class_distance" not in entry.accepts:  # classes without distances
        warnings += path_warnings(plain)
    if entry is None:
        consensus = _auto(single, whole, given, seed)
    else:
        options = dict(given.options)
        if "functions" in whole.source and "silence" in entry.options:
            options.setdefault("silence", "open")  # what a function does not mention it leaves open
        temper = options.pop("temper", False)
        check_options(entry, options, (*given.names, "temper"))
        _typed(entry, options)
        if isinstance(plain.labels, Classes) and entry.skill and "functions" not in whole.source:
            warnings += _graph(plain)
        learnt = _with_truth(whole, truth, entry)
        consensus = one(entry, learnt, given.evidence, options, seed, embed=embed, model=model)
        if isinstance(single.labels, Classes):
            if entry.name != METHOD_OF_FUNCTIONS:  # the advice is to take that one
                warnings += collapse_warnings(plain, consensus.labels)
            if "node" not in consensus.info:  # a vote may name a class by one that holds it
                warnings += contradiction_warnings(plain, consensus.labels, whole.ids.workers)
        if temper:
            consensus = _tempered(consensus, entry, whole, options, seed)
    info = {
        **consensus.info,
        **({} if truth is None else {"gold": against_gold(consensus.labels, truth)}),
        "by": by if entry is None or by == "auto" else entry.name,
        **({} if entry is None else {"method": entry.name}),
        "seed": seed,
        "ids": whole.ids,
        "data": whole,
        "votes": len(single),
        "warnings": (*warnings, *consensus.info.get("warnings", ())),
    }
    return replace(consensus, info=info)


def _with_truth(data: Dataset, truth: KnownAnswers | None, entry: Entry) -> Dataset:
    """The data set with known spans, boxes, masks or strengths as evidence, for a method that
    learns from them.
    """
    votes: Any = data.labels
    if truth is None or "gold" not in entry.accepts:
        return data
    if isinstance(votes.labels, Comparisons):
        given: Any = better_of_pairs(truth, votes)
    elif isinstance(truth.labels, Grouped):
        given = of_all_items(truth, votes.n)
    else:
        return data
    gold = check(votes, {"gold": given}).evidence["gold"]
    return replace(data, evidence={**data.evidence, "gold": gold})


def _voted(data: Any, columns: Mapping[str, Any]) -> Dataset:
    """The data set of votes, read from a table where it is one."""
    named = [role for role, name in columns.items() if name is not None]
    if isinstance(data, str | Path | Mapping) or hasattr(data, "columns"):
        from reliabel.verbs.read import read_votes

        return read_votes(data, **columns, duplicates="all")
    whole = data if isinstance(data, Dataset) else Dataset(data)
    if not isinstance(whole.labels, Votes):
        raise ValueError(
            f"aggregate takes votes, got {type(whole.labels).__name__}; "
            "rl.read(table, item=..., worker=..., label=...) makes Votes"
        )
    if named:
        raise ValueError(
            f"{named[0]}= names a column of a table, and these votes are read already; leave it out"
        )
    return whole


def _mean_of_models(by: str, votes: Votes[Any]) -> bool:
    """Whether several models are averaged: for "auto" and votes on classes."""
    return by == "auto" and isinstance(unit_labels(votes), Classes)


def _plain(votes: Votes[Any], ids: Ids, takes: frozenset[str]) -> Votes[Any]:
    """The votes that the method works on: those on groups as votes on units, unless it ``takes``
    the groups themselves.
    """
    return votes_on_units(votes, ids)[0] if fits(takes, votes) == VOTES_ON_UNITS else votes


def _auto(votes: Votes[Any], whole: Dataset, given: Keywords, seed: int) -> Consensus[Any]:
    for name in given.options:
        if name == "temper":
            raise ValueError(
                "auto is a mean of models and is not tempered: tempering its parts makes it worse; "
                "temper a single model with by="
            )
        if name not in AUTO_OPTIONS:
            near = nearest(name, [*AUTO_OPTIONS, *given.names])
            known = ", ".join(sorted(AUTO_OPTIONS))
            raise ValueError(
                f"auto has no option {name!r}{near}; its options: {known} (or name one aggregator "
                "with by=)"
            )
    for name in given.evidence:
        if name not in AUTO_USES:
            raise ValueError(f"auto uses votes, {', '.join(sorted(AUTO_USES))}, got {name}")
    beside = {name: whole.evidence[name] for name in AUTO_USES if name in whole.evidence}
    wrong = level_problem(votes, beside, AUTO_USES, fits(AUTO_TAKES, votes))
    if wrong is not None:
        raise ValueError(f"auto {wrong}")
    run = lifted(combined_consensus, AUTO_TAKES, votes)
    found: Consensus[Any] = run(votes, **beside, seed=seed, **given.options)
    return found


def _entry(by: str, votes: Votes[Any]) -> Entry:
    """The aggregator of that name; for other labels than classes "auto" is a single method."""
    entry = default_aggregator(votes) if by == "auto" else find("aggregate", by)
    if fits(entry.takes, votes) is None:
        able = [e.name for e in catalogue() if e.verb == "aggregate" and fits(e.takes, votes)]
        raise ValueError(
            f"{entry.name} cannot run: takes {' or '.join(sorted(entry.takes))}, got "
            f"{kind_of(votes)}; {'for these votes: ' + ', '.join(able) if able else 'nothing does'}"
        )
    return entry


def _worth(votes: Votes[Any]) -> None:
    if not votes.n:
        raise ValueError("there is nothing to aggregate: no items")
    if isinstance(votes.labels, Classes) and not votes.labels.k:
        raise ValueError("there is nothing to aggregate: no votes, and no class names either")


def _tempered(
    found: Consensus[Any], entry: Entry, whole: Dataset, options: dict[str, Any], seed: int
) -> Consensus[Any]:
    """The consensus at the best temperature; votes on groups are taken as votes on units."""
    votes: Any = whole.labels
    way = fits(entry.takes, votes)
    on_units = replace(found, labels=found.labels.units) if way == VOTES_ON_UNITS else found
    if (
        not isinstance(on_units.labels, Soft)
        or not entry.skill
        or "probs" in entry.needs
        or "features" in entry.needs
    ):
        raise ValueError(
            f"temper is for models of votes on classes such as dawid_skene, {entry.name} is none"
        )
    without_gold = {name: value for name, value in whole.evidence.items() if name != "gold"}
    gold = whole.evidence.get("gold") if "gold" in entry.accepts else None
    blind = partial(called, entry, evidence=without_gold, options=options, seed=seed)

    def temper(plain: Votes[Classes]) -> Consensus[Soft]:
        return tempered_consensus(on_units, plain, blind, gold=gold, seed=seed)

    return lifted(temper, AUTO_TAKES, votes)(votes)  # type: ignore[no-any-return]


def _graph(votes: Votes[Classes]) -> list[str]:
    """Warnings about what cannot be learnt from the graph of workers and items, up to a million
    votes; ``auto`` has them in its own warnings for any number of votes.
    """
    if len(votes) > MANY:
        return []
    from reliabel.auto.aggregate import graph_warnings
    from reliabel.measures import identifiability

    return graph_warnings(identifiability.measure(votes))


def _typed(entry: Entry, options: dict[str, Any]) -> None:
    """Refuse an option of another type than its default's."""
    for name, value in options.items():
        default = entry.options.get(name)
        what, kinds = TYPES.get(type(default), ("", (object,)))
        flag = isinstance(value, bool) and not isinstance(default, bool)
        if what and (flag or not isinstance(value, kinds)):
            raise ValueError(
                f"the option {name} of {entry.name} is {what} such as {default!r}, got {value!r}"
            )
