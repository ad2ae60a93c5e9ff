"""Show that no number changed, to the last bit, between a revision and the working tree.

    python tools/same_numbers.py REVISION               or: make same BASE=REVISION
    python tools/same_numbers.py --collect FILE.json    what runs once with the code of each tree

The same small data sets (``same_scenarios.py``) go through the public verbs of both trees, on one
machine.  Of every number, array and name in the results a SHA-256 (of dtype, shape and bytes) is
kept under a key that says where it stands.  A key whose value differs, or that is gone (and no new
key that differs in one name holds the value), fails.
Sentences (warnings, reasons) stand under keys that begin with ``text:``; those that differ are
listed and never fail.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from same_scenarios import audits, corrupters, crowds, files, measures

ROOT = Path(__file__).resolve().parents[1]
# what differs from run to run, or holds no result
PASSING = {"at", "frame", "ids", "out", "path", "report", "source", "timings", "versions"}
# keys whose strings are sentences
SENTENCES = {"assumes", "message", "notes", "said", "skipped", "warnings", "why"}
THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
Book = dict[str, list[str]]  # key -> [digest, the value in short]


def enter(book: Book, key: str, value: Any) -> None:
    """Enter a result part by part under keys that begin with ``key``."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        for name, part in value.items():
            if str(name) not in PASSING:
                enter(book, f"{key} / {name}", part)
    elif isinstance(value, list | tuple) and value and all(map(dataclasses.is_dataclass, value)):
        enter(book, f"{key} / number", len(value))
        for field in dataclasses.fields(value[0]):  # findings and the like, column by column
            cells = [plain(getattr(one, field.name)) for one in value]
            leaf(book, f"{key} / {field.name}", cells)
    elif isinstance(value, list | tuple) and any(
        isinstance(one, Mapping | np.ndarray) for one in value
    ):
        for place, part in enumerate(value):
            enter(book, f"{key} / {place}", part)
    elif not callable(value):
        leaf(book, key, value)


def leaf(book: Book, key: str, value: Any) -> None:
    """Enter one array, number, name or sentence."""
    listed = isinstance(value, list | tuple)
    if value is None or (listed and value and all(one is None for one in value)):
        return  # nothing is told: a value that comes to stand here later is new
    worded = isinstance(value, str) or (listed and all(isinstance(one, str) for one in value))
    spoken = worded and key.rsplit(" / ", 1)[-1] in SENTENCES
    nested = listed and any(isinstance(one, list | tuple | dict) for one in value)
    array = np.asarray(None if nested or spoken else value)
    if array.dtype.kind in "iufb":
        digest = hashlib.sha256(f"{array.dtype.str} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
        book[key] = [
            digest.hexdigest(),
            f"{array.dtype} {array.shape} {array.ravel()[:6].tolist()}",
        ]
        return
    words = value if isinstance(value, str) else repr(plain(value))
    spoken |= " / skipped / " in key
    spoken |= isinstance(value, str) and " " in value and not value.startswith("[")
    book[f"text:{key}" if spoken else key] = [
        hashlib.sha256(words.encode()).hexdigest(),
        words[:100],
    ]


def plain(value: Any) -> Any:
    """NumPy's own numbers and arrays as Python's, so that all are written alike."""
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value


def collect(place: Path) -> Book:
    """Every scenario with the package that Python finds; files are made below ``place``.

    A refusal counts as an answer; any other error ends the run.
    """
    book: Book = {}
    for name, scenario in [*audits(), *crowds(), *measures(), *corrupters(), *files(place)]:
        try:
            result = scenario()
        except ValueError as refused:
            result = {"refused": True, "message": str(refused)}
        enter(book, name, result)
    return book


def of_tree(tree: Path, folder: Path) -> Book:
    """The book of one tree, made by a Python that finds its code first."""
    out = folder / "book.json"
    env = os.environ | THREADS | {"PYTHONPATH": str(tree / "src")}
    subprocess.run(
        [sys.executable, __file__, "--collect", str(out)], env=env, cwd=folder, check=True
    )
    book: Book = json.loads(out.read_text(encoding="utf-8"))
    return book


def of_revision(revision: str, folder: Path) -> Book:
    """The book of another revision, checked out for as long as that takes."""
    tree = folder / "tree"
    subprocess.run(
        ["git", "-C", str(ROOT), "worktree", "add", "--quiet", "--detach", str(tree), revision],
        check=True,
    )
    try:
        return of_tree(tree, folder)
    finally:
        subprocess.run(
            ["git", "-C", str(ROOT), "worktree", "remove", "--force", str(tree)], check=True
        )


def compare(then: Book, now: Book) -> tuple[list[str], list[str]]:
    """Keys that fail, with both values, and keys to know of (other sentences, what is new)."""
    wrong, told = [], []
    new = now.keys() - then.keys()
    for key in sorted(then.keys() | now.keys()):
        was, seen = then.get(key, ["", "nothing"]), now.get(key, ["", "nothing"])
        if was[0] != seen[0]:
            passes = key.startswith("text:") or key in new or renamed(key, was[0], now, new)
            (told if passes else wrong).append(f"{key}\n    was {was[1]}\n    now {seen[1]}")
    return wrong, told


def renamed(key: str, digest: str, now: Book, new: set[str]) -> bool:
    """Whether the value that stood there stands under a new key that differs in one name."""
    names = key.split(" / ")
    same = [other.split(" / ") for other in new if now[other][0] == digest]
    return any(
        sum(a != b for a, b in zip(names, other, strict=True)) == 1
        for other in same
        if len(other) == len(names)
    )


def main(arguments: list[str]) -> int:
    """Compare, or collect for the comparison."""
    if len(arguments) == 2 and arguments[0] == "--collect":
        place = Path("made").absolute()  # the same for both trees, since results name files
        place.mkdir()
        Path(arguments[1]).write_text(json.dumps(collect(place)), encoding="utf-8")
        shutil.rmtree(place)
        return 0
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print("usage: python tools/same_numbers.py REVISION", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        then, now = of_revision(arguments[0], Path(folder)), of_tree(ROOT, Path(folder))
    wrong, told = compare(then, now)
    for title, lines in (("differs, or is new, and does not fail:", told), ("DIFFERS:", wrong)):
        print("\n".join([title, *lines]) if lines else "", end="\n" if lines else "")
    count = (
        f"{len(wrong)} of {len(then)} values differ" if wrong else f"all {len(then)} are the same"
    )
    print(f"compared with {arguments[0]}: {count}")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
