import json
import re
import time
from dataclasses import replace

import numpy as np
import pytest
from tests.unit.reporters.made import HOSTILE, an_audit, not_identified, with_p_wrong

from reliabel.core.dataset import Dataset, Ids
from reliabel.core.labels import Classes, Grouped, MultiLabel
from reliabel.core.results import Audit, Finding, Measure, Suspicion
from reliabel.reporters import html


def heading(page):
    return re.search(r"<h1>(.*?)</h1>", page).group(1).replace("\u00a0", " ")


def sections(page):
    return re.findall(r"<h2>(.*?)</h2>", page)


def cards(page):
    return page.count('<li class="card">') + page.count('<li class="card pic">')


def test_the_answer_stands_first_and_is_not_called_a_count():
    page = html.render(an_audit())
    assert heading(page) == "9 labels flagged by confident learning (not a count of errors)"
    tiles = re.search(r'<ul class="tiles">(.*?)</ul>', page, re.S).group(1)
    assert re.findall(r'<li[^>]*><a href="(#[^"]*)"><b>(\d*)</b> ([^<]*)</a>', tiles) == [
        ("#duplicates", "2", "groups of duplicates disagree: the same text with different labels"),
        ("#duplicates", "2", "duplicate groups (2 across train/test)"),
        ("#finds-outlier", "1", "outlier"),
        ("#finds-broken", "1", "empty text"),
    ]
    assert "audited 21 Nov 2026 · reliabel 0.1.0 · seed 0" in page


def test_every_part_of_the_report_is_there():
    page = html.render(an_audit())
    assert sections(page) == [
        "Labels, most suspect first",
        "Seen twice",
        "Unlike everything else",
        "Broken items",
        "The data",
        "How this was made",
    ]
    for words in (
        "What the suspects look like",
        "Class balance",
        "given</i> <bdi>class",
        "looks like</i> <bdi>class",
        "12 of its 15 nearest",
        "2 of 2 checks agree",
        "nearest",
        "Leakage: 2 groups stand in train and test; a test text that was trained on proves "
        "nothing.",
        "different labels",
        "area under margin",
        "needs dynamics",
        "Northcutt",
        "logistic regression",
        "recall 100",
        "abab",
        "numpy 2.4",
        "the column &#39;review&#39; holds the texts",
        "Scores",
        "4 labels are missing",
    ):
        assert words in page, words


def test_with_p_wrong_the_count_its_condition_the_curve_and_the_calibration_are_shown():
    page = html.render(with_p_wrong(an_audit(n=400, flags=40)))
    assert re.fullmatch(r"About \d+ of 400 labels look wrong \(\d+ %\)", heading(page))
    assert (
        "if wrong labels look like people&#39;s confusions and slips; checked by no review" in page
    )
    assert "should find" in page
    assert "Budget curve" in page
    assert "Calibration of P(wrong) on 400 labels" in page
    assert "P(wrong) <select" in page
    assert "Given and likely true labels" in page
    assert "likely wrong" in page


def test_calibration_is_shown_from_the_verdicts_where_no_truth_is_known():
    audit = with_p_wrong(an_audit(n=400, flags=40))
    data = replace(
        audit.data,
        evidence={name: value for name, value in audit.data.evidence.items() if name != "gold"},
    )
    bins = [
        {"said": 0.1, "wrong": 0.05, "low": 0.01, "high": 0.2, "size": 60},
        {"predicted": 0.9, "wrong": 1.0, "low": 0.7, "high": 1.0, "size": 40},
    ]
    assert "Calibration of P(wrong)" not in html.render(replace(audit, data=data))
    page = html.render(
        replace(
            audit, data=data, info={**audit.info, "review": {"draws": 100, "calibration": bins}}
        )
    )
    assert "Calibration of P(wrong) on 100 drawn labels" in page
    assert "predicted 10 %, wrong 5.0 % (1.0 % to 20 %; 60 seen)" in page
    assert "P(wrong) before the review against the verdicts on 100 drawn labels" in page


def test_p_wrong_without_a_count_makes_no_count():
    page = html.render(not_identified(an_audit()))
    assert heading(page) == "Cannot say how many of 60 labels are wrong: 17 look wrong"
    assert "should find" not in page
    assert "nan" not in page.lower().replace("names", "")


def test_nothing_found_is_said_and_by_which_check():
    page = html.render(an_audit(nothing=True))
    assert heading(page).startswith("No labels flagged by confident learning")
    for words in (
        "No duplicates among 60 texts (checked: near duplicates",
        "No outliers among 60 texts",
        "No broken items among 60 texts",
    ):
        assert words in page
    assert 'id="cards"' not in page


def test_an_audit_that_could_do_nothing_says_so():
    audit = an_audit(nothing=True)
    page = html.render(
        Audit(
            Dataset(audit.data.labels),
            {},
            {"self_confidence": "needs probs"},
            {},
            None,
            None,
            None,
            (),
            (),
            {},
        )
    )
    assert heading(page).startswith("No label was judged")
    assert "needs probs" in page
    assert "No auditor ran." in page


def test_hostile_text_stays_text_wherever_it_comes_from():
    names = (HOSTILE, "</script><img src=x onerror=alert(1)>", "'\"><b>")
    audit = an_audit(names=names, items=[HOSTILE + str(i) for i in range(60)])
    wild = replace(
        audit,
        data=replace(
            audit.data,
            ids=Ids(tuple(f"{HOSTILE}{i}" for i in range(60))),
            source={"task": "text", "notes": [HOSTILE], "columns": {HOSTILE: HOSTILE}},
        ),
        findings=[
            replace(f, why=HOSTILE, id=HOSTILE, kind=HOSTILE, suggest=f.suggest or HOSTILE)
            for f in audit.findings
        ]
        + [replace(audit.findings[-1], finds=HOSTILE)],
        skipped={HOSTILE: HOSTILE},
        warnings=[HOSTILE],
        measures={**audit.measures, HOSTILE: Measure(1.0, 0.0, 2.0, {}, {"means": HOSTILE})},
        info={
            **audit.info,
            "model": {HOSTILE: HOSTILE},
            "folder": HOSTILE,
            "input": {"path": HOSTILE, "sha256": HOSTILE},
            "timings": {HOSTILE: 9.0},
            "at": HOSTILE,
        },
    )
    page = html.render(wild)
    assert HOSTILE not in page
    assert "<img src=x" not in page
    assert "<b>" not in page.replace("<b>", "", page.count("<b>") - page.count("'\"><b>"))
    assert page.count("<script") == 2
    assert page.count("</script>") == 2


def test_the_index_is_parallel_to_the_cards():
    audit = an_audit(n=300, flags=80)
    page = html.render(audit)
    index = json.loads(re.search(r'id="index">(.*?)</script>', page, re.S).group(1))
    assert len(index["rows"]) == 304 == page.count('<div class="head">')
    given, suggest, finds, weight, item, by, question, look, id_, unit, to, changes = index["rows"][
        0
    ]
    first = audit.findings[0]
    assert (index["words"][given], index["words"][suggest], finds, item, by) == (
        first.given,
        first.suggest,
        "label",
        first.item,
        2,
    )
    assert (question, look, id_, unit, changes) == (-1, 1, first.id, None, 1)
    assert index["options"][to] == first.suggest
    assert weight == pytest.approx(first.rank, abs=1e-4)


def test_fifty_cards_stand_in_the_page_and_the_rest_wait():
    page = html.render(an_audit(n=300, flags=80))
    before, after = page.split('<template id="rest">')
    assert before.count('<div class="head">') == 50
    assert after.count('<div class="head">') == 254


def test_top_limits_the_list_and_says_so():
    page = html.render(an_audit(n=300), top=100)
    assert "The first 100 of 300 label findings; all of them are in findings.csv." in page
    with pytest.raises(ValueError, match="top must be at least 1, got 0"):
        html.render(an_audit(), top=0)


def test_several_pairs_of_splits_make_a_table_and_no_splits_are_said():
    audit = an_audit()

    def told(split):
        evidence = {name: value for name, value in audit.data.evidence.items() if name != "split"}
        return html.render(
            replace(
                audit,
                data=replace(
                    audit.data, evidence=evidence | ({} if split is None else {"split": split})
                ),
            )
        )

    assert "Leakage: 2 groups across splits" in told(np.array(["test", "train", "val"] * 20))
    assert "No splits were given" in told(None)
    assert "No group stands in more than one split of 60 texts." in told(np.full(60, "train"))


def test_many_classes_show_the_most_confused_and_fold_the_rest():
    page = html.render(
        an_audit(n=3000, k=77, flags=300, names=tuple(f"intent {c}" for c in range(77)))
    )
    assert "The 12 most confused of 77 classes" in page
    assert "The most confused pairs of classes" in page
    assert "65 more classes" in page
    assert len(re.findall(r"<rect", page)) < 2000


def test_pictures_are_small_and_inside_the_page():
    page = html.render(
        an_audit(n=60, items=np.random.default_rng(0).random((60, 8, 8)), task="image")
    )
    assert page.count('src="data:image/png;base64,') > 60
    assert "image-rendering: pixelated" in page
    assert "<b>1</b> empty picture" in page


def test_questions_of_several_labels_are_named():
    y = np.random.default_rng(0).integers(0, 2, (20, 3))
    data = Dataset(
        MultiLabel(y, ("happy", "sad", "calm")),
        {"items": [f"song {i}" for i in range(20)]},
        source={"task": "text"},
    )
    found = [
        Finding(
            4,
            "4",
            2,
            "label",
            None,
            0.9,
            None,
            ("self_confidence",),
            "yes",
            "no",
            (),
            None,
            "because",
        )
    ]
    page = html.render(
        Audit(
            data,
            {"self_confidence": Suspicion(np.random.default_rng(0).random(60))},
            {},
            {},
            None,
            None,
            None,
            found,
            (),
            {},
        )
    )
    assert '<b dir="auto">calm</b>' in page
    assert heading(page) == "1 label to look at first, of 60 (not a count of errors)"
    assert 'id="asked"' in page
    assert "3 classes, a yes or a no for each item" in page


def test_tokens_show_their_sentence():
    labels = Grouped(Classes(np.array([0, 1, 0, 0]), ("O", "PER")), np.array([0, 2, 4]))
    data = Dataset(labels, {"items": [["Ann", "Lee"], ["went", "home"]]})
    found = [
        Finding(
            0,
            "0",
            1,
            "label",
            None,
            0.9,
            None,
            ("self_confidence",),
            "PER",
            "O",
            (),
            None,
            "because",
        )
    ]
    page = html.render(
        Audit(
            data,
            {"self_confidence": Suspicion(np.arange(4.0))},
            {},
            {},
            None,
            None,
            None,
            found,
            (),
            {},
        )
    )
    assert "<mark>Lee</mark>" in page
    assert "to look at first, of 4" in page


def test_an_unknown_kind_of_finding_gets_its_own_part():
    audit = an_audit()
    page = html.render(
        replace(
            audit,
            findings=[
                *audit.findings,
                Finding(
                    3,
                    "r3",
                    None,
                    "slice",
                    "worse",
                    0.8,
                    None,
                    ("x",),
                    None,
                    None,
                    (4, 5),
                    None,
                    "a weak slice",
                ),
            ],
        )
    )
    assert "Slice" in sections(page)
    assert "a weak slice (2 other items)" in page


def test_the_same_audit_gives_the_same_page():
    assert html.render(an_audit()) == html.render(an_audit())


def test_a_million_rows_are_quick_and_small():
    n = 1_000_000
    rng = np.random.default_rng(0)
    y = rng.integers(0, 10, n)
    score = rng.random(n, dtype=np.float32)
    flag = score > 0.9
    data = Dataset(
        Classes(y, tuple("abcdefghij")),
        {"split": np.array(["train", "test"])[rng.integers(0, 2, n)]},
        source={"task": "table"},
    )
    order = np.argsort(-score)[:500].tolist()
    found = [
        Finding(
            i,
            str(i),
            None,
            "label",
            None,
            float(score[i]),
            None,
            ("confident_learning",),
            "a",
            "b",
            (),
            None,
            "because",
        )
        for i in order
    ]
    audit = Audit(
        data,
        {"confident_learning": Suspicion(score, flag)},
        {},
        {},
        None,
        None,
        None,
        found,
        (),
        {"task": "table"},
    )
    start = time.process_time()
    page = html.render(audit)
    assert len(page.encode()) < 1_000_000
    assert time.process_time() - start < 5


def test_pages_stay_small_with_the_longest_texts_and_twenty_thousand_pictures():
    longest = html.render(
        an_audit(
            n=600,
            flags=600,
            items=["漢" * 100_000] * 600,
            names=tuple("名" * 5000 + str(c) for c in range(3)),
        )
    )
    assert len(longest.encode()) < 5_000_000
    pictures = np.random.default_rng(0).integers(0, 255, (20_000, 32, 32, 3), dtype=np.uint8)
    page = html.render(an_audit(n=20_000, k=10, flags=2000, items=pictures, task="image"))
    assert len(page.encode()) < 5_000_000
    assert all("<img" in card for card in page.split('<div class="thing">')[1:50])


def test_a_second_evidence_is_named_with_what_its_joining_rests_on():
    audit = an_audit()
    loss = {"without": 0.41, "with": 0.36}
    for joined, said in ((True, "joined to the first for P(wrong)"), (False, "not joined")):
        second = {"text_tfidf": {"joined": joined, "held_out_log_loss": loss}}
        page = html.render(replace(audit, info={**audit.info, "p_wrong": {"second": second}}))
        told = f"text_tfidf, {said}: held-out log loss 0.410 without, 0.360 with them"
        assert told in page.replace("\u00a0", " ")
    assert "second features" not in html.render(audit)
