"""A piece of evidence whose way of making has changed is not taken from a folder."""

import numpy as np
import pytest

from reliabel.core.dataset import Dataset
from reliabel.core.labels import Classes
from reliabel.folders.evidence_keys import PIECES
from reliabel.folders.evidence_store import Store
from reliabel.prepare import prepare


@pytest.mark.parametrize(
    ("piece", "kept"),
    [
        ("probs", ["features", "neighbours"]),
        ("neighbours", ["features", "probs"]),
        ("features", []),
    ],
)
def test_a_new_version_of_a_piece_is_made_again_and_what_does_not_rest_on_it_is_kept(
    tmp_path, monkeypatch, piece, kept
):
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(["card", "shop", "fee", "bank", "pay"], 3)) for _ in range(60)]
    data = Dataset(Classes(np.arange(60) % 2), {"items": texts}, source={"task": "text"})
    wanted = frozenset({"features", "probs", "neighbours"})
    prepare(data, wanted, embed="tfidf", store=Store(tmp_path))
    same = Store(tmp_path)
    prepare(data, wanted, embed="tfidf", store=same)
    assert same.reused == ["features", "probs", "neighbours"]
    key = {one.NAME: one for one in PIECES}[piece]
    monkeypatch.setattr(key, "VERSION", key.VERSION + 1)
    newer = Store(tmp_path)
    prepare(data, wanted, embed="tfidf", store=newer)
    assert newer.reused == kept
