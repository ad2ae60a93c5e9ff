"""Several labels an item, in the suite labels: planted errors beside cleanlab.

A fifth of the items gets one or four flipped answers, or labels are left out, added, or wrong where
the other labels of the item suggest it.  The data are emotions and yeast, made ones whose truth is
known, and every ARFF file in the folder ``multilabel`` of the data; the audit makes its own
probabilities from the features, and cleanlab is given the same.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
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
from reliabel.core.dataset import Dataset
from reliabel.core.labels import Bools, Floats, Ints, MultiLabel

SETS, MADE = ("emotions", "yeast"), "made"
EVEN = {"one": 1, "four": 4}  # wrong answers of an item that has any
BAD = 0.2  # share of the items that have any
# the corrupter, and how many wrong answers for each yes
ONE_SIDED = {
    "missing10": ("missing_labels", 0.1),
    "missing30": ("missing_labels", 0.3),
    "spurious": ("spurious_labels", 0.1),
    "cooccurrence": ("co_occurrence", 0.1),
}
NONE = "none"
SEEDS, FEWER = 15, 5  # draws of even errors in real data, and of the others


def scenarios(*, quick: bool, data: Path | None) -> Mapping[str, Scenario]:
    """The draws of planted errors, planted relations, conformal sets and the cost."""
    work: dict[str, Scenario] = {
        "multilabel-relations": more.relations,
        f"multilabel-cost-{more.SHAPE}": more.cost,
    }
    work |= {
        f"multilabel-powerset-{k}-{power}": partial(more.conformal, k, power)
        for k, power in more.CONFORMAL
    }
    for name in (*SETS, MADE, *_files(data)):
        for regime in (*EVEN, *ONE_SIDED, *([NONE] if name == MADE else [])):
            many = SEEDS if name in SETS and regime in EVEN else FEWER
            for seed in range(2 if quick else many):
                scenario = f"multilabel-{name}-{regime}-{seed}"
                work[scenario] = partial(_draw, name, regime, seed, data)
    return work


def sections(rows: list[Row]) -> Iterator[Section]:
    """The tables of this part."""
    yield page.RANKED, page.ranked(rows)
    yield page.COUNTED, page.counted(rows)
    yield from more.lines(rows)


def planted(truth: Ints, flips: int, rng: np.random.Generator) -> tuple[Ints, Bools]:
    """Answers (n, k) with ``flips`` of them turned in a fifth of the items, and which."""
    bad = rng.random(len(truth)) < BAD
    wrong = np.asarray((rng.random(truth.shape).argsort(1) < flips) & bad[:, None])
    return np.where(wrong, 1 - truth, truth), wrong


def corrupted(truth: Ints, regime: str, rng: np.random.Generator) -> tuple[Ints, Bools]:
    """Answers (n, k) with the errors of a regime, and which are wrong."""
    if regime in EVEN:
        return planted(truth, EVEN[regime], rng)
    if regime == NONE:
        return truth, np.zeros(truth.shape, dtype=bool)
    import reliabel as rl

    by, share = ONE_SIDED[regime]
    rate = share * float((truth == 1).mean())
    made = rl.corrupt(rl.MultiLabel(truth), by=by, rate=rate, seed=int(rng.integers(2**31)))
    labels: Any = made.labels
    return labels.y, made.wrong.reshape(truth.shape)


def _files(data: Path | None) -> list[str]:
    """The ARFF files that lie beside the data sets."""
    return [] if data is None else sorted(p.name for p in (data / "multilabel").glob("*.arff"))


def loaded(name: str, data: Path | None) -> tuple[MultiLabel, dict[str, Any]]:
    """Labels and evidence of a data set; FileNotFoundError where it is not here."""
    import reliabel as rl

    if name == MADE:
        features, y = more.made()
        return MultiLabel(y), {"features": features}
    if data is None or not (data / "multilabel" / name).with_suffix(_kind(name)).exists():
        raise FileNotFoundError(f"no multilabel/{name}: set RELIABEL_DATA to its folder")
    path = (data / "multilabel" / name).with_suffix(_kind(name))
    if name.endswith(".arff"):
        read = rl.read(path)
        if not isinstance(read.labels, MultiLabel):
            raise ValueError(f"{path} holds {read.labels!r}; a file with several labels is needed")
        return read.labels, dict(read.evidence)
    with np.load(path) as held:
        labels = MultiLabel(held["y"].astype(np.int64))
        return labels, {"features": held["x"].astype(np.float32)}


def _kind(name: str) -> str:
    return ".arff" if name.endswith(".arff") else ".npz"


def _draw(name: str, regime: str, seed: int, data: Path | None) -> list[Row]:
    import reliabel as rl
    from reliabel.trust.multilabel import item_scores

    truth, evidence = loaded(name, data)
    given, wrong = corrupted(truth.y, regime, np.random.default_rng(seed))
    done = rl.audit(Dataset(replace(truth, y=given), evidence), seed=seed)
    probs, p = np.asarray(done.data.evidence["probs"]), done.p_wrong
    count: Any = done.count
    assert p is not None
    p = p.reshape(given.shape)

    def row(method: str, metric: str, *values: Any) -> Row:
        return Row(
            f"multilabel-{name}-{regime}-{seed}", name, regime, seed, method, metric, *values
        )

    told = np.isfinite(p)
    out = [
        row("planted", "cells", float(wrong.sum())),
        row("reliabel count", "identified", float(count.identified)),
        row("reliabel P(wrong)", "ece", calibration_error(p[told], wrong[told])),
        row("reliabel P(wrong)", "gain", float(done.info["p_wrong"]["gain"])),
        row("reliabel P(wrong)", "look wrong", float((p[told] > 0.5).sum())),
    ]
    if count.identified:
        out.append(row("reliabel count", "count", count.value, count.low, count.high))
    if not wrong.any():
        return out
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
    for method, score in cells.items():
        known = np.nan_to_num(score.ravel(), nan=-1)
        out.append(row(method, "cells", average_precision(known, wrong.ravel())))
    for method, score in (items | theirs).items():
        known = np.nan_to_num(score, nan=-1)
        out.append(row(method, "items", average_precision(known, np.asarray(wrong.any(1)))))
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
