"""Suite evidence: what features are worth (``evidence_texts``, ``evidence_pictures``), what a
report weighs, how fast tables are read.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench import evidence_pictures, evidence_texts
from reliabel.bench.evidence_rows import Cases, Found
from reliabel.bench.evidence_texts import Absent, audited
from reliabel.bench.generate import probabilities
from reliabel.bench.run import Row, Table
from reliabel.core.catalogue import find
from reliabel.core.labels import Classes
from reliabel.core.results import Audit
from reliabel.core.run import track

PICTURES = 20_000  # of cifar10n
ROWS = 1_000_000  # of the long report and of the tables


def run(table: Table, *, quick: bool, data: Path | None) -> None:
    """Write the rows of every case that is not there yet; without real data the texts and pictures
    are left out and named.
    """
    for case, (dataset, seed, measure) in track("cases", list(_cases(quick, data).items())):
        if not table.has(case):
            try:
                table.add([Row(case, dataset, "", seed, *found) for found in measure()])
            except Absent as gap:
                table.add([Row(case, dataset, "", seed, "reliabel", "not run", str(gap))])


def _cases(quick: bool, data: Path | None) -> Cases:
    """Every case by name; each is kept as soon as it is measured."""
    cases = evidence_texts.cases(lambda: _there(data), quick)
    cases |= evidence_pictures.cases(lambda: _there(data))
    cases["pictures"] = "cifar10n", 0, lambda: _picture_report(_there(data))
    cases["long_report"] = "generated", 0, _long_report
    cases["csv_plain"] = "generated", 0, lambda: _csv(quoted=False)
    cases["csv_quoted"] = "generated", 0, lambda: _csv(quoted=True)
    return cases


def _there(data: Path | None) -> Path:
    if data is None:
        raise Absent("needs real data where RELIABEL_DATA points")
    return data


def _picture_report(data: Path) -> Found:
    """The page of an audit of so many pictures, by their patches."""
    with tempfile.TemporaryDirectory() as folder:
        paths, labels = evidence_pictures.photographs(data, PICTURES, folder)
        features = find("embed", "image_patches").load()(paths, rng=np.random.default_rng(0))
        given = Classes(labels["aggre"], tuple(map(str, range(10))))
        done = audited(given, 0, task="image", features=features, items=paths)
        yield from _page(done, f"report of {PICTURES:,} pictures")


def _long_report() -> Found:
    y, probs = probabilities(ROWS, 10)
    start = time.process_time()
    done = audited(Classes(y), 0, probs=probs)
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
