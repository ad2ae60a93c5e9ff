"""Pictures of the report for the docs, drawn anew by a real browser:  python tools/screenshots.py

The audits are of scikit-learn's own data, so that the pictures can be made anywhere: digits with
planted errors (a count, and the count after a review), digits as they are (no sign of errors) and
breast cancer (too few rows to tell).  The consensus is that of the tutorial's votes, the site is
built anew.  Needs Chromium on the path, Playwright and Pillow.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

import reliabel as rl
from reliabel.core.dataset import Dataset
from reliabel.core.results import Audit
from reliabel.folders.audit_folder import save

OUT = Path(__file__).resolve().parent.parent / "docs" / "img"
DATA = OUT.parent / "data"
DIGITS = tuple(str(digit) for digit in range(10))
DESK, PHONE = {"width": 1280, "height": 960}, {"width": 390, "height": 844}
TALL = {"width": 1120, "height": 1500}
COLOURS = 128  # of a picture's palette, so that files stay small


def digits(wrong: float) -> tuple[Dataset, list[str]]:
    """The digits, a share of the labels wrong as people get them wrong; and their true labels."""
    from sklearn.datasets import load_digits

    data = load_digits()
    truth = rl.Classes(data.target.astype(np.int64), DIGITS)
    labels: Any = truth
    if wrong:
        whole = Dataset(truth, {"features": data.data})
        labels = rl.corrupt(whole, by="instance_dependent", rate=wrong, seed=0).labels
    evidence = {"items": data.images, "features": data.data / 16}
    source = {"path": "digits", "task": "image"}
    return Dataset(labels, evidence, source=source), [DIGITS[c] for c in truth.y]


def cells() -> Dataset:
    """Measurements of 569 cell samples: rows of a table, few of them."""
    from sklearn.datasets import load_breast_cancer

    data = load_breast_cancer()
    names = [str(name) for name in data.feature_names]
    rows = dict(zip(names, data.data.T, strict=True))
    features = (data.data - data.data.mean(0)) / data.data.std(0)
    labels = rl.Classes(data.target.astype(np.int64), tuple(map(str, data.target_names)))
    return Dataset(
        labels, {"items": rows, "features": features}, source={"path": "cells", "task": "table"}
    )


def audited(data: Dataset, folder: Path, truth: list[str] | None = None) -> Audit:
    """The audit of a data set, and with its ``truth`` the audit after a review of 100 draws."""
    done = rl.audit(data, folder=folder)
    save(done, folder)
    if truth is None:
        return done
    drawn = rl.sample(folder, n=100)["rows"]
    rows = [int(item) for item in drawn["id"]]
    right = [given == truth[row] for row, given in zip(rows, drawn["given"], strict=True)]
    verdicts = {
        "id": [str(row) for row in rows],
        "verdict": ["keep" if ok else "change" for ok in right],
        "label": [None if ok else truth[row] for row, ok in zip(rows, right, strict=True)],
        "who": ["anna"] * len(rows),
    }
    return rl.audit(data, folder=folder, verdicts=verdicts)


def pages(place: Path) -> Mapping[str, Path]:
    """name -> the page of an audit."""
    wrong, truth = digits(0.05)
    audits = {
        "count": audited(wrong, place / "digits.audit"),
        "reviewed": audited(wrong, place / "reviewed" / "digits.audit", truth),
        "no-sign": audited(digits(0.0)[0], place / "clean" / "digits.audit"),
        "cannot-tell": audited(cells(), place / "cells.audit"),
    }
    made = {}
    for name, audit in audits.items():
        folder = "cells.audit" if name == "cannot-tell" else "digits.audit"
        made[name] = place / f"{name}.html"
        rl.report(audit, made[name], folder=folder)
    return made | {"consensus": consensus(place), "site": site(place), "training": training(place)}


def training(place: Path) -> Path:
    """The page of a model that learnt from digits with wrong labels."""
    data, truth = digits(0.2)
    known = np.arange(len(data)) % 3 > 0
    labels: Any = data.labels
    some = Dataset(
        rl.Classes(labels.y[known], DIGITS),
        {"items": data.evidence["items"][known], "features": data.evidence["features"][known]},
        source=data.source,
    )
    model = rl.learn(some, by="early_learning", dynamics=True, hold_out=0.25)
    said = rl.predict(model, features=data.evidence["features"][~known]).predicted
    right = [one == truth[row] for one, row in zip(said, np.flatnonzero(~known), strict=True)]
    rl.report(
        model, place / "training.html", folder="digits.model", test=(np.mean(right), len(right))
    )
    return place / "training.html"


def consensus(place: Path) -> Path:
    """The page of the votes of the tutorial."""
    from reliabel.reading.vote_items import with_items

    votes = rl.read(DATA / "votes.csv", item="task", worker="who", label="answer")
    seen = with_items(votes, DATA / "votes_texts.csv", text="message")
    rl.report(rl.aggregate(seen), place / "consensus.html")
    return place / "consensus.html"


def site(place: Path) -> Path:
    """The front page of the site."""
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "-d", str(place / "site")]
    plain = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    subprocess.run(command, cwd=OUT.parents[1], env=plain, check=True)
    return place / "site" / "index.html"


def judged(page: Any) -> None:
    """Decide on the first labels, as a reader would."""
    page.locator("#who").fill("anna")
    for n, name in enumerate(("Change to", "Change to", "Keep", "Unsure")):
        page.locator("#cards > .card").nth(n).get_by_role("button", name=name).first.click()
    page.locator("#bar").evaluate("bar => scrollTo(0, bar.offsetTop - 8)")


SHOTS: Mapping[str, tuple[str, Mapping[str, Any], Callable[[Any], None] | None]] = {
    "report": ("count", {"viewport": TALL}, None),
    "report-count": ("count", {"viewport": DESK}, None),
    "report-cannot-tell": ("cannot-tell", {"viewport": DESK}, None),
    "report-no-sign": ("no-sign", {"viewport": DESK}, None),
    "report-reviewed": ("reviewed", {"viewport": DESK}, None),
    "report-decide": ("count", {"viewport": DESK}, judged),
    "report-dark": ("reviewed", {"viewport": DESK, "color_scheme": "dark"}, None),
    "consensus": ("consensus", {"viewport": TALL}, None),
    "training": ("training", {"viewport": {"width": 1120, "height": 1640}}, None),
    "site": ("site", {"viewport": DESK}, None),
    "report-phone": ("count", {"viewport": PHONE, "device_scale_factor": 2}, None),
}


def shoot(made: Mapping[str, Path], out: Path) -> list[Path]:
    """Take every picture; the bar of decisions is hidden where none is made."""
    from PIL import Image
    from playwright.sync_api import sync_playwright

    found = shutil.which("chromium") or shutil.which("google-chrome")
    taken = []
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=found, args=["--no-sandbox"])
        for name, (page_of, look, act) in SHOTS.items():
            context = chromium.new_context(**look, reduced_motion="reduce")
            page = context.new_page()
            page.goto(made[page_of].as_uri())
            if act is None:
                page.add_style_tag(content=".decide { position: static !important; }")
            else:
                act(page)
            image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
            path = out / f"{name}.png"
            image.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
            taken.append(path)
            context.close()
        chromium.close()
    return taken


def main() -> None:
    """Draw the pictures and say where they are."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("-o", "--out", type=Path, default=OUT, help="folder of the pictures")
    out: Path = asked.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        for path in shoot(pages(Path(place)), out):
            print(f"{path}  {path.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
