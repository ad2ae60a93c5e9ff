"""Deciding inside the report, in a real browser: from the page to the mended data and back."""

import csv
import json
from dataclasses import replace

import numpy as np
import pytest
from tests.unit.reporters.made import an_audit, with_p_wrong
from tests.unit.reporters.made_objects import boxes_audit

import reliabel as rl
from reliabel.core.dataset import Dataset, Ids
from reliabel.core.labels import MultiLabel, Numbers
from reliabel.core.results import Audit, Decision, Finding, Suspicion
from reliabel.folders.audit_folder import load, save
from reliabel.folders.decisions import decisions_of, resolve
from reliabel.reporters import html

pytestmark = pytest.mark.browser
ODD = (
    "007", "1e5", "NA", "null", 'say "hi"', "a,b", "=1+1", "línea", "عربي", " lead", "1.0",
    "two\nlines", "True", "nan", "-", "'", "<b>", "x;y",
)  # fmt: skip


@pytest.fixture
def context(browser):
    one = browser.new_context(viewport={"width": 1200, "height": 900}, accept_downloads=True)
    yield one
    one.close()


@pytest.fixture
def opened(context, tmp_path):
    """Open a page of an audit, as a file; errors of its scripts fail the test."""
    wrong = []

    def open_page(audit, name="report", fragment=""):
        place = tmp_path / f"{name}.html"
        place.write_text(html.render(audit), encoding="utf-8")
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(place.as_uri() + fragment)
        return page

    yield open_page
    assert wrong == []


def downloaded(page, tmp_path, name="decisions.csv"):
    with page.expect_download() as waiting:
        page.locator("#save").click()
    assert waiting.value.suggested_filename == "decisions.csv"
    waiting.value.save_as(tmp_path / name)
    return tmp_path / name


def card(page, n):
    return page.locator("#cards > .card").nth(n)


def test_objects_are_decided_by_class_and_with_the_suggested_box(opened, tmp_path):
    audit = boxes_audit(tmp_path / "pictures")
    page = opened(audit)
    boxes = page.locator("#cards .objects svg").first.bounding_box()
    assert boxes["width"] > 90
    drawn = page.locator("#cards .objects svg").nth(2)  # the picture, which the page holds once
    assert drawn.locator("use").first.get_attribute("href") == "#w0"
    card(page, 0).get_by_role("button", name="Change to car, this box").click()
    card(page, 1).get_by_role("combobox").focus()
    card(page, 1).get_by_role("combobox").select_option("person")
    card(page, 2).get_by_role("button", name="Add car").click()
    card(page, 3).get_by_role("button", name="Take away").click()
    assert card(page, 0).locator(".mine").inner_text() == "you: changed to car"
    made = resolve(audit.data, decisions_of(downloaded(page, tmp_path)))
    assert made.change == {
        (0, 0): "car 20,40,80,90",
        (0, 1): "person",
        (1, 0): "car 200,100,260,160",
    }
    assert made.drop == {(1, 1)}


def test_decisions_made_in_the_page_are_applied_to_the_data(opened, tmp_path):
    table = tmp_path / "reviews.csv"
    rows = [
        (f"r{i}", f"a text about {'cats' if i % 2 else 'dogs'} {i}", "ab"[i % 2]) for i in range(80)
    ]
    rows[4] = (*rows[4][:2], "b")
    with table.open("w", newline="") as file:
        csv.writer(file).writerows([("id", "text", "label"), *rows])
    p = np.array([[0.9, 0.1] if i % 2 == 0 else [0.1, 0.9] for i in range(80)])
    audit = rl.audit(rl.read(table, label="label", text="text", id="id"), probs=p)
    page = opened(audit)
    page.locator("#who").fill("anna")
    first = [f for f in audit.findings if f.finds == "label"][:4]
    assert (first[0].id, first[0].suggest) == ("r4", "a")
    card(page, 0).get_by_role("button", name="Change to a").click()
    card(page, 1).get_by_role("button", name="Drop").click()
    card(page, 2).get_by_role("button", name="Keep").click()
    card(page, 3).get_by_role("button", name="Unsure").click()
    assert page.locator("#progress").inner_text().startswith("4 of ")
    assert card(page, 0).locator(".mine").inner_text() == "you: changed to a"
    assert page.locator("#then").is_hidden()
    file = downloaded(page, tmp_path)
    assert (
        'decisions="decisions.csv", out="reviews.mended.csv"' in page.locator("#then").inner_text()
    )
    done = rl.apply(audit, decisions=file, out=tmp_path / "mended.csv")
    assert (done["changed"], done["dropped"], done["kept"], done["unsure"]) == (1, 1, 1, 1)
    with (tmp_path / "mended.csv").open(newline="") as file:
        mended = {row["id"]: row["label"] for row in csv.DictReader(file)}
    assert mended == {i: "a" if i == "r4" else y for i, _, y in rows if i != first[1].id}
    made = decisions_of(tmp_path / "decisions.csv")
    assert {one.who for one in made} == {"anna"}
    assert all(one.at.endswith("Z") for one in made)


def test_odd_ids_and_class_names_come_back_as_they_are(opened, tmp_path):
    audit = with_p_wrong(an_audit(n=len(ODD), k=3, names=("NA", 'x,"y"', "عربي")))
    data = replace(audit.data, ids=Ids(ODD))
    found = [replace(f, id=ODD[f.item]) for f in audit.findings if f.finds == "label"]
    page = opened(replace(audit, data=data, findings=found))
    page.locator("#least").select_option("0")
    for n in range(len(found)):
        card(page, n).get_by_role("button", name="Change to").click()
    made = decisions_of(downloaded(page, tmp_path))
    assert {(one.id, one.verdict, one.label) for one in made} == {
        (f.id, "change", f.suggest) for f in found
    }
    resolved = resolve(data, made)
    assert resolved.change == {(f.item, None): f.suggest for f in found}


def test_they_are_kept_and_taken_back_and_foreign_ones_are_refused(opened, tmp_path):
    audit = with_p_wrong(an_audit(n=100, flags=30))
    page = opened(audit)
    card(page, 0).get_by_role("button", name="Keep").click()
    card(page, 1).get_by_role("button", name="Drop").click()
    page.locator("#undo").click()
    assert page.locator("#save").inner_text() == "Download decisions.csv (1)"
    page.reload()
    assert card(page, 0).locator(".mine").inner_text() == "you: kept"
    assert page.locator("#progress").inner_text().startswith("1 of ")
    page.locator("#undo").click()  # undo outlives the page
    assert page.locator("#save").is_disabled()
    card(page, 0).get_by_role("button", name="Keep").click()
    # another audit, opened from another file of the same folder, sees nothing of it
    other = opened(with_p_wrong(an_audit(n=100, flags=30, seed=5)), "other")
    assert other.locator("#save").is_disabled()
    assert other.evaluate("localStorage.length") == 1
    # the same labels audited anew do
    again = opened(replace(audit, warnings=("by another model",)), "again")
    assert card(again, 0).locator(".mine").inner_text() == "you: kept"
    # what claims to be of this audit and is not, is left alone
    key = again.evaluate("Object.keys(localStorage)[0]")
    foreign = json.dumps(
        {"audit": "another", "who": "", "undo": [], "made": {'["r1",null]': {"verdict": "drop"}}}
    )
    for text in (foreign, "{", "[]", "null"):
        again.evaluate("([key, text]) => localStorage.setItem(key, text)", [key, text])
        again.reload()
        assert "of another audit" in again.locator("#kept").inner_text()
        card(again, 1).get_by_role("button", name="Keep").click()
        assert again.locator("#save").inner_text() == "Download decisions.csv (1)"
        assert again.evaluate("(key) => localStorage.getItem(key)", key) == text
        downloaded(again, tmp_path)


def test_a_browser_that_keeps_nothing_is_said(browser, tmp_path):
    place = tmp_path / "report.html"
    place.write_text(html.render(with_p_wrong(an_audit())), encoding="utf-8")
    closed = "{get() { throw new DOMException('no', 'SecurityError'); }}"
    full = "() => { throw new DOMException('full', 'QuotaExceededError'); }"
    for trouble in (
        f"Object.defineProperty(window, 'localStorage', {closed})",
        f"Storage.prototype.setItem = {full}",
    ):
        page = browser.new_page()
        wrong = []
        page.on("pageerror", lambda error, wrong=wrong: wrong.append(str(error)))
        page.add_init_script(trouble)
        page.goto(place.as_uri())
        assert "your decisions last until you close it" in page.locator("#kept").inner_text()
        card(page, 0).get_by_role("button", name="Keep").click()
        card(page, 1).get_by_role("button", name="Drop").click()
        page.locator("#undo").click()
        assert page.locator("#save").inner_text() == "Download decisions.csv (1)"
        assert len(decisions_of(downloaded(page, tmp_path))) == 1
        assert wrong == []
        page.close()


def test_keys_decide_and_lead_on(opened):
    audit = with_p_wrong(an_audit(n=100, flags=30))
    page = opened(audit)
    names = audit.data.labels.names
    page.locator("#start").click()
    page.keyboard.press("c")
    page.keyboard.press("a")
    page.keyboard.press("d")
    page.keyboard.press("m")
    page.keyboard.press("3")
    said = [card(page, n).locator(".mine").inner_text() for n in range(5)]
    first, fifth = audit.findings[0], audit.findings[4]
    last = "you: kept" if fifth.given == names[2] else f"you: changed to {names[2]}"
    assert said == [
        f"you: changed to {first.suggest}",
        "you: kept",
        "you: dropped",
        "you: unsure",
        last,
    ]
    page.keyboard.press("u")
    assert card(page, 4).locator(".mine").inner_text() == ""
    page.keyboard.press("k")
    page.keyboard.press("u")
    assert card(page, 3).locator(".mine").inner_text() == ""
    page.locator("#search").fill("ad")  # letters in a field are letters
    assert page.locator("#search").input_value() == "ad"
    assert page.locator("#save").inner_text() == "Download decisions.csv (3)"
    page.locator("#search").fill("")
    page.locator("#judged").select_option("no")
    page.locator("#start").click()
    before = card(page, 0).locator(".id").inner_text()
    page.keyboard.press("a")  # it leaves the list of those to be judged, the next one is there
    assert card(page, 0).locator(".id").inner_text() != before
    assert page.evaluate("document.activeElement === document.querySelector('#cards > .card')")


def test_two_windows_keep_what_both_decide(context, opened):
    audit = with_p_wrong(an_audit(n=100, flags=30))
    one = opened(audit)
    two = context.new_page()
    two.goto(one.url)
    card(one, 0).get_by_role("button", name="Keep").click()
    card(two, 1).get_by_role("button", name="Drop").click()
    for page in (one, two):
        page.reload()
        assert page.locator("#save").inner_text() == "Download decisions.csv (2)"


def test_other_classes_can_be_chosen(opened, tmp_path):
    names = tuple(f"intent {c}" for c in range(77))
    audit = with_p_wrong(an_audit(n=200, k=77, flags=30, names=names))
    page = opened(audit)
    first = audit.findings[0]
    wanted = next(name for name in reversed(names) if name not in (first.given, first.suggest))
    select = card(page, 0).locator(".acts select")
    select.focus()
    assert select.locator("option").count() == 76  # the word other and all but two classes
    select.select_option(wanted)
    assert decisions_of(downloaded(page, tmp_path))[0].label == wanted


def listed(data, found):
    score = np.zeros(len(found) * 3)
    return Audit(
        data, {"self_confidence": Suspicion(score)}, {}, {}, None, None, None, found, (), {}
    )


def a_finding(item, unit, given, suggest):
    by = ("self_confidence",)
    return Finding(
        item, str(item), unit, "label", None, 0.9, None, by, given, suggest, (), None, "x"
    )


def test_answers_to_questions_and_numbers_are_decided_too(opened, tmp_path):
    y = np.tile([[1, 0, 1]], (6, 1))
    data = Dataset(MultiLabel(y, ("a", "b", "c")), {})
    found = [
        a_finding(i, i % 3, "yes" if i % 3 != 1 else "no", "no" if i % 3 != 1 else "yes")
        for i in range(6)
    ]
    page = opened(listed(data, found))
    card(page, 0).get_by_role("button", name="Change to no").click()
    card(page, 1).get_by_role("button", name="Change to yes").click()
    resolved = resolve(data, decisions_of(downloaded(page, tmp_path)))
    assert resolved.change == {(0, 0): "no", (1, 1): "yes"}

    numbers = replace(data, labels=Numbers(np.arange(6) + 0.5))
    found = [a_finding(i, None, i + 0.5, 2 * i + 0.125) for i in range(6)]
    page = opened(listed(numbers, found), "numbers")
    card(page, 0).get_by_role("button", name="Change to 0.125").click()
    card(page, 1).locator("input").fill("7.25")
    card(page, 1).locator("input").press("Enter")
    resolved = resolve(numbers, decisions_of(downloaded(page, tmp_path)))
    assert resolved.change == {(0, None): 0.125, (1, None): 7.25}


def test_what_a_review_decided_is_marked_and_stays_in_the_file(opened, tmp_path):
    audit = with_p_wrong(an_audit(n=100, flags=30))
    verdicts = [
        ["r0", "keep", None, None, "bo", "2026-11-20T10:00:00Z"],
        ["r3", "change", None, "class 1", None, None],
    ]
    page = opened(replace(audit, info={**audit.info, "verdicts": verdicts}))
    assert card(page, 0).locator(".told").inner_text() == "judged: kept (bo, 20 Nov 2026)"
    assert card(page, 3).locator(".told").inner_text() == "judged: changed to class 1"
    page.locator("#judged").select_option("yes")
    assert page.locator("#count").inner_text() == "2 of 2 findings"
    page.locator("#judged").select_option("")
    card(page, 1).get_by_role("button", name="Keep").click()
    made = decisions_of(downloaded(page, tmp_path))
    assert made[:2] == [
        Decision("r0", "keep", None, None, "bo", "2026-11-20T10:00:00Z"),
        Decision("r3", "change", None, "class 1", None, None),
    ]
    assert (made[2].id, made[2].verdict) == ("r1", "keep")


def test_decisions_of_the_page_are_verdicts_of_the_next_audit(opened, tmp_path):
    """Decide in the page, audit again with the download: the new page marks what was judged."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(600, 3)) * 6
    true, p = x.argmax(1), np.exp(x) / np.exp(x).sum(1, keepdims=True)
    y = np.where(rng.random(600) < 0.06, (true + 1) % 3, true)
    labels, folder = rl.Classes(y, ("cat", "dog", "cow")), tmp_path / "y.audit"
    audit = rl.audit(labels, probs=p, folder=folder)
    save(audit, folder, page=rl.report(audit, folder=folder))
    rl.sample(folder, n=40)
    page = opened(load(folder))
    page.locator("#who").fill("bo")
    card(page, 0).get_by_role("button", name="Change to").click()
    card(page, 1).get_by_role("button", name="Keep").click()
    file = downloaded(page, tmp_path)
    again = rl.audit(labels, probs=p, folder=folder, verdicts=file)
    save(again, folder, resume=True)
    for one in (again, load(folder)):
        assert [row[:2] for row in one.info["verdicts"]] == [
            [audit.findings[0].id, "change"],
            [audit.findings[1].id, "keep"],
        ]
    marked = opened(load(folder), "again")
    marked.locator("#judged").select_option("yes")
    told = set(marked.locator("#cards .told").all_inner_texts())
    assert len(told) == 2
    assert any(text.startswith("judged: kept (bo, ") for text in told)
    assert any(text.startswith(f"judged: changed to {audit.findings[0].suggest}") for text in told)
