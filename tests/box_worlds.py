"""Pictures of boxes with planted errors, and a simulated detector of stated quality; no pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reliabel.core.labels import Grouped
from reliabel.core.objects import Boxes

SIDE = (480, 640)  # height and width of each picture
KINDS = ("", "class", "place", "spurious", "missing")


@dataclass(frozen=True)
class BoxWorld:
    """``labels`` as given, with ``kind`` (m,) a place in KINDS for each given box; ``missing``
    (q, 4) and ``missing_item`` (q,) the objects that were left out; ``predicted`` by the detector.
    """

    labels: Grouped[Boxes]
    kind: np.ndarray
    missing: np.ndarray
    missing_item: np.ndarray
    missing_y: np.ndarray
    predicted: Grouped[Boxes]
    sizes: np.ndarray
    truth: np.ndarray  # (m, 4) the right place of each given box
    true_y: np.ndarray  # (m,) -1 for spurious ones


def box_world(
    pictures: int = 300,
    each: int = 8,
    k: int = 5,
    seed: int = 0,
    rates: tuple[float, float, float, float] = (0.04, 0.04, 0.03, 0.06),
    recall: float = 0.93,
    right: float = 0.92,
    alarms: float = 1.5,
    sure: float = 1.0,
) -> BoxWorld:
    """rates: of class errors, shifted boxes, spurious ones and missing ones; recall and right: the
    share of objects that the detector sees, and of these whose class it gets right; alarms: false
    ones a picture; sure: the largest confidence it has.
    """
    rng = np.random.default_rng(seed)
    names = tuple(f"class {c}" for c in range(k))
    item = np.repeat(np.arange(pictures), rng.poisson(each, pictures))
    n = len(item)
    boxes = _anywhere(rng, n)
    y = rng.choice(k, n, p=np.arange(k, 0, -1) / np.arange(k, 0, -1).sum())
    # what the annotators made of it
    error = np.where(rng.random(n) < rates[0], 1, 0)
    error = np.where(rng.random(n) < rates[1], 2, error)
    error = np.where(rng.random(n) < rates[3], 4, error)
    given = np.where(error == 1, (y + rng.integers(1, max(k, 2), n)) % k, y)
    placed = boxes + rng.normal(0, 0.02, (n, 4)) * np.tile(boxes[:, 2:] - boxes[:, :2], 2)
    size = boxes[:, 2:] - boxes[:, :2]
    move = rng.choice([-1, 1], (n, 2)) * rng.uniform(0.2, 0.4, (n, 2)) * size
    placed = np.where((error == 2)[:, None], boxes + np.tile(move, 2), placed)
    fake = rng.binomial(n, rates[2])
    fake_item, fake_box = rng.integers(0, pictures, fake), _anywhere(rng, fake)
    keep = error != 4
    rows = (
        np.concatenate([item[keep], fake_item]),
        np.concatenate([placed[keep], fake_box]),
        np.concatenate([given[keep], rng.integers(0, k, fake)]),
        np.concatenate([error[keep], np.full(fake, 3)]),
        np.concatenate([boxes[keep], fake_box]),
        np.concatenate([y[keep], np.full(fake, -1)]),
    )
    order = np.argsort(rows[0], kind="stable")
    owner, xyxy, codes, kind, truth, true_y = (part[order] for part in rows)
    offsets = np.searchsorted(owner, np.arange(pictures + 1))
    # what the detector makes of it
    easy = rng.normal(0, 1, n)
    seen = rng.random(n) < recall
    score = sure * (1 / (1 + np.exp(-(2.2 + 1.2 * easy))))
    wrong = rng.random(n) < (1 - right) * 2 / (1 + np.exp(1.5 * easy))
    said = np.where(wrong, (y + rng.integers(1, max(k, 2), n)) % k, y)
    score = np.where(wrong, score * 0.75, score)
    jitter = rng.standard_t(5, (n, 4)) * 0.035 * np.tile(size, 2)
    false = rng.poisson(alarms * pictures)
    false_score = sure * rng.beta(1.0, 5.0, false)
    rows = (
        np.concatenate([item[seen], rng.integers(0, pictures, false)]),
        np.concatenate([(boxes + jitter)[seen], _anywhere(rng, false)]),
        np.concatenate([said[seen], rng.integers(0, k, false)]),
        np.concatenate([score[seen], false_score]),
    )
    keep_p = rows[3] >= 0.05
    order = np.argsort(rows[0][keep_p], kind="stable")
    p_item, p_box, p_y, p_score = (part[keep_p][order] for part in rows)
    p_offsets = np.searchsorted(p_item, np.arange(pictures + 1))
    return BoxWorld(
        Grouped(Boxes(xyxy, codes, names), offsets),
        kind,
        boxes[~keep],
        item[~keep],
        y[~keep],
        Grouped(Boxes(p_box, p_y, names, p_score), p_offsets),
        np.tile(SIDE, (pictures, 1)),
        truth,
        true_y,
    )


def _anywhere(rng: np.random.Generator, n: int) -> np.ndarray:
    """Boxes of many sizes within the picture."""
    side = np.exp(rng.normal(4.2, 0.5, (n, 1))) * np.exp(rng.normal(0, 0.25, (n, 2)))
    side = np.minimum(side, np.array(SIDE[::-1]) * 0.6)
    corner = rng.random((n, 2)) * (np.array(SIDE[::-1]) - side)
    return np.concatenate([corner, corner + side], axis=1)
