"""by="auto": which aggregators run when none is named; only here may algorithms be combined."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from reliabel.core.call import generator
from reliabel.core.labels import Classes, Floats, Ints, Soft, Votes
from reliabel.core.results import Consensus

if TYPE_CHECKING:
    from reliabel.core.results import Measure

# Numbers in brackets are sections of the specification aggregate.md.
ENOUGH_GOLD = 200  # items from which a temperature is learnt (1.22)
AGREE = 0.85  # share of the items below which a warning says that the models disagree (1.21)
FEW_VOTES = 2  # votes per item below which skills cannot be learnt (1.21)
# One-class sources, such as labelling functions (2.2): the precision model is taken where more than
# half of the votes come from workers with more than 95 % of their votes for one class.
MOST, ONE_CLASS = 0.5, 0.95
HABIT = 20  # votes from which a worker can count as a one-class source: a judgement, not measured
ONE_SIDED = 0.9  # share of one class among all votes from which nobody does: a judgement
CELLS = 2**28  # of a table of workers by classes (2 GB), beyond which nobody does: a judgement
SHRUNK = 4  # votes of the crowd beside a worker's own, as many as in shrunk Dawid-Skene (1.6)
METHOD_OF_NUMBERS = "weighted_mean"  # what by="auto" is for votes on numbers
Fit = Callable[[Votes[Classes]], Consensus[Soft]]


def combined_consensus(
    votes: Votes[Classes],
    *,
    gold: Ints | None = None,
    probs: Floats | None = None,
    features: Any = None,
    seed: int = 0,
    thorough: bool = False,
) -> Consensus[Soft]:
    """A weighted mean of posteriors: BWA and shrunk Dawid-Skene, whose errors differ, and a fifth
    of a smoothed majority, which is never certain.

    With ``features`` a classifier is learnt beside the votes (Raykar et al.), with ``probs`` there
    is one; its weight is the one at which held-out votes are predicted best.
    thorough: enhanced BCC as well; ten to fifty times as slow.
    ``info`` holds "models" (name -> weight), "agreement" of the models, "held_out", how well each
    predicts held-out votes, "certificate", what a majority vote would lose, "identifiability", what
    can be learnt at all, "warnings", "confusion", "balance", and "parts", the result of each model.
    """
    from reliabel.measures import identifiability, majority_certificate
    from reliabel.ops.held_out import held_out_scores, model_share
    from reliabel.ops.votes import AFFORDABLE

    rng = generator(seed, "auto")
    fits, warnings = _models(votes, gold, thorough, seed)
    parts = {name: fit(votes) for name, (_, fit) in fits.items()}
    weights = {name: weight for name, (weight, _) in fits.items()}
    warnings += _disagreement(agreement := _agreement(parts))
    blind = _models(votes, None, thorough, seed)[0]  # held-out votes are predicted without gold
    posteriors = {name: partial(_posterior, fit) for name, (_, fit) in blind.items()}
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
        share = model_share(votes, partial(_mixed, blind), parts["model"].labels.p, rng=rng)
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
        "certificate": majority_certificate.measure(votes, rng=rng),
        "identifiability": known,
        "warnings": (*warnings, *graph_warnings(known)),
        **_last_confusion(parts),
        "balance": posterior.mean(0),
        "parts": parts,
    }
    return Consensus(Soft(posterior, votes.labels.names), _skill(votes, posterior), info=info)


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
        chosen, how = temperature(votes, partial(_posterior, blind), rng=rng), "held-out votes"
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


def _mixed(fits: Mapping[str, tuple[float, Fit]], votes: Votes[Classes]) -> Floats:
    return _mean((weight, fit(votes).labels.p) for weight, fit in fits.values())


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


def _models(
    votes: Votes[Classes], gold: Ints | None, thorough: bool, seed: int
) -> tuple[Mapping[str, tuple[float, Fit]], list[str]]:
    """Which models are averaged, with their weights, and warnings that say why where these are not
    the usual ones.

    The weight of the smoothed majority was chosen on half of ten crowds at a time and evaluated on
    the other half, over all 252 splits: log loss falls by .049 (in 95 % of the splits), calibration
    error by .008 (87 %), accuracy by .0005.
    """
    from reliabel.aggregators import bwa, majority, one_coin, precision_model, shrunk_dawid_skene
    from reliabel.ops.votes import AFFORDABLE

    fits: dict[str, Fit] = {
        "bwa": lambda some: bwa.aggregate(some, gold=gold),
        "shrunk_dawid_skene": lambda some: shrunk_dawid_skene.aggregate(some, gold=gold),
        "one_coin": lambda some: one_coin.aggregate(some, gold=gold),
        "ebcc": lambda some: import_module("reliabel.aggregators.ebcc").aggregate(
            some, gold=gold, rng=generator(seed, "ebcc")
        ),
        "precision_model": lambda some: precision_model.aggregate(some, gold=gold),
        "majority": lambda some: majority.aggregate(some, gold=gold, prior=1.0),
    }
    per_item = len(votes) / max(len(np.unique(votes.item)), 1)
    single, cells = _one_class_share(votes), votes.w * votes.labels.k**2
    warnings = []
    weights = {"bwa": 0.4, "shrunk_dawid_skene": 0.4, "majority": 0.2}
    if single > MOST:
        weights = {"precision_model": 1.0}
        warnings = [
            f"{single:.0%} of the votes come from sources that vote for one class only, on which "
            "models of skill fail: this is the precision model, which estimates how often a vote "
            "is right instead; it is experimental (worse than a majority on simulated rules, "
            "better on real ones) and its probabilities are rough"
        ]
    elif per_item < FEW_VOTES:
        weights = {"majority": 1.0}
        few = "one vote per item is" if per_item == 1 else f"{per_item:.2g} votes per item are"
        warnings = [
            f"{few} too few to learn the workers' skills: this is a majority, smoothed by one vote "
            "divided like the class balance"
        ]
    elif cells > AFFORDABLE:
        weights = {"bwa": 0.4, "one_coin": 0.4, "majority": 0.2}
        warnings = [
            f"confusion matrices of {votes.w:,} workers over {votes.labels.k:,} classes would hold "
            f"{cells:,} numbers: one-coin Dawid-Skene replaces shrunk "
            f"Dawid-Skene{', and enhanced BCC is left out' if thorough else ''}"
        ]
    elif thorough and 2 * cells > AFFORDABLE:  # two kinds of items in each class
        warnings = [
            f"enhanced BCC is left out: its matrices of {votes.w:,} workers over "
            f"{votes.labels.k:,} classes would hold {2 * cells:,} numbers"
        ]
    elif thorough:
        weights = {"bwa": 0.8 / 3, "shrunk_dawid_skene": 0.8 / 3, "ebcc": 0.8 / 3, "majority": 0.2}
    return {name: (weight, fits[name]) for name, weight in weights.items()}, warnings


def _one_class_share(votes: Votes[Classes]) -> float:
    """The share of votes from one-class sources: workers with twenty votes or more, nearly all for
    one class; 0 where the crowd as a whole votes for one class.
    """
    k = votes.labels.k
    if not len(votes) or votes.w * k > CELLS:
        return 0.0
    table = np.bincount(
        votes.worker.astype(np.int64) * k + votes.labels.y, minlength=votes.w * k
    ).reshape(votes.w, k)
    size = table.sum(1)
    narrow = (table.max(1) > ONE_CLASS * size) & (size >= HABIT)
    one_sided = table.sum(0).max() >= ONE_SIDED * len(votes)
    return 0.0 if one_sided else float(size[narrow].sum() / len(votes))


def _posterior(fit: Fit, votes: Votes[Classes]) -> Floats:
    return fit(votes).labels.p


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
