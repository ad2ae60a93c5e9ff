"""What making the missing evidence would cost, from short measurements; nothing is made or kept."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from reliabel.core.catalogue import Entry
from reliabel.core.dataset import Dataset
from reliabel.core.labels import Classes, Grouped, Numbers, Spans
from reliabel.core.objects import Boxes, Regions
from reliabel.folders.evidence_store import Store
from reliabel.prepare.box_crops import LEAST, NOTHING, Crops
from reliabel.prepare.features import embedder, last_in_rank, probe
from reliabel.prepare.neighbours import places
from reliabel.prepare.pixel_probs import CELLS, COLUMNS
from reliabel.prepare.pixel_probs import FOLDS as PIXEL_FOLDS
from reliabel.prepare.predictions import FITTED
from reliabel.prepare.preparation import MADE, Preparation, items_in
from reliabel.prepare.probabilities import FOLDS
from reliabel.prepare.second import MOST

MIB = 2**20
FITS = 9  # of the logistic regression: strengths, then folds
BOOSTED = 3000.0  # floating-point operations that a number of the features takes in a fit of trees
A_TAG = 2.2e-5  # seconds of the tagger for a word and a tag, all folds
LOOKS = 7  # how often the small model of pixels looks at each picture
A_LOOK, A_PIXEL = 0.017, 1.2e-8  # seconds of that, for a picture and for a class of a pixel
FEATURES = 256  # columns where no embedder says how many it makes


def estimate(
    data: Dataset, needs: frozenset[str] = MADE, *, embed: str = "auto", model: Any = "auto"
) -> list[dict[str, Any]]:
    """The pieces of evidence that would be made, each with its rows, seconds and MiB."""
    if isinstance(data.labels, Grouped) and isinstance(data.labels.units, Spans):
        return _of_words(data, data.labels.units)
    if isinstance(data.labels, Grouped) and isinstance(data.labels.units, Regions):
        return _of_masks(data, data.labels)
    if isinstance(data.labels, Grouped) and isinstance(data.labels.units, Boxes):
        return _of_boxes(data, data.labels, needs & MADE, embed, model)
    return _of_items(data, needs, embed, model, embed == "auto")


def _of_items(
    data: Dataset, needs: frozenset[str], embed: str, model: Any, second: bool
) -> list[dict[str, Any]]:
    """The cost of what is made of items; ``second``: of other features as well."""
    evidence, n = data.evidence, items_in(data.labels)
    d, pieces, first = FEATURES, [], None
    if evidence.get("features") is not None:
        d = int(evidence["features"].shape[1])
    elif evidence.get("items") is not None and needs & MADE:
        piece, first = _features(data, embed, n)
        pieces.append(piece)
        d = first.width
    speed = _speed()
    k = int(getattr(data.labels, "k", 0) or getattr(getattr(data.labels, "labels", None), "k", 2))
    learnt = evidence.get("probs") is None and "probs" in needs and k > 1 and not _numbers(data)
    if learnt:
        fits = FITS if model in ("auto", "logistic") else FOLDS
        seconds = _of_fits(fits, n, d, k) / speed
        pieces.append(_piece(f"probs: {model}, {FOLDS} folds", n, seconds, n * k * 4 / MIB + 64))
    if "predicted" in needs and evidence.get("predicted") is None and _numbers(data):
        rows = min(n, FITTED)  # boosting, three fits of trees a fold, and ridge regression
        seconds = (FOLDS * 3 * BOOSTED * rows * d + 4 * n * d * d) / speed
        pieces.append(_piece(f"predicted: {model}, {FOLDS} folds", n, seconds, n * 16 / MIB + 64))
    if evidence.get("neighbours") is None and "neighbours" in needs and n > 1:
        j = places(n)
        mib = n * j * 12 / MIB + 2 * n * d * 4 / MIB
        pieces.append(_piece(f"neighbours: {j} each", n, _of_search(n, d) / speed, mib))
    if learnt and first is not None and second:
        pieces += _second(data, first, n, k, speed)
    return pieces


def _numbers(data: Dataset) -> bool:
    return isinstance(data.labels, Numbers) and items_in(data.labels) > 1


def _of_words(data: Dataset, spans: Spans) -> list[dict[str, Any]]:
    """The cost of the probabilities of tags, which is all that tagged text needs."""
    items = data.evidence.get("items")
    if data.evidence.get("token_probs") is not None or not isinstance(items, list):
        return []
    words, tags = sum(map(len, items)), 2 * spans.k + 1
    seconds = words * tags * A_TAG
    return [
        _piece(f"token_probs: {FOLDS} folds", len(items), seconds, words * tags * 14 / MIB + 64)
    ]


def _of_masks(data: Dataset, labels: Grouped[Regions]) -> list[dict[str, Any]]:
    """The cost of the probabilities of pixels, which is all that masks need."""
    n, units = len(labels), labels.units
    if data.evidence.get("pixel_probs") is not None or data.evidence.get("items") is None:
        return []
    some = labels.offsets[:-1][np.diff(labels.offsets) > 0]
    pixels = float(units.size[some].prod(1).sum())
    seconds = LOOKS * (n * A_LOOK + pixels * units.k * A_PIXEL)
    seconds += _of_fits(1, min(n * 1500, CELLS), COLUMNS, units.k) * PIXEL_FOLDS / _speed()
    largest = float(units.size[some].prod(1).max(initial=0))
    mib = (CELLS * COLUMNS * 8 + 4 * largest * units.k * 4) / MIB + 64
    return [_piece(f"pixel_probs: {PIXEL_FOLDS} folds, read by picture", n, seconds, mib)]


def _of_boxes(
    data: Dataset, labels: Grouped[Boxes], needs: frozenset[str], embed: str, model: Any
) -> list[dict[str, Any]]:
    """The cost of what is made of the crops of boxes where no detector's predictions are there, of
    as many places without a box, and of nothing else.
    """
    pictures, units = data.evidence.get("items"), labels.units
    if data.evidence.get("predicted") is not None or pictures is None:
        return []
    rows = np.flatnonzero((units.y >= 0) & np.isfinite(units.xyxy).all(1))
    if len(rows) < LEAST or isinstance(pictures, Mapping):
        return []
    rows = np.repeat(rows, 2)
    crops = Crops(
        pictures, labels.item[rows], units.xyxy[rows].astype(float), data.evidence.get("sizes")
    )
    inner = Dataset(
        Classes(units.y[rows], (*units.names, NOTHING)),
        {"items": crops},
        source={"task": "image"},
    )
    pieces = _of_items(inner, needs, embed, model, False)
    return [piece | {"piece": f"crops of boxes, {piece['piece']}"} for piece in pieces]


def _of_fits(fits: int, n: int, d: int, k: int) -> float:
    """Floating-point operations of so many fits of a linear model."""
    return fits * 65 * 4 * n * d * k


def _of_search(n: int, d: int) -> float:
    """Floating-point operations of finding neighbours."""
    share = 1.0 if n <= 20_000 else 0.3  # of the pairs, by cells of like rows
    return share * 4 * n * n * d


def _second(data: Dataset, first: Entry, n: int, k: int, speed: float) -> list[dict[str, Any]]:
    """The cost of the second evidence, in one piece; none where there is no other embedder."""
    entry = last_in_rank(Preparation(data, Store(), 0, evidence=dict(data.evidence)))
    if entry is None or entry.name == first.name or not isinstance(data.labels, Classes):
        return []
    if n > MOST:
        return []
    work = _of_fits(FITS, n, entry.width, k) + _of_search(n, entry.width)
    seconds = probe(entry, {}, data.evidence["items"], n) + work / speed
    mib = n * (entry.width + k) * 4 / MIB + n * places(n) * 12 / MIB
    return [_piece(f"second evidence: {entry.name}", n, seconds, mib)]


def _features(data: Dataset, embed: str, n: int) -> tuple[dict[str, Any], Entry]:
    """The cost of features, and the embedder that would make them."""
    work = Preparation(data, Store(), 0, evidence=dict(data.evidence))
    entry, options, why = embedder(work, embed)
    name = f"features: {entry.name}" + (f" ({why})" if why else "")
    seconds = probe(entry, options, data.evidence["items"], n)
    return _piece(name, n, seconds, n * entry.width * 4 / MIB + 200), entry


def _piece(name: str, rows: int, seconds: float, mib: float) -> dict[str, Any]:
    return {"piece": name, "rows": rows, "seconds": seconds, "mib": mib}


def _speed() -> float:
    """Floating-point operations a second of a matrix product here."""
    a, b = np.ones((1024, 256), dtype=np.float32), np.ones((256, 2048), dtype=np.float32)
    a @ b
    started = time.perf_counter()
    for _ in range(5):
        a @ b
    return 5 * 2 * 1024 * 256 * 2048 / max(time.perf_counter() - started, 1e-9)
