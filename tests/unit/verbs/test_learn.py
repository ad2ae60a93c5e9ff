"""learn and predict: keywords, evidence, warnings, the folder, and what comes later."""

import json

import numpy as np
import pytest
from tests.worlds import classes

import reliabel as rl
from reliabel.core.run import Cancelled, running
from reliabel.folders.checkpoints import CHECKPOINTS

WORLD, FRESH = classes(0), classes(7)
X, NEW = WORLD.evidence["features"], FRESH.evidence["features"]
FILMS = ["a fine film", "a great film", "dull and long", "a dull story"] * 10
MOODS = ["good", "good", "bad", "bad"] * 10


def accuracy(prediction):
    return (prediction.labels.p.argmax(1) == FRESH.truth.y).mean()


def test_the_probe_needs_no_torch_and_its_folder_predicts_the_same(tmp_path):
    model = rl.learn(WORLD.labels, features=X, by="linear_probe", folder=tmp_path / "m")
    assert accuracy(rl.predict(model, features=NEW)) > 0.95
    there = rl.predict(tmp_path / "m", features=NEW)
    assert np.array_equal(there.labels.p, rl.predict(model, features=NEW).labels.p)
    again = rl.load(tmp_path / "m")
    assert again.info["by"] == "noise_ignorant"
    assert again.info["classes"] == WORLD.labels.names
    assert again.info["probe"]["agreement"] == model.info["agreement"]
    assert not list((tmp_path / "m").rglob("*.pkl"))
    assert not (tmp_path / "m" / CHECKPOINTS).exists()
    saved = rl.load(rl.save(again, tmp_path / "copy"))
    assert np.array_equal(saved.predict(NEW).p, there.labels.p)


def test_texts_are_predicted_as_they_were_learnt(tmp_path):
    data = rl.read({"t": FILMS, "mood": MOODS}, label="mood", text="t")
    model = rl.learn(data, by="linear_probe", embed="tfidf", folder=tmp_path)
    for which in (model, tmp_path):
        table = {"t": ["a great story", "a dull film"], "more": [1, 2]}
        assert rl.predict(which, table).predicted == ["good", "bad"]
        assert rl.predict(which, table["t"]).predicted == ["good", "bad"]
        assert rl.predict(which, {"said": table["t"]}, text="said").predicted == ["good", "bad"]
    mine = rl.predict(model, FILMS).labels.p
    assert np.array_equal(mine, rl.predict(tmp_path, data).labels.p)


def test_rows_of_a_table_are_predicted_by_what_was_learnt_of_its_columns(tmp_path):
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 200)
    town = np.where(y == 1, "Rome", "Oslo").tolist()
    when = np.where(y == 1, "2024-05-01", "2023-01-15").tolist()
    table = {"a": (rng.normal(size=200) + y).tolist(), "town": town, "when": when}
    data = rl.read({**table, "y": np.where(y == 1, "u", "v").tolist()}, label="y")
    model = rl.learn(data, by="linear_probe", folder=tmp_path)
    assert model.info["columns"] == ("a", "town", "when")
    rows = {"when": ["2024-05-01", "2023-01-15"], "town": ["Rome", None], "a": [1.0, -0.5]}
    assert rl.predict(tmp_path, rows).predicted == ["u", "v"]
    said = rl.predict(tmp_path, {**{k: v[:5] for k, v in table.items()}}).labels.p
    assert np.allclose(said, rl.predict(tmp_path, data).labels.p[:5])
    with pytest.raises(ValueError, match=r"no column 'town' .*its columns: 'a', 'when'"):
        rl.predict(tmp_path, {"a": [1.0], "when": ["2024-05-01"]})


def test_features_that_had_to_be_mended_are_mended_again(tmp_path):
    x = X.copy()
    x[:, 1] *= 1e4
    x[3, 2] = np.nan
    model = rl.learn(WORLD.labels, features=x, by="linear_probe", folder=tmp_path)
    assert any("1 NaN" in warning for warning in model.info["warnings"])
    new = NEW.copy()
    new[:, 1] *= 1e4
    new[5, 2] = np.nan
    for which in (model, tmp_path):
        assert accuracy(rl.predict(which, features=new)) > 0.95
    new[8, 4] = np.inf  # in a column that missed nothing in training
    with pytest.raises(ValueError, match="NaN or infinite values, the first in row 8"):
        rl.predict(model, features=new)


def test_a_table_of_features_keeps_the_names_of_its_columns():
    pd = pytest.importorskip("pandas")
    names = list("abcdefgh")
    model = rl.learn(WORLD.labels, features=pd.DataFrame(X, columns=names), by="linear_probe")
    turned = pd.DataFrame(NEW, columns=names)[names[::-1]]
    assert accuracy(rl.predict(model, features=turned)) > 0.95
    with pytest.raises(ValueError, match=r"other columns.*'h' is missing"):
        rl.predict(model, features=turned.rename(columns={"h": "z"}))


def test_predictions_as_a_table():
    model = rl.learn(WORLD.labels, features=X, by="linear_probe")
    found = rl.predict(model, features=NEW[:3])
    table = rl.table(found).to_pydict()
    assert list(table) == ["id", "label", "p", "p_ape", "p_bee", "p_cat"]
    assert table["label"] == found.predicted
    assert table["p"] == pytest.approx(found.labels.p.max(1).tolist())
    assert "3 predictions" in found._repr_html_()


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: rl.learn([1] * 40, features=X[:40]), "all 40 labels are '1', so that there is"),
        (lambda: rl.learn(rl.Classes([-1] * 5, ("a", "b"))), "none of the 5 items has a label"),
        (lambda: rl.learn(WORLD.labels), "without anything to learn from: give features="),
        (lambda: rl.learn(WORLD.labels, features=X[:20]), "features has 20 rows for 300 items"),
        (
            lambda: rl.learn(WORLD.labels, features=X, by="linear_prob"),
            "no learner is called 'linear_prob', did you mean 'linear_probe'",
        ),
        (
            lambda: rl.learn(WORLD.labels, features=X, by="linear_probe", fold=3),
            "takes no 'fold'",
        ),
        (
            lambda: rl.learn(WORLD.labels, features=X, by="linear_probe", folds_=3),
            "has no option 'folds_', did you mean 'folds'",
        ),
        (
            lambda: rl.learn(WORLD.labels, features=X, by="linear_probe", tune=True),
            "noise_ignorant has no training to tune",
        ),
        (lambda: rl.learn(WORLD.labels, features=X, momentum=3), "auto has no option 'momentum'"),
        (lambda: rl.learn(WORLD.labels, features=X, stop=3), "stop is chosen where the training"),
        (lambda: rl.learn(WORLD.labels, features=X, resume=True), "name it with folder="),
        (
            lambda: rl.learn(WORLD.labels, features=X, by="linear_probe", noise_matrix="auto"),
            "noise_ignorant does not use noise_matrix",
        ),
        (
            lambda: rl.learn(
                WORLD.labels, features=X, by="linear_probe", trusted=np.ones(300, bool)
            ),
            "noise_ignorant does not use trusted",
        ),
        (
            lambda: rl.learn(WORLD.labels, features=X, by="linear_probe", training={"epochs": 3}),
            r"training must be rl.Training\(...\), got dict",
        ),
        (
            lambda: rl.learn(rl.MultiLabel(np.ones((5, 2), int), ("a", "b")), features=X[:5]),
            "by='auto' is for one class an item, got MultiLabel",
        ),
        (lambda: rl.predict(3, X), "predict takes a Model .* or a model folder, got int"),
        (lambda: rl.predict("nowhere", X), "nowhere is not a model folder"),
        (lambda: rl.save(3, "x"), "takes an Audit .* or a Model"),
    ],
)
def test_bad_input_gets_a_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"features": NEW[:, :5]}, r"features of shape \(n, 8\), got \(300, 5\)"),
        ({"features": np.full((2, 8), np.nan)}, "NaN or infinite values, the first in row 0"),
        ({"data": ["a text"]}, "trained on features that were given to it"),
        ({"data": {"a": [1, 2]}}, "trained on features that were given to it"),
        ({}, "nothing to predict"),
    ],
)
def test_what_a_model_of_features_cannot_predict_gets_a_sentence(words, sentence):
    model = rl.learn(WORLD.labels, features=X, by="linear_probe")
    with pytest.raises(ValueError, match=sentence):
        rl.predict(model, **words)


def test_other_weights_or_another_embedder_get_a_sentence():
    model = rl.learn(MOODS, items=FILMS, by="linear_probe", embed="tfidf")
    model.info["embedder"]["hash"] = "another"
    with pytest.raises(ValueError, match="features of text_tfidf with other weights"):
        rl.predict(model, ["a film"])
    with pytest.raises(ValueError, match="trained on text features of text_tfidf, and these are"):
        rl.predict(model, rl.Dataset(rl.Classes([0]), {"items": {"a": [1]}}))


def test_rare_classes_and_a_single_label_are_warned_of():
    y = np.array([0] * 100 + [1] * 9 + [2])
    model = rl.learn(rl.Classes(y, ("a", "b", "c")), features=X[:110], by="linear_probe")
    told = " ".join(model.info["warnings"])
    assert "the largest class has 100 labels, the smallest 1" in told
    assert "balance=1" in told
    assert "class 'c' has 1 label," in told


def test_auto_without_torch_is_the_probe_and_says_what_more_there_is(monkeypatch):
    monkeypatch.setattr("reliabel.core.catalogue.Entry.missing_extras", lambda entry: ("torch",))
    model = rl.learn(WORLD.labels, features=X)
    assert model.info["by"] == "noise_ignorant"
    assert "pip install 'reliabel[torch]'" in model.info["why"]


def test_a_column_says_which_labels_are_trusted():
    from reliabel.verbs.learn_checks import with_trusted_column

    table = {"a": [0.1, 0.7, 0.3] * 4, "ok": ["yes", "no", ""] * 4, "y": ["u", "v", "u"] * 4}
    data = rl.read(table, label="y")
    found, evidence = with_trusted_column(data, {"trusted": "ok"})
    assert evidence["trusted"].tolist() == [True, False, False] * 4
    assert list(found.evidence["items"]) == ["a"]
    with pytest.raises(ValueError, match="'okay', which is not there, did you mean 'ok'"):
        with_trusted_column(data, {"trusted": "okay"})
    with pytest.raises(ValueError, match=r"must say yes or no .* got '0.1' in row 0"):
        with_trusted_column(data, {"trusted": "a"})


def trained(by="cross_entropy", **words):
    pytest.importorskip("torch")
    return rl.learn(WORLD.labels, features=X, by=by, **words)


def test_options_reach_the_training_and_the_learner():
    model = trained("early_learning", epochs=3, momentum=0.5, lr=0.1)
    assert len(model.trace) == 3
    assert model.info["training"].lr == 0.1
    assert model.info["options"] == {"momentum": 0.5}
    assert model.info["agreement"] == model.trace.max()
    given = trained("early_learning", training=rl.Training(epochs=3, lr=0.1), momentum=0.5)
    assert np.array_equal(given.trace, model.trace)


def test_dynamics_are_recorded_on_request():
    model = trained(epochs=3, dynamics=True)
    assert model.dynamics.margin.shape == (3, 300)
    assert trained(epochs=3).dynamics is None
    audit = rl.audit(WORLD.labels, dynamics=model.dynamics, by=["area_under_margin"])
    assert audit.opinions["area_under_margin"].score.shape == (300,)


def test_a_module_of_ones_own_takes_arrays_of_any_shape():
    torch = pytest.importorskip("torch")

    def module():
        return torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(8, 3))

    pictures = X.reshape(-1, 2, 4).astype(np.float32)
    model = trained_on(pictures, module=module, epochs=8, lr=0.02)
    said = model.predict(NEW.reshape(-1, 2, 4).astype(np.float32)).p.argmax(1)
    assert (said == FRESH.truth.y).mean() > 0.9
    assert model.info["probe"]["agreement"] > 0.8
    pictures[7, 1, 2] = np.nan
    with pytest.raises(ValueError, match="the first in row 7"):
        trained_on(pictures, module=module)


def trained_on(features, **words):
    return rl.learn(WORLD.labels, features=features, by="cross_entropy", **words)


class Killed(BaseException):
    """What ends a training in the middle."""


@pytest.mark.parametrize("words", [{"by": "early_learning"}, {"by": "cross_entropy", "tune": True}])
def test_a_killed_training_goes_on_to_the_same_bits(tmp_path, words):
    pytest.importorskip("torch")
    words = {**words, "epochs": 4}
    seen, all_of_it = [], []
    with running(watcher=lambda *told: all_of_it.append(told)):
        whole = trained(**words)

    def kill(what, step, value):
        seen.append(value)
        if len(seen) == 7 if words.get("tune") else len(seen) == 2:
            raise Killed

    with running(watcher=kill, seconds=0.0), pytest.raises(Killed):
        trained(**words, folder=tmp_path)
    assert (tmp_path / CHECKPOINTS).exists()
    with pytest.raises(
        ValueError, match=r"no training to go on with .* other data, options or seed"
    ):
        trained(**words, folder=tmp_path, seed=3, resume=True)
    later = []
    with running(watcher=lambda *told: later.append(told)):
        again = trained(**words, folder=tmp_path, resume=True)
    assert np.array_equal(again.predict(NEW).p, whole.predict(NEW).p)
    assert len(later) == len(all_of_it) - len(seen) + 1
    assert not (tmp_path / CHECKPOINTS).exists()
    with pytest.raises(ValueError, match="nothing was begun there"):
        trained(**words, folder=tmp_path, resume=True)


def test_a_cancelled_training_leaves_the_old_model(tmp_path):
    old = trained(epochs=2, folder=tmp_path)
    before = json.loads((tmp_path / "model.json").read_text())
    from threading import Event

    stop = Event()
    stop.set()
    with running(cancelled=stop), pytest.raises(Cancelled):
        trained(epochs=3, folder=tmp_path)
    assert json.loads((tmp_path / "model.json").read_text()) == before
    assert np.array_equal(rl.load(tmp_path).predict(NEW).p, old.predict(NEW).p)
