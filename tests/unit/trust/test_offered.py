"""Tables that auditors offer to P(wrong): which join, and on what evidence."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from reliabel.core.catalogue import find, read_file
from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes
from reliabel.trust import offered as offered_file
from reliabel.trust.offered import offered, offering

SOURCE = '''"""A guest: it knows what nobody else does.

Cost: none.
Paper: none that anybody wrote.
"""
from reliabel.core.labels import Classes, Floats
from reliabel.core.results import Suspicion

JOINS = True


def audit(labels: Classes, *, features: Floats) -> Suspicion:
    return Suspicion(features[:, 0])


def table(labels: Classes, *, features: Floats, groups: Floats = None{more}) -> Floats:
    return features
'''


@pytest.fixture
def guest(tmp_path):
    path = Path(tmp_path) / "guest.py"
    path.write_text(SOURCE.format(more=""))
    return read_file(path, "audit", "reliabel.auditors.guest")


def joining(monkeypatch, entry, table):
    """The entry alone, with what its function returns."""
    monkeypatch.setattr(offered_file, "offering", lambda: (entry,))
    monkeypatch.setattr(type(entry), "load_table", lambda self: lambda labels, **words: table)


def test_a_file_declares_its_table_and_whether_it_joins(guest):
    assert guest.table_takes == {"features", "groups"}
    assert guest.table_needs == {"features"}
    assert guest.joins
    assert find("audit", "self_confidence").table_takes is None
    assert "neighbour_vote" in {entry.name for entry in offering()}


def test_options_of_a_table_are_refused(tmp_path):
    path = Path(tmp_path) / "guest.py"
    path.write_text(SOURCE.format(more=", wide: int = 3"))
    with pytest.raises(ValueError, match="table takes labels and keyword-only evidence, no opt"):
        read_file(path, "audit", "reliabel.auditors.guest")


def test_none_joins_without_a_word_of_its_file():
    labels = Classes(np.arange(40) % 2)
    near = Neighbours(np.tile(np.arange(1, 6), (40, 1)), np.full((40, 5), 0.1))
    assert offered(labels, {"neighbours": near}, 0) == {}


def test_what_the_evidence_does_not_allow_is_left_out():
    assert offered(Classes(np.arange(40) % 2), {}, 0, [find("audit", "neighbour_vote")]) == {}


def test_a_table_of_another_shape_is_refused(guest, monkeypatch):
    joining(monkeypatch, guest, np.ones((40, 3)))
    with pytest.raises(ValueError, match=r"the table of guest must have .* \(40, 2\), got"):
        offered(Classes(np.arange(40) % 2), {"features": np.ones((40, 2))}, 0)


def test_what_is_missing_or_far_is_far_below_and_a_row_of_nothing_is_even(guest, monkeypatch):
    table = np.zeros((40, 2))
    table[:20, 1] = 1.0
    table[0] = np.nan, 1.0
    table[1] = np.nan
    table[2] = 0.0, -np.inf
    joining(monkeypatch, guest, table)
    made = offered(Classes(np.arange(40) % 2), {"features": np.ones((40, 2))}, 0)["guest table"]
    assert np.isfinite(made).all()
    assert made[0, 0] < made.mean() - 10
    assert made[1].tolist() == [0, 0]
    assert made[2, 1] < made[2, 0] - 10


def test_copies_of_an_item_do_not_speak_for_its_label():
    """Two copies with one wrong label; without its copy, each is outvoted."""
    y = np.zeros(40, dtype=int)
    y[:2] = 1
    index = np.tile(np.arange(2, 7), (40, 1))
    index[0, 0], index[1, 0] = 1, 0
    near = Neighbours(index, np.full((40, 5), 0.1))
    copies = np.where(np.arange(40) < 2, 0, -1)
    entry, labels = find("audit", "neighbour_vote"), Classes(y, ("a", "b"))
    with_copy = offered(labels, {"neighbours": near}, 0, [entry])["neighbour_vote table"]
    alone = offered(labels, {"neighbours": near, "copies": copies}, 0, [entry])
    assert alone["neighbour_vote table"][0, 1] < with_copy[0, 1] - 0.5


def test_a_joining_table_joins_where_it_pays_and_is_told(guest, monkeypatch):
    import reliabel as rl

    rng = np.random.default_rng(0)
    truth = np.arange(600) % 2
    given = np.where(rng.random(600) < 0.1, 1 - truth, truth)
    probs = np.full((600, 2), 0.5) + (2 * np.eye(2)[truth] - 1) * 0.1
    probs += rng.normal(size=(600, 1)) * [[0.15, -0.15]]
    probs = np.clip(probs, 0.02, 0.98) / np.clip(probs, 0.02, 0.98).sum(1, keepdims=True)
    x = rng.normal(size=(600, 3))
    knows = 3 * np.eye(2)[truth] + rng.normal(size=(600, 2)) / 3
    without = rl.audit(rl.Classes(given), probs=probs, features=x)
    joining(monkeypatch, guest, knows)
    joined = rl.audit(rl.Classes(given), probs=probs, features=x)
    assert joined.info["p_wrong"]["second"]["guest"]["joined"]
    wrong = given != truth
    assert joined.p_wrong[wrong].mean() > without.p_wrong[wrong].mean() + 0.2
    joining(monkeypatch, replace(guest), rng.normal(size=(600, 2)))
    idle = rl.audit(rl.Classes(given), probs=probs, features=x)
    assert not idle.info["p_wrong"]["second"]["guest"]["joined"]
    assert "guest table" not in idle.info["p_wrong"]["tables"]
