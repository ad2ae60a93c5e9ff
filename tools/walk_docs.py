"""Run the pages that people are meant to follow, block by block, and hold the output to the page.

    python tools/walk_docs.py [PAGE ...]            runs them, exits with 1 where a page is wrong
    python tools/walk_docs.py --write [PAGE ...]    writes what came out into the page

A page starts in an empty folder that holds the files of docs/data.  In a ``console`` block, a
line after "$ " is a command, and the lines below it are what it prints (a command that fails
prints its exit code).  ``python`` blocks share their names, and a ``text`` block right after one
holds what it prints.  A ``python`` block whose title is a peer runs in .venv-peers (``make
peers``), and is left out where that is missing.  Blocks of another language are not run.  A line
"..." stands for any number of lines; seconds, sizes in memory and dates may differ.
"""

from __future__ import annotations

import difflib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PEERS = ROOT / ".venv-peers" / "bin" / "python"
PEER = re.compile(r'title="(cleanlab|crowd-kit|Snorkel)')
FENCE = re.compile(
    r"^(?P<in> *)```(?P<language>\w*)(?P<words>[^\n]*)\n(?P<text>.*?)^(?P=in)```[ \t]*$",
    re.MULTILINE | re.DOTALL,
)
MAY_DIFFER = (
    (re.compile(r"\b\d[\d,]*(\.\d+)? s\b"), "N s"),
    (re.compile(r"\b\d+(\.\d+)? MiB\b"), "N MiB"),
    (re.compile(r"\b\d{1,2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) 20\d\d\b"), "DAY"),
    (re.compile(r"\b20\d\d-\d\d-\d\d(T[\d:.+Z-]+)?"), "DAY"),
)
# reads one JSON text a line (code), answers with one JSON line: what was printed, or the error
SHELL = """
import contextlib, io, json, sys, traceback
names, out = {"__name__": "__main__"}, sys.stdout
for line in sys.stdin:
    shown, error = io.StringIO(), ""
    with contextlib.redirect_stdout(shown):
        try:
            exec(compile(json.loads(line), "a block of the page", "exec"), names)
        except BaseException:
            error = traceback.format_exc()
    print(json.dumps([shown.getvalue(), error]), file=out, flush=True)
"""


@dataclass
class Block:
    """A fenced block: its text without the indentation, and where it stands in the page."""

    language: str
    peer: bool
    text: str
    indent: str
    start: int
    end: int


class Failed(Exception):
    """A Python block that raised."""


@dataclass
class Walker:
    """Runs the blocks of one page; one Python for ours and one for the peers."""

    shells: dict[Path, subprocess.Popen[str]] = field(default_factory=dict)

    def python(self, block: Block) -> str:
        """What a block prints; its names stay for the next blocks."""
        interpreter = PEERS if block.peer else Path(sys.executable)
        if interpreter not in self.shells:
            self.shells[interpreter] = subprocess.Popen(
                [str(interpreter), "-c", SHELL],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env=_environment(own=not block.peer),
            )
        shell = self.shells[interpreter]
        assert shell.stdin is not None
        assert shell.stdout is not None
        print(json.dumps(block.text), file=shell.stdin, flush=True)
        printed, error = json.loads(shell.stdout.readline())
        if error:
            raise Failed(f"a python block failed:\n{block.text}\n{error}")
        return _trimmed(printed)

    def close(self) -> None:
        """End the Pythons."""
        for shell in self.shells.values():
            assert shell.stdin is not None
            shell.communicate()


def blocks(page: str) -> list[Block]:
    """The fenced blocks of a page."""
    return [
        Block(
            found["language"],
            PEER.search(found["words"]) is not None,
            textwrap.dedent(found["text"]),
            found["in"],
            found.start("text"),
            found.end("text"),
        )
        for found in FENCE.finditer(page)
    ]


def walk(page: Path, write: bool) -> list[str]:
    """What differs, as short diffs; with ``write`` the page is mended instead."""
    text, walker = page.read_text(encoding="utf-8"), Walker()
    home, wrong = os.getcwd(), []
    edits: list[tuple[Block, str]] = []
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted((ROOT / "docs" / "data").glob("*")):
            shutil.copy(path, folder)
        os.chdir(folder)
        try:
            edits = _edits(blocks(text), walker)
        except Failed as failed:
            wrong.append(f"{page.name}: {failed}")
        finally:
            os.chdir(home)
            walker.close()
    if not write:
        return wrong + [f"{page.name}:\n{_diff(block.text, made)}" for block, made in edits]
    for block, made in reversed(edits):
        text = text[: block.start] + textwrap.indent(made, block.indent) + text[block.end :]
    page.write_text(text, encoding="utf-8")
    return wrong


def _edits(page: list[Block], walker: Walker) -> list[tuple[Block, str]]:
    """The blocks whose output is not what the page shows, with what came out."""
    edits: list[tuple[Block, str]] = []
    printed: str | None = None
    for block in page:
        if block.language == "console":
            printed, made = None, _console(block.text)
        elif block.language == "python":
            skipped = block.peer and not PEERS.exists()
            printed = None if skipped else walker.python(block)
            continue
        elif block.language == "text" and printed is not None:
            made, printed = printed, None
        else:
            printed = None
            continue
        if not _same(block.text, made):
            edits.append((block, made))
    return edits


def _console(text: str) -> str:
    """The block with what its commands print now; a failing command shows its exit code."""
    out = []
    for command, shown in _commands(text):
        run = subprocess.run(
            ["bash", "-c", command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=_environment(),
            timeout=900,
            check=False,
        )
        made = _trimmed(run.stdout) + (f"[exit {run.returncode}]\n" if run.returncode else "")
        typed = command.replace("\n", "\n> ")
        out.append(f"$ {typed}\n{shown if _same(shown, made) else made}")
    return "".join(out)


def _environment(own: bool = True) -> dict[str, str]:
    """Plain output, and the commands of the environment that runs this file first."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    made = {**os.environ, "NO_COLOR": "1", "COLUMNS": "100", "PATH": path}
    if not own:
        made.pop("PYTHONPATH", None)
    return made


def _commands(text: str) -> list[tuple[str, str]]:
    """The commands of a block, each with what the page shows of its output."""
    commands: list[tuple[str, str]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            commands.append((line[2:], ""))
        elif line.startswith("> ") and commands and commands[-1][0].endswith("\\"):
            commands[-1] = f"{commands[-1][0]}\n{line[2:]}", ""
        elif commands:
            commands[-1] = commands[-1][0], f"{commands[-1][1]}{line}\n"
    return commands


def _trimmed(text: str) -> str:
    return "".join(f"{line.rstrip()}\n" for line in text.rstrip().splitlines())


def _same(page: str, made: str) -> bool:
    """Whether the page shows what came out; a line "..." stands for any lines."""
    any_lines = r"(?s:.*?)"
    lines = [
        any_lines if line.strip() == "..." else re.escape(line) + "\n"
        for line in _alike(page).splitlines()
    ]
    return re.fullmatch("".join(lines), _alike(made)) is not None


def _alike(text: str) -> str:
    for pattern, word in MAY_DIFFER:
        text = pattern.sub(word, text)
    return text


def _diff(page: str, made: str) -> str:
    lines = difflib.unified_diff(
        page.splitlines(), made.splitlines(), "the page", "what came out", lineterm="", n=1
    )
    return "\n".join(lines)


def pages() -> list[Path]:
    """The pages that are meant to be followed."""
    docs = ROOT / "docs"
    return [path for room in ("tutorials", "guides") for path in sorted((docs / room).glob("*.md"))]


def main(arguments: list[str]) -> int:
    """Walk the pages named, or all of them."""
    write = "--write" in arguments
    named = [Path(word).resolve() for word in arguments if word != "--write"]
    wrong = [fault for page in named or pages() for fault in walk(page, write)]
    for fault in wrong:
        print(fault)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
