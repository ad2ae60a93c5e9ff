"""Duplicates: exact and near, conflicts, leakage, chains, crowds, and pairs that a second look
rejects.
"""

import io
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
    assert np.flatnonzero(~said.info["clean"]).tolist() == [10, 20, 80, 81, 90]
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
    assert said.kind == ["recased", "exact"]
    assert said.why[0] == (
        "the same words as 1 other, with other case, spaces or punctuation (100 % alike)"
    )
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
    assert said.kind == ["exact", "recompressed"]


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


def test_independent_splits_do_not_leak() -> None:
    split = np.where(np.random.default_rng(1).random(400) < 0.7, "train", "test")
    said = found(spread(400), split=split)
    assert said.info["leakage"] == []
    assert said.info["clean"].all()


def test_counts_are_of_items_not_of_pairs() -> None:
    """fastdup counted edges: twenty copies of one item are 21 items, not 210."""
    features = spread(200)
    features[100:120] = features[5]
    said = found(features)
    assert said.items == [(5, *range(100, 120))]
    assert said.info["items"] == 21


TEXTS = [
    f"the {a} {b} of {c} that we saw on {d}"
    for a in ("red", "late", "small", "first")
    for b in ("train", "letter", "house", "garden", "answer")
    for c in ("Mary", "the king", "nobody")
    for d in ("Monday", "a hill")
]


def test_texts_need_no_features() -> None:
    long = " ".join(TEXTS[:8])
    texts = [*TEXTS, "  THE red  train of mary, that we saw on Monday!", "", "?", long, long + " x"]
    said = near_duplicates.audit(Classes(np.zeros(len(texts), int)), items=texts, overlap=0.9)
    at = len(TEXTS)
    assert ((0, at), "recased") in list(zip(said.items, said.kind, strict=True))
    assert ((at + 3, at + 4), "near") in list(zip(said.items, said.kind, strict=True))
    assert not {at + 1, at + 2} & {item for group in said.items for item in group}


def photographs(n: int, seed: int = 0) -> list[Any]:
    """Smooth random pictures of 48 x 48 pixels with waves of every direction."""
    rng = np.random.default_rng(seed)
    at = np.stack(np.meshgrid(np.arange(48), np.arange(48))) / 48
    made = []
    for _ in range(n):
        waves = rng.normal(0, 5, (12, 3, 2)), rng.uniform(0, 7, (12, 3)), rng.random((12, 3))
        field = np.einsum(
            "wc,wcxy->xyc",
            waves[2],
            np.sin(2 * (np.einsum("wca,axy->wcxy", waves[0], at) + waves[1][:, :, None, None])),
        )
        field -= field.min()
        made.append(np.round(255 * field / field.max()).astype(np.uint8))
    return made


def saved(pixels: Any, **options: Any) -> bytes:
    image = pytest.importorskip("PIL.Image")
    held = io.BytesIO()
    image.fromarray(np.ascontiguousarray(pixels)).save(held, **options)
    return held.getvalue()


def planted() -> tuple[list[bytes], Any, dict[tuple[int, int], str]]:
    """120 pictures, of which the last twenty are copies; features that see colours and places."""
    image = pytest.importorskip("PIL.Image")
    pictures = photographs(100)
    made, kinds = [saved(one, format="PNG") for one in pictures], {}
    for of in range(20):
        one, kind = (
            pictures[of],
            ("exact", "recompressed", "mirrored", "cropped", "resized")[of % 5],
        )
        part = image.fromarray(one)
        if kind == "cropped":
            part = part.crop((of % 6, 3, 40 + of % 4, 45)).resize((48, 48))
        elif kind == "resized":
            part = part.resize((64, 72))
        elif kind == "mirrored":
            part = part.transpose(image.Transpose.FLIP_LEFT_RIGHT)
        kinds[of, len(made)] = kind
        exact = kind == "exact"
        made.append(saved(part, format="PNG" if exact else "JPEG", quality=60))
    cells = [
        np.asarray(image.open(io.BytesIO(one)).convert("RGB").resize((4, 4))).ravel()
        for one in made
    ]
    return made, np.array(cells, dtype=float), kinds


def test_copies_of_pictures_are_found_by_their_names() -> None:
    made, features, kinds = planted()
    said = found(features, items=made)
    assert dict(zip(said.items, said.kind, strict=True)) == kinds
    others = dict(zip(said.kind, said.why, strict=True))
    assert others["mirrored"].startswith("the mirror image of 1 other (9")
    assert others["cropped"].startswith("a part of 1 other, or the whole (9")


def test_pictures_need_no_features_but_for_crops() -> None:
    made, _, kinds = planted()
    said = near_duplicates.audit(Classes(np.zeros(len(made), int)), items=made)
    expected = {pair: kind for pair, kind in kinds.items() if kind != "cropped"}
    assert expected.items() <= dict(zip(said.items, said.kind, strict=True)).items()
    assert len(said.items) <= len(kinds)


def test_pictures_of_like_things_are_no_copies() -> None:
    """Digits: where all pictures are alike, copies must be nearer than is usual."""
    digits = pytest.importorskip("sklearn.datasets").load_digits()
    pictures = list((digits.images[:600] * 255 / 16).astype(np.uint8))
    pictures[500] = pictures[3][:, ::-1].copy()
    said = near_duplicates.audit(Classes(digits.target[:600]), items=pictures)
    assert ((3, 500), "mirrored") in list(zip(said.items, said.kind, strict=True))
    assert len(said.items) <= 3


def test_a_group_of_several_kinds_is_near_and_says_which() -> None:
    one = photographs(30)
    made = [saved(picture, format="PNG") for picture in one]
    made += [saved(one[4], format="JPEG", quality=70), saved(one[4][:, ::-1], format="PNG")]
    said = near_duplicates.audit(Classes(np.zeros(32, int)), items=made)
    assert said.items == [(4, 30, 31)]
    assert said.kind == ["near"]
    assert said.why[0].endswith("alike; 1 mirrored, 1 recompressed)")


def test_nothing_to_compare_is_said() -> None:
    import reliabel as rl

    with pytest.raises(ValueError, match="cannot run: needs neighbours or items or features"):
        rl.audit([0, 1, 0, 1], by=["near_duplicates"])


def test_blank_and_broken_pictures_are_no_copies() -> None:
    pytest.importorskip("PIL")
    grey = [np.full((20, 20), level, np.uint8) for level in (0, 0, 255, 90)]
    said = near_duplicates.audit(
        Classes(np.zeros(6, int)), items=[*grey, b"no picture", "gone.png"]
    )
    assert said.items == [(0, 1)]
    assert said.info["unread"] == 2


def test_rows_of_a_table_far_from_all_others_are_no_copies_for_lying_in_one_direction() -> None:
    rng = np.random.default_rng(0)
    far = 20 + rng.normal(size=(12, 8))  # apart from each other as the rest are
    features = np.vstack([rng.normal(size=(300, 8)), far, far[:1] + 1e-3])
    table = {f"x{c}": features[:, c] for c in range(8)}
    near = nearest(features, j=20)
    said = near_duplicates.audit(
        Classes(np.zeros(313, int)), neighbours=near, items=table, features=features
    )
    assert said.items == [(300, 312)]
