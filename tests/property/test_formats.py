"""Labels come back from every format they are written to, whatever they are called."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.conformance.retold import same
from tests.unit.formats.drawn_sets import coco, label_studio, voc, yolo

import reliabel as rl
from reliabel.folders.mended_objects import write_other_boxes
from reliabel.formats.tables import WRITES, form_to_write, write

FORMS = [form for form in WRITES if form != "arff"]  # which is written of an ARFF file alone
# what columns get wrong: delimiters, quotes, line ends, other alphabets
ODD = "a Ωß,;\"'\t|\n\\/é日0-_.#"
WORDS = st.text(ODD, min_size=1, max_size=6).map(lambda word: f"x{word.strip()}y")


def decoded(labels: rl.Classes) -> list[str | None]:
    return [None if code < 0 else labels.names[code] for code in labels.y.tolist()]


@pytest.mark.parametrize("form", FORMS)
@given(st.lists(st.none() | WORDS, min_size=2, max_size=12))
@settings(max_examples=40, deadline=None)
def test_class_names_survive(form, values):
    if not any(values):
        values = [*values, "xy"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"labels.{form}")
        write(
            path,
            {"note": [f"row {row}" for row in range(len(values))], "label": values},
            form_to_write(path),
        )
        assert decoded(rl.read(path, label="label").labels) == values


@pytest.mark.parametrize("form", FORMS)
@given(st.lists(st.integers(-50, 50), min_size=2, max_size=12))
@settings(max_examples=15, deadline=None)
def test_whole_numbers_survive_and_sort_as_numbers(form, values):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"labels.{form}")
        write(
            path,
            {"note": [f"row {row}" for row in range(len(values))], "label": values},
            form_to_write(path),
        )
        assert same(rl.read(path, label="label").labels, rl.Classes.of(values))


@pytest.mark.parametrize("form", FORMS)
@given(st.integers(1, 9), st.integers(2, 4), st.integers(0, 99))
@settings(max_examples=15, deadline=None)
def test_several_labels_an_item_survive(form, n, k, seed):
    y = np.random.default_rng(seed).integers(0, 2, (n, k))
    names = [f"is_{c}" for c in "abcd"[:k]]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"labels.{form}")
        write(
            path,
            {
                "note": [f"row {row}" for row in range(n)],
                **{name: y[:, c].tolist() for c, name in enumerate(names)},
            },
            form_to_write(path),
        )
        labels = rl.read(path, label=names).labels
        assert (labels.y == y).all()
        assert list(labels.names) == names


DRAWN = {"coco": coco, "voc": voc, "yolo": yolo, "label_studio": label_studio}
SIDES = st.floats(-50, 200, width=32).map(lambda side: round(side, 2))


@pytest.mark.parametrize("form", DRAWN)
@given(st.data())
@settings(max_examples=5, deadline=None)
def test_boxes_survive(form, data):
    """Whatever boxes a file's pictures get, also swapped and empty ones, they are read back, and
    nothing changes where they are the same.
    """
    with tempfile.TemporaryDirectory() as place:
        file = form in ("coco", "label_studio")
        path = DRAWN[form](Path(place) if file else Path(place, "set"))
        was = rl.read(path)
        sizes = data.draw(st.lists(st.integers(0, 4), min_size=len(was), max_size=len(was)))
        m = sum(sizes)
        assume(m or form != "label_studio")  # whose tasks say nothing without a rectangle
        xyxy = np.array(
            data.draw(st.lists(st.tuples(SIDES, SIDES, SIDES, SIDES), min_size=m, max_size=m))
        ).reshape(-1, 4)
        names = was.labels.units.names
        if form in ("coco", "voc"):  # which may hold new classes, whatever they are called
            names = (*names, data.draw(WORDS.filter(lambda word: word not in names)))
        y = data.draw(st.lists(st.integers(0, len(names) - 1), min_size=m, max_size=m))
        want = rl.Grouped(rl.Boxes(xyxy, y, names), np.concatenate([[0], np.cumsum(sizes)]))
        for number, labels in enumerate((was.labels, want)):
            out = Path(place, f"out{number}{path.suffix}")
            write_other_boxes(out, was, labels)
        here = Path(place, f"out0{path.suffix}")
        for one in [path] if file else path.rglob("*.*"):
            there = here if file else here / one.relative_to(path)
            assert there.read_bytes() == one.read_bytes()
        now = rl.read(out).labels
        assert now.offsets.tolist() == want.offsets.tolist()
        for item in range(len(want)):
            both = [_told(one, item) for one in (now, want)]
            assert [name for name, _ in both[0]] == [name for name, _ in both[1]]
            for (_, a), (_, b) in zip(*both, strict=True):
                assert a == pytest.approx(b, abs=0.02)


def _told(labels, item):
    cut = slice(int(labels.offsets[item]), int(labels.offsets[item + 1]))
    pairs = zip(labels.units.y[cut].tolist(), labels.units.xyxy[cut].tolist(), strict=True)
    named = [(labels.units.names[code], corners) for code, corners in pairs]
    return sorted(named, key=lambda pair: (pair[0], [round(side) for side in pair[1]]))
