"""A new kind of evidence is one record: from then on it is checked, sliced, lifted, given by
keyword or in a data set, kept in folders, and asked for by algorithms, with no other edit.
"""

import numpy as np
import pytest

import reliabel as rl
from reliabel.core import plugins
from reliabel.core.catalogue import find
from reliabel.core.evidence import EVIDENCE, EvidenceSpec, check, register
from reliabel.folders.audit_folder import load, save

AUDITOR = '''"""Guest loudness: a label is suspect as far as its recording is loud."""
import numpy as np
from reliabel.core.labels import Classes, Floats
from reliabel.core.results import Suspicion


def audit(labels: Classes, *, loudness: Floats) -> Suspicion:
    assert loudness.shape == labels.y.shape
    return Suspicion(loudness / 10, labels.y == 1)
'''
MEASURE = '''"""Guest volume: the mean loudness."""
from reliabel.core.labels import Labels, Floats
from reliabel.core.results import Measure


def measure(labels: Labels, *, loudness: Floats) -> Measure:
    return Measure(float(loudness.mean()), float("nan"), float("nan"))
'''
LOUDNESS = EvidenceSpec("loudness", "row", ("n",), "(n,) how loud each recording is")
LABELS = rl.Classes(np.array([0, 1, 0, 1]), ("cat", "dog"))
LOUD = np.array([1.0, 9.0, 2.0, 3.0])
PROBS = np.tile([[0.9, 0.1], [0.1, 0.9]], (2, 1))


@pytest.fixture
def guests(install):
    install(guest_loudness=AUDITOR, guest_volume=MEASURE)
    register(LOUDNESS)


def audit(labels, **words):
    return rl.audit(labels, by=["guest_loudness"], **words)


def test_it_is_given_by_keyword_or_in_the_data(guests):
    assert find("audit", "guest_loudness").needs == {"loudness"}
    by_keyword = audit(LABELS, probs=PROBS, loudness=LOUD.tolist())
    in_the_data = audit(rl.Dataset(LABELS, {"probs": PROBS, "loudness": LOUD}))
    for done in (by_keyword, in_the_data):
        assert done.opinions["guest_loudness"].score.tolist() == [0.1, 0.9, 0.2, 0.3]
        assert done.data.evidence["loudness"].tolist() == LOUD.tolist()
    assert rl.measure(LABELS, by="guest_volume", loudness=LOUD).value == 3.75
    with pytest.raises(ValueError, match="guest_loudness cannot run: needs loudness"):
        audit(LABELS, probs=PROBS)


@pytest.mark.parametrize("call", [audit, lambda *a, **w: rl.measure(*a, by="guest_volume", **w)])
def test_it_is_checked(guests, call):
    with pytest.raises(ValueError, match="loudness has 3 rows for 4 items"):
        call(LABELS, loudness=LOUD[:3])
    with pytest.raises(
        ValueError, match=r"loudness must be \(n,\) how loud each recording is, got"
    ):
        call(LABELS, loudness=LOUD[:, None])
    with pytest.raises(ValueError, match="loudness must be numbers, got <U5"):
        call(LABELS, loudness=["quiet"] * 4)
    with pytest.raises(ValueError, match=r"has no .* 'loudnes', did you mean 'loudness'"):
        call(LABELS, loudnes=LOUD)


def test_it_is_lifted_to_columns_and_to_units(guests):
    many = rl.MultiLabel(np.array([[1, 0], [0, 1]]), ("loud", "near"))
    done = audit(many, loudness=LOUD[:2])
    assert done.opinions["guest_loudness"].score.tolist() == [0.1, 0.1, 0.9, 0.9]
    tokens = rl.Grouped(LABELS, np.array([0, 1, 4]))
    done = audit(tokens, loudness=LOUD)
    assert done.opinions["guest_loudness"].score.tolist() == [0.1, 0.9, 0.2, 0.3]
    sentence = r"needs loudness for each unit \(4\), got them for each item \(2\)"
    with pytest.raises(ValueError, match=sentence):
        audit(tokens, loudness=LOUD[:2])


def test_a_record_says_how_it_is_lifted(guests):
    many = rl.MultiLabel(np.array([[1, 0], [0, 1]]), ("loud", "near"))
    table = EvidenceSpec(
        *("loudness", "row", ("n", "k"), "(n, k) how loud each class is"),
        column=lambda value, column: value[:, column],
    )
    EVIDENCE["loudness"] = table  # the table is a mapping
    done = audit(many, loudness=LOUD.reshape(2, 2))
    assert done.opinions["guest_loudness"].score.tolist() == [0.1, 0.9, 0.2, 0.3]
    EVIDENCE["loudness"] = EvidenceSpec("loudness", "row", ("n",), "(n,) how loud", column=None)
    sentence = "uses loudness, which cannot be given for one class of a multi-label set"
    with pytest.raises(ValueError, match=sentence):
        audit(many, loudness=LOUD[:2])


def test_it_is_kept_in_the_folder(guests, tmp_path):
    save(audit(LABELS, probs=PROBS, loudness=LOUD), tmp_path / "folder")
    again = load(tmp_path / "folder")
    assert again.data.evidence["loudness"].tolist() == LOUD.tolist()
    assert again.opinions["guest_loudness"].score.tolist() == [0.1, 0.9, 0.2, 0.3]
    del EVIDENCE["loudness"]  # a folder is read where the package is not installed, too
    assert load(tmp_path / "folder").data.evidence["loudness"].tolist() == LOUD.tolist()


def test_other_verbs_take_it_or_refuse_it(guests):
    with pytest.raises(ValueError, match="symmetric does not use loudness"):
        rl.corrupt(LABELS, loudness=LOUD)
    votes = rl.Votes(np.arange(4), np.zeros(4, int), LABELS, n=4, w=1)
    with pytest.raises(ValueError, match="auto uses votes, features, gold, probs, got loudness"):
        rl.aggregate(votes, loudness=LOUD)
    with pytest.raises(ValueError, match="majority does not use loudness"):
        rl.aggregate(votes, by="majority", loudness=LOUD)
    with pytest.raises(ValueError, match="loudness has 3 rows for 4 items"):
        rl.aggregate(votes, by="majority", loudness=LOUD[:3])


def test_a_package_may_announce_it(install):
    record = "from tests.unit.core.test_guest_evidence import LOUDNESS\n"
    install(plugins.EVIDENCE_GROUP, ["guest_loud_record:LOUDNESS"], guest_loud_record=record)
    install(guest_loudness=AUDITOR)
    done = audit(LABELS, probs=PROBS, loudness=LOUD)
    assert done.opinions["guest_loudness"].score.tolist() == [0.1, 0.9, 0.2, 0.3]


def test_without_the_record_it_is_unknown():
    with pytest.raises(ValueError, match="audit has no keyword 'loudness'; options of an auditor"):
        rl.audit(LABELS, probs=PROBS, loudness=LOUD)
    with pytest.raises(ValueError, match="unknown evidence 'loudness'"):
        check(LABELS, {"loudness": LOUD})
