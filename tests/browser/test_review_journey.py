"""A team's journey in a real browser: audit of pictures, review by keyboard, undo, a group of
copies at once, the server killed and started again, a blind second look, conflicts settled, the
certificate, and a mended file that holds exactly what was decided.
"""

from __future__ import annotations

import csv
import shutil

import numpy as np
import pytest
from tests.browser.reviewing import all_sent, press, replayed, row_now, row_of, until

import reliabel as rl

pytestmark = pytest.mark.browser
PASSWORD = "a long password"
CLASSES = 8  # so that each class has a key


def drawn_digits(place, n, wrong, copies):
    """A folder of pictures, one folder a class, and the truth: name of the file -> class.  Of
    ``wrong`` pictures the label is another; ``copies`` of them stand there twice, under two labels.
    """
    from PIL import Image
    from sklearn.datasets import load_digits

    digits = load_digits()
    chosen = np.flatnonzero(digits.target < CLASSES)
    rng = np.random.default_rng(0)
    truth = {}
    for i in range(n):
        at = chosen[i % len(chosen)]
        true = int(digits.target[at])
        given = (true + 1 + i % 3) % CLASSES if i < wrong else true
        grey = digits.images[at] * 15 + rng.normal(0, 4, (8, 8))  # no two are alike by chance
        picture = Image.fromarray(np.clip(255 - grey, 0, 255).astype(np.uint8)).resize((40, 40))
        name = f"p{i:05d}.png"
        (place / str(given)).mkdir(parents=True, exist_ok=True)
        picture.save(place / str(given) / name)
        truth[name] = str(true)
        if n - copies <= i:
            other = f"q{i:05d}.png"
            (place / str((true + 4) % CLASSES)).mkdir(exist_ok=True)
            shutil.copy(place / str(given) / name, place / str((true + 4) % CLASSES) / other)
            truth[other] = str(true)
    return truth


class Reviewer:
    """Somebody at the page, who knows the truth and remembers what they said."""

    def __init__(self, browser, server, name):
        self.context = browser.new_context(viewport={"width": 1280, "height": 900})
        self.page = self.context.new_page()
        self.said, self.wrong = {}, []
        self.context.on("weberror", lambda one: self.wrong.append(str(one.error)))
        self.page.goto(server.address)
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.locator("nav").wait_for()

    def id(self):
        return self.page.locator(".shown .place span").first.inner_text()

    def given(self):
        return self.page.locator("[data-verdict='keep'] .name").inner_text()

    def judge(self, truth, wrongly=False):
        """Say what is true of the label on the screen, by one key."""
        self.page.locator(".card[data-row]").wait_for()
        id_, given = self.id(), self.given()
        true = truth[id_.rpartition("/")[2]]
        say = str((int(true) + 1) % CLASSES) if wrongly else true
        self.page.keyboard.press("a" if say == given else say)
        self.said[id_] = ("keep", given) if say == given else ("change", say)
        return id_

    def leave(self):
        self.context.close()
        assert self.wrong == []


def test_the_journey_of_a_team(browser, tmp_path, monkeypatch):
    walk(browser, tmp_path, monkeypatch, n=490, wrong=20, copies=10)


@pytest.mark.heavy
def test_the_journey_of_a_team_with_5000_pictures(browser, tmp_path, monkeypatch):
    walk(browser, tmp_path, monkeypatch, n=4950, wrong=200, copies=50)


def walk(browser, place, monkeypatch, n, wrong, copies):
    pytest.importorskip("fastapi")
    pytest.importorskip("argon2")
    from reliabel.bench.review_server import Server
    from reliabel.review.passwords import add_user

    monkeypatch.setenv("RELIABEL_STATE", str(place / "state"))
    truth = drawn_digits(place / "pictures", n, wrong, copies)
    folder = rl.save(rl.audit(rl.read(place / "pictures")), place / "pictures.audit")
    users = place / "people.txt"
    for name, role in (("ann", "reviewer"), ("bob", "reviewer"), ("eve", "adjudicator")):
        add_user(users, name, role, PASSWORD)
    with Server(folder, place / "state", ["--users", str(users), "--blind"]) as server:
        ann = Reviewer(browser, server, "ann")
        judged = [ann.judge(truth) for _ in range(40)]
        undone_and_said_again(ann, truth, judged[-1])
        bulk = copies_at_once(ann, server, truth)
        killed_and_started_again(ann, server, truth)
        told = second_look(browser, server, ann, truth, bulk)
        settled = adjudicated(browser, server, truth, told)
        certified(ann, server, folder)
        ann.leave()
    mended(folder, place, ann.said, bulk, settled, truth)


def undone_and_said_again(ann, truth, last):
    press(ann.page, "u")
    assert ann.id() == last
    press(ann.page, "m")
    all_sent(ann.page)
    ann.said[last] = ("unsure", "")


def copies_at_once(ann, server, truth):
    """One verdict on a group of copies whose labels differ; returns id -> label."""
    page = ann.page
    page.goto(f"{server.address}/#duplicates")
    groups = page.locator("[data-group]")
    groups.first.wait_for()
    page.locator("[data-group] img").first.wait_for()
    for group in groups.all():
        ids = [one.inner_text() for one in group.locator("li .quiet").all()]
        if not any(id_ in ann.said for id_ in ids) and "labels differ" in group.inner_text():
            break
    true = truth[ids[0].rpartition("/")[2]]
    group.get_by_role("button", name=f"All are {true}").click()
    page.get_by_role("button", name=f"Yes, decide all {len(ids)} labels").click()
    page.get_by_role("dialog").wait_for(state="detached")
    page.goto(f"{server.address}/#queue")
    return dict.fromkeys(ids, true)


def killed_and_started_again(ann, server, truth):
    """The server dies while somebody decides; nothing is lost, and the page says what waits."""
    page = ann.page
    for turn in range(12):
        ann.judge(truth)
        if turn == 3:
            server.kill()
    page.locator("[data-notice='connection']").wait_for()
    waiting = int(page.locator("[data-outbox]").get_attribute("data-outbox"))
    assert 8 <= waiting <= 12
    assert f"{waiting} decisions wait" in page.locator("[data-notice='connection']").inner_text()
    server.start()
    all_sent(page)
    page.locator("[data-notice='connection']").wait_for(state="detached")


def second_look(browser, server, ann, truth, bulk):
    """Somebody else judges some of the same labels, blind, two of them otherwise; returns these."""
    bob = Reviewer(browser, server, "bob")
    bob.page.goto(f"{server.address}/#second")
    otherwise = {}
    for turn in range(10):
        bob.page.locator(".card[data-row]").wait_for()
        assert bob.page.locator("main").inner_text().count("ann") == 0
        id_ = bob.judge(truth, wrongly=turn in (2, 5))
        first = ann.said.get(id_) or ("change", bulk[id_])
        if bob.said[id_][1] != first[1]:
            otherwise[id_] = (first, bob.said[id_])
    all_sent(bob.page)
    bob.page.goto(f"{server.address}/#conflicts")
    assert bob.page.get_by_role("link", name="Conflicts").count() == 0
    bob.leave()
    assert len(otherwise) >= 2
    return otherwise


def adjudicated(browser, server, truth, told):
    """Each conflict is settled for the first of the two; returns id -> what counts."""
    eve = Reviewer(browser, server, "eve")
    eve.page.goto(f"{server.address}/#conflicts")
    settled = {}
    while len(settled) < len(told):
        eve.page.locator(".card[data-row]").wait_for()
        row = row_of(eve.page)
        id_ = eve.page.locator(".card section p").first.inner_text().partition(" · ")[0]
        both = eve.page.get_by_label("Verdicts").inner_text()
        assert "ann" in both
        assert "bob" in both
        place = both.index("ann") > both.index("bob")
        eve.page.keyboard.press("2" if place else "1")
        settled[id_] = told[id_][0]
        until(
            lambda row=row: (
                "Nobody disagrees" in eve.page.inner_text("main")
                or row_now(eve.page) not in (None, row)
            )
        )
    eve.page.get_by_text("Nobody disagrees").wait_for()
    eve.leave()
    return settled


def certified(ann, server, folder):
    """The page says what the command says."""
    ann.page.goto(f"{server.address}/#progress")
    answer = ann.page.get_by_label("What may be printed")
    answer.wait_for(timeout=120_000)  # it is worked out on a busy machine
    from reliabel.reporters.certificate_text import sentences

    first = next(iter(sentences(rl.certify(folder))))
    again = ann.page.get_by_role("button", name="Work it out again")

    def the_same():
        again.click()  # the page's may be some events behind
        return answer.locator("p").first.inner_text() == first

    until(the_same, 60)
    assert "Why does the queue turn dull?" in ann.page.inner_text("main")


def mended(folder, place, said, bulk, settled, truth):
    """The written table holds what was decided, and every other label as it was given."""
    replayed(folder)
    rl.apply(folder, out=place / "clean.csv")
    with (place / "clean.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(truth)
    expected = {id_: label for id_, (verdict, label) in said.items() if verdict == "change"}
    expected |= bulk | {
        id_: label for id_, (verdict, label) in settled.items() if verdict == "change"
    }
    data = rl.load(folder).data
    given = {data.ids.item(i): data.labels.names[y] for i, y in enumerate(data.labels.y)}
    name, label = list(rows[0])[:2]
    assert {row[name]: row[label] for row in rows} == given | expected
