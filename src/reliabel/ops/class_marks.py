"""Marks of one class on the patterns of masks laid over each other, and around them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from reliabel.core.labels import Bools, Floats, Ints
from reliabel.ops.mask_votes import Said

CLIP = 1e-6


def may_be_none(said: Said) -> Bools:
    """(u,) whether a pixel may be of no class: somebody left it out, or all gave it one class in a
    picture where some pixels have none.
    """
    many = len(said.pixels)
    left = np.bincount(said.of, said.y < 0, many) > 0
    some = np.zeros(int(said.canvas.max(initial=-1)) + 1, dtype=bool)
    some[said.canvas[left]] = True
    one = np.bincount(said.pair_of, minlength=many) < 2
    return np.asarray(left | (one & some[said.canvas]))


class ClassMarks(NamedTuple):
    """What was marked of one class: the pattern, the worker and the mark of each row, the pixels of
    each pattern that counts (0 of the others), and the share of marks.
    """

    of: Ints
    who: Ints
    marked: Bools
    pixels: Floats
    share: float


def class_marks(said: Said, rim: Floats, y: int) -> ClassMarks:
    """The marks of a class on the patterns in which somebody marks it, and those of the pixels
    around them, a pattern more for each canvas.
    """
    many, mark = len(said.pixels), said.y == y
    active = np.bincount(said.of, mark, many) > 0
    inside = active[said.of]
    first = np.append(True, said.canvas[1:] != said.canvas[:-1])[said.of]  # who is on each canvas
    around = first & (rim[said.canvas[said.of]] > 0)
    of = np.concatenate([said.of[inside], many + said.canvas[said.of[around]]])
    who = np.concatenate([said.who[inside], said.who[around]])
    marked = np.concatenate([mark[inside], np.zeros(int(around.sum()), bool)])
    pixels = np.concatenate([said.pixels * active, rim]).astype(float)
    share = float((pixels[of] * marked).sum() / pixels[of].sum())
    return ClassMarks(of, who, marked, pixels, float(np.clip(share, CLIP, 1 - CLIP)))
