"""How data cards look: nothing hangs over and nothing is clipped, on desktop and phone."""

import pytest
from tests.browser.test_look import CLIPPED, audits
from tests.browser.test_report import fits
from tests.unit.reporters.test_card import a_table

from reliabel.reporters import card_html, methods_text
from reliabel.reporters.card_meta import card_meta
from reliabel.reporters.card_parts import CardContent

pytestmark = pytest.mark.browser
ALL = [*audits(), ("variables", a_table())]


@pytest.mark.parametrize(("name", "audit"), ALL, ids=[name for name, _ in ALL])
def test_a_data_card_looks_right_on_desk_and_phone(browser, tmp_path, name, audit):
    path = tmp_path / "card.html"
    meta = card_meta({"classes": {"ham": "good " * 60}, "grant": "ERC", "description": "x" * 400})
    content = CardContent(audit, meta)
    path.write_text(card_html.render(content, methods_text.markdown(content)), encoding="utf-8")
    for width in (1280, 390):
        page = browser.new_page(viewport={"width": width, "height": 900})
        page.goto(path.as_uri())
        assert fits(page), f"{name} hangs over at {width}"
        assert page.evaluate(CLIPPED) == [], f"{name} at {width}"
        page.close()
