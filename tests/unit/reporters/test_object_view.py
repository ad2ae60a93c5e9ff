"""Objects in the report: drawn over their pictures, counted by kind of error and by class."""

import re
from dataclasses import replace

import pytest
from tests.unit.reporters.made_objects import boxes_audit, regions_audit

from reliabel.reporters.html import render
from reliabel.reporters.item_view import ItemViews
from reliabel.reporters.objects_overview import AWAY, CLASS, MISSING, PLACE, error_of


def cards(page):
    """The cards of the list, without what stands around it."""
    return re.findall(r'<li class="card obj.*?</li>', page, re.DOTALL)


def test_a_finding_shows_the_object_given_suggested_and_in_its_picture(tmp_path):
    page = render(boxes_audit(tmp_path))
    moved = next(one for one in cards(page) if PLACE in one)
    assert moved.count("<svg") == 3
    assert moved.count("data:image/webp") == 1  # the enlarged part; the whole is in the page once
    assert 'd="M40 40H100V90H40Z"' in moved
    assert 'd="M20 40H80V90H20Z"' in moved
    assert '<use href="#w0"/>' in moved
    assert page.count('id="w0"') == 1
    missing = next(one for one in cards(page) if ">missing<" in one)
    assert "nothing here" in missing
    away = next(one for one in cards(page) if AWAY in one)
    assert away.count("<svg") == 2


def test_what_looks_wrong_is_named(tmp_path):
    audit = boxes_audit(tmp_path)
    drawings = ItemViews(audit.data).objects.drawings
    errors = [error_of(drawings, one) for one in audit.findings if one.p_wrong > 0.5]
    assert sorted(errors) == sorted([PLACE, CLASS, MISSING, AWAY])
    assert error_of(drawings, replace(audit.findings[0], kind="double")) == "double"
    assert error_of(drawings, replace(audit.findings[0], kind="wrong part")) == "wrong part"


def test_the_page_opens_with_counts_by_class_and_the_worst_pictures(tmp_path):
    page = render(boxes_audit(tmp_path))
    table = re.search(r"<table.*?</table>", page[page.index("Objects of each class") - 99 :], re.S)
    cells = re.findall(r"<t[dh](?: [^>]*)?>(.*?)</t[dh]>", table[0])
    assert cells[:6] == ["class", "given", MISSING, CLASS, PLACE, AWAY]
    assert cells[6:12] == ["car", "4", "1", "1", "1", "0"]
    assert cells[12:18] == ["person", "2", "0", "0", "0", "1"]
    worst = page[page.index("Worst pictures") :].partition("</figure></div>")[0]
    assert "2 of 3 objects" in worst
    assert "the 2 worst of 2" in page.lower()


def test_regions_are_drawn_by_their_outlines(tmp_path):
    page = render(regions_audit(tmp_path))
    other = next(one for one in cards(page) if CLASS in one)
    ref = re.search(r'<use class="given" href="#(f\d+)"/?>', other)[1]
    assert len(re.findall(f'<path id="{ref}"[^>]* d="M(?:\\d+ ){{7}}\\d+Z"', page)) == 1
    assert other.count(f'"#{ref}"') == 8  # given, suggested and both in the picture, each haloed


def test_labels_are_filtered_by_class_and_decided_with_their_box(tmp_path):
    page = render(boxes_audit(tmp_path))
    index = re.search(r'id="index">(.*?)</script>', page)[1]
    assert '"words":["car","person"]' in index
    assert '"car 20,40,80,90"' in index
    assert '"objects":true' in index


def test_pictures_take_no_more_than_the_budget_and_outlines_stay(tmp_path):
    audit = boxes_audit(tmp_path)
    few = ItemViews(audit.data, budget=2_000)
    made = [str(few.found(one)) for one in audit.findings]
    spent = sum(len(uri) for one in made for uri in re.findall(r'href="(data:[^"]*)"', one))
    assert 0 < spent <= 2_000
    assert few.objects.bare
    assert all("<path" in one for one in made)


def test_a_picture_that_cannot_be_read_still_shows_the_outlines(tmp_path):
    audit = boxes_audit(tmp_path, sizes=False)
    for path in audit.data.evidence["items"]:
        (tmp_path / path).unlink()
    page = render(audit)
    assert "data:image/webp" not in page
    assert 'd="M40 40H100V90H40Z"' in page
    assert "findings show outlines without the picture" in page


@pytest.mark.parametrize("box", [(float("nan"), 0, 9, 9), (-50, -50, -10, -10), (9, 9, 9, 9)])
def test_a_sick_box_is_no_crash(tmp_path, box):
    page = render(boxes_audit(tmp_path, sick=[box]))
    assert len(cards(page)) == len(boxes_audit(tmp_path).findings) + 1


def test_a_fault_of_a_picture_shows_its_place(tmp_path):
    audit = boxes_audit(tmp_path)
    fault = replace(
        audit.findings[0], finds="box fault", kind="outside", unit=None, p_wrong=None, suggest=None
    )
    page = render(replace(audit, findings=(*audit.findings, fault)))
    section = page[page.index('id="finds-box-fault"') :]
    assert "Faulty boxes" in section
    assert 'd="M40 40H100V90H40Z"' in section
    swapped = replace(fault, suggest="car 50,50,90,80", where={"box": [100, 90, 40, 40]})
    page = render(replace(audit, findings=(*audit.findings, swapped)))
    section = page[page.index('id="finds-box-fault"') :]
    assert 'd="M40 40H100V90H40Z"' in section
    assert 'd="M50 50H90V80H50Z"' in section
