"""Tagged text, several labels, numbers and ordered classes in a real browser: words chosen by mouse
and keys, spans added and taken back, all labels of an item at once, numbers typed; what the log
holds is applied to the file, and nothing else in it changes.
"""

from __future__ import annotations

import numpy as np
import pytest
from tests.browser.reviewing import all_sent, at_queue, decided, press, row_of, served, until

import reliabel as rl
from reliabel.core.dataset import Dataset, Ids
from reliabel.core.labels import Classes, Grouped, MultiLabel, Numbers, Spans
from reliabel.core.results import Audit, Suspicion

pytestmark = pytest.mark.browser
CONLL = """Ada B-PER
Lovelace O
met O
Kim B-PER
in O
New B-LOC
York I-LOC

Rain O
fell O
in O
Graz O
for O
Omar B-PER
"""


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


def audited(data, p, folder, **more):
    """An audit folder of data with P(wrong) as given."""
    p = np.asarray(p, dtype=float)
    made = Audit(data, {"self_confidence": Suspicion(p)}, {}, {}, p, None, None, (), (), {}, **more)
    return rl.save(made, folder)


def tagged(tmp_path):
    """Two sentences in a file of tags: four spans, and a place where one may be missing."""
    path = tmp_path / "news.conll"
    path.write_text(CONLL)
    read = rl.read(path)
    spans = Spans([0, 3, 5, 3, 5], [1, 4, 7, 4, 6], [1, 1, 0, -1, 1], ["LOC", "PER"])
    data = Dataset(Grouped(spans, [0, 3, 5]), read.evidence, read.ids, read.source)
    return path, audited(data, [0.9, 0.6, 0.5, 0.8, 0.7], tmp_path / "news.audit")


def to_row(page, row):
    """Step to a label that is at hand."""
    for _ in range(8):
        page.keyboard.press("k")
    for _ in range(8):
        if row_of(page) == row:
            return
        page.keyboard.press("j")
    raise AssertionError(f"row {row} is not at hand")


def test_spans_by_keys_alone(page, tmp_path, monkeypatch):
    _, folder = tagged(tmp_path)
    with served(folder, tmp_path / "state", monkeypatch, greedy=True) as review:
        at_queue(page, review.link)
        to_row(page, 0)
        page.keyboard.press("Shift+ArrowRight")  # Ada -> Ada Lovelace
        assert page.locator("mark.mine").all_inner_texts() == ["Ada", " Lovelace"]
        press(page, "2")
        to_row(page, 3)
        assert page.locator("[data-verdict='keep'] .name").inner_text() == "no span here"
        press(page, "d")  # nothing is there to be taken away
        assert row_of(page) == 3
        press(page, "n")  # a span that nobody listed: the first free word behind Graz
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("Shift+ArrowRight")
        assert "in Graz" in page.locator(".item [role='status']").inner_text()
        page.keyboard.press("Escape")
        press(page, "n")
        assert "for" in page.locator(".item [role='status']").inner_text()
        press(page, "1")
        assert page.locator(".other.added").inner_text() == "for"
        assert row_of(page) == 3  # the question of the card is still open
        all_sent(page)
        page.reload()
        page.locator(".card[data-row]").wait_for()
        to_row(page, 3)
        assert page.locator(".other.added").inner_text() == "for"
        press(page, "1")  # Graz is a LOC
        all_sent(page)
    assert ("0", "change", "PER 0:2") in decided(folder)
    out = tmp_path / "clean.conll"
    done = rl.apply(folder, out=out)
    assert done["changed"] == 2
    mended = CONLL.replace("Lovelace O", "Lovelace I-PER").replace("Graz O", "Graz B-LOC")
    assert out.read_text() == mended.replace("for O", "for B-LOC")


def test_an_added_span_is_taken_back_and_one_in_the_way_is_refused(page, tmp_path, monkeypatch):
    _, folder = tagged(tmp_path)
    with served(folder, tmp_path / "state", monkeypatch, greedy=True) as review:
        at_queue(page, review.link)
        to_row(page, 0)
        page.keyboard.press("Shift+ArrowRight")
        for _ in range(2):
            page.keyboard.press("Shift+ArrowRight")
        assert "Kim" in page.locator(".item .wrong").inner_text()  # a word has one tag
        press(page, "2")
        assert row_of(page) == 0
        page.keyboard.press("Escape")
        press(page, "n")
        press(page, "2")
        page.locator(".other.added").wait_for()
        press(page, "u")
        until(lambda: page.locator(".other.added").count() == 0)
        press(page, "n")
        press(page, "1")
        all_sent(page)
        page.reload()
        page.locator(".card[data-row]").wait_for()
        to_row(page, 0)
        page.get_by_role("button", name="Take back").click()
        until(lambda: page.locator(".other.added").count() == 0)
        page.get_by_role("button", name="Judge LOC, given: New York").click()
        assert row_of(page) == 2
        press(page, "d")
        all_sent(page)
    log = rl.log(folder)
    assert log.summary()["added"] == 0
    assert [(one.verdict, one.unit) for one in log.decisions()] == [("drop", 2)]


def test_what_is_in_the_way_is_refused_by_the_server_too(page, tmp_path, monkeypatch):
    _, folder = tagged(tmp_path)
    with served(folder, tmp_path / "state", monkeypatch, greedy=True) as review:
        at_queue(page, review.link)
        told = page.evaluate(
            """async () => {
                const {csrf} = await (await fetch("api/me")).json();
                const send = (decisions) => fetch("api/decide", {method: "POST", headers: {
                    "Content-Type": "application/json", "X-CSRF-Token": csrf},
                    body: JSON.stringify({decisions})}).then((one) => one.json());
                return await send([
                    {key: "a", row: 0, verdict: "change", label: "PER 0:4"},
                    {key: "b", row: 0, verdict: "change", label: "PER 0:99"},
                    {key: "c", row: 1, verdict: "drop"},
                    {key: "d", row: 0, verdict: "change", label: "PER 0:4"},
                    {key: "e", row: 0, verdict: "add", label: "PER 6:7"},
                    {key: "f", row: 3, verdict: "drop"},
                    {key: "g", row: 4, verdict: "add", label: "LOC 2:4"},
                ]);
            }"""
        )
    whys = [one["why"] for one in told["results"]]
    assert [one["status"] for one in told["results"]] == [
        "refused",
        "refused",
        "logged",
        "logged",
        "refused",
        "refused",
        "logged",
    ]
    assert "PER “Ada Lovelace met Kim” and PER “Kim” share words" in whys[0]
    assert "7 words" in whys[1]
    assert "LOC “New York”" in whys[4]
    assert "keep says that none is missing" in whys[5]
    # an added span on a listed place is a decision on that place, so that it is counted there
    assert ("1", "change", "LOC 2:4") in decided(folder)
    assert rl.log(folder).record().found == 3


def test_all_labels_of_an_item_in_one_go(page, tmp_path, monkeypatch):
    names = ["art", "food", "sport"]
    labels = MultiLabel(np.array([[1, 0, 0], [1, 1, 0], [0, 0, -1]]), names)
    ids = Ids(("a", "b", "c"))
    data = Dataset(labels, {"items": ["paint and soup", "soup", "goals"]}, ids, {})
    p = [0.1, 0.9, 0.02, 0.8, 0.01, 0.3, 0.05, 0.04, np.nan]
    suggest = np.array([-1, 1, -1, 0, -1, -1, -1, -1, -1])
    folder = audited(data, p, tmp_path / "posts.audit", suggest=suggest)
    with served(folder, tmp_path / "state", monkeypatch, greedy=True) as review:
        at_queue(page, review.link)
        assert row_of(page) == 1
        switches = page.locator(".whole [role='switch']")
        assert switches.all_inner_texts()[1].split() == ["2", "food", "missing?", ".90"]
        press(page, "w")  # as suggested, but not yet decided
        assert switches.nth(1).get_attribute("aria-checked") == "true"
        press(page, "1")  # no art after all
        page.keyboard.press("Enter")
        until(lambda: row_of(page) == 3)
        press(page, "u")  # all of it is taken back
        until(lambda: row_of(page) == 1)
        press(page, "2")
        page.keyboard.press("Enter")
        until(lambda: row_of(page) == 3)
        press(page, "y")  # the one that is asked about alone: b is no art
        until(lambda: row_of(page) == 5)
        switches = page.locator(".whole [role='switch']")
        assert switches.nth(0).get_attribute("aria-checked") == "false"  # what was said stays
        press(page, "e")
        all_sent(page)
    log = rl.log(folder)
    assert log.board.decided[:6].all()
    assert [row for row in range(6) if log.board.wrong[row]] == [1, 3]
    resolved = rl.apply(folder)
    assert resolved["labels"].y.tolist() == [[1, 1, 0], [0, 1, 0], [0, 0, -1]]


def test_numbers_are_typed_and_slips_are_offered(page, tmp_path, monkeypatch):
    y = [1200.0, 13520.0, 900.0, 1100.0]
    given = Numbers(np.array(y))
    data = Dataset(given, {"items": ["a", "b", "c", "d"]}, Ids(("a", "b", "c", "d")), {})
    suggest = Numbers(np.array([1180.0, 1310.0, 905.0, 1110.0]))
    ends = np.array([[1000, 1400], [1000, 1700], [700, 1100], [900, 1300]], dtype=float)
    more = {"suggest": suggest, "suggest_range": ends}
    folder = audited(data, [0.5, 0.99, 0.4, 0.3], tmp_path / "rents.audit", **more)
    with served(folder, tmp_path / "state", monkeypatch, greedy=True) as review:
        at_queue(page, review.link)
        assert row_of(page) == 1
        assert "90 % between 1000 and 1700" in page.locator("[data-verdict='take']").inner_text()
        assert (
            "1352: the point one place off?" in page.locator("[data-verdict='slip']").inner_text()
        )
        press(page, "t")
        until(lambda: row_of(page) == 0)
        page.keyboard.type("12x")
        page.keyboard.press("Enter")
        assert "is no number" in page.locator("dialog [role='alert']").inner_text()
        page.keyboard.press("Backspace")
        page.keyboard.press("Enter")
        assert "outside all given numbers" in page.locator("dialog [role='alert']").inner_text()
        page.keyboard.type("50")
        page.keyboard.press("Enter")
        until(lambda: row_of(page) == 2)
        press(page, "y")
        press(page, "a")
        all_sent(page)
    said = [(one, verdict, label) for one, verdict, label in decided(folder)]
    assert said == [
        ("b", "change", "1352"),
        ("a", "change", "1250"),
        ("c", "change", "905"),
        ("d", "keep", None),
    ]


def test_digits_that_are_classes_stand_for_themselves(page, tmp_path, monkeypatch):
    labels = Classes(np.array([0, 3, 2]), ["0", "1", "2", "3", "4"])
    data = Dataset(labels, {"items": ["a", "b", "c"]}, Ids(("a", "b", "c")), {})
    folder = audited(data, [0.9, 0.8, 0.7], tmp_path / "stars.audit")
    with served(folder, tmp_path / "state", monkeypatch, greedy=True) as review:
        at_queue(page, review.link)
        keys = page.locator(".labels kbd").all_inner_texts()
        assert keys == ["0", "1", "2", "3", "4"]
        press(page, "3")
        until(lambda: row_of(page) == 1)
        press(page, "0")
        until(lambda: row_of(page) == 2)
        press(page, "7")
        assert row_of(page) == 2
        all_sent(page)
    assert decided(folder) == [("a", "change", "3"), ("b", "change", "0")]
