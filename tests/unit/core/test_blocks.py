"""Labels that are many (masks) are worked on in blocks: only those that are listed become Python
objects, from the auditor to the folder, the page, the table and the mended labels.
"""

import sys
import tracemalloc
from dataclasses import replace
from functools import partial

import numpy as np
import pyarrow.parquet as pq
import pytest

import reliabel as rl
from reliabel.core import kinds
from reliabel.core.dataset import Dataset
from reliabel.core.evidence import Neighbours
from reliabel.core.findings import label_findings, rows_listed
from reliabel.core.label_values import BLOCK
from reliabel.core.labels import Classes, Grouped, Numbers
from reliabel.core.reasons import copies_against
from reliabel.core.results import Decision, Suspicion
from reliabel.folders.audit_folder import load, save

ISLANDS = '''"""Guest islands: a pixel is suspect where both its neighbours are of one other class."""
import numpy as np
from reliabel.core.labels import Classes, Grouped
from reliabel.core.results import Suspicion


def audit(labels: Grouped[Classes]) -> Suspicion:
    """Score pixels mask by mask."""
    score = np.empty(len(labels.units), dtype=np.float32)
    flag, best = np.zeros(len(score), dtype=bool), np.array(labels.units.y)
    for start, stop in zip(labels.offsets[:-1], labels.offsets[1:]):
        y = np.asarray(labels.units.y[start:stop])
        left, right = np.roll(y, 1), np.roll(y, -1)
        island = (left == right) & (left != y)
        score[start:stop], flag[start:stop] = 0.1 + 0.8 * island, island
        best[start:stop][island] = left[island]
    return Suspicion(score, flag, Classes(best, labels.units.names))
'''
MASKS, SIDE = 4, 500
ISLANDS_AT = np.array([1050, BLOCK - 1, 2 * BLOCK, 3 * SIDE * SIDE + 77, MASKS * SIDE * SIDE - 50])


@pytest.fixture
def masks(install, tmp_path):
    """A million pixels in bands of three classes, kept in a file, and a few islands in them."""
    install(guest_islands=ISLANDS)
    y = np.tile(np.repeat(np.arange(3, dtype=np.int8), 100), MASKS * SIDE * SIDE // 300 + 1)
    y = y[: MASKS * SIDE * SIDE]
    y[ISLANDS_AT] = (y[ISLANDS_AT - 1] + 1) % 3
    np.save(tmp_path / "y.npy", y)
    y = np.load(tmp_path / "y.npy", mmap_mode="r")
    offsets = np.arange(MASKS + 1) * SIDE * SIDE
    return Grouped(Classes(y, ("sky", "tree", "road")), offsets, np.full((MASKS, 2), SIDE))


@pytest.fixture
def made_values(monkeypatch):
    """Counts the labels that become plain values."""
    made = []
    kind = kinds.KINDS[Classes]

    def value(labels, row):
        made.append(row)
        return kind.value(labels, row)

    monkeypatch.setitem(kinds.KINDS, Classes, replace(kind, value=value))
    return made


def test_masks_go_the_whole_way_without_an_object_for_each_pixel(masks, made_values, tmp_path):
    pixels = len(masks.units)
    tracemalloc.start()
    try:
        audit = rl.audit(masks, by=["guest_islands"])
        save(audit, tmp_path / "a.audit")
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 80 * pixels  # bytes; a list of one Python object a pixel would take as much
    assert len(audit.findings) == 500
    assert len(made_values) == 500
    flagged = {found.item * SIDE * SIDE + found.unit for found in audit.findings[:5]}
    assert flagged == set(ISLANDS_AT.tolist())

    again = load(tmp_path / "a.audit")
    assert again.findings == audit.findings
    file = pq.ParquetFile(tmp_path / "a.audit" / "labels.parquet")
    assert file.num_row_groups == -(-pixels // BLOCK) == 4
    stored = file.read()
    assert stored.equals(rl.table(again))
    names = np.array(masks.units.names)
    assert (stored["given"].to_numpy() == names[masks.units.y]).all()
    assert (stored["item"].to_numpy() * SIDE * SIDE + stored["unit"].to_numpy()).tolist() == list(
        range(pixels)
    )
    at = ISLANDS_AT.tolist()
    assert stored.take(at)["suggest"].to_pylist() == names[masks.units.y[ISLANDS_AT - 1]].tolist()
    assert stored["suggest"].null_count == pixels - len(ISLANDS_AT)
    assert "5 of 1,000,000 flagged by guest islands" in rl.report(again, form="text")
    assert "sky" in rl.report(again)

    first = audit.findings[0]
    decisions = [Decision(first.id, "change", unit=first.unit, label=first.suggest)]
    done = rl.apply(again, decisions=[*decisions, Decision("2", "drop")])
    assert done["undecided"] == pixels - 1 - SIDE * SIDE
    mended = done["labels"]
    assert len(mended) == MASKS - 1
    assert mended.units.y[first.item * SIDE * SIDE + first.unit] == names.tolist().index(
        first.suggest
    )


@pytest.mark.parametrize("ties", [False, True])
def test_listing_in_blocks_is_the_same_as_sorting_all(ties, monkeypatch):
    rng = np.random.default_rng(3)
    rank = rng.integers(0, 20, 500) / 20 if ties else rng.random(500)
    rank[rng.random(500) < 0.1] = np.nan
    flag = rng.random(500) < 0.05
    monkeypatch.setattr("reliabel.core.findings.spans", lambda rows: kinds.spans(rows, 64))
    for most in (0, 1, 50, 1000):
        rows, ranks = rows_listed(rank, lambda span: flag[span], most)
        order = np.lexsort((np.arange(500), -np.nan_to_num(rank, nan=-1)))
        order = order[~np.isnan(rank[order])]
        wanted = order[flag[order] | (np.arange(len(order)) < most)]
        assert rows.tolist() == wanted.tolist()
        assert ranks.tolist() == rank[wanted].tolist()


def test_an_auditor_without_flags_points_at_its_worst_whatever_the_blocks(monkeypatch):
    score = np.random.default_rng(1).random(300)
    labels = Dataset(Classes(np.arange(300) % 2))
    opinions = {"one": Suspicion(score), "two": Suspicion(-score, score > 2)}
    whole = label_findings(labels, opinions, score, at_least=20)
    for part in ("findings", "agreeing"):
        monkeypatch.setattr(f"reliabel.core.{part}.spans", lambda rows: kinds.spans(rows, 7))
    assert label_findings(labels, opinions, score, at_least=20) == whole
    assert all(found.by == ("one",) for found in whole)


def lines_of(function, work):
    """How many lines of a function run while ``work`` is done, and how often it is called."""
    lines, calls = [], []

    def inside(frame, event, value):
        lines.append(event)
        return inside

    def trace(frame, event, value):
        if frame.f_code is not function.__code__:
            return None
        calls.append(frame)
        return inside

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return len(lines), len(calls)


def listing(n):
    """Lists n labels, all of them flagged and each with three copies."""
    opinion = Suspicion(np.linspace(0, 1, n), np.ones(n, dtype=bool))
    data = Dataset(Classes(np.arange(n) % 3))
    found = label_findings(data, {"one": opinion}, opinion.score, copies=np.arange(n) // 4)
    assert len(found) == n
    assert found[-1].why.startswith("2 exact copies say otherwise")


def test_copies_are_compared_once_for_all_labels_and_not_label_by_label():
    few, many = (lines_of(copies_against, partial(listing, n)) for n in (100, 1000))
    assert few == many
    assert few[1] == 1


def test_copies_that_disagree_are_counted_for_each_label():
    labels = Classes(np.array([0, 1, 0, -1, 1, 2, 0]), ("a", "b", "c"))
    copies = np.array([5, 5, 5, 5, -1, 9, 9])
    assert copies_against(labels, copies, np.arange(7)).tolist() == [1, 2, 1, 3, 0, 1, 1]
    numbers = Numbers(np.array([[1.0, 2], [1.0, 2], [1.0, np.nan], [np.nan, np.nan]]))
    assert copies_against(numbers, np.zeros(4, int), np.arange(4)).tolist() == [1, 1, 2, 3]
    assert copies_against(numbers, np.zeros(4, int), np.array([2])).tolist() == [2]


def test_neighbours_of_numbers_are_told_by_their_median():
    near = Neighbours(np.array([[1, 2], [2, 0], [1, 3], [2, 1]]), np.full((4, 2), 0.1))
    opinion = {"far": Suspicion(np.array([0.1, 0.2, 0.9, 0.3]))}
    one = Dataset(Numbers(np.array([1.0, 2.0, 9.0, np.nan])), {"neighbours": near})
    why = {f.item: f.why for f in label_findings(one, opinion, opinion["far"].score)}
    assert why[0] == "its 2 nearest have the median 5.5 (from 2 to 9)"
    assert why[2] == "its nearest labelled one has 2"
    two = Dataset(Numbers(np.array([[1.0, 4], [2, 5], [9, 6], [3, np.nan]])), {"neighbours": near})
    why = {f.item: f.why for f in label_findings(two, opinion, opinion["far"].score)}
    assert why[0] == "its 2 nearest have the medians 5.5, 5.5"
