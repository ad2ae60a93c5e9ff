"""Plant one small fault at a time and see whether the tests notice: ``make mutants``, or ``python
tools/mutants.py --sample 200``.

Every fault is planted in a temporary copy of the tree, never in the tree itself.  A faulty file is
tested by the tests of its name (tests/unit/ROOM/test_FILE.py), by all tests that import it, by its
own examples, and by ``EXTRAS``. Results are kept under build/mutants, so that a run that was
interrupted goes on where it stopped; a fault is tried again only after its file or one of its tests
has changed.  Faults that change nothing anybody could see are rows with a reason in
tools/equivalent_mutants.toml.  Runs in one process, at a low priority, on POSIX.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mutations import Mutation, mutations

ROOT = Path(__file__).resolve().parents[1]
SOURCE = "src/reliabel"
KEPT = "build/mutants/results.jsonl"
EQUIVALENT = "tools/equivalent_mutants.toml"
TARGETS = ("trust", "crowd", "folders", "auto", "ops", "verbs/sample.py", "core/call.py")
EXTRAS = {  # tests that reach a file through the functions that call it
    "auto/aggregate.py": ("tests/unit/verbs/test_aggregate.py",),
    "core/call.py": ("tests/unit/verbs/test_aggregate.py",),
    "crowd/consensus_columns.py": ("tests/unit/cli/test_commands.py",),
    "crowd/consensus_findings.py": ("tests/unit/cli/test_commands.py",),
    "folders/consensus_folder.py": ("tests/unit/cli/test_commands.py",),
    "folders/decisions.py": ("tests/unit/verbs/test_apply.py",),
    "folders/mended_file.py": ("tests/unit/verbs/test_apply.py",),
    "ops/agreement.py": ("tests/unit/measures/test_agreement.py",),
    "ops/em.py": ("tests/unit/aggregators/test_dawid_skene.py",),
    "ops/variational.py": ("tests/unit/aggregators/test_ibcc.py",),
    "trust/verdict.py": ("tests/unit/trust/test_small.py",),
}
PLACE = (
    "file",
    "code",
    "at",
    "change",
)  # of an equivalent mutant: what outlasts the number of its line
TESTS = ("tests/unit", "tests/property")  # where tests that import a file are looked for
MARKS = "not real and not slow and not heavy and not browser and not journey"
LEFT_OUT = (".*", "build", "dist", "node_modules", "__pycache__", "*.audit", "*.consensus", "site")
NOTICED = ("killed", "timed out")


@dataclass(frozen=True)
class Mutant:
    """One fault: its file under src/reliabel, the change, and the tests that should notice it."""

    file: str
    mutation: Mutation
    tests: tuple[str, ...]
    key: str


def main() -> None:
    options = _options()
    os.nice(10)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM; the next run goes on"))
    files = _files(options.root, options.targets)
    everything = [_mutants(options.root, file) for file in files]
    mutants = _sampled(everything, options.sample, options.seed)
    if options.only:
        mutants = [one for one in mutants if options.only in f"{one.file}:{one.mutation.line}"]
    equivalent = _equivalent(options.root)
    for row in sorted(set(equivalent) - {_name(one) for own in everything for one in own}):
        if row.split(": ")[0] in files:
            print(f"{EQUIVALENT} has a row that fits no mutant any more: {row}")
    kept = options.root / KEPT
    results = _known(kept)
    todo = [one for one in mutants if one.key not in results and _name(one) not in equivalent]
    print(
        f"{len(mutants)} mutants of {len(files)} files, {len(mutants) - len(todo)} known; results "
        f"in {kept}"
    )
    if todo:
        kept.parent.mkdir(parents=True, exist_ok=True)
        _run(options.root, todo, results, kept)
    _report(mutants, results, equivalent)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument(
        "targets", nargs="*", default=list(TARGETS), help="rooms or files under src/reliabel"
    )
    parser.add_argument(
        "--sample", type=int, help="how many faults to plant; the default is all of them"
    )
    parser.add_argument("--seed", type=int, default=0, help="which sample")
    parser.add_argument("--only", help="only faults whose FILE:LINE has this text")
    parser.add_argument(
        "--root", type=Path, default=ROOT, help="the tree to test; the default is this one"
    )
    return parser.parse_args()


def _files(root: Path, targets: list[str]) -> list[str]:
    """Files under src/reliabel that belong to the targets and hold code."""
    top = root / SOURCE
    found = [
        path
        for name in targets
        for path in sorted((top / name).rglob("*.py") if (top / name).is_dir() else [top / name])
    ]
    return [
        path.relative_to(top).as_posix()
        for path in found
        if path.exists() and path.name != "__init__.py"
    ]


def _mutants(root: Path, file: str) -> list[Mutant]:
    text, tests = (root / SOURCE / file).read_text(encoding="utf-8"), _tests_of(root, file)
    content = hashlib.sha256(
        text.encode() + b"".join((root / test).read_bytes() for test in tests)
    ).hexdigest()
    key = "{} {}".format
    return [
        Mutant(file, one, tests, hashlib.sha256(key(content, one).encode()).hexdigest()[:20])
        for one in mutations(text)
    ]


def _tests_of(root: Path, file: str) -> tuple[str, ...]:
    """The tests that should notice a fault in a file, those of its own name first."""
    room, name = Path(file).parent.as_posix().replace("/", "."), Path(file).stem
    module = f"reliabel.{room}.{name}" if room != "." else f"reliabel.{name}"
    above, _, last = module.rpartition(".")
    imports = re.compile(
        rf"\b{re.escape(module)}\b|from {re.escape(above)} import [^\n]*\b{last}\b"
    )
    own = f"tests/unit/{Path(file).parent / f'test_{name}.py'}".replace("/./", "/")
    all_tests = sorted(path for place in TESTS for path in (root / place).rglob("test_*.py"))
    all_tests.sort(
        key=lambda path: path.parent.name != Path(file).parent.name
    )  # of its own room first
    found = [
        path.relative_to(root).as_posix()
        for path in all_tests
        if imports.search(path.read_text(encoding="utf-8"))
    ]
    found = [own, *found, *EXTRAS.get(file, ())]
    if ">>>" in (root / SOURCE / file).read_text(encoding="utf-8"):
        found.append(f"{SOURCE}/{file}")
    return tuple(test for test in dict.fromkeys(found) if (root / test).exists())


def _sampled(mutants: list[list[Mutant]], size: int | None, seed: int) -> list[Mutant]:
    """A sample in which every file has its turn, so that small files are not lost beside large
    ones.
    """
    rng = random.Random(seed)
    turns = [
        (place, rng.random(), one)
        for own in mutants
        for place, one in enumerate(rng.sample(own, len(own)))
    ]
    chosen = [one for *_, one in sorted(turns, key=lambda turn: turn[:2])][:size]
    return sorted(chosen, key=lambda one: (one.file, one.mutation.line))


def _equivalent(root: Path) -> dict[str, str]:
    """Why a fault changes nothing, by name."""
    path = root / EQUIVALENT
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["mutant"] if path.exists() else []
    return {": ".join(str(row[name]) for name in PLACE): row["why"] for row in rows}


def _name(mutant: Mutant) -> str:
    """A fault by its line of code and its change, which outlast the number of the line."""
    return f"{mutant.file}: {mutant.mutation.code}: {mutant.mutation.at}: {mutant.mutation.change}"


def _known(path: Path) -> dict[str, str]:
    rows = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {row["key"]: row["result"] for row in map(json.loads, rows)}


def _run(root: Path, mutants: list[Mutant], results: dict[str, str], kept: Path) -> None:
    """Try each mutant in a copy of the tree and write down at once how it went."""
    with (
        tempfile.TemporaryDirectory(prefix="mutants-") as place,
        kept.open("a", encoding="utf-8") as file,
    ):
        copy = Path(place) / "tree"
        shutil.copytree(root, copy, ignore=shutil.ignore_patterns(*LEFT_OUT))
        files = sorted({test for one in mutants for test in one.tests})
        print(
            f"the {len(files)} files of tests without a fault, to see how long they take",
            flush=True,
        )
        usual = {test: _seconds(copy, test) for test in files}
        for done, one in enumerate(mutants, start=1):
            limit = 30 + 10 * sum(usual[test] for test in one.tests)
            result = _tried(copy, one, limit=limit, clock=done) if one.tests else "no tests"
            results[one.key] = result
            print(f"{done}/{len(mutants)} {result:9} {_said(one)}", flush=True)
            file.write(json.dumps({"key": one.key, "result": result, "mutant": _said(one)}) + "\n")
            file.flush()


def _seconds(copy: Path, test: str) -> float:
    """How long a file of tests takes without a fault; it must pass."""
    started = time.monotonic()
    if _pytest(copy, (test,), limit=1200) not in (0, 5):  # 5: all of its tests are left out
        raise SystemExit(f"{test} fails without any fault, so that it shows nothing")
    return time.monotonic() - started


def _tried(copy: Path, mutant: Mutant, *, limit: float, clock: int) -> str:
    path = copy / SOURCE / mutant.file
    whole = path.read_text(encoding="utf-8")
    try:
        path.write_text(mutant.mutation.text, encoding="utf-8")
        # compiled files go by time and size: every mutant has a time of its own
        os.utime(path, (clock, clock))
        code = _pytest(copy, mutant.tests, limit=limit)
    finally:
        path.write_text(whole, encoding="utf-8")
    if code in (-signal.SIGTERM, -signal.SIGKILL):
        raise SystemExit("the tests were ended from outside, so that this run ends as well")
    return {None: "timed out", 0: "survived", 5: "no tests"}.get(code, "killed")


def _pytest(copy: Path, tests: tuple[str, ...], *, limit: float) -> int | None:
    """The exit code of the tests; None where they took longer than the limit, and were ended with
    all they started.
    """
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        "-p",
        "no:cacheprovider",
        "-m",
        MARKS,
        *tests,
    ]
    own = {"PYTHONPATH": str(copy / "src"), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}
    process = subprocess.Popen(command, cwd=copy, env={**os.environ, **own}, **quiet)
    try:
        return process.wait(limit)
    except subprocess.TimeoutExpired:
        return None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _report(mutants: list[Mutant], results: dict[str, str], equivalent: dict[str, str]) -> None:
    table: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for one in mutants:
        result = "equivalent" if _name(one) in equivalent else results[one.key]
        for row in (one.file, "all"):
            table[row][result] += 1
    columns = (*NOTICED, "survived", "no tests", "equivalent")
    print("\n" + "".join(f"{word:>12}" for word in columns))
    for row in (*sorted(set(table) - {"all"}), "all"):
        print("".join(f"{table[row][word]:12}" for word in columns), row)
    for one in _survivors(mutants, results, equivalent):
        print(f"{results[one.key]}: {_said(one)}")


def _survivors(
    mutants: list[Mutant], results: dict[str, str], equivalent: dict[str, str]
) -> Iterator[Mutant]:
    return (
        one for one in mutants if _name(one) not in equivalent and results[one.key] not in NOTICED
    )


def _said(mutant: Mutant) -> str:
    one = mutant.mutation
    return f"{mutant.file}:{one.line}:{one.at}: {one.change}    ({one.code})"


if __name__ == "__main__":
    main()
