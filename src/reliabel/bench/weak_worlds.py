"""Planted worlds of labelling functions with known truth, and functions drawn for real texts: what
the suite weak and the tests of label models share.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Bools, Classes, Floats, Ints, Votes

Planted = tuple[Votes[Classes], Ints]
WORD = re.compile(r"[a-z]{3,}")
SEEN = 40  # labelled texts a class that whoever draws functions for real texts has looked at


def _size(rng: Generator) -> tuple[int, int, int]:
    """How many items, functions and classes a world has."""
    k = int(rng.choice([2, 3, 4, 6]))
    return int(rng.integers(500, 4000)), int(rng.integers(3 * k, 12 * k)), k


def _truth(n: int, balance: Floats, rng: Generator) -> Ints:
    truth: Ints = rng.choice(len(balance), n, p=balance)
    truth[: len(balance)] = np.arange(len(balance))  # no class is empty
    return truth


def _votes(label: Ints, k: int) -> Votes[Classes]:
    """Votes of a matrix (items, functions) that holds -1 where a function abstains."""
    item, worker = np.nonzero(label >= 0)
    names = tuple(str(c) for c in range(k))
    return Votes(item, worker, Classes(label[item, worker], names), *label.shape)


def _any_class(truth: Ints, accuracy: Floats, reach: Floats, k: int, rng: Generator) -> Ints:
    """Functions that may say any class, fire independently of it, and err evenly."""
    shape = (len(truth), len(accuracy))
    other = (truth[:, None] + rng.integers(1, k, shape)) % k
    said = np.where(rng.random(shape) < accuracy, truth[:, None], other)
    return np.asarray(np.where(rng.random(shape) < reach, said, -1))


def _one_class(truth: Ints, named: Ints, reach: Floats, precision: Floats, rng: Generator) -> Ints:
    """Functions that can say one class each; ``reach`` is the share of that class's items on which
    one fires, and ``precision`` the chance that it is right where it fires.
    """
    size = np.bincount(truth, minlength=int(named.max()) + 1)[named]
    elsewhere = reach * size * (1 / precision - 1) / np.maximum(len(truth) - size, 1)
    chance = np.where(truth[:, None] == named, reach, np.minimum(elsewhere, 0.8))
    return np.asarray(np.where(rng.random(chance.shape) < chance, named, -1))


def _each_named(m: int, k: int, rng: Generator) -> Ints:
    """The class of each function: any, but none is without one."""
    return np.concatenate([np.arange(k), rng.integers(0, k, m - k)])


def independent(rng: Generator) -> Planted:
    """Functions that may say any class and err independently of one another."""
    n, m, k = _size(rng)
    truth = _truth(n, rng.dirichlet(np.full(k, 5.0)), rng)
    label = _any_class(truth, rng.uniform(0.5, 0.9, m), rng.uniform(0.05, 0.4, m), k, rng)
    return _votes(label, k), truth


def correlated(rng: Generator) -> Planted:
    """As ``independent``, but a third of the functions mostly copy one of two leaders."""
    n, m, k = _size(rng)
    truth = _truth(n, rng.dirichlet(np.full(k, 5.0)), rng)
    label = _any_class(truth, rng.uniform(0.5, 0.9, m), rng.uniform(0.05, 0.4, m), k, rng)
    for j in range(2, 2 + m // 3):
        label[:, j] = np.where(rng.random(n) < 0.9, label[:, j % 2], label[:, j])
    return _votes(label, k), truth


def one_class(rng: Generator) -> Planted:
    """Functions of one class each, firing independently, some of them mostly wrong."""
    n, m, k = _size(rng)
    truth = _truth(n, rng.dirichlet(np.full(k, 5.0)), rng)
    named = _each_named(m, k, rng)
    label = _one_class(truth, named, rng.uniform(0.1, 0.5, m), rng.uniform(0.4, 0.95, m), rng)
    return _votes(label, k), truth


def imbalanced(rng: Generator) -> Planted:
    """As ``one_class``, where one class has 60 to 90 % of the items; functions of the others are as
    many, and less precise.
    """
    n, m, k = _size(rng)
    large = rng.uniform(0.6, 0.9)
    truth = _truth(n, np.append(large, (1 - large) * rng.dirichlet(np.full(k - 1, 5.0))), rng)
    named = _each_named(m, k, rng)
    precision = np.where(named == 0, rng.uniform(0.85, 0.99, m), rng.uniform(0.3, 0.9, m))
    return _votes(_one_class(truth, named, rng.uniform(0.1, 0.5, m), precision, rng), k), truth


def adversarial(rng: Generator) -> Planted:
    """As ``independent``, but a fifth of the functions are wrong more often than by chance."""
    n, m, k = _size(rng)
    truth = _truth(n, rng.dirichlet(np.full(k, 5.0)), rng)
    accuracy = np.where(np.arange(m) < m // 5, rng.uniform(0, 1 / k, m), rng.uniform(0.5, 0.9, m))
    return _votes(_any_class(truth, accuracy, rng.uniform(0.05, 0.4, m), k, rng), k), truth


def sparse(rng: Generator) -> Planted:
    """Many functions of one class each that fire on few items."""
    n, m, k = _size(rng)
    m *= 3
    truth = _truth(n, rng.dirichlet(np.full(k, 5.0)), rng)
    named = _each_named(m, k, rng)
    label = _one_class(truth, named, rng.uniform(0.005, 0.06, m), rng.uniform(0.4, 0.95, m), rng)
    return _votes(label, k), truth


WORLDS: dict[str, Callable[[Generator], Planted]] = {
    world.__name__: world
    for world in (independent, correlated, one_class, imbalanced, adversarial, sparse)
}


def planted(name: str, seed: int) -> Planted:
    """One draw of a world of ``WORLDS``; items, functions and classes are drawn as well."""
    place = list(WORLDS).index(name)
    return WORLDS[name](np.random.default_rng([place, seed]))


def drawn_functions(
    texts: list[str], truth: Ints, k: int, *, each: int, rng: Generator
) -> tuple[Votes[Classes], Bools]:
    """Keyword functions for real texts, as somebody would write them who has seen forty labelled
    texts of each class: ``each`` words a class, drawn among those that are most frequent there
    against the other classes.  Also which texts were seen, which are no test.
    """
    words = [set(WORD.findall(text.lower())) for text in texts]
    seen = np.concatenate([rng.permutation(np.flatnonzero(truth == c))[:SEEN] for c in range(k)])
    counts: dict[str, Floats] = {}
    for row in seen.tolist():
        for word in words[row]:
            counts.setdefault(word, np.zeros(k))[truth[row]] += 1
    item, worker, label = [], [], []
    m = 0
    for c in range(k):
        score = {w: n[c] ** 2 / n.sum() for w, n in counts.items() if n[c] >= 2}
        best = sorted(score, key=lambda w: (-score[w], w))[: 3 * each]
        for word in rng.permutation(best)[:each].tolist():
            rows = [i for i, there in enumerate(words) if word in there]
            item += rows
            worker += [m] * len(rows)
            label += [c] * len(rows)
            m += 1
    names = tuple(str(c) for c in range(k))
    known = np.zeros(len(texts), dtype=bool)
    known[seen] = True
    return Votes(item, worker, Classes(label, names), len(texts), m), known


def functions_on_texts(folder: Path, name: str, seed: int) -> tuple[Votes[Classes], Ints, Bools]:
    """Drawn functions on AG News, or on six intents of Banking77 that are drawn as well: votes,
    true classes, and which rows were seen.
    """
    votes, truth, seen, _ = texts_with_functions(folder, name, seed)
    return votes, truth, seen


def texts_with_functions(
    folder: Path, name: str, seed: int
) -> tuple[Votes[Classes], Ints, Bools, list[str]]:
    """The same with the texts."""
    import pyarrow.parquet as pq

    rng = np.random.default_rng(seed)
    if name == "ag_news":
        raw = pq.read_table(folder / "text" / "ag_news_test.parquet").to_pydict()
        texts = [f"{a} {b}" for a, b in zip(raw["title"], raw["body"], strict=True)]
        label = np.unique(raw["label"], return_inverse=True)[1]
    else:
        raw = pq.read_table(folder / "text" / "banking77_train.parquet").to_pydict()
        texts, label = raw["text"], np.unique(raw["label"], return_inverse=True)[1]
        chosen = rng.choice(label.max() + 1, 6, replace=False)
        place = np.full(label.max() + 1, -1)
        place[chosen] = np.arange(6)
        keep = np.flatnonzero(place[label] >= 0)
        texts, label = [texts[i] for i in keep.tolist()], place[label[keep]]
    k = int(label.max()) + 1
    votes, seen = drawn_functions(texts, label, k, each=int(rng.integers(4, 16)), rng=rng)
    return votes, label, seen, texts
