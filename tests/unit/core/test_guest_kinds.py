"""Labels of any kind go the whole way: an auditor of numbers is one file, a new kind of labels is
one record, and audit, folder, report, table, sample, decisions and apply need no other edit.
"""

import importlib
import json
import sys

import numpy as np
import pyarrow.parquet as pq
import pytest

import reliabel as rl
from reliabel.core import kinds
from reliabel.core.packing import UnknownRecord, pack, unpack
from reliabel.core.results import Decision
from reliabel.folders.audit_folder import load, save

FAR = '''"""Guest far: a number is suspect as far as it lies from the median of all."""
import numpy as np
from reliabel.core.labels import Numbers
from reliabel.core.results import Suspicion


def audit(labels: Numbers, *, times: float = 5.0) -> Suspicion:
    """Flag numbers whose distance from the median is ``times`` the usual one."""
    y = labels.y.reshape(len(labels), -1)
    middle = np.nanmedian(y, axis=0)
    far = np.sqrt(np.nansum((y - middle) ** 2, axis=1))
    far[np.isnan(y).all(1)] = np.nan
    flag = np.nan_to_num(far) > times * np.nanmedian(far)
    suggest = Numbers(np.broadcast_to(middle, y.shape).reshape(labels.y.shape).copy())
    return Suspicion(far, flag, suggest)
'''
TAGS = '''"""Guest tags: labels of a new kind, and an auditor of them."""
from dataclasses import dataclass
from reliabel.core.kinds import Kind


@dataclass(frozen=True, eq=False)
class Tags:
    """Any words for each item, None where nobody tagged it."""

    tags: tuple

    def __len__(self):
        return len(self.tags)

    def take(self, index):
        import numpy as np

        return Tags(tuple(self.tags[i] for i in np.arange(len(self))[index].tolist()))


def parsed(labels, label):
    words = label.split(";") if isinstance(label, str) else list(label)
    if not all(word.isidentifier() for word in words):
        raise ValueError(f"the label {label!r} holds what is no tag; tags are plain words")
    return tuple(sorted(words))


def changed(labels, change):
    return Tags(tuple(change.get(row, tags) for row, tags in enumerate(labels.tags)))


TAGS = Kind(Tags, "tagging", lambda labels, row: labels.tags[row], parsed, changed)
'''
LONELY = '''"""Guest lonely: tags that no other item has are suspect."""
import numpy as np
from guest_tags import Tags
from reliabel.core.results import Suspicion


def audit(labels: Tags) -> Suspicion:
    """Flag items whose tags are theirs alone."""
    said = [tags for tags in labels.tags if tags is not None]
    often = [np.nan if tags is None else said.count(tags) for tags in labels.tags]
    common = max(set(said), key=said.count)
    why = [f"{n} have these tags" for n in often]
    suggest = Tags((common,) * len(labels))
    return Suspicion(-np.array(often), np.array(often) == 1, suggest, info={"why": why})
'''


@pytest.fixture
def guests(install):
    before = dict(kinds.KINDS)
    for name in [name for name in sys.modules if name.startswith("guest_")]:
        del sys.modules[name]
    install(guest_far=FAR)
    yield install
    kinds.KINDS.clear()
    kinds.KINDS.update(before)


def numbers(*shape):
    """Numbers near 2 with one that is missing (row 3) and one that is far off (row 7)."""
    y = np.random.default_rng(0).normal(2, 0.1, shape)
    y[3], y[7] = np.nan, 40.0
    return y


def through_the_folder(audit, tmp_path):
    """The audit saved and loaded, whose findings must be the same."""
    again = load(save(audit, tmp_path / "a.audit"))
    assert again.findings == audit.findings
    return again


def test_numbers_of_a_file_go_the_whole_way(guests, tmp_path):
    path = tmp_path / "in.csv"
    y = numbers(30).round(3)
    rows = [f"t{i},{'' if v != v else v}" for i, v in enumerate(y.tolist())]
    path.write_text("\n".join(["name,size", *rows]) + "\n")
    data = rl.read(path, label="size", kind="numbers", id="name")
    audit = rl.audit(data, by=["guest_far"])
    worst = audit.findings[0]
    assert (worst.id, worst.given, worst.unit) == ("t7", 40.0, None)
    assert worst.suggest == float(np.nanmedian(y))
    assert "t3" not in {found.id for found in audit.findings}
    assert "1 of 30 labels are missing" in audit.warnings[0]

    again = through_the_folder(audit, tmp_path)
    table = rl.table(again).to_pydict()
    assert (table["given"][7], table["given"][3], table["id"][7]) == (40.0, None, "t7")
    assert table["suggest"][7] == worst.suggest
    stored = pq.read_table(tmp_path / "a.audit" / "labels.parquet")
    assert stored.schema.field("given").type == "double"
    assert pq.read_table(tmp_path / "a.audit" / "findings.parquet")["given"][0].as_py() == 40.0
    page = rl.report(again)
    assert "regression" in page
    assert "<i>given</i> <bdi>40</bdi></span>" in page
    assert "1 of 29 flagged by guest far" in rl.report(again, form="text")
    assert f",40.0,{worst.suggest}," in rl.report(again, form="csv")

    out = tmp_path / "out.csv"
    done = rl.apply(
        tmp_path / "a.audit",
        decisions={"id": ["t7", "t0", "t1"], "verdict": ["change", "change", "drop"],
                   "label": ["2.5", str(y[0]), None]},
        out=out,
    )  # fmt: skip
    assert (done["changed"], done["kept"], done["dropped"]) == (1, 1, 1)
    lines = out.read_text().splitlines()
    assert lines[7] == "t7,2.5"
    assert [line for line in lines if "t7" not in line] == [
        line for line in path.read_text().splitlines() if "t7" not in line and "t1," not in line
    ]
    with pytest.raises(ValueError, match="'tall' is not a number; write it with a decimal point"):
        rl.apply(
            tmp_path / "a.audit", decisions=[Decision("t7", "change", label="tall")], out=out,
            overwrite=True,
        )  # fmt: skip


def test_numbers_of_a_review_that_was_drawn_evenly_are_counted(guests, tmp_path):
    audit = rl.audit(rl.Numbers(numbers(300)), by=["guest_far"])
    save(audit, tmp_path)
    drawn = rl.sample(tmp_path, n=60, out=tmp_path / "review.csv")["rows"]
    assert set(drawn) == {"id", "draw", "given", "suggest", "verdict", "label", "who", "at"}
    assert "3" not in drawn["id"]
    verdict = ["change" if i == "7" else "keep" for i in drawn["id"]]
    pd = pytest.importorskip("pandas")
    review = pd.DataFrame({**drawn, "verdict": verdict, "label": "2"})
    counted = rl.audit(
        audit.data, by=["guest_far"], folder=tmp_path, verdicts=review.astype(object)
    )
    assert counted.count.identified
    assert counted.count.low <= 1 <= counted.count.high
    assert counted.count.high < 0.2 * 299
    assert counted.p_wrong is None
    assert counted.findings == audit.findings
    assert "checked by review" in rl.report(counted, form="text")
    assert "the count rests on 60 of 60 drawn labels" in counted.warnings


def test_several_numbers_a_label_go_the_whole_way(guests, tmp_path):
    y = numbers(30, 2)
    y[5, 1] = np.nan
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"wide": y[:, 0], "high": y[:, 1]})
    data = rl.read(frame, label=["wide", "high"], kind="numbers")
    audit = rl.audit(data, by=["guest_far"])
    worst = audit.findings[0]
    assert (worst.item, worst.given) == (7, (40.0, 40.0))
    assert worst.suggest == tuple(np.nanmedian(y, axis=0))
    assert next(f for f in audit.findings if f.item == 5).given == (y[5, 0], None)

    again = through_the_folder(audit, tmp_path)
    table = rl.table(again, kind="pyarrow").to_pydict()
    assert table["given"][7] == [40.0, 40.0]
    assert table["given"][3] is None
    assert table["given"][5] == [y[5, 0], None]
    assert table["suggest"][7] == list(worst.suggest)
    assert "40, 40" in rl.report(again)
    assert ",40.0;40.0," in rl.report(again, form="csv")
    decisions = [
        Decision("7", "change", label="2.5;3"),
        Decision("0", "change", label=tuple(y[0].tolist())),
        Decision("1", "drop"),
        Decision("2", "change", label=(1.0, None)),
    ]
    done = rl.apply(data, decisions=decisions)
    assert (done["changed"], done["kept"], done["dropped"]) == (2, 1, 1)
    mended = done["table"]
    assert mended.loc[7].tolist() == [2.5, 3.0]
    assert mended.loc[2].fillna(-1).tolist() == [1.0, -1.0]
    assert len(mended) == len(done["labels"]) == 29
    with pytest.raises(ValueError, match=r"'2\.5' has 1 number, labels here have 2; write them"):
        rl.apply(data, decisions=[Decision("7", "change", label="2.5")])


def test_numbers_in_groups_go_the_whole_way(guests, tmp_path):
    labels = rl.Grouped(rl.Numbers(numbers(12)), np.array([0, 3, 3, 12]))
    audit = rl.audit(labels, by=["guest_far"])
    worst = audit.findings[0]
    assert (worst.item, worst.unit, worst.given) == (2, 4, 40.0)
    again = through_the_folder(audit, tmp_path)
    table = rl.table(again).to_pydict()
    assert (table["item"][7], table["unit"][7], table["given"][7]) == (2, 4, 40.0)
    assert "40" in rl.report(again)
    decisions = [Decision("2", "change", unit=4, label="2"), Decision("0", "drop", unit=1)]
    done = rl.apply(again, decisions=decisions)
    assert done["labels"].units.y[7] == 2.0
    assert np.isnan(done["labels"].units.y[1])
    rl.apply(again, decisions=decisions, out=tmp_path / "out.parquet")
    assert pq.read_table(tmp_path / "out.parquet")["label"][7].as_py() == 2.0


def test_a_new_kind_of_labels_goes_the_whole_way(guests, tmp_path):
    guests(guest_lonely=LONELY)
    tags = importing(tmp_path, "guest_tags")
    many = tags.Tags((("a", "b"),) * 8 + (None, ("c",)))
    with pytest.raises(ValueError, match=r"give a Dataset .* got Tags"):
        rl.audit(many, by=["guest_lonely"])
    kinds.add_kind(tags.TAGS)
    audit = rl.audit(many, by=["guest_lonely"])
    worst = audit.findings[0]
    assert (worst.item, worst.given, worst.suggest) == (9, ("c",), ("a", "b"))
    assert worst.why == "1 have these tags"
    assert audit.info["task"] == "arrays tagging"

    again = through_the_folder(audit, tmp_path)
    assert again.data.labels.tags == many.tags
    assert rl.table(again).to_pydict()["given"][7:] == [["a", "b"], None, ["c"]]
    assert rl.table(again).to_pydict()["suggest"][7:] == [None, ["a", "b"], ["a", "b"]]
    assert "<i>given</i> <bdi>c</bdi></span>" in rl.report(again)
    assert ",c,a;b," in rl.report(again, form="csv")
    drawn = rl.sample(tmp_path / "a.audit", n=20)["rows"]
    assert set(drawn["id"]) <= set("0123456789") - {"8"}
    decisions = [Decision("9", "change", label="b;a"), Decision("1", "drop")]
    done = rl.apply(again, decisions=decisions)
    assert done["labels"].tags == (("a", "b"),) * 7 + (None, ("a", "b"))
    rl.apply(again, decisions=decisions, out=tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text().splitlines()[-1] == "9,a;b"
    with pytest.raises(ValueError, match="'no tag' holds what is no tag"):
        rl.apply(again, decisions=[Decision("9", "change", label="no tag")])

    grouped = rl.Grouped(many, np.array([0, 4, 10]))
    inside = rl.audit(grouped, by=["guest_lonely"]).findings[0]
    assert (inside.item, inside.unit, inside.given) == (1, 5, ("c",))


def test_a_folder_of_a_kind_that_is_not_known_here_says_what_to_do(guests, tmp_path, monkeypatch):
    guests(guest_lonely=LONELY)
    tags = importing(tmp_path, "guest_tags")
    kinds.add_kind(tags.TAGS)
    folder = save(rl.audit(tags.Tags((("a",),) * 4), by=["guest_lonely"]), tmp_path / "a.audit")
    del kinds.KINDS[tags.Tags]
    with pytest.raises(ValueError, match="cannot be read: it holds a Tags, which is not known"):
        load(folder)
    guests(group="reliabel.kinds", values=["guest_tags:TAGS"])
    assert load(folder).data.labels.tags == (("a",),) * 4


def test_a_broken_kind_of_a_package_is_left_out_with_a_warning(guests):
    guests(group="reliabel.kinds", values=["guest_no_kind:KIND"], guest_no_kind="KIND = 3\n")
    kept = json.loads('{"#record": "Tags", "tags": []}')
    with (
        pytest.warns(UserWarning, match="is left out: TypeError: it is a int, not a Kind"),
        pytest.raises(UnknownRecord, match="add_kind"),
    ):
        unpack(kept, lambda name: np.empty(0))


def test_two_kinds_cannot_have_one_name(guests, tmp_path):
    one, other = importing(tmp_path, "guest_tags"), importing(tmp_path, "guest_tags_again")
    kinds.add_kind(one.TAGS)
    with pytest.raises(ValueError, match="a kind of labels called Tags already"):
        kinds.add_kind(other.TAGS)
    with pytest.raises(TypeError, match="cannot keep a Tags"):
        pack(other.Tags(()), lambda array: "")


def importing(folder, name):
    """A module that holds the kind of labels Tags, imported anew."""
    (folder / f"{name}.py").write_text(TAGS)
    sys.modules.pop(name, None)
    return importlib.import_module(name)
