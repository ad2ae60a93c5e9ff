"""Suite audit: how well each label auditor ranks wrong labels, on people's verdicts and on planted
errors, with cleanlab on the same inputs.
"""

from __future__ import annotations

import csv
import tempfile
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench import peer
from reliabel.bench.metrics import auroc, average_precision, bootstrap, precision_at
from reliabel.bench.run import Row, Table
from reliabel.core.catalogue import catalogue
from reliabel.core.labels import Bools, Classes, Floats
from reliabel.core.results import Audit, Suspicion
from reliabel.core.run import track

CORRUPTERS = ("symmetric", "confusion", "nearest_class", "instance_dependent")
RATES = (0.05, 0.2)
METRICS = {"auroc": auroc, "average_precision": average_precision}
ALONE = "reliabel p_wrong, probabilities only"  # the evidence that the peers' rankings read
EXCLUDED: dict[str, str] = {}  # auditor -> why this suite leaves it out


def run(table: Table, *, quick: bool, data: Path | None) -> None:
    """Write the rows of every scenario that is not there yet."""
    if data is None:
        raise ValueError(
            "the suite audit needs real data: set RELIABEL_DATA to the folder that holds "
            "label_errors and text"
        )
    work = [("verdicts", name, "", 0.0, 0) for name in ("mnist", "imdb")]
    seeds = (0,) if quick else (0, 1, 2)
    work += [
        ("planted", name, by, rate, seed)
        for name in ("ag_news", "banking77")
        for by in CORRUPTERS
        for rate in RATES
        for seed in seeds
    ]
    for kind, name, by, rate, seed in track("scenarios", work):
        scenario = f"{kind}-{name}" if kind == "verdicts" else f"{kind}-{name}-{by}-{rate}"
        key = f"{scenario}-{seed}"
        if table.has(key):
            continue
        rows = _verdicts(data, name) if kind == "verdicts" else _planted(data, name, by, rate, seed)
        table.add([Row(key, name, setting, seed, *rest) for setting, *rest in rows])


def _verdicts(data: Path, name: str) -> Iterator[tuple[Any, ...]]:
    import reliabel as rl

    labels, probs, judged, wrong = verdicts(data, name)
    start = time.process_time()
    done = rl.audit(labels, probs=probs)
    cpu = time.process_time() - start
    ours = _ours(done)
    peers, why = cleanlab_scores(labels, np.asarray(probs))
    for pool, chosen in (("all", np.ones(len(labels), dtype=bool)), ("judged", judged)):
        yield from _scored(pool, {**ours, **peers}, wrong, chosen, cpu)
        if why:
            yield pool, "cleanlab", "not run", why, "", "", "", ""


def verdicts(data: Path, name: str) -> tuple[Classes, Floats, Bools, Bools]:
    """Labels, published probabilities, and which labels people judged and which they rejected."""
    given = np.load(data / "label_errors" / f"{name}.npz")
    labels, probs = Classes(given["labels"].astype(np.int64)), given["probs"]
    return labels, probs, *_judged(data / "label_errors" / f"{name}_verdicts.csv", len(labels))


def _planted(data: Path, name: str, by: str, rate: float, seed: int) -> Iterator[tuple[Any, ...]]:
    import reliabel as rl

    truth, features = _texts(data, name)
    whole = rl.Dataset(truth, {"features": features})
    words: dict[str, Any] = (
        {"noise_matrix": confusions(truth, rate)} if by == "confusion" else {"rate": rate}
    )
    bad = rl.corrupt(whole, by=by, seed=seed, **words)
    start = time.process_time()
    done = rl.audit(bad.labels, features=features, seed=seed)
    cpu = time.process_time() - start
    ours = _ours(done)
    listed = [finding.item for finding in done.findings if finding.finds == "label"]
    probs = done.data.evidence["probs"]
    ours |= _alone(bad.labels, probs, seed)  # type: ignore[arg-type]
    peers, why = cleanlab_scores(bad.labels, np.asarray(probs))  # type: ignore[arg-type]
    chosen = np.ones(len(truth), dtype=bool)
    yield from _scored("planted", {**ours, **peers}, bad.wrong, chosen, cpu)
    yield (
        "planted",
        "reliabel findings",
        "precision_500",
        float(bad.wrong[listed[:500]].mean()),
        "",
        "",
        "",
        "",
    )
    yield (
        "planted",
        "reliabel self_confidence",
        "precision_500",
        precision_at(ours["reliabel self_confidence"], bad.wrong, 500),
        "",
        "",
        "",
        "",
    )
    if why:
        yield "planted", "cleanlab", "not run", why, "", "", "", ""


def _ours(done: Audit) -> dict[str, Floats]:
    """The scores of all label auditors that fit, those that do not run by default on the same
    evidence, and P(wrong).
    """
    scores = {}
    for entry in catalogue():
        if (
            entry.verb != "audit"
            or entry.finds != "label"
            or entry.name in EXCLUDED
            or not entry.needs <= set(done.data.evidence)
        ):
            continue
        opinion = done.opinions.get(entry.name)
        opinion = (
            entry.load()(
                done.data.labels, **{name: done.data.evidence[name] for name in entry.needs}
            )
            if opinion is None
            else opinion
        )
        if isinstance(opinion, Suspicion):
            scores[f"reliabel {entry.name}"] = opinion.score
    return scores if done.p_wrong is None else {**scores, "reliabel p_wrong": done.p_wrong}


def _alone(labels: Classes, probs: Floats, seed: int) -> dict[str, Floats]:
    """P(wrong) of the probabilities alone, without the features that they were made of."""
    import reliabel as rl

    done = rl.audit(labels, probs=probs, by=["self_confidence"], seed=seed)
    return {} if done.p_wrong is None else {ALONE: done.p_wrong}


@lru_cache(maxsize=2)
def _texts(data: Path, name: str) -> tuple[Classes, Floats]:
    """Labels and TF-IDF features of a text set, made once for all its scenarios."""
    import pyarrow.parquet as pq

    from reliabel.core.catalogue import find

    table = pq.read_table(
        data
        / "text"
        / {"ag_news": "ag_news_test.parquet", "banking77": "banking77_train.parquet"}[name]
    ).to_pydict()
    texts = (
        table["text"]
        if "text" in table
        else [f"{title}. {body}" for title, body in zip(table["title"], table["body"], strict=True)]
    )
    return Classes.of(table["label"]), find("embed", "text_tfidf").load()(
        texts, rng=np.random.default_rng(0)
    )


def _scored(
    setting: str, scores: dict[str, Floats], wrong: Bools, chosen: Bools, cpu: float
) -> Iterator[tuple[Any, ...]]:
    errors = int(wrong[chosen].sum())
    for method, score in scores.items():
        mine, bad = np.nan_to_num(np.asarray(score, dtype=float)[chosen], nan=-1.0), wrong[chosen]
        for metric, of in METRICS.items():
            low, high = bootstrap(of, mine, bad, rounds=100)
            yield (
                setting,
                method,
                metric,
                of(mine, bad),
                low,
                high,
                cpu if method.startswith("reliabel") else "",
                "",
            )
        yield setting, method, "precision", precision_at(mine, bad, errors), "", "", "", ""


def cleanlab_scores(labels: Classes, probs: Floats) -> tuple[dict[str, Floats], str | None]:
    """Cleanlab's scores of the labels by name, or why it could not run."""
    with tempfile.TemporaryDirectory() as folder:
        given, answer = Path(folder) / "in.npz", Path(folder) / "out.npz"
        np.savez(given, labels=labels.y, probs=probs)
        _, why = peer.call("cleanlab_labels.py", given, answer)
        if why:
            return {}, why
        with np.load(answer) as scores:
            return {f"cleanlab {name}": scores[name] for name in scores.files}, None


def _judged(path: Path, n: int) -> tuple[Bools, Bools]:
    judged, wrong = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    with path.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            judged[int(line["row"])] = True
            wrong[int(line["row"])] = float(line["mturk.given"]) < 3
    return judged, wrong


def confusions(truth: Classes, rate: float) -> Floats:
    """Each class is taken for the next two only: a noise matrix unlike symmetric noise."""
    matrix = np.eye(truth.k) * (1 - rate)
    for step, share in ((1, 0.7), (2, 0.3)):
        matrix[np.arange(truth.k), (np.arange(truth.k) + step) % truth.k] += rate * share
    return matrix
