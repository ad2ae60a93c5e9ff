"""The review page in a real browser: what people see and press, and what they curse elsewhere."""

from __future__ import annotations

import re
import shutil

import pytest
from tests.browser.reviewing import (
    all_sent,
    at_queue,
    audited,
    decided,
    press,
    row_of,
    served,
    until,
)

pytestmark = pytest.mark.browser
GREEK = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa")
MANY = tuple(f"intent {word}" for word in GREEK)
VIEWS = ("queue", "second", "map", "find", "duplicates", "conflicts", "progress")
NASTY = "<img src=x onerror=\"document.title='broken'\"><script>document.title='broken'</script>"


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    return audited(tmp_path_factory.mktemp("page") / "texts.audit")


@pytest.fixture
def folder(original, tmp_path):
    return shutil.copytree(original, tmp_path / "texts.audit")


@pytest.fixture
def context(browser):
    """A browser that may speak to this machine alone; errors of scripts fail the test."""
    one = browser.new_context(viewport={"width": 1280, "height": 900})
    wrong, foreign = [], []
    one.on("weberror", lambda error: wrong.append(str(error.error)))
    one.on(
        "request",
        lambda request: (
            foreign.append(request.url)
            if not request.url.startswith(("http://127.0.0.1:", "blob:", "data:"))
            else None
        ),
    )
    one.on(
        "console",
        lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None,
    )
    yield one
    one.close()
    assert wrong == []
    assert foreign == []  # no telemetry, no fonts, nothing from elsewhere


@pytest.fixture
def page(context):
    return context.new_page()


WATCH = """() => {
  window.waits = [];
  addEventListener("keydown", (event) => {
    requestAnimationFrame(() => window.waits.push(performance.now() - event.timeStamp));
  });
}"""


def test_a_key_decides_and_the_next_label_is_there(page, folder, tmp_path, monkeypatch):
    with served(folder, tmp_path, monkeypatch) as server:
        at_queue(page, server.link)
        rows = []
        for key in "a3ymd":
            rows.append(row_of(page))
            press(page, key)
        all_sent(page)
        made = decided(folder)
        assert [id_ for id_, _, _ in made] == [f"t{row}" for row in rows]
        assert [verdict for _, verdict, _ in made][3:] == ["unsure", "drop"]
        assert made[0][1] == "keep"
        assert len(set(rows)) == 5


def test_a_key_that_is_held_down_decides_once(page, folder, tmp_path, monkeypatch):
    with served(folder, tmp_path, monkeypatch) as server:
        at_queue(page, server.link)
        for _ in range(5):
            page.keyboard.down("a")  # what a held key sends
        page.keyboard.up("a")
        all_sent(page)
        assert len(decided(folder)) == 1


@pytest.mark.parametrize("trip", [0, 100])
def test_of_a_hundred_keys_in_a_burst_none_is_lost(page, folder, tmp_path, monkeypatch, trip):
    with served(folder, tmp_path, monkeypatch) as server:
        at_queue(page, server.link)
        network = page.context.new_cdp_session(page)
        network.send("Network.enable")
        network.send(
            "Network.emulateNetworkConditions",
            {"offline": False, "latency": trip, "downloadThroughput": -1, "uploadThroughput": -1},
        )
        for _ in range(100):
            page.keyboard.press("a")
            page.wait_for_timeout(15)  # four times as fast as people type
        all_sent(page)
        made = decided(folder)
        assert len(made) == len({id_ for id_, _, _ in made}) == 100


def test_keys_can_be_changed_and_are_shown(page, folder, tmp_path, monkeypatch):
    with served(folder, tmp_path, monkeypatch) as server:
        at_queue(page, server.link)
        page.keyboard.press("?")
        dialog = page.get_by_role("dialog")
        assert "Take the last decision back" in dialog.inner_text()
        dialog.get_by_role(
            "button", name=re.compile("Change the key of: The label is right")
        ).click()
        page.keyboard.press("4")
        assert "digits stand for labels" in dialog.inner_text()
        page.keyboard.press("d")  # drop's key: it gets the old one
        page.keyboard.press("Escape")
        press(page, "d")
        page.reload()
        page.locator(".card[data-row]").wait_for()
        press(page, "a")
        all_sent(page)
        assert [verdict for _, verdict, _ in decided(folder)] == ["keep", "drop"]


def test_a_label_is_found_among_many(page, tmp_path, monkeypatch):
    folder = audited(tmp_path / "many.audit", names=MANY)
    with served(folder, tmp_path, monkeypatch) as server:
        at_queue(page, server.link)
        page.keyboard.press("/")
        page.get_by_role("combobox").fill("kap")
        page.keyboard.press("Enter")
        press(page, "/")
        page.get_by_role("combobox").fill("ta")
        assert page.get_by_role("option").count() == 6  # beta, delta, zeta, eta, theta, iota
        page.keyboard.press("Escape")
        press(page, "1")  # the suggested one stands first where there are more than nine
        all_sent(page)
        (_, verdict, label), (_, then, _) = decided(folder)
        assert (verdict, label) == ("change", "intent kappa") or verdict == "keep"
        assert then in ("change", "keep")


def test_later_comes_back_and_arrows_decide_nothing(page, tmp_path, monkeypatch):
    folder = audited(tmp_path / "few.audit", rows=12, wrong=3)
    with served(folder, tmp_path, monkeypatch) as server:
        at_queue(page, server.link)
        first = row_of(page)
        page.keyboard.press("ArrowRight")
        assert row_of(page) != first
        page.keyboard.press("ArrowLeft")
        assert row_of(page) == first
        press(page, "s")
        assert row_of(page) != first
        all_sent(page)
        assert decided(folder) == []
        page.get_by_text("of 12 at hand").wait_for()
        press(page, "j" * 15)
        assert row_of(page) == first  # the last of all


def test_a_reload_loses_nothing_while_the_server_is_away(page, folder, tmp_path, monkeypatch):
    with served(folder, tmp_path, monkeypatch) as server:
        at_queue(page, server.link)
        page.route("**/api/decide", lambda route: route.abort())
        rows = []
        for key in "ama":
            rows.append(row_of(page))
            press(page, key)
        page.locator("[data-outbox='3']").wait_for()
        page.reload()
        page.locator(".card[data-row]").wait_for()
        assert row_of(page) not in rows  # what is decided is not shown again
        assert page.locator("[data-outbox]").get_attribute("data-outbox") == "3"
        page.unroute("**/api/decide")
        all_sent(page)
        assert [id_ for id_, _, _ in decided(folder)] == [f"t{row}" for row in rows]


def test_another_tab_sends_what_a_closed_one_left(context, folder, tmp_path, monkeypatch):
    with served(folder, tmp_path, monkeypatch) as server:
        first = context.new_page()
        at_queue(first, server.link)
        first.route("**/api/decide", lambda route: route.abort())
        press(first, "aa")
        first.locator("[data-outbox='2']").wait_for()
        first.close()
        second = context.new_page()
        at_queue(second, server.address)
        all_sent(second)
        assert len(decided(folder)) == 2


def test_a_browser_that_keeps_nothing_is_said(page, folder, tmp_path, monkeypatch):
    full = "() => { throw new DOMException('full', 'QuotaExceededError'); }"
    page.add_init_script(f"Storage.prototype.setItem = {full}")
    with served(folder, tmp_path, monkeypatch) as server:
        at_queue(page, server.link)
        press(page, "aa")
        page.get_by_text("This browser keeps nothing").wait_for()
        all_sent(page)
        assert len(decided(folder)) == 2


def test_what_the_server_refuses_is_shown_and_not_lost(page, folder, tmp_path, monkeypatch):
    def refuse(route):
        sent = route.request.post_data_json["decisions"]
        told = [
            {"key": one["key"], "status": "refused", "seq": None, "why": "it cannot be"}
            for one in sent
        ]
        route.fulfill(json={"results": told, "seq": 0})

    with served(folder, tmp_path, monkeypatch) as server:
        at_queue(page, server.link)
        row = row_of(page)
        page.route("**/api/decide", refuse)
        press(page, "m")
        notice = page.get_by_text(f"Not logged: unsure, of t{row}. it cannot be")
        notice.wait_for()
        page.reload()
        notice.wait_for()
        page.get_by_role("button", name="Seen").click()
        assert notice.count() == 0


def test_a_server_that_cannot_log_says_why_and_is_asked_again(page, folder, tmp_path, monkeypatch):
    with served(folder, tmp_path, monkeypatch) as server:
        at_queue(page, server.link)
        full = {"status": 503, "json": {"detail": "the disk is full"}}
        page.route("**/api/decide", lambda route: route.fulfill(**full))
        press(page, "am")
        page.get_by_text("The server cannot log it now (the disk is full)").wait_for()
        page.unroute("**/api/decide")
        all_sent(page)
        assert [verdict for _, verdict, _ in decided(folder)] == ["keep", "unsure"]


def test_texts_and_labels_are_text(page, tmp_path, monkeypatch):
    names = ("cooking", "music", NASTY)
    folder = audited(tmp_path / "nasty.audit", names=names, texts=[NASTY] * 12)
    with served(folder, tmp_path, monkeypatch) as server:
        at_queue(page, server.link)
        assert NASTY in page.locator(".card").inner_text()
        for view in VIEWS:
            page.goto(f"{server.address}/#{view}")
            page.wait_for_timeout(150)
        assert page.title() == "nasty.audit · review"


def test_a_filter_is_decided_at_once_and_taken_back_at_once(page, folder, tmp_path, monkeypatch):
    with served(folder, tmp_path, monkeypatch) as server:
        at_queue(page, server.link)
        page.goto(f"{server.address}/#find")
        page.get_by_label("given").select_option("music")
        page.get_by_role("button", name="Find", exact=True).click()
        found = int(page.locator("[data-found]").get_attribute("data-found"))
        assert found >= 30
        page.get_by_role("button", name="Decide all…").click()
        dialog = page.get_by_role("dialog")
        assert f"{found} labels will get one verdict: keep as given" in dialog.inner_text()
        dialog.get_by_role("button", name="No", exact=True).click()
        assert decided(folder) == []
        page.get_by_role("button", name="Decide all…").click()
        dialog.get_by_role("button", name=f"Yes, decide all {found} labels").click()
        until(lambda: len(decided(folder)) == found)
        page.reload()
        page.get_by_role("button", name="Take all back").click()
        page.get_by_text(f"{found} decisions taken back").wait_for()
        from reliabel import log

        assert log(folder).decisions() == []


def test_a_lasso_on_the_map_leads_to_the_queue(page, folder, tmp_path, monkeypatch):
    with served(folder, tmp_path, monkeypatch) as server:
        at_queue(page, server.link)
        page.goto(f"{server.address}/#map")
        canvas = page.locator("canvas")
        canvas.wait_for()
        page.wait_for_timeout(300)
        page.get_by_role("button", name="Lasso").click()
        box = canvas.bounding_box()
        corners = [(0.02, 0.02), (0.98, 0.02), (0.98, 0.98), (0.02, 0.98), (0.02, 0.02)]
        for turn, (x, y) in enumerate(corners):
            page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=4)
            if turn == 0:
                page.mouse.down()
        page.mouse.up()
        page.get_by_text("120 items in the lasso").wait_for()
        page.get_by_role("button", name="Review all of them").click()
        page.locator(".card[data-row]").wait_for()
        assert "labels that you chose yourself" in page.locator("main").inner_text()
        press(page, "a")
        all_sent(page)
        assert len(decided(folder)) == 1
        page.get_by_role("button", name="Back to the whole queue").click()
        page.locator(".card[data-row]").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_view_breaks_a_rule_of_accessibility(browser, folder, tmp_path, monkeypatch, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    wide = {"width": 1280, "height": 900}
    context = browser.new_context(viewport=wide, color_scheme=scheme)
    page = context.new_page()
    broken = []

    def look(name):
        found = axe.run(page, options=rules).response["violations"]
        broken.extend((name, one["id"], one["nodes"][0]["html"][:200]) for one in found)

    with served(folder, tmp_path, monkeypatch) as server:
        at_queue(page, server.link)
        press(page, "a1m")
        all_sent(page)
        for view in VIEWS:
            page.goto(f"{server.address}/#{view}")
            page.wait_for_load_state("networkidle")
            look(view)
        page.goto(f"{server.address}/#queue")
        page.locator(".card[data-row]").wait_for()
        page.keyboard.press("?")
        look("keys")
        page.keyboard.press("Escape")
        page.set_viewport_size({"width": 820, "height": 1180})  # a tablet
        look("tablet")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()
    assert broken == []


def test_two_people_never_get_the_same_label(browser, folder, tmp_path, monkeypatch):
    with (
        served(folder, tmp_path, monkeypatch) as first,
        served(folder, tmp_path, monkeypatch, who="bob") as second,
    ):
        pages = [browser.new_context().new_page() for _ in range(2)]
        for one, server in zip(pages, (first, second), strict=True):
            at_queue(one, server.link)
        for _ in range(40):
            for one in pages:
                press(one, "a")
        for one in pages:
            all_sent(one)
            one.context.close()
    both = [id_ for who in ("ann", "bob") for id_, _, _ in decided(folder, who)]
    assert len(both) == len(set(both)) == 80


def test_what_was_said_of_a_label_is_shown_and_can_be_said_anew(
    page, folder, tmp_path, monkeypatch
):
    with served(folder, tmp_path, monkeypatch) as server:
        at_queue(page, server.link)
        row = row_of(page)
        press(page, "dua")
        all_sent(page)
        page.goto(f"{server.address}/#find")
        page.get_by_label("verdict").select_option("keep")
        page.get_by_role("button", name="Find", exact=True).click()
        page.get_by_role("button", name=f"Look at t{row}", exact=True).click()
        past = page.get_by_label("History").get_by_role("listitem")
        past.first.wait_for()
        told = [one.inner_text() for one in past.all()]
        assert ["drop" in told[0], "taken back" in told[1], "keep" in told[2]] == [True] * 3
        press(page, "m")
        all_sent(page)
        assert [verdict for _, verdict, _ in decided(folder)] == ["drop", "keep", "unsure"]


def test_who_is_signed_out_signs_in_and_nothing_is_lost(context, folder, tmp_path, monkeypatch):
    from reliabel.review.passwords import add_user, read_users

    people = tmp_path / "people.txt"
    add_user(people, "ann", "reviewer", "a long password")
    assert set(read_users(people)) == {"ann"}

    def sign_in(page):
        page.get_by_label("Name").fill("ann")
        page.get_by_label("Password").fill("a long password")
        page.get_by_role("button", name="Sign in").click()
        page.locator(".card[data-row]").wait_for()

    with served(folder, tmp_path, monkeypatch, users=people) as server:
        page, other = context.new_page(), context.new_page()
        page.goto(server.address)
        page.get_by_label("Password").fill("wrong")
        page.get_by_label("Name").fill("ann")
        page.get_by_role("button", name="Sign in").click()
        page.get_by_text("name and password do not fit").wait_for()
        sign_in(page)
        press(page, "a")
        all_sent(page)
        for asked in (
            "changes*",
            "state",
            "claim",
        ):  # a decision is the first to hear
            page.route(f"**/api/{asked}", lambda route: route.abort())
        other.goto(server.address)
        other.get_by_role("button", name="Sign out").click()
        other.get_by_label("Name").wait_for()
        press(page, "m")
        page.get_by_text("1 decision of yours is kept").wait_for()
        page.unroute_all()
        sign_in(page)
        all_sent(page)
        assert [verdict for _, verdict, _ in decided(folder)] == ["keep", "unsure"]


def test_nothing_slows_down_and_the_document_stays_small(page, tmp_path, monkeypatch):
    """Lists are paged and the queue shows one label, however many there are."""
    folder = audited(tmp_path / "large.audit", rows=12_000, wrong=100)
    with served(folder, tmp_path, monkeypatch) as server:
        at_queue(page, server.link)
        page.evaluate(WATCH)
        press(page, "a" * 20)
        until(lambda: len(page.evaluate("window.waits")) == 20)
        assert (
            sorted(page.evaluate("window.waits"))[10] < 100
        )  # milliseconds from the key to the next label, on a busy machine
        page.goto(f"{server.address}/#find")
        page.get_by_label("verdict").select_option("")
        page.get_by_role("button", name="Find", exact=True).click()
        page.locator("li[data-row]").first.wait_for()
        assert page.get_by_role("heading", name="12,000 labels").is_visible()
        assert 0 < page.locator("[data-row]").count() <= 100
        assert page.locator("*").count() < 1500
