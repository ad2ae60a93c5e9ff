"""Several labels an item, in the suite labels: planted errors beside cleanlab.

A fifth of the items of emotions and yeast gets one or four flipped answers; the audit makes its own
probabilities from the features, and cleanlab is given the same.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench import labels_multilabel_page as page
from reliabel.bench import labels_multilabel_planted as more
from reliabel.bench import peer
from reliabel.bench.learn_sections import Section
from reliabel.bench.metrics import average_precision, calibration_error
from reliabel.bench.run import Row
from reliabel.bench.suite_parts import Scenario
from reliabel.core.labels import Bools, Floats, Ints

SETS = ("emotions", "yeast")
REGIMES = {"one": 1, "four": 4}  # wrong answers of an item that has any
BAD = 0.2  # share of the items that have any
SEEDS = 15


def scenarios(*, quick: bool, data: Path | None) -> Mapping[str, Scenario]:
    """The draws of planted errors, planted relations, conformal sets and the cost."""
    seeds = range(2 if quick else SEEDS)
    work: dict[str, Scenario] = {
        "multilabel-relations": more.relations,
        f"multilabel-cost-{more.SHAPE}": more.cost,
    }
    work |= {f"multilabel-powerset-{k}": partial(more.conformal, k) for k in (14, 100)}
    return work | {
        f"multilabel-{name}-{regime}-{seed}": partial(_draw, name, regime, seed, data)
        for name in SETS
        for regime in REGIMES
        for seed in seeds
    }


def sections(rows: list[Row]) -> Iterator[Section]:
    """The tables of this part."""
    yield page.DRAWS, page.draws(rows)
    yield from more.lines(rows)


def planted(truth: Ints, flips: int, rng: np.random.Generator) -> tuple[Ints, Bools]:
    """Answers (n, k) with ``flips`` of them turned in a fifth of the items, and which."""
    bad = rng.random(len(truth)) < BAD
    wrong = np.asarray((rng.random(truth.shape).argsort(1) < flips) & bad[:, None])
    return np.where(wrong, 1 - truth, truth), wrong


def loaded(name: str, data: Path | None) -> tuple[Floats, Ints]:
    """Features and answers of a data set; FileNotFoundError where it is not here."""
    if data is None or not (data / "multilabel" / f"{name}.npz").exists():
        raise FileNotFoundError(f"no multilabel/{name}.npz: set RELIABEL_DATA to its folder")
    with np.load(data / "multilabel" / f"{name}.npz") as held:
        return held["x"].astype(np.float32), held["y"].astype(np.int64)


def _draw(name: str, regime: str, seed: int, data: Path | None) -> list[Row]:
    import reliabel as rl
    from reliabel.trust.multilabel import item_scores

    features, truth = loaded(name, data)
    given, wrong = planted(truth, REGIMES[regime], np.random.default_rng(seed))
    names = tuple(f"class {c}" for c in range(truth.shape[1]))
    done = rl.audit(rl.MultiLabel(given, names), features=features, seed=seed)
    probs, p = np.asarray(done.data.evidence["probs"]), done.p_wrong
    count: Any = done.count
    assert p is not None
    p = p.reshape(given.shape)
    flagged: Any = done.opinions["multilabel_confident_learning"]
    cells = {
        "reliabel P(wrong)": p,
        "reliabel multilabel_confident_learning": flagged.score.reshape(given.shape),
        "self-confidence": np.where(given == 1, 1 - probs, probs),
    }
    items = {
        "reliabel P(wrong)": item_scores(p),
        "reliabel multilabel_confident_learning": flagged.info["items"],
    }
    theirs, why = _cleanlab(given, probs)

    def row(method: str, metric: str, *values: Any) -> Row:
        return Row(
            f"multilabel-{name}-{regime}-{seed}", name, regime, seed, method, metric, *values
        )

    out = [
        row("planted", "cells", float(wrong.sum())),
        row("reliabel count", "identified", float(count.identified)),
        row("reliabel P(wrong)", "ece", calibration_error(p.ravel(), wrong.ravel())),
        row("reliabel P(wrong)", "gain", float(done.info["p_wrong"]["gain"])),
    ]
    if count.identified:
        out.append(row("reliabel count", "count", count.value, count.low, count.high))
    for method, score in cells.items():
        out.append(row(method, "cells", average_precision(score.ravel(), wrong.ravel())))
    for method, score in (items | theirs).items():
        out.append(row(method, "items", average_precision(score, np.asarray(wrong.any(1)))))
    return [*out, *([row("cleanlab", "not run", why)] if why else [])]


def _cleanlab(given: Ints, probs: Floats) -> tuple[dict[str, Floats], str | None]:
    """Cleanlab's scores of the items by name, or why it could not run."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in.npz", Path(folder) / "out.npz"
        np.savez(source, given=given, probs=probs)
        _, why = peer.call("cleanlab_multilabel.py", source, target)
        if why:
            return {}, why
        with np.load(target) as scores:
            return {f"cleanlab {name}": scores[name] for name in scores.files}, None
