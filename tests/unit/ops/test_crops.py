"""Windows of pictures: found where they were cut, and not in other pictures."""

import numpy as np

from reliabel.ops.crops import fitted, promising


def scene(seed: int, side: int = 320) -> np.ndarray:
    rng = np.random.default_rng(seed)
    rough = rng.uniform(0, 255, (10, 10, 3))
    at = np.linspace(0, 9, side)
    low = np.minimum(at.astype(int), 8)
    share = (at - low)[:, None, None]
    rows = rough[low] * (1 - share) + rough[low + 1] * share
    share = (at - low)[None, :, None]
    return np.asarray(rows[:, low] * (1 - share) + rows[:, low + 1] * share)


def shrunk(pixels: np.ndarray, side: int) -> np.ndarray:
    rows = np.array_split(np.arange(len(pixels)), side)
    columns = np.array_split(np.arange(pixels.shape[1]), side)
    part = np.stack([pixels[row].mean(0) for row in rows])
    return np.stack([part[:, column].mean(1) for column in columns], 1)


def test_a_window_is_found_where_it_was_cut() -> None:
    whole = scene(0)
    part = whole[40:296, 16:304]  # .8 of the height from .125 on, .9 of the width from .05 on
    thumbs = np.stack([shrunk(one, 16).mean(2) for one in (whole, part, scene(1))])
    pairs = np.array([[0, 1], [1, 0], [0, 2], [2, 1]])
    found = list(promising(thumbs, pairs))
    assert [pair[:2] for pair in found] == [(0, 1)]
    apart, window = fitted(shrunk(whole, 32), shrunk(part, 32), found[0][2])
    assert apart < 4
    assert np.abs(np.array(window) - [0.125, 0.8, 0.05, 0.9]).max() < 0.02


def test_another_picture_fits_no_window() -> None:
    apart, _ = fitted(shrunk(scene(0), 32), shrunk(scene(1), 32), (0.1, 0.8, 0.1, 0.8))
    assert apart > 30
