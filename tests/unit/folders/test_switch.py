"""Files of a folder are switched at once: whatever moment a writer dies at, readers find one run
whole, and the next run mends the folder.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from tests.unit.folders.crashes import every_crash

import reliabel as rl
from reliabel.core.results import Audit, Finding, Suspicion
from reliabel.folders import consensus_folder, drawn_sample
from reliabel.folders.audit_folder import load, save
from reliabel.folders.switch import holds, read_file, replacing

FILES = (
    *("labels.parquet", "findings.parquet", "findings.csv", "items.parquet", "audit.json"),
    *("evidence/audit.json", "report.html"),
)


def an_audit(seed: int) -> Audit:
    """A small audit; those of two seeds differ in every file."""
    rng, n = np.random.default_rng(seed), 30
    labels = rl.Classes(rng.integers(0, 2, n), ("no", "yes"))
    items = [f"text {i} of {seed}" for i in range(n)]
    found = Finding(
        item=seed, id=str(seed), unit=None, finds="label", kind=None, rank=rng.random(),
        p_wrong=0.5, by=("self_confidence",), given="no", suggest="yes", others=(), where=None,
        why="a test",
    )  # fmt: skip
    return Audit(
        data=rl.Dataset(labels, {"items": items, "probs": rng.random((n, 2))}),
        opinions={"self_confidence": Suspicion(rng.random(n))},
        skipped={},
        measures={},
        p_wrong=rng.random(n),
        count=None,
        budget=None,
        findings=(found,) * 3,
        warnings=(),
        info={"seed": seed},
    )


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch):
    """A process that dies loses nothing that the system has taken over; power cuts do."""
    monkeypatch.setattr("os.fsync", lambda handle: None)


@pytest.fixture(scope="module")
def two(tmp_path_factory) -> tuple[tuple[Audit, Path], tuple[Audit, Path]]:
    """Two audits, and a folder that holds each."""
    made = []
    for seed in (1, 2):
        audit, folder = an_audit(seed), tmp_path_factory.mktemp(f"audit-{seed}")
        save(audit, folder, page=f"page {seed}")
        (folder / "decisions.csv").write_text("id,verdict\n0,keep\n")
        made.append((audit, folder))
    return made[0], made[1]


def content(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in FILES}


def same(a: Audit, b: Audit) -> bool:
    return (
        a.p_wrong.tobytes() == b.p_wrong.tobytes()
        and a.findings == b.findings
        and list(a.data.evidence["items"]) == list(b.data.evidence["items"])
        and dict(a.info) == dict(b.info)
    )


def test_the_two_runs_differ_in_every_file(two):
    (_, old), (_, new) = two
    assert not [name for name, text in content(old).items() if text == content(new)[name]]


def test_a_crash_at_any_step_leaves_the_old_audit_or_the_new_one_whole(two, tmp_path):
    (old, before), (new, after) = two
    folder = tmp_path / "a.audit"
    seen = []
    for _ in every_crash(before, folder, lambda: save(new, folder, resume=True, page="page 2")):
        page = read_file(folder, "report.html").decode()
        got = load(folder)
        assert same(got, old) or same(got, new)
        seen.append(same(got, new))
        assert page == ("page 2" if seen[-1] else "page 1")
        assert content(folder) == content(after if seen[-1] else before)  # load has mended it
        save(new, folder, resume=True, page="page 2")
        assert content(folder) == content(after)
        assert not list(folder.glob(".*"))
        assert (folder / "decisions.csv").read_text() == "id,verdict\n0,keep\n"
    assert seen == sorted(seen)  # one moment is the switch
    assert 0 < sum(seen) < len(seen)


def test_a_crash_of_the_first_run_leaves_no_audit_or_the_whole(two, tmp_path):
    new, after = two[1]
    (tmp_path / "empty").mkdir()
    folder = tmp_path / "a.audit"
    for at in every_crash(tmp_path / "empty", folder, lambda: save(new, folder, page="page 2")):
        if not holds(folder, "evidence/audit.json"):
            with pytest.raises(ValueError, match="it holds no finished audit"):
                load(folder)
        else:
            assert same(load(folder), new)
        if at % 5 == 0:
            save(new, folder, page="page 2")
            assert content(folder) == content(after)


DIE = """
import sys
from pathlib import Path
from tests.unit.folders.crashes import die_for_good
from tests.unit.folders.test_switch import an_audit, save
new, folder = an_audit(2), Path(sys.argv[1])
die_for_good(folder, int(sys.argv[2]))
save(new, folder, resume=True, page="page 2")
"""


@pytest.mark.slow
@pytest.mark.parametrize("at", [5, 60, 71, 72, 73, 76, 80])
def test_a_process_that_ends_at_once_leaves_the_old_audit_or_the_new_one_whole(two, tmp_path, at):
    (old, before), _ = two
    folder = shutil.copytree(before, tmp_path / "a.audit")
    root = Path(__file__).resolve().parents[3]
    command = [sys.executable, "-c", DIE, folder, str(at)]
    process = subprocess.run(command, cwd=root, check=False)
    assert process.returncode == 9
    got = load(folder)
    turned = not same(got, old)
    assert read_file(folder, "report.html").decode() == ("page 2" if turned else "page 1")
    kept = {name for name, text in content(folder).items() if text == content(before)[name]}
    assert kept == (set() if turned else set(FILES))
    assert turned or content(folder) == content(before)


def test_a_reader_in_a_folder_it_may_not_write_finds_the_new_audit(two, tmp_path, monkeypatch):
    (old, before), (new, _) = two
    folder = tmp_path / "a.audit"

    def refused(path, flags, mode=0o777):
        if str(path).endswith(".lock"):
            raise PermissionError(13, "Permission denied")
        return opening(path, flags, mode)

    opening, states = os.open, set()
    for at in every_crash(before, folder, lambda: save(new, folder, resume=True)):
        with monkeypatch.context() as patch:
            patch.setattr("os.open", refused)
            got = load(folder)
        states.add((same(got, new), (folder / ".next").exists()))
        assert same(got, new) or same(got, old), at
    assert states == {(False, False), (True, True), (True, False)}


def test_who_reads_while_others_write_finds_one_run(two, tmp_path):
    (old, before), (new, _) = two
    folder = shutil.copytree(before, tmp_path / "a.audit")
    over = threading.Event()

    def write() -> None:
        for turn in range(12):
            save((new, old)[turn % 2], folder, resume=True)
        over.set()

    thread = threading.Thread(target=write)
    thread.start()
    found = []
    while not over.is_set():
        got = load(folder)
        found.append(same(got, new))
        assert found[-1] or same(got, old)
    thread.join()
    assert len(set(found)) == 2


def test_files_are_on_disk_before_the_switch_and_their_new_places_before_the_old_ones_go(
    two, tmp_path, monkeypatch
):
    (_, before), (new, _) = two
    folder = shutil.copytree(before, tmp_path / "a.audit")
    steps = []

    def flushed(handle: int) -> None:
        steps.append(("flush", os.fstat(handle).st_ino))

    def moved(old, to) -> None:
        if Path(to).name == ".next":
            inside = {path.stat().st_ino for path in (Path(old), *Path(old).rglob("*"))}
            assert inside <= {inode for _, inode in steps}
            named = read_file(Path(old), "evidence/audit.json").decode()
            arrays = [path for path in (folder / "evidence").glob("*.npy") if path.name in named]
            assert arrays
            assert {path.stat().st_ino for path in arrays} <= {inode for _, inode in steps}
            assert ("flush", (folder / "evidence").stat().st_ino) in steps
        steps.append(("move", Path(to).name))
        renaming(old, to)

    def removed(path) -> None:
        steps.append(("remove", Path(path).name))
        removing(path)

    renaming, removing = os.rename, os.rmdir
    monkeypatch.setattr("os.fsync", flushed)
    monkeypatch.setattr("os.rename", moved)
    monkeypatch.setattr("os.rmdir", removed)
    save(new, folder, resume=True)
    switch, gone = steps.index(("move", ".next")), steps.index(("remove", "evidence"))
    assert steps[switch + 1] == ("flush", folder.stat().st_ino)  # the switch itself lasts
    last = steps[switch + 2 : gone]
    assert ("flush", folder.stat().st_ino) in last
    assert ("flush", (folder / "evidence").stat().st_ino) in last
    assert [step for step in steps if step[0] == "remove"][-1] == ("remove", ".next")


def test_a_fault_before_the_switch_changes_nothing_and_names_the_place(tmp_path):
    with replacing(tmp_path) as fresh:
        (fresh / "a").write_text("old")

    def fail(wrong: BaseException) -> None:
        with replacing(tmp_path) as fresh:
            (fresh / "a").write_text("new")
            raise type(wrong)(f"{fresh / 'a'}: {wrong}" if isinstance(wrong, OSError) else wrong)

    with pytest.raises(OSError, match=f"^{tmp_path / 'a'}: disk full$"):
        fail(OSError("disk full"))
    with pytest.raises(KeyboardInterrupt):
        fail(KeyboardInterrupt())
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_text() == "old"


def a_consensus(seed: int, folder: Path, audit: Audit) -> None:
    rng = np.random.default_rng(seed)
    n = 5 + seed
    consensus_folder.save(
        folder,
        {
            "id": [f"{seed}-{i}" for i in range(n)],
            "label": ["a"] * n,
            "probs": np.full((n, 2), 0.5),
        },
        {"worker": [f"{seed}"], "skill": rng.random(1)},
        {"classes": ["a", "b"], "seed": seed},
        page=f"page {seed}",
        audit=audit,
    )


def test_a_crash_at_any_step_leaves_the_old_consensus_or_the_new_one_whole(two, tmp_path):
    (old, _), (new, _) = two
    before, after, folder = tmp_path / "1", tmp_path / "2", tmp_path / "c"
    a_consensus(1, before, old)
    a_consensus(2, after, new)
    names = sorted(path.name for path in after.iterdir() if path.is_file())
    seen = []
    for _ in every_crash(before, folder, lambda: a_consensus(2, folder, new)):
        page = consensus_folder.read_page(folder)
        consensus, items, workers = consensus_folder.load(folder)
        run = consensus.info["seed"]
        seen.append(run == 2)
        assert page == f"page {run}"
        assert items["id"][0] == f"{run}-0"
        assert len(consensus.labels.p) == 5 + run
        assert workers["worker"] == [f"{run}"]
        assert same(load(folder), new if run == 2 else old)
        whole = before if run == 1 else after
        assert {n: (folder / n).read_bytes() for n in names} == {
            n: (whole / n).read_bytes() for n in names
        }
    assert 0 < sum(seen) < len(seen)


def test_a_crash_at_any_step_leaves_the_old_sample_or_the_new_one_whole(two, tmp_path):
    (audit, _), _ = two
    folder = tmp_path / "s"

    def draw(n: int, folder: Path) -> None:
        drawn = drawn_sample.DrawnSample("a", 0, n, np.arange(n), np.full(n, 1 / n))
        drawn_sample.write_sample(folder, drawn, audit, np.full(3, float(n)))

    draw(2, tmp_path / "1")
    seen = []
    for _ in every_crash(tmp_path / "1", folder, lambda: draw(4, folder)):
        back = drawn_sample.read_sample(folder)
        assert (back.n, len(back.unit)) in ((2, 2), (4, 4))
        assert drawn_sample.read_p_wrong(folder).tolist() == [float(back.n)] * 3
        seen.append(back.n == 4)
        draw(4, folder)
        assert drawn_sample.read_sample(folder).n == 4
        assert not list(folder.glob(".*"))
    assert 0 < sum(seen) < len(seen)
