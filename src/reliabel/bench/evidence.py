"""Suite evidence: what features of texts and pictures are worth, alone and joined, what a report
weighs, how fast tables are read.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench.evidence_audits import (
    PICTURES,
    TEXTS,
    Absent,
    Found,
    accuracy,
    audited,
    pictures,
    pictures_by_auto,
    planted,
    texts_by_auto,
)
from reliabel.bench.generate import probabilities
from reliabel.bench.run import Row, Table
from reliabel.core.labels import Classes
from reliabel.core.results import Audit
from reliabel.core.run import track

SEEDS = (0, 1, 2)  # draws of errors planted in the texts
PICTURED = {"pictures": "image_patches", "pictures_efficientnet": "image_efficientnet"}
ROWS = 1_000_000  # of the long report and of the tables


def run(table: Table, *, quick: bool, data: Path | None) -> None:
    """Write the rows of every case that is not there yet; without real data the texts and pictures
    are left out and named.
    """
    cases = _cases(quick, data)
    for case, (dataset, seed, measure) in track("cases", list(cases.items())):
        if not table.has(case):
            try:
                table.add([Row(case, dataset, "", seed, *found) for found in measure()])
            except Absent as gap:
                table.add([Row(case, dataset, "", seed, "reliabel", "not run", str(gap))])


def _cases(quick: bool, data: Path | None) -> dict[str, tuple[str, int, Callable[[], Found]]]:
    """Case -> data set, seed, and what measures it; each is kept on its own when it is done."""
    cases: dict[str, tuple[str, int, Callable[[], Found]]] = {}
    for name in TEXTS:
        cases[f"accuracy_{name}"] = name, 0, lambda name=name: accuracy(_there(data), name)  # type: ignore[misc]
        for seed in SEEDS[:1] if quick else SEEDS:
            for what, of in (("planted", planted), ("auto", texts_by_auto)):
                measure = partial(_of_texts, of, data, name, seed)
                cases[f"{what}_{name}_{seed}"] = name, seed, measure
    for case, by in PICTURED.items():
        cases[case] = "cifar10n", 0, partial(_pictures, data, by)
    cases["pictures_auto"] = "cifar10n", 0, lambda: pictures_by_auto(_there(data))
    cases["long_report"] = "generated", 0, _long_report
    cases["csv_plain"] = "generated", 0, lambda: _csv(quoted=False)
    cases["csv_quoted"] = "generated", 0, lambda: _csv(quoted=True)
    return cases


def _of_texts(
    measure: Callable[[Path, str, int], Found], data: Path | None, name: str, seed: int
) -> Found:
    return measure(_there(data), name, seed)


def _there(data: Path | None) -> Path:
    if data is None:
        raise Absent("needs real data where RELIABEL_DATA points")
    return data


def _pictures(data: Path | None, by: str) -> Found:
    """One kind of features of the pictures; with patches the page of the last audit too."""
    done = None
    for done, row in pictures(_there(data), by):  # noqa: B007 the last one is shown
        yield row
    if done is not None and by == PICTURED["pictures"]:
        yield from _page(done, f"report of {PICTURES:,} pictures")


def _long_report() -> Found:
    y, probs = probabilities(ROWS, 10)
    start = time.process_time()
    done = audited(Classes(y), 0, probs=probs)
    yield f"report of {ROWS:,} rows", "audit_cpu_s", time.process_time() - start
    # put in afterwards: a page shows them, no features are made of them
    texts = [f"row {row}, given {label}" for row, label in enumerate(y.tolist())]
    done = replace(
        done,
        data=replace(
            done.data,
            evidence={**done.data.evidence, "items": texts},
            source={**done.data.source, "task": "text"},
        ),
    )
    yield from _page(done, f"report of {ROWS:,} rows")


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
