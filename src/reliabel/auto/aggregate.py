"""by="auto": which aggregators run when none is named; only here may algorithms be combined."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from reliabel.auto.voices import Fit, Voice, choose, credible, heard
from reliabel.core.call import generator
from reliabel.core.labels import Classes, Floats, Ints, Soft, Votes
from reliabel.core.results import Consensus

if TYPE_CHECKING:
    from reliabel.core.results import Measure
    from reliabel.ops.dependence import Dependence

# Numbers in brackets are sections of the specification aggregate.md.
ENOUGH_GOLD = 200  # items from which a temperature is learnt (1.22)
AGREE = 0.85  # share of the items below which a warning says that the models disagree (1.21)
MUCH = 0.75  # of the votes: a warning says where they are worth less than this (a judgement)
PANEL = 0.9  # of all pairs of a worker and an item have a vote where workers are a panel
SHRUNK = 4  # votes of the crowd beside a worker's own, as many as in shrunk Dawid-Skene (1.6)
# what it is for labelling functions: on no kind of planted functions worse than a majority
METHOD_OF_FUNCTIONS = "precision_model"
# of a model that is trained on its probabilities: the first whose libraries are installed
LEARNERS_OF_FUNCTIONS = ("cross_entropy", "soft_logistic")


def learner_of_functions() -> str:
    """The learner of a model that is trained on the probabilities of a label model."""
    from reliabel.core.catalogue import find

    *others, last = LEARNERS_OF_FUNCTIONS
    return next((name for name in others if not find("learn", name).missing_extras()), last)


def combined_consensus(
    votes: Votes[Classes],
    *,
    gold: Ints | None = None,
    probs: Floats | None = None,
    features: Any = None,
    seed: int = 0,
    thorough: bool = False,
) -> Consensus[Soft]:
    """Dawid-Skene, cooled by the number of independent votes that an item's votes are worth, and
    BWA (with a weight of .3) where that has not collapsed.

    With ``features`` a classifier is learnt beside the votes (Raykar et al.), with ``probs`` there
    is one; its weight is the one at which held-out votes are predicted best.
    thorough: enhanced BCC as well; ten to fifty times as slow.
    ``info`` holds "models" (name -> weight), "agreement" of the models, "held_out", how well each
    predicts held-out votes, "independent", how many independent votes an item's votes are worth and
    which workers are near copies, "certificate", what a majority vote would lose,
    "identifiability", what can be learnt at all, "warnings", "confusion", "balance", and "parts",
    the result of each model.
    """
    from reliabel.measures import identifiability, majority_certificate
    from reliabel.ops.held_out import held_out_scores, model_share
    from reliabel.ops.votes import AFFORDABLE

    rng = generator(seed, "auto")
    voices, warnings = choose(votes, gold, thorough, seed)
    parts, shares = heard(votes, voices, seed)
    voices, parts, out = credible(votes, voices, parts)
    weights = {name: voices[name].weight for name in parts}
    warnings += out + _disagreement(agreement := _agreement(parts)) + _shared(votes, shares)
    blind = {  # held-out votes are predicted without gold
        name: replace(voice, weight=weights[name])
        for name, voice in choose(votes, None, thorough, seed)[0].items()
        if name in weights
    }
    posteriors = {name: partial(_posterior, voice, shares) for name, voice in blind.items()}
    score = held_out_scores(votes, posteriors, rng=rng)
    if probs is None and features is not None and votes.w * votes.labels.k**2 > AFFORDABLE:
        features = None
        warnings.append(
            "the features were left out: to learn a classifier beside the votes needs confusion "
            "matrices, which are too large for so many workers and classes; probs= takes the "
            "probabilities of a classifier of your own"
        )
    if probs is not None or features is not None:
        parts["model"] = _model(votes, gold, probs, features, seed)
        mixed = partial(_mixed, blind, shares)
        share = model_share(votes, mixed, parts["model"].labels.p, rng=rng)
        weights = {name: (1 - share) * weight for name, weight in weights.items()}
        weights["model"] = share
        if not share:
            warnings.append(
                "the model beside the votes was left out: held-out votes are predicted no better "
                "with it than without it"
            )
    posterior = _mean((weights[name], part.labels.p) for name, part in parts.items())
    if gold is not None:
        known_rows = np.flatnonzero(gold >= 0)
        posterior[known_rows] = np.eye(votes.labels.k)[gold[known_rows]]
    known = identifiability.measure(votes)
    info = {
        "models": {name: round(weight, 6) for name, weight in weights.items()},
        "agreement": agreement,
        "held_out": score,
        **({} if shares is None else {"independent": shares}),
        "certificate": majority_certificate.measure(votes, rng=rng),
        "identifiability": known,
        "warnings": (*warnings, *graph_warnings(known)),
        **_last_confusion(parts),
        "balance": posterior.mean(0),
        "parts": parts,
    }
    return Consensus(Soft(posterior, votes.labels.names), _skill(votes, posterior), info=info)


def _shared(votes: Votes[Classes], shares: Dependence | None) -> list[str]:
    """What the votes show about errors that workers share, where that is much."""
    if shares is None or not len(votes):
        return []
    voted = np.bincount(votes.item, minlength=votes.n) > 0
    several = len(votes) / max(int(voted.sum()), 1)
    worth = float(shares.worth(votes)[1][voted].mean())
    names, warnings = votes.labels.names, []
    copies = shares.copies()
    if copies:
        workers = sum(map(len, copies))
        warnings.append(
            f"{workers:,} workers in {len(copies):,} group{'s' if len(copies) > 1 else ''} vote "
            "nearly like copies of one another, far beyond what their skills explain: the votes "
            "of a group count as one in how sure the consensus is"
        )
    if worth < MUCH * several:
        where = " and ".join(
            f"{names[b]!r} where {names[a]!r} is likelier" for a, b in shares.shared_errors()
        )
        workers = len(np.unique(votes.worker))
        panel = len(votes) >= PANEL * workers * int(voted.sum())
        who = f"{workers:,} workers" if panel else f"the {several:.1f} votes of an item"
        warnings.append(
            f"{who} are worth about {worth:.1f} independent {'votes' if panel else 'ones'}: "
            f"workers share errors{f', most often {where}' if where else ''}; the posterior was "
            "cooled"
        )
    return warnings


def _last_confusion(parts: Mapping[str, Consensus[Soft]]) -> dict[str, Any]:
    """The confusion matrices of the last model that has them."""
    found = [part.info["confusion"] for part in parts.values() if "confusion" in part.info]
    return {"confusion": found[-1]} if found else {}


def tempered_consensus(
    found: Consensus[Soft], votes: Votes[Classes], blind: Fit, *, gold: Ints | None, seed: int
) -> Consensus[Soft]:
    """A single model's consensus at the temperature that predicts held-out votes best, or the gold
    items where there are 200 or more; it never becomes more confident.

    blind: the model without gold, which the temperature is learnt with.
    """
    from reliabel.ops.held_out import temperature, temperature_from_gold, tempered

    known = 0 if gold is None else int((gold >= 0).sum())
    chosen: float | None
    if gold is not None and known >= ENOUGH_GOLD:
        chosen, how = temperature_from_gold(blind(votes).labels.p, gold), f"{known:,} gold items"
    else:
        rng = generator(seed, "temperature")
        chosen, how = (
            temperature(votes, lambda some: blind(some).labels.p, rng=rng),
            "held-out votes",
        )
    if chosen is None:
        warning = (
            "half of the items have fewer than five votes, from which no temperature can be "
            "learnt: the posterior was left as confident as the model is"
        )
    else:
        warning = (
            f"the posterior was divided by the temperature {chosen:g}, learnt from {how}; classes "
            "keep their order"
        )
    p = tempered(found.labels.p, chosen or 1.0)
    if gold is not None:
        rows = np.flatnonzero(gold >= 0)
        p[rows] = np.eye(votes.labels.k)[gold[rows]]
    info = {
        **found.info,
        "temperature": chosen or 1.0,
        "warnings": (*found.info.get("warnings", ()), warning),
    }
    return Consensus(Soft(p, found.labels.names), found.skill, found.trace, info)


def _model(
    votes: Votes[Classes], gold: Ints | None, probs: Floats | None, features: Any, seed: int
) -> Consensus[Soft]:
    """The given probabilities, or those of a classifier that is learnt beside the votes and was not
    trained on the item's own votes.
    """
    from reliabel.aggregators import raykar

    if probs is not None:
        return Consensus(Soft(np.asarray(probs, dtype=float), votes.labels.names))
    found = raykar.aggregate(votes, features=features, gold=gold, rng=generator(seed, "raykar"))
    return Consensus(Soft(found.info["model"], votes.labels.names), found.skill, found.trace)


def _mixed(voices: Mapping[str, Voice], shares: Dependence | None, votes: Votes[Classes]) -> Floats:
    return _mean((voice.weight, _posterior(voice, shares, votes)) for voice in voices.values())


def _mean(weighted: Iterable[tuple[float, Floats]]) -> Floats:
    """The weighted sum of posteriors, one after the other, so that two are held at a time."""
    mean: Any = 0
    for weight, p in weighted:
        part = weight * p
        part += mean
        mean = part
    return np.asarray(mean)


def _agreement(parts: Mapping[str, Consensus[Soft]]) -> float:
    """The share of items on which the models of skill give the same class."""
    first, *others = (
        part.labels.credit() for name, part in parts.items() if _has_skill(name) or len(parts) == 1
    )
    if not others:
        return 1.0
    return float(np.mean([(first * other).sum() / len(first) for other in others]))


def _has_skill(name: str) -> bool:
    """Whether an aggregator learns the workers' skills; the catalogue reads the same constant."""
    return bool(getattr(import_module(f"reliabel.aggregators.{name}"), "SKILL", True))


def _disagreement(agreement: float) -> list[str]:
    if agreement >= AGREE:
        return []
    return [
        f"the models disagree on {1 - agreement:.0%} of the items: check some of these before you "
        "trust either model"
    ]


def _posterior(voice: Voice, shares: Dependence | None, votes: Votes[Classes]) -> Floats:
    return voice.said(votes, shares).labels.p


def _skill(votes: Votes[Classes], posterior: Floats) -> Floats:
    """(w,) expected share of right votes, each worker shrunk to the crowd as if by four votes."""
    right = np.bincount(votes.worker, posterior[votes.item, votes.labels.y], votes.w)
    size = np.bincount(votes.worker, minlength=votes.w)
    common = right.sum() / max(size.sum(), 1)
    return np.asarray((right + SHRUNK * common) / (size + SHRUNK))


def graph_warnings(known: Measure) -> list[str]:
    """Warnings about what cannot be learnt from the graph of workers and items, from the measure
    ``identifiability``.
    """
    parts, warnings = known.parts, []
    if parts["components"] > 1:
        sizes = ", ".join(f"{size:,}" for size in parts["items_per_component"][:5])
        warnings.append(
            f"workers and items fall into {parts['components']} groups without a common vote "
            f"({sizes} items): skills can be compared inside a group only"
        )
    if not parts["verdict"].startswith(("identified", "inside")):
        only = parts["verdict"].startswith("only")
        warnings.append(f"skills{' can be learnt' if only else ':'} {parts['verdict']}")
    if parts["classes_never_voted"]:
        names = ", ".join(map(repr, parts["classes_never_voted"][:5]))
        warnings.append(f"no vote is for {names}; kept, with a probability near zero")
    if parts["items_by_votes"]["0"]:
        warnings.append(
            f"{parts['items_by_votes']['0']:,} items have no vote; they get the class balance"
        )
    return warnings
