"""Vectors of items are kept block by block: an interrupted run loses one block at most and goes on
to the same bits, and an item is embedded once in whatever file and order it comes.
"""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import reliabel as rl
from reliabel.core.run import running
from reliabel.embedders import text_minilm
from reliabel.folders import vector_store
from reliabel.folders.vector_store import Vectors, cache_folder
from reliabel.prepare.item_vectors import BLOCK, embedded, names_of

TEXTS = [f"text number {at} " + "and more " * (at % 7) for at in range(3 * BLOCK + 10)]


class Embedder:
    """Counts what it is given; a vector depends on the block, as the last bits of a model's do."""

    def __init__(self, most: int = 10**9) -> None:
        self.seen: list[str] = []
        self.most = most

    def __call__(self, items: Any) -> Any:
        if len(self.seen) + len(items) > self.most:
            raise KeyboardInterrupt
        self.seen += items
        shift = np.float32(len("".join(items)) * 1e-7)
        return np.array([[len(text), sum(map(ord, text))] for text in items], np.float32) + shift


def run(texts: list[str], cache: Path, embed: Embedder) -> Any:
    return embedded(texts, names_of(texts, None), Vectors("minilm", cache), embed)


def test_a_run_that_is_interrupted_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    whole = run(TEXTS, tmp_path / "whole", Embedder())
    first, then = Embedder(most=2 * BLOCK + 5), Embedder()
    with pytest.raises(KeyboardInterrupt):
        run(TEXTS, tmp_path / "halves", first)
    found = run(TEXTS, tmp_path / "halves", then)
    assert (len(first.seen), len(then.seen)) == (2 * BLOCK, len(TEXTS) - 2 * BLOCK)
    assert found.tobytes() == whole.tobytes()


def test_another_order_added_rows_and_copies_embed_only_what_is_new(tmp_path: Path) -> None:
    before = run(TEXTS, tmp_path, Embedder())
    embed = Embedder()
    found = run([*TEXTS[::-1], "new one", "new one", TEXTS[3]], tmp_path, embed)
    assert embed.seen == ["new one"]
    assert found[: len(TEXTS)].tobytes() == np.ascontiguousarray(before[::-1]).tobytes()
    assert found[-1].tobytes() == before[3].tobytes()
    assert (found[-2] == found[-3]).all()


def test_the_blocks_of_a_run_become_one_file_and_other_models_have_their_own(
    tmp_path: Path,
) -> None:
    run(TEXTS, tmp_path, Embedder())
    assert len(list((tmp_path / "vectors" / "minilm").iterdir())) == 1
    embed = Embedder()
    embedded(TEXTS, names_of(TEXTS, None), Vectors("another", tmp_path), embed)
    assert len(embed.seen) == len(TEXTS)


def test_a_damaged_file_is_made_again(tmp_path: Path) -> None:
    before = run(TEXTS, tmp_path, Embedder())
    (path,) = (tmp_path / "vectors" / "minilm").iterdir()
    held = bytearray(path.read_bytes())
    held[len(held) // 2] ^= 255
    path.write_bytes(held)
    embed = Embedder()
    assert run(TEXTS, tmp_path, embed).tobytes() == before.tobytes()
    assert len(embed.seen) == len(TEXTS)


def test_what_cannot_be_read_is_not_kept(tmp_path: Path) -> None:
    def embed(items: Any) -> Any:
        return np.array([[np.nan if text == "b" else 1.0] * 2 for text in items], np.float32)

    seen = Embedder()
    vectors = Vectors("model", tmp_path)
    first = embedded(["a", "b"], names_of(["a", "b"], None), vectors, embed)
    assert np.isnan(first[:, 0]).tolist() == [False, True]
    embedded(["a", "b"], names_of(["a", "b"], None), vectors, seen)
    assert seen.seen == ["b"]


def test_the_least_used_files_go_above_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(TEXTS[:50], tmp_path, Embedder())
    (old,) = (tmp_path / "vectors" / "minilm").iterdir()
    monkeypatch.setattr(vector_store, "LIMIT", int(1.5 * old.stat().st_size))
    os.utime(old, (1, 1))
    run(TEXTS[50:100], tmp_path, Embedder())
    left = list((tmp_path / "vectors" / "minilm").iterdir())
    assert len(left) == 1
    assert old not in left


def test_progress_goes_up_to_the_number_of_items(tmp_path: Path) -> None:
    told: list[tuple[str, int, int | None]] = []
    with running(listener=lambda *one: told.append(one)):
        run(TEXTS, tmp_path, Embedder())
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)
    assert {(label, total) for label, _, total in told} == {("embedding", len(TEXTS))}
    assert told[-1][1] == len(TEXTS)


def test_the_cache_lies_where_the_environment_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RELIABEL_CACHE", str(tmp_path / "mine"))
    assert cache_folder() == tmp_path / "mine"
    monkeypatch.delenv("RELIABEL_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "reliabel"


def test_two_audits_with_the_same_texts_embed_them_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RELIABEL_CACHE", str(tmp_path / "cache"))
    embed = Embedder()

    def stand_in(items: Any, *, rng: np.random.Generator, folder: str = "") -> Any:
        rough = embed(items)
        return np.column_stack([rough, [[hash(text) % 97] for text in items]]).astype(np.float32)

    monkeypatch.setattr(text_minilm, "embed", stand_in)
    labels = rl.Classes(np.arange(60) % 2)
    for texts, folder in ((TEXTS[:60], "one"), (TEXTS[59::-1], "two")):
        data = rl.Dataset(labels, {"items": texts}, source={"task": "text"})
        rl.audit(data, by=["knn_outliers"], embed="minilm", folder=tmp_path / folder)
    assert sorted(embed.seen) == sorted(TEXTS[:60])
