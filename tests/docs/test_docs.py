"""Docs proved: written pages are as the source says, examples run, every entry and command is
documented, options are parameters.
"""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pytest
import typer.main

import reliabel as rl
from reliabel.cli import app
from reliabel.core.catalogue import VERBS, catalogue
from reliabel.core.evidence import EVIDENCE

ROOT = Path(__file__).resolve().parents[2]
OF_THE_COMMAND_LINE = {
    "aggregate",  # rl.aggregate before rl.audit
    "form",  # how a difference is printed; rl.report has it as a parameter
    "fail_over",
    "strict",
    "json_",
    "json",
    "out",
    "dry_run",
    "resume",
    "overwrite",
    "help",
    "show",
    "debug",
    "file",
    "folder",
    "options",
    "option",  # the ** keywords of rl.learn
    "matrix",
    "rate",
}
OF_ONE_COMMAND = {  # words that only one command has beyond those of its verb
    "decide": {"batch"},  # rl.decide takes the verdicts as decisions
    "log": {"verify"},  # rl.log verifies always
    "certify": {"who", "machine", "risk", "n", "picture"},  # rl.certify_machine
    "aggregate": {"by_worker"},  # rl.read_by_worker
    "evaluate": {"page"},  # rl.report makes the page of a result
}
NO_VERB = {
    *("list", "show", "version", "demo", "bench", "run", "compare", "review", "store", "user"),
    "weak",  # rl.votes_from_functions, rl.aggregate and rl.learn one after the other
}


def tool(name: str):
    """A file of tools/ as a module."""
    spec = spec_from_file_location(f"tools_{name}", ROOT / "tools" / f"{name}.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


docs = tool("docs")
PAGES = [
    path
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    if not path.read_text(encoding="utf-8").startswith(docs.MARK)
]
WALKED = {"tutorials", "guides"}  # test_site.py runs these pages block by block


def blocks(path: Path, language: str) -> list[str]:
    return re.findall(
        rf"^```{language}\n(.*?)^```",
        path.read_text(encoding="utf-8"),
        flags=re.MULTILINE | re.DOTALL,
    )


def test_written_pages_are_as_the_source_says():
    wrong = docs.stale(ROOT / "docs")
    assert not wrong, "run: python tools/docs.py\n" + "\n".join(
        f"{name}\n{what}" for name, what in wrong.items()
    )


def test_a_stale_page_a_missing_one_and_a_left_over_one_are_noticed(tmp_path):
    assert docs.write(tmp_path) == len(docs.pages())
    assert docs.stale(tmp_path) == {}
    (tmp_path / "cli.md").write_text(docs.MARK + "\nold\n")
    (tmp_path / "api.md").unlink()
    (tmp_path / "methods" / "audit" / "gone.md").write_text(docs.MARK + "\n")
    (tmp_path / "guide.md").write_text("by hand\n")
    wrong = docs.stale(tmp_path)
    assert set(wrong) == {"cli.md", "api.md", "methods/audit/gone.md"}
    assert wrong["api.md"] == "missing"
    docs.write(tmp_path)
    assert docs.stale(tmp_path) == {}
    assert (tmp_path / "guide.md").exists()


def test_check_exits_with_one_when_stale(tmp_path):
    run = subprocess.run(
        [sys.executable, ROOT / "tools" / "docs.py", "--check"],
        env={**os.environ, "RELIABEL_DOCS": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 1
    assert "stale: catalogue.md" in run.stdout


@pytest.mark.parametrize(
    "entry",
    [e for e in catalogue() if e.path.is_relative_to(Path(rl.__file__).parent)],
    ids=lambda e: f"{e.verb}-{e.name}",
)
def test_every_method_has_a_page_and_a_line(entry):
    page = ROOT / "docs" / "methods" / entry.verb / f"{entry.name}.md"
    assert page.exists()
    assert f"methods/{entry.verb}/{entry.name}.md" in (ROOT / "docs" / "catalogue.md").read_text(
        encoding="utf-8"
    )
    assert all(f"{name}=" in page.read_text(encoding="utf-8") for name in entry.options)


@pytest.mark.parametrize("words", docs.commands(), ids=" ".join)
def test_every_command_is_documented_and_says_what_it_does(words):
    assert f"## {' '.join(['reliabel', *words])}\n" in (ROOT / "docs" / "cli.md").read_text(
        encoding="utf-8"
    )
    shown = docs._help(words)
    assert len(shown.split("\n\n")[1].split()) >= 3 or "Usage" not in shown, (
        "a command needs a sentence of help"
    )


def options_of(command) -> set[str]:
    return {parameter.name for parameter in command.params}


@pytest.mark.parametrize(
    "words",
    [words for words in docs.commands() if len(words) == 1 and words[0] not in NO_VERB],
    ids=" ".join,
)
def test_options_are_the_parameters_of_the_verb(words):
    command = typer.main.get_command(app).commands[words[0]]
    verb = getattr(rl, words[0])
    known = set(inspect.signature(verb).parameters) | set(EVIDENCE) | OF_THE_COMMAND_LINE
    known |= OF_ONE_COMMAND.get(words[0], set())
    reads = set(inspect.signature(rl.read).parameters)
    for name in options_of(command):
        assert name in known or name in reads, (
            f"reliabel {words[0]} has an option {name!r} that is no word of rl.{words[0]} or "
            "rl.read"
        )


def test_every_verb_has_its_command():
    commands = {words[0] for words in docs.commands() if words}
    verbs = {name for name in rl.__all__ if name in VERBS or name in ("report", "apply")}
    assert verbs <= commands


@pytest.mark.parametrize(
    "path",
    [path for path in PAGES if path.parent.name not in WALKED],
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_python_on_the_pages_runs(path, tmp_path, monkeypatch):
    """Blocks of a page run one after the other in one namespace, in a folder with the small files
    they speak of.
    """
    monkeypatch.chdir(tmp_path)
    _files(tmp_path)
    names: dict[str, object] = {}
    for place, block in enumerate(blocks(path, "python")):
        exec(compile(block, f"{path.name} block {place}", "exec"), names)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_commands_on_the_pages_exist(path):
    commands = {
        words[0]: set(re.findall(r"(?<!\w)(--?[a-z][a-z-]*)", docs._help(words)))
        for words in docs.commands()
        if len(words) == 1
    }
    for block in blocks(path, r"(?:console|sh|bash|text)?"):
        for line in re.findall(r"^\$ reliabel (.+?)(?:\s+#.*)?$", block, flags=re.MULTILINE):
            name, *rest = line.split()
            assert name in commands, f"{path.name}: reliabel {name} is no command"
            asked = {word.split("=")[0] for word in rest if word.startswith("-")}
            assert name == "bench" or asked <= commands[name], (
                f"{path.name}: {line!r} uses options that are not there"
            )


def test_links_between_pages_lead_somewhere():
    for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)", path.read_text(encoding="utf-8")):
            if "://" not in target and not target.startswith("mailto:"):
                assert (path.parent / target).exists(), (
                    f"{path.relative_to(ROOT)} links to {target}, which is not there"
                )


def test_schemas_are_the_files_written(tmp_path):
    """labels.parquet and findings.parquet hold the columns that the page says, for one label and
    for many.
    """
    parquet = pytest.importorskip("pyarrow.parquet")
    save = import_module("reliabel.folders.audit_folder").save
    rng = np.random.default_rng(0)
    probs = rng.dirichlet(np.ones(3), 60)
    for name, labels in (
        ("one", rl.Classes(rng.integers(0, 3, 60), ("a", "b", "c"))),
        ("many", rl.MultiLabel(rng.integers(0, 2, (60, 3)), ("a", "b", "c"))),
    ):
        audit = rl.audit(labels, by=["self_confidence", "confident_learning"], probs=probs)
        save(audit, tmp_path / name)
        columns = parquet.read_schema(tmp_path / name / "labels.parquet").names
        assert {
            "score_NAME" if column.startswith("score_") else column for column in columns
        } <= set(docs.LABEL_COLUMNS)
        required = {column for column, (_, null, _) in docs.LABEL_COLUMNS.items() if not null} | {
            "given"
        }
        assert required <= set(columns)
        have = parquet.read_schema(tmp_path / name / "findings.parquet").names
        wanted = [field.name for field in docs.dataclasses.fields(docs.Finding)]
        assert [column for column in wanted if column in have] == list(have)
        assert set(wanted) - set(have) <= {"unit", "p_wrong"}


def _files(folder: Path) -> None:
    """reviews.csv, as the pages speak of it."""
    rng = np.random.default_rng(0)
    words = {
        "positive": "good fine lovely great best happy",
        "negative": "bad poor awful worst dull sad",
    }
    rows = ["id,review,sentiment"]
    for row in range(120):
        truth = ("negative", "positive")[row % 2]
        given = ("positive", "negative")[row % 2] if row in (7, 30, 81) else truth
        rows.append(
            f"r{row},{' '.join(rng.choice(words[truth].split(), 5))} film number {row},{given}"
        )
    (folder / "reviews.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    votes = ["task,who,answer"] + [
        f"t{task},w{worker},{'yes' if (task + (worker == 2 and task % 5 == 0)) % 2 else 'no'}"
        for task in range(20)
        for worker in range(3)
    ]
    (folder / "votes.csv").write_text("\n".join(votes) + "\n", encoding="utf-8")
