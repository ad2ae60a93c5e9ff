"""tools/mutants.py plants small faults one at a time and says which of them no test notices."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
spec = spec_from_file_location("tools_mutations", ROOT / "tools" / "mutations.py")
module = module_from_spec(spec)
sys.modules[spec.name] = module
spec.loader.exec_module(module)

HALF = "def half(n):\n    return n / 2\n"
TOO_WEAK = "from reliabel.trust.half import half\n\n\ndef test_half():\n    assert half(0) == 0\n"


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("x = a < b", ["a < b -> a <= b", "a < b -> a >= b"]),
        ("x = a is b", ["a is b -> a is not b"]),
        ("x = a and not b", ["a and (not b) -> a or not b", "not b -> b"]),
        ("x = a - b", ["a - b -> a", "a - b -> a + b"]),
        ("x = a * b", ["a * b -> a / b"]),
        ("x = 0.95", ["0.95 -> 0.0", "0.95 -> 1.9"]),
        ("x = True", ["True -> False"]),
        ("x = a if b else c", ["a if b else c -> a", "a if b else c -> c"]),
        ("x = {'y': y, 'k': k}", ["{'y': y, 'k': k} -> {'k': k}", "{'y': y, 'k': k} -> {'y': y}"]),
        ("f(a, axis=b)", ["f(a, axis=b) -> f(a)", "f(a, axis=b) -> pass"]),
        ("x += y", ["x += y -> pass", "x += y -> x -= y"]),
        ("def f(n: int | None) -> int | None:\n    raise ValueError(f'{n} < 2')", []),
        ("'''Two is 2.'''", []),
    ],
)
def test_faults_of_a_line(code, changes):
    found = module.mutations(code.replace("not b", "(not b)") if "and" in code else code)
    assert [one.change for one in found] == changes
    assert all(one.text != code for one in found)


def test_only_the_changed_place_is_another():
    text = "# ünïcode before\nx = 'ü' + f(1)  # a comment stays\ny = 2\n"
    (found,) = [one for one in module.mutations(text) if one.change == "1 -> 2"]
    assert found.text == "# ünïcode before\nx = 'ü' + f((2))  # a comment stays\ny = 2\n"
    assert (found.line, found.at, found.code) == (2, 12, "x = 'ü' + f(1)  # a comment stays")


def test_survivors_are_listed_and_nothing_is_tried_twice(tmp_path):
    files = {
        "src/reliabel/__init__.py": "",
        "src/reliabel/trust/__init__.py": "",
        "src/reliabel/trust/half.py": HALF,
        "tests/unit/trust/test_half.py": TOO_WEAK,
        "pyproject.toml": (
            "[tool.pytest.ini_options]\nmarkers = ['real', 'slow', 'heavy', 'browser', 'journey']\n"
        ),
        "tools/equivalent_mutants.toml": (
            '[[mutant]]\nfile = "trust/half.py"\ncode = "return n / 2"\nat = 11\nchange = "2 -> '
            '3"\nwhy = "so it is said"\n'
        ),
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    command = [sys.executable, str(ROOT / "tools" / "mutants.py"), "--root", str(tmp_path), "trust"]
    first, again = (
        subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
        for _ in range(2)
    )
    assert first[0].startswith("4 mutants of 1 files, 1 known")
    assert first[-1] == "survived: trust/half.py:2:7: n / 2 -> n * 2    (return n / 2)"
    assert first[-2].split() == ["2", "0", "1", "0", "1", "all"]
    assert again[0].startswith("4 mutants of 1 files, 4 known")
    assert again[1:] == first[5:]
    assert (tmp_path / "src/reliabel/trust/half.py").read_text() == HALF
