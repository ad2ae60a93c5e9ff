"""Who may import whom (design 2.4), read from the source with ast; and what the source may not
hold.
"""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

import reliabel

HOUSE = Path(reliabel.__file__).parent
ALGORITHMS = (
    "auditors",
    "aggregators",
    "acquirers",
    "annotators",
    "corrupters",
    "measures",
    "learners",
)
ANY = "any"


@dataclass(frozen=True)
class Layer:
    """What a folder (or a file at the top) may import: of the house, of other libraries, and more
    of both inside functions.
    """

    house: tuple[str, ...]
    libraries: tuple[str, ...] = ("numpy",)
    house_inside: tuple[str, ...] = ()
    libraries_inside: tuple[str, ...] = ()
    siblings: bool = True  # whether its files may import each other


METHOD = Layer(("core", "ops"), ("numpy", "scipy"), siblings=False)
LAYERS = {
    "core": Layer(("core",)),
    "ops": Layer(
        ("core", "ops"),
        ("numpy", "scipy"),
        libraries_inside=("PIL", "pyarrow", "pynndescent", "faiss", "onnxruntime", "skimage"),
    ),
    "ops/torch": Layer(("core", "ops"), ("numpy", "scipy", "torch")),
    **{folder: METHOD for folder in ALGORITHMS if folder != "learners"},
    "learners": Layer(("core", "ops"), ("numpy", "scipy", "torch", "sklearn"), siblings=False),
    "embedders": Layer(("core", "ops"), libraries_inside=(ANY,), siblings=False),
    "formats": Layer(("core", "ops", "formats"), libraries_inside=(ANY,)),
    "datasets": Layer(("core", "ops", "datasets"), libraries_inside=(ANY,)),
    "reading": Layer(("core", "formats", "reading"), house_inside=("ops",)),
    "folders": Layer(
        ("core", "reading", "folders"), house_inside=("formats",), libraries_inside=("pyarrow",)
    ),
    "prepare": Layer(
        ("core", "folders", "prepare"),
        house_inside=("ops", "embedders"),
        libraries_inside=("sklearn", "scipy"),
    ),
    "trust": Layer(
        ("core", "ops", "folders", "trust"),
        ("numpy", "scipy"),
        libraries_inside=("sklearn",),
    ),
    "crowd": Layer(("core", "ops", "crowd"), ("numpy", "scipy")),
    "rules": Layer(("core", "rules")),
    "auto": Layer(("core", "auto"), house_inside=("ops", *ALGORITHMS)),
    "reporters": Layer(
        ("core", "trust", "crowd", "reporters"), house_inside=("ops",), libraries_inside=(ANY,)
    ),
    "engine": Layer(("core", "ops", "engine"), libraries_inside=("ray", "threadpoolctl")),
    "verbs": Layer(
        ("core", "verbs", "reading", "folders", "prepare", "auto", "engine", "rules"),
        house_inside=("ops", "trust", "crowd", "formats", "reporters", "review", *ALGORITHMS),
        libraries_inside=("sklearn", "PIL"),  # the digits of the demo
    ),
    "compat": Layer(("core", "verbs", "compat"), (ANY,)),
    "review": Layer(
        ("core", "verbs", "folders", "trust", "reporters", "formats", "datasets", "review"),
        (ANY,),
        house_inside=("ops",),  # pictures, and the axes of the map
    ),
    "bench": Layer(
        ("core", "verbs", "folders", "trust", "crowd", "reporters", "formats", "datasets", "bench"),
        (ANY,),
        house_inside=("ops", "engine", "auto", "rules", *ALGORITHMS),
    ),
    "cli": Layer(
        ("core", "verbs", "folders", "cli"),
        ("typer", "rich"),
        house_inside=(
            "review",
            "bench",
            "reading",
            "ops",
            "reporters",
            "engine",
            "prepare",
            "rules",
        ),
        libraries_inside=(ANY,),
    ),
    "workspace.py": Layer(()),  # names that moved to folders, with a warning
    "__init__.py": Layer(("core", "verbs")),
    "__main__.py": Layer(("cli",)),
}


@dataclass(frozen=True)
class Import:
    """One import statement: the module, where, and whether it stands inside a function."""

    module: str
    line: int
    inside: bool


def imports(source: str) -> list[Import]:
    """All imports of a file; those under ``if TYPE_CHECKING`` cost nothing and are left out."""
    found: list[Import] = []

    def visit(node: ast.AST, inside: bool) -> None:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            return
        if isinstance(node, ast.Import):
            found.extend(Import(alias.name, node.lineno, inside) for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            base = node.module or ""
            names = (
                [f"{base}.{alias.name}" for alias in node.names]
                if base in ("reliabel", *(f"reliabel.{folder}" for folder in LAYERS))
                else [base]
            )
            found.extend(
                Import(name if node.level == 0 else f"relative {name}", node.lineno, inside)
                for name in names
            )
        for child in ast.iter_child_nodes(node):
            visit(
                child,
                inside or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda),
            )

    visit(ast.parse(source), False)
    return found


def breaches(place: str, source: str) -> list[str]:
    """What a file (its path below the house) imports that its layer may not."""
    parts = Path(place).parts
    name = "ops/torch" if parts[:2] == ("ops", "torch") else parts[0]
    layer, me = LAYERS[name], Path(place).stem
    said = []
    for one in imports(source):
        where = f"{place}:{one.line} imports {one.module}" + (
            " inside a function" if one.inside else ""
        )
        first, *rest = one.module.split(".")
        if one.module.startswith("relative"):
            said.append(f"{where}: write the full name")
        elif first == "reliabel":
            part = rest[0] if rest else ""
            allowed = layer.house + (layer.house_inside if one.inside else ())
            stays = part == parts[0] and (layer.siblings or (len(rest) > 1 and rest[1] == me))
            if part and part not in allowed and not stays and not part.startswith("__"):
                said.append(where)
            if part in ALGORITHMS and part == parts[0] and not stays:
                said.append(
                    f"{where}: algorithms never import each other; what two share goes to ops"
                )
        elif first not in sys.stdlib_module_names:
            allowed = layer.libraries + (layer.libraries_inside if one.inside else ())
            if ANY not in allowed and first not in allowed:
                said.append(where)
    return said


def sources() -> list[Path]:
    return sorted(path for path in HOUSE.rglob("*.py") if "__pycache__" not in path.parts)


def test_every_file_keeps_to_its_layer():
    said = [
        line
        for path in sources()
        for line in breaches(path.relative_to(HOUSE).as_posix(), path.read_text(encoding="utf-8"))
    ]
    assert not said, "\n".join(said)


def written_layers(page: str) -> dict[str, Layer]:
    """The table of rooms in docs/architecture.md as layers."""
    layers = {}
    for line in page.splitlines():
        if line.startswith("| `"):
            name, _, *cells = line.removeprefix("| `").removesuffix(" |").split(" | ")
            house, inside, libraries, libraries_inside = (
                () if cell == "-" else tuple(cell.split(" ")) for cell in cells
            )
            layers[name.removesuffix("`")] = Layer(house, libraries, inside, libraries_inside)
    return layers


def test_the_architecture_page_says_the_law():
    page = Path(__file__).resolve().parents[2] / "docs" / "architecture.md"
    if not page.is_file():
        pytest.skip("docs/ lies in the repository, and these tests run from a copy without it")
    law = {name: replace(layer, siblings=True) for name, layer in LAYERS.items()}
    assert written_layers(page.read_text(encoding="utf-8")) == law


def test_every_folder_has_a_layer():
    have = {path.relative_to(HOUSE).parts[0] for path in sources()}
    assert have <= set(LAYERS), f"no layer for {sorted(have - set(LAYERS))}: add them to LAYERS"


@pytest.mark.parametrize(
    ("place", "source"),
    [
        ("auditors/new.py", "from reliabel.auditors import old"),
        ("auditors/new.py", "from reliabel.auditors.old import audit"),
        ("auditors/new.py", "def f():\n    from reliabel.verbs.audit import audit"),
        ("core/new.py", "import scipy"),
        ("core/new.py", "from reliabel.ops.chunks import cut"),
        ("ops/new.py", "def f():\n    import sklearn"),
        ("trust/new.py", "import sklearn.linear_model"),
        ("measures/new.py", "from .old import measure"),
        ("verbs/new.py", "from reliabel.ops.ranks import mean_rank"),
        ("verbs/new.py", "import reliabel.trust.count"),
        ("verbs/new.py", "from reliabel.reporters.html import render"),
        ("reading/new.py", "from reliabel.verbs.read import read"),
        ("reading/new.py", "from reliabel.folders.atomic import writing"),
        ("folders/new.py", "def f():\n    from reliabel.reporters.html import render"),
        ("crowd/new.py", "from reliabel.trust.count import before_review"),
        ("trust/new.py", "from reliabel.crowd.workers import judge"),
        ("auto/new.py", "from reliabel.aggregators import majority"),
        ("formats/new.py", "import pandas"),
    ],
)
def test_a_planted_breach_is_caught(place, source):
    assert breaches(place, source)


@pytest.mark.parametrize(
    ("place", "source"),
    [
        (
            "auditors/new.py",
            "import numpy as np\nfrom scipy import sparse\nfrom reliabel.ops.chunks import cut",
        ),
        ("trust/new.py", "def f():\n    import sklearn"),
        ("verbs/new.py", "def f():\n    from reliabel.ops.ranks import mean_rank"),
        ("core/new.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pandas"),
    ],
)
def test_what_is_allowed_passes(place, source):
    assert breaches(place, source) == []
