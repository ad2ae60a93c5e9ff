"""temporal_affinity and frame_consistency: wrong labels of single frames of videos are found."""

from __future__ import annotations

import numpy as np
import pytest
from tests.conformance.retold import area
from tests.unit.auditors.planted_masks import labels_of, picture

from reliabel.auditors import frame_consistency, temporal_affinity

FRAMES, SIDE = 20, 64


def video(rng):
    """A disc and a box that move over the ground."""
    y, x = np.mgrid[:SIDE, :SIDE]
    disc, step = rng.uniform(14, 24, 2), rng.uniform(-1, 1, 2)
    box, other = rng.uniform(36, 46, 2), rng.uniform(-0.8, 0.8, 2)
    frames = []
    for t in range(FRAMES):
        one = np.zeros((SIDE, SIDE), int)
        cy, cx = disc + t * step
        one[(y - cy) ** 2 + (x - cx) ** 2 <= 90] = 1
        top, left = np.maximum(box + t * other, 0).astype(int)
        one[top : top + 14, left : left + 14] = 2
        frames.append(one)
    return frames


def spoilt(seed=0, videos=3, kind="swap"):
    """Videos of which one frame each has wrong labels; which frames; which regions."""
    rng = np.random.default_rng(seed)
    true = [frame for _ in range(videos) for frame in video(rng)]
    groups = np.repeat(np.arange(videos), FRAMES)
    bad = np.zeros(len(true), bool)
    bad[np.arange(videos) * FRAMES + rng.integers(1, FRAMES, videos)] = True
    change = {
        "swap": lambda one: np.array([0, 2, 1])[one],
        "shift": lambda one: np.roll(one, (10, 9), (0, 1)),
        "drop": lambda one: np.where(one == 1, 0, one),
    }[kind]
    labels = labels_of([change(one) if b else one for one, b in zip(true, bad, strict=True)])
    wrong = bad[labels.item] & (labels.units.y > 0)
    return labels, groups, [picture(one, rng) for one in true], bad, wrong


@pytest.mark.parametrize("kind", ["swap", "shift", "drop"])
def test_frames_that_others_do_not_confirm(kind):
    labels, groups, items, bad, wrong = spoilt(kind=kind)
    found = frame_consistency.audit(labels, groups=groups, items=items, around=2)
    assert area(found.info["frames"], bad) >= 0.9
    if kind != "drop":
        assert area(found.score, wrong) >= 0.9
        assert found.flag[wrong].mean() > 0.6
    if kind == "swap":
        assert (found.suggest.units.y[wrong] == 3 - labels.units.y[wrong]).all()
    assert found.flag.sum() <= wrong.sum() + 2


def test_affinity_to_the_frame_before():
    labels, groups, items, bad, wrong = spoilt(kind="swap")
    found = temporal_affinity.audit(labels, groups=groups, items=items)
    assert area(found.score, wrong) >= 0.9
    assert area(-found.info["frames"], bad) >= 0.8
    hit = wrong & found.flag
    assert hit.sum() >= wrong.sum() / 3
    assert (found.suggest.units.y[hit] == 3 - labels.units.y[hit]).mean() >= 0.7


def test_weights_of_fifteen_videos():
    """.4 five times, .5 to .9, 1 five times."""
    rng = np.random.default_rng(0)
    maps = [np.array([[0, 0, 1, 1]])] * 30
    noise = np.repeat(np.linspace(0, 1.2, 15), 2)
    grid = np.stack([[[[1, 1, -1, -1]] + far * rng.normal(size=(1, 4))] for far in noise])
    groups = np.repeat(np.arange(15), 2)
    found = temporal_affinity.audit(labels_of(maps), groups=groups, feature_maps=grid)
    weights = sorted(round(weight, 6) for _, weight in found.info["videos"].values())
    assert weights == [0.4] * 5 + [0.5, 0.6, 0.7, 0.8, 0.9] + [1.0] * 5


def test_a_video_of_one_frame_says_nothing():
    labels = labels_of([np.eye(16, dtype=int)] * 2)
    grid = np.zeros((2, 3, 4, 4))
    for method in (frame_consistency, temporal_affinity):
        found = method.audit(labels, groups=np.arange(2), feature_maps=grid)
        assert np.isnan(found.score).all()
        assert not found.flag.any()
