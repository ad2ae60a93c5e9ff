"""The newcomer's journey by command: plant errors, audit, open the report, decide, apply; in
whatever environment RELIABEL_BIN names.
"""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

DATA = os.environ.get("RELIABEL_DATA")
COMMAND = (
    [os.environ["RELIABEL_BIN"]]
    if os.environ.get("RELIABEL_BIN")
    else [sys.executable, "-m", "reliabel"]
)

pytestmark = pytest.mark.journey

GREEK = {"sport": "αθλητισμός", "food": "φαγητό", "money": "χρήμα"}
WORDS = {
    "sport": [
        "match",
        "team",
        "goal",
        "player",
        "coach",
        "league",
        "season",
        "stadium",
        "referee",
        "score",
    ],
    "food": [
        "bread",
        "cheese",
        "oven",
        "recipe",
        "salt",
        "butter",
        "kitchen",
        "dinner",
        "pepper",
        "taste",
    ],
    "money": [
        "bank",
        "loan",
        "interest",
        "account",
        "card",
        "payment",
        "credit",
        "savings",
        "transfer",
        "fee",
    ],
}


def reliabel(*words: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*COMMAND, *map(str, words)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )
    assert done.returncode == 0, (
        f"reliabel {' '.join(map(str, words))}\n{done.stdout}\n{done.stderr}"
    )
    assert "Traceback" not in done.stderr
    return done


def rows_of(path: Path, encoding: str = "utf-8") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding=encoding), newline="")))


def label_findings(folder: Path) -> list[dict[str, str]]:
    return [row for row in rows_of(folder / "findings.csv") if row["finds"] == "label"]


def decide(
    folder: Path, noisy: list[dict[str, str]], truth: str, first: int, out: Path
) -> dict[int, str | None]:
    """Decisions as a careful person takes them on the first findings: row -> the new label, None
    for a dropped row.
    """
    changes: dict[int, str | None] = {}
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "verdict", "label", "who"])
        for place, found in enumerate(label_findings(folder)[:first]):
            row = int(found["item"])
            true, given = noisy[row][truth], found["given"]
            if place == 3:
                writer.writerow([found["id"], "drop", "", "ann"])
                changes[row] = None
            elif true != given:
                writer.writerow([found["id"], "change", true, "ann"])
                changes[row] = true
            else:
                writer.writerow([found["id"], "keep", "", "ann"])
    return changes


def opens_clean(page: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    import shutil

    chromium = (
        shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )
    if chromium is None:
        pytest.skip("Chromium is not installed: the report was written but not opened")
    with playwright.sync_playwright() as player:
        browser = player.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        tab = browser.new_page()
        errors: list[str] = []
        asked: list[str] = []
        tab.on(
            "console",
            lambda message: errors.append(message.text) if message.type == "error" else None,
        )
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.on("request", lambda request: asked.append(request.url))
        tab.goto(page.resolve().as_uri())
        assert tab.locator("h1").inner_text().strip()
        assert errors == []
        assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
        browser.close()


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.skipif(DATA is None, reason="needs banking77 where RELIABEL_DATA points")
def test_banking77_from_a_clean_file_to_a_mended_one(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    table = pq.read_table(Path(str(DATA)) / "text" / "banking77_train.parquet").to_pydict()
    with (tmp_path / "banking.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "intent"])
        writer.writerows(zip(table["text"], table["label"], strict=True))
    reliabel(
        "corrupt",
        "banking.csv",
        "--label",
        "intent",
        "--text",
        "text",
        "--by",
        "instance_dependent",
        "--rate",
        "0.05",
        "-o",
        "noisy.csv",
        cwd=tmp_path,
    )
    noisy = rows_of(tmp_path / "noisy.csv")
    wrong = np.array([row["intent_wrong"] == "True" for row in noisy])
    assert abs(wrong.mean() - 0.05) < 0.01
    # the columns that tell the truth go: nobody has them in life
    with (tmp_path / "given.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "intent"])
        writer.writerows([row["text"], row["intent_noisy"]] for row in noisy)
    said = reliabel(
        "audit",
        "given.csv",
        "--label",
        "intent",
        "--text",
        "text",
        "--embed",
        "tfidf",
        cwd=tmp_path,
    )
    folder = tmp_path / "given.audit"
    assert "of 10,003" in said.stdout
    opens_clean(folder / "report.html")

    ours = [int(found["item"]) for found in label_findings(folder)][:500]
    score = pq.read_table(folder / "labels.parquet")["score_self_confidence"].to_numpy()
    theirs = np.argsort(-score, kind="stable")[:500]
    assert wrong[ours].mean() >= wrong[theirs].mean() - _noise(wrong, np.array(ours), theirs)

    changes = decide(folder, noisy, "intent", 60, tmp_path / "decisions.csv")
    reliabel("apply", folder, "--decisions", "decisions.csv", "-o", "mended.csv", cwd=tmp_path)
    expected = [
        {"text": row["text"], "intent": changes.get(place) or row["intent_noisy"]}
        for place, row in enumerate(noisy)
        if not (place in changes and changes[place] is None)
    ]
    assert rows_of(tmp_path / "mended.csv") == expected


def _noise(wrong: np.ndarray, ours: np.ndarray, theirs: np.ndarray, rounds: int = 500) -> float:
    """1.96 standard deviations of the difference of the two precisions over resampled items."""
    rng = np.random.default_rng(0)
    mine, other = np.bincount(ours, minlength=len(wrong)), np.bincount(theirs, minlength=len(wrong))
    gap = []
    for _ in range(rounds):
        weight = rng.multinomial(len(wrong), np.full(len(wrong), 1 / len(wrong)))
        gap.append(
            (weight * mine * wrong).sum() / max((weight * mine).sum(), 1)
            - (weight * other * wrong).sum() / max((weight * other).sum(), 1)
        )
    return float(1.96 * np.std(gap))


@pytest.mark.slow
def test_windows_line_ends_a_bom_and_greek_labels(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    kinds = [list(WORDS)[c] for c in rng.integers(0, 3, 400)]
    lines = [["text", "είδος"]] + [
        [" ".join(rng.choice(WORDS[kind], 8)) + f", number {n}", GREEK[kind]]
        for n, kind in enumerate(kinds)
    ]
    text = (
        "\r\n".join(
            ",".join(f'"{cell}"' if "," in cell else cell for cell in line) for line in lines
        )
        + "\r\n"
    )
    (tmp_path / "clean.csv").write_bytes(b"\xef\xbb\xbf" + text.encode("utf-8"))
    reliabel(
        "corrupt",
        "clean.csv",
        "--label",
        "είδος",
        "--text",
        "text",
        "--by",
        "instance_dependent",
        "--rate",
        "0.05",
        "-o",
        "noisy.csv",
        cwd=tmp_path,
    )
    noisy = rows_of(tmp_path / "noisy.csv", "utf-8-sig")
    given = (
        "\r\n".join(["text,είδος", *(f'"{row["text"]}",{row["είδος_noisy"]}' for row in noisy)])
        + "\r\n"
    )
    (tmp_path / "given.csv").write_bytes(b"\xef\xbb\xbf" + given.encode("utf-8"))
    card = json.loads(
        reliabel(
            "audit",
            "given.csv",
            "--label",
            "είδος",
            "--text",
            "text",
            "--embed",
            "tfidf",
            "--json",
            cwd=tmp_path,
        ).stdout
    )
    assert card["classes"] == sorted(GREEK.values())
    folder = tmp_path / "given.audit"
    opens_clean(folder / "report.html")
    wrong = {place for place, row in enumerate(noisy) if row["είδος_wrong"] == "True"}
    assert len(wrong & {int(found["item"]) for found in label_findings(folder)[:20]}) >= 15
    changes = decide(folder, noisy, "είδος", 30, tmp_path / "decisions.csv")
    reliabel("apply", folder, "--decisions", "decisions.csv", "-o", "mended.csv", cwd=tmp_path)
    mended = rows_of(tmp_path / "mended.csv", "utf-8-sig")
    kept = [
        place for place in range(len(noisy)) if not (place in changes and changes[place] is None)
    ]
    assert [row["είδος"] for row in mended] == [
        changes.get(place) or noisy[place]["είδος_noisy"] for place in kept
    ]
    assert [row["text"] for row in mended] == [noisy[place]["text"] for place in kept]
