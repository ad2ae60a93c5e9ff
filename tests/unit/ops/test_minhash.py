"""Min-wise hashes: pairs that share most shingles, blank texts, full buckets."""

import numpy as np

from reliabel.ops.minhash import CROWD, alike


def words(rng: np.random.Generator, n: int) -> list[str]:
    signs = np.array(list("abcdefghijklmnop"))
    return ["".join(rng.choice(signs, 6)) for _ in range(n)]


def test_texts_that_share_most_shingles_are_found() -> None:
    rng = np.random.default_rng(0)
    texts = [" ".join(words(rng, 30)) for _ in range(200)]
    texts += [text[:100] + "x" + text[100:] for text in texts[:50]]
    pairs, crowded = alike(texts)
    assert crowded == 0
    found = set(map(tuple, pairs.tolist()))
    assert sum((row, 200 + row) in found for row in range(50)) >= 49
    assert len(found) <= 52


def test_short_and_empty_texts() -> None:
    assert alike(["", "a", "ab", "a"])[0].tolist() == [[1, 3]]
    assert alike([])[0].shape == (0, 2)


def test_a_full_bucket_is_linked_to_its_first() -> None:
    pairs, crowded = alike(["the same words"] * (CROWD + 1))
    assert pairs.tolist() == [[0, other] for other in range(1, CROWD + 1)]
    assert crowded > 0
