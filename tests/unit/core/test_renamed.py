"""Public fields that were renamed keep their old name for one release, and it warns."""

from __future__ import annotations

import pytest

import reliabel as rl
from reliabel.core.dataset import Dataset
from reliabel.core.results import Decision


def test_said_of_an_audit_is_opinions_and_warns():
    audit = rl.audit(rl.Classes.of(["a", "b"] * 10), probs=[[0.9, 0.1], [0.2, 0.8]] * 10)
    with pytest.warns(FutureWarning, match=r"now Audit\.opinions"):
        assert audit.said is audit.opinions


def test_said_of_what_apply_returns_is_notes_and_warns():
    labels = Dataset(rl.Classes.of(["a", "b"]))
    done = rl.apply(labels, decisions=[Decision("0", "change", label="c")], new_classes=True)
    with pytest.warns(FutureWarning, match='now "notes"'):
        assert done["said"] == done["notes"] == ["new classes: 'c'"]
    with pytest.raises(KeyError):
        done["nothing"]
