import ast

import pytest

from reliabel.core import catalogue as module
from reliabel.core.catalogue import catalogue, find, kinds, nearest, read_file
from reliabel.core.evidence import EVIDENCE, EvidenceSpec

HEAD = '"""Title: idea.\n\nAssumes x.  Cost: O(n).  Paper: A, B. Title.\nVenue 2020.\n"""\n'


def written(tmp_path, body, name="method.py", head=HEAD):
    path = tmp_path / name
    path.write_text(head + body)
    return path


def test_a_file_says_everything_of_itself(tmp_path):
    body = (
        "import scipy\nimport torch\nSTATUS = 'default'\nALSO = ('m',)\nFINDS = 'outlier'\nSMALL = "
        "{'epochs': 3}\n"
        "def audit(labels: Classes | Numbers, *, probs: Floats, features: Floats | None = None, "
        "rng: Generator,"
        " epochs: int = 50) -> Suspicion | Faults:\n    pass\n"
    )
    entry = read_file(written(tmp_path, body), "audit", "somewhere.method")
    assert (entry.name, entry.also, entry.status, entry.finds) == (
        "method",
        ("m",),
        "default",
        "outlier",
    )
    assert (entry.summary, entry.paper) == ("Title: idea.", "A, B. Title. Venue 2020.")
    assert entry.takes == {"Classes", "Numbers"}
    assert entry.needs == {"probs", "rng"}
    assert entry.accepts == {"probs", "features", "rng"}
    assert entry.options == {"epochs": 50}
    assert entry.small == {"epochs": 3}
    assert entry.returns == ("Suspicion", "Faults")
    assert entry.extras == {"torch"}


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        ("Classes", ["Classes"]),
        ("'Classes'", ["Classes"]),
        ("Votes[Classes | Numbers]", ["Votes[Classes]", "Votes[Numbers]"]),
        ("Votes[Grouped[Classes]] | Soft", ["Soft", "Votes[Grouped[Classes]]"]),
        (
            "Grouped[Classes] | Grouped[Soft] | Labels",
            ["Grouped[Classes]", "Grouped[Soft]", "Labels"],
        ),
    ],
)
def test_the_grammar_of_annotations(annotation, expected):
    assert sorted(kinds(ast.parse(annotation, mode="eval").body, "x.py")) == expected


@pytest.mark.parametrize(
    "annotation",
    [
        "list[Classes]",
        "Optional[Classes]",
        "core.Classes",
        "Votes[Classes, Numbers]",
        "Votes[int | list[str]]",
        "3",
    ],
)
def test_anything_else_is_refused_with_the_file_name(annotation):
    with pytest.raises(ValueError, match=r"x.py: cannot read the annotation"):
        kinds(ast.parse(annotation, mode="eval").body, "x.py")


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("def learn(labels: Classes) -> Model: ...", r"method.py: no public function audit"),
        ("def audit(labels, *, probs) -> Suspicion: ...", "takes one annotated label set"),
        (
            "def audit(labels: Classes, probs: Floats) -> Suspicion: ...",
            "takes one annotated label set",
        ),
        ("def audit(labels: Classes, **rest) -> Suspicion: ...", r"no \* or \*\* parameters"),
        (
            "def audit(labels: Classes, *, prob: Floats) -> Suspicion: ...",
            "option 'prob' has no default, and it is no evidence, did you mean 'probs'",
        ),
        (
            "def audit(labels: Classes, *, k: int = K) -> Suspicion: ...",
            "the default of 'k' must be a literal, got K",
        ),
        (
            "def audit(labels: Classes, *, k: list = []) -> Suspicion: ...",
            "the default of 'k' must be immutable",
        ),
        ("def audit(labels: Classes): ...", "audit needs a return annotation"),
        (
            "STATUS = 'stable'\ndef audit(labels: Classes) -> Suspicion: ...",
            "STATUS is 'stable', must be one of 'default', 'optional', 'experimental'",
        ),
        (
            "SKILL = False\ndef audit(labels: Classes) -> Suspicion: ...",
            "SKILL is for aggregate, this file is audit",
        ),
        (
            "ALSO = 'mv'\ndef audit(labels: Classes) -> Suspicion: ...",
            "ALSO is 'mv', must be a tuple",
        ),
        (
            "ALSO = (1,)\ndef audit(labels: Classes) -> Suspicion: ...",
            r"ALSO is \(1,\), must hold texts only",
        ),
        (
            "SMALL = dict(k=3)\ndef audit(labels: Classes) -> Suspicion: ...",
            "SMALL must be a literal",
        ),
    ],
)
def test_a_file_that_does_not_keep_to_the_grammar_is_refused(tmp_path, body, sentence):
    with pytest.raises(ValueError, match=sentence):
        read_file(written(tmp_path, body + "\n"), "audit", "x")


def test_an_aggregator_says_that_it_weighs_all_workers_alike(tmp_path):
    body = "def aggregate(votes: Votes[Classes]) -> Consensus[Soft]: ...\n"
    assert read_file(written(tmp_path, body), "aggregate", "x").skill
    assert not read_file(written(tmp_path, "SKILL = False\n" + body), "aggregate", "x").skill
    with pytest.raises(ValueError, match="SKILL is 'no', must be a bool"):
        read_file(written(tmp_path, "SKILL = 'no'\n" + body), "aggregate", "x")


def test_batch_is_the_one_parameter_without_default_that_is_no_evidence(tmp_path):
    entry = read_file(
        written(
            tmp_path, "def acquire(labels: Classes, *, batch: int, probs: Floats) -> Picks: ...\n"
        ),
        "acquire",
        "x",
    )
    assert entry.options == {}
    assert entry.needs == {"probs"}


def test_find_knows_other_names_and_gives_the_nearest():
    assert find("audit", "cl").name == "confident_learning"
    assert find("audit", "self-confidence").name == "self_confidence"
    with pytest.raises(
        ValueError,
        match=r"no auditor is called 'self_confidense', did you mean 'self_confidence'\?",
    ):
        find("audit", "self_confidense")


def test_a_renamed_method_warns_for_one_release(monkeypatch):
    monkeypatch.setitem(module.RENAMED, ("audit", "old_word"), "self_confidence")
    with pytest.warns(FutureWarning, match="old_word is now called self_confidence"):
        assert find("audit", "old_word").name == "self_confidence"


def test_nothing_near_gives_nothing():
    assert nearest("zzz", ["text"]) == ""


def test_loading_gives_the_function():
    assert find("corrupt", "symmetric").load().__name__ == "corrupt"


def test_two_files_may_not_answer_to_one_name():
    entries = [entry for entry in catalogue() if entry.name == "self_confidence"]
    twin = read_file(entries[0].path, "audit", "elsewhere")
    with pytest.raises(ValueError, match="two files answer to 'self_confidence' for audit"):
        module._distinct([*entries, twin])


def test_a_missing_extra_is_named(tmp_path):
    entry = read_file(
        written(
            tmp_path,
            "import ray\ndef audit(labels: Classes) -> Suspicion: ...\n",
            "needs_ray_nowhere.py",
        ),
        "audit",
        "needs_ray_nowhere",
    )
    assert entry.extras == {"ray"}
    with pytest.raises(
        ModuleNotFoundError, match=r"needs needs_ray_nowhere: pip install 'reliabel\[ray\]'"
    ):
        entry.load()


def test_constants_may_be_annotated_and_are_left_out_by_most(tmp_path):
    body = "STATUS: str = 'default'\ndef audit(labels: Classes) -> Suspicion: ...\n"
    entry = read_file(written(tmp_path, body), "audit", "x")
    assert (entry.status, entry.also, entry.small, entry.finds) == ("default", (), {}, "label")


def test_evidence_registered_by_a_package_does_not_change_our_files(tmp_path, monkeypatch):
    monkeypatch.setitem(EVIDENCE, "rate", EvidenceSpec("rate", "row", ("n",), "(n,) a rate"))
    assert find("corrupt", "symmetric").options == {"rate": 0.2}
    theirs = written(tmp_path, "def audit(labels: Classes, *, rate: Floats) -> Suspicion: ...\n")
    assert read_file(theirs, "audit", "elsewhere").needs == {"rate"}


def test_our_room_of_a_library_needs_the_library(monkeypatch):
    """A learner that imports reliabel.ops.torch alone cannot run without torch."""
    real = module.find_spec
    monkeypatch.setattr(module, "find_spec", lambda name: None if name == "torch" else real(name))
    assert find("learn", "cross_entropy").missing_extras() == ("torch",)
    assert find("learn", "noise_ignorant").missing_extras() == ()


def test_a_method_on_a_file_of_ours_needs_what_that_file_does():
    assert find("audit", "region_majority").extras == {"pictures"}
