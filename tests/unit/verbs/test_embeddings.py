"""Features of several embedders: as arrays, as files, and by the names of embedders."""

import numpy as np
import pytest
from typer.testing import CliRunner

import reliabel as rl
from reliabel.cli import app

WORDS = (("goal", "team", "match"), ("bread", "oven", "salt"))


@pytest.fixture(scope="module")
def texts() -> tuple[list[str], list[str]]:
    rng = np.random.default_rng(0)
    topic = rng.integers(0, 2, 60)
    said = [" ".join(rng.choice(WORDS[t], 6)) + f" {i}" for i, t in enumerate(topic)]
    return said, ["sport" if t == 0 else "food" for t in topic]


def test_names_arrays_and_files_stand_side_by_side(texts, tmp_path) -> None:
    items, labels = texts
    np.save(tmp_path / "mine.npy", np.random.default_rng(1).normal(size=(60, 4)))
    audit = rl.audit(
        labels, items=items, embeddings=["tfidf", tmp_path / "mine.npy", np.ones((60, 2))]
    )
    assert list(audit.data.evidence["embeddings"]) == ["mine", "embedding 3", "tfidf"]
    agreement = audit.opinions["embedding_agreement"].info["agreement"]
    assert agreement["tfidf"] > 0.9 > agreement["mine"]


def test_a_mapping_gives_them_names(texts) -> None:
    items, labels = texts
    audit = rl.audit(
        labels,
        by=["embedding_agreement"],
        items=items,
        embeddings={"words": "tfidf", "noise": np.random.default_rng(0).normal(size=(60, 3))},
    )
    assert set(audit.data.evidence["embeddings"]) == {"words", "noise"}


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("tfidf", "embeddings takes several"),
        (["tfidf", "tfidf"], "two embeddings are called 'tfidf'"),
        (["tfidff"], "unknown embedder 'tfidff'"),
        (["patches"], "embedder 'patches' reads image, the items are text"),
        (["nowhere.npy"], "nowhere.npy"),
        ({}, "give a mapping with at least one array"),
        ([np.ones((3, 2))], "3 rows for 60 items"),
    ],
)
def test_what_cannot_be_taken_is_refused_in_a_sentence(texts, given, why) -> None:
    items, labels = texts
    with pytest.raises(ValueError, match=why):
        rl.audit(labels, by=["embedding_agreement"], items=items, embeddings=given)


def test_embedders_need_items() -> None:
    with pytest.raises(ValueError, match="there are no items to read"):
        rl.audit([0, 1] * 20, features=np.ones((40, 2)), embeddings=["tfidf"])


def test_the_command_takes_them(texts, tmp_path) -> None:
    items, labels = texts
    table = tmp_path / "x.csv"
    rows = [f"{text},{label}" for text, label in zip(items, labels, strict=True)]
    table.write_text("\n".join(["text,topic", *rows]) + "\n")
    np.save(tmp_path / "mine.npy", np.random.default_rng(1).normal(size=(60, 4)))
    words = ["audit", table, "--label", "topic", "--by", "embedding_agreement"]
    words += ["--embeddings", "tfidf", "--embeddings", tmp_path / "mine.npy"]
    done = CliRunner().invoke(app, [*map(str, words), "-o", str(tmp_path / "x.audit")])
    assert done.exit_code == 0, done.output
    kept = rl.load(tmp_path / "x.audit")
    assert set(kept.data.evidence["embeddings"]) == {"tfidf", "mine"}
