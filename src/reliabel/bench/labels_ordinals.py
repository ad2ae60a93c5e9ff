"""Ordered classes and faults of numbers, in the suite labels: slips by one step, by several and
upside down, ranked with the order and without, cleanlab beside on the same probabilities; faults of
numbers planted and not; selections where many numbers are wrong.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench import labels_ordinals_page as page
from reliabel.bench import peer
from reliabel.bench.labels_ordinals_worlds import (
    CHOSEN,
    ERRORS,
    JUDGED,
    pictures,
    planted,
    world,
)
from reliabel.bench.learn_sections import Section
from reliabel.bench.metrics import auroc, average_precision, calibration_error
from reliabel.bench.run import Row
from reliabel.bench.suite_parts import Scenario
from reliabel.core.labels import Floats

N, QUICK_N = 3000, 800
RATES = (0.02, 0.05, 0.12)  # one a seed, in turn
SEEDS = 3
PICTURES, MANY = ("turned", "thick", "digit"), (0.2, 0.4)  # selections, and shares of wrong numbers
FAULTS = ("heaping", "cut off", "impossible sign", "above the bound", "other unit")


def scenarios(*, quick: bool, data: Path | None) -> Mapping[str, Scenario]:
    """The draws of slips, the faults of numbers, and the selections."""
    n, seeds = (QUICK_N, 1) if quick else (N, SEEDS)
    work: dict[str, Scenario] = {
        f"ordinals-{name}-{error}-{seed}": partial(_draw, name, error, seed, n)
        for name in (*CHOSEN, *JUDGED)
        for error in ERRORS
        for seed in range(seeds)
    }
    work |= {f"ordinals-{name}-none-0": partial(_clean, name, n) for name in (*CHOSEN, *JUDGED)}
    work |= {f"ordinals-faults-{seed}": partial(_faults, seed) for seed in range(2 if quick else 8)}
    some = PICTURES[:1] if quick else PICTURES
    work |= {
        f"ordinals-{name}-selection-{rate}-{seed}": partial(
            _selection, name, rate, seed, min(n, 1500)
        )
        for name in some
        for rate in MANY
        for seed in range(1 if quick else 2)
    }
    return work


def sections(rows: list[Row]) -> Iterator[Section]:
    """The tables of this part."""
    yield page.DRAWS, page.draws(rows)
    yield page.COUNTS, page.counts(rows)
    yield page.FAULTS, page.faults(rows)
    yield page.SELECTION, page.selection(rows)


def _audited(x: Floats, y: Any, seed: int, *, ordered: bool) -> Any:
    import reliabel as rl

    names = tuple(map(str, range(int(y.max()) + 1)))
    order: Any = np.arange(len(names)) if ordered else "none"
    return rl.audit(
        rl.Classes(y, names),
        features=x.astype(np.float32),
        class_order=order,
        seed=seed,
        by=["self_confidence", "normalized_margin", *(["ordinal_distance"] if ordered else [])],
    )


def _draw(name: str, error: str, seed: int, n: int) -> list[Row]:
    x, true = world(name, n, seed)
    rate = RATES[seed % len(RATES)]
    y, wrong = planted(true, error, rate, seed)
    done, flat = (_audited(x, y, seed, ordered=ordered) for ordered in (True, False))
    scores = {
        "P(wrong)": done.p_wrong,
        "P(wrong), no order": flat.p_wrong,
        **{f"reliabel {method}": found.score for method, found in done.opinions.items()},
    }
    theirs, why = _cleanlab(y, np.asarray(done.data.evidence["probs"]))

    def row(method: str, metric: str, *values: Any) -> Row:
        return Row(f"ordinals-{name}-{error}-{seed}", name, error, seed, method, metric, *values)

    out = [row("planted", "wrong", float(wrong.sum())), row("planted", "rate", rate)]
    for method, score in (scores | theirs).items():
        out.append(row(method, "auroc", auroc(np.asarray(score), wrong)))
        out.append(row(method, "ap", average_precision(np.asarray(score), wrong)))
    for method, audit in (("P(wrong)", done), ("P(wrong), no order", flat)):
        out.append(row(method, "ece", calibration_error(np.asarray(audit.p_wrong), wrong)))
        off = np.abs(np.asarray(audit.suggest) - true)[wrong]
        out.append(row(method, "suggested right", float((off == 0).mean())))
        out += _counted(method, audit, row)
    return [*out, *([row("cleanlab", "not run", why)] if why else [])]


def _counted(method: str, audit: Any, row: Any) -> list[Row]:
    count = audit.count
    out = [row(method, "identified", float(count.identified))]
    return [*out, row(method, "count", count.value, count.low, count.high)][: 1 + count.identified]


def _clean(name: str, n: int) -> list[Row]:
    """Whether slips are counted where none was planted."""
    x, y = world(name, n, 0)

    def row(method: str, metric: str, *values: Any) -> Row:
        return Row(f"ordinals-{name}-none-0", name, "none", 0, method, metric, *values)

    out = [row("planted", "wrong", 0.0)]
    for method, ordered in (("P(wrong)", True), ("P(wrong), no order", False)):
        out += _counted(method, _audited(x, y, 0, ordered=ordered), row)
    return out


def _cleanlab(y: Any, probs: Floats) -> tuple[dict[str, Floats], str | None]:
    """Cleanlab's scores by name, or why it could not run."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in.npz", Path(folder) / "out.npz"
        np.savez(source, labels=y, probs=probs)
        _, why = peer.call("cleanlab_labels.py", source, target)
        if why:
            return {}, why
        with np.load(target) as scores:
            return {f"cleanlab {name}": scores[name] for name in scores.files}, None


def _faults(seed: int) -> list[Row]:
    """Each fault planted in ages, prices, percentages and measurements, and what is told of them as
    they were.
    """
    from reliabel.auditors import target_faults
    from reliabel.core.labels import Numbers

    rng = np.random.default_rng(seed)
    n, scenario, out = 2000, f"ordinals-faults-{seed}", []
    plain: dict[str, Floats] = {
        "ages": rng.triangular(18, 35, 95, n).round(),
        "prices": rng.lognormal(6, 0.5, n).round(2),
        "percentages": (100 * rng.beta(1.2, 1.0, n)).round(1),
        "measurements": rng.normal(20, 4, n).round(3),
    }
    for name, y in plain.items():
        said = Numbers(y + rng.normal(0, 0.1 * y.std(), n))
        for fault in (page.NO_FAULT, *FAULTS):
            made = _with_fault(y, fault, seed)
            if fault == "above the bound" and name != "percentages":
                continue
            found = target_faults.audit(Numbers(made), predicted=said)
            right = float(fault in found.kind)
            wrong = float(len([kind for kind in found.kind if kind != fault]))
            out.append(Row(scenario, name, fault, seed, "target_faults", "found", right))
            out.append(Row(scenario, name, fault, seed, "target_faults", "others", wrong))
    return out


def _with_fault(y: Floats, fault: str, seed: int) -> Floats:
    """The numbers with a fault in some of them."""
    import reliabel as rl

    rng = np.random.default_rng([seed, 3])
    out, some = y.copy(), rng.permutation(len(y))[: len(y) // 100]
    if fault == "heaping":
        step = 10.0 ** np.floor(np.log10(np.ptp(y)) - 0.5)
        made: Any = rl.corrupt(rl.Numbers(y), by="heaping", seed=seed, rate=0.4, step=step)
        return np.asarray(made.labels.y)
    if fault == "cut off":
        return np.minimum(y, np.quantile(y, 0.95))
    if fault == "impossible sign":
        out[some] = -out[some]
    elif fault == "above the bound":
        out[some] += 100
    elif fault == "other unit":
        out[some] *= 10
    return out


def _selection(name: str, rate: float, seed: int, n: int) -> list[Row]:
    """What is left of the errors in the items that are kept where ``rate`` of the numbers are
    wrong: of ConFrag and ReCoV, of small loss (a network stopped early, and one that has learnt the
    numbers by heart), and of residuals and neighbours.
    """
    from sklearn.neural_network import MLPRegressor

    import reliabel as rl
    from reliabel.auditors import contrasting_fragments, repeated_cross_validation
    from reliabel.ops.neighbours import nearest

    x, true = pictures(name, n, seed)
    made: Any = rl.corrupt(rl.Numbers(true), by="symmetric", seed=seed, rate=rate)
    labels, wrong = made.labels, np.asarray(made.wrong)
    y = np.asarray(labels.y)
    near, scaled = nearest(x.astype(np.float32), j=50, seed=0), (y - y.mean()) / y.std()
    scores: dict[str, Floats] = {}
    for ranges in (4, 8):
        found = contrasting_fragments.audit(
            labels, features=x, neighbours=near, ranges=ranges, rng=np.random.default_rng(seed)
        )
        scores[f"ConFrag, {ranges} ranges"] = found.score
    recov = repeated_cross_validation.audit(labels, features=x, rng=np.random.default_rng(seed))
    scores["ReCoV"] = recov.score
    for epochs, told in ((30, "stopped early"), (300, "by heart")):
        model = MLPRegressor(hidden_layer_sizes=(128, 128), max_iter=epochs, random_state=seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it was stopped before it converged is meant
            scores[f"small loss, {told}"] = np.abs(scaled - model.fit(x, scaled).predict(x))
    by = ["residual", "neighbour_residual"]
    done = rl.audit(labels, features=x.astype(np.float32), seed=seed, by=by)
    scores |= {f"{method}, out of fold": found.score for method, found in done.opinions.items()}
    error = np.abs(y - true)
    out = []
    for method, score in scores.items():
        left = float(error[score <= np.quantile(score, 1 - rate)].mean() / error.mean())
        for metric, value in (("auroc", auroc(score, wrong)), ("residual ratio", left)):
            scenario = f"ordinals-{name}-selection-{rate}-{seed}"
            out.append(Row(scenario, name, f"selection {rate}", seed, method, metric, value))
    return out
