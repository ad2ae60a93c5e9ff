from dataclasses import replace

from tests.unit.reporters.made import an_audit, not_identified, with_p_wrong

from reliabel.core.results import Interval
from reliabel.reporters import text


def test_before_p_wrong_the_flags_are_told_and_not_called_errors():
    lines = text.render(an_audit()).splitlines()
    assert (
        lines[0]
        == "Wrong labels: 9 of 60 flagged by confident learning (15 %; not a count of errors)."
    )
    assert (
        lines[1]
        == "Also: 2 duplicate groups (2 with different labels, 2 across train/test), 1 outlier, "
        "1 empty text."
    )
    assert (
        lines[2] == "Skipped: area_under_margin (needs dynamics, recorded while a model trained)."
    )
    assert "{folder}" not in text.render(an_audit())


def test_with_p_wrong_count_interval_condition_and_curve_stand_first():
    audit = with_p_wrong(an_audit(n=2000, flags=50))
    count = Interval(
        812.4,
        400.2,
        1603.0,
        0.95,
        "lapse model",
        "wrong labels look like people's confusions and slips",
    )
    lines = text.render(replace(audit, count=count)).splitlines()
    assert (
        lines[0]
        == "Wrong labels: about 812 of 2,000 (41 %; 400-1,600 if wrong labels look like people's "
        "confusions and slips; checked by no review)."
    )
    assert lines[1] == "Reviewing the first 1,000 should find 87 % of them (79-95 %)."


def test_after_a_review_it_says_so():
    audit = replace(
        with_p_wrong(an_audit()),
        count=Interval(
            6.0,
            3.0,
            9.0,
            0.95,
            "difference estimate",
            "the 100 drawn labels were judged rightly, at one look",
        ),
    )
    assert (
        "3-9 if the 100 drawn labels were judged rightly, at one look; 95 % interval, checked by "
        "review" in text.render(audit)
    )


def test_what_cannot_be_told_is_not_told():
    said = text.render(not_identified(an_audit()))
    assert said.startswith(
        "Wrong labels: cannot say how many of 60 labels are wrong: 17 look wrong."
    )
    assert "looks like ambiguity, or like a pattern that the model repeats" in said
    assert "Look at 100 drawn labels to know (reliabel sample)." in said
    assert "nan" not in said
    assert "should find" not in said


def test_nothing_found_and_no_label_judged():
    nothing = an_audit(nothing=True)
    assert "Also" not in text.render(nothing)
    assert text.render(replace(nothing, opinions={})).startswith(
        "Wrong labels: no label was judged (60 labels)."
    )


def test_without_flags_the_ranked_ones_are_called_a_start():
    audit = an_audit()
    only = replace(audit, opinions={"self_confidence": audit.opinions["self_confidence"]})
    assert text.render(only).startswith(
        "Wrong labels: 60 of 60 to look at first (not a count of errors)."
    )


def test_missing_labels_are_not_counted_and_many_warnings_are_cut():
    audit = an_audit()
    y = audit.data.labels.y.copy()
    y[:10] = -1
    fewer = replace(
        audit,
        data=replace(audit.data, labels=type(audit.data.labels)(y, audit.data.labels.names)),
        warnings=[f"warning {i}" for i in range(20)],
    )
    said = text.render(fewer)
    assert "of 50 flagged" in said
    assert "Note: 12 more in the report" in said


def test_it_is_plain_text_on_short_lines_without_colour_codes():
    said = text.render(replace(an_audit(), warnings=["x" * 10_000, "a\x1b[31mred"]))
    assert "\x1b" not in said
    assert max(map(len, said.splitlines())) < 320


def test_a_folder_with_a_space_is_quoted_in_the_command():
    audit = with_p_wrong(an_audit())
    lines = text.render(audit, folder="my data.audit/").splitlines()
    assert "Report: my data.audit/report.html" in lines
    assert "Next: reliabel sample 'my data.audit' --n 100 -o to_review.csv" in lines


def test_a_warning_that_the_answer_says_already_is_not_said_again():
    audit = replace(
        not_identified(an_audit()),
        warnings=[
            "no errors that can be told from ambiguity: the labels are clean ...",
            "another thing",
        ],
    )
    said = text.render(audit)
    assert "told from ambiguity" not in said
    assert "Note: another thing" in said


def test_broken_things_are_told_in_words_that_fit():
    audit = an_audit()
    kept = [finding for finding in audit.findings if finding.finds != "broken"]
    broken = next(finding for finding in audit.findings if finding.finds == "broken")
    kinds = ["picture", "picture", "encoding", "empty", "empty", "odd"]
    said = text.render(
        replace(audit, findings=(*kept, *(replace(broken, kind=kind) for kind in kinds)))
    )
    assert (
        "2 texts that cannot be used, 2 empty texts, 1 text with damaged characters, 1 odd text."
        in said
    )


def test_what_looks_wrong_one_by_one_is_told_where_the_count_cannot_be():
    audit = not_identified(an_audit())
    many = int((audit.p_wrong >= 0.5).sum())
    assert f"{many} look wrong" in text.render(audit)
    assert "look wrong" not in text.render(replace(audit, p_wrong=audit.p_wrong * 0.4))


def test_weak_evidence_is_called_weak_with_what_would_help():
    audit = not_identified(an_audit())
    facts = {"labels": 1500, "agreement": 0.51, "conf": 0.9, "tables": {"model": 1.0, "lda": 1.0}}
    said = text.render(replace(audit, info={**audit.info, "p_wrong": facts}))
    assert said.startswith(
        "Wrong labels: cannot say how many of 60 labels are wrong: the evidence is weak. The "
        "evidence agrees with 51 % of 1,500 labels. The evidence is too weak to show how many"
    )
    assert "17 labels with a P(wrong) of .5 or more: many of them may be right." in said
    assert "Better evidence: give features" in said


def test_no_sign_of_errors_says_what_it_cannot_see():
    audit = not_identified(an_audit())
    facts = {"labels": 6000, "agreement": 0.99, "conf": 1.0, "floor_gain": -9.0}
    audit = replace(audit, p_wrong=audit.p_wrong * 0.4, info={**audit.info, "p_wrong": facts})
    said = text.render(audit)
    assert said.startswith("Wrong labels: no sign of errors among 60 labels.")
    assert "errors that follow a pattern would not show" in said
    assert "Look at 100 drawn labels to know" in said
    assert "Better evidence" not in said


def test_after_a_review_nothing_says_that_errors_cannot_be_told():
    after = Interval(6.0, 3.0, 9.0, 0.95, "difference estimate", "the labels were judged rightly")
    lost = "no errors that can be told from ambiguity: the labels are clean, or wrong ..."
    audit = replace(with_p_wrong(an_audit()), count=after, warnings=(lost, "weak evidence: few"))
    audit = replace(audit, info={**audit.info, "review": {"draws": 100, "of": 100}})
    said = text.render(audit)
    assert "told from ambiguity" not in said
    assert "Note: weak evidence: few" in said


def test_how_far_the_auditors_agree_on_what_looks_wrong():
    made = with_p_wrong(an_audit())
    look = [f for f in made.findings if f.finds == "label" and f.p_wrong >= 0.5]
    told = [
        replace(f, by=("confident_learning", "self_confidence")[: 1 + n % 2], agree="so many")
        for n, f in enumerate(look)
    ]
    said = text.render(replace(made, findings=tuple(told)))
    every = sum(len(f.by) == 2 for f in told)
    assert f"Both auditors agree on {every} of {len(told)} labels that look wrong." in said
    silent = text.render(replace(made, findings=tuple(replace(f, agree=None) for f in told)))
    assert "agree on" not in silent  # findings of an earlier version
