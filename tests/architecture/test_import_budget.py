"""``import reliabel`` and reading the catalogue load numpy and nothing else of weight."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("torch", "sklearn", "pandas", "polars", "scipy", "pyarrow", "matplotlib", "PIL", "narwhals", "typer", "rich", "jinja2", "fastapi", "sqlalchemy", "ray")
SPENT = "import time; start = time.process_time(); import numpy; between = time.process_time(); {what}; print(time.process_time() - between)"


def fresh(code: str) -> str:
    """What a new interpreter prints."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120).stdout.strip()


@pytest.mark.parametrize(
    "what",
    [
        "import reliabel",
        "from reliabel.core.catalogue import catalogue; catalogue()",
        "import reliabel; reliabel.Classes.of(['a', 'b'])",
        "import reliabel.verbs.audit, reliabel.verbs.corrupt, reliabel.verbs.measure",
    ],
)
def test_nothing_heavy_is_loaded(what):
    loaded = fresh(f"{what}\nimport sys\nprint(' '.join(name for name in {HEAVY!r} if name in sys.modules))")
    assert loaded == ""


@pytest.mark.slow
def test_the_import_costs_little_beyond_numpy():
    spent = min(float(fresh(SPENT.format(what="import reliabel"))) for _ in range(3))
    assert spent <= 0.15, f"import reliabel takes {spent:.2f} CPU s beyond numpy"


@pytest.mark.slow
def test_the_catalogue_is_read_quickly():
    spent = min(float(fresh(SPENT.format(what="from reliabel.core.catalogue import catalogue; catalogue()"))) for _ in range(3))
    assert spent <= 0.6, f"reading the catalogue takes {spent:.2f} CPU s"
