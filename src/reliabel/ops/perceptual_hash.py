"""Perceptual hashes of pictures (64 bits from the low frequencies of the cosine transform), those
of their mirror images, and the search for pairs whose hashes differ in a few bits.

The search looks up four runs of 16 bits, each as it is and with one bit turned: by the pigeonhole
principle no pair that differs in at most seven bits is missed, and nothing is compared with all.
Paper: Zauner. Implementation and benchmarking of perceptual image hash functions. 2010; Norouzi,
Punjani, Fleet. Fast search in Hamming space with multi-index hashing. CVPR 2012.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from reliabel.core.labels import Floats, Ints
from reliabel.core.run import stop_if_cancelled

SIDE, LOW = 32, 8  # pixels of the picture that is transformed; frequencies kept on each axis
WITHIN = 6  # bits in which two hashes of one picture may differ
FLAT = 2.0  # grey levels (standard deviation) below which a picture has nothing to hash
BANDS, WIDTH = 4, 16  # runs of bits that are looked up
CROWD = 1000  # a run that more pictures share tells nothing, and is left out
PAIRS = 2**20  # pairs compared at a time
Hashes = NDArray[np.uint64]

_ONES = np.array([bin(word).count("1") for word in range(2**WIDTH)], dtype=np.uint8)


def hashes(grey: Floats) -> tuple[Hashes, Hashes]:
    """The hash of each picture and that of its mirror image; 0 for a picture without contrast.

    grey: (n, 32, 32) grey levels.

    >>> noise = np.random.default_rng(0).integers(0, 255, (32, 32))
    >>> plain, mirrored = hashes(np.stack([noise, noise[:, ::-1]]))
    >>> bool(plain[0] == mirrored[1]), bool(plain[0] == plain[1])
    (True, False)
    """
    wave = _waves()
    low = wave @ np.asarray(grey, dtype=float) @ wave.T
    turned = low * np.where(np.arange(LOW) % 2, -1.0, 1.0)  # a mirror turns the odd waves round
    blank = np.asarray(grey).std((1, 2)) < FLAT
    return _packed(low, blank), _packed(turned, blank)


def differing(a: Hashes, b: Hashes) -> Ints:
    """The number of bits in which hashes differ, element by element.

    >>> differing(np.array([7], np.uint64), np.array([1], np.uint64)).tolist()
    [2]
    """
    words = np.ascontiguousarray(a ^ b).view(np.uint16).reshape(-1, 64 // WIDTH)
    return np.asarray(_ONES[words].sum(1), dtype=np.int64)


def close_pairs(a: Hashes, b: Hashes, within: int = WITHIN) -> tuple[Ints, int]:
    """The pairs (pairs, 2) of row i of ``a`` and row j of ``b``, i < j, whose hashes differ in at
    most ``within`` (up to 7) bits, and the number of lookups that a crowd of like hashes made
    useless.  A hash of 0 pairs with none.

    >>> one = np.array([0b1011, 0b1010, 2**63 + 2**40 + 1], np.uint64)
    >>> close_pairs(one, one, 1)[0].tolist()
    [[0, 1]]
    """
    found, crowded = [np.empty((0, 2), dtype=np.int64)], 0
    for band in range(BANDS):
        mine, theirs = _band(a, band), _band(b, band)
        order = np.argsort(theirs, kind="stable")
        start = np.searchsorted(theirs[order], np.arange(2**WIDTH + 1))
        for mask in (0, *(1 << bit for bit in range(WIDTH))):
            stop_if_cancelled()
            word = (mine ^ np.uint16(mask)).astype(np.int64)
            count = start[word + 1] - start[word]
            full = count > CROWD
            crowded += int(full.sum())
            rows = np.flatnonzero(~full & (count > 0) & (a != 0))
            for chunk in _chunks(rows, count[rows]):
                left = np.repeat(chunk, count[chunk])
                place = np.arange(len(left)) - np.repeat(
                    np.cumsum(count[chunk]) - count[chunk], count[chunk]
                )
                right = order[np.repeat(start[word[chunk]], count[chunk]) + place]
                once = (left < right) & (b[right] != 0)
                left, right = left[once], right[once]
                near = differing(a[left], b[right]) <= within
                found.append(np.stack([left[near], right[near]], axis=1))
    return np.unique(np.concatenate(found), axis=0), crowded


def _chunks(rows: Ints, count: Ints) -> Iterator[Ints]:
    """The rows in runs that make about ``PAIRS`` pairs each."""
    cut = np.searchsorted(np.cumsum(count), np.arange(PAIRS, count.sum(), PAIRS))
    return (part for part in np.split(rows, np.unique(cut)) if len(part))


def _band(words: Hashes, band: int) -> NDArray[np.uint16]:
    return ((words >> np.uint64(WIDTH * band)) & np.uint64(2**WIDTH - 1)).astype(np.uint16)


def _waves() -> Floats:
    """(8, 32) the rows of the orthonormal cosine transform for the lowest frequencies."""
    at = (2 * np.arange(SIDE) + 1) * np.arange(LOW)[:, None]
    return np.asarray(np.cos(np.pi * at / (2 * SIDE)) * np.sqrt(2 / SIDE))


def _packed(low: Floats, blank: NDArray[np.bool_]) -> Hashes:
    """Whether each wave but the mean is stronger than the median of these, as bits of a word."""
    waves = low.reshape(len(low), -1)[:, 1:]
    bits = np.pad(waves > np.median(waves, axis=1, keepdims=True), ((0, 0), (1, 0)))
    words = np.packbits(bits, axis=1).view(">u8")[:, 0].astype(np.uint64)
    words[blank] = 0
    return words
