"""A suite names the extra that brings what it measures, and the extra brings it."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

from typer.testing import CliRunner

from reliabel.bench import run
from reliabel.cli import app

PYPROJECT = Path(__file__).resolve().parents[3] / "pyproject.toml"


def test_a_suite_whose_libraries_are_missing_names_the_extra(monkeypatch, tmp_path):
    monkeypatch.setattr(run, "find_spec", lambda library: None if library == "pandas" else object())
    out = tmp_path / "evidence.csv"
    done = CliRunner().invoke(app, ["bench", "run", "evidence", "--out", str(out)])
    sentence = "the suite evidence needs pandas: pip install 'reliabel[bench]'"
    assert (done.exit_code, done.stderr) == (2, f"reliabel: {sentence}\n")
    assert not out.exists()


def test_every_library_of_a_suite_comes_with_the_extra():
    brought = _brought("bench")
    known = packages_distributions()
    for library in {library for needs in run.NEEDS.values() for library in needs}:
        names = {_plain(name) for name in known.get(library, [library])}
        assert names & brought, f"{library} is not brought by reliabel[bench]"


def _brought(extra: str) -> set[str]:
    """Distributions that an extra names, those of the extras it includes among them."""
    extras = tomllib.loads(PYPROJECT.read_text())["project"]["optional-dependencies"]
    found: set[str] = set()
    for asked in extras[extra]:
        name, _, within = re.match(r"([\w.-]+)(\[(.*)\])?", asked).groups()
        if _plain(name) == "reliabel":
            found |= set().union(*(_brought(part.strip()) for part in within.split(",")))
        else:
            found.add(_plain(name))
    return found


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
