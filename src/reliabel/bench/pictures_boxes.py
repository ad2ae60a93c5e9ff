"""Boxes, in the suite pictures: planted errors of each kind beside cleanlab on the same detections,
sparse annotation, no detections at all, nothing planted, and what the simulated detectors are
worth.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench import peer
from reliabel.bench import pictures_boxes_page as page
from reliabel.bench.box_worlds import (
    KINDS,
    BoxWorld,
    box_world,
    found_and_named,
    kind_score,
    lost_at,
    missing_score,
    true_boxes,
)
from reliabel.bench.coco_ap import coco_ap
from reliabel.bench.learn_sections import Section
from reliabel.bench.metrics import average_precision, calibration_error
from reliabel.bench.run import Row
from reliabel.bench.scene_models import PLAIN, POOR, SHY, SPARSE, Detector, detected
from reliabel.bench.scenes import materials, scene
from reliabel.bench.suite_parts import Scenario
from reliabel.core.dataset import Dataset
from reliabel.core.labels import Floats
from reliabel.core.results import Faults, Suspicion
from reliabel.verbs.audit import audit

N, QUICK_N = 2000, 200
RATE = 0.1
DETECTORS: Mapping[str, Detector] = {
    "detector": PLAIN,
    "scores below .95": SHY,
    "poor detector": POOR,
}
SEEDS = (0, 1, 2)  # rules were chosen on the first, and are judged on the others
CROPPED = 500  # pictures without detections: each of their boxes becomes features


def scenarios(*, quick: bool, data: Path | None) -> Mapping[str, Scenario]:
    """The draws of this part; those of a world stand together, which is then drawn once."""
    n, seeds = (QUICK_N, SEEDS[:1]) if quick else (N, SEEDS)
    work: dict[str, Scenario] = {}
    for seed in seeds:
        for name in DETECTORS:
            work[f"boxes-{name} {seed}"] = partial(_planted, name, seed, n)
        work[f"boxes-sparse {seed}"] = partial(_sparse, seed, n)
        work[f"boxes-clean {seed}"] = partial(_clean, seed, n)
        work[f"boxes-quality {seed}"] = partial(_quality, seed, n)
        work[f"boxes-no predictions {seed}"] = partial(_alone, seed, min(n, CROPPED))
    return work


def sections(rows: list[Row]) -> Iterator[Section]:
    """The tables of this part."""
    yield page.KINDS_TITLE, page.kinds(rows)
    yield page.COUNTS_TITLE, page.counts(rows)
    yield page.SPARSE_TITLE, page.sparse(rows)
    yield page.QUALITY_TITLE, page.quality(rows)


def _planted(name: str, seed: int, n: int) -> list[Row]:
    world = box_world(seed, n, DETECTORS[name], rate=RATE)
    row = partial(_row, f"boxes-{name} {seed}", name, seed)
    evidence = {"predicted": world.predicted, "sizes": world.sizes}
    done = audit(Dataset(world.labels, evidence), seed=seed)
    return [*_judged(done, world, row), *_peer(world, row)]


def _row(scenario: str, setting: str, seed: int, method: str, metric: str, *values: Any) -> Row:
    return Row(scenario, "scenes", setting, seed, method, metric, *values)


def _judged(done: Any, world: BoxWorld, row: Any) -> list[Row]:
    """Rows of an audit: average precision of each kind by P(wrong) and by each auditor, errors
    found and named, and the count.
    """
    units = done.data.labels
    given = units.units.y >= 0
    lost = np.where(given, -1, lost_at(world, units.units.xyxy, units.offsets))
    kinds = np.full(len(given), "", dtype=object)
    kinds[given] = world.made.info["kinds"]
    kinds[lost >= 0] = "missing"
    planted = sum(world.made.info["planted"].values())
    out = [row("planted", kind, float(m)) for kind, m in world.made.info["planted"].items()]
    out.append(row("planted", "errors", float(planted)))
    scores = {
        name: one.score
        for name, one in done.opinions.items()
        if isinstance(one, Suspicion) and len(one.score) == len(given)
    }
    scores |= _of_faults(done, len(given))
    if done.p_wrong is not None:
        scores = {"P(wrong)": np.asarray(done.p_wrong)} | scores
    each = [(method, dict.fromkeys(KINDS, score)) for method, score in scores.items()]
    for method, of_kind in [*each, *_by_kind(done, scores)]:
        if world.made.info["planted"]["missing"] and (lost >= 0).any():
            value = missing_score(of_kind["missing"], lost, world, (kinds != "") & (lost < 0))
            out.append(row(method, "AP missing", value))
        for kind in KINDS[1:]:
            if world.made.info["planted"][kind]:
                value = kind_score(of_kind[kind][given], kind, world)
                out.append(row(method, f"AP {kind}", value))
    for method, score in scores.items():
        picture = _of_pictures(score, units.item, len(units))
        out.append(row(method, "AP pictures", average_precision(picture, _spoilt(world))))
    if done.p_wrong is not None:
        named = _named(done)
        told = found_and_named(scores["P(wrong)"], kinds, named, planted, page.SAYS)
        out += [row("P(wrong)", metric, value) for metric, value in told.items()]
        known = np.isfinite(scores["P(wrong)"])
        ece = calibration_error(scores["P(wrong)"][known], (kinds != "")[known])
        out.append(row("P(wrong)", "ece", ece))
    if done.count is not None:
        out.append(row("count", "identified", float(done.count.identified)))
        if done.count.identified:
            out.append(row("count", "count", *(getattr(done.count, f) for f in page.INTERVAL)))
    return out


def _by_kind(done: Any, scores: Mapping[str, Floats]) -> Iterator[tuple[str, dict[str, Floats]]]:
    """A score for each kind of error, as the peer has them: P(wrong) of the boxes of which the kind
    is told (others after them), the chance of the kind, and the scores that an auditor holds for
    each kind.
    """
    means = {kind: [w for w, its in page.SAYS.items() if kind in its] for kind in KINDS}
    if done.p_kinds:
        chance = {
            kind: np.asarray(next(done.p_kinds[w] for w in means[kind] if w in done.p_kinds))
            for kind in KINDS
        }
        yield "P(wrong), its chance of the kind", chance
    for name, told in done.opinions.items():
        if not isinstance(told, Suspicion) or name not in scores:
            continue
        if told.kind is not None and "P(wrong)" in scores:
            words = np.array(told.kind, dtype=object)
            p = np.nan_to_num(scores["P(wrong)"])
            yield (
                "P(wrong) of those told to be of the kind",
                {kind: np.where(np.isin(words, means[kind]), 1 + p, p) for kind in KINDS},
            )
        held = told.info.get("scores", {})
        if held:
            none = np.full(len(told.score), -1.0)
            yield (
                f"{name}, its score of the kind",
                {
                    kind: np.asarray(next((held[w] for w in means[kind] if w in held), none))
                    for kind in KINDS
                },
            )


def _of_faults(done: Any, m: int) -> dict[str, Floats]:
    """The scores (m,) of the boxes in which an auditor finds a fault, 0 for the others."""
    first = done.data.labels.offsets
    out: dict[str, Floats] = {}
    for name, told in done.opinions.items():
        places = told.where if isinstance(told, Faults) else None
        if places and all("unit" in where for where in places):
            score = np.zeros(m)
            rows = [
                int(first[items[0]]) + where["unit"]
                for items, where in zip(told.items, places, strict=True)
            ]
            np.maximum.at(score, rows, told.score)
            out[name] = score
    return out


def _named(done: Any) -> dict[int, set[str]]:
    """The kinds that the findings of a box name, by its row."""
    first, out = done.data.labels.offsets, defaultdict(set)
    for one in done.findings:
        unit = one.unit if one.finds == "label" else (one.where or {}).get("unit")
        if unit is not None:
            out[int(first[one.item]) + int(unit)].add(one.kind or "")
    return dict(out)


def _of_pictures(score: Floats, item: Any, n: int) -> Floats:
    """The score of its most suspect box, for each picture."""
    worst = np.full(n, -1.0)
    np.maximum.at(worst, item, np.where(np.isfinite(score), score, -1.0))
    return worst


def _spoilt(world: BoxWorld) -> Any:
    """(n,) the pictures with an error."""
    wrong = np.zeros(len(world.labels), dtype=bool)
    wrong[[edit["item"] for edit in world.made.info["log"]]] = True
    return wrong


def _peer(world: BoxWorld, row: Any) -> list[Row]:
    """Rows of the peer: each of its three scores, for the kinds that it may tell."""
    labels, seen = world.labels, world.predicted
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in.npz", Path(folder) / "out.npz"
        given: dict[str, Any] = {"xyxy": labels.units.xyxy, "y": labels.units.y}
        given |= {"p_xyxy": seen.units.xyxy, "p_y": seen.units.y, "p_score": seen.units.score}
        given |= {"offsets": labels.offsets, "p_offsets": seen.offsets, "k": labels.units.k}
        np.savez(source, **given)
        _, why = peer.call("cleanlab_boxes.py", source, target)
        if why:
            return [row("cleanlab", "not run", why)]
        told = dict(np.load(target))
    out = []
    planted = world.made.info["planted"]
    if planted["missing"]:
        lost = lost_at(world, seen.units.xyxy, seen.offsets)
        value = missing_score(told["overlooked"], lost, world)
        out.append(row("cleanlab overlooked", "AP missing", value))
    for method in ("badloc", "swap"):
        for kind in KINDS[1:]:
            if planted[kind]:
                value = kind_score(told[method], kind, world)
                out.append(row(f"cleanlab {method}", f"AP {kind}", value))
    spoilt = _spoilt(world)
    if spoilt.any():
        value = average_precision(told["picture"], spoilt)
        out.append(row("cleanlab pictures", "AP pictures", value))
    out.append(row("cleanlab pictures", "pictures flagged", float(told["issue"].sum())))
    out.append(row("cleanlab pictures", "pictures spoilt", float(spoilt.sum())))
    return out


def _sparse(seed: int, n: int) -> list[Row]:
    """Half of the boxes were never drawn, and the detector has learnt from what was: how many boxes
    are said to be missing, and how many findings say so.
    """
    none = dict.fromkeys(("shifted", "wrong_class", "doubled", "too_large", "bogus"), 0.0)
    world = box_world(seed, n, SPARSE, rate=0.5, **none)
    row = partial(_row, f"boxes-sparse {seed}", "half of the boxes missing", seed)
    evidence = {"predicted": world.predicted, "sizes": world.sizes}
    done = audit(Dataset(world.labels, evidence), seed=seed)
    out = [*_judged(done, world, row), *_peer(world, row)]
    rows = [place for place, kinds in _named(done).items() if "missing" in kinds]
    out.append(row("findings", "listed as missing", float(len(rows))))
    units: Any = done.data.labels
    lost = lost_at(world, units.units.xyxy, units.offsets)
    out.append(row("findings", "of these missing", float((lost[rows] >= 0).sum())))
    out += _rates(done, row)
    return out


def _rates(done: Any, row: Any) -> list[Row]:
    """The shares of the objects without a box that the audit tells by class: the mean, and in how
    many classes the interval holds one half.
    """
    told = done.opinions.get("missing_boxes")
    if told is None or "rate" not in told.info or not len(told.info["rate"]):
        return []
    rate, low, high = (np.asarray(told.info[name]) for name in ("rate", "low", "high"))
    holds = (low <= 0.5) & (high >= 0.5)
    return [
        row("missing_boxes", "classes told to be annotated in part", float(len(told.items))),
        row("missing_boxes", "share without a box, mean", float(np.nanmean(rate))),
        row(
            "missing_boxes",
            "classes whose interval holds",
            float(holds.sum()),
        ),
    ]


def _clean(seed: int, n: int) -> list[Row]:
    """What is said where nothing was planted."""
    world = box_world(seed, n, PLAIN, rate=0.0)
    row = partial(_row, f"boxes-clean {seed}", "nothing planted", seed)
    evidence = {"predicted": world.predicted, "sizes": world.sizes}
    done = audit(Dataset(world.labels, evidence), seed=seed)
    out = [row("planted", "errors", 0.0), row("given", "boxes", float(len(world.labels.units)))]
    if done.p_wrong is not None:
        out.append(row("P(wrong)", "above .5", float((np.asarray(done.p_wrong) > 0.5).sum())))
    if done.count is not None:
        out.append(row("count", "identified", float(done.count.identified)))
        if done.count.identified:
            out.append(row("count", "count", *(getattr(done.count, f) for f in page.INTERVAL)))
    return [*out, *[one for one in _peer(world, row) if one.metric == "pictures flagged"]]


def _alone(seed: int, n: int) -> list[Row]:
    """An audit of pictures and boxes without a model's detections."""
    from PIL import Image

    world = box_world(seed, n, PLAIN, rate=RATE)
    row = partial(_row, f"boxes-no predictions {seed}", "no predictions", seed)
    made_of = materials()
    with tempfile.TemporaryDirectory() as folder:
        paths = [str(Path(folder) / f"{i:05d}.png") for i in range(n)]
        for i, path in enumerate(paths):
            Image.fromarray(scene(seed, i, made_of).picture).save(path)
        evidence = {"items": paths, "sizes": world.sizes}
        done = audit(Dataset(world.labels, evidence), seed=seed)
    return _judged(done, world, row)


def _quality(seed: int, n: int) -> list[Row]:
    """What the simulated detectors are worth against the truth."""
    truth, sizes = true_boxes(seed, n)
    out = []
    for name, detector in {**DETECTORS, "of half of the boxes": SPARSE}.items():
        found = detected(truth, sizes, np.random.default_rng([seed, 1]), detector)
        row = partial(_row, f"boxes-quality {seed}", name, seed, "detector")
        each = coco_ap(truth, found)
        assert found.units.score is not None
        out += [row("AP50", float(each[0])), row("AP", float(each.mean()))]
        out.append(row("detections a picture", len(found.units) / n))
        out.append(row("highest score", float(found.units.score.max())))
    return out
