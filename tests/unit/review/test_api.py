"""The HTTP interface of the review app, on both databases where the log is concerned."""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.review.conftest import made
from tests.unit.review.web import Browser, Site, team

import reliabel as rl


@pytest.fixture
def site(folder, store):
    return Site(folder, store=store)


@pytest.fixture
def ada(site):
    return site.alone()


@pytest.fixture
def people(folder):
    return team(folder, {"ada": "reviewer", "bob": "reviewer", "eve": "admin"})


def decisions(site):
    return [(one.id, one.verdict, one.label) for one in site.log.decisions()]


def test_the_link_opens_once(site):
    token = site.door.link.token
    first, second = Browser(site.app), Browser(site.app)
    assert first.client.get("/", params={"token": token}).headers["location"] == "./"
    assert first.get("/api/me")["role"] == "admin"
    told = second.client.get("/", params={"token": token})
    assert told.status_code == 403
    assert "this link was used before" in told.json()["detail"]
    assert first.client.get("/", params={"token": token}).status_code == 303  # it is them again


def test_who_reviews_and_how(ada, site):
    me = ada.get("/api/me")
    assert (me["who"], me["mode"], me["choices"]) == (None, "local", ["no", "yes"])
    assert me["queue"] == "suspects"
    assert (me["folder"], me["log"], me["labels"]) == ("labels.audit", site.log.uid, 60)
    assert Browser(site.app).get("/api/hello") == {"mode": "local", "login": False}


def test_a_claim_holds_labels_and_commits_draws_before_it_answers(ada, site):
    cards = ada.claim(8)
    assert len({card["row"] for card in cards}) == 8
    drawn = {one.item for one in site.log.events() if one.kind == "draw"}
    open_ = ada.get("/api/state")["open_draws"]
    assert len(drawn) == open_
    assert drawn <= {card["row"] for card in cards}
    assert [card["row"] for card in ada.claim(8)] != []
    assert {card["row"] for card in ada.claim(8)} == {card["row"] for card in cards}


def test_cards_do_not_say_which_are_drawn(ada):
    names = {frozenset(card) for card in ada.claim(10)}
    assert len(names) == 1
    assert not {"drawn", "chosen", "unseen"} & set().union(*names)


def test_people_never_hold_the_same_label(people):
    ada, bob = people.named("ada"), people.named("bob")
    theirs = [{card["row"] for card in who.claim(20)} for who in (ada, bob)]
    assert [len(rows) for rows in theirs] == [20, 20]
    assert not theirs[0] & theirs[1]


def test_who_is_quick_holds_half_of_what_is_left_at_most(people):
    ada, bob = people.named("ada"), people.named("bob")
    assert len(ada.claim(10)) == 10
    assert len(bob.claim(1)) == 1
    told = ada.post("/api/claim", {"n": 60, "source": "queue"})
    assert len(told["cards"]) == 30
    assert told["left"]
    assert len(bob.claim(60)) == 30


def test_a_decision_is_logged_once_however_often_it_is_sent(ada, site):
    row = ada.claim(1)[0]["row"]
    first = ada.decide(row, "drop", key="one")
    again = ada.decide(row, "drop", key="one")
    assert (first["status"], again["status"]) == ("logged", "known")
    assert first["seq"] == again["seq"]
    assert ada.decide(row, "drop", key="two")["status"] == "known"
    assert decisions(site) == [(str(row), "drop", None)]


def test_a_key_that_was_sent_late_does_not_bring_a_decision_back(ada, site):
    row = ada.claim(1)[0]["row"]
    ada.decide(row, "drop", key="one")
    ada.post("/api/undo", {"key": "back"})
    assert ada.decide(row, "drop", key="one")["status"] == "known"
    assert decisions(site) == []


def test_keys_of_one_person_are_not_those_of_another(people):
    ada, bob = people.named("ada"), people.named("bob")
    assert ada.decide(3, "keep", key="k")["status"] == "logged"
    assert bob.decide(4, "keep", key="k")["status"] == "logged"


def test_a_decision_that_cannot_be_is_refused_and_the_others_are_logged(ada, site):
    sent = [
        {"key": "a", "row": 1, "verdict": "keep"},
        {"key": "b", "row": 2, "verdict": "change", "label": "maybe"},
        {"key": "c", "row": 3, "verdict": "change"},
        {"key": "d", "row": 999, "verdict": "keep"},
        {"key": "e", "row": 4, "verdict": "change", "label": "no"},
    ]
    told = ada.post("/api/decide", {"decisions": sent})["results"]
    assert [one["key"] for one in told] == list("abcde")
    assert [one["status"] for one in told] == ["logged", "refused", "refused", "refused", "logged"]
    assert "maybe" in told[1]["why"]
    assert "a change needs the new label" in told[2]["why"]
    assert "there is no label 999" in told[3]["why"]
    assert [id_ for id_, *_ in decisions(site)] == ["1", "4"]


def test_what_is_put_off_comes_last_and_a_draw_stays_open(ada, site):
    rows = [card["row"] for card in ada.claim(5)]
    before = ada.get("/api/state")["open_draws"]
    assert ada.post("/api/release", {"rows": rows[:2]})["n"] == 2
    assert ada.get("/api/state")["open_draws"] >= before
    seen = []
    while cards := [one for one in ada.claim(10) if one["row"] not in rows[:2]]:
        for card in cards:
            seen.append(card["row"])
            ada.decide(card["row"])
    assert set(seen) == set(range(60)) - set(rows[:2])
    assert {card["row"] for card in ada.claim(10)} == set(rows[:2])


def test_what_one_person_puts_off_others_may_have(people):
    ada, bob = people.named("ada"), people.named("bob")
    rows = {card["row"] for card in ada.claim(60)}
    assert bob.claim(5) == []
    ada.post("/api/release", {"rows": sorted(rows)[:3]})
    assert {card["row"] for card in bob.claim(5)} == set(sorted(rows)[:3])


def test_undo_shows_the_label_again_and_counts_once(ada, site):
    row = ada.claim(1)[0]["row"]
    ada.decide(row)
    back = ada.post("/api/undo", {"key": "u"})
    assert back["card"]["row"] == row
    assert ada.post("/api/undo", {"key": "u"})["seq"] == back["seq"]
    assert ada.claim(1)[0]["row"] == row
    assert "no decision" in ada.post("/api/undo", {"key": "v"}, 409)["detail"]


def test_undo_by_number_is_for_one_s_own_decisions(people):
    ada, bob = people.named("ada"), people.named("bob")
    seq = ada.decide(3)["seq"]
    assert "somebody else's" in bob.post("/api/undo", {"key": "u", "seq": seq}, 403)["detail"]
    assert ada.post("/api/undo", {"key": "u", "seq": seq})["card"]["row"] == 3
    assert (
        "no decision that stands" in ada.post("/api/undo", {"key": "v", "seq": seq}, 409)["detail"]
    )


def test_the_state_counts_what_was_decided(ada, site):
    for row, verdict in ((0, "drop"), (1, "keep"), (2, "unsure")):
        ada.decide(row, verdict)
    told = ada.get("/api/state")
    assert (told["n"], told["decided"], told["wrong"], told["mine"]) == (60, 3, 2, 3)
    assert told["per_person"] == [{"who": None, "n": 3}]


def test_the_certificate_follows(ada, site):
    before = ada.get("/api/state")["certificate"]
    assert not before["may_stop"]
    while cards := ada.claim(20):
        for card in cards:
            ada.decide(card["row"])
    site.shared.progress.told()
    while (told := ada.get("/api/state")["certificate"])["seq"] != site.log.board.seq:
        pass
    assert told["may_stop"]
    assert told["upper"] == 0
    whole = ada.get("/api/certificate")
    assert whole["sentences"][0].startswith("All 60 labels were reviewed")
    assert whole["curve"][-1][0] == 60
    assert ["labels", "60"] in whole["table"]


def test_changes_since_a_number_tell_everything_but_draws(ada, site):
    ada.claim(10)
    ada.decide(5, "drop")
    ada.post("/api/undo", {"key": "u"})
    told = ada.get("/api/changes", after=0)
    assert [one["kind"] for one in told["events"]] == ["decide", "undo"]
    assert told["seq"] == site.log.board.seq
    assert ada.get("/api/changes", after=told["seq"])["events"] == []


def test_the_log_is_for_admins_and_shows_draws(people):
    ada, eve = people.named("ada"), people.named("eve")
    people.log.draw(who="ada", allowed=1)
    assert "admin" in ada.client.get("/api/log").json()["detail"]
    kinds = {one["kind"] for one in eve.get("/api/log")["events"]}
    assert kinds == {"draw"}


def test_blind_people_learn_of_others_after_their_own_verdict(folder):
    site = team(folder, {"ada": "reviewer", "bob": "reviewer"}, blind=True)
    ada, bob = site.named("ada"), site.named("bob")
    ada.decide(7, "drop")
    assert bob.get("/api/changes")["events"] == []
    assert bob.get("/api/items/7")["history"] == []
    assert [card["row"] for card in bob.claim(5, "second")] == [7]
    bob.decide(7, "keep")
    assert [one["who"] for one in bob.get("/api/items/7")["history"]] == ["ada", "bob"]
    assert {one["who"] for one in bob.get("/api/changes")["events"]} == {"ada", "bob"}


def test_a_second_look_needs_a_name(ada):
    told = ada.post("/api/claim", {"n": 1, "source": "second"}, 409)
    assert "needs the name" in told["detail"]


def test_a_filter_counts_and_can_be_claimed(ada, site):
    told = ada.post("/api/filter", {"filter": {"given": "yes"}})
    yes = np.flatnonzero(np.asarray(site.opened.audit.data.labels.y) == 1)
    assert told["n"] == len(yes)
    assert set(told["rows"]) == set(yes.tolist())
    cards = ada.claim(4, {"filter": {"given": "yes"}})
    assert {card["given"] for card in cards} == {"yes"}
    assert "no class" in ada.post("/api/filter", {"filter": {"given": "x"}}, 409)["detail"]
    assert ada.post("/api/filter", {"filter": {}})["n"] == 60


def test_a_decision_on_many_labels_and_back(ada, site):
    sent = {"filter": {"rows": [3, 4, 5]}, "verdict": "keep", "expect": 3, "key": "b"}
    assert "match by now" in ada.post("/api/bulk", sent | {"expect": 4}, 409)["detail"]
    assert decisions(site) == []
    done = ada.post("/api/bulk", sent)
    assert done["n"] == 3
    assert ada.post("/api/bulk", sent)["seq"] == done["seq"]
    assert ada.post("/api/bulk/undo", {"key": "b"})["n"] == 3
    assert decisions(site) == []
    assert "no decision on many" in ada.post("/api/bulk/undo", {"key": "x"}, 409)["detail"]


def test_a_repeated_bulk_is_known_though_its_filter_matches_nothing_any_more(ada):
    sent = {"filter": {"verdict": "undecided"}, "verdict": "keep", "expect": 60, "key": "b"}
    assert ada.post("/api/bulk", sent)["n"] == 60
    assert ada.post("/api/bulk", sent)["n"] == 60


def test_conflicts_are_settled_by_an_adjudicator(folder):
    site = team(folder, {"ada": "reviewer", "bob": "reviewer", "jo": "adjudicator"})
    ada, bob, jo = (site.named(who) for who in ("ada", "bob", "jo"))
    ada.decide(7, "drop")
    bob.decide(7, "keep")
    assert ada.client.get("/api/conflicts").status_code == 403
    found = jo.get("/api/conflicts")
    assert found["n"] == 1
    assert [one["who"] for one in found["conflicts"][0]["verdicts"]] == ["ada", "bob"]
    assert jo.get("/api/state")["conflicts"] == 1
    sent = {"row": 7, "verdict": "keep", "key": "s"}
    ada.post("/api/settle", sent, 403)
    seq = jo.post("/api/settle", sent)["seq"]
    assert jo.post("/api/settle", sent)["seq"] == seq
    assert jo.get("/api/conflicts")["conflicts"] == []
    assert "do not differ" in jo.post("/api/settle", sent | {"row": 8, "key": "t"}, 409)["detail"]


def test_agreement(folder):
    site = team(folder, {"ada": "reviewer", "bob": "reviewer"})
    ada, bob = site.named("ada"), site.named("bob")
    assert ada.get("/api/agreement")["raw"] is None
    for row in range(4):
        ada.decide(row, "keep")
        bob.decide(row, "drop" if row == 0 else "keep")
    told = ada.get("/api/agreement")
    assert (told["n"], told["raw"]) == (4, 0.75)
    assert told["pairs"] == [{"a": "ada", "b": "bob", "n": 4, "raw": 0.75}]


def test_items_by_their_rows(ada):
    cards = ada.get("/api/items", rows="3,1,2")["cards"]
    assert [card["row"] for card in cards] == [3, 1, 2]
    assert "no label 60" in ada.client.get("/api/items/60").json()["detail"]
    assert ada.client.get("/api/items", params={"rows": "1,x"}).status_code == 422


def test_groups_of_copies(tmp_path):
    from reliabel.review.groups import groups

    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 5))
    x[1] = x[0]
    labels = rl.Classes(np.arange(40) % 2, ("a", "b"))
    audit = rl.audit(labels, features=x, by=["near_duplicates", "knn_outliers"])
    folder = rl.save(audit, tmp_path / "g.audit")
    told = Site(folder).alone().get("/api/groups")
    assert told["n"] == len(groups(audit)) > 0
    assert told["groups"][0]["rows"] == [0, 1]
    assert told["groups"][0]["conflicting"]


def test_errors_are_sentences_without_what_was_sent(ada):
    told = ada.post("/api/decide", {"decisions": [{"key": "k", "row": "<b>", "verdict": "x"}]}, 422)
    assert "nothing was done" in told["detail"]
    assert "<b>" not in told["detail"]
    assert ada.client.get("/api/nothing").status_code == 404
    assert ada.client.post("/api/decide", content=b"{").status_code == 422


def test_decisions_sent_at_the_same_moment_are_logged_together(folder):
    from concurrent.futures import ThreadPoolExecutor

    site = team(folder, {f"p{i}": "reviewer" for i in range(6)})
    people = [site.named(f"p{i}") for i in range(6)]

    def work(person):
        told = []
        for _ in range(8):
            for card in person.claim(1):
                told.append((card["row"], person.decide(card["row"])["seq"]))
        return told

    with ThreadPoolExecutor(6) as pool:
        told = [one for part in pool.map(work, people) for one in part]
    rows = [row for row, _ in told]
    assert len(rows) == len(set(rows)) == 48
    by_seq = {one.seq: one for one in site.log.events()}
    assert all((by_seq[seq].kind, by_seq[seq].item) == ("decide", row) for row, seq in told)
    assert site.log.verify() == ""


def test_disputed_items_of_a_consensus_are_a_queue_too(tmp_path):
    from reliabel.core.dataset import Dataset
    from reliabel.verbs.write_consensus import write_consensus

    n = 20
    said = np.tile(np.arange(n) % 2, 3)
    said[0] = 1 - said[0]  # one of three says otherwise of the first
    item, worker = np.tile(np.arange(n), 3), np.repeat(np.arange(3), n)
    votes = rl.Votes(item, worker, rl.Classes(said, ("no", "yes")), n=n, w=3)
    consensus = rl.aggregate(votes, by="dawid_skene")
    folder = write_consensus(consensus, Dataset(votes), tmp_path / "v.consensus", report=False)
    ada = Site(folder, greedy=True).alone()
    assert ada.get("/api/me")["queue"] == "disputed"
    card = ada.claim(1)[0]
    assert card["row"] == 0
    assert ada.decide(0, "keep")["status"] == "logged"
    assert ada.get("/api/certificate")["table"]


def test_a_review_that_is_greedy_makes_no_draws(tmp_path):
    site = Site(made(tmp_path / "g.audit"), greedy=True)
    ada = site.alone()
    ada.claim(20)
    assert ada.get("/api/state")["open_draws"] == 0
    assert ada.get("/api/certificate")["sentences"][0].startswith("No certificate")
