"""Embedders that learn from the items give later items features of the same meaning."""

import numpy as np
import pytest

from reliabel.core.catalogue import catalogue, find
from reliabel.embedders import table, text_tfidf
from reliabel.prepare.embedding import embedding_of, features_of

RNG = np.random.default_rng
TEXTS = [f"{word} sky number {n} and {word * 2}" for n in range(40) for word in ("red", "blue", "")]
TABLE = {
    "age": [str(n) if n % 7 else None for n in range(60)],
    "price": [f"{n}.{n % 10},5" if n % 2 else "1.234,75" for n in range(60)],
    "town": ["Rome", "Oslo", "Oslo"] * 20,
    "when": [f"{1 + n % 28:02d}.{1 + n % 12:02d}.2024" for n in range(60)],
    "name": [f"item {n}" for n in range(60)],
    "on": [n % 3 == 0 for n in range(60)],
    "same": ["x"] * 60,
}


@pytest.mark.parametrize("texts", [TEXTS, ["", ""], ["long words " * 40] * 60])
def test_texts(texts):
    state = text_tfidf.fit(texts, rng=RNG(0))
    whole = text_tfidf.embed(texts, rng=RNG(0))
    assert np.allclose(text_tfidf.apply(texts, state), whole, atol=1e-6)
    assert np.allclose(text_tfidf.apply(texts[1:2], state), whole[1:2], atol=1e-6)
    assert text_tfidf.apply([], state).shape == (0, whole.shape[1])


def test_tables():
    state = table.fit(TABLE, rng=RNG(0))
    whole = table.embed(TABLE, rng=RNG(0))
    assert np.array_equal(table.apply(TABLE, state), whole)
    part = {name: column[7:9] for name, column in TABLE.items()}
    assert np.array_equal(table.apply(part, state), whole[7:9])
    odd = {**part, "town": ["Paris", None], "age": ["old", "1e9"], "when": ["soon", None]}
    assert np.isfinite(table.apply(odd, state)).all()
    with pytest.raises(ValueError, match="no column 'town'"):
        table.apply({name: part[name] for name in part if name != "town"}, state)


def test_what_was_learnt_survives_json_and_arrays(tmp_path):
    import json

    from reliabel.core.packing import pack, unpack

    kept = {}

    def keep(array):
        kept[f"a{len(kept)}"] = array
        return f"a{len(kept) - 1}"

    for module, items in ((text_tfidf, TEXTS), (table, TABLE)):
        entry = find("embed", module.__name__.split(".")[-1])
        made = embedding_of(entry, {}, fit=lambda fit, x=items: fit(x, rng=RNG(0)), axes=None)
        again = unpack(json.loads(json.dumps(pack(made, keep))), kept.__getitem__)
        assert np.array_equal(features_of(again, items), features_of(made, items))


def test_every_embedder_of_ours_looks_at_each_item_alone_or_can_be_fitted():
    from importlib import import_module

    names = {
        entry.name
        for entry in catalogue()
        if entry.verb == "embed" and entry.ours and not entry.each
        if not hasattr(import_module(entry.module), "fit")
    }
    assert names == {"image_patches"}, "their later items cannot be predicted"
