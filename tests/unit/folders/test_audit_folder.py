"""The audit folder: what was saved is loaded, damage is noticed and mended."""

from __future__ import annotations

import json

import numpy as np
import pytest

import reliabel as rl
from reliabel.core.dataset import Dataset
from reliabel.folders.audit_folder import load, save
from reliabel.folders.evidence_keys import NearestItems
from reliabel.folders.evidence_store import Store
from reliabel.folders.fingerprint import fingerprint
from reliabel.folders.items_file import item_rows


def test_evidence_damaged_on_disk_is_noticed_and_made_again(tmp_path):
    key, made = NearestItems("of", 1, 0, "auto"), {"x": np.arange(5)}
    Store(tmp_path).made(key, lambda: made)
    (path,) = (tmp_path / "evidence").glob("neighbours-*.x.npy")
    path.write_bytes(path.read_bytes()[:-8])
    again = Store(tmp_path)
    assert again.made(key, lambda: made)["x"].tolist() == [0, 1, 2, 3, 4]
    assert again.damaged
    assert not again.reused


def test_dates_are_told_apart_by_their_content():
    days = np.array(["2020-01-01", "2020-01-02", "NaT"], dtype="datetime64[D]")
    assert fingerprint(days) == fingerprint(days.copy())
    assert fingerprint(days) != fingerprint(days[::-1])
    assert fingerprint(days) != fingerprint(days.astype("datetime64[s]"))
    assert fingerprint(days - days[0]) != fingerprint(days)


def test_a_table_with_a_column_of_dates_is_audited_in_a_folder(tmp_path):
    day = np.datetime64("2020-01-01") + np.arange(60) * 5
    data = rl.read(
        {"day": day, "amount": np.arange(60.0) ** 1.5, "label": ["early"] * 30 + ["late"] * 30},
        label="label",
    )
    audit = rl.audit(data, folder=tmp_path, by=["self_confidence", "knn_outliers"])
    save(audit, tmp_path)
    assert len(load(tmp_path).p_wrong) == 60


def test_dates_are_kept_as_dates_for_those_who_look_later():
    day = np.array(["2021-03-01", "NaT"], dtype="datetime64[s]")
    rows = item_rows(
        Dataset(
            rl.Classes(np.array([0, 1])),
            {"items": {"day": day, "at": day + np.timedelta64(3661, "s")}},
        )
    )
    assert rows["column_day"] == ["2021-03-01", None]
    assert rows["column_at"] == ["2021-03-01T01:01:01", None]


def test_a_damaged_folder_is_told_from_no_folder_and_mended_by_the_same_audit(tmp_path):
    labels, features = (
        rl.Classes(np.arange(60) % 2),
        np.random.default_rng(0).normal(size=(60, 3)) + np.arange(60)[:, None] % 2,
    )
    whole = save(rl.audit(labels, features=features, folder=tmp_path), tmp_path)
    expected = (whole / "labels.parquet").read_bytes()
    for damage in ("evidence/audit.json", "findings.parquet", "evidence/array"):
        (path,) = list(tmp_path.glob(f"{damage}*"))[:1]
        path.write_bytes(path.read_bytes()[:20])
        with pytest.raises(ValueError, match=r"is damaged: .*; run the same audit again"):
            load(tmp_path)
        save(rl.audit(labels, features=features, folder=tmp_path), tmp_path)
        assert len(load(tmp_path).findings)
    assert (whole / "labels.parquet").read_bytes() == expected


def test_damaged_evidence_is_said_in_the_result(tmp_path):
    labels, features = (
        rl.Classes(np.arange(60) % 2),
        np.random.default_rng(0).normal(size=(60, 3)) + np.arange(60)[:, None] % 2,
    )
    save(rl.audit(labels, features=features, folder=tmp_path), tmp_path)
    (path,) = (tmp_path / "evidence").glob("neighbours-*.distance.npy")
    with path.open("r+b") as file:
        file.seek(200)
        file.write(b"\x00\x01\x02\x03")
    (tmp_path / "evidence" / "other-0123.json").write_text("{")
    again = rl.audit(labels, features=features, folder=tmp_path)
    assert [
        said
        for said in again.warnings
        if said.startswith(
            "1 piece of kept evidence had been damaged on disk and were made again: neighbours-"
        )
    ]
    save(again, tmp_path)
    assert not [
        said
        for said in rl.audit(labels, features=features, folder=tmp_path).warnings
        if "damaged" in said
    ]


def test_a_folder_that_keeps_the_opinions_under_their_former_name_still_loads(tmp_path):
    p = np.full((30, 2), 0.2) + 0.6 * np.eye(2)[np.arange(30) % 2]
    audit = rl.audit(rl.Classes(np.arange(30) % 2), probs=p, by=["self_confidence"])
    state = save(audit, tmp_path) / "evidence" / "audit.json"
    form = json.loads(state.read_text())
    form["audit"]["said"] = form["audit"].pop("opinions")
    state.write_text(json.dumps(form))
    again = load(tmp_path)
    assert again.opinions["self_confidence"].score.tolist() == (
        audit.opinions["self_confidence"].score.tolist()
    )


def test_the_card_is_read_by_people_too(tmp_path):
    labels = rl.Classes(np.arange(40) % 2, ("κακό", "καλό"))
    probs = np.where(np.eye(2)[np.arange(40) % 2] > 0, 0.9, 0.1)
    save(rl.audit(labels, probs=probs, by=["self_confidence"]), tmp_path)
    assert "κακό" in (tmp_path / "audit.json").read_text(encoding="utf-8")
