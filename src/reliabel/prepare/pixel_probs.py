"""The evidence ``pixel_probs`` of masks: the class of each pixel by a small model that was fitted
without the picture, its copies and its group; nothing is kept but the models, and a picture is
looked at when its probabilities are asked for.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.evidence import PixelProbs
from reliabel.core.labels import Floats, Grouped, Ints
from reliabel.core.objects import Regions
from reliabel.core.run import track
from reliabel.folders.evidence_keys import PixelModels
from reliabel.folders.fingerprint import fingerprint
from reliabel.prepare.preparation import Preparation, digests_of

FOLDS = 3
COLUMNS = 110  # columns that the models learn from, about: directions, features and one
CELLS = 80_000  # that the models learn from
EACH = (30, 1500)  # cells of a picture, at least and at most
PRESENT = 5  # cells of each class of a picture at least
COVERED = 0.5  # share of the pixels that regions must cover, so that they are class maps
STRENGTH, STEPS = 0.03, 60
ABSENT = -30.0  # log chance of a class that a fold's model has not seen


def make_pixel_probs(work: Preparation, labels: Grouped[Regions]) -> None:
    """Fill pixel_probs from the pictures in ``items``, where the regions are class maps."""
    from reliabel.ops import pixel_model
    from reliabel.ops.pixel_model import SIDE, PixelModel

    items = work.evidence.get("items")
    why = _cannot(labels, items)
    if why or items is None:
        work.warnings.append(f"no probabilities of pixels were made: {why}")
        return
    pictures = list(items)
    sizes = _sizes(labels)
    digests = digests_of(work, pictures)
    fold = _folds(work, labels, digests)
    units = labels.units
    key = PixelModels(
        pictures=fingerprint(b"".join(digests).hex()),
        y=units.y,
        runs=fingerprint([units.start, units.length, units.offsets, labels.offsets]),
        names=units.names,
        fold=fold,
        options={"side": SIDE, "hidden": pixel_model.HIDDEN, "strength": STRENGTH, "cells": CELLS},
        seed=work.seed,
    )
    made = work.store.made(key, lambda: _fitted(work, labels, pictures, fold))
    model = PixelModel(
        pictures, sizes, fold, made["middle"], made["spread"], made["directions"], made["weights"]
    )
    work.evidence["pixel_probs"] = PixelProbs(model, units.names, count=len(labels))
    work.info["model"] = {
        "name": "logistic regression on the colour and the surroundings of pixels",
        "accuracy": float(made["accuracy"]),
        "folds": int(fold.max(initial=-1)) + 1,
    }


def _cannot(labels: Grouped[Regions], items: Any) -> str:
    units = labels.units
    if items is None:
        return "the pictures are not there; give them as items, or probabilities as pixel_probs"
    if isinstance(items, list) and items and isinstance(items[0], str | Path):
        there = [one for one in items[:: max(len(items) // 20, 1)] if Path(one).is_file()]
        if not there:
            return f"none of the pictures is there (such as {items[0]})"
    if len(labels) < 2 * FOLDS:
        return f"{len(labels)} pictures are too few to predict one from the others"
    if len(np.unique(units.y[units.y >= 0])) < 2:
        return "there is one class only"
    some = np.flatnonzero(np.diff(labels.offsets))
    whole = units.size[labels.offsets[some]].prod(1).sum()
    if units.area[units.y >= 0].sum() < COVERED * whole:
        return (
            "regions cover less than half of the pixels, so that they are objects and no class "
            "maps; give pixel_probs of a model"
        )
    return ""


def _sizes(labels: Grouped[Regions]) -> Ints:
    """(n, 2) height and width of each mask; those of the first for pictures without a region."""
    units, n = labels.units, len(labels)
    first = np.minimum(labels.offsets[:-1], max(len(units) - 1, 0))
    sizes = units.size[first].copy()
    none = np.diff(labels.offsets) == 0
    sizes[none] = 1
    assert sizes.shape == (n, 2)
    return np.asarray(sizes)


def _folds(work: Preparation, labels: Grouped[Regions], digests: list[bytes]) -> Ints:
    """(n,) the fold of each picture; exact copies, and pictures of one group, in one."""
    from reliabel.ops.folds import fold_of

    units, n = labels.units, len(labels)
    rare = np.argsort(np.bincount(units.y[units.y >= 0], minlength=units.k), kind="stable")[::-1]
    strata = np.full(n, -1)
    for c in rare.tolist():  # the rarest class of a picture is written last
        strata[labels.item[units.y == c]] = c
    groups = work.evidence.get("groups")
    if groups is not None:
        groups = np.unique(np.asarray(groups).astype(str), return_inverse=True)[1].ravel()
    copies = np.unique(np.array(digests), return_inverse=True)[1].ravel()
    return fold_of(strata, folds=FOLDS, groups=groups, copies=copies, rng=work.rng("pixel model"))


def _fitted(
    work: Preparation, labels: Grouped[Regions], pictures: list[Any], fold: Ints
) -> dict[str, Any]:
    """The models of all folds, and how often they are right."""
    from reliabel.ops import pixel_model
    from reliabel.ops.logistic import fit
    from reliabel.ops.pixel_model import hidden

    rng, k = work.rng("pixels"), labels.units.k
    x, y, item = _sample(labels, pictures, rng)
    middle, spread = x.mean(0), np.maximum(x.std(0), 1e-3)
    directions = rng.normal(size=(x.shape[1] + 1, pixel_model.HIDDEN)).astype(np.float32)
    directions[:-1] /= np.sqrt(x.shape[1])
    z = hidden(x, middle, spread, directions)
    folds = int(fold.max()) + 1
    weights = np.zeros((folds, z.shape[1], k), dtype=np.float32)
    weights[:, -1] = ABSENT
    right = 0
    for f in track("models of pixels", range(folds), folds):
        train = fold[item] != f
        model = fit(z[:, :-1], np.where(train, y, -1), strength=STRENGTH, iterations=STEPS)
        weights[f][:-1, model.classes_] = model.weights
        weights[f][-1, model.classes_] = model.bias
        test = ~train
        right += int(((z[test] @ weights[f]).argmax(1) == y[test]).sum())
    return {
        "middle": middle,
        "spread": spread,
        "directions": directions,
        "weights": weights,
        "accuracy": np.array(right / max(len(y), 1)),
    }


def _sample(
    labels: Grouped[Regions], pictures: list[Any], rng: np.random.Generator
) -> tuple[Floats, Ints, Ints]:
    """Features, class and picture of some cells: chance ones, and some of each class present."""
    from reliabel.ops.pixel_model import classes_at, features_of

    each = int(np.clip(CELLS // max(len(pictures), 1), *EACH))
    xs, ys, items = [], [], []
    for item, picture in enumerate(track("pixels of pictures", pictures, len(pictures))):
        found = features_of(picture)
        if found is None:
            continue
        y = classes_at(labels, item, (found.shape[1], found.shape[2]), -1)
        known = rng.permutation(np.flatnonzero(y >= 0))
        code = y[known]
        nth = np.zeros(len(known), dtype=np.int64)  # how many of its class come before
        order = np.argsort(code, kind="stable")
        start = np.flatnonzero(np.append(True, code[order][1:] != code[order][:-1]))
        nth[order] = np.arange(len(order)) - np.repeat(start, np.diff(np.append(start, len(order))))
        chosen = known[(np.arange(len(known)) < each) | (nth < PRESENT)]
        xs.append(found.reshape(len(found), -1).T[chosen])
        ys.append(y[chosen])
        items.append(np.full(len(chosen), item))
    return np.concatenate(xs), np.concatenate(ys), np.concatenate(items)
