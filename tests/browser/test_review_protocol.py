"""The certificate's protocol through the page; each test replays the log.

A draw is committed before it is shown or fetched ahead, none is made anew, and it counts with its
final verdict, whatever the page, the tab or the connection does.
"""

from __future__ import annotations

import sqlite3

import pytest
from tests.browser.reviewing import (
    all_sent,
    at_queue,
    audited,
    decided,
    press,
    replayed,
    row_of,
    served,
    until,
)

import reliabel as rl

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    return audited(tmp_path_factory.mktemp("protocol") / "texts.audit")


@pytest.fixture
def folder(original, tmp_path):
    import shutil

    return shutil.copytree(original, tmp_path / "texts.audit")


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    wrong = []
    context.on("weberror", lambda one: wrong.append(str(one.error)))
    yield context.new_page()
    context.close()
    assert wrong == []


def draws(folder):
    return [one.item for one in replayed(folder) if one.kind == "draw"]


def claimed(response):
    return "/api/claim" in response.url


def test_what_is_fetched_ahead_was_drawn_before(page, folder, tmp_path, monkeypatch):
    """Draws are in the log before the page gets its labels, and nothing else draws."""
    told = []  # the draws in the log when an answer has left the server

    def keep(route):
        assert draws(folder) == (told[-1] if told else [])  # no draw but by an answer
        answer = route.fetch()
        told.append(draws(folder))
        route.fulfill(response=answer)

    page.route("**/api/claim", keep)
    with served(folder, tmp_path, monkeypatch) as server:
        at_queue(page, server.link)
        press(page, "j" * 20)
        press(page, "k" * 20)
        before = draws(folder)
        assert before  # some were drawn by chance
        press(page, "a" * 12)
        all_sent(page)
    assert draws(folder) == told[-1]
    said = {one.item: one.seq for one in replayed(folder) if one.kind == "decide"}
    assert len(said) == 12
    for one in replayed(folder):
        assert one.kind != "draw" or one.seq < said.get(one.item, one.seq + 1)


def test_going_back_and_loading_again_draws_nothing_anew(page, folder, tmp_path, monkeypatch):
    with served(folder, tmp_path, monkeypatch) as server:
        at_queue(page, server.link)
        press(page, "aaa")
        all_sent(page)
        shown, before = row_of(page), draws(folder)
        page.goto(f"{server.address}/#progress")
        page.get_by_role("heading", name="Not enough yet").wait_for()
        page.go_back()
        page.locator(".card[data-row]").wait_for()
        page.reload()
        page.locator(".card[data-row]").wait_for()
        assert row_of(page) == shown
        assert draws(folder)[: len(before)] == before
        assert len(decided(folder)) == 3
        held = sqlite3.connect(folder / "decisions.db")
        rows = [row for (row,) in held.execute("SELECT row FROM claim")]
        held.close()
        assert len(rows) == len(set(rows)) <= 40


def test_two_tabs_decide_no_label_twice(page, folder, tmp_path, monkeypatch):
    with served(folder, tmp_path, monkeypatch) as server:
        at_queue(page, server.link)
        other = page.context.new_page()
        at_queue(other, server.address)
        assert row_of(other) == row_of(page)
        press(page, "jjj")
        press(page, "aaa")  # labels 4 to 6
        all_sent(page)
        press(other, "mmmmmm")  # labels 1 to 3, then 7 to 9
        all_sent(other)
        made = decided(folder)
        assert len({id_ for id_, _, _ in made}) == len(made) == 9
        assert sorted(verdict for _, verdict, _ in made) == ["keep"] * 3 + ["unsure"] * 6


def test_a_lost_connection_loses_and_doubles_nothing(page, folder, tmp_path, monkeypatch):
    with served(folder, tmp_path, monkeypatch) as server:
        at_queue(page, server.link)
        press(page, "a")
        all_sent(page)
        page.context.set_offline(True)
        rows = []
        for key in "a1mda":
            rows.append(row_of(page))
            press(page, key)
        page.locator("[data-notice='connection']").wait_for()
        assert page.locator("[data-outbox]").get_attribute("data-outbox") == "5"
        assert "5 decisions wait" in page.locator("[data-notice='connection']").inner_text()
        assert len(decided(folder)) == 1
        page.context.set_offline(False)
        all_sent(page)
        assert [id_ for id_, _, _ in decided(folder)[1:]] == [f"t{row}" for row in rows]
        assert page.locator("[data-notice='connection']").count() == 0


def test_an_answer_that_is_lost_is_asked_for_again(page, folder, tmp_path, monkeypatch):
    """The decision is in the log, its acknowledgement was lost: it is sent again, and stays one."""
    lost = []

    def lose(route):
        answer = route.fetch()
        lost.append(route.request.post_data_json)
        if len(lost) <= 2:
            route.abort()
        else:
            route.fulfill(response=answer)

    with served(folder, tmp_path, monkeypatch) as server:
        at_queue(page, server.link)
        page.route("**/api/decide", lose)
        press(page, "aaa")
        all_sent(page)
        assert len(lost) >= 2
        made = decided(folder)
        assert len(made) == 3
        assert len({id_ for id_, _, _ in made}) == 3


def test_undo_and_another_verdict_count_once(page, folder, tmp_path, monkeypatch):
    with served(folder, tmp_path, monkeypatch) as server:
        at_queue(page, server.link)
        row = row_of(page)
        press(page, "a")
        assert row_of(page) != row
        press(page, "u")
        assert row_of(page) == row
        press(page, "d")
        press(page, "a")
        press(page, "u")
        press(page, "u")  # two back
        assert row_of(page) == row
        all_sent(page)
        kinds = [one.kind for one in replayed(folder) if one.kind != "draw"]
        assert kinds == ["decide", "undo", "decide", "decide", "undo", "undo"]
        assert rl.log(folder).decisions() == []
        # undo outlives the page
        press(page, "m")
        all_sent(page)
        page.reload()
        page.locator(".card[data-row]").wait_for()
        page.keyboard.press("u")
        until(lambda: row_of(page) == row)
        assert rl.log(folder).decisions() == []


def test_a_lease_that_ran_out_is_asked_for_again(page, folder, tmp_path, monkeypatch):
    with served(folder, tmp_path, monkeypatch, lease=1.0) as server:
        at_queue(page, server.link)
        page.route("**/api/changes*", lambda route: route.abort())  # nothing renews it meanwhile
        before = draws(folder)
        page.wait_for_timeout(1500)
        row = row_of(page)
        page.keyboard.press("a")
        page.get_by_text("held for you too long").wait_for()
        assert decided(folder) == []
        page.wait_for_timeout(300)
        assert row_of(page) == row
        press(page, "a")
        all_sent(page)
        assert [id_ for id_, _, _ in decided(folder)] == [f"t{row}"]
        assert draws(folder)[: len(before)] == before


def test_a_label_that_went_to_somebody_else_leaves_the_page(
    page, folder, tmp_path, monkeypatch, browser
):
    """A lease ran out and another person was handed the label: nobody sees it twice."""
    with served(folder, tmp_path, monkeypatch, lease=1.0) as ann:
        at_queue(page, ann.link)
        page.route("**/api/changes*", lambda route: route.abort())
        page.wait_for_timeout(1500)
        with served(folder, tmp_path, monkeypatch, who="bob") as bob:
            context = browser.new_context()
            other = context.new_page()
            at_queue(other, bob.link)
            theirs = row_of(other)
            page.keyboard.press("a")
            page.get_by_text("held for you too long").wait_for()
            until(lambda: row_of(page) != theirs)
            press(page, "a")
            press(other, "a")
            all_sent(page)
            all_sent(other)
            context.close()
        mine, his = decided(folder), decided(folder, "bob")
        assert mine
        assert his
        assert not {id_ for id_, _, _ in mine} & {id_ for id_, _, _ in his}
