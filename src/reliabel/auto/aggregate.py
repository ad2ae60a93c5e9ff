"""by="auto": which algorithms run when nobody names one; the only place that may combine
algorithms.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
FEW_VOTES = 2  # votes an item below which nobody's skill can be learnt (1.21)
# Rules that can say one class only (2.2): more than half of the votes come from workers with more than
# 95 % of their votes on a class.
MOST, ONE_CLASS = 0.5, 0.95
HABIT = 20  # votes from which a worker can show a habit: a judgement, not measured
ONE_SIDED = 0.9  # share of one class among all votes that makes saying it no habit: a judgement
CELLS = 2**28  # of a table of workers by classes (2 GB), beyond which nobody is asked: a judgement
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
    """A weighted mean of posteriors: BWA and shrunk Dawid-Skene, which err differently, and a fifth
    of a majority that is never sure.

    ``info`` says how far the models agree, how well each foretells held-out votes, what a majority
    vote would lose, and what can be learnt at all. With features a model is learnt beside the votes
    (Raykar et al.), with probs there is one; its weight is what foretells held-out votes best.
    thorough: enhanced BCC as well; ten to fifty times as slow.
    """
    from reliabel.measures import identifiability, majority_certificate
    from reliabel.ops.held_out import held_out_scores, model_share

    rng = generator(seed, "auto")
    fits, warnings = _models(votes, gold, thorough, seed)
    parts = {name: fit(votes) for name, (_, fit) in fits.items()}
    weights = {name: weight for name, (weight, _) in fits.items()}
    warnings += _disagreement(agreement := _agreement(parts))
    blind = _models(votes, None, thorough, seed)[
        0
    ]  # nobody may look at gold while guessing held-out votes
    score = held_out_scores(
        votes, {name: partial(_posterior, fit) for name, (_, fit) in blind.items()}, rng=rng
    )
    if probs is not None or features is not None:
        parts["model"] = _model(votes, gold, probs, features, seed)
        share = model_share(votes, partial(_mixed, blind), parts["model"].labels.p, rng=rng)
        weights = {
            **{name: (1 - share) * weight for name, weight in weights.items()},
            "model": share,
        }
        if not share:
            warnings.append(
                "the model beside the votes foretells held-out votes no better than they do by themselves: it was left out"
            )
    posterior: Floats = np.sum(
        [weights[name] * part.labels.p for name, part in parts.items()], axis=0
    )
    if gold is not None:
        known_rows = np.flatnonzero(gold >= 0)
        posterior[known_rows] = np.eye(votes.labels.k)[gold[known_rows]]
    known = identifiability.measure(votes)
    info = {
        "models": {name: round(weight, 6) for name, weight in weights.items()},
        "agreement": agreement,
        "held_out": score,
        "certificate": majority_certificate.measure(votes, posterior=posterior, rng=rng),
        "identifiability": known,
        "warnings": (*warnings, *graph_warnings(known)),
        **{
            word: part.info[word]
            for part in parts.values()
            for word in ("confusion",)
            if word in part.info
        },
        "balance": posterior.mean(0),
        "parts": parts,
    }
    return Consensus(Soft(posterior, votes.labels.names), _skill(votes, posterior), info=info)


def tempered_consensus(
    found: Consensus[Soft], votes: Votes[Classes], blind: Fit, *, gold: Ints | None, seed: int
) -> Consensus[Soft]:
    """A single model's posterior at the temperature that held-out votes ask for, or 200 gold items
    or more; it never becomes surer.

    blind: the model without gold, which temperatures are learnt with.
    """
    from reliabel.ops.held_out import temperature, temperature_from_gold, tempered

    known = 0 if gold is None else int((gold >= 0).sum())
    chosen: float | None
    if gold is not None and known >= ENOUGH_GOLD:
        chosen, how = temperature_from_gold(blind(votes).labels.p, gold), f"{known:,} gold items"
    else:
        chosen, how = (
            temperature(votes, partial(_posterior, blind), rng=generator(seed, "temperature")),
            "held-out votes",
        )
    if chosen is None:
        said = "half of the items have fewer than five votes, from which no temperature can be learnt: the posterior stays as sure as the model is"
    else:
        said = f"the posterior was cooled by the temperature {chosen:g} that {how} ask for; classes keep their order"
    p = tempered(found.labels.p, chosen or 1.0)
    if gold is not None:
        rows = np.flatnonzero(gold >= 0)
        p[rows] = np.eye(votes.labels.k)[gold[rows]]
    info = {
        **found.info,
        "temperature": chosen or 1.0,
        "warnings": (*found.info.get("warnings", ()), said),
    }
    return Consensus(Soft(p, found.labels.names), found.skill, found.trace, info)


def _model(
    votes: Votes[Classes], gold: Ints | None, probs: Floats | None, features: Any, seed: int
) -> Consensus[Soft]:
    """What a model says of each item that has not seen the item's own votes."""
    from reliabel.aggregators import raykar

    if probs is not None:
        return Consensus(Soft(np.asarray(probs, dtype=float), votes.labels.names))
    found = raykar.aggregate(votes, features=features, gold=gold, rng=generator(seed, "raykar"))
    return Consensus(Soft(found.info["model"], votes.labels.names), found.skill, found.trace)


def _mixed(fits: Mapping[str, tuple[float, Fit]], votes: Votes[Classes]) -> Floats:
    return np.asarray(
        np.sum([weight * fit(votes).labels.p for weight, fit in fits.values()], axis=0)
    )


def _agreement(parts: Mapping[str, Consensus[Soft]]) -> float:
    """Share of the items on which the models of skill give the same class."""
    first, *others = (
        part.labels.credit() for name, part in parts.items() if _has_skill(name) or len(parts) == 1
    )
    return (
        float(np.mean([(first * other).sum() / len(first) for other in others])) if others else 1.0
    )


def _has_skill(name: str) -> bool:
    """Whether an aggregator learns how good each worker is; the catalogue reads the same constant."""
    return bool(getattr(import_module(f"reliabel.aggregators.{name}"), "SKILL", True))


def _disagreement(agreement: float) -> list[str]:
    return (
        [
            f"the models disagree on {1 - agreement:.0%} of the items: look at these before you trust either"
        ]
        if agreement < AGREE
        else []
    )


def _models(
    votes: Votes[Classes], gold: Ints | None, thorough: bool, seed: int
) -> tuple[Mapping[str, tuple[float, Fit]], list[str]]:
    """Which models are averaged with which weights, and why these where it is not the usual choice.

    The weight of the cautious majority was chosen on half of ten crowds at a time and judged on the
    other half, over all 252 splits: log loss falls by .049 (in 95 % of the splits), calibration
        error by .008 (87 %), accuracy by .0005.
    """
    from reliabel.aggregators import bwa, majority, one_coin, precision_model, shrunk_dawid_skene
    from reliabel.ops.votes import LARGEST

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
    single = _says_one_class(votes)
    warnings = []
    weights = {"bwa": 0.4, "shrunk_dawid_skene": 0.4, "majority": 0.2}
    if single > MOST:
        weights = {"precision_model": 1.0}
        warnings = [
            f"{single:.0%} of the votes come from sources that say one class only, on which models of skill collapse: this is the precision model, "
            "which reads each vote backwards; it is experimental (majority was better on planted rules, worse on real ones) and its probabilities are rough"
        ]
    elif per_item < FEW_VOTES:
        weights = {"majority": 1.0}
        few = "one vote an item is" if per_item == 1 else f"{per_item:.2g} votes an item are"
        warnings = [
            f"{few} too few to learn whom to trust: this is a majority with one vote's worth of the class balance"
        ]
    elif votes.w * votes.labels.k**2 > LARGEST:
        weights = {"bwa": 0.4, "one_coin": 0.4, "majority": 0.2}
        warnings = [
            f"matrices of {votes.w:,} workers over {votes.labels.k:,} classes would not fit: one-coin Dawid-Skene stands in for the shrunk one"
        ]
    elif thorough:
        weights = {"bwa": 0.8 / 3, "shrunk_dawid_skene": 0.8 / 3, "ebcc": 0.8 / 3, "majority": 0.2}
    return {name: (weight, fits[name]) for name, weight in weights.items()}, warnings


def _says_one_class(votes: Votes[Classes]) -> float:
    """Share of the votes that come from workers with twenty or more, nearly all on one class,
    though the crowd as a whole says several.
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
    """What the worker-item graph forbids, in sentences."""
    parts, said = known.parts, []
    if parts["components"] > 1:
        sizes = ", ".join(f"{size:,}" for size in parts["items_per_component"][:5])
        said.append(
            f"workers and items fall into {parts['components']} groups without a common vote ({sizes} items): compare skills inside a group only"
        )
    if not parts["verdict"].startswith(("identified", "inside")):
        said.append(
            f"skills can be learnt {parts['verdict']}"
            if parts["verdict"].startswith("only")
            else f"skills: {parts['verdict']}"
        )
    if parts["classes_never_voted"]:
        said.append(
            f"nobody voted {', '.join(map(repr, parts['classes_never_voted'][:5]))}; kept, with no chance"
        )
    if parts["items_by_votes"]["0"]:
        said.append(
            f"{parts['items_by_votes']['0']:,} items have no vote; they get the class balance"
        )
    return said
