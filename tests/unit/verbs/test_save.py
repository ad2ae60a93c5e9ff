from __future__ import annotations

import numpy as np
import pytest

import reliabel as rl


def audited():
    p = np.repeat([[0.9, 0.1], [0.1, 0.9]], 40, axis=0)
    return rl.audit(rl.Classes(np.array([0] * 40 + [1] * 39 + [0])), probs=p)


def test_what_is_saved_is_loaded_drawn_from_and_has_its_page(tmp_path):
    audit = audited()
    folder = rl.save(audit, tmp_path / "labels.audit")
    again = rl.load(folder)
    assert [f.item for f in again.findings] == [f.item for f in audit.findings]
    assert np.array_equal(again.p_wrong, audit.p_wrong)
    assert "reliabel sample" in (folder / "report.html").read_text(encoding="utf-8")
    assert rl.sample(folder, n=10)["n"] == 10


def test_only_audits_are_saved(tmp_path):
    with pytest.raises(ValueError, match=r"save takes an Audit .*, got Classes"):
        rl.save(rl.Classes(np.array([0, 1])), tmp_path / "a")
    with pytest.raises(ValueError, match="is not an audit folder"):
        rl.load(tmp_path / "nothing")
