"""Labels come back from every format they are written to, whatever they are called."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conformance.retold import same

import reliabel as rl
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
