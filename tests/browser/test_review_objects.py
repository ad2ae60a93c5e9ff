"""Objects of pictures and words of tagged text in a real browser: drawn, enlarged, moved, added,
taken away, and the log holds what was meant.
"""

from __future__ import annotations

import numpy as np
import pytest
from tests.browser.reviewing import all_sent, at_queue, decided, press, row_of, served
from tests.unit.reporters.made_objects import boxes_audit

import reliabel as rl
from reliabel.core.dataset import Dataset, Ids
from reliabel.core.labels import Grouped, Spans
from reliabel.core.results import Audit, Suspicion
from reliabel.core.words import Words

pytestmark = pytest.mark.browser
FACE = "\N{GRINNING FACE}"  # two units of UTF-16


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    wrong = []
    context.on("weberror", lambda one: wrong.append(str(one.error)))
    shown = context.new_page()
    shown.on("console", lambda one: wrong.append(one.text) if "policy" in one.text else None)
    yield shown
    context.close()
    assert wrong == []


def to_row(page, row):
    """Step to a label that is at hand."""
    for _ in range(12):
        page.keyboard.press("k")
    for _ in range(12):
        if row_of(page) == row:
            return
        page.keyboard.press("j")
    raise AssertionError(f"row {row} is not at hand")


def test_objects_are_drawn_enlarged_moved_added_and_taken_away(page, tmp_path, monkeypatch):
    folder = rl.save(boxes_audit(tmp_path / "pictures"), tmp_path / "objects.audit")
    with served(folder, tmp_path / "state", monkeypatch) as review:
        at_queue(page, review.link)
        to_row(page, 0)
        panes = page.locator(".scene .pane svg")
        assert panes.count() == 3
        loaded = """[...document.querySelectorAll('.scene image')].map(
            (one) => fetch(one.href.baseVal).then((answer) => answer.status))"""
        assert set(page.evaluate(f"Promise.all({loaded})")) == {200}
        assert page.locator(".scene path.given").first.get_attribute("d") == "M40 40H100V90H40Z"
        whole = panes.nth(2)
        assert whole.get_attribute("viewBox") == "0 0 320 240"
        page.get_by_role("button", name="object", exact=True).click()
        assert float(whole.get_attribute("viewBox").split()[2]) < 320
        page.get_by_role("button", name="whole picture").click()
        assert whole.get_attribute("viewBox") == "0 0 320 240"
        moved = box_moved(page)
        page.locator("[data-verdict='mine']").click()
        to_row(page, 1)
        assert page.locator("[data-verdict='take'] .how").inner_text().endswith("other class")
        press(page, "y")
        to_row(page, 3)
        assert page.locator("[data-verdict='keep'] .name").inner_text() == "nothing here"
        assert page.locator("[data-verdict='take'] .how").inner_text().endswith("add it")
        assert page.get_by_role("button", name="take it away").count() == 0
        press(page, "d")
        assert row_of(page) == 3
        press(page, "y")
        to_row(page, 4)
        press(page, "d")
        all_sent(page)
    said = {(id_, verdict, label) for id_, verdict, label in decided(folder)}
    assert said == {
        ("scene_0", "change", f"car {moved}"),
        ("scene_0", "change", "person 150,50,190,120"),
        ("scene_1", "change", "car 200,100,260,160"),
        ("scene_1", "drop", None),
    }


def box_moved(page):
    """Drag the lower right corner of the suggested box, move its left edge by the keyboard, and
    return what it is then.
    """
    page.get_by_role("button", name="move the box").click()
    corner = page.locator("circle.se").bounding_box()
    x, y = corner["x"] + corner["width"] / 2, corner["y"] + corner["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 30, y + 20, steps=3)
    page.mouse.up()
    page.locator("circle.w").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    box = page.locator("rect.mine")
    left, top, width, height = (
        int(box.get_attribute(name)) for name in ("x", "y", "width", "height")
    )
    assert (left, top) == (31, 40)
    assert left + width > 80
    assert top + height > 90
    return f"{left},{top},{left + width},{top + height}"


def test_a_digit_gives_a_moved_box_its_class_and_a_kept_one_forgets_it(page, tmp_path, monkeypatch):
    folder = rl.save(boxes_audit(tmp_path / "pictures"), tmp_path / "objects.audit")
    with served(folder, tmp_path / "state", monkeypatch) as review:
        at_queue(page, review.link)
        to_row(page, 0)
        page.get_by_role("button", name="move the box").click()
        press(page, "2")
        to_row(page, 1)
        assert page.locator("rect.mine").count() == 0
        page.get_by_role("button", name="move the box").click()
        page.get_by_role("button", name="leave the box").click()
        press(page, "a")
        all_sent(page)
    assert decided(folder) == [
        ("scene_0", "change", "person 20,40,80,90"),
        ("scene_0", "keep", None),
    ]


def test_other_words_are_selected_on_the_card(page, tmp_path, monkeypatch):
    words = Words(["Ada", "Lovelace", "flew", "to", "New", "York", FACE, "on", "Monday"])
    spans = Spans([0, 4], [1, 5], [0, 1], ["PER", "LOC"])
    data = Dataset(Grouped(spans, [0, 2]), {"items": [words]}, Ids(("s",)), {"task": "tagged text"})
    p = np.array([0.9, 0.8])
    audit = Audit(data, {"self_confidence": Suspicion(p)}, {}, {}, p, None, None, (), (), {})
    folder = rl.save(audit, tmp_path / "spans.audit")
    with served(folder, tmp_path / "state", monkeypatch) as review:
        at_queue(page, review.link)
        to_row(page, 0)
        select(page, "Ada", "Lovel")
        assert page.locator("mark.mine").all_inner_texts() == ["Ada", " Lovelace"]
        page.locator("[data-verdict='mine']").click()
        to_row(page, 1)
        select(page, "York", FACE)
        page.get_by_role("button", name="as before").click()
        assert page.locator("mark").inner_text() == "New"
        select(page, "New", "York")
        press(page, "2")
        all_sent(page)
    assert decided(folder) == [("s", "change", "PER 0:2"), ("s", "change", "LOC 4:6")]


def select(page, first, last):
    """Select from the beginning of one text to the end of another, as a mouse does."""
    page.evaluate(
        """([first, last]) => {
            const text = document.querySelector(".item .text");
            const walk = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
            const range = document.createRange();
            for (let node = walk.nextNode(); node; node = walk.nextNode()) {
                if (node.parentElement.closest("small")) continue;
                const [a, b] = [node.data.indexOf(first), node.data.indexOf(last)];
                if (a >= 0) range.setStart(node, a);
                if (b >= 0) range.setEnd(node, b + last.length);
            }
            const chosen = getSelection();
            chosen.removeAllRanges();
            chosen.addRange(range);
            text.dispatchEvent(new MouseEvent("mouseup", { bubbles: true }));
        }""",
        [first, last],
    )
