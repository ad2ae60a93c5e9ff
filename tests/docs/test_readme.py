"""The README's Python runs as it stands, prints what its comments say, and the numbers in its prose
and its tables are those that were measured.
"""

from __future__ import annotations

import io
import re
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
import pytest

from reliabel.bench import counts, equal_evidence
from reliabel.bench.run import Table

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "README.md").read_text(encoding="utf-8")
SAID = re.compile(r"^print\(.*#\s*-> (.*)$", re.M)


def blocks(page: str) -> list[str]:
    """The Python blocks of a page, in their order."""
    return re.findall(r"^```python\n(.*?)^```$", page, re.S | re.M)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """What the blocks leave behind and print, run one after the other in an empty folder."""
    place, names = tmp_path_factory.mktemp("readme"), {}
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(io.StringIO()) as printed:
        patch.chdir(place)
        for block in blocks(PAGE):
            exec(compile(block, "README.md", "exec"), names)  # the code of this repository
    return names, printed.getvalue().splitlines(), place


def test_it_prints_what_its_comments_say(run):
    said = [line.strip() for block in blocks(PAGE) for line in SAID.findall(block)]
    assert len(said) >= 4
    assert run[1] == said


def test_its_comments_on_shapes_and_files_hold(run):
    names, _, place = run
    wrong = names["y"] != names["truth"]
    assert wrong.sum() == 90
    assert len(names["y"]) == 1797
    assert names["audit"].p_wrong.shape == (1797,)
    for name in ("report.html", "findings.csv", "labels.parquet"):
        assert (place / "digits.audit" / name).is_file()
    assert (place / "report.html").is_file()
    assert names["consensus"].labels.p.shape == (2, 2)
    assert names["consensus"].skill.shape == (3,)


def test_its_counts_hold_the_truth_before_and_after_the_review(run):
    names = run[0]
    before, after = names["audit"].count, names["reviewed"].count
    assert before.low <= 90 <= before.high
    assert after.low <= 90 <= after.high
    assert after.high - after.low < (before.high - before.low) / 2
    assert np.isfinite(before.value)


@pytest.mark.parametrize(
    ("suite", "table"), [("counts", counts), ("audit", equal_evidence)], ids=["counts", "audit"]
)
def test_its_tables_are_what_was_measured(suite, table):
    rows = Table(ROOT / "docs" / "bench" / f"{suite}.csv").rows
    assert table.fill(rows, PAGE) == PAGE
