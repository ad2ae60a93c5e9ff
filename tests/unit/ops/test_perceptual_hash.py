"""Perceptual hashes: mirror images, the search by runs of bits against all pairs, flat pictures."""

import numpy as np

from reliabel.ops.perceptual_hash import CROWD, close_pairs, differing, hashes


def test_the_hash_of_a_mirror_image_is_the_mirrored_hash() -> None:
    grey = np.random.default_rng(0).integers(0, 255, (20, 32, 32)).astype(float)
    plain, mirrored = hashes(grey)
    again, back = hashes(grey[:, :, ::-1])
    assert (plain == back).all()
    assert (mirrored == again).all()
    assert (differing(plain, mirrored) > 10).all()


def test_brightness_and_contrast_do_not_change_the_hash() -> None:
    grey = np.random.default_rng(0).integers(0, 255, (5, 32, 32)).astype(float)
    assert (hashes(grey)[0] == hashes(0.5 * grey + 40)[0]).all()


def test_no_pair_within_seven_bits_is_missed() -> None:
    rng = np.random.default_rng(0)
    words = rng.integers(1, 2**63, 300, dtype=np.uint64)
    for row in range(150):
        words[150 + row] = words[row]
        for bit in rng.choice(64, row % 9, replace=False):
            words[150 + row] ^= np.uint64(1) << np.uint64(bit)
    for within in (0, 3, 6, 7):
        left, right = np.triu_indices(300, 1)
        near = differing(words[left], words[right]) <= within
        expected = set(zip(left[near].tolist(), right[near].tolist(), strict=True))
        pairs, crowded = close_pairs(words, words, within)
        assert set(map(tuple, pairs.tolist())) == expected
        assert crowded == 0


def test_pictures_without_contrast_pair_with_none() -> None:
    plain, _ = hashes(np.stack([np.full((32, 32), 7.0), np.full((32, 32), 200.0)]))
    assert plain.tolist() == [0, 0]
    assert len(close_pairs(plain, plain)[0]) == 0


def test_a_crowd_of_like_runs_is_left_out_and_counted() -> None:
    words = np.arange(CROWD + 2, dtype=np.uint64) << np.uint64(20) | np.uint64(5)
    _, crowded = close_pairs(words, words)
    assert crowded > 0
