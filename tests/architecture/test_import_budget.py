"""``import reliabel`` and reading the catalogue load numpy and nothing else of weight; what they
cost is measured by ``reliabel bench run cost``.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = (
    "torch",
    "sklearn",
    "pandas",
    "polars",
    "scipy",
    "pyarrow",
    "matplotlib",
    "PIL",
    "narwhals",
    "typer",
    "rich",
    "jinja2",
    "fastapi",
    "sqlalchemy",
    "ray",
)


def fresh(code: str) -> str:
    """What a new interpreter prints."""
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    ).stdout.strip()


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
    loaded = fresh(
        f"{what}\nimport sys\nprint(' '.join(name for name in {HEAVY!r} if name in sys.modules))"
    )
    assert loaded == ""
