"""Part annotators of the suite votes: a few answers or rules that become votes on everything.  A
rare class by clusters, and the sections of notes by headings, cue words and order, both planted.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import numpy as np

from reliabel.bench.learn_sections import Section
from reliabel.bench.note_worlds import SECTIONS, notes
from reliabel.bench.run import Row
from reliabel.bench.suite_parts import Scenario, percent
from reliabel.core.labels import Classes, Floats, Grouped, Ints

JUDGED, DRAWS = 1000, 5
NAMES, BUDGET, FIRST, LATER = ("common", "rare"), 60, 50, 5
HEADINGS = tuple((name, f"{name} :") for name in SECTIONS)
CUES = (
    ("subjective", "reports|denies|complains|feels"),
    ("objective", "pulse|mmhg|exam|lungs"),
    ("assessment", "likely|diagnosis|consistent|suspect"),
    ("plan", "prescribe|continue|follow|start"),
)


def scenarios(*, quick: bool, data: Path | None) -> Mapping[str, Scenario]:
    """The rare class, and the sections."""
    draws = 1 if quick else DRAWS
    return {
        "annotators-rare class": partial(_rare, draws),
        "annotators-sections": partial(_sections, draws),
    }


def rare_world(seed: int, n: int = 8000, share: float = 0.01) -> tuple[Floats, Ints]:
    """Features and classes: a rare class in three groups of thirty, one in ten of it elsewhere."""
    rng = np.random.default_rng(seed)
    centre = rng.normal(0, 3, (30, 16))
    truth = (rng.random(n) < share).astype(np.int64)
    of = np.where(truth == 1, rng.integers(0, 3, n), rng.integers(3, 30, n))
    of = np.where((truth == 1) & (rng.random(n) > 0.9), rng.integers(3, 30, n), of)
    return centre[of] + rng.normal(size=(n, 16)), truth


def _rare(draws: int) -> list[Row]:
    """F1 of the rare class after sixty answers: by a regression on sixty answers by chance, by one
    on the sixty that are asked for, and by the votes that these become.
    """
    from reliabel.aggregators import precision_model
    from reliabel.annotators.cluster_votes import annotate, ask

    told: dict[str, list[float]] = {}
    spent = 0.0
    for seed in range(draws):
        x, truth = rare_world(JUDGED + seed)
        rng = np.random.default_rng(JUDGED + seed)
        start = time.process_time()
        y, many = np.full(len(x), -1), FIRST
        while (y >= 0).sum() < BUDGET:
            rows = ask(Classes(y, NAMES), features=x, rng=np.random.default_rng(0)).item[:many]
            y[rows], many = truth[rows], LATER
        votes = annotate(Classes(y, NAMES), features=x, rng=np.random.default_rng(0))
        p = precision_model.aggregate(votes, gold=y).labels.p[:, 1]
        spent += time.process_time() - start
        chance = rng.choice(len(x), BUDGET, replace=False)
        said = {
            "cluster_votes": (p > 0.5).astype(np.int64),
            "regression on the same answers": _regression(x, truth, np.flatnonzero(y >= 0)),
            "regression on answers by chance": _regression(x, truth, chance),
        }
        for method, mine in said.items():
            told.setdefault(method, []).append(_f1(truth, mine))
    cpu = {"cluster_votes": spent}
    return [
        Row("annotators-rare class", "", "", 0, m, "F1", float(np.mean(v)), cpu_s=cpu.get(m, 0.0))
        for m, v in told.items()
    ]


def _regression(x: Floats, truth: Ints, rows: Ints) -> Ints:
    from sklearn.linear_model import LogisticRegression

    if len(np.unique(truth[rows])) < 2:
        return np.full(len(x), truth[rows][0])
    return np.asarray(LogisticRegression(max_iter=1000).fit(x[rows], truth[rows]).predict(x))


def _f1(truth: Ints, said: Ints) -> float:
    return float(2 * (truth & said).sum() / max(truth.sum() + said.sum(), 1))


def _sections(draws: int) -> list[Row]:
    """The share of words whose section is right: by headings alone, and by all rules together."""
    from reliabel.aggregators import dawid_skene, majority
    from reliabel.annotators.section_rules import annotate
    from reliabel.core.votes_on_units import votes_on_units

    told: dict[str, list[float]] = {"headings alone": [], "section_rules": []}
    start = time.process_time()
    for seed in range(draws):
        items, truth = notes(JUDGED + seed)
        blank = np.full(len(truth.units), -1)
        unknown = Grouped(Classes(blank, truth.units.names), truth.offsets)
        alone = annotate(unknown, items=items, headings=HEADINGS, ordered=False)
        every = annotate(unknown, items=items, headings=HEADINGS, cues=CUES)
        for name, votes, model in (
            ("headings alone", alone, majority),
            ("section_rules", every, dawid_skene),
        ):
            flat, offsets = votes_on_units(votes)
            credit = model.aggregate(flat).labels.credit()
            some = np.diff(offsets) > 0  # a note that no rule knows has no votes: none is right
            y = truth.units.y[np.repeat(some, np.diff(truth.offsets))]
            told[name].append(float(credit[np.arange(flat.n), y].sum()) / len(truth.units))
    cpu = time.process_time() - start
    return [
        Row("annotators-sections", "", "", 0, method, "right", float(np.mean(values)), cpu_s=cpu)
        for method, values in told.items()
    ]


def sections(rows: list[Row]) -> Iterator[Section]:
    """Tables of the part for docs/bench.md."""
    for title, scenario, metric in (
        ("**A rare class with sixty answers**: F1, in %", "annotators-rare class", "F1"),
        ("**Sections of notes, 30 % of the headings missing**: words right, in %",
         "annotators-sections", "right"),
    ):  # fmt: skip
        mine = [r for r in rows if (r.scenario, r.metric) == (scenario, metric)]
        yield title, [["method", metric], *([r.method, percent(r.value)] for r in mine)]
