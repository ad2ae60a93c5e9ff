"""Suite trust: P(wrong), the count of wrong labels, the budget curve and the review, against known
truth.

Full: 367 draws; quick: thirty.  Each draw is one row set; a draw that is there is not made again.
Sets with weak and with strong evidence are judged in both, on the same labels.  Single auditors are
the evidence tables read alone (what they say of the given label, and of the best other class less
the given one); "best single" is the best of them in hindsight.  Reviews are simulated a thousand
times in each world; the cost of tables and fits is measured up to a million labels of a hundred.
"""

from __future__ import annotations

import time
import tracemalloc
import warnings
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench import trust_columns, trust_study
from reliabel.bench.metrics import auroc, average_precision, calibration_error, precision_at
from reliabel.bench.processes import side_by_side
from reliabel.bench.run import Row, Table
from reliabel.bench.trust_cells import packed
from reliabel.bench.trust_sets import HALVES, absent, seen_by
from reliabel.bench.trust_worlds import World, make, together, worlds
from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Bools, Classes, Floats, Ints
from reliabel.core.results import Interval
from reliabel.core.run import track
from reliabel.trust.budget import curve
from reliabel.trust.calibration import calibration
from reliabel.trust.count import before_review, draw, estimate
from reliabel.trust.from_features import from_features
from reliabel.trust.p_wrong import PWrong, p_wrong
from reliabel.trust.surest_changes import surest
from reliabel.trust.tables import Tables, tables

REVIEWED = {  # worlds in which reviews are simulated: section 5 of the method
    *((half, noise, 0.0) for half in HALVES for noise in ("aggre", "random1", "worse")),
    *((half, "aggre", rate) for half in HALVES for rate in (0.01, 0.05)),
    ("ag_news", "human", 0.02),
    ("ag_news", "human", 0.1),
    ("ag_news", "human", 0.2),
    ("banking77", "human", 0.02),
    ("banking77", "human", 0.1),
    ("digits", "human", 0.1),
    ("digits", "human", 0.4),
    ("ag_news_pair", "human", 0.05),
    ("labelme", "one_vote", 0.0),
}
REVIEWS = 1000
COSTS = ((20_000, 10), (200_000, 10), (1_000_000, 100))  # labels, classes
Line = tuple[Any, ...]  # method, metric, value, low, high, cpu_s, extra_mib
_NEAR: dict[tuple[str, str], Neighbours] = {}  # of whole sets, by name and strength


def run(table: Table, *, quick: bool, data: Path | None, workers: int = 1) -> None:
    """Write the rows of every draw that is not there yet; features are kept beside the table, in
    the folder features.

    workers: processes that make draws side by side; this one writes all rows.
    """
    from reliabel.engine.blas import one_blas_thread

    if data is None:
        raise ValueError(
            "the suite trust needs real data: set RELIABEL_DATA to the folder that holds cifar10n, "
            "text, crowd and weak"
        )
    cache = table.path.parent / "features"
    open_ = [world for world in worlds(quick) if not table.has(world.scenario)]
    tasks = together(_able(open_, data, cache))
    for rows in side_by_side(partial(_rows, data=data, cache=cache), tasks, workers, "draws"):
        table.add(rows)
    for n, k in COSTS[:1] if quick else COSTS:
        if not table.has(f"cost-{n}x{k}"):
            with one_blas_thread():  # as in an audit
                lines = _costs(n, k)
            table.add(
                [Row(f"cost-{n}x{k}", "planted", f"cost {n} x {k}", 0, *one) for one in lines]
            )
    if not quick:
        trust_columns.run(table, data)
        trust_study.run(table, data, cache)


def _able(every: list[World], data: Path, cache: Path) -> list[World]:
    """The worlds whose features can be made here, all of which are made now; what is left out is
    said in a warning.
    """
    out = dict.fromkeys((world.dataset, world.strength) for world in every if world.strength)
    missing = {key: why for key in out if (why := absent(*key, cache))}
    for why in dict.fromkeys(missing.values()):
        names = ", ".join(sorted({" ".join(key) for key, one in missing.items() if one == why}))
        warnings.warn(f"left out: {names}; {why}", stacklevel=3)
    for key in track("features", [key for key in out if key not in missing]):
        seen_by(*key, data, cache)
    return [world for world in every if (world.dataset, world.strength) not in missing]


def _rows(together: tuple[World, ...], *, data: Path, cache: Path) -> list[Row]:
    return [
        Row(world.scenario, world.dataset, world.setting, world.seed, *line)
        for world in together
        for line in _draw(world, data, cache)
    ]


def _draw(world: World, data: Path, cache: Path) -> list[Line]:
    start = time.process_time()
    made = make(world, data, cache)
    rng = np.random.default_rng(world.seed)
    whole = (world.dataset, world.strength)
    shared = None if world.rows else _NEAR.get(whole)
    evidence, _, neighbours = from_features(made.labels, made.features, neighbours=shared, rng=rng)
    if not world.rows:
        _NEAR[whole] = neighbours
    found = p_wrong(made.labels, evidence, rng=rng)
    wrong = made.labels.y != made.truth
    lines: list[Line] = [
        ("truth", "share", float(wrong.mean()), "", "", "", ""),
        ("truth", "rows", float(len(wrong)), "", "", "", ""),
    ]
    lines += list(_judged(found, wrong))
    if found.identified:
        lines += list(_auto(found, made.truth))
    if wrong.any():
        lines += list(_singles(made.labels, evidence, wrong))
    if (
        (world.dataset, world.noise, world.rate) in REVIEWED
        and not world.rows
        and world.seed < 2
        and np.isfinite(found.pi)
    ):
        lines += list(_reviews(found, wrong, np.random.default_rng([world.seed, 9])))
    lines += [("draw", "cpu", time.process_time() - start, "", "", "", "")]
    return lines


def _judged(found: PWrong, wrong: Bools) -> Iterator[Line]:
    """What P(wrong), its count and its curve are worth."""
    n, share = len(wrong), float(wrong.mean())
    yield "p_wrong", "identified", float(found.identified), "", "", "", ""
    yield "p_wrong", "weak", float(found.weak), "", "", "", ""
    yield "p_wrong", "floor_gain", found.floor_gain, "", "", "", ""
    if not np.isfinite(found.pi):
        return
    count = before_review(found)
    share_of = count.value / n if count.identified else found.pi
    yield "p_wrong", "pi", share_of, count.low / n, count.high / n, "", ""
    yield "p_wrong", "calibration_error", calibration_error(found.p, wrong), "", "", "", ""
    if share:
        yield "p_wrong", "average_precision", average_precision(found.p, wrong), "", "", "", ""
        yield "p_wrong", "auroc", auroc(found.p, wrong), "", "", "", ""
        yield "p_wrong", "precision", precision_at(found.p, wrong, int(wrong.sum())), "", "", "", ""
        yield "p_wrong", "brier_skill", *_skill(found.p, wrong), "", ""
    yield "p_wrong", "bins", packed(_bins(found.p, wrong)), "", "", "", ""
    if count.identified and share:
        yield "count", "covered", float(count.low <= wrong.sum() <= count.high), "", "", "", ""
        yield "count", "ratio", count.high / max(count.low, 1e-9), "", "", "", ""
        yield "curve", "within_band", _within(found.p, count, wrong), "", "", "", ""


def _bins(p: Floats, wrong: Bools) -> dict[str, tuple[float, ...]]:
    """A reliability diagram of ten bins: share seen, mean P(wrong), labels."""
    place = np.minimum((p * 10).astype(int), 9)
    return {
        str(b): (float(wrong[at].mean()), float(p[at].mean()), float(at.sum()))
        for b in np.unique(place)
        if (at := place == b).any()
    }


def _skill(p: Floats, wrong: Bools) -> tuple[float, float, float]:
    """Brier skill over the constant that knows the true share, with its 95 % interval over
    items.
    """
    gain = (wrong - wrong.mean()) ** 2 - (p - wrong) ** 2
    base = float(wrong.mean() * (1 - wrong.mean()))
    half = 1.96 * float(gain.std()) / np.sqrt(len(p)) / base
    skill = float(gain.mean()) / base
    return skill, skill - half, skill + half


def _within(p: Floats, count: Interval, wrong: Bools) -> float:
    """Share of the points of the curve, from .25 to 3 times the expected number of errors, at which
    the truth lies in the band.
    """
    band = curve(p, count)
    truth = np.cumsum(wrong[np.argsort(-p, kind="stable")])[band.k - 1] / wrong.sum()
    there = (band.k >= 0.25 * count.value) & (band.k <= 3 * count.value)
    inside = (truth >= band.low - 1e-9) & (truth <= band.high + 1e-9)
    return float(inside[there].mean()) if there.any() else float("nan")


def _singles(labels: Classes, evidence: Tables, wrong: Bools) -> Iterator[Line]:
    item = np.arange(len(labels))
    ids = evidence.candidates
    at = labels.y if ids is None else (ids == labels.y[:, None]).argmax(1)
    found: dict[str, tuple[float, ...]] = {}
    for name, table in zip(evidence.names, evidence.z, strict=True):
        z = np.array(table, dtype=float) if ids is None else np.where(ids < 0, -np.inf, table)
        given = z[item, at].copy()
        z[item, at] = -np.inf
        for kind, score in (("given", -given), ("margin", z.max(1) - given)):
            found[f"{name} {kind}"] = (average_precision(score, wrong),)
    yield "singles", "average_precision", packed(found), "", "", "", ""
    yield "best single", "average_precision", max(found.values())[0], "", "", "", ""


def _reviews(found: PWrong, wrong: Bools, rng: np.random.Generator) -> Iterator[Line]:
    """Coverage and width of the count after weighted reviews."""
    share = float(wrong.mean())
    for m in (100, 200, 400):
        item, q = draw(found.p, (REVIEWS, m), rng)
        _, low, high = estimate(found.p, item, q, wrong[item].astype(float))
        yield (
            f"review of {m}",
            "covered",
            float(((low <= share + 1e-9) & (share <= high + 1e-9)).mean()),
            "",
            "",
            "",
            "",
        )
        yield f"review of {m}", "width", float((high - low).mean()) / share, "", "", "", ""


def _auto(found: PWrong, truth: Ints) -> Iterator[Line]:
    """Changes without people: the share of them that are right, for each share promised."""
    for promised in (0.8, 0.9, 0.95):
        chosen, _ = surest(found.p_suggest, promised)
        if len(chosen):
            right = (found.suggest[chosen] == truth[chosen]).astype(float)
            (seen,) = calibration(np.zeros(len(right)), right)
            yield f"auto {promised:g}", "right", seen.wrong, seen.low, seen.high, "", ""
        yield f"auto {promised:g}", "changed", float(len(chosen)), "", "", "", ""


def _costs(n: int, k: int) -> list[Line]:
    """CPU time and extra memory of tables and fits beyond probabilities and neighbours; as many
    neighbours as an audit finds.
    """
    rng = np.random.default_rng(0)
    truth = np.sort(rng.integers(0, k, n))
    wrong = rng.random(n) < 0.1
    labels = Classes(
        np.where(wrong, rng.integers(0, k, n), truth), tuple(f"class {c}" for c in range(k))
    )
    probs = rng.random((n, k), dtype=np.float32) ** 4  # few of the other classes are likely
    probs[np.arange(n), truth] += 3 * rng.random(n, dtype=np.float32)
    probs /= probs.sum(1, keepdims=True)
    shape = (n, 200 if n <= 50_000 else 50)  # as prepare has it
    index = (
        np.arange(n, dtype=np.int32)[:, None] + rng.integers(1, n // (2 * k), shape, dtype=np.int32)
    ) % n  # mostly of one class: labels are sorted
    near = Neighbours(index, np.sort(rng.random(shape, dtype=np.float32), axis=1))
    features = rng.normal(size=(n, 64)).astype(np.float32)
    lines: list[Line] = []
    tracemalloc.start()
    evidence = tables(labels, probs=probs, neighbours=near, features=features, rng=rng)
    p_wrong(labels, evidence, rng=rng)
    extra = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    start = time.process_time()
    evidence = tables(labels, probs=probs, neighbours=near, features=features, rng=rng)
    middle = time.process_time()
    p_wrong(labels, evidence, rng=rng)
    end = time.process_time()
    for method, seconds in (("tables", middle - start), ("fits", end - middle)):
        lines.append((method, "cpu", seconds, "", "", seconds, extra))
    return lines
