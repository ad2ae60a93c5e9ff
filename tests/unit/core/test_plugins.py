"""What other packages announce: found without importing them, and left out with a warning where it
is broken.
"""

import sys
import warnings
from importlib.metadata import EntryPoint

import numpy as np
import pytest

import reliabel as rl
from reliabel.core import catalogue as catalogue_module
from reliabel.core import plugins
from reliabel.core.catalogue import catalogue, find
from reliabel.core.evidence import EVIDENCE

GOOD = '''"""Guest share."""
def measure(labels: Classes) -> Measure: ...
'''


def guests():
    return [entry for entry in catalogue() if not entry.ours]


def test_an_algorithm_is_found_and_its_package_is_not_imported(tmp_path, install):
    package = tmp_path / "guest_package"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('imported')\n")
    (package / "guest_share.py").write_text(GOOD)
    install(values=["guest_package.guest_share"])
    assert [(e.verb, e.name, e.module) for e in guests()] == [
        ("measure", "guest_share", "guest_package.guest_share")
    ]
    assert "guest_package" not in sys.modules


BROKEN = {
    "not there": ("not_there_at_all", None, "the module 'not_there_at_all' cannot be found"),
    "no such part": ("json.not_there", None, "the module 'json.not_there' cannot be found"),
    "part of a file": ("broken_a.part", GOOD, "the module 'broken_a.part' cannot be found"),
    "built in": ("sys", None, r"the module 'sys' has no source file \(.py\)"),
    "cannot be parsed": ("broken_b", "def measure(:\n", "invalid syntax"),
    "no text": ("broken_c", b"\xff\xfe\x00", "can't decode|null bytes|codec"),
    "no verb": ("broken_d", "def judge(labels: Classes) -> Measure: ...\n", "no function named"),
    "grammar": (
        "broken_e",
        "def measure(labels: Classes, *, level) -> Measure: ...\n",
        "option 'level' has no default",
    ),
    "name of ours": (
        "broken_f",
        "ALSO = ('self_confidence',)\ndef audit(labels: Classes) -> Suspicion: ...\n",
        "two files answer to 'self_confidence' for audit",
    ),
    "bad constant": (
        "broken_g",
        "STATUS = 'stable'\ndef audit(labels: Classes) -> Suspicion: ...\n",
        "STATUS is 'stable', must be one of",
    ),
    "no literal": (
        "broken_h",
        "SMALL = dict(k=3)\ndef audit(labels: Classes) -> Suspicion: ...\n",
        "SMALL must be a literal",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_algorithm_is_left_out_with_one_warning(case, install):
    value, source, sentence = BROKEN[case]
    install(good_share=GOOD)
    install(values=[value], **({} if source is None else {value.split(".")[0]: source}))
    with pytest.warns(UserWarning, match=sentence) as told:
        assert [entry.name for entry in guests()] == ["good_share"]
    assert len(told) == 1
    assert f"= {value} of an unknown package is left out" in str(told[0].message)
    assert find("audit", "self_confidence").ours
    catalogue_module._catalogue.cache_clear()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        catalogue()  # warned once


def test_the_warning_names_the_package(install, monkeypatch):
    class Distribution:
        name, version = "guests-of-honour", "1.2"

    install(values=["not_there_at_all"])
    monkeypatch.setattr(EntryPoint, "dist", Distribution(), raising=False)
    with pytest.warns(UserWarning, match=r"of the package guests-of-honour 1\.2 is left out"):
        catalogue()


def test_a_broken_file_of_ours_raises(tmp_path, monkeypatch):
    bad = tmp_path / "bad.py"
    bad.write_text("STATUS = 'stable'\ndef audit(labels: Classes) -> Suspicion: ...\n")
    catalogue_module._own.cache_clear()
    catalogue_module._catalogue.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr(
            catalogue_module, "_files", lambda folder: [bad] if folder.name == "auditors" else []
        )
        patch.setattr(catalogue_module, "_module", lambda path, root: "reliabel.auditors.bad")
        with pytest.raises(ValueError, match="STATUS is 'stable'"):
            catalogue()
    assert len(catalogue()) > 50


def test_a_default_guest_that_cannot_be_imported_does_not_stop_an_audit(install):
    install(
        guest_lame="import not_there_at_all\nSTATUS = 'default'\n"
        "def audit(labels: Classes, *, probs: Floats) -> Suspicion: ...\n"
    )
    labels, probs = rl.Classes(np.arange(60) % 2), np.tile([[0.9, 0.1], [0.1, 0.9]], (30, 1))
    done = rl.audit(labels, probs=probs)
    assert "self_confidence" in done.opinions
    assert done.skipped["guest_lame"].startswith("cannot be imported: ModuleNotFoundError")
    with pytest.raises(ModuleNotFoundError):
        rl.audit(labels, probs=probs, by=["guest_lame"])


WORD = """from reliabel.core.evidence import EvidenceSpec
LOUDNESS = EvidenceSpec("loudness", "row", ("n",), "(n,) how loud each recording is")
"""


def test_evidence_is_announced_too(install):
    install(plugins.EVIDENCE_GROUP, ["guest_words:LOUDNESS"], guest_words=WORD)
    install(
        guest_loud="def audit(labels: Classes, *, loudness: Floats) -> Suspicion: ...\n",
    )
    assert find("audit", "guest_loud").needs == {"loudness"}


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("LOUDNESS = 1\n", "TypeError: it is a int, not an EvidenceSpec"),
        ("raise RuntimeError('no sound card')\n", "RuntimeError: no sound card"),
        ("", "AttributeError: module .* has no attribute 'LOUDNESS'"),
        (WORD.replace('"loudness"', '"probs"'), "ValueError: evidence 'probs' exists"),
        (WORD.replace('"row"', '"rows"'), "ValueError: the level of loudness must be one of"),
    ],
)
def test_broken_evidence_is_left_out_with_a_warning(source, sentence, install):
    name = f"guest_word_{abs(hash(sentence))}"
    install(plugins.EVIDENCE_GROUP, [f"{name}:LOUDNESS"], **{name: source})
    with pytest.warns(UserWarning, match=sentence):
        assert len(catalogue()) > 50
    assert "loudness" not in EVIDENCE
