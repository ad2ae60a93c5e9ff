"""Which labels of a class are right, by two scores: how far the prediction is from the label, and
how near the features are to the class's own centre.

A class that few items have is often predicted as a common one, right labels too; then the features
tell more than the loss.
Source: Lu, Zhang, Han, Cheung, Wang. Label-noise learning with intrinsically long-tailed data. ICCV
2023.
"""

from __future__ import annotations

import numpy as np
from scipy.special import softmax

from reliabel.core.labels import Bools, Floats, Ints
from reliabel.ops.mixture import NormalGroups, normal_groups

NARROWER = 0.65  # spread of the far part over that of the near one, below which predictions decide
NEAR = 0.1  # of its own similarity: a centre so near to another class's belongs to that class
FLOOR = 1e-12
STILL = 0.1  # counts as the spread of a part without any


def weighted_divergence(p: Floats, c: int) -> Floats:
    """(m,) the Jensen-Shannon divergence of the predictions ``p`` (m, k) of items labelled ``c``
    from that label, weighted by how much likelier the predicted class is: at most as much as on
    average over these items.

    >>> weighted_divergence(np.array([[1.0, 0.0], [0.5, 0.5]]), 0).round(3).tolist()
    [0.0, 0.216]
    """
    own, average = np.maximum(p[:, c], FLOOR), p.mean(0)
    most = max(1.0, float(average.max() / max(average[c], FLOOR)))
    return np.asarray(np.clip(p.max(1) / own, 1.0, most) * _divergence(p, c))


def _divergence(p: Floats, c: int) -> Floats:
    """(m,) of each row from the distribution that is all in class ``c``; at most log 2."""
    own, left = np.clip(p[:, c], FLOOR, 1.0), np.clip(1 - p[:, c], 0.0, 1.0)
    middle = (1 + own) / 2
    from_label = -np.log(middle)
    from_p = own * np.log(own / middle) + left * np.log(2.0)
    return np.asarray((from_label + from_p) / 2)


def confident(p: Floats) -> Bools:
    """(m,) where the predictions ``p`` (m, k) of the items of one given class favour the class that
    they favour on average, and do so more strongly than an average raised by its strong members;
    everywhere if nowhere.
    """
    top = int(p.mean(0).argmax())
    strength = p[:, top]
    raised = (strength * np.maximum(1.0, strength / max(float(strength.mean()), FLOOR))).mean()
    sure = (p.argmax(1) == top) & (strength > raised)
    return np.asarray(sure if sure.any() else np.ones(len(p), dtype=bool))


def clean_chance(probs: Floats, embedded: Floats, y: Ints) -> Floats:
    """(n,) the chance that the label ``y`` is right, split class by class; NaN for items without a
    label and classes whose items do not differ.

    probs: (n, k) what the network says.  embedded: (n, d) what goes into its last layer.
    """
    chance = np.full(len(y), np.nan)
    middle = embedded.mean(0)
    rows = [np.flatnonzero(y == c) for c in range(probs.shape[1])]
    sure = [mine[confident(probs[mine])] if len(mine) else mine for mine in rows]
    count = np.array([len(mine) for mine in sure])
    centre = np.array([_unit(embedded[mine] - middle).sum(0) / max(1, len(mine)) for mine in sure])
    near = softmax(centre @ centre.T, axis=1)
    for c, mine in enumerate(rows):
        if len(mine) > 1:
            far = weighted_divergence(probs[mine], c)
            like = _unit(embedded[mine] - middle) @ centre[c]
            chance[mine] = chance_in_class(far, like, taken=belongs_to_a_larger(near[c], count, c))
    return chance


def _unit(x: Floats) -> Floats:
    """Rows of length one; rows of zeros stay."""
    return np.asarray(x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), FLOOR))


def belongs_to_a_larger(near: Floats, count: Ints, c: int) -> bool:
    """Whether the centre of class ``c`` lies with that of a class with more confident items."""
    others = np.where(np.arange(len(near)) == c, -np.inf, near)
    other = int(others.argmax())
    return bool(abs(near[c] - near[other]) < NEAR * near[c] and count[c] < count[other])


def chance_in_class(far: Floats, like: Floats, *, taken: bool) -> Floats:
    """(m,) the chance of a right label in one class: by the predictions (``far`` is low), or by the
    features (``like`` its centre, unless that is ``taken`` by another class).
    """
    by_far, by_like = normal_groups(far), normal_groups(like)
    if not by_far.width and not by_like.width:
        return np.full(len(far), np.nan)
    low = by_like.lower(like)
    if not by_like.width or (by_far.width and _predictions_decide(far, by_far, low > 0.5)):
        return by_far.lower(far)
    return low if taken else 1 - low


def _predictions_decide(far: Floats, groups: NormalGroups, low: Bools) -> bool:
    """Whether the two parts that the features make (``low`` (m,) and the rest) tell right from
    wrong labels worse than the predictions do: both parts are far from the label, or the farther
    one is much narrower.
    """
    unit = (far - groups.low) / groups.width
    parts = [unit[low], unit[~low]]
    if not all(len(part) for part in parts):
        return True
    is_far = [bool(groups.lower(np.array([far[each].mean()]))[0] <= 0.5) for each in (low, ~low)]
    if all(is_far):
        return True
    spread = {False: 1.0, True: 1.0}
    for part, place in zip(parts, is_far, strict=True):
        spread[place] = float(part.std()) or STILL
    return spread[True] / spread[False] < NARROWER
