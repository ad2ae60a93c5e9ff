"""Reviews for the browser tests: small audits, servers in this process, the log replayed."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager

import numpy as np
import pytest

import reliabel as rl
from reliabel.core.dataset import Dataset, Ids

NAMES = ("cooking", "music", "sports")
WORDS = ("soup and bread", "piano and drums", "goals and runs")


def audited(folder, rows=120, wrong=10, names=NAMES, texts=None):
    """An audit folder of short texts with ``wrong`` wrong labels at the head of the list."""
    rng = np.random.default_rng(0)
    truth = np.arange(rows) % len(names)
    p = np.full((rows, len(names)), 0.1 / len(names)) + rng.random((rows, len(names))) * 0.02
    p[np.arange(rows), truth] += 0.9
    p /= p.sum(1, keepdims=True)
    y = np.where(np.arange(rows) < wrong, (truth + 1) % len(names), truth)
    made = [f"{WORDS[k % len(WORDS)]}, note {row}" for row, k in enumerate(truth)]
    texts = made if texts is None else [*texts, *made[len(texts) :]]
    features = p + rng.normal(0, 0.02, p.shape)
    evidence = {"items": texts, "features": features}
    data = Dataset(rl.Classes(y, names), evidence, Ids([f"t{i}" for i in range(rows)]))
    audit = rl.audit(data, probs=p, by=["self_confidence", "neighbour_vote"])
    return rl.save(audit, folder)


class Served:
    """A review served by this process; ``link`` opens it."""

    def __init__(self, link, address):
        self.link, self.address = link, address


@contextmanager
def served(folder, state, monkeypatch, *, who="ann", users=None, target=0.2, **rules):
    """Serve a review on a free port."""
    uvicorn = pytest.importorskip("uvicorn")
    pytest.importorskip("fastapi")
    from reliabel.review.app import review_app
    from reliabel.review.opening import open_log
    from reliabel.review.serve import Access, door_of
    from reliabel.review.shared import Rules, Shared

    monkeypatch.setenv("RELIABEL_STATE", str(state))
    opened = open_log(folder)
    held = socket.create_server(("127.0.0.1", 0))
    port = held.getsockname()[1]
    door = door_of(opened, Access(None if users else who, users), port, False)
    shared = Shared(opened, Rules(target=target, **rules))
    config = uvicorn.Config(
        review_app(shared, door), log_level="warning", ws="none", lifespan="off"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [held]})
    thread.start()
    address = f"http://127.0.0.1:{port}"
    try:
        yield Served(f"{address}/?token={door.link.token}", address)
    finally:
        server.should_exit = True
        thread.join()
        shared.close()
        held.close()


def replayed(folder):
    """The events of a log that is whole, and in which no label was drawn twice."""
    log = rl.log(folder)
    assert log.verify() == ""
    events = list(log.events(0, 100_000))
    draws = [(one.item, one.unit) for one in events if one.kind == "draw"]
    assert len(draws) == len(set(draws))
    return events


def decided(folder, who="ann"):
    """(id, verdict, label) of a person's decisions, in the order of the log, undone ones too."""
    log = rl.log(folder)
    return [
        (log.data.ids.item(one.item), one.verdict, one.label)
        for one in replayed(folder)
        if one.kind == "decide" and one.who == who
    ]


def row_of(page):
    """The row of the label on the screen."""
    return int(page.locator(".card[data-row]").get_attribute("data-row"))


def row_now(page):
    """The row of the label on the screen, None where there is none at this moment."""
    row = page.evaluate("document.querySelector('.card[data-row]')?.dataset.row ?? null")
    return None if row is None else int(row)


def at_queue(page, link):
    """Open a review and wait for its first label."""
    page.goto(link)
    page.locator(".card[data-row]").wait_for()


def press(page, keys):
    """Press keys one after another, each on a label that is there."""
    for key in keys:
        page.locator(".card[data-row]").wait_for()
        page.keyboard.press(key)


def all_sent(page):
    """Wait until every decision is in the log."""
    page.locator("[data-outbox='0']").wait_for(timeout=20_000)


def until(true, seconds=10.0):
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.05)
