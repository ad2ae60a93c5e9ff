"""demo: the whole journey on scikit-learn's digits, drawn as small pictures, with planted errors as
people make them.
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
from reliabel.folders.lock import locked
from reliabel.verbs.audit import audit
from reliabel.verbs.corrupt import corrupt
from reliabel.verbs.read import read
from reliabel.verbs.report import report

RATE, SIZE, FIRST = 0.05, 32, (50, 100, 200)


def demo(out: str | Path = "reliabel-demo", *, seed: int = 0) -> dict[str, Any]:
    """Draw the digits, plant errors, audit, and count how many of the planted errors stand among
    the first label findings.

    Writes ``digits.csv`` (picture, digit), ``truth.csv`` and ``digits.audit`` into ``out``.
    Returns planted, found, report and text.
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
    _write(place / "digits.csv", ("picture", "digit"), zip(pictures, given, strict=True))
    _write(
        place / "truth.csv",
        ("picture", "digit", "wrong"),
        zip(pictures, (truth.names[c] for c in truth.y), planted.wrong.tolist(), strict=True),
    )
    folder = place / "digits.audit"
    with locked(folder):
        done = audit(
            read(place / "digits.csv", label="digit", image="picture"), seed=seed, folder=folder
        )
        save(done, folder, resume=True, page=report(done, folder=folder))
    return {
        "planted": int(planted.wrong.sum()),
        "found": {first: hits(done, planted.wrong, first) for first in FIRST},
        "report": str(folder / "report.html"),
        "text": report(done, form="text", folder=folder),
    }


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
