"""Write the pages of docs/ that come from the source: catalogue, one page a method, CLI reference,
Python API, schemas.

    python tools/docs.py            writes them
    python tools/docs.py --check    exits with 1 and says which pages are stale

Guide pages are written by hand and never touched; a written page that has no source any more is
removed.
"""

from __future__ import annotations

import ast
import csv
import dataclasses
import difflib
import inspect
import os
import re
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import reliabel
from reliabel.bench import auditors_page, learn_sections
from reliabel.bench.learn_guide import fill as learner_guide
from reliabel.bench.page import render as bench_page
from reliabel.core.catalogue import VERBS, Entry, catalogue
from reliabel.core.evidence import EVIDENCE, LEVELS
from reliabel.core.results import Decision, Finding
from reliabel.folders.consensus_folder import ITEMS, NEXT_PAIRS, NEXT_VOTES, WORKERS

ROOT = Path(__file__).resolve().parents[1]
HOUSE = Path(reliabel.__file__).resolve().parent
GUIDE = "guides/which-learner.md"
MARK = "<!-- written by tools/docs.py from the source; change the source instead -->"
# what verbs return and what else people import: page "results", section by section
RESULTS = {
    "What verbs return": [
        ("core.results", "Audit"),
        ("core.results", "Consensus"),
        ("core.results", "Measure"),
        ("core.results", "Corrupted"),
        ("core.results", "Model"),
        ("core.results", "Prediction"),
        ("core.results", "Picks"),
        ("core.audit_diff", "AuditDiff"),
        ("trust.certified", "Certified"),
        ("core.evaluation", "Evaluation"),
        ("trust.machine_labels", "MachineCertificate"),
    ],
    "Which of the three answers an audit gives": [
        ("trust.answer", "answer"),
        ("trust.answer", "Answer"),
    ],
    "Their parts": [
        ("trust.certificate", "Certificate"),
        ("trust.reviews_left", "ReviewsLeft"),
        ("core.results", "Interval"),
        ("core.evaluation", "Share"),
        ("core.evaluation", "ModelScore"),
        ("core.evaluation", "ModelPair"),
        ("core.evaluation", "NoiseRanking"),
        ("trust.machine_labels", "Accepted"),
        ("trust.machine_labels", "Level"),
        ("core.results", "Budget"),
        ("core.results", "Finding"),
        ("core.results", "Decision"),
        ("core.results", "Suspicion"),
        ("core.results", "Faults"),
        ("core.dataset", "Ids"),
        ("core.evidence", "Neighbours"),
        ("core.evidence", "Dynamics"),
    ],
    "Label sets beside those of `rl`": [("core.labels", "SoftMultiLabel")],
    "Folders": [
        ("folders.audit_folder", "save"),
        ("folders.audit_folder", "load"),
        ("verbs.write_consensus", "write_consensus"),
        ("folders.consensus_folder", "load"),
        ("folders.model_folder", "save_model"),
        ("folders.model_folder", "load_model"),
    ],
    "Scikit-learn": [
        ("compat.sklearn", "LabelAuditor"),
        ("compat.learners", "LabelNoiseClassifier"),
    ],
    "Progress and stopping": [("core.run", "running"), ("core.run", "track")],
}
ASKS = {
    "audit": "which labels are wrong, and what else is wrong with the data?",
    "aggregate": "what is the truth behind many votes, and whom can I trust?",
    "learn": "how do I train on what I have?",
    "acquire": "what should be labelled next?",
    "corrupt": "how good are methods on noise like mine?",
    "measure": "how noisy, how much agreement, which class balance?",
    "embed": "how do raw items become features?",
    "annotate": "how do a few answers and rules become votes on all items?",
}
# labels.parquet: column -> (type, may be absent or empty, meaning); a test holds it against the
# files written
LABEL_COLUMNS = {
    "item": ("int64", "", "row of the item in the input, from 0"),
    "id": ("string", "", "the item's id, the row number where there is none"),
    "unit": (
        "int64",
        "only where an item has several labels",
        "number of the label within its item",
    ),
    "class": ("string", "only for multi-label sets", "the class that this cell is about"),
    "given": (
        "string; float for a number; list of float for several numbers a label; JSON text "
        "otherwise",
        "empty = unlabelled",
        "the label as given",
    ),
    "suggest": ("as given", "empty = none", "the label to look at instead"),
    "p_suggest": ("float", "only where P(wrong) was made", "chance of the suggested label"),
    "p_wrong": ("float", "only where P(wrong) was made", "chance that the given label is wrong"),
    "score_NAME": (
        "float",
        "one column a label auditor; empty = cannot say",
        "what auditor NAME says, larger = more suspect",
    ),
}


def pages() -> dict[str, str]:
    """Every written page: path below docs/ -> text."""
    made = {
        "catalogue.md": catalogue_page(),
        "cli.md": cli_page(),
        "api.md": api_page(),
        "results.md": results_page(),
        "schemas.md": schemas_page(),
        "bench.md": bench_page(ROOT / "docs" / "bench"),
    }
    guide = ROOT / "docs" / GUIDE
    if guide.exists():  # its measured table alone is written
        text = guide.read_text(encoding="utf-8")
        made[GUIDE] = learner_guide(ROOT / "docs" / "bench", text)
    for suite in (learn_sections, auditors_page):
        if ranks := suite.picture(ROOT / "docs" / "bench"):
            made[suite.PICTURE] = ranks
    return made | {f"methods/{entry.verb}/{entry.name}.md": method_page(entry) for entry in house()}


def house() -> list[Entry]:
    """The entries of this package, without those that other packages announce."""
    return [entry for entry in catalogue() if entry.path.is_relative_to(HOUSE)]


def catalogue_page() -> str:
    """All methods by verb."""
    lines = [
        MARK,
        "",
        "# Catalogue",
        "",
        f"{len(house())} methods, read from their source. The same list: `reliabel list`; one "
        "method: `reliabel show NAME`.",
    ]
    for verb, folder in VERBS.items():
        mine = [entry for entry in house() if entry.verb == verb]
        if not mine:
            continue
        lines += [
            "",
            f"## {verb}: {ASKS[verb]}",
            "",
            "| name | what it does | takes | needs | status |",
            "|---|---|---|---|---|",
        ]
        for entry in mine:
            needs = _words(entry.needs - {"rng"}) or "labels alone"
            lines.append(
                f"| [{entry.name}](methods/{verb}/{entry.name}.md) | {_cell(entry.summary)} | "
                f"{_words(entry.takes)} | {needs} | {entry.status} |"
            )
        lines += ["", f"Source: `src/reliabel/{folder}/`."]
    return "\n".join(lines) + "\n"


def method_page(entry: Entry) -> str:
    """One method: docstring, signature, evidence, options, source, bench rows."""
    function = _function(entry.path, entry.verb)
    source = entry.path.relative_to(HOUSE).as_posix()
    lines = [
        MARK,
        "",
        f"# {entry.name}",
        "",
        f"*{entry.verb}: {ASKS[entry.verb]}*",
        "",
        *_paragraphs(entry.docstring),
        "",
    ]
    lines += [
        "```python",
        f"from reliabel.{'.'.join(Path(source).with_suffix('').parts[:-1])} import {entry.name}",
        "",
        _signature(function),
        "```",
        "",
    ]
    lines += [*_doc(ast.get_docstring(function) or ""), ""]
    lines += ["| | |", "|---|---|", f"| takes | {_words(entry.takes)} |"]
    lines += [
        f"| {'needs' if name in entry.needs else 'uses if given'} | `{name}`: "
        f"{_cell(EVIDENCE[name].meaning)} |"
        for name in sorted(entry.accepts, key=lambda name: (name not in entry.needs, name))
    ]
    lines += [f"| option | `{name}={value!r}` |" for name, value in entry.options.items()]
    lines += [f"| also called | {_words(entry.also)} |"] if entry.also else []
    lines += [
        f"| needs the extra | `pip install 'reliabel[{extra}]'` |" for extra in sorted(entry.extras)
    ]
    lines += [f"| finds | {entry.finds} |"] if entry.verb == "audit" else []
    lines += [f"| reads | {entry.reads} |"] if entry.verb == "embed" else []
    lines += ["| workers | all weighed alike |"] if not entry.skill else []
    lines += [
        f"| status | {entry.status} |",
        f"| source | [src/reliabel/{source}](../../../src/reliabel/{source}) |",
    ]
    return "\n".join(lines + _bench(entry)) + "\n"


def cli_page() -> str:
    """The help of every command."""
    lines = [
        MARK,
        "",
        "# Command line",
        "",
        "Results go to stdout, progress and warnings to stderr.",
        "",
    ]
    lines += [
        "Exit codes: 0 done, 1 a failure of ours or of the disk, 2 bad input, 3 a gate failed, 4 "
        "cannot tell, 130 interrupted with the last good state kept."
    ]
    for words in commands():
        lines += ["", f"## {' '.join(['reliabel', *words])}", "", "```text", _help(words), "```"]
    return "\n".join(lines) + "\n"


def api_page() -> str:
    """What ``import reliabel as rl`` offers."""
    lines = [
        MARK,
        "",
        "# Python",
        "",
        "```python",
        "import reliabel as rl",
        "```",
        "",
        "The evidence that verbs take by keyword:",
        "",
        "| keyword | what it holds | one entry for |",
        "|---|---|---|",
    ]
    lines += [
        f"| `{name}` | {_cell(spec.meaning)} | {LEVELS[spec.level]} |"
        for name, spec in EVIDENCE.items()
        if spec.keyword
    ]
    for name in sorted(reliabel.__all__, key=lambda name: (name[0].isupper(), name)):
        thing = getattr(reliabel, name)
        path = Path(inspect.getsourcefile(inspect.unwrap(thing)) or "").resolve()
        lines += [
            "",
            f"## rl.{name}",
            "",
            "```python",
            _short_signature(thing),
            "```",
            "",
            *_doc(inspect.getdoc(thing) or ""),
        ]
        lines += [
            "",
            "Source: "
            f"[src/reliabel/{path.relative_to(HOUSE).as_posix()}](../src/reliabel/{path.relative_to(HOUSE).as_posix()})",
        ]
    return "\n".join(lines) + "\n"


def results_page() -> str:
    """What verbs return, their parts, and how folders are written and read."""
    lines = [
        MARK,
        "",
        "# Results",
        "",
        "What the verbs of [Python](api.md) return: frozen records. Each shows a few lines at a "
        "prompt and a table in a notebook; `rl.table(result)` makes rows of it.",
    ]
    for title, things in RESULTS.items():
        lines += ["", f"## {title}"]
        for module, name in things:
            thing = getattr(import_module(f"reliabel.{module}"), name)
            home = f"reliabel.{module}"
            lines += ["", f"### {home}.{name}", "", *_doc(inspect.getdoc(thing) or "")]
            lines += ["", *(_fields(thing) if dataclasses.is_dataclass(thing) else _call(thing))]
    return "\n".join(lines) + "\n"


def _fields(record: type) -> list[str]:
    """The fields of a record with their types and, where its source says it, their meaning."""
    notes = _field_notes(record)
    rows = [
        (field.name, str(field.type), field.metadata.get("means") or notes.get(field.name, ""))
        for field in dataclasses.fields(record)
    ]
    lines = ["| field | type | |", "|---|---|---|"]
    return lines + [
        f"| `{name}` | `{_cell(kind)}` | {_cell(means)} |" for name, kind, means in rows
    ]


def _field_notes(record: type) -> dict[str, str]:
    """The comments behind the fields of a record, and on the lines below them."""
    notes: dict[str, str] = {}
    for line in inspect.getsource(record).splitlines():
        code, mark, comment = line.partition("  # ")
        name, colon, _ = code.strip().partition(":")
        if mark and colon and name.isidentifier():
            notes[name] = comment.strip()
    return notes


def _defines(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.ClassDef) and node.name == name


def _call(function: Any) -> list[str]:
    if isinstance(function, type):
        place = Path(inspect.getsourcefile(function) or "")
        tree = ast.parse(place.read_text(encoding="utf-8"))
        body = next(node for node in ast.walk(tree) if _defines(node, function.__name__)).body  # type: ignore[attr-defined]
        start = next(node for node in body if getattr(node, "name", "") == "__init__")
        words = [_spaced(part) for part in _split(ast.unparse(start.args))[1:]]
        return ["```python", f"{function.__name__}({', '.join(words)})", "```"]
    written = inspect.unwrap(function)
    place = Path(inspect.getsourcefile(written) or "")
    return ["```python", _signature(_function(place, written.__name__)), "```"]


def schemas_page() -> str:
    """The files of an audit folder and of a consensus folder, column by column."""
    lines = [
        MARK,
        "",
        "# What is written",
        "",
        "The files of an audit folder and of a consensus folder replace those of an earlier run "
        "all at once, so that a crash leaves one run whole. After a crash, new files may still "
        "lie in the hidden folder `.next`; `reliabel report` or the next run moves them to their "
        "places.",
        "",
    ]
    lines += [
        "## labels.parquet",
        "",
        "One row is a label (unit). Many labels are written block by block, as row groups.",
        "",
        "| column | type | may be missing | meaning |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {kind} | {null} | {means} |"
        for name, (kind, null, means) in LABEL_COLUMNS.items()
    ]
    for title, record, what in (
        (
            "findings.parquet, findings.csv",
            Finding,
            "One row is a thing to look at. In CSV, lists are joined by `;`. `unit` and `p_wrong` "
            "are left out where the labels or the evidence have none. `given` and `suggest` hold a "
            "class name, a number or several numbers (`0.5;2` in CSV), as the kind of labels has "
            "them; labels of another form stand as JSON text.",
        ),
        (
            "Decisions (CSV, JSONL, Parquet)",
            Decision,
            'One row is a person\'s verdict on a label. "Later" is no decision. The last row of a '
            "person wins; people who disagree count as unsure. A label is written as in "
            "findings.csv: a class name, a number with a decimal point, several numbers with "
            "semicolons between. Rows without a verdict are not judged yet; a label without a "
            "verdict is a change. A sheet of `reliabel sample` is such a table with the number of "
            "each draw in the column draw and what people need to see; `verdicts.jsonl` in an "
            "audit folder holds the verdicts that its audits were given.",
        ),
    ):
        lines += ["", f"## {title}", "", what, "", "| column | type | meaning |", "|---|---|---|"]
        lines += [
            f"| {field.name} | {_cell(str(field.type))} | {_cell(field.metadata['means'])} |"
            for field in dataclasses.fields(record)
        ]
    for title, table in (
        ("Consensus folder: consensus.parquet", ITEMS),
        ("Consensus folder: workers.parquet", WORKERS),
        ("Consensus folder: next_votes.csv", NEXT_VOTES),
        ("Consensus folder: next_votes.csv of comparisons", NEXT_PAIRS),
    ):
        lines += [
            "",
            f"## {title}",
            "",
            "Columns that the method cannot give are left out.",
            "",
            "| column | meaning |",
            "|---|---|",
        ]
        lines += [f"| {name} | {_cell(means)} |" for name, means in table.items()]
    return "\n".join(lines) + "\n"


def commands() -> list[tuple[str, ...]]:
    """Every command of the app, subcommands too, in the order of the help."""
    import typer.main

    from reliabel.cli import app

    def walk(command: Any, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        yield words
        for name, below in getattr(command, "commands", {}).items():
            yield from walk(below, (*words, name))

    return list(walk(typer.main.get_command(app), ()))


def stale(folder: Path) -> dict[str, str]:
    """Pages that are not as the source says -> what is wrong, as a short diff."""
    wanted = pages()
    wrong = {}
    for name, text in wanted.items():
        path = folder / name
        have = path.read_text(encoding="utf-8") if path.exists() else ""
        if have != text:
            diff = list(
                difflib.unified_diff(have.splitlines(), text.splitlines(), lineterm="", n=0)
            )[2:8]
            wrong[name] = (
                "missing" if not path.exists() else "\n".join(f"    {line[:140]}" for line in diff)
            )
    for path in left_over(folder, wanted):
        wrong[path.relative_to(folder).as_posix()] = "has no source any more"
    return wrong


def left_over(folder: Path, wanted: dict[str, str]) -> list[Path]:
    """Written pages that nothing writes now."""
    have = [
        path for path in folder.rglob("*.md") if path.read_text(encoding="utf-8").startswith(MARK)
    ]
    return [path for path in have if path.relative_to(folder).as_posix() not in wanted]


def write(folder: Path) -> int:
    """Write what is stale; returns how many pages changed."""
    wanted, changed = pages(), 0
    for name, text in wanted.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            changed += 1
    for path in left_over(folder, wanted):
        path.unlink()
        changed += 1
    return changed


def _help(words: tuple[str, ...]) -> str:
    from typer.testing import CliRunner

    from reliabel.cli import app

    shown = CliRunner().invoke(
        app,
        [*words, "--help"],
        prog_name="reliabel",
        terminal_width=100,
        env={"NO_COLOR": "1", "COLUMNS": "100"},
    )
    if shown.exit_code:
        raise RuntimeError(f"reliabel {' '.join(words)} --help failed: {shown.output}")
    return "\n".join(line.rstrip() for line in shown.stdout.strip().splitlines())


def _signature(function: ast.FunctionDef) -> str:
    arguments = ", ".join(map(_spaced, _split(ast.unparse(function.args))))
    result = ast.unparse(function.returns) if function.returns else "None"
    one = f"def {function.name}({arguments}) -> {result}: ..."
    if len(one) <= 100:
        return one
    parts = [_spaced(part) for part in _split(arguments) if part]
    return f"def {function.name}(\n    " + ",\n    ".join(parts) + f",\n) -> {result}: ..."


def _spaced(argument: str) -> str:
    """``rate: float=0.2`` as people write it."""
    name, colon, rest = argument.partition(": ")
    kind, equals, default = rest.rpartition("=")
    return f"{name}: {kind} = {default}" if colon and equals else argument


def _split(arguments: str) -> list[str]:
    """Arguments one by one; commas inside brackets do not part them."""
    parts, depth = [""], 0
    for letter in arguments:
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]


def _short_signature(thing: Any) -> str:
    """A verb with its own keywords; the evidence, which all verbs share, is named once."""
    if isinstance(thing, type):
        own = ", ".join(f"{field.name}: {field.type}" for field in dataclasses.fields(thing))
        return f"class {thing.__name__}({own})"
    source = inspect.getsourcefile(inspect.unwrap(thing)) or ""
    function = _function(Path(source), thing.__name__)
    words = [
        _spaced(part)
        for part in _split(ast.unparse(function.args))
        if part.split(":")[0] not in EVIDENCE
    ]
    if len(words) < len(_split(ast.unparse(function.args))):
        place = next((i for i, word in enumerate(words) if word.startswith("**")), len(words))
        words.insert(place, "EVIDENCE=None, ...")
    one = f"rl.{thing.__name__}({', '.join(words)})"
    return one if len(one) <= 120 else f"rl.{thing.__name__}(\n    " + ",\n    ".join(words) + "\n)"


def _function(path: Path, name: str) -> ast.FunctionDef:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return next(
        node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name
    )


def _doc(docstring: str) -> list[str]:
    """Prose as it stands, line by line, and the example as code."""
    text, mark, example = docstring.partition(">>> ")
    lines = _listed(_paragraphs(_plain_sections(text)))
    return (
        [*lines, "", "```pycon", *(mark + example).rstrip().splitlines(), "```"] if mark else lines
    )


def _paragraphs(text: str) -> list[str]:
    """Lines of a docstring with hard breaks kept, so that "Cost:" and "Paper:" start lines of their
    own.
    """
    lines = text.strip().splitlines()
    out = []
    for line in lines:
        for word in ("Cost:", "Paper:"):
            line = (
                line.replace(f"  {word}", f"\n\n{word}").replace(f"{word}", f"**{word[:-1]}:**")
                if word in line
                else line
            )
        if line.startswith("**") and out and out[-1]:
            out.append("")
        out += line.splitlines() or [""]
    return [line.replace("``", "`") for line in out]


def _plain_sections(text: str) -> str:
    """Sections of a docstring in NumPy's form ("Parameters", underlined) as lists."""
    out: list[str] = []
    lines, inside, place = text.splitlines(), False, 0
    while place < len(lines):
        line, below = lines[place], lines[place + 1] if place + 1 < len(lines) else ""
        if line and below and set(below) == {"-"}:
            inside, place = True, place + 1
            out += [] if line == "Examples" else [f"**{line}**", ""]
        elif inside and line and not line.startswith(" "):
            name, _, kind = line.partition(" : ")
            out.append(f"- ``{name}`` ({kind}):")
        elif inside:
            out += [f"  {line.strip()}"] if line.strip() else []
            out += [""] if below and not below.startswith(" ") and set(below) == {"-"} else []
        else:
            out.append(line)
        place += 1
    return "\n".join(out)


PARAMETER = re.compile(r"(?P<names>[a-z_]+(?:, [a-z_]+)*): (?=\S)")


def _listed(lines: list[str]) -> list[str]:
    """The lines of a docstring that explain parameters ("by: ...", and what is indented below)
    as a list; two on one line ("embed, model: ...") part after the double space.
    """
    out: list[str] = []
    for line in lines:
        parts = re.split(r"(?<=\.)  (?=[a-z_, ]+: )", line)
        for part in parts:
            found = PARAMETER.match(part)
            if found:
                if out and out[-1] and not out[-1].startswith(("- ", "  ")):
                    out.append("")
                names = ", ".join(f"`{name}`" for name in found["names"].split(", "))
                out.append(f"- {names}: {part[found.end() :]}")
            elif part.startswith("    ") and out and out[-1].startswith(("- ", "  ")):
                out.append(f"  {part.strip()}")
            else:
                if part.strip() and part[0] != " " and out and out[-1].startswith(("- ", "  ")):
                    out.append("")
                out.append(part)
    return out


def _bench(entry: Entry) -> list[str]:
    """The rows of docs/bench/*.csv about this method, the first dozen."""
    found = []
    for path in sorted((ROOT / "docs" / "bench").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            found += [
                (path.stem, row)
                for row in csv.DictReader(line for line in file if not line.startswith("#"))
                if row.get("method") == entry.name and row.get("value")
            ]
    if not found:
        return []
    lines = [
        "",
        "## Measured",
        "",
        "| suite | scenario | data | setting | metric | value | interval |",
        "|---|---|---|---|---|---|---|",
    ]
    for suite, row in found[:12]:
        low, high = row.get("low") or "", row.get("high") or ""
        cells = [
            suite,
            *(
                row.get(word) or ""
                for word in ("scenario", "dataset", "setting", "metric", "value")
            ),
            f"{low}-{high}" if low else "",
        ]
        lines.append(f"| {' | '.join(map(_cell, cells))} |")
    return lines + (
        [f"\n{len(found) - 12} more rows: [docs/bench](../../bench.md)."] if len(found) > 12 else []
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("``", "`")


def _words(words: Any) -> str:
    return ", ".join(f"`{_cell(word)}`" for word in sorted(words))


def main(arguments: list[str]) -> int:
    """Write, or check."""
    folder = Path(os.environ.get("RELIABEL_DOCS", ROOT / "docs"))
    if arguments not in ([], ["--check"]):
        print("usage: python tools/docs.py [--check]", file=sys.stderr)
        return 2
    if not arguments:
        print(f"{write(folder)} of {len(pages())} pages written to {folder}")
        return 0
    wrong = stale(folder)
    for name, what in wrong.items():
        print(f"stale: {name}\n{what}")
    print(
        f"{len(wrong)} stale pages; run: python tools/docs.py"
        if wrong
        else f"{len(pages())} pages are as the source says"
    )
    return bool(wrong)


if __name__ == "__main__":
    import_module("reliabel.cli")  # fail early, with the command line's own error
    sys.exit(main(sys.argv[1:]))
