"""Keys of kept evidence: whatever part changes, the piece is made again; equal parts find it."""

from __future__ import annotations

from dataclasses import asdict, fields

import numpy as np
import pytest

import reliabel as rl
from reliabel.folders.audit_folder import save
from reliabel.folders.evidence_keys import (
    PIECES,
    CleanFeatures,
    Embedder,
    Features,
    Key,
    LearningDynamics,
    NearestItems,
    Predictions,
    Probabilities,
    PWrong,
    TagProbabilities,
)
from reliabel.folders.evidence_store import Store

Y = np.array([0, 1, 2, 1])
ARRAY = np.array([[0.5, 0.25], [0.25, 0.75], [0.125, 1.0], [0.0, 0.5]])
OTHER_ARRAYS = (
    ARRAY.astype(np.float32),  # another type
    ARRAY.reshape(2, 4),  # another shape
    ARRAY + np.array([0, 1e-16]),  # one bit
    ARRAY[::-1],
)
OTHER_Y = (np.array([0, 1, 2, 2]), Y.astype(np.int32), Y.reshape(4, 1), Y[:3])
TEXT = ("b" * 64, "")
SEED = (1, -0.0)
# piece -> part -> (its value, other values of which each must miss)
PARTS = {
    Embedder: {
        "items": ("a" * 64, TEXT),
        "labels": ("a" * 64, TEXT),
        "installed": (["minilm", "tfidf"], (["tfidf"], ["tfidf", "minilm"], [])),
    },
    Features: {
        "embedder": ("text_minilm", ("text_tfidf",)),
        "options": (
            {"folder": "m"},
            ({"folder": "n"}, {"model": "m"}, {}, {"folder": "m", "k": 1}),
        ),
        "files": ([("m/w", 3, 9)], ([], [("m/w", 3, 10)], [("m/w", 4, 9)], [("m/v", 3, 9)])),
        "items": ("a" * 64, TEXT),
        "seed": (0, SEED),
    },
    CleanFeatures: {"features": ("a" * 64, TEXT)},
    Probabilities: {
        "features": ("a" * 64, TEXT),
        "y": (Y, OTHER_Y),
        "k": (3, (4,)),
        "names": (("a", "b", "c"), (("a", "b", "d"), ("b", "a", "c"), ("a", "b"), ("a", "bc", ""))),
        "fold": (Y % 2, (1 - Y % 2, (Y % 2)[:2])),
        "model": ("logistic", ("auto",)),
        "options": ({"C": 1.0}, ({"C": 2.0}, {"C": 1}, {"c": 1.0}, {})),
        "seed": (0, SEED),
    },
    Predictions: {
        "features": ("a" * 64, TEXT),
        "y": (ARRAY, OTHER_ARRAYS),
        "fold": (Y % 2, (1 - Y % 2,)),
        "model": ("ridge", ("auto",)),
        "options": ({"alpha": 1.0}, ({"alpha": 2.0}, {})),
        "seed": (0, SEED),
    },
    TagProbabilities: {
        "word": (Y, OTHER_Y),
        "offsets": (np.array([0, 2, 4]), (np.array([0, 3, 4]),)),
        "distinct": ("a" * 64, TEXT),
        "y": (Y, OTHER_Y),
        "names": (("O", "B-a", "I-a"), (("O", "B-b", "I-b"),)),
        "fold": (Y % 2, (1 - Y % 2,)),
        "options": ({"steps": 40}, ({"steps": 41}, {})),
    },
    NearestItems: {
        "features": ("a" * 64, TEXT),
        "j": (50, (200,)),
        "seed": (0, SEED),
        "search": ("auto", ("exact",)),
    },
    LearningDynamics: {
        "features": ("a" * 64, TEXT),
        "y": (Y, OTHER_Y),
        "k": (3, (4,)),
        "names": (("a", "b", "c"), (("a", "b", "d"), ("b", "a", "c"), ("a", "b"))),
        "seed": (0, SEED),
    },
    PWrong: {
        "y": (Y, OTHER_Y),
        "k": (3, (4,)),
        "names": (("a", "b", "c"), (("a", "b", "d"), ("b", "a", "c"), ("a", "b"))),
        "probs": (ARRAY, OTHER_ARRAYS),
        "features": (ARRAY, (None, *OTHER_ARRAYS)),
        "index": (Y[:, None], (None, *OTHER_Y[:2])),
        "distance": (ARRAY, (None, *OTHER_ARRAYS)),
        "fold": (Y % 2, (None, 1 - Y % 2)),
        "copies": (Y, (None, *OTHER_Y)),
        "second": (
            {"tfidf": {"probs": ARRAY, "index": Y}},
            (
                {},
                {"patches": {"probs": ARRAY, "index": Y}},
                {"tfidf": {"probs": ARRAY}},
                *({"tfidf": {"probs": array, "index": Y}} for array in OTHER_ARRAYS),
            ),
        ),
        "class_order": (Y, (None, *OTHER_Y)),
        "seed": (0, SEED),
    },
}


def key_of(piece: type[Key], **changes) -> Key:
    return piece(**{name: value for name, (value, _) in PARTS[piece].items()} | changes)


def found(store: Store, key: Key) -> bool:
    """Whether the store has the piece of this key already."""
    before = len(store.reused)
    store.made(key, lambda: {"x": np.zeros(1)})
    return len(store.reused) > before


def test_every_part_of_every_piece_stands_in_this_test():
    declared = {piece: [field.name for field in fields(piece)] for piece in PIECES}
    assert declared == {piece: list(parts) for piece, parts in PARTS.items()}
    assert len({piece.NAME for piece in PIECES}) == len(PIECES)


@pytest.mark.parametrize(
    ("piece", "part"),
    [(piece, part) for piece, parts in PARTS.items() for part in parts],
    ids=lambda one: one if isinstance(one, str) else one.NAME,
)
def test_another_value_of_any_part_misses_and_the_same_hits(tmp_path, piece, part):
    store = Store(tmp_path)
    assert not found(store, key_of(piece))
    assert found(Store(tmp_path), key_of(piece))
    for other in PARTS[piece][part][1]:
        assert not found(store, key_of(piece, **{part: other})), other
        assert found(store, key_of(piece, **{part: other}))
    assert found(store, key_of(piece))


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.NAME)
def test_another_version_misses(tmp_path, monkeypatch, piece):
    assert not found(Store(tmp_path), key_of(piece))
    monkeypatch.setattr(piece, "VERSION", piece.VERSION + 1)
    assert not found(Store(tmp_path), key_of(piece))
    monkeypatch.undo()
    assert found(Store(tmp_path), key_of(piece))


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.NAME)
def test_another_piece_of_equal_parts_misses(tmp_path, monkeypatch, piece):
    assert not found(Store(tmp_path), key_of(piece))
    monkeypatch.setattr(piece, "NAME", "other")
    assert not found(Store(tmp_path), key_of(piece))


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.NAME)
def test_a_missing_and_an_extra_part_are_errors(piece):
    parts = {name: value for name, (value, _) in PARTS[piece].items()}
    for name in parts:
        with pytest.raises(TypeError, match=f"missing 1 required .*{name}"):
            piece(**{other: value for other, value in parts.items() if other != name})
    with pytest.raises(TypeError, match="unexpected keyword argument 'colour'"):
        piece(**parts, colour="red")


# End to end: the same folder, one thing changed.

N = 60
RNG = np.random.default_rng(0)
LABELS = np.arange(N) % 2
X = RNG.normal(size=(N, 3)) + LABELS[:, None]
WORDS = [" ".join(RNG.choice(["card", "shop", "fee", "bank", "pay"], 3)) for _ in range(N)]


def pieces(folder) -> dict[str, set[str]]:
    """Kind -> the pieces of it in a folder."""
    kept: dict[str, set[str]] = {}
    for path in (folder / "evidence").glob("*-*.json"):
        kept.setdefault(path.stem.rsplit("-", 1)[0], set()).add(path.stem)
    return kept


def audit_of(folder, **changes):
    words = {"y": LABELS, "names": ("a", "b"), "features": X, "items": None, **changes}
    labels = rl.Classes(words.pop("y"), words.pop("names"))
    evidence = {name: words.pop(name) for name in ("features", "items")}
    source = {"task": "text" if evidence["items"] else "arrays"}
    data = rl.Dataset(labels, {k: v for k, v in evidence.items() if v is not None}, source=source)
    return rl.audit(data, folder=folder, **words)


@pytest.mark.parametrize(
    ("change", "made_again"),
    [
        ({}, set()),
        ({"y": np.where(np.arange(N) == 3, 0, LABELS)}, {"probs", "p_wrong"}),
        ({"names": ("a", "c")}, {"probs", "p_wrong"}),
        ({"names": ("a", "b", "c")}, {"probs", "p_wrong"}),
        ({"seed": 1}, {"probs", "neighbours", "p_wrong"}),
        ({"model": "GaussianNB"}, {"probs", "p_wrong"}),
        ({"features": X[:, :2]}, {"probs", "neighbours", "p_wrong"}),
        ({"features": X.astype(np.float32)}, {"probs", "neighbours", "p_wrong"}),
        (
            {"features": None, "items": WORDS, "embed": "tfidf"},
            {"features", "probs", "neighbours", "p_wrong"},
        ),
    ],
)
def test_an_audit_of_the_same_folder_makes_again_what_its_change_touches(
    tmp_path, change, made_again
):
    first = audit_of(tmp_path)
    before = pieces(tmp_path)
    second = audit_of(tmp_path, **change)
    after = pieces(tmp_path)
    assert {kind for kind, kept in after.items() if kept != before.get(kind)} == made_again
    fresh = audit_of(None, **change)
    assert second.p_wrong.tobytes() == fresh.p_wrong.tobytes()
    assert second.findings == fresh.findings
    if not change:
        assert second.p_wrong.tobytes() == first.p_wrong.tobytes()
        assert second.warnings == first.warnings
        np.testing.assert_equal(asdict(second.count), asdict(first.count))  # NaN is equal to NaN


@pytest.mark.parametrize(
    ("change", "made_again"),
    [
        ({}, set()),
        ({"items": [*WORDS[:-1], "another"]}, {"features", "probs", "neighbours", "p_wrong"}),
        ({"seed": 1}, {"features", "probs", "neighbours", "p_wrong"}),
        ({"y": 1 - LABELS}, {"probs", "p_wrong"}),
    ],
)
def test_an_audit_of_texts_makes_again_what_its_change_touches(tmp_path, change, made_again):
    words = {"features": None, "items": WORDS, "embed": "tfidf"}
    audit_of(tmp_path, **words)
    before = pieces(tmp_path)
    second = audit_of(tmp_path, **{**words, **change})
    after = pieces(tmp_path)
    assert {kind for kind, kept in after.items() if kept != before[kind]} == made_again
    fresh = audit_of(None, **{**words, **change})
    assert second.p_wrong.tobytes() == fresh.p_wrong.tobytes()


def test_options_of_a_model_that_its_repr_cuts_short_count(tmp_path):
    from sklearn.linear_model import LogisticRegression

    weights = dict.fromkeys(range(200), 1.0)
    models = [LogisticRegression(class_weight={**weights, 150: w}) for w in (1.0, 1.0, 2.0)]
    assert repr(models[0]) == repr(models[2])
    made = []
    for model in models:
        audit_of(tmp_path, model=model)
        made.append(len(pieces(tmp_path)["probs"]))
    assert made == [1, 1, 2]


def test_a_model_trained_anew_in_the_same_place_counts(tmp_path):
    from reliabel.prepare.features import _files

    (tmp_path / "model").mkdir()
    weights = tmp_path / "model" / "weights.bin"
    weights.write_bytes(b"old")
    options = {"folder": str(tmp_path / "model"), "device": "cpu", "layers": 3}
    first = _files(options)
    assert [name for name, _, _ in first] == [str(weights)]
    assert _files(options) == first
    weights.write_bytes(b"newer")
    assert _files(options) != first


def test_a_reused_piece_brings_the_warnings_it_was_made_with(tmp_path):
    from sklearn.linear_model import LogisticRegression

    unfinished = LogisticRegression(max_iter=1)
    first, second = (audit_of(tmp_path, model=unfinished) for _ in range(2))
    assert [one for one in first.warnings if "failed to converge" in one]
    assert first.warnings == second.warnings


def test_a_saved_audit_reuses_the_arrays_of_its_evidence(tmp_path):
    save(audit_of(tmp_path), tmp_path)
    kept = {path.name for path in (tmp_path / "evidence").iterdir()}
    save(audit_of(tmp_path), tmp_path)
    assert {path.name for path in (tmp_path / "evidence").iterdir()} == kept
