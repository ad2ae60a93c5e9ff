"""What features of pictures are worth, in the suite evidence: patches of the pictures themselves
and a network trained on photographs, on photographs and on pictures unlike them, and what ``auto``
takes.
"""

from __future__ import annotations

import tempfile
import time
import zipfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench.evidence_rows import Cases, Found, ranked
from reliabel.core.catalogue import find
from reliabel.core.dataset import Dataset, Ids
from reliabel.core.labels import Classes, Floats, Ints

EMBEDDERS = ("image_patches", "image_efficientnet")
PICTURES, FEW = 20_000, 2000  # of cifar10n
NOISES = {"aggre": "aggre_label", "random1": "random_label1", "worse": "worse_label"}
TEXTURES = ("gratings", "spectra", "blobs")
SIDE, EACH = 32, 250  # pixels of a texture, pictures a class
WRONG = 0.1  # share of the labels of drawn pictures that are another class, by chance


def cases(data: Callable[[], Path]) -> Cases:
    """The cases by name; ``data`` gives the folder of real data, or raises where there is none."""
    found: Cases = {
        f"pictures_{by.removeprefix('image_')}": ("cifar10n", 0, partial(_photographs, data, by))
        for by in EMBEDDERS
    }
    found["auto_photographs"] = "cifar10n_2000", 0, partial(_few_photographs, data)
    found["auto_digits"] = "digits", 0, lambda: _drawn(*digits())
    for kind in TEXTURES:
        found[f"auto_{kind}"] = kind, 0, partial(_textured, kind)
    return found


def photographs(data: Path, n: int, folder: str) -> tuple[list[str], dict[str, Ints]]:
    """The first n pictures of cifar10n as files in ``folder``, and their labels: the truth as
    "clean", people's by the names of NOISES.
    """
    with zipfile.ZipFile(data / "cifar10n" / "train.zip") as archive:
        members = sorted(name for name in archive.namelist() if name.endswith(".jpg"))[:n]
        paths = [archive.extract(member, folder) for member in members]
    with np.load(data / "cifar10n" / "labels.npz") as held:
        names = {"clean": "clean_label", **NOISES}
        return paths, {name: held[key][:n].astype(np.int64) for name, key in names.items()}


def digits() -> tuple[list[Any], Ints]:
    """The digits of scikit-learn as grey pictures of 8 x 8 pixels."""
    from sklearn.datasets import load_digits

    held = load_digits()
    return list((held.images * 15.9).astype(np.uint8)), held.target.astype(np.int64)


def textures(kind: str, each: int = EACH, seed: int = 0) -> tuple[list[Any], Ints]:
    """Grey pictures of a generated texture: gratings of six directions, noise of four spectra, or
    blobs of four sizes, under noise.
    """
    rng = np.random.default_rng([seed, len(kind)])
    draw = {"gratings": _grating, "spectra": _spectrum, "blobs": _blobs}[kind]
    classes = 6 if kind == "gratings" else 4
    y = np.repeat(np.arange(classes), each)
    return [_grey(draw(c, rng)) for c in y.tolist()], y


def _grey(x: Floats) -> Any:
    """Any values as grey levels around the middle."""
    return np.clip(128 + 40 * (x - x.mean()) / max(float(x.std()), 1e-9), 0, 255).astype(np.uint8)


def _grating(c: int, rng: np.random.Generator) -> Floats:
    """Stripes in one of six directions, a few degrees off, of any width, in strong noise."""
    angle = np.pi * c / 6 + rng.normal(0, 0.12)
    down, across = np.mgrid[:SIDE, :SIDE]
    along = across * np.cos(angle) + down * np.sin(angle)
    wave = np.sin(2 * np.pi * along / rng.uniform(4, 12) + rng.uniform(0, 2 * np.pi))
    stripes: Floats = wave + rng.normal(0, 1.5, wave.shape)
    return stripes


def _spectrum(c: int, rng: np.random.Generator) -> Floats:
    """Noise whose amplitude falls with frequency, as one of four powers of it."""
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(SIDE), np.fft.fftfreq(SIDE)))
    frequency[0, 0] = 1
    power = 0.4 * c + rng.normal(0, 0.1)
    return np.fft.ifft2(np.fft.fft2(rng.normal(size=(SIDE, SIDE))) / frequency**power).real


def _blobs(c: int, rng: np.random.Generator) -> Floats:
    """Twelve round spots of one of four sizes, in noise."""
    down, across = np.mgrid[:SIDE, :SIDE]
    size = (1.0, 1.5, 2.2, 3.2)[c] * rng.lognormal(0, 0.12)
    out = rng.normal(0, 0.35, (SIDE, SIDE))
    for top, left in rng.uniform(0, SIDE, (12, 2)):
        out += np.exp(-((down - top) ** 2 + (across - left) ** 2) / (2 * size**2))
    return out


def _photographs(data: Callable[[], Path], by: str) -> Found:
    """What one kind of features costs on the first pictures of cifar10n, and what P(wrong) and
    self-confidence find with it in three kinds of people's labels.
    """
    from reliabel.ops.principal_axes import principal_axes

    entry = find("embed", by)
    with tempfile.TemporaryDirectory() as folder:
        paths, labels = photographs(data(), PICTURES, folder)
        entry.load()(paths[:1], rng=np.random.default_rng(0))  # a model is loaded once
        start = time.process_time()
        features = entry.load()(paths, rng=np.random.default_rng(0))
        if entry.axes:
            features = principal_axes(features, entry.axes, rng=np.random.default_rng(0))
        yield by, "cpu_ms_a_picture", (time.process_time() - start) * 1e3 / len(paths)
    truth = labels.pop("clean")
    for noise, given in labels.items():
        yield from _judged(f"{by}, {noise}", given, truth, {"features": features})


def _few_photographs(data: Callable[[], Path]) -> Found:
    """What ``auto`` takes on the first few pictures of cifar10n, by people's labels."""
    with tempfile.TemporaryDirectory() as folder:
        paths, labels = photographs(data(), FEW, folder)
        yield from _each_way(paths, labels["random1"], labels["clean"])


def _textured(kind: str) -> Found:
    yield from _drawn(*textures(kind))


def _drawn(items: Sequence[Any], truth: Ints) -> Found:
    """What ``auto`` takes on pictures that a program drew, some of them labelled wrongly."""
    rng, k = np.random.default_rng(0), int(truth.max()) + 1
    bad = rng.random(len(truth)) < WRONG
    given = np.where(bad, (truth + rng.integers(1, k, len(truth))) % k, truth)
    yield from _each_way(items, given, truth)


def _each_way(items: Sequence[Any], given: Ints, truth: Ints) -> Found:
    for embed in (*EMBEDDERS, "auto"):
        yield from _judged(embed, given, truth, {"items": items}, embed)


def _judged(
    method: str, given: Ints, truth: Ints, evidence: dict[str, Any], embed: str = "auto"
) -> Found:
    """Rows of one audit; that of ``auto`` names the embedder that it took."""
    import reliabel as rl

    names = tuple(map(str, range(int(truth.max()) + 1)))
    data = Dataset(Classes(given, names), evidence, Ids(), {"task": "image", "rows": len(given)})
    start = time.process_time()
    done = rl.audit(data, by=["self_confidence"], embed=embed, seed=0)
    seconds = time.process_time() - start
    if method == "auto":
        method = f"auto ({done.info['embedder']})"
    yield method, "accuracy", float(done.info["model"]["accuracy"]), "", "", seconds
    yield from ranked(method, done, given != truth, seconds)
