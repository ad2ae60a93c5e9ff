"""The site: it builds without a warning and asks no other machine; the pages that people follow
are run block by block.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def tool(name: str):
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


walker, data, hooks = tool("walk_docs"), tool("tutorial_data"), tool("site_hooks")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    pytest.importorskip("mkdocs", reason="needs the dependency group docs")
    folder = tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-d", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    assert "WARNING" not in built.stderr
    return folder


def test_no_page_of_the_site_loads_anything_from_elsewhere(site):
    loads = re.compile(
        r"<(?:script|img|link|iframe|source)\b[^>]*?(?:src|href)=\"?(https?://[^\" >]+)"
    )
    canonical = "https://reliabel.github.io/reliabel/"
    found = {
        (page.relative_to(site).as_posix(), address)
        for page in site.rglob("*.html")
        for address in loads.findall(page.read_text(encoding="utf-8"))
        if not address.startswith(canonical)
    }
    assert not found


def test_links_out_of_the_docs_lead_to_the_repository(site):
    page = (site / "methods" / "audit" / "knn_outliers" / "index.html").read_text(encoding="utf-8")
    assert "https://github.com/reliabel/reliabel/blob/main/src/reliabel/auditors/" in page


def test_the_files_of_the_tutorials_are_those_that_the_tool_makes():
    made = {
        name: content
        for make in (data.tickets, data.posts, data.news, data.beans, data.flats, data.crowd)
        for name, content in make().items()
    }
    assert {name: (data.HERE / name).read_bytes() for name in made} == made
    assert {path.name for path in data.HERE.glob("*")} - made.keys() == {
        "desks.zip",  # holds PNG: its bytes depend on the version of zlib
        "desks_truth.json",
        "shapes.zip",
        "shapes_truth.csv",
    }


def test_the_pages_say_how_many_errors_were_planted():
    def wrong(name: str, column: str) -> int:
        made = {**data.tickets(), **data.beans(), **data.flats()}
        given, truth = (
            [line.split(b",")[-1] for line in made[file].splitlines()[1:]]
            for file in (f"{name}.csv", f"{name}_truth.csv")
        )
        return sum(a != b for a, b in zip(given, truth, strict=True))

    assert wrong("tickets", "topic") == 90
    assert wrong("beans", "sort") == 45
    assert wrong("flats", "rent") == 36


@pytest.mark.slow
@pytest.mark.parametrize("page", walker.pages(), ids=lambda page: page.stem)
def test_every_block_of_a_page_prints_what_the_page_shows(page):
    assert not walker.walk(page, write=False)


def test_a_block_that_prints_something_else_is_noticed_and_mended(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "# A page\n\n```python\nprint(1 + 1)\n```\n\n```text\n3\n```\n\n"
        "```console\n$ echo took 1.2 s; false\n```\n"
    )
    (first, second) = walker.walk(page, write=False)
    assert "-3" in first
    assert "+2" in first
    assert "+[exit 1]" in second
    walker.walk(page, write=True)
    assert walker.walk(page, write=False) == []
    assert "```text\n2\n```" in page.read_text()
    page.write_text(page.read_text().replace("1.2 s", "7 s"))
    assert walker.walk(page, write=False) == []


def test_a_python_block_that_fails_is_a_fault_of_the_page(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("```python\nraise ValueError('no such thing')\n```\n")
    (fault,) = walker.walk(page, write=False)
    assert "no such thing" in fault


def test_three_dots_stand_for_any_lines(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("```console\n$ printf 'a\\nb\\nc\\n'\na\n...\nc\n```\n")
    assert walker.walk(page, write=False) == []
    page.write_text("```console\n$ printf 'a\\nb\\nc\\n'\na\n...\nd\n```\n")
    assert len(walker.walk(page, write=False)) == 1
