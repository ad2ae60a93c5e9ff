"""demo: the whole journey on scikit-learn's digits, drawn as small pictures, with planted errors as
people make them, and a review of drawn labels that says how many there are.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset
from reliabel.core.labels import Classes
from reliabel.core.results import Audit
from reliabel.folders.atomic import writing
from reliabel.folders.audit_folder import save
from reliabel.folders.drawn_sample import holds_sample
from reliabel.folders.lock import locked
from reliabel.verbs.audit import audit
from reliabel.verbs.corrupt import corrupt
from reliabel.verbs.read import read
from reliabel.verbs.report import report
from reliabel.verbs.reviewed import reviewed
from reliabel.verbs.sample import sample

RATE, SIZE, FIRST = 0.05, 32, (50, 100, 200)
TABLE_FILE, TABLE = "digits.csv", ("picture", "digit")
DRAWN = 100  # labels that are judged, by the truth that the demo knows


def demo(out: str | Path = "reliabel-demo", *, seed: int = 0) -> dict[str, Any]:
    """Draw the digits, plant errors, audit, judge 100 drawn labels by the truth as people would,
    and count how many of the planted errors stand among the first label findings.

    From pictures as small as these the model alone cannot say how many labels are wrong; the
    verdicts on drawn ones can.  Writes ``digits.csv`` (picture, digit), ``truth.csv``,
    ``reviewed.csv`` (the drawn labels with their verdicts) and ``digits.audit`` into ``out``.
    Returns planted, drawn, found, report and text.
    Raises ValueError where ``out`` holds the verdicts of a demo with other errors.
    """
    from sklearn.datasets import load_digits

    place = Path(out)
    digits = load_digits()
    truth = Classes(digits.target.astype(np.int64), tuple(str(d) for d in range(10)))
    planted = corrupt(
        Dataset(truth, {"features": digits.data}), by="instance_dependent", rate=RATE, seed=seed
    )
    pictures = _draw(digits.images, place / "pictures")
    given = [truth.names[c] for c in planted.labels.y]  # type: ignore[attr-defined]
    rows = list(zip(pictures, given, strict=True))
    folder = place / "digits.audit"
    with locked(folder):
        _refuse_others_verdicts(place, rows)
        _write(place / TABLE_FILE, TABLE, rows)
        _write(
            place / "truth.csv",
            (*TABLE, "wrong"),
            zip(pictures, (truth.names[c] for c in truth.y), planted.wrong.tolist(), strict=True),
        )
        done = audit(
            read(place / TABLE_FILE, label="digit", image="picture"), seed=seed, folder=folder
        )
        save(done, folder, resume=True)
        if not done.info.get("review"):  # a second run finds the verdicts of the first
            done = reviewed(done, folder, _judged(done, truth, folder, place / "reviewed.csv"))
        save(done, folder, resume=True, page=report(done, folder=folder))
    return {
        "planted": int(planted.wrong.sum()),
        "drawn": DRAWN,
        "found": {first: hits(done, planted.wrong, first) for first in FIRST},
        "report": str(folder / "report.html"),
        "text": report(done, form="text", folder=folder),
    }


def _refuse_others_verdicts(place: Path, rows: list[tuple[str, str]]) -> None:
    """Refuse to plant other errors where labels were drawn: their verdicts would be lost."""
    table = place / TABLE_FILE
    if not holds_sample(place / "digits.audit") or not table.is_file():
        return
    with table.open(encoding="utf-8", newline="") as file:
        before = [tuple(row) for row in csv.reader(file)][1:]
    if before != rows:
        raise ValueError(
            f"{place} holds the demo of another seed with verdicts on its labels; give another "
            "folder with out="
        )


def _judged(audit: Audit, truth: Classes, folder: Path, sheet: Path) -> Path:
    """The sheet of a draw, with the verdicts of people who are always right."""
    rows = sample(folder, n=DRAWN)["rows"]
    row = {audit.data.ids.item(place): place for place in range(len(truth.y))}
    right = [truth.names[truth.y[row[one]]] for one in rows["id"]]
    same = [str(a) == b for a, b in zip(rows["given"], right, strict=True)]
    columns = {
        **rows,
        "verdict": ["keep" if one else "change" for one in same],
        "label": ["" if one else name for one, name in zip(same, right, strict=True)],
    }
    _write(sheet, tuple(columns), zip(*columns.values(), strict=True))
    return sheet


def hits(audit: Audit, wrong: Any, first: int) -> int:
    """How many of the first label findings are truly wrong."""
    found = [finding.item for finding in audit.findings if finding.finds == "label"][:first]
    return int(np.asarray(wrong)[found].sum())


def _draw(images: Any, folder: Path) -> list[str]:
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    names = []
    for number, image in enumerate(images):
        name = f"{number:04d}.png"
        grey = Image.fromarray((255 - image * (255 / 16)).astype(np.uint8))
        grey.resize((SIZE, SIZE), Image.Resampling.BICUBIC).save(folder / name)
        names.append(f"pictures/{name}")
    return names


def _write(path: Path, header: tuple[str, ...], rows: Any) -> None:
    with writing(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
