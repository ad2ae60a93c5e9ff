"""The built review page is of the current source, and the package brings it along."""

import hashlib
import re
from pathlib import Path

import pytest

import reliabel

STATIC = Path(reliabel.__file__).parent / "review" / "static"
UI = Path(__file__).parents[3] / "ui"
FILES = ("index.html", "package-lock.json", "package.json", "tsconfig.json", "vite.config.js")


def source_hash():
    """As ui/vite.config.js makes it."""
    paths = [
        *FILES,
        *(p.relative_to(UI).as_posix() for p in (UI / "src").rglob("*") if p.is_file()),
    ]
    whole = hashlib.sha256()
    for path in sorted(paths):
        whole.update(f"{path}\0{hashlib.sha256((UI / path).read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()


@pytest.mark.skipif(not UI.is_dir(), reason="needs the repository's ui/")
def test_the_built_page_is_of_the_current_source():
    built = (STATIC / "source.sha256").read_text(encoding="utf-8").strip()
    assert built == source_hash(), "ui/ has changed since the page was built: make ui"


def test_the_page_loads_its_own_files_alone():
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    named = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert named
    for one in named:
        assert one.startswith("./assets/"), one
        assert (STATIC / one).is_file()
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=", page)
    for path in (STATIC / "assets").glob("*.css"):
        assert "url(" not in path.read_text(encoding="utf-8")
        assert "@import" not in path.read_text(encoding="utf-8")
