"""Duplicates: exact and near, conflicts, leakage, chains, crowds, and pairs that a second look
rejects.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reliabel.auditors import near_duplicates
from reliabel.core.labels import Classes, Grouped, Labels, MultiLabel, Numbers
from reliabel.core.results import Faults
from reliabel.ops.neighbours import nearest


def spread(n: int, d: int = 12, seed: int = 0) -> Any:
    return np.random.default_rng(seed).normal(size=(n, d))


def found(features: Any, labels: Labels | None = None, **evidence: Any) -> Faults:
    n = len(features)
    near = nearest(features, j=min(evidence.pop("j", 25), n - 1))
    return near_duplicates.audit(
        labels or Classes(np.zeros(n, int)), neighbours=near, features=features, **evidence
    )


def test_exact_and_near_features() -> None:
    features = spread(120)
    features[[40, 7]] = features[3]
    features[90] = features[50] + 1e-3
    said = found(features, Classes(np.where(np.arange(120) == 40, 1, 0), ("a", "b")))
    assert said.items == [(3, 7, 40), (50, 90)]
    assert said.kind == ["exact", "near"]
    assert said.why == [
        "seen 3 times with 2 different labels ('a' 2, 'b' 1)",
        "nearly the same as 1 other (100 % alike)",
    ]
    assert said.score == pytest.approx([0.8, 0.5], abs=1e-3)
    assert said.info["items"] == 5
    assert said.info["conflict"].tolist() == [True, False]


def test_clean_data_have_none() -> None:
    said = found(spread(200))
    assert said.items == []
    assert len(said.score) == 0


def test_leakage_between_splits() -> None:
    features = spread(100)
    features[[80, 81]] = features[[10, 10]]
    features[90] = features[20]
    features[30] = features[31]  # within train: no leak
    split = np.where(np.arange(100) < 70, "train", "test")
    said = found(features, Classes(np.where(np.arange(100) == 90, 1, 0)), split=split)
    assert said.items == [(10, 80, 81), (20, 90), (30, 31)]
    assert said.info["across"].tolist() == [True, True, False]
    assert said.info["leakage"] == [
        {"of": "test", "seen_in": "train", "items": 3, "share": 0.1, "conflicts": 1},
        {"of": "train", "seen_in": "test", "items": 2, "share": 2 / 70, "conflicts": 1},
    ]
    assert said.why[0] == "seen 3 times, in test and in train"
    assert said.score.tolist() == pytest.approx([0.7, 1.0, 0.5])


def test_near_texts() -> None:
    rng = np.random.default_rng(0)
    words = np.array([f"{a}{b}{c}" for a in "bdfgk" for b in "aeiou" for c in "lmnrs"])
    texts = [" ".join(rng.choice(words, 12)) for _ in range(60)]
    texts[5] = texts[9].upper() + "!"  # the same words
    texts[20] = texts[21]  # exact
    half = texts[30].split()
    texts[31] = " ".join(half[:6] + list(rng.choice(words, 6)))  # near by features, not by words
    bag = np.array([[text.lower().count(word) for word in words] for text in texts], dtype=float)
    said = found(bag, items=texts)
    assert said.items == [(5, 9), (20, 21)]
    assert said.kind == ["near", "exact"]
    assert said.why[0] == "nearly the same as 1 other (100 % alike)"
    assert said.info["checked"] == "texts"


def test_blank_texts_are_not_copies() -> None:
    said = found(
        spread(40),
        items=["", " ", ""] + [f"text number {i} of its kind {i * i}" for i in range(37)],
    )
    assert said.items == []


def test_equal_texts_are_exact_whatever_the_features_say() -> None:
    said = found(spread(30), items=["same words"] * 2 + [f"word{i} other{i}" for i in range(28)])
    assert said.items == [(0, 1)]
    assert said.kind == ["exact"]


def test_a_chain_of_small_steps_is_cut() -> None:
    features = np.vstack([spread(200), np.zeros((9, 12))])
    angle = np.linspace(0, 0.9, 9)  # steps of .11: neighbours are near, the ends are not
    features[200:, 0], features[200:, 1] = 40 * np.cos(angle), 40 * np.sin(angle)
    said = found(features, j=100, threshold=0.05)
    chained = [group for group in said.items if min(group) >= 200]
    assert chained
    for group in chained:
        span = angle[np.array(group) - 200]
        assert span.max() - span.min() < 0.5


def test_a_crowd_larger_than_its_lists_is_one_group() -> None:
    rng = np.random.default_rng(0)
    features = np.vstack(
        [spread(300, 20), np.ones((60, 20)) * 3 + 1e-4 * rng.normal(size=(60, 20))]
    )
    said = found(features, j=22)
    assert said.items == [tuple(range(300, 360))]
    assert said.info["crowded"] > 0


def test_dense_places_are_no_duplicates() -> None:
    rng = np.random.default_rng(0)
    dense = rng.normal(size=(1, 30)) + 0.15 * rng.normal(
        size=(100, 30)
    )  # near by the general measure, but no nearer than their surroundings
    features = np.vstack([spread(300, 30), dense])
    near = nearest(features, j=40)
    assert (near.distance[300:, 0] < 0.13 * np.median(near.distance[:, 0])).mean() > 0.5
    said = near_duplicates.audit(Classes(np.zeros(400, int)), neighbours=near, features=features)
    assert said.items == []


@pytest.mark.parametrize(
    ("labels", "conflict"),
    [
        (MultiLabel(np.array([[0, 1], [1, 1]] + [[0, 0]] * 28)), True),
        (MultiLabel(np.array([[0, 1], [0, 1]] + [[0, 0]] * 28)), False),
        (Numbers(np.array([1.5, 1.5] + [0.0] * 28)), False),
        (Numbers(np.array([1.5, 2.5] + [0.0] * 28)), True),
        (Numbers(np.array([1.5, np.nan] + [0.0] * 28)), False),
        (Classes(np.array([1, -1] + [0] * 28)), False),
        (Grouped(Classes(np.arange(60) % 2), np.arange(0, 61, 2)), False),
        (Grouped(Classes(np.arange(60) // 2 % 2), np.arange(0, 61, 2)), True),
    ],
)
def test_any_kind_of_labels(labels: Labels, conflict: bool) -> None:
    features = spread(30)
    features[1] = features[0]
    said = found(features, labels)
    assert said.items == [(0, 1)]
    assert said.info["conflict"].tolist() == [conflict]


def test_without_features_and_items_distance_zero_is_a_copy() -> None:
    features = spread(30)
    features[1] = features[0]
    said = near_duplicates.audit(Classes(np.zeros(30, int)), neighbours=nearest(features, j=5))
    assert said.items == [(0, 1)]
    assert said.kind == ["exact"]


def test_pictures_by_file_and_by_pixels(tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 255, (40, 16, 16, 3))
    pixels[1] = pixels[0]
    pixels[3] = np.clip(pixels[2] + rng.integers(-3, 4, pixels[2].shape), 0, 255)
    features = pixels.reshape(40, -1) / 255
    features[5] = features[4] + 1e-4  # near by features only
    for row, part in enumerate(pixels):
        image.fromarray(part.astype(np.uint8)).save(tmp_path / f"{row}.png")
    paths = [str(tmp_path / f"{row}.png") for row in range(39)] + [str(tmp_path / "gone.png")]
    said = found(features, items=paths)
    assert said.items == [(0, 1), (2, 3)]
    assert said.kind == ["exact", "near"]


@pytest.mark.parametrize("width", [3, 4, 6])
def test_where_few_things_vary_chance_makes_few_duplicates(width: int) -> None:
    features = spread(900, width, seed=1)
    features[700] = features[70] * (1 + 1e-6)
    said = found(features)
    assert (70, 700) in said.items
    assert (
        len(said.items) <= 8
    )  # .003 of 900 items may stand near another by chance, and the planted pair


def test_how_alike_is_said_as_a_share_of_the_usual_distance() -> None:
    features = spread(200, 30)
    features[11] = features[10] + 0.15 * spread(1, 30, seed=2)[0]
    near = nearest(features, j=25)
    said = found(features)
    assert said.items == [(10, 11)]
    assert said.why == [
        f"nearly the same as 1 other ({100 * (1 - near.distance[10, 0] / said.info['usual']):.0f} "
        "% alike)"
    ]
    assert said.score[0] > 0.43
