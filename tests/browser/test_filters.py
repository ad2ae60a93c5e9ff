"""The filters of the report: their counts, their place in the address, cells that filter."""

import re
from dataclasses import replace
from urllib.parse import unquote

import pytest
from tests.unit.reporters.made import an_audit, with_p_wrong

from reliabel.reporters import html

pytestmark = pytest.mark.browser


@pytest.fixture
def opened(browser, tmp_path):
    wrong, pages = [], []

    def open_page(audit, fragment=""):
        place = tmp_path / "report.html"
        place.write_text(html.render(audit), encoding="utf-8")
        page = browser.new_page(viewport={"width": 1200, "height": 900})
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(place.as_uri() + fragment)
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        page.close()
    assert wrong == []


def found(page):
    """How many findings the list holds, by its own words."""
    words = page.locator("#count").inner_text()
    return int(words.split(" of ")[1].split()[0].replace(",", "")) if " of " in words else 0


def promised(page, field):
    """value -> number behind each option of a filter that can be chosen."""
    script = (
        "f => [...document.querySelectorAll(`#${f} option:enabled`)].map(o => [o.value, o.text])"
    )
    options = page.evaluate(script, field)
    return {
        value: int(re.search(r"\(([\d,]+)\)$", text).group(1).replace(",", ""))
        for value, text in options
    }


def test_the_number_behind_an_option_is_what_it_shows(opened):
    page = opened(with_p_wrong(an_audit(n=300, flags=80)))
    page.locator("#cards > .card").first.get_by_role("button", name="Keep").click()
    steps = [("", ""), ("least", "0"), ("search", "plot"), ("judged", "no"), ("given", None)]
    for field, value in steps:
        if field == "search":
            page.locator("#search").fill(value)
        elif field:
            value = value or next(iter(v for v in promised(page, field) if v))
            page.locator(f"#{field}").select_option(value)
        for facet in ("given", "suggest", "finds", "least", "judged"):
            before = page.locator(f"#{facet}").input_value()
            for option, n in promised(page, facet).items():
                page.locator(f"#{facet}").select_option(option)
                assert found(page) == n, (field, facet, option)
            page.locator(f"#{facet}").select_option(before)


def test_filters_stand_in_the_address_and_come_back_from_it(opened):
    names = ("ham & eggs", "100 % spam", "#x=y")
    audit = with_p_wrong(an_audit(n=300, flags=80, names=names))
    page = opened(audit)
    assert "#" not in page.url
    page.locator("#given").select_option(
        label=page.locator("#given option", has_text="ham").inner_text()
    )
    page.locator("#least").select_option("0.5")
    page.locator("#search").fill("plot actor")
    page.locator("#sort").select_option("row")
    kept = [
        page.locator(f"#{field}").input_value() for field in ("given", "least", "search", "sort")
    ]
    shown, address = page.locator("#count").inner_text(), page.url.split("#")[1]
    assert "given=ham" in unquote(address)
    again = opened(audit, f"#{address}")
    assert [
        again.locator(f"#{field}").input_value() for field in ("given", "least", "search", "sort")
    ] == kept
    assert again.locator("#count").inner_text() == shown
    again.get_by_role("button", name="Clear filters").click()
    assert "#" not in again.url
    lost = opened(audit, "#given=no%20such%20class&least=0")
    assert "no such class, which no listed finding has" in lost.locator("#count").inner_text()
    assert found(lost) == 300
    plain = opened(audit, "#how")  # an anchor is no filter
    assert plain.locator("#reset").is_hidden()
    assert plain.evaluate("scrollY") > 0


def test_a_cell_of_the_matrix_filters_the_list(opened):
    audit = with_p_wrong(an_audit(n=300, flags=80))
    page = opened(audit)
    cell = page.locator("#labels svg a").first
    given, other = (
        re.search(rf"{name}=([^&]*)", unquote(cell.get_attribute("href"))).group(1)
        for name in ("given", "suggest")
    )
    cell.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.getElementById('given').value !== ''")
    assert found(page) == sum((f.given, f.suggest) == (given, other) for f in audit.findings)
    tags = page.locator("#cards .labels").all_inner_texts()
    assert all(given in text and other in text for text in tags)


def test_only_what_is_worth_a_look_is_there_at_first(opened):
    audit = with_p_wrong(an_audit(n=300, flags=80))
    worth = sum(f.p_wrong is not None and f.p_wrong >= 0.2 for f in audit.findings)
    page = opened(audit)
    assert found(page) == worth
    hidden = 300 - worth
    assert f"{hidden} less suspect ones are hidden" in page.locator("#rule").inner_text()
    page.get_by_role("button", name=f"Show {hidden} less suspect").click()
    assert found(page) == 300
    clean = replace(
        audit, findings=[replace(f, p_wrong=f.p_wrong and 0.01) for f in audit.findings]
    )
    assert found(opened(clean)) == 10
