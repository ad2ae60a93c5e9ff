"""The files with a dozen kinds of faults at once, for the comparison in the suite faults."""

from __future__ import annotations

import csv
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench.evidence_pictures import photographs
from reliabel.bench.fault_copies import changed, recased
from reliabel.bench.fault_texts import BROKEN, ENCODING, FOREIGN
from reliabel.bench.planted_personal import planted as personal
from reliabel.core.labels import Classes, Ints

N, FEW = 20_000, 1500  # items of a file, with --quick
PICTURES, TEXTS = 2500, 3000  # whose features take longest
WRONG = 0.05  # labels that are another class
RARE = 0.02  # items of the rare class, of those of another
COPIES = 0.01  # copies of each kind
SMALL = 0.005  # items of each smaller kind
SLICE, AGAIN = 0.03, 0.4  # items of the weak slice, and those of its labels that are drawn anew
CLASSES, WIDE = 5, 8  # of the table
MARK = 6  # pixels of the mark
Planted = dict[str, list[Any]]


@dataclass(frozen=True)
class Beside:
    """A file, the keywords of ``rl.read`` for it, and kind -> what was planted: items, pairs of
    items, names of columns or classes, or [0].
    """

    dataset: str
    n: int
    read: Mapping[str, Any]
    planted: Mapping[str, Sequence[Any]] = field(default_factory=dict)


class _Rows:
    """Rows of a file before they get their order: those untouched are handed out once each."""

    def __init__(self, n: int, rng: np.random.Generator) -> None:
        self.free: list[int] = rng.permutation(n).tolist()
        self.planted: Planted = {}

    def take(self, kind: str, many: int) -> list[int]:
        """So many rows for a kind of fault."""
        taken, self.free = self.free[:many], self.free[many:]
        self.planted.setdefault(kind, []).extend(taken)
        return taken


def picture_file(data: Path | None, folder: Path, quick: bool) -> Beside:
    """Photographs of cifar10n under their true labels, sorted by class."""
    if data is None:
        raise FileNotFoundError("needs cifar10n: set RELIABEL_DATA")
    rng, n = np.random.default_rng(0), FEW if quick else PICTURES
    paths, labels = photographs(data, n, str(folder))
    y = labels["clean"]
    held = _Rows(n, rng)
    few = max(5, round(SMALL * n))
    for kind in ("outliers", "dark pictures", "blurred pictures", "blank pictures"):
        for row in held.take(kind, few):
            _spoil(paths[row], kind, rng)
    for row in np.flatnonzero((y == 3) & (rng.random(n) < 0.9)).tolist():
        _watermark(paths[row])
    held.planted["watermark of a class"] = [0]
    pairs: Planted = {}
    for kind in ("exact", "recompressed", "mirrored", "cropped"):
        for of in [held.free.pop() for _ in range(round(COPIES * n))]:
            path = folder / f"copy{len(paths)}.jpg"
            path.write_bytes(changed(paths[of], kind, rng))
            pairs.setdefault(f"copies: {kind}", []).append([of, len(paths)])
            paths, y = [*paths, str(path)], np.append(y, y[of])
    y = _mislabelled(y, 10, held, rng)
    order = np.lexsort([rng.random(len(y)), y])
    names = np.array(
        ["plane", "car", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
    )
    _write(
        folder / "file.csv",
        {"image": [paths[row] for row in order], "label": names[y[order]].tolist()},
    )
    planted = _moved({**held.planted, **_with_all(pairs)}, order)
    planted["rows sorted by class"] = [0]
    read = {"source": str(folder / "file.csv"), "label": "label", "image": "image"}
    return Beside("cifar10n", len(y), read, planted)


def text_file(data: Path | None, folder: Path, quick: bool) -> Beside:
    """Headlines of four topics, of which one is rare."""
    if data is None:
        raise FileNotFoundError("needs ag_news: set RELIABEL_DATA")
    from pyarrow.parquet import read_table

    rng = np.random.default_rng(0)
    table = read_table(data / "text" / "ag_news_test.parquet").to_pydict()
    texts = [f"{a}. {b}" for a, b in zip(table["title"], table["body"], strict=True)]
    y = Classes.of(table["label"]).y
    kept = rng.permutation(len(texts))[: FEW if quick else TEXTS]
    kept = kept[(y[kept] != 3) | (rng.random(len(kept)) < RARE)]
    texts, y = [texts[row] for row in kept.tolist()], y[kept]
    n = len(texts)
    for row in np.flatnonzero((y == 1) & (rng.random(n) < 0.9)).tolist():
        words = texts[row].split()
        texts[row] = " ".join(words[: len(words) // 2])
    held = _Rows(n, rng)
    _damage(texts, held, max(5, round(SMALL * n)), rng)
    pairs: Planted = {}
    for kind in ("exact", "recased"):
        for of in [held.free.pop() for _ in range(round(COPIES * n))]:
            pairs.setdefault(f"copies: {kind}", []).append([of, len(texts)])
            texts.append(texts[of] if kind == "exact" else recased(texts[of], rng))
            y = np.append(y, y[of])
    y = _mislabelled(y, 4, held, rng)
    names = np.array(["world", "sport", "business", "science"])
    order = rng.permutation(len(texts))
    _write(
        folder / "file.csv",
        {"text": [texts[row] for row in order], "label": names[y[order]].tolist()},
    )
    planted = _moved({**held.planted, **_with_all(pairs)}, order)
    planted |= {"short texts of a class": [0], "rare class": ["science"]}
    read = {"source": str(folder / "file.csv"), "label": "label", "text": "text"}
    return Beside("ag_news", len(texts), read, planted)


def _damage(texts: list[str], held: _Rows, few: int, rng: np.random.Generator) -> None:
    """Change some of the texts in place."""
    damages = [*ENCODING.values(), BROKEN["encoding"], BROKEN["control characters"]]
    for place, row in enumerate(held.take("damaged encoding", 4 * few)):
        texts[row] = damages[place % len(damages)](texts[row], rng)
    for row in held.take("another language", few):
        texts[row] = str(rng.choice(FOREIGN))
    told = personal(1)
    pieces = [text for text, kind in zip(told.texts, told.kinds, strict=True) if kind]
    for row in held.take("personal data", 4 * few):
        texts[row] = f"{texts[row]} {pieces[int(rng.integers(len(pieces)))]}"
    letters = np.array(list(string.ascii_lowercase))
    for row in held.take("outliers", few):
        words = ["".join(rng.choice(letters, 6)) for _ in range(20)]
        texts[row] = " ".join(words)


def table_file(data: Path | None, folder: Path, quick: bool) -> Beside:
    """A made table of five classes, sorted by class, with a column that tells a third of it all."""
    rng, n = np.random.default_rng(0), FEW if quick else N
    share = np.array([1.0, 1.0, 1.0, 1.0, RARE])
    truth = rng.choice(CLASSES, n, p=share / share.sum())
    centre = rng.normal(size=(CLASSES, WIDE)) * 1.5
    x = centre[truth] + rng.normal(size=(n, WIDE))
    held = _Rows(n, rng)
    slice_ = np.array(held.take("weak slice", round(SLICE * n)))
    x[slice_] = centre.mean(0) + 6 + 0.7 * rng.normal(size=(len(slice_), WIDE))
    x[slice_] += 0.5 * (centre[truth[slice_]] - centre.mean(0))
    for row in held.take("outliers", round(SMALL * n)):
        x[row] += rng.choice([-1, 1], WIDE) * rng.uniform(8, 16)
    sources = [held.free.pop() for _ in range(round(COPIES * n))]
    x = np.vstack([x, x[sources]])
    y = _mislabelled(np.append(truth, truth[sources]), CLASSES, held, rng)
    again = slice_[rng.random(len(slice_)) < AGAIN]
    other = rng.integers(CLASSES - 1, size=len(again))
    held.planted["wrong labels"] += again[other != y[again]].tolist()
    y[again] = other
    columns = _columns(x, sources, n, rng)
    order = np.lexsort([rng.random(len(y)), y])
    names = np.array([f"class {c}" for c in range(CLASSES)])
    cells = {name: [column[row] for row in order] for name, column in columns.items()}
    _write(folder / "file.csv", {**cells, "label": names[y[order]].tolist()})
    pairs = {"copies: exact": [[of, n + place] for place, of in enumerate(sources)]}
    planted = _moved({**held.planted, **_with_all(pairs)}, order)
    planted["weak slice"] = [planted["weak slice"]]
    planted |= {
        "rows sorted by class": [0],
        "rare class": ["class 4"],
        "constant column": ["country"],
        "missing values": ["height"],
        "missing values in disguise": ["age"],
        "identifier column": ["key"],
    }
    read = {"source": str(folder / "file.csv"), "label": "label"}
    return Beside("made", len(y), read, planted)


def _columns(x: Any, sources: list[int], n: int, rng: np.random.Generator) -> dict[str, list[Any]]:
    """The columns of the table; copies have those of their sources, but for the key."""
    height = [None if rng.random() < 0.1 else round(float(v), 1) for v in rng.normal(170, 9, n)]
    age = [-999 if rng.random() < 0.03 else int(v) for v in rng.integers(18, 91, size=n)]
    town = rng.choice(["north", "east", "south", "west"], n).tolist()
    own = {"height": height, "age": age, "town": town}
    return {
        **{f"x{c}": [f"{value:.4f}" for value in x[:, c].tolist()] for c in range(WIDE)},
        **{name: [*column, *(column[of] for of in sources)] for name, column in own.items()},
        "country": ["Rome"] * len(x),
        "key": [f"K-{value:07d}" for value in rng.permutation(len(x)).tolist()],
    }


def _mislabelled(y: Ints, k: int, held: _Rows, rng: np.random.Generator) -> Ints:
    """The labels with some untouched rows in another class."""
    out = y.copy()
    rows = held.take("wrong labels", round(WRONG * len(y)))
    out[rows] = (y[rows] + rng.integers(1, k, size=len(rows))) % k
    return out


def _with_all(pairs: Planted) -> Planted:
    return {"all copies": [pair for some in pairs.values() for pair in some], **pairs}


def _moved(planted: Planted, order: Ints) -> Planted:
    """What was planted, by the places of the rows in the file."""
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))

    def at(one: Any) -> Any:
        return [int(place[row]) for row in one] if isinstance(one, list) else int(place[one])

    whole = {kind: some for kind, some in planted.items() if kind == "watermark of a class"}
    return {kind: [at(one) for one in some] for kind, some in planted.items()} | whole


def _write(path: Path, columns: Mapping[str, Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))


def _spoil(path: str, kind: str, rng: np.random.Generator) -> None:
    """Save a picture again as noise, nearly black, out of focus, or of one grey level."""
    from PIL import Image, ImageFilter

    image = Image.open(path).convert("RGB")
    pixels = np.asarray(image)
    if kind == "outliers":
        image = Image.fromarray(rng.integers(0, 256, pixels.shape).astype(np.uint8))
    elif kind == "dark pictures":
        image = Image.fromarray((pixels * 0.06).astype(np.uint8))
    elif kind == "blurred pictures":
        image = image.filter(ImageFilter.GaussianBlur(4))
    else:
        image = Image.new("RGB", image.size, (int(rng.integers(60, 200)),) * 3)
    image.save(path, "JPEG", quality=90)


def _watermark(path: str) -> None:
    from PIL import Image

    pixels = np.array(Image.open(path).convert("RGB"))
    pixels[-MARK:-2, -MARK:-2] = 255
    Image.fromarray(pixels).save(path, "JPEG", quality=90)
