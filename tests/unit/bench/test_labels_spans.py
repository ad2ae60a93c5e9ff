"""The suite's part on tagged text, on little data."""

from types import SimpleNamespace

import numpy as np
import pytest

from reliabel.bench import labels_spans, labels_spans_page
from reliabel.bench.generate import tagged
from reliabel.bench.run import Row
from reliabel.bench.span_pairs import kinds_of_errors, pair, pairs
from reliabel.bench.tagged_news import _article
from reliabel.core.labels import Grouped, Spans


def test_the_truth_depends_on_the_article():
    """A city is the team in sports; a family name is a person where the full name is near."""
    body = "Boston beat Dallas in Boston. Curt Schilling pitched. Schilling was fine."
    sports = {" ".join(w): s for w, s in _article("Sports", "A game", body)}
    first = sports["Boston beat Dallas in Boston ."]
    assert sorted(first) == [(0, 1, "ORG"), (2, 3, "ORG"), (4, 5, "LOC")]
    assert sports["Schilling was fine ."] == {(0, 1, "PER")}
    world = {" ".join(w): s for w, s in _article("World", "News", "Boston beat Dallas in Boston.")}
    assert {c for _, _, c in world["Boston beat Dallas in Boston ."]} == {"LOC"}


def test_each_unit_has_its_planted_kind():
    units = Spans([0, 2, 0], [1, 3, 2], [0, -1, 1], ("LOC", "PER"))
    gone = Grouped(Spans([0], [2], [0], ("LOC", "PER")), [0, 0, 1])
    made = SimpleNamespace(info={"kinds": ["type", ""], "missing": gone})
    kinds = labels_spans.true_kinds(Grouped(units, [0, 2, 3]), made)
    assert kinds.tolist() == ["type", "", ""]
    place = Grouped(Spans([0, 0], [1, 2], [0, -1], ("LOC", "PER")), [0, 1, 2])
    made = SimpleNamespace(info={"kinds": [""], "missing": gone})
    assert labels_spans.true_kinds(place, made).tolist() == ["", "missing"]


def test_ranking_is_over_all_that_is_planted():
    """Three planted, of which one is no unit: two found of three."""
    kinds = np.array(["type", "", "missing", ""], dtype=object)
    named = np.array(["type", "", "missing", ""], dtype=object)
    found = labels_spans._ranked(np.array([0.9, 0.2, 0.8, np.nan]), kinds, named, 3)
    assert found["average precision"] == pytest.approx(2 / 3)
    assert found["found type"] == found["named missing"] == 1


def test_generated_tags_keep_the_scheme_and_the_size():
    offsets, tags, probs = tagged(5_000)
    assert abs(len(tags) - 5_000) < 500
    assert offsets[-1] == len(tags) == len(probs)
    assert probs.sum(1) == pytest.approx(1, abs=1e-5)
    inside = np.flatnonzero((tags > 0) & (tags % 2 == 0))
    assert ((tags[inside - 1] == tags[inside]) | (tags[inside - 1] == tags[inside] - 1)).all()
    assert 0.8 < (probs.argmax(1) == tags).mean() < 1


def test_a_column_is_compared_with_the_clean_one(tmp_path):
    folder = tmp_path / "tokens"
    folder.mkdir()
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "ag_news_test.parquet").touch()
    clean = "[TOK]\tB-LOC\n[TOK]\tO\n\n[TOK]\tB-PER\n[TOK]\tI-PER\n\n"
    (folder / "noisebench_clean.iob2").write_text(clean * 50)
    (folder / "noisebench_noise_crowd.iob2").write_text(clean.replace("B-LOC", "B-ORG") * 50)
    rows = labels_spans.scenarios(quick=True, data=tmp_path)["spans-noisebench crowd"]()
    told = {row.metric: row.value for row in rows}
    assert told["100 - F1"] == 50
    assert told["share type"] == 0.5
    assert told["planted scheme faults found"] == 1


def test_sections_come_from_the_rows_alone():
    rows = [
        Row("spans-news 4 % of spans 0", "ag_news", "4 % of spans", 0, "P(wrong)", metric, value)
        for metric, value in (
            ("average precision", 0.8),
            ("count", 90.0),
            ("low", 50.0),
            ("high", 120.0),
            ("assumes", "slips"),
        )
    ]
    rows.append(
        Row("spans-news 4 % of spans 0", "ag_news", "4 % of spans", 0, "planted", "errors", 99.0)
    )
    rows += [Row("spans-cost", "", "", 0, "reliabel", "cpu_s", 1.5)]
    made = dict(labels_spans.sections(rows))
    assert any("0.800" in cell for lines in made.values() for line in lines for cell in line)
    assert ["reliabel", "1.5", "", "", ""] in made[labels_spans_page.COST]
    told = ["4 % of spans", "0", "99", "90", "50 to 120", "yes", "slips"]
    assert told in made[labels_spans_page.COUNTED]


PAIR = ("Rome\tB-LOC\nfell\tO\nAnn\tO\n\n", "Rome\tB-ORG\nfell\tO\nAnn\tB-PER\n\n")


def test_a_corrected_file_is_the_truth_of_the_given_one(tmp_path):
    (tmp_path / "tokens").mkdir()
    for text, name in zip(PAIR, ("news_given.conll", "news_corrected.conll"), strict=True):
        (tmp_path / "tokens" / name).write_text(text * 3)
    (tmp_path / "tokens" / "alone_given.conll").write_text(PAIR[0])
    assert list(pairs(tmp_path)) == ["news"]
    assert "spans-corrected news" in labels_spans.scenarios(quick=True, data=tmp_path)
    items, labels, truth = pair(*pairs(tmp_path)["news"])
    kinds, errors = kinds_of_errors(labels, truth)
    assert (kinds.tolist(), errors) == (["type"] * 3, 6)
    assert items[0] == ("Rome", "fell", "Ann")


def test_files_of_other_words_are_no_pair(tmp_path):
    for text, name in zip(PAIR, ("a.conll", "b.conll"), strict=True):
        (tmp_path / name).write_text(text * 3)
    (tmp_path / "b.conll").write_text(PAIR[1] * 2)
    with pytest.raises(ValueError, match=r"same words; they differ from sentence 3 on \(3 and 2"):
        pair(tmp_path / "a.conll", tmp_path / "b.conll")
