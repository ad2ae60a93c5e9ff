"""Tagged text from the file to the mended file: findings with their words, sheet, page, review."""

import json

import numpy as np
import pytest

import reliabel as rl
from reliabel.core.evidence import TokenProbs
from reliabel.core.results import Corrupted
from reliabel.core.words import Words
from reliabel.review.cards import Cards
from reliabel.review.opening import open_log
from reliabel.verbs.corrupt import write_corrupted_text

LINE = "He flew to {0} on Monday and met {1} there"
PLACES, PEOPLE = ("Oslo", "Rome", "New York"), ("Ann Lee", "Bob Ray")


def text(n=60):
    """Sentences of which three have a place called a person."""
    out = []
    for row in range(n):
        place, who = PLACES[row % 3], PEOPLE[row % 2]
        words, tags = [], []
        for word in LINE.split():
            held = {"{0}": place, "{1}": who}.get(word, word).split()
            kind = {"{0}": "LOC", "{1}": "PER"}.get(word)
            kind = "PER" if kind == "LOC" and row in (4, 20, 41) else kind
            words += held
            tags += [f"{'I' if at else 'B'}-{kind}" if kind else "O" for at in range(len(held))]
        out.append("".join(f"{w}\t{t}\n" for w, t in zip(words, tags, strict=True)))
    return "\n".join(out)


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tagged")
    (folder / "news.conll").write_text(text())
    audit = rl.audit(rl.read(folder / "news.conll"), by=["tag_consistency"])
    rl.save(audit, folder / "news.audit")
    return folder, audit


def test_findings_show_the_words_with_the_span_marked(audited):
    _, audit = audited
    first = next(f for f in audit.findings if f.item == 41)
    assert first.given == "PER 3:5"
    assert first.where == {
        "words": [3, 5],
        "text": "He flew to [New York] on Monday and met Bob Ray there",
    }


def test_the_folder_keeps_words_and_tags(audited):
    folder, audit = audited
    again = rl.load(folder / "news.audit")
    assert again.data.evidence["items"] == audit.data.evidence["items"]
    assert type(again.data.evidence["items"][0]) is Words
    assert again.data.evidence["tags"] == audit.data.evidence["tags"]
    assert again.findings[0].where == audit.findings[0].where
    page = (folder / "news.audit" / "findings.csv").read_text()
    assert "He flew to [New York] on Monday" in page


def test_report_and_review_mark_the_words(audited):
    folder, _ = audited
    page = rl.report(folder / "news.audit")
    assert "<mark>New York</mark>" in str(page)
    assert rl.judge(folder / "news.audit").card.item["text"].count("[") == 1
    review = open_log(folder / "news.audit")
    card = Cards(review).card(82)
    assert card.item[0].value == "He flew to New York on Monday and met Bob Ray there"
    assert [(one.start, one.end, one.label) for one in card.spans] == [(11, 19, "PER")]
    assert card.given == "PER 3:5"


def test_a_span_with_other_words_can_be_typed(audited, tmp_path):
    _, audit = audited
    rl.save(audit, tmp_path / "own.audit")
    sitting = rl.judge(tmp_path / "own.audit")
    sitting.change("PER 0:2")
    sitting.change("l")
    with pytest.raises(ValueError, match="is no single class"):
        sitting.change("place 0:2")
    assert [one.label for one in rl.log(tmp_path / "own.audit").decisions()] == ["PER 0:2", "LOC"]


def test_decisions_come_back_into_the_file(audited):
    folder, _ = audited
    decisions = [{"id": "41", "unit": 0, "verdict": "change", "label": "LOC", "who": "ann"}]
    out = folder / "mended.conll"
    done = rl.apply(folder / "news.audit", decisions=decisions, out=out)
    assert done["changed"] == 1
    was, new = text().splitlines(), out.read_text().splitlines()
    changed = [(a, b) for a, b in zip(was, new, strict=True) if a != b]
    assert changed == [("New\tB-PER", "New\tB-LOC"), ("York\tI-PER", "York\tI-LOC")]


def test_probabilities_of_ones_own_tagger_come_along(tmp_path):
    path = tmp_path / "a.conll"
    path.write_text("a\tB-X\nb\tO\n\nc\tO\n")
    names = ["O", "B-X", "I-X"]
    rows = [[[0.1, 0.8, 0.1], [0.8, 0.1, 0.1]], [[1, 0, 0]]]
    lines = [{"probs": rows[0], "names": names}, {"probs": rows[1]}]
    (tmp_path / "p.jsonl").write_text("".join(json.dumps(one) + "\n" for one in lines))
    made = rl.read(path, probs=tmp_path / "p.jsonl").evidence["token_probs"]
    assert made.offsets.tolist() == [0, 2, 3]
    assert made.p[0] == pytest.approx([0.1, 0.8, 0.1])
    p = np.concatenate([np.array(part) for part in rows])
    np.savez(tmp_path / "p.npz", p=p, offsets=[0, 2, 3], names=names)
    again = rl.read(path, probs=tmp_path / "p.npz").evidence["token_probs"]
    assert np.allclose(again.p, made.p)
    pieces = [
        {"probs": [rows[0][0], rows[0][1], rows[0][1]], "names": names, "word_ids": [None, 0, 1]},
        {"probs": [[0.5, 0.5, 0], [1, 0, 0]], "word_ids": [0, 0]},
    ]
    (tmp_path / "q.jsonl").write_text("".join(json.dumps(one) + "\n" for one in pieces))
    joined = rl.read(path, probs=tmp_path / "q.jsonl").evidence["token_probs"]
    assert joined.p[:, 0] == pytest.approx([0.8, 0.8, 0.5])


def test_tags_without_probabilities_are_all_of_the_chance(tmp_path):
    path, told = tmp_path / "a.conll", tmp_path / "p.jsonl"
    path.write_text("a\tB-X\nb\tO\n\nc\tO\n")
    told.write_text('{"tags": ["B-X", "O", "O"], "word_ids": [0, 1, 1]}\n{"tags": ["B-X"]}\n')
    data = rl.read(path, probs=told)
    made = data.evidence["token_probs"]
    assert (made.names, made.p.argmax(1).tolist()) == (("B-X", "O"), [0, 1, 0])
    assert made.p.sum(1).tolist() == [1, 1, 1]
    assert any("tags without probabilities" in note for note in data.source["notes"])


@pytest.mark.parametrize(
    ("second", "sentence"),
    [
        ({"probs": [[1, 0]]}, "line 2: word 0 has 2 numbers, there are 3 tags"),
        ({"probs": [[1, 0, 0]] * 2}, r"has 2 rows for sentence 1 .* which has 1 words \(c\)"),
        ({"p": []}, "line 2: no list 'probs' with a row a word"),
    ],
)
def test_ragged_probabilities_get_their_place(tmp_path, second, sentence):
    path = tmp_path / "a.conll"
    path.write_text("a\tB-X\nb\tO\n\nc\tO\n")
    first = {"probs": [[1, 0, 0]] * 2, "names": ["O", "B-X", "I-X"]}
    lines = "".join(json.dumps(one) + "\n" for one in (first, second))
    (tmp_path / "p.jsonl").write_text(lines)
    with pytest.raises(ValueError, match=sentence):
        rl.read(path, probs=tmp_path / "p.jsonl")
    with pytest.raises(ValueError, match="holds 1 sentences, the text has 2"):
        rl.read(path, probs=TokenProbs([[1.0]], [0, 1], ["O"]))


@pytest.mark.parametrize("name", ["a.conll", "a.jsonl"])
def test_planted_errors_are_written_in_the_format_of_the_file(tmp_path, name):
    path, out = tmp_path / name, tmp_path / f"noisy-{name}"
    spans = {"text": "Ann saw Rome", "spans": [{"start": 0, "end": 3, "label": "PER", "by": 7}]}
    raw = {
        "a.conll": "Ann\tB-PER\nsaw\tO\nRome\tO\n\nBo\tB-PER\n",
        "a.jsonl": "".join(json.dumps(one) + "\n" for one in (spans, spans | {"text": "Bob"})),
    }
    path.write_text(raw[name])
    data = rl.read(path)
    units = rl.Spans([0, 2], [2, 3], [0, 1], ["PER", "LOC"])
    made = Corrupted(rl.Grouped(units, [0, 2, 2]), np.arange(2), np.ones(2, dtype=bool))
    write_corrupted_text(data, out, made)
    again = rl.read(out).labels
    assert again.offsets.tolist() == [0, 2, 2]
    assert [again.units.names[y] for y in again.units.y] == ["PER", "LOC"]
    assert again.units.end.tolist() == [2, 3]
    if name == "a.jsonl":
        assert json.loads(out.read_text().splitlines()[0])["spans"][0]["by"] == 7
    with pytest.raises(ValueError, match="is there already"):
        write_corrupted_text(data, out, made)


def test_a_text_without_a_tag_is_tagged_text_all_the_same(tmp_path):
    path = tmp_path / "none.txt"
    path.write_text("a O\nb O\n\nc O\n")
    data = rl.read(path)
    assert len(data.labels) == 2
    assert any("every tag is O" in note for note in data.source["notes"])
    assert rl.audit(data).findings == ()


def test_what_tagged_text_needs_is_foretold(audited):
    from reliabel.prepare import estimate

    (piece,) = estimate(audited[1].data)
    assert piece["piece"].startswith("token_probs")
    assert 0 < piece["seconds"] < 5
