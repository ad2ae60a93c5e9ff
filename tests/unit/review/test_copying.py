"""Copies and moves of the log: nothing is lost, and nobody writes in the old place any more."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from tests.unit.review.test_store import change, keep, same

import reliabel as rl
from reliabel.review.copying import backup, move
from reliabel.review.opening import open_log


@pytest.fixture
def opened(folder, store):
    """A log with some of everything."""
    opened = open_log(folder, store=store)
    log = opened.log
    log.fix_population("few", np.arange(5, 9))
    for _ in range(3):
        log.draw(forecast=1 / 3, allowed=2, lease=3600)
    log.draw("few")
    log.decide([*keep(1, 2, who="ada"), *change(3, who="Zoë")])
    log.undo(who="Zoë")
    return opened


def told(log):
    return [(one.seq, one.hash) for one in log.events()]


def test_a_backup_takes_the_place_of_the_log(opened, folder, tmp_path):
    before = told(opened.log)
    assert backup(opened, tmp_path / "copy.db") == len(before)
    with pytest.raises(ValueError, match="exists already"):
        backup(opened, tmp_path / "copy.db")
    opened.log.decide(keep(10))
    other = tmp_path / "other.audit"
    shutil.copytree(folder, other, ignore=shutil.ignore_patterns("decisions.*"))
    shutil.copy(tmp_path / "copy.db", other / "decisions.db")
    log = rl.log(other)
    assert told(log) == before
    assert log.verify() == ""
    assert same(log.record("few"), opened.log.record("few"))
    log.decide(keep(11))
    assert log.board.seq == len(before) + 1


def test_a_move_there_and_back(opened, folder, store, tmp_path, server):
    log, start = opened.log, len(told(opened.log))
    there = tmp_path / "elsewhere.db"
    assert move(opened, there) == start + 1
    gone = rl.log(folder)
    assert str(there) in gone.database.told
    assert gone.verify() == ""
    assert same(gone.record(), log.record())
    with pytest.raises(ValueError, match="the decisions were moved from here"):
        log.decide(keep(20))
    gone.decide(keep(20))
    move(open_log(folder), "folder")
    home = rl.log(folder)
    assert home.database.told.endswith("labels.audit/decisions.db")
    home.decide(keep(21))
    assert {20, 21} <= {int(one.id) for one in home.decisions()}
    assert home.verify() == ""
    assert [one.kind for one in home.events()].count("moved") == 2


def test_a_move_that_was_cut_short_is_finished(opened, folder, tmp_path, monkeypatch):
    there = tmp_path / "elsewhere.db"

    def fail(*_):
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr("reliabel.review.copying._rows", fail)
        with pytest.raises(OSError, match="no space"):
            move(opened, there)
    with pytest.raises(ValueError, match="finish a move that was cut short"):
        rl.decide(folder, keep(20))
    with pytest.raises(ValueError, match="was cut short; finish it first"):
        move(open_log(folder, write=False), tmp_path / "third.db")
    move(open_log(folder, write=False), there)
    assert rl.decide(folder, keep(20))["new"] == 1
    assert rl.log(folder).verify() == ""


def test_a_move_to_where_it_is(opened):
    with pytest.raises(ValueError, match="already"):
        move(opened, opened.log.database.address)


def test_another_address_than_before_is_refused(folder, tmp_path):
    rl.log(folder, store=tmp_path / "one.db")
    with pytest.raises(ValueError, match=r"lie in .*one\.db already; leave store out"):
        rl.log(folder, store=tmp_path / "two.db")
    assert rl.log(folder).database.told.endswith("one.db")


@pytest.mark.parametrize("address", ["mysql://x/y", "nonsense://", "postgresql+nothing://x/y"])
def test_a_bad_address(folder, address):
    with pytest.raises(ValueError, match="is no address of a store"):
        rl.log(folder, store=address)


def test_a_server_that_is_not_there(folder):
    pytest.importorskip("psycopg")
    with pytest.raises(OSError, match="could not be read or written"):
        rl.log(folder, store="postgresql+psycopg://nobody:secret@127.0.0.1:1/none")


def test_a_password_is_not_kept(folder, server):
    address = server.replace("reliabel@", "reliabel:secret@")
    log = rl.log(folder, store=address)
    assert "secret" not in (folder / "decisions.store").read_text()
    assert "secret" not in repr(log)
    assert rl.log(folder).uid == log.uid


def test_a_damaged_file_is_a_sentence(folder):
    (folder / "decisions.db").write_bytes(b"no database at all, but long enough" * 100)
    with pytest.raises(ValueError, match="is damaged"):
        rl.log(folder)


def test_a_store_of_a_newer_version_is_a_sentence(folder):
    from sqlalchemy import text

    log = rl.log(folder)
    with log.database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ValueError, match="was written by a newer version"):
        rl.log(folder)


def test_two_folders_of_the_same_labels_share_a_store(folder, tmp_path, server):
    other = tmp_path / "of-bob.audit"
    shutil.copytree(folder, other)
    rl.decide(folder, keep(1), who="ada", store=server)
    done = rl.decide(other, keep(2), who="bob", store=server)
    assert done["notes"] == ["these reviews go on with those of labels.audit"]
    assert rl.log(folder).record().row.tolist() == [1, 2]


def test_a_folder_may_be_called_anything(tmp_path):
    from tests.unit.review.conftest import made

    folder = made(tmp_path / "what? 100 % #1 ä.audit")
    rl.decide(folder, keep(1))
    assert (folder / "decisions.db").is_file()
    move(open_log(folder), tmp_path / "else? %41.db")
    assert (tmp_path / "else? %41.db").is_file()
    assert rl.decide(folder, keep(2))["new"] == 1
    assert rl.log(folder).record().row.tolist() == [1, 2]
