"""``import reliabel`` and reading the catalogue load numpy and nothing else of weight; what they
cost is measured by ``reliabel bench run cost``.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

import reliabel

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


def test_every_public_name_is_there_and_verbs_are_imported_when_they_are_used():
    found = fresh(
        "import sys, reliabel as rl\n"
        "before = 'reliabel.verbs' in sys.modules\n"
        "names = [name for name in rl.__all__ if not callable(getattr(rl, name))]\n"
        "print(before, names, set(rl.__all__) - set(dir(rl)), rl.audit is rl.audit)"
    )
    assert found == "False [] set() True"


def test_an_unknown_name_of_the_package_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'audti'"):
        reliabel.audti
