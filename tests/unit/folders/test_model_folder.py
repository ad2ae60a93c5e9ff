"""A model is saved and loaded again bit for bit, without pickle; what is damaged or foreign gets a
sentence.
"""

import json
import zipfile

import numpy as np
import pytest

from reliabel.core.corrections import corrections
from reliabel.core.dataset import Dataset
from reliabel.core.evidence import Dynamics
from reliabel.core.labels import Classes, Soft
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.folders import audit_folder, model_folder
from reliabel.folders.arrays_file import read_arrays, write_arrays
from reliabel.folders.model_folder import ModelCard, load_model, save_model
from reliabel.ops.heads import Heads

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 5)).astype(np.float32)


def layer(inputs, outputs, dtype=np.float32):
    return RNG.normal(size=(inputs, outputs)).astype(dtype), RNG.normal(size=outputs).astype(dtype)


def model(**parts):
    heads = ((layer(5, 4), layer(4, 3)), (layer(5, 4), layer(4, 3)))
    return Model(Heads(heads, X.mean(0), np.float32(1.3), ("a", "b", "ü")), **parts)


CARD = ModelCard(
    "guest",
    {"power": 0.5, "steps": (1, 2)},
    Training(epochs=3, module=dict, views=len),
    ("a", "b", "ü"),
    ("width", "height"),
    {"name": "text_tfidf", "sha256": "0a1b"},
)


def test_a_model_comes_back_bit_for_bit(tmp_path):
    given = model(
        labels=Soft(np.full((4, 3), 1 / 3, dtype=np.float32), ("a", "b", "ü")),
        dynamics=Dynamics(*RNG.random((3, 2, 4)).round()),
        trace=np.array([0.5, 0.75]),
        info={"epoch": 2, "kept": (1, 2), "stopped": None},
    )
    again, card = load_model(save_model(given, CARD, tmp_path / "m"))
    assert np.array_equal(again.predict(X).p, given.predict(X).p)
    assert again.predict.names == given.predict.names
    assert type(again.predict.scale) is np.float32
    for there, here in zip(np.ravel(arrays(again)), np.ravel(arrays(given)), strict=True):
        assert there.dtype == here.dtype
        assert np.array_equal(there, here)
    assert again.labels.names == given.labels.names
    assert again.labels.p.dtype == np.float32
    assert again.dynamics.correct.dtype == bool
    assert again.info == given.info
    assert (card.by, card.options, card.classes) == (CARD.by, CARD.options, CARD.classes)
    assert (card.columns, card.embedder) == (CARD.columns, CARD.embedder)
    assert card.training == Training(epochs=3)


def arrays(given):
    parts = [array for head in given.predict.heads for layer in head for array in layer]
    more = (given.labels.p, given.dynamics.margin, given.dynamics.p_given, given.trace)
    out = np.empty(len(parts) + len(more), dtype=object)
    out[:] = [*parts, *more]
    return out


def test_predicting_needs_no_arrays_of_the_training(tmp_path):
    save_model(model(trace=np.ones(3), info={"epoch": 1}), CARD, tmp_path)
    (tmp_path / "training.npz").unlink()
    bare, card = load_model(tmp_path, training=False)
    assert (bare.labels, bare.info, len(bare.trace), card.by) == (None, {}, 0, "guest")
    assert bare.predict(X).p.shape == (40, 3)
    with pytest.raises(ValueError, match=r"cannot be read: .*training\.npz"):
        load_model(tmp_path)


def test_the_folder_holds_json_and_arrays_alone(tmp_path):
    save_model(model(), CARD, tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir() if not path.name.startswith("."))
    assert names == ["model.json", "training.npz", "weights.npz"]
    text = (tmp_path / "model.json").read_text(encoding="utf-8")
    assert '\n "by": "guest"' in text, "people may read it: a line a field, names as they are"
    assert '"ü"' in text
    form = json.loads(text)
    assert form["schema"] == 1
    assert form["predict"]["#predictor"] == "ops.heads:Heads"
    for name in ("weights.npz", "training.npz"):
        with np.load(tmp_path / name, allow_pickle=False) as held:
            assert all(held[key].dtype != object for key in held.files)


def test_the_same_model_is_the_same_bytes(tmp_path):
    given = model(trace=np.ones(2))
    for folder in ("a", "b"):
        save_model(given, CARD, tmp_path / folder)
    for name in ("model.json", "weights.npz", "training.npz"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_second_model_replaces_the_first_and_a_failed_one_does_not(tmp_path, monkeypatch):
    first, second = model(trace=np.ones(1)), model(trace=np.ones(2))
    save_model(first, CARD, tmp_path)
    save_model(second, CARD, tmp_path)
    assert np.array_equal(load_model(tmp_path)[0].predict(X).p, second.predict(X).p)

    def fail(path, arrays):
        if path.name.startswith(".training"):
            raise OSError("no space left")
        write_arrays(path, arrays)

    monkeypatch.setattr(model_folder, "write_arrays", fail)
    with pytest.raises(OSError, match=r"training\.npz could not be written: no space left"):
        save_model(first, CARD, tmp_path)
    again = load_model(tmp_path)[0]
    assert np.array_equal(again.predict(X).p, second.predict(X).p)
    assert len(again.trace) == 2


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            Model(lambda features: Soft(features)),
            r"cannot be saved: a model must predict by a frozen",
        ),
        (Model(Soft), "cannot be saved: a model must predict by a frozen record .*, got Soft"),
        (
            model(info={"made": object()}),
            "the model of guest cannot be saved: cannot keep a object",
        ),
    ],
    ids=["closure", "class", "info"],
)
def test_what_has_no_form_on_disk_is_refused_and_nothing_is_written(tmp_path, given, sentence):
    with pytest.raises(ValueError, match=sentence):
        save_model(given, CARD, tmp_path / "m")
    assert not (tmp_path / "m").exists()


def test_a_folder_without_a_model_gets_a_sentence(tmp_path):
    with pytest.raises(ValueError, match="is not a model folder: there is no such folder"):
        load_model(tmp_path / "nowhere")
    with pytest.raises(ValueError, match=r"is not a model folder: it holds no model\.json"):
        load_model(tmp_path)


def changed(folder, **changes):
    path = folder / "model.json"
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **changes}))


DAMAGE = {
    "json cut short": (
        lambda f: (f / "model.json").write_text('{"schema": 1,'),
        "cannot be read: Expecting property name",
    ),
    "no field": (lambda f: (f / "model.json").write_text('{"schema": 1}'), "KeyError 'by'"),
    "no json object": (lambda f: (f / "model.json").write_text("[]"), "list indices must be"),
    "weights missing": (lambda f: (f / "weights.npz").unlink(), r"weights\.npz"),
    "weights cut short": (
        lambda f: (f / "weights.npz").write_bytes((f / "weights.npz").read_bytes()[:-50]),
        "it is no whole file of arrays",
    ),
    "weights changed": (lambda f: flip(f / "weights.npz"), "it is no whole file of arrays"),
    "weights empty": (lambda f: (f / "weights.npz").write_bytes(b""), "cannot be read"),
    "one array": (
        lambda f: (f / "weights.npz").write_bytes(b"\x93NUMPY" + bytes(200)),
        "no whole file of arrays",
    ),
    "an array gone": (lambda f: write_arrays(f / "weights.npz", {}), "KeyError 'array_"),
    "another shape": (
        lambda f: write_arrays(
            f / "weights.npz", {f"array_{i}": np.ones((2, 2)) for i in range(9)}
        ),
        "the weights of a head lead from 2 features to 3 classes",
    ),
    "newer": (
        lambda f: changed(f, schema=2),
        r"a newer version of reliabel \(schema 2, .* up to 1\)",
    ),
    "foreign predictor": (
        lambda f: changed(f, predict={"#predictor": "os:System"}),
        r"asks for 'os:System', which is no predictor of reliabel\.ops",
    ),
    "foreign part": (
        lambda f: changed(f, options={"#predictor": "builtins:Exec"}),
        r"which is no predictor of reliabel\.ops",
    ),
    "foreign record": (
        lambda f: changed(f, options={"#record": "Popen"}),
        "it holds a Popen, which is not known here",
    ),
}


def flip(path):
    raw = bytearray(path.read_bytes())
    raw[200] ^= 1
    path.write_bytes(raw)


@pytest.mark.parametrize(("damage", "sentence"), DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_or_foreign_folder_gets_a_sentence(tmp_path, damage, sentence):
    save_model(model(), CARD, tmp_path)
    damage(tmp_path)
    with pytest.raises(ValueError, match=sentence) as refused:
        load_model(tmp_path)
    assert str(refused.value).endswith("; train and save the model again")


class Bomb:
    """What pickle would run on loading."""

    def __reduce__(self):
        return (pytest.fail, ("pickled code ran",))


def test_pickled_objects_are_neither_written_nor_read(tmp_path):
    with pytest.raises(ValueError, match="Object arrays cannot be saved"):
        write_arrays(tmp_path / "x.npz", {"a": np.array([Bomb()], dtype=object)})
    save_model(model(), CARD, tmp_path)
    np.savez(tmp_path / "weights.npz", array_0=np.array([Bomb()], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="Object arrays cannot be loaded"):
        load_model(tmp_path)


def test_arrays_keep_type_shape_and_order(tmp_path):
    given = {
        "file": np.arange(3, dtype=">i2"),
        "empty": np.zeros((0, 4), np.float16),
        "one": np.array(2.5),
        "text": np.array(["ä", "bc"]),
        "columns": np.asfortranarray(np.arange(6).reshape(2, 3)),
    }
    write_arrays(tmp_path / "x.npz", given)
    with (tmp_path / "x.npz").open("rb") as file:
        again = read_arrays(file)
    assert list(again) == list(given)
    for name, array in given.items():
        assert again[name].dtype == array.dtype
        assert again[name].flags.f_contiguous == array.flags.f_contiguous
        assert np.array_equal(again[name], array)
    assert zipfile.is_zipfile(tmp_path / "x.npz")


def with_changes():
    """A model with the labels that its training changed."""
    given = Dataset(Classes(np.array([0, 1, 1, 2]), ("a", "b", "ü")), {"items": list("wxyz")})
    seen = Soft(np.eye(3)[[0, 2, 1, 2]] * 0.7 + 0.1, ("a", "b", "ü"))
    made = model(labels=seen)
    return made, corrections(made, given, "guest")


def test_the_changed_labels_and_the_page_lie_beside_the_model(tmp_path):
    made, audit = with_changes()
    place = save_model(made, CARD, tmp_path / "m", audit=audit, page="<p>")
    assert model_folder.is_model(place)
    assert not model_folder.is_model(tmp_path)
    assert (place / "report.html").read_text(encoding="utf-8") == "<p>"
    again = model_folder.load_corrections(place)
    assert [(f.item, f.given, f.suggest) for f in again.findings] == [(1, "b", "ü")]
    assert again.data.evidence["items"] == list("wxyz")
    assert (place / "findings.csv").read_text(encoding="utf-8").count("\n") == 2
    assert np.array_equal(load_model(place)[0].predict(X).p, made.predict(X).p)


def test_a_model_without_them_leaves_none_of_an_earlier_one(tmp_path):
    made, audit = with_changes()
    save_model(made, CARD, tmp_path / "m", audit=audit)
    save_model(made, CARD, tmp_path / "m")
    assert model_folder.load_corrections(tmp_path / "m") is None
    with pytest.raises(ValueError, match="is not an audit folder"):
        audit_folder.load(tmp_path / "m")


def test_an_audit_is_not_overwritten_by_a_model(tmp_path):
    made, audit = with_changes()
    audit_folder.save(audit, tmp_path / "a")
    with pytest.raises(ValueError, match="holds an audit; give the model a folder of its own"):
        save_model(made, CARD, tmp_path / "a")
    assert len(audit_folder.load(tmp_path / "a").findings) == 1


def test_decisions_on_other_labels_are_not_lost(tmp_path):
    made, audit = with_changes()
    save_model(made, CARD, tmp_path / "m", audit=audit)
    (tmp_path / "m" / "decisions.csv").write_text("id,verdict\n1,keep\n", encoding="utf-8")
    save_model(made, CARD, tmp_path / "m", audit=audit)
    other = Dataset(Classes(np.zeros(3, int), ("a", "b", "ü")))
    with pytest.raises(ValueError, match="people's decisions"):
        save_model(made, CARD, tmp_path / "m", audit=corrections(made, other, "guest"))
