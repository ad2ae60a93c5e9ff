"""CoNLL files: what is read, and that everything that is not decided comes back to the byte."""

import numpy as np
import pytest

import reliabel as rl
from reliabel.core.labels import Classes, Spans
from reliabel.formats import conll

PLAIN = b"EU\tB-ORG\nrejects\tO\nGerman\tB-MISC\n\nPeter\tB-PER\nBlack\tI-PER\n"
FOUR = (
    b"-DOCSTART- -X- O O\n\n# sent_id = a1\nEU NNP B-NP B-ORG\nrejects VBZ B-VP O\r\n\n"
    b"# sent_id = a2\nPeter NNP B-NP I-PER\nBlack NNP I-NP I-PER\n\n\n-DOCSTART- -X- O O\n\n"
    b"# sent_id = a3\nNew NNP B-NP B-LOC\nYork NNP I-NP I-LOC"
)
UNIVERSAL = b"".join(
    b"# sent_id = s%d\n1-2\tdu\t_\t_\t_\t_\t_\t_\t_\t_\n1\tde\tde\tADP\t_\t_\t0\troot\t_\t_\n"
    b"2\tle\tle\tDET\t_\t_\t1\tdet\t_\t_\n\n" % number
    for number in range(3)
)


def made(tmp_path, content, name="a.conll"):
    path = tmp_path / name
    path.write_bytes(content)
    return path


def spans(data):
    bounds = zip(data.labels.offsets, data.labels.offsets[1:], strict=False)
    units = data.labels.units
    return [
        [(units.names[units.y[j]], int(units.start[j]), int(units.end[j])) for j in range(a, b)]
        for a, b in bounds
    ]


def test_two_columns_become_spans_of_words_and_the_task_is_said(tmp_path):
    data = rl.read(made(tmp_path, PLAIN))
    assert isinstance(data.labels.units, Spans)
    assert spans(data) == [[("ORG", 0, 1), ("MISC", 2, 3)], [("PER", 0, 2)]]
    assert data.evidence["items"][1] == ("Peter", "Black")
    assert data.evidence["tags"][0] == ("B-ORG", "O", "B-MISC")
    assert any("tagged text in the scheme IOB2: 3 spans" in note for note in data.source["notes"])


def test_four_columns_documents_ids_and_a_sentence_without_words(tmp_path):
    data = rl.read(made(tmp_path, FOUR))
    assert spans(data) == [[("ORG", 0, 1)], [("PER", 0, 2)], [("LOC", 0, 2)]]
    assert data.ids.items == ("a1", "a2", "a3")
    assert data.evidence["groups"].tolist() == [1, 1, 2]
    said = " ".join(data.source["notes"])
    assert "column 4 of 4" in said
    assert "1 sentence is empty (two blank lines in a row, line 11)" in said
    assert "1 tag does not follow the scheme" in said
    chunks = rl.read(made(tmp_path, FOUR), label=3)
    assert spans(chunks)[1] == [("NP", 0, 2)]


def test_tags_that_mark_no_spans_are_a_class_a_word(tmp_path):
    data = rl.read(made(tmp_path, FOUR), label=2)
    assert isinstance(data.labels.units, Classes)
    assert data.labels.units.names == ("NNP", "VBZ")
    assert data.labels.offsets.tolist() == [0, 2, 4, 6]
    universal = rl.read(made(tmp_path, UNIVERSAL, "a.conllu"))
    assert universal.labels.units.names == ("ADP", "DET")
    assert universal.evidence["items"][0] == ("de", "le")
    assert universal.ids.items == ("s0", "s1", "s2")
    named = rl.read(made(tmp_path, UNIVERSAL, "a.conllu"), label="DEPREL")
    assert named.labels.units.names == ("det", "root")


@pytest.mark.parametrize(
    "content", [PLAIN, FOUR, UNIVERSAL, b"\xef\xbb\xbf" + PLAIN, FOUR + b"\n\n\n"]
)
def test_a_file_without_changes_is_the_same_to_the_byte(tmp_path, content):
    path, out = made(tmp_path, content), tmp_path / "out.conll"
    how = rl.read(path).source["tagged"]
    conll.rewrite(path, out, {}, set(), encoding=how["encoding"], label=how["label"])
    assert out.read_bytes() == content


def test_only_what_is_decided_changes(tmp_path):
    path, out = made(tmp_path, FOUR), tmp_path / "out.conll"
    data = rl.read(path)
    decisions = [
        {"id": "a1", "unit": 0, "verdict": "change", "label": "LOC 0:2"},
        {"id": "a3", "unit": 0, "verdict": "drop"},
    ]
    done = rl.apply(data, decisions=decisions, out=out)
    assert (done["changed"], done["dropped"]) == (1, 1)
    new = FOUR.replace(
        b"EU NNP B-NP B-ORG\nrejects VBZ B-VP O", b"EU NNP B-NP B-LOC\nrejects VBZ B-VP I-LOC"
    )
    new = new.replace(b"B-NP B-LOC\nYork NNP I-NP I-LOC", b"B-NP O\nYork NNP I-NP O")
    assert out.read_bytes() == new


def test_a_sentence_that_goes_takes_its_comments_along(tmp_path):
    path, out = made(tmp_path, FOUR), tmp_path / "out.conll"
    rl.apply(rl.read(path), decisions=[{"id": "a2", "unit": None, "verdict": "drop"}], out=out)
    assert b"a2" not in out.read_bytes()
    assert spans(rl.read(out)) == [[("ORG", 0, 1)], [("LOC", 0, 2)]]


def test_spans_that_would_share_words_are_refused_with_the_sentence(tmp_path):
    path = made(tmp_path, PLAIN)
    change = [{"id": "0", "unit": 0, "verdict": "change", "label": "ORG 0:3"}]
    with pytest.raises(ValueError, match="sentence 0: the spans ORG 0:3 and MISC 2:3 share words"):
        rl.apply(rl.read(path), decisions=change, out=tmp_path / "out.conll")
    change = [{"id": "1", "unit": 0, "verdict": "change", "label": "PER 0:5"}]
    with pytest.raises(ValueError, match="sentence 1 has 2 words, the span PER 0:5 goes beyond"):
        rl.apply(rl.read(path), decisions=change, out=tmp_path / "out.conll")
    with pytest.raises(ValueError, match=r"written in its own format: end the name .* in .conll"):
        rl.apply(rl.read(path), decisions=[], out=tmp_path / "out.parquet")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (PLAIN + b"\nBroken\n", r"a.conll, line 8: 1 column where other lines have 2: 'Broken'"),
        (PLAIN + b"\na\tb\tO\n", r"line 8: 3 columns where other lines have 2"),
        (b"one\n\ntwo\n", r"a.conll, line 1: one column \('one'\)"),
        (b"# only = comments\n\n", "holds no line with a word and its tag"),
        (b"a\tB-X\n\xff\tO\n", "a.conll, line 2: byte 0xff cannot be read as UTF-8"),
    ],
)
def test_a_broken_line_gets_its_place(tmp_path, content, sentence):
    with pytest.raises(ValueError, match=sentence):
        rl.read(made(tmp_path, content))


def test_a_column_that_is_not_there_is_refused(tmp_path):
    for label in (1, 5, "NER"):
        with pytest.raises(ValueError, match="has 4 columns, the words in column 1; label="):
            rl.read(made(tmp_path, FOUR), label=label)


def test_tags_of_other_schemes_and_tags_that_are_none_are_said(tmp_path):
    mixed = PLAIN + b"\nOslo\tU-LOC\n\nRome\tLOC\nis\tO\n"
    data = rl.read(made(tmp_path, mixed))
    said = " ".join(data.source["notes"])
    assert (
        "1 words have a tag that is none of the scheme (LOC), the first is word 0 of sentence 3"
        in said
    )
    assert "2 tags do not follow the scheme" in said
    assert spans(data)[2:] == [[("LOC", 0, 1)], []]


def test_hashes_are_words_where_tags_follow_them(tmp_path):
    data = rl.read(made(tmp_path, b"#oslo\tB-LOC\nrules\tO\n\n# id 7\tx\nPeter\tB-PER\n"))
    assert [item[0] for item in data.evidence["items"]] == ["#oslo", "Peter"]


def test_numbered_words_and_names_of_columns(tmp_path):
    german = b"#\thttp://x\n1\tEU\tB-ORG\tO\n2\tist\tO\tO\n\n#\ty\n1\tOslo\tB-LOC\tO\n\n"
    data = rl.read(made(tmp_path, german))
    assert data.evidence["items"][0] == ("EU", "ist")
    assert spans(data) == [[("ORG", 0, 1)], [("LOC", 0, 1)]]
    head = b"TOKEN\tNER\nEU\tB-ORG\nist\tO\n\nOslo\tB-LOC\n"
    data = rl.read(made(tmp_path, head, "a.tsv"))
    assert data.source["columns"]["label"] == "NER"
    assert len(data.labels) == 2


def test_a_table_of_words_and_tags_stays_a_table(tmp_path):
    table = b"word\ttag\nEU\tB-ORG\nrejects\tO\nGerman\tB-MISC\n"
    data = rl.read(made(tmp_path, table, "a.tsv"), label="tag")
    assert isinstance(data.labels, Classes)


def test_packed_files_and_samples(tmp_path):
    import gzip

    path = made(tmp_path, gzip.compress(PLAIN), "a.conll.gz")
    assert len(rl.read(path).labels) == 2
    part = rl.read(path, rows=1, seed=1)
    assert len(part.labels) == 1
    out = tmp_path / "out.conll"
    rl.apply(part, decisions=[{"id": part.ids.item(0), "unit": 0, "verdict": "drop"}], out=out)
    assert len(rl.read(out).labels) == 2


def test_words_and_tags_are_written_in_two_columns(tmp_path):
    path = tmp_path / "new.conll"
    conll.write(path, [("a", "b"), ("c",)], [("O", "B-X"), ("O",)])
    assert path.read_text() == "a\tO\nb\tB-X\n\nc\tO\n\n"
    assert np.array_equal(rl.read(path).labels.offsets, [0, 1, 1])


def only(path, out, label, **more):
    """What one decision on the first span changes: the lines that differ, before and after."""
    data = rl.read(path, **more)
    where = next(item for item, held in enumerate(spans(data)) if held)
    one = [{"id": data.ids.item(where), "unit": 0, "verdict": "change", "label": label}]
    rl.apply(data, decisions=[], out=out)
    assert out.read_bytes() == path.read_bytes()
    rl.apply(data, decisions=one, out=out, overwrite=True)
    pairs = zip(path.read_text().split("\n"), out.read_text().split("\n"), strict=True)
    return [(old, new) for old, new in pairs if old != new]


def test_tags_without_prefixes_need_no_suffix_and_the_first_is_no_header(tmp_path):
    text = b"Oslo\tplace\nis\tO\n\nAda\tperson\nin\tO\n\nit\tO\nRome\tplace\nnow\tO\n"
    path = made(tmp_path, text, "a.txt")
    data = rl.read(path)
    assert spans(data) == [[("place", 0, 1)], [("person", 0, 1)], [("place", 1, 2)]]
    assert only(path, tmp_path / "out.txt", "person") == [("Oslo\tplace", "Oslo\tperson")]


def test_brackets_around_spans_as_in_conll_2012(tmp_path):
    rows = ["Ada (PERSON*", "King *)", "saw *", "Rome (GPE)", "now *"]
    lines = [
        f"a/b 0 {n} {row.split()[0]} NN * - - - - {row.split()[1]} (ARG0*) -"
        for n, row in enumerate(rows)
    ]
    other = "a/b 0 0 Yes UH * - - - - * -"  # further columns differ from sentence to sentence
    text = "\n".join(["#begin document (a/b); part 000", *lines, "", other, "", "#end document"])
    path = made(tmp_path, text.encode(), "a.gold_conll")
    data = rl.read(path)
    assert spans(data) == [[("PERSON", 0, 2), ("GPE", 3, 4)], []]
    assert "brackets of column 11" in data.source["notes"][0]
    assert only(path, tmp_path / "out.gold_conll", "GPE") == [
        (lines[0], lines[0].replace("(PERSON*", "(GPE*"))
    ]
    broken = text.replace("saw NN * - - - - *", "saw NN * - - - - *)")
    with pytest.raises(ValueError, match=r"a.gold_conll, line 2: '\*\)' opens a bracket within"):
        rl.read(made(tmp_path, broken.encode(), "a.gold_conll"))


def test_tags_under_a_key_of_misc(tmp_path):
    misc = ["name=B-PER", "SpaceAfter=No|name=I-PER", "name=O"]
    lines = [f"{n}\tw{n}\t_\tX\t_\t_\t0\troot\t_\t{told}" for n, told in enumerate(misc, 1)]
    path = made(tmp_path, "\n".join([*lines, "", *lines, ""]).encode(), "a.conllu")
    data = rl.read(path)
    assert spans(data) == [[("PER", 0, 2)]] * 2
    assert rl.read(path, label="UPOS").labels.units.names == ("X",)
    assert spans(rl.read(path, label="MISC:name")) == spans(data)
    assert only(path, tmp_path / "out.conllu", "PER 0:1") == [
        (lines[1], lines[1].replace("I-PER", "O"))
    ]


def test_of_spans_within_spans_the_outer_column_is_taken(tmp_path):
    text = b"1\tAda\tB-ORG\tB-PER\n2\tLtd\tI-ORG\tO\n\n1\tOslo\tB-PER\tO\n2\tis\tB-ORG\tB-ORG\n\n"
    data = rl.read(made(tmp_path, text))
    assert spans(data)[0] == [("ORG", 0, 2)]
    assert "column 3 of 4; column 4 holds tags too (label=4)" in data.source["notes"][0]


def test_words_without_tags_are_refused_and_a_mark_alone_in_a_line_is_blank(tmp_path):
    for text in (b"Oslo\nis\nhere\n\nAda\nis\nthere\n\nit\nis\nso\n", b"1\ta\n2\tb\n3\tc\n\n" * 3):
        with pytest.raises(ValueError, match="but no column of tags"):
            rl.read(made(tmp_path, text, "words.txt"))
    marked = made(tmp_path, PLAIN + b"\xef\xbb\xbf\n")
    assert len(rl.read(marked).labels) == 2
    out = tmp_path / "out.conll"
    rl.apply(rl.read(marked), decisions=[], out=out)
    assert out.read_bytes() == marked.read_bytes()
