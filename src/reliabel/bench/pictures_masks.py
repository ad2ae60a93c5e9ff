"""Masks, in the suite pictures: planted errors in class maps beside cleanlab on the same
probabilities, COCO-N's levels in masks of objects, coarse maps relabelled, and frames of videos.
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
from reliabel.bench import pictures_masks_page as page
from reliabel.bench.box_worlds import found_and_named
from reliabel.bench.learn_sections import Section
from reliabel.bench.mask_worlds import (
    SIZE,
    MaskWorld,
    as_maps,
    as_regions,
    flagged_places,
    frames_world,
    hits,
    mask_world,
    region_scores,
    regions_as_places,
    true_masks,
    write_probs,
)
from reliabel.bench.metrics import auroc, average_precision
from reliabel.bench.run import Row
from reliabel.bench.scenes import CLASSES, materials, scene
from reliabel.bench.suite_parts import Scenario
from reliabel.core.catalogue import find
from reliabel.core.dataset import Dataset
from reliabel.core.evidence import PixelProbs
from reliabel.core.labels import Floats, Grouped
from reliabel.core.results import Suspicion
from reliabel.verbs.audit import audit
from reliabel.verbs.corrupt import corrupt

N, QUICK_N = 2000, 150
RATE = 0.1  # share of the objects with an error
SEEDS = (0, 1)  # rules were chosen on the first, and are judged on the other
COARSE = 60  # pictures that are relabelled
LEVELS = ("easy", "medium", "hard")
VIDEOS, FRAMES, FRAME_RATE = 15, 20, 0.05


def scenarios(*, quick: bool, data: Path | None) -> Mapping[str, Scenario]:
    """The draws of this part."""
    n, seeds = (QUICK_N, SEEDS[:1]) if quick else (N, SEEDS)
    work: dict[str, Scenario] = {}
    for seed in seeds:
        work[f"masks-segmenter {seed}"] = partial(_planted, seed, n)
        work[f"masks-clean {seed}"] = partial(_clean, seed, n)
        work[f"masks-no predictions {seed}"] = partial(_alone, seed, min(n, 300))
        for level in LEVELS:
            work[f"masks-coco-n {level} {seed}"] = partial(_coco_n, level, seed, min(n, 500))
        work[f"masks-coarse {seed}"] = partial(_coarse, seed, min(n, COARSE))
        work[f"masks-frames {seed}"] = partial(_frames, seed, 4 if quick else VIDEOS)
    return work


def sections(rows: list[Row]) -> Iterator[Section]:
    """The tables of this part."""
    yield page.KINDS_TITLE, page.kinds(rows)
    yield page.COUNTS_TITLE, page.counts(rows)
    yield page.CLEAN_TITLE, page.clean(rows)
    yield page.COCO_TITLE, page.coco(rows)
    yield page.COARSE_TITLE, page.coarse(rows)
    yield page.FRAMES_TITLE, page.frames(rows)


def _row(scenario: str, setting: str, seed: int, method: str, metric: str, *values: Any) -> Row:
    return Row(scenario, "scenes", setting, seed, method, metric, *values)


def _planted(seed: int, n: int) -> list[Row]:
    world = mask_world(seed, n, rate=RATE)
    row = partial(_row, f"masks-segmenter {seed}", "segmenter", seed)
    with tempfile.TemporaryDirectory() as folder:
        probs = Path(folder) / "probs.npy"
        p = write_probs(probs, seed, n)
        evidence = {"pixel_probs": PixelProbs(p, CLASSES)}
        done = audit(Dataset(world.labels, evidence), seed=seed)
        return [*_judged(done, world, row), *_peer(world, Path(folder), probs, row)]


def _clean(seed: int, n: int) -> list[Row]:
    """What is told of class maps without an error."""
    world = mask_world(seed, n, rate=0.0)
    row = partial(_row, f"masks-clean {seed}", "nothing planted", seed)
    with tempfile.TemporaryDirectory() as folder:
        p = PixelProbs(write_probs(Path(folder) / "probs.npy", seed, n), CLASSES)
        done = audit(Dataset(world.labels, {"pixel_probs": p}), seed=seed)
    given = len(world.labels.units)
    out = [row("planted", "errors", 0.0), row("given", "regions", float(given))]
    units: Any = done.data.labels
    out.append(row("parts", "rows", float(len(units.units) - given)))
    for told in done.opinions.values():
        if (
            isinstance(told, Suspicion)
            and told.flag is not None
            and len(told.flag) == len(units.units)
        ):
            words = np.array(told.kind, dtype=object)[np.asarray(told.flag)]
            kinds = dict.fromkeys(words.tolist())
            out += [row("flagged", kind, float((words == kind).sum())) for kind in kinds]
            break
    if done.p_wrong is not None:
        out.append(row("P(wrong)", "above .5", float((np.asarray(done.p_wrong) > 0.5).sum())))
    if done.count is not None:
        out.append(row("count", "identified", float(done.count.identified)))
        if done.count.identified:
            out.append(row("count", "count", *(getattr(done.count, f) for f in page.INTERVAL)))
    return out


def _alone(seed: int, n: int) -> list[Row]:
    """An audit of pictures and class maps without a model's probabilities."""
    from PIL import Image

    world = mask_world(seed, n, rate=RATE)
    row = partial(_row, f"masks-no predictions {seed}", "no predictions", seed)
    made_of = materials()
    with tempfile.TemporaryDirectory() as folder:
        paths = [str(Path(folder) / f"{i:05d}.png") for i in range(n)]
        for i, path in enumerate(paths):
            Image.fromarray(scene(seed, i, made_of, SIZE).picture).save(path)
        done = audit(Dataset(world.labels, {"items": paths}), seed=seed)
    return _judged(done, world, row)


def _judged(done: Any, world: MaskWorld, row: Any) -> list[Row]:
    """Rows of an audit: average precision of each kind by P(wrong) and by each auditor, errors
    found and named, pictures, and the count.
    """
    units = done.data.labels
    out = [row("planted", kind, float(world.kinds.count(kind))) for kind in set(world.kinds)]
    out.append(row("planted", "errors", float(len(world.kinds))))
    m = len(units.units)
    scores = {name: one.score for name, one in done.opinions.items() if len(one.score) == m}
    if done.p_wrong is not None:
        scores = {"P(wrong)": np.asarray(done.p_wrong)} | scores
    spoilt = np.asarray((world.error >= 0).any((1, 2)))
    for method, score in scores.items():
        told = region_scores(regions_as_places(units, score), world)
        out += [row(method, f"AP {kind}", value) for kind, value in told.items()]
        worst = np.full(len(units), -1.0)
        np.maximum.at(worst, units.item, np.where(np.isfinite(score), score, -1.0))
        out.append(row(method, "AP pictures", average_precision(worst, spoilt)))
        softmin = done.opinions[method].info.get("pictures") if method in done.opinions else None
        if softmin is not None and len(softmin) == len(spoilt):
            value = average_precision(np.asarray(softmin), spoilt)
            out.append(row(f"{method}, score of a picture", "AP pictures", value))
    if done.p_wrong is not None:
        out += [row("P(wrong)", metric, value) for metric, value in _named(done, world).items()]
        out += _of_the_kind(done, world, row)
    if done.count is not None:
        out.append(row("count", "identified", float(done.count.identified)))
        if done.count.identified:
            out.append(row("count", "count", *(getattr(done.count, f) for f in page.INTERVAL)))
    return out


def _of_the_kind(done: Any, world: MaskWorld, row: Any) -> list[Row]:
    """Average precision of each kind where P(wrong) is looked through for the regions of which the
    kind is told; others come after them.
    """
    p, out = np.asarray(done.p_wrong), []
    for told in done.opinions.values():
        words = getattr(told, "kind", None)
        if not hasattr(told, "score") or words is None or len(words) != len(p):
            continue
        words = np.array(words, dtype=object)
        for kind in dict.fromkeys(world.kinds):
            means = page.LOOKED_AT.get(kind) or [
                word for word, its in page.SAYS.items() if kind in its
            ]
            score = np.where(np.isin(words, means), 1 + p, p)
            value = region_scores(regions_as_places(done.data.labels, score), world)[kind]
            out.append(row("P(wrong) of those told to be of the kind", f"AP {kind}", value))
        break
    return out


def _named(done: Any, world: MaskWorld) -> dict[str, float]:
    """Of as many regions as errors are planted, the kinds found, and named by their findings."""
    units, score = done.data.labels, np.asarray(done.p_wrong)
    some = np.flatnonzero(np.isfinite(score))
    found = hits(regions_as_places(units, score), world)
    kinds = np.full(len(score), "", dtype=object)
    at = found >= 0
    kinds[some[at]] = np.array(world.kinds, dtype=object)[found[at]]
    first = units.offsets
    named: dict[int, set[str]] = defaultdict(set)
    for one in done.findings:
        if one.finds == "label" and one.unit is not None:
            named[int(first[one.item]) + one.unit].add(one.kind or "")
    return found_and_named(
        score, kinds, named, len(world.kinds), page.SAYS, tuple(dict.fromkeys(world.kinds))
    )


def _peer(world: MaskWorld, folder: Path, probs: Path, row: Any) -> list[Row]:
    """Rows of the peer: the connected parts of its pixel issues, by their mean score and its sum;
    its score of a picture.
    """
    given, out = folder / "given.npy", folder / "out.npz"
    np.save(given, world.given)
    _, why = peer.call("cleanlab_masks.py", given, probs, out, one_thread=True)
    if why:
        return [row("cleanlab", "not run", why)]
    told = dict(np.load(out))
    rows = []
    names = ("cleanlab issues, mean score", "cleanlab issues, sum of scores")
    for method, places in zip(names, flagged_places(told["issue"], told["pixel"]), strict=True):
        found = region_scores(places, world)
        rows += [row(method, f"AP {kind}", value) for kind, value in found.items()]
    spoilt = np.asarray((world.error >= 0).any((1, 2)))
    value = average_precision(told["picture"], spoilt)
    return [*rows, row("cleanlab pictures", "AP pictures", value)]


def _coco_n(level: str, seed: int, n: int) -> list[Row]:
    """Masks of objects with the errors of COCO-N: what was planted in truth, and how well wrong
    classes and outlines are ranked.
    """
    objects, _, _ = true_masks(seed, n)
    made = corrupt(objects, by="masks", seed=seed, level=level)
    row = partial(_row, f"masks-coco-n {level} {seed}", level, seed)
    out = [row("realised", "wrong", float(made.wrong.mean()))]
    matrix = np.asarray(made.info["realised_matrix"])
    out.append(row("realised", "another class", float(1 - np.diag(matrix).mean())))
    for name in ("overlap", "displacement"):
        told = made.info[name]
        each = [float(v) for k, v in told.items() if k in page.SHAPES and np.isfinite(v)]
        if each:
            out.append(row("realised", name, float(np.mean(each))))
    kinds = np.array(made.info["kinds"], dtype=object)
    noisy = made.labels
    assert isinstance(noisy, Grouped)
    flipped = _flipped(objects, made)
    shaped = np.isin(kinds, page.SHAPES)
    with tempfile.TemporaryDirectory() as folder:
        p = PixelProbs(write_probs(Path(folder) / "probs.npy", seed, n), CLASSES)
        done = audit(Dataset(noisy, {"pixel_probs": p}), seed=seed)
        outline = find("audit", "outline_score").load()(noisy, pixel_probs=p).score
        mean = _self_confidence(noisy, p)
    rows = _given_rows(noisy, done.data.labels)
    scores = {name: one.score for name, one in done.opinions.items()}
    scores = {
        k: np.asarray(v)[rows] for k, v in scores.items() if len(v) > int(rows.max(initial=0))
    }
    scores["outline_score"] = outline
    if done.p_wrong is not None:
        scores["P(wrong)"] = np.asarray(done.p_wrong)[rows]
    scores["mean of the peer's pixel scores"] = mean
    clean = ~flipped & ~shaped
    for method, score in scores.items():
        low = np.where(np.isfinite(score), score, -1.0)
        for what, mine in (("wrong class", flipped), ("outline", shaped & ~flipped)):
            some = mine | clean
            out.append(row(method, f"AP {what}", average_precision(low[some], mine[some])))
    return out


def _flipped(objects: Any, made: Any) -> Any:
    """(m,) which of the regions that are left have another class than the object they were."""
    gone = {*zip(made.info["missing"].item.tolist(), _first(made.info["missing"]), strict=True)}
    keys = zip(objects.item.tolist(), _first(objects), strict=True)
    kept = np.array([key not in gone for key in keys], dtype=bool)
    return np.asarray(objects.units.y[kept] != made.labels.units.y)


def _first(regions: Any) -> list[int]:
    units = regions.units
    return list(units.start[units.offsets[:-1]].tolist()) if len(units) else []


def _given_rows(given: Any, audited: Any) -> Any:
    """The rows of an audit's labels that were given: the first ones of each picture."""
    count = np.diff(given.offsets)
    return np.arange(count.sum()) + np.repeat(audited.offsets[:-1] - given.offsets[:-1], count)


def _self_confidence(labels: Any, probs: PixelProbs) -> Floats:
    """(m,) 1 - the mean probability of its class over the pixels of each region."""
    from reliabel.ops.regions import mask_of

    units, out = labels.units, []
    names = list(CLASSES)
    for item in range(len(labels)):
        p = probs[item]
        for j in range(labels.offsets[item], labels.offsets[item + 1]):
            mask = mask_of(units, j, tuple(units.size[j].tolist()))
            out.append(1 - float(p[names.index(units.names[units.y[j]])][mask].mean()))
    return np.array(out)


def _coarse(seed: int, n: int) -> list[Row]:
    """How near coarse maps are to the truth before and after each method that relabels."""
    world = mask_world(
        seed, n, rate=1.0, **dict.fromkeys(("missing", "merged", "wrong_class"), 0.0)
    )
    row = partial(_row, f"masks-coarse {seed}", "coarse", seed)
    made_of = materials()
    pictures = [scene(seed, i, made_of, SIZE).picture for i in range(n)]
    labels = world.labels
    out = [row("as given", "mean IoU", _iou(world.truth, world.given))]
    with tempfile.TemporaryDirectory() as folder:
        p = PixelProbs(write_probs(Path(folder) / "probs.npy", seed, n), CLASSES)
        for name, evidence in (
            ("region_majority", {"items": pictures}),
            ("mixture_relabel", {"items": pictures}),
            ("edge_displacement", {"pixel_probs": p}),
        ):
            told = find("audit", name).load()(labels, **evidence)
            maps = as_maps(told.info["relabelled"], SIZE)
            out.append(row(name, "mean IoU", _iou(world.truth, maps)))
        said = np.stack([p[i].argmax(0) for i in range(n)])
        out.append(row("segmenter itself", "mean IoU", _iou(world.truth, said)))
    return out


def _iou(truth: Any, given: Any) -> float:
    """Mean over the classes of objects."""
    each = []
    for c in range(2, len(CLASSES)):
        union = ((truth == c) | (given == c)).sum()
        if union:
            each.append(((truth == c) & (given == c)).sum() / union)
    return float(np.mean(each))


def _frames(seed: int, videos: int) -> list[Row]:
    """Frames with an error among frames of videos."""
    world = frames_world(seed, videos, FRAMES, FRAME_RATE)
    row = partial(_row, f"masks-frames {seed}", "frames", seed)
    labels = as_regions(world.given)
    out = [row("planted", "frames", float(world.wrong.sum()))]
    share = (
        np.bincount(
            np.repeat(np.arange(len(labels.units)), np.diff(labels.units.offsets)),
            _wrong_of_runs(labels, world),
            len(labels.units),
        )
        / labels.units.area
    )
    for name in ("frame_consistency", "temporal_affinity"):
        told = find("audit", name).load()(labels, groups=world.group, items=world.pictures)
        frames = np.asarray(told.info["frames"])
        frames = -frames if name == "temporal_affinity" else frames  # that one is a confidence
        low = np.where(np.isfinite(frames), frames, np.nanmin(frames))
        out.append(row(name, "AUROC frames", auroc(low, world.wrong)))
        score = np.where(np.isfinite(told.score), told.score, 0.0)
        out.append(row(name, "AUROC regions", auroc(score, share >= 0.5)))
        worst = np.zeros(len(labels))
        np.maximum.at(worst, labels.item, score)
        out.append(row(f"{name}, worst region", "AUROC frames", auroc(worst, world.wrong)))
    return out


def _wrong_of_runs(labels: Any, world: Any) -> Floats:
    """How many pixels of each run are wrong."""
    wrong = (world.truth != world.given).reshape(len(world.truth), -1)
    climb = np.concatenate([np.zeros((len(wrong), 1)), wrong.cumsum(1)], 1)
    units = labels.units
    item = np.repeat(labels.item, np.diff(units.offsets))
    return np.asarray(climb[item, units.start + units.length] - climb[item, units.start])
