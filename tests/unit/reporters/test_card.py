import re
from dataclasses import replace

import numpy as np
import pytest
from tests.unit.reporters.made import HOSTILE, an_audit, not_identified, with_p_wrong

from reliabel.core.catalogue import catalogue
from reliabel.core.dataset import Dataset
from reliabel.core.labels import Classes, MultiLabel, Numbers
from reliabel.core.results import Audit
from reliabel.reporters import card, card_html, methods_text
from reliabel.reporters.bibliography import bib, latex, papers
from reliabel.reporters.card_blocks import plain_markdown, standalone
from reliabel.reporters.card_meta import card_meta
from reliabel.reporters.card_parts import CardContent, card_parts, to_give
from reliabel.reporters.pair_plots import chosen, pair_plots
from reliabel.reporters.variables import associations, variables

STATED = {
    "name": "Film reviews",
    "description": "Reviews with their sentiment.",
    "licence": "https://creativecommons.org/licenses/by/4.0/",
    "url": "https://example.org/reviews",
    "creators": [{"name": "Ana", "type": "Person"}, {"name": "Lab", "type": "organisation"}],
    "date_published": "2026-01-31",
    "columns": {"review": "what people wrote"},
    "classes": {"class 0": "praise"},
}


def a_table(n=200, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, n)
    columns = {
        "size": y + 0.1 * rng.normal(size=n),
        "noise": rng.normal(size=n),
        "colour": np.array(["red", "green", "blue"], dtype=object)[y],
        "coin": np.array(["heads", "tails"], dtype=object)[rng.integers(0, 2, n)],
    }
    columns["noise"][:7] = np.nan
    columns["colour"][3] = None
    audit = an_audit(
        n=n, flags=20, items={k: list(map(str, v)) for k, v in columns.items()}, task="table"
    )
    data = Dataset(
        Classes(y, ("a", "b", "c")),
        {**audit.data.evidence, "columns": columns},
        audit.data.ids,
        {**audit.data.source, "columns": {"label": "kind"}},
    )
    return with_p_wrong(replace(audit, data=data))


def content(audit, **stated):
    return CardContent(audit, card_meta(stated))


def test_every_part_of_the_label_is_there_and_the_audit_tells_its_numbers():
    audit = a_table()
    parts = {part.id: part for part in card_parts(content(audit))}
    assert list(parts) == [
        *("missing", "metadata", "provenance", "uses", "variables", "statistics", "pairs"),
        *("correlations", "quality", "how"),
    ]
    text = card.render(content(audit), "A paragraph.")
    count = audit.count
    for words in (
        f"About {round(count.value)} of 200 labels look wrong",
        f"{round(count.low):,} to {round(count.high):,}",
        "95 %",
        "lapse model",
        "recall 100 %",
        "reliabel 0.1.0",
        "2026-11-21T13:00:00",
        "abab",
        "![Pair plots of",
        "## Methods\n\nA paragraph.",
    ):
        assert words in text, words


def test_a_count_that_cannot_be_told_is_not_in_the_card():
    text = card.render(content(not_identified(an_audit())))
    assert "- **wrong labels**: no count" in text
    assert not re.search(r"\bnan\b", text)


def test_variables_are_counted_and_rare_words_are_not_shown():
    audit = a_table()
    found = {one.name: one for one in variables(audit)}
    assert found["noise"].missing == 7
    assert found["colour"].missing == 1
    assert found["colour"].distinct == 3
    assert found["kind"].role == "label"
    assert found["split"].role == "split"
    names = np.array(["often"] * 8 + ["Ana Secret", "Li Secret"], dtype=object)
    tiny = replace(
        an_audit(n=10, flags=2),
        data=Dataset(
            Classes(np.arange(10) % 2), {"items": {"who": names}, "columns": {"who": names}}
        ),
    )
    assert variables(tiny)[1].summary() == "often (8), 2 others"


def test_relations_with_the_label_are_those_that_were_planted():
    audit = a_table()
    told = {one.variable: one for one in associations(audit, variables(audit))}
    assert told["colour"].value == pytest.approx(1.0)
    assert told["size"].value == pytest.approx(1.0, abs=0.02)
    assert told["noise"].value < told["noise"].chance
    assert told["coin"].value < told["coin"].chance


def test_chance_is_reached_by_one_in_twenty_unrelated_variables():
    rng, n = np.random.default_rng(0), 150
    columns = {f"v{i}": rng.normal(size=n) for i in range(200)}
    columns |= {f"c{i}": rng.integers(0, 4, n).astype(str).astype(object) for i in range(200)}
    data = Dataset(Classes(rng.integers(0, 3, n)), {"items": columns, "columns": columns})
    audit = replace(an_audit(n=n), data=data)
    told = associations(audit, variables(audit))
    beyond = np.mean([one.value > one.chance for one in told])
    assert len(told) == 400
    assert 0.02 < beyond < 0.09


def test_numbers_go_with_numbers_by_rank():
    x = np.arange(100.0)
    columns = {
        "cube": x**3,
        "flat": np.ones(100),
        "other": np.random.default_rng(0).normal(size=100),
    }
    data = Dataset(Numbers(x), {"items": columns, "columns": columns})
    told = associations(
        replace(an_audit(n=100), data=data), variables(replace(an_audit(n=100), data=data))
    )
    assert {one.variable for one in told} == {"cube", "other"}
    assert told[0].value == pytest.approx(1.0)


def test_pair_plots_give_up_to_four_classes_a_shape_of_their_own():
    audit = a_table()
    found = chosen(variables(audit), associations(audit, variables(audit)))
    chart = pair_plots(found, audit.data.labels)
    inks = {
        mark.ink for mark in chart.marks if mark.shape in ("dot", "area") and "class" in mark.ink
    }
    assert inks == {"class-a", "class-c"}
    assert any(mark.ink == "class-b" and mark.shape == "rect" for mark in chart.marks)
    assert pair_plots(found[:1], audit.data.labels) is None
    svg = standalone(chart)
    assert svg.startswith('<svg xmlns="http://www.w3.org/2000/svg" ')
    assert "prefers-color-scheme: dark" in svg


@pytest.mark.parametrize(
    "audit",
    [
        an_audit(),
        an_audit(nothing=True),
        an_audit(n=4, k=1, flags=1, nothing=True),
        an_audit(names=(HOSTILE, "a|b", "*c*"), items=[HOSTILE] * 60),
        an_audit(n=40, items=[np.zeros((4, 6), np.uint8)] * 40, task="image"),
        an_audit(n=40, items=["gone.jpg"] * 40, task="image"),
        replace(an_audit(), data=replace(an_audit().data, evidence={}, source={})),
    ],
    ids=["texts", "nothing", "tiny", "hostile", "arrays", "lost pictures", "no items"],
)
def test_any_audit_makes_a_card(audit):
    made = content(audit)
    page, text = card_html.render(made), card.render(made)
    assert HOSTILE not in page
    assert "<script" not in page
    assert HOSTILE not in text
    assert page.count("<h2>") >= 6
    assert methods_text.tex(made).strip().endswith(".")


def test_several_labels_an_item_make_a_card():
    y = np.random.default_rng(0).integers(0, 2, (60, 3))
    base = an_audit()
    data = Dataset(MultiLabel(y, ("a", "b", "c")), dict(base.data.evidence), base.data.ids)
    audit = Audit(data, {}, {}, {}, None, None, None, [], (), {"classes": ["a", "b", "c"]})
    assert "60 items in 3 classes" in card.render(content(audit)).replace("texts", "items")


def test_what_is_stated_stands_in_the_card_and_what_is_missing_is_listed():
    made = content(an_audit(), **STATED)
    page = card_html.render(made)
    assert "<h1>Film reviews</h1>" in page
    for words in ("Ana, Lab", "2026-01-31", "praise"):
        assert words in page
    lines = to_give(made)
    assert not any("Croissant" in line for line in lines)
    assert any("keywords" in line and "maintenance" in line for line in lines)
    bare = to_give(content(an_audit()))
    assert "license" in bare[0]
    assert "creator" in bare[0]
    assert "not stated" in card.render(content(an_audit()))


def test_further_facts_are_kept_and_a_slip_is_pointed_out():
    made = content(an_audit(), lisense="MIT", grant="ERC 12")
    assert made.meta.further == {"lisense": "MIT", "grant": "ERC 12"}
    told = " ".join(to_give(made))
    assert "license may be meant" in told
    assert "ERC 12" in card_html.render(made)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([1], "must hold names and values"),
        ({"license": "a", "licence": "b"}, "license twice"),
        ({"datePublished": "soon"}, "2026-01-31, got 'soon'"),
        ({"creator": [{"email": "x"}]}, "needs a name"),
        ({"creator": {"name": "x", "type": "robot"}}, "Person or Organization"),
        ({"url": "not an address"}, "without spaces"),
        ({"classes": "good"}, "must be a table"),
    ],
)
def test_what_cannot_be_meant_gets_one_sentence(given, words):
    with pytest.raises(ValueError, match=words):
        card_meta(given)


def test_the_paragraph_is_escaped_and_every_key_is_in_the_bibliography():
    audit = with_p_wrong(an_audit(n=400, flags=40))
    made = content(audit, name="50% of A_B & {C} \ue000x\ue001")
    tex, text = methods_text.tex(made), methods_text.markdown(made)
    assert r"50\% of A\_B \& \{C\} x" in tex
    assert f"An estimated {round(audit.count.value)} of 400 labels are wrong" in text
    cited = {key for keys in re.findall(r"\\cite\{(.*?)\}", tex) for key in keys.split(",")}
    assert {f"@{key}" for key in cited} == set(re.findall(r"@[\w]+", text))
    entries = set(re.findall(r"^@\w+\{(.*),$", methods_text.references(made), re.M))
    assert {"reliabel", "northcutt2021confident", "kuan2022back"} <= cited <= entries


def test_the_paragraph_does_not_count_where_nothing_is_counted():
    text = methods_text.markdown(content(not_identified(an_audit())))
    assert "could not be estimated without a review" in text
    assert not re.search(r"\bnan\b", text)


def test_papers_are_read_from_the_methods_own_files():
    for entry in catalogue():
        for paper in papers(entry.paper):
            assert re.fullmatch(r"[a-z]+(?:19|20)\d\d[a-z]*", paper.key), entry.name
            assert paper.bibtex().count("{") == paper.bibtex().count("}")
    one = papers(
        "Groger, Lionetti et al. A title. NeurIPS 2024; shingles: Broder, On it all. X 1997."
    )
    assert [paper.more for paper in one] == [True, False]
    assert papers("none; the checks follow practice") == []


def test_of_two_entries_with_one_key_the_fuller_is_kept():
    two = papers("Li. Deep. ICML 2020; Li. Deep words. ICML 2020.")
    assert bib(two, "1").count("@misc") == 1
    assert "Deep words" in bib(two, "1")


def test_signs_that_a_form_gives_a_meaning_are_escaped():
    assert (
        latex("a\\b~c^d\x00 ≈")
        == r"a\textbackslash{}b\textasciitilde{}c\textasciicircum{}d $\approx$"
    )
    assert plain_markdown("1. a\n- b") == "1\\. a - b"
    assert plain_markdown("- a") == "\\- a"
    assert plain_markdown("[x](y) `z`") == "\\[x\\](y) \\`z\\`"
