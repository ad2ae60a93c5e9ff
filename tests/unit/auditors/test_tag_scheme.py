"""tag_scheme: one fault a word that breaks the scheme, by name."""

import pytest

from reliabel.auditors import tag_scheme
from reliabel.core.labels import Grouped, Spans

GOOD = {
    "IOB2": ("B-LOC", "I-LOC", "O", "B-PER"),
    "IOB1": ("I-LOC", "I-LOC", "O", "I-PER"),
    "IOBES": ("B-LOC", "E-LOC", "O", "S-PER"),
    "BILOU": ("B-LOC", "L-LOC", "O", "U-PER"),
}


def audited(*tags: tuple[str, ...]):
    labels = Grouped(Spans([], [], [], ("LOC", "PER")), [0] * (len(tags) + 1))
    return tag_scheme.audit(labels, tags=list(tags))


@pytest.mark.parametrize("scheme", GOOD)
def test_what_keeps_its_scheme_has_no_fault(scheme):
    found = audited(GOOD[scheme], GOOD[scheme])
    assert found.items == []
    assert found.info["scheme"] == scheme


@pytest.mark.parametrize(
    ("scheme", "tags", "word", "kind"),
    [
        ("IOB2", ("O", "I-LOC"), 1, "starts inside"),
        ("IOB2", ("B-PER", "I-LOC"), 1, "changes type"),
        ("IOB2", ("O", "S-LOC"), 1, "other scheme"),
        ("IOB2", ("O", "LOC"), 1, "no tag"),
        ("IOB1", ("O", "B-LOC"), 1, "needless B"),
        ("IOBES", ("B-LOC", "O"), 1, "not ended"),
        ("IOBES", ("O", "B-LOC"), 1, "not ended"),
        ("IOBES", ("O", "I-LOC", "E-LOC"), 1, "starts inside"),
    ],
)
def test_each_fault_by_name(scheme, tags, word, kind):
    found = audited(*[GOOD[scheme]] * 5, tags)
    assert found.info["scheme"] == scheme
    assert (found.items[0], found.kind[0], found.where[0]["word"]) == ((5,), kind, word)
    assert tags[word] in found.why[0]


def test_a_sentence_without_words_is_no_fault():
    assert audited((), GOOD["IOB2"], ()).items == []
