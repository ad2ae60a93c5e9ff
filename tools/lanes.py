"""The wheel on every Python and with the oldest and the newest dependencies that its metadata
allows: ``python tools/lanes.py`` or ``make lanes``.

A lane is a Python and an end of the bounds in pyproject.toml.  Each gets a fresh environment with
the wheel, its base dependencies and the tools of the tests, and runs the quick tests from another
folder.  uv resolves the oldest versions from the bounds themselves (``lowest-direct``), so that no
second list of versions exists.  A lane that cannot run says why; only a failure ends with 1.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
LOGS = ROOT / ".lanes"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
ENDS = {"oldest": "lowest-direct", "newest": "highest"}
TESTS = ("tests/conformance", "tests/unit", "tests/property")
MARKS = "not real and not slow and not heavy and not browser and not journey"
PASSED, FAILED, NOT_RUN = "passed", "failed", "could not run"


class Outcome(NamedTuple):
    """What became of a lane: ``word`` is passed, failed or could not run, ``why`` one sentence."""

    python: str
    end: str
    word: str
    why: str
    versions: str = ""

    def line(self) -> str:
        """Its row in the table at the end."""
        row = f"{self.python:<7}{self.end:<8}{self.word:<15}{self.why}"
        return f"{row}\n{'':<30}{self.versions}" if self.versions else row


def main(argv: list[str] | None = None) -> int:
    """Run the lanes one after the other and print what became of each."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--python", action="append", choices=PYTHONS, help="only this Python")
    parser.add_argument("--deps", action="append", choices=list(ENDS), help="only this end")
    parser.add_argument("tests", nargs="*", default=list(TESTS), help="what to run")
    asked = parser.parse_args(argv)
    if shutil.which("uv", path=_path()) is None:
        print("lanes need uv: pip install --group lanes", file=sys.stderr)
        return 2
    LOGS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        wheel = build(Path(work))
        done = []
        for python in asked.python or PYTHONS:
            interpreter, why = find(python)
            for end in asked.deps or ENDS:
                done.append(
                    Outcome(python, end, NOT_RUN, why)
                    if interpreter is None
                    else run(python, end, interpreter, wheel, Path(work), asked.tests)
                )
                print(done[-1].line(), flush=True)
    return summary(done)


def summary(done: list[Outcome]) -> int:
    """Print the table; 1 where a lane failed or none ran, else 0."""
    print("\npython deps    outcome        what")
    for outcome in done:
        print(outcome.line())
    words = [outcome.word for outcome in done]
    print("lanes: " + ", ".join(f"{words.count(w)} {w}" for w in (PASSED, FAILED, NOT_RUN)))
    return int(FAILED in words or PASSED not in words)


def build(work: Path) -> Path:
    """The wheel of this tree."""
    made = _call(sys.executable, "-m", "build", "--wheel", "--outdir", work / "dist", ROOT)
    if made.returncode:
        raise SystemExit(f"the wheel cannot be built:\n{made.stdout}")
    return next((work / "dist").glob("*.whl"))


def find(python: str) -> tuple[Path | None, str]:
    """An interpreter of this version, or None and why there is none."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    places = [shutil.which(f"python{python}"), *sorted(pyenv.glob(f"{python}.*/bin/python"))]
    for place in filter(None, places):  # a shim of pyenv may stand for nothing: it is asked
        if _version(place) == python:
            return Path(place), ""
    got = _call("uv", "python", "install", python)
    found = _call("uv", "python", "find", "--managed-python", python)
    place = found.stdout.strip().splitlines()[-1:]
    if got.returncode == 0 and place and _version(place[0]) == python:
        return Path(place[0]), ""
    return None, (
        f"no python{python} on the path or under pyenv, and uv cannot download one "
        f"({_last(got.stdout)})"
    )


def run(
    python: str, end: str, interpreter: Path, wheel: Path, work: Path, tests: list[str]
) -> Outcome:
    """Make the environment of a lane, run the tests in it and keep the log."""
    place = work / f"{python}-{end}"
    log = LOGS / f"{place.name}.log"
    inside = place / "venv" / "bin" / "python"
    ready = _call("uv", "venv", "--python", interpreter, place / "venv")
    if ready.returncode == 0:
        ready = _call(
            *("uv", "pip", "install", "--python", inside, "--resolution", ENDS[end]),
            *("--only-binary", ":all:", "-r", ROOT / "pyproject.toml"),
            *("--group", f"{ROOT / 'pyproject.toml'}:test", wheel),
        )
    log.write_text(ready.stdout)
    if ready.returncode:  # bounds that contradict each other are a fault of ours, no network is not
        ours = "No solution found" in ready.stdout
        why = f"cannot be installed ({_last(ready.stdout)}); see {log.relative_to(ROOT)}"
        return Outcome(python, end, FAILED if ours else NOT_RUN, why)
    for name in ("tests", "tools", "docs", "examples"):
        shutil.copytree(ROOT / name, place / name)
    for name in ("pyproject.toml", "README.md", "CHANGELOG.md", "Makefile"):
        shutil.copy(ROOT / name, place)
    start = time.monotonic()
    tested = _call(
        *(inside, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", MARKS),
        *("-o", "testpaths=tests", "-o", "addopts=--import-mode=importlib --strict-markers"),
        *tests,
        where=place,
    )
    log.write_text(ready.stdout + tested.stdout)
    counts = re.search(r"\d+ (?:failed|passed)[^\n]*? in ", tested.stdout)
    what = counts.group().removesuffix(" in ") if counts else _end(tested.stdout)
    why = f"{what} in {time.monotonic() - start:.0f} s"
    if tested.returncode:
        why += f"; see {log.relative_to(ROOT)}"
    return Outcome(python, end, FAILED if tested.returncode else PASSED, why, versions(inside))


def versions(inside: Path) -> str:
    """The installed versions of the base dependencies, as ``name version, ...``."""
    bounds = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    names = [re.split(r"[^\w.-]", bound)[0] for bound in bounds]
    code = (
        f"from importlib.metadata import version as v; print(', '.join(f'{{n}} {{v(n)}}' for n in "
        f"{names}))"
    )
    return _call(inside, "-c", code).stdout.strip()


def _version(python: str | Path) -> str:
    asked = _call(python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])")
    return asked.stdout.strip() if asked.returncode == 0 else ""


def _call(*words: str | Path, where: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """A command's exit code and its output, errors among it; this tree is not on its path."""
    env = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    env |= {"PATH": _path(), "UV_NO_PROGRESS": "1", "NO_COLOR": "1"}
    env |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.run(
        [str(word) for word in words],
        cwd=where,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


def _path() -> str:
    """The path with this environment's own commands first: uv lies there."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])


def _end(text: str) -> str:
    """How a run without counts ended: the crash where Python tells of one, else the last line."""
    crash = re.search(r"Fatal Python error: [^\n]*", text)
    return crash.group() if crash else _last(text)[:200]


def _last(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no message"


if __name__ == "__main__":
    raise SystemExit(main())
