"""Suite evidence: what features are worth (TF-IDF, sentence vectors; those of pictures are in
``evidence_pictures``), what a report weighs, how fast tables are read.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench import evidence_pictures
from reliabel.bench.generate import probabilities
from reliabel.bench.metrics import auroc, average_precision, bootstrap
from reliabel.bench.run import Row, Table
from reliabel.core.catalogue import find
from reliabel.core.dataset import Dataset, Ids
from reliabel.core.labels import Bools, Classes, Floats
from reliabel.core.results import Audit
from reliabel.core.run import track

TEXTS = {"banking77": "banking77_train.parquet", "ag_news": "ag_news_test.parquet"}
EMBEDDERS = ("text_tfidf", "text_minilm", "text_sentence_transformers", "text_multilingual")
EYES = EMBEDDERS[:2]  # that planted errors are seen by: the third has the same model as the second
RATE, SEEDS = 0.05, (0, 1, 2)  # human-like errors planted in the texts
PICTURES = 20_000  # of cifar10n
ROWS = 1_000_000  # of the long report and of the tables
METRICS = {"auroc": auroc, "average_precision": average_precision}
Found = Iterator[tuple[Any, ...]]  # method, metric, value, low, high, CPU seconds


def run(table: Table, *, quick: bool, data: Path | None) -> None:
    """Write the rows of every case that is not there yet; without real data the texts and pictures
    are left out and named.
    """
    cases: dict[str, tuple[str, int, Callable[[], Found]]] = {}
    for name in TEXTS:
        cases[f"accuracy_{name}"] = name, 0, lambda name=name: _accuracy(_there(data), name)  # type: ignore[misc]
        for seed in SEEDS[:1] if quick else SEEDS:
            cases[f"planted_{name}_{seed}"] = (
                name,
                seed,
                lambda name=name, seed=seed: _planted(_there(data), name, seed),  # type: ignore[misc]
            )
    cases |= evidence_pictures.cases(lambda: _there(data))
    cases["pictures"] = "cifar10n", 0, lambda: _picture_report(_there(data))
    cases["long_report"] = "generated", 0, _long_report
    cases["csv_plain"] = "generated", 0, lambda: _csv(quoted=False)
    cases["csv_quoted"] = "generated", 0, lambda: _csv(quoted=True)
    for case, (dataset, seed, measure) in track("cases", list(cases.items())):
        if not table.has(case):
            try:
                table.add([Row(case, dataset, "", seed, *found) for found in measure()])
            except _Absent as gap:
                table.add([Row(case, dataset, "", seed, "reliabel", "not run", str(gap))])


class _Absent(Exception):
    """Something that this machine lacks."""


def _there(data: Path | None) -> Path:
    if data is None:
        raise _Absent("needs real data where RELIABEL_DATA points")
    return data


def _accuracy(data: Path, name: str) -> Found:
    """Out-of-fold accuracy on the labels as published, and what the features cost."""
    for by in EMBEDDERS:
        labels, features, seconds = _embedded(data, name, by)
        start = time.process_time()
        done = _audited(labels, features, 0)
        yield by, "embedding_cpu_s", seconds
        yield (
            by,
            "accuracy",
            float(done.info["model"]["accuracy"]),
            "",
            "",
            time.process_time() - start,
        )


def _planted(data: Path, name: str, seed: int) -> Found:
    """Errors as people make them, seen by words and by sentences in turn, so that neither is
    favoured; each found by every kind of features.
    """
    import reliabel as rl

    for eyes in EYES:
        truth, look, _ = _embedded(data, name, eyes)
        bad = rl.corrupt(
            Dataset(truth, {"features": look}), by="human_confusions", rate=RATE, seed=seed
        )
        for by in EMBEDDERS:
            start = time.process_time()
            done = _audited(bad.labels, _embedded(data, name, by)[1], seed)  # type: ignore[arg-type]
            seconds = time.process_time() - start
            yield from _ranked(f"{by}, errors by {eyes}", done, bad.wrong, seconds)


def _picture_report(data: Path) -> Found:
    """The page of an audit of so many pictures."""
    with tempfile.TemporaryDirectory() as folder:
        paths, labels = evidence_pictures.photographs(data, PICTURES, folder)
        done = _audited(Classes(labels["aggre"]), None, 0, probs=probabilities(PICTURES, 10)[1])
        yield from _page(_shown(done, paths, "image"), f"report of {PICTURES:,} pictures")


def _long_report() -> Found:
    y, probs = probabilities(ROWS, 10)
    start = time.process_time()
    done = _audited(Classes(y), None, 0, probs=probs)
    yield f"report of {ROWS:,} rows", "audit_cpu_s", time.process_time() - start
    texts = [f"row {row}, given {label}" for row, label in enumerate(y.tolist())]
    yield from _page(_shown(done, texts, "text"), f"report of {ROWS:,} rows")


def _shown(done: Audit, items: list[str], task: str) -> Audit:
    """The audit with items put in afterwards: a page shows them, no features are made of them."""
    evidence = {**done.data.evidence, "items": items}
    data = replace(done.data, evidence=evidence, source={**done.data.source, "task": task})
    return replace(done, data=data)


def _page(done: Audit, method: str) -> Found:
    """Size of the report, and the time from asking for it to its load event in Chromium (median of
    five).
    """
    import reliabel as rl

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.html"
        start = time.process_time()
        rl.report(done, path)
        yield method, "written_cpu_s", time.process_time() - start
        yield method, "mb", path.stat().st_size / 1e6
        chromium = (
            shutil.which("chromium")
            or shutil.which("chromium-browser")
            or shutil.which("google-chrome")
        )
        if chromium is None or find_spec("playwright") is None:
            yield method, "not run", "opening needs Chromium on the path and playwright"
            return
        from playwright.sync_api import sync_playwright

        with sync_playwright() as player:
            browser = player.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            seconds = []
            for _ in range(5):
                tab = browser.new_page()
                tab.goto(path.as_uri(), wait_until="load")
                seconds.append(
                    tab.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
                    / 1000
                )
                tab.close()
            browser.close()
        yield method, "opens_s", statistics.median(seconds), min(seconds), max(seconds)


def _csv(*, quoted: bool) -> Found:
    """Reading 1e6 rows x 10 columns (a label, a text, whole numbers, decimals); quoted: every text
    in quotes, some with line ends, Windows style.
    """
    from reliabel.formats import delimited

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        _written(path, quoted)
        yield "file", "mb", path.stat().st_size / 1e6
        readers: dict[str, Callable[[], Any]] = {
            "reliabel": lambda: delimited.read(path),
            "reliabel, line by line": lambda: delimited.read(path, careful=True),
        }
        if find_spec("pandas") is not None:
            import pandas

            readers["pandas"] = lambda: pandas.read_csv(path)
        for method, reader in readers.items():
            start = time.process_time()
            reader()
            yield method, "cpu_s", time.process_time() - start


def _written(path: Path, quoted: bool) -> None:
    rng = np.random.default_rng(0)
    end, words = (
        ("\r\n", ["plain", 'said "so"', "one, two", "two\r\nlines"])
        if quoted
        else ("\n", ["plain", "so", "one two", "three"])
    )
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(
            ",".join(
                ["label", "text", *(f"whole{c}" for c in range(4)), *(f"part{c}" for c in range(4))]
            )
            + end
        )
        for start in range(0, ROWS, 50_000):
            n = min(50_000, ROWS - start)
            whole, part, kind = (
                rng.integers(0, 10_000, (n, 4)).tolist(),
                rng.random((n, 4)).round(6).tolist(),
                rng.integers(0, 4, n).tolist(),
            )
            texts = [f"{words[kind[row]]} {start + row}" for row in range(n)]
            cells = ['"' + text.replace('"', '""') + '"' for text in texts] if quoted else texts
            file.writelines(
                f"c{kind[row]},{cells[row]},{','.join(map(str, whole[row] + part[row]))}{end}"
                for row in range(n)
            )


def _audited(
    labels: Classes,
    features: Any,
    seed: int,
    items: Any = None,
    task: str = "arrays",
    **evidence: Any,
) -> Audit:
    import reliabel as rl

    held = {
        name: value
        for name, value in {"features": features, "items": items, **evidence}.items()
        if value is not None
    }
    return rl.audit(
        Dataset(labels, held, Ids(), {"task": task, "rows": len(labels)}),
        by=["self_confidence"],
        seed=seed,
    )


def _ranked(method: str, done: Audit, wrong: Bools, seconds: float) -> Found:
    scores: dict[str, Floats] = {"self_confidence": done.opinions["self_confidence"].score}
    if done.p_wrong is not None:
        scores["p_wrong"] = done.p_wrong
    for name, score in scores.items():
        for metric, of in METRICS.items():
            yield (
                f"{method}: {name}",
                metric,
                of(score, wrong),
                *bootstrap(of, score, wrong, rounds=100),
                seconds,
            )


@lru_cache(maxsize=2 * len(EMBEDDERS))
def _embedded(data: Path, name: str, by: str) -> tuple[Classes, Floats, float]:
    """Labels and features of a text set, and the CPU seconds that the features took."""
    import pyarrow.parquet as pq

    extras = find("embed", by).missing_extras()
    if extras:
        raise _Absent(f"{by} needs the extra [{','.join(extras)}]")
    table = pq.read_table(data / "text" / TEXTS[name]).to_pydict()
    texts = (
        table["text"]
        if "text" in table
        else [f"{title}. {body}" for title, body in zip(table["title"], table["body"], strict=True)]
    )
    start = time.process_time()
    features = find("embed", by).load()(texts, rng=np.random.default_rng(0))
    return Classes.of(table["label"]), features, time.process_time() - start
