"""Numbers, in the suite labels: planted errors beside cleanlab, counts, suggestions, ConFrag beside
small loss, and cost.

Each world gets errors of four kinds; the audit makes its own predictions from the features, and
cleanlab scores the same ones beside its own default.
"""

from __future__ import annotations

import json
import resource
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench import labels_numbers_page as page
from reliabel.bench import peer
from reliabel.bench.labels_numbers_worlds import CHOSEN, ERRORS, JUDGED, planted, world
from reliabel.bench.learn_sections import Section
from reliabel.bench.metrics import auroc, average_precision, calibration_error
from reliabel.bench.run import Row
from reliabel.bench.suite_parts import Scenario
from reliabel.core.labels import Bools, Floats

N, QUICK_N = 5000, 1000
RATES = (0.02, 0.05, 0.15)  # one a seed, in turn
SEEDS = 3
COARSE = 0.3  # share of wrong numbers where ConFrag is tried
EXACT = 1e-4  # share of a number up to which a suggestion is the right one
KEEP = 0.7  # share of the items that it keeps


def scenarios(*, quick: bool, data: Path | None) -> Mapping[str, Scenario]:
    """The draws of planted errors, the selections, and the costs."""
    n, seeds = (QUICK_N, 1) if quick else (N, SEEDS)
    work: dict[str, Scenario] = {
        f"numbers-{name}-{error}-{seed}": partial(_draw, name, error, seed, n)
        for name in (*CHOSEN, *JUDGED)
        for error in ERRORS
        for seed in range(seeds)
    }
    work |= {f"numbers-{name}-none-0": partial(_clean, name, n) for name in (*CHOSEN, *JUDGED)}
    for name in ("friedman1", "uneven") if quick else ("friedman1", "friedman2", "uneven", "waves"):
        work[f"numbers-{name}-selection-0"] = partial(_selection, name, 0, min(n, 1500))
    sizes = (10_000,) if quick else (100_000, 1_000_000)
    return work | {f"numbers-cost-{size}": partial(_cost, size) for size in sizes}


def sections(rows: list[Row]) -> Iterator[Section]:
    """The tables of this part."""
    yield page.DRAWS, page.draws(rows)
    precision = page.draws(rows, "ap")
    if len(precision) > 1:
        yield page.PRECISION, precision
    yield page.COUNTS, page.counts(rows)
    yield page.SELECTION, page.selection(rows)
    yield page.COST, page.cost(rows)


def _audited(x: Floats, y: Floats, seed: int, by: list[str] | None = None) -> Any:
    import reliabel as rl

    return rl.audit(rl.Numbers(y), features=x.astype(np.float32), seed=seed, by=by)


def _draw(name: str, error: str, seed: int, n: int) -> list[Row]:
    from reliabel.auditors import repeated_cross_validation as recov
    from reliabel.core.labels import Numbers

    x, true = world(name, n, seed)
    rate = RATES[seed % len(RATES)]
    y, wrong = planted(true, error, rate, seed)
    done = _audited(x, y, seed)
    predicted = np.asarray(done.data.evidence["predicted"].y)
    rng = np.random.default_rng(seed)
    scores = {
        "P(wrong)": done.p_wrong,
        **{
            f"reliabel {word}": done.opinions[word].score
            for word in ("residual", "neighbour_residual", "outre")
        },
        "reliabel recov": recov.audit(Numbers(y), features=x, rng=rng).score,
    }
    theirs, why = _cleanlab(x, y, predicted)

    def row(method: str, metric: str, *values: Any) -> Row:
        return Row(f"numbers-{name}-{error}-{seed}", name, error, seed, method, metric, *values)

    out = [row("planted", "wrong", float(wrong.sum())), row("planted", "rate", rate)]
    for method, score in (scores | theirs).items():
        out.append(row(method, "auroc", auroc(np.asarray(score), wrong)))
        out.append(row(method, "ap", average_precision(np.nan_to_num(score), wrong)))
    out.append(row("P(wrong)", "ece", calibration_error(np.asarray(done.p_wrong), wrong)))
    ends = np.asarray(done.suggest_range)
    inside = (ends[:, 0] <= true) & (true <= ends[:, 1])
    out.append(row("suggestion", "inside", float(inside[wrong].mean())))
    suggest = np.asarray(done.suggest.y)
    undone = np.abs(suggest - true) <= EXACT * np.abs(true)
    out.append(row("suggestion", "right", float(undone[wrong].mean())))
    return [*out, *_counted(done, row), *([row("cleanlab", "not run", why)] if why else [])]


def _counted(done: Any, row: Any) -> list[Row]:
    count, told = done.count, done.info["p_wrong"]
    out = [
        row("count", "identified", float(count.identified)),
        row("count", "explained", float(told["explained"])),
    ]
    if count.identified:
        out.append(row("count", "count", count.value, count.low, count.high))
    return out


def _clean(name: str, n: int) -> list[Row]:
    """Whether errors are counted where none was planted."""
    x, y = world(name, n, 0)
    done = _audited(x, y, 0)

    def row(method: str, metric: str, *values: Any) -> Row:
        return Row(f"numbers-{name}-none-0", name, "none", 0, method, metric, *values)

    return [row("planted", "wrong", 0.0), *_counted(done, row)]


def _cleanlab(x: Floats, y: Floats, predicted: Floats) -> tuple[dict[str, Floats], str | None]:
    """Cleanlab's scores by name, or why it could not run."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in.npz", Path(folder) / "out.npz"
        np.savez(source, features=x, y=y, predicted=predicted)
        _, why = peer.call("cleanlab_numbers.py", source, target)
        if why:
            return {}, why
        with np.load(target) as scores:
            return {f"cleanlab {name}": scores[name] for name in scores.files}, None


def _selection(name: str, seed: int, n: int) -> list[Row]:
    """What is left of the errors in the items that ConFrag keeps, and those of small loss: of a
    network stopped early, and of one that has learnt the numbers by heart.
    """
    from sklearn.neural_network import MLPRegressor

    from reliabel.auditors import contrasting_fragments
    from reliabel.core.labels import Numbers
    from reliabel.ops.neighbours import nearest

    x, true = world(name, n, seed)
    y, wrong = planted(true, "symmetric", COARSE, seed)
    scaled = (y - y.mean()) / y.std()
    found = contrasting_fragments.audit(
        Numbers(y),
        features=x,
        neighbours=nearest(x.astype(np.float32), j=50, seed=0),
        rng=np.random.default_rng(seed),
    )
    scores: dict[str, Floats] = {"ConFrag": found.score}
    for epochs, told in ((30, "stopped early"), (300, "by heart")):
        model = MLPRegressor(hidden_layer_sizes=(128, 128), max_iter=epochs, random_state=seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it was stopped before it converged is meant
            scores[f"small loss, {told}"] = np.abs(scaled - model.fit(x, scaled).predict(x))
    residual = _audited(x, y, seed, ["residual"]).opinions["residual"]
    scores["residual, out of fold"] = residual.score
    scenario = f"numbers-{name}-selection-{seed}"
    rows = []
    for method, score in scores.items():
        for metric, value in (
            ("auroc", auroc(score, wrong)),
            ("residual ratio", _left(score, np.abs(y - true))),
        ):
            rows.append(Row(scenario, name, "selection", seed, method, metric, value))
    return rows


def _left(score: Floats, error: Floats) -> float:
    kept: Bools = score <= np.quantile(score, KEEP)
    return float(error[kept].mean() / error.mean())


def _cost(n: int) -> list[Row]:
    """CPU seconds of scores and P(wrong) of given predictions, of the whole audit from 10 features,
    and of the peer's scores.
    """
    from reliabel.auditors import outre, residual
    from reliabel.core.labels import Numbers
    from reliabel.trust.numbers import p_wrong_numbers

    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, 10))
    true = x @ np.linspace(1, 2, 10)
    y, _ = planted(true + rng.normal(0, 0.5, n), "swapped_rows", 0.05, 0)
    labels, said = Numbers(y), Numbers(true)
    scenario = f"numbers-cost-{n}"

    def row(method: str, metric: str, value: Any) -> Row:
        return Row(scenario, f"{n:,}", "cost", 0, method, metric, value)

    out = []
    start, before = time.process_time(), _memory()
    residual.audit(labels, predicted=said)
    outre.audit(labels, predicted=said)
    p_wrong_numbers(labels, predicted=said, rng=rng)
    out.append(row("scores and P(wrong)", "cpu_s", time.process_time() - start))
    out.append(row("scores and P(wrong)", "extra_mib", _memory() - before))
    start = time.process_time()
    _audited(x, y, 0)
    out.append(row("whole audit of 10 features", "cpu_s", time.process_time() - start))
    out.append(row("whole audit of 10 features", "peak_mib", _memory()))
    for method in ("residual", "outre"):
        told, why = peer.call("cleanlab_numbers.py", "cost", str(n), method)
        if why:
            out.append(row(f"cleanlab {method}", "not run", why))
            continue
        out += [row(f"cleanlab {method}", name, value) for name, value in json.loads(told).items()]
    return out


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
