"""Every example that the help, the pages and the errors show is run, on small files that bear the
names they speak of.
"""

from __future__ import annotations

import csv
import json
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import typer.main
from typer.testing import CliRunner

import reliabel as rl
from reliabel.cli import app
from reliabel.folders import audit_folder, consensus_folder

ROOT = Path(__file__).resolve().parents[2]
PLACEHOLDERS = {
    "FILE": "reviews.csv",
    "COLUMN": "sentiment",
    "FOLDER": "reviews.audit",
    "I": "task",
    "W": "who",
    "L": "answer",
}
NEEDED = {  # where the help speaks of a command in passing
    "sample": ("-o", "drawn.csv"),
    "next": ("reviews.audit", "-o", "handed_out.csv"),
}
NOT_RUN = {
    "bench": "minutes of work on downloaded data; the commands are tested in tests/unit/bench",
    "review": "serves a page until it is stopped; tested in tests/unit/review/test_serve.py",
    "user": "asks for a password; tested in tests/unit/review/test_passwords.py",
}
SERVER = "postgresql+psycopg:"  # such examples need a server: tests/unit/review has one
SLOW = ("demo", "learn")
COMMAND = re.compile(r"\breliabel [a-z]\w*(?:(?!\s{2,}|\.\s|\.$|[;)\]]|,\s).)*")
OPTIONS = re.compile(r"((?:--by \w+ )?)--options '(\{.*?\})'(?=$|[;.\s])")


def commands() -> Iterator[tuple[str, object]]:
    """The name and the command, for each command and the app itself."""
    root = typer.main.get_command(app)
    yield "", root
    for name, command in root.commands.items():
        yield name, command
        for inner, further in getattr(command, "commands", {}).items():
            yield f"{name} {inner}", further


def help_texts() -> Iterator[tuple[str, str]]:
    """The name of a command and a text of its help, one after the other."""
    for name, command in commands():
        yield name, command.epilog or ""
        yield name, command.help or ""
        for parameter in command.params:
            yield name, getattr(parameter, "help", None) or ""


def in_help() -> list[str]:
    found = {shown.strip() for _, text in help_texts() for shown in COMMAND.findall(text)}
    return sorted(line for line in found if line.split()[1] not in NOT_RUN and SERVER not in line)


def on_pages() -> list[str]:
    """Commands of the pages that tools/walk_docs.py does not run."""
    names, found = {name.split(" ")[0] for name, _ in commands()}, set()
    for path in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        text = path.read_text(encoding="utf-8")
        found |= set(re.findall(r"^(?:\$ )?(reliabel [a-z].+?)(?:\s+#.*)?$", text, re.MULTILINE))
    known = names - NOT_RUN.keys()
    return sorted(line for line in found - set(in_help()) if line.split()[1] in known)


def lines(found: list[str]) -> list[object]:
    """The examples as parameters; the demo and the training of several models take many seconds."""
    return [
        pytest.param(line, marks=pytest.mark.slow) if line.split()[1] in SLOW else line
        for line in found
    ]


def json_in_help() -> list[tuple[str, str]]:
    return [
        (name, f"{by}--options '{given}'")
        for name, text in help_texts()
        for by, given in OPTIONS.findall(text)
    ]


def run(line: str) -> str:
    """Run a command line as people paste it; a failure shows what it printed."""
    words = shlex.split(line)
    assert words[0] == "reliabel"
    words = [PLACEHOLDERS.get(word, word) for word in words[1:]]
    if words[0] == "aggregate":
        words = ["votes.csv" if word == "reviews.csv" else word for word in words]
    if words[0] in NEEDED and NEEDED[words[0]][0] not in words:
        words += NEEDED[words[0]]
    if "-o" in words:
        target = Path(words[words.index("-o") + 1])
        if not target.is_dir():
            target.unlink(missing_ok=True)  # what another example reads
    done = CliRunner().invoke(app, words)
    allowed = (0, 3, 4) if "--fail-over" in words else (0,)  # 3 and 4 are answers
    assert done.exit_code in allowed, f"{line}\n{done.output}\n{done.exception!r}"
    return done.output


def refused(*words: str) -> str:
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == 2, done.output
    return done.stderr


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The small files, made once."""
    folder = tmp_path_factory.mktemp("world")
    rng = np.random.default_rng(0)
    words = {
        "positive": "good fine lovely great best happy",
        "negative": "bad poor awful worst dull sad",
    }
    rows = []
    for row in range(120):
        given = truth = ("negative", "positive")[row % 2]
        if row in (7, 30, 81):
            given = ("positive", "negative")[row % 2]
        text = f"{' '.join(rng.choice(words[truth].split(), 5))} film number {row}"
        rows.append((f"r{row}", text, given))
    for name, head in (
        ("reviews", "id,review,sentiment"),
        ("clean", "id,text,intent"),
        ("data", "id,x,y"),
        ("y", "id,x,y"),
    ):
        lines = [head, *(",".join(row) for row in rows)]
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "rules.py").write_text(
        "from reliabel.rules import keyword\n"
        "good = keyword('positive', ['good', 'fine', 'great'])\n"
        "bad = keyword('negative', ['bad', 'dull', 'sad'])\n"
    )
    p = np.array([[0.9, 0.1] if row % 2 == 0 else [0.1, 0.9] for row in range(120)])
    np.save(folder / "p.npy", p + rng.uniform(-0.05, 0.05, (120, 1)) * [1, -1])
    votes = ["task,who,answer"] + [
        f"t{task},w{worker},{'yes' if (task + (worker == 2 and task % 5 == 0)) % 2 else 'no'}"
        for task in range(20)
        for worker in range(3)
    ]
    (folder / "votes.csv").write_text("\n".join(votes) + "\n", encoding="utf-8")
    _of_guides(folder)
    for name in ("news.conll", "flats.csv"):
        shutil.copy(ROOT / "docs" / "data" / name, folder / name)
    shutil.unpack_archive(ROOT / "docs" / "data" / "desks.zip", folder)
    (folder / "decisions.csv").write_text(
        "id,verdict,label\nr7,change,positive\nr8,keep,negative\n", encoding="utf-8"
    )
    _pictures(folder / "photos", rng)
    _masks(folder / "farms", rng)
    split = np.where(np.arange(120) % 3 == 0, "test", "train")
    audit = rl.audit(rl.read(folder / "reviews.csv", label="sentiment", text="review"), split=split)
    for name in ("reviews", "before", "after", "test", "data"):
        audit_folder.save(audit, folder / f"{name}.audit")
    _models(folder, rows)
    shutil.copy(folder / "reviews.csv", folder / "new.csv")
    reviews = rl.read(folder / "reviews.csv", label="sentiment", text="review")
    rl.learn(reviews, by="linear_probe", folder=folder / "reviews.model")
    sheet = folder / "to_review.csv"
    rl.sample(folder / "reviews.audit", n=30, out=sheet)
    _keep_all(sheet)
    again = rl.audit(audit.data, verdicts=[sheet], folder=folder / "reviews.audit")
    audit_folder.save(again, folder / "reviews.audit")
    batch = folder / "batch.csv"
    rl.next(folder / "reviews.audit", n=20, out=batch)
    _keep_all(batch)
    return folder


def _of_guides(folder: Path) -> None:
    """Comparisons of models, boxes of three workers, and functions that mark spans."""
    rows = [
        f"q{row},{('a', 'b', 'c')[row % 3]},{('b', 'c', 'a')[row % 3]},"
        f"{('model_a', 'model_b', 'tie')[row % 7 % 3]},judge{row % 4}"
        for row in range(60)
    ]
    head = "question_id,model_a,model_b,winner,judge"
    (folder / "arena.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    (folder / "boxes").mkdir()
    for who, shift in (("ann", 0), ("bo", 2), ("cy", 1)):
        told = {
            "images": [{"id": 1, "file_name": "a.jpg", "width": 100, "height": 80}],
            "categories": [{"id": 1, "name": "car"}],
            "annotations": [
                {"id": 1, "image_id": 1, "category_id": 1, "bbox": [10 + shift, 10, 30, 20]}
            ],
        }
        (folder / "boxes" / f"{who}.json").write_text(json.dumps(told), encoding="utf-8")
    (folder / "span_rules.py").write_text(
        "from reliabel.rules import gazetteer, span_pattern\n"
        "places = gazetteer('LOC', ['London', 'Paris', 'Germany', 'China', 'Japan'])\n"
        "names = span_pattern('PER', r'[A-Z][a-z]+ [A-Z][a-z]+')\n"
    )


def _keep_all(sheet: Path) -> None:
    """Fill in a sheet as a reviewer who finds every label right."""
    with sheet.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    with sheet.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows({**row, "verdict": "keep"} for row in rows)


def _masks(folder: Path, rng: np.random.Generator) -> None:
    """Twelve small pictures with their masks."""
    from PIL import Image

    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True)
    for row in range(12):
        grid = np.zeros((24, 24), np.uint8)
        grid[:, int(rng.integers(8, 16)) :] = 1
        Image.fromarray(grid).save(folder / f"masks/{row}.png")
        picture = np.array([[90, 140, 60], [150, 60, 50]])[grid] + rng.normal(0, 9, (24, 24, 3))
        Image.fromarray(picture.astype(np.uint8)).save(folder / f"images/{row}.png")


def _models(folder: Path, rows: list[tuple[str, str, str]]) -> None:
    """Predictions of two models that differ, and answers of a machine with its confidence."""
    for name, wrong in (("small", 5), ("large", 9)):
        lines = [
            f"{id_},{'negative' if row % wrong == 0 else given}"
            for row, (id_, _, given) in enumerate(rows)
        ]
        (folder / f"{name}.csv").write_text("\n".join(["id,prediction", *lines]) + "\n")
    lines = [f"{id_},{text},{given},{1 - row / 400}" for row, (id_, text, given) in enumerate(rows)]
    answers = folder / "answers.csv"
    answers.write_text("\n".join(["id,question,answer,confidence", *lines]) + "\n")
    made = rl.audit(rl.read(answers, label="answer", text="question", id="id"))
    audit_folder.save(made, folder / "answers.audit")


def _pictures(folder: Path, rng: np.random.Generator) -> None:
    """Two classes of bright and dark pictures, as PPM, which needs no library to write."""
    for name, level in (("day", 200), ("night", 40)):
        (folder / name).mkdir(parents=True)
        for number in range(12):
            pixels = rng.integers(level - 30, level + 30, (16, 16, 3)).astype(np.uint8)
            head = b"P6 16 16 255\n"
            (folder / name / f"{number}.ppm").write_bytes(head + pixels.tobytes())


@pytest.fixture
def world(made, tmp_path, monkeypatch):
    """A folder of its own with the small files."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_examples_are_found():
    assert len(in_help()) >= 12
    assert len(on_pages()) >= 2
    assert {name for name, _ in json_in_help()} == {*CALLS}


@pytest.mark.parametrize("line", lines(in_help()))
def test_commands_in_the_help_run_and_print_something(line, world):
    if "photos" in line or "demo" in line:
        pytest.importorskip("PIL")
    assert run(line).strip()


@pytest.mark.parametrize("line", lines(on_pages()))
def test_commands_on_the_pages_run_and_print_something(line, world):
    if "photos" in line or "demo" in line:
        pytest.importorskip("PIL")
    assert run(line).strip()


CALLS = {
    "audit": "reliabel audit reviews.csv --label sentiment",
    "corrupt": "reliabel corrupt clean.csv --label intent --text text -o noisy.csv",
    "measure": "reliabel measure data.csv --label y",
    "aggregate": "reliabel aggregate votes.csv --item task --worker who --label answer",
    "weak": "reliabel weak reviews.csv --functions rules.py --text review",
}


@pytest.mark.parametrize(("name", "options"), json_in_help())
def test_options_as_json_in_the_help_run(name, options, world):
    assert run(f"{CALLS[name]} {options}").strip()


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("bad", ["nearest=3", "[3]"])
def test_options_as_json_in_an_error_run(name, bad, world):
    by = ["--by", "class_imbalance"] if name == "measure" else []
    said = refused(*shlex.split(CALLS[name])[1:], *by, "--options", bad)
    ((named, given),) = OPTIONS.findall(said)
    assert json.loads(given)
    assert run(f"{CALLS[name]} {named}--options '{given}'").strip()


@pytest.mark.parametrize(
    ("load", "name"),
    [(audit_folder.load, "new.audit"), (consensus_folder.load, "new.consensus")],
    ids=["audit", "consensus"],
)
def test_the_command_that_makes_a_missing_folder_makes_it(load, name, world):
    with pytest.raises(ValueError, match="there is no such folder; make one with: ") as raised:
        load(name)
    run(str(raised.value).split("make one with: ")[1])
    assert load(name)


def test_commands_in_the_error_on_several_votes_an_item_run(world):
    tasks = [
        {
            "id": task,
            "data": {"text": f"item number {task}"},
            "annotations": [
                {
                    "id": 10 * task + who,
                    "completed_by": who,
                    "result": [
                        {
                            "from_name": "mood",
                            "to_name": "text",
                            "type": "choices",
                            "value": {"choices": [("good", "bad")[(task + (who == task)) % 2]]},
                        }
                    ],
                }
                for who in range(3)
            ],
        }
        for task in range(1, 13)
    ]
    (world / "export.json").write_text(json.dumps(tasks), encoding="utf-8")
    said = refused("audit", "export.json")
    shown = [line for line in COMMAND.findall(said) if "export" in line]
    assert [line.split()[1] for line in shown] == ["audit", "aggregate"]
    for line in shown:
        assert run(line).strip()


def test_the_list_that_an_unknown_method_leads_to(world):
    said = refused("show", "confident_leaning")
    assert "did you mean 'confident_learning'?" in said
    (line,) = COMMAND.findall(said)
    assert "confident_learning" in run(line)


def test_a_report_as_text_holds_no_placeholder_and_its_next_step_runs(world):
    audit = rl.audit(rl.read("reviews.csv", label="sentiment", text="review"))
    said = rl.report(audit, form="text")
    assert "{" not in said
    (call,) = re.findall(r"^Next: (reliabel\.\S.*)$", said, re.MULTILINE)
    exec(f"import reliabel.folders.audit_folder\n{call}", {"audit": audit})
    (line,) = re.findall(r"^Next: (.+)$", rl.report("labels.audit", form="text"), re.MULTILINE)
    assert run(line).strip()
