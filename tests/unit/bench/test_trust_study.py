"""The study of further evidence, and the page that is written from the suite."""

import numpy as np
import pytest

from reliabel.bench import trust_columns, trust_page, trust_study
from reliabel.bench.run import Row
from reliabel.core.labels import Classes
from reliabel.ops.neighbours import nearest


@pytest.mark.parametrize("name", trust_study.MORE)
def test_further_tables_never_see_the_label_of_their_own_row(name, monkeypatch):
    monkeypatch.setattr(trust_study, "_prior", lambda labels: np.full(labels.k, 1 / labels.k))
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, 400)
    x = (2 * np.eye(3)[truth] @ rng.normal(size=(3, 12)) + rng.normal(size=(400, 12))).astype(
        np.float32
    )
    near, fold = nearest(x, j=200), np.arange(400) % 5
    moved = truth.copy()
    moved[17] = (moved[17] + 1) % 3
    before, after = (
        trust_study.MORE[name](Classes(y, ("a", "b", "c")), near, x, fold) for y in (truth, moved)
    )
    np.testing.assert_allclose(before[17], after[17], atol=1e-9)
    assert not np.allclose(before, after)
    assert (before.argmax(1) == truth).mean() > 0.6


def test_lines_are_differences_from_the_tables_as_they_are():
    rows = [
        Row("study-digits", "digits", "human", 0, method, "study", value, 0.1)
        for method, value in (("as it is", 0.9), ("with x", 0.92))
    ]
    head, base, more = trust_study.lines(rows)
    assert head == ["", "digits", "CPU s, 20,000 x 10"]
    assert base == ["as it is", "0.900", ""]
    assert more == ["with x", "+0.020", ""]


PARTS = ("draws", "promises", "halves", "people", "changes", "sets", "columns", "study", "cost")


def test_the_page_keeps_its_words_and_gets_new_tables():
    page = "before\n" + "".join(
        f"<!-- {name} -->\nformer words\n<!-- /{name} -->\nwords of {name}\n" for name in PARTS
    )
    values = {
        ("truth", "share"): 0.1,
        ("p_wrong", "identified"): 1.0,
        ("p_wrong", "average_precision"): 0.9,
        ("best single", "average_precision"): 0.8,
        ("draw", "cpu"): 90.0,
    }
    rows = [
        Row("a", "digits", "human 0.1", 0, method, metric, value)
        for (method, metric), value in values.items()
    ]
    rows += [Row("study-digits", "digits", "human", 0, "as it is", "study", 0.9, 0.1)]
    rows += [
        Row("cost-20", "planted", "cost 20 x 10", 0, method, "cpu", 1.25, "", "", 1.25, 30)
        for method in ("tables", "fits")
    ]
    rows += [
        Row("columns-x-0", "x", "flipped", 0, method, unit, 0.4)
        for method in ("p_wrong", "self_confidence")
        for unit in ("cells", "items")
    ]
    rows += [Row("columns-x-0", "x", "flipped", 0, "p_wrong", "cells_ece", 0.05)]
    out = trust_page.fill(rows, page)
    assert "| x-0 | 0.400 (0.400) | 0.400 (0.400) | 0.050 |" in out
    assert "former words" not in out
    assert "rest on 1 draws, which took 2 CPU minutes" in out
    assert "| digits human 0.1 |  | 0.100 | 1 |" in out
    assert "| 20 x 10 | 1.2 | 1.2 | 30 |" in out
    assert "words of cost" in out
    with pytest.raises(ValueError, match="no marks <!-- draws -->"):
        trust_page.fill(rows, "empty")


def test_cells_of_several_labels_an_item_are_ranked_together(tmp_path):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(500, 5))
    (tmp_path / "multilabel").mkdir()
    np.savez(
        tmp_path / "multilabel" / "emotions.npz",
        x=x,
        y=(x[:, :3] + 0.2 * rng.normal(size=(500, 3)) > 0.5).astype(int),
    )
    found = {
        (row.method, row.metric): row.value
        for row in trust_columns._rows("emotions", 0, "columns-emotions-0", tmp_path)
    }
    assert found["p_wrong", "cells"] > 0.5
    assert found["p_wrong", "cells_ece"] < 0.1
    assert set(found) == {
        (m, u) for m in ("p_wrong", "self_confidence") for u in ("cells", "items")
    } | {("p_wrong", "cells_ece")}
