"""The certificate on the test set of IMDB: 25,000 labels, those that at least three of five people
rejected are wrong, P(wrong) is one less the raw probability of the given label.
"""

from __future__ import annotations

import csv
from pathlib import Path
from time import process_time

import numpy as np

from reliabel.bench.certificate_worlds import draw_always
from reliabel.bench.run import Row
from reliabel.core.labels import Bools, Floats
from reliabel.trust.refit import log_odds_of
from reliabel.trust.review_simulation import Simulation, Worlds, until_certified

IMDB = (0.01, 0.02)  # targets
EACH, ALPHA = 20, 0.05
MAJORITY = 3  # of five people who kept the given label


def imdb_reviews(data: Path, target: float) -> list[Row]:
    """Reviews to the first certificate, by the rule and by draws alone."""
    p, wrong = imdb(data)
    order = np.argsort(-p, kind="stable")
    x = np.tile(log_odds_of(p[order]), (EACH, 1))
    bad = np.tile(wrong[order], (EACH, 1))
    rows = []
    for name, reviewers in (("the rule", None), ("uniform", draw_always)):
        began = process_time()
        rng = np.random.default_rng([15, round(1000 * target)])
        world = Worlds(x, bad, bad, np.zeros_like(bad))
        reviews, _ = until_certified(Simulation(world, target, ALPHA, rng), len(p), reviewers)
        seconds = process_time() - began
        told = {
            "reviews": EACH,
            "mean": float(reviews.mean()),
            "deviation": float(reviews.std(ddof=1)),
            "cpu": seconds,
        }
        rows += [
            Row(f"imdb {target:g}", "imdb", f"target {target:.0%}", 0, name, metric, value)
            for metric, value in told.items()
        ]
    return rows


def imdb(data: Path) -> tuple[Floats, Bools]:
    """P(wrong) (n,) and what people rejected (n,)."""
    folder = data / "label_errors"
    with np.load(folder / "imdb.npz") as held:
        labels, probs = held["labels"], held["probs"]
    p = 1 - probs[np.arange(len(labels)), labels]
    wrong = np.zeros(len(labels), dtype=bool)
    with (folder / "imdb_verdicts.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            wrong[int(row["row"])] = int(row["mturk.given"]) < MAJORITY
    return p, wrong
