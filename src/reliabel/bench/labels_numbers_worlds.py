"""Worlds of numbers with planted errors, for the suite labels: rules of the audit of numbers were
set on those of ``CHOSEN``, and are judged on the others.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.core.labels import Bools, Floats, Numbers

CHOSEN = ("friedman1", "friedman2", "prices", "uneven")
JUDGED = ("friedman3", "straight", "skewed", "steps", "counts", "waves", "diabetes")
ERRORS = ("swapped_rows", "unit_slip", "relative_noise", "symmetric")


def world(name: str, n: int, seed: int) -> tuple[Floats, Floats]:
    """Features (n, d) and right numbers (n,)."""
    rng = np.random.default_rng([seed, len(name)])
    if name == "diabetes":
        from sklearn.datasets import load_diabetes

        x, y = load_diabetes(return_X_y=True)
        return x, y.astype(float)
    if name.startswith("friedman"):
        from sklearn import datasets

        noise = {"friedman1": 1.0, "friedman2": 60.0, "friedman3": 0.1}[name]
        make: Any = getattr(datasets, f"make_{name}")
        x, y = make(n, noise=noise, random_state=seed)
        return (x - x.mean(0)) / x.std(0), y
    x = rng.uniform(-1, 1, (n, 6))
    return x, _numbers(name, x, rng)


def _numbers(name: str, x: Floats, rng: np.random.Generator) -> Floats:
    n = len(x)
    if name == "prices":  # larger ones scatter more
        level = 11 + x[:, 0] + 0.6 * x[:, 1] * (x[:, 2] > 0) + 0.4 * np.sin(2 * x[:, 3])
        return np.asarray(np.exp(level + rng.normal(0, 0.15, n)).round(-2))
    if name == "uneven":  # one half scatters more, and nothing in the number says so
        wide = 0.2 + 1.2 * (x[:, 2] > 0) * (x[:, 2] + 0.2)
        return np.asarray(10 + 5 * x[:, 0] + 3 * x[:, 1] ** 2 + rng.normal(size=n) * wide)
    if name == "straight":  # heavy tails
        return np.asarray(x @ np.linspace(2, 6, 6) + 30 + rng.standard_t(5, n))
    if name == "skewed":
        return np.asarray(
            20 + 6 * np.tanh(2 * x[:, 0]) + 3 * x[:, 1] * x[:, 2] + rng.gamma(2, 0.8, n)
        )
    if name == "steps":
        low, high = np.floor(2 * (x[:, 0] + 1)) * 10, np.floor(1.5 * (x[:, 1] + 1)) * 4
        return np.asarray(5 + low + high + rng.laplace(0, 0.7, n))
    if name == "counts":
        return rng.poisson(np.exp(3 + x[:, 0] + 0.5 * x[:, 1])).astype(float)
    return np.asarray(  # waves
        50 + 15 * np.sin(3 * x[:, 0]) + 10 * x[:, 1] ** 2 + rng.normal(0, 2.5, n)
    )


def planted(y: Floats, error: str, rate: float, seed: int) -> tuple[Floats, Bools]:
    """The numbers with errors of a kind in a share ``rate`` of them, and which."""
    import reliabel as rl

    made = rl.corrupt(Numbers(y), by=error, seed=seed, rate=rate)
    return np.asarray(made.labels.y), np.asarray(made.wrong)  # type: ignore[attr-defined]
