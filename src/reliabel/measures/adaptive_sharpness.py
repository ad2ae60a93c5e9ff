"""Adaptive sharpness: how much a trained network's loss rises when each of its weights moves by a
small share of its own size.

Moves are relative to each weight, so that scaling one layer up and the next one down changes
nothing.  It follows how the network was trained, the learning rate above all, and says little about
how well it generalises: it is no verdict on a model or its labels.  The labels given here are those
of the loss.
Cost: twenty passes over the items drawn, or one hundred for the average; memory of two copies of
the network.
Paper: Andriushchenko, Croce, Müller, Hein, Flammarion. A modern look at the relationship between
sharpness and generalization. ICML 2023.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator
from scipy.special import stdtrit

from reliabel.core.labels import Classes, Floats, Ints
from reliabel.core.results import Measure, Model

SMALL = {"batch_size": 40}
MEANS = (
    "it follows the learning rate and other settings of the training, not how well the model "
    "generalises; do not judge models by it"
)


def measure(
    labels: Classes,
    *,
    features: Floats,
    rng: Generator,
    start_from: Model | None = None,
    module: Any = None,
    rho: float = 0.002,
    average: bool = False,
    normalised: bool = False,
    batch_size: int = 256,
    most: int = 2048,
) -> Measure:
    """The mean over batches of the largest rise of the cross-entropy while each weight moves by at
    most ``rho`` of its size.

    start_from: the model, as ``learn`` returns it; of several networks the mean is taken.
    module: a trained torch.nn.Module instead, or a function that returns it.  It is left as it was,
        to the last bit.
    rho: .0005, .002 and .01 in the paper.
    average: the mean rise over random normal moves with a spread of ``rho`` instead of the largest.
    normalised: logits are scaled to length one, so that a surer network is not a sharper one.
    batch_size, most: items of a batch and items drawn in all; a batch that is not full is left out.
    The interval, at 95 %, is that of the mean over batches.  ``parts`` holds "batches", the rises.
    Raises ValueError for numbers that are not positive, and a model of other classes.

    >>> from reliabel.ops.heads import Heads
    >>> layer = np.array([[-1.0, 1.0]]), np.zeros(2)
    >>> model = Model(Heads(((layer,),), np.zeros(1), 1.0, ("0", "1")))
    >>> x, y = np.array([[-1.0], [1.0]]), Classes(np.array([0, 1]))
    >>> found = measure(y, features=x, rng=np.random.default_rng(0), start_from=model, rho=0.1)
    >>> round(found.value, 4)
    0.026
    """
    if not rho > 0 or batch_size < 1 or most < 1:
        raise ValueError(
            f"rho, batch_size and most must be positive, got {rho!r:.40}, {batch_size!r:.40} and "
            f"{most!r:.40}"
        )
    info: dict[str, Any] = {"means": MEANS, "rho": rho}
    rows = _rows(labels.y, features, rng, most)
    if (start_from is None and module is None) or not len(rows):
        what = "a labelled item with finite features" if not len(rows) else "start_from= or module="
        why = f"adaptive sharpness needs a trained network and items: there is no {what}"
        return Measure(np.nan, np.nan, np.nan, info=info | {"why": why})
    from reliabel.ops.torch.sharpness import networks, rise

    y, note = _codes(labels, start_from)
    nets = networks(_model(start_from, module))
    size = min(batch_size, len(rows))
    parted = [rows[start : start + size] for start in range(0, len(rows) - size + 1, size)]
    how: dict[str, Any] = {"average": average, "normalised": normalised, "rng": rng}

    def mean_rise(part: Ints) -> float:
        x = np.asarray(features[part], dtype=np.float32)
        return float(np.mean([rise(net, logits, x, y[part], rho, **how) for net, logits in nets]))

    rises = np.array([mean_rise(part) for part in parted])
    info |= {"items": len(parted) * size, **({"note": note} if note else {})}
    value, parts = float(rises.mean()), {"batches": rises}
    if len(rises) < 2:
        info["why"] = "no interval: the items make one batch only"
        return Measure(value, np.nan, np.nan, parts, info)
    off = stdtrit(len(rises) - 1, 0.975) * rises.std(ddof=1) / np.sqrt(len(rises))
    return Measure(value, float(value - off), float(value + off), parts, info)


def _rows(y: Ints, features: Any, rng: Generator, most: int) -> Ints:
    """At most so many labelled rows with finite features, in random order."""
    rows = rng.permutation(np.flatnonzero(y >= 0))[:most]
    x = np.asarray(features[rows])
    return np.asarray(rows[np.isfinite(x).all(tuple(range(1, x.ndim)))])


def _model(start_from: Model | None, module: Any) -> Any:
    """The predictor, or the module; a module beside a predictor makes its empty networks."""
    if start_from is None:
        return module if hasattr(module, "parameters") else module()
    predict: Any = start_from.predict
    known = hasattr(predict, "with_module") and module is not None
    return predict.with_module(module) if known else predict


def _codes(labels: Classes, start_from: Model | None) -> tuple[Ints, str]:
    """(n,) the labels by the model's numbers of classes, and a note where names are not alike."""
    names = getattr(getattr(start_from, "predict", None), "names", labels.names)
    if set(labels.names) <= set(names):
        place = {name: code for code, name in enumerate(names)}
        code = np.array([place[name] for name in labels.names])
        return np.where(labels.y >= 0, code[labels.y], -1), ""
    if len(names) != labels.k:
        raise ValueError(
            f"the model knows the classes {', '.join(map(str, names))[:80]}, the labels "
            f"{', '.join(map(str, labels.names))[:80]}; give a model that was trained on them"
        )
    return labels.y, "the names of the model's classes differ; its order of classes was taken"
