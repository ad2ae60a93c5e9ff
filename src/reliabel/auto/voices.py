"""Which models ``auto`` asks, with which weights, and which of them must be cooled or left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np

from reliabel.auto.cooling import cooled, with_shrunk_matrices
from reliabel.core.call import generator
from reliabel.core.labels import Classes, Floats, Ints, Soft, Votes
from reliabel.core.results import Consensus

if TYPE_CHECKING:
    from reliabel.ops.dependence import Dependence

# Numbers in brackets are sections of the specification aggregate.md.
FEW_VOTES = 2  # votes per item below which skills cannot be learnt (1.21)
# One-class sources, such as labelling functions (2.2): the precision model is taken where more than
# half of the votes come from one-class sources (ops/one_class.py).
MOST = 0.5
# BWA is heard where it has not collapsed, as it does where errors depend on the class: its classes
# are out of balance with the votes by at most a tenth (on 23 crowds anything from .09 to .15 does
# as well), and it disagrees with Dawid-Skene on at most a quarter of the items.
OUT_OF_BALANCE, OTHER = 0.1, 0.25
BWA, EBCC = 0.3, 0.2  # their weights beside Dawid-Skene
Fit = Callable[[Votes[Classes]], Consensus[Soft]]


@dataclass(frozen=True)
class Voice:
    """A model that is asked: its weight, the function from votes to its consensus, whether that is
    far too sure and must be cooled, and whether it may collapse and is left out where it seems to.
    """

    weight: float
    fit: Fit
    cooled: bool = False
    doubted: bool = False

    def said(self, votes: Votes[Classes], shares: Dependence | None) -> Consensus[Soft]:
        """Its consensus, cooled where it must be, by errors shared as in ``shares``."""
        found = self.fit(votes)
        return cooled(votes, found, shares) if self.cooled and shares is not None else found


def choose(
    votes: Votes[Classes], gold: Ints | None, thorough: bool, seed: int
) -> tuple[dict[str, Voice], list[str]]:
    """Which models are averaged, and warnings that say why where these are not the usual ones.

    The weights were judged on 23 crowds with known truth (docs/aggregate.md): Dawid-Skene has the
    highest accuracy of all single models, and BWA beside it helps where most workers make the same
    errors.
    """
    from reliabel.ops.one_class import one_class_share
    from reliabel.ops.votes import AFFORDABLE

    fits = _fits(gold, seed)
    per_item = len(votes) / max(len(np.unique(votes.item)), 1)
    single, cells = one_class_share(votes), votes.w * votes.labels.k**2
    if single > MOST:
        return {"precision_model": Voice(1.0, fits["precision_model"])}, [
            f"{single:.0%} of the votes come from sources that vote for one class only, on which "
            "models of skill fail: this is the precision model, which estimates how often a vote "
            "is right instead; its probabilities are rough"
        ]
    if per_item < FEW_VOTES:
        few = "one vote per item is" if per_item == 1 else f"{per_item:.2g} votes per item are"
        return {"majority": Voice(1.0, fits["majority"])}, [
            f"{few} too few to learn the workers' skills: this is a majority, smoothed by one vote "
            "divided like the class balance"
        ]
    if cells > AFFORDABLE:
        weights = {"bwa": 0.4, "one_coin": 0.4, "majority": 0.2}
        return {name: Voice(weight, fits[name]) for name, weight in weights.items()}, [
            f"confusion matrices of {votes.w:,} workers over {votes.labels.k:,} classes would hold "
            f"{cells:,} numbers: one-coin Dawid-Skene replaces "
            f"Dawid-Skene{', and enhanced BCC is left out' if thorough else ''}"
        ]
    voices = {
        "dawid_skene": Voice(1 - BWA, fits["dawid_skene"], cooled=True),
        "bwa": Voice(BWA, fits["bwa"], doubted=True),
    }
    if thorough and 2 * cells > AFFORDABLE:  # two kinds of items in each class
        return voices, [
            f"enhanced BCC is left out: its matrices of {votes.w:,} workers over "
            f"{votes.labels.k:,} classes would hold {2 * cells:,} numbers"
        ]
    if thorough:
        voices = {n: replace(v, weight=(1 - EBCC) * v.weight) for n, v in voices.items()}
        voices["ebcc"] = Voice(EBCC, fits["ebcc"], cooled=True)
    return voices, []


def _fits(gold: Ints | None, seed: int) -> dict[str, Fit]:
    from reliabel.aggregators import bwa, dawid_skene, majority, one_coin, precision_model

    return {
        "dawid_skene": lambda some: with_shrunk_matrices(
            some, dawid_skene.aggregate(some, gold=gold)
        ),
        "bwa": lambda some: bwa.aggregate(some, gold=gold),
        "one_coin": lambda some: one_coin.aggregate(some, gold=gold),
        "ebcc": lambda some: import_module("reliabel.aggregators.ebcc").aggregate(
            some, gold=gold, rng=generator(seed, "ebcc")
        ),
        "precision_model": lambda some: precision_model.aggregate(some, gold=gold),
        "majority": lambda some: majority.aggregate(some, gold=gold, prior=1.0),
    }


def heard(
    votes: Votes[Classes], voices: Mapping[str, Voice], seed: int
) -> tuple[dict[str, Consensus[Soft]], Dependence | None]:
    """What each model says, cooled where it must be, and the errors that workers share; None where
    no model is cooled.
    """
    from reliabel.ops.dependence import dependence

    parts = {name: voice.fit(votes) for name, voice in voices.items()}
    first = next((name for name, voice in voices.items() if voice.cooled), None)
    if first is None:
        return parts, None
    info = parts[first].info
    shares = dependence(votes, info["confusion"], info["balance"], generator(seed, "dependence"))
    return {
        name: cooled(votes, part, shares) if voices[name].cooled else part
        for name, part in parts.items()
    }, shares


def credible(
    votes: Votes[Classes], voices: Mapping[str, Voice], parts: dict[str, Consensus[Soft]]
) -> tuple[dict[str, Voice], dict[str, Consensus[Soft]], list[str]]:
    """The models without those that seem to have collapsed; the others share their weight."""
    share = _shares_of_votes(votes)
    voted = np.bincount(votes.item, minlength=votes.n) > 0
    items = max(int(voted.sum()), 1)
    first = next(iter(parts.values())).labels.credit()
    out, warnings = set(), []
    for name in (name for name, voice in voices.items() if voice.doubted):
        p = parts[name].labels
        apart = float(np.abs(p.p[voted].sum(0) / items - share).sum() / 2)
        other = 1 - float((first * p.credit())[voted].sum() / items)
        if apart > OUT_OF_BALANCE or other > OTHER:
            out.add(name)
            warnings.append(
                f"{name.replace('_', ' ')} was left out: its classes are {100 * apart:.0f} points "
                f"away from the shares of the votes and it disagrees on {other:.0%} of the items, "
                "as where it collapses because errors depend on the class"
            )
    left = sum(voice.weight for name, voice in voices.items() if name not in out)
    return (
        {n: replace(v, weight=v.weight / left) for n, v in voices.items() if n not in out},
        {name: part for name, part in parts.items() if name not in out},
        warnings,
    )


def _shares_of_votes(votes: Votes[Classes]) -> Floats:
    """(k,) the mean share of each class among the votes of an item."""
    size = np.bincount(votes.item, minlength=votes.n)
    sums = np.bincount(votes.labels.y, 1 / size[votes.item], votes.labels.k)
    return np.asarray(sums / max(int((size > 0).sum()), 1))
