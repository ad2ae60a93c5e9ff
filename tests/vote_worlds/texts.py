"""Votes that are free texts: transcriptions with wrong, missing and added words."""

from __future__ import annotations

from typing import Any

import numpy as np
from tests.world_record import World

from reliabel.core.free_text import Texts
from reliabel.core.labels import Votes

KIND = "Votes[Texts]"
ALLOWED = {"unanimous": 0.0, "worse": (1.05, 0.005), "copied": (1.0, 0.15)}
_NO_CLASSES = "texts have no classes"
NOT_FOR = {
    "law_names_of_classes_are_irrelevant": _NO_CLASSES,
    "law_numbers_of_classes_are_irrelevant": _NO_CLASSES,
    "law_whole_numbers_of_any_width": "texts are no numbers",
}
WORDS = (
    *("the", "a", "one", "small", "old", "grey", "fast", "ape", "bee", "cat", "dog", "elk", "fox"),
    *("gnu", "hen", "sat", "ran", "slept", "on", "under", "near", "that", "mat", "tree", "river"),
)


def easy(seed: int = 0, n: int = 120, w: int = 12, each: int = 5) -> World:
    """Workers who get 2 to 30 % of the words wrong; the last item has no vote."""
    return _transcribed(seed, n, np.linspace(0.3, 0.02, w), each, last=n - 1)


def uneven(seed: int = 0, n: int = 200, w: int = 12, each: int = 6) -> World:
    """Three sentences to choose from: a third of the workers choose the right one in 95 % of cases,
    the others in 45 %.
    """
    rng = np.random.default_rng(seed)
    item = np.repeat(np.arange(n), each)
    worker = np.concatenate([rng.permutation(w)[:each] for _ in range(n)])
    skill = np.where(np.arange(w) % 3 == 0, 0.95, 0.45)
    choice = [[_sentence(rng) for _ in range(3)] for _ in range(n)]
    slip = rng.random(len(item)) > skill[worker]
    other = slip * rng.integers(1, 3, len(item))
    said = [choice[i][o] for i, o in zip(item.tolist(), other.tolist(), strict=True)]
    truth = Texts([" ".join(three[0]) for three in choice])
    labels = Votes(item, worker, Texts([" ".join(words) for words in said]), n, w)
    return World(labels, truth, slip, {"skill": skill, "rng": rng})


def _transcribed(seed: int, n: int, rates: np.ndarray, each: int, last: int) -> World:
    rng = np.random.default_rng(seed)
    truth = [_sentence(rng) for _ in range(n)]
    item = np.repeat(np.arange(last), each)
    worker = np.concatenate([rng.permutation(len(rates))[:each] for _ in range(last)])
    said = [
        " ".join(heard(truth[i], rates[j], rng))
        for i, j in zip(item.tolist(), worker.tolist(), strict=True)
    ]
    wrong = np.array([said[v] != " ".join(truth[i]) for v, i in enumerate(item.tolist())])
    labels = Votes(item, worker, Texts(said), n, len(rates))
    return World(labels, Texts([" ".join(t) for t in truth]), wrong, {"skill": -rates, "rng": rng})


def _sentence(rng: np.random.Generator) -> list[str]:
    return rng.choice(WORDS, rng.integers(4, 9)).tolist()


def heard(words: list[str], rate: float, rng: np.random.Generator) -> list[str]:
    """The words as a worker writes them: some replaced, left out or followed by another."""
    out: list[str] = []
    for word in words:
        fate = rng.random() / rate if rate > 0 else 1.0
        other = str(rng.choice(WORDS))
        out += (
            [other] if fate < 0.6 else [] if fate < 0.8 else [word, other] if fate < 1 else [word]
        )
    return out


def distance(a: str, b: str) -> int:
    """How many words must be put in, left out or replaced."""
    one, two = a.split(), b.split()
    line = list(range(len(two) + 1))
    for i, word in enumerate(one, 1):
        before, line[0] = line[0], i
        for j, other in enumerate(two, 1):
            best = min(before + (word != other), line[j] + 1, line[j - 1] + 1)
            before, line[j] = line[j], best
    return line[-1]


def error(labels: Any, world: World) -> float:
    """Words that are wrong, of those of the true texts."""
    voted = np.unique(world.labels.item).tolist()
    wrong = sum(distance(labels.y[i] or "", world.truth.y[i]) for i in voted)
    return wrong / max(sum(len(world.truth.y[i].split()) for i in voted), 1)


def plain(world: World) -> float:
    """The same for the answer that has the fewest words to change into the others."""
    votes, best = world.labels, [""] * world.labels.n
    for i in np.unique(votes.item).tolist():
        mine = [votes.labels.y[v] for v in np.flatnonzero(votes.item == i).tolist()]
        best[i] = min(mine, key=lambda one: sum(distance(one, other) for other in mine))
    return error(Texts(best), world)
