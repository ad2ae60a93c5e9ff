"""Copies of pictures and texts, planted at one in a hundred, for the suite faults."""

from __future__ import annotations

import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench.evidence_pictures import photographs
from reliabel.bench.fault_worlds import Planted, World, asked
from reliabel.core.catalogue import find
from reliabel.core.labels import Classes, Floats

N, FEW = 20_000, 2000  # items, with --quick
SHARE = 0.01  # of the items that are copies of each kind
LEAK = 0.02  # of the test items that are copies of train items
TEST = 0.2  # of the items that are in the test split
QUALITY = (40, 71)  # of JPEG files that are saved again
KEPT = (0.75, 0.95)  # of each side of a picture that is cropped
PICTURES = ("exact", "recompressed", "mirrored", "cropped")
TEXTS = ("exact", "recased")


def pictures_with_copies(
    by: str, data: Path | None, rng: np.random.Generator, quick: bool
) -> World:
    """Photographs of cifar10n; the last ones are copies of earlier ones."""
    if data is None:
        raise FileNotFoundError("needs cifar10n: set RELIABEL_DATA")
    n = FEW if quick else N
    each = round(SHARE * n)
    folder = tempfile.TemporaryDirectory()
    sources = n - each * len(PICTURES)
    paths, labels = photographs(data, sources, folder.name)
    y = labels["aggre"]
    copied = rng.choice(sources, each * len(PICTURES), replace=False)
    planted: list[Planted] = []
    for place, of in enumerate(copied.tolist()):
        kind = PICTURES[place % len(PICTURES)]
        path = str(Path(folder.name) / f"copy{place}.jpg")
        Path(path).write_bytes(changed(paths[of], kind, rng))
        planted.append((frozenset([of, len(paths)]), kind))
        paths.append(path)
    features = _features(by, paths)
    whole, part = Classes(np.concatenate([y, y[copied]])), Classes(y)
    return World(
        "cifar10n",
        n,
        "near_duplicates",
        planted,
        asked("near_duplicates", whole, items=paths, features=features),
        asked("near_duplicates", part, items=paths[:sources], features=features[:sources]),
        folder,
    )


def changed(path: str, kind: str, rng: np.random.Generator) -> bytes:
    """The bytes of a copy of a picture."""
    import io

    from PIL import Image

    if kind == "exact":
        return Path(path).read_bytes()
    image = Image.open(path).convert("RGB")
    quality = int(rng.integers(*QUALITY)) if kind == "recompressed" else 90
    if kind == "mirrored":
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if kind == "cropped":
        (width, height), share = image.size, rng.uniform(*KEPT)
        wide, high = round(share * width), round(share * height)
        left, top = int(rng.integers(width - wide + 1)), int(rng.integers(height - high + 1))
        window = image.crop((left, top, left + wide, top + high))
        image = window.resize((width, height), Image.Resampling.BICUBIC)
    held = io.BytesIO()
    image.save(held, "JPEG", quality=quality)
    return held.getvalue()


def texts_with_copies(by: str, data: Path | None, rng: np.random.Generator, quick: bool) -> World:
    """Headlines and questions to a bank; the last ones are copies of earlier ones."""
    n = FEW if quick else N
    each = round(SHARE * n)
    texts = sound_texts(data, n - each * len(TEXTS), rng)
    sources = len(texts)
    copied = rng.choice(sources, each * len(TEXTS), replace=False)
    planted: list[Planted] = []
    for place, of in enumerate(copied.tolist()):
        kind = TEXTS[place % len(TEXTS)]
        planted.append((frozenset([of, len(texts)]), kind))
        texts.append(texts[of] if kind == "exact" else recased(texts[of], rng))
    features = _features(by, texts)
    y = np.zeros(len(texts), dtype=np.int64)
    return World(
        "ag_news and banking77",
        len(texts),
        "near_duplicates",
        planted,
        asked("near_duplicates", Classes(y), items=texts, features=features),
        asked(
            "near_duplicates",
            Classes(y[:sources]),
            items=texts[:sources],
            features=features[:sources],
        ),
    )


def recased(text: str, rng: np.random.Generator) -> str:
    """The same words in other case and with other spaces, as one of six people might type them."""
    way = int(rng.integers(6))
    words = text.split()
    if way < 2:
        return text.upper() if way and text != text.upper() else f" {text.lower()}  "
    if way == 2:
        return "  ".join(words)
    if way == 3:
        return f"{' '.join(words).title()}!"
    return "\t".join(words) if way == 4 else f"\n{' '.join(words).swapcase()} "


def texts_with_leaks(by: str, data: Path | None, rng: np.random.Generator, quick: bool) -> World:
    """Texts in two splits at random, of whose test split two in a hundred are copies of train
    texts; what the data hold already between the splits is found before planting.
    """
    texts = sound_texts(data, FEW if quick else N, rng)
    n = len(texts)
    split = np.where(rng.random(n) < TEST, "test", "train")
    before = list(texts)
    test, train = np.flatnonzero(split == "test"), np.flatnonzero(split == "train")
    into = rng.choice(test, round(LEAK * len(test)), replace=False)
    out = rng.choice(train, len(into), replace=False)
    for place, (to, of) in enumerate(zip(into.tolist(), out.tolist(), strict=True)):
        texts[to] = before[of] if place % 2 else recased(before[of], rng)
    planted = [
        (frozenset([int(to), int(of)]), "across splits") for to, of in zip(into, out, strict=True)
    ]
    y = Classes(np.zeros(n, dtype=np.int64))
    return World(
        "ag_news and banking77",
        n,
        "near_duplicates",
        planted,
        _across(
            asked("near_duplicates", y, items=texts, features=_features(by, texts), split=split)
        ),
        _across(
            asked("near_duplicates", y, items=before, features=_features(by, before), split=split)
        ),
    )


def _across(call: Any) -> Any:
    """The faults whose items are in several splits alone."""
    from dataclasses import replace

    def only() -> Any:
        found = call()
        rows = np.flatnonzero(found.info["across"]).tolist()
        return replace(
            found,
            items=[found.items[row] for row in rows],
            kind=["across splits"] * len(rows),
            score=found.score[rows],
            why=[found.why[row] for row in rows],
        )

    return only


def sound_texts(data: Path | None, n: int, rng: np.random.Generator) -> list[str]:
    """n different texts of ag_news and banking77 in random order."""
    if data is None:
        raise FileNotFoundError("needs ag_news and banking77: set RELIABEL_DATA")
    texts = _every_text(data)
    return [texts[row] for row in rng.permutation(len(texts))[:n]]


@lru_cache(maxsize=1)
def _every_text(data: Path) -> list[str]:
    from pyarrow.parquet import read_table

    news = read_table(data / "text" / "ag_news_test.parquet").to_pydict()
    bank = [
        read_table(data / "text" / f"banking77_{part}.parquet").to_pydict()["text"]
        for part in ("train", "test")
    ]
    headlines = [f"{a} {b}" for a, b in zip(news["title"], news["body"], strict=True)]
    return [*headlines, *bank[0], *bank[1]]


def _features(by: str, items: list[str]) -> Floats:
    entry = find("embed", by)
    chance = {"rng": np.random.default_rng(0)} if "rng" in entry.accepts else {}
    return np.asarray(entry.load()(items, **chance))
